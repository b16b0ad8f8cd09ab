"""How long until the map is drawn, and until a change of colours is: gridmap beside plain folium.

    python -m benchmarks.map_load FILE [--layer NAME] [--rounds N]

FILE is any vector file of building footprints. Both apps run in a server of their own on this machine; one Chromium
opens each once to warm it, then measures: from opening the page to drawn buildings, and from the click on another
colour to drawn buildings in it. The peer's scripts come from this machine too, and its browser keeps them as it keeps
ours: neither a network nor an empty cache is in its time.
"""

from __future__ import annotations

import argparse
import re
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import pyogrio
from playwright.sync_api import Browser, Error, Page, sync_playwright

from benchmarks import app_in_browser
from gridmap import palette

COLOURS = {"grid": "#C0392B", "coverage": "#A9D3C4"}
"""The peer's two colours, as in ``plain_folium.py``."""
FRAME = "iframe[title^='streamlit_folium']"
# How much is drawn near a colour: shapes of an SVG, or pixels of a canvas.
DRAWN = """(colour) => {
  const shapes = document.querySelectorAll("svg.leaflet-zoom-animated path[fill-opacity='1']");
  if (shapes.length > 100) return [...shapes].filter((s) => s.getAttribute("fill") === colour).length;
  const canvas = document.querySelector("canvas.leaflet-zoom-animated");
  if (!canvas || !canvas.width) return 0;
  const wanted = [1, 3, 5].map((i) => parseInt(colour.slice(i, i + 2), 16));
  let near = 0;
  // Five bands across the canvas: looking at all of it would take longer than some apps take to draw.
  for (let band = 1; band <= 5; band++) {
    const data = canvas.getContext("2d").getImageData(0, Math.round((canvas.height * band) / 6), canvas.width, 16).data;
    for (let i = 0; i < data.length; i += 4) {
      let off = 0;
      for (let k = 0; k < 3; k++) off += Math.abs(data[i + k] - wanted[k]);
      if (data[i + 3] > 200 && off < 40) near++;
    }
  }
  return near;
}"""
# A frame is on screen once the one after it has begun.
ON_SCREEN = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


def until_drawn(page: Page, colour: str, least: int) -> None:
    """Wait until at least ``least`` pixels or shapes of the map have a colour, and are on screen.

    The map's frame is looked up each time: the peer's is thrown away and mounted anew when its colours change.
    """
    until = time.monotonic() + 180
    while time.monotonic() < until:
        for frame in page.frames:
            if "streamlit_folium" not in frame.url:
                continue
            try:
                if frame.evaluate(DRAWN, colour) >= least:
                    frame.evaluate(ON_SCREEN)
                    return
            except Error as fault:
                if not re.search("detached|navigat|destroyed", str(fault)):
                    raise
        page.wait_for_timeout(60)  # looking costs the page time too
    raise TimeoutError(f"{colour} was not drawn in 180 s")


def measure(
    browser: Browser,
    url: str,
    rounds: int,
    before: str,
    after: str,
    other: Callable[[Page], None],
) -> tuple[float, float]:
    """Return the median seconds to load and to restyle."""
    loads, restyles = [], []
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB")
    if url.endswith("lang=en"):
        app_in_browser.sign_in(context.new_page(), url)
    for round_ in range(rounds + 1):
        page = context.new_page()
        begun = time.perf_counter()
        page.goto(url)
        until_drawn(page, before, 10)
        load = time.perf_counter() - begun
        page.locator("[data-test-script-state='notRunning']").wait_for(timeout=180_000, state="attached")
        begun = time.perf_counter()
        other(page)
        until_drawn(page, after, 10)
        if round_:  # the first round warms both
            loads.append(load)
            restyles.append(time.perf_counter() - begun)
        page.close()
    context.close()
    return statistics.median(loads), statistics.median(restyles)


def main(arguments: list[str] | None = None) -> None:
    """Measure both and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--layer")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args(arguments)
    layer = options.layer or pyogrio.list_layers(options.file)[0][0]
    print(f"{options.file.name}, layer {layer}: {pyogrio.read_info(options.file, layer=layer)['features']} buildings")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        store = str(Path(folder) / "benchmark.gpkg")
        app_in_browser.gridmap("init", store, "--community", "Benchmark")
        app_in_browser.gridmap("import", store, str(options.file), "--layer", layer, "--as", "buildings")
        # Without any service point there would be no coverage to show.
        station = gpd.GeoDataFrame(
            {"name": ["Station"], "kind": ["station"]},
            geometry=gpd.read_file(options.file, layer=layer, rows=1).to_crs(4326).representative_point(),
        )
        station.to_file(points := str(Path(folder) / "points.geojson"))
        app_in_browser.gridmap("import", store, points, "--as", "service-points")
        app_in_browser.add_account(store, "Benchmark")
        browser = app_in_browser.launch(playwright)
        with app_in_browser.served(app_in_browser.ROOT / "app.py", {"GRIDMAP_STORE": store, "GRIDMAP_DEMO": ""}) as (
            url,
            pid,
        ):
            empty = app_in_browser.memory_mb(pid)
            ours = measure(
                browser,
                f"{url}/?mode=households&lang=en",
                options.rounds,
                palette.HOUSEHOLDS[-1],
                palette.coverage(palette.OUT_OF_REACH).fill,
                lambda page: page.locator(".st-key-mode").get_by_text("by coverage").click(),
            )
            first = app_in_browser.memory_mb(pid)
            contexts = [browser.new_context(locale="en-GB") for _ in range(4)]
            for context in contexts:
                app_in_browser.sign_in(context.new_page(), f"{url}/?lang=en")
                page = context.new_page()
                page.goto(f"{url}/?lang=en")
                page.frame_locator(FRAME).locator("body[data-drawn]").wait_for(state="attached", timeout=120_000)
            each = (app_in_browser.memory_mb(pid) - first) / len(contexts)
            for context in contexts:
                context.close()
        environ = {"BENCHMARK_FILE": str(options.file.resolve()), "BENCHMARK_LAYER": layer}
        peers = {}
        for name, canvas in (("folium.GeoJson", "0"), ("the same on a canvas", "1")):
            script = Path(__file__).with_name("plain_folium_server.py")
            with app_in_browser.served(script, {**environ, "BENCHMARK_CANVAS": canvas}) as (url, _):
                peers[name] = measure(
                    browser,
                    url,
                    options.rounds,
                    COLOURS["grid"],
                    COLOURS["coverage"],
                    lambda page: page.get_by_text("coverage", exact=True).click(),
                )
        browser.close()
    print(f"{'':24}{'load':>10}{'restyle':>10}{'ratios':>16}")
    print(f"{'gridmap':24}{ours[0]:>9.2f}s{ours[1]:>9.2f}s")
    for name, peer in peers.items():
        print(f"{name:24}{peer[0]:>9.2f}s{peer[1]:>9.2f}s{peer[0] / ours[0]:>8.1f}{peer[1] / ours[1]:>8.1f}")
    print(f"server memory: {empty:.0f} MB idle, {first:.0f} MB with the community, {each:.1f} MB a further session")


if __name__ == "__main__":
    main()
