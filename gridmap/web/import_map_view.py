"""What a file would bring, on the map beside what is there; and rows without a place, placed by a press."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import pandas as pd
import streamlit as st

from gridmap import crs, i18n, palette
from gridmap.cartography import shapes
from gridmap.cartography.overview_map import Command
from gridmap.cartography.shapes import Shape
from gridmap.exchange import fields
from gridmap.services import grid_repair
from gridmap.services.community_data import CommunityData
from gridmap.services.import_preview import Preview
from gridmap.web import chrome, map_view, sources
from gridmap.web.import_state import ImportState

_MOST = 4000
_LAYERS = ("boundary", "grids", "compounds", "paths", "ground", "buildings", "gates")
_HEIGHT_PX = 480


def refused(preview: Preview) -> gpd.GeoDataFrame:
    """Return the rows that cannot be kept and have a place all the same: ``geom`` in WGS 84, index = row."""
    frame = preview.source.frame
    rows = [row.number for row in preview.verdicts if row.verdict == "refused"]
    if not isinstance(frame, gpd.GeoDataFrame) or preview.order.datum != "wgs84":
        return gpd.GeoDataFrame({"geom": []}, geometry="geom", crs=crs.WGS84)
    found = frame.loc[rows, [frame.geometry.name]].rename_geometry("geom").to_crs(crs.WGS84)
    return found[~found.geometry.is_empty]


def show(state: ImportState, preview: Preview, data: CommunityData, language: str) -> None:
    """Show the map, and above it the row that is to be placed."""
    _placing(state, preview, data, language)
    made, cut = _shapes(preview, language)
    if cut:
        st.caption(i18n.text("data.map.cut", language, n=len(made), all=len(made) + cut))
    bounds = _bounds(preview, data)

    def choose(row: int) -> None:
        if row in preview.unplaced:
            state.placing = row

    command = Command(
        revision=data.revision,
        stamp=sources.stamp(data),
        layers=_LAYERS,
        legend=_legend(made, language),
        shapes=shapes.features(made),
        pointing=state.placing is not None,
        search=False,
        moves=False,
        fit=None if bounds is None else {"seq": f"{state.serial}-{state.fits}", "bounds": bounds},
    )
    with st.container(key="import-map"):
        map_view.show(
            command,
            data=data,
            language=language,
            height_px=_HEIGHT_PX,
            on_event=lambda event: state.take(event, choose),
            name=f"import-{state.serial}",
        )


def _placing(state: ImportState, preview: Preview, data: CommunityData, language: str) -> None:
    """Choose a row without a place, and place it: on the map, or by the building's name."""
    if not preview.unplaced and not state.placements:
        return

    def say(key: str, **more: object) -> str:
        return i18n.text(f"data.place.{key}", language, **more)

    said = {match.row: match for match in preview.matches}
    names = _names(data)
    key = f"placing-{state.serial}"
    if state.placing not in preview.unplaced:
        # One after the other, without having to choose each.
        state.placing = preview.unplaced[0] if preview.unplaced else None

    def choose() -> None:
        state.placing = st.session_state[key]

    with st.container(border=True, key="import-placing"):
        with st.container(horizontal=True, vertical_alignment="center"):
            title = say("title", n=len(preview.unplaced)) if preview.unplaced else say("all")
            st.markdown(f"**{chrome.literally(title)}**")
            n = len(state.placements)
            if n and st.button(say("again", n=n), icon=":material/undo:", key="placing-again"):
                state.placements, state.placing = {}, None
                state.anew()
                st.rerun()
        if state.placing is None:
            return
        st.session_state[key] = state.placing
        with st.container(horizontal=True, vertical_alignment="bottom"):
            st.selectbox(
                say("row"),
                list(preview.unplaced),
                index=None,
                format_func=lambda row: say("row_said", row=row, said=_said(preview, row, said)),
                key=key,
                on_change=choose,
                placeholder=say("choose"),
                width=420,
            )
            number = st.selectbox(
                say("building"),
                list(names),
                index=None,
                format_func=lambda one: names[one],
                key=f"placing-building-{state.serial}-{state.placing}",
                placeholder=say("choose"),
                width=260,
            )
            if number is not None:
                _put(state, state.placing, number)
        match = said.get(state.placing)
        likely = [] if match is None else [match.building_id, *match.runners_up]
        with st.container(horizontal=True, vertical_alignment="center"):
            for one in [one for one in dict.fromkeys(likely) if one in names][:3]:
                if st.button(chrome.literally(names[one]), key=f"likely-{one}"):
                    _put(state, state.placing, one)
        st.info(say("press"), icon=":material/touch_app:")


def _put(state: ImportState, row: int, building: int) -> None:
    state.placements[row] = building
    state.placing = None
    state.anew()
    st.rerun()


def _said(preview: Preview, row: int, said: dict[int, Any]) -> str:
    if row in said:
        return str(said[row].said)[:40]
    frame = preview.source.frame
    column = preview.order.mapping.get("address") or preview.order.mapping.get("name")
    return "" if column is None else fields.fold(frame.at[row, column])[:40]


def _names(data: CommunityData) -> dict[int, str]:
    homes = data.buildings.sort_values(["compound", "number"])
    names = homes["compound"].fillna("") + homes["number"]
    return {int(number): name for number, name in names.items()}


def _shapes(preview: Preview, language: str) -> tuple[list[Shape], int]:
    def titled(frame: gpd.GeoDataFrame, look: str) -> list[Shape]:
        made = []
        for row, name, geom in zip(frame["row"], frame["title"], frame.geometry, strict=True):
            number = 0 if pd.isna(row) else int(row)
            title = i18n.text(
                "data.map.row", language, row=number, title=name, what=i18n.text(f"data.{look}", language)
            )
            made.append(Shape(id=number, geometry=geom, look=look, title=title, pickable=False))
        return made

    made: list[Shape] = []
    if len(preview.otherwise):
        made += titled(preview.otherwise, "likely")
    made += titled(preview.old, "before")
    for verdict in ("changed", "added"):
        made += titled(preview.new[preview.new["verdict"] == verdict], verdict)
    if preview.repairs is not None:
        for at, (piece, geom) in enumerate(
            zip(preview.repairs.to_dict("records"), preview.repairs.geometry, strict=True)
        ):
            title = grid_repair.sentence(piece, language)
            made.append(Shape(id=at, geometry=geom, look="mend", title=title, pickable=False))
    for row, geom in refused(preview).geometry.items():
        title = i18n.text("data.map.row", language, row=row, title="", what=i18n.text("data.refused", language))
        made.append(Shape(id=int(row), geometry=geom, look="refused", title=title, pickable=False))
    return made[:_MOST], max(0, len(made) - _MOST)


def _bounds(preview: Preview, data: CommunityData) -> list[float] | None:
    parts = [frame for frame in (preview.new, preview.otherwise) if len(frame)]
    if not parts:
        return None
    west, south, east, north = pd.concat([gpd.GeoSeries(part.geometry) for part in parts]).total_bounds
    if data.buildings.geometry.is_empty.all():
        return [west, south, east, north]
    home = map_view.bounds(data)
    return [min(west, home[0]), min(south, home[1]), max(east, home[2]), max(north, home[3])]


def _legend(made: list[Shape], language: str) -> list[dict[str, Any]]:
    looks = dict.fromkeys(shape.look for shape in made)
    return [
        {
            "type": "fill",
            "colour": palette.SHAPES[look].fill,
            "hatch": palette.SHAPES[look].hatch,
            "text": i18n.text(f"data.{look}", language),
        }
        for look in ("added", "changed", "before", "refused", "likely", "mend")
        if look in looks
    ]
