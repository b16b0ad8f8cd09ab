"""Finds everything that is wrong with the rows of an import, all at once, before anything is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridmap import catalogues, crs, service_kinds
from gridmap.errors import Fault
from gridmap.exchange import field_dates, fields, linking, vector
from gridmap.service_kinds import ServiceKinds

Shape = Literal["polygon", "point", "line"]

SHAPES: Mapping[str, Shape] = {
    "buildings": "polygon",
    "compounds": "polygon",
    "grids": "polygon",
    "gates": "point",
    "service-points": "point",
    "paths": "line",
}
_TYPES = {
    "polygon": ("Polygon", "MultiPolygon"),
    "point": ("Point", "MultiPoint"),
    "line": ("LineString", "MultiLineString"),
}
# Beyond this a building is not a little over the line but somewhere else.
OUTSIDE_M = 50.0
_REACH_M = 100_000.0
# Who has rows beyond it on both sides lies across the 180th meridian, where a map of degrees ends.
_EDGE_LON = 179.0
# A repair that changes the area by more than this may have lost a part of the building.
_REPAIR_SHARE = 0.01
# Longitudes and latitudes of China: a file whose own are the other way round has them swapped.
_CHINA_LON, _CHINA_LAT = (73.0, 136.0), (17.0, 54.0)
_DOUBTS = {
    "empty": "no_geometry",
    "null_island": "zero_coordinates",
    "not_degrees": "off_the_world",
    "outside_crs": "off_the_world",
    "swapped": "swapped",
    "far_away": "far_away",
}
_LONGEST, _LONGEST_USUAL = {"code": 64, "terms": 1000, "legend": 500}, 200
_YES_NO = ("vehicles", "pedestrians", "walled", "lift", "households_estimated")
_NUMBERS: Mapping[str, tuple[Callable[[Any], Any], bool, int]] = {
    # field -> (reader, whether the row cannot be kept without it being right, more than any true one)
    "households": (fields.count, True, 100_000),
    "capacity_households": (fields.count, True, 1_000_000),
    "floors": (fields.count, False, 200),
    "units": (fields.count, False, 1_000),
    "built_year": (field_dates.year, False, 2_100),
    "area_m2": (fields.measure, False, 10_000_000),
    "rent_yuan": (fields.measure, False, 1_000_000_000),
}


def check(
    frame: gpd.GeoDataFrame,
    kind: str,
    *,
    boundary: shapely.MultiPolygon | None = None,
    near: tuple[float, float] | None = None,
    existing: gpd.GeoDataFrame | None = None,
    kinds: ServiceKinds | None = None,
) -> tuple[gpd.GeoDataFrame, list[Fault]]:
    """Find all faults of an import, and return what is left when they are set aside.

    Parameters
    ----------
    frame
        As `columns.named` gives it: our field names, geometry ``geom`` in the CRS declared, index = row from 1.
    kind
        One of `fields.KINDS`.
    boundary
        The community's boundary in WGS 84 where somebody has drawn it. A building more than 50 m outside is
        refused, one that is less far outside is kept with a warning.
    near
        (lon, lat) of the community where it is known, to notice swapped or stray coordinates.
    existing
        Compounds of the community in WGS 84 (``name``; index = id): two buildings of one number in one
        compound are the same building twice.
    kinds
        The community's kinds of service points; by default the program's own.

    Returns
    -------
    tuple
        The rows without a fatal fault, in EPSG:4326, cells read (numbers as ``Int64`` or float, kinds as codes;
        buildings with their ``compound_id``), and every fault in the order of the rows. Where all rows have the same
        fault of place or shape, it is said once, without a row, and no row is left. A row that repeats another's
        footprint and has no number of its own is left out with a warning; one with a name of its own is kept.
    """
    found: list[Fault] = _misplaced(frame, near)
    found += _wrong_types(frame, kind, _rows(found))
    if any(fault.row is None for fault in found):
        return _in_wgs84(frame.iloc[:0], kind), found
    sound = frame.drop(index=_rows(found))
    if SHAPES[kind] == "polygon":
        sound, crossing = _repaired(sound)
        found += crossing
    sound = _in_wgs84(sound, kind)
    sound, unread = read_cells(sound, kind, kinds)
    found += unread
    if kind == "buildings":
        compounds = existing if existing is not None else _no_compounds()
        sound["compound_id"] = linking.compound_of(sound, compounds)
        repeats, twice = _twice(sound)
        sound = sound.drop(index=repeats)
        found += twice
    elif kind in ("compounds", "grids", "service-points"):
        found += _same_names(sound, kind)
    if boundary is not None and kind in ("buildings", "service-points", "gates"):
        found += _outside(sound, boundary, fatal=kind == "buildings")
    found.sort(key=lambda fault: (fault.row or 0, not fault.fatal))
    return sound.drop(index=sound.index.intersection(_rows(found))), found


def kinds_of(shapes: Iterable[shapely.Geometry]) -> tuple[str, ...]:
    """Return the kinds that all of these geometries can be a thing of; those that are empty can be any."""
    types = {shape.geom_type for shape in shapes if not shape.is_empty}
    return tuple(kind for kind, shape in SHAPES.items() if types and types <= set(_TYPES[shape]))


def _rows(found: Iterable[Fault]) -> list[int]:
    """Return the rows that cannot be kept."""
    return sorted({fault.row for fault in found if fault.fatal and fault.row is not None})


def _no_compounds() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"name": []}, geometry=[], crs=crs.WGS84)


def _misplaced(frame: gpd.GeoDataFrame, near: tuple[float, float] | None) -> list[Fault]:
    bounds = frame.bounds.to_numpy()
    x, y = (bounds[:, 0] + bounds[:, 2]) / 2, (bounds[:, 1] + bounds[:, 3]) / 2
    placed = np.isfinite(bounds).all(axis=1) & (np.abs(bounds).max(axis=1, initial=0) > 1e-9)
    geographic = bool(frame.crs.is_geographic)
    if geographic and (x[placed] > _EDGE_LON).any() and (x[placed] < -_EDGE_LON).any():
        return [_all_rows("antimeridian", len(frame))]
    if placed.any() and near is None:
        middle = float(np.median(x[placed])), float(np.median(y[placed]))
        if geographic and _looks_swapped(*middle):
            return [_all_rows("swapped", len(frame), lon=vector.shown(middle[1]), lat=vector.shown(middle[0]))]
        near = middle if geographic else _lon_lat(frame, *middle)
    doubts = crs.doubts(frame, near, _REACH_M)
    if geographic:
        turned = (doubts == "not_degrees") & (np.abs(x) <= 90) & (np.abs(y) <= 180)
        doubts = doubts.mask(turned, "swapped")
    doubts = doubts.mask(~np.isfinite(bounds).all(axis=1) & ~frame.geometry.is_empty, "not_degrees")
    rows: list[Fault] = []
    for doubt in ("swapped", "far_away"):
        if placed.sum() > 1 and (doubts[placed] == doubt).all():
            at = {
                "lon": vector.shown(float(np.median(y[placed]))),
                "lat": vector.shown(float(np.median(x[placed]))),
            }
            rows.append(_all_rows(_DOUBTS[doubt], len(frame), **at))
            doubts = doubts[~placed]
            break
    doubted = doubts[doubts != ""]
    place = pd.DataFrame({"x": x, "y": y}, index=frame.index).loc[doubted.index]
    return rows + [
        Fault(problem=_DOUBTS[doubt], row=int(row), fields={"x": vector.shown(at_x), "y": vector.shown(at_y)})
        for row, doubt, at_x, at_y in zip(doubted.index, doubted, place["x"], place["y"], strict=True)
    ]


def _looks_swapped(x: float, y: float) -> bool:
    between = _CHINA_LAT[0] <= x <= _CHINA_LAT[1] and _CHINA_LON[0] <= y <= _CHINA_LON[1]
    return between or abs(x) <= 90 < abs(y) <= 180


def _lon_lat(frame: gpd.GeoDataFrame, x: float, y: float) -> tuple[float, float]:
    place = gpd.GeoSeries([shapely.Point(x, y)], crs=frame.crs).to_crs(crs.WGS84).iloc[0]
    return float(place.x), float(place.y)


def _all_rows(problem: str, n: int, **more: Any) -> Fault:
    return Fault(problem=f"{problem}_all", fields={"n": n, **more})


def _wrong_types(frame: gpd.GeoDataFrame, kind: str, done: list[int]) -> list[Fault]:
    wanted = SHAPES[kind]
    types = frame.geom_type.drop(index=done)
    parts = pd.Series(shapely.get_num_geometries(frame.geometry.to_numpy()), frame.index).drop(index=done)
    wrong = ~types.isin(_TYPES[wanted]) | ((types == "MultiPoint") & (parts != 1))
    if len(types) > 1 and wrong.all() and (types == types.iloc[0]).all():
        return [_all_rows(f"{wanted}_wanted", len(types), found=types.iloc[0])]
    return [
        Fault(problem=f"{wanted}_wanted", row=int(row), fields={"found": found}) for row, found in types[wrong].items()
    ]


def _repaired(frame: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, list[Fault]]:
    shapes = frame.geometry.to_numpy().copy()
    found = []
    dropped = []
    for position in np.flatnonzero(~shapely.is_valid(shapes) | (shapely.area(shapes) <= 0)):
        row, shape = int(frame.index[position]), shapes[position]
        if shapely.area(shape) <= 0 and shapely.is_valid(shape):
            found.append(Fault(problem="no_area", row=row))
            dropped.append(row)
            continue
        where = shapely.is_valid_reason(shape)
        mended = _polygons_of(shapely.make_valid(shape))
        area = shapely.area(mended)
        lost = abs(area - shapely.area(shape)) / area if area > 0 else 1.0
        fatal = bool(lost > _REPAIR_SHARE)
        found.append(Fault(problem="self_crossing" if fatal else "repaired", row=row, fatal=fatal, value=where))
        if fatal:
            dropped.append(row)
        shapes[position] = mended
    fixed = frame.set_geometry(gpd.GeoSeries(shapes, index=frame.index, crs=frame.crs))
    return fixed.drop(index=dropped), found


def _polygons_of(shape: shapely.Geometry) -> shapely.MultiPolygon:
    """Return the polygons among a geometry's parts, also those of nested collections."""
    parts = shapely.get_parts(shapely.get_parts(shape))
    return shapely.MultiPolygon([part for part in parts if part.geom_type == "Polygon" and part.area > 0])


