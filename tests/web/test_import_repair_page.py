"""Drawn grids with gaps and overlaps, taken in on the page of data: their repair goes on as a draft."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import geopandas as gpd
import prepared
import pytest
import signed_in
from streamlit.runtime.context import ContextProxy
from streamlit.testing.v1 import AppTest

from gridmap import model
from gridmap.model import Role
from gridmap.services import community_data, grid_repair
from gridmap.store import open_store
from gridmap.web import credentials, routes, upload


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
    given = SimpleNamespace(name=path.name, getbuffer=path.read_bytes, file_id="1")
    monkeypatch.setattr(upload, "file", lambda *_, **__: given)
    monkeypatch.setenv("GRIDMAP_STORE", str(store))
    monkeypatch.delenv("GRIDMAP_DEMO", raising=False)
    monkeypatch.setattr(ContextProxy, "cookies", {credentials.SESSION: signed_in.begin(store, Role.SECRETARY)})
    monkeypatch.setattr(ContextProxy, "ip_address", "")
    page = AppTest.from_file(str(routes.SCRIPT), default_timeout=90)
    page.query_params["lang"] = "zh"
    page.run().switch_page("../../pages/data.py").run()
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
