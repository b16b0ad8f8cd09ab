"""A register as it is kept comes in: a column is corrected, a row is placed on the map, all is kept, and taken back."""

from __future__ import annotations

import io

import openpyxl
import pytest
from app_server import AppServer
from overview_page import DESKTOP, PATIENCE_MS, PHONE, PICTURES, Screen
from playwright.sync_api import expect
from visiting import Visit, Watch, read

from gridmap.model import Role


@pytest.fixture(scope="module")
def server(demo_to_change: AppServer) -> AppServer:
    return demo_to_change


def workbook(buildings: list[str]) -> bytes:
    """Service points as somebody has typed them: titles, a merged cell, a column nobody knows, a total."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "服务点"
    sheet.append(["某某社区服务点一览表"])
    sheet.merge_cells("A1:E1")
    sheet.append(["填报人：", None, None, "２０２６年１１月"])
    sheet.append(["序号", "服务点名称", "服务类型", "地址", "管多少家"])
    for number, place in enumerate([*buildings, "东墙根凉亭旁"], 1):
        sheet.append([number, f"晨练角{number}", "健身", place, f"约{number}00户"])
    sheet.append(["合计", None, None, None, "600户"])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


@pytest.mark.parametrize("screen", [PHONE, DESKTOP] if PICTURES else [PHONE], ids=lambda screen: screen.name)
def test_register_is_taken_in_and_taken_back(visit: Visit, server: AppServer, watch: Watch, screen: Screen) -> None:
    before = read(server.store)
    homes = before.buildings[before.buildings["compound"].fillna("") != ""].iloc[:2]
    said = [compound + number for compound, number in zip(homes["compound"], homes["number"], strict=True)]
    here = visit(None, screen=screen, role=Role.SECRETARY)
    page = here.page
    page.goto(f"{server.url}/data?lang=zh")
    here.settled()
    page.locator("input[type=file]").set_input_files(
        {"name": "服务点.xlsx", "mimeType": "application/octet-stream", "buffer": workbook(said)}
    )
    figures = page.locator(".gm-figures")
    expect(figures).to_contain_text("新增2", timeout=PATIENCE_MS)
    here.settled()
    expect(page.get_by_label("这是什么台账")).to_have_value("服务点")
    here.drawn()
    here.settled()

    # A column that nobody knows is said to be what it is.
    page.locator(".st-key-import-columns summary").click()
    page.get_by_text("显示其余项目").click()
    here.settled()
    field = page.locator(".st-key-import-field-capacity_households")
    expect(field).to_be_visible(timeout=PATIENCE_MS)
    here.settled()
    field.scroll_into_view_if_needed()
    here.pick(field.locator("input"), page.get_by_role("option", name="管多少家", exact=True))
    expect(field).to_contain_text("约100户")

    # The row whose address nobody knows is placed by a press.
    placing = page.locator(".st-key-import-placing")
    expect(placing).to_contain_text("1 行没有找到位置", timeout=PATIENCE_MS)
    expect(placing.get_by_label("要放到地图上的行")).to_have_value("第 6 行：东墙根凉亭旁")
    here.drawn()
    here.settled()
    here.map.locator(".leaflet-container.gm-pointing").wait_for(timeout=PATIENCE_MS)
    here.map.locator(".leaflet-container").click(position={"x": 200, "y": 200})
    expect(figures).to_contain_text("新增3", timeout=PATIENCE_MS)
    here.settled()

    page.get_by_role("button", name="保存 3 条").click()
    expect(page.locator(".st-key-import-told")).to_contain_text("新增 3", timeout=PATIENCE_MS)
    kept = read(server.store).points
    new = kept[kept["name"].str.startswith("晨练角")].sort_values("name")
    assert new["capacity_households"].tolist() == [100, 200, 300]
    assert new["building_id"].tolist()[:2] == homes.index.tolist()
    assert not new.geometry.is_empty.any()

    page.get_by_role("button", name="撤销这次导入").click()
    expect(page.get_by_test_id("stAlert")).to_contain_text("撤销", timeout=PATIENCE_MS)
    after = read(server.store).points
    assert after.index.tolist() == before.points.index.tolist()
