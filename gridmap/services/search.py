"""Finding a building or a service point by what people call it: "3号楼", "3#", "三号楼", "边家村3栋", a name."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass
from functools import cache

import pandas as pd

from gridmap.services import layers
from gridmap.services.community_data import CommunityData

_DIGITS = {sign: value for value, sign in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_NUMERAL = re.compile(r"[零〇一二两三四五六七八九十百]+(?=\s*(?:号|#|栋|幢|座|楼))")
# Where each letter begins among the first 3,755 hanzi of GB 2312, which are in the order of pinyin; and their end.
_LETTERS = "ABCDEFGHJKLMNOPQRSTWXYZ".casefold()
_FIRST = [sign.encode("gb2312") for sign in "啊芭擦搭蛾发噶哈击喀垃妈拿哦啪期然撒塌挖昔压匝"]
_LAST = "座".encode("gb2312")
_BUILDING = re.compile(r"\s*(?:号楼|号|#|栋|幢|座|楼)")


@dataclass(frozen=True, kw_only=True)
class Hit:
    """One answer to a search: what it is, and where, in the words of a language."""

    target: str
    id: int
    title: str
    place: str


def normalise(text: str) -> str:
    """Write a name so that its usual spellings are equal.

    Full-width signs become half-width, Chinese numerals before 号, 栋, 幢, 座, 楼 or # become digits, and these words
    become ``#``: "３号楼", "三号楼", "3栋" and "3#" are all ``3#``.
    """
    plain = unicodedata.normalize("NFKC", text).casefold()
    plain = _NUMERAL.sub(lambda found: str(_number(found.group())), plain)
    return re.sub(r"\s+", "", _BUILDING.sub("#", plain))


def initials(text: str) -> str:
    """Write each hanzi of a text as the letter with which its pinyin begins; what is rare, or none, stays as it is."""
    return "".join(map(_initial, text))


def find(data: CommunityData, text: str, *, language: str, most: int = 12) -> list[Hit]:
    """Return what ``text`` may mean, best first.

    An exact number comes before a longer one, names that begin with the text before those that hold it, and those
    before names of which it holds the letters: "ztl3" finds 砖塔里3号楼.
    """
    wanted = normalise(re.sub(r"(?i)^\s*(?:building|no\.?)\s+(?=\d)", "", text))
    if not wanted:
        return []
    building_names = layers.building_titles(data.buildings, language)
    buildings = _ranked(data.buildings["number"], building_names, wanted)
    kinds = data.points["kind"].map(lambda code: data.kinds.label(code, language)).astype(str)
    points = _ranked(data.points["name"], data.points["name"] + " " + kinds, wanted)
    hits = [
        (rank, Hit(target="building", id=i, title=data.buildings.at[i, "number"], place=_place(data, i)))
        for i, rank in buildings
    ]
    hits += [
        (rank, Hit(target="point", id=i, title=data.points.at[i, "name"], place=kinds.at[i])) for i, rank in points
    ]
    return [hit for _, hit in sorted(hits, key=lambda pair: (pair[0], pair[1].place, pair[1].id))[:most]]


def _ranked(short: pd.Series, full: pd.Series, wanted: str) -> list[tuple[int, int]]:
    """Return (id, rank): 0 equal, 1 begins with, 2 holds what is wanted, 3 by its letters; others are left out."""
    ranks = []
    letters = _letters(wanted)
    for i, (own, whole) in enumerate(zip(short.map(normalise), full.map(normalise), strict=True)):
        if wanted in (own, whole) or wanted in (own + "#", _given_number(own)) or own == wanted + "#":
            ranks.append((int(short.index[i]), 0))
        elif own.startswith(wanted) or whole.startswith(wanted):
            ranks.append((int(short.index[i]), 1))
        elif _holds(whole, wanted):
            ranks.append((int(short.index[i]), 2))
        elif letters is not None and letters.search(initials(whole)):
            ranks.append((int(short.index[i]), 3))
    return ranks


def _letters(wanted: str) -> re.Pattern[str] | None:
    """Return what finds a name by the first letters of its pinyin and its number; None for other words."""
    typed = re.fullmatch(r"([a-z]{2,})(\d*)#?", wanted)
    # Between name and number stands what kind of place it is: 小区, 家属院.
    return re.compile(typed[1] + (rf"[^\d]*{typed[2]}(?!\d)" if typed[2] else "")) if typed else None


@cache
def _initial(sign: str) -> str:
    try:
        code = sign.encode("gb2312")
    except UnicodeEncodeError:
        return sign
    return _LETTERS[bisect_right(_FIRST, code) - 1] if _FIRST[0] <= code <= _LAST else sign


def _given_number(own: str) -> str:
    """Return ``3#`` for a number that the app gave by itself (序号3), and nothing else."""
    return own.removeprefix("序号") + "#" if own.startswith("序号") else ""


def _holds(whole: str, wanted: str) -> bool:
    """Whether ``wanted`` is in ``whole``, but never as the tail of a longer number: "3#" is not in "13#"."""
    at = whole.find(wanted)
    while at >= 0:
        if not (wanted[0].isdigit() and at > 0 and whole[at - 1].isdigit()):
            return True
        at = whole.find(wanted, at + 1)
    return False


def _place(data: CommunityData, building_id: int) -> str:
    row = data.buildings.loc[building_id]
    return " · ".join(part for part in (row["compound"], row["grid"]) if part)


def _number(numeral: str) -> int:
    """Read a Chinese numeral below a thousand; digits side by side (一〇三) are read as written."""
    if not set(numeral) & {"十", "百"}:
        return int("".join(str(_DIGITS[sign]) for sign in numeral))
    total, digit = 0, 0
    for sign in numeral:
        if sign in _DIGITS:
            digit = _DIGITS[sign]
        else:
            total += (digit or 1) * (10 if sign == "十" else 100)
            digit = 0
    return total + digit
