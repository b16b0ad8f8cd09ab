"""When gates are open: ``06:00-22:30``, several spans parted by commas; over midnight too; empty for always."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass

import geopandas as gpd
import numpy as np

from gridmap.errors import InputError

_SPAN = re.compile(r"\s*(\d{1,2})[:：](\d{2})\s*[-–—~～至到]\s*(\d{1,2})[:：](\d{2})\s*")
_DAY_MIN = 24 * 60


@dataclass(frozen=True)
class Hours:
    """Spans of minutes since midnight in which a gate is open; none means always."""

    spans: tuple[tuple[int, int], ...] = ()

    def at(self, hour: dt.time) -> bool:
        """Whether it is open at an hour; the minute of closing counts as closed."""
        now = hour.hour * 60 + hour.minute
        inside = (begin <= now < end if begin < end else now >= begin or now < end for begin, end in self.spans)
        return not self.spans or any(inside)


def read(text: str, *, gate: str = "") -> Hours:
    """Read opening hours.

    Raises
    ------
    InputError
        If they are written otherwise, with the gate's name.
    """
    if not text.strip():
        return Hours()
    spans = []
    for part in re.split(r"[,，;；、]", text):
        found = _SPAN.fullmatch(part)
        begin, end = (0, 0) if found is None else (_minutes(found[1], found[2]), _minutes(found[3], found[4]))
        if found is None or not (0 <= begin < _DAY_MIN and 0 <= end <= _DAY_MIN) or begin == end:
            raise InputError("gate_hours", gate=gate, hours=text)
        if (begin, end) != (0, _DAY_MIN):
            spans.append((begin, end))
    return Hours(tuple(spans))


def mentioned(text: str) -> Hours:
    """Return the spans that stand anywhere in a text, such as ``每日 08:30-20:30``; without any it is open always."""
    spans = [(_minutes(found[1], found[2]), _minutes(found[3], found[4])) for found in _SPAN.finditer(text)]
    return Hours(tuple(span for span in spans if min(span) >= 0 and span[0] != span[1]))


def of_gates(gates: gpd.GeoDataFrame | None, rows: Iterable[int]) -> tuple[Hours, ...]:
    """Return the hours of the gates in ``rows`` of the frame; -1 stands for an assumed gate, open always."""
    if gates is None or "open_hours" not in gates.columns:
        return tuple(Hours() for _ in rows)
    names = gates["name"] if "name" in gates.columns else gates.index.to_series().astype(str)
    return tuple(
        Hours() if row < 0 else read(str(gates["open_hours"].iloc[row] or ""), gate=str(names.iloc[row]))
        for row in np.asarray(list(rows), dtype=int).tolist()
    )


def _minutes(hour: str, minute: str) -> int:
    return int(hour) * 60 + int(minute) if int(minute) < 60 else -1
