"""What a community weighs visits with: the points of reasons, intervals, minutes and half days of its walks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from types import MappingProxyType

from gridmap import access, i18n, model, settings
from gridmap.access import Action, Actor
from gridmap.errors import InputError
from gridmap.planning.routing import MOST_STOPS
from gridmap.services import audit, community_settings, writing_pace
from gridmap.services.walk_plans import LONGEST_MIN
from gridmap.store import Store

_MOST_POINTS, _LONGEST_VISIT_MIN, _LONGEST_DAYS = 100.0, 240.0, 1000.0

GROUPS: Mapping[str, Mapping[str, tuple[float, float]]] = MappingProxyType(
    {
        "points": {
            **dict.fromkeys(("must", "asked", "overdue", "open", "check", "care"), (0.0, _MOST_POINTS)),
            **dict.fromkeys(("alarm", "unvisited", "uncovered", "station", "point", "least"), (0.0, _MOST_POINTS)),
        },
        "intervals": {
            "building_days": (1.0, _LONGEST_DAYS),
            "point_days": (1.0, _LONGEST_DAYS),
            "care_from": (0.1, 1.0),
            "most_ratio": (1.0, 10.0),
            "most_issues": (1.0, 20.0),
        },
        "minutes": {
            **dict.fromkeys(
                ("minutes_issue", "minutes_check", "minutes_care", "minutes_building", "minutes_station"),
                (1.0, _LONGEST_VISIT_MIN),
            ),
            "minutes_point": (1.0, _LONGEST_VISIT_MIN),
            "minutes_floor": (0.0, 10.0),
            "minutes_lift": (0.0, 30.0),
        },
        "walks": {
            "morning_h": (5.0, 12.0),
            "afternoon_h": (12.0, 21.0),
            "walk_min": (20.0, float(LONGEST_MIN)),
            "rest_min": (0.0, 120.0),
            "point_m": (1.0, 5000.0),
            "most_places": (10.0, float(MOST_STOPS)),
        },
    }
)
"""The settings in their groups, each between two limits."""


def usual() -> dict[str, float]:
    """Return what holds where a community has chosen nothing."""
    return {name: float(value) for name, value in settings.defaults()["visits"].items()}


def save(
    store: Store,
    actor: Actor,
    community: model.Community,
    wanted: Mapping[str, float],
    *,
    now: dt.datetime,
    address: str = "",
) -> tuple[str, ...]:
    """Choose settings; plans that are made from now on go by them. All of them or none.

    Returns
    -------
    tuple of str
        Names of those that were something else before.

    Raises
    ------
    Forbidden
        If ``actor`` may not change the community's settings.
    InputError
        If a number is outside its limits: all that are, at once.
    """
    access.demand(actor, Action.CHANGE_SETTINGS, street_id=community.street_id, community_id=community.id)
    limits = {name: span for group in GROUPS.values() for name, span in group.items()}
    wrong = [
        i18n.Phrase("visit_rules.limits", {"name": i18n.Phrase(f"visit_rules.{name}"), "low": low, "high": high})
        for name, value in wanted.items()
        for low, high in [limits[name]]
        if not low <= value <= high
    ]
    if wrong:
        raise InputError("visit_rules", rules=wrong)
    community_id = community_settings.number(community)
    with store.write() as session:
        writing_pace.demand(session, actor, now)
        chosen = community_settings.values(session, community_id)
        before = {name: float(chosen[f"visits.{name}"]) for name in limits}
        both = before | dict(wanted)
        if both["rest_min"] >= both["walk_min"]:
            fields = {"minutes": f"{both['walk_min']:g}", "rest": f"{both['rest_min']:g}", "most": LONGEST_MIN}
            raise InputError("walks_minutes", **fields)
        changed = tuple(name for name, value in wanted.items() if value != before[name])
        for name in changed:
            community_settings.demand(f"visits.{name}", wanted[name])
            community_settings.put(session, community_id, f"visits.{name}", wanted[name])
        if changed:
            told = " ".join(f"{name} {before[name]:g}→{wanted[name]:g}" for name in changed)
            audit.record(
                session, actor, "visit_rules_changed", target=told, community_id=community_id, address=address, now=now
            )
    return changed
