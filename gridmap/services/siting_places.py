"""Where a station might stand: the community's buildings, rooms that hosts lend already, the places of a file."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridmap import catalogues, datums, model, privacy
from gridmap.errors import Fault, InputError
from gridmap.exchange import fields, reading
from gridmap.services.community_data import CommunityData

BUILDING, HOST, FILE, SPOT = "building", "host", "file", "spot"
MOST_PAIRS = 1_500_000
"""Of so many walks between buildings and places, places are thinned out: the same answer to within a building."""


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A place where a station might stand.

    Parameters
    ----------
    id
        Its name among the candidates: the number of a building behind ``building-``, of a service point behind
        ``host-``, or what the file calls it.
    name
        What people call it.
    lon, lat
        Where it is, in WGS 84.
    source
        ``building``, ``host``, ``file`` or ``spot`` (a person pointed at it).
    price
        What it costs, in yuan; None where that is not known.
    room
        Households it has room for; None where that is not known.
    host, terms
        Who offers it, and on which terms.
    building_id
        The building it is in, where that is known.
    """

    id: str
    name: str
    lon: float
    lat: float
    source: str
    price: float | None = None
    room: int | None = None
    host: str = ""
    terms: str = ""
    building_id: int | None = None


def offered(data: CommunityData, kind: str) -> list[Candidate]:
    """Return every building, and every room of another kind of service point that a host lends."""
    placed = data.buildings[~data.buildings.geometry.is_empty]
    middle = shapely.get_coordinates(shapely.point_on_surface(placed.geometry.to_numpy()))
    names = [
        f"{compound} {number}".strip() for compound, number in zip(placed["compound"], placed["number"], strict=True)
    ]
    found = [
        Candidate(id=f"building-{one}", name=name, lon=x, lat=y, source=BUILDING, building_id=int(one))
        for one, name, (x, y) in zip(placed.index, names, middle.tolist(), strict=True)
    ]
    lent = data.points[(data.points["kind"] != kind) & (data.points["host"] != "") & ~data.points.geometry.is_empty]
    found += [
        Candidate(
            id=f"host-{number}",
            name=str(point["name"]),
            lon=point["geom"].x,
            lat=point["geom"].y,
            source=HOST,
            host=str(point["host"]),
            terms=str(point["terms"]),
            building_id=None if pd.isna(point["building_id"]) else int(point["building_id"]),
        )
        for number, point in lent.iterrows()
    ]
    return found


@dataclass(frozen=True, kw_only=True)
class Offered:
    """What a file offers.

    Parameters
    ----------
    source
        What the file is called.
    candidates
        The places that can be used.
    faults
        Why each other row cannot.
    """

    source: str
    candidates: tuple[Candidate, ...]
    faults: tuple[Fault, ...]


def of_file(path: Path, data: CommunityData | None = None, *, datum: datums.Datum = datums.Datum.WGS84) -> Offered:
    """Read the places of a file of any format that is read: points, or a table with longitude and latitude.

    A row is refused that has no place or one outside the community of ``data`` or in its water, a number that is none,
    room for nobody, or a name or place that another row has.

    Raises
    ------
    InputError
        If the file cannot be read, has no columns that tell a place, or holds no row.
    """
    source = reading.read(path)
    frame = source.frame
    columns = _columns(frame)
    if isinstance(frame, gpd.GeoDataFrame):
        spots = frame.to_crs("EPSG:4326").geometry
        middle = shapely.point_on_surface(np.where(spots.isna(), shapely.Point(), spots.to_numpy()))
        places = np.column_stack([shapely.get_x(middle), shapely.get_y(middle)])
    else:
        if "lon" not in columns or "lat" not in columns:
            raise InputError("candidate_no_columns", source=source.name, found=[str(one) for one in frame.columns][:12])
        places = np.column_stack([frame[columns[axis]].map(_coordinate) for axis in ("lon", "lat")])
    if not len(frame):
        raise InputError("candidate_none", source=source.name)
    places = places.astype(np.float64).reshape(-1, 2)
    places[(np.abs(places) > (180, 90)).any(axis=1)] = np.nan
    known = np.asarray(np.isfinite(places).all(axis=1))
    places[known] = datums.to_wgs84(places[known], datum)
    found: list[tuple[int, Candidate]] = []
    faults: list[Fault] = []
    for row, (x, y), there in zip(frame.index, places, known, strict=True):
        made = _candidate(int(row), frame.loc[row], columns, float(x), float(y)) if there else None
        if made is None:
            faults.append(Fault(problem="candidate_no_place", row=int(row)))
        elif isinstance(made, Fault):
            faults.append(made)
        else:
            found.append((int(row), made))
    found = _each_once(found, faults)
    if data is not None:
        why = misplaced(data, [one for _, one in found])
        faults += [
            Fault(problem=key, row=row, fields={"name": one.name})
            for (row, one), key in zip(found, why, strict=True)
            if key
        ]
        found = [told for told, key in zip(found, why, strict=True) if not key]
    faults.sort(key=lambda fault: fault.row or 0)
    return Offered(source=source.name, candidates=tuple(one for _, one in found), faults=tuple(faults))


