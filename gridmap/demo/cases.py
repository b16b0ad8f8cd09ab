"""What was reported in the demo community over twelve weeks: when, where, how and in which words."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence
from dataclasses import dataclass

import shapely
from shapely import LineString, Point, Polygon
from shapely.geometry.base import BaseGeometry

from gridmap import model
from gridmap.demo import recipe
from gridmap.demo.plan import Building, Gate, Line
from gridmap.demo.rounds import Rounds
from gridmap.demo.scene import Scene

WEEKS = 12
_DAYS = WEEKS * 7 - 1
_TROUBLED = "zhuanta"
_BURST = (10, 10, 10, 9)
_CALMER = (8, 17)
_FROM_STOPS = 3
_EARLIER_WALKS = 19
_RECEPTIONS = 28
_VISITORS = 18
#: Work orders of the last days, so that something is always just in: days ago.
_FRESH = (1, 1, 1, 2, 2, 3, 3, 4, 4, 5)
_A_STREETS_LENGTH_M = 60.0
TOTAL = 160


@dataclass(frozen=True, kw_only=True)
class Case:
    """One thing reported.

    ``place`` is in the town's metres; ``walk_id`` and ``building`` where it was found on a walk or at a house.
    """

    reported_at: dt.datetime
    source: model.IssueSource
    category: str
    level: model.IssueLevel
    text: str
    place: Point
    building: Building | None = None
    compound: str | None = None
    walk_id: int | None = None


class _Decks:
    """Texts dealt like cards, so that none comes again before all have come."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._left: dict[str, list[Sequence[str]]] = {}

    def deal(self, pool: str) -> tuple[str, model.IssueLevel, str]:
        """Return category, level and text of the next card of ``pool``."""
        if not self._left.get(pool):
            self._left[pool] = self._rng.sample(recipe.texts("issues")[pool], len(recipe.texts("issues")[pool]))
        category, level, text = self._left[pool].pop()
        return category, model.IssueLevel(level), text


