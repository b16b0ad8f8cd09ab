"""Hatches stay inside, icons become strokes, labels keep clear of each other."""

from __future__ import annotations

import itertools

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch

from gridmap import icons, palette, service_kinds
from gridmap.reports import glyphs, labels, marks

L_SHAPE = shapely.Polygon(
    [(0, 0), (60, 0), (60, 20), (20, 20), (20, 60), (0, 60)], [[(5, 5), (10, 5), (10, 10), (5, 10)]]
)


@pytest.mark.parametrize("colour", palette.grids().values(), ids=lambda c: c.hatch)
def test_every_hatch_of_the_palette_is_drawn_inside_its_polygon(colour: palette.GridColour) -> None:
    if colour.hatch == "dots":
        dots = glyphs.hatch_dots(L_SHAPE, 4)
        assert len(dots) > 50
        assert shapely.contains_xy(L_SHAPE, dots).all()
    else:
        strokes = [shapely.LineString(xy) for xy in glyphs.hatch_lines(L_SHAPE, colour.hatch, 0.7)]
        directions = 2 if colour.hatch == "cross" else 1
        assert sum(s.length for s in strokes) == pytest.approx(L_SHAPE.area / 0.7 * directions, rel=0.05)
        assert shapely.union_all(strokes).difference(L_SHAPE.buffer(1e-6)).is_empty


def test_holes_stay_empty() -> None:
    (path,) = glyphs.outlines([L_SHAPE])
    figure = Figure(figsize=(1, 1), dpi=60)
    canvas = FigureCanvasAgg(figure)
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, 60), ylim=(0, 60))
    axes.set_axis_off()
    axes.add_patch(PathPatch(path, fc="black", ec="none"))
    canvas.draw()
    pixels = np.asarray(canvas.buffer_rgba())[::-1, :, 0]
    assert pixels[7, 7] == 255
    assert pixels[2, 2] == 0
    assert pixels[40, 40] == 255


def test_every_icon_becomes_a_path_within_its_square() -> None:
    for file in icons.path("station").parent.glob("*.svg"):
        path = glyphs.icon(file.stem)
        box = path.get_extents()
        assert -1 <= box.x0 < box.x1 <= 1, file.stem
        assert box.width > 0.3
        # The invisible square that some icons carry is not drawn.
        assert not (box.width > 1.99 and box.height > 1.99), file.stem


@settings(max_examples=25)
@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0, 100)), min_size=2, max_size=12))
def test_spread_leaves_no_disc_on_another(places: list[tuple[float, float]]) -> None:
    apart = labels.spread(places, 8, rounds=400)
    assert len(apart) == len(places)
    assert min(np.hypot(*(a - b)) for a, b in itertools.combinations(apart, 2)) > 14


def test_spread_leaves_alone_what_is_apart() -> None:
    places = [(0.0, 0.0), (100.0, 0.0)]
    assert labels.spread(places, 8) == pytest.approx(np.array(places), abs=0.02)


def test_placer_gives_the_free_box_that_covers_least() -> None:
    placer = labels.Placer(FigureCanvasAgg(Figure()), (0, 0, 100, 100))
    placer.take((0, 0, 20, 20))
    placer.avoid(np.array([[30, 0, 50, 20]]))
    boxes = [(5.0, 5.0, 15.0, 15.0), (35.0, 5.0, 45.0, 15.0), (70.0, 5.0, 80.0, 15.0), (95.0, 0.0, 105.0, 10.0)]
    assert [placer.is_free(b) for b in boxes] == [False, True, True, False]
    assert placer.best(boxes) == 2
    assert placer.best(boxes[:2]) == 1
    assert placer.best(boxes[:1]) is None


def test_street_is_named_along_its_longest_straight_stretch() -> None:
    frame = gpd.GeoDataFrame(
        {"name": ["东街", "东街", "", None]},
        geometry=[
            shapely.LineString([(0, 0), (10, 0)]),
            shapely.LineString([(10, 0), (100, 0), (100, 30)]),
            shapely.LineString([(0, 5), (500, 5)]),
            shapely.LineString([(0, 9), (500, 9)]),
        ],
    )
    found = labels.longest_straight(frame)
    assert set(found) == {"东街"}
    assert found["东街"] == pytest.approx((50, 0, 100, 0))


def test_label_candidates_lie_inside_the_deepest_first() -> None:
    places = labels.inside_points(L_SHAPE, 2)
    assert shapely.contains_xy(L_SHAPE, places).all()
    depth = shapely.distance(shapely.points(places), L_SHAPE.boundary)
    assert (np.diff(depth) <= 1e-9).all()
    assert len(labels.inside_points(shapely.box(0, 0, 0.1, 0.1), 50)) == 1


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 300), st.integers(0, 300)), min_size=2, max_size=120))
def test_many_points_of_a_kind_share_signs_that_do_not_touch_and_nobody_is_lost(spots: list[tuple[int, int]]) -> None:
    kinds = ["station" if k % 2 else "chess" for k in range(len(spots))]
    points = gpd.GeoDataFrame({"kind": kinds}, geometry=gpd.points_from_xy(*zip(*spots, strict=True)), crs="EPSG:4545")
    groups = marks.together(points, service_kinds.default(), 1.0)
    assert sorted(itertools.chain.from_iterable(groups)) == list(range(len(spots)))
    if len(spots) <= marks.CROWDED:
        assert all(len(group) == 1 for group in groups)
        return
    assert all(len({kinds[row] for row in group}) == 1 for group in groups)
    signs = [(kinds[group[0]], points.geometry.iloc[group[0]]) for group in groups]
    stations = [place for kind, place in signs if kind == "station"]
    assert all(one.distance(other) > 21 for one, other in itertools.combinations(stations, 2))
