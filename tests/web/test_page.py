"""The page's script, run without a browser: figures, choices and states follow the address."""

from __future__ import annotations

import re
from pathlib import Path

import prepared
import pytest
import signed_in
from streamlit.runtime.context import ContextProxy
from streamlit.testing.v1 import AppTest

from gridmap import i18n
from gridmap.model import Role
from gridmap.web import chrome, credentials, routes


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return prepared.with_demo(tmp_path_factory.mktemp("page") / "store.gpkg")


def opened(monkeypatch: pytest.MonkeyPatch, store: Path, token: str | None, **address: str) -> AppTest:
    monkeypatch.setenv("GRIDMAP_STORE", str(store))
    monkeypatch.delenv("GRIDMAP_DEMO", raising=False)
    monkeypatch.setattr(ContextProxy, "cookies", {} if token is None else {credentials.SESSION: token})
    page = AppTest.from_file(str(routes.SCRIPT), default_timeout=60)
    for key, value in address.items():
        page.query_params[key] = value
    return page.run()


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_page_opens_in_the_language_of_its_address(
    monkeypatch: pytest.MonkeyPatch, filled: Path, language: str
) -> None:
    page = opened(monkeypatch, filled, signed_in.begin(filled), lang=language)
    assert not page.exception
    assert not page.error
    assert (
        page.selectbox("kind").options[0] == i18n.text("overview.any_kind", language) or page.selectbox("kind").options
    )


def test_page_run_without_a_session_shows_nothing(monkeypatch: pytest.MonkeyPatch, filled: Path) -> None:
    for token in (None, "invented"):
        page = opened(monkeypatch, filled, token, lang="en")
        assert not page.exception
        assert not page.selectbox
        assert not page.dataframe


def test_address_is_taken_into_the_choices(monkeypatch: pytest.MonkeyPatch, filled: Path) -> None:
    token = signed_in.begin(filled)
    page = opened(monkeypatch, filled, token, lang="zh", mode="coverage", kind="table_tennis", layers="grids,issues")
    assert not page.exception
    assert page.session_state["mode"] == "coverage"
    assert page.session_state["kind"] == "table_tennis"
    assert page.session_state["layers"] == ["grids", "issues"]
    page.selectbox("kind").select("station").run()
    assert not page.exception
    assert "kind" not in page.query_params


def test_empty_store_shows_first_steps(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    token = signed_in.begin(tmp_path / "store.gpkg", Role.ADMINISTRATOR)
    page = opened(monkeypatch, tmp_path / "store.gpkg", token, lang="en")
    assert not page.exception
    assert page.subheader[0].value == i18n.text("empty.title", "en")


def test_store_that_is_no_store_is_said_in_a_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "store.gpkg").write_bytes(b"not a database")
    page = opened(monkeypatch, tmp_path / "store.gpkg", "any", lang="zh")
    assert not page.exception
    assert chrome.literally("store.gpkg") in page.error[0].value
    assert (tmp_path / "store.gpkg").read_bytes() == b"not a database"


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_link_to_what_is_not_there_says_so_and_shows_the_rest(
    monkeypatch: pytest.MonkeyPatch, filled: Path, language: str
) -> None:
    token = signed_in.begin(filled)
    page = opened(monkeypatch, filled, token, lang=language, c="999", sel="building:99999")
    assert not page.exception
    assert len(page.info) == 1
    said = page.info[0].value
    assert chrome.literally(i18n.text("overview.gone.building", language)) in said
    assert chrome.literally("太白社区（模拟）") in said
    assert page.query_params["c"] == "1"
    assert "sel" not in page.query_params
    # It is said until something else is done.
    page.selectbox("kind").select("table_tennis").run()
    assert not page.info


@pytest.mark.parametrize(("target", "layer"), [("building", "buildings"), ("point", "points"), ("issue", "issues")])
def test_link_to_a_thing_alone_goes_there(
    monkeypatch: pytest.MonkeyPatch, filled: Path, target: str, layer: str
) -> None:
    token = signed_in.begin(filled)
    page = opened(monkeypatch, filled, token, lang="zh", sel=f"{target}:1", layers="grids")
    assert not page.exception
    assert not page.info
    assert page.session_state["gridmap_session"].going[:2] == (target, 1)
    assert page.session_state["layers"] == ["grids", layer]
    placed = opened(monkeypatch, filled, token, lang="zh", sel=f"{target}:1", layers="grids", v="34.23,108.92,17")
    assert placed.session_state["gridmap_session"].going is None


def test_filters_of_the_address_are_shown(monkeypatch: pytest.MonkeyPatch, filled: Path) -> None:
    token = signed_in.begin(filled)
    page = opened(
        monkeypatch, filled, token, lang="zh", compounds="2,999", sources="hotline,x", categories="noise,y", grids="Z"
    )
    assert not page.exception
    assert page.session_state["compounds"] == [2]
    assert page.session_state["sources"] == ["hotline"]
    assert page.session_state["categories"] == ["noise"]
    assert page.query_params["compounds"] == "2"


@pytest.mark.parametrize("role", [Role.STREET_LEADER, Role.ADMINISTRATOR])
def test_issues_stay_unseen_whatever_the_address_filters(
    monkeypatch: pytest.MonkeyPatch, filled: Path, role: Role
) -> None:
    token = signed_in.begin(filled, role)
    plain = opened(monkeypatch, filled, token, lang="zh")
    narrowed = opened(monkeypatch, filled, token, lang="zh", sources="hotline", categories="noise", issues="overdue")
    assert not narrowed.exception
    figures = [next(html for html in page.get("html") if "gm-figures" in html.proto.body) for page in (plain, narrowed)]
    shown = [re.findall("<dd>(.*?)</dd>", figure.proto.body) for figure in figures]
    assert len(shown[0]) == 6
    assert shown[0] == shown[1]
