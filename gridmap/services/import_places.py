"""Where the rows of a file are: by its own shapes, by coordinates in cells, by an address, or by a person's click."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from pyproj.exceptions import CRSError

from gridmap import crs, datums
from gridmap.datums import Datum
from gridmap.errors import Fault, InputError
from gridmap.exchange import columns, doubts, fields
from gridmap.exchange.doubts import DatumDoubt
from gridmap.services import import_addresses
from gridmap.services.import_kinds import ImportKind
from gridmap.services.import_preview import Match, Order
from gridmap.services.import_scene import Scene
from gridmap.services.tally import Note

_AROUND_DEGREES = re.compile(r"^(?:东经|北纬|经度|纬度|[ENen])[:\s]*|[°\s]*[ENen]?$")
_SEXAGESIMAL = re.compile(r"(\d{1,3})[°度]\s*(\d{1,2}(?:\.\d+)?)(?:['′分]\s*(?:(\d{1,2}(?:\.\d+)?)[\"″秒]?)?)?")
# Beyond this nothing is in degrees.
_WIDEST_DEG = 180.0
_WEB_MERCATOR = 3857
_NOWHERE = shapely.MultiPolygon()


@dataclass(kw_only=True)
class Placed:
    """Rows with their places.

    Parameters
    ----------
    frame
        Our field names; ``geom`` where the kind has places, ``building_id`` (``Int64``) where rows of a table have.
    faults
        Rows whose place cannot be read or is not known.
    notes
        What was done about places.
    matches
        Buildings found for what rows say.
    unplaced
        Rows that say where they are, and were not found.
    doubt
        What speaks against the datum.
    otherwise
        Where the rows would be in the likely datum, in WGS 84.
    """

    frame: Any
    faults: list[Fault] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    matches: list[Match] = field(default_factory=list)
    unplaced: list[int] = field(default_factory=list)
    doubt: DatumDoubt | None = None
    otherwise: gpd.GeoSeries | None = None


def of_shapes(frame: gpd.GeoDataFrame, of: ImportKind, order: Order, scene: Scene) -> Placed:
    """Take the shapes of a map file out of the CRS and the datum that it is said to be in."""
    if order.crs is not None:
        frame = frame.set_crs(_crs(order.crs), allow_override=True)
    datum = Datum(order.datum)
    if datum is not Datum.WGS84 and not frame.crs.is_geographic and frame.crs.to_epsg() != _WEB_MERCATOR:
        raise InputError("datum_of_metres", crs=frame.crs.to_string(), datum=order.datum)
    placed = Placed(frame=frame if datum is Datum.WGS84 else datums.undo(frame, datum))
    if frame.crs.is_geographic or frame.crs.to_epsg() == _WEB_MERCATOR:
        _doubt(frame.geometry, of, datum, scene, placed)
    return placed


def of_cells(
    frame: pd.DataFrame, of: ImportKind, order: Order, scene: Scene, tell: Callable[[float], None] = lambda _: None
) -> Placed:
    """Find the places of the rows of a table.

    Parameters
    ----------
    frame
        Cells under our field names.
    of, order, scene
        What they are, how they are read, and where they come.
    tell
        Called with the share of the rows that is done.

    Raises
    ------
    InputError
        If only a map file can draw what is imported, or the coordinates are of an unknown CRS.
    """
    known = columns.of_kind(of.name)
    if of.shape is not None and "lon" not in known:
        raise InputError("needs_map_file", kind=of.name)
    if not {"lon", "address"} & set(known):
        return Placed(frame=frame)
    placed = Placed(frame=frame)
    geom = _points(frame, of, order, scene, placed)
    building, placed.matches = import_addresses.match(frame, of, order, scene, tell)
    for row, where in order.placements.items():
        if row in geom.index and not isinstance(where, int):
            geom[row] = shapely.Point(where)
    placed.unplaced = [
        match.row for match in placed.matches if not match.taken and match.said and geom[match.row].is_empty
    ]
    rest = frame.drop(columns=["lon", "lat"], errors="ignore")
    sure = pd.Series(
        {match.row: match.confidence for match in placed.matches if match.taken and match.why}, dtype=float
    )
    rest = rest.assign(building_id=building, place_confidence=sure.reindex(frame.index))
    placed.frame = _drawn(rest, geom.tolist())
    if of.name == "buildings":
        _into_footprints(placed, scene)
    elif of.name == "compounds":
        _into_walls(placed, scene)
    elif of.shape == "point":
        _to_buildings(placed, scene)
    return placed


def _doubt(shapes: gpd.GeoSeries, of: ImportKind, datum: Datum, scene: Scene, placed: Placed) -> None:
    """Notice that the file fits what is there far better in another datum than in the one said."""
    there = gpd.GeoDataFrame(geometry=shapes[~(shapes.isna() | shapes.is_empty)])
    placed.doubt = doubts.doubt(
        there, of.name, datum, buildings=scene.buildings, compounds=scene.compounds, boundary=scene.boundary
    )
    if placed.doubt is not None:
        placed.otherwise = datums.undo(there, placed.doubt.likely).geometry


def _points(frame: pd.DataFrame, of: ImportKind, order: Order, scene: Scene, placed: Placed) -> pd.Series:
    """Return the points that stand in cells, in WGS 84; empty where none do."""
    found = pd.Series([shapely.Point()] * len(frame), index=frame.index, dtype="object")
    if not {"lon", "lat"} <= set(frame.columns):
        return found
    lon, lat = (_numbers(frame[name], placed) for name in ("lon", "lat"))
    # Zeros stand where nothing is known.
    there = lon.notna() & lat.notna() & ((lon != 0) | (lat != 0))
    x, y = lon[there].to_numpy(dtype=float), lat[there].to_numpy(dtype=float)
    if not len(x):
        return found
    if order.crs is not None:
        x, y = _from_metres(x, y, order.crs, placed)
    elif max(np.abs(x).max(), np.abs(y).max()) > 10 * _WIDEST_DEG:
        raise InputError("cells_in_metres", x=f"{x[0]:.0f}", y=f"{y[0]:.0f}")
    elif _swapped(x, y):
        x, y = y, x
        placed.notes.append(Note(key="lonlat_swapped", fields={"n": len(x)}))
    datum = Datum(order.datum)
    given = gpd.GeoSeries(shapely.points(x, y), index=found.index[there], crs=crs.WGS84)
    _doubt(given, of, datum, scene, placed)
    found[there] = list(shapely.points(datums.to_wgs84(np.column_stack([x, y]), datum)))
    return found


def _numbers(cells: pd.Series, placed: Placed) -> pd.Series:
    read = pd.to_numeric(cells, errors="coerce").astype(float)
    unread = cells[read.isna() & cells.notna()]
    for row, cell in zip(unread.index.tolist(), unread.tolist(), strict=True):
        try:
            found = _degrees(cell)
        except ValueError:
            said = fields.fold(cell)[:40]
            placed.faults.append(Fault(problem="not_a_coordinate", row=row, column=str(cells.name), value=said))
            continue
        read.loc[row] = math.nan if found is None else found
    return read


def _degrees(cell: Any) -> float | None:
    """Read a coordinate such as ``108.94``, ``东经108.94°`` or ``108°56′24″``; None where nothing stands."""
    text = _AROUND_DEGREES.sub("", fields.fold(cell))
    parts = _SEXAGESIMAL.fullmatch(text)
    if parts is not None:
        whole, minutes, seconds = (float(part or 0) for part in parts.groups())
        return whole + minutes / 60 + seconds / 3600
    return fields.measure(text)


def _swapped(x: Any, y: Any) -> bool:
    """Whether columns of degrees within China stand the other way round, as most of their rows say."""
    right = (x >= 73) & (x <= 136) & (y >= 17) & (y <= 54)
    turned = (y >= 73) & (y <= 136) & (x >= 17) & (x <= 54)
    return bool(turned.sum() > right.sum())


def _from_metres(x: Any, y: Any, code: str, placed: Placed) -> tuple[Any, Any]:
    """Return degrees; surveyors' X is the northing, others' is the easting: the one within the CRS's area is meant."""
    projection = _crs(code)
    to_degrees = pyproj.Transformer.from_crs(projection, crs.WGS84, always_xy=True)
    area = projection.area_of_use
    lon, lat = to_degrees.transform(x, y)
    turned_lon, turned_lat = to_degrees.transform(y, x)
    if area is not None:
        inside = [
            ((a >= area.west) & (a <= area.east) & (b >= area.south) & (b <= area.north)).sum()
            for a, b in ((lon, lat), (turned_lon, turned_lat))
        ]
        if inside[1] > inside[0]:
            placed.notes.append(Note(key="northing_first", fields={"n": len(x)}))
            return turned_lon, turned_lat
    return lon, lat


