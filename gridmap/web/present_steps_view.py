"""The steps of a presentation in their order: each is worded, moved, left out; every change is kept at once."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import streamlit as st

from gridmap import errors, i18n
from gridmap.access import Actor
from gridmap.services import scenarios, story_keeping, story_steps, story_words
from gridmap.services.sight import Sight
from gridmap.services.story_facts import Facts
from gridmap.services.story_keeping import Story
from gridmap.services.story_steps import LONGEST_TEXT, LONGEST_TITLE, PERIODS, Content, Step
from gridmap.services.story_words import say
from gridmap.web import acts, chrome, sources

_MOST_ISSUES = 500


def show(facts: Facts, story: Story, actor: Actor, language: str) -> None:
    """Show the steps, and what is chosen for all of them."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="present-all"):
        period = st.segmented_control(
            say("period", language), PERIODS, default=story.content.period, required=True,
            format_func=lambda one: say(f"period.{one}", language),
            key=f"present-period-{story.number}-{story.version}",
        )  # fmt: skip
        undo = st.button(
            say("undo", language), icon=":material/undo:", key="present-undo",
            disabled=not story_keeping.earlier(sources.store(), actor, facts.data.community, story.number),
        )  # fmt: skip
    if period != story.content.period:
        _keep(facts, story, actor, lambda now: replace(now, period=str(period)), "changed", language)
    if undo:
        _undo(facts, story, actor, language)
    st.caption(say("steps", language, n=len(story.content.steps)))
    for number, step in enumerate(story.content.steps, 1):
        with st.container(border=True, key=f"present-step-{step.id}"):
            _step(facts, story, step, number, actor, language)
    with st.container(border=True, key="present-add"):
        _add(facts, story, actor, language)


def _step(facts: Facts, story: Story, step: Step, number: int, actor: Actor, language: str) -> None:
    kind = story_words.kind(step, language)
    with st.container(horizontal=True, vertical_alignment="center", key=f"present-head-{step.id}"):
        st.markdown(f"**{chrome.literally(say('step', language, n=number, kind=kind))}**", width="stretch")
        for by, sign, key in ((-1, ":material/arrow_upward:", "up"), (1, ":material/arrow_downward:", "down")):
            last = number == (1 if by < 0 else len(story.content.steps))
            help_ = say(f"step.{key}", language)
            if st.button(" ", icon=sign, key=f"present-{key}-{step.id}", disabled=last, help=help_):
                _keep(facts, story, actor, partial(story_steps.moved, step_id=step.id, by=by), "changed", language)
        if st.button(" ", icon=":material/delete:", key=f"present-out-{step.id}", help=say("step.remove", language)):
            _keep(facts, story, actor, lambda now: story_steps.removed(now, step.id), "removed", language)
    if facts.gone(step):
        why = story_words.left_out(facts, step)
        st.warning(chrome.literally(say("step.missing", language, why=why)), icon=":material/link_off:")
    usual = replace(step, title="", text="")
    said = _fields(facts, step, usual, actor, language)
    if said != step:
        _keep(facts, story, actor, lambda now: story_steps.changed(now, step, said), "changed", language, said)
    if step.text or step.title:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(say("step.own_words", language), width="content")
            if st.button(say("step.data_words", language), key=f"present-data-{step.id}", type="tertiary"):
                _keep(facts, story, actor, lambda now: story_steps.changed(now, step, usual), "changed", language)


def _fields(facts: Facts, step: Step, usual: Step, actor: Actor, language: str) -> Step:
    """Show what can be changed of a step, and return it as the fields say."""
    titled, written = story_words.title(facts, usual), "\n".join(story_words.written(facts, usual))
    words = "" if facts.gone(step) or step.kind == "words" else written
    ref = _which(facts, step, actor, language) if step.kind in story_steps.REFERS else step.ref
    with st.container(horizontal=True, vertical_alignment="bottom"):
        title = st.text_input(
            say("step.title", language), value=step.title or titled, max_chars=LONGEST_TITLE,
            key=_key("title", step, step.title or titled),
        )  # fmt: skip
        letters = ["", *sorted(facts.data.grids["letter"])]
        grid = st.selectbox(
            say("step.grid", language), letters, index=letters.index(step.grid) if step.grid in letters else 0,
            format_func=lambda one: one or say("step.grid.auto", language), width=130,
            key=_key("grid", step, step.grid),
        )  # fmt: skip
    text = st.text_area(
        say("step.text", language), value=step.text or words, max_chars=LONGEST_TEXT, height="content",
        key=_key("text", step, step.text or words),
    )  # fmt: skip
    shown = st.checkbox(say("step.shown", language), value=step.shown, key=_key("shown", step, str(step.shown)))
    return replace(
        step,
        ref=ref,
        grid=grid if grid in letters and (grid or step.grid in letters) else step.grid,
        title="" if _same(title, titled) else step.title if _same(title, step.title) else title,
        text="" if _same(text, words) else step.text if _same(text, step.text) else text,
        shown=shown,
    )


