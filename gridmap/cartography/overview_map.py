"""The map of a community as a folium map: its frame, made once, and the commands that restyle it.

The frame names where the layers are fetched from; the data is not in the page. Whatever changes (layers shown,
colours, what is chosen) is a command, handed to the standing map as a feature group, so that the map is never
mounted anew.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import folium
from branca.element import MacroElement
from folium import plugins
from folium.elements import JSCSSMixin
from folium.template import Template

from gridmap.cartography import assets
from gridmap.cartography.events import Target, View

_FARTHEST, _CLOSEST = 3, 21
_VENDORED = (
    "leaflet/dist/leaflet.js",
    "leaflet.fullscreen/Control.FullScreen.js",
    "leaflet.markercluster/dist/leaflet.markercluster.js",
    "leaflet-draw/dist/leaflet.draw.js",
)
_SCRIPTS = ("sheet", "labels", "styles", "order", "panel", "grip", "gridmap")
LAYERS = ("boundary", "grids", "compounds", "paths", "ground", "buildings", "gates", "points", "issues", "walks")


@dataclass(frozen=True, kw_only=True)
class Fill:
    """How buildings are coloured.

    Parameters
    ----------
    mode
        ``"grid"``, ``"households"``, or one of `overview_config.SIGNS`: ``"coverage"``, ``"kinds"``, ``"issues"``,
        ``"hot_spots"``, ``"visits"``.
    states
        For the latter: one sign a building in the order of the layer, of those in `overview_config.SIGNS`; - where
        nothing is told of it (nobody lives there).
    classes
        For households: upper limits of the classes.
    """

    mode: str = "grid"
    states: str | None = None
    classes: Sequence[int] | None = None


@dataclass(frozen=True, kw_only=True)
class Command:
    """All that the standing map is to show.

    Parameters
    ----------
    revision
        Revision of the community's data.
    stamp
        What the data on screen is told by, for each layer: one on screen with another stamp is fetched anew.
    layers
        Names of the layers shown, of ``LAYERS``.
    fill
        How buildings are coloured.
    grids
        Ids of the grids in focus; None for all.
    buildings
        Ids of the buildings in focus, where they are fewer than their grids hold; None where the grids say it.
    issues, points
        Ids of the issues and service points shown; None for all.
    selected
        What is chosen: ``target``, ``id`` and, where it is a point, ``lat`` and ``lon``.
    card
        The chosen thing's card: ``title``, ``subtitle``, ``rows`` of ``label``, ``value``, ``tone``, and ``acts``, its
        buttons: ``act`` and ``text``, and ``href`` where one leads to a page beside the map.
    hits
        Answers to the search: ``text`` asked and ``found`` (``target``, ``id``, ``title``, ``place``).
    legend
        Rows of the legend.
    view
        Where the map stands when it is first shown.
    fly
        Where to go now: ``seq``, ``lat``, ``lon``, ``zoom``; each ``seq`` once.
    fit
        What to show whole now: ``seq``, ``bounds`` (west, south, east, north); each ``seq`` once.
    shapes
        What is shown above all layers without being one, as `shapes.features` makes it.
    pointing
        Whether a press tells its place instead of choosing what lies there.
    search
        Whether things can be searched for on the map.
    moves
        Whether it is told when the map is drawn and where it was moved: each time the page is run anew.
    watch
        Whether it is told when what is kept has changed since.
    division
        Another division than the valid one, which is shown in its place: ``grids``, a collection of features as the
        layer has them, and ``of``, the id of the grid of each building in the order of its layer, None for none.
    order
        Stops that are brought into an order by hand: ``title``, and ``stops`` of ``id``, ``sign``, ``title``, ``mark``
        and ``chosen``; the new order of their ids is told.
    lasso
        Whether an area is drawn round things by presses; it is told when it is closed.
    """

    revision: int
    stamp: Mapping[str, str]
    layers: Sequence[str]
    fill: Fill = field(default_factory=Fill)
    grids: Sequence[int] | None = None
    buildings: Sequence[int] | None = None
    issues: Sequence[int] | None = None
    points: Sequence[int] | None = None
    selected: Mapping[str, Target | int | float] | None = None
    card: Mapping[str, Any] | None = None
    hits: Mapping[str, Any] | None = None
    legend: Sequence[Mapping[str, Any]] = ()
    view: View | None = None
    fly: Mapping[str, Any] | None = None
    fit: Mapping[str, Any] | None = None
    shapes: Sequence[Mapping[str, Any]] = ()
    pointing: bool = False
    search: bool = True
    moves: bool = True
    watch: bool = False
    division: Mapping[str, Any] | None = None
    order: Mapping[str, Any] | None = None
    lasso: bool = False


class _Script(JSCSSMixin, MacroElement):
    """One call of the map's own script."""

    def __init__(self, call: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.call = call

    _template = Template("{% macro script(this, kwargs) %}{{ this.call }}{% endmacro %}")


class _Controller(_Script):
    """The map's own scripts, and the call that starts them."""

    def __init__(self, config: Mapping[str, Any], base: str) -> None:
        super().__init__(literal(config))
        cluster, draw = plugins.MarkerCluster, plugins.Draw
        self.default_js = [("gridmap", f"{base}/map.js?v={client_version()}")]
        self.default_css = [
            *cluster.default_css,
            *draw.default_css,
            ("gridmap_css", f"{base}/gridmap.css?v={client_version()}"),
        ]

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "window.Gridmap.create({{ this._parent.get_name() }}, {{ this.call }});"
        "{% endmacro %}"
    )


