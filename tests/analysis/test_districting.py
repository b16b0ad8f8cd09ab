import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gridmap.analysis import balancing, cells, districting, tessellation
from gridmap.errors import InputError

EAST, NORTH = 500_000.0, 3_789_000.0


def town(*corners, households=None):
    shapes = [shapely.box(EAST + x, NORTH + y, EAST + x + 45, NORTH + y + 12) for x, y in corners]
    return gpd.GeoDataFrame({"households": households or [10] * len(shapes)}, geometry=shapes, crs=4545)


def _neighbours(frame, footprints, unit):
    points = shapely.get_coordinates(cells.inner_points(frame.geometry.to_numpy()))
    places = pd.DataFrame(points).groupby(unit).mean().to_numpy()
    return cells.neighbours(footprints, unit, places, tessellation.outline(frame))


def deviation(frame, label):
    loads = frame["households"].groupby(label).sum()
    return (loads / loads.mean() - 1).abs().max()


@pytest.mark.parametrize("k", [2, 3, 5, 8])
def test_a_town_of_slabs_is_divided_evenly_and_in_one_piece(slabs, in_one_piece, k):
    frame = slabs(20, 15)
    label = districting.partition(frame, k)
    assert sorted(label.unique()) == list(range(k))
    assert label.index.equals(frame.index)
    assert deviation(frame, label) <= 0.01
    assert in_one_piece(frame, label, tessellation.outline(frame))


def test_real_slab_housing(suzhou, suzhou_in_five):
    _, label, tiles = suzhou_in_five
    assert deviation(suzhou, label) <= 0.01
    assert all(len(shape.geoms) == 1 for shape in tiles.geometry)
    # Compact: no grid is long and thin or frayed.
    assert (4 * np.pi * tiles.area / tiles.length**2).min() > 0.35


def test_the_same_seed_gives_the_same_grids(slabs):
    frame = slabs(12, 10)
    assert districting.partition(frame, 5, seed=3).equals(districting.partition(frame, 5, seed=3))


def test_grids_are_numbered_from_north_west_to_south_east(slabs):
    label = districting.partition(slabs(20, 4), 4)
    middle = slabs(20, 4).centroid.x.groupby(label).mean()
    assert middle.is_monotonic_increasing


def test_one_grid_and_one_grid_each(slabs):
    frame = slabs(4, 3)
    assert (districting.partition(frame, 1) == 0).all()
    assert sorted(districting.partition(frame, 12)) == list(range(12))
    assert districting.partition(frame, 11).nunique() == 11


@pytest.mark.parametrize("n", [1, 2, 3])
def test_a_handful_of_buildings(n):
    frame = town(*[(100 * i, 0) for i in range(n)])
    for k in range(1, n + 1):
        assert sorted(districting.partition(frame, k).unique()) == list(range(k))


def test_more_grids_than_buildings_are_refused():
    with pytest.raises(InputError, match="5 grids were asked for, but there are only 2 buildings"):
        districting.partition(town((0, 0), (100, 0)), 5)
    with pytest.raises(InputError, match="only 1 building"):
        districting.partition(town((0, 0)), 2)
    with pytest.raises(InputError, match="only 0 buildings"):
        districting.partition(town(), 1)
    with pytest.raises(InputError, match="at least 1"):
        districting.partition(town((0, 0)), 0)


def test_without_loads_buildings_are_counted(slabs):
    frame = slabs(10, 10).assign(households=0)
    for load in ("households", None):
        assert districting.partition(frame, 4, load=load).value_counts().between(24, 26).all()


@pytest.mark.parametrize("value", [-1.0, float("nan"), float("inf")])
def test_a_wrong_load_is_named_with_its_building(value):
    frame = town((0, 0), (100, 0)).astype({"households": float}).set_index(pd.Index(["1号楼", "2号楼"]))
    frame.loc["2号楼", "households"] = value
    with pytest.raises(InputError, match="2号楼"):
        districting.partition(frame, 2)
    with pytest.raises(InputError, match="'elders' is missing"):
        districting.partition(frame, 2, load="elders")


