"""All benchmarks, one after the other: ``python -m benchmarks [FILE [--layer NAME]]``.

FILE is any vector file of building footprints; without one, 17,717 invented footprints stand in for it.
Those that measure files of others (``pmedian FOLDER``) are called by themselves.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from benchmarks import (
    alarms,
    assignment,
    coverage_page,
    datums,
    demo_page,
    hotspots,
    issues_page,
    map_load,
    nearest_point,
    register,
    routes,
    siting,
    tagging,
    walking,
)

INVENTED = 17_717


def footprints(folder: str) -> str:
    """Write invented slab buildings in rows, and return the file's path."""
    east, north = np.divmod(np.arange(INVENTED), 134)
    x, y = 300_000 + east * 60.0, 3_790_000 + north * 28.0
    frame = gpd.GeoDataFrame({"floors": 6}, index=range(INVENTED), geometry=shapely.box(x, y, x + 45, y + 12))
    file = Path(folder) / "footprints.gpkg"
    frame.set_crs("EPSG:32649").to_file(file)
    return str(file)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        map_load.main(sys.argv[1:] or [footprints(made)])
    demo_page.main([])
    nearest_point.main([])
    register.main([])
    tagging.main([])
    datums.main([])
    assignment.main([])
    coverage_page.main([])
    siting.main([])
    walking.main([])
    hotspots.main([])
    alarms.main([])
    issues_page.main([])
    routes.main([])
