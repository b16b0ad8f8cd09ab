"""The story the app is for: see the five grids, see who is out of reach, find a building, read its card."""

from __future__ import annotations

import pytest
from app_server import REPOSITORY, AppServer
from overview_page import DESKTOP, PHONE, PICTURES, OverviewPage, Screen
from playwright.sync_api import expect
from visiting import Visit, read

from gridmap import catalogues, i18n, palette
from gridmap.analysis import coverage
from gridmap.services import cards, overview, search
from gridmap.services.community_data import CommunityData
from gridmap.services.sight import Sight
from gridmap.web import sources

BARE = "#F3EFE6"  # the map where nothing is drawn
# Each language and each screen once; for the documents' pictures, each with each.
MEETINGS = [(DESKTOP, "zh"), (PHONE, "en"), *([(DESKTOP, "en"), (PHONE, "zh")] if PICTURES else [])]


def kept(page: OverviewPage, name: str, language: str) -> None:
    """Keep a picture for the documents, where that is asked for."""
    if PICTURES:
        folder = REPOSITORY / "docs" / "screenshots"
        folder.mkdir(parents=True, exist_ok=True)
        page.page.screenshot(path=folder / f"{name}-{page.screen.name}-{language}.png")


def five_colours(page: OverviewPage, data: CommunityData) -> dict[str, tuple[str, str]]:
    """For each grid, which colour its ground and its buildings show on the screen."""
    tint = {key: palette.over(colour.hex, 0.22, BARE) for key, colour in palette.grids().items()}
    solid = {key: palette.over(colour.hex, 0.8, tint[key]) for key, colour in palette.grids().items()}
    ground_at = page.free("grids", *map(int, data.grids.index))
    homes = data.buildings[data.buildings["households"] > 0]
    homes_at = page.free("buildings", *map(int, homes.index))
    picture = page.picture()
    return {
        colour: (
            page.colour(ground_at[int(grid)], {**tint, "bare": BARE}, picture),
            page.colour(
                [at for home in homes.index[homes["grid_id"] == grid] for at in homes_at.get(int(home), [])],
                {**solid, "bare": BARE},
                picture,
            ),
        )
        for grid, colour in data.grids["colour"].items()
    }


def building_colour(page: OverviewPage, building: int) -> str:
    """Which colour a building shows: one of the grids', or a state of coverage."""
    wanted = {key: palette.over(g.hex, 0.8, palette.over(g.hex, 0.22)) for key, g in palette.grids().items()}
    wanted |= {state: look.fill for state, look in palette.COVERAGE.items()}
    return page.colour(page.free("buildings", building)[building], wanted, page.picture())


@pytest.mark.parametrize(("screen", "language"), MEETINGS, ids=[f"{language}-{one.name}" for one, language in MEETINGS])
def test_story(visit: Visit, server: AppServer, screen: Screen, language: str) -> None:
    page = visit(screen=screen, locale={"zh": "zh-CN", "en": "en-GB"}[language])
    data = read(server.store)
    covered = overview.cover(data, "station", 500)
    now = sources.hour()
    whole = Sight(buildings=None, issues=None, staff=None, figures=None, tables=True, picture=True)
    expect(page.page.get_by_role("heading", name=data.community.name)).to_be_visible()
    expect(page.page.get_by_text(i18n.text("app.synthetic", language), exact=True)).to_be_visible()
    kept(page, "overview", language)

    # The five colours, on the ground and on buildings; on a blank canvas they would not be there.
    shown = page.drawn()["layers"]
    page.choose(i18n.text("overview.layer.walks", language))  # on a small screen a route hides what it leads past
    page.drawn(layers=[name for name in shown if name != "walks"])
    keys = set(data.grids["colour"])
    assert len(keys) == 5
    assert five_colours(page, data) == {key: (key, key) for key in keys}
    page.map_frame().evaluate("document.querySelector('.leaflet-gm-sheet-pane canvas').style.visibility = 'hidden'")
    assert not any(key in seen for key, seen in five_colours(page, data).items())
    page.map_frame().evaluate("document.querySelector('.leaflet-gm-sheet-pane canvas').style.visibility = ''")

    # Who is out of reach stands out.
    seen = {number for number, at in page.free("buildings", *map(int, covered.state.index)).items() if len(at) > 10}
    state = covered.state[covered.state.index.isin(seen)]
    out = int(state.index[state == coverage.OUT_OF_REACH][0])
    within = int(state.index[state == coverage.COVERED][0])
    assert building_colour(page, out) in keys
    page.choose(i18n.text("overview.mode.coverage", language))
    page.drawn(fill="coverage")
    page.settled()
    assert building_colour(page, out) == "out_of_reach"
    assert building_colour(page, within) == "covered"
    kept(page, "coverage", language)

    # Find a building by either of its spellings, and go there.
    hits = search.find(data, "3号楼", language=language)
    titles = [hit.title for hit in hits]
    assert hits[0].title == "3号楼"
    page.search("3号楼", answered=titles)
    page.search("3#", answered=titles)
    page.map.locator(".gm-hits button").first.click()
    place = data.buildings.geometry[hits[0].id].representative_point()
    page.arrived(place.x, place.y, zoom=18)
    assert page.free("buildings", hits[0].id), "what was found lies under something"
    expect(page.card().locator("h2")).to_have_text("3号楼")
    expect(page.map.locator(".gm-hits button")).to_have_count(0)
    assert page.addressed("sel", r"building:\d+") == f"building:{hits[0].id}"
    page.addressed("v", r".*,.*,1[89].*")

    # Click another building and read its card.
    others = data.buildings.index[(data.buildings["households"] > 0) & (data.buildings.index != hits[0].id)]
    other, place_on_screen = page.clickable(map(int, others))
    page.press(place_on_screen)
    page.addressed("sel", f"building:{other}")
    kind = catalogues.label("service_kinds", "station", language)
    told = cards.card(
        data,
        "building",
        other,
        covered=covered,
        seen=whole,
        kind_name=kind,
        language=language,
        now=now,
        time_zone="Asia/Shanghai",
    )
    assert told is not None
    expect(page.card().locator("h2")).to_have_text(told.title)
    expect(page.card().locator("dt")).to_have_count(len(told.rows))
    assert page.card_rows() == [(row.label, row.value) for row in told.rows]
    assert page.card().locator(".gm-sub").text_content() == told.subtitle
    told_as = dict(page.card_rows())
    assert data.buildings.at[other, "grid"] in told_as[i18n.text("card.grid", language)]
    assert f"{data.buildings.at[other, 'households']}" in told_as[i18n.text("card.households_label", language)]
    assert any(i18n.text("card.metres", language, metres="").strip() in value for value in told_as.values())
    assert i18n.text("card.issues", language) in told_as
    assert i18n.text("card.last_visit", language) in told_as
    kept(page, "card", language)

    page.card().locator(".gm-close").click()
    expect(page.card()).to_be_hidden()
    page.addressed("sel", "")
