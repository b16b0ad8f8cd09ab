"""The grids of a draft one by one: named, coloured, split in two, merged."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from gridmap import access, catalogues, i18n
from gridmap.services import grid_drawing, grid_sketch
from gridmap.services.community_data import CommunityData
from gridmap.services.grid_drafts import Draft
from gridmap.web import chrome
from gridmap.web.grids_state import GridsState

Step = Callable[..., None]


def say(key: str, language: str, **fields: object) -> str:
    """Return words of the page of grids."""
    return i18n.text(f"grids.{key}", language, **fields)


def show(state: GridsState, data: CommunityData, actor: access.Actor, draft: Draft, step: Step, language: str) -> None:
    """Show one grid of the draft and what may be done to it."""
    sketch = draft.sketch
    keys = sorted(sketch.looks)
    with st.expander(say("draft.grids", language), icon=":material/edit_square:"):
        key = int(st.selectbox(
            say("draft.grid", language), keys, key="grids-one",
            format_func=lambda one: sketch.called(one) if one in sketch.looks else "",
        ))  # fmt: skip
        look = sketch.looks[key]

        def rename() -> None:
            name = st.session_state[f"grids-name-{key}-{look.name}"]
            step(state, data, actor, "rename", lambda now: grid_sketch.rename(now, key, name), language)

        def recolour() -> None:
            colour = st.session_state[f"grids-colour-{key}-{look.colour}"]
            step(state, data, actor, "recolour", lambda now: grid_sketch.recolour(now, key, colour), language)

        st.text_input(say("draft.name", language), look.name, max_chars=grid_sketch.LONGEST_NAME,
                      key=f"grids-name-{key}-{look.name}", on_change=rename)  # fmt: skip
        palette = list(catalogues.entries("grid_palette", "key"))
        at = palette.index(look.colour) if look.colour in palette else None
        st.selectbox(
            say("draft.colour", language), palette, index=at,
            key=f"grids-colour-{key}-{look.colour}", on_change=recolour,
            format_func=lambda one: catalogues.label("grid_palette", one, language, "key"),
        )  # fmt: skip
        if st.button(say("draft.split", language), icon=":material/call_split:", key="grids-split"):
            step(state, data, actor, "split",
                 lambda now: grid_drawing.halves(data, now, draft.base, key, draft.weighed), language)  # fmt: skip
            st.rerun()
        others = [one for one in keys if one != key]
        if not others:
            return
        with st.container(horizontal=True, vertical_alignment="bottom"):
            other = int(st.selectbox(
                say("draft.merge_with", language), others, key=f"grids-other-{key}",
                format_func=lambda one: sketch.called(one) if one in sketch.looks else "",
            ))  # fmt: skip
            if st.button(say("draft.merge", language), icon=":material/merge:", key="grids-merge"):
                step(state, data, actor, "merge", lambda now: grid_sketch.merge(now, key, other), language)
                st.rerun()
        st.caption(chrome.literally(look.legend))
