"""The walks of a half day or a week: what is asked of the plan, beside its map."""

from __future__ import annotations

import datetime as dt

import streamlit as st

from gridmap import access, errors, i18n, settings
from gridmap.model import Half, WalkState
from gridmap.planning import workdays
from gridmap.planning.rota import Duty, Slot
from gridmap.services import community_settings, rota_kept, walk_outings, walk_places, walk_plan_tables, walk_staff
from gridmap.services.community_data import CommunityData
from gridmap.services.sight import Sight
from gridmap.services.walk_plan_tables import say
from gridmap.services.walk_plans import Outing, Question
from gridmap.services.walk_staff import Free
from gridmap.web import (
    chrome,
    sources,
    walks_plan_map_view,
    walks_plan_result_view,
    walks_plan_state,
    walks_plan_week_view,
    walks_progress_view,
)
from gridmap.web.walks_plan_state import SPANS, PlanState

_DAYS_AHEAD = 14
_MINUTES = (60, 90, 120, 150, 180, 210, 240)
_SECONDS = (1, 3, 5, 10, 20)
_REST = (0, 10, 15, 20, 30)


def show(data: CommunityData, actor: access.Actor, language: str) -> None:
    """Show a plan in the making."""
    mine, seen = walks_plan_state.current(), Sight.of(actor, data.community)
    if mine.wanted is not None:
        wanted, mine.wanted = mine.wanted, None
        walks_progress_view.again(mine, data, seen, wanted, language)
    with st.container(horizontal=True, key="walks-body"):
        with st.container(key="walks-left"):
            with st.expander(
                say("ask", language),
                expanded=mine.made is None,
                icon=":material/tune:",
                # What is asked makes room for the answer: another one, which is closed.
                key=f"walk-plan-ask-{mine.made is None}",
            ):
                question = _asked(mine, data, seen, actor, language)
                _begin(mine, data, seen, question, language)
            if mine.refused:
                st.error(chrome.literally(mine.refused), icon=":material/error:")
            with st.container(key="walk-plan-progress"):
                walks_progress_view.show(mine, language)
            if mine.made is not None:
                walks_plan_result_view.show(mine, data, seen, actor, language)
        with st.container(key="walks-right"):
            walks_plan_map_view.show(mine, data, seen, language)


def _begin(mine: PlanState, data: CommunityData, seen: Sight, question: Question | None, language: str) -> None:
    with st.container(horizontal=True, key="walk-plan-begin"):
        pressed = st.button(
            say("again" if mine.made is not None else "go", language), type="primary", icon=":material/route:",
            key="walk-plan-go", disabled=question is None or mine.job is not None,
        )  # fmt: skip
        if mine.made is not None and st.button(say("anew", language), icon=":material/restart_alt:", key="walk-anew"):
            mine.anew()
            mine.must, mine.never = [], []
            st.rerun()
    if pressed and question is not None:
        replaces = mine.replaces
        mine.anew()
        mine.replaces = replaces
        walks_progress_view.begin(mine, data, seen, question, language)
        st.rerun()


