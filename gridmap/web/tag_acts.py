"""What the page of tagging asks and sends: places, buildings, issues, photos; and the route that serves photos."""

from __future__ import annotations

import base64
import datetime as dt
import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from gridmap import access, errors, i18n, model, settings
from gridmap.access import Action, Actor
from gridmap.exchange import photo
from gridmap.services import issue_doubles, issue_tagging, photos, records, search
from gridmap.services.community_data import CommunityData
from gridmap.services.issue_doubles import Double
from gridmap.services.sight import Sight
from gridmap.web import credentials, guard, navigation, plain_page, sources, tag_page

_LONGEST = 64_000  # bytes of what is sent besides photos: a text of 10,000 signs is refused in words
_SIGN = "x-gridmap-sign"
_HASH = re.compile(r"[0-9a-f]{64}")
_CLIENT_ID = re.compile(r"[\w-]{8,100}", re.ASCII)
_HITS = 8
Work = Callable[[Request, Any], Any]


def routes(base: str) -> list[Route]:
    """Return the routes of tagging and of photos, under the path where the app is served."""
    sent = f"{base}/gridmap/tag"
    return [
        Route(f"{base}{navigation.TAG}", tag_page.page, methods=["GET"]),
        Route(f"{sent}/known", tag_page.known, methods=["GET"]),
        Route(f"{sent}/near", _asked(_near), methods=["GET"]),
        Route(f"{sent}/find", _asked(_find), methods=["GET"]),
        Route(f"{sent}/doubles", _asked(_doubles), methods=["GET"]),
        Route(f"{sent}/voice", _sent(_voice), methods=["POST"]),
        Route(f"{sent}/issues", _sent(_record), methods=["POST"]),
        Route(f"{sent}/back", _sent(_take_back), methods=["POST"]),
        Route(f"{sent}/look", _sent_photo(_look), methods=["POST"]),
        Route(f"{sent}/photos", _sent_photo(_keep_photo), methods=["POST"]),
        Route(f"{base}/gridmap/photos/{{sha256}}", _photo, methods=["GET"]),
        Route(f"{base}/gridmap/photos/{{sha256}}/thumb", _photo, methods=["GET"]),
    ]


def _asked(work: Work) -> Callable[[Request], Any]:
    async def answer(request: Request) -> Response:
        return await _answered(request, work, None)

    return answer


def _sent(work: Work) -> Callable[[Request], Any]:
    """Return a route that reads what is sent as JSON, from our own page only."""

    async def answer(request: Request) -> Response:
        if (refused := _not_ours(request)) is not None:
            return refused
        body = await _body(request, _LONGEST)
        try:
            said = json.loads(body) if body is not None else None
        except (ValueError, RecursionError):
            said = None
        if not isinstance(said, dict):
            return _wrong(request, "tag_unread", 413 if body is None else 400)
        return await _answered(request, work, said)

    return answer


def _sent_photo(work: Work) -> Callable[[Request], Any]:
    """Return a route that reads a photo, of those only who may do something with one."""

    async def answer(request: Request) -> Response:
        if (refused := _not_ours(request)) is not None:
            return refused
        actor: Actor = request.scope[guard.ACTOR]
        if not any(access.permission(actor.role, action) for action in (Action.TAG_ISSUE, Action.EDIT_ISSUES)):
            return JSONResponse({"error": _forbidden(actor, request)}, 403)
        try:
            told = request.headers.get("content-length", "")
            photo.demand_size(int(told) if told.isdecimal() else 1)
            body = await _body(request, photo.LARGEST_MB * 1_000_000)
            if body is None:
                photo.demand_size(photo.LARGEST_MB * 1_000_000 + 1)
        except errors.InputError as fault:
            return JSONResponse({"error": fault.sentence(plain_page.language(request)), "photo": True}, 422)
        return await _answered(request, work, body)

    return answer


def _not_ours(request: Request) -> Response | None:
    """Refuse what another site sends, or a page of somebody who was signed in here before."""
    secret = credentials.cookie(request.scope, credentials.SESSION)
    try:
        plain_page.demand_ours(request, {"sign": request.headers.get(_SIGN, "")}, secret)
    except plain_page.RefusedForm as fault:
        return JSONResponse({"error": i18n.text(fault.key, plain_page.language(request)), "stale": True}, fault.status)
    return None


async def _body(request: Request, most: int) -> bytes | None:
    """Return what is sent; None where it is longer than ``most`` bytes."""
    kept = bytearray()
    async for chunk in request.stream():
        kept += chunk
        if len(kept) > most:
            return None
    return bytes(kept)


