"""The overview as a person meets it: what can be seen and done there."""

from __future__ import annotations

import io
import json
import os
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

from PIL import Image
from playwright.sync_api import Frame, FrameLocator, Locator, Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from gridmap import palette

# With pictures for the documents, and so now and then, stories are walked on each screen and in each language.
PICTURES = bool(os.environ.get("GRIDMAP_SCREENSHOTS"))
IFRAME = "iframe[title^='streamlit_folium']"
PATIENCE_MS = 60_000  # other tests run beside, on machines that are slower
_JUST_LIKE = 8.0  # CIEDE2000
_LOOKED_AT = 100  # pixels of one thing

# Places of shapes with nothing else within `room` pixels over the canvas, in pixels of the map.
_FREE = """([layer, ids, room]) => {
  const sheet = Gridmap.sheet(), map = Gridmap.map(), n = 24;
  const over = (x, y) => {
    const top = document.elementFromPoint(x, y);
    return !top || top.closest(".leaflet-marker-icon, .leaflet-control, .gm-panel > *");
  };
  return ids.map((id) => {
    const box = sheet.bounds(sheet.item(layer, id)), found = [];
    const a = map.latLngToContainerPoint(box.getNorthWest()), b = map.latLngToContainerPoint(box.getSouthEast());
    for (let i = 1; i < n; i++) for (let j = 1; j < n; j++) {
      const x = Math.round(a.x + (b.x - a.x) * i / n), y = Math.round(a.y + (b.y - a.y) * j / n);
      if (x < 2 || y < 2 || x > innerWidth - 2 || y > innerHeight - 2) continue;
      const inside = ([dx, dy]) => {
        const at = map.containerPointToLatLng([x + 0.5 + dx, y + 0.5 + dy]), hit = sheet.hit(layer, at);
        return hit && hit.id === id && (layer === "buildings" || !sheet.hit("buildings", at));
      };
      const edge = room ? [[-2, -2], [2, -2], [-2, 2], [2, 2]] : [];
      if (![[0, 0], ...edge].every(inside)) continue;
      const around = room ? [[-room, 0], [room, 0], [0, -room], [0, room]] : [];
      if (over(x, y) || around.some(([dx, dy]) => over(x + dx, y + dy))) continue;
      found.push([x, y]);
    }
    const step = Math.ceil(found.length / 60);
    return found.filter((_, i) => i % step === 0);
  });
}"""


@dataclass(frozen=True)
class Screen:
    """A size of screen, and whether it is touched."""

    name: Literal["desktop", "phone"]
    width: int
    height: int
    touch: bool


DESKTOP = Screen("desktop", 1440, 900, touch=False)
PHONE = Screen("phone", 390, 844, touch=True)


