"""What a picture of the map shows: plain frames, and the same frames brought into one metric CRS."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import geopandas as gpd
import shapely

from gridmap import crs, errors, palette, service_kinds
from gridmap.service_kinds import ServiceKinds

Fill = Literal["grid", "coverage", "kinds", "households", "issues", "hot_spots", "density", "visits"]
"""What the colour of a building says."""


def nothing() -> gpd.GeoDataFrame:
    """Return a frame without rows and columns, in WGS 84."""
    return gpd.GeoDataFrame(geometry=[], crs="EPSG:4326")


@dataclass(frozen=True, kw_only=True)
class MapContent:
    """What a picture shows. Every frame declares its CRS and may be empty; a column named here must be there.

    Parameters
    ----------
    name
        Name of the community.
    day
        Date of the data.
    synthetic
        Whether the data are invented; the picture then says so.
    fill
        What the colour of a building says.
    boundary
        Area of the community.
    grids
        Columns ``colour`` (key of the palette), ``letter``, ``name``; index is the grid's id.
    compounds
        Columns ``name``, ``walled``.
    gates, ground, paths
        ``ground`` has ``kind``; ``paths`` has ``kind``, ``name``.
    buildings
        Columns ``number``, ``use``, ``households``, ``households_estimated``, ``grid_id``; for coverage also
        ``coverage`` (``covered``, ``full``, ``out_of_reach``, ``looks_covered``), for kinds ``step`` (a row of
        `palette.KINDS`; -1 for none), with ``looks`` ``state`` (a key of theirs).
    points
        Service points; columns ``kind``, ``name``.
    issues
        Column ``state``, and ``overdue`` where that is told.
    route, stops
        A planned walk; ``stops`` has ``seq``. Where there are several, both have ``walk``, its number from 0.
    walk_names
        What the legend calls each walk where there are several.
    title, subtitle
        Words at the top; without a title the community's name and what the colours say.
    source
        Where the data come from; without it what the community imported and entered.
    grids_proposed
        Whether nobody has confirmed the grids; the picture then says so.
    coverage_kind, radius_m, reach
        For coverage: code of the kind of service point ("" for all), how far it reaches, and the points it is
        reckoned from, which may be more than those shown.
    shapes, shape_names
        What is drawn above the layers: columns ``look`` (a key of `palette.SHAPES`) and ``sign``; and what the legend
        calls each look.
    step_names
        For kinds: what the legend calls each row of `palette.KINDS` that is used.
    chosen, chosen_name
        What is marked, a row at most, and what it is called.
    looks
        For what is not drawn otherwise: how a building is drawn by its ``state``, and the words for it.
    kinds
        The kinds of service points, with their icons.
    classes
        For households: upper limits of the classes, at most five; without them they are chosen from the data.
    """

    name: str
    day: dt.date
    synthetic: bool = False
    fill: Fill = "grid"
    boundary: gpd.GeoDataFrame = field(default_factory=nothing)
    grids: gpd.GeoDataFrame = field(default_factory=nothing)
    compounds: gpd.GeoDataFrame = field(default_factory=nothing)
    gates: gpd.GeoDataFrame = field(default_factory=nothing)
    paths: gpd.GeoDataFrame = field(default_factory=nothing)
    ground: gpd.GeoDataFrame = field(default_factory=nothing)
    buildings: gpd.GeoDataFrame = field(default_factory=nothing)
    points: gpd.GeoDataFrame = field(default_factory=nothing)
    issues: gpd.GeoDataFrame = field(default_factory=nothing)
    route: gpd.GeoDataFrame = field(default_factory=nothing)
    stops: gpd.GeoDataFrame = field(default_factory=nothing)
    reach: gpd.GeoDataFrame = field(default_factory=nothing)
    chosen: gpd.GeoDataFrame = field(default_factory=nothing)
    shapes: gpd.GeoDataFrame = field(default_factory=nothing)
    title: str = ""
    subtitle: str = ""
    source: str = ""
    grids_proposed: bool = False
    chosen_name: str = ""
    coverage_kind: str = ""
    radius_m: float | None = None
    classes: tuple[int, ...] = ()
    kinds: ServiceKinds = field(default_factory=service_kinds.default)
    looks: Mapping[str, tuple[palette.Look, str]] = field(default_factory=dict)
    shape_names: Mapping[str, str] = field(default_factory=dict)
    step_names: Mapping[int, str] = field(default_factory=dict)
    walk_names: Sequence[str] = ()

    @property
    def extent(self) -> tuple[float, float, float, float]:
        """West, south, east and north of the community in the frames' CRS."""
        for frame in (self.boundary, self.grids, self.buildings, self.compounds, self.points, self.issues):
            if len(frame):
                west, south, east, north = (float(v) for v in frame.total_bounds)
                return west, south, east, north
        raise errors.InputError("picture_empty", name=self.name)


FRAMES = tuple(f.name for f in dataclasses.fields(MapContent) if f.default_factory is nothing)


def metric(content: MapContent) -> MapContent:
    """Return the content with every frame in one CRS in metres, and without rows that have no place.

    Raises
    ------
    InputError
        If a frame declares no CRS, or nothing at all has a place.
    """
    placed: dict[str, gpd.GeoDataFrame] = {}
    for name in FRAMES:
        frame: gpd.GeoDataFrame = getattr(content, name)
        geometries = frame.geometry
        keep = ~(geometries.is_empty | geometries.isna())
        placed[name] = frame[keep] if len(frame) else nothing()
    cleaned = dataclasses.replace(content, **placed)
    west, south, east, north = cleaned.extent
    first = next(
        f for f in (placed[n] for n in ("boundary", "grids", "buildings", "compounds", "points", "issues")) if len(f)
    )
    if first.crs is None:
        raise errors.InputError("frame_no_crs")
    target = crs.metric_crs(gpd.GeoSeries([shapely.box(west, south, east, north)], crs=first.crs))
    for name, frame in placed.items():
        if frame.crs is None:
            raise errors.InputError("frame_no_crs")
        placed[name] = frame.to_crs(target)
    return dataclasses.replace(content, **placed)
