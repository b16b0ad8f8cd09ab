"""Which reader a file is for, what the map formats give, and the one sentence that each broken file gets."""

from __future__ import annotations

import contextlib
import shutil
import zipfile
from pathlib import Path

import geopandas as gpd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gridmap import settings as gridmap_settings
from gridmap.errors import GridmapError, InputError
from gridmap.exchange import reading
from gridmap.exchange.source import Source

DATA = Path(__file__).parent / "data"

REFUSED = {
    "KmlExternalEntity.kml": ("出于安全不予读取", "declares a document type or outside entities"),
    "KmlBillionLaughs.kml": ("出于安全不予读取", "declares a document type or outside entities"),
    "KmlLaughsInAttribute.kml": ("出于安全不予读取", "declares a document type or outside entities"),
    "KmzWithEntity.kmz": ("出于安全不予读取", "declares a document type or outside entities"),
    "KmlBrokenCoordinates.kml": (
        "2 处坐标无法读取，第一处在第 2 个对象（二号大门）",
        'the first in object 2 (二号大门): "东经108.93,34.23"',
    ),
    "KmlWithoutGeometry.kml": ("2 个地标，但都没有位置", "2 placemarks, none of which has a place"),
    "KmlNetworkLink.kml": ("只有指向别处的网络链接", "only links to data elsewhere (NetworkLink)"),
    "KmlTruncated.kml": ("第 4 行不是完好的 XML", "is no sound XML"),
    "KmlOfDegreesTooLarge.kml": ("坐标像是米", "its coordinates look like metres"),
    "KmzWithoutKml.kmz": ("这个 KMZ 里没有 KML 文件", "is a KMZ without a KML inside"),
    "GpxEmpty.gpx": ("没有轨迹、路线或航点", "holds no track, route or waypoint"),
    "GpxTrackOfOnePoint.gpx": ("没有轨迹、路线或航点", "holds no track, route or waypoint"),
    "GpxBrokenCoordinates.gpx": ("“lon=108,93 lat=34,23”", '"lon=108,93 lat=34,23"'),
    "GpxTracksAndWaypoints.gpx": (
        "tracks、routes、waypoints，请用 --layer",
        "tracks, routes, waypoints. Name one with --layer",
    ),
    "DxfBinary.dxf": ("请在 CAD 软件中另存为文本格式", "save it as a text (ASCII) DXF"),
    "DrawingNamed.dxf": ("请在 CAD 软件中另存为文本格式", "save it as a text (ASCII) DXF"),
    "DxfWithoutEntities.dxf": ("没有点、线、面", "holds no point, line or area"),
    "DxfTruncated.dxf": ("已损坏或不含地图数据", "damaged or holds no map data"),
    "Plan.dxf": ("图纸本身不记录坐标系", "a DXF drawing, which never says its coordinate system"),
    "Extract.osm.pbf": (
        "buildings、paths、walls、gates，请用 --layer",
        "buildings, paths, walls, gates. Name one with --layer",
    ),
}


def refusal(path: Path, part: str | None = None) -> InputError:
    with pytest.raises(InputError) as caught:
        reading.read(path, part=part)
    return caught.value


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_cannot_be_read_gets_one_sentence_in_both_languages(name: str) -> None:
    fault = refusal(DATA / name)
    for language, said in zip(("zh", "en"), REFUSED[name], strict=True):
        sentence = fault.sentence(language)
        assert said in sentence
        assert "\n" not in sentence
        assert name in sentence


def test_an_extract_that_was_cut_off_is_named() -> None:
    for part in ("buildings", "gates"):
        assert "damaged" in refusal(DATA / "ExtractTruncated.osm.pbf", part).sentence("en")


