"""Stores that are not the demo: none, broken, empty, with hostile words, changed meanwhile, from a town's own file."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import app_server
import geopandas as gpd
import prepared
import pytest
from app_server import REPOSITORY, AppServer
from overview_page import PHONE, OverviewPage
from playwright.sync_api import expect
from shapely import MultiPolygon, Point, box
from visiting import Refill, Visit, Watch

from gridmap import cli, i18n, model
from gridmap.model import Role
from gridmap.store import open_store

# Runs in one way or another if it is taken for HTML, for a JavaScript template, for Jinja or for a string's end.
TOWN = 400  # buildings of the real town, next to each other
TRAP = '<img src=x onerror="parent.sprung=window.sprung=1">${window.sprung=1}`\'"{{7*7}}{%x%}\\u003c</script>'
ANOTHER_PROGRAM = """
import sys, datetime as dt
from shapely import Point
from gridmap import model
from gridmap.store import open_store

store = open_store(sys.argv[1], create=False)
with store.write() as session:
    session.add(model.Issue(
        community_id=1, code="TB-NEW", reported_at=dt.datetime.now(dt.UTC), source=model.IssueSource.VISITOR,
        category="lighting", text="路灯不亮", geom=Point(108.9215, 34.2318),
    ))
store.close()
"""
CHINESE, ENGLISH = (
    pytest.mark.parametrize(("language", "locale"), [one]) for one in [("zh", "zh-CN"), ("en", "en-GB")]
)


def outline(lon: float, lat: float, size: float = 0.0004) -> MultiPolygon:
    return MultiPolygon([box(lon, lat, lon + size, lat + size / 2)])


class TestStoreMissingOrBroken:
    @pytest.fixture(scope="class")
    @classmethod
    def server(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppServer]:
        path = tmp_path_factory.mktemp("broken") / "store.gpkg"
        prepared.with_demo(path)
        whole = path.read_bytes()
        path.write_bytes(whole[: len(whole) // 2] + b"\0" * 512)
        with app_server.running(path) as server:
            yield server

    @ENGLISH
    def test_broken_store_is_named_and_left_as_it_is(
        self, visit: Visit, server: AppServer, watch: Watch, language: str, locale: str
    ) -> None:
        before = server.store.read_bytes()
        page = visit(None, locale=locale, role=None)
        watch.expected.append("503")
        page.page.goto(server.url)
        alert = page.page.get_by_role("alert")
        expect(alert).to_contain_text("store.gpkg")
        page.page.get_by_role("link", name=i18n.text("app.again", language)).click()
        expect(alert).to_contain_text("store.gpkg")
        assert any("一" <= sign <= "鿿" for sign in alert.inner_text()) == (language == "zh")
        assert server.store.read_bytes() == before
        layer = f"{server.url}/gridmap/layers/1/{language}/grids.json"
        assert page.page.request.get(layer).status == 401
        assert page.page.request.get(layer, headers={"Cookie": "gridmap_session=any"}).status == 503


class TestNoFolder:
    @pytest.fixture(scope="class")
    @classmethod
    def server(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppServer]:
        blocked = tmp_path_factory.mktemp("missing") / "store.gpkg"
        blocked.mkdir()
        with app_server.running(blocked) as server:
            yield server

    def test_place_that_cannot_hold_a_store_is_named(self, visit: Visit, server: AppServer, watch: Watch) -> None:
        page = visit(None, role=None)
        watch.expected.append("503")
        page.page.goto(server.url)
        expect(page.page.get_by_role("alert")).to_contain_text("store.gpkg")


class TestNothingYet:
    @pytest.fixture(scope="class")
    @classmethod
    def server(cls, refill: Refill) -> AppServer:
        return refill(prepared.empty)

    @CHINESE
    def test_first_steps_are_shown(self, visit: Visit, server: AppServer, language: str, locale: str) -> None:
        page = visit(None, locale=locale, screen=PHONE, role=Role.ADMINISTRATOR)
        page.page.goto(server.url)
        expect(page.page.get_by_role("heading", name=i18n.text("empty.title", language))).to_be_visible()
        expect(page.page.get_by_text(f'gridmap import "{server.store}"')).to_be_visible()
        expect(page.page.locator("iframe")).to_have_count(0)

    def test_community_without_anything(self, visit: Visit, server: AppServer) -> None:
        store = open_store(str(server.store))
        with store.write() as session:
            street = model.Street(code="001", name="某街道")
            session.add(street)
            session.flush()
            assert street.id is not None
            session.add(model.Community(street_id=street.id, code="001", name="空社区"))
        store.close()
        page = visit()
        expect(page.page.get_by_role("heading", name="空社区")).to_be_visible()
        expect(page.page.get_by_text("gridmap import")).to_be_visible()
        expect(page.page.get_by_text(i18n.text("app.synthetic", "zh"), exact=True)).to_have_count(0)
        for mode in ("coverage", "households", "grid"):
            page.choose(i18n.text(f"overview.mode.{mode}", "zh"))
            page.drawn(fill=mode)
        for table in ("buildings", "points", "issues"):
            page.table(i18n.text(f"table.{table}", "zh"))
            expect(page.page.get_by_text(i18n.text(f"table.{table}.empty", "zh"))).to_be_visible()


class TestHostileWords:
    @pytest.fixture(scope="class")
    @classmethod
    def server(cls, refill: Refill) -> AppServer:
        server = refill(prepared.empty)
        store = open_store(str(server.store), create=False)
        with store.write() as session:
            street = model.Street(code="001", name="某街道")
            session.add(street)
            session.flush()
            assert street.id is not None
            ground = outline(108.9198, 34.2298, 0.0012)
            for code, name in (("001", TRAP), ("002", "乙社区")):
                session.add(model.Community(street_id=street.id, code=code, name=name, geom=ground))
            session.flush()
            compound = model.Compound(community_id=1, name=TRAP, geom=outline(108.92, 34.23))
            session.add(compound)
            session.flush()
            building = model.Building(
                community_id=1,
                compound_id=compound.id,
                number=TRAP,
                name=TRAP,
                households=8,
                geom=outline(108.92, 34.23),
            )
            point = model.ServicePoint(
                community_id=1, kind="station", name=TRAP, host=TRAP, geom=Point(108.9207, 34.2301)
            )
            version = model.GridVersion(community_id=1, valid_from=dt.date(2020, 1, 1))
            session.add_all([building, point, version])
            session.flush()
            assert version.id is not None
            grid = model.Grid(
                community_id=1,
                version_id=version.id,
                code="1",
                name=TRAP,
                colour="red",
                letter="A",
                geom=outline(108.92, 34.23),
            )
            session.add(grid)
            session.flush()
            assert building.id is not None
            assert grid.id is not None
            session.add(
                model.GridBuilding(community_id=1, version_id=version.id, building_id=building.id, grid_id=grid.id)
            )
            session.add(
                model.Issue(
                    community_id=1,
                    code=TRAP[:60],
                    reported_at=dt.datetime.now(dt.UTC),
                    source=model.IssueSource.WALK,
                    category="lighting",
                    text=TRAP,
                    building_id=building.id,
                    grid_id=grid.id,
                    geom=Point(108.9207, 34.22995),
                )
            )
        store.close()
        return server

    def unharmed(self, page: OverviewPage) -> None:
        frames = [frame.evaluate("window.sprung === undefined") for frame in page.page.frames]
        assert all(frames), "a text was run"
        assert page.page.locator("img[src='x']").count() == 0
        assert page.map.locator("img[src='x']").count() == 0

    def test_text_shows_as_it_was_written_and_runs_nowhere(self, visit: Visit) -> None:
        page = visit("?layers=grids,compounds,buildings,points,issues&sel=building:1")
        expect(page.page.get_by_role("heading", level=1)).to_have_text(TRAP)
        expect(page.card().locator("h2")).to_have_text(f"{TRAP} {TRAP}")
        rows = dict(page.card_rows())
        assert rows[i18n.text("card.grid", "zh")] == f"A · {TRAP}"
        expect(page.map.locator(".gm-legend li span").first).to_have_text(TRAP)
        page.map.locator(".gm-station").click()
        expect(page.card().locator("h2")).to_have_text(TRAP)
        page.map.locator(".gm-station").hover()
        expect(page.map.locator(".leaflet-tooltip").last).to_have_text(TRAP)
        page.map.locator(".gm-issue").click()
        expect(page.card().get_by_text(i18n.text("card.text", "zh"), exact=True)).to_be_visible()
        assert dict(page.card_rows())[i18n.text("card.text", "zh")] == TRAP
        _, place = page.clickable([1])
        page.page.mouse.move(*place)
        expect(page.map.locator(".leaflet-tooltip").last).to_contain_text(TRAP)
        assert TRAP in page.search(TRAP[:60])
        page.map.locator(".gm-search input").fill(TRAP)
        self.unharmed(page)
        for table in ("buildings", "points", "issues"):
            page.table(i18n.text(f"table.{table}", "zh"))
            expect(page.page.get_by_test_id("stDataFrame").get_by_text(TRAP).first).to_be_attached()
        page.page.locator(".st-key-toolbar").get_by_test_id("stPopover").get_by_role("button").click()
        expect(page.page.get_by_test_id("stPopoverBody").get_by_role("button").first).to_have_text(f"A {TRAP}")
        self.unharmed(page)

    def test_another_community_is_chosen(self, visit: Visit) -> None:
        page = visit("?mode=households", role=Role.ADMINISTRATOR)
        field = page.page.locator(".st-key-community").get_by_role("combobox")
        page.pick(field, page.page.get_by_role("option", name="乙社区"))
        expect(page.page.get_by_role("heading", name="乙社区")).to_be_visible()
        page.settled()
        expect(page.page.locator("iframe")).to_have_count(1)
        page.drawn()
        assert page.addressed("c", "2")
        self.unharmed(page)


class TestChangedMeanwhile:
    @pytest.fixture(scope="class")
    @classmethod
    def server(cls, refill: Refill) -> AppServer:
        return refill(prepared.with_demo)

    def test_what_another_program_writes_is_seen_without_a_new_map(
        self, visit: Visit, server: AppServer, watch: Watch
    ) -> None:
        page = visit("?layers=grids,buildings,issues&issues=all")
        before = page.drawn()["revision"]
        open_before = int(page.figures()[i18n.text("figure.open_issues", "zh")][0])
        page.map_frame().evaluate("window.stillHere = true")
        subprocess.run(
            [sys.executable, "-c", ANOTHER_PROGRAM, str(server.store)], check=True, cwd=REPOSITORY, timeout=60
        )
        page.choose(i18n.text("overview.mode.coverage", "zh"))
        after = page.drawn(fill="coverage")["revision"]
        page.settled()
        assert after > before
        assert page.map_frame().evaluate("window.stillHere"), "the map was mounted anew"
        assert int(page.figures()[i18n.text("figure.open_issues", "zh")][0]) == open_before + 1


class TestTownsOwnFile:
    @pytest.fixture(scope="class")
    @classmethod
    def server(cls, refill: Refill, tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> AppServer:
        buildings = shared_data / "suzhou_west_buildings.gpkg"
        if not buildings.is_file():
            pytest.skip(f"no {buildings.name} in {shared_data}")
        part, whole = tmp_path_factory.mktemp("town") / "part.gpkg", gpd.read_file(buildings)
        flat = whole.to_crs(whole.estimate_utm_crs())
        whole.iloc[flat.distance(flat.geometry.iloc[0]).argsort()[:TOWN]].to_file(part)

        def made(path: Path) -> Path:
            path.unlink(missing_ok=True)
            for command in (
                ["init", str(path), "--community", "城西社区"],
                ["import", str(path), str(part), "--as", "buildings"],
            ):
                assert cli.run(command, {"LANG": "zh_CN.UTF-8"}) == 0
            return path

        return refill(made)

    def test_five_grids_from_bare_footprints(self, visit: Visit) -> None:
        page = visit()
        expect(page.page.get_by_role("heading", name="城西社区")).to_be_visible()
        assert page.map_frame().evaluate("Gridmap.sheet().items('buildings').length") == TOWN
        assert page.map_frame().evaluate("Gridmap.sheet().items('grids').length") == 5
        expect(page.page.get_by_text(i18n.text("overview.grids_proposed", "zh"))).to_be_visible()
        value, note = page.figures()[i18n.text("figure.households", "zh")]
        assert i18n.text("figure.estimated", "zh") in note
        assert value != "0"
        page.table(i18n.text("table.buildings", "zh"))
        expect(page.page.get_by_text(str(TOWN)).first).to_be_visible()
        page.choose(i18n.text("overview.mode.households", "zh"))
        page.drawn(fill="households")
        page.settled()
        number, place = page.clickable(range(1, TOWN + 1, 10))
        page.press(place)
        page.addressed("sel", f"building:{number}")
        expect(page.card()).to_be_visible()
        assert i18n.text("word.estimated", "zh") in dict(page.card_rows())[i18n.text("card.households_label", "zh")]