def _crs(code: str) -> pyproj.CRS:
    try:
        return pyproj.CRS.from_user_input(code)
    except CRSError as fault:
        raise InputError("crs_unknown", crs=code) from fault


def _into_footprints(placed: Placed, scene: Scene) -> None:
    """Give rows about buildings the footprint of the building they are about; a table can draw none.

    Before any footprint has come in, a row that is about no building is a new one without a place.
    """
    frame = placed.frame
    inside = _containing(frame[frame["building_id"].isna()], scene.buildings)
    frame["building_id"] = frame["building_id"].fillna(inside)
    before = scene.buildings.geometry.is_empty.all()
    lost = [] if before else frame.index[frame["building_id"].isna()].tolist()
    if before:
        placed.unplaced = []
    said = {match.row: match.said for match in placed.matches}
    placed.faults += [
        Fault(problem="building_unknown", row=int(row), value=said.get(int(row), "")[:40]) for row in lost
    ]
    placed.unplaced = sorted({*placed.unplaced, *map(int, lost)} - {int(row) for row in inside.dropna().index})
    frame = frame.drop(index=lost)
    ids = frame["building_id"]
    frame = _drawn(frame, [_NOWHERE if pd.isna(one) else scene.buildings.geometry[one] for one in ids])
    frame["without_place"] = frame.geometry.is_empty
    names = scene.buildings["compound_id"].map(scene.compounds["name"]).fillna("")
    kept = pd.Series(["" if pd.isna(one) else names[one] for one in ids], ids.index, dtype="object")
    if "compound" in frame.columns:
        frame["compound"] = kept.where(kept != "", frame["compound"])
    placed.frame = frame.drop(columns=["building_id", "place_confidence"])


