"""Reads an extract of OpenStreetMap (``.osm.pbf``, ``.osm``): buildings, paths, walls and gates, each as a part."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
import shapely

from gridmap import settings
from gridmap.errors import InputError
from gridmap.exchange import opening, vector
from gridmap.exchange.source import Part, Source

# A way through a wall, and what a wall is not: both are written barrier=* (wiki.openstreetmap.org/wiki/Key:barrier).
_GATES = (
    "gate", "lift_gate", "swing_gate", "sliding_gate", "wicket_gate", "kissing_gate", "hampshire_gate", "bump_gate",
    "sally_port", "entrance", "turnstile", "full-height_turnstile", "stile",
)  # fmt: skip
_NO_WALLS = (
    "kerb", "bollard", "chain", "rope", "cable", "block", "log", "cattle_grid", "cycle_barrier", "motorcycle_barrier",
    "border_control", "toll_booth", "height_restrictor", "bus_trap", "debris", "no",
)  # fmt: skip
_NO_PATHS = ("construction", "proposed", "razed", "abandoned", "raceway", "no")
_KINDS = {"buildings": ("buildings",), "paths": ("paths",), "walls": (), "gates": ("gates",)}


def is_osm(head: bytes) -> bool:
    """Whether the first bytes of a file are those of a PBF extract: the length of a header, and its type."""
    return head[4:15] == b"\x0a\x09OSMHeader"


def read(path: Path, *, part: str | None = None, crs: str | None = None) -> Source:
    """Read one part of an extract.

    Parameters
    ----------
    path
        The file.
    part
        ``buildings``, ``paths``, ``walls`` or ``gates``. Walls are what else is tagged ``barrier=*`` along a line; one
        that runs round is an area. Gates drawn as a line are the middle of it.
    crs
        The CRS to believe instead of WGS 84, in which OpenStreetMap is.

    Raises
    ------
    InputError
        If it is damaged, there is no such part or nothing in it, or none is named.
    """
    if part is None:
        raise InputError("several_layers", source=path.name, layers=list(_KINDS))
    if part not in _KINDS:
        raise InputError("layer_missing", source=path.name, layer=part, layers=list(_KINDS))
    readers: dict[str, Callable[[str], gpd.GeoDataFrame]] = {
        "buildings": _buildings, "paths": _paths, "walls": _walls, "gates": _gates
    }  # fmt: skip
    ending = ".osm" if opening.first_bytes(path, path.name).lstrip().startswith(b"<") else ".osm.pbf"
    try:
        with opening.plain(path, ending, copy=True) as file, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            opening.confine_gdal()
            if pyogrio.read_info(str(file), layer="lines")["driver"] != "OSM":
                raise InputError("format_unknown", source=path.name, formats=opening.FORMATS)
            frame = readers[part](str(file))
    except InputError:
        raise
    except opening.UNREADABLE as fault:
        raise InputError("file_damaged", source=path.name) from fault
    if frame.empty:
        raise InputError("no_rows", source=path.name, layer=part)
    frame = frame.loc[:, frame.notna().any()].reset_index(drop=True)
    frame.index = pd.RangeIndex(1, len(frame) + 1, name="row")
    return Source(name=path.name, part=part, frame=vector.placed(frame, path.name, crs), encoding="UTF-8")


def parts(path: Path) -> list[Part]:
    """Return the parts that an extract is read in; what is in them is not counted before one is read.

    Raises
    ------
    InputError
        As `read` does, where the file cannot be opened.
    """
    opening.first_bytes(path, path.name)
    return [Part(name=name, rows=None, spatial=True, kinds=kinds) for name, kinds in _KINDS.items()]


def _tagged(file: str, layer: str, where: str) -> gpd.GeoDataFrame:
    found = pyogrio.read_dataframe(
        file,
        layer=layer,
        where=where,
        CONFIG_FILE=str(settings.data_dir() / "osm_tags.ini"),
        on_invalid="ignore",
    )
    return found if isinstance(found, gpd.GeoDataFrame) else gpd.GeoDataFrame(found, geometry=[], crs="EPSG:4326")


def _buildings(file: str) -> gpd.GeoDataFrame:
    found = _tagged(file, "multipolygons", "building IS NOT NULL AND building <> 'no'")
    return found.drop(columns=[name for name in ("barrier", "highway") if name in found.columns])


def _paths(file: str) -> gpd.GeoDataFrame:
    found = _tagged(file, "lines", f"highway IS NOT NULL AND highway NOT IN {_NO_PATHS}")
    return found.drop(columns=[name for name in ("barrier", "building") if name in found.columns])


def _walls(file: str) -> gpd.GeoDataFrame:
    where = f"barrier IS NOT NULL AND barrier NOT IN {(*_GATES, *_NO_WALLS)}"
    lines, areas = (_tagged(file, layer, where) for layer in ("lines", "multipolygons"))
    closed = shapely.is_closed(lines.geometry.to_numpy()) & (shapely.get_num_points(lines.geometry.to_numpy()) > 3)
    shapes = [shapely.Polygon(line) if ring else line for line, ring in zip(lines.geometry, closed, strict=True)]
    return _stacked(lines.set_geometry(gpd.GeoSeries(shapes, index=lines.index, crs=lines.crs)), areas)


def _gates(file: str) -> gpd.GeoDataFrame:
    points, lines = (_tagged(file, layer, f"barrier IN {_GATES}") for layer in ("points", "lines"))
    middles = shapely.line_interpolate_point(lines.geometry.to_numpy(), 0.5, normalized=True)
    return _stacked(points, lines.set_geometry(gpd.GeoSeries(middles, index=lines.index, crs=lines.crs)))


def _stacked(*frames: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    full = [frame for frame in frames if not frame.empty]
    return pd.concat(full, ignore_index=True) if full else frames[0]
