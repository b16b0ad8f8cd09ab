"""Words that would run anywhere they are taken for more than words: nothing runs, nothing outside is asked."""

from __future__ import annotations

import datetime as dt
import io
import json
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import poison
import pytest
import signed_in
from app_server import AppServer
from overview_page import DESKTOP, PATIENCE_MS, OverviewPage
from playwright.sync_api import Browser, Page, expect
from visiting import Watch

from gridmap import access, model
from gridmap.model import FundKind, IssueSource, Role
from gridmap.services import community_data, importing, record_kinds, records, recycle_bin
from gridmap.services.story_steps import KINDS, Content, Step
from gridmap.store import Store, open_store
from gridmap.web import navigation

# What a text must never become in any document of the page, the map's own included.
_MADE = """() => [...document.querySelectorAll("[href],[src],[action],[onerror],[onload],[onmouseover],[onfocus]")]
  .filter((e) => [...e.attributes].some((a) => /^\\s*javascript:|tripwire\\.invalid|tripped/i.test(a.value)))
  .map((e) => e.outerHTML.slice(0, 200))"""
_SCENARIO = json.dumps({
    "walk_m": 500.0, "straight": False, "capacity": False, "room": 500, "places": [], "gains": [], "closed": [],
    "value": 0.0, "bound": None, "status": "optimal", "added": [], "binned": [],
})  # fmt: skip
_KIND = json.dumps({"zh": poison.TEXTS[0], "en": poison.TEXTS[4], "names": [poison.TEXTS[3]]})
_STORY = Content(steps=tuple(
    Step(id=str(k), kind=KINDS[k % len(KINDS)], title=text, text=text) for k, text in enumerate(poison.TEXTS)
)).to_json()  # fmt: skip
_VIOLATIONS = """document.addEventListener("securitypolicyviolation",
  (e) => tripped("policy: " + e.violatedDirective + " " + e.blockedURI));"""


@dataclass
class Poisoned:
    """The app on a store full of trip wires, and the sessions of those who visit it."""

    server: AppServer
    tokens: dict[str, str]
    ids: dict[str, int]


@pytest.fixture(scope="module")
def poisoned(demo_to_change: AppServer, tmp_path_factory: pytest.TempPathFactory) -> Poisoned:
    path = demo_to_change.store
    tokens = {role.value: signed_in.begin(path, role) for role in (Role.SECRETARY, Role.ADMINISTRATOR)}
    store = open_store(str(path), create=False)
    _imported(store, tmp_path_factory.mktemp("tripwire"))
    _more_rows(store)
    assert poison.spread(store) > 30
    ids = {kind.name: int(store.frame(kind.cls, 1).index[1]) for kind in record_kinds.KINDS}  # type: ignore[arg-type]
    store.close()
    return Poisoned(demo_to_change, tokens, ids)


@pytest.fixture
def server(poisoned: Poisoned) -> AppServer:
    return poisoned.server


def _imported(store: Store, folder: Path) -> None:
    """Cells and a file's name as they come from elsewhere."""
    cells = {"name": poison.TEXTS[0], "kind": "station", "host": poison.TEXTS[6]}
    place = {"type": "Point", "coordinates": [108.9162, 34.2312]}
    feature = {"type": "Feature", "properties": cells, "geometry": place}
    file = folder / "<img src=x onerror=tripped('file')>`${tripped('name')}`.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), encoding="utf-8")
    looked = importing.look(store, file, kind="service-points")
    preview = importing.prepare(store, store.communities()[0], looked, "service-points")
    report = importing.keep(store, None, preview)
    assert report.added == 1


