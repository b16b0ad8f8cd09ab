"""Households of a building that nobody has counted (估算)."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from gridmap import schema
from gridmap.errors import InputError
from gridmap.model import BuildingUse


def estimate(
    buildings: gpd.GeoDataFrame, *, area_m2_per_household: float, default_floors: int, smallest_footprint_m2: float
) -> pd.Series:
    """Estimate households as floors x footprint / gross floor area of one household, rounded half up.

    Parameters
    ----------
    buildings
        Footprints in a projected CRS in metres. Column ``floors`` may be missing, empty or below 1: then
        ``default_floors`` stands in. Where there is a column ``use``, only residential buildings get households.
    area_m2_per_household
        Gross floor area that one household takes, stairs and walls included, in m².
    default_floors
        Floors of a building whose floors are not known.
    smallest_footprint_m2
        A footprint below this is no dwelling and gets 0.

    Returns
    -------
    pandas.Series
        Whole numbers on the index of ``buildings``.

    Raises
    ------
    InputError
        If a divisor or number of floors is not above 0, or the frame is not in metres.
    """
    if not (area_m2_per_household > 0 and default_floors > 0):
        raise InputError("households_rule", area=f"{area_m2_per_household:g}", floors=f"{default_floors:g}")
    schema.require(buildings, geometry="polygon", what="buildings")
    footprint_m2 = buildings.geometry.area.to_numpy()
    floors = np.full(len(buildings), float(default_floors))
    if "floors" in buildings.columns:
        schema.require(buildings, "floors", what="buildings")
        given = pd.to_numeric(buildings["floors"]).to_numpy(dtype=float, na_value=np.nan)
        floors = np.where(given >= 1, given, floors)
    lived_in = footprint_m2 >= smallest_footprint_m2
    if "use" in buildings.columns:
        lived_in &= (buildings["use"] == BuildingUse.RESIDENTIAL.value).to_numpy(dtype=bool)
    households = np.floor(floors * footprint_m2 / area_m2_per_household + 0.5)
    return pd.Series(np.where(lived_in, households, 0).astype("int64"), index=buildings.index, name="households")
