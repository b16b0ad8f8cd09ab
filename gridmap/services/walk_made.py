"""What is asked of a plan of walks, and what is proposed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import shapely

from gridmap import i18n
from gridmap.model import Half
from gridmap.planning import routing
from gridmap.planning.rota import Slot
from gridmap.planning.routing import Plan
from gridmap.planning.visits import Candidate, Reason
from gridmap.services import walk_reasons
from gridmap.services.walk_places import Place
from gridmap.services.walk_staff import Free
from gridmap.services.walk_wishes import Wishes


@dataclass(frozen=True, kw_only=True)
class Outing:
    """One walk that is to be planned.

    Parameters
    ----------
    day, half
        When.
    staff
        Numbers of the one or two staff who go.
    letters
        Letters of the grids that they walk; none for those of the question.
    begin
        When they leave; the question's, else the community's setting for the half day if left out.
    minutes
        How long they may be away; the question's, else the community's setting if left out.
    start
        Key of the place where they leave and come back to; "" for the question's.
    """

    day: dt.date
    half: Half = Half.MORNING
    staff: tuple[int, ...]
    letters: tuple[str, ...] = ()
    begin: dt.time | None = None
    minutes: float | None = None
    start: str = ""


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is asked of a plan.

    Parameters
    ----------
    outings
        The walks, of one half day or of several: no place is visited on two of them.
    letters
        Letters of the grids that are walked; none for all.
    begin, minutes
        For outings that do not say so themselves.
    start, finish
        Key of the place where they leave and come back to; "" for the station nearest to what is walked, or the
        building nearest to its middle where there is no station. ``finish`` "" is the same as ``start``.
    rest_min
        Minutes of a break in the middle of the time, at a station or the start; the community's setting if left out.
    must, never
        Keys of places that have to be visited, or are not to be, in this plan.
    order
        By walker, places that are theirs in this order; the rest is planned around them.
    before
        By walker, the places of a plan from which the search begins: what is better may go for them.
    seconds, seed
        Search in seconds; the same seed gives the same plan.
    straight
        Whether distances are straight lines.
    """

    outings: tuple[Outing, ...]
    letters: tuple[str, ...] = ()
    begin: dt.time | None = None
    minutes: float | None = None
    start: str = ""
    finish: str = ""
    rest_min: float | None = None
    must: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    order: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    before: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    seconds: float = routing.SECONDS
    seed: int = 0
    straight: bool = False

    @property
    def days(self) -> tuple[dt.date, ...]:
        """The days on which somebody walks, in order."""
        return tuple(sorted({one.day for one in self.outings}))

    @property
    def slots(self) -> tuple[Slot, ...]:
        """The half days in which somebody walks, in order."""
        found = {Slot(day=one.day, half=one.half) for one in self.outings}
        return tuple(sorted(found, key=lambda slot: slot.order))

    def outing(self, walker: str) -> Outing:
        """Return the outing of a walker: their number in ``outings``, from "1"."""
        return self.outings[int(walker) - 1]


@dataclass(frozen=True, kw_only=True)
class PlannedStop:
    """One stop of a planned walk; a break has no place of its own kinds and no reasons.

    Parameters
    ----------
    key
        Key of the place; "" for a break.
    place
        Its numbers, grid and point.
    arrive, begin, leave
        When they come, when the visit begins (after waiting), when they go on; timezone-aware.
    minutes, walk_m, prize
        What the visit takes, the metres from the stop before, what it is worth.
    must, locked
        Whether it has to be visited, and whether a person gave it its place in the order.
    reasons
        Why, the most telling first.
    """

    key: str
    place: Place
    arrive: dt.datetime
    begin: dt.datetime
    leave: dt.datetime
    minutes: float
    walk_m: float
    prize: float
    must: bool
    locked: bool
    reasons: tuple[Reason, ...]

    def said(self, language: str) -> str:
        """Return the reasons in words."""
        return walk_reasons.sentence(self.reasons, language) if self.key else i18n.text("walks.rest", language)