def _more_rows(store: Store) -> None:
    """Rows of the kinds that the demo has none of: in the bin, a photo, a leave, a link, and what registers bring."""
    now, community = dt.datetime.now(dt.UTC), store.communities()[0]
    with store.write() as session:
        account = session.query(model.Account).filter_by(role=Role.SECRETARY).first()
        assert account is not None
        staff = session.query(model.Staff).first()
        assert staff is not None
        issue = session.query(model.Issue).first()
        assert issue is not None
        away = model.Leave(community_id=1, staff_id=staff.id or 0, from_day=now.date(), to_day=now.date())
        session.add_all([
            away,
            model.Photo(community_id=1, issue_id=issue.id or 0, sha256="ab" * 32, media_type="image/jpeg"),
            model.ViewLink(community_id=1, account_id=account.id or 0, token_hash="x", made_by="x", made_at=now,
                           expires_at=now + dt.timedelta(days=1)),
            model.Activity(community_id=1, day=now.date(), name="x"),
            model.HomeVisit(community_id=1, day=now.date(), matter="x"),
            model.ProjectPhoto(community_id=1, project_id=1, sha256="ab" * 32, media_type="image/jpeg"),
            model.FundEntry(community_id=1, day=now.date(), kind=FundKind.GIFT, amount_yuan=1.0),
            model.ImportProfile(community_id=1, kind="buildings", name="x", content="{}"),
            model.CatalogueEntry(community_id=1, catalogue="service_kinds", code="station", content=_KIND),
            model.Scenario(community_id=1, kind="station", name="x", objective="mclp", at=now, content=_SCENARIO),
            model.Story(community_id=1, name="x", at=now, content=_STORY),
            model.ApiKey(community_id=1, name="x", token_hash="x", made_by="x", made_at=now),
            model.IssueVoice(community_id=1, issue_id=issue.id or 0, at=now, source=IssueSource.HOTLINE),
            model.IssueCall(community_id=1, issue_id=issue.id or 0, department="housing", called_at=now),
            model.HotlineAnswer(community_id=1, issue_id=issue.id or 0, at=now),
            rota := model.WeekRota(community_id=1, week="2099-W01", status="optimal"),
            model.RotaWish(community_id=1, staff_id=staff.id or 0, weekday=1),
            model.ReceptionFeed(community_id=1, code="x", address="http://localhost", made_by="x", made_at=now,
                                revoked_at=now),
            model.CommunitySplit(community_id=1, at=now, parts=2, undone_at=now),
            model.VisitWish(community_id=1, kind=model.WishKind.MUST, building_id=1, from_day=now.date()),
            model.StopRecord(community_id=1, walk_id=1, stop_id=1, at=now, outcome=model.StopOutcome.DONE),
            model.WalkTrack(community_id=1, walk_id=1, begun_at=now, ended_at=now),
        ])  # fmt: skip
        session.flush()
        session.add(model.RotaStep(community_id=1, rota_id=rota.id or 0, at=now, act="made", content="{}"))
    actor = access.Actor(account_id=account.id or 0, name="x", role=Role.SECRETARY, street_id=None, community_id=1,
                         grid_ids=frozenset(), session_id=1)  # fmt: skip
    data = community_data.read(store, community.id or 0, day=now.date())
    made = records.create(store, actor, data, "gates", {"name": "x", "geom": ""}, now=now)
    recycle_bin.delete(store, actor, data, made, now=now)


class Wire:
    """What ran, if anything did."""

    def __init__(self, chromium: Browser, poisoned: Poisoned, watch: Watch, role: str) -> None:
        size = {"width": DESKTOP.width, "height": DESKTOP.height}
        context = chromium.new_context(viewport=size, locale="zh-CN", accept_downloads=True)
        self.ran: list[str] = []
        context.expose_function("tripped", lambda *what: self.ran.append(str(what)))
        context.add_init_script(_VIOLATIONS)
        address = poisoned.server.url
        context.add_cookies([{"name": "gridmap_session", "value": poisoned.tokens[role], "url": address}])
        watch.listen(context, address)
        self.page: Page = context.new_page()
        self.page.set_default_timeout(PATIENCE_MS)
        self.page.on("dialog", lambda dialog: (self.ran.append(f"dialog {dialog.message}"), dialog.dismiss()))
        self.here = OverviewPage(self.page, address, DESKTOP)
        self.context = context

    def open(self, address: str) -> None:
        self.page.goto(f"{self.here.url}/{address}")
        self.rest()

    def rest(self) -> None:
        """Wait until the page rests, and see that nothing has run and nothing was made of the words."""
        self.here.settled()
        for frame in self.page.frames:
            assert frame.evaluate(_MADE) == [], self.page.url
        assert self.ran == [], self.page.url

    def taken(self, key: str) -> bytes:
        """The file that a button gives, whose name leads nowhere."""
        with self.page.expect_download() as download:
            self.page.locator(f".st-key-{key} button").click()
        name = download.value.suggested_filename
        assert not set(name) & set('/\\<>:"|?*\n\t'), name
        return Path(download.value.path()).read_bytes()


