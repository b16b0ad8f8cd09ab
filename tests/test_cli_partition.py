"""The command ``gridmap partition`` on the demo, divisions over time, and what is refused."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from contextlib import closing
from pathlib import Path
from typing import Any

import geopandas as gpd
import prepared
import pytest
import sqlalchemy as sa

from gridmap import cli, crs, model
from gridmap.errors import InputError, NotFound
from gridmap.services import community_data, grid_proposals, grid_versions, grids
from gridmap.store import open_store

HERE = {"LANG": "en_GB.UTF-8"}
DAY = dt.date(2026, 11, 24)
MONDAY = dt.date(2099, 11, 30)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(prepared.with_demo(tmp_path_factory.mktemp("partition") / "demo.gpkg"))


@pytest.fixture
def own(demo: str, tmp_path: Path) -> str:
    """A demo that a test may change."""
    return str(shutil.copy(demo, tmp_path / "own.gpkg"))


def partition(capsys: pytest.CaptureFixture[str], store: str, *more: str) -> tuple[int, dict[str, Any], str]:
    capsys.readouterr()
    code = cli.run(["partition", store, "--seconds", "0.3", "--json", *more], HERE)
    out, err = capsys.readouterr()
    return code, json.loads(out), err


def test_grids_are_even_and_in_one_piece_and_nothing_is_written(demo, capsys):
    with closing(open_store(demo)) as store:
        before = store.revision(1)
    code, told, err = partition(capsys, demo, "--grids", "5")
    assert code == cli.DONE
    assert [grid["code"] for grid in told["grids"]] == ["001", "002", "003", "004", "005"]
    loads = [grid["load"] for grid in told["grids"]]
    mean = sum(loads) / 5
    # Shown to six places.
    assert told["max_deviation"] == pytest.approx(max(abs(load / mean - 1) for load in loads), abs=1e-6)
    assert told["bound"] <= told["max_deviation"] <= 0.01
    assert told["pieces"] == 5
    assert told["cut_compounds"] == len(told["cut"]) <= 4
    assert told["seconds"] < 30
    assert told["version"] is None
    assert "carries more than a grid's share" in err
    with closing(open_store(demo)) as store:
        assert store.revision(1) == before


def test_the_same_seed_says_the_same_and_compounds_are_kept(demo, capsys):
    one, other = (partition(capsys, demo, "--grids", "4", "--keep-compounds", "--seed", "3")[1] for _ in range(2))
    assert {**one, "seconds": 0} == {**other, "seconds": 0}
    assert one["cut_compounds"] == 0
    assert one["max_deviation"] >= one["bound"]


@pytest.mark.parametrize("load", ["need", "issues", "buildings", "households=2,issues=1"])
def test_other_loads(load, demo, capsys):
    code, told, _ = partition(capsys, demo, "--grids", "3", "--load", load)
    assert code == cli.DONE
    assert sum(grid["buildings"] for grid in told["grids"]) == 62
    assert told["max_deviation"] <= max(0.2, told["bound"])


def test_areas_and_buildings_are_written(demo, capsys, tmp_path):
    areas, table = tmp_path / "areas.geojson", tmp_path / "buildings.csv"
    partition(capsys, demo, "--out", str(areas))
    drawn = gpd.read_file(areas)
    with closing(open_store(demo)) as store:
        data = community_data.read(store, 1, day=DAY)
    metric = crs.metric_crs(drawn)
    whole = crs.densified(data.boundary).to_crs(metric).geometry.iloc[0]
    assert abs(drawn.to_crs(metric).area.sum() - whole.area) < 1
    assert drawn["buildings"].sum() == 62
    partition(capsys, demo, "--out", str(table))
    assert len(table.read_text(encoding="utf-8-sig").splitlines()) == 63


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--grids", "63"], "only 62 buildings"),
        (["--grids", "0"], "at least 1 is needed"),
        (["--load", "people"], "cannot be balanced by people"),
        (["--load", "households=x"], "The weight x of households"),
        (["--load", "households=-1"], "The weight -1"),
        (["--adopt", "monday"], "monday is no day"),
        (["--adopt", "2099-11-30"], "needs a reason"),
        (["--adopt", "1999-01-01", "--reason", "x"], "may not begin before it"),
        (["--out", "grids.pdf"], "grids.pdf"),
    ],
)
def test_mistakes_are_said(more, said, demo, capsys):
    code, told, err = partition(capsys, demo, *more)
    assert code == cli.USERS_MISTAKE
    assert said in told["message"]
    assert told["message"] in err


def test_in_lines_and_in_chinese(demo, capsys):
    capsys.readouterr()
    assert cli.run(["partition", demo, "--grids", "5", "--seconds", "0.3", "--language", "zh"], HERE) == cli.DONE
    out, err = capsys.readouterr()
    assert "共5个网格" in out
    assert "001：" in out
    assert "超过一个网格应分的份额" in err


def test_a_proposal_becomes_valid_on_a_day_and_what_was_keeps_its_grids(own, capsys):
    with closing(open_store(own)) as store:
        issues = store.frame(model.Issue, 1)["grid_id"]
        before = community_data.read(store, 1, day=DAY)
    code, told, _ = partition(capsys, own, "--load", "buildings", "--adopt", MONDAY.isoformat(), "--reason", "户数变了")
    assert code == cli.DONE
    with closing(open_store(own)) as store:
        assert store.frame(model.Issue, 1)["grid_id"].equals(issues)
        today = community_data.read(store, 1, day=DAY)
        assert today.buildings["grid_id"].equals(before.buildings["grid_id"])
        sunday, monday = (
            community_data.read(store, 1, day=MONDAY - dt.timedelta(days=days)).buildings["grid_id"] for days in (1, 0)
        )
        assert sunday.equals(before.buildings["grid_id"])
        assert set(monday) & set(sunday) == set()
        assert monday.notna().all()
        community = store.community(1)
        with store.read() as session:
            first, second = grid_versions.versions(session, 1)
            assert (first.valid_to, second.valid_from, second.valid_to) == (MONDAY, MONDAY, None)
            assert second.reason == "户数变了"
            assert second.id == told["version"]
            # Until Monday everything goes by the division that is valid.
            assert grids.current_version(session, 1, DAY).id == first.id
            assert grids.current_version(session, 1).id == first.id
            drawn = grids.grids_within(session, second)
            assert len({grid.colour for grid in drawn}) >= 3
            old = {grid.code: grid for grid in grids.grids_within(session, first)}
            assert any(grid.leader_id == old[grid.code].leader_id is not None for grid in drawn if grid.code in old)
            entry = sa.inspect(model.AuditEntry).c
            noted = session.scalars(sa.select(model.AuditEntry).where(entry.action == "grids_published")).one()
            assert noted.reason == "户数变了"
            numbers = (first.id, second.id)
        compared = grid_versions.compare(store, community, *numbers)
        code_of = {grid.id: grid.code for grid in drawn} | {grid.id: grid.code for grid in old.values()}
        differ = sunday.map(code_of) != monday.map(code_of)
        assert set(compared.moved.index) == set(differ.index[differ])
        assert len(compared.moved) == 0 or compared.ground.to_crs(crs.metric_crs(compared.ground)).area.sum() > 0
        assert grid_versions.compare(store, community, numbers[0], numbers[0]).moved.empty
        with pytest.raises(NotFound, match="no division with the number 999"):
            grid_versions.compare(store, community, numbers[0], 999)
    code, told, _ = partition(capsys, own, "--adopt", MONDAY.isoformat(), "--reason", "again")
    assert code == cli.USERS_MISTAKE
    assert "begins on 2099-11-30 already" in told["message"]


def test_a_building_that_comes_is_in_the_grids_to_come_too(own, capsys):
    partition(capsys, own, "--adopt", MONDAY.isoformat(), "--reason", "x")
    with closing(open_store(own)) as store:
        with store.write() as session:
            one = grids.buildings_within(session, 1)[0]
            session.add(model.Building(community_id=1, compound_id=one.compound_id, number="新楼", geom=one.geom))
            session.flush()
            version = grids.current_version(session, 1, DAY)
            assert version is not None
            assert grids.place_new(session, version) == (1, [])
        for day in (DAY, MONDAY):
            assert community_data.read(store, 1, day=day).buildings["grid_id"].notna().all()


def test_a_proposal_of_other_buildings_is_refused(own):
    with closing(open_store(own)) as store:
        data = community_data.read(store, 1, day=DAY)
        plan = grid_proposals.propose(data, grid_proposals.Wish(k=3, seconds=0.2))
        with store.write() as session:
            one = grids.buildings_within(session, 1)[0]
            session.add(model.Building(community_id=1, number="新楼", geom=one.geom))
        with pytest.raises(InputError, match="Buildings have come or gone"):
            grid_versions.publish(store, data.community, plan.proposals[0], valid_from=MONDAY, reason="x")


def test_proposals_for_a_page_differ_and_tile_the_community(demo):
    with closing(open_store(demo)) as store:
        data = community_data.read(store, 1, day=DAY)
    plan = grid_proposals.propose(data, grid_proposals.Wish(k=5, seconds=0.5))
    assert 1 <= len(plan.proposals) <= 4
    metric = data.buildings_m.crs
    whole = crs.densified(data.boundary).to_crs(metric).geometry.iloc[0]
    for proposal in plan.proposals:
        assert abs(proposal.tiles.to_crs(metric).area.sum() - whole.area) < 1
        assert 0 < proposal.polsby_popper < 1
        assert proposal.division.walk_m > 0
    # The grids that somebody drew are kept in part: of five, none begins anew.
    assert plan.proposals[0].division.changed < 62
    fixed = {int(data.buildings.index[0]): 4}
    wish = grid_proposals.Wish(k=5, seconds=0.2, fixed=fixed, most=1)
    grid = grid_proposals.propose(data, wish).proposals[0].division.grid
    assert grid[data.buildings.index[0]] == 4
