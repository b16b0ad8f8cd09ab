"""A community that has grown too large becomes two or more: proposed, rehearsed, done in one transaction, undone."""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import geopandas as gpd
import pandas as pd
import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridmap import access, catalogues, i18n, model
from gridmap.access import Action, Actor
from gridmap.errors import InputError
from gridmap.exchange import fields
from gridmap.services import (
    audit,
    communities,
    community_settings,
    grid_proposals,
    grids,
    siting_plan,
    split_moving,
    split_placing,
)
from gridmap.services.community_data import CommunityData
from gridmap.services.grid_proposals import Plan, Proposal, Wish
from gridmap.services.split_placing import Doubt
from gridmap.store import Store, changes, tables

#: A neighbourhood station is for about so many households.
STATION_HOUSEHOLDS = siting_plan.ROOM
_NUMERALS = "一二三四五六七八九"


@dataclass(frozen=True, kw_only=True)
class Part:
    """A part of a community as it would stand.

    Parameters
    ----------
    name
        What it would be called.
    households, need, issues, buildings
        What it would carry; issues are those that are open.
    load
        What the division is balanced by.
    stations, stations_wanted
        Neighbourhood stations that lie in it, and how many its households ask for.
    """

    name: str
    households: int
    need: int
    issues: int
    buildings: int
    load: float
    stations: int
    stations_wanted: int


@dataclass(frozen=True, kw_only=True)
class SplitReport:
    """What splitting a community does, or did.

    Parameters
    ----------
    number
        Number of the split by which it is undone; None where it was only rehearsed.
    names
        What the parts are called; the first keeps the community's number.
    ids
        Numbers of the parts' communities; None where it was only rehearsed.
    rows
        How many rows of each table go to each part, by the table's name.
    copied
        How many rows are in more than one part afterwards, since each needs them.
    accounts
        How many accounts go to each part.
    doubts
        What a person should look at.
    """

    number: int | None
    names: tuple[str, ...]
    ids: tuple[int, ...] | None
    rows: Mapping[str, tuple[int, ...]]
    copied: Mapping[str, int]
    accounts: tuple[int, ...]
    doubts: tuple[Doubt, ...]


@dataclass(frozen=True, kw_only=True)
class Order:
    """How a community is to be split.

    Parameters
    ----------
    names
        Name of each part; one that is left out follows from the community's.
    keeps
        Which part of the proposal keeps the community's number; the one with most households if None.
    staff
        Part of the proposal for members of staff, by their number, where a person said so.
    reason
        Why.
    """

    names: Sequence[str] = ()
    keeps: int | None = None
    staff: Mapping[int, int] = field(default_factory=dict)
    reason: str = ""


class _RehearsedError(Exception):
    """Ends a rehearsal, so that the store takes everything back."""


def propose(data: CommunityData, wish: Wish) -> Plan:
    """Propose parts of a community by the method by which grids are drawn.

    Raises
    ------
    InputError
        If fewer than two parts are asked for, there is no building with a place, or the wish cannot be met.
    """
    if wish.k < 2:
        raise InputError("split_two", k=wish.k)
    return grid_proposals.propose(data, replace(wish, stay=False))


def parts(data: CommunityData, proposal: Proposal, order: Order | None = None) -> list[Part]:
    """Say what each part would carry, the one that keeps the community's number first."""
    asked = order or Order()
    turn = _turn(data, proposal, asked)
    counted = grid_proposals.counts(data)
    division = proposal.division.grid
    told = []
    stations = [code for code, entry in catalogues.entries("service_kinds").items() if entry["station"]]
    points = data.points[data.points["kind"].isin(stations)]
    at = split_placing.nearest(points.geometry, proposal.tiles.to_crs(data.buildings_m.crs).geometry)
    for number, name in zip(turn, names(data.community, asked, len(turn)), strict=True):
        mine = counted[(division == number).reindex(counted.index)].sum()
        told.append(
            Part(
                name=name,
                households=int(mine["households"]),
                need=int(mine["need"]),
                issues=int(mine["issues"]),
                buildings=int(mine["buildings"]),
                load=float(proposal.division.load.iloc[number]),
                stations=int((at == number).sum()),
                stations_wanted=math.ceil(mine["households"] / STATION_HOUSEHOLDS),
            )
        )
    return told


