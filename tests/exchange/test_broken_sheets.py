"""Spreadsheets with a fault: each gets its sentence, and none anything but a sentence."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gridmap.errors import GridmapError, InputError
from gridmap.exchange import cells, columns, opening, reading, sheets

DATA = Path(__file__).parent / "data"


class Said(NamedTuple):
    key: str
    zh: str
    en: str


FILES = {
    "LockedRegister.xlsx": Said("sheet_locked", "有打开密码", "has a password"),
    "LockedRegister.xls": Said("sheet_locked", "有打开密码", "has a password"),
    "PictureNamed.xlsx": Said("sheet_picture", "其实是图片，不是表格", "is a picture"),
    "LetterNamed.xlsx": Said("sheet_other_document", "不是表格文件", "is no spreadsheet"),
    "LetterNamed.xls": Said("sheet_other_document", "不是表格文件", "is no spreadsheet"),
    "BinaryWorkbook.xlsb": Said("sheet_binary", "是二进制工作簿", "is a binary workbook"),
    "OldExcel.xls": Said("sheet_old", "是 Excel 97 以前的旧格式", "older than 97"),
    "XmlSpreadsheet.xls": Said("sheet_xml", "旧式网络表格", "is an XML Spreadsheet 2003"),
    "WebPageWithoutTable.xls": Said("sheet_html", "其实是网页", "is a web page without a table"),
    "TruncatedRegister.xlsx": Said("sheet_damaged", "已损坏或不完整", "is damaged or not complete"),
    "TruncatedRegister.xls": Said("sheet_damaged", "已损坏或不完整", "is damaged or not complete"),
    "EmptyWorkbook.xlsx": Said("sheet_empty", "一个单元格也没有填写", "has no filled cell"),
    "BlankLines.csv": Said("sheet_empty", "一个单元格也没有填写", "has no filled cell"),
    "HeadingsOnly.xlsx": Said("sheet_no_rows", "只有表头（小区名称、楼号、户数），下面没有数据", "no data below them"),
    "NoHeadings.xlsx": Said("sheet_no_header", "NoHeadings.xlsx / 数据 的前几十行里找不到表头", "No row of headings"),
    "TwoRegisters.xlsx": Said("several_sheets", "多个工作表含有数据：东区、西区", "several sheets with data: 东区"),
    "SideBySide.xlsx": Said("sheet_side_by_side", "列名 小区名称、楼号、户数 重复出现", "tables side by side"),
    "ExternalEntity.xlsx": Said("sheet_entities", "引用了外部内容", "refers to content outside of it"),
    "FarCell.xlsx": Said("sheet_too_wide", "1,048,576 行、16,384 列", "uses 1,048,576 rows and 16,384 columns"),
    "RepeatedCells.ods": Said("sheet_too_wide", "1,048,576 行、16,384 列", "uses 1,048,576 rows and 16,384 columns"),
    "OpenQuote.csv": Said("csv_open_quote", "第 3 行的引号没有配对", "a quotation mark in row 3 is never closed"),
    "NoText.csv": Said("csv_no_text", "不是文本，或编码无法识别", "is no text"),
}


@pytest.mark.parametrize("name", FILES)
def test_each_broken_file_gets_its_sentence(name: str) -> None:
    said = FILES[name]
    with pytest.raises(InputError) as refused:
        reading.read(DATA / name)
    assert refused.value.key == said.key
    assert said.zh in refused.value.sentence("zh")
    assert said.en in refused.value.sentence("en")
    assert name in refused.value.sentence("zh")


def test_a_header_in_a_language_that_is_not_known_is_named() -> None:
    frame = reading.read(DATA / "ForeignHeadings.csv").frame
    with pytest.raises(InputError, match=r"Its headings are Hausnummer, Etagen.*needed is 楼号 \(building number\)"):
        columns.demand(frame, "buildings", columns.mapping(columns.propose(frame, "buildings")), "ForeignHeadings.csv")


@pytest.mark.parametrize(
    ("name", "row", "said"),
    [
        ("FormulaWithoutResult.xlsx", 2, "第 2 行“户数”：公式 =40+8 没有保存计算结果。"),
        ("FormulaError.xlsx", 3, "第 3 行“户数”：公式出错（#REF!）。"),
    ],
)
def test_a_formula_without_a_result_is_a_fault_of_its_row(name: str, row: int, said: str) -> None:
    frame = reading.read(DATA / name).frame
    (fault,) = cells.faults(frame, {"households": "户数"})
    assert (fault.row, fault.fatal) == (row, True)
    assert fault.sentence("zh") == said
    assert fault.mend("en")
    assert cells.faults(frame, {"number": "楼号"}) == []


def test_a_spreadsheet_that_is_too_large_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with path.open("wb") as file:
        file.truncate(200_000_000)
    with pytest.raises(InputError, match="has 200 MB; a spreadsheet may have 100 MB"):
        reading.read(path)


def test_a_zip_bomb_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        with archive.open("xl/worksheets/sheet1.xml", "w") as sheet:
            for _ in range(120):
                sheet.write(bytes(1_000_000))
    with pytest.raises(InputError, match=r"would grow from .* to 120 MB|120 MB") as refused:
        reading.read(path)
    assert refused.value.key == "zip_bomb"


def test_a_map_file_is_still_for_the_other_readers() -> None:
    for name in ("Good.geojson", "Gb18030WithoutCpg.shp.zip", "NothingInside.zip", "TwoLayers.gpkg", "TextNamed.shp"):
        assert not sheets.fits(DATA / name)


def test_the_name_of_a_file_decides_nothing_about_a_workbook(tmp_path: Path) -> None:
    for name in ("GoodRegister.xlsx", "GoodRegister.xls", "GoodRegister.ods"):
        for ending in (".dat", ".xls", ".csv"):
            path = tmp_path / f"{Path(name).suffix[1:]}{ending}"
            path.write_bytes((DATA / name).read_bytes())
            assert len(reading.read(path).frame) == 2


# ------------------------------------------------------------------------------------------------------ fuzzing

WHOLE = [
    (DATA / name).read_bytes()
    for name in ("GoodRegister.xlsx", "GoodRegister.xls", "GoodRegister.ods", "WebPageTable.xls")
]
PLACES = st.lists(st.tuples(st.integers(0, 1 << 16), st.integers(0, 255)), min_size=1, max_size=12)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzzed")


def read_or_say(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    said = ""
    try:
        rows = len(sheets.read(path).frame)
    except GridmapError as fault:
        rows, said = 0, fault.sentence("zh")
    assert rows or re.search(r"\w", said)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(WHOLE), PLACES, st.sampled_from([".xlsx", ".xls", ".ods", ".csv"]))
def test_a_file_with_strange_bytes_gets_a_sentence(
    folder: Path, whole: bytes, places: list[tuple[int, int]], ending: str
) -> None:
    data = bytearray(whole)
    for place, value in places:
        data[place % len(data)] = value
    read_or_say(folder / f"a{ending}", bytes(data))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(WHOLE[:1] + WHOLE[2:3]), PLACES, st.integers(0, 20))
def test_a_workbook_with_strange_sheets_gets_a_sentence(
    folder: Path, whole: bytes, places: list[tuple[int, int]], which: int
) -> None:
    """The bytes within the zip are mutated, so that its checksum does not catch them."""
    (folder / "whole").write_bytes(whole)
    path = folder / "b.xlsx"
    with zipfile.ZipFile(folder / "whole") as old, zipfile.ZipFile(path, "w") as new:
        entries = old.infolist()
        for number, entry in enumerate(entries):
            data = bytearray(old.read(entry))
            if number == which % len(entries):
                for place, value in places:
                    data[place % len(data)] = value
            new.writestr(entry.filename, bytes(data))
    read_or_say(path, path.read_bytes())


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from([b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"<html><table>", b"\xff\xfe", b"a,b\n"]),
    st.binary(max_size=400),
    st.sampled_from([".xlsx", ".xls", ".ods", ".csv", ".txt"]),
)
def test_random_bytes_get_a_sentence(folder: Path, head: bytes, rest: bytes, ending: str) -> None:
    read_or_say(folder / f"c{ending}", head + rest)


def test_the_limits_are_settings() -> None:
    assert {"largest_sheet_mb", "sheet_unpacked_mb", "sheet_cells"} <= set(opening.import_limits())
