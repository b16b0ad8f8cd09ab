"""What the browser fetches beside the page: layers, tagged and compressed, and no file but the program's own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import asking
import prepared
import pytest
import signed_in
import sqlalchemy as sa
from asking import Answer
from shapely import Point
from starlette.applications import Starlette

from gridmap import model
from gridmap.cartography import assets, overview_map
from gridmap.services import layers
from gridmap.store import open_store
from gridmap.web import routes


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return prepared.with_demo(tmp_path_factory.mktemp("routes") / "store.gpkg")


@dataclass(frozen=True)
class Client:
    """Asks the app's own routes."""

    app: Starlette
    token: str

    def get(self, address: str, headers: Mapping[str, str] | None = None) -> Answer:
        return asking.get(self.app, address, {"Cookie": f"gridmap_session={self.token}", **(headers or {})})


@pytest.fixture
def client(path: Path, monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setenv("GRIDMAP_STORE", str(path))
    app = Starlette(routes=routes.all_routes(), middleware=routes.middleware())
    return Client(app, signed_in.begin(path))


@pytest.mark.parametrize("name", layers.NAMES)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_layer_is_geojson_compressed_and_tagged(client: Client, name: str, language: str) -> None:
    answer = client.get(f"/gridmap/layers/1/{language}/{name}.json")
    assert answer.status == 200
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["content-type"].startswith("application/geo+json")
    assert "private" in answer.headers["cache-control"]
    assert answer.json()["type"] == "FeatureCollection"
    assert answer.json()["features"]
    again = client.get(f"/gridmap/layers/1/{language}/{name}.json", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status == 304
    assert again.content == b""
    weak = client.get(
        f"/gridmap/layers/1/{language}/{name}.json", headers={"If-None-Match": f'"x", W/{answer.headers["etag"]}'}
    )
    assert weak.status == 304


def test_browser_that_knows_no_gzip_gets_it_plain(client: Client) -> None:
    plain = client.get("/gridmap/layers/1/zh/grids.json", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    packed = client.get("/gridmap/layers/1/zh/grids.json")
    assert plain.json() == packed.json()
    refused = client.get("/gridmap/layers/1/zh/grids.json", headers={"Accept-Encoding": "gzip;q=0"})
    assert "content-encoding" not in refused.headers


def test_languages_have_tags_of_their_own(client: Client) -> None:
    tags = {client.get(f"/gridmap/layers/1/{language}/stops.json").headers["etag"] for language in ("zh", "en")}
    assert len(tags) == 2


def test_change_in_the_store_makes_another_answer(client: Client, path: Path) -> None:
    before = client.get("/gridmap/layers/1/zh/issues.json")
    store = open_store(str(path))
    with store.write() as session:
        session.add(
            model.Issue(
                community_id=1,
                code="TB-NEW",
                reported_at=dt.datetime.now(dt.UTC),
                source=model.IssueSource.WALK,
                category="lighting",
                text="路灯不亮",
                geom=Point(108.92, 34.23),
            )
        )
    store.close()
    after = client.get("/gridmap/layers/1/zh/issues.json", headers={"If-None-Match": before.headers["etag"]})
    assert after.status == 200
    assert len(after.json()["features"]) == len(before.json()["features"]) + 1


@pytest.mark.parametrize(
    "address",
    [
        "/gridmap/layers/2/zh/grids.json",
        "/gridmap/layers/99999999999999999999/zh/grids.json",
        f"/gridmap/layers/{'9' * 5000}/zh/grids.json",
        "/gridmap/layers/%D9%A1/zh/grids.json",
        "/gridmap/layers/0/zh/grids.json",
        "/gridmap/layers/-1/zh/grids.json",
        "/gridmap/layers/1/fr/grids.json",
        "/gridmap/layers/1/zh/staff.json",
        "/gridmap/layers/1/zh/../grids.json",
        "/gridmap/layers/x/zh/grids.json",
        "/gridmap/layers/1/zh/grids",
    ],
)
def test_what_there_is_not_is_not_found(client: Client, address: str) -> None:
    assert client.get(address).status == 404


@pytest.mark.parametrize(
    "path_asked",
    [
        "../../pyproject.toml",
        "client/../overview_map.py",
        "client/%2e%2e/overview_map.py",
        "vendor/..%2f..%2foverview_map.py",
        "vendor/../../__init__.py",
        "vendor//etc/passwd",
        "vendor/%00",
        "vendor/..%5c..%5cassets.py",
        "icons/../catalogues/service_kinds.json",
        "icons/",
        "fonts/../NotoSansSC-Regular.ttf",
        "/etc/passwd",
        "client/",
        "vendor",
        "",
    ],
)
def test_no_path_leads_out_of_the_programs_own_files(client: Client, path_asked: str) -> None:
    answer = client.get(f"/gridmap/assets/{path_asked}")
    assert answer.status == 404
    assert answer.content in (b"", b"Not Found")


def test_own_files_are_served_and_may_be_kept(client: Client) -> None:
    for path_asked, media_type in (
        ("vendor/leaflet/dist/leaflet.css", "text/css"),
        ("client/gridmap.css", "text/css"),
        ("icons/station.svg", "image/svg+xml"),
    ):
        kept = client.get(f"/gridmap/assets/{path_asked}?v=abc")
        assert kept.headers["content-type"].startswith(media_type)
        assert "immutable" in kept.headers["cache-control"]
        assert kept.headers["x-content-type-options"] == "nosniff"
        assert "immutable" not in client.get(f"/gridmap/assets/{path_asked}").headers["cache-control"]
    assert client.get("/gridmap/assets/fonts/regular").content[:4] in (b"\x00\x01\x00\x00", b"OTTO")


def test_every_vendored_file_the_map_names_is_there(client: Client) -> None:
    for file in assets.vendor_dir().rglob("*.png"):
        relative = file.relative_to(assets.vendor_dir()).as_posix()
        assert client.get(f"/gridmap/assets/vendor/{relative}").status == 200
    assert overview_map.client_dir().is_dir()


def test_store_that_cannot_be_read_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "store.gpkg"
    broken.write_bytes(b"SQLite format 3\0" + b"\0" * 200)
    monkeypatch.setenv("GRIDMAP_STORE", str(broken))
    app = Starlette(routes=routes.all_routes(), middleware=routes.middleware())
    answer = asking.get(app, "/gridmap/layers/1/zh/grids.json", {"Cookie": "gridmap_session=any"})
    assert answer.status == 503
    assert "store.gpkg" in answer.json()["error"]


def test_value_another_program_wrote_is_told_and_not_a_fault_of_ours(client: Client, path: Path) -> None:
    store = open_store(str(path))
    with store.write() as session:
        session.execute(sa.text("UPDATE issue SET state = 'banana' WHERE id = 3"))
    try:
        answer = client.get("/gridmap/layers/1/zh/issues.json")
        assert answer.status == 503
        assert "表 issue 第 3 号记录的 state 列里有 banana" in answer.json()["error"]
    finally:
        with store.write() as session:
            session.execute(sa.text("UPDATE issue SET state = 'recorded' WHERE id = 3"))
        store.close()
