"""Every sealed text of a store, wherever it stands: in its column, the history, the bin, what undoes an import."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from gridmap import model
from gridmap.model import Sealed
from gridmap.store import tables

# A Fernet token: version 0x80 and the first zeros of a time, in base 64.
_TOKEN = re.compile(r"gAAAA[A-Za-z0-9_-]{90,}={0,2}")
_MARK = "%gAAAA%"


def holders() -> list[sa.Table]:
    """Return the tables whose rows hold sealed text, in columns of its own or among other text."""
    return [table for table in tables.of().values() if tables.sealed(table) or set(table.c) & set(_packed())]


def rewrite(connection: sa.Connection, reseal: Callable[[Sealed], Sealed]) -> int:
    """Put ``reseal(text)`` in the place of every sealed text, and return how many there were.

    Nothing but these texts may change: the caller holds back the triggers (`Backend.quietly`).
    """
    n = 0
    for column in tables.sealed():
        found = connection.execute(sa.select(column.table.c.id, column).where(column != "")).all()
        _put(connection, column, [(number, reseal(Sealed(text))) for number, text in found])
        n += len(found)
    for column in (tables.HISTORY.c.old, *_packed()):
        found = connection.execute(sa.select(column.table.c.id, column).where(column.like(_MARK))).all()
        n += sum(len(_TOKEN.findall(text)) for _, text in found)
        anew = [(number, _TOKEN.sub(lambda token: reseal(Sealed(token[0])), text)) for number, text in found]
        _put(connection, column, anew)
    return n


def _packed() -> tuple[sa.Column[str], ...]:
    return tables.of()[model.BinEntry].c.content, tables.of()[model.ImportRun].c.content


def _put(connection: sa.Connection, column: sa.Column[Any], rows: list[tuple[int, str]]) -> None:
    if rows:
        table = column.table
        assert isinstance(table, sa.Table)  # for mypy
        change = table.update().where(table.c.id == sa.bindparam("of_row")).values({column: sa.bindparam("anew")})
        connection.execute(change, [{"of_row": number, "anew": text} for number, text in rows])
