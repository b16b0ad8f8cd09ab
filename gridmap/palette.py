"""Colours and hatches of maps and pictures, and how colour-blind people see them.

The five grid colours come from the catalogue ``grid_palette``; each carries a letter and a hatch too, so that the
map can be read in grey print and with any colour vision.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from gridmap import catalogues
from gridmap.model import BuildingUse, GroundKind, IssueState, PathKind

Deficiency = Literal["protanopia", "deuteranopia", "tritanopia"]

DEFICIENCIES: tuple[Deficiency, ...] = ("protanopia", "deuteranopia", "tritanopia")

COVERED = "covered"
OUT_OF_REACH = "out_of_reach"
FULL = "full"
UNKNOWN = "unknown"
LOOKS_COVERED = "looks_covered"


@dataclass(frozen=True, kw_only=True)
class GridColour:
    """How a grid is drawn: colour, letter and hatch say the same thing thrice."""

    key: str
    letter: str
    hex: str
    hatch: str


@dataclass(frozen=True, kw_only=True)
class Look:
    """How a thing is drawn: fill, edge, and a hatch where colour alone must not speak."""

    fill: str
    edge: str
    hatch: str = ""


@dataclass(frozen=True, kw_only=True)
class ShapeLook(Look):
    """How something is drawn above all layers: how dense its fill is, and the dashes of its edge in pixels."""

    alpha: float = 0.45
    dash: tuple[int, ...] = ()


GROUND = {
    GroundKind.WATER: Look(fill="#CFE3EF", edge="#A9CADF"),
    GroundKind.GREEN: Look(fill="#DFEBD5", edge="#C6D9B7"),
    GroundKind.SQUARE: Look(fill="#EDE9E1", edge="#DAD4C8"),
}
PATHS = {
    PathKind.STREET: Look(fill="#FFFFFF", edge="#C4BFB6"),
    PathKind.INNER_ROAD: Look(fill="#FFFFFF", edge="#D6D1C8"),
    PathKind.FOOTPATH: Look(fill="#BDB5A8", edge="#BDB5A8"),
    PathKind.STAIRS: Look(fill="#9C9488", edge="#9C9488"),
}
BASE = "#F6F4EF"
INK = "#22262B"
MUTED = "#6B7075"
WALL = "#5A5148"
ROUTE = "#14213D"

BUILDINGS = {
    BuildingUse.RESIDENTIAL: Look(fill="#D9D3C7", edge="#8C857A"),
    BuildingUse.SHOP: Look(fill="#E6D5BC", edge="#A08A68"),
    BuildingUse.PUBLIC: Look(fill="#CDD3DA", edge="#7E8893"),
    BuildingUse.OTHER: Look(fill="#E4E1DA", edge="#A7A196"),
}
COVERAGE = {
    COVERED: Look(fill="#A9D3C4", edge="#3E7F6C"),
    FULL: Look(fill="#F2C879", edge="#8A5A00", hatch="dots"),
    OUT_OF_REACH: Look(fill="#E8590C", edge="#7A1F00", hatch="diagonal"),
    LOOKS_COVERED: Look(fill="#9C1C4E", edge="#FFD8A8", hatch="cross"),
    UNKNOWN: Look(fill="#E4E1DA", edge="#A7A196"),
}
HOUSEHOLDS = ("#E7EEF5", "#B9D0E4", "#84ACCF", "#4F83B3", "#265A8C", "#0F3560")
"""Pale to dark by households; in grey print it stays a scale."""
RATES = ("#FEF0D9", "#FDCC8A", "#FC8D59", "#D7301F", "#7F0000")
"""Pale to dark by issues per 100 households beside the community's rate; in grey print it stays a scale."""
HOT_SPOTS = {
    "hot": Look(fill="#D7301F", edge="#67000D", hatch="diagonal"),
    "cold": Look(fill="#9ECAE1", edge="#08519C", hatch="dots"),
    "neither": Look(fill="#EFECE5", edge="#A7A196"),
}
VISITS = {
    "recent": Look(fill="#1F6F5C", edge="#0B3A2F"),
    "in_time": Look(fill="#A9D3C4", edge="#3E7F6C"),
    "late": Look(fill="#F2C879", edge="#8A5A00", hatch="dots"),
    "never": Look(fill="#E8590C", edge="#7A1F00", hatch="diagonal"),
}
"""By the last visit of a walk: in the period, within the interval, longer ago, never; in grey print from dark to light
and back, so the last two have a hatch."""
KINDS = (
    COVERAGE[OUT_OF_REACH],
    Look(fill="#FBF0C4", edge="#6B6530"),
    Look(fill="#C3DB9A", edge="#50692F"),
    Look(fill="#83BE93", edge="#2F5C44"),
    Look(fill="#3F8F87", edge="#1B4A47"),
    Look(fill="#155A63", edge="#06272C"),
)
"""By how many kinds of service points a building has in reach: none at all, then pale to dark up to all of them."""
OPEN_ISSUE = Look(fill="#C2185B", edge="#FFFFFF")
OVERDUE_ISSUE = Look(fill="#C2185B", edge="#23000F")
CLOSED_ISSUE = Look(fill="#FFFFFF", edge="#5F6B73")
SHAPES = {
    "added": ShapeLook(fill="#2E8B57", edge="#14532D"),
    "changed": ShapeLook(fill="#F0A500", edge="#7A4B00", hatch="dots"),
    "unchanged": ShapeLook(fill="#B8BCC2", edge="#5F6B73", alpha=0.25),
    "refused": ShapeLook(fill="#D6336C", edge="#7A0F3A", hatch="diagonal"),
    "before": ShapeLook(fill="#9AA0A6", edge="#3C4043", alpha=0.1, dash=(5, 4)),
    "likely": ShapeLook(fill="#7048E8", edge="#3B1C9E", alpha=0.25, dash=(8, 3)),
    "route": ShapeLook(fill="#14213D", edge="#14213D"),
    "catchment": ShapeLook(fill="#1C7ED6", edge="#0B4A8F", alpha=0.15),
    "circle": ShapeLook(fill="#0B3C5D", edge="#0B3C5D", alpha=0.0, dash=(6, 4)),
    "trial": ShapeLook(fill="#B5332E", edge="#FFFFFF"),
    "candidate": ShapeLook(fill="#4A5560", edge="#FFFFFF"),
    "chosen": ShapeLook(fill="#B5332E", edge="#5C1310"),
    "fixed": ShapeLook(fill="#22262B", edge="#FFFFFF"),
    "grip": ShapeLook(fill="#FFFFFF", edge="#111827"),
    "mend": ShapeLook(fill="#F03E3E", edge="#8B0000", dash=(3, 3)),
    "walk_1": ShapeLook(fill="#14213D", edge="#14213D"),
    "walk_2": ShapeLook(fill="#9B2226", edge="#9B2226", dash=(8, 4)),
    "walk_3": ShapeLook(fill="#00695C", edge="#00695C", dash=(3, 4)),
    "walk_4": ShapeLook(fill="#6741D9", edge="#6741D9", dash=(12, 4, 3, 4)),
    "walk_5": ShapeLook(fill="#7A4F01", edge="#7A4F01", dash=(1, 6)),
    "track": ShapeLook(fill="#D9480F", edge="#D9480F"),
    "visit_must": ShapeLook(fill="#C2255C", edge="#6B0F33"),
    "visit_never": ShapeLook(fill="#868E96", edge="#343A40"),
    "dense_75": ShapeLook(fill="#BCBDDC", edge="#756BB1", alpha=0.3, dash=(2, 4)),
    "dense_50": ShapeLook(fill="#807DBA", edge="#54278F", alpha=0.4, dash=(6, 3)),
    "dense_25": ShapeLook(fill="#54278F", edge="#2D004B", alpha=0.5),
}
"""What is shown above the layers and is not kept, or not yet."""
WALKS = tuple(name for name in SHAPES if name.startswith("walk_"))
"""How walks beside each other are drawn, each with a colour and a dash of its own."""


