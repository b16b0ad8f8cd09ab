"""The commands that look after a store: one object with ``--json``, one line and exit 2 where they cannot."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import prepared
import pytest
from command_line import Call

DOCS = Path(__file__).parents[1] / "docs"


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return prepared.with_community(tmp_path / "store.gpkg")


def test_backup_restore_check(tmp_path: Path, store: Path, call: Call) -> None:
    made = call("backup", store, "--json")
    assert (made.code, made.err) == (0, "")
    file = Path(made.json["file"])
    assert file.parent == tmp_path / "backups"
    assert made.json["rows"]["community"] == 1
    again = call("backup", store, "--out", tmp_path / "backups", "--keep", 1)
    assert again.code == 0
    assert f"Older backup removed: {file}" in again.out
    (kept,) = (tmp_path / "backups").iterdir()

    restored = call("restore", kept, tmp_path / "new.gpkg", "--json")
    assert restored.code == 0
    assert restored.json["rows"] == made.json["rows"]
    replaced = call("restore", kept, tmp_path / "new.gpkg", "--replace")
    assert replaced.code == 0
    assert "kept in:" in replaced.out
    checked = call("check", tmp_path / "new.gpkg", "--json")
    assert (checked.code, checked.json["clean"], checked.json["faults"]) == (0, True, [])
    assert "All is well" in call("check", tmp_path / "new.gpkg").out


def test_check_of_a_faulty_store(store: Path, call: Call) -> None:
    with closing(sqlite3.connect(store)) as connection:
        connection.execute("DROP TRIGGER gridmap_building_update")
    answer = call("check", store)
    assert answer.code == 2
    assert answer.err == "1 thing is wrong.\n"
    assert "Triggers of building are missing" in answer.out
    told = call("check", store, "--json")
    assert told.code == 2
    assert told.json["faults"][0]["code"] == "check_triggers"


@pytest.mark.parametrize(
    "arguments",
    [
        ("backup", "missing.gpkg"),
        ("backup", "store.gpkg", "--keep", "0"),
        ("backup", "store.gpkg", "--out", "store.gpkg"),
        ("restore", "missing.zip", "new.gpkg"),
        ("restore", "store.gpkg", "new.gpkg"),
        ("restore", "KEPT", "store.gpkg"),
        ("restore", "KEPT", "new.sqlite"),
        ("restore", "KEPT", "mysql://host/name"),
        ("check", "missing.gpkg"),
    ],
)
def test_mistakes_are_told_in_one_line(
    store: Path, call: Call, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    monkeypatch.chdir(store.parent)
    kept = call("backup", store, "--out", "kept", "--json").json["file"]
    before = sorted(store.parent.rglob("*"))
    answer = call(*(kept if word == "KEPT" else word for word in arguments))
    assert (answer.code, answer.out) == (2, "")
    assert len(answer.err.strip().splitlines()) == 1
    assert sorted(store.parent.rglob("*")) == before


@pytest.mark.parametrize("name", ["operating.md", "operating.zh-CN.md"])
def test_documents_name_every_option_and_key(store: Path, call: Call, name: str) -> None:
    text = (DOCS / name).read_text(encoding="utf-8")
    made = call("backup", store, "--json").json
    restored = call("restore", made["file"], store.parent / "new.gpkg", "--json").json
    checked = call("check", store, "--json").json
    for word in {*made, *restored, *checked, "--out", "--keep", "--replace", "--json", "GRIDMAP_BACKUPS"}:
        assert f"`{word}" in text, word
