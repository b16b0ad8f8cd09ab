"""Communities of a store: making one, and finding the one that is meant."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridmap import model
from gridmap.errors import InputError, NotFound
from gridmap.exchange import fields
from gridmap.store import Store

LONGEST_NAME = 40
_UNNAMED_STREET = "本街道"


def create(store: Store, name: str, *, street: str = "", code: str = "") -> model.Community:
    """Make a community that has nothing yet.

    Parameters
    ----------
    store
        Where it is kept.
    name
        Its name, at most 40 characters; no two communities of a store share one.
    street
        Name of its street (街道), which is made if it is new. Without one, the store's only street is taken.
    code
        Its code; the next free number of three digits if left out.

    Raises
    ------
    InputError
        If the name is blank, too long or taken, or the code is taken.
    """
    wanted = checked_name(name)
    with store.write() as session:
        others = list(session.scalars(sa.select(model.Community)))
        if any(fields.name_key(other.name) == fields.name_key(wanted) for other in others):
            raise InputError("community_exists", community=wanted)
        codes = {other.code for other in others}
        if code in codes:
            raise InputError("community_code_taken", code=code)
        free = code or next(f"{n:03d}" for n in range(1, len(codes) + 2) if f"{n:03d}" not in codes)
        made = model.Community(street_id=_street(session, street), code=free, name=wanted)
        session.add(made)
    return made


def rename(store: Store, community: model.Community, name: str) -> model.Community:
    """Give a community another name.

    Raises
    ------
    InputError
        If the name is blank, too long, or another community's.
    """
    wanted = checked_name(name)
    with store.write() as session:
        for other in session.scalars(sa.select(model.Community)):
            if other.id != community.id and fields.name_key(other.name) == fields.name_key(wanted):
                raise InputError("community_exists", community=wanted)
        kept = session.get_one(model.Community, community.id)
        kept.name = wanted
    return kept


def checked_name(name: str) -> str:
    """Return the name of a community as it is kept.

    Raises
    ------
    InputError
        If it is blank or longer than 40 characters.
    """
    folded = fields.fold(name)
    if not folded:
        raise InputError("community_name_blank", limit=LONGEST_NAME)
    if len(folded) > LONGEST_NAME:
        raise InputError("community_name_long", limit=LONGEST_NAME, n=len(folded))
    return folded


def find(store: Store, wanted: str | int | None = None) -> model.Community:
    """Return the community with this name, code or number; the store's only one if none is named.

    Raises
    ------
    NotFound
        If there is none.
    InputError
        If none is named and the store holds several.
    """
    there = store.communities()
    if not there:
        raise NotFound("no_community", store=store.label)
    if wanted is None:
        if len(there) > 1:
            raise InputError("several_communities", communities=[one.name for one in there])
        return there[0]
    key = fields.name_key(str(wanted))
    for one in there:
        if key in (fields.name_key(one.name), fields.name_key(one.code)) or wanted == one.id:
            return one
    raise NotFound("community_missing", community=str(wanted), communities=[one.name for one in there])


def streets(store: Store) -> list[model.Street]:
    """Return all streets by code."""
    with store.read() as session:
        return list(session.scalars(sa.select(model.Street).order_by(sa.inspect(model.Street).c.code)))


def find_street(store: Store, wanted: str | None = None) -> model.Street:
    """Return the street with this name or code; the store's only one if none is named.

    Raises
    ------
    NotFound
        If there is none, or several and none is named.
    """
    there = streets(store)
    key = None if wanted is None else fields.name_key(wanted)
    for one in there:
        if (key is None and len(there) == 1) or key in (fields.name_key(one.name), fields.name_key(one.code)):
            return one
    raise NotFound("street_missing", street=wanted or "?", streets=[one.name for one in there])


def staff_member(store: Store, community_id: int | None, name: str) -> int:
    """Return the number of the one member of a community's staff with this name.

    Raises
    ------
    NotFound
        If there is nobody of this name, or several.
    """
    columns = sa.inspect(model.Staff).c
    wanted = sa.select(columns.id).where(columns.community_id == community_id, columns.name == fields.fold(name))
    with store.read() as session:
        found = session.scalars(wanted).all()
    if len(found) != 1:
        raise NotFound("staff_missing", name=name)
    return int(found[0])


def _street(session: Session, name: str) -> int:
    streets = list(session.scalars(sa.select(model.Street)))
    wanted = fields.fold(name)
    for street in streets:
        if (not wanted and len(streets) == 1) or (wanted and fields.name_key(street.name) == fields.name_key(wanted)):
            return _number(street)
    made = model.Street(code=f"{len(streets) + 1:03d}", name=wanted or _UNNAMED_STREET)
    session.add(made)
    session.flush()
    return _number(made)


def _number(street: model.Street) -> int:
    if street.id is None:
        raise RuntimeError("a street that was kept has no number")
    return street.id
