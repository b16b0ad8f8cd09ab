"""How people write the name of a compound: in full, shortened, with another ending, with a slip of the pen."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from gridmap.exchange import addresses

NAME, ENDING, SHORT, BEGINNING, WEAK, TYPO = 1.0, 0.95, 0.92, 0.9, 0.75, 0.7
"""How sure it is that a compound is meant: by its name or alias, with another usual ending, without its ending, by the
greater part of its name, by a part that others may have too, with one sign wrong."""

_OF_WORK_UNIT = ("家属院", "家属楼", "家属区", "家属小区", "住宅区", "住宅小区", "住宅楼", "宿舍", "宿舍楼", "生活区")
_ENDINGS = (
    *_OF_WORK_UNIT,
    "花园小区",
    "小区",
    "花园",
    "花苑",
    "家园",
    "佳苑",
    "新苑",
    "公寓",
    "新村",
    "广场",
    "大院",
    "新居",
    "院",
    "苑",
)
_PHASE = re.compile(r"(?:第?\d{1,2}期|[东西南北中前后新老]区|\d{1,2}区|[A-Z]\d?区|[东西南北中]院)$")
_COURT = re.compile(r"\d+号院$")
_ROAD = re.compile(r"(?:[路街巷道弄里]|胡同|\d段)$")
_TELLS_APART = frozenset(
    "东西南北中上下前后内外左右新老大小甲乙丙丁一二三四五六七八九十0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
)
_SHORTEST, _SHORTEST_WITH_TYPO = 2, 3


class Meant(NamedTuple):
    """A place that a writing may mean, and how sure that is."""

    place: int
    sure: float


class Hit(NamedTuple):
    """Where in a text a writing of a name stands."""

    start: int
    end: int
    meant: tuple[Meant, ...]


def writings(name: str) -> dict[str, float]:
    """Return how a compound's name is written, as `addresses.normal` gives it, with how sure each writing is."""
    whole = addresses.normal(name)
    found = {whole: NAME, addresses.normal(name, numerals=False): NAME}
    _, at = addresses.divisions(whole)
    if at > 0 and len(whole) - at >= _SHORTEST:
        found[whole[at:]] = ENDING
    for written in tuple(found):
        for other, sure in _other_endings(written):
            if len(other) >= _SHORTEST and not other.isdigit():
                found.setdefault(other, sure)
    return found


def is_road(written: str) -> bool:
    """Whether a writing may as well be a road or a door on it."""
    return _ROAD.search(written) is not None or written.endswith("号")


def _other_endings(whole: str) -> Iterable[tuple[str, float]]:
    phase = _PHASE.search(whole)
    core, part = (whole[: phase.start()], phase[0]) if phase is not None else (whole, "")
    if phase is not None and len(core) < _SHORTEST:
        core, part = whole, ""
    ending = next((ending for ending in _ENDINGS if core.endswith(ending) and len(core) > len(ending)), "")
    stem = core.removesuffix(ending)
    others = _OF_WORK_UNIT if ending in _OF_WORK_UNIT else ()
    for other in (*others, "小区"):
        yield f"{stem}{other}{part}", ENDING if others or ending in ("", "小区") else WEAK
    if ending and not ending.endswith("小区"):
        yield f"{core}小区{part}", ENDING
    if ending:
        yield f"{stem}{part}", SHORT if len(stem) > 1 else WEAK
    court = _COURT.search(core)
    if court is not None and court.start() > 0:
        yield f"{court[0]}{part}", WEAK