def thinned(spots: gpd.GeoSeries, homes: gpd.GeoDataFrame, by_walk: bool) -> list[int]:
    """Return which places to weigh: all, or, where every walk counts and there are too many, one in each square."""
    most = max(50, MOST_PAIRS // max(len(homes), 1))
    if not by_walk or len(spots) <= most:
        return list(range(len(spots)))
    x, y = spots.x.to_numpy(), spots.y.to_numpy()
    side = float(np.sqrt(max(np.ptp(x) * np.ptp(y), 1.0) / most))
    while True:
        square = np.stack([(x - x.min()) // side, (y - y.min()) // side])
        _, first = np.unique(square, axis=1, return_index=True)
        if len(first) <= most:
            return sorted(int(one) for one in first)
        side *= 1.1


def misplaced(data: CommunityData, candidates: Sequence[Candidate]) -> list[str]:
    """Return for each why it cannot be used where it stands, as a key of a fault; "" where nothing is wrong with it."""
    spots = shapely.points(np.array([(one.lon, one.lat) for one in candidates]).reshape(-1, 2))
    why = np.full(len(spots), "", dtype=object)
    if not len(spots):
        return []
    water = data.ground.geometry[(data.ground["kind"] == model.GroundKind.WATER.value) & ~data.ground.geometry.is_empty]
    if len(water):
        why[shapely.covers(shapely.union_all(water.to_numpy()), spots)] = "candidate_in_water"
    for boundary in data.boundary.geometry:
        why[~shapely.covers(boundary, spots)] = "candidate_outside"
    return [str(one) for one in why]


def _columns(frame: pd.DataFrame) -> dict[str, Any]:
    """Find which column is what, by its name."""
    told = {_plain(str(column)): column for column in frame.columns}
    entries = catalogues.entries("candidate_columns").items()
    known = {
        code: next((told[_plain(one)] for one in entry["names"] if _plain(one) in told), None)
        for code, entry in entries
    }
    return {code: column for code, column in known.items() if column is not None}


def _plain(name: str) -> str:
    folded = unicodedata.normalize("NFKC", name).casefold().strip()
    for bracket in ("(", "[", "【"):
        folded = folded.partition(bracket)[0].strip()
    return folded


def _coordinate(cell: Any) -> float:
    try:
        told = fields.measure(cell)
    except ValueError:
        return np.nan
    return np.nan if told is None else told


def _candidate(row: int, cells: pd.Series, columns: dict[str, Any], lon: float, lat: float) -> Candidate | Fault:
    def said(code: str) -> str:
        return privacy.mask_text(fields.fold(cells[columns[code]])) if code in columns else ""

    numbers: dict[str, float | None] = {}
    for code, read in (("price", fields.money), ("room", fields.measure)):
        if code not in columns:
            continue
        cell, column = cells[columns[code]], str(columns[code])
        try:
            number = read(cell)
        except ValueError:
            number = -1.0
        if number is not None and (number < 0 or (code == "room" and number != int(number))):
            value = privacy.mask_text(fields.fold(cell))[:40]
            return Fault(problem="candidate_number", row=row, column=column, value=value)
        if code == "room" and number == 0:
            return Fault(problem="candidate_no_room", row=row, column=column)
        numbers[code] = number
    room = numbers.get("room")
    return Candidate(
        id=said("id") or said("name") or f"{row}",
        name=said("name") or said("id") or f"{row}",
        lon=lon,
        lat=lat,
        source=FILE,
        price=numbers.get("price"),
        room=None if room is None else int(room),
        host=said("host"),
        terms=said("terms"),
    )


def _each_once(found: list[tuple[int, Candidate]], faults: list[Fault]) -> list[tuple[int, Candidate]]:
    """Refuse a name that stands for two places; and a place listed twice under one price and size is a slip too."""
    names: dict[str, int] = {}
    spots: dict[tuple[Any, ...], int] = {}
    kept = []
    for row, one in found:
        spot = (round(one.lon, 6), round(one.lat, 6), one.price, one.room)
        first = names.get(one.id, spots.get(spot))
        if first is not None:
            faults.append(Fault(problem="candidate_twice", row=row, fields={"name": one.name, "first": first}))
            continue
        names[one.id] = spots[spot] = row
        kept.append((row, one))
    return kept
