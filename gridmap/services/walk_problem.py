"""Puts the question of a plan to the search, and its answer into walks of a community."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

import geopandas as gpd
import shapely

from gridmap import i18n
from gridmap.errors import InputError
from gridmap.planning import routing, routing_left
from gridmap.planning.routing import Plan, Problem, Rest, Trip, Visit, Walker, Window
from gridmap.planning.visits import Candidate, ReasonKind
from gridmap.services import walk_matrix, walk_staff, walk_wishes
from gridmap.services.community_data import CommunityData
from gridmap.services.community_settings import CommunitySettings
from gridmap.services.walk_made import Left, Made, PlannedStop, PlannedWalk, Question
from gridmap.services.walk_staff import Free
from gridmap.services.walk_wishes import Place, Wishes

Teams = Sequence[Sequence[Free]]
_SHOWN = 5


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
    wanted, out, dropped = _chosen(wishes, weighed, teams)
    begin = float(asked.begin.hour * 60 + asked.begin.minute) if asked.begin else 0.0
    window = (begin, begin + float(asked.minutes or 0))
    start = _base(data, asked.start, [wishes.places[key] for key in wanted])
    finish = _base(data, asked.finish, []) if asked.finish != asked.start else start
    stations = [one for one in walk_wishes.stations(data) if asked.rest_min]
    places = (start, finish, *stations, *(wishes.places[key] for key in wanted))
    ground = walk_matrix.of(data, chosen, _points(places), window, straight=asked.straight)
    first = 2 + len(stations)
    reached = {key: at for at, key in enumerate(wanted, start=first) if ground.hours[at]}
    out += [
        _cut_off(key, wanted[key], ground.gates[at]) for at, key in enumerate(wanted, start=first) if key not in reached
    ]
    if not ground.hours[1]:
        raise InputError("walks_no_way_back", start=asked.start, finish=asked.finish)
    kept = {key: wanted[key] for key in reached}
    stops = []
    for key, at in reached.items():
        hours = _both(kept[key].hours, ground.hours[at], window)
        stops.append(
            routing.Stop(
                id=key,
                place=at,
                minutes=kept[key].minutes,
                prize=kept[key].prize,
                must=kept[key].must or key in _ordered(asked),
                # A window in which nothing is possible keeps the stop out; none at all would let it in at any time.
                windows=hours if hours else ((window[0], window[0]),),
                doors=wishes.places[key].doors,
                walkers=_allowed(kept[key], wishes.places[key], teams),
            )
        )
    rests = tuple(at for at in range(2 + len(stations)) if ground.hours[at] and at != 1)
    walkers = tuple(_walker(str(n), asked, window, rests, frozenset(reached)) for n in range(1, len(teams) + 1))
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
    midnight = dt.datetime.combine(asked.day, dt.time(), zone)
    walks = tuple(_walk(posed, trip, teams, asked, midnight) for trip in answer.trips)
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


def _chosen(wishes: Wishes, weighed: Mapping[str, float], teams: Teams) -> tuple[dict[str, Candidate], list[Left], int]:
    """Return the candidates that are looked at, those that are not with the reason, and how many lost their care."""
    wanted: dict[str, Candidate] = {}
    out, dropped = [], 0
    for key, candidate in wishes.candidates.items():
        place, one = wishes.places[key], candidate
        cares = any(reason.kind == ReasonKind.CARE for reason in one.reasons)
        if cares and not any(free.may_see_care(place.grid_id) for team in teams for free in team):
            dropped += 1
            less = walk_wishes.without_care(one, weighed)
            if less is None:
                continue
            one = less
        if place.geom.is_empty:
            out.append(Left(key=key, candidate=one, why="no_place"))
        elif len(wanted) >= weighed["most_places"] and not one.must:
            out.append(Left(key=key, candidate=one, why="beyond", fields={"n": round(weighed["most_places"])}))
        else:
            wanted[key] = one
    return wanted, out, dropped


def _ordered(asked: Question) -> frozenset[str]:
    return frozenset(key for keys in asked.order.values() for key in keys)


def _allowed(one: Candidate, place: Place, teams: Teams) -> frozenset[str] | None:
    """Return the walkers who may call there: of a household in need only those who may know of it."""
    if not any(reason.kind == ReasonKind.CARE for reason in one.reasons):
        return None
    able = [str(n) for n, team in enumerate(teams, start=1) if any(free.may_see_care(place.grid_id) for free in team)]
    return None if len(able) == len(teams) else frozenset(able)


def _walker(name: str, asked: Question, window: Window, rests: tuple[int, ...], known: frozenset[str]) -> Walker:
    rest = None
    if asked.rest_min and rests:
        third = (window[1] - window[0]) / 3
        span = (window[0] + third, max(window[1] - third, window[0] + third + asked.rest_min))
        rest = Rest(minutes=asked.rest_min, window=span, places=rests)
    order = tuple(key for key in asked.order.get(name, ()) if key in known)
    return Walker(id=name, begin=window[0], end=window[1], start=0, finish=1, rest=rest, order=order)


def _both(hours: tuple[Window, ...], there: tuple[Window, ...], window: Window) -> tuple[Window, ...]:
    """Return when a visit may be: in its own hours, while its gate is open; () would be at any time, so never that."""
    own = hours or (window,)
    found = [(max(a, c, window[0]), min(b, d, window[1])) for a, b in own for c, d in there]
    return tuple(one for one in found if one[1] > one[0])


def _base(data: CommunityData, key: str, wanted: Sequence[Place]) -> Place:
    """Return where walks begin: what is asked for, else the station nearest to what is walked, else its middle."""
    if key:
        found = walk_wishes.place(data, key)
        if found is None or found.geom.is_empty:
            raise InputError("walks_no_start", place=key)
        return found
    known = [one for one in wanted if not one.geom.is_empty]
    offered = [one for one in walk_wishes.stations(data) if not one.geom.is_empty] or known
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


def _walk(posed: Posed, trip: Trip, teams: Teams, asked: Question, midnight: dt.datetime) -> PlannedWalk:
    team = teams[int(trip.walker) - 1]
    rows = [0, *(visit.place for visit in trip.visits), 1]
    return PlannedWalk(
        walker=trip.walker,
        staff=tuple(one.id for one in team),
        names=tuple(one.name for one in team),
        begin=_moment(midnight, trip.begin),
        end=_moment(midnight, trip.end),
        stops=tuple(_stop(posed, visit, asked, midnight) for visit in trip.visits),
        walk_m=trip.walk_m,
        minutes=trip.minutes,
        prize=trip.prize,
        line=posed.ground.line(rows),
        start=posed.places[0],
        finish=posed.places[1],
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
    holiday, later = walk_staff.is_holiday(asked.day)
    if holiday:
        notes.append(i18n.Phrase("walks.note.holiday", {"day": asked.day.isoformat(), "next": later.isoformat()}))
    if not made.wishes.candidates:
        notes.append(i18n.Phrase("walks.note.nothing", {"letters": list(asked.letters) or list(data.grids["letter"])}))
    missed = made.missed
    if missed:
        need = math.fsum(one.minutes for one in made.wishes.candidates.values() if one.must)
        fields = {
            "n": len(missed),
            "names": [_titled(data, made.wishes.places[one.key]) for one in missed[:_SHOWN]],
            "need": round(need),
            "there": round(float(asked.minutes or 0) * len(asked.teams)),
        }
        notes.append(i18n.Phrase("walks.note.missed", fields))
    if posed.dropped_care:
        notes.append(i18n.Phrase("walks.note.care_not_theirs", {"n": posed.dropped_care}))
    nowhere = [one for one in posed.out if one.why == "no_place"]
    if nowhere:
        names = [_titled(data, made.wishes.places[one.key]) for one in nowhere[:_SHOWN]]
        notes.append(i18n.Phrase("walks.note.no_place", {"n": len(nowhere), "names": names}))
    unused = len(asked.teams) - len(made.walks)
    if unused and made.wishes.candidates:
        notes.append(i18n.Phrase("walks.note.unused", {"n": unused}))
    notes.append(i18n.Phrase(f"walks.note.measure.{made.measure}"))
    return notes


def _titled(data: CommunityData, place: Place) -> str:
    # A building is called the same in every language but for a blank.
    return walk_wishes.title(data, place, "zh")
