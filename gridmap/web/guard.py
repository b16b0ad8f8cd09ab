"""The guard before everything: no request and no websocket without a session, and the headers of every answer."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import streamlit
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gridmap import access, errors, i18n
from gridmap.exchange import photo
from gridmap.web import ahead, credentials, provider, sources

ACTOR = "gridmap.actor"
"""Where a request carries whose it is."""
OPEN = frozenset({"/sign-in", "/sign-in/style.css", "/sign-in/icon.png", "/_stcore/health"})
"""All that is answered without a session, but for links whose own token is asked for."""
LINKS = ("/view/", "/set-up/", "/calendar/", "/receptions/")
"""Where such links begin."""
PRESENT = "/present/"
"""Where presentations are shown (`present_page`)."""
OTHER_PROGRAMS = "/open311/v2/"
"""Where other programs ask: each of these routes demands a key itself."""
_BEFORE_A_NEW_PASSWORD = frozenset({"/password", "/sign-out"})
# What no person opens by its address: without a session it is refused, not sent to the form of sign-in.
_MACHINE = ("/_stcore/", "/gridmap/", "/media/", "/component/", "/static/", "/app/")
# Parts of the program: a browser may keep them, they tell nothing of the community.
_PROGRAM = ("/static/", "/component/", "/gridmap/assets/", "/sign-in/")
_FONTS = "/gridmap/assets/fonts/"
_LAYERS = "/gridmap/layers/"
# What a map asks while nobody touches it keeps no session from ending.
_BY_ITSELF = ("/gridmap/revision/", _LAYERS)
# What is sent is held in memory before any page looks at it: only of those who have a page for it, and no more than
# that page takes.
_UPLOAD = "/_stcore/upload_file/"
_PHOTO_BYTES = photo.LARGEST_MB * 1024 * 1024 + 100_000  # with what a form says around the file
_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "SAMEORIGIN",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(self), fullscreen=(self), clipboard-write=(self), camera=(), microphone=(), "
    "payment=(), usb=(), serial=(), bluetooth=(), midi=(), display-capture=()",
}
_POLICY = (
    "default-src 'self'; script-src {scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "font-src 'self' data:; connect-src 'self'{sockets}; worker-src 'self' blob:; media-src 'self' blob:; "
    "frame-src 'self'; frame-ancestors 'self'; object-src 'none'; base-uri 'self'; form-action 'self'"
)


class Guard:
    """ASGI middleware that lets nobody in who has no session.

    Parameters
    ----------
    app
        What is guarded.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._base = credentials.base_path()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it here."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        path = self._path(scope)
        if scope["type"] == "http":
            send = _with_headers(send, scope, path)
        if scope["type"] == "http" and path in provider.OPEN and scope["method"] == "GET" and provider.is_on():
            await self.app(scope, receive, provider.exchanging(send, scope) if path == provider.CALLBACK else send)
            return
        if scope["type"] == "http" and (path in OPEN or _is_link(path) or path.startswith(OTHER_PROGRAMS)):
            await self.app(scope, receive, send)
            return
        token = credentials.cookie(scope, credentials.SESSION)
        try:
            actor = await run_in_threadpool(sources.actor, token, present=not path.startswith(_BY_ITSELF))
        except errors.StoreError as fault:
            told = JSONResponse({"error": fault.sentence(_language(scope))}, 503)
            # The page of sign-in says it to a person, and leads back when the store is there again.
            answer = told if _for_machines(scope, path) else self._sent_away(scope, path)
            await _refuse(scope, receive, send, answer)
            return
        if actor is None:
            await _refuse(scope, receive, send, self._sent_away(scope, path))
            return
        if actor.must_change and path not in _BEFORE_A_NEW_PASSWORD:
            away = RedirectResponse(f"{self._base}/password", status_code=303)
            await _refuse(scope, receive, send, Response(status_code=403) if _for_machines(scope, path) else away)
            return
        if actor.story is not None and not _of_story(path, actor.story):
            # Their link opens one presentation: wherever they go, they are led back to it.
            away = RedirectResponse(f"{self._base}{PRESENT}{actor.story}", status_code=303)
            await _refuse(scope, receive, send, Response(status_code=403) if _for_machines(scope, path) else away)
            return
        if _UPLOAD in path and scope["type"] == "http" and (refused := _refused_file(actor, scope)):
            await _refuse(scope, receive, send, Response(status_code=refused))
            return
        scope[ACTOR] = actor
        if path == ahead.FRAME and scope["type"] == "http":
            query = scope["query_string"].decode("latin-1")
            send = _with_links(send, await run_in_threadpool(ahead.links, actor, query, _accepted(scope)))
        await self.app(scope, receive, send)

    def _path(self, scope: Scope) -> str:
        path: str = scope["path"]
        if self._base and (path == self._base or path.startswith(f"{self._base}/")):
            return path.removeprefix(self._base) or "/"
        return path

    def _sent_away(self, scope: Scope, path: str) -> Response:
        if _for_machines(scope, path):
            return Response(status_code=401)
        query = scope["query_string"].decode("latin-1")
        to = local(path + (f"?{query}" if query else ""))
        wanted = "" if to == "/" else f"?to={quote(to, safe='/')}"
        return RedirectResponse(f"{self._base}/sign-in{wanted}", status_code=303)


