"""The guard: whoever has no session gets nothing from any address; each role gets its part."""

from __future__ import annotations

import datetime as dt
import gzip
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode, urljoin, urlsplit

import app_server
import asking
import prepared
import pytest
import signed_in
from app_server import AppServer
from client import Client
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route
from streamlit.starlette import App

from gridmap import access, model
from gridmap.model import Role
from gridmap.services import accounts, leave
from gridmap.store import open_store
from gridmap.web import ahead, guard, routes

PAGES = [
    *("/", "/overview", "/accounts", "/audit", "/anything", "/?c=1", "/password", "/index.html", "/favicon.png"),
    # Open only where the operator has an identity provider.
    *("/robots.txt", "/auth/login", "/auth/logout", "/oauth2callback", "/oauth2callback?code=x", "/sign-in/provider"),
]
MACHINE = [
    "/_stcore/host-config",
    "/_stcore/metrics",
    "/_stcore/script-health-check",
    "/_stcore/stream",
    "/_stcore/upload_file/a/b",
    "/_stcore/bidi-components/a/b",
    "/_stcore/agent/openapi.json",
    "/_stcore/agent/interact",
    "/_stcore/health/",
    "/_stcore",
    "/media/0123456789abcdef.png",
    "/component/streamlit_folium.st_folium/index.html",
    "/static/js/index.js",
    "/app/static/x",
    "/gridmap/assets/client/map.js",
    "/gridmap/assets/icons/station.svg",
    "/gridmap/layers/1/zh/issues.json",
    "/gridmap/layers/1/en/buildings.json",
    "/gridmap/layers/999/en/buildings.json",
]
ROLES = list(Role)
BOSS = access.Actor(
    account_id=0, name="boss", role=Role.ADMINISTRATOR, street_id=None, community_id=None, grid_ids=frozenset(),
    session_id=0,
)  # fmt: skip
VALUES = {"community": "1", "language": "zh", "name": "issues", "path:path": "x", "token": "x"}
VALUES |= {"form": "json", "code": "x"}
LAYERS = ["buildings", "grids", "issues", "walks", "stops"]


@pytest.fixture(scope="module")
def grids(server: AppServer) -> dict[str, int]:
    """A grid that has issues, for the leader and for the worker."""
    store = open_store(str(server.store), create=False)
    issues = store.frame(model.Issue, 1)
    store.close()
    most = issues["grid_id"].dropna().value_counts().index
    return {"grid_leader": int(most[0]), "grid_worker": int(most[1])}


@pytest.fixture(scope="module")
def signed(server: AppServer, grids: dict[str, int]) -> dict[str, Client]:
    """A browser for each role, and one of a new worker without a grid."""
    made = {}
    for role in ROLES:
        own = [grids[role]] if role in grids else []
        made[role.value] = Client(server.url, {"gridmap_session": signed_in.begin(server.store, role, grids=own)})
    made["new_worker"] = Client(server.url, {"gridmap_session": signed_in.begin(server.store, Role.GRID_WORKER)})
    return made


