"""The layers of the map as GeoJSON: geometry rounded to a centimetre, and only the properties the map needs.

Buildings are many: their shapes are packed, so that the browser has a tenth of the objects to make of them. A packed
feature has no ``geometry`` but ``rings``: the rings of all its parts without their last place, which is the first. A
ring is ``[lon, lat, dlon, dlat, ...]``, whole numbers of 1e-7 degrees; each place after the first by its step.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

PROPERTIES: Mapping[str, tuple[str, ...]] = {
    "boundary": ("id",),
    "grids": ("id", "name", "colour", "letter", "label_at"),
    "compounds": ("id", "name", "walled", "label_at"),
    "paths": ("id", "kind", "name"),
    "ground": ("id", "kind"),
    "buildings": ("id", "number", "compound", "households", "estimated", "use", "grid_id"),
    "gates": ("id", "name"),
    "points": ("id", "kind", "name"),
    "issues": ("id", "group", "title"),
    "walks": ("id", "planned"),
    "stops": ("id", "seq", "building_id", "title"),
}
"""What a layer tells the browser; a column that is not named here never leaves the server."""

PACKED = frozenset({"buildings"})
"""Layers of polygons whose shapes are packed."""
DECIMALS = 7  # of a degree: about a centimetre


def geojson(name: str, frame: gpd.GeoDataFrame) -> bytes:
    """Return a layer as a GeoJSON FeatureCollection in UTF-8.

    Parameters
    ----------
    name
        Name of the layer, a key of ``PROPERTIES``.
    frame
        Rows in WGS 84, indexed by id, with the columns that ``PROPERTIES`` names (``id`` is made here, and
        ``label_at``, a place inside the shape, where the frame has none). Rows without a place are left out.

    Raises
    ------
    KeyError
        If there is no such layer, or a column is missing.
    """
    columns = PROPERTIES[name]
    shapes_given = np.asarray(frame.geometry)
    # geopandas warns of its notna() wherever a shape is empty.
    known = ~(shapely.is_missing(shapes_given) | shapely.is_empty(shapes_given))
    placed, geometries = frame[known], shapes_given[known]
    values: dict[str, Iterable[Any]] = {}
    for column in columns:
        if column == "id":
            values[column] = placed.index.tolist()
        elif column == "label_at" and column not in placed:
            values[column] = inside(geometries)
        else:
            values[column] = [_plain(v) for v in placed[column].astype(object).tolist()]
    if name in PACKED:
        shapes = [f'null,"rings":{rings}' for rings in _packed(geometries)]
    else:
        rounded = shapely.transform(geometries, lambda xy: xy.round(DECIMALS))
        shapes = shapely.to_geojson(rounded).tolist() if len(rounded) else []
    rows = zip(*values.values(), strict=True)
    features = [
        f'{{"type":"Feature","properties":{json.dumps(dict(zip(columns, row, strict=True)), ensure_ascii=False)},'
        f'"geometry":{shape}}}'
        for row, shape in zip(rows, shapes, strict=True)
    ]
    return ('{"type":"FeatureCollection","features":[' + ",".join(features) + "]}").encode()


def inside(geometries: np.ndarray) -> list[list[float]]:
    """Return a place inside each shape, (lon, lat), where its name may stand."""
    return shapely.get_coordinates(shapely.point_on_surface(geometries)).round(DECIMALS).tolist()  # type: ignore[no-any-return]


def _packed(polygons: np.ndarray) -> list[str]:
    """Return the rings of each polygon or multipolygon, packed, as JSON."""
    parts, part_of = shapely.get_parts(polygons, return_index=True)
    rings, ring_of = shapely.get_rings(parts, return_index=True)
    places, place_of = shapely.get_coordinates(rings, return_index=True)
    whole = np.rint(places * 10**DECIMALS).astype(np.int64)
    new_ring = np.diff(place_of, prepend=-1) != 0
    steps = np.where(new_ring[:, None], whole, np.diff(whole, axis=0, prepend=0))
    kept = np.diff(place_of, append=-1) == 0  # all but the last of each ring
    numbers = steps[kept].ravel().tolist()
    ends = 2 * np.cumsum(np.bincount(place_of[kept], minlength=len(rings)))
    packed: list[list[list[int]]] = [[] for _ in polygons]
    start = 0
    for owner, end in zip(part_of[ring_of].tolist(), ends.tolist(), strict=True):
        packed[owner].append(numbers[start:end])
        start = end
    return [json.dumps(one, separators=(",", ":")) for one in packed]


def _plain(value: Any) -> Any:
    if value is None or value is pd.NA or value != value:  # NaN and NaT are not JSON
        return None
    item = getattr(value, "item", None)
    return item() if item else value
