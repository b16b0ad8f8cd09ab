"""What hinders taking an import back: rows that somebody has changed since, or on which something new hangs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridmap.store import changes, tables
from gridmap.store.changes import Changes

_AT_ONCE = 900
# Tell where something lies, which is found anew; nobody has written it.
_FOUND = (("issue", "grid_id"), ("grid_building", "grid_id"), ("grid_building", "building_id"))

#: Name of a table and number of a row.
Key = tuple[str, int]


def held(
    session: Session,
    done: Changes,
    now: changes.Versions,
    before: Mapping[str, Mapping[int, Any]],
) -> Iterator[Key]:
    """Yield the rows that are no longer as the import left them, or that something new hangs on."""
    for name, rows in done.added.items():
        there = now.get(name, {})
        yield from ((name, n) for n, version in rows.items() if n in there and there[n] != version)
        yield from ((name, n) for n in _used(session, done, name, [n for n in rows if n in there]))
    for name, changed in done.changed.items():
        there = now.get(name, {})
        for number, (_, version) in changed.items():
            if number in there and (there[number] != version or number not in before[name]):
                yield name, number


def _used(session: Session, done: Changes, name: str, numbers: list[int]) -> set[int]:
    """Return which rows something points at that this import has neither added nor changed."""
    used: set[int] = set()
    for child, column in _pointing(name):
        if (child.name, column) in _FOUND:
            continue
        ours = {*done.added.get(child.name, {}), *done.changed.get(child.name, {})}
        for start in range(0, len(numbers), _AT_ONCE):
            part = child.c[column].in_(numbers[start : start + _AT_ONCE])
            rows = session.execute(sa.select(child.c.id, child.c[column]).where(part))
            used |= {int(number) for one, number in rows if one not in ours}
    return used


def needed(session: Session, done: Changes, kept: set[Key], own: tuple[str, ...]) -> set[Key]:
    """Return the added rows that rows which stay point at: a compound stays with a building in it.

    What the app derives holds nothing but what it derives.
    """
    found: set[Key] = set()
    waiting = list(kept)
    while waiting:
        name, number = waiting.pop()
        table = tables.METADATA.tables[name]
        row = session.execute(sa.select(table).where(table.c.id == number)).mappings().first()
        for key in table.foreign_keys:
            target = key.column.table.name
            wanted = None if row is None else row[key.parent.name]
            one = (target, int(wanted)) if wanted is not None else None
            if name in own and target not in own:
                continue
            if one is not None and one[1] in done.added.get(target, {}) and one not in kept | found:
                found.add(one)
                waiting.append(one)
    return found


def _pointing(name: str) -> list[tuple[sa.Table, str]]:
    return [
        (child, key.parent.name)
        for child in tables.of().values()
        for key in child.foreign_keys
        if key.column.table.name == name
    ]
