"""The secretary closes a month of the one-yuan fund; after that a grant into it is refused, and the page says why."""

from __future__ import annotations

from collections.abc import Iterator

import app_server
import prepared
import pytest
from app_server import AppServer
from overview_page import PATIENCE_MS
from playwright.sync_api import expect
from visiting import Visit

from gridmap.model import Role
from gridmap.services import fund
from gridmap.store import open_store


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppServer]:
    path = tmp_path_factory.mktemp("fund") / "store.gpkg"
    prepared.with_demo(path)
    with app_server.running(path) as running:
        yield running


def test_month_is_closed_and_kept(visit: Visit, server: AppServer) -> None:
    here = visit(None, role=Role.SECRETARY)
    page = here.page
    page.goto(f"{here.url}/registers?lang=zh&register=fund")
    section = page.locator(".st-key-fund-closing")
    section.locator("summary").click(timeout=PATIENCE_MS)
    press = section.locator(".st-key-fund-close button")
    expect(press).to_be_visible(timeout=PATIENCE_MS)
    name = press.inner_text().split("结")[-1].strip()
    press.click()
    asked = page.get_by_role("dialog")
    expect(asked).to_contain_text("期末余额", timeout=PATIENCE_MS)
    asked.locator(".st-key-asked-yes button").click()
    expect(page.get_by_text(f"{name}已结账").first).to_be_visible(timeout=PATIENCE_MS)
    expect(page.locator(".gm-figure", has_text="已结账至")).to_contain_text(name, timeout=PATIENCE_MS)
    store = open_store(str(server.store), create=False)
    told = fund.book(store, store.communities()[0])
    store.close()
    period = told.closings[-1].period
    assert f"{period[:4]}年{period[5:]}月" == name
    assert told.closings[-1].closed_by
