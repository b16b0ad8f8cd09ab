"""The demo community in a store."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd
import prepared
import pytest
from sqlalchemy import select

from gridmap import errors, model
from gridmap.services import demo
from gridmap.store import open_store

NOW = dt.datetime(2026, 11, 26, 16, 30, tzinfo=dt.UTC)  # already the 27th, a Friday, in Xi'an


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    store = open_store(str(tmp_path_factory.mktemp("demo") / "town.gpkg"))
    with store.write() as session:
        session.add(model.Street(code="S1", name="别的街道"))
        session.flush()
        other = model.Community(street_id=1, code="C1", name="别的社区")
        session.add(other)
        session.flush()
        for i in range(3):
            session.add(model.Building(community_id=other.id, number=f"{i}号楼", households=7))
        session.add(model.Staff(community_id=other.id, name="戊一", post=model.PostKind.DESK))
    community = demo.fill(store, NOW)
    yield store, community
    store.close()


def test_all_of_it_stands_in_the_store(filled):
    store, community = filled
    buildings = store.frame(model.Building, community.id)
    assert len(buildings) == 62
    assert buildings.households.sum() == 2486
    assert len(store.frame(model.Issue, community.id)) == 160
    assert len(store.frame(model.Grid, community.id)) == 5
    assert community.synthetic
    assert store.community(community.id).name == "太白社区（模拟）"


def test_other_communities_are_left_alone(filled):
    store, community = filled
    assert community.id != 1
    assert list(store.frame(model.Building, 1).number) == ["0号楼", "1号楼", "2号楼"]
    assert len(store.communities()) == 2


def test_references_lead_to_rows_of_the_same_community(filled):
    store, community = filled
    with store.read() as session:
        for cls, name, target in (
            (model.GridBuilding, "building_id", model.Building),
            (model.GridBuilding, "grid_id", model.Grid),
            (model.Issue, "building_id", model.Building),
            (model.IssueEvent, "actor_id", model.Staff),
            (model.Stop, "walk_id", model.Walk),
            (model.Staff, "partner_id", model.Staff),
            (model.Grid, "leader_id", model.Staff),
            (model.ServicePoint, "building_id", model.Building),
        ):
            for row in session.scalars(select(cls).where(cls.community_id == community.id)):
                number = getattr(row, name)
                if number is not None:
                    assert session.get(target, number).community_id == community.id
        pairs = {
            s.name: session.get(model.Staff, s.partner_id).name
            for s in session.scalars(select(model.Staff).where(model.Staff.community_id == community.id))
        }
    assert pairs["甲一"] == "甲二"
    assert pairs["甲二"] == "甲一"


def test_today_is_the_communitys_own_day(filled):
    store, community = filled
    walks = store.frame(model.Walk, community.id)
    assert list(walks[walks.state == "planned"].day) == [dt.date(2026, 11, 27)]
    assert store.frame(model.Issue, community.id).reported_at.max() < NOW


def test_a_second_demo_is_refused_and_nothing_is_written(filled):
    store, community = filled
    with pytest.raises(errors.InputError, match="already holds"):
        demo.fill(store, NOW)
    assert len(store.communities()) == 2
    assert len(store.frame(model.Building, community.id)) == 62


def test_a_moment_without_a_time_zone_is_refused(tmp_path: Path):
    store = open_store(str(prepared.empty(tmp_path / "town.gpkg")))
    with pytest.raises(ValueError, match="timezone"):
        demo.fill(store, dt.datetime(2026, 11, 27, 9))
    store.close()


@pytest.mark.parametrize("days", [0, 1, 6, 7, 20, 400])
def test_a_demo_of_long_ago_looks_fresh_again(tmp_path, days):
    store = open_store(str(prepared.with_demo(tmp_path / "town.gpkg", NOW)))
    (community,) = store.communities()
    later = NOW + dt.timedelta(days=days)
    today = later.astimezone(ZoneInfo("Asia/Shanghai")).date()
    before = store.frame(model.Issue, community.id)["reported_at"]
    demo.refresh(store, later)
    walks = store.frame(model.Walk, community.id)
    planned = walks[walks["state"] == "planned"]["day"].max()
    assert today <= planned < today + dt.timedelta(days=7)
    moved = store.frame(model.Issue, community.id)["reported_at"] - before
    assert (moved == moved.iloc[0]).all()
    assert moved.iloc[0] % pd.Timedelta(weeks=1) == pd.Timedelta(0)
    latest = store.frame(model.IssueEvent, community.id)["at"].max()
    assert later - dt.timedelta(weeks=1) <= latest <= later
    assert not demo.refresh(store, later)
    store.close()


def test_a_real_community_is_never_moved(tmp_path):
    store = open_store(str(prepared.with_demo(tmp_path / "town.gpkg", NOW)))
    (community,) = store.communities()
    with store.write() as session:
        session.get(model.Community, community.id).synthetic = False
    before = store.revision(community.id)
    assert not demo.refresh(store, NOW + dt.timedelta(days=100))
    assert store.revision(community.id) == before
    store.close()
