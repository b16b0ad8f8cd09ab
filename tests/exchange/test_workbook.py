"""Workbooks: what is written is what openpyxl reads back, and nothing in it is a formula."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import openpyxl
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.worksheet.worksheet import Worksheet

from gridmap.exchange import workbook


def sheet_of(table: pd.DataFrame, **more: Any) -> Worksheet:
    data = workbook.write({"楼栋": table}, title="太白社区（模拟）", **more)
    return openpyxl.load_workbook(io.BytesIO(data))["楼栋"]


def cells_below_header(sheet: Worksheet) -> list[list[Any]]:
    return [[cell.value for cell in row] for row in sheet.iter_rows(min_row=workbook.HEADER_ROW + 2)]


plain_text = st.text(
    st.characters(min_codepoint=32, exclude_categories=["Cs", "Cc", "Cn", "Co"]), min_size=1, max_size=30
)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(
            plain_text.filter(lambda text: text.lstrip()[:1] not in ("=", "+", "-", "@", "'")),
            st.integers(-(10**12), 10**12),
            st.floats(-1e9, 1e9, allow_nan=False),
            st.dates(dt.date(1990, 1, 1), dt.date(2090, 1, 1)),
            st.booleans(),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_what_is_written_is_read_back(rows: list[tuple[str, int, float, dt.date, bool]]) -> None:
    table = pd.DataFrame(rows, columns=["文字", "整数", "小数", "日期", "是否"]).astype({"日期": object})
    for (text, whole, decimal, day, truth), read in zip(rows, cells_below_header(sheet_of(table)), strict=True):
        assert read[0] == text
        assert read[1] == whole
        assert abs(read[2] - decimal) <= 1e-6 * max(1, abs(decimal))
        assert read[3].date() == day
        assert read[4] is truth


@settings(max_examples=30, deadline=None)
@given(st.text(max_size=40), st.sampled_from(["=", "+", "-", "@", "\t", "\r", ""]))
def test_no_cell_is_a_formula_or_a_link(text: str, start: str) -> None:
    value = start + text
    sheet = sheet_of(pd.DataFrame({"=SUM(A1)": [value, "http://example.org"]}), note="=1+1")
    for row in sheet.iter_rows():
        for cell in row:
            assert cell.data_type != "f"
            assert cell.hyperlink is None
            assert not str(cell.value or "").startswith(("=", "+", "-", "@"))


def test_a_moment_is_written_in_local_time() -> None:
    moment = pd.Timestamp("2026-11-24T01:30:00Z")
    sheet = sheet_of(pd.DataFrame({"时间": [moment, pd.NaT]}))
    assert cells_below_header(sheet) == [[dt.datetime(2026, 11, 24, 9, 30)], [None]]


def test_the_sheet_looks_like_a_register() -> None:
    table = pd.DataFrame({"楼号": ["1号楼", "2号楼"], "一个很长的中文列名称": [1, 2]})
    sheet = sheet_of(table, note="数据截至今日")
    assert sheet["A1"].value == "太白社区（模拟）"
    assert sheet["A2"].value == "数据截至今日"
    assert sheet.freeze_panes == "A4"
    assert sheet.auto_filter.ref == "A3:B5"
    assert sheet["A3"].font.bold
    assert sheet.column_dimensions["B"].width >= 20


def test_long_numbers_missing_values_and_control_signs_survive() -> None:
    table = pd.DataFrame({"编码": [610113001001001001, None], "数": [pd.NA, 3], "字": ["甲\x00乙", None]}, dtype=object)
    assert cells_below_header(sheet_of(table)) == [["610113001001001001", None, "甲乙"], [None, 3, None]]


def test_sheet_names_that_excel_refuses_are_mended() -> None:
    tables = {
        "a/b:c": pd.DataFrame({"x": [1]}),
        "A b c": pd.DataFrame({"x": [2]}),
        "长" * 40: pd.DataFrame({"x": []}),
        "": pd.DataFrame(),
    }
    names = openpyxl.load_workbook(io.BytesIO(workbook.write(tables, title="t"))).sheetnames
    assert names == ["a b c", "A b c 2", "长" * 31, "Sheet"]