def frame(
    *, bounds: tuple[float, float, float, float], config: Mapping[str, Any], asset_base: str, words: Mapping[str, str]
) -> folium.Map:
    """Return the map without data.

    Parameters
    ----------
    bounds
        West, south, east, north in WGS 84: what is shown first.
    config
        What the scripts need to know: addresses, words, colours. It must not change while the map stands.
    asset_base
        Address under which scripts and styles are served.
    words
        Titles of the controls: ``full_screen``, ``leave_full_screen``.
    """
    west, south, east, north = bounds
    made = folium.Map(
        location=[(south + north) / 2, (west + east) / 2],
        tiles=None,
        zoom_start=16,
        zoom_snap=0.25,
        zoom_delta=0.5,
        wheel_px_per_zoom_level=140,
        prefer_canvas=True,
    )
    full = plugins.Fullscreen(position="topleft", title=words["full_screen"], title_cancel=words["leave_full_screen"])
    full.add_to(made)
    made.default_js = full.default_js = []  # they are part of our one script
    # Without a tile layer nothing else tells Leaflet how far one may zoom.
    made.options.update({"maxZoom": _CLOSEST, "minZoom": _FARTHEST})
    _Controller(config, f"{asset_base}/client").add_to(made)
    fit = folium.FitBounds([[south, west], [north, east]], padding=(12, 12))
    fit.options["animate"] = False  # Leaflet ends an animation where it was to lead, whatever was set meanwhile
    fit.add_to(made)
    assets.rewrite(made, f"{asset_base}/vendor")
    return made


def client_dir() -> Path:
    """Return the folder of the map's own scripts and styles."""
    return Path(__file__).parent / "client"


@cache
def script() -> bytes:
    """Return Leaflet, its plugins and the map's own scripts as one: scripts are fetched one after the other."""
    files = [assets.vendor_dir() / path for path in _VENDORED] + [client_dir() / f"{name}.js" for name in _SCRIPTS]
    return b"\n;\n".join(file.read_bytes() for file in files)


@cache
def client_version() -> str:
    """Return a short hash of the map's own scripts, so that a browser keeps them until they change."""
    contents = script() + (client_dir() / "gridmap.css").read_bytes()
    return hashlib.sha256(contents).hexdigest()[:12]


def group(command: Command) -> folium.FeatureGroup:
    """Return ``command`` in the form in which a standing map takes it."""
    made = folium.FeatureGroup(name="command", control=False)
    _Script(f"window.Gridmap.apply({literal(asdict(command))});").add_to(made)
    return made


def literal(value: Any) -> str:
    """Return ``value`` as a JavaScript expression that no text inside it can leave.

    JSON within a string literal, in which every character that means something to HTML, to a JavaScript template
    or to Jinja is written as an escape.
    """
    text = json.dumps(json.dumps(value, ensure_ascii=True, separators=(",", ":"), allow_nan=False))
    for sign in "<>&'`{}$":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return f"JSON.parse({text})"
