"""12345 orders imported again and again, what was found before, who calls again, the three rates, and answers."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import prepared
import pytest
import shapely
import sqlalchemy as sa
from record_town import NOW, Town, at, build
from register_files import counts, written

from gridmap import errors, model, privacy
from gridmap.exchange import callbacks
from gridmap.model import IssueLinkKind, IssueSource, IssueState, Role
from gridmap.services import (
    answer_forms,
    community_data,
    community_settings,
    hotline_answers,
    hotline_links,
    hotline_orders,
    hotline_rates,
    hotline_rules,
    import_profiles,
    importing,
    issue_ties,
    retention,
    sight,
)
from gridmap.services.community_data import CommunityData
from gridmap.services.hotline_rules import HotlineRules
from gridmap.services.import_preview import ImportReport
from gridmap.store import open_store

DAY = dt.timedelta(days=1)
ZONE = "Asia/Shanghai"
PHONE = "13800000001"


def order(number: str, state: str = "待接单", **more: str) -> dict[str, str]:
    """A row of the city's export: a street light before building 1, received on 20 November."""
    said = {
        "工单编号": number,
        "录入时间": "2026-11-20 09:30",
        "一级分类": "路灯照明",
        "联系人": "模拟人",
        "联系电话": PHONE,
        "地址": "甲小区1号楼",
        "问题描述": f"路灯不亮 {number}",
        "办结时限": "2026-11-25",
        "工单状态": state,
    }
    return {**said, **more}


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    store = open_store(str(prepared.empty(tmp_path_factory.mktemp("hotline") / "town.gpkg")))
    yield build(store)
    store.close()


@pytest.fixture(scope="module")
def rules(town: Town) -> HotlineRules:
    return hotline_rules.of(town.store, town.data().community)


def bring(town: Town, path: Path, *rows: Mapping[str, str], skip: bool = False, **more: Any) -> ImportReport:
    table = pd.DataFrame(rows).fillna("")
    file = written(path, f"{len(list(path.iterdir()))}.csv", list(table.columns), *table.to_numpy().tolist())
    looked = importing.look(town.store, file)
    preview = importing.prepare(town.store, town.store.community(town.community), looked, "issues", **more)
    return importing.keep(town.store, None, preview, skip_refused=skip)


def by_order(town: Town) -> pd.DataFrame:
    data = town.data()
    return hotline_orders.orders(data).set_index("order_number", drop=False)


def numbered(town: Town) -> dict[str, int]:
    """Ids of the issues by the number of their order."""
    return {
        str(order): int(str(number)) for number, order in hotline_orders.orders(town.data())["order_number"].items()
    }


def move(town: Town, number: int, state: IssueState, note: str = "", **more: object) -> None:
    """What the flow does to an issue, as far as the hotline is concerned."""
    with town.store.write() as session:
        issue = session.get_one(model.Issue, number)
        event = model.IssueEvent(
            community_id=town.community, issue_id=number, at=NOW, from_state=issue.state, to_state=state, note=note
        )
        issue.state = state
        for name, value in more.items():
            setattr(issue, name, value)
        session.add(event)


def test_an_export_again_changes_nothing_and_a_later_one_what_it_should(town: Town, tmp_path: Path) -> None:
    first = [order("A1"), order("A2"), order("A3", 办结时限="2026-11-26")]
    assert counts(bring(town, tmp_path, *first)) == (3, 0, 0, 0)
    assert counts(bring(town, tmp_path, *first)) == (0, 0, 3, 0)
    kept = by_order(town)
    assert kept.loc["A1", "building_id"] == town.buildings[0]
    number = numbered(town)["A2"]
    longer = dt.datetime(2026, 12, 20, tzinfo=dt.UTC)
    move(town, number, IssueState.SUSPENDED, due_at=longer)
    later = [
        order("A1", "已办结", 办结时限="2026-11-28"),
        order("A2", "办理中", 办结时限="2026-11-29"),
        order("A3", "待接单", 办结时限="2026-11-26"),
        order("A4"),
    ]
    assert counts(bring(town, tmp_path, *later)) == (1, 2, 1, 0)
    kept = by_order(town)
    assert kept["state"].to_dict() == {"A1": "closed", "A2": "suspended", "A3": "assigned", "A4": "assigned"}
    assert kept.loc["A2", "due_at"] == longer
    assert kept.loc["A2", "hotline_state"] == "办理中"
    assert kept.loc["A1", "due_at"].tz_convert(ZONE).date() == dt.date(2026, 11, 28)


