"""What is chosen on the page shows on the map, in the figures and in the tables alike, and travels in the address."""

from __future__ import annotations

import io
import re
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from overview_page import DESKTOP, IFRAME, PHONE, PICTURES, OverviewPage, Screen
from PIL import Image
from playwright.sync_api import Download, expect
from visiting import Visit

from gridmap import i18n, palette
from gridmap.services import overview, tables
from gridmap.services.community_data import CommunityData
from gridmap.services.overview import Filters
from gridmap.web import sources

# How much of the map's height the boundary takes, and which grid's letter lies over a sign.
_WHOLE = """() => {
  const map = Gridmap.map(), item = Gridmap.sheet().items("boundary")[0], box = Gridmap.sheet().bounds(item);
  const top = map.latLngToContainerPoint(box.getNorthWest()), low = map.latLngToContainerPoint(box.getSouthEast());
  return map.getBounds().contains(box) ? (low.y - top.y) / map.getSize().y : 0;
}"""
_COVERED = """() => {
  const boxes = (name) => [...document.querySelectorAll(name)].map((e) => [e, e.getBoundingClientRect()]);
  const signs = boxes(".gm-station, .gm-point, .gm-stop");
  return boxes(".gm-letter").filter(([, a]) => signs.some(([, b]) =>
    a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom)).map(([e]) => e.textContent);
}"""


def say(key: str, **fields: object) -> str:
    return i18n.text(key, "zh", **fields)


def expected_table(data: CommunityData, name: str, filters: Filters | None = None) -> pd.DataFrame:
    return tables.table(
        data,
        name,
        covered=overview.cover(data, "station", 500),
        filters=filters or Filters(),
        language="zh",
        now=sources.hour(),
    )


def screen_table(page: OverviewPage) -> list[list[str]]:
    """Heading and first rows of the table on the screen, as a screen reader reads them."""
    frame = page.page.get_by_test_id("stDataFrame")
    frame.scroll_into_view_if_needed()
    expect(frame.locator("table[role='grid'] tr").nth(1)).to_be_attached()
    rows: list[list[str]] = frame.locator("table[role='grid']").evaluate(
        "t => [...t.querySelectorAll('tr')].map(r => [...r.querySelectorAll('th, td')].map(c => c.textContent))"
    )
    return rows


def downloaded(page: OverviewPage, button: str) -> tuple[str, bytes]:
    with page.page.expect_download() as waiting:
        page.page.get_by_role("button", name=button).click()
    got: Download = waiting.value
    return got.suggested_filename, Path(got.path()).read_bytes()


def fills_the_full_screen_too(page: OverviewPage) -> None:
    before = page.map_frame().evaluate(_WHOLE)
    assert before > 0.6
    size = page.map_frame().evaluate("Gridmap.map().getSize().y")
    page.map.locator(".leaflet-control-zoom-fullscreen").click()
    page.map_frame().wait_for_function(f"Gridmap.map().getSize().y > {size} && ({_WHOLE})() > 0.6")
    page.map_frame().evaluate("Gridmap.map().setView([34.2300, 108.9200], 18, { animate: false })")
    page.map.locator(".leaflet-control-zoom-fullscreen").click()
    page.map_frame().wait_for_function(f"Gridmap.map().getSize().y === {size}")
    # Whoever looks closely goes on doing so.
    assert page.map_frame().evaluate("Gridmap.map().getZoom()") == 18


def test_layers_come_and_go_on_a_map_that_holds_the_whole_community(visit: Visit) -> None:
    page = visit()
    clusters = page.map.locator(".gm-cluster, .gm-issue")
    expect(clusters).to_have_count(0)
    page.choose(say("overview.layer.issues"))
    expect(page.map.locator(".gm-cluster").first).to_be_visible()
    expect(page.map.get_by_text(say("map.legend.issue_overdue"))).to_be_visible()
    page.choose(say("overview.layer.compounds"))
    expect(page.map.get_by_text(say("map.legend.wall"))).to_have_count(0)
    layers = page.drawn()["layers"]
    assert "issues" in layers
    assert not {"compounds", "gates"} & set(layers)
    assert page.addressed("layers", "(?!.*compounds).*issues.*")
    page.choose(say("overview.layer.points"))
    expect(page.map.locator(".gm-station")).to_have_count(0)
    page.choose(say("overview.layer.points"))
    expect(page.map.locator(".gm-station")).to_have_count(3)
    fills_the_full_screen_too(page)


