"""Signing in and out, and changing one's password: plain pages that need no script."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from html import escape
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import Route

from gridmap import access, errors, i18n, model, settings
from gridmap.services import accounts, demo_accounts
from gridmap.web import credentials, guard, plain_page, provider, sources

_FILES = Path(__file__).parent
_HERE = "/sign-in"
# What an address may say was done or went wrong, and whether it is good news.
_SAID = {
    "out": ("sign_in.signed_out", True),
    "changed": ("password.changed", True),
    "made": ("set_up.made", True),
    **{name: (f"error.{name}", False) for name in ("oidc_failed", "oidc_no_role", "oidc_closed", "oidc_place")},
}


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
        return FileResponse(_FILES / name, headers={"Cache-Control": "private, max-age=3600"})

    return served


async def page(request: Request) -> Response:
    """Show the form of sign-in; who is signed in already goes on."""
    token = credentials.cookie(request.scope, credentials.SESSION)
    try:
        if await run_in_threadpool(sources.actor, token):
            to = guard.local(request.query_params.get("to"))
            return RedirectResponse(credentials.base_path() + to, status_code=303)
    except errors.StoreError as fault:
        return plain_page.unreachable(request, fault, "sign_in.title", _HERE)
    said, good = _SAID.get(request.query_params.get("said", ""), ("", True))
    text = i18n.text(said, plain_page.language(request)) if said else ""
    return await run_in_threadpool(_form, request, request.query_params.get("to"), said=text, good=good)


async def sign_in(request: Request) -> Response:
    """Begin a session, by name and password or as one of the demo's accounts."""
    language = plain_page.language(request)
    to: str | None = None
    try:
        fields = await plain_page.fields(request)
        to = fields.get("to")
        plain_page.demand_ours(request, fields, credentials.cookie(request.scope, credentials.FORM))
        token = await run_in_threadpool(_begin, request, fields)
    except plain_page.RefusedForm as fault:
        return await run_in_threadpool(_form, request, to, said=i18n.text(fault.key, language), status=fault.status)
    except errors.SignInFailed as fault:
        return await run_in_threadpool(_form, request, to, said=fault.sentence(language), status=401)
    except errors.TooManyTries as fault:
        later = {"Retry-After": str(fault.retry_after_s)}
        return await run_in_threadpool(_form, request, to, said=fault.sentence(language), status=429, headers=later)
    except errors.StoreError as fault:
        return plain_page.unreachable(request, fault, "sign_in.title", _HERE)
    answer = RedirectResponse(credentials.base_path() + guard.local(to), status_code=303)
    credentials.give(answer, request.scope, credentials.SESSION, token)
    credentials.take(answer, request.scope, credentials.FORM)
    return answer


async def sign_out(request: Request) -> Response:
    """End the session at once, in every tab, and let the browser forget what it kept."""
    token = credentials.cookie(request.scope, credentials.SESSION) or ""
    try:
        plain_page.demand_ours(request, await plain_page.fields(request), token)
    except plain_page.RefusedForm as fault:
        said = plain_page.told(i18n.text(fault.key, plain_page.language(request)))
        return plain_page.page(
            request, "sign_in.title", said + plain_page.back(request), here=_HERE, status=fault.status
        )
    await run_in_threadpool(accounts.sign_out, sources.store(), token)
    return _left(request, "out")


async def password_page(request: Request) -> Response:
    """Show the form in which one changes one's password; who came by a link has none."""
    actor: access.Actor = request.scope[guard.ACTOR]
    if actor.role == model.Role.VIEWER:
        return RedirectResponse(f"{credentials.base_path()}/", status_code=303)
    return _password_form(request)


async def change_password(request: Request) -> Response:
    """Change one's password, which ends all of one's sessions."""
    language = plain_page.language(request)
    actor: access.Actor = request.scope[guard.ACTOR]
    try:
        fields = await plain_page.fields(request)
        plain_page.demand_ours(request, fields, credentials.cookie(request.scope, credentials.SESSION))
        if fields.get("new") != fields.get("again"):
            raise plain_page.RefusedForm("password.differ", 422)
        await run_in_threadpool(_change, actor, fields, plain_page.address(request))
    except plain_page.RefusedForm as fault:
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
    return plain_page.begun(request, store, lambda at, **how: accounts.sign_in(at, name, password, **how))


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
    language = plain_page.language(request)
    try:
        nobody, offered = accounts.none(sources.store()), _demo_accounts()
    except errors.StoreError as fault:
        return plain_page.unreachable(request, fault, "sign_in.title", _HERE)

    def say(key: str) -> str:
        return escape(i18n.text(f"sign_in.{key}", language))

    secret, sign = plain_page.signed(request)
    hidden = f'{sign}<input type="hidden" name="to" value="{escape(guard.local(to))}">'
    action = f"{escape(credentials.base_path())}/sign-in?lang={language}"
    body = plain_page.told(said, good=good) + _provider_link(language)
    if nobody and not offered:
        body += f'<p class="note">{say("first_link")}</p><p class="note">{say("first")}</p>'
        body += f"<pre>{escape(first_command(language))}</pre>"
    body += (
        f'<form method="post" action="{action}">{hidden}'
        f'<label>{say("name")}<input name="name" autocomplete="username" autocapitalize="none" spellcheck="false" '
        f'maxlength="80" required></label>'
        f'<label>{say("password")}<input name="password" type="password" autocomplete="current-password" '
        f'maxlength="200" required></label><button>{say("enter")}</button></form>'
    )
    if offered:
        body += _demo_form([account.role for account in offered], action, hidden, language)
    answer = plain_page.page(request, "sign_in.title", body, here=_HERE, status=status, headers=headers)
    credentials.give(answer, request.scope, credentials.FORM, secret)
    return answer


def _provider_link(language: str) -> str:
    """Return the way to the office's identity provider, or what its settings lack; nothing where none is wanted."""
    if not provider.is_on():
        return ""
    try:
        provider.demand()
    except errors.InputError as fault:
        return plain_page.told(fault.sentence(language))
    link = f"{escape(credentials.base_path() + provider.BEGIN)}"
    return f'<p><a class="button" href="{link}">{escape(i18n.text("sign_in.provider", language))}</a></p>'


def first_command(language: str) -> str:
    """Return the command that makes the first administrator of a store."""
    store, name = i18n.text("sign_in.store", language), i18n.text("sign_in.account", language)
    return f"gridmap user {store} add {name} --role administrator"


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
    language = plain_page.language(request)
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
        f"{plain_page.told(said)}<h2>{say('title')} · {escape(actor.display or actor.name)}</h2>{must}"
        f'<form method="post" action="{escape(credentials.base_path())}/password?lang={language}">'
        f'<input type="hidden" name="sign" value="{sign}">'
        f'<input type="hidden" name="name" autocomplete="username" value="{escape(actor.name)}">'
        f"{inputs}<button>{say('save')}</button></form>" + ("" if actor.must_change else plain_page.back(request))
    )
    return plain_page.page(request, "password.title", body, here="/password", status=status, headers=headers)