def test_a_folded_order_still_takes_its_answers_and_keeps_its_limit(town: Town, tmp_path: Path) -> None:
    bring(town, tmp_path, order("M1", 办结时限="2026-11-25"), order("M2"))
    data, by = town.data(), town.actor()
    numbers = numbered(town)
    issue_ties.merge(town.store, by, data, numbers["M1"], numbers["M2"], now=NOW)
    assert counts(bring(town, tmp_path, order("M1", "办理中", 办结时限="2026-11-27"), order("M2"))) == (0, 1, 1, 0)
    data = town.data()
    own, folded = issue_ties.orders(data, numbers["M2"])
    assert (own.number, own.folded) == ("M2", False)
    assert (folded.number, folded.folded, folded.state) == ("M1", True, IssueState.IN_PROGRESS)
    assert folded.due_at is not None
    assert folded.due_at.astimezone(dt.UTC).date() == dt.date(2026, 11, 27)
    due = hotline_orders.due(data, hotline_rules.of(town.store, data.community), NOW + 5 * DAY)
    assert numbers["M1"] in due.index


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (order("X1", 办结时限="2026-11-19"), "due_before_received"),
        (order("X1", 问题描述="   \u200f "), "cell_missing"),
    ],
)
def test_a_row_that_cannot_be_is_refused_with_what_to_do(
    town: Town, tmp_path: Path, row: Mapping[str, str], problem: str
) -> None:
    with pytest.raises(errors.FaultyInput) as caught:
        bring(town, tmp_path, row)
    (fault,) = [one for one in caught.value.faults if one.fatal]
    assert (fault.problem, fault.row) == (problem, 2)
    assert fault.sentence("zh")
    assert fault.mend("zh")


def test_a_file_without_any_moment_says_which_column_it_lacks(town: Town, tmp_path: Path) -> None:
    with pytest.raises(errors.FaultyInput, match=r"录入时间|reported"):
        bring(town, tmp_path, order("X1", 录入时间=""))


def test_an_order_twice_in_a_file_is_told_and_a_long_text_is_cut(town: Town, tmp_path: Path) -> None:
    rows = (order("T1"), order("T1", 问题描述="又不亮"), order("T2", 问题描述="\u202e长" * 10_000))
    with pytest.raises(errors.FaultyInput, match="T1"):
        bring(town, tmp_path, *rows)
    report = bring(town, tmp_path, *rows, skip=True)
    assert counts(report) == (2, 0, 0, 1)
    assert [fault.problem for fault in report.faults] == ["id_twice", "too_long"]
    kept = by_order(town)
    assert kept.loc["T2", "text"] == "长" * 4000


