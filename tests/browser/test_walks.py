"""Grid walks as a secretary lives them: planned, changed by hand and published; then the review is read."""

from __future__ import annotations

import pytest
from app_server import AppServer
from overview_page import PATIENCE_MS
from playwright.sync_api import expect
from visiting import Visit, read

from gridmap import i18n

# Presses the sign whose words at the pointer end so.
_PRESSED = """(title) => {
  const found = [];
  Gridmap.map().eachLayer((one) => {
    const told = one.getTooltip && one.getTooltip() && one.getTooltip().getContent();
    if (told && told.textContent && told.textContent.endsWith(title)) found.push(one);
  });
  if (found.length) found[0].fire("click", { latlng: found[0].getLatLng() });
  return found.length;
}"""


@pytest.fixture(scope="module")
def server(demo_to_change: AppServer) -> AppServer:
    return demo_to_change


def say(key: str, **fields: object) -> str:
    return i18n.text(key, "zh", **fields)


def test_walks_are_planned_changed_published_and_looked_back_on(visit: Visit, server: AppServer) -> None:
    before = read(server.store)
    here = visit("walks?tab=plan&lang=zh")
    page = here.page

    # A building that must be visited is pressed on the map.
    page.get_by_role("radio", name=say("walk_plan.press.must"), exact=True).click()
    here.settled()
    homes = before.buildings[(before.buildings["letter"] == "B") & (before.buildings["households"] > 0)]
    must, place = here.clickable(int(number) for number in homes.index)
    here.press(place)
    title = homes.at[must, "compound"] + homes.at[must, "number"]
    expect(page.locator(".st-key-walk-plan-must")).to_contain_text(title, timeout=PATIENCE_MS)
    here.settled()
    page.get_by_role("radio", name=say("walk_plan.press.look"), exact=True).click()
    here.settled()
    page.locator(".st-key-walk-plan-go button").click()
    expect(page.locator(".st-key-walk-keep button")).to_be_visible(timeout=PATIENCE_MS)
    here.settled()

    # Its stop is pressed on the map, put later and locked; the rest is planned anew around it.
    here.map.locator(".gm-mark-sign").first.wait_for(timeout=PATIENCE_MS)
    assert here.map_frame().evaluate(_PRESSED, title)
    expect(page.locator(".st-key-walk-plan-stop")).to_contain_text(title, timeout=PATIENCE_MS)
    here.settled()
    page.locator(".st-key-walk-lock button").click()
    expect(page.locator(".st-key-walk-undo button")).to_be_enabled(timeout=PATIENCE_MS)
    here.settled()

    # Published, it is in the list, and in the store.
    page.locator(".st-key-walk-keep button").click()
    expect(page.locator(".st-key-told")).to_contain_text("已发布", timeout=PATIENCE_MS)
    here.settled()
    after = read(server.store)
    new = after.walks[~after.walks.index.isin(before.walks.index)]
    assert len(new) >= 1
    kept = after.stops[after.stops["walk_id"].isin(new.index) & (after.stops["building_id"] == must)]
    assert len(kept) == 1
    assert kept["must"].all()
    assert kept["locked"].all()
    assert here.address()["walk"] in {str(number) for number in new.index}

    # It is called off by the dialog's own word, and restored.
    page.locator(".st-key-walks-call-off button").click()
    page.get_by_role("dialog").get_by_role("button", name=say("walk_list.call_off")).click()
    expect(page.locator(".st-key-walks-restore button")).to_be_visible(timeout=PATIENCE_MS)
    here.settled()
    chosen = int(here.address()["walk"])
    assert read(server.store).walks.at[chosen, "state"] == "cancelled"
    page.locator(".st-key-walks-restore button").click()
    expect(page.locator(".st-key-walks-call-off button")).to_be_visible(timeout=PATIENCE_MS)
    here.settled()
    assert read(server.store).walks.at[chosen, "state"] == "planned"

    # The review says what to change.
    page.get_by_role("radio", name=say("walks.tab.review"), exact=True).click()
    expect(page.get_by_text(say("walk_review.changes"))).to_be_visible(timeout=PATIENCE_MS)
    here.settled()
    here.drawn(fill="visits")
    assert here.figures()[say("walk_review.held")][0] == "2"
