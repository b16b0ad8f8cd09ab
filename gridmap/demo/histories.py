"""How each case of the demo community went on, move by move, as far as yesterday evening."""

from __future__ import annotations

import datetime as dt
import itertools
import random
from collections.abc import Iterator, Sequence

from gridmap import catalogues, model
from gridmap.demo import persons, recipe
from gridmap.demo.cases import Case
from gridmap.demo.orders import Callers, mark
from gridmap.demo.scene import Scene
from gridmap.model import IssueLevel, IssueSource, IssueState
from gridmap.planning import deadlines, workdays

COMMUNITY_ID = 1
_SLOWER = {IssueLevel.SMALL: 1.0, IssueLevel.MIDDLING: 2.2, IssueLevel.LARGE: 4.0}
_LONGER_DAYS = 10
_DESK, _SECRETARY = "丁一", "甲一"

_STRAIGHT = (
    IssueState.RECORDED,
    IssueState.ACCEPTED,
    IssueState.ASSIGNED,
    IssueState.IN_PROGRESS,
    IssueState.DONE,
    IssueState.CHECKED,
    IssueState.CLOSED,
)

#: Least and most hours a case waits before it comes to a state, if it is small.
_HOURS = {
    IssueState.ACCEPTED: (0.2, 1.5),
    IssueState.ASSIGNED: (0.3, 3.0),
    IssueState.IN_PROGRESS: (1.0, 8.0),
    IssueState.DONE: (2.0, 26.0),
    IssueState.CHECKED: (8.0, 40.0),
    IssueState.CLOSED: (0.5, 6.0),
    IssueState.RETURNED: (2.0, 20.0),
    IssueState.POSTPONED: (20.0, 60.0),
    IssueState.SUSPENDED: (30.0, 90.0),
    IssueState.REDO: (8.0, 40.0),
    IssueState.REOPENED: (20.0, 60.0),
}
#: What the moves between two states are called in the table of moves.
_ACTIONS = {
    (IssueState.RECORDED, IssueState.ACCEPTED): "accept",
    (IssueState.RECORDED, IssueState.CLOSED): "spot",
    (IssueState.ACCEPTED, IssueState.ASSIGNED): "assign",
    (IssueState.ACCEPTED, IssueState.IN_PROGRESS): "whistle",
    (IssueState.ASSIGNED, IssueState.IN_PROGRESS): "start",
    (IssueState.ASSIGNED, IssueState.RETURNED): "return",
    (IssueState.IN_PROGRESS, IssueState.DONE): "finish",
    (IssueState.IN_PROGRESS, IssueState.POSTPONED): "postpone",
    (IssueState.IN_PROGRESS, IssueState.SUSPENDED): "suspend",
    (IssueState.POSTPONED, IssueState.IN_PROGRESS): "resume",
    (IssueState.DONE, IssueState.CHECKED): "check",
    (IssueState.DONE, IssueState.REDO): "redo",
    (IssueState.CHECKED, IssueState.CLOSED): "close",
    (IssueState.CLOSED, IssueState.REOPENED): "reopen",
}
_ANSWER_DAYS = 3

#: Where cases of an age stand, in turn: up to three days, up to two weeks, older.
_FRESH = (IssueState.RECORDED, IssueState.ACCEPTED, IssueState.ASSIGNED)
_RECENT = (
    IssueState.ASSIGNED,
    IssueState.CLOSED,
    IssueState.IN_PROGRESS,
    IssueState.DONE,
    IssueState.CLOSED,
    IssueState.RETURNED,
    IssueState.ACCEPTED,
    IssueState.CHECKED,
    IssueState.CLOSED,
    IssueState.IN_PROGRESS,
    IssueState.CLOSED,
)
_OLD = (
    IssueState.POSTPONED,
    IssueState.SUSPENDED,
    IssueState.IN_PROGRESS,
    IssueState.DONE,
    IssueState.RETURNED,
    IssueState.CHECKED,
    IssueState.REDO,
    IssueState.REOPENED,
)
_ONE_OLD_OPEN_IN = 8