def stations(store: Store, data: CommunityData, proposal: Proposal, number: int, *, seconds: float = 1.0) -> Any:
    """Say where the stations that a part lacks should stand; None where it lacks none.

    Parameters
    ----------
    number
        The part, as the proposal numbers it.

    Returns
    -------
    siting_plan.Plan or None
    """
    mine = proposal.division.grid.index[proposal.division.grid == number]
    tiles = proposal.tiles.to_crs(data.buildings_m.crs).geometry
    points = data.points[split_placing.nearest(data.points.geometry, tiles).to_numpy() == number]
    entries = catalogues.entries("service_kinds")
    there = int(points["kind"].map(lambda kind: bool(entries.get(kind, {}).get("station"))).sum())
    wanted = math.ceil(data.buildings.loc[mine, "households"].sum() / STATION_HOUSEHOLDS) - there
    if wanted < 1:
        return None
    ground = replace(data, buildings=data.buildings.loc[mine], points=points)
    chosen = community_settings.of(store, community_settings.number(data.community))
    return siting_plan.of_data(ground, chosen, siting_plan.Wish(kind="station", add=wanted, seconds=seconds))


def wanted_stations(
    store: Store, data: CommunityData, proposal: Proposal, order: Order, *, seconds: float = 1.0
) -> list[list[dict[str, Any]]]:
    """Return, for each part, where the stations that it lacks should stand: ``name``, ``lon``, ``lat``, ``households``."""
    found = []
    for number in _turn(data, proposal, order):
        plan = stations(store, data, proposal, number, seconds=seconds)
        found.append(
            []
            if plan is None
            else [
                {
                    "name": one.place.name,
                    "lon": round(one.place.lon, 6),
                    "lat": round(one.place.lat, 6),
                    "households": one.gain_households,
                }
                for one in plan.chosen
            ]
        )
    return found


def placed(data: CommunityData, proposal: Proposal, order: Order, said: Mapping[str, int]) -> dict[int, int]:
    """Return the part of the proposal for members of staff, by number, from names and parts counted from 1.

    Raises
    ------
    InputError
        If there is nobody of that name, or several, or no such part.
    """
    turn = _turn(data, proposal, order)
    found = {}
    for name, part in said.items():
        people = data.staff.index[data.staff["name"] == name]
        if len(people) != 1 or not 1 <= part <= len(turn):
            raise InputError("split_staff", name=name, part=part, k=len(turn))
        found[int(people[0])] = turn[part - 1]
    return found


def names(community: model.Community, order: Order, k: int) -> list[str]:
    """Return the name of each part: as it was said, else the community's own, then 第二社区 and so on."""
    stem = community.name.removesuffix("社区")
    usual = [community.name, *(f"{stem}第{_NUMERALS[at]}社区" for at in range(1, min(k, len(_NUMERALS))))]
    usual += [f"{stem}{at + 1}社区" for at in range(len(usual), k)]
    said = [fields.fold(name) for name in order.names]
    if len(said) > k:
        raise InputError("split_names", n=len(said), k=k)
    return [communities.checked_name(name) for name in [*said, *usual[len(said) :]]]


def look(
    store: Store, data: CommunityData, proposal: Proposal, order: Order, actor: Actor | None = None
) -> SplitReport:
    """Rehearse a split: it is done in a transaction that is taken back, and told.

    Raises
    ------
    InputError, Forbidden
        As `split` does; whoever may change the community's settings may rehearse.
    """
    _demand(actor, Action.CHANGE_SETTINGS, data.community)
    try:
        with store.write() as session:
            report, _ = _split(session, data, proposal, order)
            raise _RehearsedError
    except _RehearsedError:
        return replace(report, ids=None)


def split(
    store: Store,
    data: CommunityData,
    proposal: Proposal,
    order: Order,
    *,
    actor: Actor | None = None,
    now: dt.datetime | None = None,
    address: str = "",
) -> SplitReport:
    """Split a community as a proposal has it, all in one transaction.

    What lies in a part goes there with its history: buildings, compounds, gates, paths, points, groups, issues with
    photos, walks, receptions, households in need, divisions of grids, what is in the bin; staff go where most of their
    grids' households are, and their accounts with them. Settings and catalogues are copied.

    Parameters
    ----------
    store, data
        The store, and the community as it was seen.
    proposal
        The parts.
    order
        Their names, and what a person decided otherwise.
    actor
        Who does it; None for the operator at the command line.
    now
        This moment.
    address
        Network address it comes from.

    Raises
    ------
    Forbidden
        If ``actor`` may not.
    InputError
        If buildings have come or gone since the proposal, or a name is taken.
    """
    _demand(actor, Action.SPLIT_COMMUNITY, data.community)
    moment = now or dt.datetime.now(dt.UTC)
    with store.write() as session:
        report, content = _split(session, data, proposal, order)
        kept = model.CommunitySplit(
            community_id=community_settings.number(data.community),
            at=moment,
            parts=len(report.names),
            account_id=None if actor is None else actor.account_id,
            account_name="" if actor is None else actor.display or actor.name,
            reason=order.reason,
            content=content,
        )
        session.add(kept)
        session.flush()
        for number in report.ids or ():
            audit.record(
                session,
                actor,
                "community_split",
                target="、".join(report.names),
                target_id=kept.id,
                community_id=number,
                reason=order.reason,
                address=address,
                now=moment,
            )
    return replace(report, number=kept.id)


