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
from gridmap.services import grid_divisions, grid_looks, grid_proposals, grid_sketch, layers
from gridmap.services.community_data import CommunityData
from gridmap.services.grid_divisions import Drawn
from gridmap.services.grid_looks import Look
from gridmap.services.grid_sketch import Sketch, Step

_NOWHERE = -1
_NAMED = 8


def of_drawn(data: CommunityData, shown: Drawn) -> Sketch:
    """Return a division as a sketch that a hand may change; its grids are numbered in their order."""
    key = {grid: at for at, grid in enumerate(shown.grids.index.tolist())}
    placed = shown.grid_of.reindex(grid_proposals.placed(data).index)
    assigned = placed[placed.isin(shown.grids.index)].map(key)
    looks = {}
    for grid, row in shown.grids[[*grid_looks.COLUMNS]].iterrows():
        leader = None if pd.isna(row["leader_id"]) else int(row["leader_id"])
        looks[key[grid]] = Look(**{column: str(row[column]) for column in grid_looks.COLUMNS[:-1]}, leader_id=leader)
    return grid_sketch.put(Sketch(looks=looks, of={}), assigned)


def drawn(data: CommunityData, sketch: Sketch) -> Drawn:
    """Return a sketch with the areas that its buildings give; a building in no grid leaves a gap.

    Raises
    ------
    InputError
        If a grid gets no ground, since its buildings lie on those of others.
    """
    assigned = sketch.assigned.reindex(grid_proposals.placed(data).index).fillna(_NOWHERE).astype("int64")
    return _drawn(data, tuple(assigned.tolist()), tuple(sorted(sketch.looks.items())))


@lru_cache(maxsize=32)
def _drawn(data: CommunityData, assigned: tuple[int, ...], looks: tuple[tuple[int, Look], ...]) -> Drawn:
    found = _areas(data, assigned).reindex([key for key, _ in looks])
    areas = gpd.GeoSeries(
        [shapely.MultiPolygon() if area is None else area for area in found], index=found.index, crs=crs.WGS84
    )
    grid_of = pd.Series(assigned, index=grid_proposals.placed(data).index)
    return grid_divisions.drawn(data, dict(looks), areas, grid_of[grid_of != _NOWHERE])


@lru_cache(maxsize=32)
def _areas(data: CommunityData, assigned: tuple[int, ...]) -> gpd.GeoSeries:
    placed = grid_proposals.placed(data)
    tiles = tessellation.tile(placed, pd.Series(assigned, index=placed.index), grid_proposals.area(data))
    return tiles.geometry.to_crs(crs.WGS84)


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


def halves(data: CommunityData, sketch: Sketch, key: int, weighed: Mapping[str, float]) -> Sketch:
    """Split a grid in two of even loads, each in one piece where the grid is.

    Raises
    ------
    InputError
        If there is no such grid, or it has fewer than two buildings.
    """
    members = sketch.members(key)
    if key not in sketch.looks or len(members) < 2:
        return grid_sketch.split(sketch, key, ())
    mine = grid_proposals.placed(data).reindex(members)
    carried = grid_proposals.load(data, weighed).reindex(members).fillna(0)
    area = drawn(data, sketch).grids.geometry.to_crs(data.buildings_m.crs)[key]
    part = districting.partition(mine.assign(carried=carried), 2, load="carried", boundary=area)
    return grid_sketch.split(sketch, key, part.index[part == 1].tolist())


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
        if step.act in ("move", "compound", "lasso"):
            stays |= {
                one: sketch.of[one] for one, pair in step.of.items() if one in sketch.of and pair[1] == sketch.of[one]
            }
    found = districting_mending.mend(
        grid_proposals.ground_of(data),
        sketch.assigned.map(position),
        {building: position[key] for building, key in stays.items()},
        grid_proposals.load(data, weighed),
        further=True,
    )
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
