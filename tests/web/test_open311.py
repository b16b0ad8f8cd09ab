"""Open311 GeoReport v2: answers as the specification writes them, behind a key, and nobody named."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

import asking
import prepared
import pytest
import sqlalchemy as sa
from starlette.applications import Starlette

from gridmap import model
from gridmap.services import accounts, api_keys, audit, key_file
from gridmap.store import Store, open_store
from gridmap.web import open311, routes

NOW = dt.datetime.now(dt.UTC)
# Fields of a request, in the specification's order.
FIELDS = [
    *("service_request_id", "status", "status_notes", "service_name", "service_code", "description"),
    *("agency_responsible", "service_notice", "requested_datetime", "updated_datetime", "expected_datetime"),
    *("address", "address_id", "zipcode", "lat", "long", "media_url"),
]
W3 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
PLACE = {"lat": "34.2310", "long": "108.9157"}


@dataclass(frozen=True)
class Client:
    """Another program."""

    app: Starlette

    def get(self, path: str, params: dict[str, str] | None = None, **headers: str) -> asking.Answer:
        return asking.get(self.app, f"{path}?{urlencode(params or {})}", headers)

    def post(self, path: str, form: dict[str, str]) -> asking.Answer:
        return asking.get(self.app, path, form=urlencode(form).encode())


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return prepared.with_demo(tmp_path_factory.mktemp("open311") / "store.gpkg")


@pytest.fixture(scope="module")
def store(path: Path) -> Iterator[Store]:
    opened = open_store(str(path), create=False)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def key(store: Store) -> str:
    return api_keys.make(store, None, 1, name="街道平台", now=NOW)[1]


@pytest.fixture
def web(path: Path, monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setenv("GRIDMAP_STORE", str(path))
    monkeypatch.delenv("GRIDMAP_DEMO", raising=False)
    open311._pace.cache_clear()
    return Client(Starlette(routes=routes.all_routes(), middleware=routes.middleware()))


def asked(web: Client, key: str, path: str, **said: str) -> Any:
    answer = web.get(f"/open311/v2/{path}", params={"api_key": key, "lang": "en", **said})
    assert answer.status == 200, answer.content
    return answer.json() if path.endswith("json") else ElementTree.fromstring(answer.content)


def sent(web: Client, key: str, **said: str) -> asking.Answer:
    form = {"api_key": key, "service_code": "drainage", **PLACE, **said}
    return web.post("/open311/v2/requests.json", form)


@pytest.mark.parametrize("form", ["xml", "json"])
@pytest.mark.parametrize("wrong", ["", "gm_wrong", "revoked"])
def test_nothing_is_told_without_a_key(web: Client, store: Store, form: str, wrong: str) -> None:
    if wrong == "revoked":
        made, wrong = api_keys.make(store, None, 1, name="旧平台", now=NOW)
        api_keys.revoke(store, None, made.id or 0, now=NOW)
    answer = web.get(f"/open311/v2/services.{form}", params={"api_key": wrong} if wrong else {})
    assert answer.status == 403
    if form == "json":
        (told,) = answer.json()
        assert told["code"] == 403
        assert "api_key" in told["description"]
    else:
        root = ElementTree.fromstring(answer.content)
        assert (root.tag, root[0].tag, root[0].findtext("code")) == ("errors", "error", "403")
        assert answer.headers["content-type"] == "text/xml; charset=utf-8"
    with store.write() as session:
        session.execute(sa.delete(model.SignInTry))


def test_key_opens_nothing_else(web: Client, key: str) -> None:
    for address in ("/", "/gridmap/layers/1/zh/issues.json", "/open311", "/open311/v1/services.json"):
        answer = web.get(address, params={"api_key": key}, **{"x-api-key": key})
        assert answer.status in (303, 401), address
    assert web.get("/open311/v2/services.pdf", params={"api_key": key}).status == 404


def test_services_are_the_categories(web: Client, key: str) -> None:
    as_json = asked(web, key, "services.json")
    root = asked(web, key, "services.xml")
    assert root.tag == "services"
    assert [one.tag for one in root] == ["service"] * len(as_json)
    first = root[0]
    assert [one.tag for one in first] == list(as_json[0])
    assert list(as_json[0]) == [
        *("service_code", "service_name", "description", "metadata", "type", "keywords", "group")
    ]
    assert (first.findtext("metadata"), first.findtext("type")) == ("false", "realtime")
    assert as_json[0]["metadata"] is False
    assert asked(web, key, "services/drainage.json") == {"service_code": "drainage", "attributes": []}
    assert asked(web, key, "services/drainage.xml").findtext("service_code") == "drainage"


def test_requests_are_as_the_specification_writes_them(web: Client, key: str) -> None:
    as_json = asked(web, key, "requests.json")
    root = asked(web, key, "requests.xml")
    assert 10 < len(as_json) == len(root) <= 1000
    assert root.tag == "service_requests"
    assert {one.tag for one in root} == {"request"}
    for told, element in zip(as_json, root, strict=True):
        assert list(told) == FIELDS == [one.tag for one in element]
        assert told["service_request_id"] == element.findtext("service_request_id")
        assert told["status"] in ("open", "closed")
        assert W3.fullmatch(told["requested_datetime"])
        assert told["updated_datetime"] >= told["requested_datetime"]
    times = [told["requested_datetime"] for told in as_json]
    assert times == sorted(times, reverse=True)
    assert NOW - dt.timedelta(days=91) < dt.datetime.fromisoformat(times[-1])
    one = asked(web, key, f"requests/{as_json[3]['service_request_id']}.json")
    assert one == [as_json[3]]


def test_requests_are_filtered(web: Client, key: str) -> None:
    whole = asked(web, key, "requests.json")
    for state in ("open", "closed"):
        assert {told["status"] for told in asked(web, key, "requests.json", status=state)} == {state}
    assert len(asked(web, key, "requests.json", status="open,closed")) == len(whole)
    codes = {told["service_code"] for told in asked(web, key, "requests.json", service_code="drainage,road")}
    assert codes == {"drainage", "road"}
    since = (NOW - dt.timedelta(days=20)).strftime("%Y-%m-%dT%H:%M:%SZ")
    late = asked(web, key, "requests.json", start_date=since)
    assert 0 < len(late) < len(whole)
    assert all(told["requested_datetime"] >= since for told in late)
    two = ",".join(told["service_request_id"] for told in whole[:2])
    assert asked(web, key, "requests.json", service_request_id=two, status="nonsense") == whole[:2]


@pytest.mark.parametrize(
    ("address", "said", "status"),
    [
        ("services/dragons.json", {}, 404),
        ("requests.json", {"service_code": "dragons"}, 404),
        ("requests/nothing.json", {}, 404),
        ("requests.json", {"jurisdiction_id": "city.gov"}, 404),
        ("requests.json", {"status": "asleep"}, 400),
        ("requests.json", {"start_date": "yesterday"}, 400),
        ("requests.json", {"start_date": "2026-01-01T00:00:00"}, 400),
        ("requests.json", {"start_date": "2026-01-01T00:00:00Z", "end_date": "2026-09-01T00:00:00Z"}, 400),
        ("requests.json", {"start_date": "2026-09-02T00:00:00Z", "end_date": "2026-09-01T00:00:00Z"}, 400),
    ],
)
def test_what_cannot_be_answered_is_said(
    web: Client, key: str, address: str, said: dict[str, str], status: int
) -> None:
    answer = web.get(f"/open311/v2/{address}", params={"api_key": key, **said})
    assert answer.status == status
    assert answer.json()[0]["code"] == status
    assert answer.json()[0]["description"]


def test_request_becomes_an_issue_and_names_nobody(web: Client, store: Store, key: str) -> None:
    text = "井盖 <b>松动</b> & 响，请回电13800002777"
    person = {"first_name": "某", "last_name": "欧阳", "phone": "13800002778", "email": "a@example.org"}
    answer = sent(web, key, description=text, device_id="d1", **person)
    assert answer.status == 201, answer.content
    (made,) = answer.json()
    assert list(made) == ["service_request_id", "service_notice", "account_id"]
    code = made["service_request_id"]
    again = sent(web, key, description=text, device_id="d1", **person).json()
    assert again[0]["service_request_id"] == code
    with store.read() as session:
        found = session.scalars(sa.select(model.Issue).where(accounts.columns(model.Issue).code == code)).all()
        moves = session.scalars(
            sa.select(model.IssueEvent).where(accounts.columns(model.IssueEvent).issue_id == found[0].id)
        ).all()
    assert (len(found), len(moves)) == (1, 1)
    issue, ring = found[0], key_file.opening().ring
    assert (issue.text, issue.source, issue.category) == (text, model.IssueSource.VISITOR, "drainage")
    assert (ring.open(issue.contact_name), ring.open(issue.contact_phone)) == ("欧阳某", "13800002778")
    assert issue.grid_id is not None
    assert audit.search(store, None, action="open311_reported").iloc[0]["target"] == f"街道平台 · {code}"
    told = asked(web, key, f"requests/{code}.json")[0]
    assert told["description"] == "井盖 <b>松动</b> & 响，请回电138****2777"
    assert abs(told["lat"] - 34.2310) < 1e-6
    element = asked(web, key, f"requests/{code}.xml")[0]
    assert element.findtext("description") == told["description"]
    other = api_keys.make(store, None, 1, name="别的平台", now=NOW)[1]
    assert asked(web, other, f"requests/{code}.json")[0]["description"] is None
    everything = web.get("/open311/v2/requests.xml", params={"api_key": key}).content.decode()
    assert not re.search("13800002777|13800002778|欧阳|example", everything)


def test_confidential_issues_are_left_out(web: Client, store: Store, key: str) -> None:
    code = sent(web, key, description="保密事项").json()[0]["service_request_id"]
    with store.write() as session:
        issue = session.scalars(sa.select(model.Issue).where(accounts.columns(model.Issue).code == code)).one()
        issue.confidential = True
    assert web.get(f"/open311/v2/requests/{code}.json", params={"api_key": key}).status == 404
    assert code not in web.get("/open311/v2/requests.json", params={"api_key": key}).content.decode()


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"service_code": ""}, 400),
        ({"service_code": "dragons"}, 404),
        ({"lat": "", "long": ""}, 400),
        ({"long": ""}, 400),
        ({"lat": "nan"}, 400),
        ({"lat": "91"}, 400),
        ({"lat": "40.0"}, 400),
        ({"lat": "", "long": "", "address_id": "99999"}, 404),
        ({"description": "长" * 4001}, 400),
        ({"description": "长" * 30_000}, 400),
        ({"jurisdiction_id": "city.gov"}, 404),
    ],
)
def test_request_that_cannot_be_kept_is_refused(
    web: Client, store: Store, key: str, said: dict[str, str], status: int
) -> None:
    before = len(store.frame(model.Issue, 1))
    answer = sent(web, key, **said)
    assert answer.status == status, answer.content
    assert len(store.frame(model.Issue, 1)) == before


@pytest.mark.parametrize("place", [{"address_id": "1"}, {"address_string": "槐荫家属院东门外"}])
def test_place_may_be_an_address(web: Client, store: Store, key: str, place: dict[str, str]) -> None:
    answer = sent(web, key, lat="", long="", description=f"灯不亮 {place}", **place)
    assert answer.status == 201, answer.content
    told = asked(web, key, f"requests/{answer.json()[0]['service_request_id']}.json")[0]
    assert (told["lat"] is not None) == ("address_id" in place)


def test_too_many_calls_have_to_wait(web: Client, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pace = open311.Pace(3)
    monkeypatch.setattr(open311, "_pace", lambda: pace)
    answers = [web.get("/open311/v2/services.xml", params={"api_key": key}) for _ in range(5)]
    assert [one.status for one in answers] == [200, 200, 200, 429, 429]
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 60
    assert ElementTree.fromstring(answers[-1].content).tag == "errors"


def test_guessing_keys_is_locked_out(web: Client, store: Store) -> None:
    answers = [web.get("/open311/v2/services.json", params={"api_key": f"gm_{n}"}).status for n in range(8)]
    assert answers[0] == 403
    assert answers[-1] == 429
    with store.write() as session:
        session.execute(sa.delete(model.SignInTry))
