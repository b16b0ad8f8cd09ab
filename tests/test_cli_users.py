"""``gridmap user``: accounts from the command line."""

from __future__ import annotations

import datetime as dt
import io
import json
from pathlib import Path

import prepared
import pytest

from gridmap import cli, model
from gridmap.services import accounts
from gridmap.store import open_store

NOW = dt.datetime(2026, 11, 20, 4, tzinfo=dt.UTC)
PASSWORD = "korrekt pferd heft"


@pytest.fixture
def path(tmp_path: Path) -> str:
    """A store with the demo community."""
    return str(prepared.with_demo(tmp_path / "社区.gpkg", NOW))


@pytest.fixture
def run(path, monkeypatch, capsys):
    """Call ``gridmap user STORE ...`` with what is typed on the standard input; return code, output and complaints."""

    def call(*words: str, typed: str = "", environ=None):
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        code = cli.run(["user", path, *words], environ or {"LANG": "en_GB.UTF-8"})
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


def test_first_administrator_and_then_a_leader(run, path) -> None:
    code, out, _ = run("list")
    assert (code, "gridmap user STORE add" in out) == (0, True)
    assert run("add", "Boss", "--role", "administrator", "--password-stdin", typed=f"{PASSWORD}\n")[0] == 0
    leader = ("leader", "--role", "grid_leader", "--staff", "乙一")
    code, out, _ = run("add", *leader, "--password-stdin", "--json", typed=PASSWORD)
    made = json.loads(out)
    assert code == 0
    assert (made["role"], made["display"], made["must_change"], made["active"]) == ("grid_leader", "乙一", True, True)
    assert not any("hash" in key or PASSWORD in str(value) for key, value in made.items())
    store = open_store(path)
    first = accounts.find(store, "boss")
    assert (first.role, first.must_change) == (model.Role.ADMINISTRATOR, False)
    token = accounts.sign_in(store, "leader", PASSWORD, address="", agent="", now=NOW)
    who = accounts.actor(store, token, now=NOW)
    assert who is not None
    assert len(who.grid_ids) == 1
    store.close()
    code, out, _ = run("list")
    assert [line.split("\t")[0] for line in out.splitlines()] == ["boss", "leader"]
    listed = json.loads(run("list", "--json")[1])["accounts"]
    assert [one["name"] for one in listed] == ["boss", "leader"]


def test_password_and_activity(run, path) -> None:
    for name in ("a", "b"):
        assert run("add", name, "--role", "administrator", "--password-stdin", typed=PASSWORD)[0] == 0
    assert run("password", "a", "--password-stdin", typed="another horse here")[0] == 0
    assert run("deactivate", "A")[0] == 0
    code, _, err = run("deactivate", "b")
    assert (code, "administrator" in err) == (cli.USERS_MISTAKE, True)
    assert run("activate", "a")[0] == 0
    store = open_store(path)
    assert accounts.sign_in(store, "a", "another horse here", address="", agent="", now=NOW)
    assert accounts.find(store, "a").must_change
    store.close()


def test_password_is_asked_for_on_a_terminal(run, monkeypatch, path) -> None:
    typed = iter([PASSWORD, PASSWORD, PASSWORD, "something else"])
    monkeypatch.setattr("getpass.getpass", lambda *_: next(typed))

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(io, "StringIO", Terminal)
    assert run("add", "a", "--role", "administrator")[0] == 0
    code, _, err = run("password", "a")
    assert (code, "differ" in err) == (cli.USERS_MISTAKE, True)


@pytest.mark.parametrize(
    ("words", "typed", "said"),
    [
        (("add", "x", "--role", "king", "--password-stdin"), PASSWORD, "grid_leader"),
        (("add", "x", "--role", "administrator", "--password-stdin"), "short", "10"),
        (("add", "x", "--role", "administrator"), "", "--password-stdin"),
        (("add", "x", "--role", "desk", "--community", "别处", "--password-stdin"), PASSWORD, "太白社区"),
        (("add", "x", "--role", "street_leader", "--street", "别处", "--password-stdin"), PASSWORD, "别处"),
        (("add", "x", "--role", "desk", "--staff", "无此人", "--password-stdin"), PASSWORD, "无此人"),
        (("add", "x", "--role", "administrator", "--staff", "乙一", "--password-stdin"), PASSWORD, "staff"),
        (("password", "nobody", "--password-stdin"), PASSWORD, "nobody"),
        (("juggle",), "", "juggle"),
    ],
)
def test_mistakes_are_said_in_one_line(run, path, words, typed, said) -> None:
    code, out, err = run(*words, typed=typed)
    assert (code, out) == (cli.USERS_MISTAKE, "")
    assert said in err
    assert len(err.splitlines()) == 1
    store = open_store(path)
    assert accounts.none(store)
    store.close()


def test_store_that_is_not_there_is_not_made(tmp_path, capsys) -> None:
    missing = tmp_path / "none.gpkg"
    assert cli.run(["user", str(missing), "list"], {"LANG": "en_GB.UTF-8"}) == cli.USERS_MISTAKE
    assert not missing.exists()


@pytest.mark.parametrize(("language", "word"), [("zh", "建立账号"), ("en", "Make an account")])
def test_help_in_both_languages(language, word, capsys) -> None:
    for words in (["user", "--help"], ["user", "x.gpkg", "add", "--help"]):
        assert cli.run([*words], {"LANG": f"{language}_XX.UTF-8"}) == 0
        said = capsys.readouterr().out
        assert word in said
        assert "cli." not in said


def test_chinese_is_spoken_to_the_chinese(run) -> None:
    code, out, _ = run(
        "add", "老王", "--role", "street_leader", "--password-stdin", typed=PASSWORD, environ={"LANG": "zh_CN.UTF-8"}
    )
    assert (code, out.strip()) == (0, "已建立账号 老王：街道领导。")
