"""The team and the venue of a station, read and written as one page: who has which role, and which buildings.

Whoever is on the staff is known by name. All others are kept sealed: they are shown masked, and opened one at a time
for a reason (`unmasking`).
"""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridmap import catalogues, errors, model, privacy
from gridmap.errors import InputError, StoreError
from gridmap.exchange import fields
from gridmap.services import key_file, place_cards, record_checks, record_kinds, register_writing
from gridmap.services.community_data import CommunityData
from gridmap.services.record_kinds import Kind
from gridmap.services.register_stations import COURTYARD_HEAD, HEAD, SERVICE_HEAD
from gridmap.services.register_writing import SAVED, Writer
from gridmap.services.sealed_fields import Sealer
from gridmap.services.sight import Sight
from gridmap.store import Store

NAMED = (HEAD, SERVICE_HEAD, COURTYARD_HEAD)
"""Roles whose holders are named; of the others only the number is kept."""
_VENUE = ("host", "terms", "hours", "area_m2")
_MOST = 99
_LONGEST_NAME = 50


@dataclass(frozen=True, kw_only=True)
class Seat:
    """One place in a team, as the form has it.

    Parameters
    ----------
    role
        A code of ``team_roles``.
    member
        Number of its row; None for a new one.
    number
        How many persons.
    hint
        Who it is, as the reader may see it: a colleague's name, or masked; "" where nobody is named.
    opens
        Whether more of it can be opened for a reason.
    name, phone
        Who it is to be from now on; "" leaves it as it is.
    there
        Whether somebody has it now, though perhaps without a name.
    vacated
        Whether whoever had it has it no longer.
    buildings
        Buildings that are looked after.
    """

    role: str
    member: int | None = None
    number: int = 1
    hint: str = ""
    opens: bool = False
    name: str = ""
    phone: str = ""
    there: bool = False
    vacated: bool = False
    buildings: tuple[int, ...] = ()

    @property
    def taken(self) -> bool:
        """Whether somebody has it from now on."""
        return bool(self.name.strip()) or (not self.vacated and (self.there or bool(self.buildings)))


@dataclass(frozen=True, kw_only=True)
class Venue:
    """Where a station is, and on what terms; texts as a form holds them.

    ``rent_yuan`` is a year's.
    """

    host: str
    terms: str
    hours: str
    area_m2: str
    tenure: model.Tenure | None
    rent_yuan: float | None
    tenure_until: dt.date | None


@dataclass(frozen=True, kw_only=True)
class Team:
    """A station's team and venue as they stand; ``stamp`` tells this state from any later one."""

    seats: tuple[Seat, ...]
    venue: Venue
    stamp: str

    def of(self, role: str) -> tuple[Seat, ...]:
        """Return the seats of a role."""
        return tuple(one for one in self.seats if one.role == role)

    def number(self, role: str) -> int:
        """Return how many persons have a role."""
        return sum(one.number for one in self.of(role))

    def places(self, role: str, due: int) -> tuple[Seat, ...]:
        """Return the seats of a role one by one, at least so many as there should be."""
        one_by_one = []
        for seat in self.of(role):
            one_by_one.append(replace(seat, number=1))
            one_by_one += [Seat(role=role, there=True)] * (seat.number - 1)
        return (*one_by_one, *[Seat(role=role)] * (due - len(one_by_one)))


def read(store: Store, data: CommunityData, seen: Sight, point: int) -> Team:
    """Return team and venue of a service point as a person sees them.

    Raises
    ------
    NotFound
        If somebody has deleted it.
    """
    grid_id = register_writing.point_grid(data, point)
    with store.read() as session:
        place = session.get(model.ServicePoint, point)
        if place is None or place.community_id != data.community.id:
            raise errors.NotFound("register_gone")
        members, looked_after = _members(session, point)
        stamp = _stamp(place, members)
        seats = [_seat(one, looked_after.get(int(one.id or 0), ()), data, seen, grid_id) for one in members]
        venue = Venue(
            host=privacy.mask_text(place.host), terms=privacy.mask_text(place.terms), hours=place.hours,
            area_m2="" if place.area_m2 is None else f"{place.area_m2:g}", tenure=place.tenure,
            rent_yuan=place.rent_yuan, tenure_until=place.tenure_until,
        )  # fmt: skip
    order = list(catalogues.entries("team_roles"))
    seats.sort(key=lambda one: (order.index(one.role) if one.role in order else len(order), one.member or 0))
    return Team(seats=tuple(seats), venue=venue, stamp=stamp)


def save(writer: Writer, point: int, team: Team, seats: Sequence[Seat], venue: Venue) -> None:
    """Keep team and venue of a service point, all of it or nothing.

    Parameters
    ----------
    team
        As they stood when the form was opened.
    seats
        All seats; those that are not `Seat.taken`, and roles that are not among them, are nobody's any longer.
    venue
        As the form has it; a text with something masked in it, left as it was, changes nothing.

    Raises
    ------
    Conflict
        ``team_overtaken`` if somebody else has changed it since.
    InputError
        If a building is looked after twice, or a number is none.
    FaultyRecord
        With what is wrong about the venue.
    Forbidden, NotFound, TooManyWrites, StoreError
    """
    data, seats = writer.data, [one for one in seats if one.taken]
    given = {name: getattr(venue, name) for name in _VENUE if getattr(venue, name) != getattr(team.venue, name)}
    checked = record_checks.checked(_kind(), given, data)
    _demand_sense(seats, venue, data)
    with writer.writing(register_writing.point_grid(data, point)) as session:
        place = writer.row(session, model.ServicePoint, point)
        members, _ = _members(session, point)
        if _stamp(place, members) != team.stamp:
            raise errors.Conflict("team_overtaken", title=place.name)
        for name, value in checked.items():
            setattr(place, name, value)
        place.tenure, place.tenure_until = venue.tenure, venue.tenure_until
        place.rent_yuan = None if venue.tenure in (None, model.Tenure.FREE) else venue.rent_yuan
        sealer, known = Sealer(session), {one.id: one for one in members}
        kept: set[int] = set()
        for seat in seats:
            row = known.get(seat.member) if seat.member not in kept else None
            row = row or model.TeamMember(community_id=writer.community_id, service_point_id=point, role=seat.role)
            _write(row, seat, sealer, data)
            session.add(row)
            session.flush()
            kept.add(int(row.id or 0))
            _look_after(session, row, seat.buildings)
        for number, row in known.items():
            if number not in kept:
                session.delete(row)
        session.flush()
        writer.note(session, SAVED, place.name, point)


