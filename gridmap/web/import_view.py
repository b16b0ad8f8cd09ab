"""Taking a file in: which one, what its columns are, where its rows lie, what keeping it would do, and keeping it."""

from __future__ import annotations

import datetime as dt

import streamlit as st

from gridmap import errors, i18n, settings
from gridmap.access import Actor
from gridmap.exchange import columns, reading
from gridmap.services import grid_repair_draft, import_kinds, import_likely, import_profiles, importing
from gridmap.services.community_data import CommunityData
from gridmap.services.import_preview import Look, Preview
from gridmap.web import (
    acts,
    chrome,
    import_columns_view,
    import_kinds_view,
    import_map_view,
    import_repair_view,
    import_rows_view,
    import_state,
    sources,
    upload,
)
from gridmap.web.import_state import ImportState

_DATUMS = ("wgs84", "gcj02", "bd09")


def say(key: str, language: str, **fields: object) -> str:
    """Return words of the page of data."""
    return i18n.text(f"data.{key}", language, **fields)


def show(data: CommunityData, actor: Actor, language: str) -> None:
    """Show the import as far as it has come."""
    state = import_state.current()
    _told(state, data, actor, language)
    _file(state, language)
    if state.path is None:
        st.markdown(chrome.literally(say("formats", language)))
        return
    with chrome.faults(language):
        look = _look(state, data, actor, language)
        if look is None:
            return
        _what(state, look, data, actor, language)
        import_columns_view.show(state, look, data, actor, language)
        _place(state, look, language)
        preview = _prepared(state, look, data, actor, language)
        if preview is None:
            return
        _doubted(state, preview, language)
        import_rows_view.counted(preview, language)
        import_kinds_view.show(preview, data, actor, language)
        import_repair_view.show(state, preview, data, language)
        if preview.repairs is not None and len(preview.repairs) and grid_repair_draft.may(actor, data):
            import_repair_view.draft(state, preview, data, actor, language)
        else:
            _keep(state, preview, actor, language)
        if len(preview.new) or preview.unplaced or len(import_map_view.refused(preview)):
            import_map_view.show(state, preview, data, language)
        import_rows_view.show(preview, data, language)


def _file(state: ImportState, language: str) -> None:
    limit_mb = min(settings.defaults()["imports"]["largest_file_mb"], st.get_option("server.maxUploadSize"))
    given = upload.file(say("file", language), f"file-{state.serial}", language, largest_mb=int(limit_mb))
    if given is None:
        if state.path is not None:
            state.forget()
            st.rerun()
    elif given.file_id != state.file_id:
        serial = state.serial
        state.take_file(given.name, given.getbuffer(), given.file_id)
        state.serial = serial  # the field that holds it stays
        state.report = None


def _look(state: ImportState, data: CommunityData, actor: Actor, language: str) -> Look | None:
    """Read the file, once; where it has several parts, ask which."""
    assert state.path is not None
    if state.look is not None:
        return state.look
    with st.spinner(say("reading", language), show_time=True):
        try:
            look = importing.look(
                sources.store(), state.path, state.part, kind=state.kind or None, crs=state.crs or None
            )
        except errors.InputError as fault:
            _ask_further(state, fault, language)
            return None
    state.look = look
    open_to = import_kinds.open_to(actor, data.community)
    likely = state.kind or import_likely.kind(look.source)
    _kind(state, likely if likely in open_to else open_to[0], data)
    return look


def _kind(state: ImportState, kind: str, data: CommunityData) -> None:
    """Take the file for a kind of register; where columns like its own were remembered, they are used."""
    state.kind, state.mapping, state.profile, state.states = kind, {}, "", {}
    state.anew()
    headings = [] if state.look is None else state.look.headings
    found = import_profiles.find(sources.store(), data.community, kind, headings)
    if found is not None:
        state.mapping, state.profile = found.mapping_of(headings), found.name
        state.crs, state.datum, state.states = found.crs, found.datum, dict(found.states)


def _ask_further(state: ImportState, fault: errors.InputError, language: str) -> None:
    """Say why a file cannot be read as it is, and ask for what would help: a part of it, or its CRS."""
    st.warning(chrome.literally(fault.sentence(language)), icon=":material/help:")
    if fault.key in ("several_layers", "several_sheets") and state.path is not None:
        names = [part.name for part in reading.parts(state.path)]
        part = st.selectbox(say("part_name", language), names, index=None, key=f"ask-part-{state.serial}")
        if part:
            state.part = part
            st.rerun()
    if fault.key in ("no_crs", "dxf_crs"):
        crs = st.text_input(say("crs", language), key=f"ask-crs-{state.serial}", placeholder="EPSG:4545")
        if crs:
            state.crs = crs
            st.rerun()


def _what(state: ImportState, look: Look, data: CommunityData, actor: Actor, language: str) -> None:
    """Ask what is in the file, and which part of it is meant."""
    kinds = import_kinds.open_to(actor, data.community)
    kind_key, part_key = f"kind-{state.serial}", f"part-{state.serial}"

    def chosen_kind() -> None:
        _kind(state, st.session_state[kind_key], data)

    def chosen_part() -> None:
        state.part = st.session_state[part_key]
        state.anew(read=True)

    with st.container(horizontal=True, vertical_alignment="bottom", key="import-what"):
        st.selectbox(
            say("kind", language),
            kinds,
            index=kinds.index(state.kind),
            format_func=lambda kind: i18n.text(f"kind.{kind}", language),
            key=kind_key,
            on_change=chosen_kind,
            width=220,
        )
        names = [part.name for part in look.parts]
        if len(names) > 1:
            st.selectbox(
                say("part_name", language),
                names,
                index=names.index(look.source.part) if look.source.part in names else 0,
                key=part_key,
                on_change=chosen_part,
                width=260,
            )