def test_wall_is_drawn_only_while_its_layer_is_on(visit: Visit, demo_data: CommunityData) -> None:
    page = visit("?layers=grids,compounds")
    ring = demo_data.compounds.geometry.iloc[0].geoms[0].exterior
    # Middles of the wall's sides, away from gates and corners.
    middles = [((a[0] + b[0]) / 2, (a[1] + b[1]) / 2) for a, b in zip(ring.coords[:-1], ring.coords[1:], strict=True)]

    def walls_seen() -> int:
        left, top = page.corner()
        points = page.map_frame().evaluate(
            "places => places.map(([lon, lat]) => { const p = Gridmap.map().latLngToContainerPoint([lat, lon]);"
            " return [p.x, p.y]; })",
            middles,
        )
        picture = page.picture()
        around = [
            [(round(x + left) + dx, round(y + top) + dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1)] for x, y in points
        ]
        return sum(page.colour(at, {"wall": palette.WALL}, picture) == "wall" for at in around)

    assert walls_seen() > len(middles) / 2
    page.choose(say("overview.layer.compounds"))
    page.drawn(layers=["boundary", "grids", "paths", "ground"])
    assert walls_seen() == 0


def test_filters_change_figures_map_and_table_alike(visit: Visit, demo_data: CommunityData) -> None:
    page = visit("?layers=grids,buildings,issues")
    whole = page.figures()
    covered = overview.cover(demo_data, "station", 500)
    overdue = overview.issues_shown(demo_data, Filters(issues="overdue"), sources.hour())
    letter, name = demo_data.grids.loc[overdue["grid_id"].mode()[0], ["letter", "name"]]

    page.filter(f"{letter} {name}")
    page.addressed("grids", letter)
    page.settled()
    told = overview.figures(demo_data, covered, Filters(letters=(letter,)), now=sources.hour())
    households = i18n.number(told.households, "zh")
    assert households != whole[say("figure.households")][0]
    assert page.figures()[say("figure.households")] == (households, say("figure.in_buildings", n=told.buildings))
    assert page.figures()[say("figure.open_issues")][0] == i18n.number(told.open_issues, "zh")
    # On the map the other grids step back.
    expect(page.map.locator(".gm-letter.gm-away")).to_have_count(4)

    page.filter(say("overview.issues.overdue"))
    page.addressed("issues", "overdue")
    page.settled()
    filters = Filters(letters=(letter,), issues="overdue")
    late = overview.issues_shown(demo_data, filters, sources.hour())
    shown = page.map_frame().evaluate(
        "() => [...document.querySelectorAll('.gm-cluster > span')]"
        ".reduce((n, c) => n + Number(c.firstChild.textContent), 0)"
        " + document.querySelectorAll('.gm-issue').length"
    )
    assert shown == len(late) > 0
    page.table(say("table.issues"))
    expect(page.page.get_by_text(say("table.rows", n=len(late)))).to_be_visible()
    table = expected_table(demo_data, "issues", filters)
    wanted = table.iloc[:3, :3].to_numpy()
    assert [[read_alike(cell) for cell in row[-table.shape[1] :][:3]] for row in screen_table(page)[1:4]] == [
        [code, f"{reported.tz_convert('Asia/Shanghai'):%Y-%m-%d %H:%M}", grid] for code, reported, grid in wanted
    ]


def test_row_of_the_table_leads_to_its_place(visit: Visit, demo_data: CommunityData) -> None:
    page = visit()
    page.table(say("table.points"))
    table = expected_table(demo_data, "points")
    first = int(table.index[0])
    frame = page.page.get_by_test_id("stDataFrame")
    # Once the table chosen is there: the one before it is taken away.
    expect(frame.locator("table[role='grid'] td").get_by_text(table[say("column.name")].iloc[0])).to_be_attached()
    page.settled()
    frame.scroll_into_view_if_needed()
    box = frame.bounding_box()
    assert box is not None
    page.page.mouse.click(box["x"] + 18, box["y"] + 36 + 17)  # the box at the head of the first row
    assert page.addressed("sel", r"point:\d+") == f"point:{first}"
    place = demo_data.points.geometry[first]
    page.arrived(place.x, place.y, zoom=18)
    expect(page.card().locator("h2")).to_have_text(demo_data.points.at[first, "name"])


