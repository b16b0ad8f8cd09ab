"""The review of the demo's walks: what it says, to whom, and no more than the numbers hold."""

from __future__ import annotations

import datetime as dt
import io
from dataclasses import replace

import openpyxl
import pandas as pd
import pytest
from demo_town import DAY, town

from gridmap import i18n
from gridmap.model import StopOutcome
from gridmap.planning.walk_review import Care
from gridmap.planning.walk_shares import Share
from gridmap.services import sight, walk_list, walk_review, walk_review_files
from gridmap.services.sight import EVERYTHING, Sight
from gridmap.services.walk_review import Reviewed

ZONE = "Asia/Shanghai"
FRIDAY = dt.date(2026, 11, 20)


def review(seen: Sight = EVERYTHING, *, weeks: int = 4, week: dt.date = FRIDAY) -> Reviewed:
    data = town()
    return walk_review.of(sight.masked(data, seen), data, seen, week=week, weeks=weeks, interval_days=60, zone=ZONE)


@pytest.fixture(scope="module")
def found() -> Reviewed:
    return review()


def test_the_latest_week_is_that_of_the_last_walk_with_an_outcome() -> None:
    assert walk_review.latest_week(town()) == dt.date(2026, 11, 16)
    data = town()
    assert walk_review.latest_week(replace(data, stops=data.stops.iloc[:0])) == walk_review.monday(DAY)


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_every_sentence_and_table_is_told(found: Reviewed, language: str) -> None:
    cells = walk_review.figures(found, language)
    assert len(cells) == 6
    assert all(label and value and small for label, value, small, _ in cells)
    stops = town().stops[town().stops["outcome"] != StopOutcome.PENDING.value]
    reached = int((stops["outcome"] == StopOutcome.DONE.value).sum())
    assert f"{reached}" in cells[0][2]
    assert f"{len(stops)}" in cells[0][2]
    said = walk_review.changes(found, language) + walk_review.findings(found, language)
    assert any(str(len(stops) - reached) in one for one in said)
    for name in walk_review.TABLES:
        assert len(walk_review.table(found, name, language)), name
    book = openpyxl.load_workbook(io.BytesIO(walk_review_files.excel(found, language, zone=ZONE)))
    assert len(book.sheetnames) == 1 + len(walk_review.TABLES)


def test_a_difference_that_may_be_chance_is_not_called_one(found: Reviewed) -> None:
    def told(now: Share, before: Share, chance: float) -> str:
        source = replace(found.review.source, now=now, before=before, chance=chance)
        return "\n".join(walk_review.findings(replace(found, review=replace(found.review, source=source)), "zh"))

    few = told(Share.of(2, 3), Share.of(1, 3), 1.0)
    assert "偶然" in few
    assert "不下结论" in few
    assert "高于" in told(Share.of(80, 100), Share.of(20, 100), 1e-9)
    assert "低于" in told(Share.of(20, 100), Share.of(80, 100), 1e-9)


@pytest.mark.parametrize(
    ("kept", "of", "told"), [(5, 8, True), (8, 8, True), (0, 3, True), (1, 8, False), (7, 8, False), (1, 2, False)]
)
def test_households_in_need_are_told_in_numbers_of_three_and_more(
    found: Reviewed, kept: int, of: int, *, told: bool
) -> None:
    care = Care(kept=Share.of(kept, of), never=0)
    shown = replace(found, review=replace(found.review, care=care, care_grids={1: care}))
    cell = walk_review.figures(shown, "zh")[4]
    assert (f"{kept} / {of}" in cell[2]) is told
    late = [one for one in walk_review.changes(shown, "zh") if "困难群众" in one]
    assert bool(late) is (told and kept < of)
    table = walk_review.table(shown, "grids", "zh")
    assert (f"{kept} / {of}" in set(table[walk_review.say("column.care", "zh")])) is told


