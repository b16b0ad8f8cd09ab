"""Registers taken out of a store: what other programs read of them, who may take what, and what is in none."""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import geopandas as gpd
import numpy as np
import openpyxl
import outside
import prepared
import pyogrio
import pytest
import shapely

from gridmap import access, datums, model
from gridmap.access import Actor
from gridmap.datums import Datum
from gridmap.errors import Forbidden, InputError
from gridmap.exchange import writing_vector
from gridmap.model import Role
from gridmap.services import audit, community_data, exporting, issue_catalogue, registers
from gridmap.services.sight import EVERYTHING
from gridmap.store import Store, open_store

NOW = dt.datetime(2026, 11, 24, 2, 0, tzinfo=dt.UTC)
KML = "{http://www.opengis.net/kml/2.2}"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    opened = open_store(str(prepared.with_demo(tmp_path_factory.mktemp("out") / "store.gpkg", NOW)))
    (town,) = opened.communities()
    with opened.write() as session:
        day, number = NOW.date(), town.id or 0
        session.add(model.Activity(community_id=number, day=day, name="重阳节", note="请拨13800002001"))
        session.add(model.FundEntry(community_id=number, day=day, kind=model.FundKind.GIFT, amount_yuan=1.5))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def community(store: Store) -> model.Community:
    return store.communities()[0]


def actor(role: Role, *grids: int) -> Actor:
    return Actor(
        account_id=1, name="x", role=role, street_id=1, community_id=1, grid_ids=frozenset(grids), session_id=1
    )


def cells(book: bytes, sheet: int = 0) -> list[tuple[object, ...]]:
    opened = openpyxl.load_workbook(io.BytesIO(book))
    return list(opened.worksheets[sheet].iter_rows(min_row=3, values_only=True))


@pytest.mark.parametrize("kind", [*exporting.KINDS, exporting.WHOLE])
def test_gdal_reads_every_export(store: Store, community: model.Community, tmp_path: Path, kind: str) -> None:
    for form in exporting.formats(kind):
        # The forms that bind a field's name and type; what the others write is the same for all kinds.
        if form.name not in ("gpkg", "shp") and kind not in ("buildings", "paths", "service-points", "activities"):
            continue
        made = exporting.export(store, community, kind, form.name, now=NOW)
        file = tmp_path / f"{kind}.{form.ending}"
        file.write_bytes(made.data)
        # A spreadsheet's title stands above its table, so GDAL counts three lines more.
        more = 3 if form.name == "xlsx" else 0
        said = outside.ogrinfo(f"/vsizip/{file}" if form.name == "shp" else file)
        counted = [int(n) for n in re.findall(r"Feature Count: (\d+)", said)]
        if kind != exporting.WHOLE:
            assert counted[0] in (made.rows, made.rows + more), (form.name, said)
            assert made.rows > 0
        elif form.name == "gpkg":
            assert sum(counted) == made.rows


def test_workbook_is_made_to_work_with(store: Store, community: model.Community) -> None:
    made = exporting.export(store, community, "buildings", "xlsx", now=NOW)
    sheet = openpyxl.load_workbook(io.BytesIO(made.data)).worksheets[0]
    rows = list(sheet.iter_rows(values_only=True))
    assert community.name in str(rows[0][0])
    assert "WGS 84" in str(rows[1][0])
    assert rows[2][:5] == ("网格", "小区", "楼号", "名称", "用途")
    first = dict(zip(rows[2], rows[3], strict=True))
    assert isinstance(first["户数"], int)
    assert isinstance(first["经度"], float)
    assert sheet.freeze_panes == "A4"
    assert sheet.auto_filter.ref == f"A3:M{made.rows + 3}"
    offered = {str(rule.sqref): rule for rule in sheet.data_validations.dataValidation}
    assert f"E4:E{made.rows + 3}" in offered
    lists = openpyxl.load_workbook(io.BytesIO(made.data)).worksheets[1]
    assert lists.sheet_state == "hidden"
    assert [row[0] for row in lists.iter_rows(max_row=4, values_only=True)] == ["住宅", "商业", "公共", "其他"]


