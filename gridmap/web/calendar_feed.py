"""A person's deadlines and duties for their calendar, behind a secret link and nothing else."""

from __future__ import annotations

import datetime as dt

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from gridmap import errors
from gridmap.services import calendar_links
from gridmap.web import credentials, plain_page, sources


def routes(base: str) -> list[Route]:
    """Return the route of such links, under the path where the app is served."""
    return [Route(base + "/calendar/{token}", feed, methods=["GET"])]


def address(token: str) -> str:
    """Return the path of the link with this token."""
    return f"{credentials.base_path()}/calendar/{token}"


async def feed(request: Request) -> Response:
    """Answer with the calendar; of a link that is none, only that it is none."""
    language = plain_page.language(request)
    try:
        body = await run_in_threadpool(_feed, request, language)
    except errors.TooManyTries as fault:
        told = {"Retry-After": str(fault.retry_after_s)}
        return PlainTextResponse(fault.sentence(language), status_code=429, headers=told)
    except errors.StoreError as fault:
        return PlainTextResponse(fault.sentence(language), status_code=503)
    except (errors.SignInFailed, errors.Forbidden, errors.NotFound) as fault:
        return PlainTextResponse(fault.sentence(language), status_code=404)
    headers = {"Content-Disposition": 'inline; filename="gridmap.ics"'}
    return Response(body, media_type=calendar_links.MIME, headers=headers)


def _feed(request: Request, language: str) -> bytes:
    now = dt.datetime.now(dt.UTC)
    token = request.path_params["token"]
    link, actor, staff_id = calendar_links.open_(sources.store(), token, address=plain_page.address(request), now=now)
    data = sources.community(link.community_id)
    return calendar_links.feed(sources.store(), data, actor, staff_id, now=now, language=language)
