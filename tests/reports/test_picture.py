"""The picture shows what it should, clips nothing, says nothing it should not, and can be drawn by several at once."""

from __future__ import annotations

import dataclasses
import io
import itertools
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any, get_args

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image

from gridmap import catalogues, errors, i18n, palette
from gridmap.reports import legend, picture
from gridmap.reports.content import FRAMES, Fill, MapContent, metric, nothing

Changed = Callable[..., MapContent]
SUBTITLE = "一行副标题 / a subtitle"
SMALL = {"width_px": 900, "dpi": 75}


def opened(png: bytes) -> Any:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)


def has_colour(png: bytes, colour: str, least: int = 30) -> bool:
    wanted = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    return int((np.abs(opened(png) - wanted).max(axis=2) <= 3).sum()) >= least


@pytest.fixture(scope="module")
def drawn(content: MapContent) -> bytes:
    """The community as it is, drawn once for all that look at it."""
    return picture.draw(content, language="zh", **SMALL)


@pytest.fixture(scope="module")
def plain(drawn: bytes) -> Any:
    return opened(drawn)


@pytest.fixture(scope="module")
def composed(changed: Changed) -> Callable[[Fill, str], Figure]:
    """Compose each kind of picture once in each language."""
    return cache(lambda fill, language: picture.compose(changed(fill=fill, subtitle=SUBTITLE), language=language))


def test_walks_beside_each_other_differ_in_colour_and_in_shape(content: MapContent, changed: Changed) -> None:
    route, stops = gpd.GeoDataFrame(content.route), gpd.GeoDataFrame(content.stops)
    moved = route.translate(0.0006, 0.0003)
    two = changed(
        route=gpd.GeoDataFrame({"walk": [0, 1]}, geometry=[*route.geometry, *moved], crs=route.crs),
        stops=stops.assign(walk=[k % 2 for k in range(len(stops))]),
        walk_names=("甲一", "乙二"),
    )
    png = picture.draw(two, language="zh", **SMALL)
    assert has_colour(png, palette.walk(0).fill)
    assert has_colour(png, palette.walk(1).fill)
    figure = picture.compose(two, language="zh", **SMALL)
    assert {"甲一", "乙二"} <= {text.get_text() for text in words(figure)}


def words(figure: Figure) -> list[Text]:
    return [t for t in figure.findobj(Text) if t.get_text() and t.get_visible()]


def test_is_a_png_of_the_width_asked_for(content: MapContent) -> None:
    png = picture.draw(content, language="zh", width_px=1200, dpi=100)
    with Image.open(io.BytesIO(png)) as image:
        assert image.format == "PNG"
        assert image.width == 1200
        assert 600 <= image.height <= 1200


def test_metadata_hold_only_title_and_program(content: MapContent, drawn: bytes) -> None:
    with Image.open(io.BytesIO(drawn)) as image:
        image.load()
        assert set(image.info) - {"dpi"} == {"Title", "Software"}
        assert image.info["Software"] == "gridmap"
        assert content.name in image.info["Title"]


def test_five_colours_are_seen(drawn: bytes) -> None:
    for colour in palette.grids().values():
        assert has_colour(drawn, colour.hex), colour.key


def test_buildings_without_cover_are_seen_only_where_the_picture_is_about_cover(changed: Changed) -> None:
    out = palette.coverage("out_of_reach").fill
    assert has_colour(picture.draw(changed(fill="coverage"), language="zh", width_px=1600, dpi=133), out)
    assert not has_colour(picture.draw(changed(fill="grid"), language="zh", width_px=1600, dpi=133), out)


def test_households_are_seen_as_shades(changed: Changed) -> None:
    png = picture.draw(changed(fill="households"), language="zh", **SMALL)
    assert sum(has_colour(png, shade) for shade in palette.HOUSEHOLDS) >= 3


@pytest.mark.parametrize("language", i18n.LANGUAGES)
@pytest.mark.parametrize("fill", get_args(Fill))
def test_nothing_is_clipped_and_no_words_lie_on_others(
    composed: Callable[[Fill, str], Figure], fill: Fill, language: str
) -> None:
    figure = composed(fill, language)
    renderer = figure.canvas.get_renderer()
    boxes = [(t.get_text(), t.get_window_extent(renderer)) for t in words(figure)]
    for said, box in boxes:
        assert 0 <= box.x0 < box.x1 <= figure.bbox.x1, said
        assert 0 <= box.y0 < box.y1 <= figure.bbox.y1, said
    for (one, a), (other, b) in itertools.combinations(boxes, 2):
        wide, high = min(a.x1, b.x1) - max(a.x0, b.x0), min(a.y1, b.y1) - max(a.y0, b.y0)
        assert wide <= 1 or high <= 1, f"{one} lies on {other}"


