"""What the overview map's scripts must know before any data: addresses, words and looks; and its legend."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from types import MappingProxyType
from typing import Any

from gridmap import i18n, palette, service_kinds
from gridmap.service_kinds import ServiceKinds

_WORDS = (
    "search",
    "nothing_found",
    "close",
    "legend",
    "loading",
    "layer_failed",
    "again",
    "zoom_in",
    "zoom_out",
    "home",
    "order_help",
    "order_grip",
    "lasso_begin",
    "lasso_on",
    "lasso_end",
    "lasso_crossed",
)

SIGNS: Mapping[str, Mapping[str, palette.Look]] = MappingProxyType(
    {
        "coverage": {
            "1": palette.COVERAGE[palette.COVERED],
            "2": palette.COVERAGE[palette.FULL],
            "3": palette.COVERAGE[palette.LOOKS_COVERED],
            "0": palette.COVERAGE[palette.OUT_OF_REACH],
        },
        "kinds": {str(k): look for k, look in enumerate(palette.KINDS)},
        "issues": {str(k): palette.Look(fill=shade, edge=palette.RATES[-1]) for k, shade in enumerate(palette.RATES)},
        "hot_spots": {
            "2": palette.HOT_SPOTS["hot"],
            "1": palette.HOT_SPOTS["cold"],
            "0": palette.HOT_SPOTS["neither"],
        },
        "visits": {
            "3": palette.VISITS["recent"],
            "2": palette.VISITS["in_time"],
            "1": palette.VISITS["late"],
            "0": palette.VISITS["never"],
        },
    }
)
"""How a building is drawn by its sign, in each mode in which the command gives each one a sign."""


def config(
    *,
    language: str,
    layer_base: str,
    asset_base: str,
    bounds: tuple[float, float, float, float],
    revision: str,
    twin: str = "",
    kinds: ServiceKinds | None = None,
) -> dict[str, Any]:
    """Return the map's configuration.

    Parameters
    ----------
    language
        Language of words and names.
    layer_base
        Address below which the community's layers are fetched.
    asset_base
        Address below which the program's own files are fetched.
    bounds
        West, south, east, north of the community in WGS 84: the map does not lead far away from it.
    revision
        Address that tells the community's present revision, for maps that watch it.
    twin
        Name shared by maps that keep the same view; empty for a map of its own.
    kinds
        The community's kinds of service points; by default the program's own.
    """
    return {
        "bounds": list(bounds),
        "twin": twin,
        "layers": layer_base,
        "revision": revision,
        "words": {
            **{word: i18n.text(f"map.{word}", language) for word in _WORDS},
            **{word: i18n.catalogue(language)[f"map.{word}"] for word in ("building", "building_estimated")},
        },
        "language": language,
        "palette": {
            key: {"hex": g.hex, "ink": palette.text_on(g.hex), "hatch": g.hatch} for key, g in palette.grids().items()
        },
        "kinds": {
            code: {"icon": f"{asset_base}/icons/{one.icon}.svg", "station": one.station}
            for code, one in (kinds or service_kinds.default()).entries.items()
        },
        "ground": {kind.value: asdict(look) for kind, look in palette.GROUND.items()},
        "paths": {kind.value: asdict(look) for kind, look in palette.PATHS.items()},
        "uses": {use.value: asdict(look) for use, look in palette.BUILDINGS.items()},
        "coverage": {state: asdict(look) for state, look in palette.COVERAGE.items()},
        "households": list(palette.HOUSEHOLDS),
        "signs": {mode: {sign: asdict(look) for sign, look in looks.items()} for mode, looks in SIGNS.items()},
        "shapes": {name: asdict(look) for name, look in palette.SHAPES.items()},
        "ink": {"base": palette.BASE, "wall": palette.WALL, "route": palette.ROUTE, "text": palette.INK},
    }


def legend(
    *,
    language: str,
    layers: Sequence[str],
    mode: str,
    grids: Sequence[tuple[str, str]],
    kinds: Sequence[str] = (),
    known: ServiceKinds | None = None,
    classes: Sequence[int] = (),
    rates: Mapping[str, str] = MappingProxyType({}),
    radius_m: float | None = None,
    registered: bool = True,
    issues: Collection[str] = ("open", "overdue", "settled"),
    asset_base: str,
) -> list[dict[str, Any]]:
    """Return the rows of the legend for what is shown.

    Parameters
    ----------
    language
        Language of the rows.
    layers
        Layers shown.
    mode
        How buildings are coloured.
    grids
        Colour key and name of each grid.
    kinds
        Kinds of the service points shown, in their order.
    known
        The community's kinds; by default the program's own.
    classes
        Upper limits of the classes of households.
    rates
        What each sign of a building means, where they are coloured by issues per 100 households.
    radius_m
        Radius of the coverage shown, in metres.
    registered
        Whether there is any point of the kind whose coverage is shown.
    issues
        Groups of issues that are shown.
    asset_base
        Address below which icons are fetched.
    """

    def say(key: str, **fields: Any) -> str:
        return i18n.text(f"map.legend.{key}", language, **fields)

    rows: list[dict[str, Any]] = []
    if "grids" in layers or ("buildings" in layers and mode == "grid"):
        for colour, name in grids:
            g = palette.grid(colour)
            rows.append(
                {
                    "type": "fill",
                    "colour": g.hex,
                    "ink": palette.text_on(g.hex),
                    "hatch": g.hatch,
                    "letter": g.letter,
                    "text": name,
                }
            )
    if "buildings" in layers and mode == "coverage" and not registered:
        rows.append({"type": "heading", "text": say("not_registered")})
    elif "buildings" in layers and mode == "coverage":
        rows.append({"type": "heading", "text": say("coverage", radius=radius_m)})
        rows += [
            {
                "type": "fill",
                "colour": palette.coverage(state).fill,
                "hatch": palette.coverage(state).hatch,
                "text": say(state),
            }
            for state in (palette.COVERED, palette.OUT_OF_REACH)
        ]
    if "buildings" in layers and mode == "households" and classes:
        rows.append({"type": "heading", "text": say("households")})
        low = 1
        for colour, top in zip(palette.HOUSEHOLDS, classes, strict=False):
            rows.append({"type": "fill", "colour": colour, "text": f"{low}–{top}" if low < top else f"{top}"})
            low = top + 1
    if "buildings" in layers and mode == "issues":
        rows.append({"type": "heading", "text": say("issues_rate" if rates else "issues_none")})
        rows += sign_rows(mode, rates)
    if "points" in layers:
        rows += [_kind(code, known or service_kinds.default(), language, asset_base) for code in kinds]
    rows += [row for layer, made in _fixed(say, issues) if layer in layers for row in made]
    return rows


def sign_rows(mode: str, words: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the rows of a mode's signs that have ``words``."""
    looks = SIGNS[mode]
    return [
        {"type": "fill", "colour": looks[sign].fill, "hatch": looks[sign].hatch, "text": text}
        for sign, text in words.items()
    ]


