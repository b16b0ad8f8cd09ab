"""Signing in with an identity provider, against a small one of our own."""

from __future__ import annotations

import datetime as dt
import json
import secrets
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import app_server
import prepared
import pytest
import signed_in
from app_server import AppServer
from client import Answer, Client
from joserfc import jwt
from joserfc.jwk import RSAKey

from gridmap import i18n, model
from gridmap.model import Role
from gridmap.services import accounts, audit
from gridmap.store import Store, open_store

CLIENT = "gridmap"
LAYER = "/gridmap/layers/1/zh/{}.json"
SETTINGS = """
[auth]
redirect_uri = "http://localhost:{{port}}/oauth2callback"
cookie_secret = "a secret of the tests that is long enough"
client_id = "{client}"
client_secret = "told to the provider"
server_metadata_url = "{issuer}/.well-known/openid-configuration"

[gridmap_oidc]
claim = "realm_access.roles"
staff_claim = "name"

[[gridmap_oidc.roles]]
value = "map-admin"
role = "administrator"

[[gridmap_oidc.roles]]
value = "map-desk"
role = "desk"
community = "太白社区（模拟）"

[[gridmap_oidc.roles]]
value = "map-worker"
role = "grid_worker"

[[gridmap_oidc.roles]]
value = "map-lost"
role = "secretary"
community = "别处"
"""


@dataclass
class Provider:
    """An identity provider that says of everybody what the test wants said."""

    issuer: str = ""
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "1"}))
    codes: dict[str, dict[str, Any]] = field(default_factory=dict)
    forged: RSAKey | None = None

    def answer(self, path: str, form: dict[str, list[str]]) -> dict[str, Any]:
        if path == "/.well-known/openid-configuration":
            return {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/jwks",
                "id_token_signing_alg_values_supported": ["RS256"],
                "code_challenge_methods_supported": ["S256"],
            }
        if path == "/jwks":
            return {"keys": [self.key.as_dict(private=False)]}
        assert path == "/token"
        claims = self.codes.pop(form["code"][0])
        token = jwt.encode({"alg": "RS256", "kid": "1"}, claims, self.forged or self.key)
        return {"access_token": "x", "token_type": "Bearer", "id_token": token, "expires_in": 3600}


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    made = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.say({})

        def do_POST(self) -> None:
            length = int(self.headers["content-length"])
            self.say(parse_qs(self.rfile.read(length).decode()))

        def say(self, form: dict[str, list[str]]) -> None:
            body = json.dumps(made.answer(urlsplit(self.path).path, form)).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: object) -> None:
            pass

    server = ThreadingHTTPServer(("localhost", 0), Handler)
    made.issuer = f"http://localhost:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory, provider: Provider) -> Iterator[AppServer]:
    folder = tmp_path_factory.mktemp("provider")
    prepared.with_demo(folder / "store.gpkg")
    signed_in.begin(folder / "store.gpkg", Role.ADMINISTRATOR)
    said = folder / "secrets.toml"
    said.write_text(SETTINGS.format(issuer=provider.issuer, client=CLIENT), encoding="utf-8")
    flags = [f"--secrets.files={said}"]
    with app_server.running(folder / "store.gpkg", flags=flags, more={"GRIDMAP_OIDC": "1"}) as running:
        yield running
    assert "a secret of the tests" not in running.said()


@pytest.fixture
def store(office: AppServer) -> Iterator[Store]:
    opened = open_store(str(office.store), create=False)
    yield opened
    opened.close()


def come(client: Client, provider: Provider, *, lasts_s: float = 3600, **claims: Any) -> Answer:
    """Go to the provider and come back with what it says."""
    away = client.get("/sign-in/provider")
    assert away.status == 303
    there = client.get(away.header("location"))
    asked = parse_qs(urlsplit(there.header("location")).query)
    assert there.header("location").startswith(f"{provider.issuer}/authorize?")
    code, now = secrets.token_hex(8), time.time()
    whole = {"iss": provider.issuer, "sub": "u1", "aud": CLIENT, "iat": now, "exp": now + lasts_s}
    provider.codes[code] = {**whole, "nonce": asked["nonce"][0], **claims}
    return client.get(f"/oauth2callback?code={code}&state={asked['state'][0]}")


def roles(*names: str) -> dict[str, Any]:
    return {"realm_access": {"roles": list(names)}}


