"""What stands in the cells of a file."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import pandas as pd

from gridmap import catalogues, service_kinds
from gridmap.model import BuildingUse, CompoundKind, PathKind
from gridmap.service_kinds import ServiceKinds

KINDS = ("buildings", "compounds", "gates", "grids", "paths", "service-points")

_TRUE = {"是", "有", "可", "封闭", "允许", "yes", "true", "1", "y", "designated"}
_FALSE = {"否", "无", "不可", "开放", "禁止", "no", "false", "0", "n"}

_DIGITS = {"零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_BUILDING_WORD = re.compile(r"(号楼|号院楼|号|栋|幢|座|楼|#楼|#)+$")
_MARKED_NUMBER = re.compile(
    r"(?:(?P<mark>[A-Z]{1,3}|[东西南北中甲乙丙丁戊])-?)?(?:(?P<digits>\d+)|(?P<numeral>[零〇一二两三四五六七八九十百]+))"
    r"(?P<rest>(?:-\d+)?[A-Z甲乙丙丁戊]?)"
)
_AROUND_NUMBER = re.compile(
    r"^(?:约|大约|共|近|计|地上|总共)*\s*(-?\d[\d,]*(?:\.\d+)?)\s*"
    r"(?:层|户|个|单元|栋|幢|楼|人|名|位|间|套|部|台|天|日|次|件|F|平方米|平米|㎡|m2|m²|左右|余|多)*$"
)
_MONEY = re.compile(
    r"^(?:约|共|计|人民币|RMB|CNY|[¥￥]|\s)*(-?\d[\d,]*(?:\.\d+)?)\s*(万|千|百)?\s*(?:元|圆|块|块钱|RMB|CNY)?(?:整|正)?$"
)
_FACTORS = {"万": 10_000, "千": 1_000, "百": 100}
_PHONE_SIGNS = re.compile(r"[\s\-–—().]")
_MOBILE = re.compile(r"(?:(?:\+|00)?86)?(1[3-9]\d{9})")
_PLAIN_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_NOTHING = ("", "-", "--", "/", "无")
_HOURS = re.compile(r"^(\d{1,2}):(\d\d)\s*(?:-|~|—|–|至|到)+\s*(\d{1,2}):(\d\d)$")
# Full width as input methods write it, but for what is punctuation between Chinese words.
_HALF_WIDTH: dict[int, int] = {0x3000: 0x20} | {
    sign: sign - 0xFEE0 for sign in range(0xFF01, 0xFF5F) if chr(sign) not in "！（），：；？～"
}
_CONTROL = re.compile("[\x00-\x1f\x7f]")
_BLANKS = re.compile(r"\s+")
_APP_NUMBER = re.compile(r"^序号(\d+)$")


def fold(value: Any) -> str:
    """Return a cell as trimmed text in half-width characters; ``""`` where nothing stands in it."""
    if type(value) is int:
        return str(value)
    if type(value) is str:
        # Most cells are plain already, and registers have a million of them.
        if value.isprintable() and unicodedata.is_normalized("NFKC", value) and "  " not in value:
            return value.strip(" ")
    elif value is None or (pd.api.types.is_scalar(value) and pd.isna(value)):
        return ""
    elif isinstance(value, float) and value.is_integer():
        return str(int(value))
    text = _CONTROL.sub(" ", unicodedata.normalize("NFKC", str(value)))
    return _BLANKS.sub(" ", text).strip()


def text(value: Any) -> str:
    """Return a cell as words: trimmed, digits, letters and signs in half width, Chinese punctuation as it is."""
    if type(value) is not str:
        return fold(value)
    if value.isascii() and value.isprintable() and "  " not in value:
        return value.strip(" ")
    plain = unicodedata.normalize("NFC", value).translate(_HALF_WIDTH)
    return _BLANKS.sub(" ", _CONTROL.sub(" ", plain)).strip()


def once(cells: pd.Series, read: Callable[[Any], Any]) -> list[Any]:
    """Return what ``read`` says of each cell, asked once for cells that are the same.

    Raises
    ------
    ValueError
        As ``read`` does.
    """
    codes, unique = pd.factorize(cells.to_numpy(dtype=object), use_na_sentinel=False)
    said = [read(cell) for cell in unique]
    return [said[code] for code in codes.tolist()]


def count(value: Any) -> int | None:
    """Read a whole number such as ``320``, ``６``, ``"6层"`` or ``"约320户"``; None where nothing stands.

    Raises
    ------
    ValueError
        If it is no whole number.
    """
    read = measure(value)
    if read is None:
        return None
    if not read.is_integer():
        raise ValueError(value)
    return int(read)


def measure(value: Any) -> float | None:
    """Read a number as `count` does, with decimals.

    Raises
    ------
    ValueError
        If it is no number.
    """
    text = fold(value)
    if text in _NOTHING:
        return None
    match = _AROUND_NUMBER.match(text)
    if match is None:
        numeral = chinese_number(re.sub(r"(层|户|个|单元)$", "", text))
        if numeral is None:
            raise ValueError(text)
        return float(numeral)
    read = float(match[1].replace(",", ""))
    if not math.isfinite(read):
        raise ValueError(text)
    return read


def money(value: Any) -> float | None:
    """Read an amount in yuan, to the fen: ``￥1,234.50``, ``"200元"`` or ``"1.2万元"``; None where nothing stands.

    Raises
    ------
    ValueError
        If it is no amount.
    """
    text = fold(value)
    if text in _NOTHING:
        return None
    match = _MONEY.match(text)
    if match is None:
        raise ValueError(text)
    read = float(match[1].replace(",", "")) * _FACTORS.get(match[2], 1)
    if not math.isfinite(read):
        raise ValueError(text)
    return round(read, 2)


def phone(value: Any) -> str:
    """Read a phone number: ``138 0000 0001`` and ``+86 13800000001`` are ``13800000001``; ``""`` where nothing stands.

    Raises
    ------
    ValueError
        If fewer than five digits stand there.
    """
    text = fold(value)
    if _PLAIN_MOBILE.fullmatch(text):
        return text
    if text in _NOTHING:
        return ""
    if sum(map(str.isdecimal, text)) < 5:
        raise ValueError(text)
    bare = _PHONE_SIGNS.sub("", text)
    match = _MOBILE.fullmatch(bare)
    return match[1] if match else text


def chinese_number(text: str) -> int | None:
    """Read a Chinese numeral below 1,000 (``十二`` is 12); None where ``text`` is none."""
    if not text or not set(text) <= set(_DIGITS) | {"十", "百"}:
        return None
    if not set(text) & {"十", "百"}:
        return int("".join(str(_DIGITS[sign]) for sign in text))
    total, pending = 0, None
    for sign in text:
        if sign in _DIGITS:
            pending = _DIGITS[sign]
        else:
            total += (1 if pending is None else pending) * (10 if sign == "十" else 100)
            pending = None
    return total + (pending or 0)


@lru_cache(maxsize=50_000)
def number_key(number: str) -> str:
    """Return what two writings of one building number share.

    ``1号楼``, ``1#``, ``一号楼`` and ``01`` are all ``1``; ``A-3栋`` is ``A3``, ``甲三号楼`` is ``甲3``; ``3-1`` stays.
    """
    text = fold(number).upper().replace(" ", "")
    bare = (_BUILDING_WORD.sub("", text) or text).removeprefix("第") or text
    numeral = chinese_number(bare)
    if numeral is not None:
        return str(numeral)
    match = _MARKED_NUMBER.fullmatch(bare)
    if match is None:
        return bare.lstrip("0") or bare
    numeral = chinese_number(match["numeral"] or "")
    digits = match["digits"] if numeral is None else str(numeral)
    return f"{match['mark'] or ''}{digits.lstrip('0') or digits}{match['rest']}"


def name_key(name: str) -> str:
    """Return what two writings of one name share."""
    return fold(name).casefold().replace(" ", "")


def app_number(sequence: int) -> str:
    """Return the number that the app gives to a building without one, recognisable as such."""
    return f"序号{sequence}"


def app_sequence(number: str) -> int | None:
    """Return the sequence of a number given by `app_number`, None for a building's own number."""
    match = _APP_NUMBER.match(number)
    return int(match[1]) if match else None


