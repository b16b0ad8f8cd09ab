"""The first start: a link, told in the terminal only, by which the first administrator makes an account."""

from __future__ import annotations

import asyncio
import datetime as dt
import hmac
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from html import escape
from typing import Any

import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from streamlit import runtime

from gridmap import errors, i18n, settings
from gridmap.services import account_admin, accounts, demo_accounts
from gridmap.web import credentials, late_downloads, plain_page, sources

HOLDS = dt.timedelta(hours=1)
_TITLE = "set_up.title"


class Invitation:
    """The one link of this process: it holds for an hour, and only while the store has no account."""

    def __init__(self) -> None:
        self._hash = ""
        self._until = dt.datetime.min.replace(tzinfo=dt.UTC)

    def renew(self, now: dt.datetime) -> str:
        """Return the token of a new link; an older one opens nothing any more."""
        token = credentials.fresh()
        self._hash, self._until = accounts.token_hash(token), now + HOLDS
        return token

    def holds(self, token: str, now: dt.datetime) -> bool:
        """Whether this is the token, in time."""
        return now < self._until and hmac.compare_digest(self._hash, accounts.token_hash(token))


@cache
def invitation() -> Invitation:
    """Return the invitation of this process."""
    return Invitation()


def routes(base: str) -> list[Route]:
    """Return the routes of the link, under the path where the app is served."""
    return [
        Route(base + "/set-up/{token}", page, methods=["GET"]),
        Route(base + "/set-up/{token}", make, methods=["POST"]),
    ]


@asynccontextmanager
async def started(_app: Any) -> AsyncIterator[None]:
    """Tell the link in the terminal when the app starts, if the store has no account; the app does not wait for it."""
    late_downloads.hold(runtime.get_instance().media_file_mgr)
    telling = asyncio.create_task(run_in_threadpool(announce, dt.datetime.now(dt.UTC)))
    yield
    await telling


def announce(now: dt.datetime) -> None:
    """Write the link to the terminal if the store has no account yet, and no demo is offered instead."""
    language = settings.from_environment().language
    try:
        store = sources.store()
        if not accounts.none(store) or (settings.from_environment().demo and demo_accounts.offered(store)):
            return
    except errors.GridmapError as fault:
        # The pages say it too, and go on when the store is there again.
        sys.stderr.write(f"{fault.sentence(language)}\n")
        return
    host = f"http://localhost:{st.get_option('server.port')}{credentials.base_path()}"
    minutes = int(HOLDS.total_seconds()) // 60
    link = f"{host}/set-up/{invitation().renew(now)}"
    sys.stderr.write(f"\n{i18n.text('set_up.announced', language, minutes=minutes)}\n\n  {link}\n\n")
    sys.stderr.flush()


async def page(request: Request) -> Response:
    """Show the form in which the first administrator chooses a name and a password."""
    return await run_in_threadpool(_page, request)


async def make(request: Request) -> Response:
    """Make the first administrator; the link opens nothing afterwards."""
    language = plain_page.language(request)
    said: dict[str, str] = {}
    try:
        said = await plain_page.fields(request)
        plain_page.demand_ours(request, said, credentials.cookie(request.scope, credentials.FORM))
        if said.get("password") != said.get("again"):
            raise plain_page.RefusedForm("password.differ", 422)
        made = await run_in_threadpool(_make, request, said)
    except plain_page.RefusedForm as fault:
        return await run_in_threadpool(_page, request, i18n.text(fault.key, language), fault.status, said.get("name"))
    except errors.InputError as fault:
        return await run_in_threadpool(_page, request, fault.sentence(language), 422, said.get("name"))
    except errors.StoreError as fault:
        return plain_page.unreachable(request, fault, _TITLE, _here(request))
    if not made:
        return _over(request)
    answer = RedirectResponse(f"{credentials.base_path()}/sign-in?lang={language}&said=made", status_code=303)
    credentials.take(answer, request.scope, credentials.FORM)
    return answer


def _make(request: Request, said: dict[str, str]) -> bool:
    if not _holds(request):
        return False
    return account_admin.create_first(sources.store(), said.get("name", ""), said.get("password", "")) is not None


def _holds(request: Request) -> bool:
    now = dt.datetime.now(dt.UTC)
    return invitation().holds(request.path_params["token"], now) and accounts.none(sources.store())


def _page(request: Request, said: str = "", status: int = 200, name: str | None = None) -> Response:
    language = plain_page.language(request)
    try:
        if not _holds(request):
            return _over(request)
    except errors.StoreError as fault:
        return plain_page.unreachable(request, fault, _TITLE, _here(request))

    def say(key: str) -> str:
        return escape(i18n.text(key, language))

    secret, sign = plain_page.signed(request)
    asked = (("password", "sign_in.password"), ("again", "set_up.again"))
    inputs = "".join(
        f'<label>{say(word)}<input name="{field}" type="password" autocomplete="new-password" maxlength="200" '
        "required></label>"
        for field, word in asked
    )
    body = (
        f'{plain_page.told(said)}<h2>{say(_TITLE)}</h2><p class="note">{say("set_up.what")}</p>'
        f'<form method="post" action="{escape(credentials.base_path() + _here(request))}?lang={language}">{sign}'
        f'<label>{say("sign_in.name")}<input name="name" autocomplete="username" autocapitalize="none" '
        f'spellcheck="false" maxlength="80" value="{escape(name or "")}" required></label>'
        f"{inputs}<button>{say('set_up.make')}</button></form>"
    )
    answer = plain_page.page(request, _TITLE, body, here=_here(request), status=status)
    credentials.give(answer, request.scope, credentials.FORM, secret)
    return answer


def _over(request: Request) -> Response:
    text = i18n.text("set_up.over", plain_page.language(request))
    return plain_page.page(request, _TITLE, plain_page.told(text), here=_here(request), status=404)


def _here(request: Request) -> str:
    return f"/set-up/{request.path_params['token']}"
