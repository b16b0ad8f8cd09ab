"""The store: where a community's rows are kept, read and written."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import ORMExecuteState, Session, UOWTransaction, instrumentation

from gridmap import errors, model
from gridmap.store import (
    creation,
    faults,
    frames,
    geopackage,
    lineage,
    migrations,
    paths,
    postgis,
    sealing,
    soundness,
    space,
    tables,
    transfer,
)
from gridmap.store.backend import Backend
from gridmap.store.door import Door, OccupiedError

_TOUCHED = "gridmap_touched"
_DELETED = "gridmap_deleted"
# Parameters of one statement, below the smallest limit of any SQLite.
_AT_ONCE = 900


class Store:
    """A store that is open; any number of threads may use it at once.

    Opened by ``open_store``.
    """

    def __init__(self, backend: Backend, patience_s: float) -> None:
        self._backend = backend
        self._patience_s = patience_s
        # SQLite lets one write at a time; waiting here is fairer than its polling.
        self._turn = threading.Lock()
        self._writer: int | None = None
        self._door = Door()

    @property
    def label(self) -> str:
        """Path or address of the store, without a password."""
        return self._backend.label

    @property
    def path(self) -> Path | None:
        """Path of the GeoPackage; None where the store is a PostgreSQL database."""
        return self._backend.path

    @property
    def is_writing(self) -> bool:
        """Whether this process is changing the file just now, so that another change would have to wait."""
        return self._turn.locked()

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Give a session that sees one moment of the store and writes nothing.

        What was loaded stays usable afterwards.
        """
        with self._inside(), _Session(self._backend.reading, autoflush=False) as session:
            event.listen(session, "before_flush", _refuse)
            yield session
            session.expunge_all()

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Give a session whose changes are all kept at the end of the block, or none of them on any error.

        Writing blocks do not nest. Rows may be added in any order; deleting a row takes its children along.

        Raises
        ------
        errors.Conflict
            If somebody else changed or deleted one of the rows since it was read, or a unique key is taken.
        errors.StoreError
            If the store is locked, read-only, full or broken, or its disk is nearly full.
        """
        if self.path is not None:
            space.demand(self.path.parent, self.label)
        with self._alone(), self._inside(), _Session(self._backend.writing, expire_on_commit=False) as session:
            touched: set[str] = set()
            session.info[_TOUCHED] = touched
            event.listen(session, "after_flush", _note_flush)
            event.listen(session, "after_flush_postexec", _forget_cascaded)
            event.listen(session, "do_orm_execute", _note_statement)
            yield session
            session.flush()
            _reload(session)
            if touched:
                self._backend.before_commit(session.connection(), touched)
            self._demand_in_place()
            session.commit()
            # Between the two looks the file may have been replaced: what was kept in it is then not kept.
            self._demand_in_place()

    def frame(self, cls: type[model.Row], community_id: int, **equals: Any) -> Any:
        """Return the rows of ``cls`` in a community as a table, by ascending id.

        Parameters
        ----------
        cls
            A class of ``gridmap.model``.
        community_id
            Which community's rows.
        **equals
            Only rows whose fields have these values; None for fields that are empty.

        Returns
        -------
        A GeoDataFrame (``geom``, EPSG:4326), or a DataFrame where the class has no geometry. The columns are the
        class's fields, the index is ``id``; enumerations are their values, moments UTC, dates ``datetime.date``,
        whole numbers that may be unknown ``Int64``.

        Raises
        ------
        TypeError
            If the class belongs to no community or has no such field.
        """
        table = tables.of()[cls]
        owner = tables.owner(table)
        unknown = equals.keys() - set(table.c.keys())
        if owner is None or unknown:
            raise TypeError(f"{cls.__name__} has no {', '.join(sorted(unknown)) or 'community'}")
        where = [table.c[owner] == community_id, *(table.c[name] == value for name, value in equals.items())]
        with self._inside(), self._backend.reading.connect() as connection:
            return frames.read(connection, table, where)

    def changed(self, cls: type[model.Row], community_id: int, known: pd.Series) -> frames.Changed | None:
        """Return how `frame` differs from what it was when it was read before; None where nothing does.

        Parameters
        ----------
        cls, community_id
            As for `frame`.
        known
            The column ``version`` of what was read before.
        """
        table = tables.of()[cls]
        where = [table.c[str(tables.owner(table))] == community_id]
        with self._inside(), self._backend.reading.connect() as connection:
            return frames.changed(connection, table, where, known)

    def communities(self) -> list[model.Community]:
        """Return all communities by code."""
        with self.read() as session:
            return list(session.scalars(sa.select(model.Community).order_by(tables.of()[model.Community].c.code)))

    def community(self, community_id: int) -> model.Community:
        """Return one community.

        Raises
        ------
        errors.NotFound
            If there is none with this number.
        """
        with self.read() as session:
            found = session.get(model.Community, community_id)
        if found is None:
            raise errors.NotFound("store_no_community", community=str(community_id))
        return found

    @contextmanager
    def connection(self) -> Iterator[sa.Connection]:
        """Give a connection that sees one moment of the store and writes nothing, to look at the database."""
        with self._inside(), self._backend.reading.connect() as connection:
            yield connection

    def revision(self, community_id: int) -> int:
        """Return a number that grows with every change to a row of the community; 0 before the first."""
        wanted = sa.select(tables.REVISION.c.n).where(tables.REVISION.c.community_id == community_id)
        with self._inside(), self._backend.reading.connect() as connection:
            return int(connection.scalar(wanted) or 0)

    def edition(self) -> str:
        """Return what tells this store from one that was put, or restored, in its place: revisions begin anew there."""
        with self._inside(), self._backend.reading.connect() as connection:
            return self._backend.edition(connection)

    def snapshot(self, path: str | Path) -> dict[str, int]:
        """Write the store as it is at this moment to a new GeoPackage at ``path``.

        Returns
        -------
        How many rows each table had at that moment, by its name.

        Raises
        ------
        errors.InputError
            If ``path`` exists: nothing is overwritten.
        errors.StoreError
            If it cannot be written.
        """
        target = Path(path)
        if target.exists():
            raise errors.InputError("store_target_exists", path=str(target))
        try:
            with self._inside(str(target)):
                if isinstance(self._backend, geopackage.GeoPackage):
                    return self._backend.snapshot(target)
                return transfer.snapshot(self._backend, target)
        except FileExistsError as error:
            raise errors.InputError("store_target_exists", path=str(target)) from error

    def reseal(self, session: Session, reseal: Callable[[model.Sealed], model.Sealed]) -> int:
        """Rewrite every sealed text with the transaction of ``session``, without a trace; return how many there were.

        Parameters
        ----------
        session
            Session of a `write` block.
        reseal
            Gives the text that takes a sealed one's place.
        """
        connection = session.connection()
        with self._backend.quietly(connection, sealing.holders()):
            return sealing.rewrite(connection, reseal)

    def leave_no_trace(self) -> bool:
        """Let nothing of what was deleted remain in the store's files; False where somebody was just reading."""
        with self._alone(), self._inside():
            return self._backend.leave_no_trace()

    def close(self) -> None:
        """Close all connections."""
        self._backend.engine.dispose()

    @contextmanager
    def _inside(self, label: str | None = None) -> Iterator[None]:
        try:
            with (
                self._door.through(self._backend.is_in_place, self._reopen, self._patience_s),
                faults.translated(label or self.label),
            ):
                try:
                    yield
                except errors.GridmapError:
                    raise
                except soundness.UNREADABLE as error:
                    self._demand_sound(error)
                    raise
        except OccupiedError as error:
            raise errors.StoreError("store_replaced", store=self.label) from error

    def _demand_sound(self, error: Exception) -> None:
        """Where reading broke: name the value that another program wrote, if there is one, since it may be why."""
        with self._backend.reading.connect() as connection:
            unsound = soundness.first(connection)
        if unsound is not None:
            raise unsound from error

    def _demand_in_place(self) -> None:
        if not self._backend.is_in_place():
            raise errors.StoreError("store_replaced", store=self.label)

    def _reopen(self) -> None:
        """Open what stands now where our file stood."""
        assert isinstance(self._backend, geopackage.GeoPackage)  # for mypy: a server's address names no file
        path = Path(self._backend.label)
        self._backend.retire()
        if not paths.is_there(path):
            raise errors.StoreError("store_gone", store=self.label)
        self._backend = _opened(_file(path, False, self._patience_s))

    @contextmanager
    def _alone(self) -> Iterator[None]:
        if self.path is None:
            yield
            return
        if self._writer == threading.get_ident():
            raise RuntimeError("write() inside write(): the inner one would wait for the outer one for ever")
        if not self._turn.acquire(timeout=self._patience_s):
            raise errors.StoreError("store_locked", store=self.label)
        try:
            self._writer = threading.get_ident()
            yield
        finally:
            self._writer = None
            self._turn.release()


