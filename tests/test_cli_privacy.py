"""The commands that look after persons."""

from __future__ import annotations

import json
from pathlib import Path

import prepared
import pytest

from gridmap import cli

DOCS = Path(__file__).parents[1] / "docs"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return prepared.with_demo(tmp_path_factory.mktemp("persons") / "store.gpkg")


def call(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    capsys.readouterr()
    code = cli.run([str(argument) for argument in arguments], {"LANG": "en_GB.UTF-8"})
    said = capsys.readouterr()
    return code, said.out, said.err


def test_retention_and_rekey_say_what_they_did_and_the_documents_name_it(
    store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = call(capsys, "retention", store, "--dry-run", "--json")
    assert (code, err) == (0, "")
    kept = json.loads(out)
    assert kept["dry_run"]
    assert not kept["settled"]
    code, out, err = call(capsys, "retention", store)
    assert (code, err) == (0, "")
    assert out.startswith(f"Deleted for good from {store}: ")
    code, out, err = call(capsys, "rekey", store, "--json")
    assert (code, err) == (0, "")
    changed = json.loads(out)
    # Eight members of staff, once more in the history of their pairs, sixty callers, eight households, fifteen
    # residents in teams of stations, sixty who gave to the fund or were helped by it.
    assert changed["texts"] == 2 * 8 + 2 * 60 + 2 * 8 + 2 * 15 + 60
    code, out, err = call(capsys, "rekey", store)
    assert (code, err) == (0, "")
    assert "242 sealed texts are sealed anew" in out
    for name in ("operating.md", "operating.zh-CN.md"):
        text = (DOCS / name).read_text(encoding="utf-8")
        for word in {*kept, *changed, "--dry-run", "--forget-old"}:
            assert f"`{word}" in text, word


def test_lost_key_is_told_in_one_line(
    store: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GRIDMAP_KEY_FILE", str(tmp_path / "none.key"))
    code, out, err = call(capsys, "rekey", store)
    assert (code, out) == (2, "")
    assert err.startswith(f"The key file {tmp_path / 'none.key'} is missing")
    code, out, err = call(capsys, "check", store)
    assert code == 2
    assert "sealed names and phones are not opened by the key file" in out
