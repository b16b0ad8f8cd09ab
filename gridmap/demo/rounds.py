"""The off-desk day's walks of the demo community: routes along the paths, through the gates."""

from __future__ import annotations

import datetime as dt
import itertools
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from shapely import LineString, Point

from gridmap import model
from gridmap.demo import recipe
from gridmap.demo.plan import Building
from gridmap.demo.scene import Scene

COMMUNITY_ID = 1
PAST_WEEKS = 4
_PACE_M_PER_MIN = 65.0
_OFFICE = ("", "公1号")
_STARTS = {model.Half.MORNING: dt.time(9, 0), model.Half.AFTERNOON: dt.time(14, 30)}

#: Per past Friday, oldest first, its two walks: the grid, the half day, the number of stops.
_PAST = (
    (("A", "morning", 8), ("B", "afternoon", 7)),
    (("C", "morning", 8), ("D", "morning", 4)),
    (("E", "morning", 9), ("D", "afternoon", 4)),
    (("B", "morning", 8), ("A", "afternoon", 8)),
)
_COMING = ("C", "morning", 9)
_OUTCOMES = (model.StopOutcome.DONE,) * 8 + (
    model.StopOutcome.NOBODY_HOME,
    model.StopOutcome.NO_ACCESS,
    model.StopOutcome.LATER,
)


@dataclass
class Rounds:
    """All walks with who walked and where they stopped."""

    walks: list[model.Walk] = field(default_factory=list)
    walkers: list[model.Walker] = field(default_factory=list)
    stops: list[model.Stop] = field(default_factory=list)


def walked(scene: Scene, rng: random.Random) -> Rounds:
    """Return the walks of the last four Fridays and the one planned for the coming Friday."""
    rounds = Rounds()
    for friday, pair in zip(scene.past_fridays(PAST_WEEKS), _PAST, strict=True):
        for letter, half, stops in pair:
            _add(rounds, scene, rng, friday, letter, model.Half(half), stops, done=True)
    letter, half, stops = _COMING
    _add(rounds, scene, rng, scene.coming_friday(), letter, model.Half(half), stops, done=False)
    return rounds


def _add(
    rounds: Rounds,
    scene: Scene,
    rng: random.Random,
    day: dt.date,
    letter: str,
    half: model.Half,
    stops: int,
    *,
    done: bool,
) -> None:
    """Choose the buildings, find the way round from the office and back, and write the walk."""
    homes = scene.buildings_of(letter)
    tour = _tour(scene, rng.sample(homes, min(stops, len(homes))))
    walk = model.Walk(
        id=len(rounds.walks) + 1,
        community_id=COMMUNITY_ID,
        grid_id=scene.grid_id[letter],
        day=day,
        half=half,
        state=model.WalkState.DONE if done else model.WalkState.PLANNED,
        walk_m=round(tour.line.length, 1),
        geom=scene.globe.lay(tour.line),
    )
    rounds.walks.append(walk)
    for name in _pair(scene, letter):
        rounds.walkers.append(
            model.Walker(
                id=len(rounds.walkers) + 1,
                community_id=COMMUNITY_ID,
                walk_id=len(rounds.walks),
                staff_id=scene.staff_id[name],
            )
        )
    texts = recipe.texts("issues")
    clock = scene.at(day, _STARTS[half])
    for seq, (home, front, metres) in enumerate(zip(tour.homes, tour.fronts, tour.legs_m, strict=True), start=1):
        arrive = clock + dt.timedelta(minutes=math.ceil(metres / _PACE_M_PER_MIN))
        leave = arrive + dt.timedelta(minutes=rng.randint(6, 11))
        outcome = rng.choice(_OUTCOMES)
        reason = rng.choice(texts["stop_reasons"])
        note = rng.choice(texts["stop_notes"][outcome.value])
        rounds.stops.append(
            model.Stop(
                id=len(rounds.stops) + 1,
                community_id=COMMUNITY_ID,
                walk_id=len(rounds.walks),
                seq=seq,
                building_id=scene.id_of(home),
                reason=reason,
                arrive_at=arrive,
                leave_at=leave,
                outcome=outcome if done else model.StopOutcome.PENDING,
                note=note if done else "",
                geom=scene.globe.lay(Point(scene.ways.places[front])),
            )
        )
        clock = leave


def _pair(scene: Scene, letter: str) -> tuple[str, str]:
    """Return who walks: the grid's leader and the other half of the pair; the desk stays."""
    leader = scene.leader[letter]
    partner = next(p["partner"] for p in recipe.part("life")["staff"] if p["name"] == leader)
    return leader, partner


@dataclass(frozen=True, kw_only=True)
class _Tour:
    """Buildings in order, the vertex at each one's front, the metres to it from the one before, and the round trip."""

    homes: list[Building]
    fronts: list[int]
    legs_m: list[float]
    line: LineString


def _tour(scene: Scene, homes: Sequence[Building]) -> _Tour:
    """Return a short round trip from the office to ``homes`` and back (2-opt on walking distances).

    Raises
    ------
    ValueError
        If no way leads to one of them.
    """
    fronts = [scene.front(scene.building(*_OFFICE)), *(scene.front(home) for home in homes)]
    reached, before = scene.ways.distances(fronts)
    metres = [[float(row[front]) for front in fronts] for row in reached]
    if any(math.isinf(m) for row in metres for m in row):
        raise ValueError("the paths do not join all houses")
    order = _two_opt(metres)
    way = [fronts[0]]
    for a, b in itertools.pairwise([0, *order, 0]):
        way += scene.ways.way(before[a], fronts[b])[1:]
    return _Tour(
        homes=[homes[i - 1] for i in order],
        fronts=[fronts[i] for i in order],
        legs_m=[metres[a][b] for a, b in itertools.pairwise([0, *order])],
        line=LineString([scene.ways.places[i] for i in way]),
    )


def _two_opt(metres: Sequence[Sequence[float]]) -> list[int]:
    """Return an order of 1..n-1 for a short round trip from 0."""
    left = set(range(1, len(metres)))
    order: list[int] = []
    here = 0
    while left:
        here = min(left, key=lambda i: (metres[here][i], i))
        left.remove(here)
        order.append(here)
    better = True
    while better:
        better = False
        for i in range(len(order) - 1):
            for j in range(i + 1, len(order)):
                turned = order[:i] + order[i : j + 1][::-1] + order[j + 1 :]
                if _length(turned, metres) < _length(order, metres) - 1e-6:
                    order, better = turned, True
    return order


def _length(order: Sequence[int], metres: Sequence[Sequence[float]]) -> float:
    return sum(metres[a][b] for a, b in itertools.pairwise([0, *order, 0]))
