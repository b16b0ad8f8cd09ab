"""Twenty people record an issue at the same moment, in one process: no error, and each issue is there once."""

from __future__ import annotations

import pytest
import signed_in
from app_server import AppServer

from benchmarks import tagging
from gridmap import model
from gridmap.model import Role
from gridmap.services import checking
from gridmap.store import open_store

PEOPLE = 20


def test_twenty_people_tag_at_once(server: AppServer, capsys: pytest.CaptureFixture[str]) -> None:
    store = open_store(str(server.store), create=False)
    buildings = [int(number) for number in store.frame(model.Building, 1).index]
    before = set(store.frame(model.Issue, 1).index)
    roles = (Role.DESK, Role.SECRETARY, Role.GRID_WORKER, Role.GRID_LEADER)
    tokens = [signed_in.begin(server.store, roles[n % len(roles)]) for n in range(PEOPLE)]
    faults, seconds = tagging.at_once(server.url, tokens, buildings)
    with capsys.disabled():
        print(f"\n{PEOPLE} people tagging at once: p95 {tagging.p95_s(seconds):.2f} s")
    assert faults == []
    issues = store.frame(model.Issue, 1)
    new = issues[~issues.index.isin(before)]
    assert sorted(new["text"]) == sorted(f"同时登记 {n}" for n in range(PEOPLE))
    assert new["code"].is_unique
    events = store.frame(model.IssueEvent, 1)
    assert events[events["issue_id"].isin(new.index)].groupby("issue_id").size().tolist() == [1] * PEOPLE
    assert checking.check(store).faults == ()
    store.close()
