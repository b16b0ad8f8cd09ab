"""How long the demo's page takes from a click to the drawn answer, and how long the server's rerun takes.

    python -m benchmarks.demo_page [--rounds N]

The server's rerun is taken from the websocket: from the browser's message to the server's last answer, which brings
the tables below the map and may come after the map has drawn its own.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path

from playwright.sync_api import FrameLocator, Page, WebSocket, sync_playwright

from benchmarks import app_in_browser
from benchmarks.map_load import FRAME

# The middle of a building on the canvas that nothing lies over, in pixels of the map.
_FREE = """(skipped) => {
  const sheet = Gridmap.sheet(), map = Gridmap.map();
  const free = sheet.items("buildings").map((item) => {
    const at = map.latLngToContainerPoint(sheet.bounds(item).getCenter()), top = document.elementFromPoint(at.x, at.y);
    const hit = sheet.hit("buildings", map.containerPointToLatLng([at.x, at.y]));
    const over = !top || top.closest(".leaflet-marker-icon, .leaflet-control, .gm-panel > *");
    return hit && hit.id === item.id && !over ? [at.x, at.y, item.properties.number] : null;
  }).filter(Boolean);
  return free[skipped % free.length];
}"""


class Rerun:
    """What went over the page's websocket since the last question."""

    def __init__(self, page: Page) -> None:
        self.asked = self.answered = 0.0
        page.on("websocket", self._listen)

    def _listen(self, socket: WebSocket) -> None:
        socket.on("framesent", lambda _: self._asked())
        socket.on("framereceived", lambda _: self._answered())

    def _asked(self) -> None:
        self.asked = time.perf_counter()

    def _answered(self) -> None:
        self.answered = time.perf_counter()

    @property
    def server_s(self) -> float:
        """Seconds of the last rerun."""
        return self.answered - self.asked


def rest(page: Page) -> None:
    """Wait until the page's script rests."""
    page.locator("[data-test-script-state='notRunning']").wait_for(state="attached")


def card(page: Page, frame: FrameLocator, round_: int) -> None:
    """Click on a building and wait for its card."""
    inside = page.locator(FRAME).element_handle().content_frame()
    assert inside is not None
    x, y, number = inside.evaluate(_FREE, 7 * round_)
    frame.locator("body").click(position={"x": x, "y": y})
    frame.locator(".gm-card", has_text=number).wait_for()


def colours(page: Page, frame: FrameLocator, round_: int) -> None:
    """Colour the buildings in another way and wait until the map has drawn it."""
    words, fill = (("by coverage", "coverage"), ("by grid", "grid"))[round_ % 2]
    page.locator(".st-key-mode").get_by_text(words).click()
    frame.locator(f'body[data-drawn*=\'"fill":"{fill}"\']').wait_for(state="attached")


def main(arguments: list[str] | None = None) -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=10)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        store = str(Path(folder) / "demo.gpkg")
        app_in_browser.gridmap("init", store, "--community", "太白社区（模拟）", "--demo")
        app_in_browser.add_account(store, "太白社区（模拟）")
        browser = app_in_browser.launch(playwright)
        with app_in_browser.served(app_in_browser.ROOT / "app.py", {"GRIDMAP_STORE": store, "GRIDMAP_DEMO": ""}) as (
            url,
            _,
        ):
            context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB")
            app_in_browser.sign_in(context.new_page(), f"{url}/?lang=en")
            page = context.new_page()
            rerun = Rerun(page)
            page.goto(f"{url}/?lang=en")
            frame = page.frame_locator(FRAME)
            frame.locator("body[data-drawn]").wait_for(state="attached")
            rest(page)
            print(f"{'':32}{'to the answer':>16}{'whole rerun on the server':>28}")
            for name, act in (("click on a building", card), ("another colour", colours)):
                whole, server = [], []
                for round_ in range(options.rounds):
                    begun = time.perf_counter()
                    act(page, frame, round_)
                    whole.append(time.perf_counter() - begun)
                    rest(page)
                    server.append(rerun.server_s)
                print(f"{name:32}{statistics.median(whole):>15.3f}s{statistics.median(server):>27.3f}s")
        browser.close()


if __name__ == "__main__":
    main()
