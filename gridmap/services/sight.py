"""How much of a community a person sees: what the table of permissions allows, applied to the community's data."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

import geopandas as gpd
import pandas as pd

from gridmap import access, model
from gridmap.access import Action, Actor
from gridmap.services import walk_reasons
from gridmap.services.community_data import CommunityData
from gridmap.services.overview import Filters

Reach = frozenset[int] | None
"""The grids within which something is seen; None for the whole community, empty for nothing."""
_NOTHING: Reach = frozenset()
FEWEST = 3
"""Fewer issues than these are not told as a number to those who may not see the issues themselves."""


@dataclass(frozen=True, kw_only=True)
class Sight:
    """What a person sees of one community; equal for all who see the same, so that answers can be shared.

    Parameters
    ----------
    buildings, issues, staff, figures
        Within which grids these are seen.
    tables, picture
        Whether tables and the map's picture may be taken along.
    persons, care
        Within which grids it may be opened who an issue is from, and a household in need.
    """

    buildings: Reach
    issues: Reach
    staff: Reach
    figures: Reach
    tables: bool
    picture: bool
    persons: Reach = _NOTHING
    care: Reach = _NOTHING

    @classmethod
    def of(cls, actor: Actor, community: model.Community) -> Sight:
        """Work out what ``actor`` sees of ``community``.

        Raises
        ------
        errors.Forbidden
            If they may not even see its map.
        """
        access.demand(actor, Action.SEE_MAP, street_id=community.street_id, community_id=community.id)
        return cls(
            buildings=_reach(actor, Action.SEE_BUILDINGS, community),
            issues=_reach(actor, Action.SEE_ISSUES, community),
            staff=_reach(actor, Action.SEE_STAFF, community),
            figures=_reach(actor, Action.SEE_FIGURES, community),
            tables=_reach(actor, Action.DOWNLOAD_TABLES, community) != _NOTHING,
            picture=_reach(actor, Action.DOWNLOAD_PICTURE, community) != _NOTHING,
            persons=_reach(actor, Action.SEE_PERSONS, community),
            care=_reach(actor, Action.SEE_CARE, community),
        )

    def layer(self, name: str) -> bool:
        """Whether a layer of the map is shown; planned walks are staff's whereabouts."""
        if name == "issues":
            return self.issues != _NOTHING
        return name not in ("walks", "stops") or self.staff != _NOTHING

    def table(self, name: str) -> bool:
        """Whether a table is shown."""
        shown = {
            "points": True,
            "issues": self.issues != _NOTHING,
            "walks": self.layer("walks"),
            "grids": self.figures != _NOTHING,
            "compounds": self.figures != _NOTHING,
        }
        return shown.get(name, self.buildings != _NOTHING)

    def rows(self, name: str) -> Reach:
        """Return the grids within which rows of a table are shown; None for the whole community."""
        reach = {
            "points": None,
            "issues": self.issues,
            "walks": self.staff,
            "grids": self.figures,
            "compounds": self.figures,
        }
        return reach.get(name, self.buildings)

    def building(self, grid_id: int | None) -> bool:
        """Whether more of a building in this grid is told than the map shows."""
        return self.buildings is None or grid_id in self.buildings

    def colleague(self, grid_id: int | None) -> bool:
        """Whether it is told who of the staff does something in this grid."""
        return self.staff is None or grid_id in self.staff

    def person(self, grid_id: int | None) -> bool:
        """Whether it may be opened who an issue in this grid is from."""
        return self.persons is None or grid_id in self.persons


EVERYTHING = Sight(
    buildings=None, issues=None, staff=None, figures=None, tables=True, picture=True, persons=None, care=None
)
"""What whoever has the store itself sees: the command line."""


def few(*numbers: int) -> bool:
    """Whether one of the numbers is too small to be told to those who do not see what is counted."""
    return any(0 < number < FEWEST for number in numbers)


def sees(actor: Actor, community: model.Community) -> bool:
    """Whether ``actor`` may see the map of ``community``."""
    return access.decide(actor, Action.SEE_MAP, street_id=community.street_id, community_id=community.id).allowed


