"""The map of a register as a picture."""

from __future__ import annotations

import geopandas as gpd

from gridmap import i18n
from gridmap.reports import content, picture
from gridmap.services.community_data import CommunityData
from gridmap.services.register_lists import Listed

LOOKS = {"fixed": "register.picture.placed", "mend": "register.picture.short"}
"""How rows are drawn, and what the legend calls that."""


def png(data: CommunityData, listed: Listed, numbers: list[int], language: str, *, title: str) -> bytes:
    """Draw the places of some rows of a register, under the signs that the list has for them.

    Parameters
    ----------
    data, listed
        The community, and the rows.
    numbers
        Which rows; those without a place are counted below the title.
    title
        What the register is called.
    language
        Language of all words.
    """

    def shape(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        return frame.rename_geometry("geometry")

    placed = [(n, at) for n, at in listed.places.items() if n in set(numbers) and not at.is_empty]
    # What wants something done lies above the others.
    placed.sort(key=lambda one: one[0] in listed.short)
    looks = ["mend" if number in listed.short else "fixed" for number, _ in placed]
    told = [i18n.text("register.picture.shown", language, n=len(placed))]
    if len(numbers) > len(placed):
        told.append(i18n.text("register.without_place", language, n=len(numbers) - len(placed)))
    return picture.draw(
        content.MapContent(
            name=data.community.name,
            day=data.day,
            synthetic=data.community.synthetic,
            title=i18n.text("picture.title", language, name=data.community.name, what=title),
            subtitle=" · ".join(told),
            boundary=shape(data.boundary),
            grids=shape(data.grids),
            compounds=shape(data.compounds),
            gates=shape(data.gates),
            paths=shape(data.paths),
            ground=shape(data.ground),
            buildings=shape(data.buildings),
            shapes=gpd.GeoDataFrame(
                {"look": looks, "sign": [listed.sign(number) for number, _ in placed]},
                geometry=[at.representative_point() for _, at in placed],
                crs=data.buildings.crs,
            ),
            shape_names={look: i18n.text(key, language) for look, key in LOOKS.items() if look in looks},
            grids_proposed=data.grids_proposed,
        ),
        language=language,
    )
