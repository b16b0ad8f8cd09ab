"""Proposals of grids: compounds, what is fixed, what is there today, and edits by hand."""

from __future__ import annotations

import itertools
import time

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from benchmarks import partition_city
from gridmap.analysis import (
    districting,
    districting_colours,
    districting_division,
    districting_ground,
    districting_mending,
    tessellation,
)
from gridmap.errors import InputError


def graph(columns, rows, loads, compounds=None):
    """Squares of 20 m in rows, 10 m apart: who is a neighbour of whom is plain to see."""
    x, y = (a.ravel() for a in np.meshgrid(np.arange(columns) * 30.0, np.arange(rows) * 30.0))
    boxes = shapely.box(5e5 + x, 3.789e6 + y, 5e5 + x + 20, 3.789e6 + y + 20)
    frame = gpd.GeoDataFrame({"number": [f"{i}号楼" for i in range(len(boxes))]}, geometry=boxes, crs=4545)
    frame["compound"] = compounds if compounds is not None else None
    frame["households"] = loads
    return frame, districting_ground.build(frame, compound="compound" if compounds is not None else None)


@pytest.fixture(scope="module")
def city():
    frame = partition_city.city(400, seed=3)
    return frame, districting_ground.build(frame, compound="compound")


def units_of(ground, grid):
    label = np.zeros(ground.units, dtype=np.int64)
    label[ground.unit] = grid
    return label


def enumerated(ground, load, k):
    """Every division of a small graph into k connected groups: its deviation and what its borders cost."""
    near = ground.near
    for rest in itertools.product(range(k), repeat=ground.units - 1):
        label = np.array((0, *rest))
        if len(np.unique(label)) == k and ground.pieces(label) == k:
            carried = np.bincount(label, weights=load, minlength=k)
            differ = label[near.one] != label[near.other]
            yield np.abs(carried / carried.mean() - 1).max(), ground.cost[differ].sum()


@pytest.mark.parametrize(("columns", "rows", "k", "seed"), [(4, 2, 2, 0), (3, 3, 2, 1), (5, 2, 2, 4), (3, 3, 3, 3)])
def test_small_towns_are_divided_as_well_as_can_be_proven(columns, rows, k, seed):
    loads = np.random.default_rng(seed).integers(5, 30, columns * rows)
    frame, ground = graph(columns, rows, loads)
    every = list(enumerated(ground, loads, k))
    least = min(deviation for deviation, _ in every)
    even = max(least, districting.TOLERANCE)
    shortest = min(cost for deviation, cost in every if deviation <= even + 1e-9)
    found = districting.propose(ground, k, frame["households"], most=1).divisions[0]
    label = units_of(ground, found.grid)
    assert found.deviation <= even + 0.01
    assert ground.cost[label[ground.near.one] != label[ground.near.other]].sum() <= 1.01 * shortest
    assert found.bound <= least + 1e-9


def test_a_city_is_divided_evenly_without_cutting_a_compound():
    frame = partition_city.city(2_000)
    ground = districting_ground.build(frame, compound="compound")
    found = districting.propose(ground, 5, frame["households"], most=1).divisions[0]
    assert found.deviation <= 0.01
    assert found.cut_compounds == ()
    before = found.grid
    rng = np.random.default_rng(0)
    near, label = ground.near, units_of(ground, before)
    border = np.flatnonzero(label[near.one] != label[near.other])
    spent = []
    for at in rng.choice(border, 15):
        building, to = int(ground.first[near.one[at]]), int(label[near.other[at]])
        begun = time.perf_counter()
        mended = districting_mending.mend(ground, before, {building: to}, frame["households"])
        spent.append(time.perf_counter() - begun)
        assert mended.even
        assert ground.pieces(units_of(ground, mended.grid)) == 5
        assert mended.grid[building] == to
        assert len(mended.followed) <= 6
    assert np.median(spent) < 0.05


def test_few_compounds_are_cut_where_they_do_not_come_out_even(city):
    frame, ground = city
    found = districting.propose(ground, 5, frame["households"])
    assert len(found.divisions) > 1
    first = found.divisions[0]
    assert first.deviation <= 0.01
    assert len(first.cut_compounds) <= 4
    uncut = districting.propose(ground, 5, frame["households"], keep_compounds=True).divisions[0]
    assert uncut.cut_compounds == ()
    assert uncut.deviation >= uncut.bound > 0
    # None on offer is worse than another in all.
    for one, other in itertools.permutations(found.divisions, 2):
        assert any(a < b for a, b in zip(one.measures(), other.measures(), strict=True))


