"""What the pages for a phone share that stand beside Streamlit's: their frame, how they are told anew, and of whom.

Such a page is one script (`PhonePage.script`) and what it must know as data (`PhonePage.state`); it goes on without the
line, and asks for what it must know anew when it comes back.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from gridmap import access, errors, i18n, model
from gridmap.access import Action, Actor
from gridmap.reports import walk_pack
from gridmap.services import sight
from gridmap.services.community_data import CommunityData
from gridmap.web import credentials, guard, plain_page, sources


@dataclass(frozen=True, kw_only=True)
class PhonePage:
    """A page.

    Parameters
    ----------
    name
        Its name, in its words (``page.<name>``, ``<name>.page.no_script``) and among the assets.
    here
        Its path.
    state
        Returns what it must know, for a request and a language.
    script, style
        Return all of its scripts, and of its styles, as one.
    body
        Returns its data as a script element's text, and what stands in its body from the start.
    """

    name: str
    here: str
    state: Callable[[Request, str], dict[str, Any]]
    script: Callable[[], bytes]
    style: Callable[[], bytes]
    body: Callable[[Mapping[str, Any]], tuple[str, str]]

    def version(self) -> str:
        """Return a short hash of scripts and styles, so that a browser keeps them until they change."""
        return hashlib.sha256(self.script() + self.style()).hexdigest()[:12]

    async def page(self, request: Request) -> Response:
        """Show the page to somebody who may use it."""
        language, title = plain_page.language(request), f"page.{self.name}"
        try:
            known = await run_in_threadpool(self.state, request, language)
        except errors.StoreError as fault:
            return plain_page.unreachable(request, fault, title, self.here)
        except (errors.Forbidden, errors.NotFound) as fault:
            said = plain_page.told(fault.sentence(language)) + plain_page.back(request)
            status = 403 if isinstance(fault, errors.Forbidden) else 404
            return plain_page.page(request, title, said, here=self.here, status=status)
        return HTMLResponse(self._html(known, language))

    async def known(self, request: Request) -> Response:
        """Tell an open page anew what it must know: whose it is by now, and the sign for what it sends."""
        language = plain_page.language(request)
        try:
            return JSONResponse(await run_in_threadpool(self.state, request, language))
        except errors.StoreError as fault:
            return JSONResponse({"error": fault.sentence(language)}, 503)
        except (errors.Forbidden, errors.NotFound) as fault:
            return JSONResponse({"error": fault.sentence(language)}, 403)

    def _html(self, known: Mapping[str, Any], language: str) -> str:
        base, version = escape(credentials.base_path()), self.version()
        title = f"{i18n.text(f'page.{self.name}', language)} · {i18n.text('app.title', language)}"
        data, body = self.body(known)
        blank = escape(i18n.text(f"{self.name}.page.no_script", language))
        asset = f"{base}/gridmap/assets/{self.name}/{self.name}"
        return (
            f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{escape(title)}</title>'
            f"{walk_pack.HEAD}"
            f'<link rel="stylesheet" href="{asset}.css?v={version}">'
            f'<link rel="icon" href="{base}/sign-in/icon.png">'
            f'<script type="application/json" id="known">{data}</script>'
            f'<script src="{asset}.js?v={version}" defer></script></head>'
            f"<body>{body}<noscript>{blank}</noscript></body></html>"
        )


def community(
    request: Request, action: Action, fits: Callable[[Actor, model.Community], bool]
) -> tuple[Actor, CommunityData]:
    """Return who asks, and the community that the address names, else the first that fits.

    Raises
    ------
    errors.Forbidden, errors.NotFound
        If they may nowhere, or none fits.
    """
    actor: Actor = request.scope[guard.ACTOR]
    access.demand_somewhere(actor, action)
    asked = request.query_params.get("c", "")
    shown = [one for one in sources.store().communities() if sight.sees(actor, one)]
    for one in sorted(shown, key=lambda one: str(one.id) != asked):
        if fits(actor, one):
            return actor, sources.community(int(one.id or 0))
    raise errors.NotFound("tag_nowhere")


def common(request: Request, actor: Actor, data: CommunityData, sends: str) -> dict[str, Any]:
    """Return what every such page must know: whose it is, of which community, and how it sends."""
    return {
        "account": actor.account_id,
        "community": data.community.id,
        "sign": credentials.form_sign(credentials.cookie(request.scope, credentials.SESSION) or ""),
        "base": credentials.base_path(),
        "sends": sends,
    }
