"""The map of a division as a picture."""

from __future__ import annotations

import geopandas as gpd

from gridmap import i18n
from gridmap.reports import content, picture
from gridmap.services.community_data import CommunityData
from gridmap.services.grid_divisions import Drawn


def png(data: CommunityData, shown: Drawn, *, title: str, note: str, proposed: bool, language: str) -> bytes:
    """Draw a division.

    Parameters
    ----------
    data, shown
        The community and the division.
    title, note
        What the picture is called, and the line below.
    proposed
        Whether nobody has confirmed it; the picture then says so.
    language
        Language of all words.
    """

    def shape(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        return frame.rename_geometry("geometry")

    return picture.draw(
        content.MapContent(
            name=data.community.name,
            day=data.day,
            synthetic=data.community.synthetic,
            fill="grid",
            boundary=shape(data.boundary),
            grids=shape(shown.grids),
            compounds=shape(data.compounds),
            gates=shape(data.gates),
            paths=shape(data.paths),
            ground=shape(data.ground),
            buildings=shape(data.buildings.assign(grid_id=shown.grid_of)),
            grids_proposed=proposed,
            title=i18n.text("picture.title", language, name=data.community.name, what=title),
            subtitle=note,
        ),
        language=language,
    )
