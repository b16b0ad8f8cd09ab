"""Divisions of a community over time: one becomes valid on a date with a reason, and any two are compared."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridmap import crs, model
from gridmap.access import Actor
from gridmap.errors import InputError, NotFound
from gridmap.services import audit, community_settings, grid_colours, grids
from gridmap.services.grid_proposals import Proposal
from gridmap.store import Store

LONGEST_REASON = 200
# A grid takes over name, leader and colour of the one with its code if it shares at least so much of its buildings.
_HEIR = 0.5


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
    said = " ".join(reason.split())
    if not said or len(said) > LONGEST_REASON:
        raise InputError("grids_reason", longest=LONGEST_REASON)
    community_id = community_settings.number(community)
    with store.write() as session:
        return _published(session, community_id, proposal, valid_from, said, actor)


def _published(
    session: Session, community_id: int, proposal: Proposal, valid_from: dt.date, reason: str, actor: Actor | None
) -> int:
    known = grids.frame_of(grids.buildings_within(session, community_id)).index
    if set(known) != set(proposal.division.grid.index):
        raise InputError("grids_buildings_changed")
    present = versions(session, community_id)
    same_day = next((one for one in present if one.valid_from == valid_from), None)
    if same_day is not None and not same_day.proposed:
        raise InputError("grids_same_day", day=valid_from)
    earlier = [one for one in present if one.valid_from < valid_from]
    later = [one for one in present if one.valid_from > valid_from]
    if later and not earlier and same_day is None:
        raise InputError("grids_before_first", day=later[0].valid_from)
    before = same_day or (earlier[-1] if earlier else None)
    if same_day is None:
        version = model.GridVersion(
            community_id=community_id,
            valid_from=valid_from,
            valid_to=later[0].valid_from if later else None,
            reason=reason,
        )
        if before is not None:
            before.valid_to = valid_from
        session.add(version)
    else:
        version = same_day
        version.reason, version.proposed = reason, False
    session.flush()
    old = [] if before is None else sorted(grids.grids_within(session, before), key=lambda grid: grid.code)
    inherited = _inherited(session, before, old, proposal)
    areas = [grids.multipolygon(shape) for shape in proposal.tiles.geometry]
    made = grids.redrawn(session, version, areas)
    session.flush()
    heirs = [inherited.get(at) for at in range(len(made))]
    wanted = [heir.colour if heir is not None else grids.look(at)[0] for at, heir in enumerate(heirs)]
    owner = session.get_one(model.Community, community_id)
    colours = grid_colours.choose(session, owner, areas, wanted, valid_from)
    for at, (grid, heir) in enumerate(zip(made, heirs, strict=True)):
        grid.colour = colours[at]
        if heir is not None and heir is not grid:
            grid.name, grid.legend, grid.leader_id = heir.name, heir.legend, heir.leader_id
            grid.official_code, grid.code = heir.official_code, heir.code
    numbers = np.array([grid.id for grid in made])
    assigned = proposal.division.grid
    grids.place(session, version, pd.Series(numbers[assigned.to_numpy()], index=assigned.index))
    audit.record(
        session,
        actor,
        "grids_published",
        target=valid_from.isoformat(),
        target_id=version.id,
        community_id=community_id,
        reason=reason,
    )
    if version.id is None:
        raise RuntimeError("a division was used before it was kept")
    return version.id


def _inherited(
    session: Session, before: model.GridVersion | None, old: list[model.Grid], proposal: Proposal
) -> dict[int, model.Grid]:
    """Return from which grid of the division before each takes over who leads it and what it is called."""
    if before is None or len(old) != len(proposal.tiles):
        return {}
    grid_of = _members(session, before)
    heirs = {}
    for at, grid in enumerate(old):
        mine = proposal.division.grid.index[proposal.division.grid == at]
        if len(mine) and sum(grid_of.get(building) == grid.id for building in mine) >= _HEIR * len(mine):
            heirs[at] = grid
    return heirs


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
