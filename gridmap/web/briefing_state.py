"""What one person's briefing holds between two runs: the period, the parts in their order, and what was reworded."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import streamlit as st

from gridmap.services import briefing_periods
from gridmap.services.briefing_making import Made, Wish

_KEY = "gridmap_briefing"


@dataclass(kw_only=True)
class BriefingState:
    """One person's briefing.

    Parameters
    ----------
    period
        The period, as `briefing_periods.parse` takes it.
    told
        What the sentences below were written for: community, revision, period, language.
    order
        Names of the parts, in their order.
    left_out
        Those that are not wished.
    sentences
        What each part says, as text with a line a sentence.
    internal, approval
        As `Wish` has them.
    made
        The file that was made last, and its form; None before, and after any change.
    turn
        Counts the times the sentences were written anew: what stands in the fields is then theirs.
    """

    period: str
    told: tuple[object, ...] = ()
    order: list[str] = field(default_factory=list)
    left_out: set[str] = field(default_factory=set)
    sentences: dict[str, str] = field(default_factory=dict)
    internal: bool = True
    approval: str = ""
    made: tuple[str, Made] | None = None
    turn: int = 0

    def begin(self, told: tuple[object, ...], drafts: Mapping[str, Sequence[str]]) -> None:
        """Take the sentences written for a period, unless these are there already."""
        if self.told != told:
            self.anew(told, drafts)

    def anew(self, told: tuple[object, ...], drafts: Mapping[str, Sequence[str]]) -> None:
        """Write all sentences anew; the order of the parts stays."""
        kept = [name for name in self.order if name in drafts]
        self.order = [*kept, *(name for name in drafts if name not in kept)]
        self.sentences = {name: "\n".join(said) for name, said in drafts.items()}
        self.told, self.made = told, None
        self.turn += 1

    def move(self, name: str, by: int) -> None:
        """Move a part up (-1) or down (1)."""
        at = self.order.index(name)
        to = min(max(at + by, 0), len(self.order) - 1)
        self.order.insert(to, self.order.pop(at))
        self.made = None

    def wish(self) -> Wish:
        """Return how the briefing is wished."""
        parts = tuple(name for name in self.order if name not in self.left_out)
        said = {name: tuple(self.sentences[name].splitlines()) for name in parts}
        return Wish(parts=parts, sentences=said, internal=self.internal, approval=self.approval)


def current(today: dt.date, of: str = "community") -> BriefingState:
    """Return this person's briefing of the community or of the street, begun with the last month that is over."""
    key = f"{_KEY}_{of}"
    if key not in st.session_state:
        st.session_state[key] = BriefingState(period=briefing_periods.last_month(today))
    state: BriefingState = st.session_state[key]
    return state
