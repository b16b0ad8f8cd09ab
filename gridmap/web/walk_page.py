"""The page of a walk on the way: the next stop first, one tap for what came of it; it goes on without the line.

It is the page that goes along as a file (`reports.walk_pack`), with a line: what is recorded is kept in the browser and
sent until the server has taken it.
"""

from __future__ import annotations

import datetime as dt
from functools import cache
from pathlib import Path
from typing import Any

from starlette.requests import Request

from gridmap import errors, model
from gridmap.access import Action, Actor
from gridmap.reports import walk_pack
from gridmap.services import walk_facts, walk_rights, walk_sheets
from gridmap.services.community_data import CommunityData
from gridmap.web import navigation, phone_page, sources
from gridmap.web.phone_page import PhonePage

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


def community(request: Request) -> tuple[Actor, CommunityData]:
    """Return who asks, and the community whose walks they may record: the one the address names, else their own.

    Raises
    ------
    errors.Forbidden, errors.NotFound
        If there is none.
    """
    return phone_page.community(request, Action.RECORD_WALK, _own)


def state(request: Request, language: str) -> dict[str, Any]:
    """Return what the page must know: the walk, whose page it is, the other walks to come, and what it may send."""
    actor, data = community(request)
    mine = walk_rights.mine(sources.store(), actor, data)
    asked = request.query_params.get("w", "")
    chosen = int(asked) if asked.isdecimal() and len(asked) < 10 else next(iter(mine), None)
    if chosen is None:
        raise errors.NotFound("walk_none_planned")
    told = walk_sheets.page_state(sources.store(), actor, data, chosen, language=language, now=dt.datetime.now(dt.UTC))
    return told | {
        **phone_page.common(request, actor, data, "/gridmap/walk/"),
        "stamp": "",
        "walks": [
            {
                "title": walk_facts.title_of(data, one, language),
                "link": navigation.walk_link(data.community.id, language, walk=one),
            }
            for one in mine
            if one != chosen
        ],
    }


def _own(actor: Actor, one: model.Community) -> bool:
    return one.id == actor.community_id


PAGE = PhonePage(
    name="walk", here=navigation.WALK, state=state, script=script, style=style, body=walk_pack.body
)  # fmt: skip
