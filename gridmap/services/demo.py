"""Fill a store with the demo community."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridmap import demo, errors, model
from gridmap.store import Store

#: Which class a reference points to, by the field's name.
_POINTS_TO: dict[str, type[model.Row]] = {
    "community_id": model.Community,
    "compound_id": model.Compound,
    "building_id": model.Building,
    "version_id": model.GridVersion,
    "grid_id": model.Grid,
    "service_point_id": model.ServicePoint,
    "issue_id": model.Issue,
    "walk_id": model.Walk,
    "staff_id": model.Staff,
    "leader_id": model.Staff,
    "owner_id": model.Staff,
    "actor_id": model.Staff,
    "reporter_id": model.Staff,
}

_Ids = dict[tuple[type[model.Row], int], int]


def fill(store: Store, now: dt.datetime, *, time_zone: str = "Asia/Shanghai") -> model.Community:
    """Write the demo community into ``store`` as it stands ``now``, all of it or nothing.

    Other communities in the store are left as they are.

    Parameters
    ----------
    store
        The store to write to.
    now
        This moment, timezone-aware; its day in ``time_zone`` is the day to which the demo's times are relative.
    time_zone
        IANA name of the zone of the office hours.

    Raises
    ------
    errors.InputError
        If the store already holds the demo community.
    ValueError
        If ``now`` has no time zone.
    """
    if now.tzinfo is None:
        raise ValueError("now must be timezone-aware")
    invented = demo.build(now.astimezone(zoneinfo.ZoneInfo(time_zone)).date(), time_zone=time_zone)
    with store.write() as session:
        _demand_new(session, invented.community, store.label)
        community = invented.community
        community.street_id = _street(session, invented.street)
        ids: _Ids = {}
        _keep(session, [community], ids)
        for rows in invented.tables():
            if isinstance(rows[0], model.Staff):
                _keep_pairs(session, [row for row in rows if isinstance(row, model.Staff)], ids)
            else:
                _keep(session, rows, ids)
    return community


def _demand_new(session: Session, community: model.Community, label: str) -> None:
    codes = session.scalars(select(model.Community).where(model.Community.synthetic.is_(True)))  # type: ignore[attr-defined]
    if any(there.code == community.code for there in codes):
        raise errors.InputError("demo_exists", community=community.name, store=label)


def _street(session: Session, street: model.Street) -> int:
    """Return the id of ``street``, which may already stand in the store for another of its communities."""
    for there in session.scalars(select(model.Street)):
        if there.code == street.code and there.id is not None:
            return there.id
    street.id = None
    session.add(street)
    session.flush()
    return _given(street)


def _keep_pairs(session: Session, staff: Sequence[model.Staff], ids: _Ids) -> None:
    """Keep the staff first alone, then in their pairs: neither half can be kept before the other."""
    partners = [member.partner_id for member in staff]
    for member in staff:
        member.partner_id = None
    _keep(session, staff, ids)
    for member, partner in zip(staff, partners, strict=True):
        if partner is not None:
            member.partner_id = ids[model.Staff, partner]
    session.flush()


def _keep(session: Session, rows: Sequence[model.Row], ids: _Ids) -> None:
    """Write ``rows`` with references as the store numbered them, and note their own numbers."""
    numbers = [_given(row) for row in rows]
    for row in rows:
        row.id = None
        for name, cls in _POINTS_TO.items():
            number = getattr(row, name, None)
            if number is not None:
                setattr(row, name, ids[cls, number])
        session.add(row)
    session.flush()
    for number, row in zip(numbers, rows, strict=True):
        ids[type(row), number] = _given(row)


def _given(row: model.Row) -> int:
    if row.id is None:
        raise ValueError(f"{type(row).__name__} has no number")
    return row.id
