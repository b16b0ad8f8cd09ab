"""Signing in and out over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import app_server
import prepared
import pytest
import signed_in
from app_server import AppServer
from client import Client

from gridmap import i18n, model
from gridmap.model import Role
from gridmap.services import accounts, passwords
from gridmap.store import open_store
from gridmap.web import sign_in

LAYER = "/gridmap/layers/1/zh/grids.json"
PASSWORD = "five colours, one map"


@pytest.fixture
def account(server: AppServer, request: pytest.FixtureRequest) -> str:
    """Name of an account made for one test."""
    name = f"p-{abs(hash(request.node.name))}"
    store = open_store(str(server.store), create=False)
    with store.write() as session:
        session.add(
            model.Account(
                name=name, display="", role=Role.SECRETARY, password_hash=passwords.hash_of(PASSWORD), community_id=1
            )
        )
    store.close()
    return name


def audit(path: Path, action: str) -> list[model.AuditEntry]:
    store = open_store(str(path), create=False)
    try:
        with store.read() as session:
            return list(session.query(model.AuditEntry).filter_by(action=action))
    finally:
        store.close()


class TestSigningIn:
    def test_name_and_password(self, client: Client, account: str) -> None:
        answer = client.enter(account, PASSWORD, to="/?c=1")
        assert (answer.status, answer.header("location")) == (303, "/?c=1")
        assert client.get(LAYER).status == 200
        assert client.socket() == 101

    def test_cookie(self, client: Client, account: str) -> None:
        answer = client.enter(account, PASSWORD)
        (line,) = [one for one in answer.headers.get_all("set-cookie", []) if one.startswith("gridmap_session=")]
        flags = {part.strip().lower() for part in line.split(";")[1:]}
        assert {"httponly", "samesite=lax", "path=/"} <= flags
        assert "secure" not in flags
        assert not any(flag.startswith(("max-age", "expires", "domain")) for flag in flags)

    def test_cookie_behind_a_proxy_of_this_machine_that_speaks_https(self, client: Client, account: str) -> None:
        answer = client.post(
            "/sign-in", {**client.form(), "name": account, "password": PASSWORD}, x_forwarded_proto="https"
        )
        (line,) = [one for one in answer.headers.get_all("set-cookie", []) if one.startswith("gridmap_session=")]
        assert "secure" in line.lower()

    @pytest.mark.parametrize("language", i18n.LANGUAGES)
    def test_unknown_name_and_wrong_password_are_answered_alike(
        self, client: Client, account: str, language: str
    ) -> None:
        said = []
        for name, password in ((account, "not it"), ("nobody", "not it"), ("", "")):
            answer = client.post(
                "/sign-in", {**client.form(), "name": name, "password": password}, accept_language=language
            )
            assert answer.status == 401
            assert not answer.header("set-cookie").startswith("gridmap_session")
            said.append(answer.text.partition('class="said"')[2].partition("</p>")[0])
        assert len(set(said)) == 1
        assert account not in said[0]
        assert client.get(LAYER).status == 401

    def test_form_of_another_site(self, client: Client, account: str) -> None:
        fields = {"name": account, "password": PASSWORD}
        sign = client.form()["sign"]
        for wrong in ({}, {"sign": ""}, {"sign": "0" * 64}, {"sign": "é"}):
            assert client.post("/sign-in", {**fields, **wrong}).status == 403
        assert client.post("/sign-in", {**fields, "sign": sign}, sec_fetch_site="cross-site").status == 403
        stranger = Client(client.url)
        assert stranger.post("/sign-in", {**fields, "sign": sign}).status == 403
        assert client.get("/").status == 303
        assert client.post("/sign-in", {**fields, "sign": sign}).status == 303

    @pytest.mark.parametrize("to", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)"])
    def test_never_leads_away(self, client: Client, account: str, to: str) -> None:
        assert "evil" not in client.get(f"/sign-in?to={to}").text
        assert client.enter(account, PASSWORD, to=to).header("location") == "/"

    def test_words_from_the_address_are_words(self, client: Client) -> None:
        page = client.get("/sign-in?to=/%22%3E%3Cscript%3Ealert(1)%3C/script%3E&lang=%22%3Ex&said=%3Cb%3E").text
        assert "<script" not in page
        assert "<b>" not in page

    def test_too_much(self, client: Client) -> None:
        assert client.enter("x" * 100_000, "y").status == 413

    def test_locked_after_five(self, server: AppServer) -> None:
        store = open_store(str(server.store), create=False)
        with store.write() as session:
            session.add(
                model.Account(
                    name="locked", display="", role=Role.DESK, password_hash=passwords.hash_of(PASSWORD), community_id=1
                )
            )
        store.close()
        client = Client(server.url)
        try:
            statuses = [client.enter("locked", f"guess {n}").status for n in range(5)]
            assert statuses == [401] * 5
            answer = client.enter("locked", PASSWORD)
            assert answer.status == 429
            assert 0 < int(answer.header("retry-after")) <= 60
            assert 'role="alert"' in answer.text
            assert client.get(LAYER).status == 401
        finally:
            forget_tries(server.store)

    def test_signing_in_again_ends_the_session_before(self, client: Client, account: str) -> None:
        client.enter(account, PASSWORD)
        before = dict(client.cookies)
        open_long_since = Client(client.url)  # a page of sign-in in another tab
        fields = open_long_since.form()
        client.cookies |= open_long_since.cookies
        assert client.post("/sign-in", {**fields, "name": account, "password": PASSWORD}).status == 303
        assert client.cookies["gridmap_session"] != before["gridmap_session"]
        assert Client(client.url, before).get(LAYER).status == 401


@pytest.fixture(autouse=True)
def tries_forgotten(server: AppServer) -> Iterator[None]:
    """All tests come from one address: what one did wrong does not lock the next one out."""
    yield
    forget_tries(server.store)


def forget_tries(path: Path) -> None:
    store = open_store(str(path), create=False)
    with store.write() as session:
        for row in session.query(model.SignInTry):
            session.delete(row)
    store.close()


class TestSigningOut:
    def test_ends_every_tab(self, client: Client, account: str) -> None:
        client.enter(account, PASSWORD)
        other_tab = Client(client.url, dict(client.cookies))
        answer = client.post("/sign-out", client.form("/password"))
        assert (answer.status, answer.header("location")) == (303, "/sign-in?said=out")
        assert answer.header("clear-site-data") == '"cache"'
        assert "gridmap_session" not in client.cookies
        for path in (LAYER, "/_stcore/host-config", "/gridmap/assets/client/map.js"):
            assert other_tab.get(path).status == 401
        assert other_tab.get("/").status == 303
        assert other_tab.socket() == 403

    def test_not_by_another_site(self, client: Client, account: str) -> None:
        client.enter(account, PASSWORD)
        for wrong in ({}, {"sign": "0" * 64}):
            assert client.post("/sign-out", wrong).status == 403
        assert client.post("/sign-out", client.form("/password"), sec_fetch_site="cross-site").status == 403
        assert client.get("/sign-out").status != 303
        assert client.get(LAYER).status == 200


class TestPassword:
    NEW = "another good long one"

    def change(self, client: Client, old: str, new: str, again: str | None = None) -> int:
        fields = {**client.form("/password"), "old": old, "new": new, "again": new if again is None else again}
        return client.post("/password", fields).status

    def test_changed(self, client: Client, account: str) -> None:
        client.enter(account, PASSWORD)
        other = Client(client.url)
        other.enter(account, PASSWORD)
        assert self.change(client, PASSWORD, self.NEW) == 303
        assert client.get(LAYER).status == other.get(LAYER).status == 401
        assert client.enter(account, PASSWORD).status == 401
        assert client.enter(account, self.NEW).status == 303

    def test_not_changed(self, client: Client, account: str) -> None:
        client.enter(account, PASSWORD)
        assert self.change(client, "wrong", self.NEW) == 403
        assert self.change(client, PASSWORD, self.NEW, "different") == 422
        assert self.change(client, PASSWORD, "short") == 422
        assert client.post("/password", {"old": PASSWORD, "new": self.NEW, "again": self.NEW}).status == 403
        assert client.get(LAYER).status == 200


class TestDemo:
    @pytest.mark.parametrize("role", accounts.OF_PEOPLE)
    def test_each_role(self, server: AppServer, client: Client, role: Role) -> None:
        assert f'value="{role}"' in client.get("/sign-in").text
        answer = client.post("/sign-in", {**client.form(), "demo": role.value})
        assert answer.status == 303
        assert client.get("/").status == 200
        assert any(entry.account_name.startswith("demo-") for entry in audit(server.store, "sign_in"))

    def test_nobody_is_signed_in_by_himself(self, client: Client) -> None:
        client.get("/")
        client.get("/sign-in")
        assert "gridmap_session" not in client.cookies

    @pytest.mark.parametrize("role", ["emperor", "viewer"])
    def test_role_that_is_none(self, client: Client, role: str) -> None:
        assert 'value="viewer"' not in client.get("/sign-in").text
        assert client.post("/sign-in", {**client.form(), "demo": role}).status == 401


class TestRealData:
    @pytest.fixture(scope="class")
    @classmethod
    def real(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppServer]:
        """The app on a store of a real community, although the operator asks for the demo."""
        path = prepared.empty(tmp_path_factory.mktemp("real") / "store.gpkg")
        store = open_store(str(path))
        with store.write() as session:
            street = model.Street(code="001", name="某街道")
            session.add(street)
            session.flush()
            assert street.id is not None
            session.add(model.Community(street_id=street.id, code="001", name="真社区"))
        store.close()
        with app_server.running(path, demo=True) as running:
            yield running

    def test_no_demo_accounts_but_how_to_begin(self, real: AppServer) -> None:
        client = Client(real.url)
        for language in i18n.LANGUAGES:
            page = client.get("/sign-in", accept_language=language).text
            assert 'name="demo"' not in page
            assert sign_in.first_command(language) in page
            assert "真社区" not in page
        for role in Role:
            assert client.post("/sign-in", {**client.form(), "demo": role.value}).status == 401
        forget_tries(real.store)
        assert client.enter("demo-secretary", accounts.DEMO_PASSWORD).status == 401
        signed_in.begin(real.store)
        assert "gridmap user" not in client.get("/sign-in").text