def _split(session: Session, data: CommunityData, proposal: Proposal, order: Order) -> tuple[SplitReport, str]:
    """Do it, and return what it takes to undo it besides."""
    community_id = community_settings.number(data.community)
    changes.alone(session, community_id)
    owner = session.get_one(model.Community, community_id)
    known = grids.frame_of(grids.buildings_within(session, community_id)).index
    if set(known) != set(proposal.division.grid.index):
        raise InputError("split_buildings_changed")
    turn = _turn(data, proposal, order)
    named = _free_names(session, owner, order, len(turn))
    before = changes.versions(session, community_id, _BESIDE)
    place = {number: at for at, number in enumerate(turn)}
    tiles = gpd.GeoSeries(
        proposal.tiles.to_crs(data.buildings_m.crs).geometry.iloc[turn].to_list(), crs=data.buildings_m.crs
    )
    staff = {number: place[part] for number, part in order.staff.items() if part in place}
    made = split_placing.place(session, community_id, proposal.division.grid.map(place), tiles, staff)
    run = sa.inspect(model.ImportRun).c
    mine = sa.select(model.ImportRun).where(run.community_id == community_id, run.content != "")
    earlier = list(session.scalars(mine))
    for one in earlier:
        one.content = ""
    made.doubt("imports_over", [one.file for one in earlier])
    owners = split_moving.move(session, owner, made, tiles, named)
    accounts, links = split_moving.accounts(session, owner, made, owners)
    numbers = tuple(int(one.id or 0) for one in owners)
    after: changes.Versions = {}
    for number in numbers:
        for name, rows in changes.versions(session, number, _BESIDE).items():
            after.setdefault(name, {}).update(rows)
    content = json.dumps(
        {
            "communities": numbers[1:],
            "rows": json.loads(changes.between(before, after).to_json()),
            "accounts": accounts,
            "links": links,
        },
        separators=(",", ":"),
    )
    going = [sum(new == number for _, _, new in accounts) for number in numbers]
    report = SplitReport(
        number=None,
        names=tuple(named),
        ids=numbers,
        rows={
            name: tuple(sum(at == number for at in part.values()) for number in range(len(turn)))
            for name, part in made.part.items()
            if part
        },
        copied={name: sum(map(len, rows.values())) for name, rows in made.beside.items() if any(rows.values())},
        accounts=tuple(going),
        doubts=tuple(made.doubts),
    )
    return report, content


def described(report: SplitReport) -> dict[str, Any]:
    """Return a report as an object for other programs."""
    return {
        "split": report.number,
        "names": list(report.names),
        "ids": None if report.ids is None else list(report.ids),
        "rows": {name: list(counts) for name, counts in report.rows.items()},
        "copied": dict(report.copied),
        "accounts": list(report.accounts),
    }


def table(report: SplitReport, language: str) -> pd.DataFrame:
    """Return how many of each kind go to each part, in words."""
    shown = [name for name in report.rows if f"split.kind.{name}" in i18n.catalogue("en")]
    rows = [
        {
            i18n.text("split.column.kind", language): i18n.text(f"split.kind.{name}", language),
            **dict(zip(report.names, report.rows[name], strict=True)),
            i18n.text("split.column.copied", language): report.copied.get(name, 0),
        }
        for name in shown
    ]
    return pd.DataFrame(rows)


_BESIDE = (tables.name(model.CommunitySplit),)


def _turn(data: CommunityData, proposal: Proposal, order: Order) -> list[int]:
    """Return the parts of a proposal in their order, the one that keeps the community's number first."""
    k = len(proposal.tiles)
    if order.keeps is not None and not 0 <= order.keeps < k:
        raise InputError("split_keeps", part=order.keeps + 1, k=k)
    households = (
        data.buildings["households"].reindex(proposal.division.grid.index).groupby(proposal.division.grid).sum()
    )
    first = int(households.idxmax()) if order.keeps is None else order.keeps
    return [first, *(number for number in range(k) if number != first)]


def _free_names(session: Session, owner: model.Community, order: Order, k: int) -> list[str]:
    others = {fields.name_key(one.name) for one in session.scalars(sa.select(model.Community)) if one.id != owner.id}
    wanted = names(owner, order, k)
    for at, name in enumerate(wanted):
        key = fields.name_key(name)
        if key in others or key in {fields.name_key(one) for one in wanted[:at]}:
            raise InputError("community_exists", community=name)
    return wanted


def _demand(actor: Actor | None, action: Action, community: model.Community) -> None:
    if actor is not None:
        access.demand(actor, action, street_id=community.street_id, community_id=community.id)
