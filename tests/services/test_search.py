"""A building is found by any spelling that people use, and never by the tail of a longer number."""

from __future__ import annotations

from dataclasses import replace

import pypinyin
import pytest
from demo_town import town
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gridmap.services import search

DIGITS = "零一二三四五六七八九"
SUFFIXES = ["号楼", "号", "#", "栋", "幢", "座", "＃", " 号楼"]


def chinese(number: int) -> str:
    """How a number below a thousand is written in words."""
    hundreds, tens, ones = number // 100, number // 10 % 10, number % 10
    if number < 10:
        return DIGITS[number]
    if number < 20:
        return "十" + (DIGITS[ones] if ones else "")
    words = DIGITS[hundreds] + "百" if hundreds else ""
    if tens:
        words += DIGITS[tens] + "十"
    elif hundreds and ones:
        words += "零"
    return words + (DIGITS[ones] if ones else "")


def full_width(text: str) -> str:
    return "".join(chr(ord(sign) + 0xFEE0) if sign.isascii() and sign.isdigit() else sign for sign in text)


@given(st.integers(1, 999), st.sampled_from(SUFFIXES))
def test_all_spellings_of_a_number_are_one(number: int, suffix: str) -> None:
    for written in (str(number), full_width(str(number)), chinese(number), f" {number}"):
        assert search.normalise(written + suffix) == f"{number}#"


@given(st.text(max_size=20))
def test_any_text_has_a_plain_form(text: str) -> None:
    assert not any(sign.isspace() for sign in search.normalise(text))


@settings(deadline=None)
@given(st.integers(1, 99), st.integers(1, 9))
def test_number_is_not_found_as_the_tail_of_a_longer_one(number: int, before: int) -> None:
    data = town()
    longer = int(f"{before}{number}")
    numbers = data.buildings["number"].copy()
    numbers.iloc[:] = f"{longer}号楼"
    numbers.iloc[0] = f"{number}号楼"
    # One compound ends in a digit, which is no part of the building's number either.
    compounds = data.buildings["compound"].copy()
    compounds.iloc[:2] = "东街12"
    changed = replace(data, buildings=data.buildings.assign(number=numbers, compound=compounds))
    assume(longer != number)
    for wanted in (f"{number}#", f"{number}号楼", f"{number}号"):
        titles = [hit.title for hit in search.find(changed, wanted, language="zh") if hit.target == "building"]
        assert titles == [f"{number}号楼"]


@pytest.mark.parametrize("wanted", ["3号楼", "3#", "３＃", "三号楼", "3栋", " 3 号楼 "])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_building_of_that_number_and_no_other(wanted: str, language: str) -> None:
    data = town()
    hits = [hit for hit in search.find(data, wanted, language=language, most=50) if hit.target == "building"]
    assert {hit.id for hit in hits} >= set(data.buildings.index[data.buildings["number"] == "3号楼"])
    assert all(search.normalise(hit.title).endswith("3#") for hit in hits)
    assert not any(hit.title in ("13号楼", "23号楼") for hit in hits)
    assert hits[0].title == "3号楼"


def test_compound_and_number_together_mean_one_building() -> None:
    data = town()
    building = data.buildings[data.buildings["compound"] != ""].iloc[4]
    hits = search.find(data, f"{building['compound']}{building['number']}", language="zh")
    assert hits[0].id == building.name
    assert building["compound"] in hits[0].place
    assert building["grid"] in hits[0].place


def test_point_is_found_by_its_name_and_by_what_it_is() -> None:
    data = town()
    point = data.points.iloc[0]
    hits = search.find(data, point["name"], language="zh")
    assert (hits[0].target, hits[0].id) == ("point", point.name)
    tables = data.points.index[data.points["kind"] == "table_tennis"]
    assert {hit.id for hit in search.find(data, "乒乓球", language="zh")} >= set(tables)
    assert {hit.id for hit in search.find(data, "table tennis", language="en")} >= set(tables)


def test_beginning_of_a_number_finds_the_exact_one_first() -> None:
    hits = search.find(town(), "1", language="zh")
    assert search.normalise(hits[0].title) == "1#"


@pytest.mark.parametrize("nothing", ["", "   ", "　", "没有这栋楼", "\ud800", "'; drop table"])
def test_what_is_not_there_is_not_found(nothing: str) -> None:
    assert search.find(town(), nothing, language="zh") == []


@settings(deadline=None)
@given(st.text(max_size=80))
def test_no_text_breaks_the_search(text: str) -> None:
    assert len(search.find(town(), text, language="zh")) <= 12


def test_names_are_found_by_the_first_letters_of_their_pinyin() -> None:
    found = search.find(town(), "ztl3", language="zh")
    assert {(hit.title, hit.place.split(" · ")[0]) for hit in found} == {("3号楼", "砖塔里小区")}
    assert search.find(town(), "ZTLXQ", language="zh")
    assert not search.find(town(), "zt l99", language="zh")
    assert search.initials("石榴园小区3#A座") == "slyxq3#Az"


def test_letters_are_those_of_a_dictionary() -> None:
    signs = [bytes([row, cell]).decode("gb2312") for row in range(0xB0, 0xD8) for cell in range(0xA1, 0xFF)
             if (row, cell) <= (0xD7, 0xF9)]  # fmt: skip
    assert len(signs) == 3755
    known = pypinyin.pinyin("".join(signs), style=pypinyin.Style.NORMAL, heteronym=True)
    wrong = [sign for sign, ways in zip(signs, known, strict=True) if search.initials(sign) not in {w[0] for w in ways}]
    assert not wrong
