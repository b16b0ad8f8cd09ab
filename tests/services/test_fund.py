"""The one-yuan fund: never below zero, nothing changed once closed, told to residents without a name."""

from __future__ import annotations

import datetime as dt
import io
import threading
from decimal import Decimal
from pathlib import Path

import pandas as pd
import prepared
import pytest
import taken
from hypothesis import given, settings
from hypothesis import strategies as st

from gridmap import model
from gridmap.access import Actor
from gridmap.errors import Conflict, FaultyRecord, Forbidden, GridmapError, InputError
from gridmap.model import FundEntry, FundKind, Role
from gridmap.services import audit, communities, fund, fund_book, fund_closing, fund_summary, import_undo, unmasking
from gridmap.store import Store, open_store

NOW = dt.datetime(2026, 11, 30, 2, tzinfo=dt.UTC)
SECRET = "赠某某"


@pytest.fixture
def community(file_store: Store) -> model.Community:
    return communities.create(file_store, "模拟社区")


def draft(day: str, yuan: float, kind: FundKind = FundKind.GIFT, **more: str) -> fund.Draft:
    told = {"purpose": f"{SECRET}家", "grant_use": "relief", "person": SECRET} if kind is FundKind.GRANT else {}
    return fund.Draft(kind=kind, day=dt.date.fromisoformat(day), amount_yuan=yuan, **{**told, **more})


def put(store: Store, community: model.Community, day: str, yuan: float, kind: FundKind = FundKind.GIFT) -> int:
    return fund.add(store, None, community, draft(day, yuan, kind), now=NOW)


def person(role: Role, community: model.Community) -> Actor:
    return Actor(
        account_id=1,
        name="somebody",
        role=role,
        street_id=community.street_id,
        community_id=community.id,
        grid_ids=frozenset(),
        session_id=1,
    )


days = st.dates(dt.date(2026, 1, 1), dt.date(2026, 1, 12))
entries = st.lists(st.tuples(days, st.sampled_from(FundKind), st.integers(1, 900)), max_size=12)


@given(entries, days)
@settings(max_examples=40, deadline=None)
def test_what_may_be_granted_is_the_most_that_leaves_no_day_below_zero(
    told: list[tuple[dt.date, FundKind, int]], day: dt.date
) -> None:
    def least(extra: Decimal) -> Decimal:
        """The lowest end of any day from ``day`` on, reckoned anew for each day in decimals."""
        ends = []
        for n in range((dt.date(2026, 1, 14) - day).days):
            until = day + dt.timedelta(days=n)
            signs = {FundKind.GIFT: 1, FundKind.GRANT: -1}
            ends.append(sum(Decimal(signs[kind] * fen) / 100 for at, kind, fen in told if at <= until) - extra)
        return Decimal(min(ends))

    rows = [FundEntry(community_id=1, day=at, kind=kind, amount_yuan=fen / 100) for at, kind, fen in told]
    most = Decimal(str(fund_book.spendable_yuan(rows, day)))
    assert least(most) == 0


def test_grant_over_the_balance_is_refused_and_the_balance_said(file_store: Store, community: model.Community) -> None:
    put(file_store, community, "2026-10-05", 100.10)
    put(file_store, community, "2026-10-20", 60.05, FundKind.GRANT)
    with pytest.raises(InputError, match=r"40\.05") as refused:
        put(file_store, community, "2026-10-06", 50, FundKind.GRANT)
    assert "40.05" in refused.value.sentence("zh")
    put(file_store, community, "2026-10-06", 40.05, FundKind.GRANT)
    told = fund.book(file_store, community)
    assert told.balance_yuan == 0
    # Nobody is named in the list, and a name in the store is sealed.
    assert SECRET not in fund.table(told, "zh").drop(columns="事由").to_csv()
    assert all(one.person == "" or SECRET not in one.person for one in told.entries)


def test_of_two_grants_at_once_that_would_empty_it_one_is_kept(store: Store) -> None:
    community = communities.create(store, "模拟社区")
    put(store, community, "2026-11-02", 100)
    said: list[str] = []
    start = threading.Barrier(4)

    def grant() -> None:
        start.wait()
        try:
            put(store, community, "2026-11-03", 80, FundKind.GRANT)
            said.append("kept")
        except GridmapError as fault:
            said.append(fault.key)

    threads = [threading.Thread(target=grant) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) == ["fund_over_balance"] * 3 + ["kept"]
    assert fund.book(store, community).balance_yuan == 20


