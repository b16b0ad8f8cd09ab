"""Which issues a filter lets through, in which order they stand, and what each line tells."""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import replace

import demo_town
import pandas as pd
import pytest
import shapely

from gridmap import i18n
from gridmap.services import issue_list, issue_similar, issue_steps, issue_words, layers, overview
from gridmap.services.community_data import CommunityData
from gridmap.services.overview import Filters

NOW = demo_town.NOW
ALL = Filters(issues="all")
DAY = dt.timedelta(days=1)


@pytest.fixture(scope="module")
def data() -> CommunityData:
    """The demo, in which some issues are in somebody's hands, one is an order, and one has a text in full width."""
    town = demo_town.town()
    issues = town.issues.copy()
    first, second, third = issues.index[:3]
    issues.loc[first, "assignee_id"] = int(town.staff.index[0])
    issues.loc[second, "order_number"] = "XA20261124-007"
    issues.loc[third, "text"] = "ＬＥＤ路灯 不亮"
    return replace(town, issues=issues)


def numbers(data: CommunityData, **wanted: object) -> list[int]:
    return [int(one) for one in issue_list.shown(data, replace(ALL, **wanted), NOW).index]


def test_overdue_first_then_by_limit_then_settled_newest_first(data: CommunityData) -> None:
    rows = issue_list.shown(data, ALL, NOW)
    assert len(rows) == len(data.issues)
    assert rows["group"].tolist() == sorted(rows["group"], key=["overdue", "open", "settled"].index)
    for group in ("overdue", "open"):
        limits = rows.loc[rows["group"] == group, "due_at"].dropna()
        assert limits.is_monotonic_increasing
    assert rows.loc[rows["group"] == "settled", "reported_at"].is_monotonic_decreasing


def test_each_filter_lets_through_what_it_says_and_all_of_it(data: CommunityData) -> None:
    issues = data.issues
    state, category = issues["state"].iloc[0], issues["category"].iloc[0]
    assert set(numbers(data, states=(state,))) == set(issues.index[issues["state"] == state])
    assert set(numbers(data, categories=(category,))) == set(issues.index[issues["category"] == category])
    assert numbers(data, assignees=(int(data.staff.index[0]),)) == [int(issues.index[0])]
    reporter = issues["reporter_id"].dropna().iloc[0]
    assert set(numbers(data, reporters=(int(reporter),))) == set(issues.index[issues["reporter_id"] == reporter])
    group = data.categories.group(category)
    within = {one.code for one in data.categories.entries.values() if one.group == group}
    assert category in within
    chosen = issues.index[issues["category"].isin(within)]
    assert set(numbers(data, categories=(issue_words.GROUP + group,))) == set(chosen)
    assert set(issue_words.choices(data)) >= {category, issue_words.GROUP + group, *issues["category"]}


