"""A community changes its catalogues: an entry is added, changed, retired or taken up again, and all of it undone."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridmap import access, errors, model, service_kinds
from gridmap.access import Action, Actor
from gridmap.errors import FaultyRecord, NotFound, Refusal
from gridmap.services import audit, catalogue_checks, issue_catalogue, writing_pace
from gridmap.services.issue_catalogue import FLOW, KINDS, NAMES, Catalogues
from gridmap.store import Store

_MOST = {KINDS: 80}
_MOST_USUAL = 300
_NEW_ICON = "issue_other"


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """An entry as somebody wants it.

    Parameters
    ----------
    catalogue, code
        Which entry; "" for a new one.
    said
        Its fields, as `catalogue_checks.flat` gives them.
    base
        Its fields as the person saw them; None for a new one, or where the newest counts.
    """

    catalogue: str
    code: str
    said: Mapping[str, Any]
    base: Mapping[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class Change:
    """One entry that was changed: its content before ("" where the default stood, or nothing) and after, as JSON."""

    catalogue: str
    code: str
    before: str
    after: str


def save(
    store: Store,
    actor: Actor,
    community: model.Community,
    wanted: Sequence[Wanted],
    *,
    now: dt.datetime,
    address: str = "",
) -> tuple[Change, ...]:
    """Keep entries, all of them or none, and return what was changed.

    Raises
    ------
    Forbidden
        If ``actor`` may not change the community's settings.
    NotFound
        If an entry is not there.
    Conflict
        ``catalogue_overtaken`` if somebody else changed one since.
    FaultyRecord
        With all that is wrong.
    TooManyWrites
        If the account has changed too much within the last minute.
    """
    community_id = int(community.id or 0)
    _demand(actor, community)
    done: list[Change] = []
    with store.write() as session:
        # One at a time, on every database.
        session.get_one(model.Community, community_id, with_for_update=True)
        writing_pace.demand(session, actor, now)
        for one in wanted:
            known = issue_catalogue.within(session, community_id)
            code = _found(session, community_id, one, known)
            kept = catalogue_checks.checked(one.catalogue, one.code, one.said, known)
            if one.catalogue in known.rows and code in known.rows[one.catalogue]:
                now_said = catalogue_checks.flat(one.catalogue, known.rows[one.catalogue][code])
                if catalogue_checks.flat(one.catalogue, kept) == now_said:
                    continue
            done.append(_write(session, community_id, one.catalogue, code, json.dumps(kept, ensure_ascii=False)))
            _note(session, actor, community_id, kept["zh"], now, address)
    return tuple(done)


def undo(
    store: Store,
    actor: Actor,
    community: model.Community,
    changes: Sequence[Change],
    *,
    now: dt.datetime,
    address: str = "",
) -> None:
    """Take changes back, as far as nobody has changed the entries since.

    An entry that was new is retired and not deleted: an issue may have it already. A kind that was new is listed no
    longer either.

    Raises
    ------
    Forbidden
        If ``actor`` may not change the community's settings.
    Conflict
        ``catalogue_overtaken`` if an entry was changed since; nothing is taken back then.
    """
    community_id = int(community.id or 0)
    _demand(actor, community)
    with store.write() as session:
        session.get_one(model.Community, community_id, with_for_update=True)
        writing_pace.demand(session, actor, now)
        for change in reversed(changes):
            row = _row(session, community_id, change.catalogue, change.code)
            if row is None or row.content != change.after:
                raise errors.Conflict("catalogue_overtaken", name=name_of(change.after))
            row.content = change.before
            if not change.before and change.code not in issue_catalogue.default().rows[change.catalogue]:
                gone = {"retired": True, "removed": True} if change.catalogue == KINDS else {"retired": True}
                row.content = json.dumps({**json.loads(change.after), **gone}, ensure_ascii=False)
            _note(session, actor, community_id, name_of(change.after), now, address)


def remove(
    store: Store, actor: Actor, community: model.Community, code: str, *, now: dt.datetime, address: str = ""
) -> tuple[Change, ...]:
    """Take a kind of service points that the community has added off its list, and return what was changed.

    What is in the bin or in a scenario still knows what it was called.

    Raises
    ------
    Forbidden
        If ``actor`` may not change the community's settings.
    NotFound
        If it is no kind that the community has added.
    Conflict
        ``kind_used`` while a service point or a group is of that kind.
    """
    community_id = int(community.id or 0)
    _demand(actor, community)
    with store.write() as session:
        session.get_one(model.Community, community_id, with_for_update=True)
        writing_pace.demand(session, actor, now)
        row = issue_catalogue.within(session, community_id).rows[KINDS].get(code)
        if row is None or code in issue_catalogue.default().rows[KINDS]:
            raise NotFound("catalogue_missing", code=code[:40])
        n = 0
        for cls in (model.ServicePoint, model.ResidentGroup):
            of = sa.inspect(cls).c
            used = sa.select(sa.func.count()).where(of.community_id == community_id, of.kind == code)
            n += session.scalar(used) or 0
        if n:
            raise errors.Conflict("kind_used", name=str(row["zh"]), n=n)
        kept = {name: value for name, value in row.items() if name != "code"} | {"retired": True, "removed": True}
        done = _write(session, community_id, KINDS, code, json.dumps(kept, ensure_ascii=False))
        _note(session, actor, community_id, str(row["zh"]), now, address)
    return (done,)


def moved(known: Catalogues, code: str, step: int) -> list[Wanted]:
    """Return what is wanted so that a kind stands ``step`` places further down its list."""
    listed = [one for one, row in known.rows[KINDS].items() if not row.get("removed")]
    at = listed.index(code)
    listed.insert(min(max(at + step, 0), len(listed) - 1), listed.pop(at))
    wanted = []
    for n, one in enumerate(listed, 1):
        base = catalogue_checks.flat(KINDS, known.rows[KINDS][one])
        said = {**base, "order": n * service_kinds.ORDER_STEP}
        if said != base:
            wanted.append(Wanted(catalogue=KINDS, code=one, said=said, base=base))
    return wanted


def meant(known: Catalogues, words: Mapping[str, str]) -> list[Wanted]:
    """Return what is wanted so that words in files mean kinds, by their codes; "" is a new kind of that name."""
    wanted = []
    for word in (word for word, code in words.items() if not code):
        said = {**catalogue_checks.flat(KINDS, {"icon": _NEW_ICON}), "zh": word}
        wanted.append(Wanted(catalogue=KINDS, code="", said=said))
    for code in dict.fromkeys(code for code in words.values() if code):
        base = catalogue_checks.flat(KINDS, known.rows[KINDS][code])
        more = [word for word, of in words.items() if of == code]
        wanted.append(Wanted(catalogue=KINDS, code=code, said={**base, "names": [*base["names"], *more]}, base=base))
    return wanted


def _found(session: Session, community_id: int, one: Wanted, known: Catalogues) -> str:
    """Return the code of an entry that is wanted: its own, or that of a new one."""
    if one.catalogue not in NAMES:
        raise NotFound("catalogue_missing", code=one.catalogue[:40])
    rows = known.rows[one.catalogue]
    if one.code:
        if one.code not in rows or rows[one.code].get("kind") == "state":
            raise NotFound("catalogue_missing", code=one.code[:40])
        if one.base is not None and catalogue_checks.flat(one.catalogue, rows[one.code]) != dict(one.base):
            raise errors.Conflict("catalogue_overtaken", name=str(rows[one.code]["zh"]))
        return one.code
    if one.catalogue == FLOW:
        raise NotFound("catalogue_missing", code="")
    most = _MOST.get(one.catalogue, _MOST_USUAL)
    if sum(not row.get("removed", False) for row in rows.values()) >= most:
        raise FaultyRecord([Refusal(name="catalogue.zh", problem="catalogue_full", fields={"n": most})])
    of = sa.inspect(model.CatalogueEntry).c
    n = session.scalar(sa.select(sa.func.count()).where(of.community_id == community_id)) or 0
    code = f"own_{n + 1}"
    while code in rows:
        n += 1
        code = f"own_{n + 1}"
    return code


def _write(session: Session, community_id: int, catalogue: str, code: str, content: str) -> Change:
    row = _row(session, community_id, catalogue, code)
    before = "" if row is None else row.content
    if row is None:
        row = model.CatalogueEntry(community_id=community_id, catalogue=catalogue, code=code)
        session.add(row)
    row.content = content
    session.flush()
    return Change(catalogue=catalogue, code=code, before=before, after=content)


def _row(session: Session, community_id: int, catalogue: str, code: str) -> model.CatalogueEntry | None:
    of = sa.inspect(model.CatalogueEntry).c
    wanted = sa.select(model.CatalogueEntry).where(
        of.community_id == community_id, of.catalogue == catalogue, of.code == code
    )
    return session.scalars(wanted).first()


def _demand(actor: Actor, community: model.Community) -> None:
    access.demand(actor, Action.CHANGE_SETTINGS, street_id=community.street_id, community_id=community.id)


def _note(session: Session, actor: Actor, community_id: int, name: str, now: dt.datetime, address: str) -> None:
    audit.record(session, actor, "catalogue_changed", target=name, community_id=community_id, address=address, now=now)


def name_of(content: str) -> str:
    """Return what an entry is called, by its content."""
    return str(json.loads(content)["zh"])
