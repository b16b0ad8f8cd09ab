"""The administrator makes an account and closes it; a secretary shows the map to a guest."""

from __future__ import annotations

import pytest
from app_server import AppServer
from overview_page import PHONE
from playwright.sync_api import Page, expect
from visiting import Visit, Watch

from gridmap import i18n
from gridmap.model import Role

PASSWORD = "five colours, one map"


@pytest.fixture(scope="module")
def server(demo_to_change: AppServer) -> AppServer:
    return demo_to_change


def word(key: str, **fields: object) -> str:
    return i18n.text(key, "zh", **fields)


def settled(page: Page) -> None:
    expect(page.locator('[data-test-script-state="notRunning"]')).to_be_visible(timeout=30_000)


def row(page: Page, number: int) -> None:
    """Choose a row of the first table on the page, which is drawn and holds no elements."""
    table = page.get_by_test_id("stDataFrame").first
    expect(table.locator("canvas").first).to_be_visible()
    table.click(position={"x": 17, "y": 36 + 35 * number + 17})


def enter(page: Page, server: AppServer, name: str, password: str) -> None:
    page.goto(f"{server.url}/sign-in")
    page.get_by_label(word("sign_in.name")).fill(name)
    page.get_by_label(word("sign_in.password")).fill(password)
    page.get_by_role("button", name=word("sign_in.enter"), exact=True).click()


def test_account_from_its_first_password_to_its_end(visit: Visit, server: AppServer, watch: Watch) -> None:
    boss = visit(None, role=Role.ADMINISTRATOR).page
    boss.goto(f"{server.url}/accounts")
    boss.get_by_role("button", name=word("accounts.new")).click()
    boss.get_by_role("textbox", name=word("sign_in.name")).fill("aaa")
    boss.get_by_role("textbox", name=word("accounts.column.display")).fill("<b>老王</b>")
    boss.get_by_role("button", name=word("accounts.make")).click()
    expect(boss.get_by_text(word("accounts.made", name="aaa"))).to_be_visible()
    secret = boss.locator(".st-key-secret code")
    expect(secret).to_be_visible()
    first = secret.inner_text()
    boss.get_by_role("button", name=word("acts.noted")).click()
    expect(secret).to_have_count(0)

    # Its owner may do nothing before choosing another.
    own = visit(None, role=None).page
    enter(own, server, "aaa", first)
    expect(own.get_by_text(word("password.must"))).to_be_visible()
    own.goto(f"{server.url}/")
    own.get_by_label(word("password.old")).fill(first)
    own.get_by_label(word("password.new"), exact=True).fill(PASSWORD)
    own.get_by_label(word("password.again")).fill(PASSWORD)
    own.get_by_role("button", name=word("password.save")).click()
    enter(own, server, "aaa", PASSWORD)
    expect(own.locator(".gm-you")).to_contain_text("<b>老王</b>")
    settled(own)
    expect(own.get_by_role("link", name=word("page.audit"))).to_have_count(0)

    boss.reload()
    settled(boss)
    row(boss, 0)
    expect(boss.get_by_role("button", name=word("accounts.deactivate"))).to_be_visible()
    settled(boss)
    boss.get_by_role("button", name=word("accounts.deactivate")).click()
    dialog = boss.get_by_role("dialog")
    expect(dialog).to_contain_text("aaa")
    dialog.get_by_role("button", name=word("acts.leave_it")).click()
    expect(dialog).to_have_count(0)
    boss.get_by_role("button", name=word("accounts.deactivate")).click()
    dialog.get_by_role("button", name=word("accounts.deactivate")).click()
    expect(boss.get_by_text(word("accounts.deactivated", name="aaa"))).to_be_visible()

    own.get_by_text(word("overview.mode.coverage")).click()
    expect(own.get_by_text(word("sign_in.over"))).to_be_visible()
    expect(own.locator(".gm-figure")).to_have_count(0)
    watch.faults.clear()  # what the page was still fetching was refused
    server.news()


def test_guest_sees_the_map_until_the_link_is_withdrawn(visit: Visit, server: AppServer, watch: Watch) -> None:
    secretary = visit(None, role=Role.SECRETARY).page
    secretary.goto(f"{server.url}/accounts")
    secretary.get_by_text(word("share.title"), exact=True).click()
    secretary.get_by_role("textbox", name=word("share.column.note")).fill("区里来参观")
    secretary.get_by_role("button", name=word("share.make")).click()
    secret = secretary.locator(".st-key-secret code")
    expect(secret).to_be_visible()
    link = secret.inner_text()
    assert link.startswith(f"{server.url}/view/")

    guest = visit(None, screen=PHONE, role=None)
    guest.page.goto(link)
    guest.page.get_by_role("button", name=word("view.open")).click()
    guest.drawn()
    guest.settled()
    assert guest.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "wider than the screen"
    expect(guest.page.get_by_test_id("stDownloadButton")).to_have_count(0)
    expect(guest.page.locator(".st-key-nav, a[href*=password]")).to_have_count(0)

    secretary.reload()
    settled(secretary)
    secretary.get_by_text(word("share.title"), exact=True).click()
    row(secretary, 0)
    secretary.get_by_role("button", name=word("share.withdraw")).click()
    secretary.get_by_role("dialog").get_by_role("button", name=word("share.withdraw")).click()
    expect(secretary.get_by_text(word("share.withdrawn"))).to_be_visible()
    guest.page.get_by_text(word("overview.mode.coverage")).click()
    expect(guest.page.get_by_text(word("sign_in.over"))).to_be_visible()
    guest.page.goto(link)
    guest.page.get_by_role("button", name=word("view.open")).click()
    expect(guest.page.get_by_role("alert")).to_have_text(word("error.view_link"))
    watch.faults.clear()
    server.news()