def test_excel_holds_the_table_on_screen_and_the_picture_the_map(visit: Visit, demo_data: CommunityData) -> None:
    page = visit()
    is_the_map_with_its_colours(page, demo_data)
    for name in tables.NAMES:
        table = expected_table(demo_data, name)
        if name != tables.NAMES[0]:
            page.table(say(f"table.{name}"))
        head = page.page.get_by_test_id("stDataFrame").locator("table[role='grid'] tr").first
        expect(head).to_contain_text("".join(table.columns))
        expect(page.page.get_by_text(say("table.rows", n=len(table)))).to_be_visible()
        page.settled()
        screen = screen_table(page)
        file, content = downloaded(page, say("table.excel"))
        assert file == f"{demo_data.community.name}-{say(f'table.{name}')}.xlsx"
        holds_the_same(content, table, screen)


def is_the_map_with_its_colours(page: OverviewPage, demo_data: CommunityData) -> None:
    file, content = downloaded(page, say("overview.picture"))
    assert file.startswith(demo_data.community.name)
    assert file.endswith(".png")
    picture = Image.open(io.BytesIO(content)).convert("RGB")
    assert min(picture.size) > 1000
    small = picture.resize((300, 300), Image.Resampling.NEAREST)
    seen = {"#" + "".join(f"{c:02X}" for c in pixel) for _, pixel in small.getcolors(90_000)}
    for colour in palette.grids().values():
        assert min(palette.difference(pixel, colour.hex) for pixel in seen) < 12, colour.key


