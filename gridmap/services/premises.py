"""How much room a community has for its residents and for its office, against what is planned for its households.

The planning target is 30 m² of premises for every 100 households; a community may set another.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from gridmap import i18n, model
from gridmap.services import community_data, layers, record_places
from gridmap.services.community_data import CommunityData

_PER = 100.0


@dataclass(frozen=True, kw_only=True)
class Room:
    """What some households have.

    Parameters
    ----------
    households
        How many live there.
    residents_m2, office_m2
        Area that residents use, and that the office does.
    target_m2
        What is planned for every 100 households.
    """

    households: int
    residents_m2: float
    office_m2: float
    target_m2: float

    @property
    def per_100_m2(self) -> float | None:
        """Area for residents for every 100 households; None where nobody lives."""
        return self.residents_m2 / self.households * _PER if self.households else None

    @property
    def short_m2(self) -> float:
        """What is missing to the target, 0 where it is reached."""
        return max(0.0, self.target_m2 * self.households / _PER - self.residents_m2)


def rows(data: CommunityData) -> pd.DataFrame:
    """Return all premises: those of their register, and service points with an area and no premises of their own.

    Columns ``name``, ``use``, ``area_m2``, ``building_id``, ``compound_id``, ``grid_id``, ``host``,
    ``geom`` (a point, or None) and ``source`` (``premises`` or ``point``) with ``id``, its number there; the index
    counts.
    """
    made = [
        _row(data, "premises", number, row, row["use"])
        for number, row in data.premises.sort_values("name", kind="stable").iterrows()
    ]
    taken = set(data.premises["service_point_id"].dropna())
    points = data.points[data.points["area_m2"].notna() & ~data.points.index.isin(taken)]
    made += [_row(data, "point", number, row, model.PremisesUse.RESIDENTS.value) for number, row in points.iterrows()]
    columns = ["name", "use", "area_m2", "building_id", "compound_id", "grid_id", "host", "geom", "source", "id"]
    return pd.DataFrame(made, columns=columns)


def whole(data: CommunityData, target_m2: float) -> Room:
    """Return what the whole community has."""
    return _room(rows(data), int(data.buildings["households"].sum()), target_m2)


def by_place(data: CommunityData, by: str, target_m2: float) -> list[tuple[str, Room]]:
    """Return what each ``compound`` or ``grid`` has within it, by name; who is short most comes first."""
    found = rows(data)
    key = f"{by}_id"
    names = data.compounds["name"] if by == "compound" else data.grids["letter"] + " " + data.grids["name"]
    lives = data.buildings.groupby(key)["households"].sum()
    made = [
        (str(name), _room(found[found[key] == number], int(lives.get(number, 0)), target_m2))
        for number, name in names.items()
    ]
    elsewhere = found[~found[key].isin(names.index)]
    outside = int(data.buildings.loc[~data.buildings[key].isin(names.index), "households"].sum())
    made = sorted(made, key=lambda one: -one[1].short_m2)
    if len(elsewhere) or outside:
        made.append(("", _room(elsewhere, outside, target_m2)))
    return made


def table(data: CommunityData, by: str, target_m2: float, language: str) -> pd.DataFrame:
    """Return `by_place` in words, the whole community last."""
    told = [(name or _say("elsewhere", language), room) for name, room in by_place(data, by, target_m2)]
    told.append((_say("whole", language), whole(data, target_m2)))
    heads = [_say(f"column.{name}", language) for name in
             ("place", "households", "residents_m2", "office_m2", "per_100", "short_m2")]  # fmt: skip
    cells = [
        (
            name,
            room.households,
            round(room.residents_m2, 1),
            round(room.office_m2, 1),
            None if room.per_100_m2 is None else round(room.per_100_m2, 1),
            round(room.short_m2, 1),
        )
        for name, room in told
    ]
    return pd.DataFrame(cells, columns=heads)


def listed(data: CommunityData, found: pd.DataFrame, language: str) -> pd.DataFrame:
    """Return premises in words, on the index of ``found``."""
    titles = layers.building_titles(data.buildings, language)
    columns = {
        "name": found["name"],
        "use": [i18n.text(f"premises_use.{use}", language) for use in found["use"]],
        "area": found["area_m2"],
        "grid": community_data.named(found["grid_id"], data.grids["letter"] + " " + data.grids["name"]),
        "at": community_data.named(found["building_id"], titles),
        "host": found["host"],
        "from": [_say(f"from.{source}", language) for source in found["source"]],
    }
    words = {name: _say(f"column.{name}", language) for name in columns}
    return pd.DataFrame(columns, index=found.index).rename(columns=words)


def _say(key: str, language: str, **fields: object) -> str:
    return i18n.text(f"premises.{key}", language, **fields)


def _room(found: pd.DataFrame, households: int, target_m2: float) -> Room:
    used = found.groupby("use")["area_m2"].sum()
    return Room(
        households=households,
        residents_m2=float(used.get(model.PremisesUse.RESIDENTS.value, 0.0)),
        office_m2=float(used.get(model.PremisesUse.OFFICE.value, 0.0)),
        target_m2=target_m2,
    )


def _row(data: CommunityData, source: str, number: Any, row: pd.Series, use: str) -> tuple[Any, ...]:
    building = None if pd.isna(row["building_id"]) else int(row["building_id"])
    point = int(number) if source == "point" else row["service_point_id"]
    geom: BaseGeometry | None = None
    if source == "point" or (pd.notna(point) and point in data.points.index):
        geom = data.points.geometry[int(point)]
        if building is None and pd.notna(data.points.at[int(point), "building_id"]):
            building = int(data.points.at[int(point), "building_id"])
    if geom is None and building in data.buildings.index:
        geom = data.buildings.geometry[building].representative_point()
    if building is not None and building in data.buildings.index:
        at = record_places.at_building(building, data)
    else:
        at = record_places.of(shapely.Point() if geom is None else geom, data)
    return (
        *(row["name"], use, float(row["area_m2"]), building, at.compound_id, at.grid_id, row["host"], geom, source),
        int(number),
    )
