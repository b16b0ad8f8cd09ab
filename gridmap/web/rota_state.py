"""What one person's page of rotas holds between two runs: the week, the part, and a search that is going on."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import Future
from dataclasses import dataclass, field

import streamlit as st

from gridmap import errors
from gridmap.planning import workdays
from gridmap.services import rotas

_KEY = "gridmap_rota"
_AHEAD, _BACK = 12, 12


@dataclass
class RotaState:
    """The page as one person has it.

    Parameters
    ----------
    community
        Whose rota it is.
    week
        ISO week.
    part
        Which part of the page.
    seen
        How many acts on each week's rota the person has seen.
    job, begun, searched
        A search that is going on, when it began, and how many acts had been seen by then.
    failed
        The last answer where there can be no rota.
    turn
        Counts what was done, so that forms are empty again.
    """

    community: int
    week: str
    part: str = "week"
    job: Future[rotas.Week] | None = None
    begun: float = 0.0
    searched: int = 0
    seen: dict[str, int] = field(default_factory=dict)
    failed: rotas.Week | None = None
    turn: int = 0

    def go(self, week: str) -> None:
        """Show another week."""
        if week != self.week:
            self.week, self.job, self.failed = week, None, None


def current(community: int, today: dt.date) -> RotaState:
    """Return this person's page of a community, begun from its address: ``week`` and ``part``."""
    kept = st.session_state.get(_KEY)
    if not isinstance(kept, RotaState) or kept.community != community:
        kept = RotaState(community=community, week=_asked(today), part=st.query_params.get("part", "week"))
        st.session_state[_KEY] = kept
    return kept


def weeks(shown: str, today: dt.date) -> list[str]:
    """Return the weeks to choose from: some before this one, some after it, and the one that is shown."""
    this = today - dt.timedelta(days=today.weekday())
    found = {workdays.week_of(this + dt.timedelta(weeks=n)) for n in range(-_BACK, _AHEAD + 1)}
    return sorted(found | {shown})


def beside(week: str, weeks_on: int) -> str:
    """Return the week that lies so many weeks after another."""
    return workdays.week_of(workdays.monday_of(week) + dt.timedelta(weeks=weeks_on))


def remember(here: RotaState, language: str) -> None:
    """Write what is shown into the address."""
    wanted = {"lang": language, "c": str(here.community), "week": here.week}
    if here.part != "week":
        wanted["part"] = here.part
    if st.query_params.to_dict() != wanted:
        st.query_params.from_dict(wanted)


def _asked(today: dt.date) -> str:
    try:
        return workdays.week_of(workdays.monday_of(st.query_params.get("week", "")))
    except errors.InputError:
        return workdays.week_of(today)
