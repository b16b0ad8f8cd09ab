"""What is shown above the layers keeps its place, its words and its look."""

from __future__ import annotations

import pytest
import shapely

from gridmap import palette
from gridmap.cartography import overview_config, shapes
from gridmap.cartography.shapes import Shape


def test_a_shape_is_carried_with_what_is_to_be_shown() -> None:
    one = Shape(id=5, geometry=shapely.Point(108.92, 34.23), look="trial", title="<b>试点</b>", sign="1", movable=True)
    (made,) = shapes.features([one])
    assert made["geometry"] == {"type": "Point", "coordinates": (108.92, 34.23)}
    assert made["properties"] == {
        "id": 5, "look": "trial", "title": "<b>试点</b>", "sign": "1", "pickable": True, "movable": True,
    }  # fmt: skip


def test_what_has_no_place_is_left_out() -> None:
    assert shapes.features([Shape(id=1, geometry=shapely.Point(), look="added")]) == ()


def test_no_shape_falls_together_by_rounding() -> None:
    thin = shapely.box(108.92, 34.23, 108.920_000_01, 34.231)
    (made,) = shapes.features([Shape(id=1, geometry=thin, look="added")])
    assert len(made["geometry"]["coordinates"][0]) == 5


def test_an_unknown_look_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="no look"):
        Shape(id=1, geometry=shapely.Point(0, 0), look="pink")


def test_the_map_knows_every_look() -> None:
    config = overview_config.config(language="zh", layer_base="/l", asset_base="/a", bounds=(0, 0, 1, 1), revision="/r")
    assert config["shapes"].keys() == palette.SHAPES.keys()
