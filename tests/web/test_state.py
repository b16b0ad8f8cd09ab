"""A link carries the state of the page, and a link that says nonsense carries nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridmap.cartography.events import TARGETS, View
from gridmap.model import IssueSource
from gridmap.services.overview import Filters
from gridmap.web import state
from gridmap.web.state import MODES, SWITCHES, PageState

VIEWS = st.builds(
    View,
    lat=st.floats(-85, 85).map(lambda x: round(x, 5) + 0.0),
    lon=st.floats(-180, 180).map(lambda x: round(x, 5) + 0.0),
    zoom=st.integers(0, 96).map(lambda quarter: quarter / 4),
)
CHOSEN = st.tuples(st.sampled_from(TARGETS), st.integers(0, 10**15 - 1)) | st.just((None, None))
STATES = st.builds(
    lambda community, layers, mode, kind, letters, issues, within, chosen, view: PageState(
        community=community,
        layers=tuple(name for name in SWITCHES if name in layers),
        mode=mode,
        kind=kind,
        filters=Filters(
            letters=tuple(letters),
            issues=issues,
            compounds=tuple(within[0]),
            sources=tuple(within[1]),
            categories=tuple(within[2]),
        ),
        target=chosen[0],
        selected=chosen[1],
        view=view,
    ),
    st.none() | st.integers(0, 10**15 - 1),
    st.sets(st.sampled_from(SWITCHES)),
    st.sampled_from(MODES),
    st.sampled_from(["station", "any", "table_tennis"]),
    st.lists(st.sampled_from("ABCDE"), unique=True),
    st.sampled_from(["open", "overdue", "all"]),
    st.tuples(
        st.lists(st.integers(0, 10**15 - 1), unique=True, max_size=4),
        st.lists(st.sampled_from([source.value for source in IssueSource]), unique=True),
        st.lists(st.sampled_from(["drainage", "lift", "noise"]), unique=True),
    ),
    CHOSEN,
    st.none() | VIEWS,
)


@given(STATES, st.sampled_from(["zh", "en"]))
def test_link_gives_the_state_back(page: PageState, language: str) -> None:
    address = state.params(page, language)
    assert address["lang"] == language
    assert state.parse(address) == page


@given(
    st.dictionaries(
        st.sampled_from(
            [
                *"cvx",
                *["layers", "mode", "kind", "grids", "issues", "sel", "lang", "compounds", "sources", "categories"],
            ]
        ),
        st.text(),
    )
)
def test_no_address_raises_and_each_settles_at_once(address: dict[str, str]) -> None:
    page = state.parse(address)
    assert set(page.layers) <= set(SWITCHES)
    assert page.mode in MODES
    assert page.filters.issues in ("open", "overdue", "all")
    assert (page.target is None) == (page.selected is None)
    again = state.parse(state.params(page, "zh"))
    assert (again.layers, again.mode, again.target, again.selected) == (
        page.layers,
        page.mode,
        page.target,
        page.selected,
    )


@pytest.mark.parametrize(
    "view", ["1,2", "nan,1,1", "inf,1,1", "91,1,1", "1,181,1", "1,1,25", "1,1,-1", "a,b,c", "1,2,3,4"]
)
def test_view_that_is_no_view_is_passed_over(view: str) -> None:
    assert state.parse({"v": view}).view is None


def test_ordinary_state_makes_a_short_link() -> None:
    assert state.params(PageState(), "zh") == {"lang": "zh"}


def test_gates_go_with_the_walls_and_the_ground_always_shows() -> None:
    assert "gates" in PageState(layers=("compounds",)).shown_layers()
    assert set(PageState(layers=()).shown_layers()) == {"boundary", "ground", "paths"}


def test_filters_that_nothing_is_called_are_passed_over() -> None:
    page = state.parse({"compounds": "2,x,-1,2,9e9,3", "sources": "hotline,rumour", "categories": "lift,<script>,,"})
    assert page.filters == Filters(compounds=(2, 3), sources=("hotline",), categories=("lift",))