def test_csv_opens_in_excel(store: Store, community: model.Community) -> None:
    made = exporting.export(store, community, "gates", "csv", language="en", now=NOW)
    assert made.data.startswith(b"\xef\xbb\xbf")
    assert b"\r\n" in made.data
    rows = list(csv.reader(io.StringIO(made.data.decode("utf-8-sig"))))
    assert rows[0] == ["compound", "name", "pedestrians", "vehicles", "open_hours", "lon", "lat"]
    assert {row[2] for row in rows[1:]} <= {"yes", "no"}


def test_geojson_is_as_its_standard_says(store: Store, community: model.Community) -> None:
    whole = json.loads(exporting.export(store, community, "compounds", "geojson", now=NOW).data)
    assert "crs" not in whole
    assert len(whole["features"]) > 3
    for feature in whole["features"]:
        for polygon in feature["geometry"]["coordinates"]:
            outer, *holes = (shapely.LinearRing(ring) for ring in polygon)
            assert outer.is_ccw
            assert not any(hole.is_ccw for hole in holes)
    frame = gpd.GeoDataFrame({"甲": [1.5, np.nan]}, geometry=[shapely.Point(1, 2, 3), shapely.Point()], crs=4326)
    first, second = json.loads(writing_vector.geojson(frame))["features"]
    assert first["geometry"]["coordinates"] == [1, 2]
    assert (second["geometry"], second["properties"]) == (None, {"甲": None})


def test_kml_keeps_chinese_fields_and_the_colours_of_grids(store: Store, community: model.Community) -> None:
    made = exporting.export(store, community, "buildings", "kml", now=NOW)
    document = ElementTree.fromstring(made.data)[0]
    styles = {style.get("id"): style.findtext(f"{KML}LineStyle/{KML}color") for style in document.iter(f"{KML}Style")}
    assert {"cbb1626": "ff2616bb", "c007cec": "ffec7c00"}.items() <= styles.items()
    places = list(document.iter(f"{KML}Placemark"))
    assert len(places) == made.rows
    fields = {data.get("name"): data.findtext(f"{KML}value") for data in places[0].iter(f"{KML}Data")}
    assert fields["小区"]
    assert fields["楼号"] == places[0].findtext(f"{KML}name")
    assert {place.findtext(f"{KML}styleUrl") for place in places} <= {f"#{one}" for one in styles}


@pytest.mark.parametrize("form", ["csv", "geojson", "kml", "xlsx"])
@pytest.mark.parametrize("datum", [Datum.GCJ02, Datum.BD09])
def test_another_datum_moves_every_place(store: Store, community: model.Community, form: str, datum: Datum) -> None:
    moved = coordinates(exporting.export(store, community, "gates", form, datum=datum, now=NOW))
    kept = store.frame(model.Gate, 1)
    back = datums.to_wgs84(moved, datum)
    truth = np.column_stack([kept.geometry.x, kept.geometry.y])
    assert np.abs(moved - truth).min() > 1e-4
    assert np.abs(back - truth).max() < 1e-8


def coordinates(made: exporting.Exported) -> np.ndarray:
    if made.format.name == "csv":
        rows = list(csv.DictReader(io.StringIO(made.data.decode("utf-8-sig"))))
        return np.array([[float(row["经度"]), float(row["纬度"])] for row in rows])
    if made.format.name == "xlsx":
        heads, *rows = cells(made.data)
        return np.array([[row[heads.index("经度")], row[heads.index("纬度")]] for row in rows], dtype=float)
    if made.format.name == "geojson":
        return np.array([one["geometry"]["coordinates"] for one in json.loads(made.data)["features"]])
    found = ElementTree.fromstring(made.data).iter(f"{KML}coordinates")
    return np.array([[float(part) for part in str(one.text).split(",")] for one in found])


def test_shapefile_says_its_encoding_and_what_its_fields_mean(
    store: Store, community: model.Community, tmp_path: Path
) -> None:
    file = tmp_path / "points.zip"
    file.write_bytes(exporting.export(store, community, "service-points", "shp", now=NOW).data)
    with zipfile.ZipFile(file) as packed:
        assert packed.read("service-points.cpg").strip() == b"UTF-8"
        told = dict(csv.reader(io.StringIO(packed.read(writing_vector.NAMES_FILE).decode("utf-8-sig"))))
    read = pyogrio.read_dataframe(f"/vsizip/{file}/service-points.shp")
    assert set(read.columns) - {"geometry"} == set(told) - {"field"}
    assert all(len(name.encode()) <= 10 for name in told)
    assert told["容量"] == "服务户数"
    kept = store.frame(model.ServicePoint, 1)
    assert read["名称"].tolist() == kept["name"].tolist()


