"""What the weeks before say of who has had more than their share, so that the next rota evens it out."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from gridmap.planning import rota
from gridmap.planning.rota import Assignment, Load, Person

WEEKS = 8
"""So many weeks before count."""
# A share that is ahead or behind by more weighs no more. With this, who has no grid of their own comes to the others'
# in turn; with half of it they never do, and keep the desk on every off-desk day.
_FURTHEST = 2.0


@dataclass(frozen=True, kw_only=True)
class Share:
    """What one person has had of the loads.

    Parameters
    ----------
    staff
        Number of the member of staff.
    weeks
        In how many of the weeks they had any duty: in others they were away, or not yet there.
    had
        Half days of each load.
    ahead
        By how much that is more than the share of somebody who may do the same and was there as long.
    """

    staff: int
    weeks: int
    had: Mapping[Load, int]
    ahead: Mapping[Load, float]

    @property
    def past(self) -> Mapping[Load, float]:
        """What the solver takes as done before; never below 0, so that no duty is worth doing for its own sake."""
        return {load: _FURTHEST + min(max(ahead, -_FURTHEST), _FURTHEST) for load, ahead in self.ahead.items()}


def shares(
    people: Iterable[Person], weeks: Sequence[tuple[Iterable[Assignment], frozenset[dt.date]]]
) -> dict[int, Share]:
    """Work out what each person has had, beside those who may do the same.

    Whoever may sit at the desk is compared with others who may, and whose post it is or is not as theirs.

    Parameters
    ----------
    people
        Those who are there now.
    weeks
        Rotas of weeks before, each with its off-desk days.
    """
    had: Counter[tuple[int, Load]] = Counter()
    there: Counter[int] = Counter()
    for told, off_desk in weeks:
        duties = tuple(told)
        had.update(rota.loads(duties, off_desk))
        there.update({one.staff for one in duties})
    alike: dict[tuple[bool, bool], list[int]] = defaultdict(list)
    for one in people:
        alike[one.all_round, one.desk_post].append(one.id)
    found = {}
    for group in alike.values():
        present = sum(there[one] for one in group)
        for staff in group:
            ahead = {}
            for load in Load:
                total = sum(had[other, load] for other in group)
                ahead[load] = had[staff, load] - total * there[staff] / present if present else 0.0
            found[staff] = Share(
                staff=staff, weeks=there[staff], had={load: had[staff, load] for load in Load}, ahead=ahead
            )
    return found
