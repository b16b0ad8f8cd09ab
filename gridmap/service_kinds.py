"""The kinds of service points that a community goes by: the program's own as it has changed them, and its own."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

from gridmap import catalogues, icons

CATALOGUE = "service_kinds"
STATION = "station"
"""Code of the kind that is a neighbourhood station; it is never retired."""
ORDER_STEP = 10
"""From one kind's number in the order to the next."""


@dataclass(frozen=True, kw_only=True)
class ServiceKind:
    """One kind of service point.

    Parameters
    ----------
    code
        Its code.
    zh, en
        What it is called.
    icon
        Key of its icon.
    names
        Words by which files call it, beside these.
    radius_m
        How far its points reach, in metres; None where the usual counts.
    station
        Whether its points are neighbourhood stations; only the program's own kind is.
    live
        Whether it may be chosen.
    removed
        Whether it is listed no longer; its name is free again.
    """

    code: str
    zh: str
    en: str
    icon: str = icons.OTHER
    names: tuple[str, ...] = ()
    radius_m: float | None = None
    station: bool = False
    live: bool = True
    removed: bool = False

    def label(self, language: str) -> str:
        """Return what it is called."""
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True)
class ServiceKinds:
    """The kinds of a community, in their order."""

    entries: Mapping[str, ServiceKind]

    def label(self, code: str, language: str) -> str:
        """Return what a kind is called; a code that is not known is shown as it is."""
        found = self.entries.get(code)
        return found.label(language) if found else code

    def icon(self, code: str) -> str:
        """Return the key of a kind's icon."""
        found = self.entries.get(code)
        return found.icon if found else icons.OTHER

    def is_station(self, code: str) -> bool:
        """Whether points of a kind are neighbourhood stations."""
        found = self.entries.get(code)
        return found is not None and found.station

    def live(self) -> tuple[ServiceKind, ...]:
        """Return the kinds that may be chosen."""
        return tuple(one for one in self.entries.values() if one.live)

    def offered(self, used: Iterable[str] = ()) -> list[str]:
        """Return the codes that may be chosen, with those in use that may not any more, in their order."""
        codes = {one.code for one in self.live()} | set(used)
        return self.ordered(codes)

    def ordered(self, codes: Collection[str]) -> list[str]:
        """Return codes in the order of the kinds, each once, those that are not known last."""
        known = [code for code in self.entries if code in codes]
        return [*known, *sorted(set(codes) - set(known))]

    def said(self) -> list[str]:
        """Return the kinds that may be chosen as a person may write them: Chinese name and code."""
        return [f"{one.zh} ({one.code})" for one in self.live()]


def of_rows(rows: Iterable[Mapping[str, Any]]) -> ServiceKinds:
    """Return the kinds of these rows, by their ``order``.

    Raises
    ------
    KeyError, TypeError, ValueError
        If one is no such row.
    """
    return ServiceKinds(
        MappingProxyType({row["code"]: _kind(row) for row in sorted(rows, key=lambda one: one["order"])})
    )


@cache
def default() -> ServiceKinds:
    """Return the kinds of a community that has changed nothing."""
    return of_rows(catalogues.entries(CATALOGUE).values())


@cache
def pictures() -> Mapping[str, tuple[str, str]]:
    """Return the icons that a kind may have: by key, what is seen on each, in Chinese and English."""
    found: dict[str, tuple[str, str]] = {}
    for name in (CATALOGUE, "issue_categories"):
        for row in catalogues.entries(name).values():
            found.setdefault(str(row["icon"]), (str(row["zh"]), str(row["en"])))
    return MappingProxyType({key: words for key, words in found.items() if icons.path(key).stem == key})


def _kind(row: Mapping[str, Any]) -> ServiceKind:
    radius_m = row.get("radius_m")
    return ServiceKind(
        code=row["code"],
        zh=row["zh"],
        en=row["en"],
        icon=row["icon"],
        names=tuple(row.get("names", ())),
        radius_m=None if radius_m is None else float(radius_m),
        station=bool(row.get("station", False)),
        live=not row.get("retired", False),
        removed=bool(row.get("removed", False)),
    )