def test_long_names_and_all_kinds_still_fit(changed: Changed, content: MapContent) -> None:
    kinds = list(catalogues.entries("service_kinds"))
    points = content.points.iloc[np.arange(len(kinds)) % len(content.points)].assign(kind=kinds)
    points.index = range(len(points))
    grids = content.grids.assign(name="一个名字特别长的网格（含某某街道某某路以北的几个院落）")
    figure = picture.compose(
        changed(points=points, grids=grids, title="很长的标题" * 20, fill="coverage"), language="en"
    )
    renderer = figure.canvas.get_renderer()
    for text in words(figure):
        box = text.get_window_extent(renderer)
        assert 0 <= box.x0 < box.x1 <= figure.bbox.x1, text.get_text()
        assert 0 <= box.y0 < box.y1 <= figure.bbox.y1, text.get_text()


def test_says_where_the_data_come_from_when_and_that_they_are_invented(changed: Changed) -> None:
    said = " ".join(t.get_text() for t in words(picture.compose(changed(), language="zh", **SMALL)))
    for wanted in ("模拟数据", "数据来源", "2026年11月24日", "估算", "EPSG:4545", "北", "米", "示范社区"):
        assert wanted in said
    real = " ".join(t.get_text() for t in words(picture.compose(changed(synthetic=False), language="zh", **SMALL)))
    assert "模拟数据" not in real
    assert "本社区导入和登记的数据" in real


def test_english_picture_speaks_english(composed: Callable[[Fill, str], Figure]) -> None:
    own_names = re.compile("一行副标题|示范社区（模拟）|第.网格|模拟.号院|模拟大街|示例路|样板路")
    for fill in get_args(Fill):
        for text in words(composed(fill, "en")):
            assert not re.search("[一-鿿]", own_names.sub("", text.get_text())), text.get_text()


def test_figures_of_the_legend_are_those_of_the_data(changed: Changed, content: MapContent) -> None:
    rows = {row.text: row.value for row in legend.rows(metric(changed(fill="coverage")), "en")}
    lived_in = content.buildings[content.buildings["households"] > 0]
    out = lived_in[lived_in["coverage"] == "out_of_reach"]
    assert rows["Out of reach"] == f"{len(out)} / {out['households'].sum():,}"
    assert rows["第五网格"] == f"{content.buildings.query('grid_id == 5')['households'].sum():,}"
    assert int(rows["Open"]) + int(rows["Settled"]) == len(content.issues)
    shades = legend.rows(metric(changed(fill="households", points=nothing(), issues=nothing())), "en")
    counted = [int(row.value) for row in shades if re.match(r"\d|over", row.text)]
    assert sum(counted) == len(lived_in)


@pytest.mark.parametrize("missing", FRAMES)
def test_any_frame_may_be_empty(changed: Changed, missing: str) -> None:
    shown = changed(fill="coverage", **{missing: nothing()})
    assert picture.draw(shown, language="zh", width_px=400, dpi=40)


@pytest.mark.parametrize("fill", get_args(Fill))
def test_buildings_are_enough(content: MapContent, fill: Fill) -> None:
    alone = MapContent(name="x", day=content.day, fill=fill, buildings=content.buildings)
    assert picture.draw(alone, language="en", width_px=400, dpi=40)


@pytest.mark.parametrize("only", ["boundary", "grids", "compounds", "points", "issues"])
def test_one_frame_is_enough(content: MapContent, only: str) -> None:
    alone = MapContent(name="x", day=content.day, **{only: getattr(content, only)})
    assert picture.draw(alone, language="en", width_px=400, dpi=40)


def test_nothing_at_all_is_an_error_that_says_what_to_do(content: MapContent) -> None:
    with pytest.raises(errors.InputError, match="Import its buildings"):
        picture.draw(MapContent(name="x", day=content.day), language="en")


def test_a_frame_without_crs_is_refused(changed: Changed, content: MapContent) -> None:
    bare = gpd.GeoDataFrame(content.buildings.drop(columns="geometry"), geometry=list(content.buildings.geometry))
    with pytest.raises(errors.InputError) as raised:
        picture.draw(changed(buildings=bare), language="zh")
    assert raised.value.key == "frame_no_crs"


def test_crs_of_the_frames_makes_no_difference(changed: Changed, content: MapContent, plain: Any) -> None:
    utm = changed(**{name: getattr(content, name).to_crs("EPSG:32649") for name in FRAMES})
    other = opened(picture.draw(utm, language="zh", **SMALL))
    assert plain.shape == other.shape
    assert (np.abs(plain - other).max(axis=2) > 60).mean() < 0.01


def test_rows_without_a_place_are_left_out(changed: Changed, content: MapContent) -> None:
    lost = content.issues.copy()
    lost.geometry = gpd.points_from_xy([np.nan] * len(lost), [np.nan] * len(lost), crs=lost.crs)
    assert picture.draw(changed(issues=lost), language="zh", width_px=400, dpi=40)


def test_names_that_look_like_formulas_are_written_as_they_are(changed: Changed, content: MapContent) -> None:
    odd = changed(name="$x_1$ & <b>", grids=content.grids.assign(name="$\\frac{1}{2}$ \\n {0}"))
    assert picture.draw(odd, language="en", width_px=400, dpi=40)