def _asked(mine: PlanState, data: CommunityData, seen: Sight, actor: access.Actor, language: str) -> Question | None:
    """Ask when, where and who; None where nobody can walk."""
    span = st.segmented_control(
        say("span", language), SPANS, default=mine.span, required=True, key="walk-plan-span",
        format_func=lambda one: say(f"span.{one}", language), label_visibility="collapsed",
    )  # fmt: skip
    mine.span = span
    if mine.span == "week":
        mine.week = walks_plan_week_view.choose(mine, data, language)
    else:
        mine.day, mine.half = _when(mine, data, language)
    letters = [
        str(letter) for number, letter in data.grids["letter"].items() if seen.staff is None or number in seen.staff
    ]
    names = dict(zip(data.grids["letter"], data.grids["name"], strict=True))
    chosen = st.pills(
        say("grids", language), letters, selection_mode="multi", key="walk-plan-grids",
        default=[one for one in mine.letters if one in letters],
        format_func=lambda one: chrome.literally(f"{one} {names[one]}"),
        help=say("grids.help", language),
    )  # fmt: skip
    mine.letters = tuple(chosen) if chosen or seen.staff is None else tuple(letters)
    with st.container(horizontal=True, key="walk-plan-terms"):
        people = st.segmented_control(
            say("people", language), (1, 2), default=mine.people, required=True, key="walk-plan-people",
            format_func=lambda n: say(f"people.{n}", language), width="content",
        )  # fmt: skip
        minutes = st.select_slider(
            say("minutes", language), _MINUTES, mine.minutes, key="walk-plan-minutes",
            format_func=lambda n: say("minutes.n", language, n=n),
        )  # fmt: skip
        seconds = st.select_slider(
            say("seconds", language), _SECONDS, mine.seconds, key="walk-plan-seconds", format_func=lambda n: f"{n} s",
            help=say("seconds.help", language),
        )  # fmt: skip
    mine.people, mine.minutes, mine.seconds = int(people or 1), int(minutes), int(seconds)
    _from(mine, data, language)
    try:
        if mine.span == "week":
            outings = walks_plan_week_view.outings(mine, data, actor, language)
        else:
            outings = _who(mine, data, actor, language)
    except errors.GridmapError as fault:
        st.warning(chrome.literally(fault.sentence(language)), icon=":material/person_off:")
        return None
    _said(mine, data, language)
    if not outings:
        st.caption(say("nobody", language))
        return None
    return Question(
        outings=outings,
        letters=mine.letters,
        minutes=float(mine.minutes),
        start=mine.start,
        rest_min=float(mine.rest),
        must=tuple(mine.must),
        never=tuple(mine.never),
        seconds=float(mine.seconds),
    )


def _when(mine: PlanState, data: CommunityData, language: str) -> tuple[dt.date, Half]:
    """Ask for a day of this or the next week, with the number of walks planned for it, and the half day."""
    days = [data.day + dt.timedelta(days=n) for n in range(_DAYS_AHEAD)]
    planned = data.walks[data.walks["state"] == WalkState.PLANNED.value]
    counts = planned.groupby("day").size().to_dict()
    usual = mine.day if mine.day in days else _off_desk(data.day)
    works = workdays.official().works

    def word(day: dt.date) -> str:
        told = i18n.weekday(day, language)
        if not works(day):
            told = say("day.off", language, day=told)
        return say("day.planned", language, day=told, n=counts[day]) if counts.get(day) else told

    with st.container(horizontal=True, vertical_alignment="bottom", key="walk-plan-when"):
        day = st.selectbox(
            say("day", language), days, index=days.index(usual), format_func=word, key="walk-plan-day", width=250
        )
        half = st.segmented_control(
            say("half", language), [one.value for one in Half], default=mine.half.value, required=True,
            key="walk-plan-half", format_func=lambda one: i18n.text(f"half.{one}", language),
        )  # fmt: skip
    return day or usual, Half(half)


def _from(mine: PlanState, data: CommunityData, language: str) -> None:
    """Ask where they leave and come back to, and for a break."""
    names = {one.key: walk_places.title(data, one, language) for one in walk_places.stations(data)}
    keys = ["", *names]
    with st.container(horizontal=True, key="walk-plan-from"):
        start = st.selectbox(
            say("start", language), keys, index=keys.index(mine.start) if mine.start in keys else 0,
            format_func=lambda one: names[one] if one else say("start.nearest", language), key="walk-plan-start",
        )  # fmt: skip
        rest = st.selectbox(
            say("rest", language), _REST, index=_REST.index(mine.rest), key="walk-plan-rest",
            format_func=lambda n: say("minutes.n", language, n=n) if n else say("rest.none", language),
        )  # fmt: skip
    mine.start, mine.rest = start or "", int(rest or 0)


