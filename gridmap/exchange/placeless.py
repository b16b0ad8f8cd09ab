"""Checks the rows of a register of buildings that no footprint is known for yet."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd

from gridmap.errors import Fault
from gridmap.exchange import faults, fields, linking


def check(frame: gpd.GeoDataFrame, compounds: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, list[Fault]]:
    """Find what is wrong with buildings without a place, and return what is left without those that cannot be kept.

    Footprints that come later find such a building by its compound and number only, so each needs a number.

    Parameters
    ----------
    frame
        Our field names, empty geometry ``geom``; index = row as a person counts it.
    compounds
        Compounds of the community (``name``; index = id).
    """
    clean, found = faults.read_cells(frame, "buildings")
    clean["compound_id"] = linking.compound_of(clean, compounds)
    numbers = clean["number"] if "number" in clean.columns else pd.Series("", clean.index)
    found += [
        Fault(problem="cell_missing", row=row, column="number", fields={"example": "3号楼"})
        for row, number in zip(clean.index.tolist(), numbers, strict=True)
        if not fields.number_key(number)
    ]
    found += faults.numbers_twice(clean, homeless="-")
    barred = {fault.row for fault in found if fault.fatal}
    return clean.drop(index=clean.index.intersection(list(barred))), found
