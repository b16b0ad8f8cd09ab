"""Each role signs in on a phone and at a desk, sees its part and no more, and leaves nothing behind."""

from __future__ import annotations

import os

import pytest
from app_server import REPOSITORY, AppServer
from overview_page import DESKTOP, PHONE, OverviewPage, Screen
from playwright.sync_api import expect
from visiting import Visit, Watch, read

from gridmap import i18n
from gridmap.model import Role
from gridmap.services import accounts

DESK, HAND = (DESKTOP, "en", "en-GB"), (PHONE, "zh", "zh-CN")
# Each role on one screen: who works outdoors on a phone.
MEETINGS = [
    (Role.ADMINISTRATOR, DESK),
    (Role.SECRETARY, DESK),
    (Role.DESK, DESK),
    (Role.GRID_LEADER, HAND),
    (Role.GRID_WORKER, HAND),
    (Role.STREET_LEADER, HAND),
]
SEES_ISSUES = {Role.SECRETARY, Role.DESK, Role.GRID_LEADER, Role.GRID_WORKER}


def kept(page: OverviewPage, name: str, language: str) -> None:
    if os.environ.get("GRIDMAP_SCREENSHOTS"):
        folder = REPOSITORY / "docs" / "screenshots"
        folder.mkdir(parents=True, exist_ok=True)
        page.page.screenshot(path=folder / f"{name}-{page.screen.name}-{language}.png")


def words(page: OverviewPage) -> str:
    """All that the page and its map say."""
    return "\n".join(str(frame.evaluate("document.body.textContent")) for frame in page.page.frames)


def test_every_role_of_people_is_met() -> None:
    assert {role for role, _ in MEETINGS} == set(accounts.OF_PEOPLE)


@pytest.mark.parametrize(("role", "how"), MEETINGS, ids=[f"{role}-{how[0].name}" for role, how in MEETINGS])
def test_role(visit: Visit, server: AppServer, watch: Watch, role: Role, how: tuple[Screen, str, str]) -> None:
    screen, language, locale = how
    data = read(server.store)
    issue = int(data.issues.index[data.issues["building_id"].notna() & ~data.issues.geometry.is_empty][0])
    page = visit(None, screen=screen, locale=locale, role=None)
    page.page.goto(f"{server.url}/?sel=issue:{issue}&issues=all")
    expect(page.page.get_by_label(i18n.text("sign_in.password", language))).to_be_visible()
    kept(page, "sign-in", language)
    page.page.locator(f"button[value={role}]").click()
    page.drawn()
    page.settled()
    assert page.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "the page is wider than the screen"
    leave = page.page.get_by_role("button", name=i18n.text("sign_in.out", language))
    expect(leave).to_be_in_viewport(ratio=1)

    offered = page.page.locator(".st-key-tables").get_by_role("radio")
    expect(offered.first).to_be_visible()
    tables = offered.all_text_contents()
    sees = role in SEES_ISSUES
    assert (i18n.text("table.issues", language) in tables) == sees
    if sees:
        page.table(i18n.text("table.issues", language))
    else:
        expect(page.card()).to_be_hidden()
        said = words(page)
        assert not [text for text in data.issues["text"] if text and text in said]
        assert not [code for code in data.issues["code"] if code in said]
    if role in (Role.SECRETARY, Role.DESK):
        assert data.issues.at[issue, "text"] in dict(page.card_rows()).values()
    if role == Role.STREET_LEADER:
        assert not [name for name in data.staff["name"] if name in words(page)]
        assert tables == [i18n.text(f"table.{name}", language) for name in ("points", "grids", "compounds")]
        assert page.page.locator(".st-key-tables").get_by_test_id("stDownloadButton").count() == 0
        kept(page, "street-leader", language)

    assert not watch.unexpected()
    leave.click()
    expect(page.page.get_by_role("status")).to_have_text(i18n.text("sign_in.signed_out", language))
    page.page.go_back()
    expect(page.page.get_by_label(i18n.text("sign_in.password", language))).to_be_visible()
    expect(page.page.locator("iframe")).to_have_count(0)
    assert data.community.name not in words(page)
    # What the page was still fetching when its session ended was refused, each in its own words.
    watch.faults.clear()
    server.news()


def test_next_act_in_another_tab_shows_nothing(visit: Visit, server: AppServer, watch: Watch) -> None:
    page = visit()
    other = page.page.context.new_page()
    other.goto(f"{server.url}/password")
    sign = other.locator("input[name=sign]").get_attribute("value")
    assert page.page.context.request.post(f"{server.url}/sign-out", form={"sign": sign or ""}).ok
    page.page.bring_to_front()
    over = page.page.get_by_text(i18n.text("sign_in.over", "zh"))
    # An act that was under way may have been the next one already: then there is nothing left to press.
    page.page.locator(".st-key-toolbar").get_by_text(i18n.text("overview.mode.coverage", "zh")).or_(over).first.click()
    expect(over).to_be_visible()
    expect(page.page.locator("iframe")).to_have_count(0)
    expect(page.page.locator(".gm-figure")).to_have_count(0)
    page.page.get_by_role("link", name=i18n.text("sign_in.again", "zh")).click()
    expect(page.page.get_by_label(i18n.text("sign_in.password", "zh"))).to_be_visible()
    watch.faults.clear()  # what the page was still fetching was refused
    server.news()


def test_wrong_password_is_said_on_the_page(visit: Visit, server: AppServer, watch: Watch) -> None:
    watch.expected.append("401")
    page = visit(None, role=None)
    page.page.goto(server.url)
    page.page.get_by_label(i18n.text("sign_in.name", "zh")).fill("somebody")
    page.page.get_by_label(i18n.text("sign_in.password", "zh")).fill("something")
    page.page.get_by_role("button", name=i18n.text("sign_in.enter", "zh"), exact=True).click()
    expect(page.page.get_by_role("alert")).to_have_text(i18n.text("error.sign_in_failed", "zh"))