def test_the_same_seed_gives_the_same_proposals(city):
    frame, ground = city
    one, other = (districting.propose(ground, 4, frame["households"], seed=7, seconds=0.3) for _ in range(2))
    assert [a.grid.equals(b.grid) for a, b in zip(one.divisions, other.divisions, strict=True)]
    assert all(a.grid.equals(b.grid) for a, b in zip(one.divisions, other.divisions, strict=True))


def test_what_is_there_today_is_kept_where_that_costs_little(city):
    frame, ground = city
    today = districting.propose(ground, 5, frame["households"], seed=2, most=1).divisions[0].grid
    again = districting.propose(ground, 5, frame["households"], present=today.astype(float), most=1).divisions[0]
    assert again.changed <= 0.1 * len(frame)
    # Numbers stay: most of each grid is still in it.
    assert pd.crosstab(today, again.grid).to_numpy().argmax(axis=1).tolist() == [0, 1, 2, 3, 4]


def test_fixed_buildings_are_where_they_are_to_be(city):
    frame, ground = city
    fixed = {0: 3, 399: 1, 200: 0}
    for division in districting.propose(ground, 5, frame["households"], fixed=fixed, seconds=0.3).divisions:
        assert {building: division.grid[building] for building in fixed} == fixed


def test_what_is_fixed_so_that_a_grid_falls_apart_is_said_with_names():
    frame, ground = graph(5, 1, [10] * 5)
    with pytest.raises(InputError, match=r"Grid 1 cannot be in one piece.*0号楼.*4号楼|Grid 2 cannot"):
        districting.propose(ground, 2, frame["households"], fixed={0: 0, 2: 1, 4: 0})
    with pytest.raises(InputError, match="only 2 grids"):
        districting.propose(ground, 2, frame["households"], fixed={0: 5})


def test_ways_between_fixed_buildings_are_found():
    frame, ground = graph(4, 4, [10] * 16)
    # Both corners of a diagonal in one grid, and the middle of one side in the other.
    found = districting.propose(ground, 2, frame["households"], fixed={0: 0, 15: 0, 7: 1}, seconds=0.3).divisions[0]
    assert found.grid[0] == found.grid[15] == 0
    assert found.grid[7] == 1


def said(found, key):
    return [remark.sentence("en") for remark in found.remarks if remark.key == key]


def test_what_is_odd_is_remarked():
    frame, ground = graph(6, 2, [10] * 11 + [500], ["甲"] * 6 + ["乙"] * 6)
    found = districting.propose(ground, 3, frame["households"], seconds=0.3)
    assert said(found, "large_building") == [
        "1 building carries more than a grid's share: 11号楼. Its grid stays above the mean."
    ]
    assert "乙" in said(found, "large_compound")[0]
    assert said(districting.propose(ground, 3, frame["households"], keep_compounds=True), "few_compounds")
    none = districting.propose(ground, 3, frame["households"] * 0, seconds=0.3)
    assert said(none, "counted")
    assert none.divisions[0].buildings.tolist() == [4, 4, 4]


def test_an_island_is_joined_where_it_is_nearest_and_that_is_said():
    frame, _ = graph(4, 2, [10] * 8)
    far = frame.set_geometry(frame.geometry.translate(900, 0)).assign(number="岛")
    both = pd.concat([frame, far], ignore_index=True)
    river = shapely.union(tessellation.outline(frame), tessellation.outline(far))
    ground = districting_ground.build(both, boundary=river)
    found = districting.propose(ground, 4, both["households"], seconds=0.3)
    assert len(said(found, "island")) == 1
    assert "岛" in said(found, "island")[0]
    assert found.divisions[0].buildings.tolist() == [4, 4, 4, 4]


def test_borders_run_along_streets():
    frame, plain = graph(6, 4, [10] * 24)
    street = gpd.GeoSeries([shapely.LineString([(5e5 + 85, 3.789e6 - 50), (5e5 + 85, 3.789e6 + 200)])], crs=4545)
    ground = districting_ground.build(frame, streets=street)
    assert ground.cost.sum() < plain.cost.sum()
    grid = districting.propose(ground, 2, frame["households"], most=1).divisions[0].grid
    east = frame.geometry.centroid.x > 5e5 + 85
    assert grid.groupby(east).nunique().tolist() == [1, 1]


def test_a_division_that_leaves_a_grid_in_two_is_no_division():
    frame, ground = graph(4, 1, [10] * 4)
    torn = np.array([0, 1, 1, 0])
    with pytest.raises(ValueError, match="2 grids lie in 3 pieces"):
        districting_division.measured(
            ground, torn, frame["households"], 2, bound=0, whole=False, present=pd.Series(np.nan, index=frame.index)
        )


