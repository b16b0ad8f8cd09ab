"""The page on which an issue is tagged where one stands: a light page of its own, which goes on without the line.

Streamlit loses what is typed when its websocket drops, so this page stands beside it: one script, which keeps the draft
with its photos in the browser until the server has taken it. What it must know comes with it as data.
"""

from __future__ import annotations

import datetime as dt
from functools import cache
from pathlib import Path
from typing import Any

from starlette.requests import Request

from gridmap import access, i18n, icons, model
from gridmap.access import Action, Actor
from gridmap.cartography import assets, overview_config, overview_map
from gridmap.exchange import photo
from gridmap.reports import walk_pack
from gridmap.services import issue_tagging, photos, record_kinds, record_places
from gridmap.services.community_data import CommunityData
from gridmap.services.issue_catalogue import Categories
from gridmap.services.sight import Sight
from gridmap.web import credentials, map_view, navigation, phone_page, sources
from gridmap.web.phone_page import PhonePage

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


def community(request: Request) -> tuple[Actor, CommunityData]:
    """Return who asks, and the community in which they may tag: the one the address names, else their own.

    Raises
    ------
    errors.Forbidden, errors.NotFound
        If there is none.
    """
    return phone_page.community(request, Action.TAG_ISSUE, _may_tag)


def state(request: Request, language: str) -> dict[str, Any]:
    """Return what the page must know: whose it is, words, categories, the map, and what it may send."""
    actor, data = community(request)
    base, number = credentials.base_path(), data.community.id
    seen = Sight.of(actor, data.community)
    desk = actor.role in (model.Role.DESK,)
    bounds = map_view.bounds(data)
    words = i18n.catalogue(language)
    return {
        **phone_page.common(request, actor, data, "/gridmap/tag/"),
        "language": language,
        "stamp": sources.stamp(sources.seen(data, seen)),
        "map": overview_config.config(
            language=language,
            layer_base=f"{base}/gridmap/layers/{number}/{language}",
            asset_base=f"{base}/gridmap/assets",
            kinds=data.kinds,
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


def _may_tag(actor: Actor, one: model.Community) -> bool:
    return access.decide(actor, Action.TAG_ISSUE, street_id=one.street_id, community_id=one.id).allowed


PAGE = PhonePage(
    name="tag",
    here=navigation.TAG,
    state=state,
    script=script,
    style=style,
    body=lambda known: (walk_pack.data(known), ""),
)
