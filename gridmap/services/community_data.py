"""All of a community that the overview shows, read in one go."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

import geopandas as gpd
import pandas as pd

from gridmap import crs, model, privacy
from gridmap.services import issue_catalogue
from gridmap.services.issue_catalogue import Catalogues, Categories, Departments
from gridmap.store import Store, tables

# What people write as they like, where it may name a person or a number.
_FREE_TEXT: Mapping[type[model.Owned], tuple[str, ...]] = {
    model.Issue: ("text", "address", "handler", "handling", "callback", "note", "struck_out"),
    model.Stop: ("reason", "note"),
    model.ServicePoint: ("host", "terms"),
    model.ResidentGroup: ("note",),
    model.Staff: ("duties",),
    model.IssueEvent: ("note",),
    model.IssueVoice: ("text",),
    model.IssueCall: ("answer",),
    model.Photo: ("caption",),
    model.VisitWish: ("note",),
}
_TELLS_OF_ISSUES = (model.Issue, model.IssueEvent, model.IssueVoice, model.IssueCall)
_DIGESTS = ("identity_digest", "caller_digest")
_NOWHERE = "EPSG:4545"  # where nothing has a place, nothing is measured


@dataclass(frozen=True, kw_only=True, eq=False)
class CommunityData:
    """A community's rows at one revision of one edition of the store, as frames indexed by id in WGS 84.

    ``buildings`` have the columns ``grid_id``, ``letter`` and ``grid`` (its name) of the grid valid on ``day``, and
    ``compound`` (its name). Nothing here may be changed: sessions share it, so it names no person. What is sealed is
    not here, and free text is masked; ``issues`` have the columns ``has_contact`` (somebody to call is kept) and
    ``hidden`` (something in the text or a note is masked). ``care`` are the households in need by ``building_id``,
    ``unit``, ``need`` and ``interval_days``, ``care_counts`` how many there are in a building. ``team`` are the roles
    at service points, ``events`` the moves of issues, ``walkers`` who goes on a walk, ``visit_wishes`` what people have
    said about visits to come.

    Issues and walks that belong to a grid of another division have the ``grid_id`` of the one that goes on from it.

    Doubles that were folded into another issue are in ``doubles`` and not in ``issues``. ``voices``, ``calls``,
    ``links`` and ``photos`` are what hangs on issues. ``catalogues`` are what it handles issues by.
    """

    community: model.Community
    revision: int
    edition: str
    day: dt.date
    buildings: gpd.GeoDataFrame
    compounds: gpd.GeoDataFrame
    gates: gpd.GeoDataFrame
    grids: gpd.GeoDataFrame
    grids_proposed: bool
    paths: gpd.GeoDataFrame
    ground: gpd.GeoDataFrame
    points: gpd.GeoDataFrame
    team: pd.DataFrame
    groups: pd.DataFrame
    issues: gpd.GeoDataFrame
    doubles: gpd.GeoDataFrame
    events: pd.DataFrame
    voices: pd.DataFrame
    calls: pd.DataFrame
    links: pd.DataFrame
    photos: pd.DataFrame
    walks: gpd.GeoDataFrame
    walkers: pd.DataFrame
    stops: gpd.GeoDataFrame
    visit_wishes: pd.DataFrame
    staff: pd.DataFrame
    care: pd.DataFrame
    care_counts: pd.Series
    catalogues: Catalogues

    @cached_property
    def buildings_m(self) -> gpd.GeoDataFrame:
        """The buildings in a CRS in metres that fits the place."""
        for frame in (self.buildings, self.boundary, self.points, self.compounds):
            if not frame.geometry.is_empty.all():
                return self.buildings.to_crs(crs.metric_crs(frame))
        return self.buildings.to_crs(_NOWHERE)

    @cached_property
    def points_m(self) -> gpd.GeoDataFrame:
        """The service points in the CRS of ``buildings_m``."""
        return self.points.to_crs(self.buildings_m.crs)

    @property
    def categories(self) -> Categories:
        """The categories of issues, as this community has them."""
        return self.catalogues.categories

    @property
    def departments(self) -> Departments:
        """Whom this community whistles for."""
        return self.catalogues.departments

    @property
    def boundary(self) -> gpd.GeoDataFrame:
        """The community's boundary as a frame of one row, or none where it is not known."""
        known = [] if self.community.geom.is_empty else [self.community.geom]
        return gpd.GeoDataFrame(
            {"geom": known}, geometry="geom", crs="EPSG:4326", index=pd.RangeIndex(1, len(known) + 1)
        )


