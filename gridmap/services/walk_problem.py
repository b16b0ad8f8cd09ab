"""Puts the question of a plan to the search, and its answer into walks of a community."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

import geopandas as gpd
import shapely

from gridmap import i18n
from gridmap.errors import InputError
from gridmap.planning import routing, routing_left
from gridmap.planning.routing import Plan, Problem, Rest, Trip, Visit, Walker, Window
from gridmap.planning.visits import Candidate, ReasonKind
from gridmap.services import walk_matrix, walk_places, walk_staff, walk_wishes
from gridmap.services.community_data import CommunityData
from gridmap.services.community_settings import CommunitySettings
from gridmap.services.walk_made import Left, Made, Outing, PlannedStop, PlannedWalk, Question
from gridmap.services.walk_places import Place
from gridmap.services.walk_staff import Free
from gridmap.services.walk_wishes import Wishes

Teams = Sequence[Sequence[Free]]
_SHOWN = 5
# Places that are looked at for each outing at least, where there are many.
_MOST_EACH = 25


@dataclass(frozen=True, kw_only=True, eq=False)
class Posed:
    """A question as the search knows it.

    Parameters
    ----------
    problem
        What is searched.
    ground
        Distances between ``places``, whose rows the problem names.
    places
        Where walks begin and end first, then where people rest, then the candidates.
    candidates
        Those that are in the problem, by key.
    out
        Those that cannot be, and why.
    dropped_care
        Number of candidates of which the households in need are left to others.
    """

    problem: Problem
    ground: walk_matrix.Ground
    places: tuple[Place, ...]
    candidates: Mapping[str, Candidate]
    out: tuple[Left, ...] = ()
    dropped_care: int = 0


def pose(
    data: CommunityData,
    chosen: CommunitySettings,
    weighed: Mapping[str, float],
    wishes: Wishes,
    asked: Question,
    teams: Teams,
) -> Posed:
    """Put a question, with nothing left open, to the search."""
    wanted, out, dropped = _chosen(data, wishes, weighed, asked, teams)
    windows = [_window(one) for one in asked.outings]
    start = _base(data, asked.start, [wishes.places[key] for key in wanted])
    finish = _base(data, asked.finish, []) if asked.finish != asked.start else start
    stations = [one for one in walk_places.stations(data) if asked.rest_min]
    own = [_base(data, key, []) for key in dict.fromkeys(one.start for one in asked.outings if one.start)]
    places = (start, finish, *stations, *own, *(wishes.places[key] for key in wanted))
    ground = walk_matrix.of(data, chosen, _points(places), _union(windows), straight=asked.straight)
    first = 2 + len(stations) + len(own)
    reached = {key: at for at, key in enumerate(wanted, start=first) if ground.hours[at]}
    out += [
        _cut_off(key, wanted[key], ground.gates[at]) for at, key in enumerate(wanted, start=first) if key not in reached
    ]
    if not ground.hours[1]:
        raise InputError("walks_no_way_back", start=asked.start, finish=asked.finish)
    kept = {key: wanted[key] for key in reached}
    stops = []
    for key, at in reached.items():
        hours = _both(kept[key].hours, ground.hours[at], _union(windows))
        stops.append(
            routing.Stop(
                id=key,
                place=at,
                minutes=kept[key].minutes,
                prize=kept[key].prize,
                must=kept[key].must or key in _ordered(asked),
                # A window in which nothing is possible keeps the stop out; none at all would let it in at any time.
                windows=hours if hours else ((windows[0][0], windows[0][0]),),
                doors=wishes.places[key].doors,
                walkers=_allowed(data, kept[key], wishes, asked, teams),
            )
        )
    for base in own:
        if not ground.hours[places.index(base)]:
            raise InputError("walks_no_way_back", start=base.key, finish=asked.start)
    rests = tuple(at for at in range(2 + len(stations)) if ground.hours[at] and at != 1)
    bases = {one.key: at for at, one in enumerate(own, start=2 + len(stations))}
    walkers = tuple(
        _walker(
            str(n),
            asked,
            window,
            bases.get(asked.outing(str(n)).start),
            rests if _is_long(window, windows) else (),
            frozenset(reached),
        )
        for n, window in enumerate(windows, start=1)
    )
    problem = Problem(
        stops=tuple(stops),
        walkers=walkers,
        metres=ground.metres,
        pace_m_min=chosen.pace_m_min,
        point_m=weighed["point_m"],
    )
    return Posed(problem=problem, ground=ground, places=places, candidates=kept, out=tuple(out), dropped_care=dropped)


def told(
    data: CommunityData, posed: Posed, answer: Plan, asked: Question, teams: Teams, wishes: Wishes, zone: ZoneInfo
) -> Made:
    """Put an answer into walks with names, moments and ways."""
    walks = tuple(_walk(posed, trip, teams, asked, zone) for trip in answer.trips)
    left = [*posed.out]
    for reason in routing_left.reasons(answer):
        fields = {
            name: round(number)
            for name, number in (("need", reason.need_min), ("free", reason.free_min), ("metres", reason.extra_m))
            if math.isfinite(number)
        }
        one = posed.candidates[reason.stop]
        left.append(Left(key=reason.stop, candidate=one, why=reason.why.value, fields=fields))
    left.sort(key=lambda one: (not one.candidate.must, -one.candidate.prize, one.key))
    made = Made(
        question=asked,
        walks=walks,
        left=tuple(left),
        notes=(),
        answer=answer,
        wishes=wishes,
        measure=posed.ground.measure,
    )
    return replace(made, notes=tuple(_notes(data, posed, made)))


def _chosen(
    data: CommunityData, wishes: Wishes, weighed: Mapping[str, float], asked: Question, teams: Teams
) -> tuple[dict[str, Candidate], list[Left], int]:
    """Return the candidates that are looked at, those that are not with the reason, and how many lost their care."""
    wanted: dict[str, Candidate] = {}
    out, dropped = [], 0
    most = min(max(weighed["most_places"], _MOST_EACH * len(asked.outings)), routing.MOST_STOPS)
    for key, candidate in wishes.candidates.items():
        place, one = wishes.places[key], candidate
        there = _going(data, place, wishes.days[key], asked)
        cares = any(reason.kind == ReasonKind.CARE for reason in one.reasons)
        if cares and not any(free.may_see_care(place.grid_id) for at in there for free in teams[at]):
            dropped += 1
            less = walk_wishes.without_care(one, weighed)
            if less is None:
                continue
            one = less
        if place.geom.is_empty:
            out.append(Left(key=key, candidate=one, why="no_place"))
        elif not there:
            out.append(Left(key=key, candidate=one, why="no_outing"))
        elif len(wanted) >= most and not one.must:
            out.append(Left(key=key, candidate=one, why="beyond", fields={"n": round(most)}))
        else:
            wanted[key] = one
    return wanted, out, dropped


def _going(data: CommunityData, place: Place, days: frozenset[dt.date], asked: Question) -> tuple[int, ...]:
    """Return which outings lead where a place is on a day on which it may be visited: positions in the question."""
    letter = data.grids["letter"].get(place.grid_id) if place.grid_id is not None else None
    return tuple(
        at
        for at, one in enumerate(asked.outings)
        if one.day in days and (not one.letters or letter is None or letter in one.letters)
    )


def _ordered(asked: Question) -> frozenset[str]:
    return frozenset(key for keys in asked.order.values() for key in keys)


def _allowed(
    data: CommunityData, one: Candidate, wishes: Wishes, asked: Question, teams: Teams
) -> frozenset[str] | None:
    """Return the walkers who may call there: of a household in need only those who may know of it.

    Who is given a place by hand may go there in any grid and on any day.

    Raises
    ------
    InputError
        If a household in need is given to somebody who may not know of it.
    """
    place = wishes.places[one.key]
    given = [int(name) - 1 for name, keys in asked.order.items() if one.key in keys]
    able = tuple(given) or _going(data, place, wishes.days[one.key], asked)
    if any(reason.kind == ReasonKind.CARE for reason in one.reasons):
        able = tuple(at for at in able if any(free.may_see_care(place.grid_id) for free in teams[at]))
        if given and not able:
            raise InputError(
                "walks_not_theirs",
                place=walk_places.title(data, place, "zh"),
                names=[free.name for at in given for free in teams[at]],
            )
    return None if len(able) == len(teams) else frozenset(str(at + 1) for at in able)


def _is_long(window: Window, windows: Sequence[Window]) -> bool:
    """Whether a walk has a break, where some have: one of less than half the time of the longest does without."""
    return 2 * (window[1] - window[0]) >= max(b - a for a, b in windows)


def _window(one: Outing) -> Window:
    """Return when an outing is, in minutes since the midnight of its own day."""
    begin = float(one.begin.hour * 60 + one.begin.minute) if one.begin else 0.0
    return begin, begin + float(one.minutes or 0)


def _union(windows: Iterable[Window]) -> tuple[Window, ...]:
    """Return when somebody walks on any day."""
    found: list[Window] = []
    for begin, end in sorted(windows):
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((begin, end))
    return tuple(found)


def _walker(
    name: str, asked: Question, window: Window, base: int | None, rests: tuple[int, ...], known: frozenset[str]
) -> Walker:
    rest = None
    if asked.rest_min and rests:
        third = (window[1] - window[0]) / 3
        span = (window[0] + third, max(window[1] - third, window[0] + third + asked.rest_min))
        rest = Rest(minutes=asked.rest_min, window=span, places=rests)
    return Walker(
        id=name,
        begin=window[0],
        end=window[1],
        start=0 if base is None else base,
        finish=1 if base is None else base,
        rest=rest,
        order=tuple(key for key in asked.order.get(name, ()) if key in known),
        before=tuple(key for key in asked.before.get(name, ()) if key in known),
    )


def _both(hours: tuple[Window, ...], there: tuple[Window, ...], windows: tuple[Window, ...]) -> tuple[Window, ...]:
    """Return when a visit may be: in its own hours, while its gate is open, while somebody walks.

    One window for all the time that people walk where nothing narrows it, since each window is a choice more.
    """
    if not hours and there == windows:
        return ((windows[0][0], windows[-1][1]),)
    found = [(max(a, c, e), min(b, d, f)) for a, b in hours or windows for c, d in there for e, f in windows]
    return tuple(one for one in found if one[1] > one[0])


def _base(data: CommunityData, key: str, wanted: Sequence[Place]) -> Place:
    """Return where walks begin: what is asked for, else the station nearest to what is walked, else its middle."""
    if key:
        found = walk_places.place(data, key)
        if found is None or found.geom.is_empty:
            raise InputError("walks_no_start", place=key)
        return found
    known = [one for one in wanted if not one.geom.is_empty]
    offered = [one for one in walk_places.stations(data) if not one.geom.is_empty] or known
    if not offered:
        return Place(
            key="",
            geom=data.boundary.geometry.iloc[0].representative_point() if len(data.boundary) else shapely.Point(),
        )
    middle = shapely.MultiPoint([one.geom for one in known or offered]).centroid
    return min(offered, key=lambda one: (one.geom.distance(middle), one.key))


def _points(places: Sequence[Place]) -> gpd.GeoSeries:
    return gpd.GeoSeries([one.geom for one in places], crs="EPSG:4326")


def _cut_off(key: str, one: Candidate, gates: tuple[str, ...]) -> Left:
    if gates:
        return Left(key=key, candidate=one, why="gate", fields={"gates": list(gates)})
    return Left(key=key, candidate=one, why="no_way")


def _walk(posed: Posed, trip: Trip, teams: Teams, asked: Question, zone: ZoneInfo) -> PlannedWalk:
    outing, team = asked.outing(trip.walker), teams[int(trip.walker) - 1]
    midnight = dt.datetime.combine(outing.day, dt.time(), zone)
    walker = next(one for one in posed.problem.walkers if one.id == trip.walker)
    rows = [walker.start, *(visit.place for visit in trip.visits), walker.finish]
    return PlannedWalk(
        walker=trip.walker,
        day=outing.day,
        half=outing.half,
        staff=tuple(one.id for one in team),
        names=tuple(one.name for one in team),
        begin=_moment(midnight, trip.begin),
        end=_moment(midnight, trip.end),
        stops=tuple(_stop(posed, visit, asked, midnight) for visit in trip.visits),
        walk_m=trip.walk_m,
        minutes=trip.minutes,
        prize=trip.prize,
        line=posed.ground.line(rows),
        start=posed.places[walker.start],
        finish=posed.places[walker.finish],
    )


def _stop(posed: Posed, visit: Visit, asked: Question, midnight: dt.datetime) -> PlannedStop:
    one = posed.candidates.get(visit.stop)
    return PlannedStop(
        key=visit.stop,
        place=posed.places[visit.place],
        arrive=_moment(midnight, visit.arrive),
        begin=_moment(midnight, visit.begin),
        leave=_moment(midnight, visit.leave),
        minutes=visit.leave - visit.begin,
        walk_m=visit.walk_m,
        prize=0.0 if one is None else one.prize,
        must=one is not None and one.must,
        locked=visit.stop in _ordered(asked),
        reasons=() if one is None else one.reasons,
    )


def _moment(midnight: dt.datetime, minutes: float) -> dt.datetime:
    return midnight + dt.timedelta(seconds=round(minutes * 60))


def _notes(data: CommunityData, posed: Posed, made: Made) -> list[i18n.Phrase]:
    asked, notes = made.question, []
    for day in asked.days:
        holiday, later = walk_staff.is_holiday(day)
        if holiday:
            notes.append(i18n.Phrase("walks.note.holiday", {"day": day.isoformat(), "next": later.isoformat()}))
    if not made.wishes.candidates:
        notes.append(i18n.Phrase("walks.note.nothing", {"letters": list(asked.letters) or list(data.grids["letter"])}))
    missed = made.missed
    if missed:
        need = math.fsum(one.minutes for one in made.wishes.candidates.values() if one.must)
        fields = {
            "n": len(missed),
            "names": [_titled(data, made.wishes.places[one.key]) for one in missed[:_SHOWN]],
            "need": round(need),
            "there": round(math.fsum(float(one.minutes or 0) for one in asked.outings)),
        }
        notes.append(i18n.Phrase("walks.note.missed", fields))
    if posed.dropped_care:
        notes.append(i18n.Phrase("walks.note.care_not_theirs", {"n": posed.dropped_care}))
    nowhere = [one for one in posed.out if one.why == "no_place"]
    if nowhere:
        names = [_titled(data, made.wishes.places[one.key]) for one in nowhere[:_SHOWN]]
        notes.append(i18n.Phrase("walks.note.no_place", {"n": len(nowhere), "names": names}))
    unused = len(asked.outings) - len(made.walks)
    if unused and made.wishes.candidates:
        notes.append(i18n.Phrase("walks.note.unused", {"n": unused}))
    notes.append(i18n.Phrase(f"walks.note.measure.{made.measure}"))
    return notes


def _titled(data: CommunityData, place: Place) -> str:
    # A building is called the same in every language but for a blank.
    return walk_places.title(data, place, "zh")
