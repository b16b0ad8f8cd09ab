"""Tables in files: nothing in a cell or a heading is a formula, also in a CSV that is opened as a workbook."""

from __future__ import annotations

import csv
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from gridmap.exchange import delivery

STARTS = ["=", "+", "-", "@", "\t=", "\r=", "\n=", " =", "  @", "＝", "＋", "－", "＠"]


@pytest.mark.parametrize("start", STARTS, ids=repr)
@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_no_cell_and_no_heading_is_a_formula(tmp_path: Path, start: str, ending: str) -> None:
    word = f"{start}cmd|' /C calc'!A0"
    file = tmp_path / f"out.{ending}"
    delivery.write(pd.DataFrame({word: [word, "甲", -3]}, dtype=object), file, title=word, note=word)
    if ending == "xlsx":
        cells = [cell for row in openpyxl.load_workbook(file).active.iter_rows() for cell in row]
        assert all(cell.data_type != "f" for cell in cells)
        told = [cell.value for cell in cells if isinstance(cell.value, str)]
    else:
        with file.open(encoding="utf-8-sig", newline="") as read:
            told = [cell for row in csv.reader(read) for cell in row]
    assert sum("calc" in text for text in told) == (2 if ending == "csv" else 4)
    assert all(text.startswith("'") for text in told if "calc" in text)
    if ending == "csv":
        assert "-3" in told, "a number is no formula"
