"""A community that has grown too large becomes two or more: proposed, rehearsed, done in one transaction, undone."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import pandas as pd
import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridmap import access, i18n, model
from gridmap.access import Action, Actor
from gridmap.errors import InputError
from gridmap.exchange import fields
from gridmap.services import (
    audit,
    community_settings,
    grids,
    split_moving,
    split_parts,
    split_placing,
)
from gridmap.services.community_data import CommunityData
from gridmap.services.grid_proposals import Proposal
from gridmap.services.split_parts import Order
from gridmap.services.split_placing import Doubt
from gridmap.store import Store, changes, tables


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


class _RehearsedError(Exception):
    """Ends a rehearsal, so that the store takes everything back."""


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
    turn = split_parts.turn(data, proposal, order)
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


def _free_names(session: Session, owner: model.Community, order: Order, k: int) -> list[str]:
    others = {fields.name_key(one.name) for one in session.scalars(sa.select(model.Community)) if one.id != owner.id}
    wanted = split_parts.names(owner, order, k)
    for at, name in enumerate(wanted):
        key = fields.name_key(name)
        if key in others or key in {fields.name_key(one) for one in wanted[:at]}:
            raise InputError("community_exists", community=name)
    return wanted


def _demand(actor: Actor | None, action: Action, community: model.Community) -> None:
    if actor is not None:
        access.demand(actor, action, street_id=community.street_id, community_id=community.id)