def test_a_grid_leader_is_told_of_the_own_grid_alone(found: Reviewed) -> None:
    grid = int(town().grids.index[0])
    own = frozenset({grid})
    mine = review(replace(EVERYTHING, buildings=own, issues=own, staff=own, figures=own, persons=own, care=own))
    assert list(mine.review.grids.index) == [grid]
    assert set(mine.review.walks["grid_id"]) == {grid}
    assert mine.review.grids.loc[grid, ["buildings", "reached", "found"]].tolist() == (
        found.review.grids.loc[grid, ["buildings", "reached", "found"]].tolist()
    )
    assert mine.partly
    # Every building of the map has a sign, and those of other grids tell nothing.
    signs = walk_review.signs(mine)
    placed = town().buildings[~town().buildings.geometry.is_empty]
    assert len(signs) == len(placed)
    assert {sign for sign, other in zip(signs, placed["grid_id"] != grid, strict=True) if other} == {"-"}


def test_who_sees_no_issue_is_told_no_number_below_three(found: Reviewed) -> None:
    nothing: frozenset[int] = frozenset()
    blind = review(replace(EVERYTHING, issues=nothing, care=nothing), weeks=1)
    assert blind.counts_only
    rate = replace(blind.review.found, n=2)
    hidden = replace(blind, review=replace(blind.review, found=rate))
    assert walk_review.figures(hidden, "zh")[2][1] == "—"
    assert not any("每小时" in one for one in walk_review.findings(hidden, "zh"))
    heading = walk_review.say("column.found", "zh")
    numbers = walk_review.table(blind, "grids", "zh")[heading]
    assert all(n == "<3" or int(n) == 0 or int(n) >= 3 for n in numbers)
    assert found.review.care is not None
    assert blind.review.care is None


def test_the_week_without_a_walk_says_what_to_do() -> None:
    empty = review(weeks=1, week=dt.date(2026, 9, 7))
    assert empty.review.empty
    assert walk_review.changes(empty, "zh") == [walk_review.say("change.no_walks", "zh")]
    assert walk_review.table(empty, "walks", "zh").empty


def test_the_page_is_one_page_of_a4(found: Reviewed) -> None:
    made = walk_review_files.pdf(found, "zh")
    assert made.count(b"/Type /Page\n") + made.count(b"/Type /Page ") == 1
    assert b"/MediaBox [ 0 0 595 842 ]" in made


def test_a_walk_through_several_grids_is_in_each_and_theirs_alone_who_see_all_of_it() -> None:
    data = town()
    walk = int(data.walks.index[0])
    own, other = int(data.walks.at[walk, "grid_id"]), int(data.walks["grid_id"].iloc[1])
    mine = data.stops.index[data.stops["walk_id"] == walk]
    moved = data.stops.copy()
    moved.loc[mine[0], "building_id"] = int(data.buildings.index[data.buildings["grid_id"] == other][0])
    through = replace(
        data, walks=data.walks.assign(grid_id=data.walks["grid_id"].where(data.walks.index != walk)), stops=moved
    )
    assert walk in walk_list.within(through, [own])
    assert walk in walk_list.within(through, [other])
    assert walk not in walk_list.within(through, [own], altogether=True)
    assert walk in walk_list.within(through, [own, other], altogether=True)


def test_list_and_stops_of_a_walk(found: Reviewed) -> None:
    data = town()
    every = walk_list.table(data, walk_list.ALL, "zh")
    assert (
        len(every)
        == len(data.walks)
        == len(walk_list.table(data, "planned", "zh")) + len(walk_list.table(data, "done", "zh"))
    )
    walk = int(data.walks.index[0])
    rows = walk_list.stops(data, walk, "zh", ZONE)
    assert rows[walk_list.say("column.seq", "zh")].tolist() == list(range(1, len(rows) + 1))
    clock = pd.to_datetime(rows[walk_list.say("column.arrive", "zh")], format="%H:%M")
    assert clock.is_monotonic_increasing
