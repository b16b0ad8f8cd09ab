"""Any sequence of edits keeps or reports the checks, and taken back it is the start exactly."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import demo_town
import geopandas as gpd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gridmap import crs
from gridmap.analysis import tessellation
from gridmap.errors import InputError
from gridmap.services import grid_borders, grid_checks, grid_divisions, grid_drawing, grid_proposals, grid_sketch
from gridmap.services.community_data import CommunityData
from gridmap.services.grid_sketch import Base, Sketch, Step

N = 22


@cache
def town() -> CommunityData:
    """A part of the demo: the buildings of the two grids in the north-west, with all its ground."""
    whole = demo_town.town()
    return replace(whole, buildings=whole.buildings.sort_values(["grid_id", "number"], kind="stable").iloc[:N])


@cache
def begun() -> tuple[Sketch, Base]:
    """The valid grids of that part, those without buildings left out, with all the community's ground."""
    valid = grid_divisions.present(town())
    lived_in = valid.grids[valid.grids.index.isin(valid.grid_of)]
    sketch, _ = grid_drawing.of_drawn(town(), replace(valid, grids=lived_in))
    placed = grid_proposals.placed(town())
    tiles = tessellation.tile(placed, sketch.assigned.reindex(placed.index), grid_proposals.area(town()))
    areas = {int(key): shapely.to_wkb(area, hex=True) for key, area in tiles.geometry.to_crs(crs.WGS84).items()}
    return sketch, Base(areas=areas, of=sketch.of)


number = st.integers(0, 999)
EDITS = st.one_of(
    st.tuples(st.just("move"), st.lists(number, min_size=1, max_size=4), number),
    st.tuples(st.just("compound"), number, number),
    st.tuples(st.just("merge"), number, number),
    st.tuples(st.just("split"), number, number),
    st.tuples(st.just("rename"), number, st.text(max_size=8)),
    st.tuples(st.just("recolour"), number, st.sampled_from(["red", "yellow", "blue", "green", "purple"])),
    st.tuples(st.just("fix"), number, number),
    st.tuples(st.just("mend"), number, number),
    st.tuples(st.just("border"), number, st.tuples(st.integers(-90, 90), st.integers(-90, 90))),
)


def edited(sketch: Sketch, base: Base, past: list[Step], edit: tuple) -> Sketch:
    act, one, other = edit
    keys, buildings = sorted(sketch.looks), sorted(base.of)

    def key(n: int) -> int:
        return keys[n % len(keys)]

    def building(n: int) -> int:
        return buildings[n % len(buildings)]

    match act:
        case "move":
            return grid_sketch.move(sketch, [building(n) for n in one], key(other))
        case "compound":
            mine = [n for n in grid_drawing.compound_of(town(), building(one)) if n in base.of]
            return grid_sketch.move(sketch, mine, key(other))
        case "merge":
            return grid_sketch.merge(sketch, key(one), key(other))
        case "split":
            return grid_drawing.halves(town(), sketch, base, key(one), {"households": 1.0})
        case "rename":
            return grid_sketch.rename(sketch, key(one), other)
        case "recolour":
            return grid_sketch.recolour(sketch, key(one), other)
        case "fix":
            return grid_sketch.fix(sketch, [building(one)])
        case "border":
            shown = grid_drawing.drawn(town(), sketch, base)
            found = grid_borders.handles(town(), shown)
            n = one % max(len(found), 1)
            to = [found[n].at.x + other[0], found[n].at.y + other[1]] if found else [0.0, 0.0]
            place = gpd.GeoSeries.from_xy(*([value] for value in to), crs=town().buildings_m.crs).to_crs(crs.WGS84)
            return grid_borders.drag_in(sketch, grid_borders.drag(town(), shown, n, place.x[0], place.y[0]))
    return grid_drawing.mended(town(), sketch, past, {"households": 1.0}, "en")[0]