def told(
    scene: Scene, cases: Sequence[Case], rng: random.Random
) -> tuple[tuple[model.Issue, ...], tuple[model.IssueEvent, ...], tuple[model.IssueCall, ...]]:
    """Return an issue for each of ``cases``, all their moves in order of time within an issue, and whom they called."""
    issues: list[model.Issue] = []
    events: list[model.IssueEvent] = []
    calls: list[model.IssueCall] = []
    calling, orders = Callers(), 0
    for case, goal in zip(cases, _goals(scene, cases), strict=True):
        moves = list(_moves(scene, case, goal, rng))
        issue = _issue(scene, case, moves, number=len(issues) + 1)
        if case.source is IssueSource.HOTLINE:
            caller = calling.next(issue.building_id or -len(issues))
            issue.contact_name, issue.contact_phone = persons.caller(caller)
            issue.text += persons.said(caller)
            orders += 1
            mark(issue, moves, orders)
        issues.append(issue)
        before: IssueState | None = None
        for moment, state in moves:
            events.append(
                model.IssueEvent(
                    id=len(events) + 1,
                    community_id=COMMUNITY_ID,
                    issue_id=len(issues),
                    at=moment,
                    from_state=before,
                    to_state=state,
                    actor_id=scene.staff_id[_actor(scene, case, before, state)],
                    note=_note(before, state, rng),
                    action="" if before is None else _ACTIONS[before, state],
                    due_at=issue.due_at,
                )
            )
            if events[-1].action == "assign":
                events[-1].assignee_id = issue.assignee_id
            before = state
        for call in _calls(scene, case, issue, moves, rng):
            call.id = len(calls) + 1
            calls.append(call)
    return tuple(issues), tuple(events), tuple(calls)


def _calls(
    scene: Scene, case: Case, issue: model.Issue, moves: Sequence[tuple[dt.datetime, IssueState]], rng: random.Random
) -> Iterator[model.IssueCall]:
    """Give the departments that were whistled for, with their answers once something was done."""
    whistled = [later for (_, one), (later, two) in itertools.pairwise(moves) if _ACTIONS[one, two] == "whistle"]
    if not whistled:
        return
    done = [moment for moment, state in moves if state is IssueState.DONE]
    own = str(catalogues.entries("issue_categories")[case.category]["department"])
    street = {code for code, row in catalogues.entries("departments").items() if row["street"]}
    for code in dict.fromkeys(one for one in (own, "urban") if one in street):
        limit = deadlines.Limit(_ANSWER_DAYS)
        due = deadlines.due(whistled[0], limit, workdays.official(), scene.zone)
        answered = done[0] - dt.timedelta(minutes=30) if done else None
        yield model.IssueCall(
            community_id=COMMUNITY_ID,
            issue_id=int(issue.id or 0),
            department=code,
            called_at=whistled[0],
            due_at=due.at,
            answered_at=answered,
            arrived=answered is not None,
            answer="" if answered is None else str(rng.choice(recipe.texts("issues")["notes"]["answer"])),
        )


