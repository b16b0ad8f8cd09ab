"""The picture shows what the map shows: what is out of focus on the map is not in the picture either."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
from demo_town import NOW, town

from gridmap.reports import legend, picture
from gridmap.reports.content import MapContent, metric
from gridmap.services import issue_figures, layers, overview, pictures
from gridmap.services.overview import Filters
from gridmap.services.sight import Sight

EVERYTHING = ("grids", "compounds", "buildings", "points", "issues", "walks")


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Any:
    """What would be drawn, without drawing it."""
    told: list[MapContent] = []

    def take(content: MapContent, **_more: Any) -> bytes:
        told.append(content)
        return b""

    monkeypatch.setattr(picture, "draw", take)

    def content(filters: Filters, **more: Any) -> MapContent:
        data = town()
        covered = overview.cover(data, "station", 500)
        wanted = {"kind": "station", "language": "zh", "now": NOW, **more}
        pictures.overview_png(data, covered, "coverage", EVERYTHING, filters, **wanted)
        return told[-1]

    return content


def test_points_and_walk_outside_the_focus_are_left_out(drawn: Any) -> None:
    data = town()
    walk = layers.shown_walk(data)
    walked = data.grids.at[data.walks.at[walk, "grid_id"], "letter"]
    for letter in data.grids["letter"]:
        filters = Filters(letters=(letter,))
        shown = drawn(filters)
        assert set(shown.points.index) == set(overview.points_shown(data, filters).index)
        assert (len(shown.route) == 1) == (len(shown.stops) > 0) == (letter == walked)
        # Who is covered from outside the focus is covered all the same.
        assert len(shown.reach) == (data.points["kind"] == "station").sum()


def test_picture_names_its_filters(drawn: Any) -> None:
    data = town()
    filters = Filters(letters=("A",), compounds=(1,), sources=("hotline",), categories=("noise",), issues="all")
    said = drawn(filters).subtitle
    for part in ("网格 A", data.compounds.at[1, "name"], "全部", "12345工单", "噪音"):
        assert part[:2] in said


def test_overdue_issues_and_the_chosen_thing_are_told(drawn: Any) -> None:
    data = town()
    shown = drawn(Filters(issues="all"), chosen=("point", int(data.points.index[0])))
    late = overview.issues_shown(data, Filters(issues="overdue"), NOW)
    assert set(shown.issues.index[shown.issues["overdue"]]) == set(late.index)
    assert shown.chosen_name == data.points["name"].iloc[0]
    assert len(shown.chosen) == 1
    assert drawn(Filters(), chosen=("point", 10**9)).chosen.empty
    assert drawn(Filters()).chosen.empty


def test_where_issues_are_dense_is_drawn_and_named_where_it_is_asked_for(drawn: Any) -> None:
    data = town()
    seen = Sight(buildings=None, issues=None, staff=None, figures=None, tables=True, picture=True)
    dense = issue_figures.dense(data, data.issues, seen, focused=False)
    shown = drawn(Filters(issues="all"), dense=dense)
    assert {"dense_25", "dense_50", "dense_75"} == set(shown.shapes["look"]) == set(shown.shape_names)
    assert {row.text for row in legend.rows(metric(shown), "zh")} >= set(shown.shape_names.values())
    assert drawn(Filters()).shapes.empty


@pytest.mark.parametrize("kind", ["music", overview.ANY_KIND])
def test_kind_that_is_nowhere_leaves_no_building_out_of_reach(drawn: Any, kind: str) -> None:
    shown = drawn(Filters(), kind=kind)
    registered = kind == overview.ANY_KIND
    assert (shown.buildings["coverage"] == "out_of_reach").any() == registered
    assert ("还没有登记" in shown.subtitle) != registered


@pytest.mark.parametrize("mode", ["coverage", "kinds"])
def test_coverage_is_drawn_with_what_lies_above_the_map(monkeypatch: pytest.MonkeyPatch, mode: Any) -> None:
    data = town()
    told: list[MapContent] = []
    monkeypatch.setattr(picture, "draw", lambda content, **_more: told.append(content) or b"")
    homes = overview.dwellings(data).index
    looks = pd.Series("looks_covered" if mode == "coverage" else 3, index=homes)
    marks = gpd.GeoDataFrame({"look": ["trial"], "sign": ["#1"]}, geometry=[data.points.geometry.iloc[0]], crs=4326)
    pictures.coverage_png(
        data, looks, ["station"], marks, mode=mode, shape_names={"trial": "试点"}, step_names={3: "走得到 3 类"},
        title="标题", subtitle="步行 500 米", language="zh",
    )  # fmt: skip
    shown = told[-1]
    column = shown.buildings["coverage" if mode == "coverage" else "step"]
    assert (column.loc[homes] == looks).all()
    assert set(column.drop(homes)) == ({"unknown"} if mode == "coverage" else {-1})
    assert set(shown.points["kind"]) == {"station"}
    assert list(shown.shapes["sign"]) == ["#1"]
    assert shown.issues.empty
    monkeypatch.undo()
    rows = {row.text: row.value for row in legend.rows(metric(shown), "zh")}
    assert "试点" in rows
    name = "看似覆盖，实际走不到" if mode == "coverage" else "走得到 3 类"
    assert rows[name] == "53 / 2,486"
