"""What another program writes into the file is named where it stands; nothing is read wrongly, nothing breaks."""

from __future__ import annotations

import datetime as dt
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import shapely
import sqlalchemy as sa
from store_places import NOON, Place

from gridmap import errors, model
from gridmap.store import Store, inspection, open_store

SQUARE = shapely.MultiPolygon([shapely.box(108.92, 34.23, 108.921, 34.231)])


@pytest.fixture
def path(file_place: Place) -> Path:
    """A store with a building, an issue and a walk of number 1, opened by nobody."""
    owned = {"community_id": file_place.community_id}
    with file_place.store.write() as session:
        session.add(model.Building(**owned, number="3号楼", floors=6, geom=SQUARE))
        session.add(model.Building(**owned, number="4号楼", geom=SQUARE))
        session.add(
            model.Issue(
                **owned, code="W-1", reported_at=NOON, source=model.IssueSource.WALK, category="lighting", text="灯"
            )
        )
        session.add(model.Walk(**owned, day=NOON.date(), walk_m=812.5))
    file_place.store.close()
    assert file_place.store.path is not None
    return file_place.store.path


def _written(path: Path, *statements: str) -> Store:
    """Do as another program does, and open the store."""
    with closing(sqlite3.connect(path)) as connection:
        for name in ("ST_IsEmpty", "ST_MinX", "ST_MaxX", "ST_MinY", "ST_MaxY"):
            connection.create_function(name, 1, lambda _: 0)
        for statement in statements:
            connection.execute(statement)
        connection.commit()
    return open_store(str(path))


_BAD = [
    ("building", "use", "'palace'", "palace", "residential, shop, public"),
    ("building", "floors", "'六'", "六", "a whole number of 0 or more"),
    ("building", "floors", "6.5", "6.5", "a whole number of 0 or more"),
    ("building", "households", "-5", "-5", "a whole number of 0 or more"),
    ("building", "households", "'many'", "many", "a whole number of 0 or more"),
    ("building", "households_estimated", "7", "7", "0 or 1"),
    ("building", "number", "x'ff'", "ff", "text"),
    ("building", "geom", "x'00'", "00", "a whole geometry"),
    ("building", "geom", "x'4750000300000000'", "4750000300000000", "a whole geometry"),
    ("issue", "state", "'banana'", "banana", "recorded"),
    ("issue", "reported_at", "'yesterday'", "yesterday", "a moment between"),
    ("issue", "reported_at", "'9999-12-31T23:59:59Z'", "9999-12-31T23:59:59Z", "a moment between"),
    ("issue", "due_at", "''", "“”", "a moment between"),
    ("walk", "day", "'soon'", "soon", "a date between"),
    ("walk", "day", "'2026-11-24T00:00:00Z'", "2026-11-24T00:00:00Z", "a date between"),
    ("walk", "walk_m", "'far'", "far", "a number of 0 or more"),
]
_CLASSES = {"building": model.Building, "issue": model.Issue, "walk": model.Walk}


@pytest.mark.parametrize(("table", "column", "written", "value", "allowed"), _BAD)
def test_bad_value_is_named_where_it_stands(
    path: Path, table: str, column: str, written: str, value: str, allowed: str
) -> None:
    store = _written(path, f"UPDATE {table} SET {column} = {written} WHERE id = 1")
    with pytest.raises(errors.StoreError) as caught:
        store.frame(_CLASSES[table], 1)
    assert caught.value.key == "store_bad_value"
    said = caught.value.sentence("en")
    assert f"holds {value} in the table {table}, row 1, column {column}" in said
    assert f"Allowed is: {allowed}" in said
    assert "gridmap check" in caught.value.sentence("zh")
    assert not any(word in caught.value.sentence("zh") for word in ("Allowed", "a whole", "{"))
    with store.connection() as connection:
        looks = [inspection.values, inspection.shapes]
        (fault,) = [fault for look in looks for fault in look(connection)]
    assert "1" in fault.fields["ids"]
    store.close()


def test_row_read_as_an_object_is_named_too(path: Path) -> None:
    store = _written(path, "UPDATE issue SET state = 'banana'")

    def read() -> None:
        with store.read() as session:
            session.get(model.Issue, 1)

    with pytest.raises(errors.StoreError, match="holds banana in the table issue, row 1, column state"):
        read()
    store.close()


def test_what_breaks_on_a_bad_value_later_says_so(path: Path) -> None:
    store = _written(path, "UPDATE building SET households = 'many' WHERE id = 2")

    def count() -> int:
        with store.read() as session:
            return sum(one.households for one in session.scalars(sa.select(model.Building)))

    with pytest.raises(errors.StoreError, match="holds many in the table building, row 2"):
        count()
    store.close()


def test_fault_of_our_own_is_not_blamed_on_the_store(path: Path) -> None:
    store = open_store(str(path))

    def divide() -> None:
        with store.read():
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        divide()
    store.close()


def test_all_bad_values_are_listed_at_once(path: Path) -> None:
    statements = [f"UPDATE {table} SET {column} = {written}" for table, column, written, *_ in _BAD]
    # The history of a row that holds bytes for text cannot be written: such a value comes last.
    store = _written(path, *sorted(statements, key=lambda one: "x'ff'" in one))
    with store.connection() as connection:
        found = list(inspection.values(connection))
        (shapes,) = inspection.shapes(connection)
    said = {(fault.fields["table"], fault.fields["in_column"]): fault.sentence("en") for fault in found}
    assert said.keys() == {(table, column) for table, column, *_ in _BAD if column != "geom"}
    assert "holds palace in the column use in 2 rows (ids 1, 2)" in said["building", "use"]
    assert shapes.fields["ids"] == "1, 2"
    store.close()


def test_what_other_programs_may_write_is_read(path: Path) -> None:
    store = _written(
        path,
        "UPDATE issue SET reported_at = '2026-11-01 08:00:00+08:00'",
        "UPDATE walk SET walk_m = 800, geom = NULL",
        "UPDATE building SET number = 5, floors = NULL",
    )
    (moment,) = store.frame(model.Issue, 1)["reported_at"]
    assert moment == dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
    assert store.frame(model.Walk, 1)["walk_m"].tolist() == [800.0]
    assert store.frame(model.Building, 1)["number"].tolist() == ["5", "5"]
    store.close()
