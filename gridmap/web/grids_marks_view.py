"""Codes, colours and the legend of the valid grids: looked over, put right at a press, and taken back."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import pandas as pd
import streamlit as st

from gridmap import access, catalogues, i18n, palette
from gridmap.access import Action
from gridmap.errors import InputError
from gridmap.exchange import workbook
from gridmap.services import communities, grid_codes, grid_colours, grid_divisions, grid_marks
from gridmap.services.community_data import CommunityData
from gridmap.services.grid_colours import StreetColours
from gridmap.services.grid_marks import Mark
from gridmap.web import acts, chrome, downloads, grids_map_view, sources
from gridmap.web.grids_state import GridsState


def say(key: str, language: str, **fields: object) -> str:
    """Return words of this part of the page."""
    return i18n.text(f"grids.marks.{key}", language, **fields)


def show(state: GridsState, data: CommunityData, actor: access.Actor, language: str) -> None:
    """Show what is written on the valid grids, and what should be."""
    if data.grids.empty:
        st.info(i18n.text("grids.none", language), icon=":material/info:")
        return
    left, right = grids_map_view.body()
    with right:
        if state.written and st.button(say("undo", language), icon=":material/undo:", key="grids-marks-undo"):
            written = state.written
            if acts.attempt(
                partial(_written, state, actor, grid_marks.back(written), "grid_marks", language), language
            ):
                state.written = ()
                st.rerun()
        _codes(state, data, language)
        _colours(state, data, actor, language)
        _legend(state, data, actor, language)
    with left:
        grids_map_view.show(data, grid_divisions.present(data), language, on_event=state.take)


def _codes(state: GridsState, data: CommunityData, language: str) -> None:
    found = grid_codes.look(data.grids)
    with st.container(border=True, key="grids-codes"):
        st.markdown(f"**{say('codes', language)}**")
        for fault in found.findings:
            told = f"{fault.sentence(language)} {fault.mend(language)}"
            st.warning(chrome.literally(told), icon=":material/warning:")
        if not found.given:
            st.info(say("codes.none", language), icon=":material/info:")
        elif not found.findings:
            st.success(say("codes.well", language), icon=":material/check_circle:")
        table = grid_codes.listed(found, language)
        st.dataframe(table, hide_index=True, width="stretch", placeholder="—")
        _excel(table, data, say("codes", language), "codes", language)
        marks = grid_codes.marks(found)
        if not marks:
            return
        if st.button(say("codes.take", language, n=len(marks)), icon=":material/done_all:", key="grids-codes-take"):
            act = partial(_written, state, marks=marks, action="grid_codes", language=language)
            acts.ask(say("codes", language), say("codes.ask", language, n=len(marks)),
                     say("codes.take", language, n=len(marks)), lambda by: act(actor=by), language)  # fmt: skip


def _colours(state: GridsState, data: CommunityData, actor: access.Actor, language: str) -> None:
    with st.container(border=True, key="grids-colours"):
        st.markdown(f"**{say('colours', language)}**")
        try:
            found = _street(data, actor)
        except InputError as fault:
            st.warning(chrome.literally(fault.sentence(language)), icon=":material/warning:")
            return
        called = {number: f"{row['community']} {row['name']}" for number, row in found.grids.iterrows()}
        for one, other in found.clashes[:8]:
            told = say("colours.alike", language, one=called[one], other=called[other])
            st.warning(chrome.literally(told), icon=":material/warning:")
        if not found.clashes:
            n = found.grids["community_id"].nunique()
            st.success(say("colours.well", language, n=n), icon=":material/check_circle:")
        changed = found.changed
        if changed.empty:
            return
        table = pd.DataFrame(
            {
                say("colours.grid", language): [called[number] for number in changed.index],
                say("colours.now", language): _named(changed["colour"], language),
                say("colours.then", language): _named(changed["proposed"], language),
            }
        )
        st.dataframe(table, hide_index=True, width="stretch")
        _excel(table, data, say("colours", language), "colours", language)
        marks = grid_colours.marks(found)
        if st.button(say("colours.take", language, n=len(marks)), icon=":material/palette:", key="grids-colours-take"):
            act = partial(_written, state, marks=marks, action="grid_colours", language=language)
            acts.ask(say("colours", language), say("colours.ask", language, n=len(marks)),
                     say("colours.take", language, n=len(marks)), lambda by: act(actor=by), language)  # fmt: skip


def _legend(state: GridsState, data: CommunityData, actor: access.Actor, language: str) -> None:
    with st.form("grids-legend", border=True):
        st.markdown(f"**{say('legend', language)}**")
        rows = data.grids.sort_values("code", kind="stable")
        words = {}
        for number, row in rows.iterrows():
            colour = palette.grid(str(row["colour"]))
            words[int(str(number))] = st.text_input(
                f"{row['letter']} {row['name']} · {catalogues.label('grid_palette', colour.key, language, 'key')}",
                str(row["legend"]), max_chars=grid_marks.LONGEST_LEGEND, key=f"grids-legend-{number}-{row['legend']}",
                placeholder=say("legend.example", language),
            )  # fmt: skip
        if not st.form_submit_button(say("legend.keep", language), icon=":material/save:"):
            return
        marks = [grid_marks.legend(number, str(rows.at[number, "legend"]), text) for number, text in words.items()]
        marks = [one for one in marks if one.before != one.after]
        if marks and acts.attempt(partial(_written, state, actor, marks, "grid_legend", language), language):
            st.rerun()


def _written(state: GridsState, actor: access.Actor, marks: Sequence[Mark], action: str, language: str) -> str:
    n = grid_marks.write(sources.store(), actor, marks, action, address=st.context.ip_address or "")
    state.written = tuple(marks)
    return say("written", language, n=n)


def _street(data: CommunityData, actor: access.Actor) -> StreetColours:
    """Return the colours of the street; those of communities whose grids the person may not draw stay."""
    store = sources.store()
    mine = {
        int(one.id or 0)
        for one in store.communities()
        if access.decide(actor, Action.DRAW_GRIDS, street_id=one.street_id, community_id=one.id).allowed
    }
    names = {street.id: street.name for street in communities.streets(store)}
    street_id = data.community.street_id
    return grid_colours.look(store, street_id, data.day, called=names.get(street_id, ""), mine=mine)


def _named(keys: pd.Series, language: str) -> list[str]:
    return [catalogues.label("grid_palette", str(key), language, "key") for key in keys]


def _excel(table: pd.DataFrame, data: CommunityData, title: str, key: str, language: str) -> None:
    st.download_button(
        i18n.text("table.excel", language),
        data=downloads.listed(
            Action.DOWNLOAD_TABLES, title, lambda _: workbook.write({title: table}, title=data.community.name)
        ),
        file_name=downloads.file_name(data.community.name, title, ending="xlsx"),
        mime=workbook.MIME, icon=":material/table_view:", on_click="ignore", key=f"grids-{key}-xlsx",
    )  # fmt: skip