def test_a_word_that_nobody_knows_moves_nothing_until_somebody_says_what_it_means(town: Town, tmp_path: Path) -> None:
    bring(town, tmp_path, order("W1", "办理中"))
    strange = [order("W1", "街道流转"), order("W2", "街道流转")]
    report = bring(town, tmp_path, *strange)
    assert {fault.problem for fault in report.faults} == {"state_unknown"}
    kept = by_order(town)
    assert (kept.loc["W1", "state"], kept.loc["W2", "state"]) == ("in_progress", "recorded")
    chosen = {"街道流转": "done"}
    assert counts(bring(town, tmp_path, *strange, states=chosen)) == (0, 2, 0, 0)
    assert set(by_order(town).loc[["W1", "W2"], "state"]) == {"done"}
    community = town.store.community(town.community)
    profile = import_profiles.Profile(kind="issues", name="区热线", mapping={"state": "工单状态"}, states=chosen)
    import_profiles.save(town.store, None, community, profile)
    again = import_profiles.named(town.store, community, "issues", "区热线")
    assert again == profile
    assert import_profiles.from_text(again.to_json(), "x") == again
    # What was chosen is known to belong to the hotline: a later word moves the order on, though no profile is named.
    assert counts(bring(town, tmp_path, order("W1", "已办结"))) == (0, 1, 0, 0)
    assert by_order(town).loc["W1", "state"] == "closed"
    with pytest.raises(errors.InputError, match="cannot mean"):
        bring(town, tmp_path, order("W3", "怪"), states={"怪": "gone"})


def test_a_caller_who_calls_again_about_one_place_is_noticed_and_never_named(
    town: Town, tmp_path: Path, rules: HotlineRules
) -> None:
    again = {"联系电话": "+86 139-1111-2222"}
    bring(
        town,
        tmp_path,
        order("R1", 联系电话="13911112222", 地址="甲小区1号楼3单元"),
        order("R2", **again),
        order("R3", 录入时间="2026-07-01 08:00", **again),
        order("R4", 地址="某街某号", **again),
        order("R5", 联系电话="139****2222"),
    )
    data = town.data()
    codes = hotline_orders.orders(data)["order_number"]
    told = [{codes[number] for number in one.orders} for one in hotline_links.repeats(town.store, data, rules)]
    assert {"R1", "R2"} in told
    assert not any({"R3", "R4", "R5"} & one for one in told)
    assert not any("digest" in column for column in data.issues.columns)
    key = "k" * 44
    assert privacy.caller_digest("１３９ 1111 2222", key) == privacy.caller_digest("+8613911112222", key)
    assert privacy.caller_digest("139****2222", key) is None
    with town.store.write() as session:
        for issue in session.scalars(sa.select(model.Issue)):
            if issue.order_number in ("R1", "R2"):
                issue.state, issue.closed_at = IssueState.CLOSED, NOW - 200 * DAY
    retention.run(town.store, NOW)
    data = town.data()
    left = [{codes[number] for number in one.orders} for one in hotline_links.repeats(town.store, data, rules)]
    assert {"R1", "R2"} not in left
    with town.store.read() as session:
        forgotten = [one for one in session.scalars(sa.select(model.Issue)) if one.order_number == "R1"]
    assert forgotten[0].caller_digest is None


def test_what_we_found_before_is_proposed_with_doubt_and_a_person_decides(
    town: Town, tmp_path: Path, rules: HotlineRules
) -> None:
    def found(x_m: float, days: float, category: str = "noise", **more: object) -> int:
        with town.store.write() as session:
            issue = model.Issue(
                community_id=town.community, code=f"F{x_m}{days}{category}", text="吵",
                reported_at=dt.datetime(2026, 11, 20, 1, 30, tzinfo=dt.UTC) - days * DAY,
                source=IssueSource.WALK, category=category, grid_id=town.west, geom=shapely.Point(at(x_m, 300)), **more,  # type: ignore[arg-type]
            )  # fmt: skip
            session.add(issue)
        return int(issue.id or 0)

    near, same_group = found(0, 3), found(10, 3, "pets")
    for other in ((0, 31), (0, -1), (200, 3)):
        found(*other)
    found(0, 3, "lift")
    bring(town, tmp_path, order("N1", 一级分类="噪音", 问题描述="夜里吵", 地址="不知道哪里"))
    numbers = numbered(town)
    with town.store.write() as session:
        session.get_one(model.Issue, numbers["N1"]).geom = shapely.Point(at(5, 300))

    def first() -> hotline_links.Found | None:
        told = hotline_links.proposed(town.data(), rules, NOW)
        return next((one for one in told if one.order == numbers["N1"]), None)

    best = first()
    assert best is not None
    assert best.ours == near
    assert best.days == pytest.approx(3)
    assert best.distance_m == pytest.approx(5, abs=0.2)
    assert 0.6 < best.confidence <= hotline_links.SUREST < 1
    by, data = town.actor(), town.data()
    issue_ties.link(town.store, by, data, near, numbers["N1"], IssueLinkKind.APART, now=NOW)
    best = first()
    assert best is not None
    assert best.ours == same_group
    issue_ties.link(town.store, by, data, same_group, numbers["N1"], IssueLinkKind.FOUND_BEFORE, now=NOW)
    assert first() is None
    assert hotline_links.confirmed(town.data(), hotline_orders.judged(town.data(), rules, NOW)) == 1
    issue_ties.unlink(town.store, by, data, same_group, numbers["N1"], IssueLinkKind.FOUND_BEFORE, now=NOW)
    assert first() is not None


