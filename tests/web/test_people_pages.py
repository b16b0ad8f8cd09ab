"""The pages of accounts and of the audit, run without a browser: what each role finds there, and what it may do."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import openpyxl
import prepared
import pytest
import signed_in
import sqlalchemy as sa
from streamlit.runtime.context import ContextProxy
from streamlit.testing.v1 import AppTest

from gridmap import access, errors, i18n, model
from gridmap.model import Role
from gridmap.services import account_admin, accounts, audit, leave, view_links
from gridmap.store import Store, open_store
from gridmap.web import accounts_view, audit_view, chrome, credentials, downloads, routes

BOSS = access.Actor(
    account_id=0, name="boss", role=Role.ADMINISTRATOR, street_id=None, community_id=None, grid_ids=frozenset(),
    session_id=0,
)  # fmt: skip
PAGES = {
    "accounts": {Role.ADMINISTRATOR, Role.SECRETARY},
    "audit": {Role.ADMINISTRATOR},
}


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return prepared.with_demo(tmp_path_factory.mktemp("people") / "store.gpkg")


@pytest.fixture
def store(filled: Path) -> Iterator[Store]:
    opened = open_store(str(filled), create=False)
    yield opened
    opened.close()


Visit = Callable[..., AppTest]


@pytest.fixture
def visit(monkeypatch: pytest.MonkeyPatch, filled: Path) -> Visit:
    def opened(page: str, role: Role, *, language: str = "en", path: Path = filled, **place: Any) -> AppTest:
        monkeypatch.setenv("GRIDMAP_STORE", str(path))
        monkeypatch.delenv("GRIDMAP_DEMO", raising=False)
        token = signed_in.begin(path, role, **place)
        monkeypatch.setattr(ContextProxy, "cookies", {credentials.SESSION: token})
        monkeypatch.setattr(ContextProxy, "url", "https://office.example:8443/accounts")
        test = AppTest.from_file(str(routes.SCRIPT), default_timeout=60)
        test.query_params["lang"] = language
        test.run()
        test.switch_page(str(routes.SCRIPT.parents[2] / "pages" / f"{page}.py")).run()
        assert not test.exception
        return test

    return opened


def account(store: Store, name: str, role: Role = Role.DESK, **more: Any) -> model.Account:
    return account_admin.create(
        store, None, name, role=role, password="five colours, one map", community_id=1, must_change=False, **more
    )


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("role", list(Role))
def test_who_finds_what(visit: Visit, page: str, role: Role) -> None:
    test = visit(page, role)
    said = [one.value for one in test.error]
    if role in PAGES[page]:
        assert not said
        assert test.selectbox or test.dataframe
    else:
        action = access.Action.MANAGE_LEAVE if page == "accounts" else access.Action.SEE_AUDIT
        assert said == [chrome.literally(errors.Forbidden("forbidden_role", action=action.value).sentence("en"))]
        assert not test.dataframe
        assert not test.text_input
    if page == "accounts" and role == Role.SECRETARY:
        assert test.segmented_control("people").options == [
            i18n.text("leave.title", "en"), i18n.text("share.title", "en"),
        ]  # fmt: skip


@pytest.mark.parametrize("language", i18n.LANGUAGES)
@pytest.mark.parametrize("part", ["accounts", "leave", "share"])
def test_each_part_in_both_languages(visit: Visit, part: str, language: str) -> None:
    test = visit("accounts", Role.ADMINISTRATOR, language=language)
    test.segmented_control("people").set_value(part).run()
    assert not test.exception
    assert not test.error


class TestAccounts:
    def test_list_is_found_by_words(self, visit: Visit, store: Store) -> None:
        account(store, "find-me", display="寻")
        test = visit("accounts", Role.ADMINISTRATOR)
        assert len(test.dataframe[0].value) >= 2
        test.text_input("accounts-find").set_value("寻 FIND").run()
        assert list(test.dataframe[0].value.iloc[:, 0]) == ["find-me"]
        test.text_input("accounts-find").set_value("find-nobody").run()
        assert not test.dataframe
        assert i18n.text("accounts.nothing_found", "en") in test.info[0].value

    def test_empty_store_has_accounts_but_no_leave(self, visit: Visit, tmp_path: Path) -> None:
        test = visit("accounts", Role.ADMINISTRATOR, path=tmp_path / "empty.gpkg")
        assert test.segmented_control("people").options == [i18n.text("accounts.title", "en")]
        assert len(test.dataframe[0].value) == 1

    def test_five_hundred(self, visit: Visit, tmp_path: Path) -> None:
        path = tmp_path / "many.gpkg"
        opened = open_store(str(path))
        with opened.write() as session:
            session.add_all(
                [
                    model.Account(name=f"n{n:03d}", display="", role=Role.ADMINISTRATOR, password_hash="x")
                    for n in range(500)
                ]
            )
        opened.close()
        test = visit("accounts", Role.ADMINISTRATOR, path=path)
        assert len(test.dataframe[0].value) == 501
        test.text_input("accounts-find").set_value("n499").run()
        assert len(test.dataframe[0].value) == 1

    def chosen(self, test: AppTest, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
        """Choose an account's row, which no test without a browser can click."""

        def list_(table: Any, _language: str) -> int:
            return int(table.index[list(table.iloc[:, 0]).index(name)])

        monkeypatch.setattr(accounts_view, "_list", list_)
        test.run()
        assert not test.exception

    def test_another_administrator_was_faster(
        self, visit: Visit, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        made = account(store, "both")
        test = visit("accounts", Role.ADMINISTRATOR)
        self.chosen(test, monkeypatch, "both")
        field = next(one for one in test.text_input if str(one.key).startswith("display"))
        field.set_value("mine").run()
        account_admin.change(store, None, made.id or 0, role=Role.SECRETARY, display="theirs", community_id=1)
        test.button("account-save").click().run()
        assert "both" in test.error[0].value
        assert "theirs" in test.warning[0].value
        field = next(one for one in test.text_input if str(one.key).startswith("display"))
        assert field.value == "mine"
        kept = accounts.find(store, "both")
        assert (kept.display, kept.role) == ("theirs", Role.SECRETARY)
        # Seen now, the second save means it.
        test.button("account-save").click().run()
        assert not test.error
        kept = accounts.find(store, "both")
        assert (kept.display, kept.role) == ("mine", Role.DESK)

    def test_last_administrator_stays(self, visit: Visit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        path = tmp_path / "one.gpkg"
        test = visit("accounts", Role.ADMINISTRATOR, path=path)
        name = test.dataframe[0].value.iloc[0, 0]
        self.chosen(test, monkeypatch, name)
        role = next(one for one in test.selectbox if str(one.key).startswith("role"))
        role.set_value(Role.STREET_LEADER).run()
        test.button("account-save").click().run()
        assert test.error
        opened = open_store(str(path), create=False)
        assert accounts.find(opened, name).role == Role.ADMINISTRATOR
        opened.close()

    def test_demo_account_is_nobodys_to_change(
        self, visit: Visit, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with store.write() as session:
            session.add(
                model.Account(name="demo-x", display="", role=Role.DESK, password_hash="x", community_id=1, demo=True)
            )
        test = visit("accounts", Role.ADMINISTRATOR)
        self.chosen(test, monkeypatch, "demo-x")
        assert not [one for one in test.button if one.key == "account-save"]
        assert i18n.text("error.forbidden_demo", "en") in test.info[0].value

    def test_signed_out_and_unlocked(self, visit: Visit, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        account(store, "locked")
        now = dt.datetime.now(dt.UTC)
        token = accounts.sign_in(store, "locked", "five colours, one map", address="", agent="", now=now)
        for _ in range(5):
            with pytest.raises(errors.SignInFailed):
                accounts.sign_in(store, "locked", "wrong", address="", agent="", now=now)
        test = visit("accounts", Role.ADMINISTRATOR)
        self.chosen(test, monkeypatch, "locked")
        test.button("account-unlock").click().run()
        assert not test.error
        test.button("account-sign-out").click().run()
        assert accounts.actor(store, token, now=now) is None
        assert accounts.sign_in(store, "locked", "five colours, one map", address="", agent="", now=now)


class TestLeave:
    def test_entered_and_refused(self, visit: Visit, store: Store) -> None:
        test = visit("accounts", Role.SECRETARY)
        staff = store.frame(model.Staff, 1)
        one = int(staff.index[staff["name"] == "乙一"][0])
        who = next(box for box in test.selectbox if str(box.key).startswith("leave-who"))
        who.set_value(one).run()
        test.button("leave-save").click().run()
        assert not test.exception
        assert not test.error
        assert list(test.dataframe[0].value.iloc[:, 0]) == ["乙一"]
        partner = int(staff.index[staff["name"] == "乙二"][0])
        who = next(box for box in test.selectbox if str(box.key).startswith("leave-who"))
        who.set_value(partner).run()
        test.button("leave-save").click().run()
        assert "乙一" in test.error[0].value
        today = accounts.day_of(dt.datetime.now(dt.UTC))
        rows = leave.listed(store, BOSS, 1, since=today)
        assert [row.staff_id for row in rows] == [one]


class TestShare:
    def test_made_and_shown_once(self, visit: Visit, store: Store) -> None:
        test = visit("accounts", Role.SECRETARY)
        test.segmented_control("people").set_value("share").run()
        test.text_input[0].set_value("*区里来人*").run()
        test.button("share-make").click().run()
        assert not test.exception
        link = test.code[0].value
        assert link.startswith("https://office.example:8443/view/")
        token = link.rpartition("/")[2]
        assert view_links.open_(store, token, address="", agent="", now=dt.datetime.now(dt.UTC))
        test.run()
        assert test.code[0].value == link
        test.button("noted").click().run()
        assert not test.code
        assert list(test.dataframe[0].value.iloc[:, 0]) == ["*区里来人*"]


class TestAudit:
    def test_searched_by_pages(self, visit: Visit, tmp_path: Path) -> None:
        path = tmp_path / "audit.gpkg"
        opened = open_store(str(path))
        with opened.write() as session:
            for n in range(250):
                audit.record(session, None, "download_tables", target=f"row {n}")
            audit.record(session, None, "sign_in", target="100%")
        opened.close()
        test = visit("audit", Role.ADMINISTRATOR, path=path)
        assert len(test.dataframe[0].value) == audit_view.PAGE_ROWS
        test.number_input[0].set_value(3).run()
        assert len(test.dataframe[0].value) == 51
        test.text_input("audit-words").set_value("ROW 24").run()
        assert test.number_input[0].value == 1
        assert sorted(test.dataframe[0].value.iloc[:, 3]) == ["row 124", "row 224", "row 24"] + [
            f"row 24{n}" for n in range(10)
        ]
        test.text_input("audit-words").set_value("100%").run()
        assert list(test.dataframe[0].value.iloc[:, 3]) == ["100%"]
        test.text_input("audit-words").set_value("").run()
        test.selectbox("audit-action").set_value("sign_in").run()
        assert list(test.dataframe[0].value.iloc[:, 3]) == ["100%"]
        test.text_input("audit-words").set_value("nothing of the kind").run()
        assert not test.dataframe
        assert i18n.text("audit_page.nothing", "en") in test.info[0].value


class TestDownloads:
    """What stands behind the buttons, which no test without a browser can press."""

    @pytest.fixture
    def token(self, filled: Path, monkeypatch: pytest.MonkeyPatch) -> str:
        monkeypatch.setenv("GRIDMAP_STORE", str(filled))
        monkeypatch.delenv("GRIDMAP_DEMO", raising=False)
        token = signed_in.begin(filled, Role.ADMINISTRATOR)
        fake = SimpleNamespace(cookies={credentials.SESSION: token}, ip_address="192.0.2.7")
        monkeypatch.setattr("streamlit.context", fake)
        return token

    def cells(self, file: bytes) -> list[object]:
        sheet = openpyxl.load_workbook(io.BytesIO(file)).active
        assert sheet is not None
        return [cell.value for row in sheet.iter_rows() for cell in row if cell.value is not None]

    def test_noted_and_harmless(self, token: str, store: Store) -> None:
        audit.note(store, None, "download_tables", target="=cmd|'/C calc'!A0", reason="@SUM(1)")
        account(store, "formula", display="=1+1")
        wanted = {"since": None, "until": None, "account": None, "action": None, "words": ""}
        files = [
            downloads.listed(access.Action.SEE_AUDIT, "审计记录", lambda who: audit_view._excel(who, wanted, "zh"))(),
            downloads.listed(access.Action.MANAGE_ACCOUNTS, "账号", lambda who: accounts_view._excel(who, "zh"))(),
        ]
        told = [str(cell) for file in files for cell in self.cells(file)]
        assert "'=cmd|'/C calc'!A0" in told
        assert "'=1+1" in told
        assert not [cell for cell in told if cell.startswith(("=", "+", "@"))]
        noted = audit.search(store, None, action="download_tables", words="192.0.2.7")
        assert sorted(noted["target"]) == ["审计记录", "账号"]

    def test_not_for_whoever_has_lost_the_right(self, token: str, store: Store) -> None:
        take = downloads.listed(access.Action.SEE_AUDIT, "审计记录", lambda _who: b"")
        assert take() == b""
        with store.write() as session:
            account = session.scalars(sa.select(model.Account).filter_by(name=f"test-{token.casefold()}")).one()
            account.role, account.community_id = Role.SECRETARY, 1
        with pytest.raises(errors.Forbidden):
            take()
        with store.write() as session:
            session.get_one(model.Account, account.id).active = False
        with pytest.raises(errors.Forbidden):
            take()
