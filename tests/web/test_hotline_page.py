"""The tab of 12345, run without a browser: rates with their n, lists, a person's yes and no, answers, by role."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import prepared
import pytest
import signed_in
from streamlit.runtime.context import ContextProxy
from streamlit.testing.v1 import AppTest

from gridmap import model
from gridmap.model import Role
from gridmap.store import open_store
from gridmap.web import credentials, routes

PAGE = "../../pages/issues.py"
Open = Callable[..., AppTest]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return prepared.with_demo(tmp_path_factory.mktemp("hotline") / "store.gpkg")


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch, filled: Path) -> Open:
    def at(role: Role = Role.SECRETARY, language: str = "zh", **more: object) -> AppTest:
        monkeypatch.setenv("GRIDMAP_STORE", str(filled))
        monkeypatch.delenv("GRIDMAP_DEMO", raising=False)
        token = signed_in.begin(filled, role, **more)  # type: ignore[arg-type]
        monkeypatch.setattr(ContextProxy, "cookies", {credentials.SESSION: token})
        monkeypatch.setattr(ContextProxy, "ip_address", "127.0.0.1")
        page = AppTest.from_file(str(routes.SCRIPT), default_timeout=60)
        page.query_params["lang"] = language
        page = page.run().switch_page(PAGE).run()
        page.button_group("issues-tab").set_value("hotline").run()
        assert not page.exception
        return page

    return at


def figures(page: AppTest) -> str:
    return " ".join(str(one.value) for one in page.get("html") if '<dl class="gm-figures">' in str(one.value))


def words(page: AppTest) -> str:
    parts = [*page.markdown, *page.caption, *page.get("html"), *page.success, *page.info]
    tables = [frame.value.to_csv() for frame in page.dataframe]
    return " ".join([*(str(part.value) for part in parts), *tables, *(one.label for one in page.expander)])


def links(filled: Path) -> pd.DataFrame:
    store = open_store(str(filled))
    found = store.frame(model.IssueLink, 1)
    store.close()
    return found


def test_rates_are_shown_with_n_weights_and_by_grid(opened: Open) -> None:
    page = opened()
    page.selectbox("hotline-month").select_index(1).run()
    said = figures(page)
    for part in ("响应率", "解决率", "满意率", "回访", "权重 1 : 1 : 1", "未回访", "我们先发现"):
        assert part in said
    by_month = page.dataframe[0].value
    page.button_group("hotline-by").set_value("grid_id").run()
    by_grid = page.dataframe[0].value
    assert by_grid["工单"].sum() == by_month["工单"].iloc[1]
    assert by_grid["解决率"].str.contains(r"/").any()
    assert set(by_grid["网格"]) <= {"第一网格", "第二网格", "第三网格", "第四网格", "第五网格"}


def test_what_was_found_before_is_confirmed_refused_and_taken_back(opened: Open, filled: Path) -> None:
    page = opened(language="en")
    assert "95% sure" in words(page) or "% sure" in words(page)
    yes = next(one for one in page.button if str(one.key).startswith("before-found_before-"))
    ours, order = str(yes.key).split("-")[-1], str(yes.key).split("-")[-2]
    yes.click().run()
    assert "found by us before" in str(page.success[0].value)
    kept = links(filled)
    assert kept[["issue_id", "other_id", "kind"]].to_numpy().tolist() == [[int(ours), int(order), "found_before"]]
    page.button("before-undo").click().run()
    assert links(filled).empty
    next(one for one in page.button if str(one.key).startswith("before-apart-")).click().run()
    assert links(filled)["kind"].tolist() == ["apart"]
    assert not [one for one in page.button if str(one.key) == str(yes.key)]
    page.button("before-undo").click().run()


def test_answers_are_made_once_and_wait_to_be_taken(opened: Open, filled: Path) -> None:
    page = opened()
    waiting = next(one.label for one in page.expander if "待回" in one.label)
    assert "0 件" not in waiting
    page.button("answers-make-it").click().run()
    assert not page.exception
    assert "回单表" in str(page.success[0].value)
    assert next(one.label for one in page.expander if "待回" in one.label) == "回单：0 件待回"
    assert page.get("download_button")
    store = open_store(str(filled))
    sent = store.frame(model.HotlineAnswer, 1)
    store.close()
    assert len(sent) > 30


def test_an_order_is_struck_out_only_with_a_reason(opened: Open) -> None:
    page = opened(Role.DESK)
    which = next(one for one in page.selectbox if one.label == "工单编号")
    strike = next(one for one in page.button if one.label == "剔除")
    which.select_index(0)
    strike.click().run()
    assert "写明原因" in str(page.warning[0].value)
    which = next(one for one in page.selectbox if one.label == "工单编号")
    which.select_index(0)
    next(one for one in page.text_input if one.label == "剔除原因").set_value("重复派发")
    next(one for one in page.button if one.label == "剔除").click().run()
    assert "已剔除" in str(page.success[0].value)
    assert "重复派发" in words(page)
    assert not [one for one in page.expander if one.label == "权重和规则"]


def test_weights_are_the_secretarys_to_change(opened: Open) -> None:
    page = opened()
    next(one for one in page.number_input if one.label == "满意率权重").set_value(0.0)
    next(one for one in page.button if one.label == "保存").click().run()
    assert "权重 1 : 1 : 0" in figures(page)


def test_a_grid_worker_sees_the_orders_of_the_own_grid_and_no_caller(opened: Open, filled: Path) -> None:
    store = open_store(str(filled))
    issues = store.frame(model.Issue, 1)
    store.close()
    grid = int(issues.loc[issues["order_number"].notna(), "grid_id"].value_counts().index[0])
    page = opened(Role.GRID_WORKER, grids=(grid,))
    said = words(page)
    others = issues[(issues["grid_id"] != grid) & issues["order_number"].notna()]["order_number"]
    assert not [number for number in others if number in said]
    assert issues["caller_digest"].dropna().size
    assert not [digest for digest in issues["caller_digest"].dropna() if digest in said]
    assert "13800002" not in said
    assert not [one for one in page.button if one.label == "导入新的工单"]
