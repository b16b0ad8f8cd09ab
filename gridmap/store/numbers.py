"""The numbers a database has given to rows: one that was given is never given again, even where its row is gone."""

from __future__ import annotations

import sqlalchemy as sa

from gridmap.store import contents

_SEQUENCE = sa.table("sqlite_sequence", sa.column("name"), sa.column("seq"))


def given(connection: sa.Connection) -> dict[str, int]:
    """Return the highest number given so far in each table that numbers its rows, by the table's name."""
    numbered = _numbered()
    if connection.dialect.name == "sqlite":
        found = {row.name: int(row.seq) for row in connection.execute(sa.select(_SEQUENCE))}
        return {table.name: found.get(table.name, 0) for table in numbered}
    return {table.name: int(connection.execute(_last(connection, table)).scalar() or 0) for table in numbered}


def give(connection: sa.Connection, highest: dict[str, int]) -> None:
    """Let each table go on after the highest number of ``highest`` and of its own rows."""
    for table in _numbered():
        own = connection.scalar(sa.select(sa.func.max(table.c.id))) or 0
        number = max(own, highest.get(table.name, 0))
        if connection.dialect.name == "sqlite":
            connection.execute(sa.delete(_SEQUENCE).where(_SEQUENCE.c.name == table.name))
            connection.execute(sa.insert(_SEQUENCE).values(name=table.name, seq=number))
        else:
            name = sa.func.pg_get_serial_sequence(table.name, "id")
            connection.execute(sa.select(sa.func.setval(name, max(number, 1), number > 0)))


def _numbered() -> list[sa.Table]:
    return [table for table in contents.all_tables() if "id" in table.c and table.c.id.identity is not None]


def _last(connection: sa.Connection, table: sa.Table) -> sa.TextClause:
    # last_value of a sequence that was never asked is 1 as well.
    sequence = connection.scalar(sa.select(sa.func.pg_get_serial_sequence(table.name, "id")))
    return sa.text(f"SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {sequence}")  # noqa: S608
