"""The typeface can write what a community writes, and the icons are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from matplotlib.ft2font import FT2Font

from gridmap import catalogues, errors, i18n, icons, typeface

PUNCTUATION = "，。、；：？！“”‘’（）《》【】…—·～￥％㎡²①②③④⑤⑥⑦⑧⑨⑩→↑↓←●○■□▲△★☆×÷°"


@pytest.fixture(params=[False, True], ids=["regular", "bold"])
def characters(request: pytest.FixtureRequest) -> set[int]:
    return set(FT2Font(typeface.path(bold=request.param)).get_charmap())


def test_holds_all_of_gb_2312(characters: set[int]) -> None:
    rows = (bytes([a, b]) for a in range(0xB0, 0xF8) for b in range(0xA1, 0xFF) if (a, b) <= (0xD7, 0xF9) or a > 0xD7)
    wanted = {row.decode("gb2312") for row in rows}
    assert len(wanted) == 6763
    assert {c for c in wanted if ord(c) not in characters} == set()


def test_holds_latin_and_punctuation(characters: set[int]) -> None:
    wanted = {chr(i) for i in range(0x20, 0x7F)} | set(PUNCTUATION)
    assert {c for c in wanted if ord(c) not in characters} == set()


def test_holds_every_character_the_app_says(characters: set[int]) -> None:
    said = {c for language in i18n.LANGUAGES for entry in i18n.catalogue(language).values() for c in str(entry)}
    assert {c for c in said if ord(c) not in characters and c.isprintable()} == set()


def test_every_kind_of_service_point_has_an_icon() -> None:
    for kind in catalogues.entries("service_kinds").values():
        assert icons.path(kind["icon"]).stem == kind["icon"]


@pytest.mark.parametrize("key", ["nothing", "../fonts/OFL", "", "station.svg"])
def test_unknown_icon_gives_the_common_one(key: str) -> None:
    assert icons.path(key).stem == "other"


def test_icon_is_one_safe_line() -> None:
    text = icons.svg("station")
    assert text.startswith("<svg")
    assert "\n" not in text
    assert not re.search("<!--|script|http(?!://www.w3.org)", text)
    assert 'stroke="currentColor"' in text


def test_missing_typeface_is_told_before_a_document_shows_boxes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRIDMAP_DATA", str(tmp_path))
    with pytest.raises(errors.InputError) as caught:
        typeface.path(bold=True)
    monkeypatch.undo()
    assert "NotoSansSC-Bold.ttf" in caught.value.sentence("zh")
    assert "缺少字体文件" in caught.value.sentence("zh")
    assert "Put it back" in str(caught.value)
