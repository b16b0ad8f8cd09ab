"""Words: both languages say the same things with the same fields, and neither speaks the other's language."""

from __future__ import annotations

import ast
import datetime as dt
import re
import string
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest

from gridmap import i18n, model

PACKAGE = Path(i18n.__file__).parent
ZH, EN = i18n.catalogue("zh"), i18n.catalogue("en")
# Words that Chinese users write in Latin letters: formats, systems, commands, names of things, units.
LATIN = """
ASCII CAD DOCTYPE DWG GPX KMZ NetworkLink XML
BOM BD GCJ bd09 gcj02 wgs84 kml QField Open311 API OSM kB ods pbf xls
A B C D E AB CGCS2000 CRS CSV DBF DXF EPSG Excel GB18030 GCJ02 GDAL GeoJSON GeoPackage GIS GPS JSON KML ID Linux macOS
OpenStreetMap PDF PNG PostGIS PostgreSQL QGIS SQLite Shapefile UTF UTM WGS WPS Windows ZIP MB NUL m km x y z n lat lon
zh en gridmap import init buildings gpkg GPKG geojson shp dbf prj shx cpg xlsx zip csv crs as demo community json out
kind store help language http https localhost FILE STORE NAME KIND LAYER CREATE EXTENSION postgis scripts vendor assets
GIF HEIC JPEG WEBP HTTPS PowerPoint PPTX pptx potx png html pdf Q3
F PageUp PageDown Home End Esc
toml backup backups restore check user add list administrator BACKUP N id KEY all
"""
LATIN_IN_CHINESE = set(LATIN.split())
# A building's number as it is written in China, and the word that stands before a number we gave.
CHINESE_IN_ENGLISH = re.compile(r"3号楼|序号|[“”]")
NOT_WORDS = re.compile(r"\{[^}]*\}|`[^`]*`|--?[a-z-]+|[a-z]+://\S*")


def parts(entry: Any) -> list[str]:
    return list(entry.values()) if isinstance(entry, dict) else [entry]


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_both_languages_have_the_same_keys() -> None:
    assert set(ZH) == set(EN)


def test_both_languages_have_the_same_fields() -> None:
    faults = {}
    for key in sorted(ZH):
        english = [fields(part) for part in parts(EN[key])]
        # "one" may say "a building" where "other" must name the number.
        if any(fields(part) != set().union(*english) for part in parts(ZH[key])):
            faults[key] = "other fields"
        for entry in (ZH[key], EN[key]):
            if isinstance(entry, dict) and not (
                "other" in entry and all("n" in fields(part) or form == "one" for form, part in entry.items())
            ):
                faults[key] = "a plural needs other, and {n} in it"
        if isinstance(EN[key], dict) and set(EN[key]) != {"one", "other"}:
            faults[key] = "English has one and other"
    assert not faults


def test_nothing_is_left_untranslated() -> None:
    faults = {}
    for key in sorted(ZH):
        for part in parts(ZH[key]):
            words = set(re.findall(r"[A-Za-z][A-Za-z0-9]*", NOT_WORDS.sub(" ", part))) - LATIN_IN_CHINESE
            if strange := {word for word in words if not word.startswith(("EPSG", "GRIDMAP"))}:
                faults[key] = f"{sorted(strange)} in {part}"
        for part in parts(EN[key]):
            if re.search(r"[一-鿿，。；：（）？！、]", CHINESE_IN_ENGLISH.sub("", part)):
                faults[key] = part
    assert not faults


def test_sentences_are_tidy() -> None:
    faults = {}
    for key in sorted(ZH):
        for part in [*parts(ZH[key]), *parts(EN[key])]:
            if not part or part != part.strip() or "  " in part.replace("\n", ""):
                faults[key] = f"empty, or with spaces to spare: {part!r}"
        for part in parts(ZH[key]):
            if re.search(r"[一-鿿][,;?!](?!\d)", part):
                faults[key] = f"Chinese takes full-width punctuation: {part}"
    assert not faults


@pytest.mark.parametrize(
    ("prefix", "values"),
    [
        ("issue_state", model.IssueState),
        ("issue_level", model.IssueLevel),
        ("issue_source", model.IssueSource),
        ("building_use", model.BuildingUse),
        ("stop_outcome", model.StopOutcome),
    ],
)
@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_every_value_has_words(language: str, prefix: str, values: type[StrEnum]) -> None:
    words = [i18n.text(f"{prefix}.{value}", language) for value in values]
    assert len(set(words)) == len(words)


