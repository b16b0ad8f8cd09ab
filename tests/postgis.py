"""A PostgreSQL server with PostGIS for the tests: the one named by GRIDMAP_TEST_POSTGRES, else a private one.

The private one lives in a temporary folder, listens on a socket only, and is gone afterwards.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Protocol

import psycopg
import pytest
import sqlalchemy as sa

from gridmap.store import open_store

_NAMED = "GRIDMAP_TEST_POSTGRES"


@pytest.fixture(scope="session")
def postgis_server() -> Iterator[str]:
    """Address of the server's own database ``postgres``, for a user who may make databases."""
    named = os.environ.get(_NAMED)
    if named:
        yield named
        return
    programs = _programs()
    if programs is None:
        missing(f"no PostgreSQL with PostGIS here (initdb, pg_ctl, postgis.control), and {_NAMED} is not set")
    folder = Path(tempfile.mkdtemp(prefix="gridmap-pg-"))
    try:
        yield from _private(folder, programs)
    finally:
        shutil.rmtree(folder)


class MakeDatabase(Protocol):
    """Makes a new database with PostGIS at each call, and gives its address."""

    def __call__(self, *, with_tables: bool = False) -> str:
        """Make one that is empty, or one with the tables of a store without any row."""


@pytest.fixture(scope="session")
def postgis_database(postgis_server: str) -> Iterator[MakeDatabase]:
    """Make databases; on a server that stays, all are dropped at the end, the private one is thrown away as a whole."""
    made: list[str] = []

    with psycopg.connect(postgis_server) as connection:
        # Copied as files: as changes, page by page, it takes twice as long and more; older servers know no other way.
        strategy = " STRATEGY FILE_COPY" if connection.info.server_version >= 150_000 else ""

    def new(template: str | None = None) -> str:
        name = f"gridmap_test_{uuid.uuid4().hex[:12]}"
        _run(postgis_server, f'CREATE DATABASE "{name}"' + (f' TEMPLATE "{template}"{strategy}' if template else ""))
        made.append(name)
        return name

    @cache
    def bare() -> str:
        name = new()
        _run(_address(postgis_server, name), "CREATE EXTENSION postgis")
        return name

    @cache
    def tables() -> str:
        name = new(bare())
        open_store(_address(postgis_server, name)).close()
        return name

    def make(*, with_tables: bool = False) -> str:
        return _address(postgis_server, new(tables() if with_tables else bare()))

    yield make
    for name in reversed(made) if os.environ.get(_NAMED) else ():
        _run(postgis_server, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def postgis_address(postgis_database: MakeDatabase) -> str:
    """Address of a database with PostGIS that holds nothing else yet."""
    return postgis_database()


def missing(reason: str) -> None:
    """Skip for ``reason``, but fail where nothing may be missing: under CI."""
    if os.environ.get("CI"):
        pytest.fail(f"under CI nothing may be missing: {reason}")
    pytest.skip(reason)


def _programs() -> dict[str, str] | None:
    folders = [str(p) for p in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)]
    path = os.pathsep.join([*folders, os.environ.get("PATH", "")])
    found = {name: shutil.which(name, path=path) for name in ("initdb", "pg_ctl", "pg_config")}
    initdb, pg_ctl = found["initdb"], found["pg_ctl"]
    if initdb is None or pg_ctl is None or not _has_postgis(found["pg_config"]):
        return None
    return {"initdb": initdb, "pg_ctl": pg_ctl}


def _has_postgis(pg_config: str | None) -> bool:
    if any(Path("/usr/share/postgresql").glob("*/extension/postgis.control")):
        return True
    if pg_config is None:
        return False
    share = subprocess.run([pg_config, "--sharedir"], capture_output=True, text=True, check=True).stdout.strip()
    return (Path(share) / "extension" / "postgis.control").is_file()


def _private(folder: Path, programs: dict[str, str]) -> Iterator[str]:
    # PostgreSQL refuses to run as root.
    user: dict[str, str] = {}
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
        user = {"user": "postgres", "group": "postgres"}
    data = folder / "data"

    def call(*command: str) -> None:
        done = subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, **user)
        if done.returncode:
            raise RuntimeError(f"{command[0]}: {done.stderr}")

    call(
        *(programs["initdb"], "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"),
        "--locale=C.UTF-8",
    )
    options = f"-c listen_addresses='' -c unix_socket_directories='{folder}' -c max_connections=60"
    # It is thrown away: nothing need be there after a crash.
    options += " -c fsync=off -c full_page_writes=off -c autovacuum=off"
    call(programs["pg_ctl"], "-D", str(data), "-w", "-l", str(folder / "log"), "-o", options, "start")
    try:
        yield f"postgresql://postgres@/postgres?host={folder}"
    finally:
        call(programs["pg_ctl"], "-D", str(data), "-m", "immediate", "-w", "stop")


def _address(server: str, database: str) -> str:
    return sa.make_url(server).set(database=database).render_as_string(hide_password=False)


def _run(address: str, statement: str) -> None:
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(statement)
