"""Grid walks as a secretary lives them: a week planned, changed by hand and published; then the review is read."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from app_server import AppServer
from overview_page import PATIENCE_MS
from playwright.sync_api import expect
from visiting import Visit, read

from gridmap import i18n, model
from gridmap.planning import workdays
from gridmap.services import community_data, walk_outings, walk_staff
from gridmap.store import open_store

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
    publish_rota(demo_to_change.store)
    return demo_to_change


def publish_rota(path: Path) -> None:
    """Publish a rota in which two of the staff walk on the last two half days of the week that can still be planned."""
    store = open_store(str(path), create=False)
    today = community_data.today("Asia/Shanghai")
    weeks = (workdays.week_of(today + dt.timedelta(weeks=n)) for n in range(4))
    week, slots = next((week, there[-2:]) for week in weeks if (there := walk_outings.slots(week, today)))
    grids = store.frame(model.Grid, 1)
    sent = [
        (slot, staff, int(grids.index[grids["letter"] == letter][0]))
        for slot in slots
        for staff, letter in zip(sorted(walk_staff.idle(store, 1, slot.day, slot.half)), "BA", strict=False)
    ]
    with store.write() as session:
        rota = model.WeekRota(community_id=1, week=week, published_at=dt.datetime.now(dt.UTC), published_by="甲一")
        session.add(rota)
        session.flush()
        for slot, staff, grid in sent:
            duty = {"duty": model.Duty.WALK, "staff_id": staff, "grid_id": grid, "published": True}
            session.add(model.RotaDuty(community_id=1, rota_id=int(rota.id or 0), day=slot.day, half=slot.half, **duty))
    store.close()


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
    # The week is planned by its published rota.
    page.get_by_role("radio", name=say("walk_plan.span.week"), exact=True).click()
    expect(page.locator(".st-key-walk-plan-receptions")).to_be_visible(timeout=PATIENCE_MS)
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

    # A stop is moved in the list over the map; it stays where it was put.
    here.map.locator(".gm-order").evaluate("one => { one.open = true; }")
    names = here.map.locator(".gm-order .gm-name span")
    moved = names.first.inner_text()
    here.map.locator(".gm-order .gm-grip").first.press("ArrowDown")
    expect(here.map.locator(".gm-order li", has_text=moved).locator("i")).to_contain_text(
        say("walk_plan.locked"), timeout=PATIENCE_MS
    )
    here.settled()

    # Published, taken back as one, and published after all, it is in the list, and in the store.
    page.locator(".st-key-walk-keep button").click()
    page.locator(".st-key-walks-take-back button").click(timeout=PATIENCE_MS)
    expect(page.locator(".st-key-walk-keep button")).to_be_visible(timeout=PATIENCE_MS)
    here.settled()
    assert len(read(server.store).walks) == len(before.walks)
    page.locator(".st-key-walk-keep button").click()
    expect(page.locator(".st-key-told")).to_contain_text("已发布", timeout=PATIENCE_MS)
    here.settled()
    after = read(server.store)
    new = after.walks[~after.walks.index.isin(before.walks.index)]
    assert len(new) >= 2
    assert new["plan"].nunique() == 1
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