def test_short_names_are_never_the_same() -> None:
    long = [f"社区居民的第{n}个字段" for n in range(12)] + ["社区居"]
    short = writing_vector.short_names(long, {})
    assert len(set(short.values())) == 13
    assert all(len(name.encode()) <= 10 for name in short.values())


@pytest.fixture(scope="module")
def whole(store: Store, community: model.Community) -> dict[str, int]:
    """How many rows there are in all."""
    kinds = ("buildings", "grids", "service-points")
    return {kind: exporting.export(store, community, kind, "csv", now=NOW).rows for kind in kinds}


@pytest.mark.parametrize("role", Role)
def test_each_role_takes_along_what_it_sees(
    store: Store, community: model.Community, whole: dict[str, int], role: Role
) -> None:
    who = actor(role, 1)
    taken = {}
    for kind in ("buildings", "grids", "service-points", "issues"):
        try:
            taken[kind] = exporting.export(store, community, kind, "csv", actor=who, now=NOW).rows
        except Forbidden:
            continue
    if access.permission(role, access.Action.DOWNLOAD_TABLES) is None:
        assert taken == {}
        return
    if role in (Role.GRID_LEADER, Role.GRID_WORKER):
        assert 0 < taken["buildings"] < whole["buildings"]
        assert taken["grids"] == 1
        assert taken["service-points"] == whole["service-points"]
    else:
        assert taken["buildings"] == whole["buildings"]


def test_export_is_in_the_audit(store: Store, community: model.Community) -> None:
    exporting.export(store, community, "paths", "kml", actor=actor(Role.SECRETARY), address="10.0.0.9", now=NOW)
    entry = audit.search(store, None, action="download_tables").iloc[0]
    assert (entry["target"], entry["address"], entry["account_name"]) == ("道路 · kml", "10.0.0.9", "x")


def test_numbers_in_notes_are_masked_and_households_in_need_go_only_by_themselves(
    store: Store, community: model.Community
) -> None:
    notes = exporting.export(store, community, "activities", "csv", now=NOW).data.decode()
    assert "请拨138****2001" in notes
    own = exporting.export(store, community, "households-in-need", "csv", now=NOW)
    assert own.rows > 3
    opened = openpyxl.load_workbook(io.BytesIO(exporting.export(store, community, "all", "xlsx", now=NOW).data))
    assert "活动" in opened.sheetnames
    assert "困难群众" not in opened.sheetnames


def test_formulas_are_text(store: Store, community: model.Community) -> None:
    data = community_data.read(store, 1, day=NOW.date())
    evil = data.paths.assign(name="=HYPERLINK(1)")
    made = exporting.make(
        store, dataclasses.replace(data, paths=evil), EVERYTHING, "paths", "xlsx", language="zh", now=NOW
    )
    opened = openpyxl.load_workbook(io.BytesIO(made.data))
    assert {cell.data_type for row in opened.worksheets[0].iter_rows(min_row=4, max_col=1) for cell in row} == {"s"}


@pytest.mark.parametrize(
    ("kind", "form", "datum", "key"),
    [
        ("persons", "csv", Datum.WGS84, "export_kind"),
        ("paths", "pdf", Datum.WGS84, "export_format"),
        ("all", "kml", Datum.WGS84, "export_not_so"),
        ("paths", "gpkg", Datum.GCJ02, "export_datum"),
    ],
)
def test_what_cannot_be_made_is_said(
    store: Store, community: model.Community, kind: str, form: str, datum: Datum, key: str
) -> None:
    with pytest.raises(InputError) as refused:
        exporting.export(store, community, kind, form, datum=datum)
    assert refused.value.key == key
    assert all(refused.value.sentence(language) for language in ("zh", "en"))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_heading_and_every_choice_has_words(language: str) -> None:
    for kind, register in registers.REGISTERS.items():
        headings = [registers.heading(kind, field, language) for field in register.fields]
        assert len(set(headings)) == len(headings), kind
        for field in register.fields:
            words = list(registers.options(kind, field, language, issue_catalogue.default()).values())
            assert len(set(words)) == len(words)
