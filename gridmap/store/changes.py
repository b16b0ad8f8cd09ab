"""What one transaction did to a community's rows, and how those rows were before it.

The versions of all rows before and after say which were added, changed and deleted, however that was done. How a row
was is not kept a second time: the history has it, sealed as it was, and forgets it when it is due.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import shapely
import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridmap import model
from gridmap.store import blob, frames, tables, types

Versions = dict[str, dict[int, int]]
# Parameters of one statement, below the smallest limit of any SQLite.
_AT_ONCE = 900


@dataclass(frozen=True, kw_only=True)
class Changes:
    """Rows by the name of their table: ids with the versions that they have now, or had before.

    Parameters
    ----------
    added
        With the version they have.
    changed
        With the version they had and the one they have.
    deleted
        With the version they had.
    """

    added: Mapping[str, Mapping[int, int]] = field(default_factory=dict)
    changed: Mapping[str, Mapping[int, tuple[int, int]]] = field(default_factory=dict)
    deleted: Mapping[str, Mapping[int, int]] = field(default_factory=dict)

    @property
    def any(self) -> bool:
        """Whether anything is not as it was."""
        return bool(self.added or self.changed or self.deleted)

    def counted_on(self, undone: Changes, now: Versions) -> Changes:
        """Return these changes after a later one was undone: its rows are as these left them, in another version."""
        then = {(name, n): old for name, rows in undone.changed.items() for n, (old, _) in rows.items()}
        then |= {(name, n): old for name, rows in undone.deleted.items() for n, old in rows.items()}

        def version(name: str, number: int, left: int) -> int:
            return now.get(name, {}).get(number, left) if then.get((name, number)) == left else left

        return Changes(
            added={name: {n: version(name, n, left) for n, left in rows.items()} for name, rows in self.added.items()},
            changed={
                name: {n: (old, version(name, n, left)) for n, (old, left) in rows.items()}
                for name, rows in self.changed.items()
            },
            deleted=self.deleted,
        )

    def to_json(self) -> str:
        """Return the changes as text; no value of any row is in it."""
        return json.dumps(asdict(self), separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Changes:
        """Read what `to_json` wrote."""
        read = json.loads(text)
        return cls(
            added={name: {int(n): v for n, v in rows.items()} for name, rows in read["added"].items()},
            changed={name: {int(n): (v[0], v[1]) for n, v in rows.items()} for name, rows in read["changed"].items()},
            deleted={name: {int(n): v for n, v in rows.items()} for name, rows in read["deleted"].items()},
        )


@dataclass(frozen=True, kw_only=True)
class State:
    """How a row was before a change: its values by column, when it was changed, and whether that was its deletion."""

    deleted: bool
    at: dt.datetime
    values: Mapping[str, Any]


def alone(session: Session, community_id: int) -> int:
    """Let nobody else change rows of a community until this transaction ends; return its revision.

    Whoever changes a row counts the revision in the same transaction: to hold that row is to hold all.
    """
    revision = tables.REVISION
    held = sa.select(revision.c.n).where(revision.c.community_id == community_id).with_for_update()
    return int(session.scalar(held) or 0)


def seen(session: Session, community_id: int) -> int:
    """Return the revision of a community as this transaction sees it; 0 before the first."""
    revision = tables.REVISION
    return int(session.scalar(sa.select(revision.c.n).where(revision.c.community_id == community_id)) or 0)


def versions(session: Session, community_id: int, skip: Iterable[str] = ()) -> Versions:
    """Return id and version of every row of a community by the name of its table, but for the tables ``skip``."""
    session.flush()
    found: Versions = {}
    for table in _owned(skip):
        owner = tables.owner(table)
        rows = session.execute(sa.select(table.c.id, table.c.version).where(table.c[str(owner)] == community_id))
        found[table.name] = {int(number): int(version) for number, version in rows}
    return found


def since(session: Session, community_id: int, before: Versions, skip: Iterable[str] = ()) -> Changes:
    """Return what has changed since ``before``, as `versions` gave it."""
    return between(before, versions(session, community_id, skip))


def between(before: Versions, now: Versions) -> Changes:
    """Return what differs between two states of a community's rows, as `versions` gave them."""
    added, changed, deleted = {}, {}, {}
    for name, rows in now.items():
        old = before.get(name, {})
        added[name] = {number: version for number, version in rows.items() if number not in old}
        changed[name] = {n: (old[n], version) for n, version in rows.items() if n in old and old[n] != version}
        deleted[name] = {number: version for number, version in old.items() if number not in rows}
    return Changes(
        added={name: rows for name, rows in added.items() if rows},
        changed={name: rows for name, rows in changed.items() if rows},
        deleted={name: rows for name, rows in deleted.items() if rows},
    )


