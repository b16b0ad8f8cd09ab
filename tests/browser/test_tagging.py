"""An issue is tagged on a phone in two taps and a sentence, with a line or without, and others see it at once."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import signed_in
from app_server import AppServer
from overview_page import DESKTOP, PATIENCE_MS
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect
from visiting import Visit, Watch, read

from gridmap import model
from gridmap.model import Role
from gridmap.store import open_store

# Each tap that a finger makes, counted by the page itself.
_COUNT = """
window.taps = 0;
addEventListener("pointerdown", () => { window.taps += 1; }, true);
"""
SEEN_WITHIN_MS = 5_000


@pytest.fixture(scope="module")
def server(demo_to_change: AppServer) -> AppServer:
    return demo_to_change


@pytest.fixture
def phone(chromium: Browser, server: AppServer, watch: Watch) -> Iterator[Callable[..., BrowserContext]]:
    """Gives a phone that knows where it is: within 12 m of building 12."""
    opened: list[BrowserContext] = []
    place = read(server.store).buildings.geometry[12].representative_point()

    def give(accuracy_m: float = 12) -> BrowserContext:
        context = chromium.new_context(
            viewport={"width": 390, "height": 844},
            locale="zh-CN",
            has_touch=True,
            is_mobile=True,
            geolocation={"longitude": place.x, "latitude": place.y, "accuracy": accuracy_m},
            permissions=["geolocation"],
        )
        opened.append(context)
        context.add_init_script(_COUNT)
        watch.listen(context, server.url)
        return context

    yield give
    for context in opened:
        context.close()


def sign_in(context: BrowserContext, server: AppServer, token: str = "") -> str:
    grid = int(read(server.store).buildings.at[12, "grid_id"])
    token = token or signed_in.begin(server.store, Role.GRID_WORKER, grids=[grid])
    context.clear_cookies()
    context.add_cookies([{"name": "gridmap_session", "value": token, "url": server.url}])
    return token


def opened(page: Page, server: AppServer) -> Page:
    page.goto(f"{server.url}/tag?lang=zh")
    page.locator("body[data-ready]").wait_for(timeout=PATIENCE_MS)
    return page


def photo(tmp_path: Path, colour: str) -> Path:
    kept = io.BytesIO()
    Image.new("RGB", (3000, 2000), colour).save(kept, "JPEG")
    file = tmp_path / f"{colour}.jpg"
    file.write_bytes(kept.getvalue())
    return file


def shoot(page: Page, file: Path) -> None:
    """Tap on the camera, and take a photo."""
    with page.expect_file_chooser() as chosen:
        page.locator("label.photo").first.tap()
    chosen.value.set_files(file)
    page.locator("figure img").first.wait_for(timeout=PATIENCE_MS)


def kept(server: AppServer, text: str) -> list[tuple[model.Issue, list[model.Photo]]]:
    store = open_store(str(server.store), create=False)
    try:
        with store.read() as session:
            issues = session.query(model.Issue).filter_by(text=text).all()
            return [(one, session.query(model.Photo).filter_by(issue_id=one.id).all()) for one in issues]
    finally:
        store.close()


def sent(page: Page) -> None:
    page.locator("body[data-sent][data-waiting='0']").wait_for(timeout=PATIENCE_MS)


def test_two_taps_and_a_sentence_and_a_colleague_sees_it_within_five_seconds(
    phone: Callable[..., BrowserContext], visit: Visit, server: AppServer, tmp_path: Path
) -> None:
    colleague = visit("?lang=zh", screen=DESKTOP, role=Role.SECRETARY)
    before = colleague.drawn()["revision"]
    context = phone()
    sign_in(context, server)
    page = opened(context.new_page(), server)
    building = read(server.store).buildings.loc[12]
    expect(page.locator(".told")).to_contain_text(building["compound"] + building["number"])
    expect(page.locator(".told")).to_contain_text("±12 米")
    expect(page.locator(".told")).to_contain_text(building["grid"])

    shoot(page, photo(tmp_path, "red"))  # the first tap
    page.keyboard.type("楼道灯不亮，老人下楼怕摔")
    page.locator(".icons .guessed").tap()  # the second
    expect(page.locator(".toast")).to_contain_text("已记为", timeout=PATIENCE_MS)
    assert page.evaluate("window.taps") == 2
    colleague.map.locator(f"body[data-drawn]:not([data-drawn*='\"revision\":{before}}}'])").wait_for(
        state="attached", timeout=SEEN_WITHIN_MS
    )
    sent(page)
    ((issue, photos),) = kept(server, "楼道灯不亮，老人下楼怕摔")
    assert (issue.category, issue.building_id, issue.grid_id) == ("lighting", 12, building["grid_id"])
    assert issue.position_accuracy_m == 12
    assert [(one.width, one.height, one.stage) for one in photos] == [(2048, 1365, model.PhotoStage.BEFORE)]

    # The same again is a double, and adds a voice; taken back, it stands in the form again with its photo.
    page.locator("textarea").fill("楼道灯还是不亮")
    page.locator(".icons .guessed").tap()
    expect(page.locator(".doubles article").first).to_contain_text(issue.code, timeout=PATIENCE_MS)
    page.locator(".doubles .other").tap()
    expect(page.locator(".toast")).to_contain_text("已记为", timeout=PATIENCE_MS)
    page.locator(".toast button").tap()
    expect(page.locator("textarea")).to_have_value("楼道灯还是不亮", timeout=PATIENCE_MS)
    assert kept(server, "楼道灯还是不亮") == []
    page.locator(".icons .guessed").tap()
    page.locator(".doubles .same").first.tap()
    expect(page.locator(".toast")).to_contain_text(f"已并入 {issue.code}", timeout=PATIENCE_MS)
    assert kept(server, "楼道灯还是不亮") == []


def test_draft_outlives_the_line_a_reload_and_the_session_and_is_nobody_elses(
    phone: Callable[..., BrowserContext], server: AppServer, watch: Watch, tmp_path: Path
) -> None:
    watch.expected += ["ERR_INTERNET_DISCONNECTED", "401", "403"]
    context = phone()
    token = sign_in(context, server)
    page = opened(context.new_page(), server)
    expect(page.locator(".told")).to_contain_text("±12 米")
    shoot(page, photo(tmp_path, "blue"))
    page.locator("textarea").fill("井盖松动")
    context.set_offline(True)
    page.locator("textarea").fill("井盖松动，车压上去响")
    page.locator("label.photo.album input").set_input_files(photo(tmp_path, "green"))
    expect(page.locator("figure")).to_have_count(2)
    expect(page.locator(".notes").first).to_contain_text("没有网络")
    context.set_offline(False)
    opened(page, server)
    expect(page.locator("textarea")).to_have_value("井盖松动，车压上去响")
    expect(page.locator("figure")).to_have_count(2)

    # Saved without a line it waits, and the page says so; the session ends before the line is back.
    context.set_offline(True)
    page.locator(".icons .guessed").tap()
    expect(page.locator(".chip")).to_contain_text("1 条待发送")
    expect(page.locator(".toast")).to_contain_text("已存在手机里", timeout=PATIENCE_MS)
    context.clear_cookies()
    context.set_offline(False)
    expect(page.locator(".notes").first).to_contain_text("登录已结束", timeout=PATIENCE_MS)
    sign_in(context, server)  # somebody else on the same phone
    opened(page, server)
    expect(page.locator("textarea")).to_have_value("")
    expect(page.locator(".chip")).to_be_hidden()
    assert kept(server, "井盖松动，车压上去响") == []
    sign_in(context, server, token)
    opened(page, server)
    sent(page)
    ((issue, photos),) = kept(server, "井盖松动，车压上去响")
    assert issue.building_id == 12
    assert len(photos) == 2


def test_bad_photo_place_and_position_are_said_and_the_rest_of_the_draft_stays(
    phone: Callable[..., BrowserContext], server: AppServer, watch: Watch, tmp_path: Path
) -> None:
    watch.expected += ["422"]
    context = phone(accuracy_m=340)
    sign_in(context, server)
    page = opened(context.new_page(), server)
    expect(page.locator(".told")).to_contain_text("±340 米")
    page.locator("textarea").fill("路灯歪了")
    for name, content, told in (
        ("empty.jpg", b"", "0 字节"),
        ("table.jpg", b"PK\x03\x04 no photo", "不是照片"),
        ("cut.jpg", photo(tmp_path, "red").read_bytes()[:900], "已损坏"),
    ):
        file = tmp_path / name
        file.write_bytes(content)
        page.locator("label.photo.album input").set_input_files(file)
        expect(page.locator(".notes").first).to_contain_text(told, timeout=PATIENCE_MS)
        expect(page.locator("figure")).to_have_count(0)
    expect(page.locator("textarea")).to_have_value("路灯歪了")
    page.get_by_role("button", name="在别处").tap()
    page.get_by_role("searchbox").fill(_number(server))
    page.locator(".hits button").first.tap()
    expect(page.locator(".told strong")).to_contain_text(_number(server), timeout=PATIENCE_MS)
    page.locator(".icons .guessed").tap()
    sent(page)
    assert len(kept(server, "路灯歪了")) == 1


def _number(server: AppServer) -> Any:
    return read(server.store).buildings.at[12, "number"]
