"""What a browser brings along: the cookie of its session, and the sign by which a form is known for ours."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Any

import streamlit as st
from starlette.requests import cookie_parser
from starlette.responses import Response

SESSION = "gridmap_session"
"""Cookie of a session; only the store knows whose it is."""
FORM = "gridmap_form"
"""Cookie of somebody who is not signed in yet, to which the form of sign-in is bound."""
_FORM_S = 3600


def base_path() -> str:
    """Return the path under which the app is served: empty, or ``/name``."""
    chosen = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{chosen}" if chosen else ""


def cookie(scope: Any, name: str) -> str | None:
    """Return a cookie of a request or a websocket; None if there is none of this name."""
    for key, value in scope["headers"]:
        if key == b"cookie":
            found = cookie_parser(value.decode("latin-1")).get(name)
            if found:
                return found
    return None


def form_sign(secret: str) -> str:
    """Return what a form must bring: it follows from a cookie that no other site can read, and does not tell it."""
    return hashlib.sha256(b"gridmap form\n" + secret.encode()).hexdigest()


def form_is_ours(sign: str | None, secret: str | None) -> bool:
    """Whether a form was made for the browser that sends it."""
    if not sign or not secret:
        return False
    return hmac.compare_digest(sign.encode(), form_sign(secret).encode())


def fresh() -> str:
    """Return a secret that nobody guesses."""
    return secrets.token_urlsafe(24)


def give(response: Response, scope: Any, name: str, value: str) -> None:
    """Put a cookie on an answer: no script reads it, no other site sends it, and behind HTTPS it goes nowhere else.

    The session's cookie ends with the browser; how long it holds at most, the store says.
    """
    response.set_cookie(
        name,
        value,
        max_age=_FORM_S if name == FORM else None,
        path=f"{base_path()}/",
        secure=scope["scheme"] == "https",
        httponly=True,
        samesite="lax",
    )


def take(response: Response, scope: Any, name: str) -> None:
    """Take a cookie back."""
    secure = scope["scheme"] == "https"
    response.delete_cookie(name, path=f"{base_path()}/", secure=secure, httponly=True, samesite="lax")