def test_role_follows_from_the_claim_and_the_cookie_is_ours(office: AppServer, provider: Provider) -> None:
    client = Client(office.url)
    assert i18n.text("sign_in.provider", "zh") in client.get("/sign-in").text
    answer = come(client, provider, sub="u1", preferred_username="Zhang.San", name="张三", **roles("x", "map-desk"))
    assert (answer.status, answer.header("location")) == (303, "/")
    given = " ".join(answer.headers.get_all("set-cookie", []))
    assert "_streamlit_user" not in given
    assert "httponly" in given.lower()
    assert client.get("/").status == 200
    assert client.socket() == 101
    assert client.get(LAYER.format("issues")).status == 200
    told = client.run("overview")
    assert told.says("张三")
    assert told.says(i18n.text("role.desk", "en"))


def test_account_is_one_person_whatever_the_name(office: AppServer, provider: Provider, store: Store) -> None:
    for sub, name in (("s1", "secretary"), ("s2", "secretary"), ("s1", "renamed")):
        assert (
            come(Client(office.url), provider, sub=sub, preferred_username=name, **roles("map-desk")).header("location")
            == "/"
        )
    with store.read() as session:
        names = [one.name for one in session.query(model.Account) if one.name.startswith(("secretary~", "renamed~"))]
    assert len(names) == 2
    assert all(name.startswith("secretary~") for name in names)


def test_name_of_somebody_with_a_password_gives_nothing_of_theirs(
    office: AppServer, provider: Provider, store: Store
) -> None:
    with store.write() as session:
        boss = model.Account(name="boss", display="", role=Role.ADMINISTRATOR, password_hash="x")
        session.add(boss)
    client = Client(office.url)
    come(client, provider, sub="evil", preferred_username="boss", email="boss", **roles("map-desk"))
    who = accounts.actor(store, client.cookies["gridmap_session"], now=dt.datetime.now(dt.UTC))
    assert who is not None
    assert who.account_id != boss.id
    assert who.role == Role.DESK


def test_worker_gets_the_grids_of_the_name_in_the_register(office: AppServer, provider: Provider, store: Store) -> None:
    now = dt.datetime.now(dt.UTC)
    for sub, name, has in (("w1", "乙一", True), ("w2", "查无此人", False)):
        client = Client(office.url)
        come(client, provider, sub=sub, name=name, **roles("map-worker"))
        who = accounts.actor(store, client.cookies["gridmap_session"], now=now)
        assert who is not None
        assert bool(who.grid_ids) == has
        assert client.get(LAYER.format("issues")).status == (200 if has else 403)


@pytest.mark.parametrize(
    ("claims", "said"),
    [
        (roles(), "oidc_no_role"),
        (roles("map-admins"), "oidc_no_role"),
        ({"realm_access": "map-admin"}, "oidc_no_role"),
        ({"groups": ["map-admin"]}, "oidc_no_role"),
        ({"realm_access": {"roles": {"map-admin": 1}}}, "oidc_no_role"),
        (roles("map-lost"), "oidc_place"),
        ({"sub": "", **roles("map-admin")}, "oidc_failed"),
        ({"lasts_s": -3600, **roles("map-admin")}, "oidc_failed"),
        ({"aud": "another app", **roles("map-admin")}, "oidc_failed"),
        ({"iss": "http://elsewhere", **roles("map-admin")}, "oidc_failed"),
        ({"nonce": "another", **roles("map-admin")}, "oidc_failed"),
    ],
    ids=str,
)
def test_no_access_with_a_sentence(office: AppServer, provider: Provider, claims: dict[str, Any], said: str) -> None:
    client = Client(office.url)
    answer = come(client, provider, **{"sub": "nobody", **claims})
    assert (answer.status, answer.header("location")) == (303, f"/sign-in?said={said}")
    assert not {name for name in client.cookies if name.startswith(("gridmap_session", "_streamlit_user"))}
    for language in i18n.LANGUAGES:
        assert escape(i18n.text(f"error.{said}", language)) in client.get(f"/sign-in?said={said}&lang={language}").text
    assert client.socket() == 403


def test_signature_of_somebody_else(office: AppServer, provider: Provider) -> None:
    provider.forged = RSAKey.generate_key(2048, {"kid": "1"})
    try:
        answer = come(Client(office.url), provider, **roles("map-admin"))
    finally:
        provider.forged = None
    assert answer.header("location") == "/sign-in?said=oidc_failed"


def test_callback_of_another_browser_and_twice(office: AppServer, provider: Provider) -> None:
    client, other = Client(office.url), Client(office.url)
    away = client.get(client.get("/sign-in/provider").header("location")).header("location")
    asked = parse_qs(urlsplit(away).query)
    back = f"/oauth2callback?code=c&state={asked['state'][0]}"
    now = time.time()
    claims = {"iss": provider.issuer, "sub": "u1", "aud": CLIENT, "iat": now, "exp": now + 60}
    provider.codes["c"] = {**claims, "nonce": asked["nonce"][0], **roles("map-admin")}
    assert other.get(back).header("location") == "/sign-in?said=oidc_failed"
    assert client.get(back).header("location") == "/"
    assert Client(office.url).get(back).header("location") == "/sign-in?said=oidc_failed"