def is_harmless(workbook: bytes) -> None:
    book = openpyxl.load_workbook(io.BytesIO(workbook))
    for sheet in book:
        for cell in (cell for row in sheet.iter_rows() for cell in row):
            assert cell.data_type != "f", cell.value
            assert cell.hyperlink is None
            assert not str(cell.value or "").startswith(("=", "+", "-", "@", "\t", "\r")), cell.value


def test_overview(chromium: Browser, poisoned: Poisoned, watch: Watch) -> None:
    wire = Wire(chromium, poisoned, watch, "secretary")
    here = wire.here
    for target, kind in (("issue", "issues"), ("point", "points"), ("building", "buildings")):
        wire.open(
            f"?c=1&lang=zh&layers=grids,compounds,buildings,points,issues,walks&sel={target}:{poisoned.ids[kind]}"
        )
        here.drawn()
        expect(here.card()).to_be_visible(timeout=PATIENCE_MS)
        assert "tripped" in here.card().inner_text() or "tripwire" in here.card().inner_text()
        wire.rest()
    assert here.search("tripped"), "the words are found as words"
    here.map.locator(".gm-hits button").first.click()
    wire.rest()
    for marker in here.map.locator(".leaflet-marker-icon").all()[:12]:
        marker.dispatch_event("mouseover")
    buildings = here.free("buildings", *range(1, 20))
    for place in [places[0] for places in buildings.values()][:6]:
        wire.page.mouse.move(*place)
    wire.rest()
    for name in ("未覆盖楼栋", "楼栋", "服务点", "问题"):
        here.table(name)
        wire.rest()
        code = {"未覆盖楼栋": "uncovered", "楼栋": "buildings", "服务点": "points", "问题": "issues"}[name]
        if wire.page.locator(f".st-key-xlsx-{code} button").is_enabled():
            is_harmless(wire.taken(f"xlsx-{code}"))
    assert wire.taken("png").startswith(b"\x89PNG")
    wire.rest()
    wire.context.close()


def test_records(chromium: Browser, poisoned: Poisoned, watch: Watch) -> None:
    wire = Wire(chromium, poisoned, watch, "secretary")
    for kind in record_kinds.KINDS:
        wire.open(f"records?c=1&lang=zh&kind={kind.name}")
        expect(wire.page.get_by_test_id("stDataFrame")).to_be_visible(timeout=PATIENCE_MS)
        wire.rest()
        is_harmless(wire.taken(f"record-xlsx-{kind.name}"))
        wire.open(f"records?c=1&lang=zh&kind={kind.name}&id={poisoned.ids[kind.name]}")
        expect(wire.page.locator(".st-key-record-form h3")).to_be_visible(timeout=PATIENCE_MS)
        for choice in wire.page.get_by_role("combobox").all():
            choice.click()
            wire.page.keyboard.press("Escape")
        wire.rest()
    wire.open("records?c=1&lang=zh&bin=1")
    wire.page.locator("[class*='st-key-restore-'] button").first.wait_for()
    wire.rest()
    wire.context.close()


@pytest.mark.parametrize(("role", "language"), [("secretary", "zh"), ("administrator", "en")])
def test_every_page(chromium: Browser, poisoned: Poisoned, watch: Watch, role: str, language: str) -> None:
    wire = Wire(chromium, poisoned, watch, role)
    visited = 0
    for entry in navigation.PAGES:
        # Whoever else comes looks at what the secretary does not see.
        seen = role != "secretary" and access.permission(Role.SECRETARY, entry.needs)
        if access.permission(Role(role), entry.needs) and not seen:
            path = "" if entry is navigation.PAGES[0] else entry.name
            wire.open(f"{path}?c=1&lang={language}")
            expect(wire.page.locator(".gm-head h1")).to_be_visible(timeout=PATIENCE_MS)
            wire.rest()
            visited += 1
        if entry.name in ("accounts", "audit") and wire.page.locator(f".st-key-{entry.name}-xlsx button").count():
            is_harmless(wire.taken(f"{entry.name}-xlsx"))
    assert visited >= 1
    wire.context.close()


def test_every_free_text_of_the_model_holds_a_trip_wire(poisoned: Poisoned) -> None:
    store = open_store(str(poisoned.server.store), create=False)
    with store.connection() as connection:
        for table, column in poison.free_texts():
            texts = list(connection.exec_driver_sql(f"SELECT {column.name} FROM {table.name}").scalars())
            assert texts, f"{table.name} has no row"
            assert all(any(text.startswith(known[:20]) for known in poison.TEXTS) for text in texts), column
    store.close()
