"""Whom something is about is opened from its card, for a reason, and gone when the answer is closed."""

from __future__ import annotations

from app_server import AppServer
from overview_page import PHONE
from playwright.sync_api import expect
from visiting import Visit

from gridmap import i18n
from gridmap.services import audit
from gridmap.services.community_data import CommunityData
from gridmap.store import open_store


def test_household_in_need_is_opened_for_a_reason(visit: Visit, server: AppServer, demo_data: CommunityData) -> None:
    page = visit(f"?sel=building:{int(demo_data.care['building_id'].iloc[0])}", screen=PHONE)
    expect(page.card()).to_contain_text("庚** · 138****3001")
    page.card().get_by_role("button", name=i18n.text("card.look", "zh")).first.click()
    dialog = page.page.get_by_role("dialog")
    dialog.get_by_label(i18n.text("contact.reason", "zh")).fill("看")
    dialog.get_by_role("button", name=i18n.text("contact.look", "zh")).click()
    expect(dialog).to_contain_text(i18n.text("error.reason_short", "zh", n=2))
    dialog.get_by_label(i18n.text("contact.reason", "zh")).fill("约定上门时间")
    dialog.get_by_role("button", name=i18n.text("contact.look", "zh")).click()
    expect(dialog.locator(".gm-contact a[href='tel:13800003001']")).to_have_text("13800003001")
    expect(dialog).to_contain_text("庚三")
    page.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    assert "13800003001" not in page.page.content()
    expect(page.card()).to_contain_text("庚** · 138****3001")
    store = open_store(str(server.store), create=False)
    looked = audit.search(store, None, action="care_seen").iloc[0]
    store.close()
    assert (looked["target_id"], looked["reason"]) == (1, "约定上门时间")
