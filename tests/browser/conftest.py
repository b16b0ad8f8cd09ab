"""The app in a process, and Chromium before it: nothing outside is asked, and nothing goes wrong unseen."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import app_server
import prepared
import pytest
import signed_in
from app_server import AppServer
from overview_page import DESKTOP, PATIENCE_MS, OverviewPage, Screen
from playwright.sync_api import Browser, BrowserContext, Playwright, expect, sync_playwright
from visiting import Lending, Refill, Visit, Watch, read

from gridmap.model import Role
from gridmap.services.community_data import CommunityData

ARTIFACTS = app_server.REPOSITORY / "test-artifacts"
# First the one without a window, which does the same with less.
_NAMES = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
)
_FLAGS = (
    # Stopping requests one by one would keep the browser from caching, and compiling once, the app's own scripts.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost",
    # Signs that turn while the app works are drawn by the processor here.
    "--force-prefers-reduced-motion",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
    "--disable-background-networking",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def demo_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppServer]:
    """The app on the demo community; tests here change nothing in it."""
    path = tmp_path_factory.mktemp("demo") / "store.gpkg"
    prepared.with_demo(path)
    with app_server.running(path, demo=True) as server:
        yield server


@pytest.fixture(scope="session")
def refill(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Refill]:
    """Give the app on a store begun anew, as ``refill(prepared.with_demo)``: a start for each takes longer."""
    path = tmp_path_factory.mktemp("changing") / "store.gpkg"
    prepared.empty(path)
    with app_server.running(path) as server:

        def begun(make: Callable[[Path], Path]) -> AppServer:
            prepared.put(make(path.with_name("next.gpkg")), path)
            return server

        yield begun


@pytest.fixture(scope="module")
def demo_to_change(refill: Refill) -> AppServer:
    """The app on a demo community that the tests of one module may change."""
    return refill(prepared.with_demo)


@pytest.fixture
def server(demo_server: AppServer) -> AppServer:
    """The app that the test's pages are opened at; modules with a store of their own put theirs in its place."""
    return demo_server


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    expect.set_options(timeout=PATIENCE_MS)  # other tests run beside
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    program = os.environ.get("GRIDMAP_TEST_CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)
    if program is None and not Path(playwright.chromium.executable_path).exists():
        reason = f"no Chromium here: none of {', '.join(_NAMES)}, GRIDMAP_TEST_CHROMIUM not set, none of Playwright's"
        if os.environ.get("CI"):
            pytest.fail(f"under CI nothing may be missing: {reason}")
        pytest.skip(reason)
    flags = list(_FLAGS)
    if os.name == "posix" and os.geteuid() == 0:
        flags.append("--no-sandbox")
    browser = playwright.chromium.launch(executable_path=program, args=flags)
    yield browser
    browser.close()


@pytest.fixture
def watch(server: AppServer) -> Iterator[Watch]:
    """Holds at the end of each test that nothing outside was asked and nothing went wrong."""
    server.news()
    seen = Watch()
    yield seen
    assert not seen.outside, "something outside was asked"
    assert not seen.unexpected()
    assert "Traceback" not in server.news(), "the app wrote down a fault"


@pytest.fixture(scope="session")
def lent(chromium: Browser) -> Lending:
    """Browsers of people, lent to one test after another."""
    return Lending(chromium)


@pytest.fixture
def visit(lent: Lending, server: AppServer, watch: Watch, request: pytest.FixtureRequest) -> Iterator[Visit]:
    """Open the app in a browser of one's own, signed in: ``visit(query, screen=..., locale=..., role=...)``."""
    contexts: list[BrowserContext] = []

    def opened(
        query: str | None = "",
        *,
        screen: Screen = DESKTOP,
        locale: str = "zh-CN",
        timezone: str = "Asia/Shanghai",
        role: Role | None = Role.SECRETARY,
    ) -> OverviewPage:
        context = lent.take(screen, locale, timezone)
        contexts.append(context)
        if role is not None:
            token = signed_in.begin(server.store, role)
            context.add_cookies([{"name": "gridmap_session", "value": token, "url": server.url}])
        watch.listen(context, server.url)
        page = OverviewPage(context.new_page(), server.url, screen)
        return page if query is None else page.open(query)

    yield opened
    report = request.node.stash.get(_REPORT, None)
    for number, context in enumerate(contexts):
        for page in context.pages:
            if report is not None and report.failed:
                ARTIFACTS.mkdir(exist_ok=True)
                name = re.sub(r"\W+", "-", request.node.name)
                page.screenshot(path=ARTIFACTS / f"{name}-{number}.png")
    watch.rest()
    lent.give_back(contexts, [server.url])


@pytest.fixture
def demo_data(server: AppServer) -> CommunityData:
    """The first community of the app's store, as the services read it."""
    return read(server.store)


_REPORT = pytest.StashKey[pytest.TestReport]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]):  # type: ignore[no-untyped-def]
    report = yield
    if report.when == "call":
        item.stash[_REPORT] = report
    server = getattr(item, "funcargs", {}).get("server")
    if report.failed and isinstance(server, AppServer):
        report.sections.append(("what the app wrote", server.said()[-4000:]))
    return report