def asked_for() -> list[tuple[str, str]]:
    """Keys that the code names in full, with where it does: of text, of errors and of faults."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        says = _prefixes(tree)
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            first = node.args[0]
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if not (isinstance(first, ast.Constant) and isinstance(first.value, str)):
                continue
            where = f"{path.relative_to(PACKAGE)}:{node.lineno}"
            if name == "text" and isinstance(node.func, ast.Attribute) and getattr(node.func.value, "id", "") == "i18n":
                found.append((first.value, where))
            elif name in ("GridmapError", "InputError", "NotFound", "StoreError", "Conflict"):
                found.append((f"error.{first.value}", where))
            elif name == "say" and (before := [prefix for line, prefix in says if line <= node.lineno]):
                found.append((before[-1] + first.value, where))
    return found


def _prefixes(tree: ast.Module) -> list[tuple[int, str]]:
    """What each ``say`` of a module puts before its key, and the line where it begins; those that can be seen."""
    return sorted(
        (function.lineno, str(node.values[0].value))
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef) and function.name == "say"
        for node in ast.walk(function)
        if isinstance(node, ast.JoinedStr) and node.values and isinstance(node.values[0], ast.Constant)
    )


def test_every_key_the_code_names_is_there() -> None:
    asked = asked_for()
    assert len(asked) > 100
    missing = [f"{key} ({where})" for key, where in asked if key not in ZH]
    assert not missing


def test_every_sentence_of_a_fault_says_how_to_mend_it() -> None:
    faults = [key for key in ZH if key.startswith("fault.") and not key.endswith(".mend")]
    assert faults
    assert not [key for key in faults if f"{key}.mend" not in ZH]


def test_plurals_follow_the_language() -> None:
    assert [i18n.text("figure.in_buildings", "en", n=n) for n in (0, 1, 2)] == [
        "in 0 inhabited buildings",
        "in 1 inhabited building",
        "in 2 inhabited buildings",
    ]
    assert i18n.text("figure.in_buildings", "zh", n=1) == "1 栋有住户的楼"


def test_numbers_and_shares_follow_the_language() -> None:
    for language in i18n.LANGUAGES:
        assert i18n.number(2486, language) == "2,486"
        assert i18n.number(2.5, language, 1) == "2.5"
        assert i18n.percent(0.534, language) == "53%"
    assert i18n.text("card.covered", "zh", radius=500.0, kind="邻里服务站") == "500 米内有邻里服务站"
    assert i18n.text("filter.grids", "en", names=["A", "B"]) == "grids A, B"


def test_dates_follow_the_language_and_the_zone() -> None:
    day = dt.date(2026, 11, 24)
    assert i18n.date(day, "zh") == "2026年11月24日"
    assert i18n.date(day, "en") == "24 Nov 2026"
    assert i18n.weekday(dt.date(2026, 11, 27), "zh") == "11月27日周五"
    assert "Fri" in i18n.weekday(dt.date(2026, 11, 27), "en")
    late = dt.datetime(2026, 11, 24, 17, 5, tzinfo=dt.UTC)
    assert i18n.time(late, "zh", "Asia/Shanghai") == "2026年11月25日 01:05"
    assert i18n.time(late, "en", "Asia/Shanghai") == "25 Nov 2026 01:05"


@pytest.mark.parametrize(
    ("asked", "language"),
    [
        (("zh-CN",), "zh"),
        (("zh_CN.UTF-8",), "zh"),
        (("en-GB",), "en"),
        (("EN",), "en"),
        (("fr-FR", "en"), "en"),
        (("fr",), "zh"),
        ((None, ""), "zh"),
        (("<script>",), "zh"),
    ],
)
def test_language_is_chosen_from_what_is_asked(asked: tuple[str | None, ...], language: str) -> None:
    assert i18n.choose(*asked) == language


def test_missing_field_is_never_hidden() -> None:
    with pytest.raises(KeyError):
        i18n.text("card.covered", "zh")
    with pytest.raises(KeyError):
        i18n.text("no.such.key", "zh")
