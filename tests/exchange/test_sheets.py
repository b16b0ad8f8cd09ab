"""Registers in spreadsheets, as dirty as they are kept."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from gridmap.errors import InputError
from gridmap.exchange import columns, field_dates, fields, forbidden, reading, sheets
from gridmap.exchange.source import Source

DATA = Path(__file__).parent / "data"
Rows = list[list[Any]]


@pytest.fixture
def book(tmp_path: Path) -> Callable[..., Source]:
    """Write rows as a workbook and read it."""

    def made(rows: Rows, *, merge: tuple[str, ...] = (), hide: tuple[int, ...] = ()) -> Source:
        path = tmp_path / "台账.xlsx"
        with xlsxwriter.Workbook(path) as book:
            sheet = book.add_worksheet("台账")
            fill(sheet, rows)
            for span in merge:
                first = next(cell for cell in _cells(span, rows))
                sheet.merge_range(span, first)
            for row in hide:
                sheet.set_row(row - 1, None, None, {"hidden": True})
        return sheets.read(path)

    return made


def _cells(span: str, rows: Rows) -> list[Any]:
    row, place = int(span.partition(":")[0][1:]) - 1, ord(span[0]) - 65
    return [rows[row][place]]


def fill(sheet: Worksheet, rows: Rows) -> None:
    for r, row in enumerate(rows):
        for c, cell in enumerate(row):
            if cell is not None:
                sheet.write(r, c, cell)


def records(source: Source) -> dict[int, list[Any]]:
    return {int(row): list(cells) for row, *cells in source.frame.itertuples()}


def left(source: Source) -> dict[int, str]:
    return {one.row: one.why for one in source.left_out}


HEAD = ["序号", "小区名称", "楼号", "户数"]


def test_titles_totals_and_signatures_are_told_from_records(book: Callable[..., Source]) -> None:
    source = book(
        [
            ["XX街道模拟社区楼栋台账"],
            ["填报单位：模拟社区", None, "填报时间：2024.3.1"],
            [],
            HEAD,
            [1, "甲小区", "1#", "约320户"],
            [2, "甲小区", "２号楼", 48],
            ["甲小区小计", None, None, 368],
            HEAD,
            [],
            [3, "乙小区", "一号楼", "24户"],
            ["合 计", None, None, 392],
            [],
            ["注：户数以公安登记为准"],
            ["填表人：张三", None, "审核人：", "（盖章）"],
        ],
        merge=("A1:D1",),
    )
    assert records(source) == {
        5: [1, "甲小区", "1#", "约320户"],
        6: [2, "甲小区", "２号楼", 48],
        10: [3, "乙小区", "一号楼", "24户"],
    }
    assert left(source) == {
        1: "title", 2: "title", 4: "header", 7: "total", 8: "header", 9: "empty", 11: "total", 13: "note",
        14: "signature",
    }  # fmt: skip
    assert sum(fields.count(cell) or 0 for cell in source.frame["户数"]) == 392


def test_headings_in_two_rows_are_joined(book: Callable[..., Source]) -> None:
    rows = [
        ["台账"],
        ["小区名称", "楼号", "人口情况", None, "备注"],
        [None, None, "户数", "人数", None],
        ["甲", "1#", 48, 130, None],
        ["甲", "2#", 36, 99, "新"],
    ]
    merged = book(rows, merge=("A1:E1", "A2:A3", "B2:B3", "C2:D2", "E2:E3"))
    plain = book(rows)
    for source in (merged, plain):
        assert list(source.frame.columns) == ["小区名称", "楼号", "人口情况/户数", "人口情况/人数", "备注"]
        assert records(source) == {4: ["甲", "1#", 48, 130, None], 5: ["甲", "2#", 36, 99, "新"]}
        assert columns.mapping(columns.propose(source.frame, "buildings"))["households"] == "人口情况/户数"


def test_a_row_of_groups_above_the_headings_is_joined(book: Callable[..., Source]) -> None:
    rows = [
        ["基本信息", None, None, "住户"],
        ["小区名称", "楼号", "单元数", "户数"],
        ["甲", "1#", 3, 48],
    ]
    source = book(rows, merge=("A1:C1",))
    assert list(source.frame.columns) == ["基本信息/小区名称", "基本信息/楼号", "基本信息/单元数", "住户/户数"]
    assert set(columns.mapping(columns.propose(source.frame, "buildings"))) == {
        "compound",
        "number",
        "units",
        "households",
    }


def test_a_heading_over_two_columns_and_columns_without_a_heading(book: Callable[..., Source]) -> None:
    source = book(
        [["楼号", "户数", "联系人", None, None, None], ["1#", 48, "张三", "13800000000", None, "甲"]], merge=("C1:D1",)
    )
    assert list(source.frame.columns) == ["楼号", "户数", "联系人", "联系人 (2)", "F"]
    assert records(source) == {2: ["1#", 48, "张三", "13800000000", "甲"]}


def test_cells_merged_down_a_column_stand_in_each_row(book: Callable[..., Source]) -> None:
    rows = [HEAD, [1, "甲", "1#", 8], [2, None, "2#", 9], [3, "乙", "1#", 7], [4, None, "2#", 6], [5, "丙", "1#", 5]]
    source = book(rows, merge=("B2:B3", "B4:B5"))
    assert list(source.frame["小区名称"]) == ["甲", "甲", "乙", "乙", "丙"]


def test_hidden_rows_are_records_and_empty_columns_none(book: Callable[..., Source]) -> None:
    rows = [[None, "楼号", None, "户数"], [None, "1#", None, 8], [None, "2#", None, 9]]
    source = book(rows, hide=(2,))
    assert list(source.frame.columns) == ["楼号", "户数"]
    assert records(source) == {2: ["1#", 8], 3: ["2#", 9]}


def test_units_and_numbers_of_columns_under_the_headings_are_no_records(book: Callable[..., Source]) -> None:
    units = book([HEAD, [None, None, None, "（户）"], [1, "甲", "1#", 8]])
    assert left(units) == {1: "header", 2: "header"}
    numbered = book([HEAD, ["(1)", "(2)", "(3)", "(4)"], [1, "甲", "1#", 8]])
    assert left(numbered) == {1: "header", 2: "header"}
    assert records(book([["楼号", "户数"], [1, 2], [2, 5]])) == {2: [1, 2], 3: [2, 5]}


def test_as_above_apostrophes_and_strange_blanks(book: Callable[..., Source]) -> None:
    source = book([HEAD, [1, "甲", "'0012", "'=1+1"], [2, "同上", "　2#　", "〃"], [3, '"', "3#_x000D_", " "]])
    assert records(source) == {2: [1, "甲", "0012", "=1+1"], 3: [2, "甲", "2#", "=1+1"], 4: [3, "甲", "3#", None]}


def test_a_foot_in_several_forms_is_told_and_a_sparse_last_record_is_kept(book: Callable[..., Source]) -> None:
    rows: Rows = [HEAD, [1, "甲", "1#", 8], [2, None, "2#", None]]
    assert len(book(rows).frame) == 2
    for foot in (
        ["总计：2 栋", None, None, 8],
        ["制表人：张三  审核人：李四"],
        [None, None, "社区居委会（公章）", "2024年3月1日"],
        ["备注：本表一式两份"],
        ["第 1 页 共 1 页"],
        ["本表由各网格员填报，请于每月五日前报社区，逾期不候"],
    ):
        source = book([*rows, foot])
        assert len(source.frame) == 2, foot
        assert {one.row for one in source.left_out} == {1, 4}


def test_words_that_only_look_like_totals_are_records(book: Callable[..., Source]) -> None:
    rows = [
        ["姓名", "服务类型", "事由"],
        ["张三", "统计表", "小计算机班"],
        ["李四", "合计", "物业费合计多收"],
        ["王五", "书画", "会计"],
    ]
    assert len(book(rows).frame) == 3


def test_sections_within_a_table_are_notes(book: Callable[..., Source]) -> None:
    rows = [HEAD, ["一、东区"], [1, "甲", "1#", 8], ["二、西区"], [2, "乙", "1#", 9]]
    source = book(rows, merge=("A2:D2", "A4:D4"))
    assert left(source) == {1: "header", 2: "note", 4: "note"}


def test_dates_numbers_and_long_numbers_keep_what_they_are(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["日期", "金额(元)", "联系电话", "用途"])
        sheet.write_datetime(1, 0, dt.datetime(2024, 3, 12), book.add_format({"num_format": 'yyyy"年"m"月"d"日"'}))
        sheet.write_row(1, 1, [12.5, 13800000001, "书"])
    source = sheets.read(path)
    day, amount, phone, purpose = records(source)[2]
    assert field_dates.day(day) == dt.date(2024, 3, 12)
    assert (amount, phone, purpose) == (12.5, 13800000001, "书")


def test_a_used_range_far_beyond_the_data_costs_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        sheet, lined = book.add_worksheet(), book.add_format({"border": 1})
        for row in range(20_000):
            cells = HEAD if row == 0 else [row, "甲", f"{row}#", 8] if row <= 500 else [None] * 4
            for place, cell in enumerate(cells):
                sheet.write(row, place, cell, lined)
    source = sheets.read(path)
    assert len(source.frame) == 500
    assert left(source) == {1: "header"}


def test_the_sheet_with_the_register_is_found_among_others(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        fill(book.add_worksheet("填表说明"), [["楼号按门牌填写"], ["户数填常住户数"]])
        fill(book.add_worksheet("楼栋"), [HEAD, [1, "甲", "1#", 8]])
        fill(book.add_worksheet("统计"), [["类别", "数量甲"], ["甲", 8], ["乙", 9]])
        lists = book.add_worksheet("选项")
        fill(lists, [["小区名称", "楼号"], ["甲", "1#"]])
        lists.hide()
    assert sheets.read(path).part == "楼栋"
    assert [(part.name, part.rows, part.hidden) for part in reading.parts(path)] == [
        ("填表说明", None, False), ("楼栋", None, False), ("统计", None, False), ("选项", None, True),
    ]  # fmt: skip
    assert list(reading.read(path, part="选项").frame.columns) == ["小区名称", "楼号"]
    with pytest.raises(InputError, match=r"has no sheet 三; its sheets are 填表说明, 楼栋"):
        reading.read(path, part="三")


def test_progress_is_told_and_can_cancel() -> None:
    told: list[float] = []
    sheets.read(DATA / "GoodRegister.xlsx", progress=told.append)
    assert told == sorted(told)
    assert (told[0], told[-1]) == (0.0, 1.0)

    def stop(share: float) -> None:
        if share > 0.5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sheets.read(DATA / "GoodRegister.xlsx", progress=stop)


@pytest.mark.parametrize("name", ["GoodRegister.xlsx", "GoodRegister.xls", "GoodRegister.ods", "WebPageTable.xls"])
def test_every_format_says_the_same(name: str) -> None:
    source = reading.read(DATA / name)
    assert list(source.frame.columns) == ["小区名称", "楼号", "户数"]
    read = [(name, number, fields.count(n)) for name, number, n in source.frame.itertuples(index=False)]
    assert read == [("模拟小区", "1号楼", 48), ("模拟小区", "2号楼", 36)]


# ------------------------------------------------------------------------------------- what real registers hold


def test_the_register_of_buildings_is_read_right(shared_data: Path) -> None:
    truth = json.loads((shared_data / "registers" / "truth.json").read_text(encoding="utf-8"))
    source = reading.read(shared_data / "registers" / "楼栋台账.xlsx")
    taken = columns.mapping(columns.propose(source.frame, "buildings"))
    named = columns.named(source.frame, taken)
    assert len(named) == truth["buildings"]
    assert sum(fields.count(cell) or 0 for cell in named["households"]) == truth["households"]
    assert sorted(set(named["compound"])) == sorted(truth["compounds"])
    assert {field_dates.year(cell) for cell in named["built_year"]} == {None, 1986, 1992, 1998, 2005}
    assert left(source) == {1: "title", 2: "title", 3: "header", 45: "total", 47: "signature"}


def test_households_in_need_and_orders_are_read_right(shared_data: Path) -> None:
    truth = json.loads((shared_data / "registers" / "truth.json").read_text(encoding="utf-8"))
    needs = reading.read(shared_data / "registers" / "困难群众台账.xls")
    assert len(needs.frame) == truth["needs"]
    kept, found = forbidden.strip(needs.frame)
    assert set(found.columns) == {"身份证号", "宗教信仰", "是否上访"}
    assert set(columns.mapping(columns.propose(kept, "households-in-need"))) >= {
        "name",
        "need",
        "request",
        "address",
        "phone",
    }
    orders = reading.read(shared_data / "registers" / "12345工单.csv")
    assert orders.encoding == "GB18030"
    assert len(orders.frame.drop_duplicates()) == truth["orders"]


def test_messages_of_citizens_are_read_right(shared_data: Path) -> None:
    messages = reading.read(shared_data / "complaints" / "泰迪杯2020C_示例_附件3.xlsx")
    assert len(messages.frame) == 30
    assert len(reading.read(shared_data / "complaints" / "泰迪杯2020C_示例_附件1.xlsx").frame) == 517
