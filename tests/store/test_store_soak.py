"""Four processes write, one reads and other programs look in: no acknowledged write is lost, the file stays whole."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import outside
import shapely
import sqlalchemy as sa
from store_places import settle

from gridmap import model
from gridmap.store import Store, open_store, tables

SOAK = Path(__file__).with_name("soak.py")
WRITERS = 4
# PostgreSQL is not ours to prove; the file is.
WRITES = {"geopackage": int(os.environ.get("GRIDMAP_SOAK_WRITES", "40")), "postgis": 10}


def _start(*arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-W", "error", str(SOAK), *arguments]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_no_acknowledged_write_is_lost(address: str) -> None:
    store = open_store(address)
    place = settle(store)
    with store.write() as session:
        square = shapely.MultiPolygon([shapely.box(108.92, 34.23, 108.921, 34.231)])
        session.add(model.Building(community_id=place.community_id, number="1", geom=square))
    community = str(place.community_id)
    writes = WRITES["geopackage" if store.path else "postgis"]
    reader = _start("read", address, community)
    assert reader.stdout is not None
    assert reader.stdout.readline() == "ready\n"
    began = time.perf_counter()
    writers = [_start("write", address, community, name, str(writes)) for name in "abcd"[:WRITERS]]
    looked = 0
    while store.path is not None and any(writer.poll() is None for writer in writers):
        # Another SQLite, in another process, opens and closes the live file again and again.
        assert "Layer name: issue" in outside.ogrinfo(store.path)
        looked += 1
    said = [writer.communicate() for writer in writers]
    took_s = time.perf_counter() - began
    seen, complaint = reader.communicate("")
    assert [error for _, error in said] == [""] * WRITERS
    assert complaint == ""
    assert int(seen) > 3

    acknowledged = [line for out, _ in said for line in out.split()]
    codes = {line for line in acknowledged if line != "household"}
    assert len(codes) == WRITERS * writes
    assert set(store.frame(model.Issue, place.community_id)["code"]) == codes
    building = store.frame(model.Building, place.community_id).iloc[0]
    assert building["households"] == acknowledged.count("household")
    assert building["version"] == 1 + acknowledged.count("household")
    with store.read() as session:
        kept = session.scalar(sa.select(sa.func.count()).select_from(tables.HISTORY))
    assert kept == acknowledged.count("household")
    print(
        f"{len(acknowledged)} writes in {took_s:.1f} s, {len(acknowledged) / took_s:.0f}/s; read {seen.strip()} times"
    )
    path = store.path
    store.close()
    if path is not None:
        assert looked > 0
        with closing(sqlite3.connect(path)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
            assert connection.execute("SELECT rtreecheck('rtree_issue_geom')").fetchone() == ("ok",)
        assert outside.validate(path) == ""


def test_writer_that_is_killed_leaves_what_it_acknowledged(file_store: Store) -> None:
    place = settle(file_store)
    with file_store.write() as session:
        session.add(model.Building(community_id=place.community_id, number="1"))
    path = file_store.path
    assert path is not None
    with _start("write", str(path), str(place.community_id), "k", "100000") as writer:
        assert writer.stdout is not None
        acknowledged = {writer.stdout.readline().strip() for _ in range(30)} - {"household"}
        writer.kill()
        writer.communicate()
    assert acknowledged <= set(file_store.frame(model.Issue, place.community_id)["code"])
    with file_store.write() as session:
        session.add(model.Building(community_id=place.community_id, number="2"))
    assert outside.validate(path) == ""
    open_store(str(path)).close()
