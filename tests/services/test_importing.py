"""Imports: everything in a file or nothing, the same file twice changes nothing, and five grids from bare buildings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import prepared
import pytest
import shapely
import taken
import xlsxwriter

from gridmap import crs, model
from gridmap.errors import InputError
from gridmap.services import communities, community_data, community_settings, grids, importing
from gridmap.services.import_preview import ImportReport, Refused
from gridmap.store import Store, open_store

DATA = Path(__file__).parents[1] / "exchange" / "data"
TODAY = dt.date(2026, 11, 24)
LON, LAT = 108.92, 34.23


# Imports go through the store's own reading and writing; of PostgreSQL it is asked once of each kind of change.
EACH_STORE = pytest.mark.parametrize(
    "store", ["geopackage", pytest.param("postgis", marks=pytest.mark.postgis)], indirect=True
)


@pytest.fixture
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if getattr(request, "param", "geopackage") == "postgis":
        address = str(request.getfixturevalue("postgis_database")(with_tables=True))
    else:
        address = str(prepared.empty(tmp_path / "store.gpkg"))
    opened = open_store(address)
    yield opened
    opened.close()


@pytest.fixture
def community(store: Store) -> model.Community:
    return communities.create(store, "模拟社区")


def block(column: int, row: int, *, width: float = 0.0005, height: float = 0.00012) -> shapely.Polygon:
    x, y = LON + column * 0.0008, LAT + row * 0.0004
    return shapely.box(x, y, x + width, y + height)


def written(folder: Path, file: str, shapes: Sequence[shapely.Geometry], **columns: list[Any]) -> Path:
    path = folder / file
    gpd.GeoDataFrame(columns, geometry=list(shapes), crs="EPSG:4326").to_file(path, driver="GeoJSON")
    return path


def take(store: Store, community: model.Community, path: Path, kind: str, **more: Any) -> ImportReport:
    return taken.take(store, community, path, kind, today=TODAY, **more)


def counts(report: ImportReport) -> tuple[int, int, int]:
    return report.added, report.changed, report.unchanged


def rows(store: Store, cls: type[model.Row], community: model.Community) -> Any:
    return store.frame(cls, community_settings.number(community))


@EACH_STORE
def test_buildings_come_in_with_compound_boundary_and_grids(store: Store, community: model.Community) -> None:
    report = take(store, community, DATA / "Good.geojson", "buildings")
    assert (report.rows, counts(report), report.kept) == (8, (8, 0, 0), True)
    data = community_data.read(store, community.id or 0, day=TODAY)
    assert data.buildings["number"].tolist() == [f"{n}号楼" for n in range(1, 9)]
    assert set(data.buildings["compound"]) == {"模拟一小区"}
    assert not data.buildings["households_estimated"].any()
    assert data.grids_proposed
    assert data.grids["letter"].tolist() == ["A", "B", "C", "D", "E"]
    assert data.grids["colour"].tolist() == ["red", "yellow", "blue", "green", "purple"]
    assert (data.buildings["letter"] != "").all()
    assert not data.community.boundary_drawn
    assert data.community.geom.covers(data.buildings.geometry.union_all())
    assert "新增 8" in report.summary("zh")
    assert "8 added" in report.summary("en")


@EACH_STORE
def test_the_same_file_again_changes_nothing(store: Store, community: model.Community) -> None:
    take(store, community, DATA / "Good.geojson", "buildings")
    revision = store.revision(community.id or 0)
    report = take(store, community, DATA / "Good.geojson", "buildings")
    assert counts(report) == (0, 0, 8)
    assert store.revision(community.id or 0) == revision


@EACH_STORE
def test_a_file_with_one_bad_row_leaves_nothing_behind(store: Store, community: model.Community) -> None:
    revision = store.revision(community.id or 0)
    with pytest.raises(Refused) as caught:
        take(store, community, DATA / "NegativeHouseholds.geojson", "buildings")
    assert caught.value.report.refused == 1
    assert caught.value.report.faults[0].column == "户数"
    assert "第 1 行“户数”：-5 小于零" in caught.value.sentence("zh")
    assert rows(store, model.Building, community).empty
    assert store.revision(community.id or 0) == revision


def test_a_rehearsal_says_what_would_be_and_keeps_nothing(store: Store, community: model.Community) -> None:
    report = take(store, community, DATA / "Good.geojson", "buildings", dry_run=True)
    assert (counts(report), report.kept) == ((8, 0, 0), False)
    assert "尚未保存" in report.summary("zh")
    assert rows(store, model.Building, community).empty
    refused = take(store, community, DATA / "NegativeHouseholds.geojson", "buildings", dry_run=True)
    assert (refused.refused, refused.kept) == (1, False)


@EACH_STORE
def test_a_second_file_updates_the_buildings_of_the_first(
    store: Store, community: model.Community, tmp_path: Path
) -> None:
    take(store, community, DATA / "Good.geojson", "buildings")
    moved = [block(i, 0) for i in range(2)]
    path = written(tmp_path, "later.geojson", moved, 楼号=["一号楼", "2#"], 小区=["模拟一小区"] * 2, 户数=[60, None])
    report = take(store, community, path, "buildings")
    assert counts(report) == (0, 1, 1)
    now = rows(store, model.Building, community).set_index("number")
    assert now.loc["1号楼", "households"] == 60
    assert now.loc["2号楼", "households"] == 48
    assert now.loc["2号楼", "floors"] == 6


def test_buildings_without_numbers_or_households_get_both_marked(
    store: Store, community: model.Community, tmp_path: Path
) -> None:
    shapes = [block(1, 0), block(0, 2), block(1, 2), block(3, 0, width=0.00005, height=0.00005)]
    path = written(tmp_path, "bare.geojson", shapes, Floor=[6, 6, 7, 1], Id=[0, 0, 0, 0])
    report = take(store, community, path, "buildings")
    found = rows(store, model.Building, community)
    assert found["number"].tolist() == ["序号3", "序号1", "序号2", "序号4"]
    assert found["households_estimated"].all()
    assert found["households"].tolist()[3] == 0
    assert found["households"].tolist()[2] > found["households"].tolist()[1] > 20
    assert {note.key for note in report.notes} >= {"numbered", "estimated", "grids_proposed"}
    more = written(tmp_path, "more.geojson", [*shapes, block(5, 5)], Floor=[6, 6, 7, 1, 6])
    assert counts(take(store, community, more, "buildings")) == (1, 0, 4)
    assert rows(store, model.Building, community)["number"].tolist()[-1] == "序号5"


def test_a_number_given_later_replaces_the_apps_own(store: Store, community: model.Community, tmp_path: Path) -> None:
    take(store, community, written(tmp_path, "bare.geojson", [block(0, 0), block(1, 0)], Floor=[6, 6]), "buildings")
    numbered = written(tmp_path, "numbered.geojson", [block(0, 0), block(1, 0)], 楼号=["7号楼", "8号楼"])
    assert counts(take(store, community, numbered, "buildings")) == (0, 2, 0)
    assert rows(store, model.Building, community)["number"].tolist() == ["7号楼", "8号楼"]


def test_fewer_buildings_than_grids_make_fewer_grids(store: Store, community: model.Community, tmp_path: Path) -> None:
    take(store, community, written(tmp_path, "two.geojson", [block(0, 0), block(3, 0)], 楼号=["1", "2"]), "buildings")
    assert len(rows(store, model.Grid, community)) == 2
    eight = written(tmp_path, "eight.geojson", [block(i % 4, i // 4) for i in range(8)])
    take(store, community, eight, "buildings")
    assert len(rows(store, model.Grid, community)) == 5
    assert len(rows(store, model.GridVersion, community)) == 1
    assert sorted(rows(store, model.GridBuilding, community)["building_id"]) == sorted(
        rows(store, model.Building, community).index
    )


@EACH_STORE
def test_compounds_that_come_later_take_in_buildings_and_gates(
    store: Store, community: model.Community, tmp_path: Path
) -> None:
    take(store, community, written(tmp_path, "b.geojson", [block(0, 0), block(5, 0)], 楼号=["1", "1"]), "buildings")
    gate = written(tmp_path, "g.geojson", [shapely.Point(LON - 0.0002, LAT)], 名称=["南门"], 开放时间=["6：00-22：00"])
    report = take(store, community, gate, "gates")
    assert [fault.problem for fault in report.faults] == ["gate_off_wall"]
    wall = shapely.box(LON - 0.0002, LAT - 0.0002, LON + 0.001, LAT + 0.001)
    walls = written(tmp_path, "c.geojson", [wall], 名称=["模拟小区"], 类型=["老旧小区"], 物业公司=["模拟物业"])
    report = take(store, community, walls, "compounds")
    assert counts(report) == (1, 0, 0)
    assert {note.key: note.fields["n"] for note in report.notes} == {"buildings_linked": 1, "gates_linked": 1}
    compound = rows(store, model.Compound, community)
    assert compound["kind"].tolist() == ["old"]
    assert rows(store, model.Building, community)["compound_id"].tolist()[0] == compound.index[0]
    assert rows(store, model.Building, community)["compound_id"].isna().tolist() == [False, True]
    assert rows(store, model.Gate, community)["compound_id"].tolist() == [compound.index[0]]
    assert rows(store, model.Gate, community)["open_hours"].tolist() == ["06:00-22:00"]
    for path, kind in ((gate, "gates"), (walls, "compounds")):
        assert counts(take(store, community, path, kind)) == (0, 0, 1)


def test_a_compound_named_by_its_buildings_gets_its_wall_later(
    store: Store, community: model.Community, tmp_path: Path
) -> None:
    report = take(store, community, DATA / "Good.geojson", "buildings")
    assert [note.fields["names"] for note in report.notes if note.key == "compounds_made"] == [["模拟一小区"]]
    wall = written(
        tmp_path,
        "c.geojson",
        [shapely.box(LON - 0.001, LAT - 0.001, LON + 0.004, LAT + 0.002)],
        小区名称=["模拟一小区"],
    )
    assert counts(take(store, community, wall, "compounds")) == (0, 1, 0)
    kept = rows(store, model.Compound, community)
    assert kept["walled"].tolist() == [True]
    assert not kept.geometry.is_empty.any()


@EACH_STORE
def test_paths_in_pieces_become_several_and_stay_so(store: Store, community: model.Community, tmp_path: Path) -> None:
    line = shapely.LineString([(LON, LAT), (LON + 0.001, LAT)])
    pieces = shapely.MultiLineString([[(0, 0), (1, 1)], [(5, 5), (6, 6)]])
    pieces = shapely.transform(pieces, lambda xy: xy * 0.0001 + [LON, LAT])
    path = written(tmp_path, "p.geojson", [line, pieces], highway=["residential", "steps"], name=["模拟路", None])
    assert counts(take(store, community, path, "paths")) == (3, 0, 0)
    assert rows(store, model.Path, community)["kind"].tolist() == ["street", "stairs", "stairs"]
    assert counts(take(store, community, path, "paths")) == (0, 0, 3)


@EACH_STORE
def test_service_points_know_their_kind_and_building(store: Store, community: model.Community, tmp_path: Path) -> None:
    take(store, community, DATA / "Good.geojson", "buildings")
    inside = block(0, 0).centroid
    path = written(
        tmp_path, "s.geojson", [inside, shapely.Point(LON - 0.001, LAT), inside],
        类型=["邻里服务站", "乒乓球", "dance"], 名称=["一号站", "球桌", None], 服务户数=["约500户", None, None],
    )  # fmt: skip
    assert counts(take(store, community, path, "service-points")) == (3, 0, 0)
    kept = rows(store, model.ServicePoint, community)
    assert kept["kind"].tolist() == ["station", "table_tennis", "dance"]
    assert kept["name"].tolist() == ["一号站", "球桌", "舞蹈"]
    assert kept["building_id"].isna().tolist() == [False, True, False]
    assert kept["capacity_households"].tolist()[0] == 500
    assert counts(take(store, community, path, "service-points")) == (0, 0, 3)


@EACH_STORE
def test_drawn_grids_replace_the_proposal_and_tell_overlap_and_gap(
    store: Store, community: model.Community, tmp_path: Path
) -> None:
    take(store, community, DATA / "Good.geojson", "buildings")
    west = shapely.box(LON - 0.001, LAT - 0.001, LON + 0.0014, LAT + 0.002)
    east = shapely.box(LON + 0.0013, LAT - 0.001, LON + 0.0020, LAT + 0.002)
    path = written(tmp_path, "grids.geojson", [west, east], 网格名称=["西网格", "东网格"], 颜色=["蓝色", None])
    report = take(store, community, path, "grids")
    assert counts(report) == (2, 0, 0)
    problems = [fault.problem for fault in report.faults]
    assert "grids_overlap" in problems
    assert problems.count("building_off_grids") == 2
    data = community_data.read(store, community.id or 0, day=TODAY)
    assert not data.grids_proposed
    assert data.grids["name"].tolist() == ["西网格", "东网格"]
    assert data.grids["colour"].tolist() == ["blue", "yellow"]
    assert data.grids["letter"].tolist() == ["C", "B"]
    assert (data.buildings["grid"] != "").all()
    versions = rows(store, model.GridVersion, community)
    assert versions["proposed"].tolist() == [True, False]
    assert counts(take(store, community, path, "grids")) == (0, 0, 2)
    assert len(rows(store, model.GridVersion, community)) == 2
    with pytest.raises(InputError, match="confirmed"):
        grids.propose(store, community, today=TODAY)


def test_new_buildings_go_into_the_drawn_grids(store: Store, community: model.Community, tmp_path: Path) -> None:
    halves = [
        shapely.box(LON - 0.01, LAT - 0.01, LON, LAT + 0.01),
        shapely.box(LON, LAT - 0.01, LON + 0.01, LAT + 0.01),
    ]
    take(store, community, written(tmp_path, "grids.geojson", halves), "grids")
    report = take(store, community, DATA / "Good.geojson", "buildings")
    assert [note.fields["n"] for note in report.notes if note.key == "placed_in_grids"] == [8]
    data = community_data.read(store, community.id or 0, day=TODAY)
    assert set(data.buildings["letter"]) == {"B"}
    assert data.grids["name"].tolist() == ["第一网格", "第二网格"]


def test_a_gap_between_drawn_grids_is_told_with_its_place(
    store: Store, community: model.Community, tmp_path: Path
) -> None:
    ring = shapely.box(LON, LAT, LON + 0.01, LAT + 0.01).difference(
        shapely.box(LON + 0.004, LAT + 0.004, LON + 0.005, LAT + 0.005)
    )
    report = take(store, community, written(tmp_path, "g.geojson", [ring], name=["A"]), "grids")
    assert [fault.problem for fault in report.faults] == ["grids_gap"]
    sentence = report.faults[0].sentence("en")
    assert "108.9245" in sentence
    assert "10,2" in sentence


def test_a_slit_between_two_drawn_grids_is_told_with_both_names_and_its_place(
    store: Store, community: model.Community, tmp_path: Path
) -> None:
    halves = [
        shapely.box(LON, LAT, LON + 0.005, LAT + 0.01),
        shapely.box(LON + 0.0051, LAT, LON + 0.01, LAT + 0.01),
    ]
    report = take(store, community, written(tmp_path, "g.geojson", halves, name=["甲网格", "乙网格"]), "grids")
    assert counts(report) == (2, 0, 0)
    assert [fault.problem for fault in report.faults] == ["grids_apart"]
    sentence = report.faults[0].sentence("zh")
    assert "“甲网格”与“乙网格”之间有 10,2" in sentence
    assert "108.9250, 34.2" in sentence


def test_only_a_drawn_boundary_refuses_what_lies_outside(store: Store, community: model.Community) -> None:
    with store.write() as session:
        kept = session.get_one(model.Community, community.id)
        kept.geom = shapely.MultiPolygon([shapely.box(108.919, 34.229, 108.9245, 34.232)])
        kept.boundary_drawn = True
    with pytest.raises(Refused, match="m outside the community's boundary"):
        take(store, community, DATA / "OutsideBoundary.geojson", "buildings")
    before = store.community(community.id or 0).geom
    take(store, community, DATA / "Good.geojson", "buildings")
    assert store.community(community.id or 0).geom.equals(before)


def test_the_store_itself_is_never_read_as_a_file(store: Store, community: model.Community, tmp_path: Path) -> None:
    if store.path is None:
        pytest.skip("a database is no file")
    link = tmp_path / "alias.gpkg"
    link.symlink_to(store.path)
    for path in (store.path, link):
        with pytest.raises(InputError, match="is the store itself"):
            take(store, community, path, "buildings")


def test_a_formula_without_a_result_refuses_its_row(store: Store, community: model.Community, tmp_path: Path) -> None:
    path = tmp_path / "服务点.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["服务类型", "名称", "服务户数", "经度", "纬度"])
        sheet.write_row(1, 0, ["乒乓球", "甲", 80, LON, LAT])
        sheet.write_row(2, 0, ["乒乓球", "乙", None, LON, LAT])
        sheet.write_formula(2, 2, "=#REF!+1", None, "#REF!")
    preview = importing.prepare(store, community, importing.look(store, path), "service-points")
    (fault,) = [fault for fault in preview.faults if fault.fatal]
    assert fault.sentence("zh") == "工作表“Sheet1”第 3 行“服务户数”：公式出错（#REF!）。"
    assert preview.refused == 1


def test_an_unknown_kind_is_refused(store: Store, community: model.Community) -> None:
    with pytest.raises(InputError, match="cannot be imported; the kinds are buildings"):
        take(store, community, DATA / "Good.geojson", "trees")


def test_grids_are_named_and_lettered_in_order() -> None:
    assert grids.look(0) == ("red", "A", "第一网格")
    assert grids.look(10) == ("red", "K", "第十一网格")
    assert grids.look(26)[1] == "AA"


def test_real_footprints_give_five_even_grids_that_tile_the_community(
    store: Store, community: model.Community, shared_data: Path, tmp_path: Path
) -> None:
    real = gpd.read_file(shared_data / "suzhou_west_buildings.gpkg")
    # As many as a community has: those nearest to one of them.
    metric = crs.to_metric(real)
    near = metric.distance(metric.geometry.iloc[0]).nsmallest(500).index
    source = tmp_path / "footprints.gpkg"
    real.loc[near].to_file(source)
    assert counts(take(store, community, source, "buildings")) == (500, 0, 0)
    data = community_data.read(store, community.id or 0, day=TODAY)
    members = rows(store, model.GridBuilding, community)
    assert sorted(members["building_id"]) == sorted(data.buildings.index)
    loads = data.buildings.groupby("grid_id")["households"].sum()
    assert len(loads) == 5
    assert (loads - loads.mean()).abs().max() <= 0.05 * loads.mean()
    metric = crs.metric_crs(data.buildings)
    tiles = data.grids.geometry.to_crs(metric)
    whole = gpd.GeoSeries([data.community.geom], crs=crs.WGS84).to_crs(metric).iloc[0]
    assert tiles.union_all().symmetric_difference(whole).area <= 1
    assert abs(tiles.area.sum() - whole.area) <= 1
    revision = store.revision(community.id or 0)
    assert counts(take(store, community, source, "buildings")) == (0, 0, 500)
    assert store.revision(community.id or 0) == revision


def test_a_register_of_footprints_and_walls_comes_in_as_it_is(
    store: Store, community: model.Community, shared_data: Path
) -> None:
    footprints, walls = shared_data / "registers" / "楼栋轮廓.zip", shared_data / "registers" / "小区围墙.geojson"
    assert counts(take(store, community, footprints, "buildings")) == (41, 0, 0)
    report = take(store, community, walls, "compounds")
    assert counts(report) == (0, 4, 0)
    assert counts(take(store, community, footprints, "buildings")) == (0, 0, 41)
    data = community_data.read(store, community.id or 0, day=TODAY)
    assert set(data.buildings["compound"]) == {"边东路小区", "机床厂家属院", "文艺南巷二号院", "锦绣花园"}


def test_columns_about_what_nobody_may_collect_are_dropped_with_a_word(
    store: Store, community: model.Community, tmp_path: Path
) -> None:
    path = written(
        tmp_path,
        "登记.geojson",
        [block(0, 0), block(1, 0)],
        楼号=["1号楼", "2号楼"],
        名称=["户主610113199001011234", "东楼"],
        政治面貌=["甲", "乙"],
        身份证号=["610113199001011234", "610113199001011242"],
    )
    rehearsed = take(store, community, path, "buildings", dry_run=True)
    report = take(store, community, path, "buildings")
    assert rehearsed.notes[:2] == report.notes[:2]
    said = report.summary("zh")
    assert "已去掉 2 列，没有读入：政治面貌、身份证号" in said
    assert "名称 中有 1 格的号码已改为星号" in said
    assert "610113199001011234" not in said
    assert list(rows(store, model.Building, community)["name"]) == ["户主******************", "东楼"]


def test_fault_does_not_repeat_an_identity_number(store: Store, community: model.Community, tmp_path: Path) -> None:
    path = written(tmp_path, "登记.geojson", [block(0, 0)], 楼号=["1号楼"], 户数=["610113199001011234"])
    report = take(store, community, path, "buildings", dry_run=True)
    assert report.faults
    assert not any("610113199001011234" in fault.sentence("zh") + str(fault.value) for fault in report.faults)


def test_grids_that_a_phone_app_drew_come_in_with_overlap_and_gap_named(
    store: Store, community: model.Community, shared_data: Path
) -> None:
    take(store, community, shared_data / "registers" / "楼栋轮廓.zip", "buildings")
    report = take(store, community, shared_data / "registers" / "五色网格.kml", "grids", datum="gcj02")
    assert counts(report) == (5, 0, 0)
    told = {fault.problem: fault.fields for fault in report.faults}
    assert (told["grids_overlap"]["one"], told["grids_overlap"]["other"]) == ("黄色网格", "蓝色网格")
    assert (told["grids_apart"]["one"], told["grids_apart"]["other"]) == ("绿色网格", "紫色网格")
    data = community_data.read(store, community.id or 0, day=TODAY)
    assert data.grids["colour"].tolist() == ["red", "yellow", "blue", "green", "purple"]
    assert (data.buildings["grid"] != "").all()
