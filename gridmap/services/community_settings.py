"""What a community has chosen for itself, over ``data/defaults.toml``."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridmap import model, service_kinds, settings
from gridmap.errors import InputError
from gridmap.services import issue_catalogue
from gridmap.store import Store

# Parts of ``data/defaults.toml`` that are the whole store's: no community overrules them.
_OPERATORS = frozenset(
    {"accounts", "backups", "bin", "grid_codes", "imports", "open311", "retention", "rota", "store", "writes"}
)

_MAY_BE_ZERO = frozenset(
    {
        *(f"hotline.weight_{name}" for name in ("contacted", "solved", "satisfied")),
        *(f"visits.{name}" for name in ("must", "asked", "overdue", "open", "check", "care", "alarm", "unvisited")),
        *(
            f"visits.{name}"
            for name in ("least", "uncovered", "station", "point", "rest_min", "minutes_floor", "minutes_lift")
        ),
    }
)


@dataclass(frozen=True, kw_only=True)
class CommunitySettings:
    """A community's choices.

    Parameters
    ----------
    radius_station_m, radius_other_m
        Radius of service of stations and of all other kinds, in metres.
    radius_by_kind_m
        Radius of single kinds that have their own.
    area_m2_per_household
        Gross floor area that one household takes, where nobody counted the households.
    default_floors
        Floors of a building whose floors are not known.
    smallest_footprint_m2
        A smaller footprint is no dwelling.
    grids
        Number of grids that the app proposes.
    pace_m_min, pace_old_m_min
        Metres that people walk in a minute, and that the old do.
    stairs_factor, crossing_m
        Each metre of stairs counts as so many (less than 1 counts as 1); a street crossed counts as so many metres.
    m2_per_100_households
        Square metres of premises for residents that are planned for every 100 households.
    households_per_head
        Households of a station for which there should be a courtyard head.
    """

    radius_station_m: float
    radius_other_m: float
    radius_by_kind_m: Mapping[str, float]
    area_m2_per_household: float
    default_floors: int
    smallest_footprint_m2: float
    grids: int
    pace_m_min: float
    pace_old_m_min: float
    stairs_factor: float
    crossing_m: float
    m2_per_100_households: float
    households_per_head: float

    def radius_m(self, kind: str) -> float:
        """Return the radius of service of a kind of service point, in metres."""
        if kind in self.radius_by_kind_m:
            return self.radius_by_kind_m[kind]
        return self.radius_station_m if service_kinds.default().is_station(kind) else self.radius_other_m


def of(store: Store, community_id: int) -> CommunitySettings:
    """Return the choices of a community."""
    with store.read() as session:
        return within(session, community_id)


def values(session: Session, community_id: int) -> dict[str, Any]:
    """Return all settings by their dotted key: the community's own, else the default."""
    mine = sa.select(model.Setting).where(sa.inspect(model.Setting).c.community_id == community_id)
    chosen = {row.key: json.loads(row.value) for row in session.scalars(mine)}
    return {**_flat(settings.defaults()), **chosen}


def within(session: Session, community_id: int) -> CommunitySettings:
    """Return the choices of a community, as the session sees them."""
    chosen = values(session, community_id)
    kinds = issue_catalogue.within(session, community_id).kinds.entries.values()
    return CommunitySettings(
        radius_station_m=float(chosen["coverage.radius_m.station"]),
        radius_other_m=float(chosen["coverage.radius_m.other"]),
        radius_by_kind_m={one.code: one.radius_m for one in kinds if one.radius_m is not None},
        area_m2_per_household=float(chosen["households.area_m2_per_household"]),
        default_floors=int(chosen["households.default_floors"]),
        smallest_footprint_m2=float(chosen["households.smallest_footprint_m2"]),
        grids=int(chosen["grids.number"]),
        pace_m_min=float(chosen["walking.pace_m_min"]),
        pace_old_m_min=float(chosen["walking.pace_old_m_min"]),
        stairs_factor=float(chosen["walking.stairs_factor"]),
        crossing_m=float(chosen["walking.crossing_m"]),
        m2_per_100_households=float(chosen["premises.m2_per_100_households"]),
        households_per_head=float(chosen["stations.households_per_head"]),
    )


def radius_m(store: Store, community: model.Community, kind: str) -> float:
    """Return the radius of service of a kind of service point in a community, in metres."""
    return of(store, number(community)).radius_m(kind)


def choose(store: Store, community: model.Community, key: str, value: float) -> None:
    """Overrule a default in one community.

    Parameters
    ----------
    store, community
        Whose choice it is.
    key
        Dotted key of ``data/defaults.toml``; how far a single kind of service point reaches is in its catalogue.
    value
        Number above 0; a weight may be 0.

    Raises
    ------
    InputError
        If there is no such setting, or the value is not above 0 (a weight: below 0).
    """
    demand(key, value)
    with store.write() as session:
        put(session, number(community), key, value)


def demand(key: str, value: float) -> None:
    """Refuse what no community can choose; faults as of `choose`."""
    allowed = _flat({name: part for name, part in settings.defaults().items() if name not in _OPERATORS})
    if key not in allowed:
        raise InputError("setting_unknown", setting=key, settings=sorted(allowed))
    if not 0 < value < math.inf and not (value == 0 and may_be_zero(key)):
        raise InputError("setting_not_above_zero", setting=key, value=str(value))


def may_be_zero(key: str) -> bool:
    """Whether a setting is a weight, which may be 0."""
    return key in _MAY_BE_ZERO


def put(session: Session, community_id: int, key: str, value: object) -> None:
    """Write a community's own choice, which is allowed."""
    columns = sa.inspect(model.Setting).c
    row = session.scalars(
        sa.select(model.Setting).where(columns.community_id == community_id, columns.key == key)
    ).first()
    if row is None:
        row = model.Setting(community_id=community_id, key=key, value="")
        session.add(row)
    row.value = json.dumps(value, ensure_ascii=False)


def number(community: model.Community) -> int:
    """Return the number the store gave to a community.

    Raises
    ------
    ValueError
        If it was never kept: a fault of the program.
    """
    if community.id is None:
        raise ValueError(f"the community {community.name} was never kept")
    return community.id


def _flat(table: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in table.items():
        flat |= _flat(value, f"{prefix}{key}.") if isinstance(value, Mapping) else {f"{prefix}{key}": value}
    return flat
