"""The flow of issues: every move of the table is made, every other is refused, and nobody overtakes unseen."""

from __future__ import annotations

import datetime as dt
import io
import itertools
from collections.abc import Iterator
from dataclasses import replace

import prepared
import pytest
import record_town
import sqlalchemy as sa
from PIL import Image
from record_town import NOW, Town

from gridmap import catalogues, errors, i18n, model
from gridmap.access import Actor
from gridmap.model import IssueLevel, IssueState, Role
from gridmap.services import issue_calls, issue_flow, issue_limits, issue_steps, records
from gridmap.store import open_store

TABLE = {code: row for code, row in catalogues.entries("issue_flow").items() if row["kind"] == "move"}
# As an office would draw it, for a small matter: from -> to. A change of the table must be meant.
SMALL = """
recorded: accepted closed
accepted: assigned in_progress returned postponed suspended
assigned: assigned in_progress done returned postponed suspended
in_progress: assigned done returned postponed suspended
done: checked redo
checked: closed redo
closed: reopened
returned: assigned
postponed: in_progress done suspended
suspended: in_progress
redo: assigned in_progress done postponed
reopened: assigned in_progress postponed
"""
LATER = NOW + dt.timedelta(days=40)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    store = open_store(str(prepared.empty(tmp_path_factory.mktemp("flow") / "store.gpkg")))
    yield record_town.build(store)
    store.close()


def put(town: Town, state: IssueState, level: IssueLevel = IssueLevel.SMALL, due: dt.datetime | None = None) -> int:
    """Set the town's issue where a test begins, and return its version."""
    with town.store.write() as session:
        issue = session.get_one(model.Issue, town.issue)
        issue.state, issue.level, issue.due_at = state, level, due or NOW + dt.timedelta(days=3)
        issue.assignee_id, issue.department, issue.spot = None, "", False
        session.query(model.IssueCall).delete()
        session.flush()
        return issue.version


def staff(town: Town) -> int:
    return int(town.data().staff.index[0])


def go(town: Town, by: Actor, action: str, version: int, **more: object) -> model.Issue:
    given = {"note": "已到现场", "assignee_id": staff(town), "department": "urban", "until": LATER, "now": NOW, **more}
    return issue_flow.move(town.store, by, town.issue, action, version=version, **given)  # type: ignore[arg-type]


def test_the_table_is_as_an_office_would_draw_it(town: Town) -> None:
    flow = town.data().catalogues.flow
    drawn = {line.partition(":")[0]: set(line.partition(":")[2].split()) for line in SMALL.strip().splitlines()}
    for state in IssueState:
        assert {move.to.value for move in flow.allowed(state, IssueLevel.SMALL)} == drawn[state.value], state
    assert {code for code, row in TABLE.items() if row["levels"] == ["large"]} == {"whistle"}
    assert {code for code, row in TABLE.items() if row["levels"] == ["middling"]} == {"committees"}
    assert {code for code, row in TABLE.items() if row["levels"] == ["small"]} == {"spot"}


def test_every_move_of_the_table_is_made_and_every_other_refused(town: Town) -> None:
    by, who, made = town.actor(), staff(town), 0
    with town.store.write() as session:
        issue = session.get_one(model.Issue, town.issue)
        for state, level, (action, row) in itertools.product(IssueState, IssueLevel, TABLE.items()):
            issue.state, issue.level, issue.due_at = state, level, NOW + dt.timedelta(days=3)
            session.query(model.IssueCall).delete()
            given = {"note": "已到现场", "assignee_id": who, "department": "urban", "until": LATER, "now": NOW}
            if state.value in row["from"] and level.value in row["levels"]:
                issue_flow.within(session, by, issue, action, **given)  # type: ignore[arg-type]
                assert (issue.state.value, issue.closed_at is not None) == (row["to"], row["to"] == "closed"), action
                made += 1
            else:
                with pytest.raises(issue_flow.NotFrom) as refused:
                    issue_flow.within(session, by, issue, action, **given)  # type: ignore[arg-type]
                assert i18n.text(f"issue_state.{state.value}", "zh") in refused.value.sentence("zh")
                assert issue.state is state
    assert made == sum(len(row["from"]) * len(row["levels"]) for row in TABLE.values())


