"""Lists of the 12345 tab: what is due, what we may have found before, who calls again, what is struck out."""

from __future__ import annotations

import datetime as dt
import functools
from html import escape
from typing import Any

import pandas as pd
import streamlit as st

from gridmap import access, i18n
from gridmap.access import Action, Actor
from gridmap.model import IssueLinkKind
from gridmap.services import hotline_links, hotline_orders, hotline_rates, issue_ties
from gridmap.services.community_data import CommunityData
from gridmap.services.hotline_links import Found
from gridmap.services.hotline_rules import HotlineRules
from gridmap.web import acts, chrome, issues_state, sources

_LONGEST_TEXT = 80
_SHOWN_FIRST = 3
_DONE = "gridmap_hotline_done"


def say(key: str, language: str, **fields: object) -> str:
    """Return words of the 12345 tab."""
    return i18n.text(f"hotline.{key}", language, **fields)


def due(data: CommunityData, rules: HotlineRules, now: dt.datetime, language: str) -> None:
    """Show the open orders that are overdue or due soon; a row that is pressed leads to its issue."""
    rows = hotline_orders.due(data, rules, now)
    late = int(rows["overdue"].sum())
    title = say("due", language, n=len(rows), late=late)
    with st.expander(title, icon=":material/alarm:", expanded=bool(len(rows)), key="hotline-due"):
        if rows.empty:
            st.caption(say("due.none", language))
            return
        left = [(due_at - now) / dt.timedelta(hours=1) for due_at in rows["due_at"]]
        table = pd.DataFrame(
            {
                say("order", language): rows["order_number"],
                say("left", language): [_left(hours, language) for hours in left],
                say("limit", language): rows["due_at"].dt.tz_convert(sources.time_zone()),
                say("state", language): [i18n.text(f"issue_state.{one}", language) for one in rows["state"]],
                say("place", language): [place(data, row, language) for _, row in rows.iterrows()],
                say("text", language): rows["text"],
                say("folded", language): [
                    "" if number == stands else _code(data, int(stands))
                    for number, stands in zip(rows.index, rows["standing"], strict=True)
                ],
            }
        )
        if not (rows["standing"] != rows.index).any():
            table = table.drop(columns=say("folded", language))
        _pressed(table, [int(one) for one in rows["standing"]], "due", language)


def proposed(data: CommunityData, rules: HotlineRules, actor: Actor, now: dt.datetime, language: str) -> None:
    """Show what may have been found here before an order came, to be confirmed or refused."""
    found = hotline_links.proposed(data, rules, now)
    title = say("before", language, n=len(found))
    undone = st.session_state.get(_DONE)
    with st.expander(title, icon=":material/visibility:", expanded=bool(found or undone), key="hotline-before"):
        st.caption(say("before.help", language))
        if undone is not None:
            _undo(undone, data, actor, language)
        for one in found[:_SHOWN_FIRST]:
            _proposal(one, data, actor, language)
        if len(found) > _SHOWN_FIRST:
            st.caption(say("before.more", language, n=len(found) - _SHOWN_FIRST))


def _proposal(one: Found, data: CommunityData, actor: Actor, language: str) -> None:
    rows = pd.concat([pd.DataFrame(data.issues), pd.DataFrame(data.doubles)])
    order, ours = rows.loc[one.order], data.issues.loc[one.ours]
    with st.container(border=True, key=f"before-{one.order}"):
        away = (
            say("before.compound", language)
            if one.distance_m is None
            else say("before.same_place", language)
            if one.distance_m < 1
            else say("before.away", language, m=round(one.distance_m))
        )
        days = say("before.days", language, n=round(one.days)) if one.days >= 1 else say("before.same_day", language)
        sure = say("before.sure", language, share=i18n.percent(one.confidence, language))
        st.markdown(f"**{chrome.literally(f'{sure} · {days} · {away}')}**")
        sides = ((order, say("before.order", language)), (ours, say("before.ours", language)))
        st.html(f'<div class="gm-pair">{"".join(_side(data, row, label, language) for row, label in sides)}</div>')
        place_of = {"street_id": data.community.street_id, "community_id": data.community.id}
        grids = (order["grid_id"], ours["grid_id"])
        may = all(
            access.decide(actor, Action.EDIT_ISSUES, grid_id=None if pd.isna(grid) else int(grid), **place_of).allowed
            for grid in grids
        )
        if not may:
            return
        with st.container(horizontal=True):
            for kind, words, icon in (
                (IssueLinkKind.FOUND_BEFORE, "before.yes", ":material/check:"),
                (IssueLinkKind.APART, "before.no", ":material/close:"),
            ):
                act = functools.partial(_decide, data, actor, one, kind, language)
                st.button(
                    say(words, language), icon=icon, key=f"before-{kind.value}-{one.order}-{one.ours}", on_click=act
                )