@pytest.mark.parametrize(
    ("text", "solved", "satisfied", "contacted"),
    [
        ("已解决，满意", True, True, None),
        ("未解决/不满意", False, False, None),
        ("部分解决；基本满意", False, True, None),
        ("解决。一般", True, False, None),
        ("未联系，未解决", False, None, False),
        ("电话无人接听", None, None, None),
        ("", None, None, None),
    ],
)
def test_a_call_back_is_read_the_worse_word_counts(
    text: str, solved: bool | None, satisfied: bool | None, contacted: bool | None
) -> None:
    assert callbacks.read(text) == callbacks.Callback(solved=solved, satisfied=satisfied, contacted=contacted)


def judged(*rows: Mapping[str, object]) -> pd.DataFrame:
    usual = {"contact": "in_time", "solved": None, "satisfied": None, "called_back": False, "struck": False,
             "grid_id": 1.0, "category": "noise", "dispatched": NOW}  # fmt: skip
    frame = pd.DataFrame([{**usual, **row} for row in rows])
    return frame.assign(solved=frame["solved"].astype(object), satisfied=frame["satisfied"].astype(object))


def test_rates_show_their_n_and_count_apart_what_says_nothing(rules: HotlineRules) -> None:
    frame = judged(
        {"solved": True, "satisfied": False, "called_back": True},
        {"solved": False, "satisfied": None, "called_back": True, "contact": "late"},
        {"contact": "pending"},
        {"contact": "unknown", "category": "lift"},
        {"solved": False, "satisfied": False, "called_back": True, "struck": True},
    )
    found = hotline_rates.rates(frame)
    assert (found.orders, found.struck, found.called_back) == (5, 1, 2)
    assert (found.contacted.met, found.contacted.n, found.contacted.apart) == (1, 2, 2)
    assert (found.solved.met, found.solved.n, found.solved.apart) == (1, 2, 2)
    assert (found.satisfied.met, found.satisfied.n, found.satisfied.apart) == (0, 1, 3)
    assert found.score(rules) == pytest.approx((0.5 + 0.5 + 0) / 3)
    assert hotline_rates.rates(frame.iloc[2:4]).score(rules) is None
    assert list(hotline_rates.grouped(frame, "category")) == ["noise", "lift"]
    assert not hotline_rates.is_told(hotline_rates.rates(frame.iloc[:2]), sees_issues=False)
    midnight = dt.datetime(2026, 10, 31, 16, tzinfo=dt.UTC)
    frame = judged({"dispatched": midnight - dt.timedelta(minutes=1)}, {"dispatched": midnight}, {"dispatched": NOW})
    months = hotline_rates.months(frame, NOW.date(), ZONE, n=3)
    assert [(one.first.month, one.rates.orders) for one in months] == [(11, 2), (10, 1), (9, 0)]


