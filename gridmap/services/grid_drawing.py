"""What a draft needs of the community around it: its areas, a split in two, mending, buildings that have come since."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import lru_cache

import geopandas as gpd
import pandas as pd
import shapely

from gridmap import crs
from gridmap.analysis import districting, districting_mending, tessellation
from gridmap.errors import InputError
from gridmap.services import grid_borders, grid_divisions, grid_lines, grid_looks, grid_proposals, grid_sketch, layers
from gridmap.services.community_data import CommunityData
from gridmap.services.grid_divisions import Drawn
from gridmap.services.grid_looks import Look
from gridmap.services.grid_sketch import Base, Border, Sketch, Step

Borders = tuple[tuple[str, tuple[tuple[int, str], ...]], ...]
_NOWHERE = -1
_NAMED = 8
# What analysis says of grids by number is said of a draft's grids by name.
_BY_NAME = {"grid_emptied": "draft_emptied", "fixed_apart": "draft_apart"}


def of_drawn(data: CommunityData, shown: Drawn) -> tuple[Sketch, Base]:
    """Return a division as a sketch that a hand may change, its grids numbered in order, and what it begins on."""
    key = {grid: at for at, grid in enumerate(shown.grids.index.tolist())}
    placed = shown.grid_of.reindex(grid_proposals.placed(data).index)
    assigned = placed[placed.isin(shown.grids.index)].map(key)
    looks = {}
    for grid, row in shown.grids[[*grid_looks.COLUMNS]].iterrows():
        leader = None if pd.isna(row["leader_id"]) else int(row["leader_id"])
        looks[key[grid]] = Look(**{column: str(row[column]) for column in grid_looks.COLUMNS[:-1]}, leader_id=leader)
    sketch = grid_sketch.put(Sketch(looks=looks, of={}), assigned)
    areas = {key[grid]: shapely.to_wkb(geom, hex=True) for grid, geom in shown.grids.geometry.items()}
    return sketch, Base(areas=areas, of=sketch.of)


def drawn(data: CommunityData, sketch: Sketch, base: Base) -> Drawn:
    """Return a sketch with its areas: the ground of grids whose buildings have changed is divided among these anew.

    Raises
    ------
    InputError
        If a grid gets no ground, since its buildings lie on those of others.
    """
    index = grid_proposals.placed(data).index
    now, then = (tuple(of.get(int(one), _NOWHERE) for one in index) for of in (sketch.of, base.of))
    borders = tuple((one.line, tuple(sorted(one.given.items()))) for one in sketch.borders)
    return _drawn(data, now, then, tuple(sorted(base.areas.items())), borders, tuple(sorted(sketch.looks.items())))


@lru_cache(maxsize=32)
def _drawn(
    data: CommunityData,
    now: tuple[int, ...],
    then: tuple[int, ...],
    drawn_before: tuple[tuple[int, str], ...],
    borders: Borders,
    looks: tuple[tuple[int, Look], ...],
) -> Drawn:
    areas = _areas(data, now, then, drawn_before, borders, tuple(key for key, _ in looks))
    placed = grid_proposals.placed(data)
    grid_of = pd.Series(now, index=placed.index)
    shapes = [areas.get(key, shapely.MultiPolygon()) for key, _ in looks]
    series = gpd.GeoSeries(shapes, index=[key for key, _ in looks], crs=crs.WGS84)
    return grid_divisions.drawn(data, dict(looks), series, grid_of[grid_of != _NOWHERE])


@lru_cache(maxsize=32)
def _areas(
    data: CommunityData,
    now: tuple[int, ...],
    then: tuple[int, ...],
    drawn_before: tuple[tuple[int, str], ...],
    borders: Borders,
    keys: tuple[int, ...],
) -> dict[int, shapely.MultiPolygon]:
    """Return the area of each grid that has a building, in WGS 84."""
    placed = grid_proposals.placed(data)
    after, before = (pd.Series(of, index=placed.index) for of in (now, then))
    base = gpd.GeoSeries(
        shapely.from_wkb([area for _, area in drawn_before]), index=[key for key, _ in drawn_before], crs=crs.WGS84
    )
    moved = after != before
    touched = (set(after[moved]) | set(before[moved])) - {_NOWHERE}
    flat = crs.densified(gpd.GeoDataFrame(geometry=base)).geometry.to_crs(placed.crs)
    # A building that has come since lies on the ground of some grid, which is then divided with its own.
    come = placed.geometry[moved & (before == _NOWHERE)]
    if len(come) and len(flat):
        touched |= set(flat.index[flat.sindex.query(come.representative_point(), predicate="intersects")[1]])
    for gone in set(base.index) - set(keys) - touched:
        # Nobody lived in the grid that was merged away: its ground goes to those around it.
        touched |= set(flat.index[flat.intersects(flat[gone])])
    over = [Border(line=line, given=dict(given)) for line, given in borders]
    touched |= grid_borders.touched(flat, over)
    if not touched:
        return dict(base.items())
    ground = shapely.union_all(flat[flat.index.isin(touched)].to_numpy())
    kept = {key: area for key, area in base.items() if key not in touched}
    here = after.isin(touched)
    if not here.any():
        return kept
    was = flat[flat.index.isin(touched)]
    lines = grid_borders.and_drawn(grid_lines.and_borders(grid_lines.of_data(data), was), over)
    was = grid_borders.drawn_over(was, over)
    tiles = tessellation.tile(placed[here], after[here], ground, lines, was).geometry.to_crs(crs.WGS84)
    return kept | dict(tiles.items())


def within(data: CommunityData, ring: Collection[tuple[float, float]]) -> list[int]:
    """Return the buildings of which most lies in an area.

    Raises
    ------
    InputError
        If there is none.
    """
    area = shapely.make_valid(shapely.Polygon(list(ring)))
    at = gpd.GeoSeries([area], crs=crs.WGS84).to_crs(data.buildings_m.crs).iloc[0]
    footprints = grid_proposals.placed(data).geometry
    share = footprints.intersection(at).area / footprints.area
    found = [int(one) for one in share.index[share > 0.5]]
    if not found:
        raise InputError("draft_lasso_empty")
    return found


def compound_of(data: CommunityData, building: int) -> list[int]:
    """Return the buildings of the compound in which a building lies; where it lies in none, the building alone.

    Raises
    ------
    InputError
        If the building is not there.
    """
    if building not in data.buildings.index:
        raise InputError("draft_building")
    compound = data.buildings.at[building, "compound_id"]
    if pd.isna(compound):
        return [building]
    return [int(one) for one in data.buildings.index[data.buildings["compound_id"] == compound]]


def halves(data: CommunityData, sketch: Sketch, base: Base, key: int, weighed: Mapping[str, float]) -> Sketch:
    """Split a grid in two of even loads, each in one piece where the grid is.

    Raises
    ------
    InputError
        If there is no such grid, or it has fewer than two buildings.
    """
    members = sketch.members(key)
    # A code that has been there means the grid that had it, though that may have been merged away.
    codes = [str(code) for code in data.grids["code"]]
    if key not in sketch.looks or len(members) < 2:
        return grid_sketch.split(sketch, key, (), codes)
    mine = grid_proposals.placed(data).reindex(members)
    carried = grid_proposals.load(data, weighed).reindex(members).fillna(0)
    area = drawn(data, sketch, base).grids.geometry.to_crs(data.buildings_m.crs)[key]
    part = districting.partition(mine.assign(carried=carried), 2, load="carried", boundary=area)
    return grid_sketch.split(sketch, key, part.index[part == 1].tolist(), codes)


def mended(
    data: CommunityData, sketch: Sketch, past: Collection[Step], weighed: Mapping[str, float], language: str
) -> tuple[Sketch, bool]:
    """Make grids in one piece and even again; what a hand has moved since the last mending stays, and what is fixed.

    Parameters
    ----------
    data, sketch
        The community and the draft.
    past
        The steps that led to it.
    weighed
        What loads are made of.
    language
        In which buildings are named.

    Returns
    -------
    tuple
        The sketch, and whether its loads are even now.

    Raises
    ------
    InputError
        If a building is in no grid, a grid has none, or what stays keeps a grid from being in one piece.
    """
    demand_whole(data, sketch, language)
    keys = sorted(sketch.looks)
    position = {key: at for at, key in enumerate(keys)}
    stays = {building: key for building, key in sketch.of.items() if building in sketch.fixed}
    for step in reversed(list(past)):
        if step.act == "mend":
            break
        if step.act in ("move", "compound", "lasso", "border"):
            stays |= {
                one: sketch.of[one] for one, pair in step.of.items() if one in sketch.of and pair[1] == sketch.of[one]
            }
    try:
        found = districting_mending.mend(
            grid_proposals.ground_of(data),
            sketch.assigned.map(position),
            {building: position[key] for building, key in stays.items()},
            grid_proposals.load(data, weighed),
            further=True,
        )
    except InputError as fault:
        if fault.key not in _BY_NAME:
            raise
        grid = sketch.called(keys[fault.fields["grid"] - 1])
        raise InputError(_BY_NAME[fault.key], **{**fault.fields, "grid": grid}) from fault
    return grid_sketch.put(sketch, found.grid.map(dict(enumerate(keys)))), found.even


def missing(data: CommunityData, sketch: Sketch) -> tuple[list[int], list[int]]:
    """Return the buildings with a place that are in no grid, and those that a grid has but the community no longer."""
    there = grid_proposals.placed(data).index
    new = [int(one) for one in there if one not in sketch.of]
    return new, [one for one in sketch.of if one not in there]


def caught_up(data: CommunityData, sketch: Sketch) -> Sketch:
    """Put each building that is in no grid into the one of the nearest building, and forget those that are gone."""
    new, _ = missing(data, sketch)
    placed = grid_proposals.placed(data).geometry
    assigned = sketch.assigned[sketch.assigned.index.isin(placed.index)]
    if new and len(assigned):
        at, nearest = placed.loc[assigned.index].sindex.nearest(placed.loc[new].to_numpy(), return_all=False)
        near = pd.Series(assigned.to_numpy()[nearest], index=pd.Index(new)[at])
        assigned = pd.concat([assigned, near])
    return grid_sketch.put(sketch, assigned)


def demand_whole(data: CommunityData, sketch: Sketch, language: str) -> None:
    """Refuse a draft in which a building is in no grid, or a grid has no building.

    Raises
    ------
    InputError
        With the names of both.
    """
    new, gone = missing(data, sketch)
    if new:
        titles = layers.building_titles(data.buildings.loc[new[:_NAMED]], language).tolist()
        raise InputError("draft_unassigned", n=len(new), buildings=titles)
    if gone:
        raise InputError("draft_gone", n=len(gone))
    bare = [sketch.called(key) for key in sketch.looks if not sketch.members(key)]
    if bare:
        raise InputError("draft_empty", grids=bare)
