"""Looking a store over: what the database itself can tell about its rows, whichever database it is.

Each look returns what it found wrong, nothing where all is well, and changes nothing.
"""

# Names in these statements come from the dataclasses, never from a user.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Callable, Iterator

import sqlalchemy as sa

from gridmap.errors import Fault
from gridmap.store import contents, numbers, soundness, tables, triggers, types

_FEW = 5
# The spatial index and the extents are kept as 32-bit floats, rounded outwards.
_TOLERANCE_DEG = 1e-4

Look = Callable[[sa.Connection], Iterator[Fault]]


def migrations(connection: sa.Connection) -> list[str]:
    """Return the names of the steps that brought the store to its form, in order."""
    return list(connection.scalars(sa.select(tables.MIGRATION.c.name).order_by(tables.MIGRATION.c.name)))


def database(connection: sa.Connection) -> Iterator[Fault]:
    """See whether the database's own pages and indices are whole."""
    if connection.dialect.name == "sqlite":
        for said in connection.exec_driver_sql("PRAGMA integrity_check").scalars():
            if said != "ok":
                yield Fault(problem="check_database", fields={"said": said})
        return
    invalid = connection.execute(
        sa.text(
            "SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid "
            "JOIN pg_class t ON t.oid = i.indrelid WHERE NOT i.indisvalid AND t.relname = ANY(:names)"
        ),
        {"names": [table.name for table in contents.all_tables()]},
    )
    for name in invalid.scalars():
        yield Fault(problem="check_database", fields={"said": f"index {name} is not valid"})


def references(connection: sa.Connection) -> Iterator[Fault]:
    """See whether every row that points at another finds it."""
    for table in contents.all_tables():
        for key in table.foreign_keys:
            column, to = key.parent.name, key.column
            lost = (
                f"SELECT child.id FROM {table.name} child LEFT JOIN {to.table.name} parent "
                f"ON parent.{to.name} = child.{column} WHERE child.{column} IS NOT NULL AND parent.{to.name} IS NULL"
            )
            yield from _rows(connection, lost, "check_reference", table=table.name, column=column)


def communities(connection: sa.Connection) -> Iterator[Fault]:
    """See whether every row belongs to the same community as the row it points at."""
    for table in contents.all_tables():
        for key in table.foreign_keys:
            column, to = key.parent.name, key.column
            if "community_id" not in table.c or "community_id" not in to.table.c:
                continue
            astray = (
                f"SELECT child.id FROM {table.name} child JOIN {to.table.name} parent "
                f"ON parent.{to.name} = child.{column} WHERE parent.community_id <> child.community_id"
            )
            yield from _rows(connection, astray, "check_community", table=table.name, column=column)


def values(connection: sa.Connection) -> Iterator[Fault]:
    """See whether every value is one that our rules would have let in."""
    for table in contents.all_tables():
        if "id" not in table.c:
            continue
        found: dict[tuple[str, str], list[soundness.Unsound]] = {}
        for unsound in soundness.look(connection, table):
            if not isinstance(table.c[unsound.column].type, types.Shape):
                found.setdefault((unsound.column, unsound.value), []).append(unsound)
        for (column, value), rows in found.items():
            ids = ", ".join(str(one.row) for one in rows)
            said = {"table": table.name, "in_column": column, "allowed": rows[0].allowed, "n": len(rows), "ids": ids}
            yield Fault(problem="check_value", value=value, fields=said)


def shapes(connection: sa.Connection) -> Iterator[Fault]:
    """See whether every geometry can be read, is of its column's kind and lies on the globe."""
    for table in contents.all_tables():
        kind = tables.geometry(table)
        if kind is None:
            continue
        wrong = [one.row for one in soundness.look(connection, table) if one.column == "geom"]
        if wrong:
            yield Fault(
                problem="check_shape",
                fields={"table": table.name, "kind": kind.kind, "n": len(wrong), "ids": ", ".join(map(str, wrong))},
            )


def index(connection: sa.Connection) -> Iterator[Fault]:
    """See whether the spatial index of each table is whole and tells where its rows are."""
    if connection.dialect.name != "sqlite":
        return  # PostgreSQL keeps its indices in the same transaction; `database` asks whether they are valid
    for table in contents.all_tables():
        if tables.geometry(table) is None:
            continue
        name = triggers.rtree_name(table)
        if not sa.inspect(connection).has_table(name):
            yield Fault(problem="check_index", fields={"table": table.name, "n": 0, "said": "missing"})
            continue
        said = connection.exec_driver_sql(f"SELECT rtreecheck('{name}')").scalar()
        apart = connection.exec_driver_sql(
            f"SELECT (SELECT count(*) FROM {table.name} t LEFT JOIN {name} r ON r.id = t.id WHERE t.geom NOTNULL AND "
            "(r.id ISNULL OR r.minx > ST_MinX(t.geom) OR r.maxx < ST_MaxX(t.geom) "
            "OR r.miny > ST_MinY(t.geom) OR r.maxy < ST_MaxY(t.geom))) "
            f"+ (SELECT count(*) FROM {name} r LEFT JOIN {table.name} t ON t.id = r.id WHERE t.geom ISNULL)"
        ).scalar()
        if said != "ok" or apart:
            yield Fault(problem="check_index", fields={"table": table.name, "n": int(apart or 0), "said": said})