def local(to: str | None) -> str:
    """Return a path of this app to go to after sign-in; the first page where ``to`` leads anywhere else."""
    if (
        not to
        or not re.fullmatch(r"/(?![/\\])[^\\\x00-\x20\x7f]*", to)
        or to.startswith(("/sign-", "/password", *LINKS))
    ):
        return "/"
    return to


def _is_link(path: str) -> bool:
    return path.startswith(LINKS) and re.fullmatch(r"/[a-z-]+/[\w-]{1,100}(\.ics)?", path, flags=re.ASCII) is not None


def _of_story(path: str, story: int) -> bool:
    """Whether a path belongs to a presentation: its page, what the page is made of, and the way out."""
    return path in (f"{PRESENT}{story}", "/sign-out") or path.startswith(("/gridmap/assets/present/", _FONTS))


def _for_machines(scope: Scope, path: str) -> bool:
    if scope["type"] == "websocket" or scope["method"] not in ("GET", "HEAD"):
        return True
    return f"{path}/".startswith(_MACHINE)


def _refused_file(actor: access.Actor, scope: Scope) -> int:
    """Return the status with which a file is refused; 0 where it is taken."""
    if access.permission(actor.role, access.Action.IMPORT_DATA):
        return 0
    if not access.permission(actor.role, access.Action.EDIT_ISSUES):
        return 403
    # Those have photos to send: they say how large, and the server takes no more than that.
    headers = dict(scope["headers"])
    told = headers.get(b"content-length", b"0" if scope["method"] != "PUT" else b"")
    if not told.isdigit() or b"transfer-encoding" in headers:
        return 411
    return 413 if int(told) > _PHOTO_BYTES else 0


async def _refuse(scope: Scope, receive: Receive, send: Send, response: Response) -> None:
    if scope["type"] == "websocket":
        await receive()  # the request to connect, which may be answered now
        await send({"type": "websocket.close", "code": 1008, "reason": ""})
        return
    await response(scope, receive, send)


def _accepted(scope: Scope) -> str | None:
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == b"accept-language"), None)


def _language(scope: Scope) -> str:
    return i18n.choose(_accepted(scope))


def _with_links(send: Send, links: str) -> Send:
    async def sent(message: Message) -> None:
        if links and message["type"] == "http.response.start" and message["status"] in (200, 304):
            MutableHeaders(scope=message)["Link"] = links
        await send(message)

    return sent


def _with_headers(send: Send, scope: Scope, path: str) -> Send:
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            _head(MutableHeaders(scope=message), scope, path)
        await send(message)

    return sent


def _head(headers: MutableHeaders, scope: Scope, path: str) -> None:
    for name, value in _ALWAYS.items():
        headers[name] = value
    headers["Content-Security-Policy"] = _policy(scope, path)
    kept = headers.get("cache-control", "")
    if path.startswith(_PROGRAM) and kept:
        # No proxy on the way may answer in our place.
        headers["Cache-Control"] = kept.replace("public", "private")
    elif not (path.startswith(_LAYERS) and kept):
        headers["Cache-Control"] = "no-store"


def _policy(scope: Scope, path: str) -> str:
    if path.startswith(("/sign-", *LINKS)) or path == "/password":
        return _POLICY.format(scripts="'none'", sockets="")
    host: Any = next((value.decode("latin-1") for key, value in scope["headers"] if key == b"host"), "")
    # Older browsers do not count the app's own websocket as 'self'.
    plain = re.fullmatch(r"[\w.:\[\]-]+", host)
    sockets = f" ws://{host} wss://{host}" if plain else ""
    if path.startswith("/component/"):
        # streamlit-folium writes the map's script into its own frame.
        return _POLICY.format(scripts="'self' 'unsafe-inline' 'unsafe-eval'", sockets=sockets)
    # Streamlit's page counts with 64 bits in WebAssembly, which is not a way to run a text as a script.
    return _POLICY.format(scripts=" ".join(["'self'", "'wasm-unsafe-eval'", *_inline_scripts()]), sockets=sockets)


@cache
def _inline_scripts() -> tuple[str, ...]:
    """Return the hashes of the scripts that Streamlit's own page holds."""
    page = (Path(streamlit.__file__).parent / "static" / "index.html").read_text(encoding="utf-8")
    inline = re.findall(r"<script>(.*?)</script>", page, flags=re.DOTALL)
    hashes = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in inline]
    return tuple(f"'sha256-{one}'" for one in hashes)
