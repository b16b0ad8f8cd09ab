"""The routes of Open311 GeoReport v2: no session, but the key of another program."""

from __future__ import annotations

import datetime as dt
import threading
from collections import deque
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any
from urllib.parse import parse_qs

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gridmap import errors, model, settings
from gridmap.services import api_keys, open311
from gridmap.services.community_data import CommunityData
from gridmap.web import guard, plain_page, sources

_LONGEST_FORM = 65_536  # bytes
_MINUTE = dt.timedelta(minutes=1)

Answer = Callable[[CommunityData, model.ApiKey, Mapping[str, str], str, dt.datetime], Any]


def routes(base: str) -> list[Route]:
    """Return the routes, under the path where the app is served."""
    at = base + guard.OTHER_PROGRAMS
    return [
        Route(at + "services.{form}", services, methods=["GET"]),
        Route(at + "services/{code}.{form}", definition, methods=["GET"]),
        Route(at + "requests.{form}", requests, methods=["GET"]),
        Route(at + "requests.{form}", report, methods=["POST"]),
        Route(at + "requests/{code}.{form}", request, methods=["GET"]),
    ]


async def services(asked: Request) -> Response:
    """Say what can be reported."""
    return await _answered(asked, "services", lambda data, _key, _said, words, _now: open311.services(data, words))


async def definition(asked: Request) -> Response:
    """Say what a service asks besides."""
    code = asked.path_params["code"]
    return await _answered(asked, "service_definition", lambda data, *_: open311.definition(data, code))


async def requests(asked: Request) -> Response:
    """Say how requests stand."""

    def answer(
        data: CommunityData, key: model.ApiKey, said: Mapping[str, str], language: str, now: dt.datetime
    ) -> list[dict[str, Any]]:
        return open311.requests(data, key, said, language=language, now=now)

    return await _answered(asked, "service_requests", answer)


async def request(asked: Request) -> Response:
    """Say how one request stands."""
    code = asked.path_params["code"]
    return await _answered(
        asked, "service_requests", lambda data, key, _said, language, _now: open311.request(data, key, code, language)
    )


async def report(asked: Request) -> Response:
    """Keep a request as an issue."""
    address = plain_page.address(asked)

    def answer(
        data: CommunityData, key: model.ApiKey, said: Mapping[str, str], language: str, now: dt.datetime
    ) -> list[dict[str, Any]]:
        return open311.report(sources.store(), data, key, said, language=language, address=address, now=now)

    return await _answered(asked, "service_requests", answer, status=201)


class Pace:
    """How often each key is used: so often within a minute, and no more.

    Parameters
    ----------
    limit
        Calls that are answered within a minute.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._calls: dict[int, deque[dt.datetime]] = {}
        self._turn = threading.Lock()

    def demand(self, key_id: int, now: dt.datetime) -> None:
        """Count a call.

        Raises
        ------
        errors.TooManyCalls
            If the key has to wait; the call is not counted then.
        """
        with self._turn:
            calls = self._calls.setdefault(key_id, deque())
            while calls and calls[0] <= now - _MINUTE:
                calls.popleft()
            if len(calls) >= self._limit:
                raise errors.TooManyCalls(max(1, round((calls[0] + _MINUTE - now).total_seconds())), self._limit)
            calls.append(now)


@cache
def _pace() -> Pace:
    return Pace(int(settings.defaults()["open311"]["per_minute"]))


async def _answered(asked: Request, name: str, answer: Answer, *, status: int = 200) -> Response:
    form = asked.path_params["form"]
    if form not in open311.MIME:
        return Response(status_code=404)
    language = plain_page.language(asked)
    try:
        said = await _said(asked)
        value = await run_in_threadpool(_value, asked, said, language, answer)
        return Response(open311.written(name, value, form), status_code=status, media_type=open311.MIME[form])
    except errors.GridmapError as fault:
        code = _status(fault)
        told = [{"code": code, "description": fault.sentence(language)}]
        headers = {}
        if isinstance(fault, (errors.TooManyCalls, errors.TooManyTries)):
            headers["Retry-After"] = str(fault.retry_after_s)
        body = open311.written("errors", told, form)
        return Response(body, status_code=code, media_type=open311.MIME[form], headers=headers)


def _value(asked: Request, said: Mapping[str, str], language: str, answer: Answer) -> Any:
    now = dt.datetime.now(dt.UTC)
    store = sources.store()
    token = said.get("api_key", "") or asked.headers.get("x-api-key", "")
    if not token:
        raise errors.SignInFailed("api_key_wrong")
    key = api_keys.open_(store, token, address=plain_page.address(asked), now=now)
    _pace().demand(int(key.id or 0), now)
    data = sources.community(key.community_id)
    open311.demand_jurisdiction(data, said)
    return answer(data, key, said, language, now)


def _status(fault: errors.GridmapError) -> int:
    if isinstance(fault, errors.SignInFailed):
        return 403
    if isinstance(fault, (errors.TooManyCalls, errors.TooManyTries)):
        return 429
    if isinstance(fault, errors.NotFound):
        return 404
    return 503 if isinstance(fault, errors.StoreError) else 400


async def _said(asked: Request) -> dict[str, str]:
    """Return what is asked: of the address, and of the form that is sent.

    Raises
    ------
    errors.InputError
        If the form is too long or has too many fields.
    """
    said = dict(asked.query_params)
    kept = b""
    async for chunk in asked.stream():
        kept += chunk
        if len(kept) > _LONGEST_FORM:
            raise errors.InputError("open311_form", limit_kb=_LONGEST_FORM // 1024)
    try:
        read = parse_qs(kept.decode("utf-8", "replace"), max_num_fields=100)
    except ValueError as fault:
        raise errors.InputError("open311_form", limit_kb=_LONGEST_FORM // 1024) from fault
    return {**said, **{name: values[0] for name, values in read.items()}}