def listed(connection: sa.Connection) -> Iterator[Fault]:
    """See whether a GeoPackage lists its tables, and tells other programs where their rows lie."""
    if connection.dialect.name != "sqlite":
        return
    extents = {
        row[0]: row[1:]
        for row in connection.exec_driver_sql("SELECT table_name, min_x, max_x, min_y, max_y FROM gpkg_contents")
    }
    for table in tables.of().values():
        if table.name not in extents:
            yield Fault(problem="check_unlisted", fields={"table": table.name})
        elif tables.geometry(table):
            true = connection.exec_driver_sql(
                "SELECT min(ST_MinX(geom)), max(ST_MaxX(geom)), min(ST_MinY(geom)), max(ST_MaxY(geom)) "
                f"FROM {table.name}"
            ).one()
            if not _holds(tuple(extents[table.name]), tuple(true)):
                yield Fault(problem="check_extent", fields={"table": table.name})


def watched(connection: sa.Connection) -> Iterator[Fault]:
    """See whether the triggers that keep history, versions and counters are there."""
    if connection.dialect.name == "sqlite":
        there = {
            (table, name)
            for table, name in connection.exec_driver_sql(
                "SELECT tbl_name, name FROM sqlite_master WHERE type = 'trigger'"
            )
        }
    else:
        there = {
            (table, name)
            for table, name in connection.execute(
                sa.text(
                    "SELECT c.relname, t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
                    "WHERE NOT t.tgisinternal AND t.tgenabled <> 'D'"
                )
            )
        }
    for table in tables.of().values():
        missing = sorted(name for name in _triggers(table, connection.dialect.name) if (table.name, name) not in there)
        if missing:
            yield Fault(problem="check_triggers", fields={"table": table.name, "missing": ", ".join(missing)})


def counters(connection: sa.Connection) -> Iterator[Fault]:
    """See whether the next number a table gives to a row is a new one."""
    for name, number in numbers.given(connection).items():
        table = tables.METADATA.tables[name]
        highest = int(connection.scalar(sa.select(sa.func.max(table.c.id))) or 0)
        if number < highest:
            yield Fault(problem="check_numbers", fields={"table": name, "number": number, "highest": highest})


#: Every look, by the key of its name.
LOOKS: tuple[tuple[str, Look], ...] = (
    ("database", database),
    ("references", references),
    ("communities", communities),
    ("values", values),
    ("shapes", shapes),
    ("index", index),
    ("listed", listed),
    ("watched", watched),
    ("counters", counters),
)


def _rows(connection: sa.Connection, question: str, problem: str, **fields: str) -> Iterator[Fault]:
    # As text: putting some hundred such statements together takes longer than asking them.
    found: list[int] = list(connection.exec_driver_sql(question).scalars())
    if found:
        yield _named(sorted(found), problem, **fields)


def _named(found: list[int], problem: str, *, column: str | None = None, **fields: str) -> Fault:
    few = ", ".join(str(number) for number in found[:_FEW]) + (" …" if len(found) > _FEW else "")
    return Fault(problem=problem, column=column, fields={**fields, "n": len(found), "ids": few})


def _holds(told: tuple[float | None, ...], true: tuple[float | None, ...]) -> bool:
    if None in true:
        return True
    if None in told:
        return False
    min_x, max_x, min_y, max_y = (float(a or 0) - float(b or 0) for a, b in zip(told, true, strict=True))
    return min_x <= _TOLERANCE_DEG and min_y <= _TOLERANCE_DEG and max_x >= -_TOLERANCE_DEG and max_y >= -_TOLERANCE_DEG


def _triggers(table: sa.Table, dialect: str) -> list[str]:
    if dialect == "sqlite":
        statements = [*triggers.ours(table), *(triggers.rtree(table) if tables.geometry(table) else ())]
        return [statement.split()[2] for statement in statements]
    if tables.is_append_only(table):
        return ["gridmap_refuse_row", "gridmap_refuse_statement"]
    if tables.owner(table) is None:
        return ["gridmap_version"]
    return ["gridmap_version", "gridmap_history", *(f"gridmap_revision_{op}" for op in ("insert", "update", "delete"))]
