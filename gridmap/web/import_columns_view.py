"""Which column of a file is which field: as the importer proposes it, and as the person corrects it."""

from __future__ import annotations

import streamlit as st

from gridmap import catalogues, i18n, model
from gridmap.access import Actor
from gridmap.exchange import columns, fields, hotline
from gridmap.services import import_profiles
from gridmap.services.community_data import CommunityData
from gridmap.services.import_preview import Look
from gridmap.web import chrome, sources
from gridmap.web.import_state import ImportState

_SURE = 0.8
_EXAMPLES = 3
_LONGEST_EXAMPLE = 18
_MOST_WORDS = 12


def show(state: ImportState, look: Look, data: CommunityData, actor: Actor, language: str) -> None:
    """Show a field of choice for each field of the kind; one that is not sure stands open to be looked at."""

    def say(key: str, **more: object) -> str:
        return i18n.text(f"data.{key}", language, **more)

    guesses = {guess.field: guess for guess in columns.propose(look.source.frame, state.kind, data.kinds)}
    known = columns.of_kind(state.kind)
    shown = [field for field in known if not (look.source.spatial and field in ("lon", "lat"))]
    unsure = [field for field, guess in guesses.items() if guess.confidence < _SURE and field not in state.mapping]
    taken = {field: _column(state, guesses, field) for field in shown}
    used = {heading for heading in taken.values() if heading}
    rest = [heading for heading in look.headings if heading not in used]
    unknown = _words(state, look, taken.get("state"))
    title = say("columns", n=len(used), all=len(look.headings))
    with st.expander(
        title, expanded=bool(unsure or not used or unknown), icon=":material/view_column:", key="import-columns"
    ):
        if unsure:
            st.caption(say("columns.unsure", n=len(unsure)))
        likely = [field for field in shown if taken[field] or field in state.mapping]
        more = len(likely) < len(shown) and st.toggle(say("columns.more"), key=f"more-{state.serial}")
        with st.container(horizontal=True, key="import-fields"):
            for field in shown if more or not likely else likely:
                _choice(state, look, guesses, field, taken[field], language)
        if rest:
            st.caption(chrome.literally(say("columns.rest", columns=rest)))
        _states(state, look, taken.get("state"), language)
        _profile(state, data, actor, language)


def _column(state: ImportState, guesses: dict[str, columns.Guess], field: str) -> str | None:
    if field in state.mapping:
        return state.mapping[field]
    guess = guesses.get(field)
    if guess is None or guess.confidence < columns.SURE_ENOUGH or str(guess.column) in state.mapping.values():
        return None
    return str(guess.column)


def _choice(
    state: ImportState, look: Look, guesses: dict[str, columns.Guess], field: str, taken: str | None, language: str
) -> None:
    key = f"field-{state.serial}-{state.kind}-{field}"

    def choose() -> None:
        heading = st.session_state[key]
        # One column is one field: where it was another's, that one has none now.
        for other in columns.of_kind(state.kind):
            if heading and other != field and _column(state, guesses, other) == heading:
                state.mapping[other] = None
        state.mapping[field] = heading
        state.anew()

    options = [None, *look.headings]
    st.session_state[key] = taken if taken in options else None
    guess = guesses.get(field)
    doubtful = guess is not None and guess.confidence < _SURE and taken == str(guess.column)
    doubtful = doubtful and field not in state.mapping
    with st.container(key=f"import-field-{field}", width=210, gap=None):
        st.selectbox(
            catalogues.label("import_columns", f"{state.kind}.{field}", language),
            options,
            format_func=lambda heading: i18n.text("data.columns.none", language) if heading is None else heading,
            key=key,
            on_change=choose,
            placeholder=i18n.text("data.columns.none", language),
        )
        example = "" if taken is None else _examples(look, taken)
        mark = i18n.text("data.columns.check", language) + " " if doubtful else ""
        st.caption(chrome.literally(mark + example) or "\u00a0")


def _words(state: ImportState, look: Look, heading: str | None) -> list[str]:
    """Return the words of the column of states that are not known."""
    if state.kind != "issues" or heading is None:
        return []
    return hotline.unknown_states(look.source.frame[heading].tolist())[:_MOST_WORDS]


def _states(state: ImportState, look: Look, heading: str | None, language: str) -> None:
    """Ask what is meant by the words for states that are not known."""
    unknown = _words(state, look, heading)
    if not unknown:
        return
    st.caption(i18n.text("data.states.help", language, n=len(unknown)))

    def choose(word: str, key: str) -> None:
        chosen = st.session_state[key]
        state.states = {known: meant for known, meant in state.states.items() if known != word}
        if chosen is not None:
            state.states[word] = chosen
        state.anew()

    def name(chosen: str | None) -> str:
        return i18n.text("data.states.none" if chosen is None else f"issue_state.{chosen}", language)

    with st.container(horizontal=True, key="import-states"):
        for n, word in enumerate(unknown):
            key = f"state-{state.serial}-{n}"
            st.session_state[key] = state.states.get(word)
            st.selectbox(
                chrome.literally(i18n.text("data.states.word", language, word=word[:_LONGEST_EXAMPLE])),
                [None, *(one.value for one in model.IssueState)],
                format_func=name,
                key=key,
                on_change=choose,
                args=(word, key),
                width=210,
            )


def _examples(look: Look, heading: str) -> str:
    cells = [fields.fold(cell) for cell in look.source.frame[heading].head(200).tolist()]
    some = list(dict.fromkeys(cell[:_LONGEST_EXAMPLE] for cell in cells if cell))
    return "、".join(some[:_EXAMPLES])


def _profile(state: ImportState, data: CommunityData, actor: Actor, language: str) -> None:
    """Offer to remember the columns under a name, for the next file that looks like this one."""

    def say(key: str, **more: object) -> str:
        return i18n.text(f"data.profile{key}", language, **more)

    if state.profile:
        st.caption(chrome.literally(say(".used", name=state.profile)))
    if state.preview is None:
        return
    with st.container(horizontal=True, vertical_alignment="bottom", key="import-profile"):
        name = st.text_input(
            say(""), key=f"profile-{state.serial}", max_chars=60, width=260, placeholder=say(".example")
        ).strip()
        if st.button(say(".save"), icon=":material/bookmark:", key="profile-save", disabled=not name):
            profile = import_profiles.of_preview(state.preview, name)
            import_profiles.save(sources.store(), actor, data.community, profile)
            state.profile = name
            st.toast(chrome.literally(say(".saved", name=name)), icon=":material/check:")
