"""What visits are weighed with, in a form: points of reasons, intervals, minutes, half days."""

from __future__ import annotations

import datetime as dt
from functools import partial

import streamlit as st

from gridmap import i18n
from gridmap.access import Actor
from gridmap.services import community_settings, visit_rules, walk_wishes
from gridmap.services.community_data import CommunityData
from gridmap.web import acts, session, sources

_TURN = "walks_rules_turn"


def show(data: CommunityData, _actor: Actor, language: str) -> None:
    """Show the form, filled with what holds now."""

    def say(word: str, **fields: object) -> str:
        return i18n.text(f"visit_rules.{word}", language, **fields)

    now_holds = walk_wishes.weights(sources.store(), community_settings.number(data.community))
    usual, turn = visit_rules.usual(), int(st.session_state.get(_TURN, 0))
    st.caption(say("what"))
    wanted: dict[str, float] = {}
    with st.form(f"walks-rules-{turn}", width=980):
        for group, names in visit_rules.GROUPS.items():
            st.markdown(f"**{say(f'group.{group}')}**")
            with st.container(horizontal=True, key=f"walks-rules-{group}"):
                for name, (low, high) in names.items():
                    wanted[name] = st.number_input(
                        say(name), low, high, now_holds[name], step=_step(usual[name]), format="%g",
                        key=f"walks-rule-{name}-{turn}", help=say("usual", n=usual[name]), width=210,
                    )  # fmt: skip
        pressed = st.form_submit_button(say("save"), type="primary", key="walks-rules-save")

    def save(chosen: dict[str, float], by: Actor) -> str:
        changed = visit_rules.save(
            sources.store(), by, data.community, chosen, now=dt.datetime.now(dt.UTC),
            address=st.context.ip_address or "",
        )  # fmt: skip
        # The fields begin anew from what is kept.
        st.session_state[_TURN] = turn + 1
        return say("saved", names=[say(name) for name in changed]) if changed else say("as_it_was")

    if pressed and acts.attempt(lambda: save(wanted, session.actor(language)), language):
        st.rerun()
    own = [name for name in wanted if now_holds[name] != usual[name]]
    if own:
        st.caption(say("own", names=[f"{say(name)} {now_holds[name]:g} ({usual[name]:g})" for name in own]))
        if st.button(say("back"), icon=":material/undo:", key="walks-rules-back"):
            chosen = {name: usual[name] for name in own}
            acts.ask(say("back"), say("back.ask", n=len(own)), say("back"), partial(save, chosen), language)


def _step(usual: float) -> float:
    return 0.1 if usual < 2 else 0.5 if usual < 20 else 5.0
