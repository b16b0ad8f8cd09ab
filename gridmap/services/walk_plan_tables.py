"""A plan of walks as tables, a workbook and a picture, in the words of a language."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import geopandas as gpd
import pandas as pd

from gridmap import crs, i18n
from gridmap.exchange import workbook
from gridmap.model import Half
from gridmap.services import walk_list, walk_places, walk_reasons
from gridmap.services.community_data import CommunityData
from gridmap.services.walk_plans import Made, PlannedStop, PlannedWalk


def say(key: str, language: str, **fields: object) -> str:
    """Return words of the plan."""
    return i18n.text(f"walk_plan.{key}", language, **fields)


def title(made: Made, data: CommunityData, key: str, language: str) -> str:
    """Return what a place of a plan is called; one that is not in it, too."""
    place = made.wishes.places.get(key)
    return place_title(data, key, language) if place is None else walk_places.title(data, place, language)


def place_title(data: CommunityData, key: str, language: str) -> str:
    """Return what a place is called, whether it is in a plan or not."""
    place = walk_places.place(data, key)
    return key if place is None else walk_places.title(data, place, language)


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
        rows.append(
            {
                say("column.seq", language): seq if stop.key else None,
                say("column.place", language): place,
                say("column.when", language): f"{_clock(stop.begin, zone)}–{_clock(stop.leave, zone)}",
                say("column.why", language): stop.said(language) if stop.key else "",
                say("column.mark", language): marked(stop, language),
                say("column.walk_m", language): round(stop.walk_m),
            }
        )  # fmt: skip
    table = pd.DataFrame(rows, index=pd.Index([stop.key for stop in walk.stops], dtype="object"))
    return table.astype({say("column.seq", language): "Int64"})


def marked(stop: PlannedStop, language: str) -> str:
    """Say whether a stop has to be visited, and whether a person gave it its place."""
    told = (("must", stop.must), ("locked", stop.locked))
    return i18n.listed([say(mark, language) for mark, is_so in told if is_so], language)


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
    sheets = {} if len(made.walks) < 2 else {say("walks", language): walks(made, data, language, zone)}
    sheets |= {called(made, walk, language): stops(made, walk, data, language, zone) for walk in in_order(made)}
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
    """Say for which half day the plan is, or for which days."""
    slots, days = made.question.slots, made.question.days
    if len(slots) == 1:
        return slot(slots[0].day, slots[0].half, language)
    if len(days) == 1:
        return i18n.date(days[0], language)
    return say("days", language, first=i18n.date(days[0], language), last=i18n.date(days[-1], language))


def slot(day: dt.date, half: Half, language: str) -> str:
    """Say which half day of which date."""
    return f"{i18n.date(day, language)} {i18n.text(f'half.{half.value}', language)}"


def called(made: Made, walk: PlannedWalk, language: str) -> str:
    """Return what a walk is called among those of its plan: who goes, and when where that differs."""
    who = names(walk, language)
    if len(made.question.slots) == 1:
        return who
    half = i18n.text(f"half.{walk.half.value}", language)
    return f"{i18n.weekday_name(walk.day, language)} {half} {who}"


def walks(made: Made, data: CommunityData, language: str, zone: str) -> pd.DataFrame:
    """Return a row a walk, indexed by walker, in the order of days."""
    letters = data.grids["letter"]
    rows = {
        walk.walker: {
            say("column.day", language): i18n.weekday(walk.day, language),
            say("column.half", language): i18n.text(f"half.{walk.half.value}", language),
            say("column.who", language): names(walk, language),
            say("column.when", language): f"{_clock(walk.begin, zone)}–{_clock(walk.end, zone)}",
            say("column.grids", language): "".join(
                sorted({str(letters[stop.place.grid_id]) for stop in walk.stops if stop.place.grid_id in letters.index})
            ),
            say("column.stops", language): sum(1 for stop in walk.stops if stop.key),
            say("column.walked_m", language): round(walk.walk_m),
            say("column.minutes", language): round(walk.minutes),
            say("column.prize", language): round(walk.prize, 1),
        }
        for walk in in_order(made)
    }
    return pd.DataFrame.from_dict(rows, orient="index")


def in_order(made: Made) -> list[PlannedWalk]:
    """Return the walks by day and half day."""
    return sorted(made.walks, key=lambda walk: (walk.begin, int(walk.walker)))


def _clock(moment: dt.datetime, zone: str) -> str:
    return f"{moment.astimezone(ZoneInfo(zone)):%H:%M}"