def truth(value: Any) -> bool | None:
    """Read yes or no; None where neither stands."""
    if isinstance(value, bool):
        return value
    text = fold(value).casefold()
    return True if text in _TRUE else False if text in _FALSE else None


def hours(value: Any) -> str | None:
    """Read opening hours as ``HH:MM-HH:MM``; ``""`` for always, None where they are written otherwise."""
    text = fold(value)
    if text in ("", "24小时", "全天", "全天开放", "24/7"):
        return ""
    match = _HOURS.match(text)
    if match is None or int(match[1]) > 24 or int(match[3]) > 24 or int(match[2]) > 59 or int(match[4]) > 59:
        return None
    return f"{int(match[1]):02d}:{match[2]}-{int(match[3]):02d}:{match[4]}"


def compound_kind(value: Any) -> CompoundKind | None:
    """Read the kind of a compound by its Chinese name or code; None where it is not known."""
    code = code_of("compound_kind", value)
    return CompoundKind(code) if code else None


def path_kind(value: Any) -> PathKind | None:
    """Read the kind of a path, also OpenStreetMap's ``highway``; None where it is not known."""
    code = code_of("path_kind", value)
    return PathKind(code) if code else None


def building_use(value: Any) -> BuildingUse | None:
    """Read what a building is used for, also OpenStreetMap's ``building``; None where it is not known."""
    code = code_of("building_use", value)
    return BuildingUse(code) if code else None


