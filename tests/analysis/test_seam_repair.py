"""Drawn areas are made to tile a community, and what was done for it is told."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gridmap.analysis import seam_repair
from gridmap.errors import InputError

EAST, NORTH = 300_000.0, 3_790_000.0


def moved(shape: shapely.Geometry) -> shapely.Geometry:
    return shapely.transform(shape, lambda at: at + np.array([EAST, NORTH]))


def frame(*shapes: shapely.Geometry) -> gpd.GeoDataFrame:
    names = [f"g{n}" for n in range(len(shapes))]
    return gpd.GeoDataFrame({"name": names}, geometry=[moved(s) for s in shapes], index=names, crs="EPSG:32649")


def box(*sides: float) -> shapely.Polygon:
    return moved(shapely.box(*sides))


def assert_tiles(areas: gpd.GeoDataFrame, boundary: shapely.Geometry) -> None:
    """Check with nothing but areas: what is covered is the boundary, and nothing twice."""
    shapes = areas.geometry.to_numpy()
    assert shapely.is_valid(shapes).all()
    whole = shapely.union_all(shapes)
    assert shapely.area(shapely.symmetric_difference(whole, boundary)) < 1
    assert abs(shapely.area(shapes).sum() - boundary.area) < 1
    for one in range(len(shapes)):
        for other in range(one):
            assert shapely.area(shapely.intersection(shapes[one], shapes[other])) < 1e-3


def told(done: seam_repair.Repair) -> list[tuple[str, tuple[str, ...], str | None, str, int]]:
    return [(row.kind, row.among, row.to, row.why, round(row.area_m2)) for row in done.pieces.itertuples()]


def test_overlap_and_gap_go_to_the_longest_border() -> None:
    west, east = shapely.box(0, 0, 105, 100), shapely.box(100, 0, 200, 100)
    south = shapely.box(0, -50, 80, -4)
    boundary = box(0, -50, 200, 100).difference(box(80, -50, 200, 0))
    done = seam_repair.repair(frame(west, east, south), boundary)
    assert_tiles(done.areas, boundary)
    # The strip in the middle borders on both alike; the one in the south is longest beside g0.
    assert [(kind, among, m2) for kind, among, _, _, m2 in told(done)] == [
        ("overlap", ("g0", "g1"), 500),
        ("gap", ("g0", "g2"), 320),
    ]
    assert set(done.pieces["why"]) == {"border"}
    assert done.pieces["to"].tolist()[1] in ("g0", "g2")


def test_a_piece_stays_with_the_side_that_holds_the_building_on_it() -> None:
    west, east = shapely.box(0, 0, 120, 100), shapely.box(100, 0, 200, 100)
    boundary = box(0, 0, 200, 100)
    for house, to in ((box(90, 40, 105, 60), "g0"), (box(115, 40, 140, 60), "g1")):
        houses = gpd.GeoDataFrame(geometry=[house], crs="EPSG:32649")
        done = seam_repair.repair(frame(west, east), boundary, houses)
        assert_tiles(done.areas, boundary)
        assert told(done) == [("overlap", ("g0", "g1"), to, "building", 2000)]
        assert shapely.covers(done.areas.geometry[to], house)


def test_a_gap_between_many_is_divided_by_the_nearest() -> None:
    cells = [shapely.box(x, y, x + 90, y + 90) for x in (0, 100) for y in (0, 100)]
    boundary = box(-10, -10, 200, 200)
    done = seam_repair.repair(frame(*cells), boundary)
    assert_tiles(done.areas, boundary)
    sizes = done.areas.geometry.area
    assert sizes.min() > 9_500, "each takes its part of the streets and of the margin"
    assert shapely.get_num_geometries(done.areas.geometry.to_numpy()).tolist() == [1, 1, 1, 1]
    assert set(done.pieces["why"]) == {"nearest"}


def test_what_lies_beyond_the_boundary_is_cut_off_and_said() -> None:
    boundary = box(0, 0, 200, 100)
    done = seam_repair.repair(frame(shapely.box(-20, 0, 100, 100), shapely.box(100, 0, 200, 100)), boundary)
    assert_tiles(done.areas, boundary)
    assert told(done) == [("beyond", ("g0",), None, "boundary", 2000)]


def test_an_area_drawn_inside_another_keeps_its_ground() -> None:
    boundary = box(0, 0, 200, 100)
    done = seam_repair.repair(frame(shapely.box(0, 0, 200, 100), shapely.box(50, 30, 90, 60)), boundary)
    assert_tiles(done.areas, boundary)
    assert told(done) == [("overlap", ("g0", "g1"), "g1", "own", 1200)]


def test_what_the_repair_cuts_off_goes_to_a_neighbour() -> None:
    boundary = box(0, 0, 200, 100)
    # A tongue of the western one crosses a strip that the eastern one has as well, and ends beyond it.
    west = shapely.union_all([shapely.box(0, 0, 100, 100), shapely.box(100, 45, 125, 50)])
    east = shapely.box(100, 0, 200, 100).difference(shapely.box(120, 45, 125, 50))
    house = gpd.GeoDataFrame(geometry=[box(104, 40, 118, 58)], crs="EPSG:32649")
    done = seam_repair.repair(frame(west, east), boundary, house)
    assert_tiles(done.areas, boundary)
    assert done.areas.geometry.area.tolist() == pytest.approx([10_000, 10_000])
    assert told(done) == [
        ("overlap", ("g0", "g1"), "g1", "building", 100),
        ("loose", ("g0",), "g1", "border", 25),
    ]


def test_areas_that_tile_stay_as_they_are() -> None:
    cells = [shapely.box(x, y, x + 100, y + 100) for x in (0, 100) for y in (0, 100)]
    areas = frame(*cells)
    done = seam_repair.repair(areas, box(0, 0, 200, 200))
    assert done.pieces.empty
    assert areas.geometry.geom_equals(done.areas.geometry).all()


def test_an_area_without_ground_is_refused_by_name() -> None:
    with pytest.raises(InputError, match="g1"):
        seam_repair.repair(frame(shapely.box(0, 0, 100, 100), shapely.box(300, 0, 400, 100)), box(0, 0, 100, 100))
    with pytest.raises(InputError):
        seam_repair.repair(frame(shapely.box(0, 0, 100, 100)), shapely.Polygon())


@settings(max_examples=12)
@given(seed=st.integers(0, 10_000), k=st.integers(2, 6), drawn_m=st.floats(0.5, 30))
def test_whatever_was_drawn_tiles_the_community_afterwards(seed: int, k: int, drawn_m: float) -> None:
    rng = np.random.default_rng(seed)
    town = shapely.Point(0, 0).buffer(300, quad_segs=12).union(shapely.box(0, 0, 420, 250))
    boundary = moved(town)
    places = shapely.MultiPoint(rng.uniform((-200, -150), (350, 150), (k, 2)))
    cells = shapely.get_parts(shapely.voronoi_polygons(places, extend_to=town.buffer(60)))

    def shaky(cell: shapely.Polygon) -> shapely.Geometry:
        """Draw a cell with a shaky hand: corners off by some metres, the edge over the border or short of it."""
        corners = shapely.get_coordinates(shapely.segmentize(cell.intersection(town.buffer(drawn_m)), 60))[:-1]
        return shapely.make_valid(shapely.Polygon(corners + rng.uniform(-drawn_m, drawn_m, corners.shape)))

    cells = [cell for cell in cells if cell.intersection(town.buffer(-drawn_m)).area > 500]
    areas = frame(*(one for one in map(shaky, cells) if one.geom_type in ("Polygon", "MultiPolygon")))
    inside = town.buffer(-60)
    homes = [
        moved(one.buffer(8, cap_style="square"))
        for one in shapely.points(rng.uniform((-200, -150), (350, 150), (30, 2)))
        if inside.contains(one)
    ]
    houses = gpd.GeoDataFrame(geometry=homes, crs="EPSG:32649")
    done = seam_repair.repair(areas, boundary, houses)
    assert_tiles(done.areas, boundary)
    again = seam_repair.repair(areas, boundary, houses)
    assert done.areas.geometry.geom_equals_exact(again.areas.geometry, 0).all(), "the same answer each time"
    assert (done.pieces["area_m2"] > 1).all()
    # What nobody drew twice or left out stays with whoever drew it, but for what was cut off.
    loose_m2 = done.pieces.loc[done.pieces["kind"] == "loose", "area_m2"].sum()
    for label, shape in areas.geometry.items():
        others = shapely.union_all(areas.geometry.drop(label).to_numpy())
        own = shapely.intersection(shapely.difference(shape, others), boundary)
        assert shapely.area(shapely.difference(own, done.areas.geometry[label])) < 1 + loose_m2
