"""Writes a planned walk as GPX 1.1: its stops as waypoints, its way as a track, which any phone app draws."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gridmap.exchange import xml_text

MIME = "application/gpx+xml"
_DECIMALS = 7
_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<gpx version="1.1" creator="gridmap" '
    'xmlns="http://www.topografix.com/GPX/1/1" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xsi:schemaLocation="http://www.topografix.com/GPX/1/1 http://www.topografix.com/GPX/1/1/gpx.xsd">'
)


@dataclass(frozen=True, kw_only=True)
class Waypoint:
    """A place in WGS 84 with its name, and words about it."""

    lon: float
    lat: float
    name: str
    note: str = ""


def gpx(
    *, title: str, note: str, made_at: dt.datetime, waypoints: Sequence[Waypoint], way: Sequence[tuple[float, float]]
) -> bytes:
    """Return a walk as a GPX document.

    Parameters
    ----------
    title, note
        Name and description of the document and of its track.
    made_at
        When it was made; timezone-aware.
    waypoints
        The stops.
    way
        Longitudes and latitudes of the route; without any there is no track.
    """
    name, told = xml_text.text(title), xml_text.text(note)
    moment = made_at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    parts = [_HEAD, f"<metadata><name>{name}</name><desc>{told}</desc><time>{moment}</time></metadata>\n"]
    for one in waypoints:
        words = f"<desc>{xml_text.text(one.note)}</desc>" if one.note else ""
        parts.append(f"<wpt {_place(one.lon, one.lat)}><name>{xml_text.text(one.name)}</name>{words}</wpt>\n")
    if way:
        parts.append(f"<trk><name>{name}</name><trkseg>{''.join(_points(way))}</trkseg></trk>\n")
    parts.append("</gpx>\n")
    return "".join(parts).encode()


def _points(way: Iterable[tuple[float, float]]) -> Iterable[str]:
    return (f"<trkpt {_place(lon, lat)}/>" for lon, lat in way)


def _place(lon: float, lat: float) -> str:
    return f'lat="{lat:.{_DECIMALS}f}" lon="{lon:.{_DECIMALS}f}"'