def _into_walls(placed: Placed, scene: Scene) -> None:
    """Give rows about compounds the outline that is kept of the compound of that name."""
    frame = placed.frame
    by_name = dict(zip(scene.compounds["name"].map(fields.name_key), scene.compounds.geometry, strict=True))
    shapes = [by_name.get(fields.name_key(fields.fold(name))) for name in frame.get("name", [])]
    outlines = pd.Series(shapes, index=frame.index, dtype=object)
    rows = zip(outlines.index.tolist(), outlines.tolist(), strict=True)
    lost = [row for row, shape in rows if shape is None or shape.is_empty]
    names = dict(zip(frame.index, frame.get("name", []), strict=False))
    placed.faults += [
        Fault(problem="compound_unknown", row=row, value=fields.fold(names.get(row))[:40]) for row in lost
    ]
    frame = frame.drop(index=lost)
    frame = _drawn(frame, outlines.drop(index=lost).tolist())
    placed.frame = frame.drop(columns=["building_id", "place_confidence"])


def _to_buildings(placed: Placed, scene: Scene) -> None:
    """Put rows without coordinates into the building found for them; say which have no place."""
    frame = placed.frame
    shapes = frame.geometry.copy()
    for row in frame.index[shapes.is_empty & frame["building_id"].notna()]:
        shapes[row] = scene.buildings.geometry[int(frame.at[row, "building_id"])].representative_point()
    lost = [int(row) for row in frame.index[shapes.is_empty]]
    said = {match.row: match.said for match in placed.matches}
    done = {fault.row for fault in placed.faults}
    placed.faults += [
        Fault(problem="place_unknown", row=row, value=said.get(row, "")[:40]) for row in lost if row not in done
    ]
    placed.unplaced = sorted({*placed.unplaced, *lost})
    placed.frame = _drawn(frame, shapes.tolist()).drop(index=lost).drop(columns=["building_id", "place_confidence"])


def _drawn(frame: pd.DataFrame, shapes: list[shapely.Geometry]) -> gpd.GeoDataFrame:
    """Return a frame with these shapes in WGS 84 as its places."""
    placed = gpd.GeoSeries(shapes, index=frame.index, crs=crs.WGS84)
    return gpd.GeoDataFrame(pd.DataFrame(frame).assign(geom=placed), geometry="geom")


def _containing(points: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame) -> pd.Series:
    found = pd.Series(pd.NA, index=points.index, dtype="Int64")
    there = points.geometry[~points.geometry.is_empty]
    if not there.empty and not buildings.empty:
        row, column = buildings.sindex.query(there.to_numpy(), predicate="within")
        found[there.index[row]] = buildings.index.to_numpy()[column]
    return found