def _in_wgs84(frame: gpd.GeoDataFrame, kind: str) -> gpd.GeoDataFrame:
    out = frame.to_crs(crs.WGS84)
    shapes = out.geometry.to_numpy()
    if SHAPES[kind] == "polygon":
        fitted = [shapely.MultiPolygon(list(shapely.get_parts(shape))) for shape in shapes]
    elif SHAPES[kind] == "point":
        fitted = [shapely.get_parts(shape)[0] for shape in shapes]
    else:
        fitted = [shapely.line_merge(shape) for shape in shapes]
    out = out.set_geometry(gpd.GeoSeries(fitted, index=out.index, crs=out.crs))
    # A path in several pieces becomes several paths: what is one row of the store is one line.
    return out.explode(index_parts=False) if kind == "paths" else out


def read_cells(
    frame: gpd.GeoDataFrame, kind: str, kinds: ServiceKinds | None = None
) -> tuple[gpd.GeoDataFrame, list[Fault]]:
    """Return ``frame`` with its cells read, and what is wrong with them."""
    out = frame.copy()
    found: list[Fault] = []
    for column in out.columns.drop("geom"):
        if column in _NUMBERS:
            out[column], unread = _read_numbers(out[column], *_NUMBERS[column])
            found += unread
        elif column in _YES_NO:
            out[column] = pd.Series([fields.truth(value) for value in out[column]], out.index, dtype="boolean")
        elif column not in ("kind", "use", "colour"):
            text = out[column].map(fields.text)
            limit = _LONGEST.get(str(column), _LONGEST_USUAL)
            out[column] = text.str.slice(0, limit)
            found += [
                Fault(problem="too_long", row=int(row), column=str(column), fatal=False, fields={"limit": limit})
                for row in text.index[text.str.len() > limit]
            ]
    for column, reader, problem, allowed, fatal in _coded(kind, kinds or service_kinds.default()):
        if column not in out.columns:
            if fatal:
                heading = fields.heading(kind, column)
                found.append(Fault(problem="column_missing", column=heading, fields={"allowed": allowed}))
            continue
        said = out[column].map(fields.fold)
        out[column] = pd.Series([reader(value) for value in said], out.index, dtype="object")
        unknown = said[out[column].isna() & ((said != "") | fatal)]
        found += [
            Fault(problem=problem, row=int(row), column=column, value=str(value)[:40], fatal=fatal,
                  fields={"allowed": allowed})
            for row, value in unknown.items()
        ]  # fmt: skip
    if kind == "compounds":
        found += _without_names(out)
    return out, found


