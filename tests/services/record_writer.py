"""One process that changes records: ``record_writer.py ADDRESS COMMUNITY NAME``; killed by whoever started it.

It tags issues, changes, deletes and restores them in turn, and prints what was acknowledged once it was.
"""

from __future__ import annotations

import datetime as dt
import itertools
import sys

from record_town import DAY

from gridmap import model
from gridmap.access import Actor
from gridmap.model import Role
from gridmap.services import community_data, records, recycle_bin
from gridmap.store import open_store


def main(address: str, community: str, name: str) -> None:
    store = open_store(address)
    data = community_data.read(store, int(community), day=DAY)
    with store.write() as session:
        session.add(account := model.Account(name=name, display="", role=Role.DESK, password_hash="-"))
    by = Actor(account_id=account.id or 0, name=name, role=Role.DESK, street_id=None, community_id=int(community),
               grid_ids=frozenset(), session_id=1)  # fmt: skip
    building = int(data.buildings.index[0])
    start = dt.datetime.now(dt.UTC)
    for n in itertools.count():
        # Faster than a person: each writes an hour later than before, so that nothing is too fast.
        now = start + dt.timedelta(hours=n)
        given = {"category": "noise", "text": f"{name}-{n}", "building_id": building}
        issue = records.tag_issue(store, by, data, given, client_id=f"{name}-{n}", now=now)
        print("tagged", issue.number, flush=True)
        issue = records.change(store, by, data, issue, {"level": "large", "state": "closed"}, now=now)
        print("changed", issue.number, flush=True)
        if n % 3:
            entry = recycle_bin.delete(store, by, data, issue, now=now)
            print("deleted", issue.number, flush=True)
            if n % 3 == 2:
                recycle_bin.restore(store, by, data, entry, now=now)
                print("restored", issue.number, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
