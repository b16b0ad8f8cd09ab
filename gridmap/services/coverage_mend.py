"""What would cover a building that is not covered: a gate open longer, a gate or path, a nearer point, more room."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridmap import crs, i18n
from gridmap.analysis import assignment, coverage, walking, walking_routes, walking_shortcuts
from gridmap.services import coverage_table, walking_data
from gridmap.services.community_data import CommunityData
from gridmap.services.coverage_table import CoverageTable

# A way that comes so near to a gate passes it.
_AT_GATE_M = 6.0
_MOST_POINTS = 3


@dataclass(frozen=True, kw_only=True, eq=False)
class Mend:
    """One thing that would cover a building.

    Parameters
    ----------
    key, fields
        The sentence ``reach.cure.<key>`` and what it names.
    line
        Where it would be, in WGS 84; empty where there is nothing to draw.
    """

    key: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    line: shapely.LineString = field(default_factory=shapely.LineString)

    def sentence(self, language: str) -> str:
        """Return what is to be said of it."""
        return i18n.text(f"reach.cure.{self.key}", language, **self.fields)


def at_any_hour(data: CommunityData, found: CoverageTable, building: int) -> tuple[Mend, ...]:
    """Return what would have to be open at the hour asked for, where that alone keeps a building out of reach."""
    hour = found.asked.hour
    if hour is None:
        return ()
    points = coverage_table.points_asked(data, found.asked, found.kind, at_any_hour=True)
    if found.walks is None:
        homes = data.buildings_m.loc[[building]]
        near = coverage.straight_line(homes, points, found.radius_m)
        metres, point, gates = float(near.distance_m.iloc[0]), near.point.iloc[0], []
    else:
        open_ = found.walks.model.nearest(points, limit_m=found.radius_m, pace_m_min=found.pace_m_min)
        metres, point = float(open_.walk_m[building]), open_.point[building]
        gates = _gates_passed(found.walks, open_, building)
    if not metres <= found.radius_m + coverage.TOLERANCE_M:
        return ()
    walk = {"walk": round(metres), "minutes": round(metres / found.pace_m_min), "hour": f"{hour:%H:%M}"}
    mends = [
        Mend(
            key="gate_hours",
            fields=walk
            | {"gate": _gate(data, gate), "hours": str(data.gates.at[gate, "open_hours"]), "point": _name(data, point)},
        )
        for gate in gates
    ]
    if point in data.points.index and not walking_data.open_at(data.points.loc[[point]], hour).iloc[0]:
        hours = str(data.points.at[point, "hours"])
        mends.append(Mend(key="point_hours", fields=walk | {"point": _name(data, point), "hours": hours}))
    return tuple(mends)


def nearer(data: CommunityData, found: CoverageTable, building: int) -> tuple[Mend, ...]:
    """Return what would bring a building within reach: a gate or a path, and a point where it stands."""
    mends = []
    if found.walks is not None and found.points:
        row = int(found.walks.model.index.get_indexer(pd.Index([building]))[0])
        cut = walking_shortcuts.find(found.walks, row)
        if cut is not None:
            mends.append(_of_shortcut(data, found, cut))
    gained = _gained(data, found, building)
    mends.append(Mend(key="point", fields={"n": gained, "limit": round(found.radius_m)}))
    return tuple(mends)


def room(data: CommunityData, found: CoverageTable, building: int) -> tuple[Mend, ...]:
    """Return how much room is lacking, where a building is in reach of points that are full."""
    points = coverage_table.points_asked(data, found.asked, found.kind)
    homes = pd.Index([building])
    if found.walks is None:
        metres = shapely.distance(data.buildings_m.geometry[building], points.geometry.to_numpy())
        near = points.index[metres <= found.radius_m + coverage.TOLERANCE_M]
    else:
        table = found.walks.model.matrix(points, found.radius_m + coverage.TOLERANCE_M, hour=found.asked.hour)
        row = found.walks.model.index.get_indexer(homes)[0]
        near = points.index[np.sort(table[[row]].indices)]
    rows = found.buildings
    short = int(rows["households"][building] - rows["households_covered"][building])
    names = [
        i18n.Phrase(
            "reach.cure.room.point", {"point": _name(data, one), "n": int(points.at[one, "capacity_households"])}
        )
        for one in near[:_MOST_POINTS]
    ]
    fields = {"points": names, "n": short, "total": found.by_state["households"][assignment.FULL]}
    return (Mend(key="room", fields=fields),)


def _of_shortcut(data: CommunityData, found: CoverageTable, cut: walking_shortcuts.Shortcut) -> Mend:
    assert found.walks is not None
    line = gpd.GeoSeries([cut.line], crs=found.walks.model.crs).to_crs(crs.WGS84).iloc[0]
    fields = {
        "gap": max(1, round(cut.length_m)),
        "walk": round(cut.walk_m),
        "minutes": round(cut.walk_m / found.pace_m_min),
        "point": _name(data, cut.point),
    }
    if cut.compound < 0:
        return Mend(key="path", fields=fields, line=line)
    compound = found.walks.model.fabric.scene.compound_ids[cut.compound]
    return Mend(key="gate", fields=fields | {"wall": str(data.compounds.at[compound, "name"])}, line=line)


def _gained(data: CommunityData, found: CoverageTable, building: int) -> int:
    """Return how many households that are out of reach would be within it of a point where a building stands."""
    place = data.buildings_m.geometry[[building]].representative_point()
    point = gpd.GeoDataFrame(geometry=place.array, index=pd.Index([0]), crs=place.crs)
    if found.walks is None:
        near = coverage.straight_line(data.buildings_m.loc[found.buildings.index], point, found.radius_m)
        within = near.state == coverage.COVERED
    else:
        near_walks = found.walks.model.nearest(point, limit_m=found.radius_m, hour=found.asked.hour)
        within = near_walks.state.reindex(found.buildings.index) == coverage.COVERED
    rows = found.buildings
    return int(rows["households"].where(within & (rows["state"] == assignment.OUT_OF_REACH), 0).sum())


def _gates_passed(shut: walking.Walks, open_: walking.Walks, building: int) -> list[Any]:
    """Return the ids of the gates closed in one answer by which the way of another leads."""
    model = open_.model
    row = int(model.index.get_indexer(pd.Index([building]))[0])
    route = walking_routes.route(model.fabric, model.doors, open_.reach, open_.approach, row)
    if route is None:
        return []
    numbers = sorted(shut.shut_gates)
    places = model.fabric.scene.gates[numbers]
    passed = np.flatnonzero(shapely.dwithin(places, route.line, _AT_GATE_M))
    return [model.gates[numbers[at]] for at in passed.tolist() if model.gates[numbers[at]] is not None]


def _gate(data: CommunityData, gate: Any) -> str:
    row = data.gates.loc[gate]
    compound = row["compound_id"]
    where = "" if pd.isna(compound) else str(data.compounds.at[compound, "name"])
    return f"{where}{row['name']}"


def _name(data: CommunityData, point: Any) -> str:
    """Return the name of a point; one on trial is called by its number."""
    return str(data.points.at[point, "name"]) if point in data.points.index else f"#{-int(point)}"
