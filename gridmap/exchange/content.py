"""What a column holds, told by what stands in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from gridmap.exchange import field_dates, fields
from gridmap.service_kinds import ServiceKinds

#: What a column may be told by alone, without a name that is known.
TELLING = ("lon", "lat", "address", "phone", "compound_kind", "building_use", "path_kind", "service_kind")

_ADDRESS = re.compile(r"小区|家属院|花园|社区|街道|[路街巷弄]|[一-鿿][0-9一二三四五六七八九十]+(?:号|幢|栋|#|座)")
_PHONE = re.compile(r"(?:\+?86)?1[3-9]\d{9}|0\d{2,3}-?\d{7,8}(?:-\d{1,6})?|1\d{2}\*{4}\d{4}")
_DEGREES = re.compile(r"-?\d{1,3}\.\d{3,}")


def share(holds: str, sample: list[str], kinds: ServiceKinds | None = None) -> float | None:
    """Return which share of folded cells could stand in a column that ``holds`` this; None where anything could."""
    fits = _FITS.get(holds)
    if holds == "service_kind":
        fits = _reads(lambda text: fields.service_kind(text, kinds))
    if fits is None or not sample:
        return None
    return sum(map(fits, sample)) / len(sample)


def is_bare_number(cell: Any) -> bool:
    """Whether a cell is a number without a unit."""
    return re.fullmatch(r"-?\d[\d,]*(\.\d+)?", fields.fold(cell)) is not None


def _reads(read: Callable[[Any], Any]) -> Callable[[str], bool]:
    def fits(text: str) -> bool:
        try:
            return read(text) is not None
        except ValueError:
            return False

    return fits


def _between(least: float, most: float) -> Callable[[str], bool]:
    return lambda text: _DEGREES.fullmatch(text) is not None and least <= float(text) <= most


_FITS: Mapping[str, Callable[[str], bool]] = {
    "count": _reads(fields.count),
    "number": _reads(fields.measure),
    "money": _reads(fields.money),
    "year": _reads(field_dates.year),
    "date": _reads(field_dates.day),
    "moment": _reads(field_dates.day),
    "phone": lambda text: _PHONE.fullmatch(re.sub(r"[ \-]", "", text)) is not None,
    "yesno": lambda text: fields.truth(text) is not None,
    "address": lambda text: len(text) >= 4 and _ADDRESS.search(text) is not None,
    # Where China lies: elsewhere a column of coordinates needs its name.
    "lon": _between(73.0, 136.0),
    "lat": _between(3.0, 54.0),
    "compound_kind": lambda text: fields.compound_kind(text) is not None,
    "building_use": lambda text: fields.building_use(text) is not None,
    "path_kind": lambda text: fields.path_kind(text) is not None,
    "colour": lambda text: fields.colour(text) is not None,
}
