"""All of a community that the overview shows, read in one go."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

import geopandas as gpd
import pandas as pd

from gridmap import crs, model, privacy
from gridmap.service_kinds import ServiceKinds
from gridmap.services import issue_catalogue
from gridmap.services.issue_catalogue import Catalogues, Categories, Departments
from gridmap.store import Store, tables

# What people write as they like, where it may name a person or a number.
_FREE_TEXT: Mapping[type[model.Owned], tuple[str, ...]] = {
    model.Issue: ("text", "address", "handler", "handling", "callback", "note", "struck_out"),
    model.Stop: ("reason", "note", "handling"),
    model.ServicePoint: ("host", "terms"),
    model.ResidentGroup: ("note",),
    model.Staff: ("duties",),
    model.IssueEvent: ("note",),
    model.IssueVoice: ("text",),
    model.IssueCall: ("answer",),
    model.Photo: ("caption",),
    model.VisitWish: ("note",),
    model.CareHelp: ("note",),
    model.Premises: ("host", "note"),
    model.DeskMatter: ("papers", "note"),
}
_TELLS_OF_ISSUES = (model.Issue, model.IssueEvent, model.IssueVoice, model.IssueCall)
_DIGESTS = ("identity_digest", "caller_digest")
PLACES = (model.Building, model.GridVersion, model.Grid, model.GridBuilding, model.Compound)
"""What ``buildings`` of `CommunityData` are made of."""
_GRIDS = (model.GridVersion, model.Grid, model.GridBuilding)
_NOWHERE = "EPSG:4545"  # where nothing has a place, nothing is measured


@dataclass(frozen=True, kw_only=True, eq=False)
class CommunityData:
    """A community's rows at one revision of one edition of the store, as frames indexed by id in WGS 84.

    ``buildings`` have the columns ``grid_id``, ``letter`` and ``grid`` (its name) of the grid valid on ``day``, and
    ``compound`` (its name). Nothing here may be changed: sessions share it, so it names no person. What is sealed is
    not here, and free text is masked; ``issues`` have the columns ``has_contact`` (somebody to call is kept) and
    ``hidden`` (something in the text or a note is masked). ``care`` are the households in need by ``building_id``,
    ``unit``, ``need`` and ``interval_days``, ``care_counts`` how many there are in a building, ``helps``
    the help they were given. ``team`` are the roles
    at service points, ``team_buildings`` who of them looks after which building, ``events`` the moves of issues,
    ``walkers`` who goes on a walk, ``visit_wishes`` what people have said about visits to come.

    Issues and walks that belong to a grid of another division have the ``grid_id`` of the one that goes on from it.

    Doubles that were folded into another issue are in ``doubles`` and not in ``issues``. ``voices``, ``calls``,
    ``links`` and ``photos`` are what hangs on issues. ``catalogues`` are what it has changed itself.

    ``rows`` are the rows by class as they were read, from which the next reading goes on; ``since`` is the revision
    at which each class was last found to have changed. ``part`` names the part of it that somebody sees, "" the whole.
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
    team_buildings: pd.DataFrame
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
    helps: pd.DataFrame
    premises: pd.DataFrame
    matters: pd.DataFrame
    catalogues: Catalogues
    rows: Mapping[type[model.Row], Any] = field(repr=False)
    since: Mapping[type[model.Row], int] = field(repr=False)
    part: str = ""

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
    def kinds(self) -> ServiceKinds:
        """The kinds of service points, as this community has them."""
        return self.catalogues.kinds

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


