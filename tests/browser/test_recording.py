"""From the card on the map: an issue is tagged at its building, and what the card is about can be changed."""

from __future__ import annotations

import pytest
from app_server import AppServer
from overview_page import PATIENCE_MS, PHONE, OverviewPage
from playwright.sync_api import expect
from visiting import Visit, Watch, read

from gridmap.model import Role


@pytest.fixture(scope="module")
def server(demo_to_change: AppServer) -> AppServer:
    return demo_to_change


def lead(here: OverviewPage, name: str) -> None:
    """Press a button of the card, and wait for the form to which it leads."""
    here.card().get_by_role("button", name=name, exact=True).click()
    here.page.wait_for_url("**/records?**", timeout=PATIENCE_MS)
    expect(here.page.locator(".st-key-record-form h3")).to_be_visible(timeout=PATIENCE_MS)
    here.settled()


def test_issue_is_recorded_from_the_card_of_its_building(visit: Visit, server: AppServer, watch: Watch) -> None:
    text = "单元门关不上"
    here = visit("?lang=zh&sel=building:12", screen=PHONE, role=Role.DESK)
    with here.page.expect_popup() as beside:
        here.card().get_by_role("link", name="记问题", exact=True).click()
    page = beside.value
    building = read(server.store).buildings.loc[12]
    expect(page.locator(".told strong")).to_have_text(building["compound"] + building["number"], timeout=PATIENCE_MS)
    page.locator("textarea").fill(text)
    page.locator(".icons.groups button").first.click()
    page.locator("#leaves button").first.click()
    expect(page.locator(".toast")).to_contain_text("已记为", timeout=PATIENCE_MS)
    issues = read(server.store).issues
    new = issues[issues["text"] == text]
    assert new["building_id"].tolist() == [12]
    assert new["grid_id"].tolist() == [building["grid_id"]]


def test_card_offers_only_what_one_may_do(visit: Visit, server: AppServer) -> None:
    offered = {}
    for role in (Role.DESK, Role.STREET_LEADER):
        here = visit("?lang=zh&sel=building:12", role=role)
        expect(here.card()).to_be_visible(timeout=PATIENCE_MS)
        offered[role] = here.card().locator("footer > *").all_text_contents()
    assert offered == {
        Role.DESK: ["记问题"],
        Role.STREET_LEADER: [],
    }
    here = visit("?lang=zh&sel=point:1", role=Role.DESK)
    lead(here, "修改")
    assert (here.address()["kind"], here.address()["id"]) == ("points", "1")
