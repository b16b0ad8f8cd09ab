"""A division of a community as it is shown: a valid one, an earlier or later one, a proposal or a draft."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import geopandas as gpd
import pandas as pd

from gridmap import crs, model
from gridmap.errors import NotFound
from gridmap.services import community_settings, grid_looks, grid_proposals, grid_versions
from gridmap.services.community_data import CommunityData
from gridmap.services.grid_looks import Look
from gridmap.services.grid_proposals import Proposal
from gridmap.store import Store

_COLUMNS = (*grid_looks.COLUMNS, "geom")


@dataclass(frozen=True, kw_only=True, eq=False)
class Drawn:
    """A division as map, bars and tables take it.

    Parameters
    ----------
    grids
        Areas in WGS 84 with the columns `grid_looks.COLUMNS`; index = what the grids are told apart by.
    grid_of
        Grid of each building of the community, missing where it is in none; index = id of the building.
    """

    grids: gpd.GeoDataFrame
    grid_of: pd.Series

    @property
    def names(self) -> dict[int, str]:
        """What each grid is called, after its letter."""
        told = zip(self.grids.index.tolist(), self.grids["letter"], self.grids["name"], strict=True)
        return {key: f"{letter} {name}".strip() for key, letter, name in told}


def present(data: CommunityData) -> Drawn:
    """Return the division that is valid on the day of the data."""
    return Drawn(grids=data.grids[[*_COLUMNS]].sort_values("code", kind="stable"), grid_of=data.buildings["grid_id"])


def of_version(store: Store, data: CommunityData, number: int) -> Drawn:
    """Return one of the community's divisions.

    Raises
    ------
    NotFound
        If there is no such division.
    """
    return _of_version(store, data, number, store.revision(community_settings.number(data.community)))


@lru_cache(maxsize=16)
def _of_version(store: Store, data: CommunityData, number: int, _revision: int) -> Drawn:
    community_id = community_settings.number(data.community)
    if number not in store.frame(model.GridVersion, community_id).index:
        raise NotFound("grids_no_version", number=number)
    areas = store.frame(model.Grid, community_id, version_id=number)
    members = store.frame(model.GridBuilding, community_id, version_id=number)
    grid_of = data.buildings.index.to_series().map(members.set_index("building_id")["grid_id"])
    return Drawn(grids=areas[[*_COLUMNS]].sort_values("code", kind="stable"), grid_of=grid_of.astype("Int64"))


@lru_cache(maxsize=16)
def of_proposal(data: CommunityData, proposal: Proposal) -> Drawn:
    """Return a proposal, its grids called as the present ones that they go on from."""
    assigned = proposal.division.grid
    before = present(data)
    looks = grid_looks.looked(before.grids, before.grid_of, assigned, range(len(proposal.tiles)))
    areas = proposal.tiles.geometry.reset_index(drop=True)
    return drawn(data, grid_looks.coloured(looks, areas.to_crs(data.buildings_m.crs)), areas, assigned)


def drawn(data: CommunityData, looks: Mapping[int, Look], areas: gpd.GeoSeries, assigned: pd.Series) -> Drawn:
    """Put a division together from what its grids are called, their areas in WGS 84, and who is in which."""
    rows = [vars(look) for look in looks.values()]
    frame = gpd.GeoDataFrame(
        {column: [row[column] for row in rows] for column in grid_looks.COLUMNS},
        geometry=areas.reindex(list(looks)).to_list(),
        index=pd.Index(list(looks), dtype="int64"),
        crs=crs.WGS84,
    ).rename_geometry("geom")
    return Drawn(grids=frame, grid_of=assigned.reindex(data.buildings.index).astype("Int64"))


@lru_cache(maxsize=64)
def loads(data: CommunityData, shown: Drawn) -> pd.DataFrame:
    """Return what each grid carries: ``households``, ``need``, ``issues`` (open ones), ``buildings``, ``area_m2``.

    Counts are those of today, whenever the division was or will be valid. The frame must not be changed.
    """
    counted = grid_proposals.counts(data)
    grid_of = shown.grid_of.reindex(counted.index)
    summed = counted.groupby(grid_of).sum().reindex(shown.grids.index).fillna(0).astype(int)
    areas = shown.grids.geometry.to_crs(data.buildings_m.crs).area
    return summed.assign(area_m2=areas.round().astype(int))


def deviation(load: pd.Series) -> pd.Series:
    """Return by how much of the mean each load differs from it; not a number where there is none."""
    mean = float(load.mean()) if len(load) else 0.0
    return load / mean - 1 if mean else load * float("nan")


def versions(store: Store, data: CommunityData) -> list[model.GridVersion]:
    """Return the divisions of a community, the earliest first."""
    with store.read() as session:
        found = grid_versions.versions(session, community_settings.number(data.community))
        session.expunge_all()
    return found