def _kind(code: str, known: ServiceKinds, language: str, asset_base: str) -> dict[str, Any]:
    station = known.is_station(code)
    row: dict[str, Any] = {"type": "icon", "text": known.label(code, language)}
    row["colour"] = palette.STATION.fill if station else palette.SERVICE_POINT.fill
    if code in known.entries:
        row["icon"] = f"{asset_base}/icons/{known.icon(code)}.svg"
    return row | {"light": True} if station else row


def _fixed(say: Any, issues: Collection[str]) -> list[tuple[str, list[dict[str, Any]]]]:
    signs = {
        "open": ("dot", palette.OPEN_ISSUE),
        "overdue": ("square", palette.OPEN_ISSUE),
        "settled": ("dot", palette.CLOSED_ISSUE),
    }
    return [
        (
            "issues",
            [
                {"type": form, "colour": look.fill, "text": say(f"issue_{group}")}
                for group, (form, look) in signs.items()
                if group in issues
            ],
        ),
        ("walks", [{"type": "line", "colour": palette.ROUTE, "text": say("walk")}]),
        ("compounds", [{"type": "line", "colour": palette.WALL, "text": say("wall")}]),
        ("gates", [{"type": "dot", "colour": palette.WALL, "text": say("gate")}]),
        ("boundary", [{"type": "dash", "colour": palette.INK, "text": say("boundary")}]),
    ]
