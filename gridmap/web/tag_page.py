"""The page on which an issue is tagged where one stands: a light page of its own, which goes on without the line.

Streamlit loses what is typed when its websocket drops, so this page stands beside it: one script, which keeps the draft
with its photos in the browser until the server has taken it. What it must know comes with it as data.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from gridmap import access, errors, i18n, icons, model
from gridmap.access import Action, Actor
from gridmap.cartography import assets, overview_config, overview_map
from gridmap.exchange import photo
from gridmap.reports import walk_pack
from gridmap.services import issue_tagging, photos, record_kinds, record_places, sight
from gridmap.services.community_data import CommunityData
from gridmap.services.issue_catalogue import Categories
from gridmap.services.sight import Sight
from gridmap.web import credentials, guard, map_view, navigation, plain_page, sources

_FOLDER = Path(__file__).parent / "tag"
_SCRIPTS = ("box", "send", "ground", "page")
_VENDORED = "leaflet/dist/leaflet.js"
_DRAWN_BY = ("sheet", "labels", "styles")
_USUAL, _LATELY = 8, dt.timedelta(days=180)
_SOURCES = (model.IssueSource.WALK, model.IssueSource.RECEPTION, model.IssueSource.VISITOR)
_START = "tag.page."


@cache
def script() -> bytes:
    """Return all of the page's scripts as one."""
    files = [assets.vendor_dir() / _VENDORED]
    files += [overview_map.client_dir() / f"{name}.js" for name in _DRAWN_BY]
    files.append(walk_pack.folder() / "picture.js")
    files += [_FOLDER / f"{name}.js" for name in _SCRIPTS]
    return b"\n;\n".join(file.read_bytes() for file in files)


@cache
def style() -> bytes:
    """Return all of the page's styles as one."""
    return b"\n".join(
        file.read_bytes() for file in (assets.vendor_dir() / "leaflet/dist/leaflet.css", _FOLDER / "tag.css")
    )


@cache
def version() -> str:
    """Return a short hash of scripts and styles, so that a browser keeps them until they change."""
    return hashlib.sha256(script() + style()).hexdigest()[:12]


async def page(request: Request) -> Response:
    """Show the page to somebody who may record an issue in the community that the address names."""
    language = plain_page.language(request)
    try:
        known = await run_in_threadpool(state, request, language)
    except errors.StoreError as fault:
        return plain_page.unreachable(request, fault, "page.tag", navigation.TAG)
    except (errors.Forbidden, errors.NotFound) as fault:
        said = plain_page.told(fault.sentence(language)) + plain_page.back(request)
        return plain_page.page(request, "page.tag", said, here=navigation.TAG, status=403)
    return HTMLResponse(_html(known, language))


async def known(request: Request) -> Response:
    """Tell an open page anew what it must know: whose it is by now, and the sign for what it sends."""
    language = plain_page.language(request)
    try:
        return JSONResponse(await run_in_threadpool(state, request, language))
    except errors.StoreError as fault:
        return JSONResponse({"error": fault.sentence(language)}, 503)
    except (errors.Forbidden, errors.NotFound) as fault:
        return JSONResponse({"error": fault.sentence(language)}, 403)


def community(request: Request) -> tuple[Actor, CommunityData]:
    """Return who asks, and the community in which they may tag: the one the address names, else their own.

    Raises
    ------
    errors.Forbidden, errors.NotFound
        If there is none.
    """
    actor: Actor = request.scope[guard.ACTOR]
    access.demand_somewhere(actor, Action.TAG_ISSUE)
    asked = request.query_params.get("c", "")
    shown = [one for one in sources.store().communities() if sight.sees(actor, one)]
    for one in sorted(shown, key=lambda one: str(one.id) != asked):
        if access.decide(actor, Action.TAG_ISSUE, street_id=one.street_id, community_id=one.id).allowed:
            return actor, sources.community(int(one.id or 0))
    raise errors.NotFound("tag_nowhere")


def state(request: Request, language: str) -> dict[str, Any]:
    """Return what the page must know: whose it is, words, categories, the map, and what it may send."""
    actor, data = community(request)
    base, number = credentials.base_path(), data.community.id
    seen = Sight.of(actor, data.community)
    desk = actor.role in (model.Role.DESK,)
    bounds = map_view.bounds(data)
    words = i18n.catalogue(language)
    return {
        "account": actor.account_id,
        "community": number,
        "language": language,
        "sign": credentials.form_sign(credentials.cookie(request.scope, credentials.SESSION) or ""),
        "base": base,
        "sends": "/gridmap/tag/",
        "stamp": sources.stamp(sources.seen(data, seen)),
        "map": overview_config.config(
            language=language,
            layer_base=f"{base}/gridmap/layers/{number}/{language}",
            asset_base=f"{base}/gridmap/assets",
            bounds=bounds,
            revision=f"{base}/gridmap/revision/{number}",
        ),
        "words": {key.removeprefix(_START): said for key, said in words.items() if key.startswith(_START)},
        "categories": _categories(data.categories, language),
        "groups": _groups(data.categories, language),
        "usual": issue_tagging.usual(data, since=dt.datetime.now(dt.UTC) - _LATELY, most=_USUAL),
        "sources": [{"code": one.value, "text": i18n.text(f"issue_source.{one.value}", language)} for one in _SOURCES],
        "source": (model.IssueSource.VISITOR if desk else model.IssueSource.WALK).value,
        "longest": record_kinds.kind("issues").field("text").longest,
        "good_m": issue_tagging.GOOD_M,
        "rough_m": record_places.ROUGH_M,
        "photos": photos.MOST,
        "largest_mb": photo.LARGEST_MB,
        "long_side_px": photo.LONG_SIDE_PX,
    }


def _categories(known: Categories, language: str) -> list[dict[str, Any]]:
    return [
        {
            "code": one.code,
            "group": one.group,
            "text": one.label(language),
            "definition": one.definition(language),
            "icon": icons.path(one.icon).stem,
            "names": [one.label(language), *one.names],
        }
        for one in known.live()
    ]


def _groups(known: Categories, language: str) -> list[dict[str, Any]]:
    return [
        {
            "code": group,
            "text": known.group_label(group, language),
            "icon": icons.path(str(known.groups[group].get("icon", ""))).stem,
        }
        for group in known.tree()
    ]


def _html(known: dict[str, Any], language: str) -> str:
    base = escape(credentials.base_path())
    title = f"{i18n.text('page.tag', language)} · {i18n.text('app.title', language)}"
    # Within a script element nothing but "</" and "<!--" ends the text.
    data = json.dumps(known, ensure_ascii=False).replace("<", "\\u003c")
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">'
        f'<link rel="stylesheet" href="{base}/gridmap/assets/tag/tag.css?v={version()}">'
        f'<link rel="icon" href="{base}/sign-in/icon.png">'
        f'<script type="application/json" id="known">{data}</script>'
        f'<script src="{base}/gridmap/assets/tag/tag.js?v={version()}" defer></script></head>'
        f"<body><noscript>{escape(i18n.text('tag.page.no_script', language))}</noscript></body></html>"
    )
