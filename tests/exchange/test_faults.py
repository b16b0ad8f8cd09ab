"""Faults in rows: each broken file gets its sentence, with its row, in both languages."""

# ruff: noqa: E501 (a table of sentences)

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import geopandas as gpd
import pytest
import shapely

from gridmap.errors import Fault
from gridmap.exchange import columns, faults, vector

DATA = Path(__file__).parent / "data"
DRAWN = shapely.MultiPolygon([shapely.box(108.919, 34.229, 108.9245, 34.232)])


class Expected(NamedTuple):
    kind: str
    row: int | None
    fatal: bool
    zh: str
    en: str


FILES = {
    "BowtieBuilding.geojson": Expected("buildings", 2, True, "第 2 行的轮廓自相交", "crosses itself"),
    "SpikedBuilding.geojson": Expected("buildings", 2, False, "已自动修复", "it was repaired"),
    "EmptyGeometry.geojson": Expected("buildings", 3, True, "第 3 行没有图形", "Row 3 has no shape"),
    "TwoCorners.geojson": Expected("buildings", 2, True, "第 2 行没有图形，或角点太少", "one of too few corners"),
    "ZeroCoordinates.geojson": Expected("buildings", 4, True, "第 4 行的坐标是 0/0", "Row 4 lies at 0/0"),
    "OneRowSwapped.geojson": Expected("buildings", 1, True, "第 1 行的经度和纬度写反了", "Row 1 has longitude and latitude swapped"),
    "SwappedLatLon.geojson": Expected("buildings", None, True, "所有行的经度和纬度都写反了", "swapped in every row"),
    "PointsAsBuildings.geojson": Expected("buildings", None, True, "全部 3 行都是 Point，这里需要面", "All 3 rows are of type Point"),
    "OnePointAmongBuildings.geojson": Expected("buildings", 3, True, "第 3 行是 Point，这里需要面", "Row 3 is a Point where an area is due"),
    "PolygonsAsGates.geojson": Expected("gates", None, True, "这里需要点", "where points are due"),
    "PointsAsPaths.geojson": Expected("paths", 1, True, "这里需要线", "where a line is due"),
    "NumberTwice.geojson": Expected("buildings", 4, True, "同一小区的 2#（与第 2 行重复）", "Row 4 is 2# again, as row 2"),
    "BuildingTwice.geojson": Expected("buildings", 4, True, "第 4 行与第 1 行的轮廓相同", "same outline as row 1"),
    "FootprintTwiceWithoutNumbers.geojson": Expected("buildings", 5, False, "第 5 行与第 2 行的轮廓相同，又没有楼号，已略去", "same outline as row 2 and no number; it was left out"),
    "OutsideBoundary.geojson": Expected("buildings", 2, True, "第 2 行在社区边界外", "outside the community's boundary"),
    "NegativeHouseholds.geojson": Expected("buildings", 1, True, "-5 小于零", "-5 is below zero"),
    "HouseholdsAreWords.geojson": Expected("buildings", 4, True, "“many”不是可用的数字", "many is no number"),
    "FarAway.geojson": Expected("buildings", 4, True, "超过 100 公里", "Row 4 lies more than 100 km"),
    "ServicePointOfUnknownKind.geojson": Expected("service-points", 2, True, "“滑雪场”不是已知的服务点类型", "is no known kind"),
    "ServicePointsWithoutKind.geojson": Expected("service-points", None, True, "缺少“服务类型 (kind)”列", "The column 服务类型 (kind) is missing"),
    "CompoundTwice.geojson": Expected("compounds", 2, True, "第 2 行与第 1 行同名", "is called 模拟一小区, as row 1 is"),
    "CompoundWithoutName.geojson": Expected("compounds", 2, True, "第 2 行没有名称", "Row 2 has no name"),
}  # fmt: skip


def ours(frame: gpd.GeoDataFrame, kind: str) -> gpd.GeoDataFrame:
    return columns.named(frame, columns.mapping(columns.propose(frame, kind)))


def examine(name: str, kind: str) -> tuple[gpd.GeoDataFrame, list[Fault]]:
    frame = vector.read(DATA / name).frame
    boundary = DRAWN if name == "OutsideBoundary.geojson" else None
    return faults.check(ours(frame, kind), kind, boundary=boundary)


@pytest.mark.parametrize("name", FILES)
def test_each_broken_file_gets_its_sentence(name: str) -> None:
    expected = FILES[name]
    clean, found = examine(name, expected.kind)
    assert len(found) == 1, [fault.sentence("en") for fault in found]
    fault = found[0]
    assert (fault.row, fault.fatal) == (expected.row, expected.fatal)
    assert expected.zh in fault.sentence("zh")
    assert expected.en in fault.sentence("en")
    assert fault.mend("zh")
    assert fault.mend("en").endswith(".")
    if expected.fatal and expected.row is not None:
        assert expected.row not in clean.index


def test_a_sound_file_has_no_fault_and_is_read_in_full() -> None:
    clean, found = examine("Good.geojson", "buildings")
    assert found == []
    assert clean.crs.to_epsg() == 4326
    assert clean["households"].tolist() == [48] * 8
    assert set(clean.geom_type) == {"MultiPolygon"}