class TestSignedOut:
    @pytest.fixture(params=["websocket", "page"])
    def fresh(self, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, AppServer]]:
        """An app that nobody has asked for anything."""
        with app_server.running(prepared.with_demo(tmp_path / "store.gpkg"), demo=True) as running:
            yield request.param, running

    def test_first_request_to_a_fresh_server(self, fresh: tuple[str, AppServer]) -> None:
        first, server = fresh
        client = Client(server.url)
        if first == "websocket":
            assert client.socket() == 403
        else:
            assert client.get("/overview").status == 303
        assert client.socket() == 403
        assert client.get("/").status == 303
        assert client.get("/gridmap/layers/1/zh/buildings.json").status == 401

    def test_websocket(self, client: Client) -> None:
        assert client.socket() == 403
        client.cookies["gridmap_session"] = "invented"
        assert client.socket() == 403

    @pytest.mark.parametrize("path", PAGES)
    def test_page(self, client: Client, path: str) -> None:
        answer = client.get(path)
        assert (answer.status, answer.body) == (303, b"")
        assert answer.header("location").startswith("/sign-in")

    @pytest.mark.parametrize("path", MACHINE)
    def test_address_that_no_person_opens(self, client: Client, path: str) -> None:
        for method in ("GET", "POST", "PUT", "DELETE", "OPTIONS"):
            answer = client.ask(method, path, body=b"")
            assert (answer.status, answer.body) == (401, b""), method

    @pytest.mark.parametrize(
        "path", ["/", "/password", "/sign-out", "/sign-in/", "/sign-in/x", "//sign-in", "/./sign-in"]
    )
    def test_nothing_is_taken(self, client: Client, path: str) -> None:
        assert client.post(path, {"sign": "x"}).status == 401

    def test_every_route_of_the_app_is_behind_the_guard(self, client: Client) -> None:
        app = App(routes.SCRIPT, routes=routes.all_routes(), middleware=routes.middleware())
        known = app._build_starlette_app().routes
        assert len(known) > 15
        asked = set()
        for route in known:
            path = route.path or "/"  # type: ignore[attr-defined]
            for name, value in VALUES.items():
                path = path.replace("{" + name + "}", value)
            asked.add(path)
            answer = client.get(path)
            # A link asks for its own token; without the right one it tells nothing.
            link = {
                "/view/x": 200, "/set-up/x": 404, "/calendar/x": 404, "/receptions/x": 404, "/receptions/x.ics": 404,
            }.get(path)  # fmt: skip
            if path.startswith(guard.OTHER_PROGRAMS):
                # They ask for a key.
                assert answer.status == 403
                continue
            assert (answer.status == 200) == (path in guard.OPEN or link == 200), path
            assert answer.status in ((link,) if link else (200,) if path in guard.OPEN else (303, 401)), path
        assert asked >= guard.OPEN | {"/view/x", "/set-up/x"}
        assert "/gridmap/layers/1/zh/issues.json" in asked

    def test_what_is_open_tells_nothing(self, client: Client) -> None:
        assert client.get("/_stcore/health").body == b"ok"
        page = client.get("/sign-in").text
        assert "<script" not in page
        assert "太白" not in page
        assert client.get("/sign-in/style.css").header("content-type").startswith("text/css")
        assert client.get("/sign-in/icon.png").header("content-type") == "image/png"


def links(app: Starlette, token: str, around: str) -> list[str]:
    """What the map's frame names to be fetched ahead, as the browser resolves it."""
    address = f"{ahead.FRAME}?{urlencode({'streamlitUrl': 'http://localhost/' + around})}"
    sent = {"cookie": f"gridmap_session={token}", "accept-language": "en-GB,en;q=0.9"}
    header = asking.get(app, address, sent).headers.get("link", "")
    return [urljoin("http://localhost" + ahead.FRAME, one) for one in re.findall("<(.*?)>", header)]


