"""A walk on a phone: with a line and check-ins; without any, from a file, whose result sent back twice counts once."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
import signed_in
from app_server import AppServer
from overview_page import PATIENCE_MS
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect
from visiting import Visit, Watch, read

from gridmap import model
from gridmap.access import Actor
from gridmap.model import Role, StopOutcome
from gridmap.services import accounts, walk_recording, walk_result_file, walk_results, walk_sheets
from gridmap.services.walk_recording import Entry
from gridmap.store import Store, open_store


@pytest.fixture(scope="module")
def server(demo_to_change: AppServer) -> AppServer:
    return demo_to_change


@pytest.fixture
def store(server: AppServer) -> Iterator[Store]:
    opened = open_store(str(server.store), create=False)
    yield opened
    opened.close()


@pytest.fixture
def phone(chromium: Browser, server: AppServer, watch: Watch) -> Iterator[BrowserContext]:
    place = read(server.store).boundary.geometry.iloc[0].representative_point()
    context = chromium.new_context(
        viewport={"width": 390, "height": 844},
        locale="zh-CN",
        has_touch=True,
        is_mobile=True,
        geolocation={"longitude": place.x, "latitude": place.y, "accuracy": 8},
        permissions=["geolocation"],
    )
    watch.listen(context, server.url)
    yield context
    context.close()


def opened(page: Page, address: str) -> Page:
    page.goto(address)
    page.locator("body[data-ready]").wait_for(timeout=PATIENCE_MS)
    return page


def secretary(store: Store, path: Path) -> tuple[Actor, str]:
    token = signed_in.begin(path, Role.SECRETARY)
    actor = accounts.actor(store, token, now=dt.datetime.now(dt.UTC))
    assert actor is not None
    return actor, token


def stops(store: Store, walk: int) -> list[model.Stop]:
    with store.read() as session:
        found = session.query(model.Stop).filter_by(walk_id=walk).all()
    return sorted(found, key=lambda stop: stop.seq)


def outcome(page: Page, code: str) -> None:
    """Tap on what came of the stop in hand, and wait for the next one."""
    before = page.locator(".card h2").inner_text()
    page.locator(f"[data-outcome={code}]").tap()
    expect(page.locator(".card h2")).not_to_have_text(before, timeout=PATIENCE_MS)


def test_walk_with_a_line_checks_in_records_with_a_tap_and_goes_on_without_it(
    phone: BrowserContext, server: AppServer, store: Store, watch: Watch
) -> None:
    watch.expected += ["ERR_INTERNET_DISCONNECTED"]
    data = read(server.store)
    walk = int(data.walks.index[data.walks["state"] == "planned"][0])
    grid = int(data.walks.at[walk, "grid_id"])
    token = signed_in.begin(server.store, Role.GRID_WORKER, grids=[grid])
    phone.add_cookies([{"name": "gridmap_session", "value": token, "url": server.url}])
    page = opened(phone.new_page(), f"{server.url}/walk?lang=zh")
    expect(page.locator("[data-stop] text").first).to_be_attached()
    page.get_by_role("button", name="到了，签到").tap()
    page.locator("[data-field=note]").fill("要装电梯 <b>")
    outcome(page, "seen")
    phone.set_offline(True)
    outcome(page, "nobody_home")
    page.locator("button.issue").tap()
    page.locator("[data-field=text]").fill("楼道灯不亮")
    page.locator("#spot").check()
    page.locator("[data-field=spot]").fill("换了灯泡")
    page.locator(".card .save").tap()
    expect(page.locator("header .chip", has_text="待发送")).to_be_visible()
    phone.set_offline(False)
    page.locator("body[data-waiting='0']").wait_for(timeout=PATIENCE_MS)
    first, second, third, *_ = stops(store, walk)
    assert (first.outcome, first.note) == (StopOutcome.SEEN, "要装电梯 <b>")
    assert first.came_at is not None
    assert second.outcome is StopOutcome.NOBODY_HOME
    with store.read() as session:
        issue = session.query(model.Issue).filter_by(text="楼道灯不亮", walk_id=walk).one()
    assert (issue.spot, issue.building_id) == (True, third.building_id)

    # The track begins and ends by the walker's own act.
    page.locator("#track-begin").tap()
    expect(page.locator("#track-end")).to_be_visible()
    with store.read() as session:
        assert session.query(model.WalkTrack).count() == 0
    place = data.boundary.geometry.iloc[0].representative_point()
    page.locator("body[data-places='1']").wait_for(timeout=PATIENCE_MS)
    phone.set_geolocation({"longitude": place.x + 0.0005, "latitude": place.y, "accuracy": 8})
    page.locator("body[data-places='2']").wait_for(timeout=PATIENCE_MS)
    page.locator("#track-end").tap()
    expect(page.locator(".notes")).to_contain_text("轨迹已保存", timeout=PATIENCE_MS)
    with store.read() as session:
        assert session.query(model.WalkTrack).one().walk_m == pytest.approx(46, abs=3)


def test_page_from_a_file_without_a_network_sends_back_what_counts_once(
    phone: BrowserContext, visit: Visit, server: AppServer, store: Store, watch: Watch, tmp_path: Path
) -> None:
    data = read(server.store)
    walk = int(data.walks.index[data.walks["state"] == "planned"][0])
    actor, _ = secretary(store, server.store)
    file = tmp_path / "walk.html"
    file.write_bytes(walk_sheets.take(store, actor, data, walk, "html", language="zh"))
    phone.set_offline(True)
    page = opened(phone.new_page(), file.as_uri())
    picture = io.BytesIO()
    Image.new("RGB", (60, 40), "red").save(picture, "JPEG")
    shot = {"name": "gate.jpg", "mimeType": "image/jpeg", "buffer": picture.getvalue()}
    page.locator(".card .photo input").set_input_files([shot])
    expect(page.locator(".card figure img")).to_be_visible(timeout=PATIENCE_MS)
    place = data.boundary.geometry.iloc[0].representative_point()
    page.locator("#track-begin").tap()
    page.locator("body[data-places='1']").wait_for(timeout=PATIENCE_MS)
    phone.set_geolocation({"longitude": place.x + 0.0006, "latitude": place.y, "accuracy": 8})
    page.locator("body[data-places='2']").wait_for(timeout=PATIENCE_MS)
    page.locator("#track-end").tap()
    before = {stop.id: stop.outcome for stop in stops(store, walk)}
    waiting = [number for number, known in before.items() if known is StopOutcome.PENDING]
    for code in ("done", "no_access", "later"):
        outcome(page, code)
    page.reload()
    page.locator("body[data-recorded='3']").wait_for(timeout=PATIENCE_MS)
    results = []
    for _ in range(2):
        with page.expect_download() as taken:
            page.locator("#back").tap()
        results.append(taken.value.path().read_bytes())
    assert set(watch.outside) == {file.as_uri()}, "the file asked for more than itself"
    watch.outside.clear()

    # Meanwhile somebody else has recorded the first of these stops: both versions are shown, and one is chosen.
    now = dt.datetime.now(dt.UTC)
    met = next(stop for stop in stops(store, walk) if stop.id == waiting[0])
    place_of = walk_recording.key(met)
    other = Entry(stop_id=waiting[0], key=place_of, client_id="another-phone", outcome=StopOutcome.NOBODY_HOME, at=now)
    walk_recording.record(store, actor, data, walk, [other], now=now)
    here = visit(f"walks?tab=list&walk={walk}&lang=zh")
    desk = here.page
    desk.locator(".st-key-walks-result summary").click()
    given = {"name": "walk.json", "mimeType": "application/json", "buffer": results[0]}
    desk.locator(".st-key-walks-result input[type=file]").set_input_files([given])
    taken_in = desk.locator(".st-key-walks-result-take button")
    expect(taken_in).to_be_visible(timeout=PATIENCE_MS)
    here.settled()
    desk.locator(".st-key-walks-result [role=radiogroup] label").nth(1).click()
    here.settled()
    taken_in.click()
    expect(desk.locator(".st-key-told")).to_contain_text("走访点 3 个", timeout=PATIENCE_MS)
    here.settled()
    expect(desk.locator(".st-key-walks-photos img")).to_be_visible(timeout=PATIENCE_MS)
    again = walk_results.take(store, actor, data, walk_result_file.read(results[1], "walk.json"), now=now)
    assert (again.stops, again.photos, again.tracks, again.already, again.edited) == (0, 0, 0, 5, False)
    after = {stop.id: stop.outcome for stop in stops(store, walk)}
    assert [after[number].value for number in waiting[:3]] == ["done", "no_access", "later"]