@settings(max_examples=25)
@given(st.lists(st.integers(0, 40), min_size=3, max_size=9).filter(sum), st.integers(2, 3))
def test_no_division_is_more_even_than_the_bound(loads, k):
    every = itertools.product(range(k), repeat=len(loads))
    carried = (np.bincount(label, weights=loads, minlength=k) for label in every)
    least = min(np.abs(c / c.mean() - 1).max() for c in carried)
    assert districting_division.least_deviation(np.array(loads, dtype=float), k) <= least + 1e-9


@settings(max_examples=8, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(st.data())
def test_any_proposal_tiles_the_ground_and_holds_after_edits(data):
    columns, rows = data.draw(st.integers(2, 6)), data.draw(st.integers(2, 5))
    n = columns * rows
    loads = data.draw(st.lists(st.integers(0, 60), min_size=n, max_size=n))
    compounds = data.draw(st.lists(st.sampled_from("甲乙丙丁"), min_size=n, max_size=n))
    k, seed = data.draw(st.integers(2, min(4, n))), data.draw(st.integers(0, 3))
    frame, ground = graph(columns, rows, loads, compounds)
    keep = data.draw(st.booleans())
    area = tessellation.outline(frame)
    for division in districting.propose(
        ground, k, frame["households"], seed=seed, keep_compounds=keep, seconds=0.1, most=2
    ).divisions:
        assert sorted(division.grid.unique()) == list(range(k))
        tiles = tessellation.tile(frame, division.grid, area)
        assert abs(tiles.area.sum() - area.area) < 1
        assert all(len(shape.geoms) == 1 for shape in tiles.geometry)
    grid = division.grid
    for _ in range(3):
        moved = {data.draw(st.integers(0, n - 1)): data.draw(st.integers(0, k - 1))}
        edited = grid.where(~grid.index.isin(list(moved)), next(iter(moved.values())))
        try:
            grid = districting_mending.mend(ground, grid, moved, frame["households"]).grid
        except InputError:
            # Refused only where the hand took a grid's last building, or one on the only way to it.
            assert edited.nunique() < k or ground.pieces(units_of(ground, edited)) > k
            continue
        assert ground.pieces(units_of(ground, grid)) == k
        assert all(grid[building] == to for building, to in moved.items())


def test_an_edit_moves_no_more_than_it_must():
    frame, ground = graph(6, 2, [10] * 12)
    before = pd.Series([0, 0, 0, 1, 1, 1] * 2, index=frame.index)
    mended = districting_mending.mend(ground, before, {2: 1}, frame["households"])
    assert mended.even
    assert len(mended.followed) == 1
    with pytest.raises(InputError, match="Grid 1 would have no building left"):
        districting_mending.mend(ground, before, dict.fromkeys([0, 1, 2, 6, 7, 8], 1), frame["households"])


def test_neighbours_have_different_colours(city):
    frame, ground = city
    grid = districting.propose(ground, 7, frame["households"], most=1).divisions[0].grid
    tiles = tessellation.tile(frame, grid, tessellation.outline(frame))
    colour = districting_colours.colours(tiles)
    assert set(colour) <= set(range(5))
    one, other = tiles.sindex.query(tiles.geometry, predicate="touches")
    met = (
        tiles.geometry.iloc[one].reset_index(drop=True).intersection(tiles.geometry.iloc[other].reset_index(drop=True))
    )
    long = met.length.to_numpy() > 1
    assert (colour.to_numpy()[one[long]] != colour.to_numpy()[other[long]]).all()
    # What does not clash stays.
    assert districting_colours.colours(tiles, wanted=colour.tolist()).equals(colour)


def test_six_areas_that_all_touch_are_refused():
    # Each pair has a place of its own where it touches.
    parts: list[list[shapely.Polygon]] = [[] for _ in range(6)]
    for place, (one, other) in enumerate(itertools.combinations(range(6), 2)):
        parts[one].append(shapely.box(place * 100, 0, place * 100 + 10, 10))
        parts[other].append(shapely.box(place * 100 + 10, 0, place * 100 + 20, 10))
    tiles = gpd.GeoDataFrame(geometry=[shapely.MultiPolygon(mine) for mine in parts], crs=4545)
    assert sorted(districting_colours.colours(tiles.head(5))) == [0, 1, 2, 3, 4]
    with pytest.raises(InputError, match="5 colours do not suffice"):
        districting_colours.colours(tiles)