def test_session_ends_with_the_providers_word(office: AppServer, provider: Provider, store: Store) -> None:
    client = Client(office.url)
    come(client, provider, sub="short", lasts_s=120, **roles("map-desk"))
    token, now = client.cookies["gridmap_session"], dt.datetime.now(dt.UTC)
    assert accounts.actor(store, token, now=now + dt.timedelta(seconds=100)) is not None
    assert accounts.actor(store, token, now=now + dt.timedelta(seconds=121)) is None
    come(client, provider, sub="long", lasts_s=10**7, **roles("map-desk"))
    with store.read() as session:
        hashed = accounts.token_hash(client.cookies["gridmap_session"])
        kept = session.query(model.Session).filter_by(token_hash=hashed).one()
    assert kept.expires_at - kept.created_at == dt.timedelta(hours=168)


def test_lost_role_and_closed_account(office: AppServer, provider: Provider, store: Store) -> None:
    client = Client(office.url)
    come(client, provider, sub="lost", **roles("map-desk"))
    assert client.get("/").status == 200
    again = come(Client(office.url), provider, sub="lost", **roles())
    assert again.header("location") == "/sign-in?said=oidc_no_role"
    assert client.get("/").status == 303
    come(client, provider, sub="lost", **roles("map-desk"))
    number = accounts.actor(store, client.cookies["gridmap_session"], now=dt.datetime.now(dt.UTC))
    assert number is not None
    with store.write() as session:
        session.get_one(model.Account, number.account_id).active = False
    answer = come(Client(office.url), provider, sub="lost", **roles("map-desk"))
    assert answer.header("location") == "/sign-in?said=oidc_closed"


def test_has_no_password(office: AppServer, provider: Provider, store: Store) -> None:
    client = Client(office.url)
    come(client, provider, sub="np", preferred_username="np", **roles("map-desk"))
    who = accounts.actor(store, client.cookies["gridmap_session"], now=dt.datetime.now(dt.UTC))
    assert who is not None
    for password in ("", "x" * 12):
        assert Client(office.url).enter(who.name, password).status == 401
    with store.write() as session:
        for row in session.query(model.SignInTry):
            session.delete(row)


def test_only_the_way_to_the_provider_and_back_is_open(office: AppServer) -> None:
    client = Client(office.url)
    for path, status in (("/auth/login", 302), ("/oauth2callback", 303), ("/sign-in/provider", 303)):
        assert client.get(path).status == status
        assert client.post(path, {}).status == 401
    assert client.get("/oauth2callback").header("location") == "/sign-in?said=oidc_failed"
    for path in ("/auth/logout", "/auth/login/", "/auth", "/oauth2callback/x", "/auth/login/x", "/sign-in/provider/x"):
        assert client.get(path).header("location").startswith("/sign-in"), path
    assert client.socket() == 403


def test_streamlits_own_cookie_opens_nothing(office: AppServer) -> None:
    from streamlit.web.server.starlette.starlette_app_utils import create_signed_value

    said = json.dumps({"iss": "x", "sub": "u", "exp": time.time() + 999, "is_logged_in": True, **roles("map-admin")})
    for secret in ("a secret of the tests that is long enough", "another"):
        value = create_signed_value(secret, "_streamlit_user", said).decode()
        client = Client(office.url, {"_streamlit_user": value})
        assert client.get("/").status == 303
        assert client.socket() == 403
        assert client.get("/oauth2callback").header("location") == "/sign-in?said=oidc_failed"


def test_noted_in_the_audit(office: AppServer, provider: Provider, store: Store) -> None:
    come(Client(office.url), provider, sub="noted", preferred_username="noted", **roles("map-desk"))
    come(Client(office.url), provider, sub="noted", preferred_username="noted", **roles())
    table = audit.search(store, None, words="noted~")
    assert list(table["action"]) == ["sign_in_failed", "sign_in"]


def test_wanted_but_not_described(tmp_path: Path) -> None:
    """It is said on the page what is missing, and nothing is open."""
    signed_in.begin(prepared.empty(tmp_path / "store.gpkg"), Role.ADMINISTRATOR)
    with app_server.running(tmp_path / "store.gpkg", more={"GRIDMAP_OIDC": "1"}) as server:
        client = Client(server.url)
        page = client.get("/sign-in?lang=zh").text
        assert "gridmap_oidc" in page
        assert "/sign-in/provider" not in page
        assert client.get("/sign-in/provider").header("location") == "/sign-in?said=provider"
        assert client.get("/oauth2callback?code=x&state=y").header("location") == "/sign-in?said=oidc_failed"
        assert client.socket() == 403