def _place(state: ImportState, look: Look, language: str) -> None:
    """Ask for the datum of the coordinates, and for their CRS where the file does not say it."""
    cells = state.mapping.get("lon") or any(
        guess.field == "lon" for guess in columns.propose(look.source.frame, state.kind)
    )
    if not look.source.spatial and not cells:
        return

    datum_key, crs_key = f"datum-{state.serial}", f"crs-{state.serial}"

    def chosen() -> None:
        state.datum = st.session_state[datum_key]
        state.crs = st.session_state[crs_key].strip()
        state.anew()

    with st.container(horizontal=True, vertical_alignment="bottom", key="import-place"):
        st.session_state[datum_key] = state.datum
        st.segmented_control(
            say("datum", language),
            _DATUMS,
            format_func=lambda datum: say(f"datum.{datum}", language),
            key=datum_key,
            required=True,
            on_change=chosen,
            help=say("datum.help", language),
        )
        st.session_state[crs_key] = state.crs
        declared = say("crs.declared", language) if look.source.spatial else "EPSG:4326"
        st.text_input(
            say("crs", language), key=crs_key, placeholder=declared, on_change=chosen, width=200,
            help=say("crs.help", language),
        )  # fmt: skip


def _prepared(state: ImportState, look: Look, data: CommunityData, actor: Actor, language: str) -> Preview | None:
    """Find out what keeping the file would do, with progress and a way to stop it."""
    store = sources.store()
    fresh = state.preview
    if fresh is not None and (fresh.revision, fresh.edition) == (store.revision(fresh.community_id), store.edition()):
        return fresh
    if state.stopped:
        st.info(say("stopped", language), icon=":material/pause_circle:")
        if st.button(say("go_on", language), icon=":material/play_arrow:", key="import-go-on"):
            state.stopped = False
            st.rerun()
        return None

    def stop() -> None:
        state.stopped = True

    def tell(share: float) -> None:
        # A press on the button ends this run here, and the store takes the rehearsal back.
        bar.progress(min(share, 1.0), text=say("checking", language))

    place = st.empty()
    with place.container(key="import-progress"):
        bar = st.progress(0.0, text=say("checking", language))
        st.button(say("stop", language), icon=":material/stop_circle:", on_click=stop, key="import-stop")
    state.preview = importing.prepare(
        store,
        data.community,
        look,
        state.kind,
        mapping=state.mapping,
        crs=state.crs or None,
        datum=state.datum,
        placements=state.placements,
        states=state.states,
        repair=state.repair and state.kind == "grids",
        actor=actor,
        progress=tell,
    )
    place.empty()
    state.fits += 1
    return state.preview


def _doubted(state: ImportState, preview: Preview, language: str) -> None:
    """Say what speaks against the datum, and offer the likelier one."""
    if preview.doubt is None:
        return
    likely = str(preview.doubt.likely.value)
    with st.container(border=True, key="doubt-datum"):
        st.warning(chrome.literally(preview.doubt.sentence(language)), icon=":material/help:")
        words = say("take_datum", language, datum=say(f"datum.{likely}", language))
        if st.button(words, key=f"take-{likely}", icon=":material/my_location:"):
            state.datum = likely
            state.anew()
            st.rerun()


def _keep(state: ImportState, preview: Preview, actor: Actor, language: str) -> None:
    """Offer to keep what the preview shows."""
    n = preview.added + preview.changed
    good = preview.rows - preview.refused
    with st.container(horizontal=True, vertical_alignment="center", key="import-keep"):
        if preview.refused and good:
            label = say("keep_good", language, n=n, refused=preview.refused)
        else:
            label = say("keep", language, n=n)
        nothing = n == 0 or good == 0
        if st.button(label, type="primary", icon=":material/save:", disabled=nothing, key="import-keep-it"):
            with st.spinner(say("keeping", language), show_time=True), chrome.faults(language):
                state.report = importing.keep(
                    sources.store(),
                    actor,
                    preview,
                    skip_refused=preview.refused > 0,
                    now=dt.datetime.now(dt.UTC),
                    address=st.context.ip_address or "",
                )
                state.forget()
                st.rerun()
        if st.button(say("leave", language), icon=":material/close:", key="import-leave"):
            state.forget()
            st.rerun()
        if n == 0 and not preview.refused:
            st.caption(say("nothing_new", language))


def _told(state: ImportState, data: CommunityData, actor: Actor, language: str) -> None:
    """Say what was kept, and offer to take it back."""
    report = state.report
    if report is None:
        return
    with st.container(key="import-told"):
        st.success("\n\n".join(map(chrome.literally, report.summary(language).splitlines())), icon=":material/check:")
        run = report.run
        if run is None or not st.button(say("undo", language), icon=":material/undo:", key="import-undo"):
            return
        if acts.attempt(lambda: import_rows_view.undo(run, data, actor, language), language):
            state.report = None
            st.rerun()
