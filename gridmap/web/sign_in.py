"""Signing in and out, and changing one's password: plain pages that need no script."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from html import escape
from pathlib import Path
from urllib.parse import parse_qs, quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from gridmap import access, errors, i18n, model, settings
from gridmap.services import accounts, demo_accounts
from gridmap.web import credentials, guard, sources

_LONGEST_FORM = 8192  # bytes
_LANGUAGES = {"zh": "中文", "en": "English"}
_HERE = Path(__file__).parent


class _RefusedForm(Exception):
    """A form that is not ours, or too long."""

    def __init__(self, key: str, status: int) -> None:
        super().__init__(key)
        self.key = key
        self.status = status


def routes(base: str) -> list[Route]:
    """Return the routes of signing in, under the path where the app is served."""
    return [
        Route(f"{base}/sign-in", page, methods=["GET"]),
        Route(f"{base}/sign-in", sign_in, methods=["POST"]),
        Route(f"{base}/sign-in/style.css", _file("sign_in.css")),
        Route(f"{base}/sign-in/icon.png", _file("favicon.png")),
        Route(f"{base}/sign-out", sign_out, methods=["POST"]),
        Route(f"{base}/password", password_page, methods=["GET"]),
        Route(f"{base}/password", change_password, methods=["POST"]),
    ]


def _file(name: str) -> Callable[[Request], Response]:
    def served(_request: Request) -> Response:
        return FileResponse(_HERE / name, headers={"Cache-Control": "private, max-age=3600"})

    return served


async def page(request: Request) -> Response:
    """Show the form of sign-in; who is signed in already goes on."""
    token = credentials.cookie(request.scope, credentials.SESSION)
    try:
        if await run_in_threadpool(sources.actor, token):
            to = guard.local(request.query_params.get("to"))
            return RedirectResponse(credentials.base_path() + to, status_code=303)
    except errors.StoreError as fault:
        return _unreachable(request, fault)
    said = {"out": "sign_in.signed_out", "changed": "password.changed"}.get(request.query_params.get("said", ""), "")
    text = i18n.text(said, _language(request)) if said else ""
    return await run_in_threadpool(_form, request, request.query_params.get("to"), said=text, good=True)


async def sign_in(request: Request) -> Response:
    """Begin a session, by name and password or as one of the demo's accounts."""
    language = _language(request)
    to: str | None = None
    try:
        fields = await _fields(request)
        to = fields.get("to")
        _ours(request, fields, credentials.cookie(request.scope, credentials.FORM))
        token = await run_in_threadpool(_begin, request, fields)
    except _RefusedForm as fault:
        return await run_in_threadpool(_form, request, to, said=i18n.text(fault.key, language), status=fault.status)
    except errors.SignInFailed as fault:
        return await run_in_threadpool(_form, request, to, said=fault.sentence(language), status=401)
    except errors.TooManyTries as fault:
        later = {"Retry-After": str(fault.retry_after_s)}
        return await run_in_threadpool(_form, request, to, said=fault.sentence(language), status=429, headers=later)
    except errors.StoreError as fault:
        return _unreachable(request, fault)
    answer = RedirectResponse(credentials.base_path() + guard.local(to), status_code=303)
    credentials.give(answer, request.scope, credentials.SESSION, token)
    credentials.take(answer, request.scope, credentials.FORM)
    return answer


async def sign_out(request: Request) -> Response:
    """End the session at once, in every tab, and let the browser forget what it kept."""
    token = credentials.cookie(request.scope, credentials.SESSION) or ""
    try:
        _ours(request, await _fields(request), token)
    except _RefusedForm as fault:
        said = _said(i18n.text(fault.key, _language(request)))
        return _page(request, "sign_in.title", said + _back(request), status=fault.status)
    await run_in_threadpool(accounts.sign_out, sources.store(), token)
    return _left(request, "out")


async def password_page(request: Request) -> Response:
    """Show the form in which one changes one's password."""
    return _password_form(request)


async def change_password(request: Request) -> Response:
    """Change one's password, which ends all of one's sessions."""
    language = _language(request)
    actor: access.Actor = request.scope[guard.ACTOR]
    try:
        fields = await _fields(request)
        _ours(request, fields, credentials.cookie(request.scope, credentials.SESSION))
        if fields.get("new") != fields.get("again"):
            raise _RefusedForm("password.differ", 422)
        await run_in_threadpool(_change, actor, fields, _address(request))
    except _RefusedForm as fault:
        return _password_form(request, said=i18n.text(fault.key, language), status=fault.status)
    except errors.SignInFailed:
        return _password_form(request, said=i18n.text("password.wrong", language), status=403)
    except errors.TooManyTries as fault:
        later = {"Retry-After": str(fault.retry_after_s)}
        return _password_form(request, said=fault.sentence(language), status=429, headers=later)
    except (errors.InputError, errors.Forbidden) as fault:
        return _password_form(request, said=fault.sentence(language), status=422)
    return _left(request, "changed")


def _begin(request: Request, fields: Mapping[str, str]) -> str:
    store = sources.store()
    name, password = fields.get("name", ""), fields.get("password", "")
    if demo := fields.get("demo"):
        names = [account.name for account in _demo_accounts() if account.role == demo]
        if not names:
            raise errors.SignInFailed("sign_in_failed")
        name, password = names[0], accounts.DEMO_PASSWORD
    before = credentials.cookie(request.scope, credentials.SESSION)
    token = accounts.sign_in(
        store,
        name,
        password,
        address=_address(request),
        agent=request.headers.get("user-agent", ""),
        now=dt.datetime.now(dt.UTC),
    )
    if before:
        accounts.sign_out(store, before)
    return token


def _change(actor: access.Actor, fields: Mapping[str, str], address: str) -> None:
    accounts.change_password(
        sources.store(),
        actor,
        fields.get("old", ""),
        fields.get("new", ""),
        address=address,
        now=dt.datetime.now(dt.UTC),
    )


def _demo_accounts() -> list[model.Account]:
    """Return the accounts that are offered to everybody: those of an invented community, where the operator says so."""
    return demo_accounts.offered(sources.store()) if settings.from_environment().demo else []


async def _fields(request: Request) -> dict[str, str]:
    kept = b""
    async for chunk in request.stream():
        kept += chunk
        if len(kept) > _LONGEST_FORM:
            raise _RefusedForm("sign_in.too_large", 413)
    read = parse_qs(kept.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=20)
    return {name: values[0] for name, values in read.items()}


def _ours(request: Request, fields: Mapping[str, str], secret: str | None) -> None:
    # Browsers say where a form comes from; where one does not, the sign alone decides.
    foreign = request.headers.get("sec-fetch-site") in ("cross-site", "same-site")
    if foreign or not credentials.form_is_ours(fields.get("sign"), secret):
        raise _RefusedForm("sign_in.stale", 403)


def _address(request: Request) -> str:
    # Behind a proxy on this machine uvicorn puts the visitor's address here; nobody else's word is taken for it.
    return request.client.host if request.client else ""


def _language(request: Request) -> str:
    accepted = request.headers.get("accept-language", "").split(",")
    asked = [request.query_params.get("lang"), *(one.partition(";")[0].strip() for one in accepted)]
    return i18n.choose(*asked, settings.from_environment().language)


def _left(request: Request, said: str) -> Response:
    answer = RedirectResponse(f"{credentials.base_path()}/sign-in?said={said}", status_code=303)
    answer.headers["Clear-Site-Data"] = '"cache"'
    credentials.take(answer, request.scope, credentials.SESSION)
    return answer


def _form(
    request: Request,
    to: str | None,
    *,
    said: str = "",
    good: bool = False,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    language = _language(request)
    try:
        nobody, offered = accounts.none(sources.store()), _demo_accounts()
    except errors.StoreError as fault:
        return _unreachable(request, fault)

    def say(key: str) -> str:
        return escape(i18n.text(f"sign_in.{key}", language))

    secret = credentials.cookie(request.scope, credentials.FORM) or credentials.fresh()
    hidden = (
        f'<input type="hidden" name="sign" value="{credentials.form_sign(secret)}">'
        f'<input type="hidden" name="to" value="{escape(guard.local(to))}">'
    )
    action = f"{escape(credentials.base_path())}/sign-in?lang={language}"
    body = _said(said, good=good)
    if nobody and not offered:
        body += f'<p class="note">{say("first")}</p><pre>{escape(first_command(language))}</pre>'
    body += (
        f'<form method="post" action="{action}">{hidden}'
        f'<label>{say("name")}<input name="name" autocomplete="username" autocapitalize="none" spellcheck="false" '
        f'maxlength="80" required></label>'
        f'<label>{say("password")}<input name="password" type="password" autocomplete="current-password" '
        f'maxlength="200" required></label><button>{say("enter")}</button></form>'
    )
    if offered:
        body += _demo_form([account.role for account in offered], action, hidden, language)
    answer = _page(request, "sign_in.title", body, status=status, headers=headers)
    credentials.give(answer, request.scope, credentials.FORM, secret)
    return answer


def first_command(language: str) -> str:
    """Return the command that makes the first administrator of a store."""
    store, name = i18n.text("sign_in.store", language), i18n.text("sign_in.account", language)
    return f"gridmap user {store} add {name} --role administrator"


def _unreachable(request: Request, fault: errors.StoreError) -> Response:
    language = _language(request)
    to = quote(guard.local(request.query_params.get("to")), safe="/")
    again = f"{credentials.base_path()}/sign-in?lang={language}&to={to}"
    link = f'<p class="note"><a href="{escape(again)}">{escape(i18n.text("app.again", language))}</a></p>'
    return _page(request, "sign_in.title", _said(fault.sentence(language)) + link, status=503)


def _demo_form(roles: Sequence[str], action: str, hidden: str, language: str) -> str:
    def word(key: str) -> str:
        return escape(i18n.text(key, language))

    rows = "".join(
        f'<button name="demo" value="{escape(role)}">{word(f"role.{role}")}'
        f"<small>{word(f'sign_in.sees.{role}')}</small></button>"
        for role in roles
    )
    return (
        f'<section><h2>{word("sign_in.demo")}<span class="badge">{word("app.synthetic")}</span></h2>'
        f'<p class="note">{word("sign_in.demo_note")}</p><form method="post" action="{action}">{hidden}{rows}</form>'
        "</section>"
    )


def _password_form(
    request: Request, *, said: str = "", status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    language = _language(request)
    actor: access.Actor = request.scope[guard.ACTOR]

    def say(key: str) -> str:
        return escape(i18n.text(f"password.{key}", language))

    sign = credentials.form_sign(credentials.cookie(request.scope, credentials.SESSION) or "")
    asked = (("old", "current-password"), ("new", "new-password"), ("again", "new-password"))
    inputs = "".join(
        f'<label>{say(name)}<input name="{name}" type="password" autocomplete="{kind}" maxlength="200" required>'
        "</label>"
        for name, kind in asked
    )
    must = f'<p class="note">{say("must")}</p>' if actor.must_change else ""
    body = (
        f"{_said(said)}<h2>{say('title')} · {escape(actor.display or actor.name)}</h2>{must}"
        f'<form method="post" action="{escape(credentials.base_path())}/password?lang={language}">'
        f'<input type="hidden" name="sign" value="{sign}">'
        f'<input type="hidden" name="name" autocomplete="username" value="{escape(actor.name)}">'
        f"{inputs}<button>{say('save')}</button></form>" + ("" if actor.must_change else _back(request))
    )
    return _page(request, "password.title", body, status=status, headers=headers)


def _said(text: str, *, good: bool = False) -> str:
    if not text:
        return ""
    return f'<p class="said{" good" if good else ""}" role="{"status" if good else "alert"}">{escape(text)}</p>'


def _back(request: Request) -> str:
    back = i18n.text("password.back", _language(request))
    return f'<p class="note"><a href="{escape(credentials.base_path())}/">{escape(back)}</a></p>'


def _page(
    request: Request, title: str, body: str, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    language = _language(request)
    base = escape(credentials.base_path())
    other = "en" if language == "zh" else "zh"
    to = quote(guard.local(request.query_params.get("to")), safe="/")
    here = "password" if title.startswith("password") else "sign-in"
    switch = f"{base}/{here}?lang={other}" + (f"&amp;to={escape(to)}" if to != "/" else "")
    app = escape(i18n.text("app.title", language))
    html = (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        f"<title>{escape(i18n.text(title, language))} · {app}</title>"
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">'
        f'<link rel="stylesheet" href="{base}/sign-in/style.css"><link rel="icon" href="{base}/sign-in/icon.png">'
        f'</head><body><main><header><span class="stripe"></span><h1>{app}</h1>'
        f'<a href="{switch}" lang="{other}">{_LANGUAGES[other]}</a></header>'
        f"{body}</main></body></html>"
    )
    return HTMLResponse(html, status_code=status, headers=dict(headers or {}))
