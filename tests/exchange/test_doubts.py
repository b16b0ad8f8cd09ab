"""A file drawn in another datum than was said is noticed; one that is as it says is not doubted."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gridmap import datums
from gridmap.datums import Datum
from gridmap.exchange import doubts, reading

KINDS = {"service-points": "at_buildings", "gates": "at_walls", "buildings": "on_buildings", "grids": "over_buildings",
         "compounds": "over_buildings", "paths": "between_buildings"}  # fmt: skip


def town(lon: float = 108.93, lat: float = 34.23, n: int = 60, seed: int = 0) -> gpd.GeoDataFrame:
    """Slabs in rows with some of them missing, as towns have them."""
    rng = np.random.default_rng(seed)
    east, north = np.divmod(np.arange(2 * n), 12)
    x, y = east * 62.0 + rng.uniform(0, 6, 2 * n), north * 30.0 + rng.uniform(0, 4, 2 * n)
    shapes = shapely.box(x, y, x + 45, y + 12)[rng.permutation(2 * n)[:n]]
    metric = gpd.GeoSeries([shapely.Point(lon, lat)], crs="EPSG:4326").to_crs("EPSG:4545").iloc[0]
    moved = gpd.GeoSeries(shapes, crs="EPSG:4545").translate(metric.x, metric.y)
    return gpd.GeoDataFrame(geometry=moved, crs="EPSG:4545").to_crs("EPSG:4326")


def new_things(kind: str, homes: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return what a right file of the kind holds, in WGS 84."""
    metric = homes.geometry.to_crs("EPSG:4545")
    block = metric.union_all().convex_hull.buffer(20)
    middle = block.centroid
    halves = [
        block.intersection(shapely.box(-1e8, -1e8, middle.x, 1e8)),
        block.intersection(shapely.box(middle.x, -1e8, 1e8, 1e8)),
    ]
    shapes = {
        "service-points": list(metric.centroid.iloc[::5].translate(2, 9)),
        "gates": [shapely.line_interpolate_point(block.boundary, share, normalized=True) for share in (0.1, 0.4, 0.7)],
        "buildings": list(metric.iloc[::2].translate(1, 1)),
        "grids": halves,
        "compounds": [block],
        "paths": list(metric.iloc[::6].buffer(4).boundary),
    }[kind]
    return gpd.GeoDataFrame(geometry=gpd.GeoSeries(shapes, crs="EPSG:4545")).to_crs("EPSG:4326")


def drawn(frame: gpd.GeoDataFrame, datum: Datum) -> gpd.GeoDataFrame:
    moved = shapely.transform(frame.geometry.to_numpy(), lambda xy: datums.from_wgs84(xy, datum))
    return frame.set_geometry(gpd.GeoSeries(moved, index=frame.index, crs=frame.crs))


HOMES = town()
WALLS = new_things("compounds", HOMES)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("true", list(Datum))
@pytest.mark.parametrize("said", list(Datum))
def test_a_wrong_datum_is_noticed_and_a_right_one_is_not_doubted(kind: str, true: Datum, said: Datum) -> None:
    file = drawn(new_things(kind, HOMES), true)
    found = doubts.doubt(file, kind, said, buildings=HOMES, compounds=WALLS)
    if said is true:
        assert found is None
        return
    assert found is not None
    assert (found.said, found.likely, found.measure) == (said, true, KINDS[kind])
    assert found.share_likely > 0.85 > 0.6 > found.share_said
    placed = [datums.undo(file, datum).to_crs("EPSG:4545").geometry for datum in (said, true)]
    assert found.shift_m == pytest.approx(placed[0].centroid.distance(placed[1].centroid).median(), abs=1)
    for language in ("zh", "en"):
        sentence = found.sentence(language).replace(",", "")
        assert f"--datum {true}" in sentence
        assert str(round(found.shift_m)) in sentence


@settings(max_examples=15, deadline=None)
@given(
    lon=st.floats(85, 130),
    lat=st.floats(20, 50),
    seed=st.integers(0, 99),
    kind=st.sampled_from(["service-points", "grids"]),
)
def test_it_is_noticed_anywhere_in_china_in_any_town(lon: float, lat: float, seed: int, kind: str) -> None:
    homes = town(108.93, 34.23, 40, seed)
    homes.geometry = homes.translate(lon - 108.93, lat - 34.23)
    file = new_things(kind, homes)
    assert doubts.doubt(file, kind, Datum.WGS84, buildings=homes) is None
    moved = drawn(file, Datum.GCJ02)
    # In a few deserts the datums lie so near to each other that every second house stands where another one should.
    assume(moved.to_crs("EPSG:4545").distance(file.to_crs("EPSG:4545")).median() > 200)
    found = doubts.doubt(moved, kind, Datum.WGS84, buildings=homes)
    assert found is not None
    assert found.likely is Datum.GCJ02


