"""A presentation as a secretary makes and gives it: reworded, walked through by keys, taken along as a file."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
import signed_in
from app_server import AppServer
from overview_page import PATIENCE_MS
from playwright.sync_api import Browser, Page, expect
from visiting import Visit

from gridmap.model import Role
from gridmap.services import accounts, story_keeping, story_steps
from gridmap.store import open_store

WORDS = "我们把五个网格走了一遍。"


@pytest.fixture
def story(server: AppServer) -> int:
    """A presentation of three steps."""
    store = open_store(str(server.store), create=False)
    try:
        by = accounts.actor(store, signed_in.begin(server.store, Role.SECRETARY), now=dt.datetime.now(dt.UTC))
        assert by is not None
        steps = tuple(story_steps.fresh(kind) for kind in ("grids", "projects", "scenario", "words"))
        content = story_steps.Content(steps=steps)
        return story_keeping.make(
            store, by, store.community(1), "向街道汇报", content, now=dt.datetime.now(dt.UTC)
        ).number
    finally:
        store.close()


def at_step(page: Page, number: int, of: int = 3) -> None:
    """The map has come to a step, and that step alone is shown."""
    expect(page.locator(f'#map.there[data-step="{number}"]')).to_be_visible(timeout=PATIENCE_MS)
    expect(page.locator("#count")).to_have_text(f"{number} / {of}")
    expect(page.locator(".step.on")).to_have_count(1)


def walk_through(page: Page) -> None:
    at_step(page, 1)
    expect(page.locator(".step.on")).to_contain_text(WORDS)
    first = page.locator("#ground").get_attribute("viewBox")
    page.keyboard.press("PageDown")
    at_step(page, 2)
    assert page.locator("#ground").get_attribute("viewBox") != first
    page.keyboard.press("Space")
    at_step(page, 3)
    expect(page.locator(".step.on .skipped")).to_contain_text("没有选定方案")
    page.keyboard.press("PageUp")
    at_step(page, 2)
    page.keyboard.press("Home")
    at_step(page, 1)


def test_it_is_worded_shown_by_keys_and_runs_from_a_disk(
    visit: Visit, chromium: Browser, story: int, tmp_path: Path
) -> None:
    here = visit(None, role=Role.SECRETARY)
    page = here.page
    page.goto(f"{here.url}/present?lang=zh&story={story}")
    field = page.locator('[class*="st-key-present-text-"] textarea').first
    field.wait_for(timeout=PATIENCE_MS)
    field.fill(WORDS)
    field.blur()
    expect(page.get_by_text("修改已保存")).to_be_visible(timeout=PATIENCE_MS)
    page.get_by_role("button", name="制作单个文件").click()
    with page.expect_download(timeout=PATIENCE_MS) as taken:
        page.get_by_role("button", name="下载文件").click(timeout=PATIENCE_MS)
    path = tmp_path / "p.html"
    taken.value.save_as(path)
    assert taken.value.suggested_filename.endswith(".html")
    page.goto(f"{here.url}/present/{story}?lang=zh")
    walk_through(page)
    # Another PC, without a network.
    elsewhere = chromium.new_context(offline=True)
    asked: list[str] = []
    elsewhere.on("request", lambda request: asked.append(request.url))
    alone = elsewhere.new_page()
    faults: list[str] = []
    alone.on("console", lambda message: faults.append(message.text))
    alone.on("pageerror", lambda error: faults.append(str(error)))
    alone.goto(path.as_uri())
    walk_through(alone)
    assert [url for url in asked if not url.startswith("data:")] == [path.as_uri()]
    assert not faults
    elsewhere.close()
