"""Coverage by one kind of service point, as figures and as a table with a row a building."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pandas as pd

from gridmap import catalogues, model
from gridmap.analysis import coverage
from gridmap.errors import InputError
from gridmap.exchange import fields
from gridmap.services import community_data, community_settings, overview
from gridmap.store import Store

# Beyond this everything is covered by everything, or the number is a slip.
LARGEST_RADIUS_M = 100_000
STRAIGHT_LINE = "straight_line"


@dataclass(frozen=True, kw_only=True, eq=False)
class CoverageTable:
    """Who is covered by a kind of service point.

    Parameters
    ----------
    kind
        Code of the kind.
    measure
        How distance is measured: ``"straight_line"``.
    radius_m
        Radius of service in metres.
    points
        Number of points of the kind.
    figures
        Buildings where people live, and their households.
    buildings
        A row for each of these: ``building`` (number), ``compound``, ``grid`` (letter), ``state``, ``point`` (the
        nearest one), ``walk_m`` (metres to it, by ``measure``), ``measure``, ``households``, ``households_estimated``.
    """

    kind: str
    measure: str
    radius_m: float
    points: int
    figures: coverage.Figures
    buildings: pd.DataFrame


def measure(
    store: Store, community: model.Community, kind: str, *, radius_m: float | None = None, today: dt.date
) -> CoverageTable:
    """Measure the coverage by a kind of service point in a straight line; a kind without points covers nothing.

    Parameters
    ----------
    store, community
        Where.
    kind
        Name of the kind in either language, or its code.
    radius_m
        Radius of service in metres; the community's setting for the kind if left out.
    today
        Day whose grids the table names.

    Raises
    ------
    InputError
        If there is no such kind, or no building, or the radius is not above 0 and below `LARGEST_RADIUS_M`.
    """
    if radius_m is not None and not 0 < radius_m <= LARGEST_RADIUS_M:
        raise InputError("radius_out_of_range", radius=f"{radius_m:g}", largest=LARGEST_RADIUS_M)
    code = fields.service_kind(kind)
    if code is None:
        known = [f"{entry['zh']} ({one})" for one, entry in catalogues.entries("service_kinds").items()]
        raise InputError("service_kind", kind=kind, kinds=known)
    data = community_data.read(store, community_settings.number(community), day=today)
    if data.buildings.geometry.is_empty.all():
        raise InputError("coverage_no_building", community=community.name)
    of_kind = data.points[data.points["kind"] == code]
    names = data.points["name"].to_dict()
    reach_m = community_settings.radius_m(store, community, code) if radius_m is None else radius_m
    covered = overview.cover(data, code, reach_m)
    homes = data.buildings.loc[covered.state.index]
    table = pd.DataFrame(
        {
            "building": homes["number"],
            "compound": homes["compound"],
            "grid": homes["letter"],
            "state": covered.state,
            "point": [names.get(point, "") for point in covered.point.tolist()],
            "walk_m": covered.distance_m.round(1),
            "measure": STRAIGHT_LINE,
            "households": covered.households,
            "households_estimated": homes["households_estimated"],
        }
    )
    return CoverageTable(
        kind=code,
        measure=STRAIGHT_LINE,
        radius_m=reach_m,
        points=len(of_kind),
        figures=covered.summary(),
        buildings=table,
    )