def walk(number: int) -> ShapeLook:
    """Return how the walk with a number (from 0) is drawn."""
    return SHAPES[WALKS[number % len(WALKS)]]


STATION = Look(fill="#0B3C5D", edge="#FFFFFF")
SERVICE_POINT = Look(fill="#FFFFFF", edge="#0B3C5D")

# Machado, Oliveira & Fernandes (2009), severity 1.0, for linear RGB; doi:10.1109/TVCG.2009.113.
_MACHADO: dict[str, tuple[tuple[float, float, float], ...]] = {
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}
# IEC 61966-2-1 (sRGB), white point D65.
_TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
_WHITE = np.array([0.95047, 1.0, 1.08883])


@cache
def grids() -> dict[str, GridColour]:
    """Return the five grid colours by key, in their order."""
    rows = catalogues.entries("grid_palette", "key").values()
    return {r["key"]: GridColour(key=r["key"], letter=r["letter"], hex=r["hex"], hatch=r["hatch"]) for r in rows}


def grid(key: str) -> GridColour:
    """Return the colour ``key``; one that the catalogue does not know is grey, plain and without a letter."""
    return grids().get(key, GridColour(key=key, letter="", hex="#8A8F94", hatch=""))


def issue(state: IssueState) -> Look:
    """Return how an issue is drawn: filled while something remains to be done, hollow afterwards."""
    return OPEN_ISSUE if state.is_open else CLOSED_ISSUE


