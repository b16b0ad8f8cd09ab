import geopandas as gpd
import pandas as pd
import pytest
import shapely

from gridmap import schema
from gridmap.errors import InputError

SQUARE = shapely.box(500_000, 3_789_000, 500_010, 3_789_010)


def frame(**columns):
    return gpd.GeoDataFrame(columns, geometry=[SQUARE], crs=4545)


def test_a_sound_frame_passes():
    schema.require(frame(households=[5], kind=["station"]), "households", "kind", geometry="polygon")
    schema.require(frame(households=[None], due_at=[pd.NaT]), "households", "due_at", geometry="polygon")


def test_an_empty_geometry_and_an_empty_frame_pass():
    schema.require(gpd.GeoDataFrame(geometry=[shapely.Point()], crs=4545), geometry="polygon")
    schema.require(gpd.GeoDataFrame({"households": []}, geometry=[], crs=4545), "households", geometry="polygon")


def test_all_faults_are_named_at_once():
    wrong = gpd.GeoDataFrame({"households": ["many"]}, geometry=[shapely.Point(108.9, 34.2)], crs=4326)
    with pytest.raises(InputError) as caught:
        schema.require(wrong, "households", "floors", geometry="polygon", what="buildings")
    said = str(caught.value)
    for part in (
        "buildings",
        "'households' must hold numbers",
        "'floors' is missing",
        "Point where polygons",
        "degrees",
    ):
        assert part in said
    assert "buildings" in caught.value.sentence("zh")


@pytest.mark.parametrize(
    ("columns", "name", "said"),
    [
        ({"households": [True]}, "households", "numbers"),
        ({"kind": [5]}, "kind", "text"),
        ({"due_at": [pd.Timestamp("2026-11-24")]}, "due_at", "moments"),
    ],
)
def test_a_column_of_the_wrong_kind_is_named(columns, name, said):
    with pytest.raises(InputError, match=f"'{name}' must hold {said}"):
        schema.require(frame(**columns), name)


def test_a_repeated_id_is_named():
    twice = pd.DataFrame({"state": ["closed", "closed"]}, index=[4, 4])
    with pytest.raises(InputError, match="repeats 4"):
        schema.require(twice, "state")


def test_a_table_without_geometry_is_told():
    with pytest.raises(InputError, match="no geometry"):
        schema.require(pd.DataFrame({"a": [1]}), geometry="point")


def test_degrees_are_free_where_they_are_allowed():
    schema.require(frame().to_crs(4326), geometry="polygon", projected=False)