def _side(data: CommunityData, row: Any, label: str, language: str) -> str:
    called = row["order_number"] if pd.notna(row["order_number"]) else row["code"]
    told = (
        i18n.time(row["reported_at"].to_pydatetime(), language, sources.time_zone()),
        data.categories.label(str(row["category"]), language),
        place(data, row, language),
    )
    return (
        f"<div><b>{escape(f'{label} {called}')}</b><small>{escape(' · '.join(told))}</small>"
        f"{escape(_short(str(row['text'])))}</div>"
    )


def _decide(data: CommunityData, actor: Actor, one: Found, kind: IssueLinkKind, language: str) -> None:
    def act() -> str:
        issue_ties.link(
            sources.store(), actor, data, one.ours, one.order, kind,
            now=dt.datetime.now(dt.UTC), address=st.context.ip_address or "",
        )  # fmt: skip
        st.session_state[_DONE] = (one.ours, one.order, kind)
        return say(f"before.done.{kind.value}", language)

    acts.attempt(act, language)


def _undo(done: tuple[int, int, IssueLinkKind], data: CommunityData, actor: Actor, language: str) -> None:
    ours, order, kind = done

    def back() -> None:
        def act() -> str:
            issue_ties.unlink(
                sources.store(), actor, data, ours, order, kind,
                now=dt.datetime.now(dt.UTC), address=st.context.ip_address or "",
            )  # fmt: skip
            st.session_state.pop(_DONE, None)
            return say("before.undone", language)

        acts.attempt(act, language)

    words = say("before.undo", language, order=_order(data, order))
    st.button(words, icon=":material/undo:", on_click=back, key="before-undo")


def repeated(data: CommunityData, rules: HotlineRules, language: str) -> None:
    """Show one caller's repeated orders about one place; who it is is not said, since nobody knows."""
    found = hotline_links.repeats(sources.store(), data, rules)
    title = say("repeats", language, n=len(found))
    with st.expander(title, icon=":material/repeat:", key="hotline-repeats"):
        st.caption(say("repeats.help", language, days=f"{rules.repeat_days:g}"))
        if not found:
            return
        rows = pd.concat([pd.DataFrame(data.issues), pd.DataFrame(data.doubles)])
        table = pd.DataFrame(
            {
                say("place", language): [place(data, rows.loc[one.orders[-1]], language) for one in found],
                say("times", language): [len(one.orders) for one in found],
                say("first", language): [one.first for one in found],
                say("last", language): [one.last for one in found],
                say("by.category", language): [
                    "、".join(
                        dict.fromkeys(data.categories.label(str(rows.at[n, "category"]), language) for n in o.orders)
                    )
                    for o in found
                ],
                say("orders.numbers", language): ["、".join(_order(data, n) for n in one.orders) for one in found],
            }
        )
        _pressed(table, [issue_ties.standing(data, one.orders[-1]) for one in found], "repeats", language)


