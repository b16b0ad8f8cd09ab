"""The one map of a presentation as SVG: its ground, and what each step lays over it.

Everything is in metres about the map's middle. What stands on the map keeps its size on the screen: it lies in a group
of class ``k``, which the page scales by the metres that a pixel takes, as it does the patterns of hatches.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html import escape

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import KDTree

from gridmap import icons, palette
from gridmap.reports import svg_ground
from gridmap.reports.content import MapContent

Box = tuple[float, float, float, float]
MARGIN_M = 60.0
BESIDE_M = 350.0
"""So much of what lies around the community is drawn."""
LEAST_M = 240.0
"""No step shows less than that."""
_HATCHES = {
    "diagonal": "M-1 15L15 -1M-2 2L2 -2M12 16L16 12",
    "back_diagonal": "M-1 -1L15 15M12 -2L16 2M-2 12L2 16",
    "cross": "M-1 15L15 -1M-1 -1L15 15",
    "horizontal": "M0 7L14 7",
    "vertical": "M7 0L7 14",
    "dots": "",
}


@dataclass(frozen=True, kw_only=True)
class Sign:
    """What stands at a place: a text in a disc or a square, or an icon.

    Parameters
    ----------
    lon, lat
        Where, in WGS 84.
    look
        Its colours.
    text
        What it says; "" for none.
    icon
        Key of an icon (`gridmap.icons`); "" for none. With a text the text stands beside it.
    shape
        ``disc``, ``square`` or ``star``.
    size
        As times the usual size.
    """

    lon: float
    lat: float
    look: palette.Look
    text: str = ""
    icon: str = ""
    shape: str = "disc"
    size: float = 1.0


@dataclass(kw_only=True)
class Canvas:
    """Draws the map of a community, and notes the hatches that are used.

    Parameters
    ----------
    view
        What part of the earth is drawn.
    whole
        West, south, east and north of the community.
    """

    view: svg_ground.View
    whole: NDArray[np.float64]
    _hatches: dict[tuple[str, str], str] = field(default_factory=dict)

    def box(self, bounds: Iterable[NDArray[np.float64]] = ()) -> Box:
        """Return left, top, width and height in metres of what shows all ``bounds``; of none, the community.

        Parameters
        ----------
        bounds
            West, south, east and north in WGS 84 of each thing; of those without a place NaN.
        """
        known = [one for one in bounds if np.isfinite(one).all()] or [self.whole]
        corners = np.array([one[[0, 1]] for one in known] + [one[[2, 3]] for one in known])
        places = (corners - self.view.middle) * self.view.scale
        low, high = places.min(axis=0), places.max(axis=0)
        size = np.maximum(high - low + 2 * MARGIN_M, LEAST_M)
        left, top = (low + high - size) / 2
        return float(left), float(top), float(size[0]), float(size[1])

    def ground(self, content: MapContent) -> str:
        """Draw what lies below all steps."""
        left, top, width, height = self.view.box
        away = 20 * max(width, height)
        return "".join(
            (
                f'<rect x="{left - away:.0f}" y="{top - away:.0f}" width="{width + 2 * away:.0f}" '
                f'height="{height + 2 * away:.0f}" fill="{palette.BASE}"/>',
                *svg_ground.ground(self.view, content.ground),
                *svg_ground.compounds(self.view, content.compounds),
                *svg_ground.paths(self.view, content.paths),
                *svg_ground.buildings(self.view, content.buildings),
                self.outlined(content.boundary, palette.MUTED, 2.5, dash="10 5"),
            )
        )

    def names(self, compounds: gpd.GeoDataFrame) -> str:
        """Write the names of compounds, above all steps."""
        places = compounds.geometry.representative_point()
        return "".join(
            self._words(point, str(name), palette.WALL)
            for name, point in zip(compounds["name"], places, strict=True)
            if name and not point.is_empty
        )

    def areas(self, frame: gpd.GeoDataFrame, looks: Sequence[palette.Look], *, alpha: float, width: float = 1.0) -> str:
        """Fill areas, those of one look in one path; hatches show where colours do not.

        Parameters
        ----------
        frame
            Areas in WGS 84.
        looks
            How each is drawn.
        alpha
            How dense the fill is, from 0 to 1.
        width
            Width of the edges in pixels.
        """
        parts = []
        for look in dict.fromkeys(looks):
            rows = self.view.metres(frame[[one == look for one in looks]])
            drawn = "".join(svg_ground.path(shape) for shape in rows.geometry) if len(rows) else ""
            if not drawn:
                continue
            edge = f'stroke="{look.edge}" stroke-width="{width:g}" vector-effect="non-scaling-stroke"'
            parts.append(f'<path d="{drawn}" fill="{look.fill}" fill-opacity="{alpha:g}" fill-rule="evenodd" {edge}/>')
            if look.hatch:
                parts.append(f'<path d="{drawn}" fill="url(#{self._hatch(look.hatch, look.edge)})"/>')
        return "".join(parts)

    def outlined(self, frame: gpd.GeoDataFrame, colour: str, width: float, *, dash: str = "") -> str:
        """Draw edges, or lines, with a width in pixels."""
        rows = self.view.metres(frame)
        drawn = "".join(svg_ground.path(shape) for shape in rows.geometry) if len(rows) else ""
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        return (
            f'<path d="{drawn}" fill="none" stroke="{colour}" stroke-width="{width:g}" stroke-linejoin="round" '
            f'vector-effect="non-scaling-stroke"{dashed}/>'
            if drawn
            else ""
        )

    def signs(self, signs: Sequence[Sign]) -> str:
        """Draw signs, the first one uppermost."""
        return "".join(self._sign(sign) for sign in reversed(signs))

    def patterns(self) -> str:
        """Return the patterns of all hatches drawn so far."""
        return "".join(
            f'<pattern id="{name}" width="14" height="14" patternUnits="userSpaceOnUse" class="hatch">'
            f"{_strokes(hatch, colour)}</pattern>"
            for (hatch, colour), name in self._hatches.items()
        )

    def swatch(self, look: palette.Look, *, letter: str = "", alpha: float = 0.8) -> str:
        """Draw the key of an area for the legend."""
        hatch = ""
        if look.hatch:
            hatch = f'<rect x="1" y="1" width="46" height="28" fill="url(#{self._hatch(look.hatch, look.edge)}-k)"/>'
        ink = palette.INK
        return (
            f'<svg class="swatch" viewBox="0 0 48 30" aria-hidden="true"><rect x="1" y="1" width="46" height="28" '
            f'fill="{look.fill}" fill-opacity="{alpha:g}" stroke="{look.edge}" stroke-width="1.5"/>'
            f"{hatch}"
            + (
                f'<circle cx="24" cy="15" r="11" fill="#FFFFFF"/><text x="24" y="21" font-size="17" font-weight="700" '
                f'text-anchor="middle" fill="{ink}">{escape(letter)}</text>'
                if letter
                else ""
            )
            + "</svg>"
        )

    def legend_patterns(self) -> str:
        """Return the patterns of hatches for the legend, which is never scaled."""
        return "".join(
            f'<pattern id="{name}-k" width="14" height="14" patternUnits="userSpaceOnUse">{_strokes(hatch, colour)}'
            "</pattern>"
            for (hatch, colour), name in self._hatches.items()
        )

    def key(self, sign: Sign) -> str:
        """Draw the key of a sign for the legend."""
        return f'<svg class="swatch" viewBox="-24 -15 48 30" aria-hidden="true">{_drawn(sign, 0.72)}</svg>'

    def _hatch(self, hatch: str, colour: str) -> str:
        return self._hatches.setdefault((hatch, colour), f"hatch-{hatch}-{colour.removeprefix('#')}")

    def _sign(self, sign: Sign) -> str:
        x, y = self.view.spot(shapely.Point(sign.lon, sign.lat))
        return f'<g transform="translate({x:.1f} {y:.1f})"><g class="k">{_drawn(sign, 1.0)}</g></g>'

    def _words(self, point: shapely.Point, words: str, colour: str) -> str:
        x, y = self.view.spot(point)
        return (
            f'<g transform="translate({x:.1f} {y:.1f})"><g class="k"><text y="5" font-size="15" text-anchor="middle" '
            f'fill="{colour}" stroke="#FFFFFF" stroke-width="4" stroke-linejoin="round" paint-order="stroke">'
            f"{escape(words)}</text></g></g>"
        )


def canvas(content: MapContent) -> Canvas:
    """Return what draws the map of a community.

    Raises
    ------
    errors.InputError
        If nothing of it has a place.
    """
    whole = np.array(content.extent)
    return Canvas(view=svg_ground.View.about([whole], margin_m=BESIDE_M), whole=whole)


def thinned(places: gpd.GeoSeries, apart_m: float) -> list[list[int]]:
    """Let what stands close together go together, so that no two groups are nearer than ``apart_m``.

    Parameters
    ----------
    places
        Points in a CRS in metres; those without a place are left out.
    apart_m
        How far apart the first ones of groups are at least.

    Returns
    -------
    list
        Rows of each group by position, the one at whose place it stands first; those with most around them first.
    """
    rows = np.flatnonzero(~(places.is_empty | places.isna()).to_numpy())
    if not len(rows):
        return []
    tree = KDTree(shapely.get_coordinates(places.to_numpy()[rows]))
    around = tree.query_ball_point(tree.data, apart_m, return_sorted=True)
    free = np.ones(len(rows), dtype=bool)
    groups = []
    for one in sorted(range(len(rows)), key=lambda one: (-len(around[one]), one)):
        if free[one]:
            mine = [other for other in around[one] if free[other] and other != one]
            free[[one, *mine]] = False
            groups.append([int(rows[row]) for row in (one, *mine)])
    return groups


def _strokes(hatch: str, colour: str) -> str:
    if hatch == "dots":
        return f'<circle cx="7" cy="7" r="2" fill="{colour}"/>'
    return f'<path d="{_HATCHES[hatch]}" stroke="{colour}" stroke-width="1.6" fill="none"/>'


def _drawn(sign: Sign, size: float) -> str:
    r = 17 * sign.size * size
    ink = palette.text_on(sign.look.fill)
    edge = f'fill="{sign.look.fill}" stroke="{sign.look.edge}" stroke-width="2.5"'
    body = {
        "square": f'<rect x="{-r:.1f}" y="{-r:.1f}" width="{2 * r:.1f}" height="{2 * r:.1f}" rx="{r / 4:.1f}" {edge}/>',
        "star": f'<path d="{_star(1.45 * r)}" {edge} stroke-linejoin="round"/>',
    }.get(sign.shape, f'<circle r="{r:.1f}" {edge}/>')
    inside = ""
    if sign.icon:
        scale = 1.25 * r / 24
        paths = icons.svg(sign.icon).partition(">")[2].removesuffix("</svg>")
        inside = (
            f'<g transform="scale({scale:.3f}) translate(-12 -12)" fill="none" stroke="{ink}" stroke-width="2.4" '
            f'stroke-linecap="round" stroke-linejoin="round">{paths}</g>'
        )
        if sign.text:
            inside += _text(sign.text, 0.62 * r, "#FFFFFF", palette.INK, x=1.15 * r, y=-0.75 * r)
    elif sign.text:
        inside = _text(sign.text, min(1.15 * r, 3.0 * r / max(len(sign.text), 1)), ink, "")
    return body + inside


def _text(words: str, size: float, ink: str, ground: str, *, x: float = 0.0, y: float = 0.0) -> str:
    behind = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{size:.1f}" fill="{ground}"/>' if ground else ""
    return (
        f'{behind}<text x="{x:.1f}" y="{y + 0.36 * size:.1f}" font-size="{size:.1f}" font-weight="700" '
        f'text-anchor="middle" fill="{ink}">{escape(words)}</text>'
    )


def _star(r: float) -> str:
    angles = np.deg2rad(np.arange(10) * 36 - 90)
    away = np.where(np.arange(10) % 2, 0.45 * r, r)
    return (
        "M"
        + "L".join(f"{x:.1f} {y:.1f}" for x, y in zip(away * np.cos(angles), away * np.sin(angles), strict=True))
        + "Z"
    )
