"""A search for places at work: begun, watched, and told that what it has come to is good enough."""

from __future__ import annotations

import streamlit as st

from gridmap import errors, i18n
from gridmap.analysis import siting
from gridmap.services import community_settings, siting_plan
from gridmap.services.community_data import CommunityData
from gridmap.web import chrome, session, sources
from gridmap.web.siting_job import Job
from gridmap.web.siting_state import SitingState

_PATIENCE_S = 1.0
_EVERY_S = 0.5


def say(key: str, language: str, **fields: object) -> str:
    """Return words of the search for places."""
    return i18n.text(f"reach.site.{key}", language, **fields)


def begin(mine: SitingState, data: CommunityData, language: str, *, curve: bool = False) -> None:
    """Begin what is wished, and take its answer at once if it is quick; else it goes on beside the page."""
    assert mine.wish is not None
    chosen = community_settings.of(sources.store(), community_settings.number(data.community))
    with st.spinner(say("searching", language), show_time=True):
        try:
            ground = siting_plan.prepare(data, chosen, mine.wish)
        except errors.GridmapError as fault:
            mine.refused = fault.sentence(language)
            return
        mine.job = Job(ground, curve=curve)
        if mine.job.start(_PATIENCE_S):
            _take(mine, mine.job, language)


def show(mine: SitingState, language: str) -> None:
    """Take the answer of a search that is over; of one that goes on, show how far it has come."""
    if mine.job is None:
        return
    if not mine.job.over:

        @st.fragment(run_every=_EVERY_S)
        def watched() -> None:
            # It runs without the page around it, which would have asked who this is.
            session.actor(language)
            job = mine.job
            if job is None or job.over:
                st.rerun()
            else:
                _progress(mine, job, language)

        watched()
        return
    _take(mine, mine.job, language)
    st.rerun()


def _take(mine: SitingState, job: Job, language: str) -> None:
    mine.job = None
    if job.fault is not None:
        if not isinstance(job.fault, errors.GridmapError):
            raise job.fault
        mine.refused = job.fault.sentence(language)
    elif job.curve:
        mine.curve = job.told
    else:
        mine.plan = job.plan


def _progress(mine: SitingState, job: Job, language: str) -> None:
    step, wish = job.step, job.ground.wish
    st.progress(min(1.0, job.seconds / wish.seconds), text=say("at_work", language, n=round(job.seconds)))
    if step is not None and step.value is not None:
        st.caption(chrome.literally(_so_far(job, step, language)))
    found = step is not None and step.opened is not None
    if st.button(say("enough", language), icon=":material/front_hand:", key="site-enough", disabled=not found):
        job.stop()
        _take(mine, job, language)
        st.rerun()


def _so_far(job: Job, step: siting.Step, language: str) -> str:
    aim = job.ground.asked.objective
    told = i18n.text(f"siting.so_far.{aim}", language, value=step.value)
    if step.gap is None:
        return told
    key = "siting.so_far.best" if step.gap == 0 else "siting.so_far.gap"
    return told + i18n.text(key, language, gap=i18n.percent(step.gap, language, 1))
