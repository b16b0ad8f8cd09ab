"""Plans of grid walks: what is asked, what is proposed. `walk_keeping` keeps a plan as `model.Walk` and `model.Stop`.

How a page goes about it::

    able = walk_staff.free(store, community_id, day)
    question = walk_plans.Question(outings=walk_plans.together(day, half, walk_staff.teams(able, 2)), letters=("A",))
    made = walk_plans.plan(store, sight.masked(data, seen), seen, question, now=now, progress=...)
    made.walks[0].stops[0].said("zh")  # why this stop
    dragged = made.around({"1": ("building:4", "building:9")}, add=(), drop=())  # their order stays, the rest is anew
    made = walk_plans.plan(store, sight.masked(data, seen), seen, dragged, now=now)
    ids = walk_keeping.keep(store, actor, data, made, now=now)  # rows; replaces=ids for those planned before
    walk_keeping.asked(data, ids)  # the question again, with their order

Keys of places are those of `walk_places`. A walker is called by the number of their outing, from "1". A plan of a week
has outings on several days (`walk_outings.by_rota`), and visits no place twice. Nothing here writes to the store.
"""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from zoneinfo import ZoneInfo

from gridmap import i18n, settings
from gridmap.errors import InputError
from gridmap.model import Half
from gridmap.planning.routing import Step
from gridmap.services import community_settings, walk_problem, walk_staff, walk_wishes
from gridmap.services.community_data import CommunityData
from gridmap.services.sight import Sight
from gridmap.services.walk_made import Left, Made, Outing, PlannedStop, PlannedWalk, Question, together
from gridmap.services.walk_staff import Free
from gridmap.store import Store

__all__ = [
    "LONGEST_MIN",
    "MOST_WALKERS",
    "Left",
    "Made",
    "Outing",
    "PlannedStop",
    "PlannedWalk",
    "Question",
    "plan",
    "together",
]

LONGEST_MIN = 600
MOST_WALKERS = 20
"""In one half day."""


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
    """Plan the walks of a half day, or of several; nothing is kept.

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
        If somebody of the teams is away or walks twice, a grid or place is unknown, the time is no time, or nothing
        has a place.
    """
    # The solver is heavy to import, and most commands do without it.
    from gridmap.planning import routing_solving

    community_id = community_settings.number(data.community)
    chosen, weighed = community_settings.of(store, community_id), walk_wishes.weights(store, community_id)
    asked = _filled(question, weighed)
    teams = _teams(store, community_id, asked)
    zone = settings.from_environment().time_zone
    wishes = walk_wishes.of(
        data,
        seen,
        chosen,
        weighed,
        days=asked.days,
        now=now,
        zone=zone,
        letters=_letters(asked),
        must=asked.must,
        never=asked.never,
        kept=[key for told in (asked.order, asked.before) for keys in told.values() for key in keys],
    )
    posed = walk_problem.pose(data, chosen, weighed, wishes, asked, teams)
    answer = routing_solving.solve(
        posed.problem, seconds=asked.seconds, seed=asked.seed, progress=progress, stopped=stopped
    )
    return walk_problem.told(data, posed, answer, asked, teams, wishes, ZoneInfo(zone))


def _filled(question: Question, weighed: Mapping[str, float]) -> Question:
    """Return the question with the community's settings where it leaves something open."""
    rest = weighed["rest_min"] if question.rest_min is None else float(question.rest_min)
    if not (0 < question.seconds < math.inf):
        raise InputError("walks_seconds", seconds=f"{question.seconds:g}")
    outings = tuple(_filled_outing(one, question, rest, weighed) for one in question.outings)
    return replace(question, outings=outings, rest_min=rest, finish=question.finish or question.start)


def _filled_outing(one: Outing, question: Question, rest: float, weighed: Mapping[str, float]) -> Outing:
    hours = weighed["afternoon_h" if one.half == Half.AFTERNOON else "morning_h"]
    begin = one.begin or question.begin or dt.time(int(hours), round(hours % 1 * 60))
    usual = weighed["walk_min"] if question.minutes is None else float(question.minutes)
    minutes = usual if one.minutes is None else float(one.minutes)
    if not (0 < minutes <= LONGEST_MIN) or not (0 <= rest < usual):
        raise InputError("walks_minutes", minutes=f"{minutes:g}", rest=f"{rest:g}", most=LONGEST_MIN)
    return replace(one, begin=begin, minutes=minutes)


def _letters(asked: Question) -> tuple[str, ...]:
    """Return the grids that any outing leads through; none for all."""
    if asked.letters or not all(one.letters for one in asked.outings):
        return asked.letters
    return tuple(dict.fromkeys(letter for one in asked.outings for letter in one.letters))


def _teams(store: Store, community_id: int, asked: Question) -> tuple[tuple[Free, ...], ...]:
    in_each = Counter((one.day, one.half) for one in asked.outings)
    most = max(in_each.values(), default=0)
    if not 1 <= most <= MOST_WALKERS or not all(one.staff for one in asked.outings):
        raise InputError("walks_walkers", n=most)
    walking = Counter((one.day, one.half, staff) for one in asked.outings for staff in one.staff)
    twice = next((told for told, n in walking.items() if n > 1), None)
    if twice is not None:
        day, half, staff = twice
        raise InputError("walks_twice", staff=str(staff), day=day.isoformat(), half=i18n.Phrase(f"half.{half.value}"))
    able = {day: {one.id: one for one in walk_staff.free(store, community_id, day)} for day in asked.days}
    for day in asked.days:
        away = sorted({staff for one in asked.outings if one.day == day for staff in one.staff} - able[day].keys())
        if away:
            raise InputError("walks_staff_away", day=day.isoformat(), staff=[str(one) for one in away])
    return tuple(tuple(able[one.day][staff] for staff in one.staff) for one in asked.outings)
