"""Notices that a file was drawn in another datum than was said: read as that one, it fits what is there far better."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import geopandas as gpd
import numpy as np
import shapely

from gridmap import crs, datums, i18n
from gridmap.datums import Datum

Measure = Literal["at_buildings", "at_walls", "on_buildings", "over_buildings", "between_buildings", "inside_boundary"]

# A point that somebody set for a building stands in it or before its door.
_BESIDE_M = 10.0
# A path that leads anywhere in the community has a building this near.
_ALONG_M = 60.0
# So many rows show a shift of hundreds of metres as well as all.
_SAMPLE = 2000
# By chance a place falls on a building once in three or four times: what fits must fit most, and far more than that.
_FITTING, _BETTER, _FEWEST_POINTS = 0.5, 0.25, 3


@dataclass(frozen=True, kw_only=True)
class DatumDoubt:
    """That a file fits what is there better in another datum than in the one said.

    Parameters
    ----------
    said, likely
        The datum said, and the one in which the file fits.
    measure
        What was counted.
    share_said, share_likely
        How much of it, from 0 to 1, under each of the two.
    shift_m
        How far the two lie apart in the middle, in metres.
    """

    said: Datum
    likely: Datum
    measure: Measure
    share_said: float
    share_likely: float
    shift_m: float

    def sentence(self, language: str) -> str:
        """Say in ``language`` what was seen, and what to choose."""
        said, likely = (i18n.text(f"datum.{datum}", language) for datum in (self.said, self.likely))
        shares = {"said_percent": round(100 * self.share_said), "likely_percent": round(100 * self.share_likely)}
        seen = i18n.text(f"doubt.{self.measure}", language, said=said, likely=likely, **shares)
        return i18n.text("doubt.choose", language, seen=seen, likely=likely, code=self.likely, n=round(self.shift_m))


def doubt(
    frame: gpd.GeoDataFrame,
    kind: str,
    said: Datum,
    *,
    buildings: gpd.GeoDataFrame,
    compounds: gpd.GeoDataFrame | None = None,
    boundary: shapely.Geometry | None = None,
) -> DatumDoubt | None:
    """Return the doubt about a file's datum, None where there is no reason for one.

    Points should stand in buildings or before them, gates in walls, footprints on the footprints that are there, other
    areas should lie over buildings, lines pass between them. Where there are no buildings, all should lie within the
    boundary.

    Parameters
    ----------
    frame
        The file's geometries as they stand in it, in the CRS it declares and in the datum said.
    kind
        What the file is imported as.
    said
        The datum that the person or the file said.
    buildings, compounds
        What is there, in WGS 84.
    boundary
        The community's boundary in WGS 84, where somebody has drawn it.
    """
    shapes = frame.geometry[~(frame.geometry.isna() | frame.geometry.is_empty)]
    measure, there = _measured_by(kind, shapes, buildings, compounds, boundary)
    if shapes.empty or there.empty:
        return None
    if len(shapes) > _SAMPLE:
        shapes = shapes.sample(_SAMPLE, random_state=0)
    metric = crs.metric_crs(there)
    fixed = there.to_crs(metric).make_valid().to_numpy()
    given = gpd.GeoDataFrame(geometry=shapes)
    shown = {datum: datums.undo(given, datum).geometry.to_crs(metric).make_valid().to_numpy() for datum in Datum}
    shares = {datum: _share(measure, placed, fixed) for datum, placed in shown.items()}
    likely = max((datum for datum in Datum if datum != said), key=lambda datum: shares[datum])
    better = shares[likely] - shares[said]
    if shares[likely] < _FITTING or better < _BETTER:
        return None
    if measure.startswith("at_") and better * len(shapes) < _FEWEST_POINTS - 0.5:
        return None
    return DatumDoubt(
        said=said,
        likely=likely,
        measure=measure,
        share_said=shares[said],
        share_likely=shares[likely],
        shift_m=float(np.median(shapely.distance(*(shapely.centroid(shown[datum]) for datum in (said, likely))))),
    )


def _measured_by(
    kind: str,
    shapes: gpd.GeoSeries,
    buildings: gpd.GeoDataFrame,
    compounds: gpd.GeoDataFrame | None,
    boundary: shapely.Geometry | None,
) -> tuple[Measure, gpd.GeoSeries]:
    """Choose what the shapes should fit, and return it."""
    homes = buildings.geometry[~buildings.geometry.is_empty]
    if kind == "gates":
        walls = compounds.geometry[~compounds.geometry.is_empty].boundary if compounds is not None else homes.iloc[:0]
        return "at_walls", walls
    if homes.empty:
        whole = [] if boundary is None or boundary.is_empty else [boundary]
        return "inside_boundary", gpd.GeoSeries(whole, crs=crs.WGS84)
    dimension = int(np.median(shapely.get_dimensions(shapes.to_numpy()))) if len(shapes) else 0
    if dimension == 2:
        return "on_buildings" if kind == "buildings" else "over_buildings", homes
    return "between_buildings" if dimension == 1 else "at_buildings", homes


def _share(measure: Measure, placed: np.ndarray, there: np.ndarray) -> float:
    """Return how much of what is placed, or of what is there, fits: from 0 to 1. All in metres."""
    if measure in ("at_buildings", "at_walls"):
        near, _ = shapely.STRtree(there).query(placed, predicate="dwithin", distance=_BESIDE_M)
        return len(np.unique(near)) / len(placed)
    if measure == "over_buildings":
        inside = shapely.intersects(shapely.union_all(placed), shapely.point_on_surface(there))
        return float(inside.mean())
    if measure == "between_buildings":
        along, through = (_inside(placed, there, shapely.length, grown_m=m).sum() for m in (_ALONG_M, 0.0))
        return float((along - through) / shapely.length(placed).sum())
    size = shapely.area if shapely.area(placed).sum() > 0 else shapely.length
    if size(placed).sum() == 0:
        near, _ = shapely.STRtree(there).query(placed, predicate="intersects")
        return len(np.unique(near)) / len(placed)
    return float(_inside(placed, there, size).sum() / size(placed).sum())


def _inside(
    placed: np.ndarray, there: np.ndarray, size: Callable[[np.ndarray], np.ndarray], *, grown_m: float = 0.0
) -> np.ndarray:
    """Return how much of each of ``placed`` lies in what is there, which may be grown first.

    Only what is near each of them is joined: to join and grow a whole town takes minutes.
    """
    row, other = shapely.STRtree(there).query(placed, predicate="dwithin", distance=grown_m)
    near, position = np.unique(other, return_inverse=True)
    pieces = shapely.buffer(there[near], grown_m) if grown_m else there[near]
    order = np.argsort(row, kind="stable")
    rows, begins = np.unique(row[order], return_index=True)
    joined = np.empty(len(rows), dtype=object)
    for at, group in enumerate(np.split(position[order], begins[1:])[: len(rows)]):
        joined[at] = shapely.union_all(pieces[group])
    return size(shapely.intersection(placed[rows], joined))