def test_there_is_no_doubt_where_nothing_can_be_compared() -> None:
    points = drawn(new_things("service-points", HOMES), Datum.GCJ02)
    nothing = HOMES.iloc[:0]
    assert doubts.doubt(points, "service-points", Datum.WGS84, buildings=nothing) is None
    assert doubts.doubt(points.iloc[:0], "service-points", Datum.WGS84, buildings=HOMES) is None
    # Two points may stand anywhere.
    assert doubts.doubt(points.iloc[:2], "service-points", Datum.WGS84, buildings=HOMES) is None
    assert doubts.doubt(new_things("gates", HOMES), "gates", Datum.GCJ02, buildings=HOMES) is None
    # Footprints of a part of the town that nobody has drawn yet.
    beyond = gpd.GeoDataFrame(geometry=HOMES.translate(0.02, 0.02))
    assert doubts.doubt(beyond, "buildings", Datum.WGS84, buildings=HOMES) is None
    abroad = town(11.0, 47.0)
    assert doubts.doubt(new_things("grids", HOMES), "grids", Datum.WGS84, buildings=abroad) is None


def test_without_buildings_the_boundary_tells() -> None:
    boundary = WALLS.geometry.iloc[0]
    file = drawn(HOMES, Datum.BD09)
    found = doubts.doubt(file, "buildings", Datum.WGS84, buildings=HOMES.iloc[:0], boundary=boundary)
    assert found is not None
    assert (found.likely, found.measure) == (Datum.BD09, "inside_boundary")
    assert doubts.doubt(HOMES, "buildings", Datum.WGS84, buildings=HOMES.iloc[:0], boundary=boundary) is None


def test_rows_without_a_place_and_a_projected_file_are_no_hindrance() -> None:
    file = drawn(new_things("service-points", HOMES), Datum.GCJ02)
    file.loc[len(file)] = [shapely.Point()]
    for crs in ("EPSG:4326", "EPSG:3857"):
        found = doubts.doubt(file.to_crs(crs), "service-points", Datum.WGS84, buildings=HOMES)
        assert found is not None
        assert found.likely is Datum.GCJ02


def test_the_register_of_grids_that_a_phone_app_drew_is_noticed(shared_data: Path) -> None:
    folder = shared_data / "registers"
    homes = reading.read(folder / "楼栋轮廓.zip").frame.to_crs("EPSG:4326")
    grids = reading.read(folder / "五色网格.kml").frame
    found = doubts.doubt(grids, "grids", Datum.WGS84, buildings=homes)
    assert found is not None
    assert (found.likely, found.share_likely) == (Datum.GCJ02, 1.0)
    assert 300 < found.shift_m < 700
    assert doubts.doubt(grids, "grids", Datum.GCJ02, buildings=homes) is None


@pytest.mark.parametrize(("kind", "wide_m"), [("paths", 0.0), ("buildings", 12.0)])
def test_a_share_is_that_of_the_whole_town_joined(kind: str, wide_m: float) -> None:
    chance = np.random.default_rng(4)
    x, y = chance.uniform(0, 500, (2, 80))
    town = shapely.box(x, y, x + chance.uniform(5, 50, 80), y + chance.uniform(5, 50, 80))
    drawn = shapely.linestrings(chance.uniform(-100, 600, (40, 3, 2)))
    placed = shapely.buffer(drawn, wide_m) if wide_m else drawn
    whole, size = shapely.union_all(town), shapely.area if wide_m else shapely.length
    inside = size(shapely.intersection(placed, whole)).sum()
    beside = size(shapely.intersection(placed, shapely.buffer(whole, 60.0))).sum() - inside
    share = (beside if kind == "paths" else inside) / size(placed).sum()
    measure = "between_buildings" if kind == "paths" else "on_buildings"
    # To grow a whole rounds its hollows a little otherwise than to grow its parts.
    assert doubts._share(measure, placed, town) == pytest.approx(share, abs=0.003)
    assert 0.1 < share < 0.9
    assert doubts._share(measure, placed, shapely.transform(town, lambda at: at + 90_000.0)) == 0.0
