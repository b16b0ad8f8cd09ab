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
    wanted = ["building", "building", "point", "issue", "grid", "compound", "walk"]
    assert [tables.leads_to(name) for name in tables.NAMES] == wanted


def test_grids_add_up_and_their_deviations_cancel_out() -> None:
    made, data = table("grids"), town()
    assert made["字母"].tolist() == ["A", "B", "C", "D", "E"]
    assert made["户数"].sum() == data.buildings["households"].sum()
    assert made["楼栋数"].sum() == len(data.buildings)
    assert made["户数偏差（%）"].sum() == pytest.approx(0, abs=0.3)
    assert made["未覆盖户数"].sum() == table("uncovered")["户数"].sum()
    assert made["未办结问题"].sum() == len(table("issues", Filters(issues="open")))
    assert made["超期问题"].sum() == len(table("issues", Filters(issues="overdue")))
    assert (made["网格长"] != "").all()
    assert made["上次走访"].notna().all()


def test_compound_comes_first_by_its_rate_and_not_by_its_number() -> None:
    made, data = table("compounds"), town()
    assert made["近28天每百户问题"].is_monotonic_decreasing
    first = made.iloc[0]
    assert first["近28天每百户问题"] == pytest.approx(first["近28天问题"] / first["户数"] * 100, abs=0.06)
    assert made["近28天问题"].max() > first["近28天问题"] > 0
    assert len(made) == len(data.compounds)


def test_walks_are_told_from_the_latest_day_with_their_walkers() -> None:
    made, data = table("walks"), town()
    assert made["日期"].tolist() == sorted(data.walks["day"], reverse=True)
    assert made["走访点"].sum() == len(data.stops)
    assert (made["已走访"] <= made["走访点"]).all()
    assert (made["走访人"] != "").all()


@pytest.mark.parametrize("name", ["buildings", "issues", "points", "grids", "compounds"])
def test_compound_in_focus_narrows_tables(name: str) -> None:
    data = town()
    compound = int(data.buildings["compound_id"].value_counts().index[0])
    title, filters = data.compounds.at[compound, "name"], Filters(compounds=(compound,), issues="all")
    made = table(name, filters)
    assert 0 < len(made) <= len(table(name, Filters(issues="all")))
    if name == "buildings":
        assert set(made["小区"]) == {title}
    if name == "compounds":
        assert made["小区"].tolist() == [title]
    if name == "grids":
        assert made["户数"].sum() == data.buildings.loc[data.buildings["compound_id"] == compound, "households"].sum()
    if name == "points":
        assert data.points.loc[made.index].within(data.compounds.geometry[compound]).all()


def test_issues_are_narrowed_by_source_and_category_wherever_they_are_counted() -> None:
    data = town()
    code = data.issues["category"].mode()[0]
    filters = Filters(issues="all", sources=("hotline",), categories=(code,))
    rows = data.issues[(data.issues["source"] == "hotline") & (data.issues["category"] == code)]
    assert sorted(table("issues", filters).index) == sorted(rows.index)
    assert len(rows) > 0
    unsettled = len(table("issues", Filters(sources=("hotline",), categories=(code,))))
    assert table("grids", filters)["未办结问题"].sum() == unsettled
    covered = overview.cover(data, "station", 500)
    assert overview.figures(data, covered, filters, now=NOW).open_issues == unsettled


def test_kind_that_is_nowhere_leaves_no_number_out_of_reach() -> None:
    made = tables.table(
        town(), "grids", covered=overview.cover(town(), "clinic", 300), filters=Filters(), language="zh", now=NOW
    )
    registered = (town().points["kind"] == "clinic").any()
    assert made["未覆盖户数"].isna().all() != registered
