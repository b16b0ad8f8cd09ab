"""Triggers of the GeoPackage, as SQL: the standard's RTree ones, and ours for history, revision and version.

Ours use plain SQLite only, so that QGIS and GDAL can edit the file.
"""

# Names in these statements come from the dataclasses, never from a user.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from gridmap.store import tables


def rtree_name(table: sa.Table) -> str:
    """Return the name of the spatial index of ``table``."""
    return f"rtree_{table.name}_geom"


def rtree(table: sa.Table) -> Iterator[str]:
    """Yield the statements that keep the spatial index (OGC 12-128r17, annex F.3, extension ``gpkg_rtree_index``)."""
    t, index = table.name, rtree_name(table)
    box = "NEW.id, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom)"
    there, gone = "(NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom))", "(NEW.geom ISNULL OR ST_IsEmpty(NEW.geom))"
    put = f"INSERT OR REPLACE INTO {index} VALUES ({box});"
    drop = f"DELETE FROM {index} WHERE id = OLD.id;"
    yield f"CREATE TRIGGER {index}_insert AFTER INSERT ON {t} WHEN {there} BEGIN {put} END"
    yield (
        f"CREATE TRIGGER {index}_update1 AFTER UPDATE OF geom ON {t} WHEN OLD.id = NEW.id AND {there} BEGIN {put} END"
    )
    yield (
        f"CREATE TRIGGER {index}_update2 AFTER UPDATE OF geom ON {t} WHEN OLD.id = NEW.id AND {gone} BEGIN {drop} END"
    )
    yield (
        f"CREATE TRIGGER {index}_update3 AFTER UPDATE ON {t} WHEN OLD.id != NEW.id AND {there} BEGIN {drop} {put} END"
    )
    yield (
        f"CREATE TRIGGER {index}_update4 AFTER UPDATE ON {t} "
        f"WHEN OLD.id != NEW.id AND {gone} BEGIN DELETE FROM {index} WHERE id IN (OLD.id, NEW.id); END"
    )
    yield f"CREATE TRIGGER {index}_delete AFTER DELETE ON {t} WHEN OLD.geom NOTNULL BEGIN {drop} END"


def ours(table: sa.Table) -> Iterator[str]:
    """Yield the statements that count the version of a row, keep its past and bump its community's revision.

    They also take along what belongs to a row that is deleted. Where rows are only added, the statements refuse
    everything else instead.
    """
    t = table.name
    if tables.is_append_only(table):
        refuse = f"BEGIN SELECT RAISE(ABORT, 'rows of {t} are only added'); END"
        yield f"CREATE TRIGGER gridmap_{t}_update BEFORE UPDATE ON {t} {refuse}"
        yield f"CREATE TRIGGER gridmap_{t}_delete BEFORE DELETE ON {t} {refuse}"
        # INSERT OR REPLACE sets off no trigger for the row it deletes.
        taken = f"EXISTS (SELECT 1 FROM {t} WHERE id = NEW.id)"
        yield f"CREATE TRIGGER gridmap_{t}_replace BEFORE INSERT ON {t} WHEN {taken} {refuse}"
        return
    yield from _take_along(table)
    # Without ``version``: the trigger that counts it must set off no other.
    columns = ", ".join(f'"{c.name}"' for c in table.c if c.name != "version")
    yield (
        f"CREATE TRIGGER gridmap_{t}_version AFTER UPDATE OF {columns} ON {t} WHEN NEW.version = OLD.version "
        f"BEGIN UPDATE {t} SET version = OLD.version + 1 WHERE id = NEW.id; END"
    )
    owner = tables.owner(table)
    if owner is None:
        return
    yield f"CREATE TRIGGER gridmap_{t}_insert AFTER INSERT ON {t} BEGIN {_bump(f'NEW.{owner}')} END"
    yield (
        f"CREATE TRIGGER gridmap_{t}_update AFTER UPDATE OF {columns} ON {t} BEGIN "
        f"{_past(table, owner, 'update')} {_bump(f'NEW.{owner}')} END"
    )
    yield (
        f"CREATE TRIGGER gridmap_{t}_moved AFTER UPDATE OF {owner} ON {t} WHEN OLD.{owner} != NEW.{owner} "
        f"BEGIN {_bump(f'OLD.{owner}')} END"
    )
    yield (
        f"CREATE TRIGGER gridmap_{t}_delete AFTER DELETE ON {t} BEGIN "
        f"{_past(table, owner, 'delete')} {_bump(f'OLD.{owner}')} END"
    )


def _take_along(table: sa.Table) -> Iterator[str]:
    """Yield the statement that does for what points at a deleted row what its foreign keys say.

    GDAL, and so QGIS, opens a file with foreign keys off. Where they are on, nothing is left to do here: their
    actions come before these triggers.
    """
    acts = []
    for child in tables.of().values():
        for key in child.foreign_keys:
            if key.column.table is not table:
                continue
            where = f"WHERE {key.parent.name} = OLD.{key.column.name}"
            if key.ondelete == "CASCADE":
                acts.append(f"DELETE FROM {child.name} {where};")
            elif key.ondelete == "SET NULL":
                acts.append(f"UPDATE {child.name} SET {key.parent.name} = NULL {where};")
    if acts:
        yield f"CREATE TRIGGER gridmap_{table.name}_along AFTER DELETE ON {table.name} BEGIN {' '.join(acts)} END"


def _bump(community: str) -> str:
    return (
        f"INSERT INTO community_revision (community_id, n) SELECT {community}, 0 "
        f"WHERE NOT EXISTS (SELECT 1 FROM community_revision WHERE community_id = {community}); "
        f"UPDATE community_revision SET n = n + 1 WHERE community_id = {community};"
    )


def _past(table: sa.Table, owner: str, op: str) -> str:
    plain = ", ".join(f"'{c.name}', OLD.\"{c.name}\"" for c in table.c if c.name != "geom")
    shape = "NULLIF(hex(OLD.geom), '')" if tables.geometry(table) else "NULL"
    return (
        "INSERT INTO history (table_name, row_id, community_id, op, at, version, old, geometry) VALUES "
        f"('{table.name}', OLD.id, OLD.{owner}, '{op}', strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), OLD.version, "
        f"json_object({plain}), {shape});"
    )
