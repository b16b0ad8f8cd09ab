"""What one person's briefing holds between two runs: the period, the parts in their order, and what was reworded."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

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
    written
        What each part was written as from the figures.
    older
        What a part was reworded to before its figures became others.
    kept
        What was kept last for the person's next visit.
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
    written: dict[str, str] = field(default_factory=dict)
    older: dict[str, str] = field(default_factory=dict)
    kept: dict[str, Any] = field(default_factory=dict)

    def recall(self, kept: Mapping[str, Any]) -> None:
        """Take up what was kept: order, what is left out, and the words of parts whose figures are still the same.

        Of the others the words are shown beside the new ones, so that nothing is lost.
        """
        known = [name for name in kept.get("order", ()) if name in self.written]
        self.order = [*known, *(name for name in self.order if name not in known)]
        self.left_out = set(kept.get("left_out", ())) & set(self.order)
        for name, part in kept.get("parts", {}).items():
            if self.written.get(name) == part["written"]:
                self.sentences[name] = part["said"]
            elif name in self.written:
                self.older[name] = part["said"]
        self.kept = dict(kept)

    def content(self) -> dict[str, Any]:
        """Return what is to be kept: nothing while all is as it was written."""
        parts = {
            name: {"written": self.written[name], "said": said}
            for name, said in self.sentences.items()
            if said != self.written[name]
        }
        if not parts and not self.left_out and self.order == list(self.written):
            return {}
        return {"order": self.order, "left_out": sorted(self.left_out), "parts": parts}

    def anew(self, told: tuple[object, ...], drafts: Mapping[str, Sequence[str]]) -> None:
        """Write all sentences anew; the order of the parts stays."""
        kept = [name for name in self.order if name in drafts]
        self.order = [*kept, *(name for name in drafts if name not in kept)]
        self.written = {name: "\n".join(said) for name, said in drafts.items()}
        self.sentences, self.older = dict(self.written), {}
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
