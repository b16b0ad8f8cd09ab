"""The page of rotas, run without a browser: a week made, published, exchanged; what is settled; who sees what."""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path
from typing import Any

import openpyxl
import prepared
import pytest
import signed_in
import sqlalchemy as sa
from streamlit.runtime.context import ContextProxy
from streamlit.testing.v1 import AppTest

from gridmap import model
from gridmap.access import Actor
from gridmap.model import Role
from gridmap.services import rota_keeping, rotas
from gridmap.store import open_store
from gridmap.web import credentials, rota_view, routes

PAGE = "../../pages/rota.py"
WEEK = "2027-W10"
Visit = Any


@pytest.fixture
def store(tmp_path: Path) -> Path:
    path = prepared.with_demo(tmp_path / "store.gpkg")
    opened = open_store(str(path))
    with opened.write() as session:
        for one in session.scalars(sa.select(model.Leave)).all():
            session.delete(one)
    opened.close()
    return path


@pytest.fixture
def visit(store: Path, monkeypatch: pytest.MonkeyPatch) -> Visit:
    """Open the page as somebody; ``visit.become(name)`` lets the next run be theirs again."""
    tokens: dict[str, str] = {}

    def become(name: str, role: Role = Role.SECRETARY) -> None:
        tokens[name] = tokens.get(name) or signed_in.begin(store, role)
        monkeypatch.setattr(ContextProxy, "cookies", {credentials.SESSION: tokens[name]})

    def opened(name: str = "one", role: Role = Role.SECRETARY, **address: str) -> AppTest:
        monkeypatch.setenv("GRIDMAP_STORE", str(store))
        monkeypatch.delenv("GRIDMAP_DEMO", raising=False)
        become(name, role)
        monkeypatch.setattr(ContextProxy, "ip_address", "")
        monkeypatch.setattr(ContextProxy, "url", "http://192.168.1.5:8501/rota")
        page = AppTest.from_file(str(routes.SCRIPT), default_timeout=60).switch_page(PAGE)
        for key, value in {"lang": "zh", "c": "1", "week": WEEK, **address}.items():
            page.query_params[key] = value
        page.run()
        assert not page.exception
        return page

    opened.become = become  # type: ignore[attr-defined]
    return opened


def said(page: AppTest) -> str:
    kinds = (page.markdown, page.caption, page.error, page.warning, page.info, page.success)
    return "\n".join(str(one.value) for kind in kinds for one in kind).replace("\\", "")


def press(page: AppTest, key: str) -> AppTest:
    page.button(key).click().run()
    assert not page.exception
    return page


def turn(page: AppTest, part: str) -> None:
    """Go to another part of the page."""
    page.session_state["gridmap_rota"].part = part
    page.run()
    assert not page.exception


def test_a_week_is_made_published_exchanged_and_undone_and_two_do_not_overwrite_each_other(visit: Visit) -> None:
    page = visit()
    assert "这一周还没有排班" in said(page)
    press(page, "rota-make")
    assert "已证明是最优的班表" in said(page)
    assert "草稿" in said(page)
    other = visit("two")
    visit.become("one")
    press(page, "rota-publish")
    assert "班表已发布" in said(page)
    visit.become("two")
    press(other, "rota-publish")
    assert "刚刚改过这份班表" in said(other)
    visit.become("one")
    page.run()
    one = page.selectbox("rota-swap-one-0")
    one.select_index(0).run()
    page.selectbox("rota-swap-other-0-0").select_index(0).run()
    press(page, "rota-swap-do")
    assert "已对调" in said(page)
    press(page, "rota-undo")
    assert "已撤销“对调”" in said(page)
    worker = visit("worker", Role.GRID_WORKER)
    assert "发布" in said(worker)
    assert not [key for key in ("rota-make", "rota-publish", "rota-undo") if key in {one.key for one in worker.button}]


def test_demands_that_cannot_be_met_are_explained(visit: Visit, store: Path) -> None:
    opened = open_store(str(store))
    with opened.write() as session:
        for one in session.scalars(sa.select(model.Staff)).all():
            session.add(
                model.Leave(
                    community_id=1, staff_id=one.id or 0, from_day=dt.date(2027, 3, 8), to_day=dt.date(2027, 3, 8)
                )
            )
    opened.close()
    page = press(visit(), "rota-make")
    assert "不能同时满足" in said(page)
    assert "请假" in said(page)
    assert "改掉其中任意一条" in said(page)


def test_each_part_is_shown_and_what_is_entered_is_kept(visit: Visit, store: Path) -> None:
    page = visit(part="wishes")
    page.selectbox("rota-wish-who-0").select_index(2).run()
    press(page, "rota-wish-save")
    assert "约定已保存" in said(page)
    turn(page, "receptions")
    hours = next(str(one.key) for one in page.text_input if "hours" in str(one.key))
    page.text_input(hours).set_value("九点").run()
    press(page, "rota-reception-save")
    assert "看不懂时间" in said(page)
    page.text_input(hours).set_value("9:30-11:00")
    press(page, "rota-reception-save")
    assert "会客厅已保存" in said(page)
    turn(page, "fairness")
    assert len(page.dataframe[0].value) == 8
    turn(page, "rules")
    assert [one.value for one in page.number_input] == [2, 3, 1]
    turn(page, "share")
    press(page, "receptions-open")
    assert "只有单位内网能打开" in said(page)
    assert "http://192.168.1.5:8501/receptions/" in page.code[0].value
    opened = open_store(str(store))
    assert "09:30-11:00" in set(opened.frame(model.Reception, 1)["hours"])
    opened.close()


def test_excel_holds_the_week(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRIDMAP_STORE", str(store))
    monkeypatch.delenv("GRIDMAP_DEMO", raising=False)
    opened, now = open_store(str(store)), dt.datetime.now(dt.UTC)
    place = opened.community(1)
    kept = rota_keeping.keep(opened, None, place, rotas.plan(opened, 1, WEEK), seen=0, now=now)
    rota_keeping.publish(opened, None, place, WEEK, seen=kept.acts, now=now)
    actor = Actor(account_id=1, name="x", role=Role.SECRETARY, street_id=None, community_id=1,
                  grid_ids=frozenset(), session_id=1)  # fmt: skip
    book = openpyxl.load_workbook(io.BytesIO(rota_view.excel(actor, place, WEEK, "zh")))
    opened.close()
    assert book.sheetnames == ["按岗位", "按人", "均衡"]
    told = {str(cell.value) for row in book["按岗位"].iter_rows() for cell in row}
    assert {"全岗", "已发布的班表"} <= told
