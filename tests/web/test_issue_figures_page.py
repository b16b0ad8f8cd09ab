"""The figures of issues as a page, and the notice of an alarm on the overview, run without a browser."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import prepared
import pytest
import signed_in
from streamlit.runtime.context import ContextProxy
from streamlit.testing.v1 import AppTest

from gridmap import i18n, model
from gridmap.model import Role
from gridmap.services import issue_figure_words
from gridmap.store import open_store
from gridmap.web import credentials

PAGES = Path(__file__).parents[2] / "pages"
Open = Callable[..., AppTest]
TROUBLED, BURST = 1, 12


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo with a dozen issues of today in one compound."""
    path = prepared.with_demo(tmp_path_factory.mktemp("figures") / "store.gpkg")
    store = open_store(str(path))
    building = store.frame(model.Building, 1)
    home = building[(building["compound_id"] == TROUBLED) & (building["households"] > 0)].iloc[0]
    grid = store.frame(model.GridBuilding, 1).set_index("building_id")["grid_id"]
    with store.write() as session:
        for n in range(BURST):
            session.add(
                model.Issue(
                    community_id=1, code=f"T{n}", reported_at=dt.datetime.now(dt.UTC), source=model.IssueSource.HOTLINE,
                    category="lift", text=f"电梯第{n}次停运", building_id=int(home.name), compound_id=TROUBLED,
                    grid_id=int(grid[home.name]), geom=home["geom"].representative_point(),
                )
            )  # fmt: skip
    store.close()
    return path


@pytest.fixture
def visit(monkeypatch: pytest.MonkeyPatch, filled: Path) -> Open:
    monkeypatch.setenv("GRIDMAP_STORE", str(filled))
    monkeypatch.delenv("GRIDMAP_DEMO", raising=False)
    monkeypatch.setattr(ContextProxy, "ip_address", "192.0.2.1")

    def opened(name: str, role: Role = Role.SECRETARY, **address: Any) -> AppTest:
        grids = address.pop("grids", ())
        monkeypatch.setattr(ContextProxy, "cookies", {credentials.SESSION: signed_in.begin(filled, role, grids=grids)})
        page = AppTest.from_file(str(PAGES / f"{name}.py"), default_timeout=60)
        for key, value in address.items():
            page.query_params[key] = value
        return page.run()

    return opened


def said(page: AppTest) -> str:
    """All words of the page, as Markdown hides them behind backslashes and all."""
    parts = [*page.caption, *page.markdown, *page.warning, *page.info]
    return "\n".join(str(one.value) for one in parts).replace("\\", "")


def compound(filled: Path) -> str:
    store = open_store(str(filled))
    name = str(store.frame(model.Compound, 1).at[TROUBLED, "name"])
    store.close()
    return name


@pytest.mark.parametrize("language", ["zh", "en"])
def test_figures_are_told_and_the_map_goes_to_an_alarm(visit: Open, filled: Path, language: str) -> None:
    page = visit("issues", tab="figures", lang=language)
    assert not page.exception
    assert not page.error
    words = said(page)
    assert compound(filled) in words
    for key in ("chart.closing", "chart.source", "chart.source.help", "chart.days_of.help"):
        assert i18n.text(f"issue_figures.{key}", language) in words
    tables = page.dataframe[0].value
    assert i18n.text("issue_figures.beside", language) in tables.columns
    page.button(key="figures-go-0").click().run()
    assert not page.exception
    for mode in issue_figure_words.MODES[1:]:
        page.segmented_control(key="figures-mode").set_value(mode).run()
        assert not page.exception
        assert not page.error
    page.segmented_control(key="figures-weeks").set_value(4).run()
    page.segmented_control(key="figures-table").set_value("closing").run()
    assert not page.exception
    assert i18n.text("issue_figures.median", language) in page.dataframe[0].value.columns


def test_leader_sees_the_figures_of_the_own_grid(visit: Open, filled: Path) -> None:
    away = visit("issues", Role.GRID_LEADER, grids=[2], tab="figures", lang="zh")
    assert not away.exception
    assert not away.error
    assert len(away.dataframe[0].value) < 5
    assert compound(filled) not in said(away), "its alarm is another grid's"


@pytest.mark.parametrize(("role", "link"), [(Role.SECRETARY, True), (Role.STREET_LEADER, True), (Role.VIEWER, False)])
def test_overview_tells_of_an_alarm_by_itself(visit: Open, filled: Path, role: Role, link: bool) -> None:
    page = visit("overview", role, lang="zh", mode="issues")
    assert not page.exception
    assert not page.error
    words = "\n".join(str(one.value) for one in page.warning).replace("\\", "")
    assert compound(filled) in words
    told = re.search(r"报了 (\d+) 件", words)
    assert told is not None
    assert int(told[1]) >= BURST
    assert "电梯" not in words
    assert [one.label for one in page.button if one.key == "alarm-go-0"] == (
        [i18n.text("issue_figures.alarm.link", "zh")] if link else []
    )
