"""A border that is dragged snaps to streets, walls and the middle between buildings, and keeps both ends."""

from __future__ import annotations

import geopandas as gpd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gridmap.analysis import seam_drag
from gridmap.analysis.seam_drag import Handle

EAST, NORTH = 500_000.0, 3_789_000.0
AREAS = gpd.GeoSeries(
    [shapely.box(EAST, NORTH, EAST + 300, NORTH + 100), shapely.box(EAST, NORTH + 100, EAST + 300, NORTH + 200)],
    index=["south", "north"],
    crs=4545,
)


def at(x: float, y: float) -> shapely.Point:
    return shapely.Point(EAST + x, NORTH + y)


def lines(*drawn: tuple[tuple[float, float], ...], cost: float = 0.4) -> gpd.GeoDataFrame:
    shapes = [shapely.LineString([(EAST + x, NORTH + y) for x, y in corners]) for corners in drawn]
    return gpd.GeoDataFrame({"cost": [cost] * len(shapes)}, geometry=shapes, crs=4545)


def houses(*boxes: tuple[float, float, float, float]) -> gpd.GeoDataFrame:
    shapes = [shapely.box(EAST + w, NORTH + s, EAST + e, NORTH + n) for w, s, e, n in boxes]
    return gpd.GeoDataFrame(geometry=shapes, crs=4545)


def middle() -> Handle:
    found = seam_drag.handles(AREAS)
    assert [(one.one, one.other) for one in found] == [("south", "north")] * 5
    assert sum(one.stretch.length for one in found) == pytest.approx(300, abs=0.5)
    return found[2]


def test_it_is_laid_along_the_street_it_is_dragged_to() -> None:
    street = lines(((-50, 120), (350, 120)))
    done = seam_drag.drag(middle(), at(155, 126), street, houses())
    on = done.line.intersection(street.geometry.iloc[0].buffer(0.01))
    assert on.length > 55
    assert done.swept.area == pytest.approx(60 * 20, rel=0.05)
    # Beyond reach of a street the place itself is meant.
    free = seam_drag.drag(middle(), at(155, 145), street, houses())
    assert free.line.distance(at(155, 145)) < 0.01


@pytest.mark.parametrize("y", [112, 118, 124])
def test_between_houses_it_goes_half_way_even_where_it_is_let_go_on_one(y: float) -> None:
    done = seam_drag.drag(middle(), at(150, y), lines(), houses((100, 105, 200, 113), (100, 123, 200, 133)))
    assert done.line.distance(at(150, 118)) < 0.5


def test_a_border_round_a_grid_has_stretches_too() -> None:
    island = shapely.box(EAST + 100, NORTH + 20, EAST + 130, NORTH + 50)
    areas = gpd.GeoSeries([AREAS["south"].difference(island), island], crs=4545)
    found = seam_drag.handles(areas)
    assert len(found) == 2
    assert all(not one.stretch.is_closed for one in found)


@settings(max_examples=12, deadline=None)
@given(
    st.tuples(st.integers(0, 300), st.integers(0, 200)),
    st.lists(st.lists(st.tuples(st.integers(0, 300), st.integers(0, 200)), min_size=2, max_size=4), max_size=5),
    st.lists(st.tuples(st.integers(0, 280), st.integers(0, 190)), max_size=5),
    st.integers(0, 4),
)
def test_any_drag_keeps_both_ends_and_sweeps_what_lies_between(to, streets, homes, n) -> None:
    handle = seam_drag.handles(AREAS)[n]
    done = seam_drag.drag(
        handle, at(*to), lines(*map(tuple, streets)), houses(*[(x, y, x + 18, y + 9) for x, y in homes])
    )
    assert done.line.coords[0] == handle.stretch.coords[0]
    assert done.line.coords[-1] == handle.stretch.coords[-1]
    # Whoever crosses from one side of the old border to the other without the new one was not swept.
    assert done.swept.is_valid
    for ground in done.swept.geoms:
        rim = shapely.union_all([handle.stretch, done.line])
        assert ground.exterior.difference(rim.buffer(0.01)).length < 0.05
