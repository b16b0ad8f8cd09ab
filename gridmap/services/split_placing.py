"""To which part of a community each of its rows goes: a building where it was divided to, the rest after it.

Part 0 keeps the community's number. What follows nothing, and lies nowhere, stays there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from sqlalchemy.orm import Session

from gridmap import i18n, model
from gridmap.services import community_settings, grids
from gridmap.services.community_settings import CommunitySettings
from gridmap.store import changes, tables
from gridmap.store.parcel import Parcel

PLACE = "place"
# What a row follows, the surest first: another row, or where it lies.
_FOLLOWS: Mapping[type[model.Row], tuple[str, ...]] = {
    model.Compound: (PLACE,),
    model.Gate: ("compound_id", PLACE),
    model.Building: ("compound_id",),
    model.Path: (PLACE,),
    model.Ground: (PLACE,),
    model.ServicePoint: ("building_id", PLACE),
    model.Issue: ("building_id", PLACE, "compound_id", "grid_id"),
    model.Project: ("building_id", PLACE),
    model.Reception: (PLACE, "grid_id"),
    model.Walk: ("grid_id", PLACE),
    model.Stop: ("walk_id",),
    model.Staff: (),
    model.Grid: (PLACE,),
}
# Of other classes: what they cannot be without, then whatever they point at, in this order.
_USUAL = (
    *("issue_id", "walk_id", "service_point_id", "resident_group_id", "building_id", "compound_id", "grid_id"),
    "staff_id",
)
#: What each part has for itself: it stays, and every new part gets a copy.
COPIED: tuple[type[model.Owned], ...] = (model.Setting, model.CatalogueEntry, model.ImportProfile, model.DeskMatter)
#: What belongs to the community as a whole and stays with part 0.
WHOLE: tuple[type[model.Owned], ...] = (
    *COPIED,
    *(model.GridVersion, model.FundEntry, model.FundClosing, model.ImportRun, model.Scenario),
    *(model.CommunitySplit, model.Story),
)
# A path so near to another part is that part's, too.
_NEAR_M = 30.0
# A point serves both where this share of the households in its reach lives in another part.
_SERVES = 1 / 3
_FEW = 8


@dataclass(frozen=True, kw_only=True)
class Doubt:
    """Something a person should look at: key of its sentence (``split.doubt.<key>``) and its fields."""

    key: str
    fields: Mapping[str, Any] = field(default_factory=dict)

    def sentence(self, language: str) -> str:
        """Say it in ``language``."""
        told = {
            name: [*value[:_FEW], *(["…"] if len(value) > _FEW else [])] if isinstance(value, list) else value
            for name, value in self.fields.items()
        }
        return i18n.text(f"split.doubt.{self.key}", language, **told)


@dataclass(kw_only=True)
class Placing:
    """Where the rows of a community go.

    Parameters
    ----------
    rows
        The rows by the name of their table; index = id.
    part
        Part of each row, by table and id.
    beside
        Further parts that get a copy of a row, by table and id.
    doubts
        What a person should look at.
    """

    rows: dict[str, Any] = field(default_factory=dict)
    part: dict[str, dict[int, int]] = field(default_factory=dict)
    beside: dict[str, dict[int, set[int]]] = field(default_factory=dict)
    doubts: list[Doubt] = field(default_factory=list)

    def of(self, cls: type[model.Row]) -> dict[int, int]:
        """Return the part of each row of a class."""
        return self.part[tables.name(cls)]

    def frame(self, cls: type[model.Row]) -> Any:
        """Return the rows of a class."""
        return self.rows[tables.name(cls)]

    def doubt(self, key: str, names: Iterable[Any], **more: Any) -> None:
        """Note what is doubtful, if anything is."""
        named = [str(name) for name in names]
        if named:
            self.doubts.append(Doubt(key=key, fields={"n": len(named), "names": named, **more}))


def place(
    session: Session, community_id: int, division: pd.Series, tiles: gpd.GeoSeries, staff: Mapping[int, int]
) -> Placing:
    """Say where every row of a community goes.

    Parameters
    ----------
    session
        The change under way.
    community_id
        The community.
    division
        Part of each building that has a place.
    tiles
        Ground of each part, in metres; index = part.
    staff
        Part of members of staff where a person said so.
    """
    made = Placing()
    owned = [cls for cls, table in tables.of().items() if tables.owner(table) == "community_id" and _is_moved(cls)]
    for cls in owned:
        made.rows[tables.name(cls)] = changes.frame(session, cls, community_id)
    made.part["building"] = dict(zip(division.index.tolist(), division.astype(int).tolist(), strict=True))
    _compounds(made, tiles)
    for cls in owned:
        name = tables.name(cls)
        if cls in (model.Compound, model.Staff, model.GridBuilding, model.BinEntry):
            continue
        if cls is model.Grid:
            _grids(made, tiles)
            _staff(made, session, community_id, staff)
            continue
        made.part[name] = _following(made, cls, tiles)
    _members(made)
    _copies(made, tiles)
    _binned(made)
    _told(made)
    _serving_both(made, community_settings.within(session, community_id), tiles)
    return made


def _is_moved(cls: type[model.Row]) -> bool:
    return cls not in tables.APPEND_ONLY and issubclass(cls, model.Owned)


def _following(made: Placing, cls: type[model.Row], tiles: gpd.GeoSeries) -> dict[int, int]:
    frame = made.frame(cls)
    found = pd.Series(np.nan, index=frame.index)
    known = made.part.get(tables.name(cls), {})
    if known:
        found = frame.index.to_series().map(known).astype(float)
    for source in _FOLLOWS.get(cls, () if cls in WHOLE else (*_parents(cls), *_USUAL)):
        if not found.isna().any():
            break
        if source == PLACE:
            found = found.fillna(nearest(gpd.GeoSeries(frame["geom"], crs="EPSG:4326"), tiles))
        elif source in frame.columns:
            target = made.part.get(_target(cls, source), {})
            found = found.fillna(frame[source].map(target, na_action="ignore").astype(float))
    return dict(zip(found.index.tolist(), found.fillna(0).astype(int).tolist(), strict=True))


def _parents(cls: type[model.Row]) -> list[str]:
    """Return the columns without which a row of a class cannot be: a duty is where its rota is."""
    columns = tables.of()[cls].c
    return [one.name for one in columns if one.foreign_keys and not one.nullable and one.name != "community_id"]


def _target(cls: type[model.Row], column: str) -> str:
    table = tables.of()[cls]
    (key,) = table.c[column].foreign_keys
    return key.column.table.name


def nearest(shapes: gpd.GeoSeries, tiles: gpd.GeoSeries) -> Any:
    """Return the part in which most of each shape lies, or the nearest; missing for what has no place."""
    found = pd.Series(np.nan, index=shapes.index)
    there = shapes[~(shapes.is_empty | shapes.isna())].to_crs(tiles.crs)
    if there.empty:
        return found
    away = np.column_stack([there.distance(tile).to_numpy() for tile in tiles])
    shared = shapely.intersection(there.to_numpy()[:, np.newaxis], tiles.to_numpy()[np.newaxis, :])
    size = np.where(shapely.area(shared) > 0, shapely.area(shared), shapely.length(shared))
    best = np.where(size.max(axis=1) > 0, size.argmax(axis=1), away.argmin(axis=1))
    found.loc[there.index] = tiles.index.to_numpy()[best]
    return found


def _compounds(made: Placing, tiles: gpd.GeoSeries) -> None:
    """Put a compound where most of its households are; one that is cut gets a copy in the other part."""
    buildings, compounds = made.frame(model.Building), made.frame(model.Compound)
    told = buildings.assign(part=buildings.index.map(made.of(model.Building))).dropna(subset=["compound_id", "part"])
    table = _by_part(told.assign(weight=told["households"] + 1e-3), "compound_id")
    placed = {int(one): int(row.idxmax()) for one, row in table.iterrows()}
    alone = [one for one in compounds.index if one not in placed]
    lies = nearest(gpd.GeoSeries(compounds["geom"], crs="EPSG:4326").loc[alone], tiles).fillna(0)
    made.part["compound"] = {**placed, **{int(one): int(part) for one, part in lies.items()}}
    cut = {
        int(one): {int(part) for part in row.index[row > 0]} - {placed[int(one)]}
        for one, row in table.iterrows()
        if (row > 0).sum() > 1
    }
    made.beside["compound"] = cut
    made.doubt("compound_cut", (compounds.at[one, "name"] for one in cut))


def _by_part(told: Any, column: str) -> Any:
    """Return the sum of ``weight`` by what a column points at and by part."""
    return told.pivot_table(index=column, columns="part", values="weight", aggfunc="sum", fill_value=0)


def _grids(made: Placing, tiles: gpd.GeoSeries) -> None:
    """Put a grid where most of its buildings are; it gets a copy in every other part that has buildings of it."""
    frame, members = made.frame(model.Grid), made.frame(model.GridBuilding)
    told = members.assign(part=members["building_id"].map(_following_buildings(made))).dropna(subset=["part"])
    table = _by_part(told.assign(weight=1), "grid_id")
    placed = {int(one): int(row.idxmax()) for one, row in table.iterrows()}
    alone = [one for one in frame.index if one not in placed]
    lies = nearest(gpd.GeoSeries(frame["geom"], crs="EPSG:4326").loc[alone], tiles).fillna(0)
    made.part["grid"] = {**placed, **{int(one): int(part) for one, part in lies.items()}}
    made.beside["grid"] = {
        int(one): {int(part) for part in row.index[row > 0]} - {placed[int(one)]} for one, row in table.iterrows()
    }


def _following_buildings(made: Placing) -> dict[int, int]:
    """Return the part of each building, of those without a place as well."""
    buildings = made.frame(model.Building)
    known = made.of(model.Building)
    homes = buildings["compound_id"].map(made.of(model.Compound), na_action="ignore").fillna(0)
    return {int(one): known.get(int(one), int(homes[one])) for one in buildings.index}


def _staff(made: Placing, session: Session, community_id: int, told: Mapping[int, int]) -> None:
    """Put whoever leads grids where most of those households are; the others stay."""
    staff, drawn, members = (made.frame(cls) for cls in (model.Staff, model.Grid, model.GridBuilding))
    version = grids.current_version(session, community_id)
    led = drawn[(drawn["version_id"] == (0 if version is None else version.id)) & drawn["leader_id"].notna()]
    households = members["building_id"].map(made.frame(model.Building)["households"]).fillna(0) + 1e-3
    weighed = members.assign(
        weight=households,
        leader=members["grid_id"].map(led["leader_id"]),
        part=members["building_id"].map(_following_buildings(made)),
    ).dropna(subset=["leader"])
    table = _by_part(weighed, "leader")
    found = {int(one): int(row.idxmax()) for one, row in table.iterrows()}
    both = [int(one) for one, row in table.iterrows() if (row > 0).sum() > 1 and int(one) not in told]
    made.part["staff"] = {int(one): told.get(int(one), found.get(int(one), 0)) for one in staff.index}
    active = staff[staff["active"]]
    idle = [one for one in active.index if int(one) not in found and int(one) not in told]
    made.doubt("staff_both", (staff.at[one, "name"] for one in both if one in staff.index))
    made.doubt("staff_stays", (staff.at[one, "name"] for one in idle))
    pairs = active[active["partner_id"].notna()]
    part = made.part["staff"]
    apart = [one for one in pairs.index if part[int(one)] != part.get(int(pairs.at[one, "partner_id"]), part[int(one)])]
    made.doubt("pair_apart", (staff.at[one, "name"] for one in apart))


def _members(made: Placing) -> None:
    """Let rows that say which building is in which grid follow the building, and walks most of their stops."""
    members = made.frame(model.GridBuilding)
    made.part["grid_building"] = {
        int(one): made.of(model.Building)[int(building)] for one, building in members["building_id"].items()
    }
    stops = made.frame(model.Stop)
    if stops.empty:
        return
    at = stops["building_id"].map(made.of(model.Building), na_action="ignore")
    table = _by_part(stops.assign(part=at, weight=1).dropna(subset=["part"]), "walk_id")
    made.part["walk"] |= {int(one): int(row.idxmax()) for one, row in table.iterrows()}
    for name in ("stop", "walker"):
        made.part[name] = {int(one): made.part["walk"][int(walk)] for one, walk in made.rows[name]["walk_id"].items()}
    both = [one for one, row in table.iterrows() if (row > 0).sum() > 1]
    days = made.frame(model.Walk)["day"]
    made.doubt("walk_both", (days[one] for one in both))


def _copies(made: Placing, tiles: gpd.GeoSeries) -> None:
    """Give a path, or ground, that reaches into another part, or lies at its edge, to that part as well."""
    for cls, near_m in ((model.Path, _NEAR_M), (model.Ground, 0.0)):
        frame = made.frame(cls)
        shapes = gpd.GeoSeries(frame["geom"], crs="EPSG:4326")
        flat = shapes[~shapes.is_empty].to_crs(tiles.crs)
        part = made.of(cls)
        found: dict[int, set[int]] = {}
        for number, tile in tiles.items():
            for one in flat.index[flat.dwithin(tile, near_m)]:
                if part[int(one)] != number:
                    found.setdefault(int(one), set()).add(int(number))
        made.beside[tables.name(cls)] = found


def _binned(made: Placing) -> None:
    """Put what lies in the bin where its head would go."""
    frame = made.frame(model.BinEntry)
    made.part["bin_entry"] = {}
    for number, content in frame["content"].items():
        values = Parcel.from_json(content).head.values  # noqa: PD011 (no frame)
        tied = [
            made.part[column.removesuffix("_id")].get(int(values[column]), 0)
            for column in ("building_id", "service_point_id", "compound_id", "issue_id")
            if values.get(column) is not None
        ]
        made.part["bin_entry"][int(number)] = tied[0] if tied else 0


def _told(made: Placing) -> None:
    """Name what stays only because nothing says where it belongs, and what is tied to something in another part."""
    for cls, key, column in (
        (model.Issue, "issue_nowhere", "code"),
        (model.ServicePoint, "point_nowhere", "name"),
        (model.Project, "project_nowhere", "name"),
    ):
        frame = made.frame(cls)
        places = gpd.GeoSeries(frame["geom"], crs="EPSG:4326").is_empty
        rest = places & frame["building_id"].isna()
        if "compound_id" in frame.columns:
            rest &= frame["compound_id"].isna()
        made.doubt(key, frame.loc[rest, column])
    groups = made.frame(model.ResidentGroup)
    made.doubt("group_nowhere", groups.loc[groups["service_point_id"].isna(), "name"])
    issues, links = made.frame(model.Issue), made.frame(model.IssueLink)
    part = made.of(model.Issue)
    ties = [(int(one), int(other)) for one, other in zip(links["issue_id"], links["other_id"], strict=True)]
    for column in ("parent_id", "merged_into_id"):
        tied = issues[column].dropna()
        ties += [(int(one), int(other)) for one, other in tied.items()]
    made.doubt("issues_tied", sorted({issues.at[a, "code"] for a, b in ties if part.get(a) != part.get(b)}))
    staff = made.of(model.Staff)
    held = issues[issues["closed_at"].isna() & issues["assignee_id"].notna()]
    apart = [one for one in held.index if staff.get(int(held.at[one, "assignee_id"])) != part[int(one)]]
    made.doubt("issue_hands", (issues.at[one, "code"] for one in apart))
    team, points = made.frame(model.TeamMember), made.frame(model.ServicePoint)
    crossing = team[team["staff_id"].notna()]
    away = {
        int(point)
        for point, one in zip(crossing["service_point_id"], crossing["staff_id"], strict=True)
        if staff.get(int(one)) != made.of(model.ServicePoint)[int(point)]
    }
    made.doubt("team_apart", (points.at[one, "name"] for one in sorted(away)))
    made.doubt("rotas_stay", made.frame(model.WeekRota)["week"].sort_values(ascending=False))
    made.doubt("fund_stays", [len(made.frame(model.FundEntry))] if len(made.frame(model.FundEntry)) else [])


def _serving_both(made: Placing, chosen: CommunitySettings, tiles: gpd.GeoSeries) -> None:
    """Name points, and the groups behind them, in whose reach many households of another part live."""
    points, buildings, groups = (made.frame(cls) for cls in (model.ServicePoint, model.Building, model.ResidentGroup))
    there = points[~gpd.GeoSeries(points["geom"], crs="EPSG:4326").is_empty]
    homes = gpd.GeoSeries(buildings["geom"], crs="EPSG:4326")
    homes = homes[~homes.is_empty].to_crs(tiles.crs)
    at = gpd.GeoSeries(there["geom"], crs="EPSG:4326").to_crs(tiles.crs)
    part, households = homes.index.map(made.of(model.Building)).to_numpy(), buildings.loc[homes.index, "households"]
    both = []
    for one, spot in at.items():
        near = homes.dwithin(spot, chosen.radius_m(str(there.at[one, "kind"]))).to_numpy()
        served = households.to_numpy()[near]
        away = served[part[near] != made.of(model.ServicePoint)[int(one)]].sum()
        if served.sum() > 0 and away >= _SERVES * served.sum():
            both.append(one)
    made.doubt("point_both", (points.at[one, "name"] for one in both))
    made.doubt("group_both", groups.loc[groups["service_point_id"].isin(both), "name"])
