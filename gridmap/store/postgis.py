"""The store as a PostgreSQL database with PostGIS, for many users at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg
import sqlalchemy as sa

from gridmap import errors, model
from gridmap.store import faults, tables
from gridmap.store.backend import Backend

# Any number will do, as long as no other program takes the same advisory lock.
_LOCK = 0x67726964

# Distances are asked for between these and other points.
_MEASURED = (model.Building, model.ServicePoint)

_HISTORY_FUNCTION = """
CREATE OR REPLACE FUNCTION gridmap_history() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE shape text; owner bigint;
BEGIN
    EXECUTE 'SELECT ($1).' || quote_ident(TG_ARGV[0]) INTO owner USING OLD;
    IF TG_ARGV[1] = 'geom' THEN
        EXECUTE 'SELECT upper(encode(ST_AsBinary(($1).geom), ''hex''))' INTO shape USING OLD;
    END IF;
    INSERT INTO history (table_name, row_id, community_id, op, at, version, old, geometry)
    VALUES (TG_TABLE_NAME, OLD.id, owner, lower(TG_OP), date_trunc('milliseconds', clock_timestamp()), OLD.version,
            (to_jsonb(OLD) - 'geom')::text, shape);
    RETURN NULL;
END $$"""

_VERSION_FUNCTION = """
CREATE OR REPLACE FUNCTION gridmap_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.version = OLD.version THEN NEW.version := OLD.version + 1; END IF;
    RETURN NEW;
END $$"""

_REVISION_FUNCTION = """
CREATE OR REPLACE FUNCTION gridmap_revision() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE owner text := quote_ident(TG_ARGV[0]); source text;
BEGIN
    source := CASE TG_OP
        WHEN 'INSERT' THEN 'SELECT ' || owner || ' AS c FROM new_rows'
        WHEN 'DELETE' THEN 'SELECT ' || owner || ' AS c FROM old_rows'
        ELSE 'SELECT ' || owner || ' AS c FROM new_rows UNION SELECT ' || owner || ' FROM old_rows'
    END;
    EXECUTE 'INSERT INTO community_revision (community_id, n) SELECT DISTINCT c, 1 FROM (' || source || ') AS changed '
        'ORDER BY 1 ON CONFLICT (community_id) DO UPDATE SET n = community_revision.n + 1';
    RETURN NULL;
