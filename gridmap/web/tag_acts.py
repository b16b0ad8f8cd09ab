"""What the page of tagging asks and sends: places, buildings, issues, photos; and the route that serves photos."""

from __future__ import annotations

import base64
import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from gridmap import errors, i18n, model, settings
from gridmap.exchange import photo
from gridmap.services import issue_doubles, issue_tagging, photos, records, search
from gridmap.services.community_data import CommunityData
from gridmap.services.issue_doubles import Double
from gridmap.services.sight import Sight
from gridmap.web import device_line, guard, navigation, plain_page, sources, tag_page

_HASH = re.compile(r"[0-9a-f]{64}")
_HITS = 8


def routes(base: str) -> list[Route]:
    """Return the routes of tagging and of photos, under the path where the app is served."""
    sent = f"{base}/gridmap/tag"
    return [
        Route(f"{base}{navigation.TAG}", tag_page.PAGE.page, methods=["GET"]),
        Route(f"{sent}/known", tag_page.PAGE.known, methods=["GET"]),
        Route(f"{sent}/near", device_line.asked(_near), methods=["GET"]),
        Route(f"{sent}/find", device_line.asked(_find), methods=["GET"]),
        Route(f"{sent}/doubles", device_line.asked(_doubles), methods=["GET"]),
        Route(f"{sent}/voice", device_line.sent(_voice), methods=["POST"]),
        Route(f"{sent}/issues", device_line.sent(_record), methods=["POST"]),
        Route(f"{sent}/back", device_line.sent(_take_back), methods=["POST"]),
        Route(f"{sent}/look", device_line.sent_photo(_look), methods=["POST"]),
        Route(f"{sent}/photos", device_line.sent_photo(keep_photo), methods=["POST"]),
        Route(f"{base}/gridmap/photos/{{sha256}}", _photo, methods=["GET"]),
        Route(f"{base}/gridmap/photos/{{sha256}}/thumb", _photo, methods=["GET"]),
    ]


def _near(request: Request, _said: None) -> dict[str, Any]:
    """Say what a place belongs to, or a building."""
    actor, data = tag_page.community(request)
    language, seen, asked = plain_page.language(request), Sight.of(actor, data.community), request.query_params
    if building := device_line.whole(asked.get("building")):
        return asdict(issue_tagging.at_building(sources.store(), data, seen, building, language=language))
    lon, lat = device_line.number(asked.get("lon")), device_line.number(asked.get("lat"))
    if lon is None or lat is None or not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise errors.InputError("tag_unread")
    spot = issue_tagging.near(
        sources.store(),
        data,
        seen,
        lon=lon,
        lat=lat,
        accuracy_m=device_line.number(asked.get("accuracy")),
        language=language,
    )
    return asdict(spot)


def _find(request: Request, _said: None) -> list[dict[str, Any]]:
    """Find buildings by what people call them."""
    _, data = tag_page.community(request)
    text = request.query_params.get("q", "")[:80]
    found = search.find(data, text, language=plain_page.language(request), most=5 * _HITS)
    hits = [asdict(hit) for hit in found if hit.target == "building"]
    return hits[:_HITS]


def _doubles(request: Request, _said: None) -> list[dict[str, Any]]:
    """Name what is open nearby and may be the same, as far as the person sees it."""
    actor, data = tag_page.community(request)
    language, asked = plain_page.language(request), request.query_params
    found = issue_doubles.nearby(
        sources.seen(data, Sight.of(actor, data.community)),
        device_line.number(asked.get("lon")),
        device_line.number(asked.get("lat")),
        asked.get("category", ""),
        dt.datetime.now(dt.UTC),
        building_id=device_line.whole(asked.get("building")),
    )
    return [_worded(one, data, language) for one in found]


def _worded(double: Double, data: CommunityData, language: str) -> dict[str, Any]:
    away = "tag.away" if double.distance_m >= 1 else "tag.away_same"
    told = [i18n.text(away, language, m=round(double.distance_m))]
    told.append(i18n.text("tag.age" if double.age_days else "tag.age_today", language, n=double.age_days))
    told += [i18n.text("tag.voices", language, n=double.voices)] if double.voices else []
    return {
        "id": double.issue_id,
        "code": double.code,
        "category": data.categories.label(double.category, language),
        "state": i18n.text(f"issue_state.{double.state.value}", language),
        "text": double.text,
        "away": " · ".join(told),
    }