@pytest.mark.parametrize("role", list(Role))
def test_a_role_makes_its_own_moves_only(town: Town, role: Role) -> None:
    by = town.actor(role, *([town.west] if role in (Role.GRID_LEADER, Role.GRID_WORKER) else []))
    version = put(town, IssueState.DONE)
    with town.store.read() as session:
        offered = {move.action for move in issue_flow.moves(session.get_one(model.Issue, town.issue), by, town.data())}
    assert offered == {code for code in ("check", "redo") if role.value in TABLE[code]["roles"]}
    if "check" in offered:
        go(town, by, "check", version)
    else:
        with pytest.raises(errors.Forbidden):
            go(town, by, "check", version)


def test_a_grid_worker_moves_nothing_of_another_grid(town: Town) -> None:
    by = town.actor(Role.GRID_WORKER, town.east)
    with pytest.raises(errors.Forbidden):
        go(town, by, "accept", put(town, IssueState.RECORDED))


@pytest.mark.parametrize(
    ("action", "state", "level", "missing", "problem"),
    [
        ("spot", "recorded", "small", {"note": " \n "}, "flow_needs_note"),
        ("assign", "accepted", "small", {"assignee_id": None}, "flow_needs_assignee"),
        ("assign", "accepted", "small", {"assignee_id": 999}, "flow_nobody"),
        ("whistle", "accepted", "large", {"department": ()}, "flow_needs_department"),
        ("whistle", "accepted", "large", {"department": ["urban", "unheard"]}, "flow_no_department"),
        ("whistle", "accepted", "large", {"department": ["urban", "property"]}, "flow_not_street"),
        ("postpone", "assigned", "small", {"until": None}, "flow_needs_until"),
        ("postpone", "assigned", "small", {"until": NOW + dt.timedelta(days=2)}, "flow_until_past"),
        ("postpone", "assigned", "small", {"until": NOW - dt.timedelta(days=1)}, "flow_until_past"),
        ("finish", "assigned", "small", {"note": "长" * 1001}, "long"),
        ("finish", "assigned", "small", {"photos": (999,)}, "flow_no_photo"),
    ],
)
def test_what_a_move_asks_must_be_given(
    town: Town, action: str, state: str, level: str, missing: dict[str, object], problem: str
) -> None:
    version = put(town, IssueState(state), IssueLevel(level))
    with pytest.raises(errors.FaultyRecord) as refused:
        go(town, town.actor(), action, version, **missing)
    assert problem in {one.problem for one in refused.value.refusals}
    for language in i18n.LANGUAGES:
        assert "{" not in refused.value.sentence(language)
    with town.store.read() as session:
        assert session.get_one(model.Issue, town.issue).version == version


def test_of_two_at_once_the_second_is_told_and_nothing_is_lost(town: Town) -> None:
    first, second = town.actor(), town.actor(Role.DESK)
    with town.store.write() as session:
        session.get_one(model.Account, first.account_id).staff_id = staff(town)
    version = put(town, IssueState.ASSIGNED)
    go(town, first, "finish", version, note="已疏通")
    with pytest.raises(issue_flow.Overtaken) as told:
        go(town, second, "return", version, note="不归我们管")
    assert "模拟员" in told.value.sentence("zh")
    assert "已办理" in told.value.sentence("zh")
    assert "moved by 模拟员" in told.value.sentence("en")
    with town.store.read() as session:
        issue = session.get_one(model.Issue, town.issue)
        assert (issue.state, issue.handling) == (IssueState.DONE, "已疏通")
    go(town, second, "redo", told.value.issue.version, note="又堵了")


def test_an_act_sent_twice_counts_once(town: Town) -> None:
    by, version = town.actor(), put(town, IssueState.ASSIGNED)
    first = go(town, by, "finish", version, client_id="phone-1")
    again = go(town, by, "finish", version, client_id="phone-1")
    assert (again.state, again.version) == (first.state, first.version)
    with town.store.read() as session:
        of = sa.inspect(model.IssueEvent).c
        kept = session.scalars(sa.select(model.IssueEvent).where(of.client_id == "phone-1")).all()
    assert [(one.action, one.note, one.from_state) for one in kept] == [("finish", "已到现场", IssueState.ASSIGNED)]


def test_photos_belong_to_the_move_they_came_with(town: Town) -> None:
    photo = int(town.data().photos.index[0])
    go(town, town.actor(), "finish", put(town, IssueState.ASSIGNED), photos=(photo,))
    data = town.data()
    assert data.events.at[data.photos.at[photo, "event_id"], "action"] == "finish"


