"""Drawn grids that were repaired become a draft: looked at, changed and published like any other."""

from __future__ import annotations

import datetime as dt
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from gridmap import access, crs
from gridmap.access import Action, Actor
from gridmap.exchange import fields
from gridmap.services import grid_drafts, grid_import, grid_looks, grid_proposals, grid_repair, grid_sketch, grids
from gridmap.services.community_data import CommunityData
from gridmap.services.grid_drafts import Draft
from gridmap.services.grid_looks import Look
from gridmap.services.grid_sketch import Base, Sketch
from gridmap.services.import_preview import Preview
from gridmap.store import Store


def may(actor: Actor, data: CommunityData) -> bool:
    """Say whether somebody may have a draft of the community's grids."""
    where = {"street_id": data.community.street_id, "community_id": data.community.id}
    return access.decide(actor, Action.DRAW_GRIDS, **where).allowed


def begin(
    store: Store, actor: Actor, data: CommunityData, preview: Preview, *, now: dt.datetime, address: str = ""
) -> Draft:
    """Begin a draft on drawn grids, their gaps and overlaps repaired.

    Parameters
    ----------
    store, actor, data
        Whose draft, in which community.
    preview
        What the file holds (`importing.prepare`).
    now, address
        This moment, and from where.

    Raises
    ------
    Forbidden
        If ``actor`` may not draw the community's grids.
    InputError
        If they have a draft already, there is no building with a place, or a grid would be left without ground.
    """
    wanted = grid_import.described(preview.clean)
    named = gpd.GeoDataFrame(
        {"name": [one["name"] for one in wanted]}, geometry=[one["geom"] for one in wanted], crs=crs.WGS84
    )
    drawn = data.community.boundary_drawn and not data.community.geom.is_empty
    placed = grid_proposals.placed(data).to_crs(crs.WGS84)
    shapes, pieces = grid_repair.repaired(named, data.community.geom if drawn else None, placed)
    areas = gpd.GeoSeries(shapes, crs=crs.WGS84)
    looks = _looks(data, wanted)
    if not all(preview.clean.get("colour", pd.Series([None])).notna()):
        looks = grid_looks.coloured(looks, areas.to_crs(data.buildings_m.crs))
    sketch = Sketch(looks=looks, of={})
    if len(placed):
        grid_of, _ = grids.containing(placed, gpd.GeoDataFrame(geometry=areas))
        sketch = grid_sketch.put(sketch, grid_of)
    base = Base(areas={key: shapely.to_wkb(area, hex=True) for key, area in enumerate(shapes)}, of=sketch.of)
    repaired = grid_repair.as_json(pieces)
    return grid_drafts.begin(store, actor, data, sketch, base, repaired=repaired, now=now, address=address)


def _looks(data: CommunityData, wanted: list[dict[str, Any]]) -> dict[int, Look]:
    """Return what the grids are called; one that is called as a valid one keeps who leads it."""
    leaders = {
        fields.name_key(str(name)): int(leader)
        for name, leader in zip(data.grids["name"], data.grids["leader_id"], strict=True)
        if not pd.isna(leader)
    }
    columns = [column for column in grid_looks.COLUMNS if column != "leader_id"]
    return {
        key: Look(
            **{column: str(one[column]) for column in columns}, leader_id=leaders.get(fields.name_key(one["name"]))
        )
        for key, one in enumerate(wanted)
    }