def coverage(state: str) -> Look:
    """Return how a building is drawn by its state of coverage."""
    return COVERAGE.get(state, COVERAGE[UNKNOWN])


def kinds_step(number: int, of: int) -> int:
    """Return which of `KINDS` a building has that reaches ``number`` of ``of`` kinds; all of them is the last."""
    if number <= 0 or of <= 1:
        return 0 if number <= 0 else len(KINDS) - 1
    return 1 + (number - 1) * (len(KINDS) - 2) // (of - 1)


def simulate(colour: str, deficiency: Deficiency) -> str:
    """Return the colour as a person with a deficiency of colour vision sees it.

    Machado, Oliveira & Fernandes (2009), doi:10.1109/TVCG.2009.113, at full severity.
    """
    seen = np.array(_MACHADO[deficiency]) @ _linear(colour)
    return _hex(_gamma(np.clip(seen, 0, 1)))


def over(colour: str, opacity: float, background: str = BASE) -> str:
    """Return the colour that a translucent fill gives on a background."""
    mixed = opacity * _channels(colour) + (1 - opacity) * _channels(background)
    return _hex(mixed)


def grey(colour: str) -> float:
    """Return the lightness (CIE L*, 0 to 100) that is left of a colour in grey print."""
    return float(_lab(colour)[0])


def difference(one: str, other: str) -> float:
    """Return how different two colours look (CIEDE2000; about 2 is just noticeable side by side).

    Sharma, Wu & Dalal (2005), doi:10.1002/col.20070.
    """
    return _ciede2000(_lab(one), _lab(other))


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21 (WCAG 2.2; 4.5 is asked of text, 3 of large text)."""
    darker, lighter = sorted(float(_TO_XYZ[1] @ _linear(c)) for c in (one, other))
    return (lighter + 0.05) / (darker + 0.05)


def text_on(colour: str) -> str:
    """Return the ink, dark or white, that is easier to read on a colour."""
    return max((INK, "#FFFFFF"), key=lambda ink: contrast(ink, colour))


def _channels(colour: str) -> NDArray[np.float64]:
    return np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255


def _hex(channels: NDArray[np.float64]) -> str:
    return "#" + "".join(f"{round(float(c) * 255):02X}" for c in channels)


def _linear(colour: str) -> NDArray[np.float64]:
    c = _channels(colour)
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def _gamma(linear: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


def _lab(colour: str) -> NDArray[np.float64]:
    ratio = _TO_XYZ @ _linear(colour) / _WHITE
    f = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def _ciede2000(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    l1, a1, b1 = one
    l2, a2, b2 = other
    c_mean7 = ((np.hypot(a1, b1) + np.hypot(a2, b2)) / 2) ** 7
    stretch = 1 + 0.5 * (1 - np.sqrt(c_mean7 / (c_mean7 + 25.0**7)))
    a1, a2 = a1 * stretch, a2 * stretch
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1, h2 = np.degrees(np.arctan2(b1, a1)) % 360, np.degrees(np.arctan2(b2, a2)) % 360
    grey_pair = c1 * c2 == 0
    turn = 0.0 if grey_pair else (h2 - h1 + 180) % 360 - 180
    h_mean = h1 + h2 if grey_pair else (h1 + turn / 2) % 360
    l_mean, c_mean = (l1 + l2) / 2, (c1 + c2) / 2
    weight = (
        1
        - 0.17 * np.cos(np.radians(h_mean - 30))
        + 0.24 * np.cos(np.radians(2 * h_mean))
        + 0.32 * np.cos(np.radians(3 * h_mean + 6))
        - 0.20 * np.cos(np.radians(4 * h_mean - 63))
    )
    light = (l2 - l1) / (1 + 0.015 * (l_mean - 50) ** 2 / np.sqrt(20 + (l_mean - 50) ** 2))
    chroma = (c2 - c1) / (1 + 0.045 * c_mean)
    hue = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn / 2)) / (1 + 0.015 * c_mean * weight)
    rotation = (
        -2 * np.sqrt(c_mean**7 / (c_mean**7 + 25.0**7)) * np.sin(np.radians(60 * np.exp(-(((h_mean - 275) / 25) ** 2))))
    )
    return float(np.sqrt(light**2 + chroma**2 + hue**2 + rotation * chroma * hue))