def read(store: Store, community_id: int, *, day: dt.date) -> CommunityData:
    """Read a community as it stands; grids are those valid on ``day``.

    Raises
    ------
    NotFound
        If there is no such community.
    """
    edition, revision = store.edition(), store.revision(community_id)
    community = store.community(community_id)
    version = _version_on(store.frame(model.GridVersion, community_id), day)
    every_grid = grids = store.frame(model.Grid, community_id)
    members = store.frame(model.GridBuilding, community_id)
    if version is not None:
        grids = grids[grids["version_id"] == version.name]
        members = members[members["version_id"] == version.name]
    compounds = store.frame(model.Compound, community_id)
    care = _present(_without_persons(store, model.CareHousehold, community_id), day)
    issues = _without_persons(store, model.Issue, community_id)
    events = _without_persons(store, model.IssueEvent, community_id)
    voices = _without_persons(store, model.IssueVoice, community_id)
    calls = _without_persons(store, model.IssueCall, community_id)
    noted = pd.concat([told.loc[told["hidden"], "issue_id"] for told in (events, voices, calls)])
    issues = issues.assign(hidden=issues["hidden"] | issues.index.isin(noted))
    issues = _in_present_grids(issues, every_grid, grids, members)
    folded = issues["merged_into_id"].notna()
    buildings = _with_places(store.frame(model.Building, community_id), grids, members, compounds)
    return CommunityData(
        community=community,
        revision=revision,
        edition=edition,
        day=day,
        buildings=buildings,
        compounds=compounds,
        gates=store.frame(model.Gate, community_id),
        grids=grids,
        grids_proposed=version is not None and bool(version["proposed"]),
        paths=store.frame(model.Path, community_id),
        ground=store.frame(model.Ground, community_id),
        points=_without_persons(store, model.ServicePoint, community_id),
        team=store.frame(model.TeamMember, community_id),
        groups=_without_persons(store, model.ResidentGroup, community_id),
        issues=issues[~folded],
        doubles=issues[folded],
        events=events,
        voices=voices,
        calls=calls,
        links=store.frame(model.IssueLink, community_id),
        photos=_without_persons(store, model.Photo, community_id),
        walks=_in_present_grids(store.frame(model.Walk, community_id), every_grid, grids, members),
        walkers=store.frame(model.Walker, community_id),
        stops=_without_persons(store, model.Stop, community_id),
        visit_wishes=_without_persons(store, model.VisitWish, community_id),
        staff=_without_persons(store, model.Staff, community_id),
        care=care,
        care_counts=care.groupby("building_id").size(),
        catalogues=issue_catalogue.read(store, community_id),
    )


def today(time_zone: str) -> dt.date:
    """Return the day it is in ``time_zone``."""
    return dt.datetime.now(ZoneInfo(time_zone)).date()


def _without_persons(store: Store, cls: type[model.Owned], community_id: int) -> Any:
    """Return rows without what is sealed, and with what their free text says of persons masked."""
    frame = store.frame(cls, community_id)
    more: dict[str, pd.Series] = {}
    for column in _FREE_TEXT.get(cls, ()):
        # Much of it is written again and again.
        masked = {text: privacy.mask_text(text) for text in frame[column].unique()}
        more[column] = frame[column].map(masked).astype("str")
    if cls in _TELLS_OF_ISSUES:
        differs = [more[column] != frame[column] for column in _FREE_TEXT[cls]]
        more["hidden"] = pd.concat(differs, axis=1).any(axis=1)
    if cls is model.Issue:
        more["has_contact"] = (frame["contact_name"] != "") | (frame["contact_phone"] != "")
    secret = [column.name for column in tables.sealed(tables.of()[cls])]
    return frame.assign(**more).drop(columns=[*secret, *_DIGESTS], errors="ignore")


def _in_present_grids(rows: Any, every: pd.DataFrame, present: pd.DataFrame, members: pd.DataFrame) -> Any:
    """Let what belongs to a grid of another division be found in the one of today that goes on from it.

    What is kept still names the grid it belonged to. A grid goes on under its code; where none does, the building says
    where a row is found.
    """
    other = rows["grid_id"].notna() & ~rows["grid_id"].isin(present.index)
    if not other.any():
        return rows
    away = rows.loc[other]
    number = {code: grid for grid, code in present["code"].items()}
    found = away["grid_id"].map(every["code"]).map(number).astype("Int64")
    if "building_id" in rows.columns:
        found = found.fillna(away["building_id"].map(members.set_index("building_id")["grid_id"]).astype("Int64"))
    return rows.assign(grid_id=rows["grid_id"].where(~other, found.reindex(rows.index)).fillna(rows["grid_id"]))


def _present(care: pd.DataFrame, day: dt.date) -> pd.DataFrame:
    going_on = care["ended_on"].isna() | (care["ended_on"] > day)
    return care.loc[going_on, ["building_id", "unit", "need", "interval_days"]]


def _version_on(versions: pd.DataFrame, day: dt.date) -> pd.Series | None:
    valid = versions[(versions["valid_from"] <= day) & (versions["valid_to"].isna() | (versions["valid_to"] > day))]
    return None if valid.empty else valid.sort_values("valid_from", kind="stable").iloc[-1]


def _with_places(
    buildings: gpd.GeoDataFrame, grids: gpd.GeoDataFrame, members: pd.DataFrame, compounds: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    grid_of = members.set_index("building_id")["grid_id"]
    grid_id = buildings.index.to_series().map(grid_of)
    return buildings.assign(
        grid_id=grid_id.astype("Int64"),
        grid=named(grid_id, grids["name"]),
        letter=named(grid_id, grids["letter"]),
        compound=named(buildings["compound_id"], compounds["name"]),
    )


def named(ids: pd.Series, names: pd.Series) -> pd.Series:
    """Return the name of each id, and no words where there is none."""
    known = names.to_dict()
    told = ["" if pd.isna(i) else known.get(i, "") for i in ids]
    return pd.Series(told, index=ids.index, dtype="str")