def masked(data: CommunityData, seen: Sight) -> CommunityData:
    """Return the community without the rows that are not to be seen; ``data`` itself where all are.

    Of households in need that may not be opened, only numbers of ``FEWEST`` in a building and more are left.
    """
    if seen.issues is None and seen.staff is None and seen.care is None:
        return data
    care, counts = _care(data, seen)
    helps = data.helps[data.helps["care_household_id"].isin(care.index)]
    data = replace(data, care=care, care_counts=counts, helps=helps, stops=_stops(data, seen), part=_named(seen))
    if seen.issues is not None:
        data = _issues(data, seen.issues)
    data = replace(data, staff=_staff(data, seen.staff))
    if seen.layer("walks"):
        return data
    return replace(data, walks=data.walks.iloc[:0], stops=data.stops.iloc[:0], walkers=data.walkers.iloc[:0])


def _named(seen: Sight) -> str:
    """Return what tells parts of a community from one another: whose issues and staff are in them."""
    told = [None if reach is None else sorted(reach) for reach in (seen.issues, seen.staff)]
    return hashlib.sha256(str(told).encode()).hexdigest()[:8]


def _issues(data: CommunityData, grids: frozenset[int]) -> CommunityData:
    """Return the community with the issues in some grids only, and what hangs on those."""
    issues = data.issues[data.issues["grid_id"].isin(grids)]
    doubles = data.doubles[data.doubles["grid_id"].isin(grids)]
    known = issues.index.union(doubles.index)

    def hanging(frame: pd.DataFrame) -> pd.DataFrame:
        return frame[frame["issue_id"].isin(known)]

    links = hanging(data.links)
    return replace(
        data,
        issues=issues,
        doubles=doubles,
        events=hanging(data.events),
        voices=hanging(data.voices),
        calls=hanging(data.calls),
        links=links[links["other_id"].isin(known)],
        photos=hanging(data.photos),
    )


def _staff(data: CommunityData, reach: Reach) -> pd.DataFrame:
    """Return the staff that work within ``reach``: its leaders, who walks there, who is in a team there."""
    if reach is None:
        return data.staff
    if not reach:
        return data.staff.iloc[:0]
    grids = data.grids.loc[data.grids.index.isin(reach)]
    points = data.points.index[data.points.index.isin(data.points.sjoin(grids[["geom"]], predicate="intersects").index)]
    walks = data.walks.index[data.walks["grid_id"].isin(reach)]
    known = pd.concat(
        [
            grids["leader_id"],
            data.walkers.loc[data.walkers["walk_id"].isin(walks), "staff_id"],
            data.team.loc[data.team["service_point_id"].isin(points), "staff_id"],
        ]
    )
    return data.staff[data.staff.index.isin(known.dropna())]


def _care(data: CommunityData, seen: Sight) -> tuple[pd.DataFrame, pd.Series]:
    grid_of = data.buildings["grid_id"]
    opened = data.care["building_id"].map(grid_of).isin(seen.care) if seen.care is not None else data.care.index >= 0
    counts = data.care_counts
    told = counts.index.isin(grid_of.index if seen.buildings is None else grid_of.index[grid_of.isin(seen.buildings)])
    return data.care[opened], counts[told & (counts >= FEWEST)]


def _stops(data: CommunityData, seen: Sight) -> gpd.GeoDataFrame:
    """Return the stops, without what they tell of households in need where those may not be opened."""
    if seen.care is None or data.stops.empty:
        return data.stops
    opened = data.stops["building_id"].map(data.buildings["grid_id"]).isin(seen.care)
    why = data.stops["why"].where(opened, data.stops["why"].map(walk_reasons.for_all))
    return data.stops.assign(why=why.astype("str"))


def within(filters: Filters, reach: Reach, data: CommunityData) -> Filters | None:
    """Return the filters narrowed to the grids of ``reach``; None where nothing is left to show."""
    if reach is None:
        return filters
    own = tuple(data.grids.loc[data.grids.index.isin(reach), "letter"])
    left = tuple(letter for letter in filters.letters if letter in own) if filters.letters else own
    return replace(filters, letters=left) if left else None


def _reach(actor: Actor, action: Action, community: model.Community) -> Reach:
    where = {"street_id": community.street_id, "community_id": community.id}
    if access.decide(actor, action, **where).allowed:
        return None
    return frozenset(grid for grid in actor.grid_ids if access.decide(actor, action, grid_id=grid, **where).allowed)