def open_store(address: str, *, create: bool = True, patience_s: float = 30.0) -> Store:
    """Open the store at ``address`` and bring it to today's form.

    Parameters
    ----------
    address
        Path of a GeoPackage file, or a ``postgresql://`` address of a database with PostGIS.
    create
        Whether to make the store (and its folder) where there is none yet.
    patience_s
        How long to wait for another program that is writing.

    Raises
    ------
    errors.InputError
        If the address is neither.
    errors.StoreError
        If it is missing, not ours, broken, newer than this program, read-only, locked or not reachable. A file that
        exists is never overwritten.
    """
    tables.map_classes()
    if "://" in address:
        backend: Backend = postgis.connect(address, patience_s)
        if not create:
            postgis.demand(backend)
    else:
        backend = _file(paths.of(address), create, patience_s)
    return Store(_opened(backend), patience_s)


def _opened(backend: Backend) -> Backend:
    try:
        migrations.run(backend)
    except BaseException:
        backend.engine.dispose()
        raise
    return backend


def _file(path: Path, create: bool, patience_s: float) -> geopackage.GeoPackage:
    if not paths.is_there(path):
        if not create:
            raise errors.StoreError("store_missing", store=str(path))
        # The standard demands the ending; GDAL and QGIS go by it.
        if path.suffix.lower() != ".gpkg":
            raise errors.InputError("store_suffix", path=str(path))
        lineage.demand_no_log(path)
        creation.make(path, patience_s)
    geopackage.check(path, patience_s)
    return geopackage.GeoPackage(path, patience_s)


