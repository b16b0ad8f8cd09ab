"""A whole week of walks: which half days and who, from the published rota, or chosen where there is none."""

from __future__ import annotations

import datetime as dt

import streamlit as st

from gridmap import access, i18n
from gridmap.planning import workdays
from gridmap.planning.rota import Slot
from gridmap.services import community_settings, walk_outings, walk_plan_tables, walk_staff
from gridmap.services.community_data import CommunityData
from gridmap.services.walk_outings import Week
from gridmap.services.walk_plan_tables import say
from gridmap.services.walk_plans import Outing
from gridmap.web import chrome, navigation, sources
from gridmap.web.walks_plan_state import PlanState

_WEEKS_AHEAD = 3
_ALL = "all"


def choose(mine: PlanState, data: CommunityData, language: str) -> str:
    """Ask for a week: this one, or one of the next."""
    weeks = [workdays.week_of(data.day + dt.timedelta(weeks=n)) for n in range(_WEEKS_AHEAD + 1)]
    # At the week's end nobody plans what is left of it.
    usual = weeks[0] if walk_outings.slots(weeks[0], data.day) else weeks[1]

    def word(week: str) -> str:
        monday = workdays.monday_of(week)
        told = {"first": i18n.day(monday, language), "last": i18n.day(monday + dt.timedelta(days=6), language)}
        return i18n.text("rota.this_week" if week == weeks[0] else "rota.week", language, week=week, **told)

    week = st.selectbox(
        say("week", language), weeks, index=weeks.index(mine.week if mine.week in weeks else usual), format_func=word,
        key="walk-plan-week", width=300,
    )  # fmt: skip
    return week or usual


def outings(mine: PlanState, data: CommunityData, actor: access.Actor, language: str) -> tuple[Outing, ...]:
    """Ask which of the rota's walks are planned; where no rota is published, in which half days, and who.

    Raises
    ------
    errors.InputError
        If there is nobody on the staff.
    """
    told = _by_rota(mine, data, actor)
    if told is not None and told.published:
        return _of_rota(mine, data, told, language)
    with st.container(key="walk-plan-no-rota"):
        st.info(chrome.literally(say("no_rota", language, week=mine.week)), icon=":material/event_busy:")
        if access.permission(actor.role, access.Action.MANAGE_ROTA):
            query = {"c": str(community_settings.number(data.community)), "week": mine.week}
            navigation.link("rota", say("no_rota.link", language), query, language)
    return _chosen(mine, data, language)


def _by_rota(mine: PlanState, data: CommunityData, actor: access.Actor) -> Week | None:
    if access.permission(actor.role, access.Action.SEE_ROTA) is None:
        return None
    mine.receptions = st.session_state.get("walk-plan-receptions", mine.receptions)
    return walk_outings.by_rota(
        sources.store(), data, mine.week, today=data.day, receptions=mine.receptions, letters=mine.letters,
        people=mine.people, replaced=mine.replaces,
    )  # fmt: skip


def _of_rota(mine: PlanState, data: CommunityData, told: Week, language: str) -> tuple[Outing, ...]:
    names = data.staff["name"].to_dict()
    words = {
        n: say(
            "outing", language, when=_when(Slot(day=one.day, half=one.half), language),
            names=[str(names.get(staff, "?")) for staff in one.staff], grids="".join(one.letters),
        )
        for n, one in enumerate(told.outings)
    }  # fmt: skip
    st.toggle(
        say("receptions", language), value=mine.receptions, key="walk-plan-receptions",
        help=say("receptions.help", language),
    )  # fmt: skip
    if told.busy:
        away = [f"{names.get(staff, '?')} {_when(slot, language)}" for slot, staff in told.busy]
        st.caption(chrome.literally(say("rota_busy", language, names=away)))
    if not words:
        st.warning(chrome.literally(say("rota_none", language, week=mine.week)), icon=":material/person_off:")
        return ()
    chosen = st.pills(
        say("outings", language), list(words), selection_mode="multi", default=list(words),
        key=f"walk-plan-outings-{mine.week}-{mine.receptions}-{''.join(mine.letters)}-{mine.people}-{len(words)}",
        format_func=lambda n: chrome.literally(words[n]), help=say("outings.help", language),
    )  # fmt: skip
    return tuple(told.outings[n] for n in sorted(chosen))


