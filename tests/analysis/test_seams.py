"""Areas that should tile a community: what two share, and what is left between two."""

from __future__ import annotations

import geopandas as gpd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gridmap.analysis import seams
from gridmap.errors import InputError


def frame(*shapes: shapely.Geometry) -> gpd.GeoDataFrame:
    names = [f"g{n}" for n in range(len(shapes))]
    return (
        gpd.GeoDataFrame(geometry=list(shapes), index=names, crs="EPSG:32649").translate(300_000, 3_790_000).to_frame()
    )


def found(pairs: gpd.GeoDataFrame) -> list[tuple[str, str, int]]:
    return [
        (one, other, round(m2)) for one, other, m2 in zip(pairs["one"], pairs["other"], pairs["area_m2"], strict=True)
    ]


@given(shift=st.floats(-45, 45).filter(lambda shift: abs(shift) > 0.2), turn=st.floats(0, 90))
def test_a_strip_between_two_areas_is_an_overlap_or_a_slit(shift: float, turn: float) -> None:
    west, east = shapely.box(0, 0, 300, 500), shapely.box(300 + shift, 0, 600, 500)
    areas = frame(west, east)
    areas = areas.set_geometry(areas.rotate(turn, origin=(300_000, 3_790_000)))
    strip = [("g0", "g1", round(abs(shift) * 500))]
    assert found(seams.overlapping(areas)) == (strip if shift < 0 else [])
    assert [one[:2] for one in found(seams.slits(areas))] == ([strip[0][:2]] if shift > 0 else [])
    if shift > 0:
        assert seams.slits(areas)["area_m2"].sum() == pytest.approx(shift * 500, rel=0.01)


def test_areas_that_tile_have_neither() -> None:
    cells = [shapely.box(x, y, x + 100, y + 100) for x in (0, 100, 200) for y in (0, 100)]
    assert seams.overlapping(frame(*cells)).empty
    assert seams.slits(frame(*cells)).empty


def test_a_bay_in_one_areas_edge_and_a_wide_street_are_no_slits() -> None:
    horseshoe = shapely.box(0, 0, 100, 100).difference(shapely.box(40, 20, 60, 100))
    assert seams.slits(frame(horseshoe, shapely.box(100, 0, 200, 100))).empty
    assert seams.slits(frame(shapely.box(0, 0, 100, 100), shapely.box(160, 0, 260, 100))).empty


def test_a_slit_between_several_is_between_the_two_that_lie_along_it_farthest() -> None:
    areas = frame(shapely.box(0, 0, 100, 300), shapely.box(104, 0, 200, 300), shapely.box(0, 300, 200, 400))
    assert found(seams.slits(areas)) == [("g0", "g1", 1200)]


def test_the_rounding_of_coordinates_is_no_fault() -> None:
    areas = frame(shapely.box(0, 0, 100, 300), shapely.box(100.02, 0, 200, 300), shapely.box(199.999, 0, 300, 300))
    assert seams.slits(areas).empty
    assert seams.overlapping(areas).empty


def test_degrees_are_refused() -> None:
    with pytest.raises(InputError):
        seams.slits(frame(shapely.box(0, 0, 1, 1)).to_crs("EPSG:4326"))
