"""Signing in with the office's identity provider, by Streamlit's own routes for OpenID Connect.

Streamlit would keep who somebody is in a cookie for 30 days, whatever the provider says. Here that cookie never reaches
the browser: on its way out of Streamlit's callback it is taken, judged, and a session of ours is given in its place,
which ends when the provider's word does.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.types import Message, Scope, Send
from streamlit import auth_util, user_info
from streamlit.errors import StreamlitAuthError
from streamlit.web.server.server_util import get_cookie_secret
from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

from gridmap import errors, settings
from gridmap.services import accounts, federation
from gridmap.services.federation import Federation
from gridmap.web import credentials, sources

BEGIN, CALLBACK = "/sign-in/provider", "/oauth2callback"
OPEN = frozenset({BEGIN, "/auth/login", CALLBACK})
"""What is answered without a session where a provider is in use."""
_PROVIDER = "default"
_TABLE = "gridmap_oidc"


def is_on() -> bool:
    """Whether the operator wants it."""
    return settings.from_environment().oidc


def demand() -> Federation:
    """Return how the provider's word is understood.

    Raises
    ------
    errors.InputError
        If ``secrets.toml`` does not say all that is needed, or the library is not installed.
    """
    if not auth_util.is_authlib_installed():
        raise errors.InputError("oidc_library")
    try:
        auth_util.validate_auth_credentials(_PROVIDER)
    except StreamlitAuthError as fault:
        raise errors.InputError("oidc_settings") from fault
    uri = auth_util.get_validated_redirect_uri() or ""
    secret = auth_util.get_signing_secret()
    if not uri.endswith(f"{credentials.base_path()}{CALLBACK}") or len(secret) < 32:
        raise errors.InputError("oidc_settings")
    return Federation.of(st.secrets.get(_TABLE, {}))


def routes(base: str) -> list[Route]:
    """Return the route by which a person goes to the provider."""
    return [Route(base + BEGIN, begin, methods=["GET"])]


async def begin(_request: Request) -> Response:
    """Send a person to the provider, by Streamlit's own route."""
    try:
        await run_in_threadpool(demand)
    except errors.InputError:
        return _back_to_sign_in("provider")
    return RedirectResponse(user_info.generate_login_redirect_url(_PROVIDER), status_code=303)


def exchanging(send: Send, scope: Scope) -> Send:
    """Return what puts a session of ours in the place of Streamlit's cookies on the callback's answer."""

    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = await run_in_threadpool(_exchanged, message, scope)
        await send(message)

    return sent


def _exchanged(message: Message, scope: Scope) -> Message:
    given = [value.decode("latin-1") for name, value in message["headers"] if name == b"set-cookie"]
    cookies = dict(line.partition(";")[0].split("=", 1) for line in given if "=" in line)
    answer = _entered(_claims(cookies), scope)
    ours = [(name, value) for name, value in answer.raw_headers if name in (b"location", b"set-cookie")]
    kept = [
        (name, value)
        for name, value in message["headers"]
        if name != b"location" and not (name == b"set-cookie" and value.startswith(USER_COOKIE_NAME.encode()))
    ]
    made = {**message, "status": answer.status_code, "headers": [*kept, *ours]}
    MutableHeaders(scope=made)["Cache-Control"] = "no-store"
    return made


def _claims(cookies: Mapping[str, str]) -> dict[str, Any] | None:
    """Return what the provider said, out of Streamlit's signed cookie; None where there is none."""

    def one(name: str) -> bytes | None:
        return decode_signed_value(get_cookie_secret(), name, cookies[name]) if cookies.get(name) else None

    found = auth_util.get_cookie_with_chunks(one, USER_COOKIE_NAME)
    claims = json.loads(found) if found else None
    return claims if isinstance(claims, dict) else None


def _entered(claims: dict[str, Any] | None, scope: Scope) -> Response:
    if claims is None:
        return _back_to_sign_in("oidc_failed")
    request = Request(scope)
    try:
        token = federation.enter(
            sources.store(),
            claims,
            demand(),
            address=request.client.host if request.client else "",
            agent=request.headers.get("user-agent", ""),
            now=dt.datetime.now(dt.UTC),
        )
    except errors.SignInFailed as fault:
        return _back_to_sign_in(fault.key)
    except errors.InputError:
        return _back_to_sign_in("provider")
    except errors.StoreError:
        return _back_to_sign_in("")
    before = credentials.cookie(scope, credentials.SESSION)
    if before:
        accounts.sign_out(sources.store(), before)
    answer = RedirectResponse(f"{credentials.base_path()}/", status_code=303)
    credentials.give(answer, scope, credentials.SESSION, token)
    return answer


def _back_to_sign_in(said: str) -> Response:
    return RedirectResponse(f"{credentials.base_path()}/sign-in" + (f"?said={said}" if said else ""), status_code=303)
