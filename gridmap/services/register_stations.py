"""The register of neighbourhood stations: whom each serves, who is in its team, and what its team lacks."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from gridmap import catalogues, i18n, service_kinds
from gridmap.analysis import coverage
from gridmap.services import place_cards, sight
from gridmap.services.community_data import CommunityData
from gridmap.services.coverage_table import CoverageTable
from gridmap.services.register_lists import Listed

HEAD, COURTYARD_HEAD, SERVICE_HEAD = "station_head", "courtyard_head", "service_head"


@dataclass(frozen=True, kw_only=True, eq=False)
class Station:
    """A station as its card tells it.

    Parameters
    ----------
    number
        Its id among the service points.
    grid_id
        The grid it stands in; None where that is not known.
    buildings
        Ids of the buildings for which it is the nearest station within reach.
    households
        How many live there, and whether some of that is ``estimated``.
    roles
        How many persons there are of each role.
    heads_due
        How many courtyard heads the norm asks for.
    without_head
        Ids of its buildings that no courtyard head looks after.
    """

    number: int
    grid_id: int | None
    buildings: tuple[int, ...]
    households: int
    estimated: bool
    roles: Mapping[str, int]
    heads_due: int
    without_head: tuple[int, ...]

    @property
    def heads_short(self) -> int:
        """How many courtyard heads are missing."""
        return max(0, self.heads_due - self.roles.get(COURTYARD_HEAD, 0))

    def lacks(self) -> tuple[str, ...]:
        """Return the roles that nobody has, or too few."""
        short = [role for role in (HEAD, SERVICE_HEAD) if not self.roles.get(role)]
        return (*short, COURTYARD_HEAD) if self.heads_short else tuple(short)


def kinds() -> frozenset[str]:
    """Return the codes of the kinds of service points that are stations."""
    return frozenset(one.code for one in service_kinds.default().entries.values() if one.station)


def of(data: CommunityData, reached: Mapping[str, CoverageTable], per_head: float) -> dict[int, Station]:
    """Return the stations of a community by id.

    Parameters
    ----------
    data
        The community.
    reached
        Coverage by each kind of station (`kinds`) of which there is one.
    per_head
        Households for which there should be a courtyard head.
    """
    # Whoever looks after a building, of whatever station they are.
    looked_after = data.team_buildings["building_id"]
    made = {}
    for number, row in data.points[data.points["kind"].isin(kinds())].iterrows():
        found = reached[str(row["kind"])]
        near = found.nearest.eq(number).fillna(False).astype(bool) & (found.buildings["state"] == coverage.COVERED)
        served = data.buildings.loc[found.buildings.index[near]]
        team = data.team[data.team["service_point_id"] == number]
        households = int(served["households"].sum())
        made[int(number)] = Station(
            number=int(number),
            grid_id=place_cards.of_point(data, int(number)).grid_id,
            buildings=tuple(int(one) for one in served.index),
            households=households,
            estimated=bool(served["households_estimated"].any()),
            roles={str(role): int(n) for role, n in team.groupby("role")["number"].sum().items()},
            heads_due=math.ceil(households / per_head),
            without_head=tuple(int(one) for one in served.index[~served.index.isin(looked_after)]),
        )
    return made


def missing(station: Station, language: str) -> str:
    """Say in a line what a station's team lacks; "" where nothing is missing."""
    told = []
    for role in station.lacks():
        if role == COURTYARD_HEAD:
            told.append(
                i18n.text(
                    "register.station.heads_short", language, n=station.heads_short, households=station.households,
                    heads=station.roles.get(COURTYARD_HEAD, 0),
                )
            )  # fmt: skip
        else:
            label = catalogues.label("team_roles", role, language)
            told.append(i18n.text("register.station.no_role", language, role=label))
    if station.without_head:
        told.append(i18n.text("register.station.without_head", language, n=len(station.without_head)))
    return " · ".join(told)


def listed(data: CommunityData, seen: sight.Sight, stations: Mapping[int, Station], language: str) -> Listed:
    """Return the stations as a list, those whose teams lack somebody first."""
    columns = ("name", "grid", "households", "buildings", "heads", "head", "missing", "host", "hours", "area_m2")
    rows: dict[int, dict[str, object]] = {}
    for number, one in sorted(stations.items(), key=lambda item: (not item[1].lacks(), item[0])):
        row = data.points.loc[number]
        mine = data.team[(data.team["service_point_id"] == number) & (data.team["role"] == HEAD)]
        names = [place_cards.colleague(data, who, seen, one.grid_id) for who in mine["staff_id"]]
        count = i18n.text("register.station.taken" if len(mine) else "register.station.vacant", language)
        rows[number] = {
            "name": row["name"],
            "grid": place_cards.grid(data, place_cards.of_point(data, number)),
            "households": one.households,
            "buildings": len(one.buildings),
            "heads": f"{one.roles.get(COURTYARD_HEAD, 0)} / {one.heads_due}",
            "head": i18n.listed([name for name in names if name], language) or count,
            "missing": missing(one, language),
            "host": row["host"],
            "hours": row["hours"],
            "area_m2": row["area_m2"],
        }
    words = {name: i18n.text(f"register.column.{name}", language) for name in columns}
    table = pd.DataFrame.from_dict(rows, orient="index", columns=list(columns)).rename(columns=words)
    return Listed(
        table=table,
        titles={number: str(data.points.at[number, "name"]) for number in rows},
        places={number: data.points.geometry[number] for number in rows},
        short=frozenset(number for number, one in stations.items() if one.lacks()),
    )
