"""What the browser's tests share: the watch over what a page asks and says, and a store to fill and read."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from app_server import AppServer
from overview_page import OverviewPage, Screen
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request

from gridmap.services import community_data
from gridmap.services.community_data import CommunityData
from gridmap.store import open_store

# Chromium's remarks on what it was given by Streamlit, which have nothing to do with the page.
_CHROMIUMS_OWN = re.compile(r"Unrecognized feature|sandbox")
# Streamlit looks for its server below the page's own address first.
_STREAMLITS_OWN = re.compile(r"/\w+/_stcore/(?:health|host-config)$")

# What a page keeps for itself; not what the browser keeps of the files it was sent.
_KEPT = "local_storage,indexeddb,websql,service_workers,cache_storage,file_systems"

Visit = Callable[..., OverviewPage]
Refill = Callable[[Callable[[Path], Path]], AppServer]


@dataclass
class Watch:
    """What the browser did that it should not have done."""

    outside: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)
    listened: list[tuple[BrowserContext, Callable[[Request], None], Callable[[Page], None]]] = field(
        default_factory=list
    )

    def listen(self, context: BrowserContext, url: str) -> None:
        own = re.compile(rf"^(?:{re.escape(url)}/|{re.escape(url.replace('http', 'ws'))}/|data:|blob:|about:)")

        def request(asked: Request) -> None:
            if not own.match(asked.url):
                self.outside.append(asked.url)

        def page(opened: Page) -> None:
            self._page(opened, own)

        context.on("request", request)
        context.on("page", page)
        self.listened.append((context, request, page))

    def rest(self) -> None:
        """Listen no longer."""
        for context, request, page in self.listened:
            context.remove_listener("request", request)
            context.remove_listener("page", page)
        self.listened.clear()

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


class Lending:
    """Browsers of people, each lent to one test after another: what they have fetched of the app's own files stays.

    Fetching and compiling those anew takes longer than a page does.
    """

    def __init__(self, chromium: Browser) -> None:
        self._chromium = chromium
        self._free: defaultdict[tuple[Screen, str, str], list[BrowserContext]] = defaultdict(list)
        self._kinds: dict[BrowserContext, tuple[Screen, str, str]] = {}

    def take(self, screen: Screen, locale: str, timezone: str) -> BrowserContext:
        """Lend one of which nobody has need; it knows nobody."""
        kind = (screen, locale, timezone)
        if self._free[kind]:
            return self._free[kind].pop()
        context = self._chromium.new_context(
            viewport={"width": screen.width, "height": screen.height},
            locale=locale,
            timezone_id=timezone,
            has_touch=screen.touch,
            is_mobile=screen.touch,
            device_scale_factor=2 if screen.touch else 1,
            accept_downloads=True,
        )
        self._kinds[context] = kind
        return context

    def give_back(self, contexts: Iterable[BrowserContext], addresses: Iterable[str]) -> None:
        """Take them back and make them forget who they were and what a page at these addresses has kept."""
        for context in contexts:
            page = context.new_page()
            devtools = context.new_cdp_session(page)
            for address in addresses:
                devtools.send("Storage.clearDataForOrigin", {"origin": address, "storageTypes": _KEPT})
            devtools.detach()
            for one in context.pages:
                one.close()
            context.clear_cookies()
            context.clear_permissions()
            context.set_offline(False)
            self._free[self._kinds[context]].append(context)


def read(path: Path) -> CommunityData:
    """Read the first community of a store."""
    store = open_store(str(path), create=False)
    try:
        first = store.communities()[0]
        assert first.id is not None
        return community_data.read(store, first.id, day=community_data.today("Asia/Shanghai"))
    finally:
        store.close()
