"""What visits are weighed with is chosen by the community, within limits, and noted."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import prepared
import pytest
import sqlalchemy as sa

from gridmap import errors, model
from gridmap.access import Actor
from gridmap.model import Role
from gridmap.services import visit_rules, walk_wishes
from gridmap.store import open_store

NOW = dt.datetime(2026, 11, 24, 2, 0, tzinfo=dt.UTC)


def test_weights_are_chosen_within_limits_and_noted(tmp_path: Path) -> None:
    store = open_store(str(prepared.with_community(tmp_path / "store.gpkg")))
    (community,) = store.communities()

    def person(role: Role) -> Actor:
        place = {"street_id": community.street_id, "community_id": community.id}
        return Actor(account_id=1, name="somebody", role=role, grid_ids=frozenset(), session_id=1, **place)

    secretary = person(Role.SECRETARY)
    every = {name for group in visit_rules.GROUPS.values() for name in group}
    assert every == visit_rules.usual().keys(), "each setting has its field in the form"
    for name, (low, high) in (item for group in visit_rules.GROUPS.values() for item in group.items()):
        assert low <= visit_rules.usual()[name] <= high
    same = visit_rules.save(store, secretary, community, visit_rules.usual(), now=NOW)
    assert same == ()
    changed = visit_rules.save(store, secretary, community, {"overdue": 9.0, "rest_min": 10.0, "open": 2.0}, now=NOW)
    assert changed == ("overdue", "rest_min")
    weighed = walk_wishes.weights(store, int(community.id or 0))
    assert weighed == visit_rules.usual() | {"overdue": 9.0, "rest_min": 10.0}
    with store.read() as session:
        noted = session.scalars(sa.select(model.AuditEntry)).all()
    assert [one.target for one in noted if one.action == "visit_rules_changed"] == ["overdue 5→9 rest_min 0→10"]

    with pytest.raises(errors.InputError) as refused:
        visit_rules.save(store, secretary, community, {"care": -1.0, "morning_h": 14.0, "open": 3.0}, now=NOW)
    said = refused.value.sentence("en")
    assert "household in need" in said
    assert "Morning" in said
    with pytest.raises(errors.InputError, match="120 minutes"):
        visit_rules.save(store, secretary, community, {"walk_min": 120.0, "rest_min": 120.0}, now=NOW)
    with pytest.raises(errors.Forbidden):
        visit_rules.save(store, person(Role.GRID_LEADER), community, {"open": 3.0}, now=NOW)
    assert walk_wishes.weights(store, int(community.id or 0)) == weighed
