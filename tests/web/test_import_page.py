"""Files taken in on the page of data: a repair of grids goes on as a draft, kinds nobody knows are asked about."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import geopandas as gpd
import prepared
import pytest
import signed_in
from streamlit.runtime.context import ContextProxy
from streamlit.testing.v1 import AppTest

from gridmap import i18n, model
from gridmap.model import Role
from gridmap.services import community_data, grid_repair
from gridmap.store import open_store
from gridmap.web import credentials, routes, upload


def opened(store: Path, file: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """Return the page of data as the secretary has it who has just given a file."""
    given = SimpleNamespace(name=file.name, getbuffer=file.read_bytes, file_id="1")
    monkeypatch.setattr(upload, "file", lambda *_, **__: given)
    monkeypatch.setenv("GRIDMAP_STORE", str(store))
    monkeypatch.delenv("GRIDMAP_DEMO", raising=False)
    monkeypatch.setattr(ContextProxy, "cookies", {credentials.SESSION: signed_in.begin(store, Role.SECRETARY)})
    monkeypatch.setattr(ContextProxy, "ip_address", "")
    page = AppTest.from_file(str(routes.SCRIPT), default_timeout=90)
    page.query_params["lang"] = "zh"
    page.run().switch_page("../../pages/data.py").run()
    return page


def test_a_repair_goes_on_as_a_draft(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    store = prepared.with_demo(tmp_path / "store.gpkg")
    there = open_store(str(store), create=False)
    data = community_data.read(there, 1, day=community_data.today("Asia/Shanghai"))
    shapes = data.grids.to_crs(data.buildings_m.crs).geometry.tolist()
    drawn = gpd.GeoDataFrame(
        {"网格名称": data.grids["name"].tolist()},
        geometry=[shapes[0].buffer(8), *shapes[1:3], shapes[3].buffer(-6), shapes[4]],
        crs=data.buildings_m.crs,
    )
    path = tmp_path / "网格.geojson"
    drawn.to_crs(4326).to_file(path, driver="GeoJSON")
    page = opened(store, path, monkeypatch)
    assert not page.exception
    (repair,) = [one for one in page.toggle if str(one.key).startswith("repair-")]
    repair.set_value(True).run()
    assert not page.exception
    assert not [one for one in page.button if one.key == "import-keep-it"]
    page.button("repair-draft").click().run()
    assert not page.exception
    assert page.session_state["gridmap_grids"].tab == "draft"
    with there.read() as session:
        (row,) = session.query(model.GridDraft).all()
        kept = row.content
    there.close()
    assert '"repaired":"{' in kept
    assert grid_repair.from_json("").empty


def test_kinds_that_nobody_knows_are_made_or_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    store, path = prepared.with_demo(tmp_path / "store.gpkg"), tmp_path / "points.csv"
    rows = ("名称,服务类型,经度,纬度", "东院,理发,108.9162,34.2312", "西院,乒乓活动室,108.9165,34.2313")
    path.write_text("\n".join(rows), encoding="utf-8")
    page = opened(store, path, monkeypatch)
    assert not page.error, "all rows are refused, and that is said"
    page.selectbox("import-kind-理发").set_value("")
    page.selectbox("import-kind-乒乓活动室").set_value("table_tennis")
    next(one for one in page.button if one.label == i18n.text("data.kinds.take", "zh")).click().run()
    assert not page.error, "a file may call its columns as we do"
    assert not [one for one in page.selectbox if str(one.key).startswith("import-kind-")]
    page.button("import-keep-it").click().run()
    monkeypatch.setattr(upload, "file", lambda *_, **__: None)
    page.run()
    there = open_store(str(store), create=False)
    data = community_data.read(there, 1, day=community_data.today("Asia/Shanghai"))
    there.close()
    kinds = data.points.set_index("name")["kind"].map(lambda code: data.kinds.label(code, "zh"))
    assert (kinds["东院"], kinds["西院"]) == ("理发", "乒乓球")
