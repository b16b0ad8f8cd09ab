"""The page of issues, run without a browser: who sees what, one issue moved by two people, links that lead nowhere."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import prepared
import pytest
import signed_in
from google.protobuf import text_format
from streamlit.runtime.context import ContextProxy
from streamlit.testing.v1 import AppTest

from gridmap import i18n, model
from gridmap.model import Role
from gridmap.services import accounts, issue_flow
from gridmap.store import Store, open_store
from gridmap.web import credentials

PAGE = Path(__file__).parents[2] / "pages" / "issues.py"
NOW = dt.datetime.now(dt.UTC)
Open = Callable[..., AppTest]


def say(key: str, **fields: Any) -> str:
    return i18n.text(key, "zh", **fields)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return prepared.with_demo(tmp_path_factory.mktemp("issues") / "store.gpkg")


@pytest.fixture(scope="module")
def secretary(filled: Path) -> str:
    return signed_in.begin(filled)


@pytest.fixture
def visit(monkeypatch: pytest.MonkeyPatch, filled: Path) -> Open:
    monkeypatch.setenv("GRIDMAP_STORE", str(filled))
    monkeypatch.delenv("GRIDMAP_DEMO", raising=False)
    monkeypatch.setattr(ContextProxy, "ip_address", "192.0.2.1")

    def opened(token: str, **address: str) -> AppTest:
        monkeypatch.setattr(ContextProxy, "cookies", {credentials.SESSION: token})
        page = AppTest.from_file(str(PAGE), default_timeout=60)
        for name, value in {"lang": "zh", **address}.items():
            page.query_params[name] = value
        page.run()
        assert not page.exception
        return page

    return opened


def told(page: AppTest) -> str:
    """Return all that is sent to the browser, whatever shows it."""

    def below(node: Any) -> list[str]:
        if hasattr(node, "children"):
            return [text for child in node.children.values() for text in below(child)]
        return [text_format.MessageToString(node.proto, as_utf8=True)]

    return "\n".join(below(page.main))


def codes(page: AppTest) -> set[str]:
    return set(page.dataframe[0].value[say("column.code")]) if page.dataframe else set()


def address(page: AppTest) -> dict[str, str]:
    return {name: said if isinstance(said, str) else said[-1] for name, said in page.query_params.items()}


def issues(path: Path) -> Any:
    store = open_store(str(path), create=False)
    try:
        return store.frame(model.Issue, 1)
    finally:
        store.close()


def open_issue(path: Path, state: str = "in_progress", level: str = "small") -> Any:
    rows = issues(path)
    return rows[(rows["state"] == state) & (rows["level"] == level)].iloc[-1]


def choose(page: AppTest, action: str) -> AppTest:
    """Choose a move of the opened issue by the words on its pill."""
    pills = next(one for one in page.button_group if one.key.startswith("issue-move-"))
    return pills.set_value(action).run()


def test_who_sees_which_issues(visit: Open, filled: Path, secretary: str) -> None:
    rows = issues(filled)
    grid = int(rows["grid_id"].dropna().value_counts().index[0])
    every, own = set(rows["code"]), set(rows.loc[rows["grid_id"] == grid, "code"])
    assert codes(visit(secretary, issues="all")) == every
    worker = signed_in.begin(filled, Role.GRID_WORKER, grids=[grid])
    assert codes(visit(worker, issues="all")) == own
    assert 0 < len(own) < len(every)
    other = rows[rows["grid_id"] != grid].iloc[0]
    page = visit(worker, issue=str(other.name))
    assert say("overview.gone.issue") in [one.value for one in page.info]
    assert other["text"] not in told(page)
    page = visit(signed_in.begin(filled, Role.VIEWER), issue=str(other.name))
    assert page.error
    assert not page.dataframe
    assert other["text"] not in told(page)


@pytest.mark.parametrize("role", [Role.STREET_LEADER, Role.ADMINISTRATOR])
def test_who_leads_or_runs_it_is_told_figures_and_no_issue(visit: Open, filled: Path, role: Role) -> None:
    rows = issues(filled)
    token, number = signed_in.begin(filled, role), str(rows.index[0])
    said = []
    for tab in ("figures", "hotline", "list"):
        page = visit(token, tab=tab, issue=number, sel=f"issue:{number}", q=rows["text"].iloc[0], since="2026-11-01")
        assert not page.error
        offered = page.button_group(key="issues-tab").options
        assert offered == [say("issues.tab.figures"), say("issues.tab.hotline")] + (
            [say("issues.tab.settings")] if role == Role.ADMINISTRATOR else []
        )
        assert not {"issue", "sel"} & set(page.query_params)
        said.append(told(page))
        assert not [one for one in page.get("html") if "gm-issue" in str(one.value)]
    page = visit(token, tab="figures")
    for name in page.segmented_control(key="figures-table").options:
        page.segmented_control(key="figures-table").set_value(name).run()
        said.append(told(page))
        shown = page.dataframe[0].value if page.dataframe else None
        for column in () if shown is None else [say(f"issue_figures.{one}") for one in ("n", "open", "found")]:
            if column in shown:
                assert not {"1", "2"} & set(shown[column].astype("str")), (name, column)
    assert any(f"{say('issue_figures.untold')}" in one for one in said)
    secret = {*rows["text"], *rows["code"], *rows["address"], *rows["order_number"].dropna()} - {""}
    assert not [one for one in secret if any(one in part for part in said)]


def test_the_address_says_what_is_filtered_and_gives_it_back(visit: Open, filled: Path, secretary: str) -> None:
    rows = issues(filled)
    category = rows["category"].value_counts().index[0]
    page = visit(secretary, issues="all", categories=category, q="\u202e ")
    assert codes(page) == set(rows.loc[rows["category"] == category, "code"])
    page.text_input(key="text").set_value("没有这样的问题" * 1000).run()
    assert say("table.issues.empty") in [one.value for one in page.info]
    said = address(page)
    assert said["categories"] == category
    assert said["issues"] == "all"
    assert 0 < len(said["q"]) <= 100
    assert not codes(visit(secretary, **said))
    next(one for one in page.button if one.label == say("issues.all_filters_off")).click().run()
    assert codes(page) > set()
    assert "categories" not in address(page)


@pytest.mark.parametrize("number", ["999999", "abc", "-1", "9" * 30])
def test_a_link_that_leads_nowhere_says_so_or_shows_the_list(visit: Open, secretary: str, number: str) -> None:
    page = visit(secretary, issue=number, sel=f"issue:{number}")
    assert page.dataframe or say("overview.gone.issue") in [one.value for one in page.info]


def test_one_issue_is_moved_and_its_history_tells(visit: Open, filled: Path, secretary: str) -> None:
    row = open_issue(filled)
    page = choose(visit(secretary, issue=str(row.name)), "finish")
    page.button(key="issue-do").click().run()
    assert page.error[0].value  # the move asks for words
    assert not page.text_area[0].proto.max_chars  # a text that is too long is refused in words, not lost when pasted
    page.text_area[0].set_value("长" * 10_000).run()
    page.button(key="issue-do").click().run()
    assert "10,000" in page.error[0].value
    assert page.text_area[0].value == "长" * 10_000
    page.text_area[0].set_value("现场处理完毕\u202e，电话13800001234").run()
    page.button(key="issue-do").click().run()
    assert not page.exception
    assert not page.error
    assert say("issue.tie") in [one.label for one in page.expander]
    moved = issues(filled).loc[row.name]
    assert moved["state"] == "done"
    said = told(page)
    assert "现场处理完毕" in said
    assert "13800001234" not in said
    assert say("issue_state.done") in said
    assert address(page)["issue"] == str(row.name)


def test_who_is_slower_is_told_and_keeps_what_they_typed(visit: Open, filled: Path, secretary: str) -> None:
    row = open_issue(filled, level="middling")
    page = choose(visit(secretary, issue=str(row.name)), "return")
    page.text_area[0].set_value("不属于本社区").run()
    store = open_store(str(filled), create=False)
    try:
        actor = accounts.actor(store, secretary, now=NOW)
        assert actor is not None
        issue_flow.move(store, actor, int(row.name), "assign", version=int(row["version"]), assignee_id=staff(store))
    finally:
        store.close()
    page.button(key="issue-do").click().run()
    assert not page.exception
    assert issues(filled).loc[row.name, "state"] == "assigned"
    assert say("issue_state.assigned") in page.warning[0].value
    assert page.text_area[0].value == "不属于本社区"
    page.button(key="issue-do").click().run()
    assert issues(filled).loc[row.name, "state"] == "returned"


def test_words_outlast_a_move_that_is_no_longer_possible(visit: Open, filled: Path, secretary: str) -> None:
    row = open_issue(filled, state="recorded")
    page = choose(visit(secretary, issue=str(row.name)), "spot")
    page.text_area[0].set_value("当场就修好了").run()
    store = open_store(str(filled), create=False)
    try:
        actor = accounts.actor(store, secretary, now=NOW)
        assert actor is not None
        issue_flow.move(store, actor, int(row.name), "accept", version=int(row["version"]))
    finally:
        store.close()
    page.run()
    assert say("issue_state.accepted") in page.warning[0].value
    assert choose(page, "return").text_area[0].value == "当场就修好了"


def test_where_issues_are_dense_is_said_by_the_address(visit: Open, secretary: str) -> None:
    page = visit(secretary, issues="all", dense="1")
    looks = told(page).count("dense_25")  # each map knows the look; this one draws it as well
    page.toggle(key="issues-dense").set_value(False).run()
    assert told(page).count("dense_25") < looks
    assert "dense" not in address(page)


def test_an_issue_deleted_meanwhile_is_said_to_be_gone(visit: Open, filled: Path, secretary: str) -> None:
    row = issues(filled).iloc[-1]
    page = visit(secretary, issue=str(row.name))
    store = open_store(str(filled), create=False)
    try:
        with store.write() as session:
            session.delete(session.get_one(model.Issue, int(row.name)))
    finally:
        store.close()
    page.run()
    assert not page.exception
    assert say("overview.gone.issue") in [one.value for one in page.info]
    page.button(key="issue-back").click().run()
    assert page.dataframe


def test_a_community_without_issues(monkeypatch: pytest.MonkeyPatch, visit: Open, tmp_path: Path) -> None:
    path = prepared.empty(tmp_path / "store.gpkg")
    store = open_store(str(path), create=False)
    with store.write() as session:
        session.add(model.Street(name="某街道", code="610113001"))
        session.flush()
        session.add(model.Community(name="新社区", code="610113001001", street_id=1))
    store.close()
    token = signed_in.begin(path)
    monkeypatch.setenv("GRIDMAP_STORE", str(path))
    page = visit(token)
    assert say("issues.none_yet") in [one.value for one in page.info]
    assert not page.dataframe


def staff(store: Store) -> int:
    rows = store.frame(model.Staff, 1)
    return int(rows.index[rows["active"]][0])


def test_photo_is_shown_by_its_route_alone(visit: Open, filled: Path, secretary: str) -> None:
    row = open_issue(filled)
    name = hashlib.sha256(b"x").hexdigest()
    store = open_store(str(filled), create=False)
    with store.write() as session:
        session.add(model.Photo(community_id=1, issue_id=int(row.name), sha256=name, media_type="image/jpeg",
                                stage=model.PhotoStage.AFTER))  # fmt: skip
    store.close()
    said = told(visit(secretary, issue=str(row.name)))
    assert f"/gridmap/photos/{name}/thumb" in said
    assert say("photo_stage.after") in said