def test_nothing_of_another_file_comes_in_by_an_entity(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("13800000000", encoding="utf-8")
    text = (DATA / "KmlExternalEntity.kml").read_text(encoding="utf-8").replace("file:///etc/passwd", secret.as_uri())
    (tmp_path / "a.kml").write_text(text, encoding="utf-8")
    fault = refusal(tmp_path / "a.kml")
    assert fault.key == "xml_entities"
    assert "13800000000" not in str(fault)


def test_xml_larger_than_memory_allows_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(gridmap_settings.defaults()["imports"], "largest_xml_mb", 1)
    path = tmp_path / "huge.kml"
    path.write_bytes((DATA / "PhoneApp.kml").read_bytes() + b" " * 2_000_000)
    assert "holds 2 MB; at most 1 MB" in refusal(path).sentence("en")


def test_a_bomb_in_a_kmz_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "bomb.kmz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("doc.kml", "w") as document:
        for _ in range(120):
            document.write(b" " * 1_000_000)
    assert refusal(path).key == "zip_bomb"


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16"])
@pytest.mark.parametrize("declared", ["GB2312", "UTF-8", None])
def test_kml_is_read_in_whatever_encoding_it_is(tmp_path: Path, encoding: str, declared: str | None) -> None:
    text = (DATA / "PhoneApp.kml").read_text(encoding="utf-8")
    says = f' encoding="{declared}"' if declared else ""
    path = tmp_path / "a.kml"
    path.write_bytes(text.replace(' encoding="UTF-8"', says).encode(encoding))
    assert reading.read(path).frame["name"].tolist() == ["1号楼", "2号楼", "北巷", "走过的路", "东门"]


def test_a_phone_apps_kml_keeps_its_fields_by_the_names_that_people_see() -> None:
    source = reading.read(DATA / "PhoneApp.kml")
    frame = source.frame
    assert frame.index.tolist() == [1, 2, 3, 4, 5]
    assert frame["name"].tolist() == ["1号楼", "2号楼", "北巷", "走过的路", "东门"]
    assert frame["folder"].tolist() == ["楼栋", "楼栋", "道路/步道", "道路/步道", "社区"]
    assert frame.loc[1, ["户数", "楼号", "物业公司"]].tolist() == ["48", "1#", "安居物业"]
    # The second building's fields stand in a table of its description.
    assert frame.loc[2, ["户数", "楼层", "description"]].tolist() == ["60", "6 层", "临街"]
    assert frame.geom_type.tolist() == ["Polygon", "Polygon", "LineString", "LineString", "Point"]
    assert len(frame.geometry.loc[1].interiors) == 1
    assert frame.crs.to_epsg() == 4326
    assert not frame.has_z.any()


def test_a_kmz_is_the_kml_inside_it(tmp_path: Path) -> None:
    plain, zipped = (reading.read(DATA / name).frame for name in ("PhoneApp.kml", "PhoneApp.kmz"))
    assert plain.geom_equals_exact(zipped, 0).all()
    assert plain.drop(columns="geometry").equals(zipped.drop(columns="geometry"))
    shutil.copy(DATA / "PhoneApp.kmz", tmp_path / "网格.zip")
    assert len(reading.read(tmp_path / "网格.zip").frame) == 5


def test_a_folder_is_chosen_by_its_name_or_by_what_is_imported() -> None:
    path = DATA / "PhoneApp.kml"
    assert [(part.name, part.rows) for part in reading.parts(path)] == [("楼栋", 2), ("道路/步道", 2), ("社区", 1)]
    chosen = {kind: reading.part_for(path, kind) for kind in ("buildings", "grids", "paths", "gates")}
    assert chosen == {"buildings": "楼栋", "grids": "楼栋", "paths": "道路/步道", "gates": "社区"}
    assert reading.read(path, part="道路/步道").frame.index.tolist() == [3, 4]
    assert "holds no layer 绿地" in refusal(path, "绿地").sentence("en")


def test_a_field_of_the_authors_may_be_called_as_one_of_kml(tmp_path: Path) -> None:
    fields = "".join(f'<Data name="{name}"><value>{name}!</value></Data>' for name in ("name", "geometry", "folder"))
    path = tmp_path / "a.kml"
    path.write_text(
        f"<kml><Placemark><name>1号楼</name><ExtendedData>{fields}</ExtendedData>"
        "<Point><coordinates>108.93,34.23</coordinates></Point></Placemark></kml>",
        encoding="utf-8",
    )
    row = reading.read(path).frame.drop(columns="geometry").loc[1].to_dict()
    assert row == {"name": "1号楼", "name 2": "name!", "geometry 2": "geometry!", "folder 2": "folder!"}


def test_recorded_walks_are_read_with_times_and_without(shared_data: Path) -> None:
    folder = shared_data / "gpx"
    timed = reading.read(folder / "Mojstrovka.gpx")
    without = reading.read(folder / "cerknicko-without-times.gpx", part="tracks")
    for source, n in ((timed, 1), (without, 8)):
        by_gdal = gpd.read_file(folder / source.name, layer="tracks")
        assert len(source.frame) + len(source.left_out) == len(by_gdal) == n
        assert source.frame.union_all().length == pytest.approx(by_gdal.force_2d().union_all().length)
    assert timed.frame["begin"].notna().all()
    assert without.frame["begin"].isna().sum() == 6
    # The first was begun and ended at one place.
    assert [(one.row, one.why) for one in without.left_out] == [(1, "empty")]
    assert reading.part_for(folder / "cerknicko-without-times.gpx", "paths") == "tracks"


def test_a_track_that_was_interrupted_is_several_lines_and_says_when_it_was() -> None:
    track = reading.read(DATA / "GpxTracksAndWaypoints.gpx", part="tracks").frame.loc[1]
    assert (track["name"], track["begin"], track["end"]) == (
        "周五走访",
        "2026-11-20T01:00:00Z",
        "2026-11-20T01:30:00Z",
    )
    assert [len(line.coords) for line in track.geometry.geoms] == [2, 2]
    assert reading.read(DATA / "GpxTracksAndWaypoints.gpx", part="waypoints").frame["name"].tolist() == ["东门"]


def test_a_drawings_closed_lines_are_areas_named_by_the_text_in_them() -> None:
    source = reading.read(DATA / "Plan.dxf", crs="EPSG:4545")
    assert source.frame[["Layer", "Text"]].to_numpy().tolist() == [
        ["围墙", ""],
        ["楼栋", "1号楼"],
        ["楼栋", "2号楼 6层"],
        ["大门", ""],
    ]
    assert source.frame.geom_type.tolist() == ["Polygon", "Polygon", "Polygon", "Point"]
    assert source.frame.area.round().tolist() == [14000, 540, 540, 0]
    middle = source.frame.to_crs("EPSG:4326").union_all().centroid
    assert (round(middle.x, 2), round(middle.y, 2)) == (106.92, 34.22)
    assert len(reading.read(DATA / "Plan.dxf", part="楼栋", crs="EPSG:4545").frame) == 2
    assert [part.name for part in reading.parts(DATA / "Plan.dxf")] == ["围墙", "楼栋", "大门"]


@pytest.mark.parametrize("name", ["Extract.osm", "Extract.osm.pbf"])
def test_an_extract_tells_walls_from_gates_and_from_what_is_neither(name: str) -> None:
    frames = {part.name: reading.read(DATA / name, part=part.name).frame for part in reading.parts(DATA / name)}
    assert frames["buildings"].loc[1, ["addr:housenumber", "building:levels"]].tolist() == ["1号楼", "6"]
    assert frames["paths"]["highway"].tolist() == ["footway", "steps"]
    assert frames["walls"]["barrier"].tolist() == ["wall", "fence"]
    assert frames["walls"].geom_type.tolist() == ["Polygon", "LineString"]
    assert frames["gates"]["barrier"].tolist() == ["gate", "lift_gate"]
    assert frames["gates"].geom_type.tolist() == ["Point", "Point"]


def test_a_countrys_extract_gives_what_osmium_counts(shared_data: Path) -> None:
    import osmium

    path = shared_data / "liechtenstein.osm.pbf"
    gate_words = {"gate", "lift_gate", "swing_gate", "bump_gate", "entrance", "turnstile", "full-height_turnstile"}
    no_wall_words = {"kerb", "bollard", "chain"}
    counted = {"buildings": 0, "paths": 0, "walls": 0, "gates": 0}
    for thing in osmium.FileProcessor(str(path)).with_areas():
        barrier, highway = thing.tags.get("barrier"), thing.tags.get("highway")
        counted["buildings"] += thing.is_area() and thing.tags.get("building", "no") != "no"
        counted["gates"] += (thing.is_node() or thing.is_way()) and barrier in gate_words
        if thing.is_way():
            # A square that is walked on is an area, and no line along which anybody walks.
            line = thing.tags.get("area") != "yes"
            counted["paths"] += line and highway not in (None, "construction", "proposed", "raceway")
            counted["walls"] += barrier is not None and barrier not in gate_words | no_wall_words
    found = {part: len(reading.read(path, part=part).frame) for part in counted}
    assert found == counted
    assert min(found.values()) > 0


def test_the_sources_say_which_kinds_they_are_for() -> None:
    path = DATA / "Extract.osm.pbf"
    assert {kind: reading.part_for(path, kind) for kind in ("buildings", "paths", "gates", "grids")} == {
        "buildings": "buildings",
        "paths": "paths",
        "gates": "gates",
        "grids": None,
    }
    assert reading.part_for(DATA / "TwoLayers.gpkg", "buildings") is None


HEADS = [
    b"", b"<kml>", b"<gpx>", b"<?xml version='1.0'?>", b"0\nSECTION\n2\nENTITIES\n", b"PK\x03\x04", b"AC1027",
    b"\0\0\0\x0d\x0a\x09OSMHeader", b"\xff\xfe<\0k\0m\0l\0", b"<osm version='0.6'>",
]  # fmt: skip
MUTATED = ["PhoneApp.kml", "PhoneApp.kmz", "GpxTracksAndWaypoints.gpx", "Plan.dxf", "Extract.osm.pbf", "Extract.osm"]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    junk=st.binary(max_size=40)
    | st.sampled_from([b"<", b"&", b'"', b"nan", b"-", b"1e999", b"\n0\nSECTION\n", b"]]>"]),
    name=st.sampled_from(MUTATED),
    at=st.integers(0, 8000),
    cut=st.integers(0, 200),
)
def test_a_mutated_file_raises_nothing_but_our_own_errors(
    tmp_path: Path, junk: bytes, name: str, at: int, cut: int
) -> None:
    whole = (DATA / name).read_bytes()
    at %= len(whole)
    path = tmp_path / name
    path.write_bytes(whole[:at] + junk + whole[at + cut :])
    parts = {"Extract": "walls", "GpxTracks": "tracks"}
    part = next((part for begin, part in parts.items() if name.startswith(begin)), None)
    with contextlib.suppress(GridmapError):
        assert isinstance(reading.read(path, part=part, crs="EPSG:4545" if name == "Plan.dxf" else None), Source)
    with contextlib.suppress(GridmapError):
        assert all(len(part.name) >= 0 for part in reading.parts(path))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    head=st.sampled_from(HEADS),
    junk=st.binary(max_size=300),
    ending=st.sampled_from([".kml", ".kmz", ".gpx", ".dxf", ".osm.pbf", ".bin"]),
)
def test_random_bytes_raise_nothing_but_our_own_errors(tmp_path: Path, head: bytes, junk: bytes, ending: str) -> None:
    path = tmp_path / f"a{ending}"
    path.write_bytes(head + junk)
    for part in (None, "walls"):
        with contextlib.suppress(GridmapError):
            assert isinstance(reading.read(path, part=part, crs="EPSG:4545"), Source)
