"""The rota of a week: what it must hold, put to the solver; nothing is kept here (`rota_keeping` does that)."""

from __future__ import annotations

import dataclasses
import datetime as dt
from dataclasses import dataclass

from gridmap.errors import InputError
from gridmap.planning import rota
from gridmap.planning.rota import Assignment
from gridmap.services import rota_demand
from gridmap.services.rota_demand import Asked
from gridmap.store import Store


@dataclass(frozen=True, kw_only=True)
class Week:
    """A week's rota.

    Parameters
    ----------
    asked
        What was asked, with the names it needs.
    answer
        What came of it, for the half days that are still to come.
    over
        Published duties of days that are over: they stay.
    """

    asked: Asked
    answer: rota.Rota
    over: tuple[Assignment, ...] = ()

    @property
    def duties(self) -> tuple[Assignment, ...]:
        """All duties of the week in order; empty where there is no rota."""
        return (*self.over, *self.answer.duties) if self.answer.duties else ()

    @property
    def clash(self) -> tuple[rota.Rule, ...]:
        """Where there can be no rota: the rules that cannot hold together."""
        return self.answer.clash


def plan(
    store: Store,
    community_id: int,
    week: str,
    *,
    seconds: float = rota.SECONDS,
    seed: int = 0,
    today: dt.date | None = None,
) -> Week:
    """Find the best rota of a week; nothing is kept.

    What is published is changed as little as can be, and not at all on days before ``today``.

    Raises
    ------
    InputError
        If there is no such week, nobody on the staff, three people make one A/B pair, or a published week is over.
    """
    # The solver is heavy to import, and most commands do without it.
    from gridmap.planning import rota_solving

    with store.read() as session:
        asked = rota_demand.read(session, community_id, week, today=today)
    demand = asked.demand
    over = tuple(one for one in demand.published if today is not None and one.slot.day < today)
    if over:
        assert today is not None  # for mypy
        slots = tuple(slot for slot in demand.slots if slot.day >= today)
        if not slots:
            raise InputError("rota_over", week=asked.week)
        demand = dataclasses.replace(
            demand,
            slots=slots,
            off_desk=frozenset(day for day in demand.off_desk if day >= today),
            receptions=tuple(one for one in demand.receptions if one.slot in slots),
            fixed=tuple(one for one in demand.fixed if one.slot in slots),
            published=tuple(one for one in demand.published if one.slot in slots),
        )
    return Week(asked=asked, answer=rota_solving.solve(demand, seconds=seconds, seed=seed), over=over)
