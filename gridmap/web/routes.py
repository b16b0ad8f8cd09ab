"""What the map fetches beside the page: its scripts, styles, icons and font, and the community's layers."""

from __future__ import annotations

import datetime as dt
import gzip
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from gridmap import access, errors, i18n, settings, typeface
from gridmap.cartography import assets, overview_map
from gridmap.services import layers
from gridmap.services.community_data import CommunityData
from gridmap.services.sight import Sight
from gridmap.web import (
    calendar_feed,
    credentials,
    guard,
    negotiation,
    open311,
    plain_page,
    present_page,
    provider,
    reception_page,
    set_up,
    sign_in,
    sources,
    tag_acts,
    tag_page,
    view_link,
    walk_acts,
    walk_page,
)

_FOREVER = "public, max-age=31536000, immutable"
_ID = re.compile(r"[0-9]{1,9}")  # no store has more communities than that
_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".png": "image/png"}
_MADE: Mapping[str, tuple[Callable[[], bytes], str]] = {
    "present/present.js": (present_page.script, ".js"),
    "present/present.css": (present_page.style, ".css"),
    "tag/tag.js": (tag_page.script, ".js"),
    "tag/tag.css": (tag_page.style, ".css"),
    "walk/walk.js": (walk_page.script, ".js"),
    "walk/walk.css": (walk_page.style, ".css"),
}
SCRIPT = Path(__file__).parent / "script.py"
"""The Streamlit script around which the application is built."""


def all_routes() -> list[Route]:
    """Return the application's own routes, beside Streamlit's."""
    base = credentials.base_path()
    return [
        *sign_in.routes(base),
        *provider.routes(base),
        *set_up.routes(base),
        *view_link.routes(base),
        *present_page.routes(base),
        *open311.routes(base),
        *calendar_feed.routes(base),
        *reception_page.routes(base),
        *tag_acts.routes(base),
        *walk_acts.routes(base),
        Route(base + "/gridmap/assets/{path:path}", asset),
        Route(base + "/gridmap/revision/{community}", revision),
        Route(base + "/gridmap/layers/{community}/{language}/{name}.json", layer),
    ]


def middleware() -> list[Middleware]:
    """Return what stands before all routes, Streamlit's too: the guard."""
    return [Middleware(guard.Guard)]


async def asset(request: Request) -> Response:
    """Serve a script, style, picture or font that belongs to the program."""
    path = request.path_params["path"]
    if path == "client/map.js":
        return Response(overview_map.script(), media_type=_TYPES[".js"], headers=_headers(request))
    if path in _MADE:
        made, ending = _MADE[path]
        return Response(made(), media_type=_TYPES[ending], headers=_headers(request))
    file = _asset(path)
    if file is None:
        return Response(status_code=404)
    return FileResponse(file, media_type=_TYPES.get(file.suffix), headers=_headers(request))


def _headers(request: Request) -> dict[str, str]:
    kept = _FOREVER if request.query_params.get("v") else "public, max-age=3600"
    return {"Cache-Control": kept, "X-Content-Type-Options": "nosniff"}


async def layer(request: Request) -> Response:
    """Serve one layer of a community's map as GeoJSON, as far as the person sees it, tagged by its revision."""
    language = request.path_params["language"]
    name = request.path_params["name"]
    number = request.path_params["community"]
    if language not in i18n.LANGUAGES or name not in layers.NAMES or _ID.fullmatch(number) is None:
        return Response(status_code=404)
    community = int(number)
    try:
        actor: access.Actor = request.scope[guard.ACTOR]
        stamp, tag, body = await run_in_threadpool(_layer, actor, community, language, name)
    except errors.Forbidden as fault:
        return JSONResponse({"error": fault.sentence(language)}, status_code=403)
    except errors.NotFound as fault:
        return JSONResponse({"error": fault.sentence(language)}, status_code=404)
    except errors.StoreError as fault:
        return JSONResponse({"error": fault.sentence(language)}, status_code=503)
    # A layer asked for by its present stamp never changes: this browser, and nobody between, may keep it for the hour,
    # for this session only.
    fresh = request.query_params.get("r") == stamp
    kept = "private, max-age=3600" if fresh else "private, no-cache"
    headers = {"ETag": tag, "Cache-Control": kept, "Vary": "Accept-Encoding, Cookie"}
    if negotiation.has_already(request.headers.get("if-none-match"), tag):
        return Response(status_code=304, headers=headers)
    if negotiation.takes_gzip(request.headers.get("accept-encoding")):
        return Response(body, media_type="application/geo+json", headers={**headers, "Content-Encoding": "gzip"})
    return Response(gzip.decompress(body), media_type="application/geo+json", headers=headers)


async def revision(request: Request) -> Response:
    """Tell the present revision of a community to somebody who sees its map."""
    number, language = request.path_params["community"], plain_page.language(request)
    if _ID.fullmatch(number) is None:
        return Response(status_code=404)
    try:
        return JSONResponse({"revision": await run_in_threadpool(_revision, request.scope[guard.ACTOR], int(number))})
    except errors.Forbidden as fault:
        return JSONResponse({"error": fault.sentence(language)}, status_code=403)
    except errors.NotFound as fault:
        return JSONResponse({"error": fault.sentence(language)}, status_code=404)
    except errors.StoreError as fault:
        return JSONResponse({"error": fault.sentence(language)}, status_code=503)


def _revision(actor: access.Actor, community_id: int) -> int:
    store = sources.store()
    Sight.of(actor, store.community(community_id))
    return store.revision(community_id)


def _asset(path: str) -> Path | None:
    if path.startswith("vendor/"):
        return assets.find(path.removeprefix("vendor/"))
    folders = {"client/": overview_map.client_dir(), "icons/": settings.data_dir() / "icons"}
    for prefix, folder in folders.items():
        if path.startswith(prefix):
            known = {file.name: file for file in folder.iterdir() if file.is_file()}
            return known.get(path.removeprefix(prefix))
    font = {"fonts/regular": typeface.file(), "fonts/bold": typeface.file(bold=True)}.get(path)
    return font if font is not None and font.is_file() else None


def _layer(actor: access.Actor, community_id: int, language: str, name: str) -> tuple[str, str, bytes]:
    whole = sources.community(community_id)
    seen = Sight.of(actor, whole.community)
    if not seen.layer(name):
        action = access.Action.SEE_ISSUES if name == "issues" else access.Action.SEE_STAFF
        raise errors.Forbidden("forbidden_role", action=action.value)
    data = sources.seen(whole, seen) if name in layers.PERSONAL else whole
    stamp = sources.stamp(data)[name]
    made = _Made(f'"{community_id}-{language}-{name}-{stamp}"', data)
    return stamp, made.tag, _compressed(made, name, language, sources.hour())


@dataclass(frozen=True)
class _Made:
    """One answer: what it is told by, and what it is made of."""

    tag: str
    data: CommunityData = field(compare=False)


@lru_cache(maxsize=128)
def _compressed(made: _Made, name: str, language: str, now: dt.datetime) -> bytes:
    return gzip.compress(layers.build(made.data, name, language=language, now=now), compresslevel=4)
