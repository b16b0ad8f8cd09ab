"""Two people exchange a duty, or one takes over another's, if no rule forbids it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from gridmap import access, model
from gridmap.access import Action, Actor
from gridmap.errors import InputError, NotFound
from gridmap.planning import rota, rota_check
from gridmap.planning.rota import Assignment, Rule, Slot
from gridmap.services import community_settings, rota_demand, rota_keeping, rota_kept
from gridmap.services.rota_demand import Asked
from gridmap.services.rota_kept import Kept
from gridmap.store import Store


@dataclass(frozen=True, kw_only=True)
class Turn:
    """One person in one half day, and the duty that they have there; None in the office."""

    slot: Slot
    staff: int
    duty: Assignment | None = None


@dataclass(frozen=True, kw_only=True)
class Partner:
    """Somebody with whom a duty could be exchanged, and the rules that this would break; none where it can be done."""

    turn: Turn
    rules: tuple[Rule, ...]


def turns(duties: Sequence[Assignment]) -> list[Turn]:
    """Return every duty of a rota as a turn, in order."""
    return [Turn(slot=one.slot, staff=one.staff, duty=one) for one in duties]


def partners(asked: Asked, duties: Sequence[Assignment], mine: Turn) -> list[Partner]:
    """Return all with whom a turn could be exchanged: what can be done first, then by half day.

    Those are everybody's duties in the week, and whoever is in the office in the same half day.
    """
    busy = {one.staff for one in duties if one.slot == mine.slot}
    others = [one for one in turns(duties) if one.staff != mine.staff and one.duty != _of(mine, one.staff)]
    others += [Turn(slot=mine.slot, staff=one.id) for one in asked.demand.people if one.id not in busy | {mine.staff}]
    found = [Partner(turn=one, rules=hindrances(asked, duties, mine, one)) for one in others]
    return sorted(found, key=lambda one: (bool(one.rules), one.turn.slot.order, one.turn.staff))


def hindrances(asked: Asked, duties: Sequence[Assignment], mine: Turn, other: Turn) -> tuple[Rule, ...]:
    """Return the rules that an exchange would break and that are not broken already."""
    after = rota.exchanged(duties, (mine.slot, mine.staff), (other.slot, other.staff))
    return rota_check.newly_broken(asked.demand, duties, after)


def swap(
    store: Store,
    actor: Actor,
    community: model.Community,
    week: str,
    mine: Turn,
    other: Turn,
    *,
    publish: bool,
    seen: int,
    now: dt.datetime,
    address: str = "",
) -> Kept:
    """Exchange two duties in one act.

    Parameters
    ----------
    mine, other
        Who exchanges what; of the one without a duty only the person counts.
    publish
        Whether people are to know it at once.
    seen
        How many acts there had been when it was chosen.

    Raises
    ------
    Forbidden
        If ``actor`` may not plan rotas there.
    NotFound
        If neither has a duty there.
    InputError
        If it would break a rule: the sentence says which.
    Conflict
        If somebody else was faster.
    """
    place = {"street_id": community.street_id, "community_id": community.id}
    access.demand(actor, Action.MANAGE_ROTA, **place)
    community_id = community_settings.number(community)
    with store.read() as session:
        kept = rota_kept.kept(session, community_id, week)
        asked = rota_demand.read(session, community_id, week)
    there = {(one.slot, one.staff) for one in kept.draft}
    if not there & {(mine.slot, mine.staff), (other.slot, other.staff)}:
        raise NotFound("rota_no_turn", week=week)
    wrong = hindrances(asked, kept.draft, mine, other)
    if wrong:
        names = [asked.staff.get(mine.staff, "?"), asked.staff.get(other.staff, "?")]
        raise InputError("rota_swap_breaks", names=names, rules=[asked.phrase(rule) for rule in wrong])
    after = rota.exchanged(kept.draft, (mine.slot, mine.staff), (other.slot, other.staff))
    return rota_keeping.change(
        store, actor, community, week, after, publish=publish, seen=seen, now=now, address=address
    )


def _of(mine: Turn, staff: int) -> Assignment | None:
    """Return the duty that would be the same as one's own but for the person: exchanging it changes nothing."""
    one = mine.duty
    return None if one is None else Assignment(slot=one.slot, duty=one.duty, staff=staff, grid=one.grid)