class OverviewPage:
    """One person's page."""

    def __init__(self, page: Page, url: str, screen: Screen) -> None:
        self.page = page
        self.url = url
        self.screen = screen

    # -- coming and waiting

    def open(self, query: str = "") -> OverviewPage:
        """Open the page and wait until the map is drawn."""
        self.page.goto(f"{self.url}/{query}")
        self.drawn()
        return self.settled()

    def settled(self) -> OverviewPage:
        """Wait until the page's script rests."""
        expect(self.page.locator("[data-testid='stApp'][data-test-script-state='notRunning']")).to_be_visible(
            timeout=PATIENCE_MS
        )
        return self

    def drawn(self, **wanted: Any) -> dict[str, Any]:
        """Wait until the map has drawn what is wanted (``fill``, ``layers``, ``revision``), and return what it drew."""
        parts = [json.dumps({key: value}, separators=(",", ":"))[1:-1] for key, value in wanted.items()]
        body = self.map.locator("body[data-drawn]" + "".join(f"[data-drawn*='{part}']" for part in parts))
        body.wait_for(state="attached", timeout=PATIENCE_MS)
        drawn: dict[str, Any] = json.loads(body.get_attribute("data-drawn") or "{}")
        return drawn

    def map_frame(self) -> Frame:
        """The map's own document."""
        frame = self.page.locator(IFRAME).element_handle(timeout=PATIENCE_MS).content_frame()
        assert frame is not None
        return frame

    @property
    def map(self) -> FrameLocator:
        """The map, to look for things in."""
        return self.page.frame_locator(IFRAME)

    # -- the page around the map

    def choose(self, name: str, *, within: str = "toolbar") -> None:
        """Choose one of the buttons of a part of the page (``head``, ``toolbar``, ``tables``) by its words."""
        part = self.page.locator(f".st-key-{within}")
        part.get_by_role("button", name=name, exact=True).or_(part.get_by_role("radio", name=name, exact=True)).click()

    def pick(self, field: Locator, option: Locator) -> None:
        """Open a list and choose from it; a run that ends shuts an open list, which a person then opens again."""
        for _ in range(6):
            self.settled()
            if self.screen.touch:
                field.tap()
            else:
                field.click()
            try:
                option.click(timeout=PATIENCE_MS / 6)
            except PlaywrightTimeout:
                continue
            self.settled()
            return
        raise AssertionError(f"the list of {field} did not stay open")

    def filter(self, *names: str) -> None:
        """Choose in the filters."""
        self.page.locator(".st-key-toolbar").get_by_test_id("stPopover").get_by_role("button").click()
        panel = self.page.get_by_test_id("stPopoverBody")
        for name in names:
            panel.get_by_role("button", name=name, exact=True).or_(
                panel.get_by_role("radio", name=name, exact=True)
            ).click()
        self.page.keyboard.press("Escape")

    def table(self, name: str) -> None:
        """Choose a table and wait until it is there."""
        self.choose(name, within="tables")
        self.settled()

    def address(self) -> dict[str, str]:
        """What the page's address says."""
        return {key: values[0] for key, values in parse_qs(urlsplit(self.page.url).query).items()}

    def addressed(self, key: str, pattern: str) -> str:
        """Wait until the page's address holds this, and return it."""
        self.page.wait_for_url(
            lambda url: bool(re.fullmatch(pattern, parse_qs(urlsplit(url).query).get(key, [""])[0])),
            timeout=PATIENCE_MS,
        )
        return self.address().get(key, "")

    def figures(self) -> dict[str, tuple[str, str]]:
        """Figures above the map: value and note by their label."""
        told: list[list[str]] = self.page.locator(".gm-figure").evaluate_all(
            "all => all.map(f => ['dt', 'dd', 'small'].map(tag => f.querySelector(tag).textContent))"
        )
        return {label: (value, note.strip()) for label, value, note in told}

    # -- what is on the map

    def card(self) -> Locator:
        """The card of what is chosen."""
        return self.map.locator(".gm-card")

    def card_rows(self) -> list[tuple[str, str]]:
        """Lines of the card."""
        told: list[list[str]] = self.card().evaluate(
            "card => [...card.querySelectorAll('dt')].map(t => [t.textContent, t.nextElementSibling.textContent])"
        )
        return [(label, value) for label, value in told]

    def search(self, text: str, *, answered: Sequence[str] | None = None) -> list[str]:
        """Type into the search and return the answers' titles once they have come."""
        self.map.locator(".gm-search input").fill(text)
        buttons = self.map.locator(".gm-hits button")
        if answered is not None:
            expect(buttons.locator("b")).to_have_text(list(answered), timeout=PATIENCE_MS)
        else:
            expect(self.map.locator(".gm-hits li").first).to_be_visible(timeout=PATIENCE_MS)
        return buttons.locator("b").all_text_contents()

    def free(self, layer: str, *ids: int, room: int = 0) -> dict[int, list[tuple[int, int]]]:
        """Places within shapes that nothing lies over, in pixels of the screen; those off it are left out."""
        found: list[list[list[int]]] = self.map_frame().evaluate(_FREE, [layer, ids, room])
        left, top = self.corner()
        places = [[(round(x + left), round(y + top)) for x, y in points] for points in found]
        inside = [[(x, y) for x, y in points if 0 <= y < self.screen.height - 2] for points in places]
        return {number: points for number, points in zip(ids, inside, strict=True) if points}

    def corner(self) -> tuple[float, float]:
        """The map's upper left corner on the screen, within its border."""
        left, top = self.page.locator(IFRAME).evaluate(
            "f => { const box = f.getBoundingClientRect(); return [box.left + f.clientLeft, box.top + f.clientTop]; }"
        )
        return left, top

    def clickable(self, ids: Iterable[int]) -> tuple[int, tuple[int, int]]:
        """One of some buildings, and a place on the screen where a finger hits it."""
        found = self.free("buildings", *ids, room=16 if self.screen.touch else 2)
        number = max(found, key=lambda one: len(found[one]))
        return number, found[number][len(found[number]) // 2]

    def press(self, place: tuple[int, int]) -> None:
        """Click, or touch, a place on the screen."""
        if self.screen.touch:
            self.page.touchscreen.tap(*place)
        else:
            self.page.mouse.click(*place)

    def arrived(self, lon: float, lat: float, *, zoom: float = 0) -> None:
        """Wait until the map stands at a place: in the middle of it, above a card that hangs from its lower edge."""
        self.map_frame().wait_for_function(
            """([lat, lon, zoom]) => {
              const map = Gridmap.map(), at = map.latLngToContainerPoint([lat, lon]), size = map.getSize();
              const across = Math.abs(at.x / size.x - 0.5), down = at.y / size.y;
              return map.getZoom() >= zoom && across < 0.01 && down > 0.2 && down < 0.6;
            }""",
            arg=[lat, lon, zoom],
            timeout=PATIENCE_MS,
        )

    def picture(self) -> Image.Image:
        """What is on the screen."""
        return Image.open(io.BytesIO(self.page.screenshot(scale="css"))).convert("RGB")

    def colour(self, places: Sequence[tuple[int, int]], known: Mapping[str, str], picture: Image.Image) -> str:
        """The name of the known colour that most of these places on the screen show; "" if they show none of them."""
        named: dict[tuple[int, ...], str] = {}
        seen: Counter[str] = Counter()
        for place in places[:: max(1, len(places) // _LOOKED_AT)]:
            pixel = picture.getpixel(place)
            assert isinstance(pixel, tuple)
            if pixel not in named:
                shown = "#" + "".join(f"{channel:02X}" for channel in pixel)
                name, far = min(
                    ((name, palette.difference(shown, colour)) for name, colour in known.items()), key=itemgetter(1)
                )
                named[pixel] = name if far < _JUST_LIKE else ""
            seen[named[pixel]] += 1
        seen.pop("", None)
        return seen.most_common(1)[0][0] if seen else ""
