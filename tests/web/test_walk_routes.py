"""What the page of a walk sends: by whom it is taken, once, and over nobody's head."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asking
import prepared
import pytest
import signed_in
from asking import Answer
from PIL import Image
from starlette.applications import Starlette

from gridmap import model
from gridmap.model import Role
from gridmap.services import community_data
from gridmap.services.community_data import CommunityData
from gridmap.store import Store, open_store
from gridmap.web import credentials, routes


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    opened = open_store(str(prepared.with_demo(tmp_path_factory.mktemp("walking") / "store.gpkg")))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def data(store: Store) -> CommunityData:
    return community_data.read(store, 1, day=community_data.today("Asia/Shanghai"))


@dataclass(frozen=True)
class Phone:
    """Somebody's phone."""

    app: Starlette
    token: str

    def get(self, path: str) -> Answer:
        return asking.get(self.app, path, {"Cookie": f"gridmap_session={self.token}"})

    def send(self, path: str, said: Any, **headers: str) -> Answer:
        body = said if isinstance(said, bytes) else json.dumps(said).encode()
        sign = {"Cookie": f"gridmap_session={self.token}", "X-Gridmap-Sign": credentials.form_sign(self.token)}
        return asking.get(self.app, f"/gridmap/walk/{path}", sign | headers, form=body)

    def known(self) -> dict[str, Any]:
        return dict(self.get("/gridmap/walk/known?lang=en").json())


@pytest.fixture
def phone(store: Store, monkeypatch: pytest.MonkeyPatch) -> Any:
    assert store.path is not None
    path: Path = store.path
    monkeypatch.setenv("GRIDMAP_STORE", str(path))
    app = Starlette(routes=routes.all_routes(), middleware=routes.middleware())
    return lambda role=Role.SECRETARY, grids=(): Phone(app, signed_in.begin(path, role, grids=grids))


def act(stop: dict[str, Any], outcome: str, client_id: str, **more: Any) -> dict[str, Any]:
    told = {"stop": stop["id"], "key": stop["key"], "client_id": client_id, "follows": [stop["record"]]}
    return told | {"outcome": outcome, "note": "", "handling": "", "came_ago_s": 90, "ago_s": 30} | more


def test_page_tells_the_walk_to_those_who_have_to_do_with_it(phone: Any, data: CommunityData) -> None:
    page = phone().get("/walk?lang=en")
    assert page.status == 200
    assert "script-src 'self'" in page.headers["content-security-policy"]
    text = page.content.decode()
    assert text.count('type="application/json"') == 1
    assert text.count("<script") == 2
    for asset in ("walk/walk.js", "walk/walk.css"):
        assert phone().get(f"/gridmap/assets/{asset}").status == 200
    walk = int(data.walks.index[data.walks["state"] == "planned"][0])
    grid = int(data.walks.at[walk, "grid_id"])
    assert phone(Role.GRID_WORKER, [grid]).known()["walk"] == walk
    elsewhere = phone(Role.GRID_WORKER, [int(one) for one in data.grids.index if one != grid][:1])
    assert elsewhere.get("/walk").status == 404
    assert elsewhere.get(f"/walk?w={walk}").status == 403
    assert phone().get("/walk?w=999999").status == 404
    for role in (Role.STREET_LEADER, Role.ADMINISTRATOR, Role.VIEWER):
        assert phone(role).get("/walk").status == 403


def test_acts_are_kept_once_and_both_versions_are_told(phone: Any, store: Store) -> None:
    one, other = phone(), phone()
    known = one.known()
    first, second, *_ = known["stops"]
    said = {"walk": known["walk"], "acts": [act(first, "seen", "phone-act-01", note="要装电梯")]}
    assert one.send("stops", said).json() == {"recorded": 1, "already": 0, "clashes": [], "gone": []}
    assert one.send("stops", said).json()["already"] == 1
    again = {"walk": known["walk"], "acts": [act(first, "nobody_home", "phone-act-02")]}
    (clash,) = other.send("stops", again).json()["clashes"]
    assert (clash["here"], clash["here_note"], clash["here_record"]) == ("seen", "要装电梯", "phone-act-01")
    chosen = other.send("stops", again | {"choices": {"phone-act-02": "here"}}).json()
    assert chosen["clashes"] == []
    assert other.known()["stops"][0]["outcome"] == "seen"
    gone = act(second, "seen", "phone-act-03") | {"stop": 999_999, "key": ""}
    assert one.send("stops", {"walk": known["walk"], "acts": [gone]}).json()["gone"] == ["phone-act-03"]
    assert one.send("came", {"walk": known["walk"], "stop": second["id"], "ago_s": 10}).status == 200
    with store.read() as session:
        assert session.get_one(model.Stop, second["id"]).came_at is not None


