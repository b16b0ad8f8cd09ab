"""The community into which the rows of a file come."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import pandas as pd

from gridmap import model, service_kinds
from gridmap.service_kinds import ServiceKinds
from gridmap.services import issue_catalogue
from gridmap.services.issue_catalogue import Categories


@dataclass(frozen=True, kw_only=True)
class Scene:
    """The community into which rows come, as far as checks and keepers ask for it.

    Parameters
    ----------
    community
        As it stands.
    buildings, compounds
        Its rows as `Store.frame` gives them.
    today
        The day it is there.
    time_zone
        In which the moments of the file are meant, such as ``Asia/Shanghai``.
    categories, kinds
        The community's categories of issues, and its kinds of service points.
    identities
        Digest of the identity number that stood in a row, by row; only where the file had such a column.
    states, states_before
        What states are meant by words of the file that only a person knew, and what was chosen for earlier files.
    repair
        Whether gaps and overlaps of drawn grids are to be repaired.
    rows
        Rows of other classes that the kind is checked by (`ImportKind.by`), as frames.
    """

    community: model.Community
    buildings: gpd.GeoDataFrame
    compounds: gpd.GeoDataFrame
    today: dt.date
    time_zone: str
    identities: pd.Series | None = None
    categories: Categories = field(default_factory=lambda: issue_catalogue.default().categories)
    kinds: ServiceKinds = field(default_factory=service_kinds.default)
    states: Mapping[str, str] = field(default_factory=dict)
    states_before: Mapping[str, str] = field(default_factory=dict)
    repair: bool = False
    rows: Mapping[type[model.Owned], Any] = field(default_factory=dict)

    @property
    def community_id(self) -> int:
        """Number of the community."""
        return int(self.community.id or 0)

    @property
    def boundary(self) -> Any:
        """The boundary where somebody has drawn one, else None."""
        return self.community.geom if self.community.boundary_drawn else None

    @property
    def middle(self) -> tuple[float, float] | None:
        """(lon, lat) of the community where it is known."""
        if self.community.geom.is_empty:
            return None
        middle = self.community.geom.centroid
        return float(middle.x), float(middle.y)
