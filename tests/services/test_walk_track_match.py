"""A recorded track beside a walk of the demo: the whole way, half of it, a walk somewhere else."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from demo_town import town

from gridmap.analysis import walking
from gridmap.errors import InputError
from gridmap.services import walk_track_match

WALK = 1
SLOWER = walking.Costs()


def recorded(share: float = 1.0) -> shapely.MultiLineString:
    """What a phone records of the beginning of the walk: a place each 5 m, some 4 m off."""
    data = town()
    metric = data.buildings_m.crs
    route = data.walks.geometry.loc[[WALK]].to_crs(metric).iloc[0]
    along = np.arange(0, route.length * share, 5.0)
    places = shapely.get_coordinates(shapely.line_interpolate_point(route, along))
    noise = np.random.default_rng(5).normal(0, 4.0, places.shape)
    line = gpd.GeoSeries([shapely.LineString(places + noise)], crs=metric).to_crs("EPSG:4326")
    return shapely.MultiLineString([line.iloc[0]])


def test_the_whole_walk_is_found_with_all_its_stops() -> None:
    data = town()
    found = walk_track_match.compare(data, WALK, recorded(), SLOWER)
    stops = data.stops[data.stops["walk_id"] == WALK]
    assert found.passed == tuple(range(1, len(stops) + 1))
    assert not found.missed
    assert found.share is not None
    assert found.share > 0.98
    assert found.walk_m == pytest.approx(data.walks.at[WALK, "walk_m"], rel=0.06)
    assert found.off_m < 60


def test_of_half_a_walk_the_rest_is_named() -> None:
    found = walk_track_match.compare(town(), WALK, recorded(0.5), SLOWER)
    assert found.share is not None
    # The way back leads along part of the way there.
    assert 0.4 < found.share < 0.85
    assert found.missed
    assert set(found.passed) | set(found.missed) == set(range(1, len(found.passed) + len(found.missed) + 1))


def test_a_track_from_somewhere_else_is_told_so(tmp_path: Path) -> None:
    path = tmp_path / "elsewhere.gpx"
    places = "".join(f'<trkpt lat="{45.9 + n / 1000}" lon="14.5"/>' for n in range(20))
    path.write_text(f'<gpx version="1.1"><trk><trkseg>{places}</trkseg></trk></gpx>', encoding="utf-8")
    with pytest.raises(InputError) as refused:
        walk_track_match.compare(town(), WALK, walk_track_match.of_file(path), SLOWER)
    assert refused.value.key == "track_elsewhere"