@settings(max_examples=10, deadline=None)
@given(st.lists(EDITS, min_size=1, max_size=5))
def test_edits_keep_or_report_what_must_hold_and_lead_back_to_the_start(edits: list[tuple]) -> None:
    start, base = begun()
    sketch, past = start, []
    for edit in edits:
        try:
            after = edited(sketch, base, past, edit)
        except InputError as refused:
            told_why(refused)
            continue
        step = grid_sketch.between(sketch, after, edit[0], 1)
        assert grid_sketch.forth(sketch, step) == after
        # As it comes back from where it is kept.
        past.append(grid_sketch.step_from_json(grid_sketch.step_as_json(step)))
        sketch = grid_sketch.from_json(grid_sketch.as_json(after))
        assert sketch == after
        assert sketch.fixed <= set(sketch.of)
    try:
        shown = grid_drawing.drawn(town(), sketch, base)
    except InputError as refused:
        told_why(refused)
    else:
        told = {check.key: check.holds for check in grid_checks.of(town(), shown, "zh")}
        assert told == seen(sketch, shown) | {"colours": told["colours"]}
    end = sketch
    for step in reversed(past):
        sketch = grid_sketch.back(sketch, step)
    assert sketch == start
    again = grid_drawing.drawn(town(), sketch, base)
    assert list(again.grids.geometry.to_wkb(hex=True)) == [base.areas[key] for key in again.grids.index]
    for step in past:
        sketch = grid_sketch.forth(sketch, step)
    assert sketch == end


def told_why(refused: InputError) -> None:
    """Hold that it is said in both languages."""
    assert refused.sentence("zh") != refused.sentence("en")


def seen(sketch: Sketch, shown: grid_divisions.Drawn) -> dict[str, bool]:
    """What holds of a division, worked out otherwise: shape by shape, and area by area."""
    metric = town().buildings_m.crs
    flat = {
        key: shape
        for key, shape in crs.densified(shown.grids[["geom"]]).to_crs(metric).geometry.items()
        if not shape.is_empty
    }
    whole = crs.densified(town().boundary).to_crs(metric).geometry.iloc[0]
    pairs = [(a, b) for a in flat for b in flat if a < b]
    return {
        "once": set(sketch.of) == set(town().buildings.index),
        "empty": all(key in sketch.of.values() for key in sketch.looks),
        "gap": whole.area - shapely.union_all(list(flat.values())).intersection(whole).area <= 1.0,
        "overlap": all(flat[a].intersection(flat[b]).area <= 1.0 for a, b in pairs),
        "piece": all(sum(p.area > 1 for p in getattr(s, "geoms", [s])) == 1 for s in flat.values()),
        "inside": all(shape.difference(whole).area <= 1.0 for shape in flat.values()),
    }


def test_ground_of_grids_in_which_nobody_moves_stays_as_it_was_drawn() -> None:
    data = demo_town.town()
    start, base = grid_drawing.of_drawn(data, grid_divisions.present(data))
    one = start.members(0)[0]
    moved = grid_sketch.move(start, [one], 1)
    shown = grid_drawing.drawn(data, moved, base)
    hexes = dict(zip(shown.grids.index.tolist(), shown.grids.geometry.to_wkb(hex=True), strict=True))
    assert [key for key in hexes if hexes[key] != base.areas[key]] == [0, 1]
    assert not grid_checks.broken([c for c in grid_checks.of(data, shown, "zh") if c.key != "piece"])
    place = data.buildings.geometry[one].representative_point()
    assert shown.grids.geometry[1].covers(place)


def test_what_is_fixed_is_moved_by_nobody() -> None:
    start, _ = begun()
    one, two = start.members(0)[:2]
    sketch = grid_sketch.fix(start, [one])
    assert grid_sketch.move(sketch, [one, two], 1).of[one] == 0
    assert grid_sketch.move(sketch, [one, two], 1).of[two] == 1
    with pytest.raises(InputError, match="fixed"):
        grid_sketch.move(sketch, [one], 1)
    assert grid_sketch.fix(sketch, [one]) == start


@pytest.mark.parametrize("name", ["", "  ", "长" * 31, "第二网格"])
def test_names_are_needed_and_each_is_there_once(name: str) -> None:
    start, _ = begun()
    with pytest.raises(InputError):
        grid_sketch.rename(start, 0, name)
    assert grid_sketch.rename(start, 0, " 新  名 ").looks[0].name == "新 名"
