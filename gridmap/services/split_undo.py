"""Takes the split of a community back: its parts are one again, as long as nobody has built on the split.

How rows were stands in the history; the split keeps numbers and versions only. Where a row was changed since, or
something new came to a part, the undoing is refused and names it.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridmap import access, errors, i18n, model
from gridmap.access import Action, Actor
from gridmap.services import audit, community_settings, import_verdicts, recycle_bin
from gridmap.store import Store, changes, tables
from gridmap.store.changes import Changes, Versions

_AT_ONCE = 900
_FEW = 8


@dataclass(frozen=True, kw_only=True)
class Split:
    """A split that was made; ``until`` is until when it can be undone."""

    number: int
    at: dt.datetime
    by: str
    parts: int
    reason: str
    undone_at: dt.datetime | None
    until: dt.datetime


class Built(errors.Conflict):
    """Somebody has gone on with the parts of a split.

    Parameters
    ----------
    names
        What was changed or has come since.
    """

    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__("split_built", n=len(names), names=[*names[:_FEW], *(["…"] if len(names) > _FEW else [])])
        self.names = names


def splits(store: Store, community: model.Community) -> list[Split]:
    """Return the splits of a community, the newest first."""
    kept = sa.inspect(model.CommunitySplit).c
    mine = kept.community_id == community_settings.number(community)
    with store.read() as session:
        return [
            Split(
                number=int(one.id or 0),
                at=one.at,
                by=one.account_name,
                parts=one.parts,
                reason=one.reason,
                undone_at=one.undone_at,
                until=one.at + recycle_bin.keeping(),
            )
            for one in session.scalars(sa.select(model.CommunitySplit).where(mine).order_by(kept.id.desc()))
        ]


def undo(
    store: Store,
    community: model.Community,
    number: int | None = None,
    *,
    actor: Actor | None = None,
    now: dt.datetime | None = None,
    address: str = "",
) -> list[str]:
    """Take a split back, the last one if none is named; return the names of the communities that are gone.

    Raises
    ------
    NotFound
        If the community was never split, or not under this number.
    InputError
        If it was undone already, or its rows' history is gone.
    Built
        If somebody has changed what was split, or added to it.
    Forbidden
        If ``actor`` may not.
    """
    if actor is not None:
        place = {"street_id": community.street_id, "community_id": community.id}
        access.demand(actor, Action.SPLIT_COMMUNITY, **place)
    moment = now or dt.datetime.now(dt.UTC)
    community_id = community_settings.number(community)
    with store.write() as session:
        changes.alone(session, community_id)
        kept = _find(session, community_id, number)
        if kept.undone_at is not None or not kept.content:
            raise errors.InputError("split_undone_already", number=str(kept.id))
        told = json.loads(kept.content)
        numbers = [int(one) for one in told["communities"]]
        done = Changes.from_json(json.dumps(told["rows"]))
        now_there = _versions(session, [community_id, *numbers])
        if names := tuple(sorted(set(_hindering(session, done, now_there, numbers, told)))):
            raise Built(names)
        gone = [session.get_one(model.Community, one).name for one in numbers]
        _back(session, done, kept)
        for row, old, _ in told["accounts"]:
            session.get_one(model.Account, row).community_id = old
        for row, old, _ in told["links"]:
            session.get_one(model.CalendarLink, row).community_id = old
        _remove(session, done)
        session.expire_all()
        kept = session.get_one(model.CommunitySplit, kept.id)
        kept.undone_at, kept.content = moment, ""
        audit.record(
            session,
            actor,
            "community_split_undone",
            target="、".join(gone),
            target_id=kept.id,
            community_id=community_id,
            address=address,
            now=moment,
        )
    return gone


def _find(session: Session, community_id: int, number: int | None) -> model.CommunitySplit:
    kept = sa.inspect(model.CommunitySplit).c
    wanted = sa.select(model.CommunitySplit).where(kept.community_id == community_id)
    wanted = wanted.where(kept.undone_at.is_(None)) if number is None else wanted.where(kept.id == number)
    found = session.scalars(wanted.order_by(kept.id.desc())).first()
    if found is None:
        raise errors.NotFound("split_missing", number="" if number is None else str(number))
    return found


def _versions(session: Session, numbers: list[int]) -> Versions:
    found: Versions = {}
    for number in numbers:
        for name, rows in changes.versions(session, number).items():
            found.setdefault(name, {}).update(rows)
    return found


def _hindering(
    session: Session, done: Changes, now: Versions, numbers: list[int], told: Mapping[str, Any]
) -> Iterator[str]:
    """Yield what is no longer as the split left it, or has come to one of the new communities since."""
    for name, rows in done.added.items():
        yield from (_called(session, name, one) for one, left in rows.items() if now[name].get(one) != left)
    for name, changed in done.changed.items():
        yield from (_called(session, name, one) for one, (_, left) in changed.items() if now[name].get(one) != left)
    for name, rows in _versions(session, numbers).items():
        known = {*done.added.get(name, {}), *done.changed.get(name, {})}
        yield from (_called(session, name, one) for one in rows if one not in known)
    moved = {one for one, _, _ in told["accounts"]}
    account = sa.inspect(model.Account).c
    for one in session.scalars(sa.select(model.Account).where(account.community_id.in_(numbers))):
        if one.id not in moved:
            yield one.name
    for one, _, new in told["accounts"]:
        there = session.get(model.Account, one)
        if there is not None and there.community_id != new:
            yield there.name
    links = {one for one, _, _ in told["links"]}
    for cls in (model.ViewLink, model.ApiKey, model.CalendarLink):
        column = sa.inspect(cls).c
        for one in session.scalars(sa.select(column.id).where(column.community_id.in_(numbers))):
            if cls is not model.CalendarLink or one not in links:
                yield i18n.text(f"split.kind.{tables.name(cls)}", "zh")
    yield from _codes_taken(session, done, numbers)


def _codes_taken(session: Session, done: Changes, numbers: list[int]) -> Iterator[str]:
    """Yield the codes of issues that were given a second time, in the community that kept its number."""
    issue = sa.inspect(model.Issue).c
    away = session.scalars(sa.select(issue.code).where(issue.community_id.in_(numbers))).all()
    home = {int(one) for one in done.changed.get("community", {})}
    for start in range(0, len(away), _AT_ONCE):
        part = issue.code.in_(away[start : start + _AT_ONCE])
        yield from session.scalars(sa.select(issue.code).where(issue.community_id.in_(home), part))


def _called(session: Session, name: str, number: int) -> str:
    classes = {table.name: cls for cls, table in tables.of().items()}
    thing = session.get(classes[name], number)
    return (thing is not None and import_verdicts.namer(classes[name])(thing)) or f"{name} {number}"


def _back(session: Session, done: Changes, kept: model.CommunitySplit) -> None:
    """Write every row that the split changed as it was before."""
    for name, rows in done.changed.items():
        table = tables.METADATA.tables[name]
        before = changes.as_they_were(session, table, {one: old for one, (old, _) in rows.items()})
        if before.keys() != rows.keys():
            raise errors.InputError("split_undo_over", number=str(kept.id), days=recycle_bin.keeping().days)
        for one, values in before.items():
            fields = {column: value for column, value in values.items() if column not in ("id", "version")}
            session.execute(sa.update(table).where(table.c.id == one).values(fields))


def _remove(session: Session, done: Changes) -> None:
    for cls, table in reversed(tables.of().items()):
        numbers = list(done.added.get(table.name, {}))
        for start in range(0, len(numbers), _AT_ONCE):
            gone = sa.delete(cls).where(table.c.id.in_(numbers[start : start + _AT_ONCE]))
            session.execute(gone, execution_options={"synchronize_session": False})
