"""Grids are proposed, one proposal is drawn further, and published; what was valid last week is still to be seen."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from app_server import AppServer
from overview_page import PATIENCE_MS
from playwright.sync_api import Page, expect
from visiting import Visit, read

from gridmap import i18n
from gridmap.services import grid_versions
from gridmap.store import open_store


@pytest.fixture(scope="module")
def server(demo_to_change: AppServer) -> AppServer:
    return demo_to_change


def say(key: str, **fields: object) -> str:
    return i18n.text(f"grids.{key}", "zh", **fields)


def loads(page: Page) -> list[str]:
    return page.locator(".gm-loads b").all_inner_texts()


def test_grids_are_proposed_moved_by_a_press_and_published(visit: Visit, server: AppServer) -> None:
    here = visit(None)
    page = here.page
    page.goto(f"{server.url}/grids?lang=zh&tab=propose")
    here.drawn()
    here.settled()

    # Proposals stand side by side; one of them becomes the draft.
    page.locator(".st-key-grids-go button").click()
    take = page.get_by_role("button", name=say("propose.take"))
    expect(take).to_be_visible(timeout=PATIENCE_MS)
    here.settled()
    take.click()
    expect(page.get_by_text(say("draft.begun"))).to_be_visible(timeout=PATIENCE_MS)
    here.drawn()
    here.settled()
    before = loads(page)

    # A border is dragged into the next grid; taken back, everything is as it was.
    page.locator(".st-key-grids-tool button").nth(3).click()
    here.settled()
    grip = here.map.locator(".gm-grip").nth(4)
    grip.hover()
    box = grip.bounding_box()
    assert box is not None
    page.mouse.down()
    page.mouse.move(box["x"] - 25, box["y"] + 10, steps=4)
    page.mouse.up()
    right = page.locator(".st-key-grids-right")
    expect(right).to_contain_text(re.compile(say("step.border", n=7).replace("7", r"\d+")), timeout=PATIENCE_MS)
    here.settled()
    page.locator(".st-key-grids-undo button").click()
    expect(page.locator(".st-key-grids-undo button")).to_be_disabled(timeout=PATIENCE_MS)
    here.settled()
    assert loads(page) == before
    page.locator(".st-key-grids-tool button").nth(0).click()
    here.settled()

    # A building of the first grid is pressed, and goes to the second: two bars change, and no other.
    page.locator(".st-key-grids-target button").nth(1).click()
    here.settled()
    data = read(server.store)
    homes = data.buildings[(data.buildings["letter"] == "A") & (data.buildings["households"] > 0)]
    building, place = here.clickable(homes.index.tolist())
    here.press(place)
    step = say("step.move", n=1)
    expect(right).to_contain_text(step, timeout=PATIENCE_MS)
    here.settled()
    after = loads(page)
    households = int(data.buildings.at[building, "households"])
    changed = [int(b.replace(",", "")) - int(a.replace(",", "")) for a, b in zip(before, after, strict=True)]
    assert changed == [-households, households, 0, 0, 0]

    # It is published from next Monday, for a reason, although a grid lies in two pieces.
    page.locator(".st-key-grids-publish button").click()
    page.get_by_label(say("publish.reason")).fill("户数变了")
    page.get_by_label(say("publish.reason")).blur()
    if page.get_by_text(say("publish.all_the_same")).is_visible():
        page.get_by_text(say("publish.all_the_same")).click()
    here.settled()
    page.locator(".st-key-grids-publish-go button").click()
    monday = data.day + dt.timedelta(days=7 - data.day.weekday())
    told = say("published", day=i18n.date(monday, "zh"))
    expect(page.get_by_text(told)).to_be_visible(timeout=PATIENCE_MS)
    here.drawn()
    here.settled()
    store = open_store(str(server.store), create=False)
    with store.read() as session:
        kept = [(one.valid_from, one.reason) for one in grid_versions.versions(session, 1)]
    store.close()
    assert kept[-1] == (monday, "户数变了")

    # Last week the old grids were valid, and the new ones can be seen before they begin.
    page.get_by_role("button", name=say("last_week")).click()
    day = (data.day - dt.timedelta(days=7)).isoformat()
    page.wait_for_url(lambda url: day in url, timeout=PATIENCE_MS)
    here.settled()
    assert loads(page) == [i18n.number(n, "zh") for n in data.buildings.groupby("letter")["households"].sum()]
    page.get_by_text(say("version.later", day=i18n.date(monday, "zh"))).click()
    expect(page.locator(".gm-loads b").first).to_have_text(after[0], timeout=PATIENCE_MS)