@dataclass(frozen=True, kw_only=True)
class PlannedWalk:
    """One planned walk.

    Parameters
    ----------
    walker
        Number of the outing in the question, from "1".
    day, half
        When.
    staff, names
        Numbers and names of who goes.
    begin, end
        When they leave and are back; timezone-aware.
    stops
        In order, a break among them.
    walk_m, minutes, prize
        What it comes to, the way back too.
    line
        The way in WGS 84 (lon, lat).
    start, finish
        Where it begins and ends.
    """

    walker: str
    day: dt.date
    half: Half
    staff: tuple[int, ...]
    names: tuple[str, ...]
    begin: dt.datetime
    end: dt.datetime
    stops: tuple[PlannedStop, ...]
    walk_m: float
    minutes: float
    prize: float
    line: shapely.LineString
    start: Place
    finish: Place


@dataclass(frozen=True, kw_only=True)
class Left:
    """A place that no walk visits: its candidate, and why, as key and fields of ``walks.left.<why>``."""

    key: str
    candidate: Candidate
    why: str
    fields: Mapping[str, object] = field(default_factory=dict)

    def said(self, language: str) -> str:
        """Say why."""
        return i18n.text(f"walks.left.{self.why}", language, **self.fields)


@dataclass(frozen=True, kw_only=True, eq=False)
class Made:
    """A plan.

    Parameters
    ----------
    question
        What was asked, with what was left open filled in.
    walks
        The walks that have a stop.
    left
        Places that were left out, must-visits first, then by prize.
    notes
        What the reader must know besides.
    answer
        The plan as the search knows it: ``summary()``, ``spread``.
    wishes
        All that needed a visit.
    measure
        ``walking`` or ``straight_line``.
    """

    question: Question
    walks: tuple[PlannedWalk, ...]
    left: tuple[Left, ...]
    notes: tuple[i18n.Phrase, ...]
    answer: Plan
    wishes: Wishes
    measure: str

    @property
    def missed(self) -> tuple[Left, ...]:
        """Must-visits that no walk visits."""
        return tuple(one for one in self.left if one.candidate.must)

    def keys(self, walker: str) -> tuple[str, ...]:
        """Return the keys of a walk's stops in order, without breaks; none of a walker who has no walk."""
        return tuple(stop.key for walk in self.walks if walk.walker == walker for stop in walk.stops if stop.key)

    def around(
        self,
        order: Mapping[str, Sequence[str]],
        *,
        before: Mapping[str, Sequence[str]] | None = None,
        add: Sequence[str] = (),
        drop: Sequence[str] = (),
    ) -> Question:
        """Return the question with an order that a person gave: it stays, and the rest is planned around it.

        Parameters
        ----------
        order
            By walker, the keys of the places that keep their order.
        before
            By walker, all places of a walk as they are wanted; the walks as they are where nothing is said.
        add, drop
            Keys that have to be visited from now on, or are not to be.
        """
        gone = frozenset(drop)
        kept = {walker: tuple(key for key in keys if key not in gone) for walker, keys in order.items()}
        asked = self.question
        begun = {walk.walker: self.keys(walk.walker) for walk in self.walks} | dict(before or {})
        return replace(
            asked,
            order={walker: keys for walker, keys in kept.items() if keys},
            before={walker: tuple(key for key in keys if key not in gone) for walker, keys in begun.items()},
            must=tuple(dict.fromkeys([*(key for key in asked.must if key not in gone), *add])),
            never=tuple(dict.fromkeys([*(key for key in asked.never if key not in add), *drop])),
        )


def together(day: dt.date, half: Half, teams: Sequence[Sequence[Free]]) -> tuple[Outing, ...]:
    """Return the outings of teams that walk in the same half day."""
    return tuple(Outing(day=day, half=half, staff=tuple(one.id for one in team)) for team in teams)
