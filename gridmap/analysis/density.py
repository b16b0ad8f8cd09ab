"""How dense points lie: a kernel in metres, with nothing lost beyond the edge."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from contourpy import FillType, contour_generator
from numpy.typing import NDArray
from scipy import special
from shapely.geometry.base import BaseGeometry

from gridmap import crs
from gridmap.errors import InputError

SHARES = (0.25, 0.5, 0.75)
_MOST_CELLS = 1_000_000
_BLOCK = 2048  # points at a time, so that memory does not grow with their number

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Density:
    """A raster of points a hectare.

    Parameters
    ----------
    per_ha
        Points a hectare, the mean of each cell; first row in the south, first column in the west; NaN outside the area.
    west, south
        Lower left corner of the raster, in metres of ``crs``.
    cell_m
        Side of a cell.
    bandwidth_m
        Standard deviation of the kernel.
    n
        Points within the area.
    area
        Where points may be.
    crs
        Metric CRS of the raster and of the area.
    """

    per_ha: Floats
    west: float
    south: float
    cell_m: float
    bandwidth_m: float
    n: int
    area: BaseGeometry
    crs: pyproj.CRS

    def densest(self, shares: tuple[float, ...] = SHARES) -> gpd.GeoDataFrame:
        """Return the smallest areas that hold each share of the points, as the kernel spreads them.

        Hyndman (1996), doi:10.1080/00031305.1996.10474359: regions of highest density.

        Returns
        -------
        geopandas.GeoDataFrame
            A row a share, the largest area first: ``share``, ``per_ha`` (the least density in it), ``area_ha``, and
            the geometry in ``crs``. Empty where there is no point.
        """
        rows = []
        filled = np.nan_to_num(self.per_ha)
        ordered = np.sort(filled.ravel())[::-1]
        held = np.cumsum(ordered) / max(ordered.sum(), 1e-300)
        for share in sorted(shares, reverse=True) if self.n else ():
            least = float(ordered[np.searchsorted(held, share)])
            # Lines run between the middles of cells, which lie a little beyond the edge where the area begins.
            area = shapely.intersection(self._above(filled, least), self.area)
            rows.append({"share": share, "per_ha": least, "area_ha": area.area / 10_000, "geometry": area})
        frame = pd.DataFrame(rows, columns=["share", "per_ha", "area_ha", "geometry"])
        return gpd.GeoDataFrame(frame, geometry="geometry", crs=self.crs)

    def _above(self, filled: Floats, least: float) -> BaseGeometry:
        # A rim of nothing around it closes the lines where the raster ends.
        rim = np.pad(filled, 1)
        x = self.west + (np.arange(rim.shape[1]) - 0.5) * self.cell_m
        y = self.south + (np.arange(rim.shape[0]) - 0.5) * self.cell_m
        made = contour_generator(x, y, rim, fill_type=FillType.OuterOffset).filled(least, np.inf)
        areas = []
        for points, offsets in zip(*made, strict=True):
            shell, *holes = np.split(points, offsets[1:-1])
            areas.append(shapely.Polygon(shell, holes))
        return shapely.union_all(shapely.make_valid(np.array(areas, dtype=object)))


def kernel_m(
    points: gpd.GeoDataFrame | gpd.GeoSeries, area: BaseGeometry, *, bandwidth_m: float, cell_m: float
) -> Density:
    """Spread each point over its surroundings by a normal kernel.

    Each cell is divided by the share of its surroundings that lies in the area, weighted by the kernel (Diggle 1985,
    doi:10.2307/2347366), so that the edge is not told thinner than it is. A cell holds the kernel's integral over it,
    not its value in the middle.

    Parameters
    ----------
    points
        In a CRS in metres; those outside the area and those without a place are left out.
    area
        Where points may be, in the same CRS.
    bandwidth_m
        Standard deviation of the kernel, in metres.
    cell_m
        Side of a cell of the raster, in metres.

    Raises
    ------
    InputError
        If the CRS does not measure metres, the bandwidth or the cell is not a positive number, or there would be more
        than a million cells.
    """
    crs.require_metric(points)
    area = shapely.make_valid(area)
    if not (0 < bandwidth_m < np.inf and 0 < cell_m < np.inf):
        raise InputError("density_metres", bandwidth=f"{bandwidth_m:g}", cell=f"{cell_m:g}")
    if area.is_empty:
        nothing = np.zeros((0, 0))
        return _density(nothing, (0.0, 0.0), cell_m, bandwidth_m, 0, points.crs, area)
    west, south, east, north = area.bounds
    columns, rows = max(int(np.ceil((east - west) / cell_m)), 1), max(int(np.ceil((north - south) / cell_m)), 1)
    if columns * rows > _MOST_CELLS:
        raise InputError("density_cells", cells=columns * rows, most=_MOST_CELLS)
    x, y = west + np.arange(columns + 1) * cell_m, south + np.arange(rows + 1) * cell_m
    middle_x, middle_y = np.meshgrid(x[:-1] + cell_m / 2, y[:-1] + cell_m / 2)
    inside = shapely.contains_xy(area, middle_x, middle_y)
    geometry = points.geometry.to_numpy()
    geometry = geometry[~(shapely.is_missing(geometry) | shapely.is_empty(geometry))]
    places = shapely.get_coordinates(geometry[shapely.intersects(area, geometry)])
    counted = np.zeros((rows, columns))
    for begin in range(0, len(places), _BLOCK):
        part = places[begin : begin + _BLOCK]
        counted += _mass(y, part[:, 1], bandwidth_m).T @ _mass(x, part[:, 0], bandwidth_m)
    around = _mass(y, middle_y[:, 0], bandwidth_m) @ inside.astype(float) @ _mass(x, middle_x[0], bandwidth_m).T
    per_ha = np.full((rows, columns), np.nan)
    per_ha[inside] = (counted[inside] / around[inside]) / cell_m**2 * 10_000
    return _density(per_ha, (west, south), cell_m, bandwidth_m, len(places), points.crs, area)


def _mass(edges: Floats, at: Floats, bandwidth_m: float) -> Floats:
    """Return the mass of each point's kernel between each two edges, shape (points, cells)."""
    return np.diff(special.ndtr((edges[None, :] - at[:, None]) / bandwidth_m), axis=1)


def _density(
    per_ha: Floats,
    corner: tuple[float, float],
    cell_m: float,
    bandwidth_m: float,
    n: int,
    system: pyproj.CRS,
    area: BaseGeometry,
) -> Density:
    return Density(
        per_ha=per_ha,
        west=corner[0],
        south=corner[1],
        cell_m=cell_m,
        bandwidth_m=bandwidth_m,
        n=n,
        area=area,
        crs=system,
    )
