"""From a file to what is kept: previews, places, profiles, refused rows that are mended, others at work meanwhile."""

from __future__ import annotations

import datetime as dt
import io
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import openpyxl
import pandas as pd
import prepared
import pytest
import shapely
import sqlalchemy as sa
import taken

from gridmap import datums, model
from gridmap.access import Actor
from gridmap.datums import Datum
from gridmap.errors import Conflict, Forbidden, InputError, NotFound
from gridmap.exchange import workbook
from gridmap.model import Role
from gridmap.services import communities, import_kinds, import_profiles, import_refused, import_undo, importing
from gridmap.services.import_preview import Preview, Refused
from gridmap.services.import_profiles import Profile
from gridmap.store import Store, open_store

DATA = Path(__file__).parents[1] / "exchange" / "data"
TODAY = dt.date(2026, 11, 24)
LON, LAT = 108.92, 34.23


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with a community and its eight buildings."""
    path = prepared.with_community(tmp_path_factory.mktemp("flow") / "store.gpkg")
    store = open_store(str(path))
    taken.take(store, store.communities()[0], DATA / "Good.geojson", "buildings", today=TODAY)
    store.close()
    return path


@pytest.fixture
def file_store(filled: Path, tmp_path: Path) -> Iterator[Store]:
    opened = open_store(str(prepared.copied(filled, tmp_path / "store.gpkg")))
    yield opened
    opened.close()


@pytest.fixture
def community(file_store: Store) -> model.Community:
    return file_store.communities()[0]


def sheet(folder: Path, name: str, rows: Sequence[Sequence[Any]]) -> Path:
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in rows:
        book.active.append(list(row))
    path = folder / name
    book.save(path)
    book.close()
    return path


def rehearsed(store: Store, community: model.Community, path: Path, kind: str, **more: Any) -> Preview:
    return taken.preview(store, community, path, kind, today=TODAY, **more)


def buildings(store: Store, community: model.Community) -> pd.DataFrame:
    return pd.DataFrame(store.frame(model.Building, community.id or 0)).set_index("number")


def actor(role: Role, community: model.Community) -> Actor:
    return Actor(
        account_id=1, name="x", role=role, street_id=community.street_id, community_id=community.id,
        grid_ids=frozenset(), session_id=1,
    )  # fmt: skip


REGISTER = (
    ["小区名称", "楼号", "户数", "地上楼层数"],
    ["模拟一小区", "1#", 60, 7],
    ["模拟一小区", "二号楼", "约48户", 6],
    ["模拟一小区", "３号楼", 48, 6],
)


def test_preview_tells_each_row_with_old_and_new(file_store: Store, community: model.Community, tmp_path: Path) -> None:
    revision = file_store.revision(community.id or 0)
    preview = rehearsed(file_store, community, sheet(tmp_path, "台账.xlsx", REGISTER), "buildings")
    assert [row.verdict for row in preview.verdicts] == ["changed", "unchanged", "unchanged"]
    assert [row.number for row in preview.verdicts] == [2, 3, 4]
    first = {change.field: (change.old, change.new) for change in preview.verdicts[0].changes}
    assert first == {"households": (48, 60), "floors": (6, 7)}
    assert preview.verdicts[0].title == "1号楼"
    assert preview.counts == (0, 1, 2, 0)
    assert file_store.revision(community.id or 0) == revision
    assert import_undo.runs(file_store, community.id or 0)[0].kind == "buildings"


def test_new_things_are_on_the_map_beside_the_old(
    file_store: Store, community: model.Community, tmp_path: Path
) -> None:
    moved = shapely.box(LON, LAT, LON + 0.0005, LAT + 0.00013)
    path = tmp_path / "b.geojson"
    shapes = [moved, shapely.box(LON + 0.01, LAT, LON + 0.0105, LAT + 0.0001)]
    gpd.GeoDataFrame({"楼号": ["1号楼", "20号楼"], "小区": ["模拟一小区"] * 2}, geometry=shapes, crs=4326).to_file(path)
    preview = rehearsed(file_store, community, path, "buildings")
    assert preview.new["title"].tolist() == ["1号楼", "20号楼"]
    assert preview.new["verdict"].tolist() == ["changed", "added"]
    assert preview.old["title"].tolist() == ["1号楼"]
    assert preview.new.geometry.iloc[0].symmetric_difference(moved).area < 1e-12
    assert preview.old.geometry.iloc[0].symmetric_difference(moved).area > 1e-10


def test_unknown_building_is_refused_until_it_is_placed_by_a_click(
    file_store: Store, community: model.Community, tmp_path: Path
) -> None:
    path = sheet(tmp_path, "台账.xlsx", [*REGISTER, ["模拟一小区", "40号楼", 12, 6]])
    preview = rehearsed(file_store, community, path, "buildings")
    assert (preview.refused, preview.unplaced) == (1, (5,))
    assert preview.verdicts[-1].verdict == "refused"
    with pytest.raises(Refused, match="40号楼"):
        importing.keep(file_store, None, preview)
    eight = int(file_store.frame(model.Building, community.id or 0).query("number == '8号楼'").index[0])
    placed = rehearsed(file_store, community, path, "buildings", placements={5: eight})
    assert (placed.refused, placed.unplaced) == (0, ())
    assert placed.matches[-1].taken
    importing.keep(file_store, None, placed)
    assert file_store.frame(model.Building, community.id or 0)["households"].loc[eight] == 12


def test_point_is_placed_by_a_click_on_the_map(file_store: Store, community: model.Community, tmp_path: Path) -> None:
    path = sheet(tmp_path, "服务点.xlsx", [["名称", "服务类型", "地址"], ["球桌", "乒乓球", "河边空地"]])
    assert rehearsed(file_store, community, path, "service-points").unplaced == (2,)
    placed = rehearsed(file_store, community, path, "service-points", placements={2: (LON + 0.01, LAT)})
    importing.keep(file_store, None, placed)
    (point,) = file_store.frame(model.ServicePoint, community.id or 0).geometry
    assert (point.x, point.y) == (LON + 0.01, LAT)


def test_address_finds_the_building(file_store: Store, community: model.Community, tmp_path: Path) -> None:
    rows = [["名称", "服务类型", "地址"], ["一号站", "邻里服务站", "模拟一小区3#楼2单元"]]
    preview = rehearsed(file_store, community, sheet(tmp_path, "服务点.xlsx", rows), "service-points")
    (match,) = preview.matches
    assert match.taken
    assert "3号楼" in match.called
    importing.keep(file_store, None, preview)
    kept = file_store.frame(model.ServicePoint, community.id or 0)
    assert kept["building_id"].tolist() == [match.building_id]


@pytest.mark.parametrize("datum", list(Datum))
@pytest.mark.parametrize("swapped", [False, True])
def test_coordinates_in_cells_of_any_datum_either_way_round(
    file_store: Store, community: model.Community, tmp_path: Path, datum: Datum, swapped: bool
) -> None:
    (place,) = datums.from_wgs84([[LON + 0.0002, LAT + 0.00006]], datum).tolist()
    lon, lat = reversed(place) if swapped else place
    rows = [["名称", "服务类型", "经度", "纬度"], ["球桌", "乒乓球", lon, f"{lat:.9f}"], ["舞台", "舞蹈", lon, lat]]
    path = sheet(tmp_path, "点.xlsx", rows)
    preview = rehearsed(file_store, community, path, "service-points", datum=datum.value)
    assert preview.refused == 0
    assert ("lonlat_swapped" in {note.key for note in preview.notes}) == swapped
    assert all(abs(point.x - LON - 0.0002) < 1e-8 for point in preview.new.geometry)
    assert all(abs(point.y - LAT - 0.00006) < 1e-8 for point in preview.new.geometry)


def test_wrong_datum_is_noticed_and_shown_both_ways(
    file_store: Store, community: model.Community, tmp_path: Path
) -> None:
    homes = file_store.frame(model.Building, community.id or 0)
    middles = [(shape.centroid.x, shape.centroid.y) for shape in homes.geometry]
    shifted = datums.from_wgs84(middles, Datum.GCJ02).tolist()
    rows = [["名称", "服务类型", "经度", "纬度"], *([f"站{n}", "舞蹈", *xy] for n, xy in enumerate(shifted))]
    preview = rehearsed(file_store, community, sheet(tmp_path, "点.xlsx", rows), "service-points")
    assert preview.doubt is not None
    assert preview.doubt.likely is Datum.GCJ02
    assert all(home.covers(point) for home, point in zip(homes.geometry, preview.otherwise.geometry, strict=True))
    assert "gcj02" in preview.doubt.sentence("en")


@pytest.mark.parametrize("northing_first", [False, True])
def test_projected_coordinates_in_cells_need_their_system(
    file_store: Store, community: model.Community, tmp_path: Path, northing_first: bool
) -> None:
    place = gpd.GeoSeries([shapely.Point(LON, LAT)], crs=4326).to_crs(4545).iloc[0]
    x, y = (place.y, place.x) if northing_first else (place.x, place.y)
    path = sheet(tmp_path, "点.xlsx", [["名称", "服务类型", "X坐标", "Y坐标"], ["球桌", "乒乓球", x, y]])
    columns = {"lon": "X坐标", "lat": "Y坐标"}
    with pytest.raises(InputError, match="--crs"):
        rehearsed(file_store, community, path, "service-points", mapping=columns)
    looked = importing.look(file_store, path, kind="service-points")
    preview = importing.prepare(
        file_store, community, looked, "service-points", mapping=columns, crs="EPSG:4545", today=TODAY
    )
    (point,) = preview.new.geometry
    assert abs(point.x - LON) < 1e-8
    assert abs(point.y - LAT) < 1e-8


def test_rows_that_are_the_same_count_once(file_store: Store, community: model.Community, tmp_path: Path) -> None:
    preview = rehearsed(file_store, community, sheet(tmp_path, "台账.xlsx", [*REGISTER, REGISTER[1]]), "buildings")
    assert preview.counts == (0, 1, 2, 0)
    assert preview.verdicts[-1].verdict == "left_out"
    assert [note.fields["rows"] for note in preview.notes if note.key == "rows_twice"] == [[5]]


def test_mapping_is_corrected_by_hand(file_store: Store, community: model.Community, tmp_path: Path) -> None:
    rows = [["小区名称", "楼号", "户数", "甲"], ["模拟一小区", "1号楼", 48, 55], ["模拟一小区", "2号楼", 48, 56]]
    path = sheet(tmp_path, "台账.xlsx", rows)
    preview = rehearsed(file_store, community, path, "buildings", mapping={"households": "甲"})
    assert preview.order.mapping["households"] == "甲"
    assert preview.changed == 2
    without = rehearsed(file_store, community, path, "buildings", mapping={"households": None})
    assert without.counts == (0, 0, 2, 0)
    for wrong, said in (({"households": "乙"}, 'no column "乙"'), ({"colour": "甲"}, "colour is no field")):
        with pytest.raises(InputError, match=said):
            rehearsed(file_store, community, path, "buildings", mapping=wrong)


def test_profile_is_offered_for_files_of_the_same_form(
    file_store: Store, community: model.Community, tmp_path: Path
) -> None:
    rows = [["小区名称", "楼号", "甲"], ["模拟一小区", "1号楼", 55]]
    preview = rehearsed(
        file_store, community, sheet(tmp_path, "a.xlsx", rows), "buildings", mapping={"households": "甲"}
    )
    profile = import_profiles.of_preview(preview, "街道台账")
    import_profiles.save(file_store, None, community, profile)
    import_profiles.save(file_store, None, community, Profile(kind="buildings", name="别的", mapping={"number": "幢"}))
    found = import_profiles.find(file_store, community, "buildings", ["备注", *rows[0]])
    assert found == profile
    assert import_profiles.find(file_store, community, "buildings", ["名称"]) is None
    assert import_profiles.find(file_store, community, "gates", rows[0]) is None
    assert import_profiles.from_text(profile.to_json(), "x") == profile
    with pytest.raises(InputError, match="no profile"):
        import_profiles.from_text("[1]", "x.json")
    with pytest.raises(Forbidden):
        import_profiles.save(file_store, actor(Role.DESK, community), community, profile)
    import_profiles.delete(file_store, None, community, "buildings", "街道台账")
    assert [one.name for one in import_profiles.profiles(file_store, community, "buildings")] == ["别的"]
    with pytest.raises(NotFound):
        import_profiles.named(file_store, community, "buildings", "街道台账")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_refused_rows_are_mended_and_sent_again(
    file_store: Store, community: model.Community, tmp_path: Path, language: str
) -> None:
    rows = [["小区名称", "楼号", "户数", "自编"], *([*row[:2], 70, "甲"] for row in REGISTER[1:])]
    rows[2][2] = -5
    path = sheet(tmp_path, "台账.xlsx", rows)
    preview = rehearsed(file_store, community, path, "buildings")
    with pytest.raises(Refused):
        importing.keep(file_store, None, preview)
    report = importing.keep(file_store, None, preview, skip_refused=True)
    assert (report.changed, report.refused, report.kept) == (2, 1, True)
    assert ("另有 1 行有误" if language == "zh" else "1 left out") in report.summary(language)
    book = openpyxl.load_workbook(io.BytesIO(import_refused.write(preview, language)))
    told = book.active
    assert told is not None
    headings = [cell.value for cell in told[workbook.HEADER_ROW + 1]]
    assert headings[:4] == rows[0]
    values = [cell.value for cell in told[workbook.HEADER_ROW + 2]]
    assert values[3] == "甲"
    assert "-5" in str(values[4])
    assert values[6] == 3
    told.cell(workbook.HEADER_ROW + 2, 3).value = 70
    mended = tmp_path / "改好.xlsx"
    book.save(mended)
    book.close()
    again = taken.take(file_store, community, mended, "buildings", today=TODAY)
    assert (again.rows, again.changed, again.refused) == (1, 1, 0)
    assert buildings(file_store, community).loc["2号楼", "households"] == 70


def test_change_by_somebody_else_since_the_preview_is_not_passed_over(
    file_store: Store, community: model.Community, tmp_path: Path
) -> None:
    path = sheet(tmp_path, "台账.xlsx", REGISTER)
    preview = rehearsed(file_store, community, path, "buildings")
    _change(file_store, "8号楼", name="后楼")
    assert importing.keep(file_store, None, preview).changed == 1, "what does not matter does not hinder"
    _change(file_store, "1号楼", households=48)
    preview = rehearsed(file_store, community, path, "buildings")
    _change(file_store, "2号楼", households=3)
    with pytest.raises(Conflict, match="2 changed"):
        importing.keep(file_store, None, preview)
    assert buildings(file_store, community).loc["1号楼", "households"] == 48
    assert importing.keep(file_store, None, rehearsed(file_store, community, path, "buildings")).changed == 2


def _change(store: Store, number: str, **values: Any) -> None:
    with store.write() as session:
        one = session.scalars(sa.select(model.Building).where(sa.inspect(model.Building).c.number == number)).one()
        for name, value in values.items():
            setattr(one, name, value)


def test_two_keep_the_same_file_at_once_and_it_is_kept_once(store: Store, tmp_path: Path) -> None:
    community = communities.create(store, "模拟社区")
    path = DATA / "Good.geojson"
    previews = [taken.preview(store, community, path, "buildings", today=TODAY) for _ in range(2)]
    told: list[object] = []

    def keep(preview: Preview) -> None:
        try:
            told.append(importing.keep(store, None, preview).added)
        except Conflict as overtaken:
            told.append(overtaken.key)

    threads = [threading.Thread(target=keep, args=(preview,)) for preview in previews]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told, key=str) == [8, "import_overtaken"]
    assert len(store.frame(model.Building, community.id or 0)) == 8


def test_only_who_may_import_keeps_and_takes_back(
    file_store: Store, community: model.Community, tmp_path: Path
) -> None:
    preview = rehearsed(file_store, community, sheet(tmp_path, "台账.xlsx", REGISTER), "buildings")
    with pytest.raises(Forbidden):
        importing.keep(file_store, actor(Role.DESK, community), preview)
    with file_store.write() as session:
        session.add(model.Account(id=1, name="x", role=Role.SECRETARY, password_hash="", display="某某"))
    report = importing.keep(file_store, actor(Role.SECRETARY, community), preview)
    assert report.run is not None
    with pytest.raises(Forbidden):
        import_undo.undo(file_store, actor(Role.GRID_WORKER, community), community, report.run)
    import_undo.undo(file_store, actor(Role.SECRETARY, community), community, report.run)
    entry = sa.inspect(model.AuditEntry).c
    with file_store.read() as session:
        told = session.scalars(sa.select(entry.action).where(entry.action.like("import%")).order_by(entry.id)).all()
    assert told[-2:] == ["imported", "import_undone"]


def test_who_may_not_see_issues_imports_none(file_store: Store, community: model.Community, tmp_path: Path) -> None:
    boss, secretary = actor(Role.ADMINISTRATOR, community), actor(Role.SECRETARY, community)
    hidden = set(importing.KINDS) - set(import_kinds.open_to(boss, community))
    assert hidden == {"issues", "households-in-need", "care-helps"}
    assert import_kinds.open_to(secretary, community) == list(importing.KINDS)
    assert import_kinds.open_to(actor(Role.DESK, community), community) == []
    path = sheet(tmp_path, "工单.xlsx", [["工单编号", "受理时间", "问题描述"], ["XA1", "2026-11-01 09:00", "路灯不亮"]])
    assert rehearsed(file_store, community, path, "issues", actor=secretary).added == 1
    with pytest.raises(Forbidden):
        rehearsed(file_store, community, path, "issues", actor=boss)


def test_rehearsal_is_called_off_by_its_progress(file_store: Store, community: model.Community, tmp_path: Path) -> None:
    class CalledOffError(Exception):
        pass

    def tell(share: float) -> None:
        shares.append(share)
        if share > 0.5:
            raise CalledOffError

    shares: list[float] = []
    revision = file_store.revision(community.id or 0)
    with pytest.raises(CalledOffError):
        rehearsed(file_store, community, sheet(tmp_path, "台账.xlsx", REGISTER), "buildings", progress=tell)
    assert shares == sorted(shares)
    assert file_store.revision(community.id or 0) == revision
    assert not file_store.is_writing


@pytest.mark.parametrize("kind", ["grids", "paths"])
def test_table_cannot_draw(file_store: Store, community: model.Community, tmp_path: Path, kind: str) -> None:
    path = sheet(tmp_path, "a.xlsx", [["网格名称", "道路名称"], ["一", "二"], ["三", "四"]])
    with pytest.raises(InputError, match="cannot draw"):
        rehearsed(file_store, community, path, kind)
