"""Households in need: who is due, what was given, and what nobody is told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pandas as pd
import prepared
import pytest
from demo_town import DAY, NOW
from demo_town import town as demo

from gridmap import model
from gridmap.access import Actor
from gridmap.errors import FaultyRecord, Forbidden, InputError, NotFound
from gridmap.model import FundKind, Role
from gridmap.services import (
    audit,
    care_due,
    care_keeping,
    community_data,
    fund,
    register_bin,
    retention,
    sight,
    unmasking,
)
from gridmap.services.care_keeping import Help, Household
from gridmap.services.community_data import CommunityData
from gridmap.services.register_writing import Writer
from gridmap.services.sight import Sight
from gridmap.store import Store, open_store

NAME, PHONE = "某新户", "13900009999"


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Store]:
    store = open_store(str(prepared.with_demo(tmp_path / "town.gpkg", NOW)))
    with store.write() as session:
        session.add(model.Account(id=1, name="somebody", display="", role=Role.SECRETARY, password_hash=""))
    yield store
    store.close()


def read(store: Store) -> CommunityData:
    return community_data.read(store, 1, day=DAY)


def person(role: Role, data: CommunityData, *grids: int) -> Actor:
    return Actor(
        account_id=1,
        name="somebody",
        role=role,
        street_id=data.community.street_id,
        community_id=1,
        grid_ids=frozenset(grids),
        session_id=1,
    )


def test_who_is_due_follows_visits_and_help_that_is_a_visit(town: Store) -> None:
    data = read(town)
    secretary = person(Role.SECRETARY, data)
    before = care_due.rows(data)
    number = int(str(before.index[0]))
    assert before.loc[number, "state"] == "overdue"
    money = Help(day=DAY, kind="money", amount_yuan=50)
    care_keeping.help_given(town, secretary, data.community, number, money, now=NOW)
    assert care_due.rows(read(town)).loc[number, "state"] == "overdue"
    care_keeping.help_given(town, secretary, data.community, number, Help(day=DAY, kind="visit"), now=NOW)
    after = care_due.rows(read(town))
    assert after.loc[number, "due_on"] == DAY + dt.timedelta(days=int(after.loc[number, "interval_days"]))
    # Whoever is due is so by the days between, reckoned here from the visits and nothing else.
    for _, row in after.iterrows():
        late = row["last"] is None or (DAY - row["last"]).days > row["interval_days"]
        assert (row["state"] == "overdue") == late


def test_only_who_works_in_the_grid_writes_and_the_store_keeps_no_name(town: Store) -> None:
    data = read(town)
    building = int(str(data.buildings.index[0]))
    grid = int(data.buildings.at[building, "grid_id"])
    told = Household(building_id=building, unit="1单元101", need="meals", interval_days=7, name=NAME, phone=PHONE)
    for actor in (person(Role.GRID_WORKER, data, grid + 1), person(Role.DESK, data), person(Role.ADMINISTRATOR, data)):
        with pytest.raises(Forbidden):
            care_keeping.add(town, actor, data.community, told, now=NOW)
    worker = person(Role.GRID_WORKER, data, grid)
    number = care_keeping.add(town, worker, data.community, told, now=NOW)
    with pytest.raises(FaultyRecord) as wrong:
        care_keeping.add(town, worker, data.community, replace(told, building_id=None, interval_days=0), now=NOW)
    assert {one.name for one in wrong.value.refusals} == {"building_id", "interval_days"}
    assert unmasking.masked_care(town, [number])[number] == "某** · 139****9999"
    assert NAME not in audit.search(town, None).to_csv()
    with town.read() as session:
        kept = session.get_one(model.CareHousehold, number)
    assert NAME not in kept.name
    # A change that names nobody leaves the name.
    care_keeping.change(
        town, worker, data.community, number, replace(told, name="", phone="", interval_days=9), version=1, now=NOW
    )
    assert unmasking.masked_care(town, [number])[number] == "某** · 139****9999"
    opened = read(town)
    assert opened.care.at[number, "interval_days"] == 9
    elsewhere = sight.masked(opened, Sight.of(person(Role.GRID_WORKER, data, grid + 1), data.community))
    assert number not in elsewhere.care.index
    assert set(elsewhere.helps["care_household_id"]) <= set(elsewhere.care.index)


def test_no_more_is_given_from_a_grant_than_it_was(town: Store) -> None:
    data = read(town)
    secretary = person(Role.SECRETARY, data)
    draft = fund.Draft(kind=FundKind.GRANT, day=DAY, amount_yuan=100, purpose="救助", grant_use="relief")
    grant = fund.add(town, secretary, data.community, draft, now=NOW)
    first, second = (int(str(number)) for number in data.care.index[:2])
    paid = Help(day=DAY, kind="money", amount_yuan=60.5, fund_entry_id=grant)
    note = care_keeping.help_given(town, secretary, data.community, first, paid, now=NOW)
    with pytest.raises(InputError, match=r"39\.50"):
        care_keeping.help_given(town, secretary, data.community, second, paid, now=NOW)
    assert (grant, 39.5) in {(number, left) for number, _, left, _ in care_keeping.grants(town, data.community, DAY)}
    # What is deleted comes back as it was, unless its grant was given to others meanwhile.
    by = Writer(store=town, actor=secretary, data=read(town), now=NOW)
    entry, _ = register_bin.remove(by, "helps", note)
    other = care_keeping.help_given(town, secretary, data.community, second, paid, now=NOW)
    with pytest.raises(InputError, match=r"0\.00"):
        register_bin.restore(by, entry)
    register_bin.remove(by, "helps", other)
    register_bin.restore(by, entry)
    assert town.frame(model.CareHelp, 1).at[note, "amount_yuan"] == 60.5
    fund.correct(town, secretary, data.community, grant, "记错", now=NOW)
    with pytest.raises(NotFound):
        care_keeping.help_given(town, secretary, data.community, second, paid, now=NOW)


def test_help_goes_for_good_with_its_household(town: Store) -> None:
    data = read(town)
    secretary = person(Role.SECRETARY, data)
    number = int(data.helps["care_household_id"].iloc[0])
    secret = "某处的帮扶经过"
    told = Help(day=DAY, kind="visit", note=secret)
    note = care_keeping.help_given(town, secretary, data.community, number, told, now=NOW)
    binned = care_keeping.help_given(town, secretary, data.community, number, told, now=NOW)
    register_bin.remove(Writer(store=town, actor=secretary, data=read(town), now=NOW), "helps", binned)
    assert note in read(town).helps.index
    care_keeping.end(town, secretary, data.community, number, on=DAY, now=NOW)
    assert number not in read(town).care.index
    retention.run(town, now=NOW + dt.timedelta(days=400))
    assert len(town.frame(model.CareHelp, 1, care_household_id=number)) == 0
    town.close()
    assert town.path is not None
    assert secret.encode() not in town.path.read_bytes()


@pytest.mark.parametrize(
    ("sizes", "lines"),
    [
        ([5, 4, 3], [5, 4, 3]),
        ([5, 4, 1], [5, 5]),  # one alone is told with the next
        ([5, 2, 1], [5, 3]),
        ([2], [0]),
        ([1, 1], [0]),
        ([], []),
    ],
)
def test_totals_tell_no_number_below_three(town_data: CommunityData, sizes: list[int], lines: list[int]) -> None:
    needs = ["living_alone", "meals", "errands"]
    rows = [need for need, n in zip(needs, sizes, strict=False) for _ in range(n)]
    found = pd.DataFrame({"need": rows, "grid_id": pd.array([1] * len(rows), dtype="Int64"), "state": "later"})
    told = care_due.counts(town_data, found, "need", "en")
    numbers = [0 if one.startswith("fewer") else int(one) for one in told["Households"]]
    assert numbers == lines
    assert sum(numbers) in (0, len(rows))
    assert all(n == 0 or n >= 3 for n in numbers)


@pytest.fixture(scope="module")
def town_data() -> CommunityData:
    return demo()
