"""One of the ten practical things: its card, its form, its steps, opinions and photos."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
import streamlit as st

from gridmap import i18n, model
from gridmap.access import Actor
from gridmap.model import PhotoStage, ProjectState, Stance
from gridmap.services import layers, register_photos, register_projects, sight
from gridmap.services.community_data import CommunityData
from gridmap.services.register_projects import Projects
from gridmap.services.sight import Sight
from gridmap.web import (
    acts,
    chrome,
    issue_photos_view,
    record_history_view,
    registers_bin_view,
    registers_list_view,
    registers_state,
    upload,
)
from gridmap.web.registers_state import RegistersState

_LARGEST_MB = 30
_STAGES = (PhotoStage.BEFORE, PhotoStage.AFTER)


def show(
    here: RegistersState,
    data: CommunityData,
    actor: Actor,
    projects: Projects,
    number: int,
    language: str,
    *,
    may: bool,
) -> None:
    """Show the card of a project, or its form."""
    seen = Sight.of(actor, data.community)
    row = projects.rows.loc[number]
    if here.editing and may:
        form(here, data, projects, number, int(row["year"]), language)
        return
    facts = {
        "state": register_projects.state(projects, number, language),
        "place": register_projects.where(data, row),
        "owner": register_projects.owner(data, seen, row),
        "budget_yuan": "" if pd.isna(row["budget_yuan"]) else f"{row['budget_yuan']:,.0f}",
        "due_on": "" if pd.isna(row["due_on"]) else i18n.date(row["due_on"], language),
        "done_on": "" if pd.isna(row["done_on"]) else i18n.date(row["done_on"], language),
        "before": row["before"],
        "after": row["after"],
    }
    registers_list_view.facts(facts, language)
    if may:
        with st.container(horizontal=True):
            st.button(
                i18n.text("register.project.edit", language), icon=":material/edit:", key="register-edit",
                on_click=here.edit, args=(True,),
            )  # fmt: skip
            registers_bin_view.button(
                here, data, "projects", number, str(row["name"]), language, version=int(row["version"]), card=True
            )
    _steps(here, data, projects, number, language, may=may)
    _opinions(here, data, projects, number, language, may=may)
    _photos(here, data, projects, number, language, may=may)
    record_history_view.show(data, actor, model.Project, number, language)


def form(
    here: RegistersState, data: CommunityData, projects: Projects, number: int | None, year: int, language: str
) -> None:
    """Show the form of a project, and keep what stands in it when it is sent."""
    key = f"project-{number}-{here.turn}"
    # What the form was opened on: a change by somebody else meanwhile must not be overwritten unseen.
    row: Any = st.session_state.setdefault(f"{key}-opened", None if number is None else projects.rows.loc[number])
    kept = {
        name: "" if row is None or pd.isna(row[name]) else str(row[name])
        for name in ("name", "address", "before", "after")
    }
    whose = "" if row is None else register_projects.owner(data, sight.EVERYTHING, row)
    homes = layers.building_titles(data.buildings, language)
    titles: dict[int, str] = dict(zip(homes.index.tolist(), homes.tolist(), strict=True))
    home = None if row is None or pd.isna(row["building_id"]) else int(row["building_id"])

    cost = None if row is None or pd.isna(row["budget_yuan"]) else float(row["budget_yuan"])

    def say(name: str) -> str:
        return i18n.text(f"register.column.{name}", language)

    with st.form(key, border=True):
        name = st.text_input(say("name") + " *", value=kept["name"], max_chars=100, key=f"{key}-name")
        left, right = st.columns(2, gap="medium")
        with left:
            owner = st.text_input(
                say("owner"),
                value=whose,
                max_chars=100,
                key=f"{key}-owner",
                help=i18n.text("register.project.owner", language),
            )
            building = st.selectbox(
                say("building"), list(titles), index=list(titles).index(home) if home in titles else None,
                format_func=lambda one: titles[one], key=f"{key}-building",
                placeholder=i18n.text("record.none_chosen", language),
            )  # fmt: skip
            address = st.text_input(say("place"), value=kept["address"], max_chars=100, key=f"{key}-address")
            budget = st.number_input(
                say("budget_yuan"), value=cost,
                min_value=0.0, step=1000.0, format="%.0f", key=f"{key}-budget",
            )  # fmt: skip
        with right:
            states = [ProjectState.PLANNED, ProjectState.RUNNING, ProjectState.LATE, ProjectState.DONE]
            at = st.selectbox(
                say("state"), states, index=0 if row is None else states.index(ProjectState(row["state"])),
                format_func=lambda one: i18n.text(f"project_state.{one}", language), key=f"{key}-state",
            )  # fmt: skip
            due = st.date_input(say("due_on"), value=_day(row, "due_on"), format="YYYY-MM-DD", key=f"{key}-due")
            done = st.date_input(say("done_on"), value=_day(row, "done_on"), format="YYYY-MM-DD", key=f"{key}-done")
        before = st.text_area(say("before"), value=kept["before"], max_chars=1000, key=f"{key}-before", height=90)
        after = st.text_area(say("after"), value=kept["after"], max_chars=1000, key=f"{key}-after", height=90)
        sent = st.form_submit_button(i18n.text("register.save", language), type="primary", icon=":material/save:")
    values: dict[str, Any] = {
        "name": name, "owner": owner, "building_id": building, "address": address,
        "budget_yuan": "" if budget is None else f"{budget:.2f}", "before": before, "after": after,
    }  # fmt: skip
    was = kept | {"owner": whose, "building_id": home}
    was["budget_yuan"] = "" if cost is None else f"{cost:.2f}"
    changed = values if row is None else {field: value for field, value in values.items() if value != was[field]}

    def save() -> str:
        made = register_projects.save(
            registers_state.writer(data, language), number, None if row is None else int(row["version"]), changed,
            year=year, at=at, due_on=due, done_on=done,
        )  # fmt: skip
        here.choose(made)
        return i18n.text("register.saved", language, title=name)

    if sent and acts.attempt(save, language):
        st.rerun()
    if number is not None:
        st.button(i18n.text("acts.leave_it", language), key="register-leave", on_click=here.edit, args=(False,))


def _day(row: Any, name: str) -> dt.date | None:
    return None if row is None or pd.isna(row[name]) else row[name]


def _steps(
    here: RegistersState, data: CommunityData, projects: Projects, number: int, language: str, *, may: bool
) -> None:
    steps = projects.steps(number)
    st.markdown(f"**{i18n.text('register.project.steps', language)}**")
    if steps.empty:
        st.caption(i18n.text("register.project.no_steps", language))
    for one, step in steps.iterrows():
        late = pd.isna(step["done_on"]) and not pd.isna(step["due_on"]) and step["due_on"] < data.day
        parts = [
            ("✓ " if not pd.isna(step["done_on"]) else "○ ") + step["name"],
            "" if pd.isna(step["due_on"]) else i18n.text("register.project.by", language, day=step["due_on"]),
            "" if pd.isna(step["done_on"]) else i18n.text("register.project.done", language, day=step["done_on"]),
            i18n.text("register.project.late", language, n=(data.day - step["due_on"]).days) if late else "",
        ]
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(chrome.literally(" · ".join(part for part in parts if part)), width="stretch")
            if may:
                _step_buttons(here, data, number, int(str(one)), step, language)
    if may:
        key = f"step-{number}-{here.turn}"
        with st.form(key, border=False), st.container(horizontal=True, vertical_alignment="bottom"):
            name = st.text_input(
                i18n.text("register.project.step", language), max_chars=100, key=f"{key}-name", width=220
            )
            due = st.date_input(
                i18n.text("register.column.due_on", language),
                value=None,
                format="YYYY-MM-DD",
                key=f"{key}-due",
                width=150,
            )
            sent = st.form_submit_button(i18n.text("register.project.add_step", language), icon=":material/add:")

        def add() -> str:
            writes = registers_state.writer(data, language)
            register_projects.step(writes, number, None, name=name, due_on=due, done_on=None)
            return i18n.text("register.saved", language, title=name)

        if sent and acts.attempt(add, language):
            here.turn += 1
            st.rerun()


def _step_buttons(
    here: RegistersState, data: CommunityData, number: int, one: int, step: pd.Series, language: str
) -> None:
    done = not pd.isna(step["done_on"])
    due = None if pd.isna(step["due_on"]) else step["due_on"]

    def turn() -> str:
        writes = registers_state.writer(data, language)
        day = None if done else data.day
        register_projects.step(writes, number, one, name=str(step["name"]), due_on=due, done_on=day)
        return i18n.text("register.saved", language, title=str(step["name"]))

    word = i18n.text("register.project.undone" if done else "register.project.mark_done", language)
    if st.button(word, key=f"step-done-{one}") and acts.attempt(turn, language):
        st.rerun()
    registers_bin_view.button(here, data, "milestones", one, str(step["name"]), language, small=True)


def _opinions(
    here: RegistersState, data: CommunityData, projects: Projects, number: int, language: str, *, may: bool
) -> None:
    st.markdown(f"**{i18n.text('register.project.opinions', language)}**")
    counts = [(stance, n) for stance, n in projects.voices(number).items() if n]
    said = " · ".join(f"{i18n.text(f'stance.{stance}', language)} {n}" for stance, n in counts)
    st.caption(said or i18n.text("register.project.no_opinions", language))
    mine = projects.opinions[projects.opinions["project_id"] == number].sort_values("day", ascending=False)
    if len(mine):
        told = {
            "day": mine["day"],
            "stance": mine["stance"].map(lambda one: i18n.text(f"stance.{one}", language)),
            "number": mine["number"],
            "text": mine["text"],
        }
        words = {name: i18n.text(f"register.column.{name}", language) for name in told}
        table = pd.DataFrame(told).rename(columns=words).apply(registers_list_view.days_told)
        shown: Any = st.dataframe(
            table, hide_index=True, width="stretch", placeholder="", key=f"opinions-{number}-{language}-{here.turn}",
            height=38 + 35 * min(len(table), 8), on_select="rerun" if may else "ignore", selection_mode="single-row",
        )  # fmt: skip
        picked = shown["selection"]["rows"] if may else []
        if picked:
            title = " ".join(str(cell) for cell in table.iloc[picked[0], :3])
            registers_bin_view.button(here, data, "opinions", int(mine.index[picked[0]]), title, language)
    if not may:
        return
    key = f"opinion-{number}-{here.turn}"
    word = i18n.text("register.project.hear", language)
    with st.expander(word, icon=":material/how_to_vote:"), st.form(key, border=False):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            stance = st.segmented_control(
                i18n.text("register.column.stance", language), list(Stance), default=Stance.FOR, required=True,
                format_func=lambda one: i18n.text(f"stance.{one}", language), key=f"{key}-stance",
            )  # fmt: skip
            n = st.number_input(
                i18n.text("register.column.number", language), value=1, min_value=1, max_value=100_000,
                key=f"{key}-n", width=120,
            )  # fmt: skip
            day = st.date_input(
                i18n.text("register.column.day", language), value=data.day, max_value=data.day, format="YYYY-MM-DD",
                key=f"{key}-day", width=150,
            )  # fmt: skip
        text = st.text_input(
            i18n.text("register.column.text", language), max_chars=1000, key=f"{key}-text",
            help=i18n.text("register.project.no_names", language),
        )  # fmt: skip
        sent = st.form_submit_button(i18n.text("register.save", language), icon=":material/save:")

    def hear() -> str:
        register_projects.hear(registers_state.writer(data, language), number, stance, int(n), text, day)
        return i18n.text("register.saved", language, title=str(projects.rows.at[number, "name"]))

    if sent and acts.attempt(hear, language):
        here.turn += 1
        st.rerun()


def _photos(
    here: RegistersState, data: CommunityData, projects: Projects, number: int, language: str, *, may: bool
) -> None:
    mine = projects.photos[projects.photos["project_id"] == number]
    st.markdown(f"**{i18n.text('register.project.photos', language)}**")
    if mine.empty:
        st.caption(i18n.text("register.project.no_photos", language))
    for column, stage in zip(st.columns(2), _STAGES, strict=True):
        of_stage = mine[mine["stage"] == stage.value]
        with column:
            if len(of_stage):
                st.caption(i18n.text(f"photo_stage.{stage}", language))
                st.html(issue_photos_view.strip(of_stage["sha256"], language))
            for n, photo in enumerate(of_stage.index, start=1):
                if may:
                    _remove(here, data, int(photo), n, language)
    if not may:
        return
    with st.expander(i18n.text("register.project.add_photo", language), icon=":material/add_a_photo:"):
        stage = st.segmented_control(
            i18n.text("issue.stage", language), list(_STAGES), default=PhotoStage.BEFORE, required=True,
            key=f"project-stage-{number}", format_func=lambda one: i18n.text(f"photo_stage.{one}", language),
        )  # fmt: skip
        given = upload.file(
            i18n.text("issue.photo", language), f"project-photo-{number}-{here.turn}", language, largest_mb=_LARGEST_MB
        )

        def keep() -> str:
            content = b"" if given is None else given.getvalue()
            register_photos.keep(registers_state.writer(data, language), number, content, stage)
            return i18n.text("register.saved", language, title=str(projects.rows.at[number, "name"]))

        word = i18n.text("register.save", language)
        pressed = st.button(word, key=f"project-photo-save-{number}", disabled=given is None, icon=":material/save:")
        if pressed and acts.attempt(keep, language):
            here.turn += 1
            st.rerun()


def _remove(here: RegistersState, data: CommunityData, photo: int, n: int, language: str) -> None:
    def remove(by: Actor) -> str:
        register_photos.remove(registers_state.writer(data, language, by), photo)
        here.turn += 1
        return i18n.text("register.project.photo_removed", language)

    word = i18n.text("register.project.remove_photo", language, n=n)
    if st.button(word, icon=":material/delete:", key=f"project-photo-remove-{photo}"):
        acts.ask(word, i18n.text("register.project.remove_photo_ask", language), word, remove, language)