def read(store: Store, community_id: int, *, day: dt.date, before: CommunityData | None = None) -> CommunityData:
    """Read a community as it stands; grids are those valid on ``day``.

    Where it was read ``before`` on that day, only rows that have changed since are read again, and what has not
    changed is the same frame.

    Raises
    ------
    NotFound
        If there is no such community.
    """
    edition, revision = store.edition(), store.revision(community_id)
    community = store.community(community_id)
    if before is not None and (before.edition, before.day, before.community.id) != (edition, day, community_id):
        before = None
    rows = _Reading(store, community, revision, before)
    version = _version_on(rows.of(model.GridVersion), day)
    every_grid, members = rows.of(model.Grid), rows.of(model.GridBuilding)
    grids = every_grid
    if version is not None:
        grids = grids[grids["version_id"] == version.name]
        members = members[members["version_id"] == version.name]
    compounds, houses = rows.of(model.Compound), rows.of(model.Building)
    care = _present(rows.of(model.CareHousehold), day)
    told = (model.IssueEvent, model.IssueVoice, model.IssueCall)
    every, (events, voices, calls) = rows.of(model.Issue), (rows.of(cls) for cls in told)
    if before is not None and rows.same(model.Issue, *told, *_GRIDS):
        issues, doubles = before.issues, before.doubles
    else:
        noted = pd.concat([one.loc[one["hidden"], "issue_id"] for one in (events, voices, calls)])
        every = every.assign(hidden=every["hidden"] | every.index.isin(noted))
        every = _in_present_grids(every, every_grid, grids, members)
        folded = every["merged_into_id"].notna()
        issues, doubles = every[~folded], every[folded]
    if before is not None and rows.same(*PLACES):
        buildings = before.buildings
    else:
        buildings = _with_places(houses, grids, members, compounds)
    if before is not None and rows.same(model.Walk, *_GRIDS):
        walks = before.walks
    else:
        walks = _in_present_grids(rows.of(model.Walk), every_grid, grids, members)
    return CommunityData(
        community=community,
        revision=revision,
        edition=edition,
        day=day,
        buildings=buildings,
        compounds=compounds,
        gates=rows.of(model.Gate),
        grids=grids,
        grids_proposed=version is not None and bool(version["proposed"]),
        paths=rows.of(model.Path),
        ground=rows.of(model.Ground),
        points=rows.of(model.ServicePoint),
        team=rows.of(model.TeamMember),
        team_buildings=rows.of(model.TeamBuilding),
        groups=rows.of(model.ResidentGroup),
        issues=issues,
        doubles=doubles,
        events=events,
        voices=voices,
        calls=calls,
        links=rows.of(model.IssueLink),
        photos=rows.of(model.Photo),
        walks=walks,
        walkers=rows.of(model.Walker),
        stops=rows.of(model.Stop),
        visit_wishes=rows.of(model.VisitWish),
        staff=rows.of(model.Staff),
        care=care,
        care_counts=care.groupby("building_id").size(),
        helps=_of_households(rows.of(model.CareHelp), care),
        premises=rows.of(model.Premises),
        matters=rows.of(model.DeskMatter),
        catalogues=before.catalogues
        if before is not None and rows.same(model.CatalogueEntry)
        else issue_catalogue.of_frame(rows.of(model.CatalogueEntry)),
        rows=rows.frames,
        since=rows.since,
    )


class _Reading:
    """Reads the rows of a community by class: all of them, or what has changed since they were read before."""

    def __init__(self, store: Store, community: model.Community, revision: int, before: CommunityData | None) -> None:
        self._store, self._revision, self._before = store, revision, before
        self._community_id = int(community.id or 0)
        self.frames: dict[type[model.Row], Any] = {}
        as_it_was = before is not None and before.community.version == community.version
        told = before.since[model.Community] if before is not None and as_it_was else revision
        self.since: dict[type[model.Row], int] = {model.Community: told}

    def of(self, cls: type[model.Owned]) -> Any:
        """Return the rows of a class without what names persons."""
        if cls not in self.frames:
            known = None if self._before is None else self._before.rows[cls]
            found = self._read(cls, known)
            self.frames[cls] = found
            kept = self._before is not None and found is known
            self.since[cls] = self._before.since[cls] if self._before is not None and kept else self._revision
        return self.frames[cls]

    def same(self, *classes: type[model.Owned]) -> bool:
        """Whether none of these classes has changed since they were read before."""
        return self._before is not None and all(self.of(cls) is self._before.rows[cls] for cls in classes)

    def _read(self, cls: type[model.Owned], known: Any) -> Any:
        if known is None:
            return _without_persons(self._store.frame(cls, self._community_id), cls)
        changed = self._store.changed(cls, self._community_id, known["version"])
        if changed is None:
            return known
        fresh = _without_persons(changed.rows, cls)
        if not len(changed.stay):
            return fresh
        stay = known.loc[changed.stay]
        return pd.concat([stay, fresh]).sort_index() if len(fresh) else stay


def today(time_zone: str) -> dt.date:
    """Return the day it is in ``time_zone``."""
    return dt.datetime.now(ZoneInfo(time_zone)).date()


def _without_persons(frame: Any, cls: type[model.Owned]) -> Any:
    """Return rows without what is sealed, and with what their free text says of persons masked."""
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
    return care.loc[going_on, ["building_id", "unit", "need", "interval_days", "version"]]


def _of_households(helps: pd.DataFrame, care: pd.DataFrame) -> pd.DataFrame:
    return helps[helps["care_household_id"].isin(care.index)]


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