def _voice(request: Request, said: Mapping[str, Any]) -> dict[str, Any]:
    """Keep that somebody said the same as an issue."""
    actor, data = tag_page.community(request)
    source = device_line.text(said, "source")
    if source not in {one.value for one in model.IssueSource}:
        raise errors.InputError("tag_unread")
    voice = issue_doubles.add_voice(
        sources.store(),
        actor,
        data,
        device_line.whole(said.get("issue")) or 0,
        source=model.IssueSource(source),
        text=device_line.text(said, "text"),
        client_id=device_line.client_id(said.get("client_id")),
        now=dt.datetime.now(dt.UTC),
        address=plain_page.address(request),
    )
    with sources.store().read() as session:
        return {"id": voice.issue_id, "code": session.get_one(model.Issue, voice.issue_id).code}


def _record(request: Request, said: Mapping[str, Any]) -> dict[str, Any]:
    """Keep what was tagged, and say what it is called."""
    actor, data = tag_page.community(request)
    lon, lat = device_line.number(said.get("lon")), device_line.number(said.get("lat"))
    given = {
        "category": device_line.text(said, "category"),
        "text": device_line.text(said, "text"),
        "source": device_line.text(said, "source") or model.IssueSource.WALK.value,
        "building_id": device_line.whole(said.get("building")),
        "geom": "" if lon is None or lat is None else f"{lon:.7f},{lat:.7f}",
    }
    made = issue_tagging.record(
        sources.store(),
        actor,
        data,
        given,
        client_id=device_line.client_id(said.get("client_id")),
        accuracy_m=device_line.number(said.get("accuracy_m")),
        ago=device_line.ago(said.get("ago_s")),
        now=dt.datetime.now(dt.UTC),
        address=plain_page.address(request),
    )
    return {"id": made.number, "code": made.title}


def _take_back(request: Request, said: Mapping[str, Any]) -> dict[str, Any]:
    """Take back what was just tagged."""
    actor, data = tag_page.community(request)
    issue_tagging.take_back(
        sources.store(),
        actor,
        data,
        device_line.client_id(said.get("client_id")),
        now=dt.datetime.now(dt.UTC),
        address=plain_page.address(request),
    )
    return {}


def _look(request: Request, body: bytes) -> dict[str, Any]:
    """Say where and when a photo was taken; of one that the browser cannot read, show how it looks. Nothing is kept."""
    how: dict[str, Any] = {"time_zone": settings.from_environment().time_zone, "now": dt.datetime.now(dt.UTC)}
    whole = request.query_params.get("whole") == "1"
    told = photo.take(body, **how) if whole else photo.tell(body, **how)
    at = None if told.taken_at is None else told.taken_at.isoformat()
    thumb = f"data:image/jpeg;base64,{base64.b64encode(told.thumb).decode()}" if isinstance(told, photo.Taken) else None
    return {"lon": told.lon, "lat": told.lat, "taken_at": at, "thumb": thumb}


def keep_photo(request: Request, body: bytes) -> dict[str, Any]:
    """Keep a photo of an issue, by the issue's number or by what the device called it."""
    actor, data = tag_page.community(request)
    asked, store = request.query_params, sources.store()
    number = device_line.whole(asked.get("issue"))
    stage = asked.get("stage", model.PhotoStage.BEFORE.value)
    if stage not in {one.value for one in model.PhotoStage}:
        raise errors.InputError("tag_unread")
    if number is None:
        number = _of_device(data, device_line.client_id(asked.get("of")))
    kept = photos.keep(
        store,
        actor,
        number,
        body,
        stage=model.PhotoStage(stage),
        client_id=device_line.client_id(asked.get("client_id")),
        taken_at=device_line.moment(asked.get("taken_at")),
        now=dt.datetime.now(dt.UTC),
        address=plain_page.address(request),
    )
    return {"sha256": kept.sha256, "width": kept.width, "height": kept.height}


def _of_device(data: CommunityData, client_id: str) -> int:
    with sources.store().read() as session:
        found = records.tagged(session, int(data.community.id or 0), client_id)
        if found is None:
            raise errors.NotFound("record_missing", number=client_id)
        return int(found.id or 0)


async def _photo(request: Request) -> Response:
    """Serve a photo, or the small picture of it, to whoever may see its issue."""
    sha256, actor = request.path_params["sha256"], request.scope[guard.ACTOR]
    if _HASH.fullmatch(sha256) is None:
        return Response(status_code=404)
    small = request.url.path.endswith("/thumb")
    try:
        path = await run_in_threadpool(photos.file, sources.store(), actor, sha256, small=small)
    except errors.NotFound as fault:
        return JSONResponse({"error": fault.sentence(plain_page.language(request))}, 404)
    except errors.StoreError as fault:
        return JSONResponse({"error": fault.sentence(plain_page.language(request))}, 503)
    return FileResponse(path, media_type="image/jpeg", headers={"Content-Disposition": "inline"})