def _coded(kind: str, kinds: ServiceKinds) -> list[tuple[str, Callable[[Any], Any], str, list[str], bool]]:
    """Return the columns of a kind that hold one of a list: column, reader, problem, what is allowed, fatal."""
    points = [one.zh for one in kinds.live()]
    colours = [str(entry["key"]) for entry in catalogues.entries("grid_palette", "key").values()]
    if kind == "service-points":
        return [
            ("kind", lambda said: fields.service_kind(said, kinds), "service_kind", points, True),
            ("tenure", fields.tenure, "value_unknown", fields.listed("tenure"), False),
            ("tenure_until", field_dates.day_or_none, "not_a_day", [], False),
        ]
    columns: dict[str, tuple[str, Callable[[Any], Any], str, list[str], bool]] = {
        "buildings": ("use", fields.building_use, "value_unknown", fields.listed("building_use"), False),
        "compounds": ("kind", fields.compound_kind, "value_unknown", fields.listed("compound_kind"), False),
        "paths": ("kind", fields.path_kind, "value_unknown", fields.listed("path_kind"), False),
        "grids": ("colour", fields.colour, "value_unknown", colours, False),
        "gates": ("open_hours", fields.hours, "value_unknown", ["06:00-22:00"], False),
    }
    return [columns[kind]] if kind in columns else []


