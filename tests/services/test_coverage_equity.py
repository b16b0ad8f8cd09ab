"""How households in need fare, what each role sees of the tables, and which stations lack courtyard heads."""

from __future__ import annotations

import dataclasses

import pandas as pd
import pytest
from demo_town import town
from test_walking_data import CHOSEN, told

from gridmap.services import coverage_equity, coverage_table, sight
from gridmap.services.community_data import CommunityData


def needing(**homes: int) -> CommunityData:
    found = told().buildings
    counts = {int(found.index[found["state"] == state][0]): n for state, n in homes.items()}
    return dataclasses.replace(town(), care_counts=pd.Series(counts))


def groups(data: CommunityData, seen: sight.Sight = sight.EVERYTHING) -> dict[str, coverage_equity.Fare]:
    found = told()
    slower = coverage_table.of_data(data, CHOSEN, coverage_equity.old_question(CHOSEN, found), "station")
    return {fare.group: fare for fare in coverage_equity.fares(data, found, slower, seen)}


def test_fewer_than_three_in_need_are_no_number():
    assert "need" not in groups(needing(covered=2))


@pytest.mark.parametrize(("inside", "outside", "covered"), [(5, 2, None), (2, 5, None), (3, 4, 3), (4, 0, 4)])
def test_neither_side_of_a_number_tells_of_fewer_than_three(inside: int, outside: int, covered: int | None):
    needy = groups(needing(covered=inside, out_of_reach=outside))["need"]
    assert (needy.households, needy.covered) == (inside + outside, covered)
    assert (needy.out_of_reach is None) == (needy.mean_m is None) == (covered is None)
    row = coverage_equity.fares_table([needy], "en").iloc[0]
    assert ("fewer than 3" in row["How it is counted"]) == (covered is None)


def test_only_who_may_see_each_household_in_need_sees_their_number():
    data = needing(covered=5, out_of_reach=4)
    assert "need" in groups(data)
    for care in (frozenset(), frozenset({1})):
        assert "need" not in groups(data, dataclasses.replace(sight.EVERYTHING, care=care))


def test_the_old_have_the_same_time_and_get_less_far():
    fares = groups(town())
    everybody, old = fares["all"], fares["old"]
    assert (everybody.limit_m, old.limit_m, old.pace_m_min) == (500, 400, 60)
    assert everybody.households == old.households == 2486
    assert old.covered == told(limit_m=400).by_state["households"]["covered"] <= (everybody.covered or 0)
    table = coverage_equity.fares_table(list(fares.values()), "zh")
    assert "未登记老人人数" in table["怎样计算"].iloc[-1]


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
