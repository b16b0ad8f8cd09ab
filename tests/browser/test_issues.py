"""An issue as the office follows it: found by words, pressed on the map, opened, moved, and read again."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from app_server import AppServer
from overview_page import IFRAME, PATIENCE_MS, PHONE
from playwright.sync_api import Page, expect
from visiting import Visit, read

from gridmap import i18n
from gridmap.model import Role


@pytest.fixture(scope="module")
def server(demo_to_change: AppServer) -> AppServer:
    return demo_to_change


def say(key: str, **fields: object) -> str:
    return i18n.text(key, "zh", **fields)


def address(page: Page) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


def test_issue_is_found_pressed_opened_moved_and_linked_to(visit: Visit, server: AppServer) -> None:
    data = read(server.store)
    rows = data.issues[(data.issues["state"] == "in_progress") & ~data.issues.geometry.is_empty]
    row = rows[~rows["text"].duplicated(keep=False)].iloc[0]
    here = visit(None, role=Role.SECRETARY)
    page = here.page
    page.goto(f"{server.url}/issues?lang=zh")
    here.drawn()
    here.settled()

    # The same words narrow the list and the map.
    page.get_by_label(say("issues.search")).fill(row["code"])
    page.get_by_label(say("issues.search")).press("Enter")
    expect(here.map.locator(".gm-issue")).to_have_count(1, timeout=PATIENCE_MS)
    expect(page.get_by_text("共 1 件")).to_be_visible(timeout=PATIENCE_MS)
    here.settled()

    # Pressed on the map, it is chosen in the list, and a card leads to it.
    here.map.locator(".gm-issue").click()
    expect(page.locator(".st-key-issues-chosen")).to_contain_text(row["text"][:20], timeout=PATIENCE_MS)
    here.settled()
    assert address(page)["sel"] == f"issue:{row.name}"
    here.map.locator(".gm-card footer button").click()
    expect(page.locator(".gm-issue-title")).to_contain_text(row["code"], timeout=PATIENCE_MS)
    here.settled()

    # It is moved on with a few words, and its history begins with them.
    finish = data.catalogues.flow.moves["finish"].label("zh")
    page.locator(".st-key-issue-moves").get_by_text(finish, exact=True).click()
    page.get_by_label(say("record.field.note")).fill("已上门处理，居民当场确认")
    page.get_by_label(say("record.field.note")).blur()
    here.settled()
    page.get_by_role("button", name=say("issue.do", action=finish)).click()
    expect(page.locator(".gm-history li").first).to_contain_text("已上门处理", timeout=PATIENCE_MS)
    expect(page.locator(".gm-issue-title")).to_contain_text(say("issue_state.done"))
    here.settled()
    assert read(server.store).issues.at[row.name, "state"] == "done"

    # The link gives the same again, on a phone too.
    page.set_viewport_size({"width": PHONE.width, "height": PHONE.height})
    page.reload()
    expect(page.locator(".gm-history li").first).to_contain_text("已上门处理", timeout=PATIENCE_MS)
    here.settled()
    assert address(page)["issue"] == str(row.name)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.locator(".st-key-issue-back button").click()
    # The issue's own map goes, and the list's comes.
    expect(page.locator(".st-key-issues-left")).to_be_visible(timeout=PATIENCE_MS)
    expect(page.locator(IFRAME)).to_be_visible(timeout=PATIENCE_MS)
    here.drawn()
    here.settled()
    left, right = page.locator(".st-key-issues-left").bounding_box(), page.locator(IFRAME).bounding_box()
    assert left is not None
    assert right is not None
    assert right["y"] > left["y"] + left["height"] - 1
    assert address(page)["q"] == row["code"]
