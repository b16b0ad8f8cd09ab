"""The link of a presentation: who opens it sees one community, without an account."""

from __future__ import annotations

import datetime as dt
from html import escape

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from gridmap import access, errors, i18n
from gridmap.services import view_links
from gridmap.web import credentials, guard, plain_page, sources

_TITLE = "view.title"


def routes(base: str) -> list[Route]:
    """Return the routes of such links, under the path where the app is served."""
    return [
        Route(base + "/view/{token}", page, methods=["GET"]),
        Route(base + "/view/{token}", enter, methods=["POST"]),
    ]


def address(token: str) -> str:
    """Return the path of the link with this token."""
    return f"{credentials.base_path()}/view/{token}"


async def page(request: Request) -> Response:
    """Ask before the session begins: programs that look at links ahead of people open nothing."""
    return await run_in_threadpool(_page, request)


async def enter(request: Request) -> Response:
    """Begin the session of a guest, in place of any other in this browser."""
    language = plain_page.language(request)
    try:
        said = await plain_page.fields(request)
        plain_page.demand_ours(request, said, credentials.cookie(request.scope, credentials.FORM))
        token = await run_in_threadpool(_begin, request)
    except plain_page.RefusedForm as fault:
        return await run_in_threadpool(_page, request, i18n.text(fault.key, language), fault.status)
    except errors.SignInFailed as fault:
        return _over(request, fault.sentence(language), 404)
    except errors.TooManyTries as fault:
        answer = _over(request, fault.sentence(language), 429)
        answer.headers["Retry-After"] = str(fault.retry_after_s)
        return answer
    except errors.StoreError as fault:
        return plain_page.unreachable(request, fault, _TITLE, _here(request))
    guest = await run_in_threadpool(sources.actor, token)
    to = "/" if guest is None or guest.story is None else f"{guard.PRESENT}{guest.story}"
    answer = RedirectResponse(f"{credentials.base_path()}{to}?lang={language}", status_code=303)
    credentials.give(answer, request.scope, credentials.SESSION, token)
    credentials.take(answer, request.scope, credentials.FORM)
    return answer


def _begin(request: Request) -> str:
    given = request.path_params["token"]
    return plain_page.begun(request, sources.store(), lambda store, **how: view_links.open_(store, given, **how))


def _page(request: Request, said: str = "", status: int = 200) -> Response:
    language = plain_page.language(request)
    try:
        present = sources.actor(credentials.cookie(request.scope, credentials.SESSION))
    except errors.StoreError as fault:
        return plain_page.unreachable(request, fault, _TITLE, _here(request))
    secret, sign = plain_page.signed(request)
    body = (
        f"{plain_page.told(said)}<h2>{escape(i18n.text(_TITLE, language))}</h2>"
        f'<p class="note">{escape(_what(request, language))}</p>{_leaves(present, language)}'
        f'<form method="post" action="{escape(credentials.base_path() + _here(request))}?lang={language}">{sign}'
        f"<button>{escape(i18n.text('view.open', language))}</button></form>"
    )
    answer = plain_page.page(request, _TITLE, body, here=_here(request), status=status)
    credentials.give(answer, request.scope, credentials.FORM, secret)
    return answer


def _what(request: Request, language: str) -> str:
    """Say what the link opens; of one that is none, what such links open."""
    shown = view_links.leads_to(sources.store(), request.path_params["token"], now=dt.datetime.now(dt.UTC))
    return i18n.text("view.what", language) if shown is None else i18n.text("present.view.what", language, name=shown)


def _leaves(present: access.Actor | None, language: str) -> str:
    if present is None:
        return ""
    text = i18n.text("view.leaves", language, name=present.display or present.name)
    return f'<p class="note">{escape(text)}</p>'


def _over(request: Request, said: str, status: int) -> Response:
    return plain_page.page(request, _TITLE, plain_page.told(said), here=_here(request), status=status)


def _here(request: Request) -> str:
    return f"/view/{request.path_params['token']}"