def picture(colour: str) -> bytes:
    kept = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(kept, "JPEG")
    return kept.getvalue()


def test_photos_are_kept_with_their_move_and_none_where_it_is_refused(town: Town) -> None:
    before = set(town.data().photos.index)
    version = put(town, IssueState.ASSIGNED)
    good, refused = picture("red"), (errors.FaultyRecord, errors.InputError, issue_flow.Overtaken, issue_flow.NotFrom)
    for action, seen, more in (
        ("finish", version, {"note": "", "files": [("good.jpg", good)]}),
        ("finish", version, {"files": [("good.jpg", good), ("report.jpg", b"no photo")]}),
        ("finish", version - 1, {"files": [("good.jpg", good)]}),
        ("check", version, {"files": [("good.jpg", good)]}),
    ):
        with pytest.raises(refused) as told:
            go(town, town.actor(), action, seen, **more)
        assert ("report.jpg" in str(told.value)) is (len(more["files"]) > 1)
        assert set(town.data().photos.index) == before
    go(town, town.actor(), "finish", version, files=[("good.jpg", good), ("good.jpg", picture("blue"))])
    data = town.data()
    kept = data.photos.loc[sorted(set(data.photos.index) - before)]
    assert set(kept["stage"]) == {"after"}
    assert set(data.events.loc[kept["event_id"], "action"]) == {"finish"}
    assert len(kept) == 2


def test_a_photo_given_with_the_move_is_the_photo_that_it_asks(town: Town) -> None:
    data = town.data()
    asks = data.catalogues.flow.moves["finish"]
    flow = replace(data.catalogues.flow, moves={"finish": replace(asks, asks=("photo",))})
    put(town, IssueState.ASSIGNED)
    with town.store.read() as session:
        issue = session.get_one(model.Issue, town.issue)
        known = replace(data.catalogues, flow=flow)
        with pytest.raises(errors.FaultyRecord, match="photo"):
            issue_flow.demand(session, None, issue, "finish", known, now=NOW)
        assert issue_flow.demand(session, None, issue, "finish", known, more_photos=1, now=NOW)[0].action == "finish"


def test_postponing_moves_the_limit_and_suspending_stops_the_clock(town: Town) -> None:
    by = town.actor()
    due = issue_limits.moment(dt.date(2026, 12, 4))  # a Friday: eight working days are left
    issue = go(town, by, "postpone", put(town, IssueState.ASSIGNED, due=due), until=dt.date(2026, 12, 11))
    assert issue.due_at == issue_limits.moment(dt.date(2026, 12, 11))
    go(town, by, "suspend", put(town, IssueState.IN_PROGRESS, due=due))
    with town.store.read() as session:
        suspended = session.get_one(model.Issue, town.issue)
    step = issue_steps.next_step(suspended, town.data(), "zh", LATER)
    assert (step.state, step.due) == ("still", None)
    ten_days_on = NOW + dt.timedelta(days=14)
    issue = go(town, by, "resume", suspended.version, now=ten_days_on)
    assert issue.due_at == issue_limits.moment(dt.date(2026, 12, 18)), "eight working days from the eighth of December"


def test_whistled_departments_are_listed_with_their_answers(town: Town) -> None:
    by = town.actor()
    version = put(town, IssueState.ACCEPTED, IssueLevel.LARGE)
    issue = go(town, by, "whistle", version, department=["urban", "fire"], until=None)
    calls = town.data().calls.sort_index().tail(2)
    assert (list(calls["department"]), issue.department) == (["urban", "fire"], "urban")
    step = issue_steps.next_step(issue, town.data(), "zh", NOW)
    assert step.owner == "城管执法、消防救援站"
    number, seen = int(calls.index[0]), int(calls["version"].iloc[0])
    issue_calls.answer(town.store, by, number, version=seen, arrived=True, text="当场拆除，电话13800000009", now=NOW)
    kept = town.data().calls.loc[number]
    assert (kept["arrived"], kept["answer"]) == (True, "当场拆除，电话138****0009")
    with pytest.raises(errors.Conflict) as told:
        issue_calls.answer(town.store, by, number, version=seen, arrived=False, text="没来", now=NOW)
    assert "'urban management'" in told.value.sentence("en")
    assert "“城管执法”" in told.value.sentence("zh")
    assert issue_steps.next_step(issue, town.data(), "en", NOW).owner == "fire station"