def _without_names(frame: gpd.GeoDataFrame) -> list[Fault]:
    if "name" not in frame.columns:
        heading = fields.heading("compounds", "name")
        return [Fault(problem="column_missing", column=heading, fields={"allowed": ["边家村小区"]})]
    return [Fault(problem="name_missing", row=int(row)) for row in frame.index[frame["name"] == ""]]


def _read_numbers(
    column: pd.Series, reader: Callable[[Any], Any], fatal: bool, largest: int
) -> tuple[pd.Series, list[Fault]]:
    name = str(column.name)
    read: list[Any] = []
    found = []
    for row, value in zip(column.index.tolist(), column.tolist(), strict=True):
        problem, number = "", None
        try:
            number = reader(value)
        except ValueError:
            problem = "not_a_number"
        if number is not None and number < 0:
            problem, number = "negative", None
        if number is not None and number > largest:
            problem, number = "too_large", None
        if problem:
            said = fields.fold(value)[:40]
            limit = {"limit": largest} if problem == "too_large" else {}
            found.append(Fault(problem=problem, row=row, column=name, value=said, fatal=fatal, fields=limit))
        read.append(number)
    return pd.Series(read, column.index, dtype="Float64" if reader is fields.measure else "Int64", name=name), found


def _twice(frame: gpd.GeoDataFrame) -> tuple[list[int], list[Fault]]:
    """Find buildings that come twice: return the rows to leave out, and the faults."""
    found = []
    keys = frame["number"].map(fields.number_key) if "number" in frame.columns else pd.Series("", frame.index)
    outlines = pd.Series(shapely.to_wkb(shapely.normalize(frame.geometry.to_numpy())), index=frame.index)
    first = outlines.drop_duplicates(keep="first")
    first_of = dict(zip(first, first.index.tolist(), strict=True))
    names = frame["name"].map(fields.name_key) if "name" in frame.columns else pd.Series("", frame.index)
    repeats = []
    for row in outlines.index[outlines.duplicated(keep="first")].tolist():
        other = first_of[outlines[row]]
        if names[row] and names[other] and names[row] != names[other]:
            problem = "footprint_shared"
        elif keys[row] == "":
            problem = "footprint_repeated"
            repeats.append(row)
        else:
            # One number twice, or two numbers for one footprint: only the person can settle it.
            problem = "footprint_twice"
        found.append(Fault(problem=problem, row=row, fatal=problem == "footprint_twice", fields={"other": other}))
    return repeats, found + numbers_twice(frame.drop(index=frame.index.intersection(_rows(found))))


