"""What the browser sends back is believed only where it has the form of an event."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridmap.cartography import events
from gridmap.cartography.events import (
    Clicked,
    Closed,
    Dragged,
    Drawn,
    Found,
    Lassoed,
    Moved,
    Ordered,
    Picked,
    Pointed,
    Searched,
    View,
    Wanted,
)

VIEW = {"lat": 34.23, "lon": 108.92, "zoom": 16.5}
HERE = View(**VIEW)
# What JSON can bring, with whole numbers beyond any float and with NaN, which Python's reader lets through.
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.integers(min_value=10**300) | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=10,
)
NAMES = st.sampled_from(["kind", "seq", "view", "target", "id", "text", "lat", "lon", "zoom"])
KINDS = st.sampled_from(["moved", "clicked", "found", "searched", "closed", "drawn"])


def sent(**fields: Any) -> dict[str, Any]:
    return {"last_active_drawing": {"seq": 7, "view": VIEW, **fields}}


@given(JSON)
def test_nothing_raises(value: Any) -> None:
    assert events.parse(value) is None or isinstance(value, dict)
    assert events.parse({"last_active_drawing": value}) is None or isinstance(value, dict)


@given(st.dictionaries(NAMES, JSON | KINDS | st.just(VIEW) | st.dictionaries(NAMES, JSON)))
def test_what_is_let_through_is_whole(fields: dict[str, Any]) -> None:
    event = events.parse({"last_active_drawing": fields})
    if event is None:
        return
    assert isinstance(event.seq, int)
    assert math.isfinite(event.view.lat)
    assert -90 <= event.view.lat <= 90
    assert -180 <= event.view.lon <= 180
    if isinstance(event, Clicked | Found):
        assert event.target in events.TARGETS
        assert isinstance(event.id, int)


@pytest.mark.parametrize(
    ("fields", "event"),
    [
        ({"kind": "moved"}, Moved(seq=7, view=HERE)),
        ({"kind": "drawn"}, Drawn(seq=7, view=HERE)),
        ({"kind": "closed"}, Closed(seq=7, view=HERE)),
        (
            {"kind": "wanted", "act": "edit", "target": "building", "id": 5},
            Wanted(seq=7, view=HERE, act="edit", target="building", id=5),
        ),
        ({"kind": "wanted", "act": "drop", "target": "building", "id": 5}, None),
        ({"kind": "wanted", "act": "edit", "target": "gate", "id": 5}, None),
        ({"kind": "wanted", "act": "edit", "target": "issue", "id": "5"}, None),
        ({"kind": "searched", "text": "3号楼"}, Searched(seq=7, view=HERE, text="3号楼")),
        (
            {"kind": "clicked", "target": "building", "id": 5},
            Clicked(seq=7, view=HERE, target="building", id=5),
        ),
        ({"kind": "clicked", "target": "issue", "id": 5.0}, Clicked(seq=7, view=HERE, target="issue", id=5)),
        ({"kind": "found", "target": "point", "id": 1}, Found(seq=7, view=HERE, target="point", id=1)),
    ],
)
def test_events_are_understood(fields: dict[str, Any], event: events.Event) -> None:
    assert events.parse(sent(**fields)) == event


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "clicked", "target": "person", "id": 5},
        {"kind": "clicked", "target": ["building"], "id": 5},
        {"kind": "clicked", "target": "building", "id": "5"},
        {"kind": "clicked", "target": "building", "id": 5.5},
        {"kind": "clicked", "target": "building", "id": True},
        {"kind": "clicked", "target": "building", "id": 2**63},
        {"kind": "searched", "text": 3},
        {"kind": "moved", "view": {"lat": 91, "lon": 0, "zoom": 1}},
        {"kind": "moved", "view": {"lat": math.nan, "lon": 0, "zoom": 1}},
        {"kind": "moved", "view": None},
        {"kind": "moved", "seq": None},
        {"kind": "exec"},
        {"kind": ["moved"]},
        {},
    ],
)
def test_what_is_no_event_is_none(fields: dict[str, Any]) -> None:
    assert events.parse(sent(**fields)) is None


def test_long_words_are_cut() -> None:
    event = events.parse(sent(kind="searched", text="楼" * 5000))
    assert isinstance(event, Searched)
    assert len(event.text) == 80


@pytest.mark.parametrize(
    ("fields", "event"),
    [
        ({"kind": "pointed", "lon": 108.9, "lat": 34.2}, Pointed(seq=7, view=HERE, lon=108.9, lat=34.2)),
        (
            {"kind": "pointed", "lon": 108.9, "lat": 34.2, "building": 3},
            Pointed(seq=7, view=HERE, lon=108.9, lat=34.2, building=3),
        ),
        ({"kind": "picked", "id": 4}, Picked(seq=7, view=HERE, id=4)),
        ({"kind": "dragged", "id": 4, "lon": 1, "lat": 2}, Dragged(seq=7, view=HERE, id=4, lon=1.0, lat=2.0)),
        ({"kind": "pointed", "lon": 190, "lat": 34.2}, None),
        ({"kind": "pointed", "lat": 34.2}, None),
        ({"kind": "dragged", "lon": 1, "lat": 2}, None),
        ({"kind": "picked", "id": "4"}, None),
        (
            {"kind": "lassoed", "ring": [{"lon": 1, "lat": 2}, {"lon": 3, "lat": 2}, {"lon": 1, "lat": 4}]},
            Lassoed(seq=7, view=HERE, ring=((1.0, 2.0), (3.0, 2.0), (1.0, 4.0))),
        ),
        ({"kind": "lassoed", "ring": [{"lon": 1, "lat": 2}, {"lon": 3, "lat": 2}]}, None),
        ({"kind": "lassoed", "ring": [{"lon": 1, "lat": 2}, {"lon": 3, "lat": 2}, {"lon": 1}]}, None),
        ({"kind": "lassoed", "ring": [{"lon": 1, "lat": 2}] * 501}, None),
        ({"kind": "lassoed", "ring": "1,2"}, None),
        ({"kind": "ordered", "ids": [3, 1, 2]}, Ordered(seq=7, view=HERE, ids=(3, 1, 2))),
        ({"kind": "ordered", "ids": [3, 1, 3]}, None),
        ({"kind": "ordered", "ids": [3, "1"]}, None),
        ({"kind": "ordered", "ids": []}, None),
    ],
)
def test_places_are_shown_and_shapes_chosen(fields: dict[str, Any], event: events.Event | None) -> None:
    assert events.parse(sent(**fields)) == event