def struck(data: CommunityData, rules: HotlineRules, actor: Actor, now: dt.datetime, language: str) -> None:
    """Show which orders are struck out of the rates and why; strike one out, or count it again."""
    rows = hotline_orders.judged(data, rules, now)
    out = rows[rows["struck"]]
    with st.expander(say("strike", language, n=len(out)), icon=":material/block:", key="hotline-struck"):
        st.caption(say("strike.help", language))
        for number, row in out.iterrows():
            with st.container(horizontal=True, vertical_alignment="center", key=f"struck-{number}"):
                st.markdown(chrome.literally(f"{row['order_number']} · {row['struck_out']}"), width="stretch")
                act = functools.partial(_count_again, data, actor, int(str(number)), language)
                st.button(say("strike.back", language), icon=":material/undo:", key=f"count-{number}", on_click=act)
        counted = rows[~rows["struck"]]
        if counted.empty or not access.permission(actor.role, Action.EDIT_ISSUES):
            return
        with (
            st.form("hotline-strike", clear_on_submit=True, border=False),
            st.container(horizontal=True, vertical_alignment="bottom"),
        ):
            names = counted["order_number"].sort_values(ascending=False)
            number = st.selectbox(
                say("order", language), names.index.tolist(), index=None, format_func=lambda one: str(names[one]),
                placeholder=say("strike.which", language), width=260,
            )  # fmt: skip
            reason = st.text_input(
                say("strike.reason", language), max_chars=hotline_rates.LONGEST_REASON, width=320,
                placeholder=say("strike.example", language),
            ).strip()  # fmt: skip
            pressed = st.form_submit_button(say("strike.do", language), icon=":material/block:")
        if not pressed:
            return
        if number is None or not reason:
            st.warning(say("strike.both", language), icon=":material/help:")
        elif _strike(data, actor, int(str(number)), reason, language):
            st.rerun()


def _count_again(data: CommunityData, actor: Actor, number: int, language: str) -> None:
    _strike(data, actor, number, "", language)


def _strike(data: CommunityData, actor: Actor, number: int, reason: str, language: str) -> bool:
    def act() -> str:
        hotline_rates.strike(
            sources.store(), actor, data, number, reason,
            now=dt.datetime.now(dt.UTC), address=st.context.ip_address or "",
        )  # fmt: skip
        return say("strike.done" if reason else "strike.undone", language, order=_order(data, number))

    return acts.attempt(act, language)


def place(data: CommunityData, row: Any, language: str) -> str:
    """Return where an issue is, as an office says it: compound and building, else the compound or the grid."""
    building = row["building_id"]
    if pd.notna(building) and building in data.buildings.index:
        home = data.buildings.loc[int(building)]
        return f"{home['compound']}{home['number']}"
    if pd.notna(row["compound_id"]) and row["compound_id"] in data.compounds.index:
        return str(data.compounds.at[int(row["compound_id"]), "name"])
    if pd.notna(row["grid_id"]) and row["grid_id"] in data.grids.index:
        return str(data.grids.at[int(row["grid_id"]), "name"])
    return say("unknown", language)


def _pressed(table: pd.DataFrame, numbers: list[int], name: str, language: str) -> None:
    """Show a table of which a row that is pressed opens its issue."""
    here = issues_state.current()
    key = f"hotline-{name}-{language}-{here.turns}"

    def choose() -> None:
        said = st.session_state[key]["selection"]
        ticked = [*(row for row, _ in said["cells"]), *said["rows"]]
        if ticked and ticked[0] < len(numbers):
            here.tab = "list"
            here.open(numbers[ticked[0]])

    moments = [column for column in table.columns if isinstance(table[column].dtype, pd.DatetimeTZDtype)]
    st.dataframe(
        table, hide_index=True, width="stretch", height=min(38 + 35 * len(table), 320), placeholder="", key=key,
        on_select=choose, selection_mode=["single-row", "single-cell"],
        column_config={
            column: st.column_config.DatetimeColumn(format="YYYY-MM-DD HH:mm", timezone=sources.time_zone())
            for column in moments
        },
    )  # fmt: skip


def _left(hours: float, language: str) -> str:
    words = "over" if hours < 0 else "within"
    hours = abs(hours)
    if hours < 24:
        return say(f"left.{words}_h", language, n=max(1, round(hours)))
    return say(f"left.{words}_d", language, n=round(hours / 24))


def _order(data: CommunityData, number: int) -> str:
    frame = data.issues if number in data.issues.index else data.doubles
    return str(frame.at[number, "order_number"]) if number in frame.index else str(number)


def _code(data: CommunityData, number: int) -> str:
    return str(data.issues.at[number, "code"]) if number in data.issues.index else ""


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_TEXT else f"{line[: _LONGEST_TEXT - 1]}…"
