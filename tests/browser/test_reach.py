"""Coverage on foot as a secretary lives it: a gap is seen and explained, a point tried, a plan kept and adopted."""

from __future__ import annotations

import pytest
from app_server import AppServer
from overview_page import DESKTOP, IFRAME, PATIENCE_MS, PHONE, PICTURES, OverviewPage, Screen
from playwright.sync_api import Page, expect
from visiting import Visit, Watch, read

from gridmap.model import Role

# A place of a building on screen where nothing lies over it: its middle in pixels of the map, and its number.
_UNCOVERED = """(ids) => {
  const sheet = Gridmap.sheet(), map = Gridmap.map();
  for (const id of ids) {
    const middle = sheet.bounds(sheet.item("buildings", id)).getCenter(), at = map.latLngToContainerPoint(middle);
    const hit = sheet.hit("buildings", middle), over = document.elementFromPoint(at.x, at.y);
    const free = over && !over.closest(".leaflet-marker-icon, .leaflet-control, .gm-panel > *");
    if (hit && hit.id === id && free) return [at.x, at.y, id];
  }
}"""


@pytest.fixture(scope="module")
def server(demo_to_change: AppServer) -> AppServer:
    return demo_to_change


def figure(here: OverviewPage, label: str) -> str:
    return here.page.locator(".gm-figure").filter(has_text=label).locator("dd").inner_text()


def _spot_pressed(here: OverviewPage, place: dict[str, float]) -> None:
    """A spot is pressed where one might stand."""
    page = here.page
    page.get_by_text("候选地点：").click()
    page.get_by_role("button", name="在地图上点候选位置").click()
    here.map.locator(".leaflet-container.gm-pointing").wait_for(timeout=PATIENCE_MS)
    here.settled()
    here.map.locator(".leaflet-container").click(position={"x": place["x"] + 30, "y": place["y"] + 30})
    expect(here.map.locator(".gm-mark-sign", has_text="A")).to_be_visible(timeout=PATIENCE_MS)
    page.get_by_role("button", name="点完了").click()
    here.settled()


def _side_by_side(page: Page, screen: Screen) -> None:
    """Both maps are there on a desktop, one by a switch on a phone; whoever moves one moves the other."""
    frames = []
    for key, fill in (("before", "0"), ("after", "1")):
        frame = page.locator(f".st-key-reach-pair-{key} {IFRAME}").element_handle(timeout=PATIENCE_MS).content_frame()
        assert frame is not None
        frame.locator("body[data-drawn]").wait_for(state="attached", timeout=PATIENCE_MS)
        frames.append(frame)
        shown = page.locator(f".st-key-reach-pair-{key}").bounding_box()
        assert shown is not None
        assert (shown["height"] > 300) == (screen == DESKTOP or fill == "1")
    frames[1].evaluate("Gridmap.map().setZoom(Gridmap.map().getZoom() + 1, { animate: false })")
    wanted = frames[1].evaluate("Gridmap.view()")
    frames[0].wait_for_function(f"Math.abs(Gridmap.view().zoom - {wanted['zoom']}) < 0.01", timeout=PATIENCE_MS)
    if screen != DESKTOP:
        page.locator(".st-key-reach-pair-switch").get_by_role("radio", name="现状").click()
        expect(page.locator(".st-key-reach-pair-before")).to_be_visible()


@pytest.mark.parametrize("screen", [DESKTOP, PHONE] if PICTURES else [DESKTOP], ids=lambda screen: screen.name)
def test_gap_is_explained_tried_planned_compared_and_adopted(
    visit: Visit, server: AppServer, watch: Watch, screen: Screen
) -> None:
    name = f"补点方案（{screen.name}）"
    data = read(server.store)
    stations = int((data.points["kind"] == "station").sum())
    here = visit(None, screen=screen, role=Role.SECRETARY)
    page = here.page
    page.goto(f"{server.url}/coverage?lang=zh&kind=station")
    here.drawn(fill="coverage")
    here.settled()
    gap = figure(here, "走不到（户）")

    # Why is it not covered? The circle says it is.
    walled = data.buildings[(data.buildings["compound"] == "桃溪雅苑") & (data.buildings["households"] > 0)]
    x, y, _ = here.map_frame().evaluate(_UNCOVERED, walled.index.tolist())
    place = {"x": x, "y": y}
    here.map.locator(".leaflet-container").click(position=place)
    expect(page.locator(".st-key-reach-why")).to_contain_text("桃溪雅苑", timeout=PATIENCE_MS)
    expect(page.locator(".st-key-reach-why")).to_contain_text("超过 500 米")
    expect(page.locator(".st-key-reach-why")).to_contain_text("在这栋楼设一个点：500 米内可新覆盖")
    here.settled()

    # A point is tried where the building stands: fewer are out of reach.
    page.get_by_role("button", name="试放一个点").click()
    here.map.locator(".leaflet-container.gm-pointing").wait_for(timeout=PATIENCE_MS)
    here.settled()
    here.map.locator(".leaflet-container").click(position=place)
    here.map.locator(".gm-mark-sign").wait_for(timeout=PATIENCE_MS)
    here.settled()
    assert int(figure(here, "走不到（户）").replace(",", "")) < int(gap.replace(",", ""))
    expect(page.locator(".st-key-reach-why")).to_contain_text("已覆盖")

    if screen == DESKTOP:
        _spot_pressed(here, place)

    # The best places are asked for, kept under a name, set beside today, and adopted.
    page.get_by_role("button", name="计算").click()
    expect(page.locator(".st-key-reach-site")).to_contain_text("已证明没有更好的方案", timeout=PATIENCE_MS)
    here.settled()
    page.get_by_label("方案名称").fill(name)
    page.get_by_label("方案名称").press("Enter")
    here.settled()
    page.get_by_role("button", name="存为方案").click()
    expect(page.locator(".st-key-reach-compared")).to_contain_text(name, timeout=PATIENCE_MS)
    here.settled()
    _side_by_side(page, screen)
    page.get_by_role("button", name="采纳方案").click()
    page.get_by_role("dialog").get_by_role("button", name="采纳方案").click()
    expect(page.get_by_test_id("stAlert").first).to_contain_text("已采纳", timeout=PATIENCE_MS)
    here.settled()
    assert int((read(server.store).points["kind"] == "station").sum()) > stations
    assert figure(here, "走不到（户）") == "0"

    page.get_by_role("button", name="撤回采纳").click()
    page.get_by_role("dialog").get_by_role("button", name="撤回采纳").click()
    expect(page.get_by_test_id("stAlert").first).to_contain_text("已撤回", timeout=PATIENCE_MS)
    here.settled()
    assert int((read(server.store).points["kind"] == "station").sum()) == stations
    assert figure(here, "走不到（户）") == gap

    # Several kinds at once, on the same map, which is taken along as a picture.
    if screen == DESKTOP:
        page.goto(f"{server.url}/coverage?lang=zh&kinds=station,chess")
        here.drawn(fill="kinds")
        here.settled()
        here.map.locator(".leaflet-container").click(position=place)
        expect(page.locator(".st-key-reach-why")).to_contain_text("缺棋牌", timeout=PATIENCE_MS)
        with page.expect_download(timeout=PATIENCE_MS) as taken:
            page.get_by_role("button", name="保存图片").click()
        assert taken.value.path().read_bytes().startswith(b"\x89PNG")
