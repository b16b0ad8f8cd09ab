"""Where a station might stand: the community's buildings, rooms that hosts lend already, the places of a file."""

from __future__ import annotations

import unicodedata
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridmap import catalogues, datums
from gridmap.errors import InputError
from gridmap.exchange import fields, reading
from gridmap.services.community_data import CommunityData

BUILDING, HOST, FILE, SPOT = "building", "host", "file", "spot"


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


def of_file(path: Path, *, datum: datums.Datum = datums.Datum.WGS84) -> list[Candidate]:
    """Return the places of a file of any format that is read: points, or a table with longitude and latitude.

    Raises
    ------
    InputError
        If the file cannot be read, a row has no place, a number is none, or a place is listed twice.
    """
    source = reading.read(path)
    frame = source.frame
    columns = _columns(frame)
    if isinstance(frame, gpd.GeoDataFrame):
        places = shapely.get_coordinates(shapely.point_on_surface(frame.to_crs("EPSG:4326").geometry.to_numpy()))
        if len(places) != len(frame):
            lacking = frame.index[frame.geometry.is_empty | frame.geometry.isna()]
            raise InputError("candidate_no_place", source=source.name, row=int(lacking[0]))
    else:
        if "lon" not in columns or "lat" not in columns:
            raise InputError("candidate_no_columns", source=source.name, found=[str(one) for one in frame.columns][:12])
        cells = [
            [_number(source.name, row, frame.at[row, columns[axis]], columns[axis]) for axis in ("lon", "lat")]
            for row in frame.index
        ]
        if bare := [row for row, (x, y) in zip(frame.index, cells, strict=True) if x is None or y is None]:
            raise InputError("candidate_no_place", source=source.name, row=int(bare[0]))
        places = np.array(cells, dtype=np.float64).reshape(-1, 2)
    if not len(frame):
        raise InputError("candidate_none", source=source.name)
    outside = (np.abs(places[:, 0]) > 180) | (np.abs(places[:, 1]) > 90)
    if outside.any():
        raise InputError("candidate_no_place", source=source.name, row=int(frame.index[outside.argmax()]))
    places = datums.to_wgs84(places, datum)
    found = [
        _candidate(source.name, int(row), frame.loc[row], columns, float(x), float(y))
        for row, (x, y) in zip(frame.index, places, strict=True)
    ]
    _demand_each_once(source.name, found)
    return found


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


def _candidate(source: str, row: int, cells: pd.Series, columns: dict[str, Any], lon: float, lat: float) -> Candidate:
    def said(code: str) -> str:
        return fields.fold(cells[columns[code]]) if code in columns else ""

    price = _number(source, row, cells[columns["price"]], columns["price"], money=True) if "price" in columns else None
    room = _number(source, row, cells[columns["room"]], columns["room"]) if "room" in columns else None
    if room is not None and (room < 0 or room != int(room)):
        raise InputError("candidate_number", source=source, row=row, column=str(columns["room"]), value=f"{room:g}")
    if price is not None and price < 0:
        raise InputError("candidate_number", source=source, row=row, column=str(columns["price"]), value=f"{price:g}")
    name = said("name") or said("id") or f"{row}"
    return Candidate(
        id=said("id") or said("name") or f"{row}",
        name=name,
        lon=lon,
        lat=lat,
        source=FILE,
        price=price,
        room=None if room is None else int(room),
        host=said("host"),
        terms=said("terms"),
    )


def _number(source: str, row: Any, cell: Any, column: Any, *, money: bool = False) -> float | None:
    try:
        return fields.money(cell) if money else fields.measure(cell)
    except ValueError:
        said = fields.fold(cell)
        raise InputError("candidate_number", source=source, row=int(row), column=str(column), value=said[:40]) from None


def _demand_each_once(source: str, found: list[Candidate]) -> None:
    """Refuse a name that stands for two places; and a place listed twice under one price and size is a slip too."""
    twice = [one for one, n in Counter(candidate.id for candidate in found).items() if n > 1]
    spots = Counter((round(c.lon, 6), round(c.lat, 6), c.price, c.room) for c in found)
    same = [c.name for c in found if spots[round(c.lon, 6), round(c.lat, 6), c.price, c.room] > 1]
    if twice or same:
        raise InputError("candidate_twice", source=source, names=(twice or same)[:5])