def _chosen(mine: PlanState, data: CommunityData, language: str) -> tuple[Outing, ...]:
    community_id = community_settings.number(data.community)
    there = list(walk_outings.slots(mine.week, data.day))
    usual = walk_outings.off_desk(sources.store(), community_id, mine.week, data.day)
    if not there:
        st.warning(chrome.literally(say("week_over", language, week=mine.week)), icon=":material/event_busy:")
        return ()
    slots = st.pills(
        say("slots", language), range(len(there)), selection_mode="multi", key=f"walk-plan-slots-{mine.week}",
        default=[n for n, slot in enumerate(there) if slot in (mine.slots or usual)],
        format_func=lambda n: _when(there[n], language),
    )  # fmt: skip
    mine.slots = tuple(there[n] for n in sorted(slots))
    days = {slot.day for slot in mine.slots} or {there[-1].day}
    able = {one.id: one.name for day in sorted(days) for one in walk_staff.free(sources.store(), community_id, day)}
    able = {number: name for number, name in able.items() if number in data.staff.index}
    who = st.multiselect(
        say("who", language), list(able), default=[one for one in mine.staff or () if one in able],
        key=f"walk-plan-week-staff-{mine.week}-{len(days)}", format_func=lambda one: able[one],
        help=say("who_week.help", language), placeholder=say("who.none", language), select_all=False,
    )  # fmt: skip
    mine.staff = tuple(who) or None
    idle = {slot: walk_staff.idle(sources.store(), community_id, slot.day, slot.half) for slot in mine.slots}
    replaced = set(data.walkers.loc[data.walkers["walk_id"].isin(mine.replaces), "staff_id"])
    return tuple(
        outing
        for slot in mine.slots
        for outing in walk_outings.chosen(
            [slot], [one for one in who if one in idle[slot] or one in replaced], mine.people
        )
    )


def _when(slot: Slot, language: str) -> str:
    return f"{i18n.weekday_name(slot.day, language)} {i18n.text(f'half.{slot.half.value}', language)}"


def days(mine: PlanState, language: str) -> None:
    """Ask which day's walks the map shows, where there are several days."""
    made = mine.made
    if made is None or len(made.question.days) < 2:
        return
    shown = sorted({walk.day for walk in made.walks})

    def take() -> None:
        told = st.session_state["walk-plan-on-map"]
        mine.on_map = told if isinstance(told, dt.date) else None
        there = [walk.walker for walk in walk_plan_tables.in_order(made) if walk.day == mine.on_map]
        if there and mine.walker not in there:
            mine.look(there[0])

    def word(day: dt.date | str) -> str:
        return i18n.weekday_name(day, language) if isinstance(day, dt.date) else say("on_map.all", language)

    st.session_state["walk-plan-on-map"] = mine.on_map if mine.on_map in shown else _ALL
    st.segmented_control(
        say("on_map.days", language), [_ALL, *shown], required=True, key="walk-plan-on-map", on_change=take,
        format_func=word, label_visibility="collapsed",
    )  # fmt: skip


def walks(mine: PlanState, data: CommunityData, language: str) -> None:
    """List the walks of the week by day; the row that is pressed is looked at."""
    made = mine.made
    assert made is not None
    table = walk_plan_tables.walks(made, data, language, sources.time_zone())
    walkers = [str(one) for one in table.index]
    key = f"walk-plan-walks-{language}-{len(mine.past)}-{mine.journeys}-{mine.walker}"

    def choose_one() -> None:
        said = st.session_state[key]["selection"]
        ticked = [*(row for row, _ in said["cells"]), *said["rows"]]
        if ticked and ticked[0] < len(walkers):
            mine.look(walkers[ticked[0]])

    ticked = [walkers.index(mine.walker)] if mine.walker in walkers else []
    st.dataframe(
        table, hide_index=True, width="stretch", height=min(38 + 35 * len(table), 300), key=key, on_select=choose_one,
        selection_mode=["single-row", "single-cell"],
        selection_default={"selection": {"rows": ticked, "columns": [], "cells": []}},
    )  # fmt: skip
