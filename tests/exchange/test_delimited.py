"""CSV and TSV in any encoding and with any delimiter."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridmap.errors import InputError
from gridmap.exchange import delimited, sheets

MOST = 1_000_000
LINES = '小区名称,楼号,问题描述\r\n模拟小区,1#,"要求,\n尽快处理"\r\n\r\n模拟小区,2#,堆物\r\n'


@pytest.mark.parametrize(
    ("encoding", "said"),
    [("utf-8", "UTF-8"), ("utf-8-sig", "UTF-8"), ("gb18030", "GB18030"), ("utf-16", "UTF-16"), ("utf-16-le", "UTF-16")],
)
def test_every_encoding_says_the_same(tmp_path: Path, encoding: str, said: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(LINES.encode(encoding))
    source = sheets.read(path)
    assert source.encoding == said
    assert source.frame.to_dict("split") == {
        "index": [2, 4],
        "columns": ["小区名称", "楼号", "问题描述"],
        "data": [["模拟小区", "1#", "要求,\n尽快处理"], ["模拟小区", "2#", "堆物"]],
    }
    assert [(one.row, one.why) for one in source.left_out] == [(1, "header"), (3, "empty")]


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|", "，"])
def test_every_delimiter_is_found(delimiter: str) -> None:
    text = "\n".join(delimiter.join(row) for row in (["楼号", "户数", "备注"], ["1#", "48", "a.b:c"], ["2#", "36", ""]))
    grid = delimited.read(text.encode(), "a.csv", MOST)
    assert grid.cells.tolist() == [["楼号", "户数", "备注"], ["1#", "48", "a.b:c"], ["2#", "36", None]]


def test_a_file_may_say_its_delimiter_and_hold_more_cells_than_headings() -> None:
    grid = delimited.read(b"sep=;\r\na;b\r\n1,5;2;3\r\n", "a.csv", MOST)
    assert grid.cells.tolist() == [[None, None, None], ["a", "b", None], ["1,5", "2", "3"]]


def test_text_behind_a_closing_quote_is_read_all_the_same() -> None:
    grid = delimited.read('楼号,备注\n1#,"甲"乙\n'.encode(), "a.csv", MOST)
    assert grid.cells[1].tolist() == ["1#", "甲乙"]


def test_one_endless_row_is_refused() -> None:
    with pytest.raises(InputError, match="more than the 1,000 cells"):
        delimited.read(b"a,b\n" + b"1," * 600, "a.csv", 1000)


@settings(max_examples=60)
@given(
    st.lists(st.lists(st.text("甲乙aB1 ,;\t\n\"'", max_size=6), min_size=3, max_size=3), min_size=1, max_size=5),
    st.sampled_from(["utf-8", "gb18030", "utf-16"]),
)
def test_what_a_spreadsheet_writes_is_read_again(rows: list[list[str]], encoding: str) -> None:
    rows = [["小区", "楼号", "备注"], *rows]
    file = io.StringIO(newline="")
    csv.writer(file).writerows(rows)
    grid = delimited.read(file.getvalue().encode(encoding), "a.csv", MOST)
    wanted = [[cell.strip() for cell in row] for row in rows]
    for row, cells in zip(wanted, grid.cells.tolist(), strict=False):
        for cell, read in zip(row, cells, strict=True):
            # An apostrophe before a number and a sign for "as above" mean something.
            if not cell.startswith(("'", '"')):
                assert (read or "") == cell
