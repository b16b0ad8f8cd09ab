"""Catalogues are data: each row has what the program reads, once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gridmap import catalogues, i18n, settings

REQUIRED: dict[str, dict[str, type]] = {
    "grid_palette": {"key": str, "letter": str, "hex": str, "hatch": str, "zh": str, "en": str},
    "service_kinds": {
        **{"code": str, "zh": str, "en": str, "icon": str, "station": bool},
        **{"names": list, "order": int},
    },
    "issue_categories": {"code": str, "group": str, "zh": str, "en": str},
    "team_roles": {"code": str, "zh": str, "en": str},
    "care_needs": {"code": str, "zh": str, "en": str, "names": list},
    "forbidden_columns": {"code": str, "zh": str, "en": str, "names": list},
    "hotline_callbacks": {"code": str, "zh": str, "en": str, "names": list},
    "fund_uses": {"code": str, "zh": str, "en": str},
    "care_helps": {"code": str, "zh": str, "en": str, "visit": bool},
    "matter_fields": {"code": str, "zh": str, "en": str},
    "candidate_columns": {"code": str, "zh": str, "en": str, "names": list},
}
KINDS = """
station painting childcare table_tennis dance charging office_post reading music chess canteen repair clinic fitness tea
"""
CATEGORIES = """
drainage water_supply power gas lift lighting road parking fire_safety illegal_building rubbish sanitation greening
noise pets property_service security neighbours elderly_care facilities other
"""


def rows(name: str) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = json.loads(
        (settings.data_dir() / "catalogues" / f"{name}.json").read_text(encoding="utf-8")
    )
    return made


@pytest.mark.parametrize("name", REQUIRED)
def test_each_row_has_its_fields(name: str) -> None:
    assert rows(name)
    for row in rows(name):
        for field, kind in REQUIRED[name].items():
            assert isinstance(row.get(field), kind), (row, field)
            assert row[field] != ""


@pytest.mark.parametrize("name", REQUIRED)
def test_codes_and_names_are_unique(name: str) -> None:
    code = next(iter(REQUIRED[name]))
    for field in (code, *i18n.LANGUAGES):
        told = [row[field] for row in rows(name)]
        assert len(set(told)) == len(told), field


@pytest.mark.parametrize("name", REQUIRED)
def test_names_are_in_their_language(name: str) -> None:
    for row in rows(name):
        assert any("一" <= sign <= "鿿" for sign in row["zh"])
        assert row["en"].isascii()


def test_kinds_and_categories_are_all_there() -> None:
    assert set(catalogues.entries("service_kinds")) >= set(KINDS.split())
    assert set(catalogues.entries("issue_categories")) >= set(CATEGORIES.split())
    assert [code for code, row in catalogues.entries("service_kinds").items() if row["station"]] == ["station"]


def test_icons_exist_and_ask_nothing_of_the_outside() -> None:
    for row in rows("service_kinds"):
        path = settings.data_dir() / "icons" / f"{row['icon']}.svg"
        assert path.is_file(), row
    for path in (settings.data_dir() / "icons").glob("*.svg"):
        drawn = path.read_text(encoding="utf-8")
        assert "<svg" in drawn
        assert "<script" not in drawn
        assert "href" not in drawn


def test_five_colours_have_letters_and_hatches_of_their_own() -> None:
    colours = rows("grid_palette")
    assert [row["key"] for row in colours] == ["red", "yellow", "blue", "green", "purple"]
    assert [row["letter"] for row in colours] == list("ABCDE")
    assert len({row["hatch"] for row in colours}) == 5
    assert len({row["hex"].upper() for row in colours}) == 5


def test_unknown_code_is_shown_as_it_is_and_shared_rows_cannot_be_changed() -> None:
    assert catalogues.label("service_kinds", "sauna", "zh") == "sauna"
    with pytest.raises(TypeError):
        catalogues.entries("service_kinds")["station"]["zh"] = "x"  # type: ignore[index]


def test_every_json_file_is_utf_8_without_a_key_twice() -> None:
    read = []
    for path in sorted(settings.data_dir().rglob("*.json")):

        def once(pairs: list[tuple[str, Any]], path: Path = path) -> dict[str, Any]:
            keys = [key for key, _ in pairs]
            assert len(set(keys)) == len(keys), (path, sorted(keys))
            return dict(pairs)

        json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=once)
        read.append(path)
    assert read