def tenure(value: Any) -> str | None:
    """Read on what terms a room is lent, as a code of ``Tenure``; None where that is not known."""
    return code_of("tenure", value)


def service_kind(value: Any, known: ServiceKinds | None = None) -> str | None:
    """Read the kind of a service point by one of its names or its code; None where it is not ``known``.

    Names go before what else files call a kind, and those that may be chosen before those that are retired.
    """
    wanted = name_key(fold(value))
    kinds = [one for one in (known or service_kinds.default()).entries.values() if not one.removed]
    kinds.sort(key=lambda one: not one.live)
    for names in (lambda one: (one.code, one.zh, one.en), lambda one: one.names):
        for one in kinds:
            if wanted and wanted in map(name_key, names(one)):
                return one.code
    return None


def colour(value: Any) -> str | None:
    """Read a grid's colour by its key, its letter or its name (``红``, ``红色``, ``Red grid``)."""
    text = name_key(fold(value)).removesuffix("网格").removesuffix("色")
    for key, entry in catalogues.entries("grid_palette", "key").items():
        names = (key, str(entry["letter"]), str(entry["zh"])[0], str(entry["en"]).removesuffix(" grid"))
        if text in {name_key(name) for name in names}:
            return key
    return None


def heading(kind: str, field: str) -> str:
    """Return what the column of a field is called in a file, with our own name: ``服务类型 (kind)``."""
    return f"{catalogues.entries('import_columns')[f'{kind}.{field}']['names'][0]} ({field})"


def listed(table: str) -> list[str]:
    """Return what a column of ``table`` may hold, as a person writes it: Chinese name and code."""
    known = catalogues.entries("import_values").items()
    return [f"{entry['names'][0]} ({code.partition('.')[2]})" for code, entry in known if code.startswith(f"{table}.")]


def code_of(table: str, value: Any) -> str | None:
    """Return the code of ``import_values`` that a cell says, of one table of it; None where it is not known."""
    wanted = fold(value).casefold()
    for code, entry in catalogues.entries("import_values").items():
        of_table, _, found = code.partition(".")
        if of_table == table and wanted in entry["names"]:
            return found
    return None
