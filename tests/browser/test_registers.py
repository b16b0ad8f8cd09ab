"""A secretary enters a station's team, and books a room that somebody has at that time already."""

from __future__ import annotations

import pytest
from app_server import AppServer
from overview_page import PATIENCE_MS
from playwright.sync_api import expect
from visiting import Visit

from gridmap.model import Role


@pytest.fixture(scope="module")
def server(demo_to_change: AppServer) -> AppServer:
    return demo_to_change


def test_team_is_entered_and_a_room_is_not_booked_twice(visit: Visit, server: AppServer) -> None:
    here = visit(None, role=Role.SECRETARY)
    page = here.page
    page.goto(f"{server.url}/registers?lang=zh&c=1&register=stations&id=1")
    page.locator(".st-key-register-edit button").click(timeout=PATIENCE_MS)
    page.get_by_label("服务长", exact=True).fill("子丑")
    page.locator("[data-testid='stFormSubmitButton'] button").click()
    expect(page.locator(".st-key-told")).to_contain_text("已保存", timeout=PATIENCE_MS)
    expect(page.locator(".st-key-register-team")).to_contain_text("子**", timeout=PATIENCE_MS)
    for purpose in ("业主代表座谈", "合唱排练"):
        here.settled()
        tab = page.get_by_role("tabpanel").first
        tab.get_by_label("用途").fill(purpose)
        tab.get_by_label("其他使用方").fill(f"{purpose}组")
        tab.locator("[data-testid='stFormSubmitButton'] button").click()
        if purpose == "业主代表座谈":
            expect(page.locator(".st-key-told")).to_contain_text("已预订", timeout=PATIENCE_MS)
            expect(page.locator(".gm-week")).to_contain_text("业主代表座谈组", timeout=PATIENCE_MS)
    refused = page.locator(".st-key-register-room [data-testid='stAlert']")
    expect(refused).to_contain_text("业主代表座谈组", timeout=PATIENCE_MS)
    expect(refused).to_contain_text("当天空闲", timeout=PATIENCE_MS)
    expect(page.locator(".gm-week")).not_to_contain_text("合唱排练")
