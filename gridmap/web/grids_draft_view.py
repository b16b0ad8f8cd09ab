"""A draft of grids: buildings move by presses on the map, grids are split, merged, named; every step can be undone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import partial

import streamlit as st

from gridmap import access, errors, i18n, palette
from gridmap.cartography import events
from gridmap.services import (
    grid_borders,
    grid_checks,
    grid_divisions,
    grid_drafts,
    grid_drawing,
    grid_proposals,
    grid_sketch,
    grid_tables,
)
from gridmap.services.community_data import CommunityData
from gridmap.services.grid_checks import Check
from gridmap.services.grid_divisions import Drawn
from gridmap.services.grid_drafts import Draft
from gridmap.services.grid_sketch import Sketch
from gridmap.services.sight import Sight
from gridmap.web import (
    acts,
    chrome,
    grids_bars_view,
    grids_grips,
    grids_looks_view,
    grids_map_view,
    grids_publish_view,
    grids_repair_view,
    grids_takeaway_view,
    sources,
)
from gridmap.web.grids_state import GridsState

TOOLS = ("building", "compound", "lasso", "border", "fix")
_FIXED = "fixed"


def say(key: str, language: str, **fields: object) -> str:
    """Return words of the page of grids."""
    return i18n.text(f"grids.{key}", language, **fields)


def show(state: GridsState, data: CommunityData, actor: access.Actor, language: str) -> None:
    """Show the person's draft, or how to begin one."""
    if grid_proposals.placed(data).empty:
        st.info(say("none.no_buildings", language), icon=":material/info:")
        return
    draft = grid_drafts.find(sources.store(), actor, data)
    if draft is None:
        state.pressed.clear()
        _begin(state, data, actor, language)
        return
    if state.version not in (None, draft.version):
        state.told = say("draft.overtaken", language)
        state.pressed.clear()
    state.version = draft.version
    _take_presses(state, data, actor, draft, language)
    draft = grid_drafts.find(sources.store(), actor, data) or draft
    state.version = draft.version
    _drawn(state, data, actor, draft, language)


def _begin(state: GridsState, data: CommunityData, actor: access.Actor, language: str) -> None:
    state.version = None
    st.info(say("draft.none", language), icon=":material/edit:")
    shown = grid_divisions.present(data)

    def begin() -> str:
        sketch, base = grid_drawing.of_drawn(data, shown)
        grid_drafts.begin(
            sources.store(), actor, data, sketch, base, now=dt.datetime.now(dt.UTC), address=st.context.ip_address or ""
        )
        return say("draft.begun", language)

    with st.container(horizontal=True):
        if (
            len(shown.grids)
            and st.button(
                say("draft.from_valid", language), type="primary", icon=":material/edit:", key="grids-from-valid"
            )
            and acts.attempt(begin, language)
        ):
            st.rerun()
        if st.button(say("draft.to_propose", language), icon=":material/auto_awesome:", key="grids-to-propose"):
            state.tab = "propose"
            st.rerun()
    grids_map_view.show(data, shown, language, on_event=state.take)


def step(
    state: GridsState,
    data: CommunityData,
    actor: access.Actor,
    act: str,
    edit: Callable[[Sketch], Sketch],
    language: str,
    *,
    n: int = 1,
) -> None:
    """Take a step on the draft as it was seen; say why where it cannot be taken."""
    seen, now = int(state.version or 0), dt.datetime.now(dt.UTC)
    try:
        after = grid_drafts.change(sources.store(), actor, data, seen, act, edit, n=n, now=now)
    except errors.GridmapError as fault:
        state.told = fault.sentence(language)
    else:
        state.version = after.version


def _take_presses(state: GridsState, data: CommunityData, actor: access.Actor, draft: Draft, language: str) -> None:
    """Do what was pressed on the map since the last run."""
    pressed, state.pressed = state.pressed, []
    for event in pressed:
        if isinstance(event, events.Dragged):
            _drag(state, data, actor, draft, event, language)
            continue
        try:
            act, buildings = _meant(state, data, event)
        except errors.GridmapError as fault:
            state.told = fault.sentence(language)
            continue
        if act and act != "fix" and state.target not in draft.sketch.looks:
            state.told = i18n.text("error.draft_target", language)
        elif act:
            change = partial(_pressed, act=act, buildings=buildings, to=state.target)
            step(state, data, actor, act, change, language, n=len(buildings))


