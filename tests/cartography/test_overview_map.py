"""The map's frame and its commands: nothing of them leaves this machine, and no text leaves its string."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from typing import Any

import folium
import pytest
import streamlit_folium
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gridmap import catalogues, i18n
from gridmap.cartography import overview_config, overview_map
from gridmap.cartography.overview_map import Command, Fill

NASTY = [
    "</script>",
    "`${alert(1)}`",
    "{{7*7}}",
    "{%raw%}",
    "\\",
    "\u2028",
    "'\"",
    "<!--",
    "\0",
    "\\u003c",
    "号楼",
    "\ud800",
]
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(-1e6, 1e6, width=32)
    | st.text()
    | st.sampled_from(NASTY),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)


def frame() -> folium.Map:
    config = overview_config.config(
        revision="/r",
        language="zh",
        layer_base="../layers/1/zh",
        asset_base="../assets",
        bounds=(108.91, 34.22, 108.93, 34.24),
    )
    words = {"full_screen": "全屏", "leave_full_screen": "退出"}
    return overview_map.frame(bounds=(108.9, 34.2, 108.95, 34.25), config=config, asset_base="../assets", words=words)


def command(**fields: Any) -> Command:
    return Command(**{"revision": 3, "layers": ["grids"], "stamp": {"grids": "1"}, **fields})


def handed_over(monkeypatch: pytest.MonkeyPatch, shown: Command) -> dict[str, Any]:
    """What streamlit-folium sends to the browser."""
    sent: dict[str, Any] = {}
    monkeypatch.setattr(streamlit_folium, "_component_func", lambda **arguments: sent.update(arguments))
    streamlit_folium.st_folium(
        frame(),
        key="map",
        returned_objects=["last_active_drawing"],
        feature_group_to_add=overview_map.group(shown),
    )
    return sent


def test_page_names_no_outside_host(monkeypatch: pytest.MonkeyPatch) -> None:
    sent = handed_over(monkeypatch, command())
    assert sent["js_links"]
    assert all(link.startswith("../assets/") for link in [*sent["js_links"], *sent["css_links"]])
    for part in (sent["script"], sent["header"], sent["html"], sent["feature_group"]):
        assert not re.search(r"(?:https?:)?//[a-z0-9.-]+\.[a-z]{2,}", part or ""), part


def test_frame_is_the_same_at_each_run(monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = (handed_over(monkeypatch, command(revision=n)) for n in (1, 2))
    assert one["key"] == other["key"]
    assert one["script"] == other["script"]
    assert one["feature_group"] != other["feature_group"]


@pytest.fixture(scope="module")
def node() -> str:
    program = shutil.which("node")
    if program is None:
        pytest.skip("no node here to evaluate JavaScript")
    return program


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.lists(VALUES, min_size=30, max_size=30))
def test_literal_gives_its_value_back_in_javascript(node: str, values: list[Any]) -> None:
    values = [*values, *NASTY]
    literals = [overview_map.literal(value) for value in values]
    # As it stands in a script, within a template, in single and in double quotes of an attribute's code.
    program = f"console.log(JSON.stringify([{','.join(literals)}])); `${{{literals[0]}}}`;"
    done = subprocess.run([node, "-e", program], capture_output=True, timeout=60, check=True)
    assert json.loads(done.stdout) == json.loads(json.dumps(values))


@given(VALUES)
def test_literal_holds_no_sign_that_means_something_around_it(value: Any) -> None:
    made = overview_map.literal(value)
    assert made.isascii()
    assert not set("<>&'`{}$\n\r") & set(made)


def test_not_a_number_is_refused() -> None:
    with pytest.raises(ValueError, match="JSON"):
        overview_map.literal({"x": float("nan")})


@given(st.text() | st.sampled_from(NASTY))
@settings(deadline=None, max_examples=30)
def test_command_reaches_the_browser_as_it_was(text: str) -> None:
    group = overview_map.group(command(card={"title": text, "subtitle": "", "rows": []}, fill=Fill(mode="coverage")))
    made = folium.Map(tiles=None)
    group.add_to(made)
    rendered = made.get_root().script.get_name() and made.get_root().render()
    call = re.search(r"window\.Gridmap\.apply\(JSON\.parse\((\".*\")\)\);", rendered)
    assert call is not None
    told = json.loads(json.loads(call.group(1)))
    assert told["card"]["title"] == text
    assert told["fill"]["mode"] == "coverage"


@pytest.mark.parametrize("language", i18n.LANGUAGES)
@pytest.mark.parametrize("mode", ["grid", "coverage", "households"])
def test_legend_tells_of_what_is_shown_and_no_more(language: str, mode: str) -> None:
    def legend(*layers: str, **more: Any) -> list[str]:
        rows = overview_config.legend(
            language=language,
            layers=layers,
            mode=mode,
            grids=[("red", "第一网格"), ("blue", "第二网格")],
            classes=[10, 20],
            radius_m=500.0,
            asset_base="../assets",
            **more,
        )
        return [row["text"] for row in rows]

    assert legend() == []
    shown = legend("buildings")
    assert ("第一网格" in shown) == (mode == "grid")
    assert any("500" in text for text in shown) == (mode == "coverage")
    assert ("11–20" in shown) == (mode == "households")
    words = [i18n.text(f"map.legend.issue_{group}", language) for group in ("open", "overdue", "settled")]
    assert legend("issues") == words
    assert legend("issues", issues=("open", "overdue")) == words[:2]


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_legend_has_a_row_for_each_kind_with_its_icon(language: str) -> None:
    kinds = [*catalogues.entries("service_kinds"), "unheard-of"]

    def rows(*layers: str) -> list[dict[str, str]]:
        return overview_config.legend(
            language=language, layers=layers, mode="grid", grids=[], kinds=kinds, asset_base="../assets"
        )

    assert [row["text"] for row in rows("points")] == [
        catalogues.label("service_kinds", kind, language) for kind in kinds
    ]
    icons = [row["icon"] for row in rows("points") if "icon" in row]
    assert len(set(icons)) == len(kinds) - 1
    assert rows() == []
