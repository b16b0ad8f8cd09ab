"""The page of records, run without a browser: what was typed is never lost, whatever happens meanwhile."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import prepared
import psycopg
import pytest
import signed_in
import sqlalchemy as sa
from streamlit.runtime.context import ContextProxy
from streamlit.testing.v1 import AppTest

from gridmap import errors, i18n, model
from gridmap.model import Role
from gridmap.services import demo
from gridmap.store import Store, open_store, space
from gridmap.web import credentials

PAGE = Path(__file__).parents[2] / "pages" / "records.py"
Open = Callable[..., AppTest]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return prepared.with_demo(tmp_path_factory.mktemp("records") / "store.gpkg")


@pytest.fixture
def store(filled: Path) -> Iterator[Store]:
    opened = open_store(str(filled))
    yield opened
    opened.close()


@pytest.fixture
def visit(monkeypatch: pytest.MonkeyPatch, filled: Path) -> Open:
    monkeypatch.setenv("GRIDMAP_STORE", str(filled))
    monkeypatch.delenv("GRIDMAP_DEMO", raising=False)
    monkeypatch.setattr(ContextProxy, "ip_address", "192.0.2.1")

    def opened(token: str, **address: str) -> AppTest:
        page = AppTest.from_file(str(PAGE), default_timeout=60)
        for name, value in address.items():
            page.query_params[name] = value
        return run(page, token)

    def run(page: AppTest, token: str) -> AppTest:
        monkeypatch.setattr(ContextProxy, "cookies", {credentials.SESSION: token})
        return page.run()

    opened.again = run  # type: ignore[attr-defined]
    return opened


def say(key: str, **fields: Any) -> str:
    return i18n.text(key, "zh", **fields)


def press(page: AppTest, key: str) -> AppTest:
    next(one for one in page.button if one.label == say(f"record.{key}")).click().run()
    assert not page.exception
    return page


def named(widgets: Any, field: str) -> Any:
    label = say(f"record.field.{field}")
    return next(one for one in widgets if one.label in (label, f"{label} *"))


def tag(visit: Open, token: str, building: int, text: str) -> AppTest:
    """Open the short form and fill it in, without saving."""
    page = visit(token, lang="zh", kind="issues", new="1", building=str(building))
    named(page.text_area, "text").set_value(text).run()
    named(page.selectbox, "category").select("lighting").run()
    assert not page.exception
    return page


def kept(store: Store, text: str) -> int:
    return int((store.frame(model.Issue, 1)["text"] == text).sum())


def second_session(store: Store, token: str) -> str:
    """Sign the same account in again."""
    fresh, now = secrets.token_urlsafe(16), dt.datetime.now(dt.UTC)
    with store.write() as session:
        account = session.query(model.Account).filter_by(name=f"test-{token.casefold()}").one()
        session.execute(sa.delete(model.Session).where(sa.inspect(model.Session).c.account_id == account.id))
        session.add(
            model.Session(
                account_id=account.id or 0,
                token_hash=hashlib.sha256(fresh.encode()).hexdigest(),
                created_at=now,
                seen_at=now,
                expires_at=now + dt.timedelta(hours=1),
            )
        )
    return fresh


class TestNothingTypedIsLost:
    def test_full_disk(self, visit: Open, filled: Path, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        text = "满盘时写的"
        page = tag(visit, signed_in.begin(filled), 12, text)
        with monkeypatch.context() as full:
            full.setattr(space, "free_bytes", lambda folder: 0)
            press(page, "save")
            assert "MB" in page.error[0].value
            named(page.text_area, "text").set_value(text + "，又写了一句").run()
            press(page, "save")
        assert kept(store, text) == 0
        assert named(page.text_area, "text").value == text + "，又写了一句"
        press(page, "save")
        assert not page.error
        assert kept(store, text + "，又写了一句") == 1
        assert page.success

    def test_store_out_of_reach(self, visit: Open, filled: Path, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        """Not even who is signed in can be asked: the whole page is a sentence, and the form is there afterwards."""

        def gone(*_: Any, **__: Any) -> None:
            raise errors.StoreError("store_unreachable", store="postgresql://x", reason="no answer")

        text = "断线时写的"
        page = tag(visit, signed_in.begin(filled), 12, "写了一半")
        with monkeypatch.context() as away:
            for name in ("read", "write", "revision", "communities"):
                away.setattr(Store, name, gone)
            named(page.text_area, "text").set_value(text).run()
            assert "postgresql" in page.error[0].value
            assert not page.text_area
            page.run()
        page.run()
        assert named(page.text_area, "text").value == text
        assert named(page.selectbox, "category").value == "lighting"
        assert not page.error, "what is over is told no longer"
        press(page, "save")
        assert kept(store, text) == 1

    def test_session_that_ended_meanwhile(self, visit: Open, filled: Path, store: Store) -> None:
        text = "登录过期前写的"
        token = signed_in.begin(filled)
        page = tag(visit, token, 13, "写了一半")
        again = second_session(store, token)
        named(page.text_area, "text").set_value(text).run()
        assert not page.text_area
        page = visit(again, lang="zh", kind="issues", new="1", building="13")
        assert named(page.text_area, "text").value == text
        assert page.info
        press(page, "save")
        assert kept(store, text) == 1
        page = visit(again, lang="zh", kind="issues", new="1", building="13")
        assert named(page.text_area, "text").value == "", "what was saved is no draft any longer"

    def test_saved_twice_is_kept_once(self, visit: Open, filled: Path, store: Store) -> None:
        """The answer to the first saving got lost with its page; the draft knows which issue it was."""
        text = "只记一次"
        token = signed_in.begin(filled)
        tag(visit, token, 14, text)
        first, second = (visit(token, lang="zh", kind="issues", new="1", building="14") for _ in range(2))
        press(first, "save")
        press(second, "save")
        assert kept(store, text) == 1

    def test_draft_can_be_dropped(self, visit: Open, filled: Path, store: Store) -> None:
        token = signed_in.begin(filled)
        tag(visit, token, 15, "不要了")
        press(visit(token, lang="zh", kind="issues", new="1", building="15"), "discard")
        page = visit(token, lang="zh", kind="issues", new="1", building="15")
        assert named(page.text_area, "text").value == ""
        assert kept(store, "不要了") == 0

    def test_what_is_wrong_is_said_beside_its_field(self, visit: Open, filled: Path) -> None:
        page = visit(signed_in.begin(filled), lang="zh", kind="buildings", id="9")
        named(page.text_input, "floors").set_value("很高").run()
        press(page, "save")
        assert any("很高" in one.proto.body for one in page.get("html"))
        assert named(page.text_input, "floors").value == "很高"


@pytest.mark.postgis
def test_database_server_that_vanishes(
    postgis_database: Callable[[], str], visit: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = postgis_database()
    store = open_store(address)
    demo.fill(store, dt.datetime.now(dt.UTC))
    token = signed_in.begin(address)  # type: ignore[arg-type]
    monkeypatch.setenv("GRIDMAP_STORE", address)
    url = sa.make_url(address)
    server = url.set(database="postgres").render_as_string(hide_password=False)
    text = "数据库断开时写的"
    page = tag(visit, token, 12, "写了一半")
    with psycopg.connect(server, autocommit=True) as connection:
        end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
        connection.execute(end, (url.database,))
        connection.execute(f'ALTER DATABASE "{url.database}" RENAME TO "away"')
        named(page.text_area, "text").set_value(text).run()
        assert not page.exception
        assert "GRIDMAP" in page.error[0].value.replace("\\", "")
        connection.execute(f'ALTER DATABASE "away" RENAME TO "{url.database}"')
    page.run()
    assert named(page.text_area, "text").value == text
    press(page, "save")
    assert kept(store, text) == 1
    store.close()


class TestTwoPeople:
    def test_both_versions_are_shown_and_both_are_kept(self, visit: Open, filled: Path, store: Store) -> None:
        one, other = signed_in.begin(filled), signed_in.begin(filled)
        mine = visit(one, lang="zh", kind="buildings", id="5")
        theirs = visit(other, lang="zh", kind="buildings", id="5")
        named(theirs.text_input, "households").set_value("61").run()
        named(theirs.text_input, "name").set_value("东楼").run()
        press(theirs, "save")
        visit.again(mine, one)  # type: ignore[attr-defined]
        named(mine.text_input, "households").set_value("62").run()
        named(mine.text_input, "units").set_value("4").run()
        press(mine, "save")
        assert mine.subheader[0].value == say("record.clash.title")
        said = {radio.label: (list(radio.options), radio.value) for radio in mine.radio}
        assert set(said) == {say(f"record.field.{name}") for name in ("name", "households", "units")}
        assert said[say("record.field.households")] == (["对方的：61", "我的：62"], "mine")
        assert said[say("record.field.name")][1] == "theirs"
        assert "原来：" in mine.caption[0].value
        press(mine, "clash.keep")
        row = store.frame(model.Building, 1).loc[5]
        assert (row["name"], row["households"], row["units"]) == ("东楼", 62, 4)

    def test_deleted_meanwhile_comes_back_with_the_change(self, visit: Open, filled: Path, store: Store) -> None:
        one, other = signed_in.begin(filled), signed_in.begin(filled)
        point = int(store.frame(model.ServicePoint, 1).index[0])
        mine = visit(one, lang="zh", kind="points", id=str(point))
        theirs = visit(other, lang="zh", kind="points", id=str(point))
        [button for button in theirs.button if button.label == say("record.delete_yes")][-1].click().run()
        assert point not in store.frame(model.ServicePoint, 1).index
        visit.again(mine, one)  # type: ignore[attr-defined]
        named(mine.text_input, "hours").set_value("全天").run()
        press(mine, "save")
        press(mine, "clash.restore")
        assert store.frame(model.ServicePoint, 1).at[point, "hours"] == "全天"


def test_deletion_is_taken_back_at_once(visit: Open, filled: Path, store: Store) -> None:
    gate = int(store.frame(model.Gate, 1).index[0])
    page = visit(signed_in.begin(filled), lang="zh", kind="gates", id=str(gate))
    [button for button in page.button if button.label == say("record.delete_yes")][-1].click().run()
    assert gate not in store.frame(model.Gate, 1).index
    press(page, "undo")
    assert gate in store.frame(model.Gate, 1).index
    assert page.success


def test_number_of_a_person_is_masked_and_survives_a_change_around_it(visit: Open, filled: Path, store: Store) -> None:
    token = signed_in.begin(filled)
    with store.write() as session:
        issue = model.Issue(community_id=1, code="M-1", reported_at=dt.datetime.now(dt.UTC), category="noise",
                            source=model.IssueSource.WALK, text="请回电13800138000再议")  # fmt: skip
        session.add(issue)
    page = visit(token, lang="zh", kind="issues", id=str(issue.id))
    assert named(page.text_area, "text").value == "请回电138****8000再议"
    named(page.text_area, "text").set_value("已回电138****8000，不再议").run()
    press(page, "save")
    with store.read() as session:
        assert session.get_one(model.Issue, issue.id).text == "已回电13800138000，不再议"


@pytest.mark.parametrize(
    ("role", "kinds"),
    [
        (Role.SECRETARY, ["issues", "points", "buildings", "compounds", "gates", "premises", "matters"]),
        (Role.ADMINISTRATOR, ["points", "buildings", "compounds", "gates", "premises", "matters"]),
        (Role.DESK, ["issues", "points", "premises", "matters"]),
        (Role.GRID_WORKER, ["issues", "points"]),
        (Role.STREET_LEADER, []),
    ],
)
def test_each_role_is_offered_what_it_may_change(
    visit: Open, filled: Path, store: Store, role: Role, kinds: list[str]
) -> None:
    grid = int(store.frame(model.Grid, 1).index[0])
    token = signed_in.begin(filled, role, grids=[grid] if role == Role.GRID_WORKER else [])
    page = visit(token, lang="zh")
    assert not page.exception
    if not kinds:
        assert not page.dataframe
        return
    shown = page.get("button_group")
    offered = [
        option.content for group in shown for option in group.proto.options if group.proto.label == say("record.which")
    ]
    assert offered == [say(f"record.kinds.{kind}") for kind in kinds]
    if role == Role.GRID_WORKER:
        wanted = store.frame(model.Issue, 1)
        assert len(page.dataframe[0].value) == int((wanted["grid_id"] == grid).sum())
        letter = store.frame(model.Grid, 1).at[grid, "letter"]
        assert set(page.dataframe[0].value[say("record.field.grid")].str[0]) == {letter}