def numbers_twice(frame: gpd.GeoDataFrame, *, homeless: str = "") -> list[Fault]:
    """Find buildings of one compound and one number; ``homeless`` stands for no compound where that counts, too."""
    keys = frame["number"].map(fields.number_key) if "number" in frame.columns else pd.Series("", frame.index)
    named = frame["compound"].map(fields.name_key) if "compound" in frame.columns else pd.Series("", frame.index)
    home = named.where(frame["compound_id"].isna(), frame["compound_id"].astype("string")).replace("", homeless)
    numbered = pd.DataFrame({"home": home, "key": keys})[(keys != "") & (home != "")]
    found = []
    for _, group in numbered[numbered.duplicated(keep=False)].groupby(["home", "key"], sort=False):
        found += [
            Fault(
                problem="number_twice",
                row=int(row),
                column="number",
                value=str(frame.loc[row, "number"]),
                fields={"other": int(group.index[0])},
            )
            for row in group.index[1:]
        ]
    return found


def _same_names(frame: gpd.GeoDataFrame, kind: str) -> list[Fault]:
    if "name" not in frame.columns:
        return []
    named = frame["name"].map(fields.name_key)
    if kind == "service-points" and "kind" in frame.columns:
        named = named.where(named == "", frame["kind"].fillna("").astype(str) + "/" + named)
    named = named[named != ""]
    first_of = {name: row for row, name in reversed(list(named.items()))}
    return [
        Fault(problem="name_twice", row=int(row), column="name", value=str(frame.loc[row, "name"])[:40],
              fields={"other": int(first_of[named[row]])})
        for row in named.index[named.duplicated(keep="first")]
    ]  # fmt: skip


def _outside(frame: gpd.GeoDataFrame, boundary: shapely.MultiPolygon, *, fatal: bool) -> list[Fault]:
    if boundary.is_empty or frame.empty:
        return []
    places = frame.geometry.representative_point()
    shapely.prepare(boundary)
    beyond = places[~shapely.covers(boundary, places.to_numpy())]
    if beyond.empty:
        return []
    metric = crs.metric_crs(boundary)
    line = gpd.GeoSeries([boundary], crs=crs.WGS84).to_crs(metric).iloc[0]
    away_m = beyond.to_crs(metric).distance(line)
    return [
        Fault(
            problem="outside", row=int(row), fatal=fatal and bool(metres > OUTSIDE_M), fields={"away_m": round(metres)}
        )
        for row, metres in away_m.items()
    ]
