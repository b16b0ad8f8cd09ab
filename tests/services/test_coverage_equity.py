"""How households in need fare, what each role sees of the tables, and which stations lack courtyard heads."""

from __future__ import annotations

import dataclasses

import pandas as pd
import pytest
from demo_town import town
from test_walking_data import told

from gridmap import errors
from gridmap.services import coverage_equity, coverage_why, sight
from gridmap.services.community_data import CommunityData


def needing(**homes: int) -> CommunityData:
    found = told().buildings
    counts = {int(found.index[found["state"] == state][0]): n for state, n in homes.items()}
    return dataclasses.replace(town(), care_counts=pd.Series(counts))


def test_fewer_than_three_in_need_are_no_number():
    assert coverage_equity.of(needing(covered=2), told()) is None


@pytest.mark.parametrize(("inside", "outside", "covered"), [(5, 2, None), (2, 5, None), (3, 4, 3), (4, 0, 4)])
def test_neither_side_of_a_number_tells_of_fewer_than_three(inside: int, outside: int, covered: int | None):
    needy = coverage_equity.of(needing(covered=inside, out_of_reach=outside), told())
    assert needy is not None
    assert (needy.households, needy.covered) == (inside + outside, covered)


def test_tables_hold_only_the_rows_of_ones_own_grids():
    data, found = town(), told()
    grid = int(data.buildings["grid_id"].dropna().iloc[0])
    seen = dataclasses.replace(sight.EVERYTHING, buildings=frozenset({grid}), figures=frozenset({grid}))
    mine = found.buildings.index[data.buildings["grid_id"].reindex(found.buildings.index) == grid]
    assert 0 < len(mine) < len(found.buildings)
    assert len(coverage_equity.table(data, found, "building", seen, "zh")) == len(mine)
    assert len(coverage_equity.table(data, found, "grid", seen, "zh")) == 1
    assert len(coverage_equity.table(data, found, "building", sight.EVERYTHING, "zh")) == len(found.buildings)


def test_a_station_needs_a_head_for_each_hundred_households():
    data, found = town(), told()
    bare = dataclasses.replace(data, team=data.team.iloc[:0])
    heads = coverage_equity.heads(bare, found)
    assert heads["households"].sum() == found.by_state["households"]["covered"]
    assert (heads["short"] == -(-heads["households"] // 100)).all()
    assert (coverage_equity.heads(data, found)["short"] <= heads["short"]).all()
    assert coverage_equity.heads(data, dataclasses.replace(found, kind="chess")).empty


def test_a_gap_behind_a_wall_names_the_wall():
    found = told()
    gap = found.buildings[(found.buildings["compound"] == "桃溪雅苑") & (found.buildings["state"] == "out_of_reach")]
    why = coverage_why.of(town(), found, int(gap.index[0]))
    assert (why.reason, why.wall) == ("wall", "桃溪雅苑")
    assert not why.route.is_empty
    assert why.straight_m <= found.radius_m < why.walk_m


def test_nobody_asks_about_a_building_that_is_not_there():
    with pytest.raises(errors.NotFound):
        coverage_why.of(town(), told(), -7)
