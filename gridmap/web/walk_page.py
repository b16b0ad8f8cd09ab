"""The page of a walk on the way: the next stop first, one tap for what came of it; it goes on without the line.

It is the page that goes along as a file (`reports.walk_pack`), with a line: what is recorded is kept in the browser and
sent until the server has taken it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from gridmap import access, errors, i18n
from gridmap.access import Action, Actor
from gridmap.reports import walk_pack
from gridmap.services import sight, walk_facts, walk_rights, walk_sheets
from gridmap.services.community_data import CommunityData
from gridmap.web import credentials, guard, navigation, plain_page, sources

_FOLDER = Path(__file__).parent


@cache
def script() -> bytes:
    """Return all of the page's scripts as one."""
    files = [walk_pack.folder() / f"{name}.js" for name in walk_pack.SHARED]
    files += [_FOLDER / "tag/send.js", _FOLDER / "walk/online.js"]
    return b"\n;\n".join(file.read_bytes() for file in files)


def style() -> bytes:
    """Return the page's style."""
    return walk_pack.style().encode()


@cache
def version() -> str:
    """Return a short hash of scripts and styles, so that a browser keeps them until they change."""
    return hashlib.sha256(script() + style()).hexdigest()[:12]


async def page(request: Request) -> Response:
    """Show the walk that the address names, or the next one of whoever opens it."""
    language = plain_page.language(request)
    try:
        known = await run_in_threadpool(state, request, language)
    except errors.StoreError as fault:
        return plain_page.unreachable(request, fault, "page.walk", navigation.WALK)
    except (errors.Forbidden, errors.NotFound) as fault:
        said = plain_page.told(fault.sentence(language)) + plain_page.back(request)
        status = 403 if isinstance(fault, errors.Forbidden) else 404
        return plain_page.page(request, "page.walk", said, here=navigation.WALK, status=status)
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
    """Return who asks, and the community whose walks they may record: the one the address names, else their own.

    Raises
    ------
    errors.Forbidden, errors.NotFound
        If there is none.
    """
    actor: Actor = request.scope[guard.ACTOR]
    access.demand_somewhere(actor, Action.RECORD_WALK)
    asked = request.query_params.get("c", "")
    shown = [one for one in sources.store().communities() if sight.sees(actor, one)]
    for one in sorted(shown, key=lambda one: str(one.id) != asked):
        if one.id == actor.community_id:
            return actor, sources.community(int(one.id or 0))
    raise errors.NotFound("tag_nowhere")


def state(request: Request, language: str) -> dict[str, Any]:
    """Return what the page must know: the walk, whose page it is, the other walks to come, and what it may send."""
    actor, data = community(request)
    mine = walk_rights.mine(sources.store(), actor, data)
    asked = request.query_params.get("w", "")
    chosen = int(asked) if asked.isdecimal() and len(asked) < 10 else next(iter(mine), None)
    if chosen is None:
        raise errors.NotFound("walk_none_planned")
    told = walk_sheets.page_state(sources.store(), actor, data, chosen, language=language, now=dt.datetime.now(dt.UTC))
    base, number = credentials.base_path(), data.community.id
    return told | {
        "account": actor.account_id,
        "community": number,
        "sign": credentials.form_sign(credentials.cookie(request.scope, credentials.SESSION) or ""),
        "stamp": "",
        "base": base,
        "sends": "/gridmap/walk/",
        "walks": [
            {
                "title": walk_facts.title_of(data, one, language),
                "link": navigation.walk_link(number, language, walk=one),
            }
            for one in mine
            if one != chosen
        ],
    }


def _html(known: dict[str, Any], language: str) -> str:
    base = escape(credentials.base_path())
    title = f"{i18n.text('page.walk', language)} · {i18n.text('app.title', language)}"
    data, ground = walk_pack.body(known)
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">'
        f'<link rel="stylesheet" href="{base}/gridmap/assets/walk/walk.css?v={version()}">'
        f'<link rel="icon" href="{base}/sign-in/icon.png">'
        f'<script type="application/json" id="known">{data}</script>'
        f'<script src="{base}/gridmap/assets/walk/walk.js?v={version()}" defer></script></head>'
        f"<body>{ground}<noscript>{escape(str(known['words']['no_script']))}</noscript></body></html>"
    )