def test_same_content_gives_the_same_picture_also_in_threads(content: MapContent) -> None:
    once = picture.draw(content, language="zh", width_px=400, dpi=40)
    with ThreadPoolExecutor(2) as pool:
        drawn = list(pool.map(lambda _: picture.draw(content, language="zh", width_px=400, dpi=40), range(2)))
    assert set(drawn) == {once}


def test_content_is_left_as_it_was(content: MapContent) -> None:
    before = {name: getattr(content, name).copy() for name in FRAMES}
    picture.draw(content, language="zh", width_px=400, dpi=40)
    for name, frame in before.items():
        assert getattr(content, name).equals(frame)
        assert getattr(content, name).crs == frame.crs


def test_real_buildings_are_drawn(shared_data: Path, content: MapContent) -> None:
    real = gpd.read_file(shared_data / "suzhou_west_buildings.gpkg")
    buildings = real.assign(
        number=[str(k) for k in real.index], use="residential", households=24, households_estimated=True, grid_id=0
    )
    shown = MapContent(name="x", day=content.day, fill="households", buildings=buildings)
    png = picture.draw(shown, language="zh", **SMALL)
    assert has_colour(png, palette.HOUSEHOLDS[0], 5)


@given(st.floats(0.01, 1e6))
def test_scale_bar_is_round_and_as_long_as_fits(most: float) -> None:
    length = picture.round_length_m(most)
    assert length <= most * 1.000001 < 2.5 * length * 1.000001
    assert f"{length:.0e}"[0] in "125"


@pytest.mark.parametrize(
    ("counts", "limits"),
    [
        ([24] * 10, (5, 10, 15, 20)),
        ([0, 0], ()),
        ([1, 2, 3], (1, 2)),
        ([30, 60, 100, 120, 3000], (500, 1000, 1500, 2000)),
    ],
)
def test_classes_of_households_are_round(content: MapContent, counts: list[int], limits: tuple[int, ...]) -> None:
    buildings = content.buildings.iloc[: len(counts)].assign(households=counts)
    assert legend.households_classes(dataclasses.replace(content, buildings=buildings)) == limits


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_foot_says_what_is_estimated_and_what_nobody_confirmed(
    changed: Changed, content: MapContent, language: str
) -> None:
    def foot(**fields: Any) -> str:
        return " ".join(t.get_text() for t in words(picture.compose(changed(**fields), language=language, **SMALL)))

    every, some, proposed = (
        i18n.text(f"picture.{key}", language) for key in ("all_estimated", "estimated", "grids_proposed")
    )
    usual = foot()
    assert some in usual
    assert proposed not in usual
    guessed = foot(buildings=content.buildings.assign(households_estimated=True), grids_proposed=True)
    assert every in guessed
    assert proposed in guessed
    counted = foot(buildings=content.buildings.assign(households_estimated=False), grids_proposed=True, grids=nothing())
    for said in (every, some, proposed):
        assert said not in counted


def test_overdue_issues_are_told_apart_and_add_up(changed: Changed, content: MapContent) -> None:
    late = content.issues.assign(overdue=[k % 3 == 0 for k in range(len(content.issues))])
    rows = {row.text: row.value for row in legend.rows(metric(changed(issues=late)), "en")}
    assert int(rows["Overdue"]) > 0
    assert sum(int(rows[name]) for name in ("Overdue", "Open, in time", "Settled")) == len(late)
    edge = palette.OVERDUE_ISSUE.edge
    assert has_colour(picture.draw(changed(issues=late), language="en", width_px=1600, dpi=133), edge)


@pytest.mark.parametrize("frame", ["buildings", "points", "issues"])
def test_what_is_chosen_is_marked_and_named(changed: Changed, content: MapContent, plain: Any, frame: str) -> None:
    rows = getattr(content, frame).iloc[[3]]
    marked = opened(picture.draw(changed(chosen=rows, chosen_name="那一个"), language="zh", **SMALL))
    names = [row.text for row in legend.rows(metric(changed(chosen=rows, chosen_name="那一个")), "zh")]
    assert "所选：那一个" in names
    assert plain.shape != marked.shape or (np.abs(plain - marked).max(axis=2) > 60).sum() > 20


def test_what_lies_above_the_map_is_drawn_and_named(changed: Changed, content: MapContent) -> None:
    west, south, east, north = content.extent
    middle, edge = shapely.Point((west + east) / 2, (south + north) / 2), shapely.box(west, south, east, north)
    shapes = gpd.GeoDataFrame(
        {"look": ["catchment", "circle", "mend", "trial"], "sign": ["", "", "", "#1"]},
        geometry=[edge, edge.boundary, shapely.LineString([(west, south), (east, north)]), middle],
        crs=4326,
    )
    names = {"catchment": "各点范围", "circle": "圆圈", "mend": "断路处", "trial": "试点"}
    marked = changed(shapes=shapes, shape_names=names)
    png = picture.draw(marked, language="zh", width_px=1600, dpi=133)
    for look in ("mend", "trial"):
        assert has_colour(png, palette.SHAPES[look].edge if look == "mend" else palette.SHAPES[look].fill), look
    said = [text.get_text() for text in words(picture.compose(marked, language="zh", **SMALL))]
    assert set(names.values()) | {"#1"} <= set(said)