def test_wrong_drafts_are_told_all_at_once(file_store: Store, community: model.Community) -> None:
    wrong = fund.Draft(kind=FundKind.GRANT, day=dt.date(2026, 12, 24), amount_yuan=1.005)
    with pytest.raises(FaultyRecord) as refused:
        fund.add(file_store, None, community, wrong, now=NOW)
    assert {one.name for one in refused.value.refusals} == {"amount_yuan", "day", "purpose", "grant_use"}
    fund.add(file_store, None, community, draft("2026-11-01", 5, voucher="A1"), now=NOW)
    with pytest.raises(Conflict):
        fund.add(file_store, None, community, draft("2026-11-01", 5, voucher="A1"), now=NOW)


def test_entry_is_taken_back_by_another_and_stays(file_store: Store, community: model.Community) -> None:
    wrong = put(file_store, community, "2026-11-02", 500)
    put(file_store, community, "2026-11-02", 50)
    counter = fund.correct(file_store, None, community, wrong, "多写了一个零", now=NOW)
    told = fund.book(file_store, community)
    assert told.balance_yuan == 50
    assert [one.amount_yuan for one in told.entries if one.id == wrong] == [500]
    sums = fund_book.totals(told.within("2026-11"))
    assert (sums.gifts, sums.gifts_yuan, sums.grants) == (1, 50, 0)
    with pytest.raises(Conflict):
        fund.correct(file_store, None, community, wrong, "再来一次", now=NOW)
    with pytest.raises(InputError):
        fund.correct(file_store, None, community, counter, "冲正冲正", now=NOW)
    # What has been spent meanwhile cannot be taken back.
    other = put(file_store, community, "2026-11-03", 30)
    put(file_store, community, "2026-11-04", 70, FundKind.GRANT)
    with pytest.raises(InputError, match=r"10\.00"):
        fund.correct(file_store, None, community, other, "退回", now=NOW)


def test_months_close_in_order_and_take_nothing_more_until_reopened(
    file_store: Store, community: model.Community
) -> None:
    put(file_store, community, "2026-08-31", 10)
    wrong = put(file_store, community, "2026-09-01", 20)
    put(file_store, community, "2026-10-31", 30)
    with pytest.raises(InputError, match="2026-08"):
        fund_closing.close(file_store, None, community, "2026-09", now=NOW)
    with pytest.raises(InputError):
        fund_closing.close(file_store, None, community, "2026-11", now=NOW)  # its last day is today
    for period in ("2026-08", "2026-09"):
        fund_closing.close(file_store, None, community, period, now=NOW)
    with pytest.raises(Conflict):
        fund_closing.close(file_store, None, community, "2026-09", now=NOW)
    for day in ("2026-09-30", "2026-07-01"):
        with pytest.raises(InputError, match="closed"):
            put(file_store, community, day, 1)
    # A correction of what is closed stands in the month that is open.
    fund.correct(file_store, None, community, wrong, "记错了", now=NOW)
    sums = fund_book.totals(fund.book(file_store, community).within("2026-11"))
    assert (sums.gifts, sums.grants, sums.corrections_yuan) == (0, 0, -20)

    with pytest.raises(InputError):
        fund_closing.reopen(file_store, None, community, "2026-08", "补记", now=NOW)
    with pytest.raises(InputError):
        fund_closing.reopen(file_store, None, community, "2026-09", " ", now=NOW)
    fund_closing.reopen(file_store, None, community, "2026-09", "补记一笔", now=NOW)
    put(file_store, community, "2026-09-30", 1)
    said = audit.search(file_store, None, action="fund_reopened")
    assert said["reason"].tolist() == ["补记一笔"]
    past = fund.book(file_store, community).past
    assert [(one.period, one.reason) for one in past if one.reopened_at] == [("2026-09", "补记一笔")]


def test_year_closes_after_its_months(file_store: Store, community: model.Community) -> None:
    later = dt.datetime(2027, 2, 1, tzinfo=dt.UTC)
    put(file_store, community, "2026-10-05", 10)
    fund.add(file_store, None, community, draft("2027-01-05", 10), now=later)
    with pytest.raises(InputError, match="2026-10"):
        fund_closing.close(file_store, None, community, "2026", now=later)
    fund_closing.close(file_store, None, community, "2026-10", now=later)
    assert fund_closing.close(file_store, None, community, "2026", now=later).balance_yuan == 10
    fund_closing.close(file_store, None, community, "2027-01", now=later)
    assert [one.period for one in fund.book(file_store, community).closings] == ["2026-10", "2026", "2027-01"]


