"""The maps of overview and coverage as pictures for slides and paper."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence

import geopandas as gpd
import pandas as pd

from gridmap import i18n, palette
from gridmap.analysis import coverage, density
from gridmap.cartography import overview_config
from gridmap.cartography.events import Target
from gridmap.reports import content, picture
from gridmap.services import filter_words, issue_pictures, issue_rates, layers, overview
from gridmap.services.community_data import CommunityData
from gridmap.services.issue_rates import Rates
from gridmap.services.overview import Filters


def overview_png(
    data: CommunityData,
    covered: coverage.Coverage,
    mode: content.Fill,
    shown: Sequence[str],
    filters: Filters,
    *,
    kind: str,
    chosen: tuple[Target, int] | None = None,
    language: str,
    now: dt.datetime,
    rates: tuple[str, Rates] | None = None,
    dense: density.Density | None = None,
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
    chosen
        What is marked.
    language
        Language of all words.
    now
        Moment by which an issue is overdue.
    rates
        For issues: one sign a building in the layer's order, and the rates they are of.
    dense
        How dense the issues shown lie; None where that is not drawn.
    """
    focus = overview.buildings_in_focus(data, filters)
    buildings = data.buildings.loc[focus]
    grids = overview.focus(data, filters)

    def shape(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        return frame.rename_geometry("geometry")

    def only(name: str, frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        return shape(frame if name in shown else frame.iloc[:0])

    walk = layers.shown_walk(data) if grids is None or layers.walk_within(data, grids) else None
    issues = overview.issues_shown(data, filters, now)
    of_kind = data.points if kind == overview.ANY_KIND else data.points[data.points["kind"] == kind]
    marked, name = _marked(data, chosen, language)
    told = filter_words.told(data, filters, language, issues="issues" in shown and len(data.issues) > 0)
    state = covered.state.reindex(focus).fillna("unknown")
    if not overview.registered(data, kind):
        # As on the map: without any point nobody can be said to be out of its reach.
        state[:] = "unknown"
        if mode == "coverage":
            called = overview.kind_name(data, kind, language)
            told.append(i18n.text("table.uncovered.not_registered", language, kind=called))
    areas, area_names = issue_pictures.dense_areas(dense, language)
    return picture.draw(
        content.MapContent(
            name=data.community.name,
            day=data.day,
            synthetic=data.community.synthetic,
            fill=mode,
            shapes=areas,
            shape_names=area_names,
            boundary=shape(data.boundary),
            grids=only("grids", data.grids if grids is None else data.grids.loc[grids]),
            compounds=only("compounds", data.compounds),
            gates=only("compounds", data.gates),
            paths=shape(data.paths),
            ground=shape(data.ground),
            buildings=only("buildings", buildings.assign(coverage=state, state=_signs(data, rates).reindex(focus))),
            points=only("points", overview.points_shown(data, filters)),
            issues=only("issues", issues.assign(overdue=issues["group"] == "overdue")),
            route=only("walks", data.walks[data.walks.index == walk]),
            stops=only("walks", data.stops[data.stops["walk_id"] == walk]),
            reach=only("buildings", of_kind),
            chosen=shape(marked),
            chosen_name=name,
            grids_proposed=data.grids_proposed,
            subtitle=" · ".join(told),
            kinds=data.kinds,
            coverage_kind="" if kind == overview.ANY_KIND else kind,
            radius_m=covered.radius_m,
            looks={} if rates is None else _looks(rates[1], language),
            # The highest class is open upwards.
            classes=tuple(overview.household_classes(data)[:-1]) if mode == "households" else (),
        ),
        language=language,
    )


def _signs(data: CommunityData, rates: tuple[str, Rates] | None) -> pd.Series:
    placed = data.buildings.index[~data.buildings.geometry.is_empty]
    return pd.Series("-" if rates is None else list(rates[0]), index=placed, dtype="str")


def _looks(found: Rates, language: str) -> dict[str, tuple[palette.Look, str]]:
    words = issue_rates.class_words(found, language)
    unknown = (palette.COVERAGE[palette.UNKNOWN], i18n.text("picture.unknown", language))
    return {sign: (overview_config.SIGNS["issues"][sign], text) for sign, text in words.items()} or {"-": unknown}


def coverage_png(
    data: CommunityData,
    looks: pd.Series,
    kinds: Collection[str],
    shapes: gpd.GeoDataFrame,
    *,
    mode: content.Fill,
    shape_names: Mapping[str, str],
    step_names: Mapping[int, str],
    title: str,
    subtitle: str,
    language: str,
) -> bytes:
    """Draw what the map of coverage shows.

    Parameters
    ----------
    data
        The community.
    looks
        For each building where people live its state of coverage, or the number of its look among `palette.KINDS`.
    kinds
        Kinds of the service points shown.
    shapes, shape_names
        What lies above the layers, with ``look`` and ``sign``, and what the legend calls each look.
    mode
        ``coverage`` or ``kinds``.
    step_names
        For kinds: what the legend calls each look.
    title, subtitle
        Words at the top.
    language
        Language of all words.
    """

    def shape(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        return frame.rename_geometry("geometry")

    known = looks.reindex(data.buildings.index)
    column = {"step": known.fillna(-1).astype("int64")} if mode == "kinds" else {"coverage": known.fillna("unknown")}
    return picture.draw(
        content.MapContent(
            name=data.community.name,
            day=data.day,
            synthetic=data.community.synthetic,
            fill=mode,
            boundary=shape(data.boundary),
            compounds=shape(data.compounds),
            gates=shape(data.gates),
            paths=shape(data.paths),
            ground=shape(data.ground),
            buildings=shape(data.buildings.assign(**column)),
            points=shape(data.points[data.points["kind"].isin(kinds)]),
            kinds=data.kinds,
            shapes=shapes,
            shape_names=shape_names,
            step_names=step_names,
            title=title,
            subtitle=subtitle,
        ),
        language=language,
    )


def ground(data: CommunityData) -> content.MapContent:
    """Return the community's own base map with its grids, for sheets that lay something else upon it."""

    def shape(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        return frame.rename_geometry("geometry")

    return content.MapContent(
        name=data.community.name,
        day=data.day,
        synthetic=data.community.synthetic,
        fill="grid",
        boundary=shape(data.boundary),
        grids=shape(data.grids),
        compounds=shape(data.compounds),
        gates=shape(data.gates),
        paths=shape(data.paths),
        ground=shape(data.ground),
        buildings=shape(data.buildings),
        kinds=data.kinds,
    )


def _marked(data: CommunityData, chosen: tuple[Target, int] | None, language: str) -> tuple[gpd.GeoDataFrame, str]:
    """Return the chosen thing as a frame of a row at most, and what it is called."""
    if chosen is None:
        return data.boundary.iloc[:0], ""
    target, number = chosen
    frame = {"building": data.buildings, "point": data.points, "issue": data.issues}[target]
    rows = frame.loc[frame.index == number, ["geom"]]
    if rows.empty:
        return rows, ""
    if target == "building":
        return rows, str(layers.building_titles(data.buildings.loc[[number]], language).iloc[0])
    return rows, str(data.points.at[number, "name"] if target == "point" else data.issues.at[number, "code"])
