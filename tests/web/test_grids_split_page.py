"""Splitting a community on the page of grids, run without a browser: proposed, rehearsed, done, undone."""

from __future__ import annotations

from pathlib import Path

import prepared
import pytest
import signed_in
from streamlit.runtime.context import ContextProxy
from streamlit.testing.v1 import AppTest

from gridmap.model import Role
from gridmap.store import open_store
from gridmap.web import credentials, routes


def opened(store: Path, role: Role, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setenv("GRIDMAP_STORE", str(store))
    monkeypatch.delenv("GRIDMAP_DEMO", raising=False)
    monkeypatch.setattr(ContextProxy, "cookies", {credentials.SESSION: signed_in.begin(store, role)})
    monkeypatch.setattr(ContextProxy, "ip_address", "")
    page = AppTest.from_file(str(routes.SCRIPT), default_timeout=90)
    for key, value in {"lang": "zh", "c": "1"}.items():
        page.query_params[key] = value
    shown = page.run().switch_page("../../pages/grids.py").run()
    shown.button_group("grids-tab").set_value("split").run()
    return shown


def said(page: AppTest) -> str:
    kinds = (page.markdown, page.caption, page.error, page.info, page.success)
    return "\n".join(str(one.value) for kind in kinds for one in kind).replace("\\", "")


def names(store: Path) -> list[str]:
    there = open_store(str(store))
    try:
        return [one.name for one in there.communities()]
    finally:
        there.close()


def test_a_split_is_proposed_rehearsed_done_and_undone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = prepared.with_demo(tmp_path / "store.gpkg")
    page = opened(store, Role.ADMINISTRATOR, monkeypatch)
    page.button("split-go").click().run()
    assert not page.exception
    page.text_input("split-name-1").set_value("新社区").run()
    table = page.dataframe[0].value
    assert table.iloc[1, 0] == "新社区"
    assert table["户数"].min() > 0
    page.button("split-rehearse").click().run()
    assert not page.exception
    assert "项请核对" in said(page)
    assert len(names(store)) == 1
    page.button("split-act").click().run()
    page.button("asked-yes").click().run()
    assert not page.exception
    assert names(store)[1] == "新社区"
    assert "已完成" in said(page)
    page.button("split-undo-1").click().run()
    page.button("asked-yes").click().run()
    assert "已撤销" in said(page)
    assert len(names(store)) == 1


def test_a_secretary_rehearses_and_does_not_split(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = opened(prepared.with_demo(tmp_path / "store.gpkg"), Role.SECRETARY, monkeypatch)
    page.button("split-go").click().run()
    page.button("split-rehearse").click().run()
    assert not page.exception
    assert "由管理员操作" in said(page)
    assert "split-act" not in [button.key for button in page.button]