def test_only_the_streets_departments_that_owe_no_answer_are_whistled_for(town: Town) -> None:
    by = town.actor()
    issue = go(town, by, "whistle", put(town, IssueState.ACCEPTED, IssueLevel.LARGE), department=["urban", "fire"])
    data = town.data()
    offered = {one.code for one in issue_calls.offered(data, town.issue)}
    assert issue_calls.waiting(data, town.issue) == {"urban", "fire"}
    assert offered == {one.code for one in data.departments.live() if one.street} - {"urban", "fire"}
    with pytest.raises(errors.FaultyRecord) as told:
        go(town, by, "whistle", issue.version, department=["fire", "police", "community"])
    assert "消防救援站已经叫过" in told.value.sentence("zh")
    assert "not the community itself" in told.value.sentence("en")
    call = data.calls[data.calls["department"] == "fire"].iloc[-1]
    issue_calls.answer(
        town.store, by, int(call.name), version=int(call["version"]), arrived=True, text="来过", now=NOW
    )  # fmt: skip
    assert "fire" in {one.code for one in issue_calls.offered(town.data(), town.issue)}
    go(town, by, "whistle", issue.version, department=["fire"])


def test_whom_a_double_waits_for_is_waited_for_where_it_was_folded_into(town: Town) -> None:
    put(town, IssueState.IN_PROGRESS, IssueLevel.LARGE)
    with town.store.write() as session:
        double = model.Issue(community_id=town.community, code="D-1", reported_at=NOW, category="noise", text="又吵",
                             source=model.IssueSource.HOTLINE, merged_into_id=town.issue)  # fmt: skip
        session.add(double)
        session.flush()
        session.add(
            model.IssueCall(community_id=town.community, issue_id=double.id or 0, department="gas", called_at=NOW)
        )
        assert issue_calls.waiting_within(session, town.issue) == {"gas"}
    data = town.data()
    assert issue_calls.waiting(data, town.issue) == {"gas"}
    assert issue_steps.next_step(data.issues.loc[town.issue], data, "en", NOW).owner == "gas company"


def test_who_is_next_is_always_known(town: Town) -> None:
    with town.store.write() as session:
        session.get_one(model.Grid, town.west).leader_id = staff(town)
    put(town, IssueState.RECORDED)
    data = town.data()
    with town.store.read() as session:
        issue = session.get_one(model.Issue, town.issue)
        session.expunge(issue)
    for state, level, language in itertools.product(IssueState, IssueLevel, i18n.LANGUAGES):
        issue.state, issue.level = state, level
        step = issue_steps.next_step(issue, data, language, NOW)
        row = data.issues.loc[town.issue].copy()
        row["state"], row["level"] = state.value, level.value
        assert issue_steps.next_step(row, data, language, NOW) == step
        if state is IssueState.CLOSED:
            assert (step.action, step.owner, step.state) == ("", "", "over")
        else:
            assert step.action in {move.action for move in data.catalogues.flow.allowed(state, level)}
            assert step.label
            assert step.owner


def test_a_new_issue_gets_its_limit_from_its_category(town: Town) -> None:
    tagged = records.tag_issue(
        town.store, town.actor(), town.data(), {"category": "noise", "text": "吵", "building_id": town.buildings[0]},
        client_id="limit-1", now=NOW,
    )  # fmt: skip
    with town.store.read() as session:
        issue = session.get_one(model.Issue, tagged.number)
    # Three working days after Tuesday 24 November.
    assert issue.due_at == issue_limits.moment(dt.date(2026, 11, 27))
    records.change(town.store, town.actor(), town.data(), tagged, {"category": "road"}, now=NOW)
    with town.store.read() as session:
        assert session.get_one(model.Issue, tagged.number).due_at == issue_limits.moment(dt.date(2026, 12, 8))


def test_the_form_of_a_record_goes_by_the_table_too(town: Town) -> None:
    put(town, IssueState.RECORDED)
    base = records.read(town.store, town.actor(), town.data(), "issues", town.issue)
    with pytest.raises(errors.FaultyRecord):
        records.change(town.store, town.actor(), town.data(), base, {"state": "postponed"}, now=NOW)
    records.change(town.store, town.actor(), town.data(), base, {"state": "done"}, now=NOW)
    events = town.data().events
    mine = events[events["issue_id"] == town.issue].sort_index().tail(3)
    assert list(mine["action"]) == ["accept", "start", "finish"]