def _same(one: str, other: str) -> bool:
    lines = ([" ".join(line.split()) for line in text.splitlines() if line.strip()] for text in (one, other))
    return next(lines) == next(lines)


def _key(field: str, step: Step, value: str) -> str:
    """Return a field's key: what is kept being another, the field is another, and shows that."""
    return f"present-{field}-{step.id}-{hashlib.sha256(value.encode()).hexdigest()[:8]}"


def _which(facts: Facts, step: Step, actor: Actor, language: str) -> int | None:
    names = _choices(step.kind, facts, actor, language)
    if step.ref not in names:
        names = {step.ref: "—", **names} if step.ref is not None else {None: "—", **names}
    chosen: int | None = st.selectbox(
        say("step.which", language), list(names), index=list(names).index(step.ref),
        format_func=lambda one: names[one], key=_key("ref", step, str(step.ref)),
    )  # fmt: skip
    return chosen


def _choices(kind: str, facts: Facts, actor: Actor, language: str) -> dict[int | None, str]:
    """Return the things that a step of this kind may tell of, of those that the person may see."""
    data = facts.data
    if kind == "scenario":
        return {one.number: one.name for one in scenarios.listed(sources.store(), actor, data)}
    if kind == "project":
        rows = facts.projects.sort_values(["year", "seq"], ascending=[False, True], kind="stable")
        return {
            int(str(number)): f"{row['year']}-{row['seq']} {story_words.project_name(row)}"
            for number, row in rows.iterrows()
        }
    seen = sources.seen(data, Sight.of(actor, data.community))
    if not Sight.of(actor, data.community).layer("issues"):
        return {}
    issues = seen.issues.sort_values("reported_at", ascending=False, kind="stable").head(_MOST_ISSUES)
    return {
        int(str(number)): " · ".join(
            (str(row["code"]), data.categories.label(row["category"], language),
             i18n.text(f"issue_state.{row['state']}", language))
        )
        for number, row in issues.iterrows()
    }  # fmt: skip


def _add(facts: Facts, story: Story, actor: Actor, language: str) -> None:
    st.markdown(f"**{say('add', language)}**")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kind = st.selectbox(
            say("add.kind", language), story_steps.KINDS, format_func=lambda one: say(f"kind.{one}", language),
            key=f"present-add-kind-{len(story.content.steps)}", width=240,
        )  # fmt: skip
        ref: int | None = None
        if kind in story_steps.REFERS:
            names = _choices(kind, facts, actor, language)
            ref = st.selectbox(
                say("step.which", language), list(names), format_func=lambda one: names[one],
                key=f"present-add-{kind}", placeholder=say("add.none", language) if not names else None,
            )  # fmt: skip
        if st.button(say("add", language), icon=":material/add:", key="present-add-go"):
            _keep(facts, story, actor, lambda now: story_steps.added(now, kind, ref=ref), "added", language)


def _undo(facts: Facts, story: Story, actor: Actor, language: str) -> None:
    def act() -> str:
        story_keeping.go_back(
            sources.store(), actor, facts.data.community, story.number, version=story.version,
            now=dt.datetime.now(dt.UTC), address=st.context.ip_address or "",
        )  # fmt: skip
        return say("undone", language)

    if acts.attempt(act, language):
        st.rerun()


def _keep(
    facts: Facts,
    story: Story,
    actor: Actor,
    change: Callable[[Content], Content],
    told: str,
    language: str,
    said: Step | None = None,
) -> None:
    """Keep a change; where somebody else was quicker, say so, and show what was ``said`` so that it is not lost."""
    conflicts: list[errors.Conflict] = []

    def act() -> str:
        try:
            story_keeping.change(
                sources.store(), actor, facts.data.community, story.number, change,
                now=dt.datetime.now(dt.UTC), address=st.context.ip_address or "",
            )  # fmt: skip
        except errors.Conflict as fault:
            conflicts.append(fault)
            raise
        return say(told, language)

    if acts.attempt(act, language):
        st.rerun()
    if conflicts and said is not None and (said.title or said.text):
        st.code("\n".join(filter(None, (said.title, said.text))), language=None, wrap_lines=True)
