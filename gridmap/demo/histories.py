"""How each case of the demo community went on, move by move, as far as yesterday evening."""

from __future__ import annotations

import datetime as dt
import itertools
import random
from collections.abc import Iterator, Sequence

from gridmap import model
from gridmap.demo import persons, recipe
from gridmap.demo.cases import Case
from gridmap.demo.orders import Callers, mark
from gridmap.demo.scene import Scene
from gridmap.model import IssueLevel, IssueSource, IssueState

COMMUNITY_ID = 1
_DUE_DAYS = {IssueLevel.SMALL: 3, IssueLevel.MIDDLING: 7, IssueLevel.LARGE: 15}
_SLOWER = {IssueLevel.SMALL: 1.0, IssueLevel.MIDDLING: 2.2, IssueLevel.LARGE: 4.0}
_LONGER_DAYS = 10
_DESK, _CHECKER, _SECRETARY = "丁一", "丁二", "甲一"

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
}

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
)
_ONE_OLD_OPEN_IN = 8


def told(
    scene: Scene, cases: Sequence[Case], rng: random.Random
) -> tuple[tuple[model.Issue, ...], tuple[model.IssueEvent, ...]]:
    """Return an issue for each of ``cases`` and all their moves, in order of time within an issue."""
    issues: list[model.Issue] = []
    events: list[model.IssueEvent] = []
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
                    actor_id=scene.staff_id[_actor(scene, case, state)],
                    note=_note(case, state, rng),
                )
            )
            before = state
    return tuple(issues), tuple(events)


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
        end = _STRAIGHT.index(goal) + 1
        if on_the_spot and rng.random() < 0.6:
            return [IssueState.RECORDED, *_STRAIGHT[_STRAIGHT.index(IssueState.DONE) : end]]
        course = list(_STRAIGHT[:end])
        if case.level is not IssueLevel.SMALL and rng.random() < 0.15:
            at = course.index(IssueState.DONE)
            course[at:at] = [IssueState.POSTPONED, IssueState.IN_PROGRESS]
        return course
    if goal is IssueState.RETURNED:
        return [*_STRAIGHT[:3], goal]
    if goal in (IssueState.POSTPONED, IssueState.SUSPENDED):
        return [*_STRAIGHT[:4], goal]
    return list(_STRAIGHT[: _STRAIGHT.index(goal) + 1])


def _moves(scene: Scene, case: Case, goal: IssueState, rng: random.Random) -> Iterator[tuple[dt.datetime, IssueState]]:
    """Give the moves of a case with their moments; what would come after yesterday has not come yet."""
    course = _course(case, goal, rng)
    moment = case.reported_at
    yield moment, course[0]
    for before, state in itertools.pairwise(course):
        if before is IssueState.RECORDED and state is IssueState.DONE:
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
    days = _DUE_DAYS[case.level] + (_LONGER_DAYS if IssueState.POSTPONED in states else 0)
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
        due_at=scene.at(case.reported_at.date() + dt.timedelta(days=days), dt.time(17, 30)),
        closed_at=moves[-1][0] if states[-1] is IssueState.CLOSED else None,
        geom=scene.globe.lay(case.place),
    )


def _actor(scene: Scene, case: Case, state: IssueState) -> str:
    leader = scene.leader[scene.letter(case.place)]
    desk_first = case.source in (IssueSource.HOTLINE, IssueSource.VISITOR)
    if state is IssueState.RECORDED:
        return _DESK if desk_first else leader
    if state is IssueState.ACCEPTED:
        return _DESK
    if state is IssueState.CHECKED:
        return _CHECKER
    if case.level is IssueLevel.LARGE and state in (IssueState.ASSIGNED, IssueState.SUSPENDED, IssueState.CLOSED):
        return _SECRETARY
    return leader


def _note(case: Case, state: IssueState, rng: random.Random) -> str:
    notes = recipe.texts("issues")["notes"]
    whistle = state is IssueState.ASSIGNED and case.level is IssueLevel.LARGE
    return str(rng.choice(notes["assigned_large" if whistle else state.value]))