async def _answered(request: Request, work: Work, said: Any) -> Response:
    language = plain_page.language(request)
    try:
        return JSONResponse(await run_in_threadpool(work, request, said))
    except errors.FaultyRecord as fault:
        wrong = {one.name: one.sentence(language) for one in fault.refusals}
        return JSONResponse({"error": fault.sentence(language), "fields": wrong}, 422)
    except errors.InputError as fault:
        return JSONResponse({"error": fault.sentence(language), "photo": fault.key.startswith("photo_")}, 422)
    except errors.Forbidden as fault:
        return JSONResponse({"error": fault.sentence(language)}, 403)
    except errors.NotFound as fault:
        return JSONResponse({"error": fault.sentence(language)}, 404)
    except errors.Conflict as fault:
        return JSONResponse({"error": fault.sentence(language)}, 409)
    except errors.TooManyWrites as fault:
        later = {"Retry-After": str(fault.retry_after_s)}
        return JSONResponse({"error": fault.sentence(language), "wait_s": fault.retry_after_s}, 429, later)
    except errors.StoreError as fault:
        return JSONResponse({"error": fault.sentence(language)}, 503)


def _wrong(request: Request, key: str, status: int) -> Response:
    return JSONResponse({"error": i18n.text(f"error.{key}", plain_page.language(request))}, status)


def _forbidden(actor: Actor, request: Request) -> str:
    try:
        access.demand_somewhere(actor, Action.TAG_ISSUE)
    except errors.Forbidden as fault:
        return fault.sentence(plain_page.language(request))
    return ""


def _near(request: Request, _said: None) -> dict[str, Any]:
    """Say what a place belongs to, or a building."""
    actor, data = tag_page.community(request)
    language, seen, asked = plain_page.language(request), Sight.of(actor, data.community), request.query_params
    if building := _whole(asked.get("building")):
        return asdict(issue_tagging.at_building(sources.store(), data, seen, building, language=language))
    lon, lat = _number(asked.get("lon")), _number(asked.get("lat"))
    if lon is None or lat is None or not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise errors.InputError("tag_unread")
    spot = issue_tagging.near(
        sources.store(),
        data,
        seen,
        lon=lon,
        lat=lat,
        accuracy_m=_number(asked.get("accuracy")),
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
        _number(asked.get("lon")),
        _number(asked.get("lat")),
        asked.get("category", ""),
        dt.datetime.now(dt.UTC),
        building_id=_whole(asked.get("building")),
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
    source = _text(said, "source")
    if source not in {one.value for one in model.IssueSource}:
        raise errors.InputError("tag_unread")
    voice = issue_doubles.add_voice(
        sources.store(),
        actor,
        data,
        _whole(said.get("issue")) or 0,
        source=model.IssueSource(source),
        text=_text(said, "text"),
        client_id=_client_id(said.get("client_id")),
        now=dt.datetime.now(dt.UTC),
        address=plain_page.address(request),
    )
    with sources.store().read() as session:
        return {"id": voice.issue_id, "code": session.get_one(model.Issue, voice.issue_id).code}


def _record(request: Request, said: Mapping[str, Any]) -> dict[str, Any]:
    """Keep what was tagged, and say what it is called."""
    actor, data = tag_page.community(request)
    lon, lat = _number(said.get("lon")), _number(said.get("lat"))
    given = {
        "category": _text(said, "category"),
        "text": _text(said, "text"),
        "source": _text(said, "source") or model.IssueSource.WALK.value,
        "building_id": _whole(said.get("building")),
        "geom": "" if lon is None or lat is None else f"{lon:.7f},{lat:.7f}",
    }
    made = issue_tagging.record(
        sources.store(),
        actor,
        data,
        given,
        client_id=_client_id(said.get("client_id")),
        accuracy_m=_number(said.get("accuracy_m")),
        ago=dt.timedelta(seconds=min(max(_number(said.get("ago_s")) or 0.0, 0.0), 10.0**8)),
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
        _client_id(said.get("client_id")),
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


def _keep_photo(request: Request, body: bytes) -> dict[str, Any]:
    """Keep a photo of an issue, by the issue's number or by what the device called it."""
    actor, data = tag_page.community(request)
    asked, store = request.query_params, sources.store()
    number = _whole(asked.get("issue"))
    stage = asked.get("stage", model.PhotoStage.BEFORE.value)
    if stage not in {one.value for one in model.PhotoStage}:
        raise errors.InputError("tag_unread")
    if number is None:
        number = _of_device(data, _client_id(asked.get("of")))
    kept = photos.keep(
        store,
        actor,
        number,
        body,
        stage=model.PhotoStage(stage),
        client_id=_client_id(asked.get("client_id")),
        taken_at=_moment(asked.get("taken_at")),
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


def _text(said: Mapping[str, Any], name: str) -> str:
    value = said.get(name)
    return value if isinstance(value, str) else ""


def _client_id(value: Any) -> str:
    if not isinstance(value, str) or _CLIENT_ID.fullmatch(value) is None:
        raise errors.InputError("tag_unread")
    return value


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) and not isinstance(value, bool) else None


def _whole(value: Any) -> int | None:
    number = _number(value)
    return int(number) if number is not None and 0 < number < 2**31 and number == int(number) else None


def _moment(value: str | None) -> dt.datetime | None:
    try:
        moment = dt.datetime.fromisoformat(value or "")
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None
