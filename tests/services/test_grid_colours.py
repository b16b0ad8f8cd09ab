"""Five colours for a whole street: no two grids that touch share one, whosever they are."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import prepared
import pytest
import shapely
import taken
from hypothesis import given, settings
from hypothesis import strategies as st

from gridmap import cli, model
from gridmap.analysis import districting_colours
from gridmap.services import communities, community_data, grid_colours
from gridmap.store import open_store

TODAY = dt.date(2026, 11, 24)
HERE = {"LANG": "en_GB.UTF-8"}
LON, LAT = 108.92, 34.23


def street(seed: int, k: int = 15, each: int = 5) -> gpd.GeoDataFrame:
    """``k`` communities side by side, each divided into ``each`` grids, as `community` says."""
    rng = np.random.default_rng(seed)
    town = shapely.box(0, 0, 5000, 3000)
    wholes = _cells(rng, town, k)
    shapes, owner = [], []
    for number, whole in enumerate(wholes):
        parts = _cells(rng, whole, each)
        shapes += parts
        owner += [number] * len(parts)
    return gpd.GeoDataFrame({"community": owner}, geometry=shapes, crs="EPSG:32649")


def _cells(rng: np.random.Generator, area: shapely.Polygon, k: int) -> list[shapely.Polygon]:
    west, south, east, north = area.bounds
    points = [one for one in shapely.points(rng.uniform((west, south), (east, north), (400, 2))) if area.contains(one)]
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.MultiPoint(points[:k]), extend_to=area))
    return [max(shapely.get_parts(cell.intersection(area)), key=lambda part: part.area) for cell in cells]


def assert_apart(tiles: gpd.GeoDataFrame, colour: list[int]) -> None:
    """Check each pair by itself."""
    shapes = tiles.geometry.to_numpy()
    for one in range(len(shapes)):
        for other in range(one):
            if shapely.intersection(shapes[one], shapes[other]).length >= 1:
                assert colour[one] != colour[other], (one, other)


@settings(max_examples=15)
@given(seed=st.integers(0, 9999))
def test_five_colours_suffice_for_a_street_of_fifteen_communities(seed: int) -> None:
    tiles = street(seed)
    asked = (np.arange(len(tiles)) % 5).tolist()
    colour = districting_colours.colours(tiles, wanted=asked).tolist()
    assert set(colour) <= set(range(5))
    assert_apart(tiles, colour)
    # One community draws its grids anew among neighbours that stay as they are.
    mine = (tiles["community"] == 7).to_numpy()
    again = [0 if own else at for own, at in zip(mine, colour, strict=True)]
    found = districting_colours.colours(tiles, wanted=again, kept=(~mine).tolist()).tolist()
    assert [at for own, at in zip(mine, found, strict=True) if not own] == [
        at for own, at in zip(mine, colour, strict=True) if not own
    ]
    assert_apart(tiles, found)


def drawn(folder: Path, west: float) -> Path:
    """Three grids of a community from west to east, each 300 m wide."""
    step = 0.003
    shapes = [shapely.box(LON + west + n * step, LAT, LON + west + (n + 1) * step, LAT + 0.005) for n in range(3)]
    path = folder / f"{west}.geojson"
    names = [f"{n + 1}网格" for n in range(3)]
    gpd.GeoDataFrame({"网格名称": names}, geometry=shapes, crs="EPSG:4326").to_file(path, driver="GeoJSON")
    return path


def test_the_next_communitys_grids_are_looked_at_and_the_street_is_mended(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = prepared.with_community(tmp_path / "store.gpkg")
    store = open_store(str(path))
    (first,) = store.communities()
    second = communities.create(store, "模拟二社区")
    taken.take(store, first, drawn(tmp_path, 0.0), "grids", today=TODAY)
    taken.take(store, second, drawn(tmp_path, -0.009), "grids", today=TODAY)
    west = community_data.read(store, int(second.id or 0), day=TODAY).grids
    east = community_data.read(store, int(first.id or 0), day=TODAY).grids
    assert west["colour"].iloc[2] != east["colour"].iloc[0], "the last of one touches the first of the other"
    assert west["colour"].nunique() == 3
    with store.write() as session:
        session.get_one(model.Grid, int(west.index[2])).colour = str(east["colour"].iloc[0])
    (found,) = [
        grid_colours.look(store, int(one.id or 0), TODAY, called=one.name) for one in communities.streets(store)
    ]
    assert found.clashes == ((int(east.index[0]), int(west.index[2])),)
    store.close()
    assert cli.run(["grid-colours", str(path), "--adopt", "--json"], HERE) == cli.DONE
    told = json.loads(capsys.readouterr().out)
    assert len(told["alike"]) == 1
    assert told["adopted"] >= 1
    assert cli.run(["grid-colours", str(path)], HERE) == cli.DONE
    assert "no two that touch share a colour" in capsys.readouterr().out


def test_more_grids_than_colours_are_still_kept_apart_when_the_app_proposes(tmp_path: Path) -> None:
    store = open_store(str(prepared.with_community(tmp_path / "store.gpkg")))
    (community,) = store.communities()
    step = 0.0006
    shapes = [shapely.box(LON + x * step, LAT + y * step, LON + (x + 0.7) * step, LAT + (y + 0.7) * step)
              for x in range(9) for y in range(4)]  # fmt: skip
    path = tmp_path / "b.geojson"
    gpd.GeoDataFrame({"楼号": [f"{n}号楼" for n in range(36)]}, geometry=shapes, crs="EPSG:4326").to_file(path)
    with store.write() as session:
        session.add(model.Setting(community_id=int(community.id or 0), key="grids.number", value="9"))
    taken.take(store, community, path, "buildings", today=TODAY)
    grids = community_data.read(store, 1, day=TODAY).grids
    assert len(grids) == 9
    flat = grids.to_crs("EPSG:32649")
    assert_apart(flat, [grid_colours.palette_keys().index(key) for key in grids["colour"]])
    store.close()
