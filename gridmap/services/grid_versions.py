"""Divisions of a community over time: one becomes valid on a date with a reason, and any two are compared."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
import pandas as pd
import shapely
import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridmap import access, crs, model
from gridmap.access import Action, Actor
from gridmap.errors import InputError, NotFound
from gridmap.services import audit, community_settings, grid_colours, grid_looks, grids
from gridmap.services.community_data import CommunityData
from gridmap.services.grid_looks import Look
from gridmap.services.grid_proposals import Proposal
from gridmap.store import Store

LONGEST_REASON = 200


@dataclass(frozen=True, kw_only=True, eq=False)
class Comparison:
    """What differs between two divisions.

    Parameters
    ----------
    one, other
        The divisions.
    moved
        Buildings that are in different grids, with ``number``, ``households``, and the grids' names as ``before`` and
        ``after``, no words where in none; index = id.
    ground
        Areas that belong to grids of different codes, with ``before`` and ``after``, in WGS 84.
    """

    one: model.GridVersion
    other: model.GridVersion
    moved: pd.DataFrame
    ground: gpd.GeoDataFrame


def versions(session: Session, community_id: int) -> list[model.GridVersion]:
    """Return the divisions of a community, the earliest first."""
    columns = sa.inspect(model.GridVersion).c
    wanted = sa.select(model.GridVersion).where(columns.community_id == community_id)
    return list(session.scalars(wanted.order_by(columns.valid_from, columns.id)))


def valid_on(known: Sequence[model.GridVersion], day: dt.date) -> model.GridVersion:
    """Return which of a community's divisions, the earliest first, is valid on a day; before the first began, that."""
    begun = [one for one in known if one.valid_from <= day]
    return begun[-1] if begun else known[0]


def publish(
    store: Store,
    community: model.Community,
    proposal: Proposal,
    *,
    valid_from: dt.date,
    reason: str,
    actor: Actor | None = None,
) -> int:
    """Make a proposal the division that is valid from a date on, until the next begins; return its number.

    What belongs to a grid of an earlier division keeps it. A division that the app proposed by itself for the same day
    is replaced; its grids keep their numbers.

    Raises
    ------
    InputError
        If there is no reason, a division begins on that day already, none is valid before it while others are, or
        buildings have come or gone since the proposal was made.
    """
    areas = proposal.tiles.geometry.reset_index(drop=True)
    return put(store, community, proposal.division.grid, areas, None, valid_from=valid_from, reason=reason, actor=actor)


def put(
    store: Store,
    community: model.Community,
    assigned: pd.Series,
    areas: gpd.GeoSeries,
    looks: Mapping[int, Look] | None,
    *,
    valid_from: dt.date,
    reason: str,
    actor: Actor | None = None,
    address: str = "",
    also: Callable[[Session], None] | None = None,
) -> int:
    """Make a division valid from a date on, as `publish` does; return its number.

    Parameters
    ----------
    store, community
        Whose grids.
    assigned
        Key of the grid of each building that has a place.
    areas
        Area of each grid in WGS 84; index = the keys.
    looks
        What the grids are called; None as those of the division before, where they go on from them. Neighbours of
        one colour get others.
    valid_from, reason
        First day, and why.
    actor, address
        Who does it, and from where.
    also
        What belongs into the same transaction.

    Raises
    ------
    InputError
        As `publish`.
    """
    said = " ".join(reason.split())
    if not said or len(said) > LONGEST_REASON:
        raise InputError("grids_reason", longest=LONGEST_REASON)
    community_id = community_settings.number(community)
    with store.write() as session:
        version = _put(session, community_id, assigned, areas, looks, valid_from, said)
        audit.record(
            session,
            actor,
            "grids_published",
            target=valid_from.isoformat(),
            target_id=version.id,
            community_id=community_id,
            reason=said,
            address=address,
        )
        if also is not None:
            also(session)
        return _number(version)


def _put(
    session: Session,
    community_id: int,
    assigned: pd.Series,
    areas: gpd.GeoSeries,
    looks: Mapping[int, Look] | None,
    valid_from: dt.date,
    reason: str,
) -> model.GridVersion:
    known = grids.frame_of(grids.buildings_within(session, community_id)).index
    if set(known) != set(assigned.index):
        raise InputError("grids_buildings_changed")
    version, before = _begun(session, community_id, valid_from, reason)
    old = [] if before is None else grids.grids_within(session, before)
    was = _members(session, before) if before is not None else {}
    old_of = pd.Series([was.get(int(one)) for one in assigned.index], index=assigned.index, dtype="Int64")
    heirs = grid_looks.heirs_of(old_of, assigned)
    keys = [int(key) for key in areas.index]
    if before is version:
        # The rows of a proposal that is replaced keep their numbers: each goes on as the grid that it was.
        goes_on = {row: key for key, row in heirs.items()}
        order = [goes_on.get(_number(grid)) for grid in old[: len(keys)]] + [None] * max(0, len(keys) - len(old))
        rest = iter([key for key in keys if key not in order])
        keys = [next(rest) if key is None else key for key in order]
    if looks is None:
        frame = pd.DataFrame(
            [[getattr(grid, column) for column in grid_looks.COLUMNS] for grid in old],
            columns=list(grid_looks.COLUMNS),
            index=[grid.id for grid in old],
        )
        looks = grid_looks.looked(frame, old_of, assigned, keys)
    made = grids.redrawn(session, version, [grids.multipolygon(shape) for shape in areas.loc[keys]])
    wanted = [looks[key].colour for key in keys]
    owner = session.get_one(model.Community, community_id)
    colours = grid_colours.choose(session, owner, [grid.geom for grid in made], wanted, valid_from)
    for grid, key, colour in zip(made, keys, colours, strict=True):
        for column in grid_looks.COLUMNS:
            setattr(grid, column, getattr(looks[key], column))
        grid.colour = colour
    session.flush()
    number = {key: _number(grid) for key, grid in zip(keys, made, strict=True)}
    grids.place(session, version, assigned.map(number))
    return version


