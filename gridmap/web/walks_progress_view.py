"""A plan of walks at work: begun, watched, and told that what it has come to is good enough."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from gridmap import errors
from gridmap.services.community_data import CommunityData
from gridmap.services.sight import Sight
from gridmap.services.walk_plan_tables import say
from gridmap.services.walk_plans import Question
from gridmap.web import session, sources
from gridmap.web.walks_job import Job
from gridmap.web.walks_plan_state import PlanState

# A search that was to be quick is waited for; of a longer one it is shown how far it has come.
_PATIENCE_S = 1.5
_EVERY_S = 0.5
_QUICK_S = 1.0
_ENDING_S = 10.0


def begin(mine: PlanState, data: CommunityData, seen: Sight, question: Question, language: str) -> None:
    """Begin what is asked, and take its answer at once if it is quick; else it goes on beside the page."""
    mine.refused = ""
    with st.spinner(say("working", language), show_time=True):
        mine.job = Job(sources.store(), data, seen, question)
        if mine.job.start(_PATIENCE_S + question.seconds if question.seconds <= _QUICK_S else _PATIENCE_S):
            _take(mine, mine.job, language)


def again(mine: PlanState, data: CommunityData, seen: Sight, wanted: Question, language: str) -> None:
    """Plan the rest anew around what a person has changed, and show it: they wait for it."""
    begin(mine, data, seen, replace(wanted, seconds=min(wanted.seconds, _QUICK_S)), language)
    st.rerun()


def show(mine: PlanState, language: str) -> None:
    """Take the answer of a plan that is over; of one that goes on, show how far it has come."""
    if mine.job is None:
        return
    if mine.job.over:
        _take(mine, mine.job, language)
        st.rerun()

    @st.fragment(run_every=_EVERY_S)
    def watched() -> None:
        # It runs without the page around it, which would have asked who this is.
        session.actor(language)
        job = mine.job
        if job is None or job.over:
            st.rerun()
        else:
            _progress(job, language)

    watched()


def _take(mine: PlanState, job: Job, language: str) -> None:
    mine.job = None
    if job.fault is not None:
        if not isinstance(job.fault, errors.GridmapError):
            raise job.fault
        mine.refused = job.fault.sentence(language)
    elif job.result is not None:
        mine.take_made(job.result)


def _progress(job: Job, language: str) -> None:
    st.progress(min(1.0, job.seconds / job.question.seconds), text=say("at_work", language, n=round(job.seconds)))
    step = job.step
    if step is not None:
        st.caption(say("so_far", language, prize=round(step.prize, 1), walk_m=round(step.walk_m)))
    if st.button(say("enough", language), icon=":material/front_hand:", key="walk-plan-enough", disabled=step is None):
        job.stop()
        job.wait(_ENDING_S)
        st.rerun()