def test_issue_of_a_stop_is_settled_at_once_and_a_track_comes_once(phone: Any, store: Store) -> None:
    one = phone()
    known = one.known()
    stop = known["stops"][0]
    said = {"walk": known["walk"], "client_id": "phone-issue-01", "key": stop["key"], "category": "lighting"}
    said |= {"text": "灯不亮", "spot": "换了灯泡", "ago_s": 5}
    made = [one.send("issues", said).json() for _ in range(2)]
    assert made[0] == made[1]
    with store.read() as session:
        issue = session.get_one(model.Issue, made[0]["id"])
        assert (issue.state, issue.spot, issue.walk_id) == (model.IssueState.CLOSED, True, known["walk"])
        assert issue.building_id == stop["building"]
    places = [[108.92, 34.23, 0], [108.921, 34.23, 60]]
    track = {"walk": known["walk"], "client_id": "phone-track-1", "ago_s": 120, "places": places}
    assert one.send("track", track).json() == one.send("track", track).json()
    assert one.send("track", track | {"client_id": "phone-track-2", "places": [[1]]}).status == 422
    assert one.send("forget", {"walk": known["walk"], "client_id": "phone-track-1"}).status == 200
    with store.read() as session:
        assert session.query(model.WalkTrack).count() == 0
    assert one.send("finish", {"walk": known["walk"]}).status == 200


PATHS = ("stops", "came", "issues", "photos", "shots", "unshot", "track", "forget", "finish")


def test_photo_of_a_stop_is_kept_once_told_again_and_taken_back(phone: Any) -> None:
    one, colleague = phone(), phone(Role.DESK)
    known = one.known()
    stop = known["stops"][0]
    picture = io.BytesIO()
    Image.new("RGB", (60, 40), "red").save(picture, "JPEG")
    where = f"shots?walk={known['walk']}&stop={stop['id']}&key={stop['key']}&client_id=phone-shot-1"
    made = [one.send(where, picture.getvalue()).json() for _ in range(2)]
    assert made[0] == made[1]
    assert one.known()["stops"][0]["photos"] == [{"client_id": "phone-shot-1", "sha256": made[0]["sha256"]}]
    shown = f"/gridmap/photos/{made[0]['sha256']}/thumb"
    assert (one.get(shown).status, colleague.get(shown).status) == (200, 404)
    assert one.send(where.replace("shot-1", "shot-2"), b"no picture").status == 422
    for _ in range(2):
        assert one.send("unshot", {"client_id": "phone-shot-1"}).status == 200
    assert (one.known()["stops"][0]["photos"], one.get(shown).status) == ([], 404)


def test_what_another_site_or_a_stranger_sends_is_refused(phone: Any) -> None:
    one, stranger = phone(), phone(Role.STREET_LEADER)
    said = {"walk": one.known()["walk"], "acts": [], "client_id": "phone-forged", "places": [[108.9, 34.2, 0]] * 2}
    for path in PATHS:
        forged = one.send(path, said, **{"X-Gridmap-Sign": "0" * 64})
        assert (forged.status, forged.json()["stale"]) == (403, True), path
        assert stranger.send(path, said).status == 403, path


def test_bad_input_is_answered_in_words(phone: Any) -> None:
    one = phone()
    walk = one.known()["walk"]
    for path, more, status in (
        ("stops", {"acts": "all"}, 422),
        ("stops", {"acts": [{"outcome": "vanished"}]}, 422),
        ("stops", {"acts": [{"outcome": "seen", "follows": [], "client_id": "x"}]}, 422),
        ("stops", {"walk": "1; DROP", "acts": []}, 404),
        ("issues", {"client_id": "phone-bad-0001", "text": "", "category": "lighting"}, 422),
        ("came", {"stop": "Infinity"}, 422),
    ):
        answer = one.send(f"{path}?lang=en", {"walk": walk} | more)
        assert (answer.status, bool(answer.json()["error"])) == (status, True), (path, more)
