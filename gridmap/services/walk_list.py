"""Walks that are kept, as lists and a picture: which there are, and where each of them stops."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from zoneinfo import ZoneInfo

import geopandas as gpd
import pandas as pd

from gridmap import i18n
from gridmap.model import WalkState
from gridmap.reports import content, picture
from gridmap.services import area_tables, layers
from gridmap.services.community_data import CommunityData
from gridmap.services.overview import Filters

ALL = "all"
SHOWN = (ALL, *(state.value for state in WalkState))
"""Which walks a list can show."""


def say(key: str, language: str, **fields: object) -> str:
    """Return words of the page of walks."""
    return i18n.text(f"walk_list.{key}", language, **fields)


def within(data: CommunityData, grids: Collection[int], *, altogether: bool = False) -> pd.Index:
    """Return the ids of the walks in some grids.

    Parameters
    ----------
    data
        The community.
    grids
        Ids of the grids.
    altogether
        Whether a walk through several grids is one of them only where all its stops are.
    """
    own = data.walks["grid_id"].isin(grids)
    inside = data.stops["building_id"].map(data.buildings["grid_id"]).isin(grids)
    there = inside[data.stops["building_id"].notna()].groupby(data.stops["walk_id"])
    through = (there.all() if altogether else there.any()).reindex(data.walks.index, fill_value=False).astype(bool)
    found: pd.Index = data.walks.index[own | (data.walks["grid_id"].isna() & through)]
    return found


def table(data: CommunityData, shown: str, language: str) -> pd.DataFrame:
    """Return a row a walk in the words of a language, the latest first: those of one state, or all."""
    rows = area_tables.walks(data, Filters(), language)
    if shown != ALL:
        rows = rows[rows.index.isin(data.walks.index[data.walks["state"] == shown])]
    return rows.rename(columns=lambda name: i18n.text(f"column.{name}", language))


def stops(data: CommunityData, walk_id: int, language: str, zone: str) -> pd.DataFrame:
    """Return the stops of a walk in their order, in the words of a language."""
    rows = data.stops[data.stops["walk_id"] == walk_id].sort_values("seq", kind="stable")

    def clock(moments: pd.Series) -> pd.Series:
        local = pd.to_datetime(moments, utc=True).dt.tz_convert(ZoneInfo(zone))
        return local.dt.strftime("%H:%M").fillna("")

    return pd.DataFrame(
        {
            say("column.seq", language): rows["seq"],
            say("column.place", language): places(data, rows, language),
            say("column.arrive", language): clock(rows["arrive_at"]),
            say("column.leave", language): clock(rows["leave_at"]),
            say("column.reason", language): rows["reason"],
            say("column.outcome", language): rows["outcome"].map(
                lambda outcome: i18n.text(f"stop_outcome.{outcome}", language)
            ),
            say("column.note", language): rows["note"],
        },
        index=rows.index,
    )


def places(data: CommunityData, rows: pd.DataFrame, language: str) -> pd.Series:
    """Return what the place of each stop is called."""
    titles = layers.building_titles(data.buildings, language).to_dict()
    told = [titles.get(number, "") if pd.notna(number) else "" for number in rows["building_id"]]
    return pd.Series(told, index=rows.index, dtype="str")


def png(data: CommunityData, walks: Collection[int], language: str, *, told: str) -> bytes:
    """Draw walks with their routes and numbered stops.

    Parameters
    ----------
    data
        The community.
    walks
        Ids of the walks.
    language
        Language of all words.
    told
        Which walks these are, in words.
    """
    routes = data.walks[data.walks.index.isin(walks)]
    return draw(data, routes, data.stops[data.stops["walk_id"].isin(walks)], language, told=told)


def draw(
    data: CommunityData,
    routes: gpd.GeoDataFrame,
    spots: gpd.GeoDataFrame,
    language: str,
    *,
    told: str,
    names: Sequence[str] = (),
) -> bytes:
    """Draw routes, and stops with their ``seq``, on the map of the community; of several ``walk`` tells which is whose.

    Parameters
    ----------
    told
        Which walks these are, in words.
    names
        What each walk is called, by its number in ``walk``, where there are several.
    """

    def shape(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        return frame.rename_geometry("geometry")

    return picture.draw(
        content.MapContent(
            name=data.community.name,
            day=data.day,
            synthetic=data.community.synthetic,
            title=say("picture", language, name=data.community.name),
            subtitle=told,
            boundary=shape(data.boundary),
            grids=shape(data.grids),
            compounds=shape(data.compounds),
            gates=shape(data.gates),
            paths=shape(data.paths),
            ground=shape(data.ground),
            buildings=shape(data.buildings),
            route=shape(routes),
            stops=shape(spots),
            walk_names=names,
            grids_proposed=data.grids_proposed,
        ),
        language=language,
    )
