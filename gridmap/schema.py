"""What the frames that analysis takes must hold, and one function that demands it.

A frame has the field names of the model's dataclasses as columns and the row's ``id`` as index; lengths are
metres in a projected CRS, moments are timezone-aware.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

import geopandas as gpd
import pandas as pd

from gridmap import crs
from gridmap.errors import InputError

Kind = Literal["number", "text", "moment", "any"]
Shape = Literal["polygon", "point", "line"]

# What each column must hold; a column that is not listed here may hold anything.
COLUMNS: Mapping[str, Kind] = MappingProxyType(
    {
        "households": "number",
        "floors": "number",
        "units": "number",
        "kind": "text",
        "use": "text",
        "source": "text",
        "state": "text",
        "outcome": "text",
        "reported_at": "moment",
        "due_at": "moment",
        "arrive_at": "moment",
        "leave_at": "moment",
    }
)
_TYPES: Mapping[Shape, frozenset[str]] = MappingProxyType(
    {
        "polygon": frozenset({"Polygon", "MultiPolygon"}),
        "point": frozenset({"Point"}),
        "line": frozenset({"LineString", "MultiLineString"}),
    }
)


def require(
    frame: pd.DataFrame, *columns: str, geometry: Shape | None = None, projected: bool = True, what: str = "frame"
) -> None:
    """Demand columns and geometry of a frame, and name everything that is missing at once.

    Parameters
    ----------
    frame
        A DataFrame, or a GeoDataFrame where ``geometry`` is given. Its index must not repeat a value.
    columns
        Names that must be there; those of `COLUMNS` must also hold what is said there (empty values are allowed).
    geometry
        Type of the geometries; empty ones are allowed.
    projected
        Whether the CRS must measure metres on the ground (`crs.require_metric`). Only with ``geometry``.
    what
        What the frame is, for the message: ``"buildings"``.

    Raises
    ------
    InputError
        With all faults in one sentence.
    """
    faults = []
    for name in columns:
        if name not in frame.columns:
            faults.append(f"column '{name}' is missing")
        elif not _holds(frame[name], COLUMNS.get(name, "any")):
            faults.append(f"column '{name}' must hold {COLUMNS[name]}s, not {frame[name].dtype}")
    if not frame.index.is_unique:
        faults.append(f"the index repeats {frame.index[frame.index.duplicated()][0]}")
    if geometry is not None:
        faults += _geometry_faults(frame, geometry, projected)
    if faults:
        raise InputError("frame_lacks", what=what, faults="; ".join(faults))


def _geometry_faults(frame: pd.DataFrame, shape: Shape, projected: bool) -> list[str]:
    if not isinstance(frame, gpd.GeoDataFrame) or frame.active_geometry_name is None:
        return [f"it has no geometry ({shape}s are needed)"]
    found = set(frame.geom_type[~frame.geometry.is_empty].dropna()) - _TYPES[shape]
    faults = [f"it holds {', '.join(sorted(found))} where {shape}s are needed"] if found else []
    if projected:
        try:
            crs.require_metric(frame)
        except InputError as error:
            faults.append(str(error))
    return faults


def _holds(column: pd.Series, kind: Kind) -> bool:
    if kind == "any" or column.isna().all():
        return True
    if kind == "number":
        return pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)
    if kind == "moment":
        return isinstance(column.dtype, pd.DatetimeTZDtype)
    return bool(pd.api.types.infer_dtype(column, skipna=True) == "string")
