"""A community is split: everything goes where it belongs, a rehearsal changes nothing, and undoing brings all back."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import prepared
import pytest
import shapely
import sqlalchemy as sa
from pandas.testing import assert_frame_equal

from gridmap import cli, crs, model
from gridmap.access import Actor
from gridmap.errors import Conflict, Forbidden, InputError, NotFound
from gridmap.services import communities, community_data, community_split, grid_proposals, split_parts, split_undo
from gridmap.services.split_parts import Order
from gridmap.store import Store, open_store, tables

NOW = dt.datetime(2026, 11, 24, 2, 0, tzinfo=dt.UTC)
DAY = dt.date(2026, 11, 24)
HERE = {"LANG": "en_GB.UTF-8"}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return prepared.with_demo(tmp_path_factory.mktemp("split") / "demo.gpkg", NOW)


@pytest.fixture
def path(template: Path, tmp_path: Path) -> Path:
    return prepared.copied(template, tmp_path / "own.gpkg")


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    opened = open_store(str(path))
    yield opened
    opened.close()


def proposed(store: Store, k: int = 2, **more: Any) -> tuple[community_data.CommunityData, grid_proposals.Proposal]:
    data = community_data.read(store, 1, day=DAY)
    wish = grid_proposals.Wish(k=k, keep_compounds=True, seconds=0.2, most=1, **more)
    return data, split_parts.propose(data, wish).proposals[0]


def whole(store: Store) -> dict[str, pd.DataFrame]:
    """All rows of all communities as plain tables, without how often they were written."""
    found = {}
    with store.connection() as connection:
        for table in tables.of().values():
            if table.name in ("audit_entry", "community_split"):
                continue
            names = [name for name in table.c.keys() if name not in ("version", "geom")]  # noqa: SIM118
            rows = connection.execute(sa.select(*(table.c[name] for name in names)).order_by(table.c.id))
            found[table.name] = pd.DataFrame(rows.mappings().all(), columns=names).set_index("id")
            if "geom" in table.c:
                shapes = connection.execute(sa.select(table.c.geom).order_by(table.c.id)).scalars()
                found[table.name]["geom"] = [shapely.normalize(shape).wkt for shape in shapes]
    return found


def assert_same(one: dict[str, pd.DataFrame], other: dict[str, pd.DataFrame]) -> None:
    for name, frame in one.items():
        assert_frame_equal(other[name], frame, obj=name)


def owner_of(store: Store, cls: type[model.Row]) -> pd.Series:
    table = tables.of()[cls]
    with store.connection() as connection:
        rows = connection.execute(sa.select(table.c.id, table.c.community_id)).all()
    return pd.Series({int(one): int(owner) for one, owner in rows})


def test_a_rehearsal_tells_all_and_changes_nothing(store: Store) -> None:
    before, revision = whole(store), store.revision(1)
    data, proposal = proposed(store)
    report = community_split.look(store, data, proposal, Order())
    assert store.revision(1) == revision
    assert_same(before, whole(store))
    assert report.number is None
    assert report.ids is None
    assert sum(report.rows["building"]) == len(data.buildings)
    assert all(count > 0 for count in report.rows["building"])
    assert sum(report.rows["issue"]) == len(data.issues) + len(data.doubles)
    assert report.names[0] == data.community.name
    shown = community_split.table(report, "zh")
    assert "楼栋" in shown.iloc[:, 0].tolist()
    assert all(doubt.sentence(language) for doubt in report.doubts for language in ("zh", "en"))


def test_everything_goes_with_its_buildings_and_comes_back(store: Store) -> None:
    before = whole(store)
    data, proposal = proposed(store)
    told = split_parts.parts(data, proposal)
    report = community_split.split(store, data, proposal, Order(names=("甲社区", "乙社区"), reason="户数过多"), now=NOW)
    assert report.ids is not None
    assert [one.name for one in store.communities()] == ["甲社区", "乙社区"]
    halves = [community_data.read(store, number, day=DAY) for number in report.ids]
    assert [len(half.buildings) for half in halves] == [part.buildings for part in told]
    assert [int(half.buildings["households"].sum()) for half in halves] == [part.households for part in told]
    assert [len(half.issues) + len(half.doubles) for half in halves] == list(report.rows["issue"])
    metric = data.buildings_m.crs
    edges = [crs.densified(half.boundary).to_crs(metric).geometry.iloc[0] for half in halves]
    old = crs.densified(data.boundary).to_crs(metric).geometry.iloc[0]
    assert abs(sum(edge.area for edge in edges) - old.area) < 1
    assert edges[0].intersection(edges[1]).area < 1
    for half, edge in zip(halves, edges, strict=True):
        # Each part has its own division: every building in one of its own grids, and they tile its ground.
        assert half.buildings["grid_id"].notna().all()
        assert half.buildings["grid_id"].isin(half.grids.index).all()
        areas = crs.densified(half.grids).to_crs(metric).geometry
        assert abs(areas.area.sum() - edge.area) < 2
        assert half.issues["grid_id"].dropna().isin(_all_grids(store, half)).all()
        assert half.walks["grid_id"].dropna().isin(_all_grids(store, half)).all()
        assert set(half.gates["compound_id"].dropna()) <= set(half.compounds.index)
        assert set(half.grids["leader_id"].dropna()) <= set(half.staff.index)
    # What hangs on a row is where the row is.
    for child, parent, column in (
        (model.IssueEvent, model.Issue, "issue_id"),
        (model.Photo, model.Issue, "issue_id"),
        (model.CareHousehold, model.Building, "building_id"),
        (model.TeamMember, model.ServicePoint, "service_point_id"),
        (model.Stop, model.Walk, "walk_id"),
        (model.GridBuilding, model.Grid, "grid_id"),
        (model.GridBuilding, model.GridVersion, "version_id"),
        (model.GridBuilding, model.Building, "building_id"),
        (model.Grid, model.GridVersion, "version_id"),
    ):
        owners, targets = owner_of(store, child), owner_of(store, parent)
        pointed = pd.concat([store.frame(child, number)[column] for number in report.ids]).dropna()
        assert (pointed.map(targets) == owners.reindex(pointed.index)).all(), (child, column)
    with pytest.raises(NotFound):
        split_undo.undo(store, halves[1].community)
    assert split_undo.undo(store, halves[0].community) == ["乙社区"]
    assert_same(before, whole(store))
    (kept,) = split_undo.splits(store, halves[0].community)
    assert kept.undone_at is not None
    assert (kept.parts, kept.reason) == (2, "户数过多")


def _all_grids(store: Store, half: community_data.CommunityData) -> set[int]:
    return set(store.frame(model.Grid, int(half.community.id or 0)).index)


def test_accounts_follow_their_staff_and_staff_a_persons_word(store: Store) -> None:
    data, proposal = proposed(store)
    leader = int(data.grids["leader_id"].dropna().iloc[0])
    mine = data.buildings.index[data.buildings["grid_id"] == data.grids.index[data.grids["leader_id"] == leader][0]]
    other = 1 - int(proposal.division.grid[mine].mode()[0])
    order = Order(staff={leader: other})
    with store.write() as session:
        session.add(
            model.Account(name="leader9", display="", role=model.Role.GRID_LEADER, password_hash="", street_id=1,
                          community_id=1, staff_id=leader)
        )  # fmt: skip
    report = community_split.split(store, data, proposal, order, now=NOW)
    assert report.ids is not None
    staff = owner_of(store, model.Staff)
    with store.read() as session:
        account = session.scalars(sa.select(model.Account).where(sa.inspect(model.Account).c.name == "leader9")).one()
    assert account.community_id == staff[leader]
    turn = split_parts.turn(data, proposal, order)
    assert staff[leader] == report.ids[turn.index(other)]
    split_undo.undo(store, data.community)
    with store.read() as session:
        assert session.get_one(model.Account, account.id).community_id == 1


def test_three_parts_and_a_cut_compound_each_have_their_own(store: Store) -> None:
    before = whole(store)
    data = community_data.read(store, 1, day=DAY)
    wish = grid_proposals.Wish(k=3, seconds=0.2, most=1)
    proposal = split_parts.propose(data, wish).proposals[0]
    report = community_split.split(store, data, proposal, Order(keeps=1), now=NOW)
    assert report.ids is not None
    cut = next((one for one in report.doubts if one.key == "compound_cut"), None)
    assert (cut is not None) == bool(proposal.division.cut_compounds)
    for number in report.ids:
        half = community_data.read(store, number, day=DAY)
        assert set(half.buildings["compound_id"].dropna()) <= set(half.compounds.index)
        assert half.buildings["grid_id"].isin(half.grids.index).all()
    split_undo.undo(store, data.community)
    assert_same(before, whole(store))


def test_undoing_is_refused_by_name_once_somebody_has_gone_on(store: Store) -> None:
    data, proposal = proposed(store)
    report = community_split.split(store, data, proposal, Order(), now=NOW)
    assert report.ids is not None
    split = whole(store)
    with store.write() as session:
        session.add(model.Compound(community_id=report.ids[1], name="新来小区"))
        one = session.get_one(model.Building, int(proposal.division.grid.index[proposal.division.grid == 0][0]))
        one.households += 1
        number = one.number
    with pytest.raises(Conflict, match="新来小区") as refused:
        split_undo.undo(store, data.community)
    part = split_parts.turn(data, proposal, Order()).index(0)
    assert part == 0 or number in str(refused.value)
    assert set(whole(store)["building"].index) == set(split["building"].index)


def test_what_cannot_be_split_is_refused(store: Store) -> None:
    data, proposal = proposed(store)
    with pytest.raises(InputError, match="at least 2"):
        split_parts.propose(data, grid_proposals.Wish(k=1))
    communities.create(store, "别的社区", street="")
    with pytest.raises(InputError, match="别的社区"):
        community_split.split(store, data, proposal, Order(names=("", "别的社区")[1:] * 2), now=NOW)
    secretary = Actor(account_id=1, name="s", role=model.Role.SECRETARY, street_id=1, community_id=1,
                      grid_ids=frozenset(), session_id=1)  # fmt: skip
    community_split.look(store, data, proposal, Order(), secretary)
    with pytest.raises(Forbidden):
        community_split.split(store, data, proposal, Order(), actor=secretary, now=NOW)
    with store.write() as session:
        session.add(model.Building(community_id=1, number="新楼", geom=data.buildings.geometry.iloc[0]))
    with pytest.raises(InputError, match="come or gone"):
        community_split.look(store, data, proposal, Order())


def test_the_command_rehearses_splits_and_undoes(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def run(*more: str) -> dict[str, Any]:
        capsys.readouterr()
        assert cli.run(["split", str(path), "--json", *more], HERE) == cli.DONE
        return dict(json.loads(capsys.readouterr().out))

    told = run("--into", "2", "--seconds", "0.2", "--dry-run", "--stations")
    assert told["dry_run"]
    assert told["ids"] is None
    assert [part["households"] for part in told["parts"]]
    assert all(len(part["proposed"]) <= max(0, part["stations_wanted"] - part["stations"]) for part in told["parts"])
    done = run("--seconds", "0.2", "--name", "甲社区", "--reason", "户数过多")
    assert done["rows"] == told["rows"]
    assert done["names"][0] == "甲社区"
    capsys.readouterr()
    assert cli.run(["split", str(path), "--community", "甲社区", "--undo"], HERE) == cli.DONE
    assert "Taken back" in capsys.readouterr().out
