"""The links that open something without a sign-in: a presentation's, and the one that makes the first administrator."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from html import escape

import app_server
import prepared
import pytest
import signed_in
from app_server import AppServer
from client import Answer, Client

from gridmap import access, i18n, model
from gridmap.model import Role
from gridmap.services import accounts, story_bin, story_keeping, story_steps, view_links
from gridmap.store import Store, open_store
from gridmap.web import credentials, set_up

LAYER = "/gridmap/layers/1/zh/{}.json"
PASSWORD = "five colours, one map"
BY = access.Actor(
    account_id=0, name="boss", role=Role.ADMINISTRATOR, street_id=None, community_id=None, grid_ids=frozenset(),
    session_id=0,
)  # fmt: skip


@pytest.fixture
def store(server: AppServer) -> Iterator[Store]:
    opened = open_store(str(server.store), create=False)
    yield opened
    with opened.write() as session:
        for row in session.query(model.SignInTry):
            session.delete(row)
    opened.close()


def link(store: Store, *, ago_h: int = 0, hours: int = 2) -> tuple[int, str]:
    now = dt.datetime.now(dt.UTC) - dt.timedelta(hours=ago_h)
    made, token = view_links.make(store, BY, 1, hours=hours, note="区里来人", now=now)
    assert made.id is not None
    return made.id, token


def opened(client: Client, token: str) -> Answer:
    path = f"/view/{token}"
    return client.post(path, client.form(path))


class TestPresentation:
    def test_whoever_holds_it_sees_the_map_and_nothing_to_take_along(self, client: Client, store: Store) -> None:
        _, token = link(store)
        answer = opened(client, token)
        assert (answer.status, answer.header("location")) == (303, "/?lang=zh")
        assert client.get("/").status == 200
        assert client.socket() == 101
        for layer, status in (("grids", 200), ("buildings", 200), ("issues", 403), ("walks", 403), ("stops", 403)):
            assert client.get(LAYER.format(layer)).status == status, layer
        assert client.get("/password").header("location") == "/"
        sign = credentials.form_sign(client.cookies["gridmap_session"])
        answer = client.post("/password?lang=en", {"sign": sign, "old": "", "new": PASSWORD, "again": PASSWORD})
        assert answer.status == 422
        assert escape(i18n.text("error.forbidden_no_password", "en")) in answer.text

    def test_of_a_story_opens_that_and_nothing_else(self, client: Client, server: AppServer, store: Store) -> None:
        place, token = store.community(1), signed_in.begin(server.store, Role.ADMINISTRATOR)
        by = accounts.actor(store, token, now=dt.datetime.now(dt.UTC))
        assert by is not None
        story = story_keeping.make(
            store, by, place, f"向<街道>汇报 {dt.datetime.now(dt.UTC):%f}", story_steps.usual(None),
            now=dt.datetime.now(dt.UTC),
        )  # fmt: skip
        _, token = view_links.make(store, BY, 1, hours=1, story=story.number, now=dt.datetime.now(dt.UTC))
        assert escape(story.name) in client.get(f"/view/{token}").text
        here = f"/present/{story.number}"
        assert opened(client, token).header("location") == f"{here}?lang=zh"
        answer = client.get(f"{here}?lang=en")
        assert answer.status == 200
        assert escape(story.name) in answer.text
        assert "is left out" not in answer.text, "it begins without a step that has nothing to tell"
        assert "data-back" not in answer.text
        for asset in re.findall(r'(?:src|href)="(/gridmap/assets/[^"]+)"', answer.text):
            assert client.get(asset).status == 200
        for path in ("/", "/overview", "/present", f"/present/{story.number + 1}", "/tag", "/walk", "/password"):
            assert client.get(path).header("location") == here, path
        assert client.socket() == 403
        for layer in ("grids", "buildings"):
            assert client.get(LAYER.format(layer)).status == 403
        story_bin.delete(store, by, place, story.number, now=dt.datetime.now(dt.UTC))
        gone = client.get(f"{here}?lang=en")
        assert gone.status == 404
        assert escape(i18n.text("error.story_missing", "en")) in gone.text

    def test_looking_at_the_link_opens_nothing(self, client: Client, store: Store) -> None:
        _, token = link(store)
        for method in ("GET", "HEAD"):
            assert client.ask(method, f"/view/{token}").status == 200
        assert "gridmap_session" not in client.cookies
        there = view_links.listed(store, BY, 1, dt.datetime.now(dt.UTC))
        assert there[0].link.uses == 0
        assert client.post(f"/view/{token}", {}).status == 403
        assert client.post(f"/view/{token}", client.form(f"/view/{token}"), sec_fetch_site="cross-site").status == 403

    def test_withdrawn_in_open_tabs_at_once(self, client: Client, store: Store) -> None:
        number, token = link(store)
        opened(client, token)
        assert client.get(LAYER.format("grids")).status == 200
        view_links.withdraw(store, BY, number)
        assert client.get(LAYER.format("grids")).status == 401
        assert client.socket() == 403
        assert client.get("/").status == 303
        assert opened(client, token).status == 404

    @pytest.mark.parametrize("language", i18n.LANGUAGES)
    def test_over_and_invented_are_answered_alike(self, client: Client, store: Store, language: str) -> None:
        _, over = link(store, ago_h=3)
        said = []
        for token in (over, "invented"):
            path = f"/view/{token}"
            answer = client.post(f"{path}?lang={language}", client.form(path))
            assert answer.status == 404
            said.append(answer.text.replace(token, ""))
        assert said[0] == said[1]
        assert escape(i18n.text("error.view_link", language)) in said[0]

    def test_guesses_are_locked_out(self, client: Client, store: Store) -> None:
        _, token = link(store)
        assert [opened(client, f"guess{n}").status for n in range(5)] == [404] * 5
        answer = opened(client, token)
        assert answer.status == 429
        assert 0 < int(answer.header("retry-after")) <= 60

    def test_who_is_signed_in_is_asked_first(self, client: Client, store: Store) -> None:
        client.post("/sign-in", {**client.form(), "demo": "secretary"})
        before = Client(client.url, dict(client.cookies))
        _, token = link(store)
        page = client.get(f"/view/{token}").text
        assert "甲一" in page
        assert before.get("/").status == 200
        assert opened(client, token).status == 303
        assert before.get("/").status == 303
        assert client.get(LAYER.format("issues")).status == 403

    @pytest.mark.parametrize(
        "path", ["/view", "/view/", "/view/a/b", "/view/a%2Fb", "/view/a.b", "/set-up/", "/view/é"]
    )
    def test_nothing_else_below_is_open(self, client: Client, path: str) -> None:
        assert client.get(path.replace("é", "%C3%A9")).status == 303


class TestFirstStart:
    @pytest.fixture(scope="class")
    @classmethod
    def fresh(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppServer]:
        """The app on a store that nobody has used."""
        with app_server.running(prepared.empty(tmp_path_factory.mktemp("fresh") / "store.gpkg")) as running:
            yield running

    def test_link_in_the_terminal_makes_one_administrator(self, fresh: AppServer) -> None:
        client = Client(fresh.url)
        while not (found := re.search(r"http://localhost:\d+(/set-up/[\w-]+)", fresh.said())):
            client.get("/sign-in")  # the app is telling it
        path = found[1]
        assert path not in client.get("/sign-in").text
        assert client.get("/set-up/invented").status == 404
        page = client.get(path)
        assert page.status == 200
        assert "<script" not in page.text
        fields = {**client.form(path), "name": "boss", "password": PASSWORD, "again": PASSWORD}
        assert client.post(path, {**fields, "again": "other"}).status == 422
        assert client.post(path, {**fields, "password": "short", "again": "short"}).status == 422
        assert client.post(path, {**fields, "sign": "0" * 64}).status == 403
        assert client.post("/set-up/invented", fields).status == 404
        made = client.post(path, fields)
        assert (made.status, made.header("location")) == (303, "/sign-in?lang=zh&said=made")
        again = Client(fresh.url)
        assert again.get(path).status == 404
        second = {**again.form(), "name": "boss2", "password": PASSWORD, "again": PASSWORD}
        assert again.post(path, second).status == 404
        assert client.enter("boss", PASSWORD).status == 303
        assert client.get("/").status == 200
        assert again.enter("boss2", PASSWORD).status == 401

    def test_holds_for_an_hour_and_only_the_newest(self) -> None:
        begun = dt.datetime(2026, 11, 24, tzinfo=dt.UTC)
        one = set_up.Invitation()
        assert not one.holds("", begun)
        token = one.renew(begun)
        assert one.holds(token, begun + set_up.HOLDS - dt.timedelta(seconds=1))
        assert not one.holds(token, begun + set_up.HOLDS)
        assert not one.holds(token[:-1], begun)
        other = one.renew(begun)
        assert not one.holds(token, begun)
        assert one.holds(other, begun)

    def test_nothing_is_told_where_the_demo_offers_accounts(self, server: AppServer) -> None:
        assert "/set-up/" not in server.said()
