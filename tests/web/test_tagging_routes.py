"""What the page of tagging asks and sends: by whom it is taken, and that nothing is told to anybody else."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import asking
import prepared
import pytest
import signed_in
from asking import Answer
from PIL import Image
from starlette.applications import Starlette

from gridmap import model
from gridmap.exchange import photo
from gridmap.model import Role
from gridmap.services import community_data
from gridmap.services.community_data import CommunityData
from gridmap.store import Store, open_store
from gridmap.web import credentials, routes


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    opened = open_store(str(prepared.with_demo(tmp_path_factory.mktemp("tagging") / "store.gpkg")))
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
        return asking.get(self.app, path, self._cookie())

    def send(self, path: str, said: Any, **headers: str) -> Answer:
        body = said if isinstance(said, bytes) else json.dumps(said).encode()
        sign = {"X-Gridmap-Sign": credentials.form_sign(self.token)}
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return asking.get(self.app, f"/gridmap/tag/{path}", self._cookie() | sign | sent, form=body)

    def _cookie(self) -> dict[str, str]:
        return {"Cookie": f"gridmap_session={self.token}"}


@pytest.fixture
def phone(store: Store, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Gives the phone of somebody of a role, who leads these grids."""
    assert store.path is not None
    path: Path = store.path
    monkeypatch.setenv("GRIDMAP_STORE", str(path))
    app = Starlette(routes=routes.all_routes(), middleware=routes.middleware())
    return lambda role=Role.SECRETARY, grids=(): Phone(app, signed_in.begin(path, role, grids=grids))


def jpeg(colour: str) -> bytes:
    kept = io.BytesIO()
    Image.new("RGB", (120, 90), colour).save(kept, "JPEG")
    return kept.getvalue()


def said(data: CommunityData, client_id: str, **more: Any) -> dict[str, Any]:
    place = data.buildings.geometry[12].representative_point()
    told = {"client_id": client_id, "category": "lighting", "text": "灯不亮", "source": "walk"}
    return told | {"lon": place.x, "lat": place.y, "accuracy_m": 9, "ago_s": 5} | more


def test_page_names_no_session_and_runs_only_our_scripts(phone: Any) -> None:
    page = phone().get("/tag?lang=en")
    text = page.content.decode()
    assert page.status == 200
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert text.count("<script") == 2
    assert text.count('type="application/json"') == 1
    for asset in ("tag/tag.js", "tag/tag.css"):
        assert phone().get(f"/gridmap/assets/{asset}").status == 200


@pytest.mark.parametrize("role", [Role.STREET_LEADER, Role.ADMINISTRATOR])
def test_who_may_not_tag_is_told_so_and_nothing_is_taken(phone: Any, data: CommunityData, role: Role) -> None:
    one = phone(role)
    assert one.get("/tag").status == 403
    assert one.send("issues", said(data, "device-forbidden")).status == 403
    assert one.send("photos?of=device-forbidden&client_id=photo-00001", jpeg("red")).status == 403


def test_issue_with_photo_is_kept_once_and_its_photo_shown_to_those_who_see_it(
    phone: Any, store: Store, data: CommunityData
) -> None:
    grid = int(data.buildings.at[12, "grid_id"])
    one = phone(Role.GRID_WORKER, [grid])
    first, again = (one.send("issues", said(data, "device-once")) for _ in range(2))
    assert first.json() == again.json()
    query = "photos?of=device-once&client_id=photo-once1&stage=after"
    kept = [one.send(query, jpeg("red"), Content_Type="application/octet-stream").json() for _ in range(2)]
    assert kept[0] == kept[1]
    with store.read() as session:
        issue = session.get_one(model.Issue, first.json()["id"])
        photos = session.query(model.Photo).filter_by(issue_id=issue.id).all()
    assert (issue.building_id, issue.grid_id, issue.position_accuracy_m) == (12, grid, 9)
    assert [(row.stage, row.width) for row in photos] == [(model.PhotoStage.AFTER, 120)]
    shown = f"/gridmap/photos/{kept[0]['sha256']}"
    assert one.get(shown).headers["content-type"] == "image/jpeg"
    assert one.get(f"{shown}/thumb").content.startswith(b"\xff\xd8\xff")
    assert one.get(shown).headers["cache-control"] == "no-store"
    elsewhere = phone(Role.GRID_WORKER, [int(g) for g in data.grids.index if g != grid][:1])
    for stranger in (elsewhere, phone(Role.STREET_LEADER), phone(Role.VIEWER)):
        assert stranger.get(shown).status == 404
    nobody = asking.get(one.app, shown)
    assert nobody.status == 401
    assert one.get("/gridmap/photos/..%2f..%2fstore.gpkg").status == 404