def _off_desk(today: dt.date) -> dt.date:
    """Return the next off-desk day, today included; a holiday's is held on another day."""
    weekday = int(settings.defaults()["rota"]["off_desk_weekday"])
    monday = today - dt.timedelta(days=today.weekday())
    held = (workdays.official().held_on(monday + dt.timedelta(weeks=n), weekday) for n in range(2))
    return next((day for day in held if day is not None and day >= today), today)


def _who(mine: PlanState, data: CommunityData, actor: access.Actor, language: str) -> tuple[Outing, ...]:
    """Ask who walks; the grids' own are proposed. Those who walk elsewhere in that half day are not offered.

    Raises
    ------
    errors.InputError
        If nobody can walk.
    """
    assert mine.day is not None
    community_id = community_settings.number(data.community)
    able = walk_staff.free(sources.store(), community_id, mine.day, mine.half)
    replaced = data.walkers.loc[data.walkers["walk_id"].isin(mine.replaces), "staff_id"]
    # Colleagues of other grids are not told of; whoever goes on a walk that is being changed is free for it.
    there = {one.id: one for one in able if one.id in data.staff.index and (not one.busy or one.id in set(replaced))}
    proposed = _proposed(mine, data, actor, list(there.values()))
    default = [one for one in (mine.staff or proposed) if one in there]
    # Who is proposed depends on the day and the grids: another choice of these is another list.
    key = f"walk-plan-staff-{mine.day}-{mine.half}-{''.join(mine.letters)}"
    chosen = st.multiselect(
        say("who", language), list(there), default=default, key=key, format_func=lambda one: there[one].name,
        help=say("who.help", language), placeholder=say("who.none", language), select_all=False,
    )  # fmt: skip
    mine.staff = None if list(chosen) == proposed else tuple(chosen)
    return walk_outings.chosen([Slot(day=mine.day, half=mine.half)], chosen, mine.people)


def _proposed(mine: PlanState, data: CommunityData, actor: access.Actor, able: list[Free]) -> list[int]:
    """Return who would go by themselves: whoever walks by the published rota, else those of the grids, two at most."""
    numbers = data.grids.index[data.grids["letter"].isin(mine.letters)] if mine.letters else data.grids.index[:0]
    if walking := _by_rota(mine, data, actor, set(numbers) or set(data.grids.index)):
        return [one.id for one in able if one.id in walking]
    n = min(2, len(able)) if len(numbers) != 1 else min(1, len(able))
    if not n:
        return []
    return [one.id for (one,) in walk_staff.teams(able, n, grid_ids=[int(i) for i in numbers])]


def _by_rota(mine: PlanState, data: CommunityData, actor: access.Actor, grids: set[int]) -> set[int]:
    """Return who walks in some grids in that half day by the published rota, as far as the person sees it."""
    assert mine.day is not None
    if access.permission(actor.role, access.Action.SEE_ROTA) is None:
        return set()
    published = rota_kept.read(sources.store(), actor, data.community, workdays.week_of(mine.day)).published
    slot = Slot(day=mine.day, half=mine.half)
    return {one.staff for one in published if one.duty == Duty.WALK and one.slot == slot and one.grid in grids}


def _said(mine: PlanState, data: CommunityData, language: str) -> None:
    """List what has to be visited and what is not to be, as it was pressed on the map; a press here takes it back."""
    for name, keys in (("must", mine.must), ("never", mine.never)):
        if not keys:
            continue
        st.caption(say(f"said.{name}", language))
        with st.container(horizontal=True, key=f"walk-plan-{name}"):
            for key in list(keys):
                st.button(
                    chrome.literally(walk_plan_tables.place_title(data, key, language)), icon=":material/close:",
                    key=f"walk-unsay-{name}-{key}", on_click=keys.remove, args=(key,),
                )  # fmt: skip
    if not mine.must and not mine.never:
        st.caption(say("said.none", language))
