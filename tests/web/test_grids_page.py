"""The page of grids without a browser: what is empty, who sees what, a draft by presses on the map, two divisions."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import prepared
import pytest
import signed_in
import sqlalchemy as sa
from streamlit.runtime.context import ContextProxy
from streamlit.testing.v1 import AppTest

from gridmap import i18n, model
from gridmap.cartography import events
from gridmap.model import Role
from gridmap.services import communities, community_data, grid_codes, grid_proposals, grid_versions
from gridmap.store import open_store
from gridmap.web import credentials, routes

PAGE = "../../pages/grids.py"
VIEW = events.View(lat=34.2, lon=108.9, zoom=16)


def opened(monkeypatch: pytest.MonkeyPatch, store: Path, role: Role, **address: str) -> AppTest:
    monkeypatch.setenv("GRIDMAP_STORE", str(store))
    monkeypatch.delenv("GRIDMAP_DEMO", raising=False)
    monkeypatch.setattr(ContextProxy, "cookies", {credentials.SESSION: signed_in.begin(store, role)})
    monkeypatch.setattr(ContextProxy, "ip_address", "")
    page = AppTest.from_file(str(routes.SCRIPT), default_timeout=60)
    page.query_params["lang"] = "zh"
    page.run().switch_page(PAGE)
    # The first page has put its own into the address.
    for key, value in {"lang": "zh", **address}.items():
        page.query_params[key] = value
    page.run()
    assert not page.exception
    return page


def say(key: str, **fields: object) -> str:
    return i18n.text(f"grids.{key}", "zh", **fields)


def said(page: AppTest) -> str:
    told = [one.value for kind in (page.info, page.warning, page.error, page.caption, page.markdown) for one in kind]
    return "\n".join(map(str, [*told, *(one.value for one in page.get("html"))])).replace("\\", "")


def press(page: AppTest, *buildings: int) -> str:
    state = page.session_state["gridmap_grids"]
    for building in buildings:
        state.take(events.Clicked(seq=state.seen + 1, view=VIEW, target="building", id=building))
    page.run()
    assert not page.exception
    return said(page)


def test_without_buildings_or_grids_it_is_said_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    store = prepared.with_community(tmp_path / "store.gpkg")
    page = opened(monkeypatch, store, Role.SECRETARY)
    for tab in ("valid", "propose", "draft", "compare"):
        page.button_group("grids-tab").set_value(tab).run()
        assert say("compare.none" if tab == "compare" else "none.no_buildings") in said(page)


def test_without_streets_it_is_said_where_borders_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = prepared.with_demo(tmp_path / "store.gpkg")
    assert say("propose.no_lines") not in said(opened(monkeypatch, path, Role.SECRETARY, tab="propose"))
    store = open_store(str(path))
    with store.write() as session:
        session.execute(sa.delete(model.Path))
        session.execute(sa.update(model.Compound).values(walled=False))
    store.close()
    assert say("propose.no_lines") in said(opened(monkeypatch, path, Role.SECRETARY, tab="propose"))


def test_draft_follows_presses_and_two_divisions_are_compared(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    store = prepared.with_demo(tmp_path / "store.gpkg")
    page = opened(monkeypatch, store, Role.DESK, tab="draft")
    # Who may not see households in need is not told their numbers, not even by grid.
    assert say("load.need") not in said(page)
    page.button("grids-from-valid").click().run()
    assert say("check.piece") in said(page)
    data = _read(store)
    one, two = (int(n) for n in data.buildings.index[data.buildings["letter"] == "A"][:2])
    assert i18n.text("error.draft_target", "zh") in press(page, one)
    page.button_group("grids-target").set_value(1).run()
    assert say("step.move", n=1) in press(page, one)
    page.button_group("grids-tool").set_value("fix").run()
    press(page, two)
    page.button_group("grids-tool").set_value("compound").run()
    told = press(page, two)
    mine = int((data.buildings["compound_id"] == data.buildings.at[two, "compound_id"]).sum())
    assert say("step.compound", n=mine) in told
    assert say("check.colours") in told
    page.selectbox("grids-one").select(2).run()
    page.button("grids-split").click().run()
    assert say("step.split") in said(page)
    page.button("grids-mend").click().run()
    assert not page.exception
    for _ in range(4):
        page.button("grids-undo").click().run()
    assert say("step.move", n=1) in said(page)
    # It is still there for whoever comes back.
    state = page.session_state["gridmap_grids"]
    assert state.version is not None

    opened_store = open_store(str(store), create=False)
    plan = grid_proposals.propose(data, grid_proposals.Wish(k=4, stay=False, seconds=0.2, most=1))
    later = data.day + dt.timedelta(days=30)
    owner = communities.find(opened_store, None)
    grid_versions.publish(opened_store, owner, plan.proposals[0], valid_from=later, reason="<b>试</b>")
    opened_store.close()
    page.button_group("grids-tab").set_value("compare").run()
    assert not page.exception
    assert "栋楼换了网格" in said(page)
    leader = opened(monkeypatch, store, Role.STREET_LEADER, tab="draft", day=later.isoformat())
    assert list(leader.button_group("grids-tab").options) == [say("tab.valid"), say("tab.compare")]
    assert not [one for one in leader.button if one.key == "grids-withdraw"]
    assert say("version.later", day=i18n.date(later, "zh")) in str(leader.radio("grids-version").options)


def test_codes_are_looked_over_and_a_legend_is_kept_and_taken_back(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    store = prepared.with_demo(tmp_path / "store.gpkg")
    none = grid_codes.look(_read(store).grids)
    assert not none.given
    assert not none.findings
    page = opened(monkeypatch, store, Role.SECRETARY, tab="marks")
    assert say("marks.codes.none") in said(page)
    assert not [one for one in page.success if say("marks.codes.well") in one.value]
    there = open_store(str(store), create=False)
    with there.write() as session:
        for n, one in enumerate(grid_codes.look(_read(store).grids).table.index[::-1], 1):
            session.get_one(model.Grid, int(one)).official_code = f"610113001001{n:03d}"
    there.close()
    page.run()
    assert "自西向东" in said(page)
    page.button("grids-codes-take").click().run()
    assert say("marks.codes.ask", n=4) in said(page)
    grid = int(_read(store).grids.index[0])
    before = str(_read(store).grids.at[grid, "legend"])
    page.text_input(f"grids-legend-{grid}-{before}").set_value("<b>文化</b>")
    page.button("FormSubmitter:grids-legend-" + say("marks.legend.keep")).click().run()
    assert not page.exception
    assert _read(store).grids.at[grid, "legend"] == "<b>文化</b>"
    page.button("grids-marks-undo").click().run()
    assert _read(store).grids.at[grid, "legend"] == before
    assert page.text_input(f"grids-legend-{grid}-{before}").value == before


def _read(store: Path) -> community_data.CommunityData:
    opened_store = open_store(str(store), create=False)
    try:
        return community_data.read(opened_store, 1, day=community_data.today("Asia/Shanghai"))
    finally:
        opened_store.close()
