"""GeoPackage's binary geometries (OGC 12-128r17, clause 2.1.3): a small header before plain WKB.

All geometries are two-dimensional, in EPSG:4326 and little-endian.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely

SRS_ID = 4326

_LITTLE_ENDIAN = 0x01
_ENVELOPE_XY = 0x02
_EMPTY = 0x10
_HEADER = struct.Struct("<2sBBi")
_ENVELOPE = struct.Struct("<4d")
# Bytes of the envelope by its indicator code: none, XY, XYZ, XYM, XYZM.
_ENVELOPE_SIZE = (0, 32, 48, 48, 64)


def encode(geometry: shapely.Geometry) -> bytes:
    """Return ``geometry`` as a GeoPackage keeps it: with its envelope, or marked as empty without one."""
    wkb: bytes = shapely.to_wkb(geometry, output_dimension=2, byte_order=1)
    if shapely.is_empty(geometry):
        return _HEADER.pack(b"GP", 0, _LITTLE_ENDIAN | _EMPTY, SRS_ID) + wkb
    min_x, min_y, max_x, max_y = shapely.bounds(geometry)
    header = _HEADER.pack(b"GP", 0, _LITTLE_ENDIAN | _ENVELOPE_XY, SRS_ID)
    return header + _ENVELOPE.pack(min_x, max_x, min_y, max_y) + wkb


def decode(blob: bytes) -> shapely.Geometry:
    """Return the geometry of ``blob``, in two dimensions.

    Raises
    ------
    ValueError
        If ``blob`` is no GeoPackage geometry.
    """
    return shapely.force_2d(shapely.from_wkb(_wkb(blob)))


def decode_all(blobs: Sequence[bytes | None]) -> np.ndarray[Any, Any]:
    """Return the geometries of many ``blobs`` at once, in their order, None for None.

    Raises
    ------
    ValueError
        If one of them is no GeoPackage geometry.
    """
    wkb = np.empty(len(blobs), dtype=object)
    wkb[:] = [None if blob is None else _wkb(blob) for blob in blobs]
    geometries: np.ndarray[Any, Any] = shapely.force_2d(shapely.from_wkb(wkb))
    return geometries


def is_empty(blob: bytes | None) -> int | None:
    """Answer ``ST_IsEmpty`` as the RTree triggers ask it; None for what is no geometry."""
    if blob is None or blob[:2] != b"GP" or len(blob) < _HEADER.size:
        return None
    return 1 if blob[3] & _EMPTY else 0


def bounds(blob: bytes | None) -> tuple[float, float, float, float] | None:
    """Return (min x, max x, min y, max y) of ``blob``; None for an empty one or for what is no geometry."""
    if blob is None or is_empty(blob) != 0:
        return None
    flags = blob[3]
    try:
        if flags >> 1 & 7:
            order = "<4d" if flags & _LITTLE_ENDIAN else ">4d"
            envelope: tuple[float, float, float, float] = struct.unpack_from(order, blob, _HEADER.size)
            return envelope
        # Points written by GDAL carry no envelope.
        min_x, min_y, max_x, max_y = shapely.bounds(shapely.from_wkb(_wkb(blob)))
    except (struct.error, IndexError, shapely.errors.ShapelyError):
        return None  # another program wrote it; a check names the row
    return float(min_x), float(max_x), float(min_y), float(max_y)


def _wkb(blob: bytes) -> bytes:
    if blob[:2] != b"GP":
        raise ValueError("this is no GeoPackage geometry")
    return blob[_HEADER.size + _ENVELOPE_SIZE[blob[3] >> 1 & 7] :]
