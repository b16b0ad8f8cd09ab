"""The answer of a search for places: what it comes to, why each place, others as good, what each further one gains."""

from __future__ import annotations

import datetime as dt
from html import escape

import streamlit as st

from gridmap import access, i18n
from gridmap.access import Action
from gridmap.services import scenarios, siting_curve, siting_words
from gridmap.services.community_data import CommunityData
from gridmap.services.siting_curve import Curve
from gridmap.services.siting_plan import Plan
from gridmap.web import acts, chrome, siting_progress_view, sources
from gridmap.web.coverage_state import CoverageState
from gridmap.web.siting_state import SitingState


def say(key: str, language: str, **fields: object) -> str:
    """Return words of the search for places."""
    return i18n.text(f"reach.site.{key}", language, **fields)


def show(state: CoverageState, data: CommunityData, actor: access.Actor, language: str) -> None:
    """Show the answer."""
    mine = state.siting
    plan, wish = mine.plan, mine.wish
    assert plan is not None
    assert wish is not None
    with st.container(key="site-answer"):
        st.markdown(chrome.literally(siting_words.verdict(plan, language)))
        shown = _which(mine, plan, language)
        for n, one in enumerate(shown.chosen, 1):
            st.markdown(chrome.literally(say("place", language, n=n, name=one.place.name, why=one.said(language))))
        if closed := shown.points.loc[list(shown.closed), "name"].tolist():
            st.markdown(chrome.literally(say("closes", language, names=closed)))
        for line in siting_words.notes(shown, wish, language):
            st.caption(chrome.literally(line))
        if plan.answer.value is None:
            return
        _curve(mine, data, language)
    if may(actor, data):
        _keep(mine, data, actor, shown, language)


def may(actor: access.Actor, data: CommunityData) -> bool:
    """Tell whether a person may keep and adopt scenarios here."""
    place = {"street_id": data.community.street_id, "community_id": data.community.id}
    return access.decide(actor, Action.EDIT_POINTS, **place).allowed


def _which(mine: SitingState, plan: Plan, language: str) -> Plan:
    """Let one of the answers be put on the map."""
    if not plan.alternatives:
        return plan

    def choose() -> None:
        mine.shown = int(st.session_state["site-shown"])

    st.segmented_control(
        say("shown", language), range(len(plan.alternatives) + 1), default=mine.shown, required=True, key="site-shown",
        on_change=choose, format_func=lambda n: say("best" if n == 0 else "other", language, n=n),
    )  # fmt: skip
    for n, other in enumerate(plan.alternatives, 1):
        line = say("other.line", language, n=n, difference=siting_words.difference(plan, other, language))
        st.caption(chrome.literally(line))
    return mine.on_map or plan


def _curve(mine: SitingState, data: CommunityData, language: str) -> None:
    if mine.curve is None:
        if st.button(say("curve", language), icon=":material/stairs:", key="site-curve", disabled=mine.job is not None):
            siting_progress_view.begin(mine, data, language, curve=True)
            st.rerun()
        return
    st.markdown(f"**{say('curve', language)}**")
    if not mine.curve.rungs:
        st.caption(i18n.text("siting.curve.none", language))
        return
    st.html(_bars(mine.curve, language))
    with st.expander(say("curve.table", language)):
        st.dataframe(siting_curve.table(mine.curve, language), hide_index=True, width="stretch", placeholder="")


def _bars(told: Curve, language: str) -> str:
    """Draw a bar a step, as long as what it gains, with its sentence."""
    gains = [one.gain for one in told.rungs if one.gain is not None]
    longest = max([*gains, 1.0])
    rows = []
    for one, line in zip(told.rungs, siting_curve.lines(told, language), strict=False):
        share = 0.0 if one.gain is None else 100 * max(one.gain, 0.0) / longest
        rows.append(f'<li><i style="width:{share:.1f}%"></i><span>{escape(line)}</span></li>')
    over = f"<p>{escape(i18n.text('siting.curve.over', language))}</p>" if told.over else ""
    return f'<ol class="gm-rungs">{"".join(rows)}</ol>{over}'


def _keep(mine: SitingState, data: CommunityData, actor: access.Actor, shown: Plan, language: str) -> None:
    assert mine.wish is not None
    wish = mine.wish
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.text_input(say("name", language), key="site-name", max_chars=100)
        if st.button(say("save", language), icon=":material/save:", key="site-save", disabled=not name.strip()):

            def keep() -> str:
                kept = scenarios.save(
                    sources.store(), actor, data, shown, wish, name, now=dt.datetime.now(dt.UTC),
                    address=st.context.ip_address or "",
                )  # fmt: skip
                mine.compared = kept.number
                return say("saved", language, name=kept.name)

            if acts.attempt(keep, language):
                st.rerun()
