"""What the browser's tests share: the watch over what a page asks and says, and a store to fill and read."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from overview_page import OverviewPage
from playwright.sync_api import BrowserContext, ConsoleMessage, Page

from gridmap.services import community_data
from gridmap.services.community_data import CommunityData
from gridmap.store import open_store

# Chromium's remarks on what it was given by Streamlit, which have nothing to do with the page.
_CHROMIUMS_OWN = re.compile(r"Unrecognized feature|sandbox")
# Streamlit looks for its server below the page's own address first.
_STREAMLITS_OWN = re.compile(r"/\w+/_stcore/(?:health|host-config)$")

Visit = Callable[..., OverviewPage]


@dataclass
class Watch:
    """What the browser did that it should not have done."""

    outside: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def listen(self, context: BrowserContext, url: str) -> None:
        own = re.compile(rf"^(?:{re.escape(url)}/|{re.escape(url.replace('http', 'ws'))}/|data:|blob:|about:)")
        context.route(re.compile(rf"^(?!{re.escape(url)}/)https?:"), lambda route: route.abort())
        context.on("request", lambda request: None if own.match(request.url) else self.outside.append(request.url))
        context.on("page", lambda page: self._page(page, own))

    def _page(self, page: Page, own: re.Pattern[str]) -> None:
        page.on("websocket", lambda socket: None if own.match(socket.url) else self.outside.append(socket.url))
        page.on("pageerror", lambda error: self.faults.append(f"page error: {error}"))
        page.on("console", self._console)

    def _console(self, message: ConsoleMessage) -> None:
        own = _CHROMIUMS_OWN.search(message.text) or _STREAMLITS_OWN.search(message.location.get("url", ""))
        if message.type == "error" and not own:
            self.faults.append(f"console: {message.text} ({message.location.get('url')})")

    def unexpected(self) -> list[str]:
        return [fault for fault in self.faults if not any(re.search(known, fault) for known in self.expected)]


def read(path: Path) -> CommunityData:
    """Read the first community of a store."""
    store = open_store(str(path), create=False)
    try:
        first = store.communities()[0]
        assert first.id is not None
        return community_data.read(store, first.id, day=community_data.today("Asia/Shanghai"))
    finally:
        store.close()
