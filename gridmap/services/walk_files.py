"""Planned walks as files: GPX and KML for a phone's map, GeoJSON for other programs.

A file leaves the house, so it tells nothing of households in need.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import geopandas as gpd

from gridmap import i18n
from gridmap.errors import InputError
from gridmap.exchange import writing_gpx, writing_kml, writing_vector
from gridmap.planning.visits import ReasonKind
from gridmap.services import walk_places, walk_reasons
from gridmap.services.community_data import CommunityData
from gridmap.services.walk_made import Made, PlannedStop, PlannedWalk


def written(made: Made, data: CommunityData, ending: str, language: str) -> bytes:
    """Return a plan as a file.

    Parameters
    ----------
    made, data
        The plan, and its community.
    ending
        ``.gpx``, ``.kml`` or ``.geojson``.
    language
        Language of names and reasons.

    Raises
    ------
    InputError
        If the ending is another.
    """
    kinds: Mapping[str, Callable[[Made, CommunityData, str], bytes]] = {
        ".gpx": _gpx,
        ".kml": _kml,
        ".geojson": _geojson,
    }
    if ending.lower() not in kinds:
        raise InputError("plan_ending", path=ending)
    return kinds[ending.lower()](made, data, language)


def write(made: Made, data: CommunityData, path: Path, language: str) -> None:
    """Write a plan to a file, by its ending.

    Raises
    ------
    InputError
        If the ending is none of those of `written`.
    """
    content = written(made, data, path.suffix, language)
    path.write_bytes(content)


def place_of(stop: PlannedStop, data: CommunityData, language: str) -> str:
    """Return what the place of a stop is called; a break has one, too."""
    return walk_places.title(data, stop.place, language) if stop.place.key else i18n.text("walks.rest", language)


def _said(stop: PlannedStop, language: str) -> str:
    if not stop.key:
        return stop.said(language)
    return walk_reasons.sentence([one for one in stop.reasons if one.kind != ReasonKind.CARE], language)


def _named(walk: PlannedWalk, language: str) -> str:
    half = i18n.text(f"half.{walk.half.value}", language)
    return f"{walk.day.isoformat()} {half} {i18n.listed(walk.names, language)}"


def _gpx(made: Made, data: CommunityData, language: str) -> bytes:
    return writing_gpx.gpx(
        writing_gpx.Way(
            name=_named(walk, language),
            line=walk.line,
            stops=[
                writing_gpx.Waypoint(
                    place=stop.place.geom,
                    name=f"{seq} {place_of(stop, data, language)}",
                    note=_said(stop, language),
                    at=stop.begin,
                )
                for seq, stop in enumerate(walk.stops, start=1)
            ],
        )
        for walk in made.walks
    )


def _kml(made: Made, data: CommunityData, language: str) -> bytes:
    frame = _frame(made, data, language)
    return writing_kml.kml(
        frame,
        title=i18n.text("walks.file.title", language, community=data.community.name),
        note=" – ".join(dict.fromkeys(made.question.days[at].isoformat() for at in (0, -1))),
        folder=i18n.text("walks.file.folder", language),
        names=frame.iloc[:, 0].astype(str).tolist(),
        colours=[""] * len(frame),
    )


def _geojson(made: Made, data: CommunityData, language: str) -> bytes:
    return writing_vector.geojson(_frame(made, data, language))


def _frame(made: Made, data: CommunityData, language: str) -> gpd.GeoDataFrame:
    """Return a row for each walk's line, and one for each of its stops."""
    rows = []
    for walk in made.walks:
        rows.append(
            {
                "name": _named(walk, language),
                "seq": "",
                "arrive": walk.begin.isoformat(timespec="minutes"),
                "leave": walk.end.isoformat(timespec="minutes"),
                "reason": "",
                "geom": walk.line,
            }
        )
        rows += [
            {
                "name": place_of(stop, data, language),
                "seq": str(seq),
                "arrive": stop.arrive.isoformat(timespec="minutes"),
                "leave": stop.leave.isoformat(timespec="minutes"),
                "reason": _said(stop, language),
                "geom": stop.place.geom,
            }
            for seq, stop in enumerate(walk.stops, start=1)
        ]
    names = ["name", "seq", "arrive", "leave", "reason"]
    frame = gpd.GeoDataFrame(rows, columns=[*names, "geom"], geometry="geom", crs="EPSG:4326")
    return frame.rename(columns={name: i18n.text(f"walks.file.{name}", language) for name in names})