def test_days_are_those_of_the_office_and_both_count(data: CommunityData) -> None:
    at = data.issues["reported_at"].sort_values().iloc[len(data.issues) // 2]
    day = at.tz_convert("Asia/Shanghai").date()
    local = data.issues["reported_at"].dt.tz_convert("Asia/Shanghai").dt.date
    assert set(numbers(data, since=day, until=day)) == set(data.issues.index[local == day])
    assert set(numbers(data, until=day - DAY)) | set(numbers(data, since=day)) == set(data.issues.index)
    assert not set(numbers(data, until=day - DAY)) & set(numbers(data, since=day))
    # Half past midnight in Xi'an is still the day before in UTC.
    late = pd.Timestamp(dt.datetime.combine(day, dt.time(0, 30))).tz_localize("Asia/Shanghai").tz_convert("UTC")
    moved = data.issues["reported_at"].where(data.issues.index != data.issues.index[0], late)
    assert data.issues.index[0] in numbers(
        replace(data, issues=data.issues.assign(reported_at=moved)), since=day, until=day
    )


@pytest.mark.parametrize("text", ["led", "ＬＥＤ 路灯", "LED　不亮"])
def test_words_are_found_in_any_width_and_case(data: CommunityData, text: str) -> None:
    assert numbers(data, text=text) == [int(data.issues.index[2])]


def test_words_mean_code_order_and_building_too(data: CommunityData) -> None:
    assert numbers(data, text="xa20261124-007") == [int(data.issues.index[1])]
    assert int(data.issues.index[4]) in numbers(data, text=data.issues["code"].iloc[4])
    housed = data.issues["building_id"].dropna()
    title = layers.building_titles(data.buildings, "zh")[int(housed.iloc[0])]
    assert set(housed.index[housed == housed.iloc[0]]) <= set(numbers(data, text=title))
    assert not numbers(data, text=".*") + numbers(data, text="没有这样的词")
    assert numbers(data, text="") == numbers(data)


def test_what_is_not_there_filters_nothing(data: CommunityData) -> None:
    lost = replace(
        ALL, letters=("Q",), compounds=(10**9,), categories=("nonsense", "g-nonsense"), assignees=(10**9,),
        reporters=(10**9,),
    )  # fmt: skip
    assert overview.settled(data, lost) == ALL
    kept = replace(ALL, categories=(data.issues["category"].iloc[0],))
    assert overview.settled(data, kept) == kept


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_a_line_tells_the_sign_the_next_step_and_how_long(data: CommunityData, language: str) -> None:
    rows = issue_list.shown(data, ALL, NOW)
    table = issue_list.table(data, rows, language=language, now=NOW)
    state, step, owner, left = (table[issue_list.heading(x, language)] for x in ("state", "step", "owner", "left"))
    assert state[rows["group"] == "overdue"].str.startswith("■").all()
    assert not state[rows["group"] != "overdue"].str.startswith("■").any()
    for number in rows.index:
        told = issue_steps.next_step(rows.loc[number], data, language, NOW)
        assert (step[number], owner[number]) == (told.label, told.owner)
        assert (left[number] == "") == (rows.at[number, "group"] == "settled" or pd.isna(rows.at[number, "due_at"]))
    assert len(table) == len(rows)


def test_an_issue_outside_buildings_and_compounds_is_placed_by_its_street_and_grid(data: CommunityData) -> None:
    street = data.paths[(data.paths["kind"] == "street") & (data.paths["name"] == "石榴路")].geometry.iloc[0]
    away = shapely.Point(street.centroid.x, street.centroid.y - 0.02)
    rows = data.issues.head(4).assign(building_id=pd.NA, compound_id=pd.NA, address="", grid_id=data.grids.index[0])
    rows = rows.set_geometry([street.interpolate(0.5, normalized=True), away, shapely.Point(), shapely.Point()])
    rows.loc[rows.index[3], "grid_id"] = pd.NA
    grid = f"{data.grids['letter'].iloc[0]} {data.grids['name'].iloc[0]}"
    assert issue_list.place(data, rows, "zh").tolist() == [f"石榴路 · {grid}", grid, grid, ""]


def test_time_left_is_told_in_days_then_in_hours() -> None:
    def left(hours: float, group: str = "open") -> str:
        return issue_list.left(NOW + dt.timedelta(hours=hours), group, NOW, "en")

    assert [left(50), left(24), left(5.5), left(-3), left(-25, "overdue")] == [
        "2 days left", "1 day left", "5 hours left", "3 hours overdue", "1 day overdue",
    ]  # fmt: skip
    assert left(-50, "settled") == issue_list.left(None, "open", NOW, "en") == ""


def test_weeks_begin_on_mondays_and_reach_from_the_first_issue_to_now(data: CommunityData) -> None:
    weeks = issue_list.weeks(data, "Asia/Shanghai")
    local = data.issues["reported_at"].dt.tz_convert("Asia/Shanghai").dt.date
    assert all(day.weekday() == 0 for day in weeks)
    assert weeks[0] <= local.min() < weeks[0] + 7 * DAY
    assert weeks[-1] <= data.day < weeks[-1] + 7 * DAY
    assert all(later - earlier == 7 * DAY for earlier, later in itertools.pairwise(weeks))
    assert issue_list.weeks(replace(data, issues=data.issues.iloc[:0]), "Asia/Shanghai") == []


class TestPast:
    def test_texts_are_alike_by_their_pairs_of_signs(self) -> None:
        likeness = issue_similar.alike("楼道灯不亮", ["楼道灯不亮", "3单元楼道灯坏了", "垃圾没有人清运", "", "亮"])
        assert likeness[0] == pytest.approx(1.0)
        assert 0 < likeness[1] < 1
        assert not likeness[2:].any()
        assert not issue_similar.alike("", ["楼道灯不亮"]).any()

    def test_settled_ones_of_the_same_category_with_how_they_were_settled(self, data: CommunityData) -> None:
        issues = data.issues
        settled = issues[(issues["state"] == "closed") & ~issues.geometry.is_empty].sort_values("reported_at")
        old = settled.iloc[0]
        again = issues.assign(
            text=issues["text"].where(issues.index != issues.index[-1], old["text"]),
            category=issues["category"].where(issues.index != issues.index[-1], old["category"]),
            reported_at=issues["reported_at"].where(issues.index != issues.index[-1], pd.Timestamp(NOW)),
            state=issues["state"].where(issues.index != issues.index[-1], "recorded"),
        )
        found = issue_similar.past(replace(data, issues=again), int(issues.index[-1]))
        same = {one.number for one in found}
        assert old.name in same
        assert set(again.loc[list(same), "category"]) == {old["category"]}
        assert set(again.loc[list(same), "state"]) <= {"done", "checked", "closed"}
        assert [one.likeness for one in found] == sorted((one.likeness for one in found), reverse=True)
        said = data.events[(data.events["issue_id"] == old.name) & (data.events["note"] != "")]
        assert next(one.solved for one in found if one.number == old.name) in [*said["note"], old["handling"]]