def _drag(
    state: GridsState, data: CommunityData, actor: access.Actor, draft: Draft, event: events.Dragged, language: str
) -> None:
    """Draw a border over, as it was dragged on the map."""
    try:
        number = grids_grips.number(event.id, draft.version)
        shown = grid_drawing.drawn(data, draft.sketch, draft.base)
        effect = grid_borders.drag(data, shown, number, event.lon, event.lat)
    except errors.GridmapError as fault:
        state.told = fault.sentence(language)
    else:
        change = partial(grid_borders.drag_in, effect=effect)
        step(state, data, actor, "border", change, language, n=len(effect.moved))


def _pressed(sketch: Sketch, *, act: str, buildings: list[int], to: int | None) -> Sketch:
    return grid_sketch.fix(sketch, buildings) if act == "fix" else grid_sketch.move(sketch, buildings, int(to or 0))


def _meant(state: GridsState, data: CommunityData, event: events.Event) -> tuple[str, list[int]]:
    """Return what a press does, and to which buildings."""
    match event:
        case events.Lassoed() if state.tool == "lasso":
            return "lasso", grid_drawing.within(data, event.ring)
        case events.Clicked() if event.target == "building" and state.tool == "compound":
            return "compound", grid_drawing.compound_of(data, event.id)
        case events.Clicked() if event.target == "building" and state.tool == "building":
            return "move", [event.id]
        case events.Clicked() if event.target == "building" and state.tool == "fix":
            return "fix", [event.id]
    return "", []


def _drawn(state: GridsState, data: CommunityData, actor: access.Actor, draft: Draft, language: str) -> None:
    seen = Sight.of(actor, data.community)
    left, right = grids_map_view.body()
    shown: Drawn | None = None
    try:
        shown = grid_drawing.drawn(data, draft.sketch, draft.base)
    except errors.GridmapError as fault:
        found: tuple[Check, ...] = (Check(key="ground", holds=False, fields={"reason": fault.sentence(language)}),)
        areas = grid_divisions.present(data)
        drawn = Drawn(grids=areas.grids.iloc[:0], grid_of=areas.grid_of)
    else:
        found, drawn = grid_checks.of(data, shown, language, own_edge=draft.own_edge(data)), shown
    with right:
        _ways_back(state, data, actor, draft, language)
        _said(state, data, actor, draft, language)
        _tools(state, draft, language)
        if shown is not None:
            state.load = grids_bars_view.choose(seen, state.load, language)
            grids_bars_view.bars(shown, grid_divisions.loads(data, shown), state.load, language)
        grids_bars_view.checks(found, language)
        grids_repair_view.show(draft.repaired, data, language)
        _mend(state, data, actor, draft, language)
        grids_looks_view.show(state, data, actor, draft, step, language)
        grids_publish_view.show(state, data, draft, found, language)
    with left:
        fixed = grids_map_view.dots(data, sorted(draft.sketch.fixed), _FIXED, say("legend.fixed", language))
        mended = grids_repair_view.shapes(draft.repaired, language)
        grips = grids_grips.shapes(data, drawn, draft.version, language) if state.tool == "border" else []
        grids_map_view.show(
            data, drawn, language,
            above=[*mended, *fixed, *grips],
            legend=[grids_map_view.legend_row(_FIXED, palette.SHAPES[_FIXED].fill, language)]
            if draft.sketch.fixed else (),
            lasso=state.tool == "lasso", on_event=state.take,
        )  # fmt: skip
    if shown is not None:
        _tables(data, seen, shown, language)