END $$"""

_REFUSE_FUNCTION = """
CREATE OR REPLACE FUNCTION gridmap_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of %% are only added', TG_TABLE_NAME;
END $$"""


class Postgis:
    """A PostgreSQL database as the store's backend."""

    def __init__(self, url: sa.URL, patience_s: float) -> None:
        self.path: Path | None = None
        self.label = _label(url)
        self.engine = sa.create_engine(
            url,
            pool_size=8,
            max_overflow=24,
            pool_timeout=patience_s,
            # What was written may name a person, and errors end in logs.
            hide_parameters=True,
            pool_pre_ping=True,
            connect_args={"connect_timeout": 10, "options": f"-c lock_timeout={int(patience_s * 1000)}"},
        )
        self.reading: sa.Engine = self.engine.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )
        self.writing: sa.Engine = self.engine

    def is_in_place(self) -> bool:
        """Answer yes: a connection to another server, or none, is told by the server itself."""
        return True

    def edition(self, connection: sa.Connection) -> str:
        """Return the number of the table of communities, which a restore makes anew."""
        return str(connection.exec_driver_sql("SELECT 'community'::regclass::oid").scalar())

    def lock(self, connection: sa.Connection) -> None:
        """Take the lock that only one migrating process holds, until the transaction ends."""
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))

    def lay_out(self, connection: sa.Connection) -> None:
        """Make all tables, with their spatial indices."""
        try:
            with connection.begin_nested():
                connection.exec_driver_sql("CREATE EXTENSION IF NOT EXISTS postgis")
        except sa.exc.DBAPIError as error:
            raise errors.StoreError("store_no_postgis", store=self.label) from error
        tables.METADATA.create_all(connection, checkfirst=False)
        self._index(connection, tables.of().values())

    def add_tables(self, connection: sa.Connection, added: Sequence[sa.Table]) -> None:
        """Make these tables in a store that lacks them, with their spatial indices."""
        tables.METADATA.create_all(connection, tables=added, checkfirst=False)
        self._index(connection, added)

    def _index(self, connection: sa.Connection, added: Iterable[sa.Table]) -> None:
        for table in added:
            if tables.geometry(table):
                connection.exec_driver_sql(f"CREATE INDEX ix_{table.name}_geom ON {table.name} USING gist (geom)")
            if table.name in {tables.name(cls) for cls in _MEASURED}:
                connection.exec_driver_sql(
                    f"CREATE INDEX ix_{table.name}_geography ON {table.name} USING gist ((geom::geography))"
                )

    def renew_triggers(self, connection: sa.Connection) -> None:
        """Make our trigger functions and triggers anew."""
        for function in (_HISTORY_FUNCTION, _VERSION_FUNCTION, _REVISION_FUNCTION, _REFUSE_FUNCTION):
            connection.exec_driver_sql(function)
        for table in tables.of().values():
            t, owner = table.name, tables.owner(table)
            if tables.is_append_only(table):
                for event, each in (("UPDATE OR DELETE", "ROW"), ("TRUNCATE", "STATEMENT")):
                    connection.exec_driver_sql(
                        f"CREATE OR REPLACE TRIGGER gridmap_refuse_{each.lower()} BEFORE {event} ON {t} "
                        f"FOR EACH {each} EXECUTE FUNCTION gridmap_refuse()"
                    )
                continue
            connection.exec_driver_sql(
                f"CREATE OR REPLACE TRIGGER gridmap_version BEFORE UPDATE ON {t} "
                "FOR EACH ROW EXECUTE FUNCTION gridmap_version()"
            )
            if owner is None:
                continue
            shape = "geom" if tables.geometry(table) else ""
            connection.exec_driver_sql(
                f"CREATE OR REPLACE TRIGGER gridmap_history AFTER UPDATE OR DELETE ON {t} "
                f"FOR EACH ROW EXECUTE FUNCTION gridmap_history('{owner}', '{shape}')"
            )
            for op, seen in (
                ("INSERT", "NEW TABLE AS new_rows"),
                ("UPDATE", "OLD TABLE AS old_rows NEW TABLE AS new_rows"),
                ("DELETE", "OLD TABLE AS old_rows"),
            ):
                connection.exec_driver_sql(
                    f"CREATE OR REPLACE TRIGGER gridmap_revision_{op.lower()} AFTER {op} ON {t} "
                    f"REFERENCING {seen} FOR EACH STATEMENT EXECUTE FUNCTION gridmap_revision('{owner}')"
                )

    @contextmanager
    def quietly(self, connection: sa.Connection, changed: Sequence[sa.Table]) -> Iterator[None]:
        """Let rows of these tables be changed without a trace in history, version and revision."""
        names = [table.name for table in changed]
        for name in names:
            connection.exec_driver_sql(f"ALTER TABLE {name} DISABLE TRIGGER USER")
        yield
        # References wait for the end of the transaction, and a table with events that wait is not altered.
        connection.exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE")
        for name in names:
            connection.exec_driver_sql(f"ALTER TABLE {name} ENABLE TRIGGER USER")

    def leave_no_trace(self) -> bool:
        """Let the server clear away the rows as they were before; what it keeps besides is its own affair."""
        names = ", ".join({tables.HISTORY.name, *(table.name for table in tables.of().values())})
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql(f"VACUUM {names}")
        return True

    def before_commit(self, connection: sa.Connection, touched: Iterable[str]) -> None:
        """Nothing: PostgreSQL looks after itself."""


def connect(address: str, patience_s: float) -> Postgis:
    """Reach the database at ``address`` once, so that a wrong address is told at the start.

    Raises
    ------
    errors.InputError
        ``store_address`` if it is no ``postgresql://`` address.
    errors.StoreError
        ``store_unreachable``.
    """
    url = _url(address)
    backend = Postgis(url, patience_s)
    try:
        with backend.engine.connect():
            pass
    except (sa.exc.DBAPIError, psycopg.Error) as error:
        backend.engine.dispose()
        reason = str(error.orig if isinstance(error, sa.exc.DBAPIError) else error).strip().splitlines()
        raise errors.StoreError(
            "store_unreachable", store=backend.label, reason=_without(url, reason[0] if reason else "")
        ) from None
    return backend


def demand(backend: Backend) -> None:
    """Refuse a database that holds no store yet.

    Raises
    ------
    errors.StoreError
        ``store_missing``.
    """
    with faults.translated(backend.label), backend.reading.connect() as connection:
        if sa.inspect(connection).has_table(tables.MIGRATION.name):
            return
    backend.engine.dispose()
    raise errors.StoreError("store_missing", store=backend.label)


def label(address: str) -> str:
    """Return ``address`` without its password.

    Raises
    ------
    errors.InputError
        ``store_address`` if it is no ``postgresql://`` address.
    """
    return _label(_url(address))


def _url(address: str) -> sa.URL:
    scheme, _, rest = address.partition("://")
    if scheme not in ("postgresql", "postgres", "postgresql+psycopg"):
        raise errors.InputError("store_address", scheme=scheme)
    try:
        return sa.make_url(f"postgresql+psycopg://{rest}")
    except (sa.exc.ArgumentError, ValueError):
        # Without the cause: it may quote the password.
        raise errors.InputError("store_address", scheme=scheme) from None


def _label(url: sa.URL) -> str:
    user = f"{url.username}@" if url.username else ""
    port = f":{url.port}" if url.port else ""
    return f"postgresql://{user}{url.host or ''}{port}/{url.database or ''}"


def _without(url: sa.URL, reason: str) -> str:
    return reason.replace(url.password, "***") if url.password else reason
