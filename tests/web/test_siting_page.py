"""The search for places on the page of coverage, run without a browser: what is refused, terms, others, scenarios."""

from __future__ import annotations

from pathlib import Path

import prepared
import pytest
import signed_in
from streamlit.runtime.context import ContextProxy
from streamlit.testing.v1 import AppTest

from gridmap import model
from gridmap.store import open_store
from gridmap.web import credentials, routes

PAGE = "../../pages/coverage.py"


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return prepared.with_demo(tmp_path / "store.gpkg")


@pytest.fixture
def page(store: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setenv("GRIDMAP_STORE", str(store))
    monkeypatch.delenv("GRIDMAP_DEMO", raising=False)
    monkeypatch.setattr(ContextProxy, "cookies", {credentials.SESSION: signed_in.begin(store)})
    monkeypatch.setattr(ContextProxy, "ip_address", "")
    opened = AppTest.from_file(str(routes.SCRIPT), default_timeout=60)
    for key, value in {"lang": "zh", "kind": "station"}.items():
        opened.query_params[key] = value
    return opened.run().switch_page(PAGE).run()


def said(page: AppTest) -> str:
    return "\n".join(
        str(one.value) for kind in (page.markdown, page.caption, page.error, page.warning) for one in kind
    ).replace("\\", "")


def search(page: AppTest) -> str:
    page.button("site-go").click().run()
    assert not page.exception
    return said(page)


def test_what_cannot_be_searched_is_said_with_how_to_mend_it(page: AppTest) -> None:
    page.number_input("site-budget").set_value(1000).run()
    assert "没有标价的地点每个按多少元计" in search(page)
    page.number_input("site-price").set_value(3000).run()
    assert "最便宜的候选地点也要 3,000 元，一个也设不了" in search(page)
    page.number_input("site-price").set_value(400).run()
    assert "费用合计 400 元" in search(page)
    page.selectbox("site-objective").select("pmedian").run()
    page.number_input("site-budget").set_value(None).run()
    page.button_group("site-from").set_value([]).run()
    assert "没有候选地点，无从选址" in search(page)
    page.toggle("reach-capacity").set_value(True).run()
    page.button_group("site-from").set_value(["building"]).run()
    page.number_input("site-room").set_value(0).run()
    assert "每个点可服务的户数为 0；必须大于 0" in search(page)
    page.number_input("site-room").set_value(300).run()
    page.number_input("site-add").set_value(0).run()
    told = search(page)
    assert "没有可行方案" in told
    assert "需要容纳 2,486 户" in told


def test_answers_are_chosen_kept_and_set_against_each_other(page: AppTest, store: Path) -> None:
    assert "在给定的个数内，让走得到服务点的住户最多" in said(page)
    assert "已证明没有更好的方案" in search(page)
    shown = page.button_group("site-shown")
    assert len(shown.options) == 4
    page.button("site-curve").click().run()
    assert "再加也不会多覆盖" in "".join(str(one.value) for one in page.get("html"))
    for name, which in (("最好的", 0), ("备用的", 1)):
        page.button_group("site-shown").set_value(which).run()
        page.text_input("site-name").set_value(name).run()
        page.button("site-save").click().run()
    page.selectbox("site-beside").select(1).run()
    assert not page.exception
    told = "".join(str(one.value) for one in page.get("html"))
    assert "<b>最好的</b>" in told
    assert "<b>备用的</b>" in told
    # Somebody changes the community meanwhile.
    opened = open_store(str(store), create=False)
    with opened.write() as session:
        session.delete(session.query(model.ServicePoint).filter_by(kind="station").first())
    opened.close()
    page.run()
    told = said(page)
    assert "保存之后有服务点已不在" in told
    assert "还是原来的结果" in told
