"""A secretary makes the week, exchanges a duty, publishes; a grid leader sees it and takes it along."""

from __future__ import annotations

import re
from pathlib import Path

import icalendar
import pytest
import signed_in
import sqlalchemy as sa
from app_server import AppServer
from overview_page import PATIENCE_MS, PHONE
from playwright.sync_api import expect
from visiting import Visit

from gridmap import model
from gridmap.model import Role
from gridmap.store import open_store

QUERY = "/rota?lang=zh&c=1&week=2027-W10"


@pytest.fixture(scope="module")
def server(demo_to_change: AppServer) -> AppServer:
    store = open_store(str(demo_to_change.store), create=False)
    with store.write() as session:
        for one in session.scalars(sa.select(model.Leave)).all():
            session.delete(one)
    store.close()
    return demo_to_change


def test_week_is_made_exchanged_published_and_taken_along(visit: Visit, server: AppServer, tmp_path: Path) -> None:
    here = visit(None, role=Role.SECRETARY)
    page = here.page
    page.goto(server.url + QUERY)
    page.locator(".st-key-rota-make button").click(timeout=PATIENCE_MS)
    expect(page.locator(".gm-rota")).to_be_visible(timeout=PATIENCE_MS)
    page.get_by_text("对调、替班").click()
    for label in ("哪一个班", "换给谁"):
        here.pick(page.get_by_role("combobox", name=re.compile(label)), page.get_by_role("option").first)
    page.locator(".st-key-rota-swap-do button").click()
    expect(page.locator(".st-key-told")).to_contain_text("已对调", timeout=PATIENCE_MS)
    page.locator(".st-key-rota-publish button").click()
    expect(page.locator(".st-key-told")).to_contain_text("已发布", timeout=PATIENCE_MS)
    store = open_store(str(server.store), create=False)
    duties = store.frame(model.RotaDuty, 1)
    store.close()
    duties = duties[duties["published"]]
    staff = int(duties.loc[duties["duty"] == "reception", "staff_id"].iloc[0])

    token = signed_in.begin(server.store, Role.GRID_LEADER)
    store = open_store(str(server.store), create=False)
    with store.write() as session:
        session.query(model.Account).filter_by(name=f"test-{token.casefold()}").one().staff_id = staff
    store.close()
    phone = visit(None, screen=PHONE, role=None).page
    phone.context.add_cookies([{"name": "gridmap_session", "value": token, "url": server.url}])
    phone.goto(server.url + QUERY)
    mine = phone.locator(".gm-myweek li")
    expect(mine).to_have_count(10, timeout=PATIENCE_MS)
    expect(phone.locator(".gm-myweek")).to_contain_text("网格会客厅")
    expect(phone.locator(".gm-rota-days section").first).to_be_visible()
    expect(phone.locator(".gm-rota").first).to_be_hidden()
    phone.get_by_text("日历与海报").click()
    with phone.expect_download(timeout=PATIENCE_MS) as taken:
        phone.locator(".st-key-rota-ics button").click()
    file = tmp_path / taken.value.suggested_filename
    taken.value.save_as(file)
    found = icalendar.Calendar.from_ical(file.read_bytes()).walk("VEVENT")
    assert len(found) == (duties["staff_id"] == staff).sum()
    assert any("网格会客厅" in str(one["summary"]) for one in found)