def test_a_street_of_houses_in_one_line(in_one_piece):
    frame = town(*[(60 * i, 0) for i in range(30)])
    label = districting.partition(frame, 5)
    assert label.value_counts().tolist() == [6] * 5
    assert (label.diff().fillna(0) >= 0).all()


def test_footprints_on_one_another_stay_together(slabs):
    frame = slabs(6, 6)
    twice = pd.concat([frame, frame], ignore_index=True)
    label = districting.partition(twice, 4)
    assert (label.iloc[:36].to_numpy() == label.iloc[36:].to_numpy()).all()
    assert deviation(twice, label) < 0.1
    all_one = pd.concat([frame.iloc[:1]] * 5, ignore_index=True)
    assert districting.partition(all_one, 3).nunique() == 3


def test_islands_far_apart(slabs):
    island = slabs(6, 6)
    far = slabs(6, 6, east=EAST + 20_000)
    both = pd.concat([island, far], ignore_index=True)
    label = districting.partition(both, 2, load=None)
    assert set(label.iloc[:36]) == {0}
    assert label.value_counts().tolist() == [36, 36]
    apart = shapely.union(tessellation.outline(island), tessellation.outline(far))
    assert districting.partition(both, 3, load=None, boundary=apart).value_counts().tolist() == [24, 24, 24]


def test_a_heavy_building_is_left_alone_as_far_as_can_be():
    frame = town(*[(60 * i, 0) for i in range(10)], households=[10] * 4 + [500] + [10] * 5)
    label = districting.partition(frame, 3)
    assert label.nunique() == 3


def test_turning_the_town_keeps_it_even(slabs):
    frame = slabs(15, 12)
    turned = frame.set_geometry(frame.geometry.rotate(37, origin=(EAST, NORTH)).translate(3000, -2000))
    for seen in (frame, turned):
        assert deviation(seen, districting.partition(seen, 5)) <= 0.01


towns = st.lists(st.tuples(st.integers(0, 800), st.integers(0, 800), st.integers(0, 90)), min_size=1, max_size=40)


@settings(max_examples=15, deadline=None)
@given(towns, st.integers(1, 8), st.integers(0, 3))
def test_every_building_is_in_a_group_that_hangs_together(drawn, k, seed):
    frame = town(*[(x, y) for x, y, _ in drawn], households=[h for _, _, h in drawn])
    k = min(k, len(frame))
    label = districting.partition(frame, k, seed=seed)
    assert label.notna().all()
    assert sorted(label.unique()) == list(range(k))
    reduced, unit = cells.apart(frame.geometry.to_numpy())
    if k > unit.max() + 1:
        return
    near = _neighbours(frame, reduced, unit)
    graph = {u: set() for u in range(unit.max() + 1)}
    for a, b in zip(near.one, near.other, strict=True):
        graph[a].add(b)
        graph[b].add(a)
    group = dict(zip(unit, label, strict=True))
    for wanted in range(k):
        members = {u for u, g in group.items() if g == wanted}
        seen, stack = set(), [next(iter(members))]
        while stack:
            seen.add(u := stack.pop())
            stack += [v for v in graph[u] if v in members and v not in seen]
        assert seen == members


def test_neighbours_share_ground(slabs):
    frame = slabs(3, 3)
    near = _neighbours(frame, frame.geometry.to_numpy(), np.arange(9))
    pairs = set(zip(near.one.tolist(), near.other.tolist(), strict=True))
    assert {(0, 1), (1, 2), (0, 3), (3, 6), (4, 5)} <= pairs
    assert not {(0, 2), (0, 8), (2, 6)} & pairs


def test_a_search_never_makes_things_worse(slabs):
    frame = slabs(12, 12)
    near = _neighbours(frame, frame.geometry.to_numpy(), np.arange(144))
    label = np.arange(144) // 12 % 12 // 4
    search = balancing.Search(near, frame["households"].to_numpy(dtype=float), label, 3)
    before = search.deviation()
    search.improve(np.random.default_rng(0), 0.01)
    assert search.deviation() <= before
    assert search.deviation() == pytest.approx(deviation(frame, pd.Series(search.label)))
