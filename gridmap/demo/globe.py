"""From the town's own metres to WGS 84."""

from __future__ import annotations

import math
from typing import TypeVar

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from gridmap.demo import recipe

G = TypeVar("G", bound=BaseGeometry)

#: Decimals of a degree that are kept: about a tenth of a millimetre, so that what meets still meets.
DECIMALS = 9


class Globe:
    """Lays the town's frame on the earth, as the recipe says."""

    def __init__(self) -> None:
        town = recipe.part("town")["town"]
        self._transformer = pyproj.Transformer.from_crs(town["epsg"], 4326, always_xy=True)
        back = pyproj.Transformer.from_crs(4326, town["epsg"], always_xy=True)
        self._east, self._north = back.transform(*town["centre"])
        self._angle = math.radians(town["angle_deg"])

    def lay(self, shape: G) -> G:
        """Return ``shape``, given in the town's metres, in WGS 84 (lon, lat)."""
        return shapely.transform(shape, self._lay)  # type: ignore[no-any-return]

    def _lay(self, xy: NDArray[np.float64]) -> NDArray[np.float64]:
        cos, sin = math.cos(self._angle), math.sin(self._angle)
        east = self._east + xy[:, 0] * cos - xy[:, 1] * sin
        north = self._north + xy[:, 0] * sin + xy[:, 1] * cos
        lon, lat = self._transformer.transform(east, north)
        return np.column_stack([lon, lat]).round(DECIMALS)
