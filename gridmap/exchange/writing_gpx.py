"""Writes a planned walk as GPX 1.1: the way as a route with its stops, which any phone's map app opens."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import shapely

from gridmap.exchange import xml_text

MIME = "application/gpx+xml"


@dataclass(frozen=True, kw_only=True)
class Waypoint:
    """A stop: where (lon, lat, WGS 84), what it is called, what is said of it, and when (timezone-aware)."""

    place: shapely.Point
    name: str
    note: str = ""
    at: dt.datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Way:
    """A walk: its name, its line (lon, lat), and its stops in order."""

    name: str
    line: shapely.LineString
    stops: Sequence[Waypoint] = ()


def gpx(ways: Iterable[Way]) -> bytes:
    """Return walks as a GPX document: stops as waypoints, ways as tracks."""
    told = list(ways)
    parts = [
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<gpx version="1.1" creator="gridmap" xmlns="http://www.topografix.com/GPX/1/1">\n'
    ]
    # The schema wants all waypoints before the first track.
    parts += [_waypoint(stop) for way in told for stop in way.stops if not stop.place.is_empty]
    for way in told:
        points = "".join(f'<trkpt lat="{y:.7f}" lon="{x:.7f}"/>' for x, y in way.line.coords)
        parts.append(f"<trk><name>{xml_text.text(way.name)}</name><trkseg>{points}</trkseg></trk>\n")
    parts.append("</gpx>\n")
    return "".join(parts).encode()


def _waypoint(stop: Waypoint) -> str:
    when = "" if stop.at is None else f"<time>{stop.at.astimezone(dt.UTC).strftime('%Y-%m-%dT%H:%M:%SZ')}</time>"
    note = f"<desc>{xml_text.text(stop.note)}</desc>" if stop.note else ""
    where = f'<wpt lat="{stop.place.y:.7f}" lon="{stop.place.x:.7f}">'
    return f"{where}{when}<name>{xml_text.text(stop.name)}</name>{note}</wpt>\n"
