"""A row deleted by another program, which opens the file with foreign keys off, takes along what the app would."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import outside
import pytest
import shapely
import sqlalchemy as sa
from store_places import NOON, Place

from gridmap import model
from gridmap.store import Store, inspection, open_store, tables

SQUARE = shapely.MultiPolygon([shapely.box(108.92, 34.23, 108.921, 34.231)])


def _fill(store: Store, community_id: int) -> None:
    """One row of each kind that points at others, all of number 1."""
    owned = {"community_id": community_id}
    with store.write() as session:
        session.add_all(
            [
                model.Compound(**owned, name="东院", geom=SQUARE),
                model.Staff(**owned, name="模拟甲", post=next(iter(model.PostKind))),
                model.GridVersion(**owned, valid_from=NOON.date()),
            ]
        )
        session.flush()
        session.add(model.Staff(**owned, name="模拟乙", post=next(iter(model.PostKind)), partner_id=1))
        session.add(model.Building(**owned, number="1号楼", compound_id=1, geom=SQUARE))
        session.add(model.Grid(**owned, version_id=1, code="001", name="一", colour="red", letter="A", leader_id=1))
        session.flush()
        session.add(model.GridBuilding(**owned, version_id=1, grid_id=1, building_id=1))
        session.add(
            model.Issue(
                **owned,
                code="W-1",
                reported_at=NOON,
                source=model.IssueSource.WALK,
                category="lighting",
                text="灯",
                building_id=1,
                grid_id=1,
                reporter_id=1,
            )
        )


@pytest.fixture
def path(file_place: Place) -> Path:
    _fill(file_place.store, file_place.community_id)
    file_place.store.close()
    assert file_place.store.path is not None
    return file_place.store.path


def _delete(path: Path, table: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA foreign_keys").fetchone() == (0,)
        for name in ("ST_IsEmpty", "ST_MinX", "ST_MaxX", "ST_MinY", "ST_MaxY"):
            connection.create_function(name, 1, lambda _: 0)
        connection.execute(f"DELETE FROM {table} WHERE id = 1")
        connection.commit()
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []


def _rows(store: Store) -> dict[str, list[tuple[object, ...]]]:
    """All rows but their versions and the order of what was noted."""
    with store.connection() as connection:
        return {
            table.name: sorted(
                tuple(row)
                for row in connection.exec_driver_sql(
                    f"SELECT {', '.join(c.name for c in table.c if c.name != 'geom')} FROM {table.name}"
                )
            )
            for table in tables.of().values()
        }


@pytest.mark.parametrize(
    "cls", [model.Building, model.Compound, model.Grid, model.GridVersion, model.Staff, model.Issue, model.Community]
)
def test_deletion_by_another_program_is_the_apps(path: Path, tmp_path: Path, cls: type[model.Row]) -> None:
    store = open_store(str(path))
    store.snapshot(tmp_path / "app.gpkg")
    store.close()
    app = open_store(str(tmp_path / "app.gpkg"))
    with app.write() as session:
        session.delete(session.get(cls, 1))
    _delete(path, tables.name(cls))
    other = open_store(str(path))
    assert _rows(other) == _rows(app)
    with other.connection() as connection:
        assert list(inspection.references(connection)) == []
    app.close()
    other.close()


def test_what_was_taken_along_is_in_the_history(path: Path) -> None:
    _delete(path, "building")
    store = open_store(str(path))
    with store.read() as session:
        noted = {(row.table_name, row.op): json.loads(row.old) for row in session.execute(sa.select(tables.HISTORY))}
    assert noted["grid_building", "delete"]["building_id"] == 1
    assert noted["issue", "update"]["building_id"] == 1
    assert store.frame(model.Issue, 1)["building_id"].isna().all()
    store.close()


def test_gdal_deletes_a_building_and_leaves_nothing_behind(path: Path) -> None:
    outside.gdal_python(
        """
import sys
from osgeo import ogr
ogr.UseExceptions()
source = ogr.Open(sys.argv[1], update=1)
source.GetLayerByName("building").DeleteFeature(1)
""",
        str(path),
    )
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM building").fetchone() == (0,)
        assert connection.execute("SELECT count(*) FROM grid_building").fetchone() == (0,)
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    assert outside.validate(path) == ""
