"""Scripts and styles of the map come from this machine: folium's outside addresses are replaced by our own copies.

folium names its assets by addresses of content networks; without internet its map stays blank. ``rewrite``
changes one map, never folium's classes, which all sessions share.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import folium
from branca.colormap import ColorMap
from branca.element import CssLink, Element, Figure, JavascriptLink
from folium.elements import JSCSSMixin
from folium.plugins import DualMap

from gridmap import errors

# The last part of an address names the asset, whichever network and version folium chose.
_VENDORED = {
    "leaflet.js": "leaflet/dist/leaflet.js",
    "leaflet.css": "leaflet/dist/leaflet.css",
    "leaflet.draw.js": "leaflet-draw/dist/leaflet.draw.js",
    "leaflet.draw.css": "leaflet-draw/dist/leaflet.draw.css",
    "leaflet.markercluster.js": "leaflet.markercluster/dist/leaflet.markercluster.js",
    "MarkerCluster.css": "leaflet.markercluster/dist/MarkerCluster.css",
    "MarkerCluster.Default.css": "leaflet.markercluster/dist/MarkerCluster.Default.css",
    "leaflet_heat.min.js": "leaflet.heat/dist/leaflet-heat.js",
    "Control.FullScreen.min.js": "leaflet.fullscreen/Control.FullScreen.js",
    "Control.FullScreen.css": "leaflet.fullscreen/Control.FullScreen.css",
    "L.Control.Locate.min.js": "leaflet.locatecontrol/dist/L.Control.Locate.min.js",
    "L.Control.Locate.min.css": "leaflet.locatecontrol/dist/L.Control.Locate.min.css",
    "leaflet-measure.min.js": "leaflet-measure/dist/leaflet-measure.js",
    "leaflet-measure.min.css": "leaflet-measure/dist/leaflet-measure.css",
    "Leaflet.VectorGrid.bundled.js": "leaflet.vectorgrid/dist/Leaflet.VectorGrid.bundled.min.js",
}
# The words of the measuring tool are inside its script.
_MEASURE_ZH = "leaflet-measure/dist/leaflet-measure.cn.js"

# What folium's Map asks for and our maps do without: (word of the address, its last part).
_DROPPED = (
    ("jquery", "jquery-3.7.1.min.js"),
    ("bootstrap", "bootstrap.bundle.min.js"),
    ("bootstrap", "bootstrap.min.css"),
    ("bootstrap", "bootstrap-glyphicons.css"),
    ("fontawesome", "all.min.css"),
    ("awesome-markers", "leaflet.awesome-markers.js"),
    ("awesome-markers", "leaflet.awesome-markers.css"),
    ("folium", "leaflet.awesome.rotate.min.css"),
)
# Elements that cannot work without what is dropped: they would leave the map blank.
_UNUSABLE = (folium.Popup, folium.Icon, ColorMap)

ICON_IMAGES = "leaflet/dist/images/"
"""Folder of Leaflet's own marker images below the base address, for ``L.Icon.Default.imagePath``."""

_OUTSIDE = re.compile(r"^(?:[a-z][a-z0-9+.-]*:)?//", re.IGNORECASE)


def vendor_dir() -> Path:
    """Return the folder of vendored assets."""
    return Path(__file__).parent / "vendor"


def find(path: str) -> Path | None:
    """Return the vendored file at ``path`` (relative, with ``/``), or None if there is none.

    A path that leads out of the folder, by ``..``, by an absolute start or through a link, finds nothing.
    """
    if "\0" in path or "\\" in path:
        return None
    root = vendor_dir().resolve()
    file = (root / path).resolve()
    return file if file.is_relative_to(root) and file.is_file() else None


def rewrite(root: Element, base: str, *, language: str = "en") -> None:
    """Make every script and style of a map come from ``base``.

    Call it when the map is complete and before it is rendered or handed to streamlit-folium, and on each feature
    group that is handed over beside it; calling it again changes nothing.

    Parameters
    ----------
    root
        The map or feature group; the links of each of its elements are replaced on the element itself.
    base
        Address under which the vendored files are served, such as ``/assets/vendor/``.
    language
        Language of tools whose words are inside their script.

    Raises
    ------
    GridmapError
        ``unknown_asset`` if an element asks for an address of which we have no copy, or cannot work offline:
        folium's Popup (jQuery), Icon (awesome markers) and branca's ColorMap (streamlit-folium adds d3 for it).
        That is our own fault: vendor the asset, or do not use the element.
    """
    prefix = base.rstrip("/") + "/"
    for element in _walk(root):
        if isinstance(element, _UNUSABLE) or getattr(element, "objects_to_stay_in_front", None):
            raise errors.GridmapError("unknown_asset", url=type(element).__name__)
        if isinstance(element, JSCSSMixin):
            element.default_js = _ours(element.default_js, prefix, language)
            element.default_css = _ours(element.default_css, prefix, language)
        _rewrite_links(element, prefix, language)
    figure = root.get_root()
    if isinstance(figure, Figure):
        _rewrite_links(figure.header, prefix, language)


def _rewrite_links(element: Element, prefix: str, language: str) -> None:
    for name, child in list(element._children.items()):
        if isinstance(child, JavascriptLink | CssLink):
            address = _address(child.url, prefix, language)
            if address is None:
                del element._children[name]
            else:
                child.url = address


def _ours(links: list[tuple[str, str]], prefix: str, language: str) -> list[tuple[str, str]]:
    found = ((name, _address(url, prefix, language)) for name, url in links)
    return [(name, address) for name, address in found if address is not None]


def _address(url: str, prefix: str, language: str) -> str | None:
    """Return where our copy of ``url`` is served, or None if our maps do without it."""
    if url.startswith(prefix) or not _OUTSIDE.match(url):
        return url
    file = url.split("?", 1)[0].split("#", 1)[0].rsplit("/", 1)[-1]
    if any(word in url and file == last for word, last in _DROPPED):
        return None
    if file not in _VENDORED:
        raise errors.GridmapError("unknown_asset", url=url)
    path = _MEASURE_ZH if file == "leaflet-measure.min.js" and language == "zh" else _VENDORED[file]
    return prefix + path


def _walk(element: Element) -> Iterator[Element]:
    yield element
    inner = list(element._children.values())
    if isinstance(element, DualMap):
        inner += [element.m1, element.m2]
    for child in inner:
        yield from _walk(child)
