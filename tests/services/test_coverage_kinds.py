"""Several kinds together: how many a building has in reach, which it lacks, and the same in tables."""

from __future__ import annotations

import dataclasses
import itertools

import pytest
from demo_town import town
from test_walking_data import CHOSEN

from gridmap import errors, palette
from gridmap.services import coverage_kinds, coverage_table, overview, sight
from gridmap.services.coverage_kinds import KindsTable

KINDS = ("station", "chess", "canteen")


def together(*kinds: str, **more: object) -> KindsTable:
    asked = coverage_table.Question(kind="", **more)
    return coverage_kinds.together([coverage_table.of_data(town(), CHOSEN, asked, kind) for kind in kinds])


def test_the_number_is_of_the_kinds_that_cover_each_within_its_own_distance():
    found = together(*KINDS)
    assert [round(one.radius_m) for one in found.by_kind.values()] == [500, 300, 300]
    for building, row in found.buildings.iterrows():
        covered = {kind for kind, one in found.by_kind.items() if one.buildings["state"][building] == "covered"}
        assert row["number"] == len(covered)
        assert set(row["missing"]) == set(KINDS) - covered
    assert sum(count.buildings for count in found.counts) == len(found.buildings) == 53
    assert sum(count.households for count in found.counts) == 2486
    assert [count.number for count in found.counts] == [0, 1, 2, 3]


def test_one_more_kind_never_lowers_the_number():
    few, many = together("station", "chess"), together(*KINDS)
    assert (many.buildings["number"] >= few.buildings["number"]).all()


def test_kinds_are_named_in_either_language_and_each_counts_once():
    data = town()
    assert coverage_kinds.named(["邻里服务站，chess", "station"], data) == ("station", "chess")
    assert coverage_kinds.named(["all"], data) == tuple(overview.kinds(data))
    with pytest.raises(errors.InputError, match="no kind of service point"):
        coverage_kinds.named(["滑雪场"], data)
    for nothing in ([], [" , "]):
        with pytest.raises(errors.InputError, match="Say which kind"):
            coverage_kinds.named(nothing, data)
    with pytest.raises(errors.InputError, match="Say which kind"):
        coverage_kinds.together([])


def test_tables_add_up_and_hold_only_ones_own_rows():
    data, found = town(), together(*KINDS)
    buildings = coverage_kinds.table(data, found, "building", sight.EVERYTHING, "zh")
    grids = coverage_kinds.table(data, found, "grid", sight.EVERYTHING, "zh")
    assert buildings["走得到几类"].is_monotonic_increasing
    assert "棋牌" in buildings["缺哪些"].iloc[0]
    assert grids["户数"].sum() == 2486
    assert grids["一类也没有（户）"].sum() == found.counts[0].households
    assert grids["各类都有（户）"].sum() == found.counts[-1].households
    stations = found.by_kind["station"].by_state["households"]["covered"]
    assert (grids["邻里服务站覆盖率"] * grids["户数"]).sum() == pytest.approx(stations, abs=3)
    grid = int(data.buildings["grid_id"].dropna().iloc[0])
    seen = dataclasses.replace(sight.EVERYTHING, buildings=frozenset({grid}), figures=frozenset({grid}))
    assert len(coverage_kinds.table(data, found, "grid", seen, "zh")) == 1
    assert 0 < len(coverage_kinds.table(data, found, "building", seen, "zh")) < len(buildings)


def test_looks_go_from_none_to_all():
    assert [palette.kinds_step(number, 2) for number in range(3)] == [0, 1, 5]
    assert [palette.kinds_step(number, 1) for number in range(2)] == [0, 5]
    for many in (3, 5, 7, 15):
        steps = [palette.kinds_step(number, many) for number in range(many + 1)]
        assert steps == sorted(steps)
        assert steps[0] == 0 < steps[1]
        assert steps[-2] < steps[-1] == len(palette.KINDS) - 1
    greys = [palette.grey(look.fill) for look in palette.KINDS[1:]]
    assert all(pale - dark > 8 for pale, dark in itertools.pairwise(greys))
    assert palette.KINDS[0].hatch
