"""The tables say the same as the map, with the same filters, in both languages."""

from __future__ import annotations

import pandas as pd
import pytest
from demo_town import NOW, town

from gridmap import i18n
from gridmap.analysis import coverage
from gridmap.services import overview, tables
from gridmap.services.overview import Filters


def table(
    name: str,
    filters: Filters | None = None,
    language: str = "zh",
    radius_m: float = 500,
) -> pd.DataFrame:
    return tables.table(
        town(),
        name,
        covered=overview.cover(town(), "station", radius_m),
        filters=filters or Filters(),
        language=language,
        now=NOW,
    )


@pytest.mark.parametrize("language", i18n.LANGUAGES)
@pytest.mark.parametrize("letters", [(), ("A",), ("B", "E"), ("A", "B", "C", "D", "E")])
@pytest.mark.parametrize("issues", ["open", "overdue", "all"])
@pytest.mark.parametrize("name", tables.NAMES)
def test_table_can_be_made_under_every_filter(name: str, issues: str, letters: tuple[str, ...], language: str) -> None:
    made = table(name, Filters(letters=letters, issues=issues), language)
    assert made.index.is_unique
    assert made.columns.is_unique
    assert not any("." in str(column) for column in made.columns)


@pytest.mark.parametrize("name", tables.NAMES)
def test_table_of_nothing_has_its_headings(name: str) -> None:
    assert table(name, radius_m=1e6, filters=Filters(letters=("Z",))).empty
    assert len(table(name, filters=Filters(letters=("Z",))).columns) > 5


def test_uncovered_buildings_are_those_that_the_map_marks() -> None:
    covered = overview.cover(town(), "station", 500)
    made = table("uncovered")
    assert set(made.index) == set(covered.state.index[covered.state == coverage.OUT_OF_REACH])
    assert made["户数"].is_monotonic_decreasing
    assert made["户数"].sum() == overview.figures(town(), covered, Filters(), now=NOW).uncovered_households


def test_buildings_are_ordered_as_people_count() -> None:
    made = table("buildings")
    first = made[made["小区"] == made["小区"][made["小区"] != ""].iloc[0]]["楼号"].tolist()
    counted = [int(number.removesuffix("号楼")) for number in first if number.endswith("号楼")]
    assert counted == sorted(counted)
    assert len(counted) > 9


@pytest.mark.parametrize("letter", ["A", "B", "C", "D", "E"])
def test_grid_in_focus_narrows_every_table(letter: str) -> None:
    data, filters = town(), Filters(letters=(letter,))
    assert set(table("buildings", filters).index) == set(data.buildings.index[data.buildings["letter"] == letter])
    issues = table("issues", filters)
    assert set(issues["网格"].str[0]) <= {letter}
    grid = data.grids.geometry[data.grids["letter"] == letter].iloc[0]
    assert all(grid.covers(point) for point in data.points.geometry[table("points", filters).index])


def test_all_points_are_in_some_grid() -> None:
    letters = [table("points", Filters(letters=(letter,))).index for letter in "ABCDE"]
    assert sorted(i for found in letters for i in found) == sorted(town().points.index)


def test_overdue_issues_are_among_the_open_ones() -> None:
    late, unsettled, every = (table("issues", Filters(issues=name)) for name in ("overdue", "open", "all"))
    assert set(late.index) < set(unsettled.index) < set(every.index)
    assert len(every) == len(town().issues)
    assert (late["超期"] != "").all()


def test_row_leads_to_what_it_is() -> None:
    assert [tables.target(name) for name in tables.NAMES] == ["building", "building", "point", "issue"]