def _demand_sense(seats: Sequence[Seat], venue: Venue, data: CommunityData) -> None:
    given = Counter(building for seat in seats for building in seat.buildings)
    twice = [str(data.buildings.at[one, "number"]) for one, n in given.items() if n > 1 and one in data.buildings.index]
    if twice:
        raise InputError("team_building_twice", buildings=twice)
    if any(one not in data.buildings.index for one in given):
        raise errors.NotFound("register_gone")
    if any(not 0 < seat.number <= _MOST for seat in seats):
        raise InputError("team_number", n=_MOST)
    if any(len(seat.name) > _LONGEST_NAME or len(seat.phone) > _LONGEST_NAME for seat in seats):
        raise InputError("team_name", n=_LONGEST_NAME)
    if venue.rent_yuan is not None and not (math.isfinite(venue.rent_yuan) and 0 <= venue.rent_yuan < 1e9):
        raise InputError("team_rent")


def _write(row: model.TeamMember, seat: Seat, sealer: Sealer, data: CommunityData) -> None:
    row.number = seat.number
    if seat.vacated:
        row.staff_id, row.person, row.phone = None, model.NO_SEALED, model.NO_SEALED
    name, phone = record_checks.line(seat.name), record_checks.line(seat.phone)
    if name:
        staff = zip(data.staff.index.tolist(), data.staff["name"], strict=True)
        same = [number for number, one in staff if fields.name_key(one) == fields.name_key(name)]
        row.staff_id = int(same[0]) if same else None
        row.person = model.NO_SEALED if same else sealer.seal(name, row.person)
        row.phone = model.NO_SEALED if same or not phone else row.phone
    if phone and row.staff_id is None:
        row.phone = sealer.seal(phone, row.phone)


def _look_after(session: Session, member: model.TeamMember, buildings: Sequence[int]) -> None:
    of = sa.inspect(model.TeamBuilding).c
    there = list(session.scalars(sa.select(model.TeamBuilding).where(of.team_member_id == member.id)))
    for row in there:
        if row.building_id not in buildings:
            session.delete(row)
    known = {row.building_id for row in there}
    session.add_all(
        model.TeamBuilding(community_id=member.community_id, team_member_id=int(member.id or 0), building_id=one)
        for one in buildings
        if one not in known
    )
    session.flush()


def _members(session: Session, point: int) -> tuple[list[model.TeamMember], dict[int, tuple[int, ...]]]:
    of, building = sa.inspect(model.TeamMember).c, sa.inspect(model.TeamBuilding).c
    wanted = sa.select(model.TeamMember).where(of.service_point_id == point).order_by(of.id)
    members = list(session.scalars(wanted))
    pairs = session.execute(
        sa.select(building.team_member_id, building.building_id)
        .join(model.TeamMember, building.team_member_id == of.id)
        .where(of.service_point_id == point)
        .order_by(building.building_id)
    )
    looked_after: dict[int, tuple[int, ...]] = {}
    for member, one in pairs:
        looked_after[member] = (*looked_after.get(member, ()), one)
    return members, looked_after


def _stamp(place: model.ServicePoint, members: Sequence[model.TeamMember]) -> str:
    told = [(one.id, one.version) for one in members]
    return f"{place.version} {told}"


def _seat(
    row: model.TeamMember, buildings: tuple[int, ...], data: CommunityData, seen: Sight, grid_id: int | None
) -> Seat:
    hint, opens = place_cards.colleague(data, row.staff_id, seen, grid_id), False
    if pd.isna(row.staff_id) and (row.person or row.phone) and seen.person(grid_id):
        hint, opens = masked(row.person, row.phone), True
    return Seat(
        role=row.role,
        member=int(row.id or 0),
        number=row.number,
        hint=hint,
        opens=opens,
        buildings=buildings,
        there=True,
    )


def masked(name: model.Sealed, phone: model.Sealed) -> str:
    """Write who somebody is as 张** · 138****5678; "" where the key does not open it."""
    try:
        ring = key_file.opening().ring
        told = (privacy.mask_name(ring.open(name)), privacy.mask_phone(ring.open(phone)))
    except StoreError:
        # The card is shown all the same; what is wrong with the key is said to who wants to open something.
        return ""
    return " · ".join(part for part in told if part)


def _kind() -> Kind:
    """Return the kind of a service point with the fields of its venue only."""
    whole = record_kinds.kind("points")
    fields_of: Mapping[str, record_kinds.Field] = {one.name: one for one in whole.fields}
    return Kind(
        name=whole.name, cls=whole.cls, action=whole.action, title=whole.title,
        fields=tuple(fields_of[name] for name in _VENUE),
    )  # fmt: skip
