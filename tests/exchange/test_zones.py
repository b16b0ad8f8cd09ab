"""Systems in metres: CGCS2000's zones with their number and without, Web Mercator, and those that cannot be true."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pyproj
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gridmap.errors import InputError
from gridmap.exchange import vector, zones

HOUSE = shapely.box(108.9300, 34.2300, 108.9305, 34.2302)
# Zones of 3 and of 6 degrees that hold Xi'an, each with the number of the zone in the easting and without.
ZONES = {"EPSG:4524": 36, "EPSG:4545": 0, "EPSG:4497": 19, "EPSG:4508": 0}


# What a file is called, and what it is in.
MIXED_UP = [("EPSG:4545", "EPSG:4524"), ("EPSG:4508", "EPSG:4497"), ("EPSG:3857", "EPSG:4524")]


def written(folder: Path, crs: str, shape: shapely.Geometry) -> Path:
    path = folder / "a.shp"
    gpd.GeoDataFrame({"n": [1]}, geometry=[shape], crs=crs).to_file(path)
    return path


def projected(crs: str) -> shapely.Geometry:
    return gpd.GeoSeries([HOUSE], crs="EPSG:4326").to_crs(crs).iloc[0]


@pytest.mark.parametrize("crs", [*ZONES, "EPSG:4490", "EPSG:4326", "EPSG:3857", "EPSG:32649", "ESRI:102100"])
def test_what_is_declared_rightly_comes_to_its_place(tmp_path: Path, crs: str) -> None:
    source = vector.read(written(tmp_path, crs, projected(crs)))
    assert source.frame.to_crs("EPSG:4326").geometry.iloc[0].hausdorff_distance(HOUSE) < 1e-8


def test_cgcs2000_is_wgs84_to_less_than_a_metre() -> None:
    there = gpd.GeoSeries([HOUSE], crs="EPSG:4490").to_crs("EPSG:32649").iloc[0]
    assert there.hausdorff_distance(projected("EPSG:32649")) < 1


@pytest.mark.parametrize(
    ("declared", "true"), [("EPSG:4545", "EPSG:4524"), ("EPSG:4508", "EPSG:4497"), ("EPSG:3857", "EPSG:4524")]
)
def test_a_zones_number_that_the_system_does_not_write_is_named(tmp_path: Path, declared: str, true: str) -> None:
    with pytest.raises(InputError) as caught:
        vector.read(written(tmp_path, declared, projected(true)))
    assert caught.value.key == "crs_zone_written"
    for language in ("zh", "en"):
        assert f"--crs {true}" in caught.value.sentence(language)
    assert vector.read(tmp_path / "a.shp", crs=true).frame.crs.to_string() == true


@pytest.mark.parametrize(("declared", "true"), [("EPSG:4524", "EPSG:4545"), ("EPSG:4497", "EPSG:4508")])
def test_a_zones_number_that_the_file_lacks_is_named(tmp_path: Path, declared: str, true: str) -> None:
    with pytest.raises(InputError) as caught:
        vector.read(written(tmp_path, declared, projected(true)))
    assert caught.value.key == "crs_zone_missing"
    assert f"--crs {true}" in caught.value.sentence("zh")


@pytest.mark.parametrize("crs", ZONES)
def test_northing_before_easting_is_named(tmp_path: Path, crs: str) -> None:
    turned = shapely.transform(projected(crs), lambda xy: xy[:, ::-1])
    with pytest.raises(InputError) as caught:
        vector.read(written(tmp_path, crs, turned))
    assert caught.value.key == "crs_axes_swapped"


def test_a_file_without_a_system_is_told_its_zone_where_the_easting_says_it(tmp_path: Path) -> None:
    for crs, key in (("EPSG:4524", "no_crs_zone"), ("EPSG:4545", "no_crs")):
        path = written(tmp_path, crs, projected(crs))
        path.with_suffix(".prj").unlink()
        with pytest.raises(InputError) as caught:
            vector.read(path)
        assert caught.value.key == key
    assert "--crs EPSG:4545" in caught.value.sentence("en")


OLD = ["EPSG:4214", "EPSG:21418", "EPSG:2436", "EPSG:4555", "EPSG:4610", "EPSG:2364", "EPSG:2379"]


@pytest.mark.parametrize("crs", OLD)
def test_beijing_54_and_xian_80_are_refused_by_whatever_name(tmp_path: Path, crs: str) -> None:
    shape = projected(crs)
    with pytest.raises(InputError) as caught:
        vector.read(written(tmp_path, crs, shape))
    assert caught.value.key == "crs_untied"
    plain = written(tmp_path, "EPSG:4326" if pyproj.CRS(crs).is_geographic else "EPSG:4545", shape)
    with pytest.raises(InputError, match="have it converted to CGCS2000"):
        vector.read(plain, crs=crs)


@pytest.mark.parametrize(
    "prj",
    [
        'GEOGCS["GCS_Beijing_1954",DATUM["D_Beijing_1954",SPHEROID["Krasovsky_1940",6378245.0,298.3]],'
        'PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]',
        'GEOGCS["GCS_Xian_1980",DATUM["D_Xian_1980",SPHEROID["Xian_1980",6378140.0,298.257]],'
        'PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]',
        'GEOGCS["unknown",DATUM["Unknown_based_on_Krassowsky",SPHEROID["Krassowsky 1940",6378245.0,298.3]],'
        'PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]',
    ],
)
def test_the_old_systems_are_known_in_the_words_of_other_programs(tmp_path: Path, prj: str) -> None:
    path = written(tmp_path, "EPSG:4326", HOUSE)
    path.with_suffix(".prj").write_text(prj, encoding="ascii")
    with pytest.raises(InputError) as caught:
        vector.read(path)
    assert caught.value.key == "crs_untied"


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    x=st.floats(-90_000, 90_000),
    y=st.floats(-90_000, 90_000),
    crs=st.sampled_from(["EPSG:3857", "EPSG:4545", "EPSG:4524"]),
)
def test_metres_of_a_local_grid_are_refused_whatever_they_are_called(
    tmp_path: Path, x: float, y: float, crs: str
) -> None:
    path = written(tmp_path, crs, shapely.box(x, y, x + 200, y + 200))
    with pytest.raises(InputError) as caught:
        vector.read(path)
    assert caught.value.key in ("crs_local_metres", "crs_out_of_area", "crs_degrees_as_metres")


@given(
    zone=st.integers(25, 45) | st.integers(13, 23),
    east=st.floats(110_000, 890_000),
    north=st.floats(400_000, 5_900_000),
)
def test_each_zone_has_its_system(zone: int, east: float, north: float) -> None:
    found = zones.zone_of(zone * 1_000_000 + east, north)
    assert found is not None
    system = pyproj.CRS(found[1])
    assert f"zone {zone}" in system.name
    assert system.name.startswith("CGCS2000")
    assert zones.zone_of(east, north) is None