def _begun(
    session: Session, community_id: int, valid_from: dt.date, reason: str
) -> tuple[model.GridVersion, model.GridVersion | None]:
    """Return the division that begins on a day, and the one before; a proposal that began on it is taken for both."""
    present = versions(session, community_id)
    same_day = next((one for one in present if one.valid_from == valid_from), None)
    if same_day is not None and not same_day.proposed:
        raise InputError("grids_same_day", day=valid_from)
    earlier = [one for one in present if one.valid_from < valid_from]
    later = [one for one in present if one.valid_from > valid_from]
    if later and not earlier and same_day is None:
        raise InputError("grids_before_first", day=later[0].valid_from)
    if same_day is not None:
        same_day.reason, same_day.proposed = reason, False
        return same_day, same_day
    version = model.GridVersion(
        community_id=community_id,
        valid_from=valid_from,
        valid_to=later[0].valid_from if later else None,
        reason=reason,
    )
    if earlier:
        earlier[-1].valid_to = valid_from
    session.add(version)
    session.flush()
    return version, earlier[-1] if earlier else None


def withdraw(
    store: Store, actor: Actor, data: CommunityData, number: int, *, today: dt.date, address: str = ""
) -> None:
    """Take back a division that has not begun yet: the one before goes on.

    Raises
    ------
    Forbidden
        If ``actor`` may not draw the community's grids.
    NotFound
        If the community has no such division.
    InputError
        If it has begun, or there is none before it.
    """
    community_id = community_settings.number(data.community)
    access.demand(actor, Action.DRAW_GRIDS, street_id=data.community.street_id, community_id=community_id)
    with store.write() as session:
        known = versions(session, community_id)
        one = next((version for version in known if version.id == number), None)
        if one is None:
            raise NotFound("grids_no_version", number=number)
        if one.valid_from <= today:
            raise InputError("grids_begun", day=one.valid_from)
        earlier = [version for version in known if version.valid_from < one.valid_from]
        if not earlier:
            raise InputError("grids_only_one")
        audit.record(
            session,
            actor,
            "grids_withdrawn",
            target=one.valid_from.isoformat(),
            target_id=one.id,
            community_id=community_id,
            reason=one.reason,
            address=address,
        )
        earlier[-1].valid_to = one.valid_to
        session.delete(one)


def compare(store: Store, community: model.Community, one: int, other: int) -> Comparison:
    """Say which buildings and which ground are in other grids in one division than in another.

    Raises
    ------
    NotFound
        If the community has no such division.
    """
    community_id = community_settings.number(community)
    with store.read() as session:
        known = {version.id: version for version in versions(session, community_id)}
        for wanted in (one, other):
            if wanted not in known:
                raise NotFound("grids_no_version", number=wanted)
        buildings = {building.id: building for building in grids.buildings_within(session, community_id)}
        sides = [(_members(session, known[n]), grids.grids_within(session, known[n])) for n in (one, other)]
        names = [{grid.id: grid.name for grid in drawn} for _, drawn in sides]
        codes = [{grid.id: grid.code for grid in drawn} for _, drawn in sides]
        rows = [
            (number, building.number, building.households, *(names[i].get(sides[i][0].get(number), "") for i in (0, 1)))
            for number, building in buildings.items()
            if codes[0].get(sides[0][0].get(number)) != codes[1].get(sides[1][0].get(number))
        ]
        frames = [
            grids.areas_of(drawn).assign(code=[grid.code for grid in drawn if not grid.geom.is_empty])
            for _, drawn in sides
        ]
        session.expunge_all()
    moved = pd.DataFrame(rows, columns=["id", "number", "households", "before", "after"]).set_index("id")
    return Comparison(one=known[one], other=known[other], moved=moved, ground=_exchanged(*frames))


def _members(session: Session, version: model.GridVersion) -> dict[int | None, int]:
    of = sa.inspect(model.GridBuilding).c
    found = session.execute(sa.select(of.building_id, of.grid_id).where(of.version_id == version.id))
    return {int(building): int(grid) for building, grid in found}


def _exchanged(one: gpd.GeoDataFrame, other: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the ground that lies in grids of different codes."""
    left, right = (frame.geometry.to_numpy() for frame in (one, other))
    a, b = shapely.STRtree(right).query(left, predicate="intersects")
    differ = one["code"].to_numpy()[a] != other["code"].to_numpy()[b]
    a, b = a[differ], b[differ]
    shared = [grids.multipolygon(shape) for shape in shapely.intersection(left[a], right[b])]
    ground = gpd.GeoDataFrame(
        {"before": one["name"].to_numpy()[a], "after": other["name"].to_numpy()[b]}, geometry=shared, crs=crs.WGS84
    )
    return ground[~ground.geometry.is_empty].reset_index(drop=True)


def _number(row: model.Row) -> int:
    if row.id is None:
        raise RuntimeError(f"a {type(row).__name__} was used before it was kept")
    return row.id
