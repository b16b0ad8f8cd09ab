"""The line from a page on a phone: how what it asks and sends is read, and that only our own page is listened to."""

from __future__ import annotations

import datetime as dt
import json
import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from gridmap import access, errors, i18n
from gridmap.access import Action, Actor
from gridmap.exchange import photo
from gridmap.web import credentials, guard, plain_page

LONGEST = 64_000
"""Bytes of what is sent besides photos: a text of 10,000 signs is refused in words."""
_SIGN = "x-gridmap-sign"
_CLIENT_ID = re.compile(r"[\w-]{8,100}", re.ASCII)
Work = Callable[[Request, Any], Any]


def asked(work: Work) -> Callable[[Request], Any]:
    """Return a route that answers what is asked by address."""

    async def answer(request: Request) -> Response:
        return await _answered(request, work, None)

    return answer


def sent(work: Work, *, longest: int = LONGEST) -> Callable[[Request], Any]:
    """Return a route that reads what is sent as JSON of at most ``longest`` bytes, from our own page only."""

    async def answer(request: Request) -> Response:
        if (refused := _not_ours(request)) is not None:
            return refused
        body = await _body(request, longest)
        try:
            said = json.loads(body) if body is not None else None
        except (ValueError, RecursionError):
            said = None
        if not isinstance(said, dict):
            return _wrong(request, "tag_unread", 413 if body is None else 400)
        return await _answered(request, work, said)

    return answer


def sent_photo(work: Work) -> Callable[[Request], Any]:
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


def text(said: Mapping[str, Any], name: str) -> str:
    """Return a text of what is sent; "" where it is none."""
    value = said.get(name)
    return value if isinstance(value, str) else ""


def client_id(value: Any) -> str:
    """Return what a device calls an act.

    Raises
    ------
    errors.InputError
        If it is no such name.
    """
    if not isinstance(value, str) or _CLIENT_ID.fullmatch(value) is None:
        raise errors.InputError("tag_unread")
    return value


def number(value: Any) -> float | None:
    """Return a finite number; None where it is none."""
    try:
        found = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return found if math.isfinite(found) and not isinstance(value, bool) else None


def whole(value: Any) -> int | None:
    """Return the number of a row; None where it is none."""
    found = number(value)
    return int(found) if found is not None and 0 < found < 2**31 and found == int(found) else None


def moment(value: str | None) -> dt.datetime | None:
    """Return a moment that names its zone; None where it is none."""
    try:
        found = dt.datetime.fromisoformat(value or "")
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def ago(value: Any) -> dt.timedelta:
    """Return how long ago something was, by the device's own clock: never ahead, and no longer than a few years."""
    return dt.timedelta(seconds=min(max(number(value) or 0.0, 0.0), 10.0**8))
