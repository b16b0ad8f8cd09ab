"""The paper on which a picture is drawn: strokes, fills, words and hatches at one scale."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib import patheffects
from matplotlib.axes import Axes
from matplotlib.collections import EllipseCollection, LineCollection, PathCollection
from matplotlib.font_manager import FontProperties
from matplotlib.patches import FancyBboxPatch
from matplotlib.text import Text

from gridmap import palette, typeface
from gridmap.reports import glyphs, labels, wrapping

WARNING = palette.Look(fill="#FFE9BF", edge="#C98A1B")
"""How a mark beside a title looks that says what the data are."""
INTERNAL = palette.Look(fill="#FBE3E1", edge="#B5332E")
"""How a mark beside a title looks that says for whom a paper is."""


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """The paper: axes, how many points a metre takes, and how much strokes and words are scaled."""

    axes: Axes
    pt_per_m: float
    scale: float
    placer: labels.Placer

    def width(self, metres: float, least_pt: float) -> float:
        """Return the width in points of something ``metres`` wide."""
        return max(metres * self.pt_per_m, least_pt * self.scale)

    @property
    def finesse(self) -> float:
        """1 on the map of a usual community, smaller where much ground is on the sheet."""
        return float(np.clip((self.pt_per_m / (0.45 * self.scale)) ** 0.5, 0.35, 1.25)) * self.scale

    def stroke(self, coordinates: list[Any], z: float, colour: str, width_pt: float, **more: Any) -> None:
        """Draw lines."""
        style = {"capstyle": "round", "joinstyle": "round", **more}
        collection = LineCollection(coordinates, colors=colour, linewidths=width_pt, zorder=z, **style)
        self.axes.add_collection(collection, autolim=False)

    def fill(
        self, geometries: Any, z: float, faces: Any, edges: Any = "none", width_pt: float = 0.0, **more: Any
    ) -> None:
        """Fill polygons."""
        paths = glyphs.outlines(geometries)
        collection = PathCollection(paths, facecolors=faces, edgecolors=edges, linewidths=width_pt, zorder=z, **more)
        self.axes.add_collection(collection, autolim=False)

    def write(self, x: float, y: float, words: str, size_pt: float, z: float, **more: Any) -> Text:
        """Write words; what looks like a formula is written as it is."""
        bold = more.pop("bold", False)
        halo = more.pop("halo", 0.0)
        font = FontProperties(fname=str(typeface.path(bold=bold)), size=size_pt * self.scale)
        style = {"ha": "center", "va": "center", "color": palette.INK, **more}
        text = self.axes.text(x, y, words, fontproperties=font, zorder=z, parse_math=False, **style)
        if halo:
            text.set_path_effects([patheffects.withStroke(linewidth=halo * self.scale, foreground="white", alpha=0.9)])
        return text

    def fit(
        self, x: float, y: float, words: str, size_pt: float, right: float, least: float = 0.82, **more: Any
    ) -> Text:
        """Write words to the right of a place on paper, no further than ``right``: smaller if need be, then cut short.

        Parameters
        ----------
        x, y, right
            In units of axes on which a unit is a point at scale 1.
        least
            Share of the size below which words are cut rather than made smaller.
        """
        room = (right - x) * self.scale * self.px_per_pt
        shown, size = words, size_pt
        while True:
            text = self.write(x, y, shown, size, 5, ha="left", va="center_baseline", **more)
            left, _, end, _ = self.placer.box(text)
            if end - left <= room or len(shown) <= 2:
                return text
            text.remove()
            if size > size_pt * least:
                size = max(size * 0.95, size_pt * least)
            else:
                shown = shown.removesuffix("…")[: max(1, int(len(shown) * room / (end - left)) - 1)] + "…"

    def badge(self, right: float, y: float, words: str, size_pt: float, look: palette.Look = WARNING) -> float:
        """Draw words of warning in a frame that ends at ``right`` on paper; return where it begins.

        Parameters
        ----------
        right, y
            Its right edge and its middle, in units of axes on which a unit is a point at scale 1.
        """
        wide, high = wrapping.width(words, size_pt, bold=True) + 16, size_pt * 1.8
        frame = FancyBboxPatch(
            (right - wide, y - high / 2), wide, high, boxstyle=f"round,pad=0,rounding_size={high / 4}", fc=look.fill,
            ec=look.edge, lw=self.scale, zorder=4, clip_on=False,
        )  # fmt: skip
        self.axes.add_patch(frame)
        ink = palette.over("#000000", 0.4, look.edge)
        self.write(right - wide / 2, y, words, size_pt, 5, bold=True, color=ink, va="center_baseline")
        return right - wide

    def hatch(
        self, geometry: Any, hatch: str, z: float, colour: str, width_pt: float, alpha: float, step_pt: float
    ) -> None:
        """Draw a hatch inside a polygon."""
        step = step_pt * self.scale / self.pt_per_m
        if hatch == "dots":
            dots = glyphs.hatch_dots(geometry, step * 0.9)
            size = np.full(len(dots), width_pt * 2.4 * self.scale)
            collection = EllipseCollection(
                size,
                size,
                np.zeros(len(dots)),
                units="points",
                offsets=dots,
                offset_transform=self.axes.transData,
                facecolors=colour,
                edgecolors="none",
                alpha=alpha,
                zorder=z,
            )
            self.axes.add_collection(collection, autolim=False)
            return
        strokes = glyphs.hatch_lines(geometry, hatch, step)
        self.stroke(strokes, z, colour, width_pt * self.scale, alpha=alpha, capstyle="butt")

    def pixels(self, x: float, y: float) -> tuple[float, float]:
        """Return where a place lies in pixels of the figure."""
        px, py = self.axes.transData.transform((x, y))
        return float(px), float(py)

    def metres(self, pixels: Any) -> Any:
        """Return the places of pixels."""
        return self.axes.transData.inverted().transform(pixels)

    @property
    def px_per_pt(self) -> float:
        """Pixels a point takes."""
        return float(self.axes.figure.dpi) / 72