@pytest.mark.parametrize("path", ["issues", "back", "voice", "look", "photos?of=device-once&client_id=photo-forged"])
def test_what_another_site_sends_is_refused(phone: Any, data: CommunityData, path: str) -> None:
    one = phone()
    for headers in ({"X_Gridmap_Sign": "0" * 64}, {"Sec_Fetch_Site": "cross-site"}):
        refused = one.send(path, said(data, "device-forged"), **headers)
        assert (refused.status, refused.json()["stale"]) == (403, True)


def test_draft_of_one_account_is_not_taken_in_the_session_of_another(phone: Any, data: CommunityData) -> None:
    before, now = phone(), phone()
    sign = {"X_Gridmap_Sign": credentials.form_sign(before.token)}
    assert now.send("issues", said(data, "device-hands"), **sign).status == 403
    assert now.get("/gridmap/tag/known").json()["account"] != before.get("/gridmap/tag/known").json()["account"]


@pytest.mark.parametrize(
    ("more", "status", "field"),
    [
        ({"text": "   "}, 422, "text"),
        ({"text": "长" * 10_000}, 422, "text"),
        ({"category": "retired_meanwhile"}, 422, "category"),
        ({"lon": 121.5, "lat": 31.2}, 422, "geom"),
        ({"lon": None, "lat": "NaN"}, 422, "building_id"),
        ({"client_id": "x"}, 422, None),
        ({"client_id": ["device"]}, 422, None),
        ({"building": 10**30}, 200, None),
        ({"ago_s": "Infinity", "accuracy_m": "-inf"}, 200, None),
    ],
)
def test_bad_input_is_answered_in_words(
    phone: Any, data: CommunityData, more: dict[str, Any], status: int, field: str | None
) -> None:
    answer = phone().send("issues?lang=en", said(data, f"device-{status}-{field}") | more)
    assert answer.status == status, answer.content
    if status == 422:
        assert answer.json()["error"]
        assert field is None or field in answer.json()["fields"]


@pytest.mark.parametrize("body", [b"", b"[1]", b"{", b"[" * 50_000, b'{"text": "' + b"a" * 70_000 + b'"}'])
def test_what_is_no_message_is_refused(phone: Any, body: bytes) -> None:
    assert phone().send("issues", body).status in (400, 413)


def test_bad_photos_are_refused_in_a_sentence_and_not_read_further_than_they_may_be(
    phone: Any, data: CommunityData, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(photo, "LARGEST_MB", 1)
    one = phone()
    one.send("issues", said(data, "device-bad-photo"))
    for body in (b"", b"no photo", jpeg("red")[:200], b"\xff\xd8\xff" + b"0" * 1_200_000):
        for path in ("photos?of=device-bad-photo&client_id=photo-bad01", "look?whole=1"):
            refused = one.send(f"{path}&lang=en", body)
            assert (refused.status, refused.json()["photo"]) == (422, True)
            assert "all else is still there" in refused.json()["error"]


def test_place_building_and_doubles_are_told_in_words(phone: Any, store: Store, data: CommunityData) -> None:
    one = phone()
    place = data.buildings.geometry[12].representative_point()
    near = one.get(f"/gridmap/tag/near?lon={place.x}&lat={place.y}&accuracy=12&lang=en").json()
    assert near["building_id"] == 12
    assert near["grid"]
    assert one.get("/gridmap/tag/near?building=12").json()["building"] == near["building"].replace(" ", "")
    assert one.get("/gridmap/tag/near?lon=121.5&lat=31.2").json()["outside_m"] > 100_000
    assert one.get("/gridmap/tag/near?lon=200&lat=x").status == 422
    found = one.get(f"/gridmap/tag/find?q={quote(data.buildings.at[12, 'number'])}").json()
    assert found
    assert {hit["target"] for hit in found} == {"building"}
    made = one.send("issues", said(data, "device-doubled", category="gas", text="有燃气味 13800138000")).json()
    doubles = one.get(f"/gridmap/tag/doubles?category=gas&building=12&lon={place.x}&lat={place.y}&lang=en").json()
    double = next(one for one in doubles if one["id"] == made["id"])
    assert double["away"] == "same building · today"
    assert "13800138000" not in json.dumps(doubles)
    for _ in range(2):
        voice = one.send(
            "voice", {"issue": made["id"], "text": "也闻到了", "source": "walk", "client_id": "voice-1234"}
        )
        assert voice.json() == {"id": made["id"], "code": made["code"]}
    with store.read() as session:
        assert session.query(model.IssueVoice).filter_by(client_id="voice-1234").count() == 1
    assert one.send("back", {"client_id": "device-doubled"}).status == 200
    assert one.send("voice", {"issue": made["id"], "source": "walk", "client_id": "voice-9999"}).status == 404


def test_revision_is_told_to_those_who_see_the_map(phone: Any, store: Store) -> None:
    assert phone(Role.VIEWER).get("/gridmap/revision/1").json() == {"revision": store.revision(1)}
    assert phone().get("/gridmap/revision/77").status == 404
    assert phone().get("/gridmap/revision/x").status == 404
