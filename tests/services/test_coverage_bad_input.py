"""What is odd about a community is said in a sentence, and coverage is told all the same."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest
import shapely
from demo_town import town
from test_walking_data import CHOSEN

from gridmap import errors
from gridmap.services import coverage_table
from gridmap.services.community_data import CommunityData
from gridmap.services.coverage_table import Question

FAR = shapely.Point(109.2, 34.5)
Change = Callable[[CommunityData], CommunityData]


def changed(**frames: Callable[[CommunityData], object]) -> Change:
    return lambda data: dataclasses.replace(data, **{name: make(data) for name, make in frames.items()})


def stations(data: CommunityData, **columns: object) -> object:
    return data.points[data.points["kind"] == "station"].assign(**columns)


CASES: dict[str, tuple[Change, dict[str, object], str, str]] = {
    "no paths and no walls": (
        changed(
            paths=lambda data: data.paths.iloc[:0],
            compounds=lambda data: data.compounds.assign(walled=False),
        ),
        {},
        "还没有道路和围墙，按直线距离测量",
        "neither paths nor walls are known",
    ),
    "no paths": (
        changed(paths=lambda data: data.paths.iloc[:0]),
        {},
        "还没有道路：按空地步行计算",
        "There are no paths",
    ),
    "a compound without a gate": (
        changed(gates=lambda data: data.gates[data.gates["compound_id"] != 1]),
        {},
        "小区“槐荫家属院”有围墙，但没有登记大门",
        '"槐荫家属院" has a wall but no gate',
    ),
    "a point in a building": (
        changed(),
        {},
        "3 个服务点在楼栋里，从这栋楼的门口起算：槐荫邻里服务站",
        "3 service points stand in buildings",
    ),
    "a point outside the community": (
        changed(points=lambda data: stations(data, geom=FAR)),
        {},
        "3 个服务点在社区范围外，照样计算：槐荫邻里服务站",
        "3 service points lie outside",
    ),
    "a point outside the community, straight": (
        changed(points=lambda data: stations(data, geom=FAR)),
        {"straight": True},
        "3 个服务点在社区范围外",
        "3 service points lie outside",
    ),
    "points without a place, straight": (
        changed(points=lambda data: stations(data, geom=shapely.Point())),
        {"straight": True},
        "3 个服务点没有位置",
        "3 service points have no place",
    ),
    "no households": (
        changed(buildings=lambda data: data.buildings.assign(households=0)),
        {},
        "还没有登记户数：62 栋楼都算，户数都是 0",
        "No households are registered",
    ),
    "no room": (
        changed(points=lambda data: stations(data, capacity_households=0)),
        {"capacity": True},
        "3 个服务点写明能服务 0 户，不接收住户",
        "3 service points are said to serve 0 households",
    ),
    "room not known": (
        changed(points=lambda data: stations(data, capacity_households=None)),
        {"capacity": True},
        "3 个服务点没有写明能服务多少户",
        "3 service points",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_it_is_said(name: str) -> None:
    change, more, zh, en = CASES[name]
    data = change(town())
    found = coverage_table.of_data(data, CHOSEN, Question(kind="station", **more), "station")  # type: ignore[arg-type]
    for language, words in (("zh", zh), ("en", en)):
        said = " ".join(remark.sentence(language) for remark in found.remarks)
        assert words in said
    counted = found.by_state["households"]
    assert sum(counted.values()) == found.buildings["households"].sum()
    if name == "no room":
        assert counted["covered"] == 0 < counted["full"]


def test_without_buildings_there_is_nothing_to_tell() -> None:
    data = dataclasses.replace(town(), buildings=town().buildings.iloc[:0])
    with pytest.raises(errors.InputError, match="has no building on the map yet"):
        coverage_table.of_data(data, CHOSEN, Question(kind="station"), "station")
