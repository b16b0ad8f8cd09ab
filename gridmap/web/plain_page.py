"""Plain pages that need no script: what they look like, and how what is sent from them is read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from html import escape
from urllib.parse import parse_qs, quote

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from gridmap import errors, i18n, settings
from gridmap.services import accounts
from gridmap.store import Store
from gridmap.web import credentials, guard

_LONGEST_FORM = 8192  # bytes
_LANGUAGES = {"zh": "中文", "en": "English"}


class RefusedForm(Exception):
    """A form that is not ours, or too long."""

    def __init__(self, key: str, status: int) -> None:
        super().__init__(key)
        self.key = key
        self.status = status


async def fields(request: Request) -> dict[str, str]:
    """Return what a form says.

    Raises
    ------
    RefusedForm
        If it is too long.
    """
    kept = b""
    async for chunk in request.stream():
        kept += chunk
        if len(kept) > _LONGEST_FORM:
            raise RefusedForm("sign_in.too_large", 413)
    read = parse_qs(kept.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=20)
    return {name: values[0] for name, values in read.items()}


def demand_ours(request: Request, said: Mapping[str, str], secret: str | None) -> None:
    """Refuse a form that was not made for this browser.

    Raises
    ------
    RefusedForm
    """
    # Browsers say where a form comes from; where one does not, the sign alone decides.
    foreign = request.headers.get("sec-fetch-site") in ("cross-site", "same-site")
    if foreign or not credentials.form_is_ours(said.get("sign"), secret):
        raise RefusedForm("sign_in.stale", 403)


def begun(request: Request, store: Store, begin: Callable[..., str]) -> str:
    """Begin a session in place of the one that this browser had, and return its token.

    Parameters
    ----------
    request, store
        The request that asks for it, and the store that keeps it.
    begin
        Called with the store and ``address``, ``agent`` and ``now``; returns the token.
    """
    before = credentials.cookie(request.scope, credentials.SESSION)
    agent = request.headers.get("user-agent", "")
    token = begin(store, address=address(request), agent=agent, now=dt.datetime.now(dt.UTC))
    if before:
        accounts.sign_out(store, before)
    return token


def address(request: Request) -> str:
    """Return the network address a request came from."""
    # Behind a proxy on this machine uvicorn puts the visitor's address here; nobody else's word is taken for it.
    return request.client.host if request.client else ""


def language(request: Request) -> str:
    """Return the language of a person who is not signed in: as the address says, else as the browser asks."""
    accepted = request.headers.get("accept-language", "").split(",")
    asked = [request.query_params.get("lang"), *(one.partition(";")[0].strip() for one in accepted)]
    return i18n.choose(*asked, settings.from_environment().language)


def told(text: str, *, good: bool = False) -> str:
    """Return a sentence that answers what was sent; nothing where there is none."""
    if not text:
        return ""
    return f'<p class="said{" good" if good else ""}" role="{"status" if good else "alert"}">{escape(text)}</p>'


def back(request: Request) -> str:
    """Return a link to the first page."""
    word = i18n.text("password.back", language(request))
    return f'<p class="note"><a href="{escape(credentials.base_path())}/">{escape(word)}</a></p>'


def signed(request: Request) -> tuple[str, str]:
    """Return the secret of this browser's forms, new where it has none, and the field that goes with it."""
    secret = credentials.cookie(request.scope, credentials.FORM) or credentials.fresh()
    return secret, f'<input type="hidden" name="sign" value="{credentials.form_sign(secret)}">'


def unreachable(request: Request, fault: errors.StoreError, title: str, here: str) -> Response:
    """Say that the store cannot be had, with a link to try again."""
    chosen = language(request)
    to = quote(guard.local(request.query_params.get("to")), safe="/")
    again = f"{credentials.base_path()}{here}?lang={chosen}&to={to}"
    link = f'<p class="note"><a href="{escape(again)}">{escape(i18n.text("app.again", chosen))}</a></p>'
    return page(request, title, told(fault.sentence(chosen)) + link, here=here, status=503)


def page(
    request: Request,
    title: str,
    body: str,
    *,
    here: str,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return a page.

    Parameters
    ----------
    request
        What it answers.
    title
        Key of its title.
    body
        Its HTML.
    here
        Its path, to which the switch of language leads.
    status, headers
        Of the answer.
    """
    chosen = language(request)
    base = escape(credentials.base_path())
    other = "en" if chosen == "zh" else "zh"
    to = quote(guard.local(request.query_params.get("to")), safe="/")
    switch = f"{base}{escape(here)}?lang={other}" + (f"&amp;to={escape(to)}" if to != "/" else "")
    app = escape(i18n.text("app.title", chosen))
    html = (
        f'<!doctype html><html lang="{chosen}"><head><meta charset="utf-8">'
        f"<title>{escape(i18n.text(title, chosen))} · {app}</title>"
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">'
        f'<link rel="stylesheet" href="{base}/sign-in/style.css"><link rel="icon" href="{base}/sign-in/icon.png">'
        f'</head><body><main><header><span class="stripe"></span><h1>{app}</h1>'
        f'<a href="{switch}" lang="{other}">{_LANGUAGES[other]}</a></header>'
        f"{body}</main></body></html>"
    )
    return HTMLResponse(html, status_code=status, headers=dict(headers or {}))
