"""What a community has settled for its rotas, over ``data/defaults.toml``."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from dataclasses import dataclass

from sqlalchemy.orm import Session

from gridmap import access, model
from gridmap.access import Action, Actor
from gridmap.errors import InputError
from gridmap.model import Half
from gridmap.services import audit, community_settings
from gridmap.store import Store

_HOURS = re.compile(r"([01]?\d|2[0-3])[:：]([0-5]\d)\s*[-–—~～至]\s*([01]?\d|2[0-4])[:：]([0-5]\d)")
_MOST_STAFF = 20


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What holds for every week.

    Parameters
    ----------
    desk_least, desk_most, reception_staff
        Staff at the all-round desk in each half day, and at each grid reception.
    off_desk_weekday
        The off-desk day; Monday is 1.
    poster_names
        Whether the poster says who sits in a reception.
    morning_hours, afternoon_hours
        Office hours, such as ``09:00-12:00``, for calendars.
    """

    desk_least: int
    desk_most: int
    reception_staff: int
    off_desk_weekday: int
    poster_names: bool
    morning_hours: str
    afternoon_hours: str

    def hours(self, half: Half, told: str = "") -> tuple[dt.time, dt.time]:
        """Return when a half day begins and ends: as ``told``, where that names two times in order, else as usual."""
        return span(told) or span(self.morning_hours if half == Half.MORNING else self.afternoon_hours) or _USUAL[half]


_USUAL = {Half.MORNING: (dt.time(9), dt.time(12)), Half.AFTERNOON: (dt.time(14), dt.time(17))}


def span(told: str) -> tuple[dt.time, dt.time] | None:
    """Read hours such as ``09:00-11:30``; None where there are none, or the end comes first."""
    found = _HOURS.search(told)
    if found is None or found[3] == "24":
        return None
    begin, end = dt.time(int(found[1]), int(found[2])), dt.time(int(found[3]), int(found[4]))
    return (begin, end) if begin < end else None


def of(store: Store, community_id: int) -> Rules:
    """Return what a community has settled."""
    with store.read() as session:
        return within(session, community_id)


def within(session: Session, community_id: int) -> Rules:
    """Do as `of` does, as part of what reads more."""
    chosen = community_settings.values(session, community_id)
    return Rules(
        desk_least=int(chosen["rota.desk_least"]),
        desk_most=int(chosen["rota.desk_most"]),
        reception_staff=int(chosen["rota.reception_staff"]),
        off_desk_weekday=int(chosen["rota.off_desk_weekday"]),
        poster_names=bool(chosen["rota.poster_names"]),
        morning_hours=str(chosen["rota.morning_hours"]),
        afternoon_hours=str(chosen["rota.afternoon_hours"]),
    )


def save(store: Store, actor: Actor, community: model.Community, rules: Rules) -> None:
    """Settle what holds for every week from now on.

    Raises
    ------
    Forbidden
        If ``actor`` may not change the community's settings.
    InputError
        If the numbers cannot be, or hours are none.
    """
    community_id = community_settings.number(community)
    access.demand(actor, Action.CHANGE_SETTINGS, street_id=community.street_id, community_id=community_id)
    if not 1 <= rules.desk_least <= rules.desk_most <= _MOST_STAFF or not 1 <= rules.reception_staff <= _MOST_STAFF:
        raise InputError("rota_numbers", n=_MOST_STAFF)
    for hours in (rules.morning_hours, rules.afternoon_hours):
        if span(hours) is None:
            raise InputError("rota_hours", hours=hours)
    with store.write() as session:
        before = within(session, community_id)
        for name, value in dataclasses.asdict(rules).items():
            if getattr(before, name) != value:
                community_settings.put(session, community_id, f"rota.{name}", value)
        audit.record(session, actor, "rota_rules_changed", community_id=community_id)
