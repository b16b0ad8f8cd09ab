"""What the address of the page says: a link shows a colleague the same thing."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, cast

from gridmap import catalogues
from gridmap.cartography.events import TARGETS, Target, View
from gridmap.cartography.overview_map import LAYERS
from gridmap.model import IssueSource
from gridmap.services.overview import Filters

Mode = Literal["grid", "coverage", "households"]
MODES: tuple[Mode, ...] = ("grid", "coverage", "households")
SWITCHES = ("grids", "compounds", "buildings", "points", "issues", "walks")
"""Layers that a person switches; the base map and the boundary always show, gates go with the walls."""
ISSUES = ("open", "overdue", "all")
"""Which issues are shown."""
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
        community=_whole(params.get("c")),
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
    if target in TARGETS and _whole(number) is not None:
        state = replace(state, target=target, selected=_whole(number))
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
    if state.filters.letters:
        made["grids"] = ",".join(state.filters.letters)
    if state.filters.issues != usual.filters.issues:
        made["issues"] = state.filters.issues
    for name in ("compounds", "sources", "categories"):
        if chosen := getattr(state.filters, name):
            made[name] = ",".join(str(one) for one in chosen)
    if state.target is not None and state.selected is not None:
        made["sel"] = f"{state.target}:{state.selected}"
    if state.view is not None:
        made["v"] = f"{state.view.lat:.5f},{state.view.lon:.5f},{state.view.zoom:g}"
    return made


def _filters(params: Mapping[str, str]) -> Filters:
    def named(name: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(x for x in params.get(name, "").split(",") if x))

    issues = params.get("issues", "open")
    numbers = [_whole(x) for x in named("compounds")]
    sources, categories = tuple(IssueSource), catalogues.entries("issue_categories")
    return Filters(
        letters=named("grids"),
        issues=issues if issues in ISSUES else "open",
        compounds=tuple(dict.fromkeys(number for number in numbers if number is not None)),
        sources=tuple(x for x in named("sources") if x in sources),
        categories=tuple(x for x in named("categories") if x in categories),
    )


def _whole(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 16 else None


def _view(text: str | None) -> View | None:
    try:
        lat, lon, zoom = (float(part) for part in (text or "").split(","))
    except ValueError:
        return None
    inside = all(map(math.isfinite, (lat, lon, zoom))) and abs(lat) <= 85 and abs(lon) <= 180 and 0 <= zoom <= 24
    return View(lat=lat, lon=lon, zoom=zoom) if inside else None
