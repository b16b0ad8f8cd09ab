"""The map of the issues' figures as a picture for slides and paper."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd

from gridmap import i18n, palette
from gridmap.analysis import density
from gridmap.cartography import overview_config
from gridmap.reports import content, picture
from gridmap.services import issue_figure_words
from gridmap.services.community_data import CommunityData
from gridmap.services.issue_figures import IssueFigures


def dense_areas(dense: density.Density | None, language: str) -> tuple[gpd.GeoDataFrame, dict[str, str]]:
    """Return the densest areas as shapes of a picture, and what its legend says of each; of None, nothing."""
    if dense is None:
        return content.nothing(), {}
    areas = dense.densest()
    looks = [f"dense_{round(100 * share)}" for share in areas["share"]]
    named = [issue_figure_words.dense(row.share, row.area_ha, language) for row in areas.itertuples()]
    return areas.assign(look=looks, sign=""), dict(zip(looks, named, strict=True))


def png(
    data: CommunityData,
    mode: issue_figure_words.Mode,
    signs: str,
    found: IssueFigures,
    *,
    told: Sequence[str],
    language: str,
) -> bytes:
    """Draw what the map of the issues' figures shows.

    Parameters
    ----------
    data
        The community.
    mode
        What is shown: rates by compound, hot spots, or where issues are dense.
    signs
        One sign a building in the layer's order, as the map has them.
    found
        The figures.
    told
        What is counted, in words.
    language
        Language of all words.
    """

    def shape(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        return frame.rename_geometry("geometry")

    words = issue_figure_words.classes(found, mode, language)
    areas, named = dense_areas(found.dense if mode == "density" else None, language)
    placed = data.buildings[~data.buildings.geometry.is_empty]
    return picture.draw(
        content.MapContent(
            name=data.community.name,
            day=data.day,
            synthetic=data.community.synthetic,
            fill=mode,
            title=i18n.text(
                "picture.title", language, name=data.community.name, what=i18n.text(f"picture.title.{mode}", language)
            ),
            subtitle=" · ".join(told),
            boundary=shape(data.boundary),
            compounds=shape(data.compounds),
            gates=shape(data.gates),
            paths=shape(data.paths),
            ground=shape(data.ground),
            buildings=shape(placed.assign(state=list(signs))),
            shapes=areas,
            shape_names=named,
            looks={sign: (overview_config.SIGNS[mode][sign], text) for sign, text in words.items()}
            or {"-": (palette.COVERAGE[palette.UNKNOWN], i18n.text("picture.other_buildings", language))},
            grids_proposed=data.grids_proposed,
        ),
        language=language,
    )
