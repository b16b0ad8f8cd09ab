"""Layers are what they were made from, to a centimetre, and tell no more than they should."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, MultiPolygon, Point, Polygon, box

from gridmap.cartography import layers

SQUARE = MultiPolygon([box(108.92, 34.23, 108.921, 34.231)])
# A horseshoe, whose middle lies outside of it.
HORSESHOE = Polygon([(0, 0), (3, 0), (3, 3), (2, 3), (2, 1), (1, 1), (1, 3), (0, 3)])


def buildings() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {
            "number": ["3号楼", 'a"b\\c</script>\u2028', "空"],
            "compound": ["槐荫院", "", ""],
            "households": np.array([24, 0, 3], dtype="int64"),
            "estimated": [False, True, False],
            "households_estimated": [False, True, False],
            "use": ["residential", "shop", "other"],
            "grid_id": [1, None, 2],
            "title": ["甲", "乙", "丙"],
            "owner": ["张三", "李四", "王五"],
            "geom": [SQUARE, MultiPolygon([HORSESHOE]), MultiPolygon()],
        },
        geometry="geom",
        crs="EPSG:4326",
        index=[5, 9, 11],
    ).astype({"grid_id": "Int64"})


def unpacked(feature: dict[str, Any]) -> Polygon | MultiPolygon:
    """The shape of a packed feature; a ring inside of another is its hole."""
    assert feature["geometry"] is None
    rings = [Polygon(np.cumsum(np.reshape(ring, (-1, 2)), axis=0) / 10**layers.DECIMALS) for ring in feature["rings"]]
    return functools.reduce(shapely.symmetric_difference, rings)


def test_building_layer_reads_the_same_elsewhere(tmp_path: Path) -> None:
    frame = buildings()
    made = layers.geojson("buildings", frame)
    (tmp_path / "layer.geojson").write_bytes(made)
    read = gpd.read_file(tmp_path / "layer.geojson")
    assert read["id"].tolist() == [5, 9]
    assert read["number"].tolist() == frame["number"].tolist()[:2]
    assert read["households"].tolist() == [24, 0]
    features = json.loads(made)["features"]
    for feature, shape in zip(features, frame.geometry.iloc[:2], strict=True):
        assert unpacked(feature).symmetric_difference(shape).area < 1e-12


_CORNER = st.tuples(st.floats(-179, 179), st.floats(-84, 84))


@given(st.lists(st.tuples(_CORNER, st.booleans(), st.integers(1, 3)), min_size=1, max_size=5))
def test_packed_buildings_keep_their_parts_and_courtyards(given: list[tuple[tuple[float, float], bool, int]]) -> None:
    shapes = []
    for (lon, lat), courtyard, parts in given:
        made = []
        for part in range(parts):
            west = lon + part * 0.01
            whole = box(west, lat, west + 0.004, lat + 0.002)
            hole = box(west + 0.001, lat + 0.0005, west + 0.002, lat + 0.001)
            made.append(whole.difference(hole) if courtyard else whole)
        shapes.append(MultiPolygon(made))
    names = {"number": "1", "compound": "", "households": 1, "estimated": False, "use": "other", "grid_id": 1}
    frame = gpd.GeoDataFrame([names] * len(shapes), geometry=shapes, crs="EPSG:4326")
    features = json.loads(layers.geojson("buildings", frame))["features"]
    assert [feature["properties"]["id"] for feature in features] == list(range(len(shapes)))
    for feature, shape in zip(features, shapes, strict=True):
        # The edge of a shape moves by less than a centimetre.
        assert unpacked(feature).symmetric_difference(shape).area < shape.length * 1e-7


def test_only_what_the_map_needs_leaves_the_server() -> None:
    made = layers.geojson("buildings", buildings())
    for feature in json.loads(made)["features"]:
        assert tuple(feature["properties"]) == layers.PROPERTIES["buildings"]
    assert "张三" not in made.decode()


def test_missing_value_is_null() -> None:
    features = json.loads(layers.geojson("buildings", buildings()))["features"]
    assert [feature["properties"]["grid_id"] for feature in features] == [1, None]


def test_label_stands_inside_its_shape() -> None:
    frame = gpd.GeoDataFrame({"name": ["槐荫院"], "walled": [True]}, geometry=[HORSESHOE], crs="EPSG:4326", index=[3])
    (feature,) = json.loads(layers.geojson("compounds", frame))["features"]
    assert HORSESHOE.contains(Point(feature["properties"]["label_at"]))


def test_layer_without_rows_is_a_collection() -> None:
    assert json.loads(layers.geojson("buildings", buildings().iloc[:0])) == {
        "type": "FeatureCollection",
        "features": [],
    }


def test_numbers_are_rounded_to_a_centimetre() -> None:
    line = LineString([(108.92000000123, 34.23), (108.921, 34.2300000499)])
    frame = gpd.GeoDataFrame({"planned": [True]}, geometry=[line], crs="EPSG:4326", index=[1])
    geometry = json.loads(layers.geojson("walks", frame))["features"][0]["geometry"]
    assert geometry["coordinates"] == [[108.92, 34.23], [108.921, 34.23]]


def test_unknown_layer_and_missing_column_are_faults_of_ours() -> None:
    with pytest.raises(KeyError):
        layers.geojson("persons", buildings())
    with pytest.raises(KeyError):
        layers.geojson("buildings", buildings().drop(columns="number"))