def as_they_were(session: Session, table: sa.Table, wanted: Mapping[int, int]) -> dict[int, dict[str, Any]]:
    """Return rows as they were in a version, as far as the history still has it.

    Parameters
    ----------
    session
        Session of a ``Store.write()`` block.
    table
        Their table.
    wanted
        Version by id.

    Returns
    -------
    dict
        By id: values by column, as the table takes them.
    """
    history, sqlite = tables.HISTORY, session.connection().dialect.name == "sqlite"
    found: dict[int, dict[str, Any]] = {}
    numbers = list(wanted)
    for start in range(0, len(numbers), _AT_ONCE):
        mine = (history.c.table_name == table.name) & history.c.row_id.in_(numbers[start : start + _AT_ONCE])
        rows = session.execute(
            sa.select(history.c.row_id, history.c.version, history.c.old, history.c.geometry)
            .where(mine)
            .order_by(history.c.id)
        )
        for number, version, old, shape in rows:
            if version == wanted[number]:
                found[number] = _values(table, json.loads(old), shape, sqlite)
    return found


def past(session: Session, table: sa.Table, numbers: Iterable[int]) -> dict[int, list[State]]:
    """Return how rows were before each change that the history still tells of, by id and in the order of the changes.

    Parameters
    ----------
    session
        Session of a ``Store.read()`` or ``Store.write()`` block.
    table, numbers
        Their table and their ids.
    """
    history, sqlite = tables.HISTORY, session.connection().dialect.name == "sqlite"
    wanted = list(numbers)
    found: dict[int, list[State]] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        mine = (history.c.table_name == table.name) & history.c.row_id.in_(wanted[start : start + _AT_ONCE])
        rows = session.execute(
            sa.select(history.c.row_id, history.c.op, history.c.at, history.c.old, history.c.geometry)
            .where(mine)
            .order_by(history.c.id)
        )
        for number, op, at, old, shape in rows:
            state = State(deleted=op == "delete", at=at, values=_values(table, json.loads(old), shape, sqlite))
            found.setdefault(int(number), []).append(state)
    return found


def once_at(session: Session, table: sa.Table, column: str, number: int, community_id: int) -> set[int]:
    """Return the ids of a community's rows whose ``column`` points at row ``number``, or did in an earlier version."""
    history = tables.HISTORY
    found = {int(one) for one in session.scalars(sa.select(table.c.id).where(table.c[column] == number))}
    mine = (history.c.table_name == table.name) & (history.c.community_id == community_id)
    told = session.execute(sa.select(history.c.row_id, history.c.old).where(mine))
    return found | {int(row) for row, old in told if json.loads(old).get(column) == number}


def _owned(skip: Iterable[str]) -> list[sa.Table]:
    left = set(skip)
    return [
        table
        for table in tables.of().values()
        if tables.owner(table) is not None and table.name not in left and not tables.is_append_only(table)
    ]


def _values(table: sa.Table, told: Mapping[str, Any], shape: str | None, sqlite: bool) -> dict[str, Any]:
    values = {}
    for column in table.c:
        if isinstance(column.type, types.Shape):
            values[column.name] = _shape(column.type, shape, sqlite)
        elif column.name in told:
            values[column.name] = _value(column.type, told[column.name])
    return values


def _value(kind: Any, value: Any) -> Any:
    if value is None:
        return None
    if isinstance(kind, sa.Boolean):
        return bool(value)
    if isinstance(kind, types.Moment):
        return dt.datetime.fromisoformat(value)
    return dt.date.fromisoformat(value) if isinstance(kind, sa.Date) else value


def _shape(kind: types.Shape, told: str | None, sqlite: bool) -> shapely.Geometry:
    if not told:
        return kind.empty
    return blob.decode(bytes.fromhex(told)) if sqlite else shapely.from_wkb(told)


def frame(session: Session, cls: type[model.Row], community_id: int) -> Any:
    """Return the rows of a class in a community as `Store.frame` does, as this transaction sees them."""
    session.flush()
    table = tables.of()[cls]
    owner = tables.owner(table)
    return frames.read(session.connection(), table, [table.c[str(owner)] == community_id])