def _ways_back(state: GridsState, data: CommunityData, actor: access.Actor, draft: Draft, language: str) -> None:
    store = sources.store()
    with st.container(horizontal=True, key="grids-ways"):
        for act, steps, way, icon in (
            ("undo", draft.past, grid_drafts.undo, ":material/undo:"),
            ("redo", draft.future, grid_drafts.redo, ":material/redo:"),
        ):
            if st.button(say(f"draft.{act}", language), icon=icon, key=f"grids-{act}", disabled=not steps):
                try:
                    state.version = way(store, actor, data, draft.version, now=dt.datetime.now(dt.UTC)).version
                except errors.GridmapError as fault:
                    state.told = fault.sentence(language)
                st.rerun()
        address = st.context.ip_address or ""

        def discard(by: access.Actor) -> str:
            grid_drafts.discard(store, by, data, address=address)
            state.version = None
            return say("draft.discarded", language)

        if st.button(say("draft.discard", language), icon=":material/delete:", key="grids-discard"):
            title = say("draft.discard", language)
            acts.ask(title, say("draft.discard.ask", language, n=len(draft.past)), title, discard, language)
    if draft.past:
        last = say(f"step.{draft.past[-1].act}", language, n=draft.past[-1].n)
        st.caption(say("draft.steps", language, n=len(draft.past), last=last))
    else:
        st.caption(say("draft.kept", language, time=i18n.time(draft.at, language, sources.time_zone())))


def _said(state: GridsState, data: CommunityData, actor: access.Actor, draft: Draft, language: str) -> None:
    """Say what the last press could not do, and which buildings have come or gone."""
    with st.container(key="grids-told"):
        if state.told:
            st.warning(chrome.literally(state.told), icon=":material/info:")
            state.told = ""
        new, gone = grid_drawing.missing(data, draft.sketch)
        if not new and not gone:
            return
        st.warning(say("draft.came", language, new=len(new), gone=len(gone)), icon=":material/update:")
        if st.button(say("draft.catch_up", language), icon=":material/playlist_add:", key="grids-catch-up"):
            step(state, data, actor, "catch_up", lambda sketch: grid_drawing.caught_up(data, sketch), language,
                 n=len(new) + len(gone))  # fmt: skip
            st.rerun()


def _tools(state: GridsState, draft: Draft, language: str) -> None:
    st.session_state["grids-tool"] = state.tool

    def choose() -> None:
        state.tool = st.session_state["grids-tool"]

    st.segmented_control(
        say("draft.tool", language), TOOLS, required=True, key="grids-tool", on_change=choose,
        format_func=lambda one: say(f"tool.{one}", language),
    )  # fmt: skip
    if state.tool not in ("fix", "border"):
        keys = sorted(draft.sketch.looks)
        st.session_state["grids-target"] = state.target if state.target in keys else None

        def aim() -> None:
            state.target = st.session_state["grids-target"]

        st.segmented_control(
            say("draft.target", language), keys, key="grids-target", on_change=aim,
            format_func=lambda key: chrome.literally(draft.sketch.called(key)),
        )  # fmt: skip
    st.caption(say(f"draft.hint.{state.tool}", language))


def _mend(state: GridsState, data: CommunityData, actor: access.Actor, draft: Draft, language: str) -> None:
    if not st.button(
        say("draft.mend", language), icon=":material/healing:", key="grids-mend", help=say("draft.mend.help", language)
    ):
        return
    even = []

    def mend(sketch: Sketch) -> Sketch:
        made, is_even = grid_drawing.mended(data, sketch, draft.past, draft.weighed, language)
        even.append(is_even)
        return made

    with st.spinner(say("draft.mend", language), show_time=True):
        step(state, data, actor, "mend", mend, language)
    if even == [False]:
        state.told = say("draft.uneven", language)
    st.rerun()


def _tables(data: CommunityData, seen: Sight, shown: Drawn, language: str) -> None:
    before = grid_divisions.present(data)
    table = grid_tables.changes(data, before, shown, language)
    households = int(data.buildings["households"].reindex(table.index).sum())
    st.markdown(chrome.literally(say("draft.changes", language, n=len(table), households=households)))
    loads = grids_bars_view.shown_loads(seen)
    grids_takeaway_view.offer(
        data, seen, title=say("draft.title", language), note=say("draft.note", language),
        sheets=lambda: {
            say("sheet.moved", language): table,
            say("sheet.grids", language): grid_tables.grids(data, shown, loads, leaders=False, language=language),
            say("sheet.buildings", language): grid_tables.buildings(data, shown, language),
        },
        shown=shown, proposed=True, key="draft", language=language,
    )  # fmt: skip
    st.dataframe(table, hide_index=True, width="stretch", placeholder="—", height=min(38 + 35 * len(table), 360))