def _goals(scene: Scene, cases: Sequence[Case]) -> Iterator[IssueState]:
    """Give the state towards which each case goes, by its age."""
    turns = {"fresh": 0, "recent": 0, "old": 0}
    for case in cases:
        age = (scene.today - case.reported_at.date()).days
        kind = "fresh" if age <= 3 else "recent" if age <= 14 else "old"
        turn = turns[kind]
        turns[kind] += 1
        if kind == "fresh":
            yield _FRESH[turn % len(_FRESH)]
        elif kind == "recent":
            yield _RECENT[turn % len(_RECENT)]
        elif turn % _ONE_OLD_OPEN_IN == _ONE_OLD_OPEN_IN - 1:
            yield _OLD[(turn // _ONE_OLD_OPEN_IN) % len(_OLD)]
        else:
            yield IssueState.CLOSED


def _course(case: Case, goal: IssueState, rng: random.Random) -> list[IssueState]:
    """Return the states a case passes; what is small and met on the spot is done there and then."""
    on_the_spot = case.level is IssueLevel.SMALL and case.source in (IssueSource.WALK, IssueSource.RECEPTION)
    if goal in (IssueState.DONE, IssueState.CHECKED, IssueState.CLOSED):
        if on_the_spot and rng.random() < 0.6 and goal is IssueState.CLOSED:
            return [IssueState.RECORDED, goal]
        course = _straight(case, goal)
        if case.level is not IssueLevel.SMALL and rng.random() < 0.15:
            at = course.index(IssueState.DONE)
            course[at:at] = [IssueState.POSTPONED, IssueState.IN_PROGRESS]
        return course
    if goal is IssueState.RETURNED:
        return [*_STRAIGHT[:3], goal]
    before = {IssueState.REDO: IssueState.DONE, IssueState.REOPENED: IssueState.CLOSED}
    if goal in (*before, IssueState.POSTPONED, IssueState.SUSPENDED):
        return [*_straight(case, before.get(goal, IssueState.IN_PROGRESS)), goal]
    return _straight(case, goal)


def _straight(case: Case, goal: IssueState) -> list[IssueState]:
    """Return the usual way to a state; a large matter is whistled for and given to nobody of our own."""
    course = list(_STRAIGHT[: _STRAIGHT.index(goal) + 1])
    if case.level is IssueLevel.LARGE and goal is not IssueState.ASSIGNED and IssueState.ASSIGNED in course:
        course.remove(IssueState.ASSIGNED)
    return course


def _moves(scene: Scene, case: Case, goal: IssueState, rng: random.Random) -> Iterator[tuple[dt.datetime, IssueState]]:
    """Give the moves of a case with their moments; what would come after yesterday has not come yet."""
    course = _course(case, goal, rng)
    moment = case.reported_at
    yield moment, course[0]
    for before, state in itertools.pairwise(course):
        if before is IssueState.RECORDED and state is IssueState.CLOSED:
            moment += dt.timedelta(minutes=rng.randint(3, 25))
        else:
            least, most = _HOURS[state]
            hours = rng.uniform(least, most) * _SLOWER[case.level]
            moment = scene.office_time(moment + dt.timedelta(minutes=max(2, round(hours * 60))))
        if moment > scene.limit:
            return
        yield moment, state


def _issue(scene: Scene, case: Case, moves: Sequence[tuple[dt.datetime, IssueState]], *, number: int) -> model.Issue:
    states = [state for _, state in moves]
    letter = scene.letter(case.building.geom.representative_point() if case.building else case.place)
    noted_by = {IssueSource.HOTLINE: None, IssueSource.VISITOR: _DESK}.get(case.source, scene.leader[letter])
    return model.Issue(
        id=number,
        community_id=COMMUNITY_ID,
        code=f"TB-{case.reported_at.year}-{number:03d}",
        reported_at=case.reported_at,
        source=case.source,
        category=case.category,
        text=case.text,
        state=states[-1],
        level=case.level,
        building_id=scene.id_of(case.building) if case.building else None,
        compound_id=scene.compound_id[case.compound] if case.compound else None,
        grid_id=scene.grid_id[letter],
        walk_id=case.walk_id,
        reporter_id=scene.staff_id[noted_by] if noted_by else None,
        due_at=_due(scene, case, states),
        assignee_id=scene.staff_id[scene.leader[letter]] if IssueState.ASSIGNED in states else None,
        department=_department(case) if _is_whistled(states) else "",
        spot=states == [IssueState.RECORDED, IssueState.CLOSED],
        closed_at=moves[-1][0] if states[-1] is IssueState.CLOSED else None,
        geom=scene.globe.lay(case.place),
    )


def _due(scene: Scene, case: Case, states: Sequence[IssueState]) -> dt.datetime:
    """Return the limit by the case's category; what was postponed has longer."""
    days, unit = catalogues.entries("issue_categories")[case.category]["limits"]["normal"]
    found = deadlines.due(
        case.reported_at, deadlines.Limit(days, deadlines.Unit(unit)), workdays.official(), scene.zone
    )
    longer = dt.timedelta(days=_LONGER_DAYS if IssueState.POSTPONED in states else 0)
    return found.at + longer


def _is_whistled(states: Sequence[IssueState]) -> bool:
    return any(_ACTIONS[pair] == "whistle" for pair in itertools.pairwise(states))


def _department(case: Case) -> str:
    return str(catalogues.entries("issue_categories")[case.category]["department"])


def _actor(scene: Scene, case: Case, before: IssueState | None, state: IssueState) -> str:
    leader = scene.leader[scene.letter(case.place)]
    desk_first = case.source in (IssueSource.HOTLINE, IssueSource.VISITOR)
    action = "" if before is None else _ACTIONS[before, state]
    if action in ("suspend", "postpone", "reopen", "whistle"):
        return _SECRETARY
    if action in ("accept", "assign") or (before is None and desk_first):
        return _DESK
    return _DESK if action in ("check", "redo", "close") else leader


def _note(before: IssueState | None, state: IssueState, rng: random.Random) -> str:
    notes = recipe.texts("issues")["notes"]
    action = "" if before is None else _ACTIONS[before, state]
    own = {"whistle": "assigned_large", "spot": "spot"}.get(action, state.value)
    return str(rng.choice(notes[own]))
