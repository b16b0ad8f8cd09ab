"""The commands that bring files in and take them back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import openpyxl
import prepared
import pytest
from command_line import Call

from gridmap import cli_import

DATA = Path(__file__).parent / "exchange" / "data"


@pytest.fixture
def store(tmp_path: Path, call: Call) -> Path:
    path = prepared.with_community(tmp_path / "store.gpkg")
    assert call("import", path, DATA / "Good.geojson", "--as", "buildings").code == 0
    return path


def sheet(folder: Path, rows: Sequence[Sequence[Any]]) -> Path:
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in rows:
        book.active.append(list(row))
    path = folder / "台账.xlsx"
    book.save(path)
    book.close()
    return path


ROWS = (
    ["小区名称", "楼号", "甲"],
    ["模拟一小区", "1#", 61],
    ["模拟一小区", "二号楼", 62],
    ["模拟一小区", "40号楼", 63],
)


def test_a_table_is_matched_mapped_and_kept_in_part(store: Path, tmp_path: Path, call: Call) -> None:
    file, profile = sheet(tmp_path, ROWS), tmp_path / "甲.json"
    usual = ("import", store, file, "--as", "buildings", "--map", "households=甲", "--json")
    told = call(*usual, "--save-profile", profile)
    assert (told.code, told.json["refused"], told.json["added"]) == (2, 1, 0)
    assert [match["taken"] for match in told.json["matched"]] == [True, True, False]
    assert "1号楼" in told.json["matched"][0]["called"]
    assert told.json["unplaced"] == [4]
    rehearsed = call(*usual, "--dry-run", "--skip-refused")
    assert (rehearsed.code, rehearsed.json["changed"], rehearsed.json["kept"]) == (0, 2, False)
    kept = call("import", store, file, "--as", "buildings", "--profile", profile, "--skip-refused", "--json")
    assert (kept.code, kept.json["changed"], kept.json["refused"], kept.json["kept"]) == (0, 2, 1, True)
    columns = {one["field"]: one["column"] for one in kept.json["columns"]}
    assert columns == {"number": "楼号", "compound": "小区名称", "households": "甲"}


def test_an_import_is_listed_and_taken_back(store: Path, tmp_path: Path, call: Call) -> None:
    file = sheet(tmp_path, ROWS[:2])
    run = call("import", store, file, "--as", "buildings", "--map", "households=甲", "--json").json["run"]
    listed = call("imports", store, "--json").json["imports"]
    assert [(one["number"], one["undone_at"]) for one in listed] == [(run, None), (1, None)]
    assert "台账.xlsx" in call("imports", store, lang="zh_CN.UTF-8").out
    undone = call("import-undo", store, run, "--json")
    assert (undone.code, undone.json["restored"], undone.json["removed"]) == (0, 1, 0)
    again = call("import-undo", store, run)
    assert (again.code, again.out) == (2, "")
    assert "already been taken back" in again.err
    assert "撤销" in call("import-undo", store, 1, lang="zh_CN.UTF-8").out
    assert "no import 9" in call("import-undo", store, 9).err
    assert "taken back" in call("imports", store).out


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--datum", "mars"), "no datum mars"),
        (("--map", "households"), "FIELD=COLUMN"),
        (("--map", "colour=甲"), "colour is no field"),
        (("--map", "households=乙"), 'no column "乙"'),
        (("--profile", "nobody"), "no profile nobody"),
    ],
)
def test_a_mistake_is_one_line_and_keeps_nothing(
    store: Path, tmp_path: Path, call: Call, options: tuple[str, ...], said: str
) -> None:
    answer = call("import", store, sheet(tmp_path, ROWS), "--as", "buildings", *options)
    assert (answer.code, answer.out) == (2, "")
    assert said in answer.err
    assert len(answer.err.strip().splitlines()) == 1


def test_progress_is_told_on_standard_error_once_it_takes_long(
    store: Path, tmp_path: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli_import, "_SILENT_S", 0.0)
    answer = call("import", store, sheet(tmp_path, ROWS[:2]), "--as", "buildings", "--json")
    assert answer.json["rows"] == 1
    done = [int(line.split(" % done")[0]) for line in answer.err.splitlines() if line.endswith("% done")]
    assert done == sorted(done)
    assert done[-1] > 50


def test_rows_that_are_no_data_are_named(store: Path, tmp_path: Path, call: Call) -> None:
    file = sheet(tmp_path, [["某社区楼栋台账", None, None], *ROWS[:2], ["合计", None, 60]])
    for lang, said in (
        ("en_GB.UTF-8", "2 rows left out: row 1 (title), row 4 (total)"),
        ("zh_CN.UTF-8", "不计 2 行：第 1 行（标题）、第 4 行（合计）"),
    ):
        answer = call("import", store, file, "--as", "buildings", "--map", "households=甲", "--dry-run", lang=lang)
        assert said in answer.err
        assert answer.code == 0
