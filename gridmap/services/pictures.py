"""The overview's map as a picture for slides and paper."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import geopandas as gpd

from gridmap import i18n
from gridmap.analysis import coverage
from gridmap.reports import content, picture
from gridmap.services import layers, overview
from gridmap.services.community_data import CommunityData
from gridmap.services.overview import Filters


def overview_png(
    data: CommunityData,
    covered: coverage.Coverage,
    mode: content.Fill,
    shown: Sequence[str],
    filters: Filters,
    *,
    kind: str,
    language: str,
    now: dt.datetime,
) -> bytes:
    """Draw what the overview's map shows.

    Parameters
    ----------
    data
        The community.
    covered
        The coverage that colours the buildings, by points of ``kind``.
    mode
        How buildings are coloured.
    shown
        Names of the layers shown.
    filters
        What is shown; with grids in focus the picture says which.
    kind
        Kind of service point, or ``overview.ANY_KIND``.
    language
        Language of all words.
    now
        Moment by which an issue is overdue.
    """
    focus = overview.buildings_in_focus(data, filters)
    buildings = data.buildings.loc[focus]
    grids = overview.focus(data, filters.letters)

    def shape(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        return frame.rename_geometry("geometry")

    def only(name: str, frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        return shape(frame if name in shown else frame.iloc[:0])

    walk = layers.shown_walk(data)
    chosen = "、".join(filters.letters) if language == "zh" else ", ".join(filters.letters)
    return picture.draw(
        content.MapContent(
            name=data.community.name,
            day=data.day,
            synthetic=data.community.synthetic,
            fill=mode,
            boundary=shape(data.boundary),
            grids=only("grids", data.grids if grids is None else data.grids.loc[grids]),
            compounds=only("compounds", data.compounds),
            gates=only("compounds", data.gates),
            paths=shape(data.paths),
            ground=shape(data.ground),
            buildings=only("buildings", buildings.assign(coverage=covered.state.reindex(focus).fillna("unknown"))),
            points=only("points", data.points),
            issues=only("issues", overview.issues_shown(data, filters, now)),
            route=only("walks", data.walks[data.walks.index == walk]),
            stops=only("walks", data.stops[data.stops["walk_id"] == walk]),
            subtitle=i18n.text("overview.only_grids", language, letters=chosen) if filters.letters else "",
            coverage_kind="" if kind == overview.ANY_KIND else kind,
            radius_m=covered.radius_m,
            # The highest class is open upwards.
            classes=tuple(overview.household_classes(data)[:-1]) if mode == "households" else (),
        ),
        language=language,
    )
