"""What the hotline's exports would say of the demo's 12345 orders: numbers, moments, states, call-backs.

All of it follows from the case and its moves, so that the demo's other numbers stay as they are.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Hashable, Sequence

from gridmap import catalogues, model
from gridmap.demo import recipe
from gridmap.model import IssueState

_DISPATCHED = dt.timedelta(minutes=25)
_SAME_CALLER_EVERY = 4
_SLOW_EVERY = 9
_SLOW = dt.timedelta(hours=20)


class Callers:
    """Counts callers; now and then the one who called last about a place calls again about it."""

    def __init__(self) -> None:
        self._last: dict[Hashable, int] = {}
        self._orders = 0
        self._callers = 0

    def next(self, place: Hashable) -> int:
        """Return the number, from 0, of whoever calls about a place now."""
        self._orders += 1
        if place in self._last and self._orders % _SAME_CALLER_EVERY == 0:
            return self._last[place]
        self._last[place] = self._callers
        self._callers += 1
        return self._last[place]


def mark(issue: model.Issue, moves: Sequence[tuple[dt.datetime, IssueState]], number: int) -> None:
    """Write into an issue what an export says of it as order ``number``, counted from 1.

    ``moves`` are its states, with the moments it came to them.
    """
    words = recipe.texts("orders")
    first: dict[IssueState, dt.datetime] = {}
    for moment, state in moves:
        first.setdefault(state, moment)
    issue.order_number = f"XA{issue.reported_at:%Y%m%d}{number:05d}"
    issue.channel, issue.request_type = words["channel"], words["request_type"]
    issue.hotline_category = catalogues.label("issue_categories", issue.category, "zh")
    issue.hotline_state = words["states"][issue.state.value]
    issue.hotline_due_at = issue.due_at
    issue.received_at = issue.reported_at
    issue.dispatched_at = issue.reported_at + _DISPATCHED
    taken = first.get(IssueState.ACCEPTED) or first.get(IssueState.ASSIGNED)
    if taken is not None:
        # Some are taken a day too late.
        slow = number % _SLOW_EVERY == 0 and issue.state is IssueState.CLOSED
        issue.taken_at = max(taken, issue.dispatched_at) + (_SLOW if slow else dt.timedelta(0))
    issue.answered_at = first.get(IssueState.DONE)
    issue.returned_at = first.get(IssueState.RETURNED)
    if issue.state is IssueState.CLOSED:
        issue.callback = words["callbacks"][number % len(words["callbacks"])]
        issue.struck_out = words["struck_out"] if number % words["struck_out_every"] == 0 else ""