class Reporter:
    """Invents the cases, the same for the same seed and day."""

    def __init__(self, scene: Scene, rng: random.Random) -> None:
        self._scene = scene
        self._rng = rng
        self._decks = _Decks(rng)
        self._homes = [b for b in scene.town.buildings if b.households]

    def all(self, rounds: Rounds) -> list[Case]:
        """Return the cases, oldest first."""
        cases = [*self._handover(), *self._from_walks(rounds), *self._earlier_walks()]
        cases += [*self._receptions(), *self._visitors()]
        cases += [self._hotline(days) for days in _FRESH]
        while len(cases) < TOTAL:
            cases.append(self._hotline(self._rng.randint(6, _DAYS)))
        return sorted(cases, key=lambda case: (case.reported_at, case.text))

    # --------------------------------------------------------------------------------------- by source

    def _handover(self) -> list[Case]:
        """Ten a day while one compound's property management changes, then a few a week."""
        first = self._scene.handover_day()
        days = [first + dt.timedelta(days=i) for i, n in enumerate(_BURST) for _ in range(n)]
        days += [first + dt.timedelta(days=after) for after in _CALMER]
        homes = [b for b in self._homes if b.compound == _TROUBLED]
        cases = []
        for day in days:
            hotline = self._rng.random() < 0.72
            source = model.IssueSource.HOTLINE if hotline else model.IssueSource.VISITOR
            moment = self._clock(day, 7, 21) if hotline else self._clock(day, 9, 16)
            cases.append(self._at_home(moment, source, self._rng.choice(homes), pool="handover"))
        return cases

    def _from_walks(self, rounds: Rounds) -> list[Case]:
        """Found at the stops of the walks of the last weeks."""
        cases = []
        for walk in rounds.walks:
            if walk.state is not model.WalkState.DONE or walk.id is None:
                continue
            met = [s for s in rounds.stops if s.walk_id == walk.id and s.outcome is model.StopOutcome.DONE]
            for stop in self._rng.sample(met, min(_FROM_STOPS, len(met))):
                if stop.building_id is None or stop.arrive_at is None:
                    continue
                home = self._scene.town.buildings[stop.building_id - 1]
                moment = stop.arrive_at + dt.timedelta(minutes=self._rng.randint(1, 5))
                cases.append(self._at_home(moment, model.IssueSource.WALK, home, walk_id=walk.id))
        return cases

    def _earlier_walks(self) -> list[Case]:
        """Found on walks of which no route is kept any more."""
        fridays = [d for d in self._scene.past_fridays(WEEKS)[:-4] if d >= self._scene.days_ago(_DAYS)]
        homes = [b for b in self._homes if b.compound != _TROUBLED]
        cases = []
        for _ in range(_EARLIER_WALKS):
            moment = self._clock(self._rng.choice(fridays), 9, 11)
            if self._rng.random() < 0.3:
                cases.append(self._at_gate(moment, model.IssueSource.WALK))
            else:
                cases.append(self._at_home(moment, model.IssueSource.WALK, self._rng.choice(homes)))
        return cases

    def _receptions(self) -> list[Case]:
        specs = recipe.part("life")["receptions"]
        cases = []
        for i in range(_RECEPTIONS):
            spec = specs[i % len(specs)]
            back = (self._scene.today.isoweekday() - spec["weekday"]) % 7 or 7
            day = self._scene.days_ago(back + 7 * self._rng.randrange(WEEKS - 1))
            moment = self._clock(day, 9, 10) if spec["half"] == "morning" else self._clock(day, 15, 16)
            homes = [b for b in self._scene.buildings_of(spec["grid"]) if b.compound != _TROUBLED]
            if homes:
                cases.append(self._at_home(moment, model.IssueSource.RECEPTION, self._rng.choice(homes)))
            else:
                cases.append(self._on_street(moment, model.IssueSource.RECEPTION, spec["grid"]))
        return cases

    def _visitors(self) -> list[Case]:
        workdays = [d for d in map(self._scene.days_ago, range(1, _DAYS + 1)) if d.weekday() < 5]
        return [
            self._anywhere(self._clock(self._rng.choice(workdays), 9, 16), model.IssueSource.VISITOR)
            for _ in range(_VISITORS)
        ]

    def _hotline(self, days_ago: int) -> Case:
        moment = self._clock(self._scene.days_ago(days_ago), 8, 20)
        return self._anywhere(moment, model.IssueSource.HOTLINE)

    # ---------------------------------------------------------------------------------------- by place

    def _anywhere(self, moment: dt.datetime, source: model.IssueSource) -> Case:
        chance = self._rng.random()
        if chance < 0.34:
            return self._on_street(moment, source)
        if chance < 0.52:
            return self._at_gate(moment, source)
        homes = [b for b in self._homes if b.compound != _TROUBLED]
        weights = [b.households for b in homes]
        return self._at_home(moment, source, self._rng.choices(homes, weights)[0])

    def _at_home(
        self,
        moment: dt.datetime,
        source: model.IssueSource,
        home: Building,
        *,
        pool: str | None = None,
        walk_id: int | None = None,
    ) -> Case:
        category, level, text = self._decks.deal(pool or self._pool(home))
        unit, floor = self._rng.randint(1, home.units or 1), self._rng.randint(2, home.floors)
        return Case(
            reported_at=moment,
            source=source,
            category=category,
            level=level,
            text=text.format(unit=unit, floor=floor),
            place=self._inside(home.geom),
            building=home,
            compound=home.compound,
            walk_id=walk_id,
        )

    def _pool(self, home: Building) -> str:
        special = {"taoxi": "tower", "shizhuang": "village"}.get(home.compound or "")
        return special if special and self._rng.random() < 0.4 else "building"

    def _at_gate(self, moment: dt.datetime, source: model.IssueSource) -> Case:
        gate: Gate = self._rng.choice([g for g in self._scene.town.gates if g.compound != _TROUBLED])
        category, level, text = self._decks.deal("gate")
        return Case(
            reported_at=moment,
            source=source,
            category=category,
            level=level,
            text=text.format(gate=gate.name),
            place=gate.geom,
            compound=gate.compound,
        )

    def _on_street(self, moment: dt.datetime, source: model.IssueSource, letter: str | None = None) -> Case:
        """Return a case on a street of the community, or of its grid ``letter``."""
        area = self._scene.town.grids[letter] if letter else self._scene.town.boundary
        streets: list[tuple[Line, LineString]] = [
            (line, _longest(shapely.intersection(line.geom, area)))
            for line in self._scene.town.lines
            if line.kind == "street" and shapely.intersection(line.geom, area).length > _A_STREETS_LENGTH_M
        ]
        street, inside = self._rng.choice(streets)
        category, level, text = self._decks.deal("street")
        return Case(
            reported_at=moment,
            source=source,
            category=category,
            level=level,
            text=text.format(street=street.name),
            place=inside.interpolate(self._rng.uniform(0.1, 0.9), normalized=True),
        )

    def _inside(self, footprint: Polygon) -> Point:
        west, south, east, north = footprint.bounds
        while True:
            place = Point(round(self._rng.uniform(west, east), 1), round(self._rng.uniform(south, north), 1))
            if footprint.contains(place):
                return place

    def _clock(self, day: dt.date, first_hour: int, last_hour: int) -> dt.datetime:
        clock = dt.time(self._rng.randint(first_hour, last_hour), self._rng.randint(0, 59))
        return self._scene.at(day, clock)


def _longest(lines: BaseGeometry) -> LineString:
    parts = [part for part in shapely.get_parts(shapely.line_merge(lines)) if isinstance(part, LineString)]
    return max(parts, key=lambda part: part.length)
