"""What one person's plan of walks holds between two runs: what is asked, what is proposed, what was changed by hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import streamlit as st

from gridmap.cartography import events
from gridmap.model import Half
from gridmap.planning import workdays
from gridmap.planning.rota import Slot
from gridmap.services.walk_plans import Made, PlannedWalk, Question
from gridmap.web import session
from gridmap.web.walks_job import Job

Span = Literal["half", "week"]
SPANS: tuple[Span, ...] = ("half", "week")
"""What is planned at once: a half day, or a week."""
Press = Literal["look", "must", "never"]
PRESSES: tuple[Press, ...] = ("look", "must", "never")
"""What a press on the map does: it shows a stop, says that a place has to be visited, or that it is not to be."""
_MOST_PAST = 20


@dataclass(kw_only=True)
class PlanState:
    """One person's plan of walks.

    Parameters
    ----------
    span
        Whether a half day is planned, or a week.
    day, half
        When people walk; None until somebody says so.
    week, slots
        The week that is planned, and its half days where no rota says them; empty and None until somebody says so.
    receptions
        Whether those who hold a reception walk beside it.
    letters
        Letters of the grids that are walked; none for all.
    staff
        Numbers of who walks; None for whoever is proposed.
    people
        One or two in each team.
    minutes, rest, seconds
        How long they may be away, and rest on the way; how long is searched.
    start
        Key of the station where they leave; "" for the nearest.
    must, never
        Keys of places said by a press on the map.
    press
        What a press on the map does.
    job
        The plan that is being worked out.
    made, past
        The plan, and those before it, which a person can go back to.
    refused
        Why there is none, in words.
    replaces
        Numbers of kept walks that this plan goes for.
    published
        The plan that was published last, with the numbers of its walks: it can be taken back as one.
    walker, stop
        The walk that is looked at, and the key of the stop that is chosen in it.
    on_map
        The day whose walks the map shows; None for all.
    wanted
        What a person has asked for by dragging: planned at the next run.
    journeys, seen
        How often the map was sent somewhere; the last event that was taken.
    """

    span: Span = "half"
    day: dt.date | None = None
    half: Half = Half.MORNING
    week: str = ""
    slots: tuple[Slot, ...] | None = None
    receptions: bool = True
    letters: tuple[str, ...] = ()
    staff: tuple[int, ...] | None = None
    people: int = 1
    minutes: int = 150
    rest: int = 0
    seconds: int = 3
    start: str = ""
    must: list[str] = field(default_factory=list)
    never: list[str] = field(default_factory=list)
    press: Press = "look"
    job: Job | None = None
    made: Made | None = None
    past: list[Made] = field(default_factory=list)
    refused: str = ""
    replaces: tuple[int, ...] = ()
    published: tuple[Made, tuple[int, ...]] | None = None
    walker: str = ""
    stop: str = ""
    on_map: dt.date | None = None
    wanted: Question | None = None
    journeys: int = 0
    seen: int = 0

    def take(self, event: events.Event) -> None:
        """Take what was done on the map."""
        if event.seq == self.seen:
            return
        self.seen = event.seq
        match event:
            case events.Clicked():
                self.pressed(f"{event.target}:{event.id}")
            case events.Picked() if self.made is not None:
                keys = marks(self.made)
                if 0 <= event.id < len(keys):
                    self.pressed(keys[event.id][1])
            case events.Ordered() if self.made is not None and self.walk is not None:
                self.ordered(event.ids)
            case events.Closed():
                self.stop = ""
            case _:
                pass

    def pressed(self, key: str) -> None:
        """Take a press on a place: look at its stop, or say that it has to be visited, or is not to be; or unsay it."""
        if self.press == "look":
            found = [walk for walk, one in marks(self.made) if one == key] if self.made is not None else []
            self.stop, self.walker = (key, found[0]) if found else ("", self.walker)
            if self.on_map is not None and self.walk is not None:
                self.on_map = self.walk.day
            return
        mine, other = (self.must, self.never) if self.press == "must" else (self.never, self.must)
        if key in mine:
            mine.remove(key)
        else:
            mine.append(key)
            if key in other:
                other.remove(key)

    def ordered(self, ids: Sequence[int]) -> None:
        """Take the stops of the walk that is looked at in another order, as their signs on the map say."""
        made, walk = self.made, self.walk
        if made is None or walk is None:
            return
        known = marks(made)
        told = [known[one] for one in ids if 0 <= one < len(known)]
        keys = [key for walker, key in told if walker == walk.walker]
        # Another plan may have come meanwhile.
        if sorted(keys) == sorted(made.keys(walk.walker)):
            self.wanted = rearranged(made, walk.walker, keys)

    def look(self, walker: str) -> None:
        """Look at a walk, with its day on the map."""
        self.walker, self.stop = walker, ""
        if self.walk is not None:
            self.on_map = self.walk.day

    def take_made(self, made: Made) -> None:
        """Take a plan; the one before can be gone back to."""
        if self.made is not None:
            self.past = [*self.past, self.made][-_MOST_PAST:]
        self._show(made)
        self.journeys += 1

    def back(self) -> None:
        """Go back to the plan before."""
        self._show(self.past.pop())

    def anew(self) -> None:
        """Forget plan and changes."""
        self.job = self.made = self.on_map = self.wanted = None
        self.past, self.replaces, self.refused, self.walker, self.stop = [], (), "", "", ""

    @property
    def walk(self) -> PlannedWalk | None:
        """The walk that is looked at."""
        walks = () if self.made is None else self.made.walks
        return next((one for one in walks if one.walker == self.walker), walks[0] if walks else None)

    def _show(self, made: Made) -> None:
        self.made, self.refused = made, ""
        self.must, self.never = list(made.question.must), list(made.question.never)
        if self.walk is not None:
            self.walker = self.walk.walker
        if self.stop not in [key for _, key in marks(made)]:
            self.stop = ""


def marks(made: Made | None) -> list[tuple[str, str]]:
    """Return walker and key of all stops, in the order of their signs on the map."""
    walks = () if made is None else made.walks
    return [(walk.walker, stop.key) for walk in walks for stop in walk.stops if stop.key]


def moved(made: Made, walker: str, key: str, by: int) -> Question:
    """Return the question in which a stop stands some places earlier or later than it does."""
    keys = list(made.keys(walker))
    at = keys.index(key)
    to = min(max(at + by, 0), len(keys) - 1)
    keys.insert(to, keys.pop(at))
    return rearranged(made, walker, keys)


def rearranged(made: Made, walker: str, keys: Sequence[str]) -> Question:
    """Return the question in which the stops of a walk stand in another order: what was moved keeps its place.

    What it changed places with keeps its own too, or the search might turn them back.
    """
    before = made.keys(walker)
    turned = [at for at, (was, now) in enumerate(zip(before, keys, strict=True)) if was != now]
    span = keys[turned[0] : turned[-1] + 1] if turned else ()
    kept = {*made.question.order.get(walker, ()), *span}
    return made.around(
        {**made.question.order, walker: tuple(key for key in keys if key in kept)}, before={walker: tuple(keys)}
    )


def locked(made: Made, walker: str, key: str, *, lock: bool) -> Question:
    """Return the question in which a stop keeps its place in the order, or no longer does."""
    kept = set(made.question.order.get(walker, ())) | {key}
    keys = tuple(one for one in made.keys(walker) if one in kept and (lock or one != key))
    return made.around({**made.question.order, walker: keys})


def given(made: Made, key: str, walker: str) -> Question:
    """Return the question in which a stop is another walker's."""
    order = {name: tuple(one for one in keys if one != key) for name, keys in made.question.order.items()}
    before = {one.walker: tuple(at for at in made.keys(one.walker) if at != key) for one in made.walks}
    return made.around(order | {walker: (*order.get(walker, ()), key)}, before=before)


def without(made: Made, key: str) -> Question:
    """Return the question without a place."""
    return made.around(made.question.order, drop=(key,))


def added(made: Made, key: str) -> Question:
    """Return the question in which a place has to be visited."""
    return made.around(made.question.order, add=(key,))


def ask_again(mine: PlanState, question: Question) -> None:
    """Put into the form what a kept plan was asked for."""
    slots = question.slots
    mine.span = "half" if len(slots) == 1 else "week"
    mine.day, mine.half, mine.week = slots[0].day, slots[0].half, workdays.week_of(slots[0].day)
    mine.slots, mine.letters = slots, question.letters
    mine.staff = tuple(dict.fromkeys(staff for one in question.outings for staff in one.staff))
    mine.people = max(len(one.staff) for one in question.outings)
    mine.must, mine.never = list(question.must), list(question.never)


def current() -> PlanState:
    """Return this person's plan."""
    if session.WALK_PLAN not in st.session_state:
        st.session_state[session.WALK_PLAN] = PlanState()
    found: PlanState = st.session_state[session.WALK_PLAN]
    return found
