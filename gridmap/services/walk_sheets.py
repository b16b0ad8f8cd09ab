"""What somebody takes along on a walk: a sheet on paper, its way for a phone's own map, a page that needs no network.

Whoever takes one has to do with the walk (`walk_rights`), and it stands in the audit. A file for another's app (GPX,
KML) tells places, order and times alone; what to ask there stays in the sheet and in our own page.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Mapping
from typing import Any

import geopandas as gpd
import shapely

from gridmap import i18n, settings
from gridmap.access import Actor
from gridmap.exchange import photo, writing_gpx, writing_kml
from gridmap.reports import walk_pack, walk_sheet, walk_svg
from gridmap.reports.content import MapContent
from gridmap.services import (
    audit,
    issue_tagging,
    photos,
    record_kinds,
    sight,
    stop_photos,
    walk_facts,
    walk_recording,
    walk_result_file,
    walk_rights,
)
from gridmap.services.community_data import CommunityData
from gridmap.services.walk_facts import StopFacts, WalkFacts
from gridmap.store import Store

MIMES = {"pdf": "application/pdf", "gpx": writing_gpx.MIME, "kml": writing_kml.MIME, "html": "text/html"}
"""Media types of the files that `take` makes, by their endings."""
_MOST_ISSUES = 6
"""More open issues of one building than these are told as a number on paper."""
_LATELY, _USUAL = dt.timedelta(days=180), 8


def take(
    store: Store,
    actor: Actor,
    data: CommunityData,
    walk_id: int,
    form: str,
    *,
    language: str,
    now: dt.datetime | None = None,
    address: str = "",
) -> bytes:
    """Return a walk as a file, and write into the audit that it was taken along.

    Parameters
    ----------
    store, actor
        The store, and who takes it.
    data
        The whole community: what they see of it on this walk is found here.
    walk_id
        The walk.
    form
        One of `MIMES`: the sheet as PDF; its stops and its way as GPX or KML; one HTML file that needs no network and
        holds no secret.
    language
        Language of its words.
    now
        The moment; this one if left out.
    address
        Network address it goes to.

    Raises
    ------
    errors.NotFound, errors.Forbidden
        As `walk_rights.walk` does.
    """
    moment = now or dt.datetime.now(dt.UTC)
    shown, facts = _facts(store, actor, data, walk_id, language, moment)
    if form == "html":
        known = _page_state(store, actor, shown, data, facts, language, moment)
        made = walk_pack.html(known, title=str(known["title"]), language=language)
    else:
        made = _WRITERS[form](shown, facts, f"{data.community.name} · {facts.title(language)}", language)
    audit.note(
        store,
        actor,
        "walk_taken",
        target=f"{facts.title(language)} · {form}",
        target_id=facts.id,
        community_id=data.community.id,
        address=address,
        now=moment,
    )
    return made


def _pdf(shown: CommunityData, facts: WalkFacts, _title: str, language: str) -> bytes:
    sheet = walk_sheet.WalkSheet(
        title=facts.title(language),
        subtitle=facts.subtitle(language),
        rows=[_row(stop, language) for stop in facts.stops],
        boxes=[i18n.text(f"stop_outcome.{one.value}", language) for one in walk_facts.OUTCOMES],
        foot=i18n.text("walk_sheet.foot", language, community=shown.community.name),
        synthetic=shown.community.synthetic,
        content=_content(shown, facts),
    )
    return walk_sheet.draw(sheet, language=language)


def _gpx(shown: CommunityData, facts: WalkFacts, title: str, _language: str) -> bytes:
    stops = [
        writing_gpx.Waypoint(place=shapely.Point(stop.lon, stop.lat), name=_called(stop), note=_times(stop))
        for stop in facts.stops
        if stop.lon is not None and stop.lat is not None and not stop.rest
    ]
    return writing_gpx.gpx([writing_gpx.Way(name=title, line=shown.walks.at[facts.id, "geom"], stops=stops)])


def _kml(shown: CommunityData, facts: WalkFacts, title: str, language: str) -> bytes:
    stops = [stop for stop in facts.stops if stop.lon is not None and not stop.rest]
    rows = shown.stops.loc[[stop.id for stop in stops]]
    way = shown.walks.loc[[facts.id]]
    named = {
        i18n.text("walk_sheet.column.seq", language): [*(str(stop.seq) for stop in stops), ""],
        i18n.text("walk_sheet.planned", language): [*(_times(stop) for stop in stops), ""],
    }
    frame = gpd.GeoDataFrame(named, geometry=[*rows.geometry, *way.geometry], crs=shown.walks.crs)
    return writing_kml.kml(
        frame,
        title=title,
        note=facts.subtitle(language),
        folder=facts.title(language),
        names=[*(_called(stop) for stop in stops), i18n.text("picture.walk", language)],
        colours=["#14213D"] * len(frame),
    )


_WRITERS: Mapping[str, Callable[[CommunityData, WalkFacts, str, str], bytes]] = {"pdf": _pdf, "gpx": _gpx, "kml": _kml}


def page_state(
    store: Store, actor: Actor, data: CommunityData, walk_id: int, *, language: str, now: dt.datetime
) -> dict[str, Any]:
    """Return what a page of a walk must know, with a network or without; parameters and faults as of `take`."""
    shown, facts = _facts(store, actor, data, walk_id, language, now)
    return _page_state(store, actor, shown, data, facts, language, now)


def _page_state(
    store: Store,
    actor: Actor,
    shown: CommunityData,
    data: CommunityData,
    facts: WalkFacts,
    language: str,
    now: dt.datetime,
) -> dict[str, Any]:
    known = walk_recording.known(store, int(data.community.id or 0), facts.id)
    shots: dict[int | None, list[dict[str, str]]] = {}
    for one in stop_photos.of_walk(store, actor, data, facts.id):
        shots.setdefault(one.stop_id, []).append({"client_id": one.client_id or "", "sha256": one.sha256})
    stamp = walk_facts.plan_stamp((stop.id, stop.key) for stop in facts.stops)
    words = i18n.catalogue(language)
    start = "walk.page."
    return {
        "format": walk_result_file.FORMAT,
        "mark": walk_result_file.MARK,
        "pack": uuid.uuid4().hex,
        "community": data.community.code,
        "walk": facts.id,
        "day": facts.day.isoformat(),
        "half": facts.half.value,
        "state": facts.state.value,
        "plan": stamp,
        "language": language,
        "title": facts.title(language),
        "subtitle": facts.subtitle(language),
        "synthetic": i18n.text("picture.synthetic", language) if data.community.synthetic else "",
        "words": {key.removeprefix(start): said for key, said in words.items() if key.startswith(start)},
        "outcomes": [
            {"code": one.value, "text": i18n.text(f"stop_outcome.{one.value}", language)} for one in walk_facts.OUTCOMES
        ],
        "stops": [
            _stop(stop, known.get(stop.id), language) | {"photos": shots.get(stop.id, [])}
            for stop in facts.stops
            if not stop.rest
        ],
        "categories": [
            {"code": one.code, "text": one.label(language), "names": [one.label(language), *one.names]}
            for one in data.categories.live()
        ],
        "usual": issue_tagging.usual(data, since=now - _LATELY, most=_USUAL),
        "longest": min(walk_recording.LONGEST, record_kinds.kind("issues").field("text").longest or 10**6),
        "photos": photos.MOST,
        "stop_photos": stop_photos.MOST,
        "track_days": int(settings.defaults()["retention"]["walk_tracks"]),
        "long_side_px": photo.LONG_SIDE_PX,
        "map": _map(shown, facts, language),
    }


def _facts(
    store: Store, actor: Actor, data: CommunityData, walk_id: int, language: str, now: dt.datetime
) -> tuple[CommunityData, WalkFacts]:
    seen = walk_rights.sight(store, actor, data, walk_id)
    shown = sight.masked(data, seen)
    return shown, walk_facts.read(shown, walk_id, language, now)


def _called(stop: StopFacts) -> str:
    return f"{stop.seq} {stop.place}"


def _times(stop: StopFacts) -> str:
    return "–".join(time for time in (stop.arrive, stop.leave) if time)


def _row(stop: StopFacts, language: str) -> walk_sheet.Row:
    if stop.rest:
        return walk_sheet.Row(seq=0, place=stop.place, when=_times(stop), rest=True)
    came = "" if stop.outcome.value == "pending" else _came(stop, language)
    return walk_sheet.Row(
        seq=stop.seq,
        place=stop.place,
        when=_times(stop),
        asks=_asks(stop, language),
        last=_last(stop, language),
        came=came,
    )


def _asks(stop: StopFacts, language: str) -> list[str]:
    """Return what to ask at a stop: why it is visited, households in need that may be told, open issues."""
    asks = [stop.reason] if stop.reason else []
    if stop.care:
        asks.append(i18n.text("walk_sheet.care", language, n=len(stop.care), units=list(stop.care)))
    for issue in stop.issues[:_MOST_ISSUES]:
        key = "walk_sheet.issue_overdue" if issue.overdue else "walk_sheet.issue"
        text = issue.text or issue.category
        asks.append(i18n.text(key, language, code=issue.code, state=issue.state, text=text))
    if len(stop.issues) > _MOST_ISSUES:
        asks.append(i18n.text("walk_sheet.issues_more", language, n=len(stop.issues) - _MOST_ISSUES))
    return asks


def _last(stop: StopFacts, language: str) -> str:
    if stop.last is None:
        return ""
    outcome = i18n.text(f"stop_outcome.{stop.last.outcome.value}", language)
    words = " / ".join(word for word in (stop.last.note, stop.last.handling) if word)
    told = {"day": i18n.date(stop.last.day, language), "outcome": outcome}
    if not words:
        return i18n.text("walk_sheet.last", language, **told)
    return i18n.text("walk_sheet.last_words", language, words=words, **told)


def _came(stop: StopFacts, language: str) -> str:
    words = " / ".join(
        word for word in (i18n.text(f"stop_outcome.{stop.outcome.value}", language), stop.note, stop.handling) if word
    )
    return i18n.text("walk_sheet.came", language, words=words)


def _stop(stop: StopFacts, record: str | None, language: str) -> dict[str, Any]:
    return {
        "id": stop.id,
        "seq": stop.seq,
        "key": stop.key,
        "building": stop.building_id,
        "place": stop.place,
        "lon": stop.lon,
        "lat": stop.lat,
        "when": _times(stop),
        "asks": _asks(stop, language),
        "last": _last(stop, language),
        "outcome": stop.outcome.value,
        "note": stop.note,
        "handling": stop.handling,
        "came_at": None if stop.came_at is None else stop.came_at.isoformat(),
        "record": record or "",
    }


def _content(data: CommunityData, facts: WalkFacts) -> MapContent | None:
    """Return what the map of a walk shows; None where nothing of it has a place."""

    def shape(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        return frame.rename_geometry("geometry")

    route = data.walks.loc[[facts.id]]
    stops = data.stops.loc[[stop.id for stop in facts.stops if not stop.rest]]
    if route.geometry.is_empty.all() and stops.geometry.is_empty.all():
        return None
    return MapContent(
        name=data.community.name,
        day=data.day,
        boundary=shape(data.boundary),
        compounds=shape(data.compounds),
        gates=shape(data.gates),
        paths=shape(data.paths),
        ground=shape(data.ground),
        buildings=shape(data.buildings),
        route=shape(route),
        stops=shape(stops),
    )


def _map(data: CommunityData, facts: WalkFacts, language: str) -> dict[str, Any] | None:
    content = _content(data, facts)
    drawn = None if content is None else walk_svg.draw(content, label=i18n.text("walk_sheet.map", language))
    if drawn is None:
        return None
    return {
        "svg": drawn.svg,
        "lon": drawn.lon,
        "lat": drawn.lat,
        "lon_m": drawn.lon_m,
        "lat_m": drawn.lat_m,
        "box": list(drawn.box),
    }
