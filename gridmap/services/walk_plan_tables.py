"""A plan of walks as tables, a workbook and a picture, in the words of a language."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import geopandas as gpd
import pandas as pd

from gridmap import crs, i18n
from gridmap.exchange import workbook
from gridmap.services import walk_list, walk_reasons, walk_wishes
from gridmap.services.community_data import CommunityData
from gridmap.services.walk_plans import Made, PlannedWalk


def say(key: str, language: str, **fields: object) -> str:
    """Return words of the plan."""
    return i18n.text(f"walk_plan.{key}", language, **fields)


def title(made: Made, data: CommunityData, key: str, language: str) -> str:
    """Return what a place of a plan is called; one that is not in it, too."""
    place = made.wishes.places.get(key)
    return place_title(data, key, language) if place is None else walk_wishes.title(data, place, language)


def place_title(data: CommunityData, key: str, language: str) -> str:
    """Return what a place is called, whether it is in a plan or not."""
    place = walk_wishes.place(data, key)
    return key if place is None else walk_wishes.title(data, place, language)


def names(walk: PlannedWalk, language: str) -> str:
    """Return who goes on a walk."""
    return i18n.listed(walk.names, language)


def told(walk: PlannedWalk, language: str, zone: str) -> str:
    """Say of a walk when, how many stops, how far and how long."""
    return say(
        "told", language, begin=_clock(walk.begin, zone), end=_clock(walk.end, zone),
        n=sum(1 for stop in walk.stops if stop.key), walk_m=round(walk.walk_m), minutes=round(walk.minutes),
    )  # fmt: skip


def notes(made: Made, language: str) -> list[str]:
    """Return what the reader must know besides, and how far repeated searches differ."""
    said = [i18n.text(note.key, language, **note.fields) for note in made.notes]
    spread = made.answer.spread
    if spread is not None:
        said.append(say("spread", language, spread=i18n.percent(spread, language, 1)))
    return said


def stops(made: Made, walk: PlannedWalk, data: CommunityData, language: str, zone: str) -> pd.DataFrame:
    """Return the stops of a walk in their order, indexed by key; a break has the key ""."""
    rows = []
    seq = 0
    for stop in walk.stops:
        seq += bool(stop.key)
        place = title(made, data, stop.key, language) if stop.key else stop.said(language)
        marks = [say(mark, language) for mark, is_so in (("must", stop.must), ("locked", stop.locked)) if is_so]
        rows.append(
            {
                say("column.seq", language): seq if stop.key else None,
                say("column.place", language): place,
                say("column.when", language): f"{_clock(stop.begin, zone)}–{_clock(stop.leave, zone)}",
                say("column.why", language): stop.said(language) if stop.key else "",
                say("column.mark", language): i18n.listed(marks, language),
                say("column.walk_m", language): round(stop.walk_m),
            }
        )  # fmt: skip
    table = pd.DataFrame(rows, index=pd.Index([stop.key for stop in walk.stops], dtype="object"))
    return table.astype({say("column.seq", language): "Int64"})


def left(made: Made, data: CommunityData, language: str) -> pd.DataFrame:
    """Return the places that no walk visits, indexed by key: what would be done there, and why it is left out."""
    return pd.DataFrame(
        {
            say("column.place", language): [title(made, data, one.key, language) for one in made.left],
            say("column.reasons", language): [
                walk_reasons.sentence(one.candidate.reasons, language) for one in made.left
            ],
            say("column.left_why", language): [one.said(language) for one in made.left],
            say("column.prize", language): [round(one.candidate.prize, 1) for one in made.left],
        },
        index=pd.Index([one.key for one in made.left], dtype="object"),
    )  # fmt: skip


def excel(made: Made, data: CommunityData, language: str, zone: str) -> bytes:
    """Write each walk, and what was left out, as a sheet."""
    sheets = {names(walk, language): stops(made, walk, data, language, zone) for walk in made.walks}
    sheets[say("left", language, n=len(made.left))] = left(made, data, language)
    return workbook.write(
        sheets,
        title=f"{data.community.name} · {when(made, language)}",
        note=" ".join(notes(made, language)) or None,
        time_zone=zone,
    )


def png(made: Made, data: CommunityData, language: str) -> bytes:
    """Draw the walks with their stops; of several each has a colour and a sign of its own."""
    numbered = [
        {"seq": seq, "walk": number, "geom": stop.place.geom}
        for number, walk in enumerate(made.walks)
        for seq, stop in enumerate((one for one in walk.stops if one.key), start=1)
    ]
    lines = {"walk": range(len(made.walks)), "geom": [walk.line for walk in made.walks]}
    routes = gpd.GeoDataFrame(lines, geometry="geom", crs=crs.WGS84)
    spots = gpd.GeoDataFrame(numbered, columns=["seq", "walk", "geom"], geometry="geom", crs=crs.WGS84)
    called = [names(walk, language) for walk in made.walks] if len(made.walks) > 1 else ()
    return walk_list.draw(data, routes, spots, language, told=when(made, language), names=called)


def when(made: Made, language: str) -> str:
    """Say for which half day the plan is."""
    return f"{i18n.date(made.question.day, language)} {i18n.text(f'half.{made.question.half.value}', language)}"


def _clock(moment: dt.datetime, zone: str) -> str:
    return f"{moment.astimezone(ZoneInfo(zone)):%H:%M}"
