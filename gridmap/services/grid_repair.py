"""Drawn grids made to tile their community, and every piece that changed hands told with its place."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from gridmap import crs, i18n
from gridmap.analysis import seam_repair, seams
from gridmap.exchange import vector

#: What is said of a piece, in this order.
COLUMNS = ("kind", "among", "area_m2", "to", "why", "lon", "lat")


def repaired(
    areas: gpd.GeoDataFrame, boundary: shapely.MultiPolygon | None, buildings: gpd.GeoDataFrame
) -> tuple[list[shapely.MultiPolygon], gpd.GeoDataFrame]:
    """Make grids tile a community.

    Parameters
    ----------
    areas
        Areas in WGS 84 with ``name``.
    boundary
        The community's, in WGS 84; None where nobody has drawn it: then it is the outer edge of the grids.
    buildings
        Footprints in WGS 84.

    Returns
    -------
    tuple
        The areas in the order of ``areas``, in WGS 84; and the pieces that changed hands, the largest first: ``kind``,
        ``among`` (names), ``to`` (a name, "" for what was cut off), ``why``, ``area_m2``, ``lon``, ``lat``, geometry in
        WGS 84 (see `seam_repair.Repair`).

    Raises
    ------
    InputError
        If a grid would be left without ground.
    """
    metric = crs.metric_crs(areas)
    flat = crs.densified(areas).to_crs(metric)
    edge = _edge(flat) if boundary is None else _flat(boundary, metric)
    done = seam_repair.repair(flat, edge, buildings.to_crs(metric) if len(buildings) else None)
    names = areas["name"].to_dict()
    shapes = [
        shapely.MultiPolygon(shapely.get_parts(shape).tolist()) for shape in done.areas.to_crs(crs.WGS84).geometry
    ]
    pieces = done.pieces
    places = pieces.representative_point().to_crs(crs.WGS84)
    told = pieces.to_crs(crs.WGS84).assign(
        among=[tuple(str(names[one]) for one in among) for among in pieces["among"]],
        to=["" if pd.isna(to) else str(names[to]) for to in pieces["to"]],
        lon=[round(place.x, 6) for place in places],
        lat=[round(place.y, 6) for place in places],
    )
    return shapes, told


def sentence(piece: Mapping[str, Any], language: str) -> str:
    """Say what was done with a piece."""
    return i18n.text(
        f"repair.{piece['kind']}",
        language,
        among=list(piece["among"]),
        area_m2=round(piece["area_m2"]),
        why=i18n.text(f"repair.why.{piece['why']}", language),
        to=piece["to"],
        lon=vector.shown(piece["lon"]),
        lat=vector.shown(piece["lat"]),
    )


def table(pieces: gpd.GeoDataFrame, language: str) -> pd.DataFrame:
    """Return the pieces in words, a row each."""
    rows = [
        {
            **{name: piece[name] for name in COLUMNS},
            "kind": i18n.text(f"repair.kind.{piece['kind']}", language),
            "among": i18n.listed(piece["among"], language),
            "area_m2": round(piece["area_m2"]),
            "why": i18n.text(f"repair.why.{piece['why']}", language),
        }
        for piece in pieces.to_dict("records")
    ]
    named = {name: i18n.text(f"repair.column.{name}", language) for name in COLUMNS}
    return pd.DataFrame(rows, columns=list(COLUMNS)).rename(columns=named)


def described(pieces: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    """Return the pieces as objects for other programs."""
    return [
        {
            **{name: piece[name] for name in COLUMNS},
            "among": list(piece["among"]),
            "area_m2": round(piece["area_m2"], 1),
        }
        for piece in pieces.to_dict("records")
    ]


def as_json(pieces: gpd.GeoDataFrame) -> str:
    """Return the pieces as GeoJSON, to be kept."""
    return str(pieces.assign(among=[list(among) for among in pieces["among"]]).to_json(drop_id=True))


def from_json(kept: str) -> gpd.GeoDataFrame:
    """Return the pieces from GeoJSON, none from no words."""
    features = json.loads(kept)["features"] if kept else []
    if not features:
        return gpd.GeoDataFrame({name: [] for name in COLUMNS}, geometry=[], crs=crs.WGS84)
    return gpd.GeoDataFrame.from_features(features, crs=crs.WGS84)


def _edge(flat: gpd.GeoDataFrame) -> shapely.Geometry:
    """Return the outer edge of grids, the slits between them filled."""
    whole = shapely.union_all([*flat.geometry, *seams.slits(flat).geometry])
    return shapely.union_all([shapely.Polygon(part.exterior) for part in shapely.get_parts(whole)])


def _flat(boundary: shapely.MultiPolygon, metric: Any) -> shapely.Geometry:
    edge = crs.densified(gpd.GeoDataFrame(geometry=[boundary], crs=crs.WGS84)).to_crs(metric)
    return edge.geometry.iloc[0]
