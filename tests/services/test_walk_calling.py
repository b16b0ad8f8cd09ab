"""A planned walk is called off and restored; one that was walked, or is somebody else's, is not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import prepared
import pytest

from gridmap import model
from gridmap.access import Actor
from gridmap.errors import Conflict, Forbidden, InputError, NotFound
from gridmap.model import Role, WalkState
from gridmap.services import community_data, walk_calling
from gridmap.services.community_data import CommunityData
from gridmap.store import Store, open_store

NOW = dt.datetime(2026, 11, 24, 2, 0, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    opened = open_store(str(prepared.with_demo(tmp_path_factory.mktemp("calling") / "store.gpkg", NOW)))
    yield opened
    opened.close()


def town(store: Store) -> CommunityData:
    return community_data.read(store, 1, day=NOW.date())


def number(data: CommunityData, state: WalkState) -> int:
    return int(data.walks.index[data.walks["state"] == state.value][0])


def actor(role: Role, *grids: int, community: int = 1) -> Actor:
    return Actor(
        account_id=0, name="somebody", role=role, street_id=1, community_id=community, grid_ids=frozenset(grids),
        session_id=0,
    )  # fmt: skip


SECRETARY = actor(Role.SECRETARY)


def test_called_off_and_restored(store: Store) -> None:
    data = town(store)
    walk = number(data, WalkState.PLANNED)
    assert walk_calling.may_change(data, walk)
    walk_calling.call_off(store, SECRETARY, data, walk, now=NOW)
    assert town(store).walks.at[walk, "state"] == "cancelled"
    with pytest.raises(Conflict):
        walk_calling.call_off(store, SECRETARY, data, walk, now=NOW)
    walk_calling.restore(store, SECRETARY, town(store), walk, now=NOW)
    assert town(store).walks.at[walk, "state"] == "planned"


def test_a_walk_whose_people_walk_elsewhere_by_now_is_not_restored(store: Store) -> None:
    data = town(store)
    walk = number(data, WalkState.PLANNED)
    walk_calling.call_off(store, SECRETARY, data, walk, now=NOW)
    staff = int(data.walkers.loc[data.walkers["walk_id"] == walk, "staff_id"].iloc[0])
    row = data.walks.loc[walk]
    with store.write() as session:
        other = model.Walk(community_id=1, day=row["day"], half=model.Half(row["half"]))
        session.add(other)
        session.flush()
        session.add(model.Walker(community_id=1, walk_id=int(other.id or 0), staff_id=staff))
        added = int(other.id or 0)
    with pytest.raises(InputError) as refused:
        walk_calling.restore(store, SECRETARY, town(store), walk, now=NOW)
    assert data.staff.at[staff, "name"] in refused.value.sentence("zh")
    with store.write() as session:
        session.delete(session.get_one(model.Walk, added))
    walk_calling.restore(store, SECRETARY, town(store), walk, now=NOW)


def test_only_who_plans_there_calls_off_and_nobody_what_was_walked(store: Store) -> None:
    data = town(store)
    walk, done = number(data, WalkState.PLANNED), number(data, WalkState.DONE)
    assert not walk_calling.may_change(data, done)
    with pytest.raises(Conflict):
        walk_calling.call_off(store, SECRETARY, data, done, now=NOW)
    with pytest.raises(NotFound):
        walk_calling.call_off(store, SECRETARY, data, 9999, now=NOW)
    grid = int(data.walks.at[walk, "grid_id"])
    other = next(int(one) for one in data.grids.index if one != grid)
    for away in (actor(Role.GRID_LEADER, other), actor(Role.DESK), actor(Role.SECRETARY, community=2)):
        with pytest.raises(Forbidden):
            walk_calling.call_off(store, away, data, walk, now=NOW)
    walk_calling.call_off(store, actor(Role.GRID_LEADER, grid), data, walk, now=NOW)
    walk_calling.restore(store, SECRETARY, data, walk, now=NOW)