def test_secretary_closes_and_the_desk_enters(file_store: Store, community: model.Community) -> None:
    put(file_store, community, "2026-10-05", 10)
    for role in (Role.GRID_WORKER, Role.STREET_LEADER, Role.ADMINISTRATOR):
        with pytest.raises(Forbidden):
            fund.add(file_store, person(role, community), community, draft("2026-10-05", 1), now=NOW)
    with pytest.raises(Forbidden):
        fund_closing.close(file_store, person(Role.DESK, community), community, "2026-10", now=NOW)
    assert fund.may_close(person(Role.SECRETARY, community), community)
    assert fund.may_keep(person(Role.DESK, community), community)


def test_no_import_and_no_undoing_changes_a_closed_month(tmp_path: Path) -> None:
    opened = open_store(str(prepared.with_community(tmp_path / "store.gpkg")))
    community = opened.communities()[0]
    path = tmp_path / "基金.csv"
    path.write_text("日期,收支类型,金额(元),凭证号\n2026-09-01,捐款,20,1\n2026-10-08,捐款,5,2\n", encoding="utf-8")
    report = taken.take(opened, community, path, "fund-entries", today=NOW.date())
    fund_closing.close(opened, None, community, "2026-09", now=NOW)
    more = tmp_path / "更多.csv"
    more.write_text("日期,收支类型,金额(元),凭证号\n2026-09-09,捐款,7,3\n", encoding="utf-8")
    with pytest.raises(InputError, match="2026-09"):
        taken.take(opened, community, more, "fund-entries", today=NOW.date())
    with pytest.raises(InputError, match="2026-09"):
        import_undo.undo(opened, None, community, report.run, now=NOW)
    assert fund.book(opened, community).balance_yuan == 25
    opened.close()


def test_summary_tells_residents_sums_and_nobody(file_store: Store, community: model.Community) -> None:
    put(file_store, community, "2026-10-01", 1000)
    for n in range(3):
        put(file_store, community, "2026-10-02", 10 + n, FundKind.GRANT)
    only = draft("2026-10-03", 333, FundKind.GRANT, grant_use="illness")
    fund.add(file_store, None, community, only, now=NOW)
    # Who was helped is opened by whoever keeps the fund, for a reason that the audit keeps.
    grant = fund.book(file_store, community).entries[-1]
    why = "开具凭证"
    opened = unmasking.contact(
        file_store, person(Role.DESK, community), "fund", int(grant.id or 0), reason=why, now=NOW
    )  # fmt: skip
    assert opened.name == SECRET
    noted = audit.search(file_store, None, action="contact_seen").iloc[0]
    assert (noted["reason"], noted["target"]) == (why, "资助 333.00")
    for refused in (Role.GRID_LEADER, Role.STREET_LEADER, Role.ADMINISTRATOR):
        with pytest.raises(Forbidden):
            unmasking.contact(file_store, person(refused, community), "fund", int(grant.id or 0), reason=why, now=NOW)
    for form in ("html", "xlsx"):
        file = fund_summary.make(file_store, None, community, "2026-10", form, day=NOW.date(), language="zh")
        if form == "xlsx":
            sheets = pd.read_excel(io.BytesIO(file), sheet_name=None, header=None, engine="openpyxl")
            text = "\n".join(sheet.to_csv() for sheet in sheets.values())
        else:
            text = file.decode()
        assert SECRET not in text
        assert "634" in text  # what is left
        # One grant for illness alone, told by itself or by what is missing to the whole, would tell whose it was.
        assert "看病" not in text
        assert "困难救助" not in text
    for n in range(2):
        other = draft("2026-10-04", 20 + n, FundKind.GRANT, grant_use="study")
        fund.add(file_store, None, community, other, now=NOW)
    page = fund_summary.make(file_store, None, community, "2026-10", "html", day=NOW.date(), language="zh").decode()
    assert "困难救助" in page
    assert "助学" not in page
    assert fund_summary.make(file_store, None, community, "2026", "png", day=NOW.date(), language="en").startswith(
        b"\x89PNG"
    )
    with pytest.raises(InputError):
        fund_summary.make(file_store, None, community, "2025-10", "html", day=NOW.date(), language="zh")
