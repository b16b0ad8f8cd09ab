"""What the address of the page says: a link shows a colleague the same thing."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, cast

from gridmap import privacy
from gridmap.cartography.events import TARGETS, Target, View
from gridmap.cartography.overview_map import LAYERS
from gridmap.model import IssueSource, IssueState
from gridmap.services.overview import Filters

Mode = Literal["grid", "coverage", "households", "issues"]
MODES: tuple[Mode, ...] = ("grid", "coverage", "households", "issues")
SWITCHES = ("grids", "compounds", "buildings", "points", "issues", "walks")
"""Layers that a person switches; the base map and the boundary always show, gates go with the walls."""
ISSUES = ("open", "overdue", "all")
"""Which issues are shown."""
FIRST_DAY, LAST_DAY = dt.date(2000, 1, 1), dt.date(2100, 12, 31)
"""Between which days issues can be asked for."""
_LONGEST_TEXT = 100
_CODE = re.compile(r"\w[\w-]{0,59}")
_HIDDEN = re.compile("[\x00-\x08\x0e-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_DEFAULT = ("grids", "compounds", "buildings", "points", "walks")


@dataclass(frozen=True, kw_only=True)
class PageState:
    """The state of the overview that a link carries.

    Parameters
    ----------
    community
        Id of the community; None for the first.
    layers
        Switches that are on, of ``SWITCHES``.
    mode
        How buildings are coloured.
    kind
        Kind of service point whose coverage is shown.
    filters
        What is shown.
    target, selected
        What is chosen.
    view
        Where the map stands; None for the whole community.
    """

    community: int | None = None
    layers: tuple[str, ...] = _DEFAULT
    mode: Mode = "grid"
    kind: str = "station"
    filters: Filters = field(default_factory=Filters)
    target: Target | None = None
    selected: int | None = None
    view: View | None = None

    def shown_layers(self) -> list[str]:
        """Return the map's layers, in the map's own names."""
        shown = {"boundary", "paths", "ground", *self.layers}
        if "compounds" in shown:
            shown.add("gates")
        return [name for name in LAYERS if name in shown]


def parse(params: Mapping[str, str]) -> PageState:
    """Read the state from the address; what it says wrongly is passed over."""
    state = PageState(
        community=whole(params.get("c")),
        kind=params.get("kind", "station")[:40],
        view=_view(params.get("v")),
    )
    if "layers" in params:
        named = params["layers"].split(",")
        state = replace(state, layers=tuple(name for name in SWITCHES if name in named))
    if params.get("mode") in MODES:
        state = replace(state, mode=cast(Mode, params["mode"]))
    state = replace(state, filters=_filters(params))
    target, _, number = params.get("sel", "").partition(":")
    if target in TARGETS and whole(number) is not None:
        state = replace(state, target=target, selected=whole(number))
    return state


def params(state: PageState, language: str) -> dict[str, str]:
    """Return the address of a state; what is as usual is left out."""
    made = {"lang": language}
    usual = PageState()
    if state.community is not None:
        made["c"] = str(state.community)
    if state.layers != usual.layers:
        made["layers"] = ",".join(state.layers)
    if state.mode != usual.mode:
        made["mode"] = state.mode
    if state.kind != usual.kind:
        made["kind"] = state.kind
    made |= filter_params(state.filters)
    if state.target is not None and state.selected is not None:
        made["sel"] = f"{state.target}:{state.selected}"
    if state.view is not None:
        made["v"] = f"{state.view.lat:.5f},{state.view.lon:.5f},{state.view.zoom:g}"
    return made


def filter_params(filters: Filters) -> dict[str, str]:
    """Return what the address of any page says of what is filtered; what is as usual is left out."""
    made = {}
    if filters.letters:
        made["grids"] = ",".join(filters.letters)
    if filters.issues != Filters().issues:
        made["issues"] = filters.issues
    for name in ("compounds", "sources", "categories", "states", "assignees", "reporters"):
        if chosen := getattr(filters, name):
            made[name] = ",".join(str(one) for one in chosen)
    for name in ("since", "until"):
        if bound := getattr(filters, name):
            made[name] = bound.isoformat()
    if filters.text:
        made["q"] = filters.text
    return made


def searched(text: str) -> str:
    """Return words to search for as an address carries them: one line, no hidden marks, no number of a person."""
    plain = " ".join(_HIDDEN.sub("", text[: 4 * _LONGEST_TEXT]).split())
    return privacy.mask_text(plain)[:_LONGEST_TEXT].rstrip()


def _filters(params: Mapping[str, str]) -> Filters:
    def named(name: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(x for x in params.get(name, "").split(",") if x))

    def numbered(name: str) -> tuple[int, ...]:
        numbers = (whole(x) for x in named(name))
        return tuple(dict.fromkeys(number for number in numbers if number is not None))

    issues = params.get("issues", "open")
    sources, states = tuple(IssueSource), tuple(IssueState)
    return Filters(
        letters=named("grids"),
        issues=issues if issues in ISSUES else "open",
        compounds=numbered("compounds"),
        sources=tuple(x for x in named("sources") if x in sources),
        categories=tuple(x for x in named("categories") if _CODE.fullmatch(x)),
        states=tuple(x for x in named("states") if x in states),
        assignees=numbered("assignees"),
        reporters=numbered("reporters"),
        since=day(params.get("since")),
        until=day(params.get("until")),
        text=searched(params.get("q", "")),
    )


def day(text: str | None) -> dt.date | None:
    """Read a day as an address carries it; None where it is none, or far away."""
    try:
        told = dt.date.fromisoformat((text or "")[:10])
    except ValueError:
        return None
    return told if FIRST_DAY <= told <= LAST_DAY else None


def whole(text: str | None) -> int | None:
    """Read a number as an address carries it; None where it is none."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 16 else None


def _view(text: str | None) -> View | None:
    try:
        lat, lon, zoom = (float(part) for part in (text or "").split(","))
    except ValueError:
        return None
    inside = all(map(math.isfinite, (lat, lon, zoom))) and abs(lat) <= 85 and abs(lon) <= 180 and 0 <= zoom <= 24
    return View(lat=lat, lon=lon, zoom=zoom) if inside else None
