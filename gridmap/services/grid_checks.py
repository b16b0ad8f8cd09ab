"""What must hold of a division: each building once, no gap, no overlap, each grid in one piece, inside the boundary."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridmap import crs, i18n
from gridmap.analysis import seams
from gridmap.services import grid_proposals, layers
from gridmap.services.community_data import CommunityData
from gridmap.services.grid_divisions import Drawn

# Less than this is the rounding of coordinates, not a fault of drawing.
NEGLIGIBLE_M2 = 1.0
_NAMED = 8
_TOUCHING_M = 1.0


@dataclass(frozen=True, kw_only=True)
class Check:
    """One thing that must hold, and where it does not.

    Parameters
    ----------
    key
        What is looked at: its sentences are ``grids.check.<key>`` and ``grids.check.<key>.broken``.
    holds
        Whether it does.
    fields
        What the sentence says of where it does not.
    """

    key: str
    holds: bool
    fields: Mapping[str, Any] = field(default_factory=dict)

    def sentence(self, language: str) -> str:
        """Return it in words."""
        if self.holds:
            return i18n.text(f"grids.check.{self.key}", language)
        return i18n.text(f"grids.check.{self.key}.broken", language, **self.fields)


@lru_cache(maxsize=64)
def of(data: CommunityData, shown: Drawn, language: str, *, own_edge: bool = False) -> tuple[Check, ...]:
    """Check a division, in the order in which a person would look.

    Parameters
    ----------
    data
        The community.
    shown
        The division.
    language
        In which buildings are named.
    own_edge
        Whether the grids' outer edge is the community's boundary, since nobody has drawn one.
    """
    titles = layers.building_titles(data.buildings, language)
    names = shown.names
    homes = shown.grid_of.reindex(grid_proposals.placed(data).index)
    lost = homes.index[~homes.isin(shown.grids.index)]
    empty = [names[key] for key in shown.grids.index if not (homes == key).any()]
    made = [
        _check("once", lost, n=len(lost), buildings=titles.reindex(lost[:_NAMED]).tolist()),
        _check("empty", empty, n=len(empty), grids=empty[:_NAMED]),
    ]
    flat = crs.densified(shown.grids[["geom"]]).to_crs(data.buildings_m.crs)
    flat = flat[~flat.geometry.is_empty]
    return (*made, *_of_areas(data, flat, names, own_edge=own_edge), *_colours(shown, flat, names))


def broken(checks: Iterable[Check]) -> list[Check]:
    """Return those that do not hold."""
    return [check for check in checks if not check.holds]


def _of_areas(data: CommunityData, flat: gpd.GeoDataFrame, names: Mapping[int, str], *, own_edge: bool) -> list[Check]:
    over = seams.overlapping(flat)
    pairs = [f"{names[one]} / {names[other]}" for one, other in zip(over["one"], over["other"], strict=True)]
    pieces = {key: _pieces(shape) for key, shape in zip(flat.index.tolist(), flat.geometry, strict=True)}
    torn = [names[key] for key, n in pieces.items() if n > 1]
    made = [
        _check("overlap", pairs, n=len(pairs), pairs=pairs[:_NAMED], area_m2=round(float(over["area_m2"].sum()))),
        _check("piece", torn, n=len(torn), grids=torn[:_NAMED]),
    ]
    if data.boundary.empty:
        return made
    together = shapely.union_all(flat.geometry.to_numpy())
    if own_edge:
        whole = shapely.union_all([shapely.Polygon(part.exterior) for part in shapely.get_parts(together)])
    else:
        whole = crs.densified(data.boundary).to_crs(flat.crs).geometry.iloc[0]
    gap_m2 = float(shapely.area(shapely.difference(whole, together)))
    outside = {
        key: float(shapely.area(shapely.difference(shape, whole)))
        for key, shape in zip(flat.index.tolist(), flat.geometry, strict=True)
    }
    out = [names[key] for key, area_m2 in outside.items() if area_m2 > NEGLIGIBLE_M2]
    return [
        _check("gap", gap_m2 > NEGLIGIBLE_M2, area_m2=round(gap_m2)),
        *made,
        _check("inside", out, n=len(out), grids=out[:_NAMED], area_m2=round(sum(outside.values()))),
    ]


def _colours(shown: Drawn, flat: gpd.GeoDataFrame, names: Mapping[int, str]) -> list[Check]:
    """Name the neighbours that share a colour."""
    shapes, keys = flat.geometry.to_numpy(), flat.index.to_numpy()
    colour = shown.grids["colour"].reindex(flat.index).to_numpy()
    one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    alike = (one < other) & (colour[one] == colour[other])
    one, other = one[alike], other[alike]
    long = shapely.length(shapely.intersection(shapes[one], shapes[other])) >= _TOUCHING_M
    pairs = [f"{names[keys[a]]} / {names[keys[b]]}" for a, b in zip(one[long], other[long], strict=True)]
    return [_check("colours", pairs, n=len(pairs), pairs=pairs[:_NAMED])]


def _pieces(shape: shapely.Geometry) -> int:
    return int(np.count_nonzero(shapely.area(shapely.get_parts(shape)) > NEGLIGIBLE_M2))


def _check(key: str, wrong: Any, **fields: Any) -> Check:
    amiss = bool(len(wrong)) if isinstance(wrong, (list, pd.Index)) else bool(wrong)
    return Check(key=key, holds=not amiss, fields=fields if amiss else {})