@pytest.fixture(scope="module")
def app(server: AppServer) -> Iterator[Starlette]:
    """Our own routes behind the guard, on the server's store, around a frame that is always there."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRIDMAP_STORE", str(server.store))
        frame = Route(ahead.FRAME, lambda _: Response("frame"))
        yield Starlette(routes=[frame, *routes.all_routes()], middleware=routes.middleware())


class TestFetchedAhead:
    def test_layers_are_those_the_map_asks_for(self, app: Starlette, server: AppServer) -> None:
        token = signed_in.begin(server.store)
        named = links(app, token, "?layers=grids,buildings&c=1")
        wanted = {"map.js", *(f"{name}.json" for name in ("boundary", "ground", "grids", "paths", "buildings"))}
        assert {urlsplit(one).path.rsplit("/", 1)[1] for one in named} == wanted
        for one in named:
            answer = asking.get(app, one.removeprefix("http://localhost"), {"cookie": f"gridmap_session={token}"})
            assert answer.status == 200
            # Kept until the map asks for it: by the very same address.
            assert "max-age" in answer.headers["cache-control"]

    def test_language_is_the_addresss_then_the_browsers(self, app: Starlette, server: AppServer) -> None:
        token = signed_in.begin(server.store)
        assert "/layers/1/zh/" in links(app, token, "?lang=zh")[-1]
        assert "/layers/1/en/" in links(app, token, "")[-1]

    def test_a_role_is_told_of_no_layer_that_it_does_not_get(self, app: Starlette, server: AppServer) -> None:
        token = signed_in.begin(server.store, Role.STREET_LEADER)
        named = {urlsplit(one).path.rsplit("/", 1)[1] for one in links(app, token, "?layers=points,issues,walks")}
        assert "points.json" in named
        assert not named & {"issues.json", "walks.json", "stops.json"}

    def test_nothing_where_nothing_is_to_be_seen(self, app: Starlette, server: AppServer) -> None:
        assert links(app, signed_in.begin(server.store, community_id=None), "") == []
        assert links(app, "invented", "") == []
        assert len(links(app, signed_in.begin(server.store), "?c=999&layers=nothing&v=%00")) == 4


class TestRoles:
    @pytest.mark.parametrize("role", ROLES)
    def test_pages_and_websocket(self, signed: dict[str, Client], role: Role) -> None:
        client = signed[role]
        for path in ("/", "/overview"):
            answer = client.get(path)
            assert answer.status == 200
            assert answer.header("cache-control") == "no-store"
        assert client.socket() == 101
        assert client.get("/_stcore/host-config").status == 200
        assert client.get("/gridmap/assets/client/map.js").status == 200

    @pytest.mark.parametrize("layer", LAYERS)
    @pytest.mark.parametrize("role", [*ROLES, "new_worker"])
    def test_layers(self, signed: dict[str, Client], role: str, layer: str) -> None:
        answer = signed[role].get(f"/gridmap/layers/1/zh/{layer}.json")
        refused = {
            "administrator": {"issues"},
            "street_leader": {"issues", "walks", "stops"},
            "viewer": {"issues", "walks", "stops"},
            "new_worker": {"issues", "walks", "stops"},
        }.get(role, set())
        assert answer.status == (403 if layer in refused else 200)
        if layer in refused:
            assert set(json.loads(answer.body)) == {"error"}
        else:
            assert "cookie" in answer.header("vary").lower()
            assert "private" in answer.header("cache-control")

    def test_layer_of_issues_holds_own_grids_only(
        self, server: AppServer, signed: dict[str, Client], grids: dict[str, int]
    ) -> None:
        store = open_store(str(server.store), create=False)
        issues = store.frame(model.Issue, 1)
        store.close()
        path = "/gridmap/layers/1/zh/issues.json"
        for _ in range(2):  # one role's answer is not handed to another
            for role in ("secretary", "desk", "grid_leader", "grid_worker"):
                answer = signed[role].get(path, accept_encoding="gzip")
                rows = json.loads(gzip.decompress(answer.body))["features"]
                wanted = issues[issues["grid_id"] == grids[role]] if role in grids else issues
                placed = wanted[~wanted.geometry.is_empty]
                assert {row["properties"]["id"] for row in rows} == set(placed.index), role

    def test_partner_on_leave_lends_the_grid_for_the_day(self, server: AppServer, grids: dict[str, int]) -> None:
        token = signed_in.begin(server.store, Role.GRID_WORKER, grids=[])
        store = open_store(str(server.store), create=False)
        with store.write() as session:
            away = model.Staff(community_id=1, name="测试甲", post=model.PostKind.GRID_LEADER)
            session.add(away)
            session.flush()
            here = model.Staff(community_id=1, name="测试乙", post=model.PostKind.GRID_WORKER, partner_id=away.id)
            session.add(here)
            session.flush()
            last = max(grid.id for grid in session.query(model.Grid) if grid.id not in grids.values())
            before = session.get_one(model.Grid, last).leader_id
            session.get_one(model.Grid, last).leader_id = away.id
            session.query(model.Account).filter_by(name=f"test-{token.casefold()}").one().staff_id = here.id
        client, path = Client(server.url, {"gridmap_session": token}), "/gridmap/layers/1/zh/issues.json"
        assert client.get(path).status == 403
        today = accounts.day_of(dt.datetime.now(dt.UTC))
        assert away.id is not None
        entered = leave.add(store, BOSS, away.id, today, today)
        issues = store.frame(model.Issue, 1)
        placed = issues[(issues["grid_id"] == last) & ~issues.geometry.is_empty]
        rows = json.loads(client.get(path).body)["features"]
        assert {row["properties"]["id"] for row in rows} == set(placed.index)
        assert entered.id is not None
        leave.remove(store, BOSS, entered.id)
        assert client.get(path).status == 403
        with store.write() as session:
            session.get_one(model.Grid, last).leader_id = before
        store.close()

    def test_tag_of_one_role_does_not_answer_for_another(self, signed: dict[str, Client]) -> None:
        path = "/gridmap/layers/1/zh/issues.json"
        tag = signed["secretary"].get(path).header("etag")
        assert signed["secretary"].get(path, if_none_match=tag).status == 304
        assert signed["grid_worker"].get(path, if_none_match=tag).status == 200
        assert signed["street_leader"].get(path, if_none_match=tag).status == 403

    def test_another_community(self, server: AppServer) -> None:
        store = open_store(str(server.store), create=False)
        with store.write() as session:
            street = model.Street(code="777", name="别的街道（模拟）")
            session.add(street)
            session.flush()
            assert street.id is not None
            other = model.Community(street_id=street.id, code="777", name="别的社区（模拟）", synthetic=True)
            session.add(other)
            session.flush()
            assert other.id is not None
            community_id, street_id = other.id, street.id
        store.close()
        path = f"/gridmap/layers/{community_id}/zh/buildings.json"
        for role in ROLES:
            client = Client(server.url, {"gridmap_session": signed_in.begin(server.store, role)})
            assert client.get(path).status == (200 if role == Role.ADMINISTRATOR else 403), role
        leader = signed_in.begin(server.store, Role.STREET_LEADER, street_id=street_id)
        assert Client(server.url, {"gridmap_session": leader}).get(path).status == 200


class TestEndedSession:
    def test_account_no_longer_active(self, server: AppServer) -> None:
        token = signed_in.begin(server.store)
        client = Client(server.url, {"gridmap_session": token})
        assert client.get("/gridmap/layers/1/zh/grids.json").status == 200
        store = open_store(str(server.store), create=False)
        with store.write() as session:
            account = session.query(model.Account).filter_by(name=f"test-{token.casefold()}").one()
            account.active = False
        store.close()
        assert client.get("/gridmap/layers/1/zh/grids.json").status == 401
        assert client.get("/").status == 303
        assert client.socket() == 403

    def test_password_of_somebody_else_is_changed_first(self, server: AppServer) -> None:
        token = signed_in.begin(server.store)
        client = Client(server.url, {"gridmap_session": token})
        store = open_store(str(server.store), create=False)
        with store.write() as session:
            session.query(model.Account).filter_by(name=f"test-{token.casefold()}").one().must_change = True
        store.close()
        answer = client.get("/")
        assert (answer.status, answer.header("location")) == (303, "/password")
        assert client.get("/password").status == 200
        assert client.get("/gridmap/layers/1/zh/grids.json").status == 403
        assert client.socket() == 403


class TestHeaders:
    @pytest.mark.parametrize(
        "path", ["/", "/sign-in", "/_stcore/health", "/media/x", "/gridmap/layers/1/zh/grids.json"]
    )
    @pytest.mark.parametrize("role", [None, "secretary"])
    def test_on_every_answer(self, client: Client, signed: dict[str, Client], path: str, role: str | None) -> None:
        answer = (signed[role] if role else client).get(path)
        policy = dict(part.split(" ", 1) for part in answer.header("content-security-policy").split("; "))
        assert policy["default-src"] == policy["base-uri"] == policy["form-action"] == "'self'"
        assert policy["object-src"] == "'none'"
        assert policy["frame-ancestors"] == "'self'"
        assert "unsafe" not in policy["script-src"].replace("'wasm-unsafe-eval'", "")
        assert "*" not in answer.header("content-security-policy")
        assert "//" not in answer.header("content-security-policy").replace("ws://localhost", "").replace(
            "wss://localhost", ""
        )
        assert answer.header("x-content-type-options") == "nosniff"
        assert answer.header("referrer-policy") == "same-origin"
        assert "geolocation=(self)" in answer.header("permissions-policy")
        assert "public" not in answer.header("cache-control")

    def test_only_the_maps_own_frame_writes_scripts(self, signed: dict[str, Client]) -> None:
        policy = signed["secretary"].get("/component/streamlit_folium.st_folium/index.html")
        assert "'unsafe-inline'" in policy.header("content-security-policy").partition("script-src")[2]


@pytest.mark.parametrize(
    ("to", "goes"),
    [
        ("/?c=1&lang=en", "/?c=1&lang=en"),
        ("/accounts", "/accounts"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("/x\r\nSet-Cookie: a=b", "/"),
        ("/\t/evil.example", "/"),
        ("/a\\b", "/"),
        ("/sign-in?to=/sign-in", "/"),
        ("/sign-out", "/"),
        ("evil", "/"),
        ("", "/"),
        (None, "/"),
    ],
)
def test_goes_to_own_pages_only(to: str | None, goes: str) -> None:
    assert guard.local(to) == goes


@pytest.mark.parametrize("role", ROLES)
def test_files_are_taken_of_those_who_import_and_photos_of_those_who_move_issues(
    signed: dict[str, Client], role: Role
) -> None:
    path, photo = "/_stcore/upload_file/no-session/no-file", 30 * 1024 * 1024
    imports, moves = (
        access.permission(role, action) is not None for action in (access.Action.IMPORT_DATA, access.Action.EDIT_ISSUES)
    )
    sent = signed[role].ask("PUT", path, b"x")
    # Of those who may, Streamlit asks further, and says what is missing.
    assert (sent.status == 403 and not sent.body) is not (imports or moves)
    # Nothing of it is sent: what is announced decides.
    asked = guard._refused_file(
        replace(BOSS, role=role), {"method": "PUT", "headers": [(b"content-length", b"%d" % (2 * photo))]}
    )
    assert asked == (0 if imports else 413 if moves else 403)
    for headers in ([], [(b"content-length", b"9"), (b"transfer-encoding", b"chunked")]):
        endless = guard._refused_file(replace(BOSS, role=role), {"method": "PUT", "headers": headers})
        assert endless == (0 if imports else 411 if moves else 403)