class _Session(Session):
    def add(self, instance: object, *args: Any, **kwargs: Any) -> None:
        # A row made before the first store was opened knows nothing of the mapping yet.
        if not hasattr(instance, "_sa_instance_state"):
            manager = instrumentation.opt_manager_of_class(type(instance))
            if manager is not None:
                manager.setup_instance(instance)
        super().add(instance, *args, **kwargs)


def _refuse(session: Session, _context: UOWTransaction, _instances: Any) -> None:
    raise RuntimeError(f"read() was given rows to write: {list(session.new)[:3]}; use write()")


def _note_flush(session: Session, _context: UOWTransaction) -> None:
    touched: set[str] = session.info[_TOUCHED]
    if session.deleted:
        touched.update(table.name for table in tables.of().values())
        session.info[_DELETED] = True
    touched.update(tables.name(type(row)) for row in (*session.new, *session.dirty))


def _forget_cascaded(session: Session, _context: UOWTransaction) -> None:
    # What a deletion did to other rows, the database knows better than the session.
    if session.info.pop(_DELETED, False):
        session.expire_all()


def _reload(session: Session) -> None:
    """Read again what was forgotten, so that rows stay usable after the session; rows that are gone stay unread."""
    forgotten: dict[type, list[int]] = {}
    for row in session.identity_map.values():
        state = sa.inspect(row)
        if state.expired and state.identity is not None:
            forgotten.setdefault(type(row), []).append(state.identity[0])
    for cls, ids in forgotten.items():
        column = tables.of()[cls].c.id
        for start in range(0, len(ids), _AT_ONCE):
            session.scalars(sa.select(cls).where(column.in_(ids[start : start + _AT_ONCE]))).all()


def _note_statement(state: ORMExecuteState) -> Any:
    if state.is_select:
        return None
    state.session.info[_TOUCHED].update(table.name for table in tables.of().values())
    if state.is_insert:
        return None
    result = state.invoke_statement()
    # The database counted the versions of the rows it changed.
    state.session.expire_all()
    return result