def test_contact_in_time_goes_by_our_own_record_and_the_callers_word(
    town: Town, tmp_path: Path, rules: HotlineRules
) -> None:
    came = "2026-11-20 09:30"
    bring(
        town,
        tmp_path,
        order("C1", "办理中", 派单时间=came, 接单时间="2026-11-20 15:00"),
        order("C2", "办理中", 派单时间=came, 接单时间="2026-11-22 15:00"),
        order("C3", "待接单", 派单时间=came),
        order("C4", "办理中", 派单时间=came),
        order("C5", "办理中", 派单时间=came, 接单时间="2026-11-20 15:00", 回访结果="未联系，未解决"),
        order("C6", "待接单", 派单时间="2026-11-24 09:00", 录入时间="2026-11-24 08:00"),
    )
    found = hotline_orders.judged(town.data(), rules, NOW).set_index("order_number")["contact"]
    wanted = {"C1": "in_time", "C2": "late", "C3": "late", "C4": "unknown", "C5": "late", "C6": "pending"}
    assert found.loc[list(wanted)].to_dict() == wanted


def test_an_order_is_struck_out_with_a_reason_and_counted_again(
    town: Town, tmp_path: Path, rules: HotlineRules
) -> None:
    bring(town, tmp_path, order("S1"))
    number = numbered(town)["S1"]
    data, by = town.data(), town.actor()
    assert hotline_rates.strike(town.store, by, data, number, " 不属本社区 ", now=NOW) == ""
    assert bool(hotline_orders.judged(town.data(), rules, NOW).at[number, "struck"])
    with town.store.read() as session:
        entry = session.scalars(sa.select(model.AuditEntry).order_by(sa.inspect(model.AuditEntry).c.id.desc())).first()
    assert entry is not None
    assert (entry.action, entry.target, entry.reason) == ("order_struck", "S1", "不属本社区")
    assert hotline_rates.strike(town.store, by, data, number, "", now=NOW) == "不属本社区"
    assert not hotline_orders.judged(town.data(), rules, NOW).at[number, "struck"]
    with pytest.raises(errors.InputError, match="no 12345 order"):
        hotline_rates.strike(town.store, by, data, town.issue, "x", now=NOW)
    for role in (Role.STREET_LEADER, Role.GRID_WORKER):
        with pytest.raises(errors.Forbidden):
            hotline_rates.strike(town.store, town.actor(role, town.east), data, number, "x", now=NOW)


