"""No map of ours asks the network for a script, a style or a font."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import folium
import pytest
import streamlit_folium
from branca.colormap import LinearColormap
from branca.element import CssLink, JavascriptLink
from folium import plugins

from gridmap import errors
from gridmap.cartography import assets

REPOSITORY = Path(__file__).parents[2]
BASE = "/assets/vendor/"
PLACE = (34.23, 108.92)


@pytest.fixture
def full_map() -> folium.Map:
    """A map with every plugin that gridmap may use."""
    fmap = folium.Map(PLACE, tiles=None, zoom_start=16)
    plugins.Draw().add_to(fmap)
    cluster = plugins.MarkerCluster().add_to(fmap)
    folium.Marker(PLACE, icon=folium.DivIcon(html="1")).add_to(cluster)
    group = folium.FeatureGroup().add_to(fmap)
    plugins.HeatMap([PLACE]).add_to(group)
    plugins.Fullscreen().add_to(fmap)
    plugins.LocateControl().add_to(fmap)
    plugins.MeasureControl().add_to(fmap)
    plugins.VectorGridProtobuf("/tiles/{z}/{x}/{y}.pbf", "tiles").add_to(fmap)
    return fmap


def handed_over(monkeypatch: pytest.MonkeyPatch, fmap: folium.Map, **more: Any) -> dict[str, Any]:
    """Return what streamlit-folium would send to the browser."""
    sent: dict[str, Any] = {}
    monkeypatch.setattr(streamlit_folium, "_component_func", lambda **arguments: sent.update(arguments))
    streamlit_folium.st_folium(fmap, key="map", returned_objects=[], **more)
    return sent


def outside(text: str) -> list[str]:
    """Return the outside addresses in a text; comments and names of XML namespaces ask for nothing."""
    text = re.sub(r"^\s*//.*$", "", text, flags=re.MULTILINE)
    return [u for u in re.findall(r"(?:https?:)?//[a-z0-9.-]+\.[a-z]{2,}[^\s\"'<>]*", text) if "www.w3.org" not in u]


def test_folium_alone_would_ask_the_network(full_map: folium.Map, monkeypatch: pytest.MonkeyPatch) -> None:
    assert outside(full_map.get_root().render())
    assert any(outside(u) for u in handed_over(monkeypatch, full_map)["js_links"])


def test_rewritten_page_names_no_outside_host(full_map: folium.Map) -> None:
    assets.rewrite(full_map, BASE)
    page = full_map.get_root().render()
    assert outside(page) == []
    for link in re.findall(r'<(?:script src|link rel="stylesheet" href)="([^"]+)"', page):
        assert assets.find(link.removeprefix(BASE)), link


def test_streamlit_folium_is_handed_no_outside_host(full_map: folium.Map, monkeypatch: pytest.MonkeyPatch) -> None:
    assets.rewrite(full_map, BASE)
    later = folium.FeatureGroup()
    plugins.HeatMap([PLACE]).add_to(later)
    assets.rewrite(later, BASE)
    sent = handed_over(monkeypatch, full_map, feature_group_to_add=later)
    links = sent["js_links"] + sent["css_links"]
    assert len(links) == 15
    assert all(assets.find(link.removeprefix(BASE)) for link in links)
    assert outside(sent["header"] + sent["html"] + sent["script"] + sent["feature_group"]) == []


def test_rewriting_after_a_render_and_twice_changes_nothing_more(full_map: folium.Map) -> None:
    full_map.get_root().render()
    assets.rewrite(full_map, BASE)
    once = full_map.get_root().header.render()
    assets.rewrite(full_map, BASE)
    full_map.get_root().render()
    assert re.findall(r'(?:src|href)="[^"]+', full_map.get_root().header.render()) == re.findall(
        r'(?:src|href)="[^"]+', once
    )
    assert outside(full_map.get_root().render()) == []


def test_only_this_map_is_changed(full_map: folium.Map) -> None:
    before = list(folium.Map.default_js), list(plugins.Draw.default_css)
    assets.rewrite(full_map, BASE)
    assert (folium.Map.default_js, plugins.Draw.default_css) == before
    assert outside(folium.Map(PLACE, tiles=None).get_root().render())


def test_what_our_maps_do_without_is_dropped(full_map: folium.Map) -> None:
    assets.rewrite(full_map, BASE)
    page = full_map.get_root().render().lower()
    for word in ("jquery", "bootstrap", "awesome", "glyphicon"):
        assert not re.search(rf'(?:src|href)="[^"]*{word}', page)


def test_links_in_the_header_are_rewritten_too() -> None:
    fmap = folium.Map(PLACE, tiles=None)
    header = fmap.get_root().header
    header.add_child(JavascriptLink("https://cdn.example.com/x/leaflet.js?v=2"), name="one")
    header.add_child(CssLink("/own/style.css"), name="two")
    assets.rewrite(fmap, "/assets/vendor")
    page = fmap.get_root().render()
    assert '"/assets/vendor/leaflet/dist/leaflet.js"' in page
    assert '"/own/style.css"' in page


@pytest.mark.parametrize(
    "element",
    [
        plugins.AntPath([PLACE, (34.24, 108.93)]),
        LinearColormap(["white", "red"]),
        folium.Marker(PLACE, popup="text"),
        folium.Marker(PLACE, icon=folium.Icon()),
    ],
    ids=["AntPath", "ColorMap", "Popup", "Icon"],
)
def test_what_cannot_work_offline_raises(element: Any) -> None:
    fmap = folium.Map(PLACE, tiles=None)
    element.add_to(fmap)
    with pytest.raises(errors.GridmapError) as raised:
        assets.rewrite(fmap, BASE)
    assert raised.value.key == "unknown_asset"


def test_measuring_tool_speaks_the_language(full_map: folium.Map) -> None:
    assets.rewrite(full_map, BASE, language="zh")
    assert "leaflet-measure.cn.js" in full_map.get_root().render()
    assert "面积" in (assets.vendor_dir() / "leaflet-measure/dist/leaflet-measure.cn.js").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "path",
    [
        "../assets.py",
        "leaflet/../../assets.py",
        "/etc/passwd",
        "leaflet",
        "",
        "leaflet\\dist\\leaflet.js",
        "no.js",
        "a\0b",
    ],
)
def test_find_gives_nothing_outside_the_folder(path: str) -> None:
    assert assets.find(path) is None


def test_find_gives_a_vendored_file() -> None:
    found = assets.find("leaflet/dist/leaflet.js")
    assert found is not None
    assert b"Leaflet 1.9.4" in found.read_bytes()[:200]


def test_images_named_by_styles_are_there() -> None:
    for style in assets.vendor_dir().rglob("*.css"):
        for url in re.findall(r"url\([\"']?([^)\"']+)", style.read_text(encoding="utf-8")):
            if not url.startswith(("data:", "#")):
                assert (style.parent / url).is_file(), f"{style.name}: {url}"


def test_vendored_files_and_their_document_match_the_lock() -> None:
    command = [sys.executable, str(REPOSITORY / "scripts" / "vendor_assets.py"), "--check"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr
