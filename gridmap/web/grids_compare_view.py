"""Two divisions compared: the ground and the buildings that change grid, on the map and in a table."""

from __future__ import annotations

import streamlit as st

from gridmap import access, i18n, palette
from gridmap.cartography.shapes import Shape
from gridmap.services import grid_divisions, grid_tables, grid_versions
from gridmap.services.community_data import CommunityData
from gridmap.services.sight import Sight
from gridmap.web import chrome, grids_bars_view, grids_map_view, grids_takeaway_view, grids_valid_view, sources
from gridmap.web.grids_state import GridsState

_LOOK = "changed"


def say(key: str, language: str, **fields: object) -> str:
    """Return words of the page of grids."""
    return i18n.text(f"grids.{key}", language, **fields)


def show(state: GridsState, data: CommunityData, actor: access.Actor, language: str) -> None:
    """Show two divisions of the person's choice."""
    store = sources.store()
    known = grid_divisions.versions(store, data)
    if len(known) < 2:
        st.info(say("compare.none", language), icon=":material/info:")
        return
    seen = Sight.of(actor, data.community)
    by_number = {int(one.id or 0): one for one in known}
    if state.compared is None or not set(state.compared) <= set(by_number):
        state.compared = (int(known[-2].id or 0), int(known[-1].id or 0))
    left, right = grids_map_view.body()
    with right:
        first, second = (
            int(st.selectbox(
                say(f"compare.{side}", language), list(by_number), index=list(by_number).index(chosen),
                format_func=lambda one: grids_valid_view.called(by_number[one], data.day, known, language),
                key=f"grids-compare-{side}",
            ))
            for side, chosen in zip(("one", "other"), state.compared, strict=True)
        )  # fmt: skip
        state.compared = (first, second)
        both = grid_versions.compare(store, data.community, first, second)
        before, after = (grid_divisions.of_version(store, data, one) for one in (first, second))
        households = int(both.moved["households"].sum())
        if both.moved.empty and both.ground.empty:
            st.success(say("compare.same", language), icon=":material/check_circle:")
        else:
            st.markdown(chrome.literally(say("compare.told", language, n=len(both.moved), households=households)))
        if seen.figures is None:
            for side, shown in (("one", before), ("other", after)):
                st.caption(say(f"compare.{side}", language))
                grids_bars_view.bars(shown, grid_divisions.loads(data, shown), "households", language)
    above = [
        Shape(id=n, geometry=geom, look=_LOOK, title=f"{old} → {new}", pickable=False)
        for n, (geom, old, new) in enumerate(
            zip(both.ground.geometry, both.ground["before"], both.ground["after"], strict=True)
        )
    ]
    with left:
        grids_map_view.show(
            data, after, language, above=above, on_event=state.take,
            legend=[{"type": "fill", "colour": palette.SHAPES[_LOOK].fill, "hatch": palette.SHAPES[_LOOK].hatch,
                     "text": say("legend.exchanged", language)}],
        )  # fmt: skip
    if seen.buildings is not None:
        return
    days = [i18n.date(by_number[one].valid_from, language) for one in (first, second)]
    table = grid_tables.moved(data, both, language)
    loads = grids_bars_view.shown_loads(seen)
    grids_takeaway_view.offer(
        data, seen, title=say("compare.title", language, one=days[0], other=days[1]),
        note=say("note", language, day=i18n.date(data.day, language)),
        sheets=lambda: {
            say("sheet.moved", language): table,
            **{
                f"{say('sheet.grids', language)} {n}": grid_tables.grids(
                    data, shown, loads, leaders=seen.staff is None, language=language
                )
                for n, shown in enumerate((before, after), 1)
            },
        },
        shown=after, key="compare", language=language,
    )  # fmt: skip
    st.dataframe(table, hide_index=True, width="stretch", placeholder="—")