def test_answers_go_out_in_the_streets_own_form_and_come_in_again(town: Town, tmp_path: Path) -> None:
    bring(town, tmp_path, order("E1", "办理中"), order("E2", "办理中"), order("E3", "办理中"))
    data, by = town.data(), town.actor()
    numbers = numbered(town)
    issue_ties.merge(town.store, by, data, numbers["E3"], numbers["E1"], now=NOW)
    move(town, numbers["E1"], IssueState.DONE, "=已换灯，电话 13812345678", answered_at=NOW)
    data = town.data()
    due = hotline_answers.answers(town.store, data)
    assert {"E1", "E3"} <= set(due["order_number"])
    assert "E2" not in set(due["order_number"])

    template = tmp_path / "模板.xlsx"
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.title = "回单"
    book.active.append(["街道", "工单编号", "处理结果", "处理状态", "回单时间"])
    book.save(template)
    form = answer_forms.of_template(template, "区平台")
    assert [(one.heading, one.field) for one in form.columns] == [
        ("街道", None), ("工单编号", "order_number"), ("处理结果", "answer"), ("处理状态", "state"),
        ("回单时间", "answered_at"),
    ]  # fmt: skip
    answer_forms.save(town.store, by, data.community, form)
    assert answer_forms.forms(town.store, data.community) == [form]
    told: list[float] = []
    wanted = [numbers["E1"], numbers["E2"], numbers["E3"]]
    made = hotline_answers.export(town.store, by, data, form, wanted, now=NOW, progress=told.append)
    assert (made.rows, told[0], told[-1]) == (2, 0.0, 1.0)
    sheet = openpyxl.load_workbook(io.BytesIO(made.data))["回单"]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert rows[0] == ["街道", "工单编号", "处理结果", "处理状态", "回单时间"]
    assert {row[1] for row in rows[1:]} == {"E1", "E3"}
    assert rows[1][2:] == ["'=已换灯，电话 138****5678", "已办理", "2026-11-24 10:00:00"]
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
    after = hotline_answers.answers(town.store, town.data())
    assert not after.loc[[numbers["E1"], numbers["E3"]], "fresh"].any()
    move(town, numbers["E1"], IssueState.CHECKED, "核查属实")
    assert not hotline_answers.answers(town.store, town.data()).at[numbers["E1"], "fresh"]
    move(town, numbers["E1"], IssueState.DONE, "已换灯并巡查")
    assert hotline_answers.answers(town.store, town.data()).loc[[numbers["E1"], numbers["E3"]], "fresh"].all()
    with pytest.raises(errors.InputError, match="settle them first"):
        hotline_answers.export(town.store, by, data, form, [numbers["E2"]], now=NOW)
    with pytest.raises(errors.Forbidden):
        hotline_answers.export(town.store, town.actor(Role.STREET_LEADER), data, form, wanted, now=NOW)
    worker = town.actor(Role.GRID_WORKER, town.east)
    seen = sight.masked(town.data(), sight.Sight.of(worker, data.community))
    with pytest.raises(errors.InputError, match="settle them first"):
        hotline_answers.export(town.store, worker, seen, form, wanted, now=NOW)


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ((("工单编号", "order_number"), ("说明", "note")), "办理情况"),
        ((("工单编号", "order_number"), ("结果", "answer"), ("结果", None)), "结果"),
    ],
)
def test_a_form_that_the_platform_cannot_take_is_not_kept(
    town: Town, columns: tuple[tuple[str, str | None], ...], said: str
) -> None:
    made = tuple(answer_forms.Column(heading=heading, field=field) for heading, field in columns)
    with pytest.raises(errors.InputError) as caught:
        answer_forms.save(
            town.store, None, town.store.community(town.community), answer_forms.AnswerForm(name="x", columns=made)
        )
    assert said in caught.value.sentence("zh")


def test_weights_are_the_communitys_own_and_may_be_nothing(town: Town) -> None:
    community = town.store.community(town.community)
    community_settings.choose(town.store, community, "hotline.weight_contacted", 0)
    community_settings.choose(town.store, community, "hotline.weight_satisfied", 3)
    rules = hotline_rules.of(town.store, community)
    found = hotline_rates.rates(judged({"contact": "late", "solved": True, "satisfied": False, "called_back": True}))
    assert found.score(rules) == pytest.approx(0.25)
    with pytest.raises(errors.InputError):
        community_settings.choose(town.store, community, "hotline.contact_h", 0)
    with pytest.raises(errors.InputError):
        community_settings.choose(town.store, community, "hotline.weight_solved", -1)


def test_the_citys_own_export_again_and_later(shared_data: Path, tmp_path: Path) -> None:
    """The invented export with a real one's dirt: again, then with one order closed."""
    store = open_store(str(prepared.empty(tmp_path / "store.gpkg")))
    town = build(store)
    source = shared_data / "registers" / "12345工单.csv"
    community = store.community(town.community)

    def take(path: Path) -> ImportReport:
        preview = importing.prepare(store, community, importing.look(store, path), "issues")
        return importing.keep(store, None, preview, skip_refused=True)

    first = take(source)
    assert first.added == 90
    assert take(source).unchanged == first.added
    later = tmp_path / "later.csv"
    lines = source.read_bytes().decode("gb18030")
    assert lines.count("待接单") > 1
    later.write_bytes(lines.replace("待接单", "已办结", 1).encode("gb18030"))
    report = take(later)
    assert (report.added, report.changed) == (0, 1)
    data: CommunityData = community_data.read(store, town.community, day=NOW.date())
    assert (data.issues["state"] == "closed").any()
    store.close()