class Names:
    """All writings of the names of places.

    Parameters
    ----------
    known
        By the number of each place its writings, with how sure each is.
    """

    def __init__(self, known: Mapping[int, Mapping[str, float]]) -> None:
        by_writing: dict[str, dict[int, float]] = defaultdict(dict)
        for place, written in known.items():
            for text, sure in written.items():
                by_writing[text][place] = max(sure, by_writing[text].get(place, 0.0))
        self._exact = {text: _settled(places) for text, places in by_writing.items()}
        lengths: dict[str, set[int]] = defaultdict(set)
        for text in self._exact:
            lengths[text[:2]].add(len(text))
        self._lengths = {start: sorted(found, reverse=True) for start, found in lengths.items()}
        self._beginnings = _beginnings(known)
        self._without_one: dict[str, set[str]] = defaultdict(set)
        for text in self._exact:
            if len(text) >= _SHORTEST_WITH_TYPO:
                for shorter in _without_one(text):
                    self._without_one[shorter].add(text)

    def hits(self, plain: str) -> list[Hit]:
        """Return where writings stand in a text, the longest at each place, none over another."""
        found, at, lengths = [], 0, self._lengths
        while at < len(plain) - 1:
            end = 0
            for length in lengths.get(plain[at : at + 2], ()):
                last = min(at + length, len(plain))
                meant = self._exact.get(plain[at:last])
                if meant is not None and _stands_alone(plain, at, last):
                    end = last
                    found.append(Hit(at, end, meant))
                    break
            at = end or at + 1
        return found

    def beginning(self, text: str) -> tuple[Meant, ...]:
        """Return the places whose names begin with ``text``."""
        return self._beginnings.get(text, ())

    def alike(self, text: str) -> tuple[Meant, ...]:
        """Return the places of which one writing is ``text`` but for one sign that tells no compounds apart."""
        if len(text) < _SHORTEST_WITH_TYPO:
            return ()
        found: dict[int, float] = {}
        near = {other for shorter in _without_one(text) for other in self._without_one.get(shorter, ())}
        for other in near:
            if _one_slip(text, other):
                for place, sure in self._exact[other]:
                    slip = TYPO if len(other) > _SHORTEST_WITH_TYPO else TYPO * WEAK
                    found[place] = max(found.get(place, 0.0), sure * slip)
        return _sorted(found)


def _settled(places: Mapping[int, float]) -> tuple[Meant, ...]:
    """Where it is one's own name, the others that could be called so are not meant."""
    best = max(places.values())
    return _sorted({place: sure for place, sure in places.items() if best < NAME or sure == NAME})


def _sorted(places: Mapping[int, float]) -> tuple[Meant, ...]:
    return tuple(Meant(place, sure) for place, sure in sorted(places.items(), key=lambda item: (-item[1], item[0])))


def _beginnings(known: Mapping[int, Mapping[str, float]]) -> dict[str, tuple[Meant, ...]]:
    found: dict[str, dict[int, float]] = defaultdict(dict)
    for place, written in known.items():
        for text in (text for text, sure in written.items() if sure == NAME):
            for size in range(_SHORTEST, len(text)):
                part = text[:size]
                greater = 2 * size >= len(text) and not is_road(part)
                found[part][place] = max(BEGINNING if greater else WEAK * WEAK, found[part].get(place, 0.0))
    return {part: _sorted(places) for part, places in found.items()}


def _stands_alone(plain: str, start: int, end: int) -> bool:
    """Whether a writing is not the middle of a longer number, and no road's door that goes on as 号楼."""
    first, last, before, behind = plain[start], plain[end - 1], plain[start - 1 : start], plain[end : end + 1]
    if first.isascii() and before.isascii() and before.isalnum():
        return False
    if last.isascii() and last.isalnum() and behind.isascii() and behind.isalnum():
        return False
    return not (last == "号" and behind in tuple("楼院门线"))


def _without_one(text: str) -> set[str]:
    """Return a text, and it without each of its signs: two that differ by one sign have one of these in common."""
    return {text, *(text[:at] + text[at + 1 :] for at in range(len(text)))}


def _one_slip(one: str, other: str) -> bool:
    """Whether two texts differ by one sign, or two that changed places, and by none that tells compounds apart."""
    if one == other:
        return False
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    end = 0
    while end < min(len(one), len(other)) - start and one[-1 - end] == other[-1 - end]:
        end += 1
    mine, theirs = one[start : len(one) - end], other[start : len(other) - end]
    swapped = len(mine) == 2 and mine == theirs[::-1]
    return (swapped or max(len(mine), len(theirs)) <= 1) and not set(mine + theirs) & _TELLS_APART
