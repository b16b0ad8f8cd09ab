"""Plans of grid walks: what is asked, what is proposed. `walk_keeping` keeps a plan as `model.Walk` and `model.Stop`.

How a page goes about it::

    able = walk_staff.free(store, community_id, day)
    question = walk_plans.Question(day=day, teams=walk_plans.staff_of(walk_staff.teams(able, 2)), letters=("A",))
    made = walk_plans.plan(store, sight.masked(data, seen), seen, question, now=now, progress=...)
    made.walks[0].stops[0].said("zh")  # why this stop
    dragged = made.around({"1": ("building:4", "building:9")}, add=(), drop=())  # their order stays, the rest is anew
    made = walk_plans.plan(store, sight.masked(data, seen), seen, dragged, now=now)
    ids = walk_keeping.keep(store, actor, data, made, now=now)  # rows; replaces=ids for those planned before
    walk_keeping.asked(data, ids)  # the question again, with their order

Keys of places are ``building:<id>``, ``point:<id>`` and ``issue:<id>``. A walker is called by their number in
``teams``, from "1". Nothing here writes to the store.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from zoneinfo import ZoneInfo

from gridmap import settings
from gridmap.errors import InputError
from gridmap.model import Half
from gridmap.planning.routing import Step
from gridmap.services import community_settings, walk_problem, walk_staff, walk_wishes
from gridmap.services.community_data import CommunityData
from gridmap.services.sight import Sight
from gridmap.services.walk_made import Left, Made, PlannedStop, PlannedWalk, Question, staff_of
from gridmap.services.walk_staff import Free
from gridmap.store import Store

__all__ = ["LONGEST_MIN", "MOST_WALKERS", "Left", "Made", "PlannedStop", "PlannedWalk", "Question", "plan", "staff_of"]

LONGEST_MIN = 600
MOST_WALKERS = 20


def plan(
    store: Store,
    data: CommunityData,
    seen: Sight,
    question: Question,
    *,
    now: dt.datetime,
    progress: Callable[[Step], None] | None = None,
    stopped: Callable[[], bool] | None = None,
) -> Made:
    """Plan the walks of a half day; nothing is kept.

    Parameters
    ----------
    store
        Where settings, staff and leave are.
    data, seen
        The community as the person who plans sees it (`sight.masked`), and what they see.
    question
        What is asked.
    now
        This moment, timezone-aware.
    progress, stopped
        Told of each better plan from any thread; asked whether to stop at what is found.

    Raises
    ------
    InputError
        If somebody of the teams is away, a grid or place is unknown, the time is no time, or nothing has a place.
    """
    # The solver is heavy to import, and most commands do without it.
    from gridmap.planning import routing_solving

    community_id = community_settings.number(data.community)
    able = {one.id: one for one in walk_staff.free(store, community_id, question.day)}
    chosen, weighed = community_settings.of(store, community_id), walk_wishes.weights(store, community_id)
    asked = _filled(question, weighed)
    teams = _teams(asked, able)
    zone = settings.from_environment().time_zone
    wishes = walk_wishes.of(
        data,
        seen,
        chosen,
        weighed,
        day=asked.day,
        now=now,
        zone=zone,
        letters=asked.letters,
        must=asked.must,
        never=asked.never,
        kept=[key for keys in asked.order.values() for key in keys],
    )
    posed = walk_problem.pose(data, chosen, weighed, wishes, asked, teams)
    answer = routing_solving.solve(
        posed.problem, seconds=asked.seconds, seed=asked.seed, progress=progress, stopped=stopped
    )
    return walk_problem.told(data, posed, answer, asked, teams, wishes, ZoneInfo(zone))


def _filled(question: Question, weighed: Mapping[str, float]) -> Question:
    """Return the question with the community's settings where it leaves something open."""
    hours = weighed["afternoon_h" if question.half == Half.AFTERNOON else "morning_h"]
    begin = question.begin or dt.time(int(hours), round(hours % 1 * 60))
    minutes = weighed["walk_min"] if question.minutes is None else float(question.minutes)
    rest = weighed["rest_min"] if question.rest_min is None else float(question.rest_min)
    if not (0 < minutes <= LONGEST_MIN) or not (0 <= rest < minutes):
        raise InputError("walks_minutes", minutes=f"{minutes:g}", rest=f"{rest:g}", most=LONGEST_MIN)
    if not (0 < question.seconds < math.inf):
        raise InputError("walks_seconds", seconds=f"{question.seconds:g}")
    return replace(question, begin=begin, minutes=minutes, rest_min=rest, finish=question.finish or question.start)


def _teams(question: Question, able: Mapping[int, Free]) -> tuple[tuple[Free, ...], ...]:
    if not 1 <= len(question.teams) <= MOST_WALKERS or not all(question.teams):
        raise InputError("walks_walkers", n=len(question.teams))
    away = sorted({one for team in question.teams for one in team} - able.keys())
    if away:
        raise InputError("walks_staff_away", day=question.day.isoformat(), staff=[str(one) for one in away])
    return tuple(tuple(able[one] for one in team) for team in question.teams)
