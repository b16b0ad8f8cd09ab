"""The card of a building, a point, an issue: what a walker wants to know before the door."""

from __future__ import annotations

from dataclasses import replace

import pytest
from demo_town import NOW, town

from gridmap import i18n
from gridmap.analysis import coverage
from gridmap.services import cards, overview
from gridmap.services.community_data import CommunityData
from gridmap.services.sight import Sight

LANGUAGES = pytest.mark.parametrize("language", i18n.LANGUAGES)


def card(
    data: CommunityData, target: str, number: int, language: str = "zh", kind: str = "station"
) -> cards.Card | None:
    return cards.card(
        data,
        target,
        number,
        covered=overview.cover(data, "station", 500.0),
        seen=Sight(buildings=None, issues=None, staff=None, figures=None, tables=True, picture=True),
        kind_name="邻里服务站",
        language=language,
        now=NOW,
        time_zone="Asia/Shanghai",
    )


def rows(data: CommunityData, target: str, number: int, language: str = "zh") -> dict[str, cards.CardRow]:
    made = card(data, target, number, language)
    assert made is not None
    return {row.label: row for row in made.rows}


@LANGUAGES
def test_building_tells_grid_households_points_issues_and_visit(language: str) -> None:
    data = town()
    for number, building in data.buildings[data.buildings["households"] > 0].iterrows():
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
    for building, state in covered.state.items():
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