def holds_the_same(content: bytes, table: pd.DataFrame, screen: list[list[str]]) -> None:
    """Hold a workbook against its table and what the screen shows of it."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    rows = list(book.active.iter_rows(values_only=True))
    heading = next(i for i, row in enumerate(rows) if row[: len(table.columns)] == tuple(table.columns))
    assert screen[0][-len(table.columns) :] == list(table.columns)
    assert len(rows) - heading - 1 == len(table)
    assert any(say("app.synthetic") in str(cell) for row in rows[:heading] for cell in row if cell)
    # As a person reads both: the same words and numbers in each cell of the rows in sight.
    for on_screen, in_file in zip(screen[1:], rows[heading + 1 :], strict=False):
        assert [read_alike(cell) for cell in on_screen[-len(table.columns) :]] == [read_alike(cell) for cell in in_file]


def read_alike(cell: object) -> str:
    """A cell as a person reads it, from the screen or from a workbook."""
    text = "" if cell is None else str(cell).strip()
    if re.match(r"\d{4}-\d\d-\d\d", text):
        return text[:16].removesuffix(" 00:00")
    plain = text.replace(",", "")
    return f"{float(plain):g}" if re.fullmatch(r"-?\d+(\.\d+)?", plain) else {"None": ""}.get(text, text)


def test_link_shows_a_colleague_the_same(visit: Visit, demo_data: CommunityData) -> None:
    page = visit()
    page.choose(say("overview.layer.issues"))
    page.choose(say("overview.layer.walks"))
    page.choose(say("overview.mode.households"))
    page.drawn(fill="households")
    page.search("5号楼")
    page.map.locator(".gm-hits button").first.click()
    page.addressed("sel", r"building:\d+")
    view = page.addressed("v", ".*,18.*")
    colleague = visit(page.page.url.removeprefix(f"{page.url}/"), screen=PHONE, locale="en-GB")
    assert colleague.drawn() == page.drawn()
    expect(colleague.card().locator("h2")).to_have_text(page.card().locator("h2").text_content() or "-")
    assert colleague.card_rows() == page.card_rows()
    stands = colleague.map_frame().evaluate("() => { const v = Gridmap.view(); return [v.lat, v.lon, v.zoom]; }")
    assert stands == pytest.approx([float(part) for part in view.split(",")], abs=2e-5)
    # Nothing of it is lost when the colleague goes on.
    colleague.choose(say("overview.mode.grid"))
    colleague.drawn(fill="grid")
    assert colleague.address()["sel"] == page.address()["sel"]


def test_bad_address_opens_the_page_all_the_same(visit: Visit, demo_data: CommunityData) -> None:
    page = visit(None)
    for query in (
        "?c=-1&sel=building:abc&v=nan,1,1&layers=x&mode=<script>&lang=xx&kind=%00&issues=none&grids=Z,Y",
        "?c=99999999999999999999&sel=building:999999999999999&v=95,200,99&kind=" + "k" * 3000,
    ):
        page.open(query)
        expect(page.page.get_by_role("heading", name=demo_data.community.name)).to_be_visible()
        assert page.drawn()["fill"] == "grid", query
        expect(page.card()).to_be_hidden()
        assert page.figures()[say("figure.households")][0] == i18n.number(2486, "zh"), query
        assert page.address()["c"] == str(demo_data.community.id), query


def test_two_people_do_not_disturb_each_other(visit: Visit, demo_data: CommunityData) -> None:
    one = visit(locale="zh-CN")
    other = visit(locale="en-GB", screen=PHONE)
    assert other.map_frame().evaluate(_COVERED) == [], "a grid's letter lies over a sign"
    one.choose(say("overview.mode.coverage"))
    one.drawn(fill="coverage")
    other.search("3#")
    other.map.locator(".gm-hits button").first.click()
    chosen = other.addressed("sel", r"building:\d+")
    one.search("7号楼")
    one.map.locator(".gm-hits button").first.click()
    expect(one.card().locator("h2")).to_have_text("7号楼")
    assert other.settled().drawn()["fill"] == "grid"
    assert other.address()["sel"] == chosen
    expect(other.card().locator("h2")).to_have_text("3号楼")
    expect(other.page.get_by_text("synthetic data", exact=True)).to_be_visible()
    expect(one.page.get_by_text(say("app.synthetic"), exact=True)).to_be_visible()
    assert one.address()["lang"] == "zh"
    assert other.address()["lang"] == "en"


def test_language_is_switched_where_one_stands(visit: Visit) -> None:
    page = visit("?mode=coverage")
    page.search("3#")
    page.map.locator(".gm-hits button").first.click()
    page.addressed("v", ".*,18.*")
    page.map_frame().evaluate("Gridmap.map().setView([34.2300, 108.9200], 17, { animate: false })")
    page.addressed("v", r"34\.23000,108\.92000,17")
    page.choose("English", within="head")
    expect(page.page.get_by_text("synthetic data", exact=True)).to_be_visible()
    expect(page.settled().page.locator(IFRAME)).to_have_count(1)
    expect(page.map.locator(".gm-legend summary")).to_have_text("Legend")
    page.drawn(fill="coverage")
    page.settled()
    expect(page.card().get_by_text("Open issues")).to_be_visible()
    view = page.map_frame().evaluate("() => { const v = Gridmap.view(); return [v.lat, v.lon, v.zoom]; }")
    assert view == pytest.approx([34.23, 108.92, 17], abs=1e-4)
    # Choosing the language again that is chosen changes nothing.
    page.choose("English", within="head")
    page.settled()
    expect(page.page.get_by_role("radio", name="English")).to_be_checked()
    assert page.address()["lang"] == "en"


def test_search_by_the_keyboard(visit: Visit, demo_data: CommunityData) -> None:
    page = visit()
    field = page.map.locator(".gm-search input")
    page.search("1#")
    field.fill("12#")
    field.press("Enter")  # before the answers have come: the ones on screen are to 1#
    expect(page.card().locator("h2")).to_have_text("12号楼")
    expect(field).to_have_value("")
    page.search("3#")
    field.press("Escape")
    expect(page.map.locator(".gm-hits li")).to_have_count(0)
    page.choose(say("overview.mode.coverage"))
    page.drawn(fill="coverage")
    page.settled()
    expect(page.map.locator(".gm-hits li")).to_have_count(0)
    page.search("没有这栋楼")
    expect(page.map.locator(".gm-hits")).to_have_text(say("map.nothing_found"))
    name = demo_data.points["name"].iloc[0]
    field.fill(name)
    expect(page.map.locator(".gm-hits button b").first).to_have_text(name)


@pytest.mark.parametrize("screen", [PHONE, DESKTOP] if PICTURES else [PHONE], ids=lambda screen: screen.name)
def test_what_a_link_leads_to_stays_in_sight_when_the_map_changes_its_size(
    visit: Visit, demo_data: CommunityData, screen: Screen
) -> None:
    number = int(demo_data.buildings.index[0])
    page = visit(f"?sel=building:{number}", screen=screen)
    place = demo_data.buildings.geometry[number].representative_point()
    page.addressed("v", r".*,.*,1[89].*")
    other = PHONE if screen == DESKTOP else DESKTOP
    page.page.set_viewport_size({"width": other.width, "height": other.height})
    # In the middle of what the card leaves free: all of the map on a wide screen, what is above the card on a phone.
    page.map_frame().wait_for_function(
        """([lat, lon]) => {
          const map = Gridmap.map(), at = map.latLngToContainerPoint([lat, lon]), size = map.getSize();
          const card = document.querySelector(".gm-card"), below = card.offsetWidth >= size.x ? card.offsetHeight : 0;
          return Math.abs(at.x - size.x / 2) < 5 && Math.abs(at.y - (size.y - below) / 2) < 5;
        }""",
        arg=[place.y, place.x],
    )
    assert page.free("buildings", number)[number]
