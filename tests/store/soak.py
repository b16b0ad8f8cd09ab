"""One process of the soak: ``soak.py write ADDRESS COMMUNITY NAME COUNT`` or ``soak.py read ADDRESS COMMUNITY``.

A writer prints the code of each issue once its block has ended without error: that is the store's word that it is
kept. A reader goes on until its input ends, and prints how often it looked.
"""

from __future__ import annotations

import datetime as dt
import sys
import threading

import shapely

from gridmap import errors, model
from gridmap.store import Store, open_store

NOON = dt.datetime(2026, 11, 20, 4, 0, tzinfo=dt.UTC)


def main(what: str, address: str, community: str, *rest: str) -> None:
    store = open_store(address)
    try:
        if what == "write":
            write(store, int(community), rest[0], int(rest[1]))
        else:
            read(store, int(community))
    finally:
        store.close()


def write(store: Store, community_id: int, name: str, count: int) -> None:
    building_id = int(store.frame(model.Building, community_id).index[0])
    for number in range(count):
        code = f"{name}-{number}"
        with store.write() as session:
            issue = model.Issue(
                community_id=community_id,
                code=code,
                reported_at=NOON,
                source=model.IssueSource.WALK,
                category="noise",
                text="吵",
                geom=shapely.Point(108.92 + number / 1e5, 34.23),
            )
            session.add(issue)
            session.flush()
            event = model.IssueEvent(
                community_id=community_id, issue_id=issue.id or 0, at=NOON, to_state=model.IssueState.RECORDED
            )
            session.add(event)
        print(code, flush=True)
        if number % 5 == 0:
            count_household(store, building_id)
            print("household", flush=True)


def count_household(store: Store, building_id: int) -> None:
    """Add one household to a row that everybody changes, again until nobody came in between."""
    while True:
        with store.read() as session:
            building = session.get(model.Building, building_id)
        assert building is not None
        building.households += 1
        try:
            with store.write() as session:
                session.add(building)
        except errors.Conflict:
            continue
        return


def read(store: Store, community_id: int) -> None:
    over = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), over.set()), daemon=True).start()
    looks, most, revision = 0, 0, 0
    print("ready", flush=True)
    while not over.is_set():
        with store.read() as session:
            issues = session.query(model.Issue).count()
            events = session.query(model.IssueEvent).count()
        assert issues == events, "an issue is never seen without its first event"
        assert issues >= most, "what was seen once is not gone"
        now = store.revision(community_id)
        assert now >= revision
        frame = store.frame(model.Issue, community_id)
        assert len(frame) >= issues
        looks, most, revision = looks + 1, issues, now
    print(looks, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
