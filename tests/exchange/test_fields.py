"""Names of columns and contents of cells."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridmap import catalogues
from gridmap.exchange import columns, fields
from gridmap.model import BuildingUse, CompoundKind, PathKind


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("６层", 6),
        ("约320户", 320),
        ("1,538", 1538),
        (24.0, 24),
        ("十二", 12),
        ("", None),
        (None, None),
        ("-", None),
        (float("nan"), None),
    ],
)
def test_counts_are_read(written: object, read: int | None) -> None:
    assert fields.count(written) == read


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("￥1,234.50", 1234.5),
        ("200元", 200),
        ("1.2万元", 12000),
        ("12万", 12000 * 10),
        ("人民币100元整", 100),
        (0.1 + 0.2, 0.3),
        ("-", None),
        ("", None),
    ],
)
def test_money_is_read_to_the_fen(written: object, read: float | None) -> None:
    assert fields.money(written) == read


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (13800000043.0, "13800000043"),
        ("138 0000 0043", "13800000043"),
        ("+86-13800000043", "13800000043"),
        ("029-12345678", "029-12345678"),
        ("无", ""),
        (None, ""),
    ],
)
def test_phones_are_read(written: object, read: str) -> None:
    assert fields.phone(written) == read


def test_a_word_is_neither_money_nor_a_phone() -> None:
    for read in (fields.money, fields.phone):
        with pytest.raises(ValueError, match="若干"):
            read("若干")


@given(st.text(max_size=30))
def test_folding_twice_is_folding_once(text: str) -> None:
    once = fields.fold(text)
    assert fields.fold(once) == once
    assert once == " ".join(once.split())


@pytest.mark.parametrize("written", ["many", "3.5", "1号", "12x"])
def test_what_is_no_count_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        fields.count(written)


@pytest.mark.parametrize("written", ["3", "3#", "3号楼", "３号楼", "三号楼", "3栋", "3幢", "03号楼", " 3 # 楼", 3, 3.0])
def test_one_building_has_one_key_however_its_number_is_written(written: object) -> None:
    assert fields.number_key(fields.fold(written)) == "3"


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("A座", "A"), ("a座", "A"), ("A3", "A3"), ("A-3栋", "A3"), ("A03#", "A3"), ("甲3号", "甲3"),
        ("甲三号楼", "甲3"),
        ("3甲", "3甲"), ("三甲号楼", "3甲"), ("东1楼", "东1"), ("东一楼", "东1"), ("3-1", "3-1"), ("3-1号楼", "3-1"),
        ("第3栋", "3"), ("一百零三号楼", "103"), ("办公楼", "办公"), ("楼", "楼"), ("", ""), ("序号12", "序号12"),
    ],
)  # fmt: skip
def test_marks_of_a_number_stay_and_tell_buildings_apart(written: str, key: str) -> None:
    assert fields.number_key(written) == key
    assert fields.number_key(key) == key


@given(st.integers(1, 999))
def test_chinese_numerals_are_read(n: int) -> None:
    signs = "零一二三四五六七八九"
    hundreds, tens, ones = n // 100, n // 10 % 10, n % 10
    text = (signs[hundreds] + "百" if hundreds else "") + (
        (signs[tens] + "十") if tens else ("零" if hundreds and ones else "")
    )
    assert fields.chinese_number(text + (signs[ones] if ones else "")) == n


def test_kinds_are_read_by_chinese_name_and_code() -> None:
    assert fields.compound_kind("老旧小区") is CompoundKind.OLD
    assert fields.compound_kind("work_unit") is CompoundKind.WORK_UNIT
    assert fields.path_kind("steps") is PathKind.STAIRS
    assert fields.building_use("住宅") is BuildingUse.RESIDENTIAL
    assert fields.building_use("garage") is BuildingUse.OTHER
    assert fields.service_kind("邻里服务站") == "station"
    assert fields.service_kind("table_tennis") == "table_tennis"
    assert fields.service_kind("滑雪") is None
    assert fields.colour("红色网格") == fields.colour("A") == fields.colour("red") == "red"
    assert fields.colour("橙") is None


def test_every_name_in_the_catalogues_belongs_to_a_field_and_every_code_is_listed() -> None:
    assert set(fields.KINDS) <= set(columns.kinds())
    for table, enum in (("compound_kind", CompoundKind), ("path_kind", PathKind), ("building_use", BuildingUse)):
        listed = {c.partition(".")[2] for c in catalogues.entries("import_values") if c.startswith(table)}
        assert listed == set(enum)


def test_the_apps_own_numbers_are_told_from_a_buildings() -> None:
    assert fields.app_sequence(fields.app_number(12)) == 12
    assert fields.app_sequence("12号楼") is None


def test_a_cell_of_any_type_is_text() -> None:
    assert fields.fold([1, 2]) == "[1, 2]"
    assert fields.fold("甲\x00 \n乙") == "甲 乙"
    assert fields.fold(float("nan")) == ""


def test_opening_hours_are_read() -> None:
    assert fields.hours("6：00－22：00") == "06:00-22:00"
    assert fields.hours("全天") == ""
    assert fields.hours("白天") is None


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("安居物业（模拟），水电自理", "安居物业（模拟），水电自理"),
        ("红色：槐荫家属院；学堂街！", "红色：槐荫家属院；学堂街！"),
        ("　３＃楼　Ａ座\n东 ", "3#楼 A座 东"),
        ("６－２／３", "6-2/3"),
        (12.0, "12"),
        (None, ""),
    ],
)
def test_words_keep_their_punctuation(cell: object, text: str) -> None:
    assert fields.text(cell) == text
