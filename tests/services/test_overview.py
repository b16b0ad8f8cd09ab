"""The figures at a glance, and what the map's colours are told."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace

import geopandas as gpd
import pytest
from demo_town import DAY, NOW, town
from shapely import MultiPolygon

from gridmap.analysis import coverage
from gridmap.services import layers, overview
from gridmap.services.community_data import CommunityData
from gridmap.services.overview import Figures, Filters


def figures(data: CommunityData, *letters: str) -> Figures:
    return overview.figures(data, overview.cover(data, "station", 500), Filters(letters=letters), now=NOW)


def test_figures_of_the_demo() -> None:
    told = figures(town())
    assert told.households == 2486
    assert not told.households_estimated
    assert 0 < told.uncovered_households < told.households
    assert 0 < told.overdue_issues < told.open_issues < len(town().issues)
    assert told.at_source is not None
    assert 0 < told.at_source < 1
    assert told.next_walk is not None
    assert DAY <= told.next_walk <= DAY + dt.timedelta(days=7)


def test_grids_add_up_to_the_community() -> None:
    whole, parts = figures(town()), [figures(town(), letter) for letter in "ABCDE"]
    for name in ("buildings", "households", "uncovered_buildings", "uncovered_households", "visited_buildings"):
        assert sum(getattr(part, name) for part in parts) == getattr(whole, name)
    assert sum(part.open_issues for part in parts) <= whole.open_issues


def test_letters_that_no_grid_has_leave_nothing() -> None:
    told = figures(town(), "Z")
    assert (told.buildings, told.households, told.open_issues, told.at_source) == (0, 0, 0, None)


def test_signs_of_coverage_stand_in_the_layers_order() -> None:
    data = town()
    covered = overview.cover(data, "station", 500)
    unplaced = data.buildings.geometry.copy()
    unplaced.iloc[3] = MultiPolygon()
    changed = replace(data, buildings=data.buildings.set_geometry(unplaced))
    signs = overview.states(changed, covered)
    shown = changed.buildings.index[~changed.buildings.geometry.is_empty]
    assert len(signs) == len(shown) == len(data.buildings) - 1
    words = {coverage.COVERED: "1", coverage.OUT_OF_REACH: "0"}
    assert [words.get(covered.state.get(i), "-") for i in shown] == list(signs)


def test_any_kind_covers_at_least_what_a_single_kind_does() -> None:
    data = town()
    anything = overview.cover(data, overview.ANY_KIND, 300).state == coverage.COVERED
    for kind in overview.kinds(data):
        assert (anything | ~(overview.cover(data, kind, 300).state == coverage.COVERED)).all()


def test_classes_of_households_hold_every_building() -> None:
    data = town()
    tops = overview.household_classes(data)
    assert tops == sorted(set(tops))
    assert 1 <= len(tops) <= 6
    assert tops[-1] == data.buildings["households"].max()


def test_community_without_anything_has_figures() -> None:
    data = town()
    empty = {
        name: getattr(data, name).iloc[:0]
        for name in (
            "buildings",
            "compounds",
            "gates",
            "grids",
            "paths",
            "ground",
            "points",
            "groups",
            "issues",
            "walks",
            "stops",
        )
    }
    bare = replace(data, **empty)
    told = figures(bare)
    assert (told.buildings, told.households, told.uncovered_buildings, told.next_walk) == (0, 0, 0, None)
    assert overview.household_classes(bare) == []
    for name in layers.NAMES:
        assert layers.build(bare, name, language="zh", now=NOW).startswith(b'{"type":"FeatureCollection"')


def test_points_without_buildings_still_have_a_measure() -> None:
    data = town()
    only_points = replace(data, buildings=data.buildings.iloc[:0])
    assert only_points.points_m.crs.is_projected
    assert not only_points.points_m.empty


@pytest.mark.parametrize("name", layers.NAMES)
def test_every_layer_is_drawn_from_the_demo(name: str) -> None:
    features = json.loads(layers.build(town(), name, language="zh", now=NOW))["features"]
    assert len(features) > 0
    assert all(feature["geometry"] or feature["rings"] for feature in features)


def test_letter_of_a_grid_stands_in_its_grid() -> None:
    data = town()
    read = gpd.read_file(layers.build(data, "grids", language="zh", now=NOW).decode())
    for shape, at in zip(read.geometry, read["label_at"], strict=True):
        lon, lat = at if not isinstance(at, str) else map(float, at.strip("[]").split(","))
        assert shape.contains(gpd.points_from_xy([lon], [lat])[0])


def test_text_of_an_issue_is_not_in_its_layer() -> None:
    made = layers.build(town(), "issues", language="zh", now=NOW).decode()
    assert town().issues["text"].iloc[0] not in made
