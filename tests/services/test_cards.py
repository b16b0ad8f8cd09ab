"""The card of a building, a point, an issue: what a walker wants to know before the door."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import pandas as pd
import pytest
from demo_town import NOW, town
from shapely import Point

from gridmap import i18n
from gridmap.analysis import coverage
from gridmap.services import cards, overview, sight
from gridmap.services.community_data import CommunityData
from gridmap.services.sight import Sight

LANGUAGES = pytest.mark.parametrize("language", i18n.LANGUAGES)


EVERYTHING = Sight(buildings=None, issues=None, staff=None, figures=None, tables=True, picture=True)


@lru_cache(maxsize=64)
def cover(data: CommunityData, kind: str) -> coverage.Coverage:
    return overview.cover(data, kind, 500.0)


def card(
    data: CommunityData, target: str, number: int, language: str = "zh", seen: Sight = EVERYTHING
) -> cards.Card | None:
    return cards.card(
        data,
        target,
        number,
        covered=cover(data, "station"),
        seen=seen,
        kind_name="邻里服务站",
        language=language,
        now=NOW,
        time_zone="Asia/Shanghai",
        of_kind=cover(data, data.points.at[number, "kind"])
        if target == "point" and number in data.points.index
        else None,
    )


def rows(data: CommunityData, target: str, number: int, language: str = "zh") -> dict[str, cards.CardRow]:
    made = card(data, target, number, language)
    assert made is not None
    return {row.label: row for row in made.rows}


@LANGUAGES
def test_building_tells_grid_households_points_issues_and_visit(language: str) -> None:
    data = town()
    for number, building in data.buildings[data.buildings["households"] > 0].iloc[::8].iterrows():
        told = rows(data, "building", int(str(number)), language)
        assert told[i18n.text("card.grid", language)].value == f"{building['letter']} · {building['grid']}"
        households = told[i18n.text("card.households_label", language)].value
        assert households == i18n.text("card.households", language, n=int(building["households"]))
        assert i18n.text("card.last_visit", language) in told
        assert i18n.text("card.issues", language) in told


def test_nearest_points_are_the_nearest_of_their_kinds_with_metres_between() -> None:
    data = town()
    building = int(data.buildings.index[data.buildings["households"] > 0][7])
    told = rows(data, "building", building)
    away = data.points_m.distance(data.buildings_m.geometry[building])
    nearest = away.groupby(data.points["kind"]).idxmin()
    stations = nearest["station"]
    value = told["邻里服务站"].value
    assert value == f"{data.points.at[stations, 'name']} · {round(away[stations])} 米"
    others = sorted(away[nearest.drop("station")].tolist())[:3]
    shown = [float(row.value.rsplit(" · ", 1)[1].split()[0]) for row in told.values() if row.value.endswith(" 米")]
    assert shown == [round(away[stations]), *map(round, others)]


def test_coverage_line_agrees_with_the_map() -> None:
    data = town()
    covered = overview.cover(data, "station", 500.0)
    states = covered.state.iloc[::6]
    assert len(set(states)) > 1
    for building, state in states.items():
        row = rows(data, "building", int(str(building)))[i18n.text("card.coverage", "zh")]
        assert (row.tone == "good") == (state == coverage.COVERED)
        assert "500" in row.value


def test_open_issues_of_a_building_and_the_overdue_among_them() -> None:
    data = town()
    count = data.issues.groupby("building_id").size()
    most = int(count.idxmax())
    here = data.issues[data.issues["building_id"] == most].copy()
    here["state"] = "accepted"
    here["due_at"] = NOW.replace(year=NOW.year + 1)
    here.loc[here.index[0], "due_at"] = NOW.replace(year=NOW.year - 1)
    row = rows(replace(data, issues=here), "building", most)[i18n.text("card.issues", "zh")]
    assert row.value == i18n.text("card.issues_overdue", "zh", n=len(here), late=1)
    assert row.tone == "bad"


def test_estimated_households_are_marked() -> None:
    data = town()
    building = int(data.buildings.index[data.buildings["households"] > 0][0])
    guessed = replace(data, buildings=data.buildings.assign(households_estimated=True))
    assert "估算" in rows(guessed, "building", building)[i18n.text("card.households_label", "zh")].value


def test_building_that_nobody_knows_anything_of() -> None:
    data = town()
    number = int(data.buildings.index[0])
    unknown = data.buildings.copy()
    unknown.loc[number, ["floors", "units", "grid_id"]] = None
    unknown.loc[number, ["letter", "grid", "compound", "name"]] = ""
    bare = replace(
        data,
        buildings=unknown,
        points=data.points.iloc[:0],
        issues=data.issues.iloc[:0],
        walks=data.walks.iloc[:0],
        stops=data.stops.iloc[:0],
    )
    told = rows(bare, "building", number)
    assert told[i18n.text("card.grid", "zh")].value == i18n.text("card.none", "zh")
    assert told[i18n.text("card.last_visit", "zh")].value == i18n.text("card.never", "zh")
    assert i18n.text("card.size", "zh") not in told


@LANGUAGES
def test_point_and_issue_have_cards_too(language: str) -> None:
    data = town()
    for number in data.points.index:
        made = card(data, "point", int(number), language)
        assert made is not None
        assert made.title == data.points.at[number, "name"]
    for number in data.issues.index:
        made = card(data, "issue", int(number), language)
        assert made is not None
        assert made.rows[0].value == data.issues.at[number, "text"]
        assert made.subtitle == data.issues.at[number, "code"]


@pytest.mark.parametrize("target", ["building", "point", "issue"])
@pytest.mark.parametrize("number", [0, -1, 10**6, 999_999_999_999_999, 2**53])
def test_what_is_gone_has_no_card(target: str, number: int) -> None:
    assert card(town(), target, number) is None


def test_stations_serve_each_covered_building_once_and_say_what_is_too_much() -> None:
    data = town()
    covered = overview.cover(data, "station", 500.0)
    homes = data.buildings.loc[covered.state.index[covered.state == coverage.COVERED]]
    total = 0
    for station in data.points.index[data.points["kind"] == "station"]:
        row = rows(data, "point", int(station))[i18n.text("card.served", "zh")]
        mine = homes.loc[homes.index.isin(covered.point.index[covered.point == station])]
        n, capacity = int(mine["households"].sum()), int(data.points.at[station, "capacity_households"])
        assert row.value.startswith(f"{n:,} 户 / {len(mine)} 栋")
        assert (row.tone == "bad") == (n > capacity) == ("超出" in row.value)
        total += n
    assert total == homes["households"].sum()


def test_point_tells_its_grid_and_place() -> None:
    data = town()
    for number, point in data.points.iterrows():
        told = rows(data, "point", int(str(number)))
        grid = data.grids[data.grids.covers(point["geom"])].iloc[0]
        assert told["网格"].value == f"{grid['letter']} · {grid['name']}"
        if pd.notna(point["building_id"]):
            assert told["地点"].value.endswith(data.buildings.at[point["building_id"], "number"])


@LANGUAGES
def test_team_is_told_by_role_and_names_only_to_those_who_may_see_staff(language: str) -> None:
    data = town()
    station = int(data.team["service_point_id"].iloc[0])
    label = i18n.text("card.team", language)
    told = rows(data, "point", station, language)[label].value
    known = data.team[data.team["service_point_id"] == station]["staff_id"].dropna()
    names = data.staff.loc[known, "name"].tolist()
    assert names
    assert all(name in told for name in names)
    assert len(told.splitlines()) == data.team.query("service_point_id == @station")["role"].nunique()
    nobody = replace(EVERYTHING, staff=frozenset())
    made = card(sight.masked(data, nobody), "point", station, language, nobody)
    assert made is not None
    hidden = next(row.value for row in made.rows if row.label == label)
    assert not any(name in hidden for name in data.staff["name"])
    assert len(hidden.splitlines()) == len(told.splitlines())


@LANGUAGES
def test_issue_tells_its_course_from_the_newest_move(language: str) -> None:
    data = town()
    number = int(data.events.groupby("issue_id").size().idxmax())
    moves = data.events[data.events["issue_id"] == number].sort_values("at", ascending=False)
    lines = rows(data, "issue", number, language)[i18n.text("card.history", language)].value.splitlines()
    words = [i18n.text(f"issue_state.{state}", language) for state in moves["to_state"]]
    assert len(lines) == min(len(moves), 6)
    assert all(word in line for word, line in zip(words[:5], lines, strict=False))
    assert data.staff.at[moves["actor_id"].iloc[0], "name"] in lines[0]
    assert i18n.time(moves["at"].iloc[0], language, "Asia/Shanghai") in lines[0]
    some = replace(EVERYTHING, staff=frozenset())
    made = card(sight.masked(data, some), "issue", number, language, some)
    assert made is not None
    assert not any(name in made.rows[-1].value for name in data.staff["name"])


@pytest.mark.parametrize(
    ("hours", "said"), [(0.2, "不到 1 小时"), (1, "1 小时"), (26, "26 小时"), (72, "3 天"), (-5, "不到 1 小时")]
)
def test_closed_issue_tells_how_long_it_took(hours: float, said: str) -> None:
    data = town()
    closed = data.issues[data.issues["state"] == "closed"].copy()
    number = int(closed.index[0])
    closed.loc[number, "closed_at"] = closed.at[number, "reported_at"] + pd.Timedelta(hours=hours)
    assert rows(replace(data, issues=closed), "issue", number)["用时"].value == said
    still = int(data.issues.index[data.issues["state"] != "closed"][0])
    assert "用时" not in rows(data, "issue", still)


def test_issue_without_a_building_tells_its_compound() -> None:
    data = town()
    compound = data.compounds.iloc[0]
    moved = data.issues.iloc[[0]].copy()
    number = int(moved.index[0])
    moved[["building_id", "compound_id"]] = None
    moved.loc[number, "geom"] = compound["geom"].representative_point()
    assert rows(replace(data, issues=moved), "issue", number)["地点"].value == compound["name"]
    moved.loc[number, "geom"] = Point()
    assert "地点" not in rows(replace(data, issues=moved), "issue", number)


def test_who_works_in_one_grid_reads_the_names_of_that_grid_alone() -> None:
    data = town()
    label = i18n.text("card.team", "zh")
    stations = data.points.index[data.points["kind"] == "station"]
    for own in data.grids.index:
        seen = Sight(
            buildings=frozenset({own}),
            issues=frozenset({own}),
            staff=frozenset({own}),
            figures=frozenset({own}),
            tables=True,
            picture=True,
        )
        masked = sight.masked(data, seen)
        assert 0 < len(masked.staff) < len(data.staff)
        assert set(masked.events["issue_id"]) <= set(masked.issues.index)
        for station in stations:
            made = card(masked, "point", int(station), "zh", seen)
            assert made is not None
            told = next(row.value for row in made.rows if row.label == label)
            named = any(name in told for name in data.staff["name"])
            assert named == data.grids.geometry[own].covers(data.points.geometry[station])
