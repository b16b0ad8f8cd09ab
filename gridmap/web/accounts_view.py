"""Accounts on the page of accounts: the list, one account, and a new one."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from gridmap import access, errors, i18n, model
from gridmap.access import Action
from gridmap.exchange import workbook
from gridmap.model import Role
from gridmap.services import account_admin, account_table, accounts, communities, passwords, staffing
from gridmap.services.account_admin import Standing
from gridmap.web import acts, chrome, downloads, session, sources

_EDITED = "gridmap_edited"
_MADE = "gridmap_accounts_made"


@dataclass
class Edited:
    """The account that is being changed: as which version it was seen, and how often it was begun anew."""

    account_id: int
    version: int
    round: int = 0


def show(by: access.Actor, language: str) -> None:
    """Show all accounts, and the chosen one."""
    now = dt.datetime.now(dt.UTC)
    standings = account_admin.standings(sources.store(), by, now)
    table = account_table.table(sources.store(), standings, language)
    with st.container(horizontal=True, vertical_alignment="center", key="accounts-bar"):
        wanted = st.text_input(
            i18n.text("accounts.find", language),
            key="accounts-find",
            placeholder=i18n.text("accounts.find", language),
            label_visibility="collapsed",
            width=260,
        )
        if st.button(i18n.text("accounts.new", language), icon=":material/person_add:", type="primary"):
            _new(language)
        st.download_button(
            i18n.text("table.excel", language),
            data=downloads.listed(
                Action.MANAGE_ACCOUNTS, i18n.text("accounts.title", language), lambda who: _excel(who, language)
            ),
            file_name=downloads.file_name(i18n.text("accounts.title", language), ending="xlsx"),
            icon=":material/table_view:",
            mime=workbook.MIME,
            on_click="ignore",
            key="accounts-xlsx",
        )
    shown = table[_holds(table, wanted)] if wanted.strip() else table
    chosen = _list(shown, language)
    if chosen is None:
        return
    one = next((one for one in standings if one.account.id == chosen), None)
    if one is not None:
        _account(one, by, language)


def _holds(table: pd.DataFrame, wanted: str) -> pd.Series:
    texts = table.select_dtypes(exclude=["number", "datetimetz"]).astype(str).agg(" ".join, axis=1).str.casefold()
    found = pd.Series(True, index=table.index)
    for word in wanted.casefold().split():
        found &= texts.str.contains(word, regex=False)
    return found


def _list(table: pd.DataFrame, language: str) -> int | None:
    if table.empty:
        st.info(i18n.text("accounts.nothing_found", language), icon=":material/info:")
        return None
    last = i18n.text("accounts.column.last", language)
    event: Any = st.dataframe(
        table,
        hide_index=True,
        width="stretch",
        height=min(38 + 35 * len(table), 460),
        placeholder="",
        # Another key when one was made: what is chosen is told by its place in the list.
        key=f"accounts-{len(table)}-{st.session_state.get(_MADE, 0)}",
        on_select="rerun",
        selection_mode="single-row",
        column_config={
            last: st.column_config.DatetimeColumn(format="YYYY-MM-DD HH:mm", timezone=sources.time_zone()),
        },
    )
    st.caption(i18n.text("accounts.rows", language, n=len(table)))
    rows = [row for row in event.selection.rows if row < len(table)]
    return int(table.index[rows[0]]) if rows else None


def _account(one: Standing, by: access.Actor, language: str) -> None:
    account = one.account
    number = accounts.number(account)
    edited: Edited | None = st.session_state.get(_EDITED)
    if edited is None or edited.account_id != number:
        edited = Edited(number, account.version, 0 if edited is None else edited.round + 1)
        st.session_state[_EDITED] = edited

    def say(key: str, **fields: object) -> str:
        return i18n.text(f"accounts.{key}", language, **fields)

    with st.container(border=True, key="account"):
        st.markdown(f"**{chrome.literally(account.name)}**")
        if account.demo:
            st.info(i18n.text("error.forbidden_demo", language), icon=":material/info:")
            return
        if account.password_hash:
            wanted = _fields(f"{number}-{edited.round}", account, language)
        else:
            st.info(say("of_provider"), icon=":material/info:")
        with st.container(horizontal=True, key="account-acts"):
            if account.password_hash:
                if st.button(say("save"), type="primary", key="account-save"):
                    _save(edited, wanted, by, language)
                if st.button(say("reset"), icon=":material/key:", key="account-reset"):
                    question = say("reset_ask", name=account.name)
                    acts.ask(say("reset"), question, say("reset"), lambda who: _reset(who, number, language), language)
            if st.button(
                say("sign_out"), icon=":material/logout:", key="account-sign-out", disabled=one.sessions == 0
            ) and acts.attempt(lambda: _signed_out(by, account, language), language):
                st.rerun()
            if (
                one.locked
                and st.button(say("unlock"), icon=":material/lock_open:", key="account-unlock")
                and acts.attempt(lambda: _unlocked(by, account, language), language)
            ):
                st.rerun()
            word = "deactivate" if account.active else "activate"
            if st.button(
                say(word), icon=":material/block:" if account.active else ":material/check:", key="account-on"
            ):
                question = say(f"{word}_ask", name=account.name)
                acts.ask(say(word), question, say(word), lambda who: _switched(who, number, language), language)


def _fields(key: str, account: model.Account | None, language: str) -> dict[str, Any]:
    """Ask for role, place, person and name, and return them as `account_admin.change` takes them."""

    def say(word: str) -> str:
        return i18n.text(f"accounts.column.{word}", language)

    role = Role.GRID_WORKER if account is None else account.role
    role = st.selectbox(
        say("role"),
        accounts.OF_PEOPLE,
        index=accounts.OF_PEOPLE.index(role),
        format_func=lambda one: i18n.text(f"role.{one.value}", language),
        key=f"role-{key}",
    )
    wanted: dict[str, Any] = {"role": role, "street_id": None, "community_id": None, "staff_id": None}
    if role in accounts.IN_COMMUNITY:
        places = {one.id: one.name for one in sources.store().communities()}
        wanted["community_id"] = _choice(
            i18n.text("app.community", language), places, None if account is None else account.community_id, f"c-{key}"
        )
        if wanted["community_id"] is not None:
            there = staffing.members(sources.store(), wanted["community_id"])
            titles: dict[int | None, str] = {None: i18n.text("accounts.nobody", language)}
            titles |= {number: member.title(language) for number, member in there.items()}
            wanted["staff_id"] = _choice(
                say("staff"),
                titles,
                None if account is None else account.staff_id,
                f"s-{key}-{wanted['community_id']}",
                explained=i18n.text("accounts.staff_help", language),
            )
    elif role == Role.STREET_LEADER:
        streets = {one.id: one.name for one in communities.streets(sources.store())}
        wanted["street_id"] = _choice(
            i18n.text("accounts.street", language), streets, None if account is None else account.street_id, f"t-{key}"
        )
    wanted["display"] = st.text_input(
        say("display"), value="" if account is None else account.display, max_chars=40, key=f"display-{key}"
    )
    return wanted


def _choice(
    label: str, names: dict[Any, str], present: int | None, key: str, *, explained: str | None = None
) -> int | None:
    ids = list(names)
    index = ids.index(present) if present in ids else 0 if ids else None
    chosen: int | None = st.selectbox(
        label, ids, index=index, format_func=lambda number: names[number], key=key, help=explained
    )
    return chosen


def _save(edited: Edited, wanted: dict[str, Any], by: access.Actor, language: str) -> None:
    store = sources.store()

    def save() -> str:
        kept = account_admin.change(store, by, edited.account_id, version=edited.version, **wanted)
        return i18n.text("accounts.saved", language, name=kept.name)

    try:
        said = save()
    except errors.Conflict as fault:
        st.error(chrome.literally(fault.sentence(language)), icon=":material/error:")
        # Seen now: what is typed stays, and the next save means it.
        standings = account_admin.standings(store, by, dt.datetime.now(dt.UTC))
        there = [one for one in standings if one.account.id == edited.account_id]
        edited.version = there[0].account.version
        now = account_table.table(store, there, language).iloc[0]
        told = [f"{name}: {value}" for name, value in now.items() if isinstance(value, str) and value]
        st.warning(chrome.literally(i18n.listed(told, language)), icon=":material/history:")
        return
    except errors.GridmapError as fault:
        st.error(chrome.literally(fault.sentence(language)), icon=":material/error:")
        return
    edited.account_id = 0  # begun anew, with what is kept now
    if acts.attempt(lambda: said, language):
        st.rerun()


def _new(language: str) -> None:
    @st.dialog(i18n.text("accounts.new", language))
    def asked() -> None:
        by = session.actor(language)
        name = st.text_input(
            i18n.text("sign_in.name", language),
            max_chars=account_admin.LONGEST_NAME,
            key="new-name",
            help=i18n.text("accounts.name_help", language),
        )
        wanted = _fields("new", None, language)
        if st.button(i18n.text("accounts.make", language), type="primary", key="new-make") and acts.attempt(
            lambda: _made(by, name, wanted, language), language
        ):
            st.session_state[_MADE] = st.session_state.get(_MADE, 0) + 1
            st.rerun()

    asked()


def _made(by: access.Actor, name: str, wanted: dict[str, Any], language: str) -> str:
    password = passwords.one_time()
    made = account_admin.create(sources.store(), by, name, password=password, **wanted)
    acts.tell_once(i18n.text("accounts.first_password", language, name=made.name), password)
    return i18n.text("accounts.made", language, name=made.name)


def _reset(by: access.Actor, number: int, language: str) -> str:
    password = passwords.one_time()
    account_admin.set_password(sources.store(), by, number, password)
    name = _name(by, number)
    acts.tell_once(i18n.text("accounts.first_password", language, name=name), password)
    return i18n.text("accounts.reset_done", language, name=name)


def _switched(by: access.Actor, number: int, language: str) -> str:
    store = sources.store()
    there = next(one for one in account_admin.listed(store, by) if one.id == number)
    if there.active:
        account_admin.deactivate(store, by, number)
    else:
        account_admin.activate(store, by, number)
    return i18n.text("accounts.deactivated" if there.active else "accounts.activated", language, name=there.name)


def _signed_out(by: access.Actor, account: model.Account, language: str) -> str:
    account_admin.sign_out_everywhere(sources.store(), by, accounts.number(account))
    return i18n.text("accounts.signed_out", language, name=account.name)


def _unlocked(by: access.Actor, account: model.Account, language: str) -> str:
    account_admin.unlock(sources.store(), by, accounts.number(account))
    return i18n.text("accounts.unlocked", language, name=account.name)


def _name(by: access.Actor, number: int) -> str:
    return next(one.name for one in account_admin.listed(sources.store(), by) if one.id == number)


def _excel(by: access.Actor, language: str) -> bytes:
    now = dt.datetime.now(dt.UTC)
    title = i18n.text("accounts.title", language)
    table = account_table.table(sources.store(), account_admin.standings(sources.store(), by, now), language)
    note = i18n.text("accounts.note", language, time=i18n.time(now, language, sources.time_zone()))
    return workbook.write({title: table}, title=title, note=note, time_zone=sources.time_zone())