def test_households_in_words_and_full_width_digits_are_read() -> None:
    clean, _ = examine("HouseholdsAreWords.geojson", "buildings")
    assert clean["households"].tolist() == [48, 50, 40]


def test_all_faults_are_told_at_once() -> None:
    frame = vector.read(DATA / "Good.geojson").frame
    frame.loc[2, "户数"] = -1
    frame.loc[5, "geometry"] = shapely.Point(0, 0)
    frame.loc[7, "geometry"] = shapely.Polygon()
    named = ours(frame, "buildings")
    clean, found = faults.check(named, "buildings")
    assert [(fault.row, fault.problem) for fault in found] == [
        (2, "negative"), (5, "zero_coordinates"), (7, "no_geometry"),
    ]  # fmt: skip
    assert clean.index.tolist() == [1, 3, 4, 6, 8]


def test_a_building_a_little_over_the_line_is_kept_with_a_warning() -> None:
    frame = vector.read(DATA / "Good.geojson").frame
    named = ours(frame, "buildings")
    line = float(frame.geometry.iloc[0].bounds[2]) - 0.0002
    close = shapely.MultiPolygon([shapely.box(line, 34.0, 109.5, 35.0)])
    clean, found = faults.check(named, "buildings", boundary=close)
    assert {(fault.row, fault.fatal) for fault in found} == {(1, False), (5, False)}
    assert len(clean) == 8


def test_one_number_in_two_compounds_is_no_repetition() -> None:
    frame = vector.read(DATA / "NumberTwice.geojson").frame
    frame.loc[4, "小区"] = "模拟二小区"
    _, found = faults.check(ours(frame, "buildings"), "buildings")
    assert found == []


def test_house_numbers_without_a_compound_may_repeat() -> None:
    frame = vector.read(DATA / "NumberTwice.geojson").frame.drop(columns="小区")
    _, found = faults.check(ours(frame, "buildings"), "buildings")
    assert found == []


def test_a_known_compound_gives_its_buildings_away_as_repeated() -> None:
    frame = vector.read(DATA / "NumberTwice.geojson").frame.drop(columns="小区")
    compounds = gpd.GeoDataFrame({"name": ["模拟一小区"]}, geometry=[DRAWN], crs="EPSG:4326", index=[7])
    clean, found = faults.check(ours(frame, "buildings"), "buildings", existing=compounds)
    assert [(fault.row, fault.problem) for fault in found] == [(4, "number_twice")]
    assert clean["compound_id"].tolist() == [7, 7, 7]


def test_swapped_coordinates_are_noticed_beside_a_community_that_is_known() -> None:
    frame = gpd.GeoDataFrame(
        {"楼号": ["1"]}, geometry=[shapely.box(47.1, 9.5, 47.1002, 9.5002)], crs="EPSG:4326", index=[1]
    )
    named = ours(frame, "buildings")
    _, found = faults.check(named, "buildings", near=(9.5, 47.1))
    assert [fault.problem for fault in found] == ["swapped"]


def test_two_buildings_on_one_another_are_kept_when_their_names_differ() -> None:
    frame = vector.read(DATA / "BuildingTwice.geojson").frame
    frame["名称"] = ["甲馆", "乙", "丙", "丁馆"]
    clean, found = faults.check(ours(frame, "buildings"), "buildings")
    assert [(fault.row, fault.problem, fault.fatal) for fault in found] == [(4, "footprint_shared", False)]
    assert len(clean) == 4


def test_a_file_of_another_town_is_refused_in_one_sentence() -> None:
    frame = vector.read(DATA / "Good.geojson").frame
    clean, found = faults.check(ours(frame, "buildings"), "buildings", near=(120.6, 31.3))
    assert [(fault.row, fault.problem) for fault in found] == [(None, "far_away_all")]
    assert "8" in found[0].sentence("zh")
    assert clean.empty


def _squares(*lon: float) -> gpd.GeoDataFrame:
    shapes = [shapely.box(x, 10, x + 0.0002, 10.0002) for x in lon]
    return gpd.GeoDataFrame({"geom": shapes}, geometry="geom", crs="EPSG:4326", index=range(1, len(lon) + 1))


def test_rows_across_the_180th_meridian_are_not_called_far_from_one_another() -> None:
    clean, (found,) = faults.check(_squares(179.999, 179.998, -179.999, -179.998), "buildings")
    assert (found.problem, found.row, found.fatal) == ("antimeridian_all", None, True)
    assert "180 度经线" in found.sentence("zh")
    assert clean.empty
    _, none = faults.check(_squares(179.999, 179.998), "buildings")
    assert none == []


@pytest.mark.parametrize(("coordinate", "shown"), [(108.92, "108.9200"), (500123.4, "500123"), (1e300, "1e+300")])
def test_coordinates_are_written_as_short_as_they_can_be(coordinate: float, shown: str) -> None:
    assert vector.shown(coordinate) == shown
