"""The streets, paths and walls of a community that borders of its grids are laid along."""

from __future__ import annotations

from functools import lru_cache

import geopandas as gpd
import numpy as np
import shapely
import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridmap import crs, model
from gridmap.analysis import districting_ground
from gridmap.model import PathKind
from gridmap.services.community_data import CommunityData

#: What a metre of border costs along each, 1 in open ground; where two lie on one another, the cheaper counts.
COSTS = {"street": districting_ground.STREET, "wall": districting_ground.WALL, "path": districting_ground.PATH}
# A border stays where it was rather than go to a street.
_KEPT = 0.2


@lru_cache(maxsize=8)
def of_data(data: CommunityData) -> gpd.GeoDataFrame:
    """Return the lines in metres, with ``kind``, a key of `COSTS`, and ``cost``."""
    ways = data.paths[~data.paths.geometry.is_empty]
    walled = data.compounds[data.compounds["walled"] & ~data.compounds.geometry.is_empty]
    street = ways["kind"] == PathKind.STREET.value
    found = _frame([*ways.geometry[street]], [*ways.geometry[~street]], [*walled.geometry.boundary])
    return found.to_crs(data.buildings_m.crs)


def within(session: Session, community_id: int) -> gpd.GeoDataFrame:
    """Return the lines in WGS 84 as part of a change that is under way."""
    path, compound = (sa.inspect(cls).c for cls in (model.Path, model.Compound))
    ways = session.scalars(sa.select(model.Path).where(path.community_id == community_id).order_by(path.id)).all()
    compounds = session.scalars(
        sa.select(model.Compound).where(compound.community_id == community_id).order_by(compound.id)
    ).all()
    return _frame(
        [way.geom for way in ways if way.kind == PathKind.STREET and not way.geom.is_empty],
        [way.geom for way in ways if way.kind != PathKind.STREET and not way.geom.is_empty],
        [shapely.boundary(one.geom) for one in compounds if one.walled and not one.geom.is_empty],
    )


def and_borders(lines: gpd.GeoDataFrame, areas: gpd.GeoSeries) -> gpd.GeoDataFrame:
    """Return lines and the borders of areas, which cost less than any street, so that they stay where they can."""
    borders = areas.boundary.explode(index_parts=False)
    return gpd.GeoDataFrame(
        {"kind": [*lines["kind"], *["kept"] * len(borders)], "cost": [*lines["cost"], *[_KEPT] * len(borders)]},
        geometry=[*lines.geometry, *borders],
        crs=lines.crs,
    )


def _frame(
    streets: list[shapely.Geometry], paths: list[shapely.Geometry], walls: list[shapely.Geometry]
) -> gpd.GeoDataFrame:
    kinds = ["street"] * len(streets) + ["path"] * len(paths) + ["wall"] * len(walls)
    cost = np.array([COSTS[kind] for kind in kinds], dtype=float)
    return gpd.GeoDataFrame({"kind": kinds, "cost": cost}, geometry=[*streets, *paths, *walls], crs=crs.WGS84)
