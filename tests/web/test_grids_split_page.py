"""Splitting a community on the page of grids, run without a browser: proposed, rehearsed, asked for, taken back."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import prepared
import pytest
import signed_in
from streamlit.runtime.context import ContextProxy
from streamlit.testing.v1 import AppTest

from gridmap.model import Role
from gridmap.services import community_data, community_split, grid_proposals, split_parts
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


def split(store: Path) -> None:
    """Do what the button of the question does."""
    there = open_store(str(store))
    data = community_data.read(there, 1, day=dt.date(2026, 11, 24))
    wish = grid_proposals.Wish(k=2, keep_compounds=True, seconds=0.2, most=1)
    proposal = split_parts.propose(data, wish).proposals[0]
    community_split.split(there, data, proposal, split_parts.Order())
    there.close()


def test_a_split_is_proposed_rehearsed_and_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
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
    assert "新社区" in said(page)
    assert "30 天内可以撤销" in said(page), "the split is asked for in words"
    assert len(names(store)) == 1
    split(store)
    page.run()
    assert not page.exception
    assert "拆分为2个部分" in said(page)
    page.button("split-undo-1").click().run()
    assert "重新合为一个社区" in said(page)


def test_a_secretary_rehearses_and_does_not_split(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = opened(prepared.with_demo(tmp_path / "store.gpkg"), Role.SECRETARY, monkeypatch)
    page.button("split-go").click().run()
    page.button("split-rehearse").click().run()
    assert not page.exception
    assert "由管理员操作" in said(page)
    assert "split-act" not in [button.key for button in page.button]
