"""Tells the browser, with the map's own frame, what the map will ask for, so that it is there when the map is."""

from __future__ import annotations

from urllib.parse import parse_qs, parse_qsl, urlsplit

from gridmap import access, errors, i18n, settings
from gridmap.cartography import overview_map
from gridmap.services import sight
from gridmap.services.sight import Sight
from gridmap.web import sources, state

FRAME = "/component/streamlit_folium.st_folium/index.html"
"""The page in which streamlit-folium shows a map; Streamlit names the page around it in its query."""
ROOT = "../../gridmap"
"""Our own routes, seen from there."""
ASSETS = f"{ROOT}/assets"


def links(actor: access.Actor, query: str, accepted: str | None) -> str:
    """Return the value of the header ``Link`` for the map's frame; empty where nothing can be told.

    Parameters
    ----------
    actor
        Who asks.
    query
        The frame's query.
    accepted
        The browser's languages.
    """
    around = urlsplit(next(iter(parse_qs(query).get("streamlitUrl", [])), "")).query
    said = dict(parse_qsl(around))
    page = state.parse(said)
    language = i18n.choose(said.get("lang") or accepted or settings.from_environment().language)
    try:
        shown = [one.id for one in sources.store().communities() if one.id is not None and sight.sees(actor, one)]
        if not shown:
            return ""
        number = page.community if page.community in shown else shown[0]
        data = sources.community(number)
        seen = Sight.of(actor, data.community)
        stamp = sources.stamp(sources.seen(data, seen))
    except errors.GridmapError:
        return ""  # the page around it says what is wrong
    layers = [name for name in page.shown_layers() if seen.layer(name)]
    if "walks" in layers:
        layers.append("stops")
    base = f"{ROOT}/layers/{number}/{language}"
    script = f"<{ASSETS}/client/map.js?v={overview_map.client_version()}>; rel=preload; as=script"
    # As the map's own request: credentials go to the same origin.
    return ", ".join(
        [script, *(f"<{base}/{name}.json?r={stamp[name]}>; rel=preload; as=fetch; crossorigin" for name in layers)]
    )
