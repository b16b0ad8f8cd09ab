"""Killed at any moment, what was said to be kept is kept, and what is in the bin is nowhere else."""

from __future__ import annotations

import contextlib
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
import record_town

from gridmap import model
from gridmap.services import checking
from gridmap.store import open_store

WRITER = Path(__file__).with_name("record_writer.py")
ROUNDS = int(os.environ.get("GRIDMAP_KILL_ROUNDS", "2"))
# What a record is after each word: its level and state where it is in its table, None where it lies in the bin.
AFTER = {
    "tagged": {("small", "recorded"), ("large", "closed"), None},
    "changed": {("large", "closed"), None},
    "deleted": {None, ("large", "closed")},
    "restored": {("large", "closed")},
}


@pytest.fixture(params=["geopackage", pytest.param("postgis", marks=pytest.mark.postgis)])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    file = str(tmp_path / "store.gpkg")
    return request.getfixturevalue("postgis_database")(with_tables=True) if request.param == "postgis" else file


def test_nothing_acknowledged_is_lost(address: str) -> None:
    store = open_store(address)
    town = record_town.build(store)
    dice = random.Random(20261124)
    said: dict[int, list[str]] = {}
    for number in range(ROUNDS):
        command = [sys.executable, "-W", "error", str(WRITER), address, str(town.community), f"w{number}"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as writing:
            assert writing.stdout is not None
            assert writing.stderr is not None
            heard = [writing.stdout.readline() for _ in range(dice.randint(10, 60))]
            with contextlib.suppress(subprocess.TimeoutExpired):
                writing.wait(dice.random() / 20)
            writing.kill()
            rest, complaint = writing.stdout.read(), writing.stderr.read()
        assert complaint == ""
        # A last line without its end was not yet said.
        for line in ("".join(heard) + rest).split("\n")[:-1]:
            what, issue = line.split()
            said.setdefault(int(issue), []).append(what)
        problems = {fault.problem for fault in checking.check(store).faults}
        assert problems == {"check_photo_lost"}, "the town's one photo has no file; nothing else is wrong"
    writes = sum(map(len, said.values()))
    issues = store.frame(model.Issue, town.community)
    events = store.frame(model.IssueEvent, town.community)
    with store.read() as session:
        binned = [entry.number for entry in session.query(model.BinEntry)]
    for issue, words in said.items():
        there = (issues.at[issue, "level"], issues.at[issue, "state"]) if issue in issues.index else None
        assert there in AFTER[words[-1]], (issue, words, there)
        assert binned.count(issue) == (there is None), (issue, words)
        if there is not None:
            # With its first event, and with those of the five moves to its closing if it is closed.
            assert (events["issue_id"] == issue).sum() == (6 if there[1] == "closed" else 1)
    assert issues["client_id"].dropna().is_unique
    print(f"{ROUNDS} rounds, {writes} acknowledged writes, 0 lost")
    store.close()
