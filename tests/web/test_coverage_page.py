"""The page of coverage, run without a browser: several kinds, groups, what is odd, the picture."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import prepared
import pytest
import signed_in
import sqlalchemy as sa
from streamlit.runtime.context import ContextProxy
from streamlit.testing.v1 import AppTest

from gridmap import i18n, model
from gridmap.model import Role
from gridmap.store import open_store
from gridmap.web import credentials, routes

PAGE = "../../pages/coverage.py"
Open = Callable[..., AppTest]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return prepared.with_demo(tmp_path_factory.mktemp("coverage") / "store.gpkg")


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Open:
    def at(store: Path, token: str, **address: str) -> AppTest:
        monkeypatch.setenv("GRIDMAP_STORE", str(store))
        monkeypatch.delenv("GRIDMAP_DEMO", raising=False)
        monkeypatch.setattr(ContextProxy, "cookies", {credentials.SESSION: token})
        page = AppTest.from_file(str(routes.SCRIPT), default_timeout=60)
        for key, value in {"lang": "zh", **address}.items():
            page.query_params[key] = value
        page = page.run().switch_page(PAGE).run()
        assert not page.exception
        return page

    return at


def figures(page: AppTest) -> str:
    return " ".join(str(one.value) for one in page.get("html") if '<dl class="gm-figures">' in str(one.value))


def table(page: AppTest) -> pd.DataFrame:
    found: pd.DataFrame = page.dataframe[-1].value
    return found


def test_several_kinds_are_chosen_told_and_kept_in_the_address(opened: Open, filled: Path) -> None:
    page = opened(filled, signed_in.begin(filled))
    assert "已覆盖（户）" in figures(page)
    page.selectbox("reach-kind").select("several").run()
    page.multiselect("reach-kinds").set_value(["station", "chess"]).run()
    assert not page.exception
    assert "一类也走不到（户）" in figures(page)
    assert "已覆盖（户）" not in figures(page)
    assert page.query_params["kinds"] == "station,chess"
    rows = table(page)
    assert len(rows) == 53
    assert {"走得到几类", "缺哪些", "邻里服务站（米）", "棋牌（米）"} <= set(rows.columns)
    near = (rows["走得到几类"] == 2).sum()
    page.selectbox("reach-distance").select(1000).run()
    assert (table(page)["走得到几类"] == 2).sum() > near
    page.selectbox("reach-kind").select("station").run()
    assert "已覆盖（户）" in figures(page)
    assert "kinds" not in page.query_params


def test_groups_are_for_those_who_see_the_whole(opened: Open, filled: Path) -> None:
    page = opened(filled, signed_in.begin(filled))
    said = i18n.text("reach.walls", "zh", n=16, metres=500, walls=[])[:20]
    assert any(caption.value.startswith(said) for caption in page.caption)
    by = page.segmented_control("reach-table")
    assert by.options[-1] == "按人群"
    by.set_value("group").run()
    assert list(table(page)["人群"]) == ["全部住户", "困难群众", "老人"]
    leader = opened(filled, signed_in.begin(filled, Role.GRID_LEADER, grids=[1]))
    assert "按人群" not in leader.segmented_control("reach-table").options
    assert figures(leader) == ""


def test_what_is_odd_is_said_on_the_page(opened: Open, tmp_path: Path) -> None:
    store = prepared.with_demo(tmp_path / "store.gpkg")
    odd = open_store(str(store), create=False)
    with odd.write() as session:
        for gate in session.scalars(sa.select(model.Gate)):
            session.delete(gate)
        for building in session.scalars(sa.select(model.Building)):
            building.households = 0
    odd.close()
    page = opened(store, signed_in.begin(store))
    said = " ".join(caption.value for caption in page.caption)
    assert "有围墙，但没有登记大门" in said
    assert "还没有登记户数" in said
    bare = open_store(str(store), create=False)
    with bare.write() as session:
        for cls in (model.Path, model.Compound):
            session.execute(sa.update(model.Building).values(compound_id=None))
            for row in session.scalars(sa.select(cls)):
                session.delete(row)
    bare.close()
    page.run()
    assert "还没有道路和围墙，按直线距离测量" in " ".join(caption.value for caption in page.caption)


@pytest.mark.parametrize("role", [Role.SECRETARY, Role.GRID_LEADER])
def test_figures_of_the_whole_are_in_no_reason_for_those_who_do_not_see_them(
    opened: Open, filled: Path, role: Role
) -> None:
    store = open_store(str(filled), create=False)
    homes = store.frame(model.Building, 1)
    member = store.frame(model.GridBuilding, 1).set_index("building_id")["grid_id"]
    compound = store.frame(model.Compound, 1).reset_index().set_index("name")["id"]["桃溪雅苑"]
    store.close()
    gap = int(homes.index[(homes["compound_id"] == compound) & (homes["households"] > 0)][0])
    grids = [int(member[gap])] if role == Role.GRID_LEADER else []
    page = opened(filled, signed_in.begin(filled, role, grids=grids))
    page.session_state["gridmap_coverage"].selected = gap
    page.run()
    said = " ".join(one.value for one in page.markdown)
    assert "超过 500 米" in said
    assert ("可新覆盖" in said) == (role == Role.SECRETARY)
