"""What an issue belongs to: doubles, links, the larger matter, its parts; and past issues like it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TypedDict

import pandas as pd
import streamlit as st

from gridmap import access, i18n
from gridmap.access import Action, Actor
from gridmap.model import IssueLinkKind, IssueState
from gridmap.services import issue_cards, issue_children, issue_doubles, issue_similar, issue_ties
from gridmap.services.community_data import CommunityData
from gridmap.web import acts, chrome, issue_map_view, issues_state, sources
from gridmap.web.session import actor as asked_anew

_KINDS = (IssueLinkKind.RELATED, IssueLinkKind.SAME_CAUSE, IssueLinkKind.FOUND_BEFORE)
_LONGEST = 60

Act = Callable[[Actor, dt.datetime, str], object]
"""Does something for a person, at a moment, from an address."""


class Rest(TypedDict):
    """What every act is told: the moment, and the address it comes from."""

    now: dt.datetime
    address: str


Offer = tuple[str, str, Act]
"""What can be done about a tie: icon, words, and the act."""


def show(data: CommunityData, actor: Actor, number: int, language: str) -> None:
    """Show what hangs together with an issue; who may change it ties and unties."""
    grid = data.issues.at[number, "grid_id"]
    may = access.decide(
        actor, Action.EDIT_ISSUES, street_id=data.community.street_id, community_id=data.community.id,
        grid_id=None if pd.isna(grid) else int(grid),
    ).allowed  # fmt: skip
    with st.container(border=True, key="issue-ties"):
        st.markdown(f"**{_say('ties', language)}**")
        shown = _tied(data, number, may, language)
        if may:
            shown |= _nearby(data, number, language)
        if not shown:
            st.caption(_say("no_ties", language))
        if may:
            _close_parts(data, number, language)
            _tie(data, number, language)
    _past(data, number, language)


def _say(key: str, language: str, **fields: object) -> str:
    return i18n.text(f"issue.{key}", language, **fields)


def _line(
    data: CommunityData,
    number: int,
    lead: str,
    key: str,
    language: str,
    act: Offer | None = None,
) -> None:
    """Show an issue in a line that leads to it, with what can be done about the tie: icon, words, and the act."""
    frame = data.issues if number in data.issues.index else data.doubles
    row = frame.loc[number]
    told = f"{lead} · {row['code']} · {issue_map_view.shorten(str(row['text']), _LONGEST)}"
    with st.container(horizontal=True, vertical_alignment="center", key=f"tie-{key}"):
        if st.button(chrome.literally(told), type="tertiary", key=f"go-{key}", width="stretch"):
            issues_state.current().open(number)
            st.rerun()
        if act is not None:
            icon, words, do = act
            if st.button("", icon=icon, help=words, key=f"do-{key}"):
                _do(do, words, language)


def _do(do: Act, words: str, language: str) -> None:
    def act() -> str:
        do(asked_anew(language), dt.datetime.now(dt.UTC), st.context.ip_address or "")
        return _say("tie_done", language, act=words)

    if acts.attempt(act, language):
        st.rerun()


def _tied(data: CommunityData, number: int, may: bool, language: str) -> bool:
    above, below = issue_ties.parent(data, number), issue_ties.children(data, number)
    folded, links = issue_ties.doubles(data, number), issue_ties.links(data, number)
    if above is not None:
        _line(data, above, _say("part_of", language), f"above-{above}", language, _apart(data, number, may, language))
    for one in map(int, below.index):
        _line(data, one, _say("has_part", language), f"below-{one}", language)
    limits = {order.issue_id: _limit(order, language) for order in issue_ties.orders(data, number)}
    for one in map(int, folded.index):
        lead = limits.get(one) or _say("double", language)
        _line(data, one, lead, f"double-{one}", language, _split(data, one, may, language))
    for other, kind, first in links:
        if other in data.issues.index:
            pair = (other, number) if first else (number, other)
            lead = i18n.text(f"issue_link.{kind}", language)
            _line(data, other, lead, f"link-{other}-{kind}", language, _cut(data, pair, kind, may, language))
    return above is not None or bool(len(below) or len(folded) or links)


def _limit(order: issue_ties.Order, language: str) -> str:
    """Say the number and the limit of an order that was folded in: it has to be answered all the same."""
    if order.due_at is None:
        return i18n.text("hotline.double_order", language, order=order.number)
    due = i18n.time(order.due_at, language, sources.time_zone())
    return i18n.text("hotline.double_due", language, order=order.number, due=due)


def _close_parts(data: CommunityData, number: int, language: str) -> None:
    """Offer to close the open parts of a matter that is settled."""
    parts = issue_ties.children(data, number, only_open=True)
    if parts.empty or IssueState(data.issues.at[number, "state"]).is_open:
        return
    code = data.issues.at[number, "code"]
    st.caption(i18n.text("hotline.parts_open", language, n=len(parts)))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        note = st.text_input(
            i18n.text("hotline.parts_note", language), value=i18n.text("hotline.parts_usual", language, code=code),
            max_chars=200, key=f"parts-note-{number}",
        )  # fmt: skip
        if not st.button(i18n.text("hotline.parts_close", language, n=len(parts)), key=f"parts-close-{number}"):
            return

    def act() -> str:
        done = issue_children.close(
            sources.store(), asked_anew(language), data, number, note.strip(),
            now=dt.datetime.now(dt.UTC), address=st.context.ip_address or "",
        )  # fmt: skip
        said = i18n.text("hotline.parts_closed", language, n=len(done.closed))
        return f"{said} {i18n.text('hotline.parts_left', language, codes=done.left)}" if done.left else said

    if acts.attempt(act, language):
        st.rerun()


def _apart(data: CommunityData, number: int, may: bool, language: str) -> Offer | None:
    def act(by: Actor, now: dt.datetime, address: str) -> object:
        return issue_ties.set_parent(sources.store(), by, data, number, None, now=now, address=address)

    return (":material/link_off:", _say("cut", language), act) if may else None


def _split(data: CommunityData, double: int, may: bool, language: str) -> Offer | None:
    def act(by: Actor, now: dt.datetime, address: str) -> object:
        issue_ties.split(sources.store(), by, data, double, now=now, address=address)
        return double

    return (":material/call_split:", _say("split", language), act) if may else None


def _cut(data: CommunityData, pair: tuple[int, int], kind: IssueLinkKind, may: bool, language: str) -> Offer | None:
    def act(by: Actor, now: dt.datetime, address: str) -> object:
        return issue_ties.unlink(sources.store(), by, data, *pair, kind, now=now, address=address)

    return (":material/link_off:", _say("cut", language), act) if may else None


def _fold(data: CommunityData, double: int, into: int, language: str) -> Offer:
    def act(by: Actor, now: dt.datetime, address: str) -> object:
        return issue_ties.merge(sources.store(), by, data, double, into, now=now, address=address)

    return ":material/merge:", _say("merge", language), act


def _nearby(data: CommunityData, number: int, language: str) -> bool:
    """Offer what is open nearby and may be the same."""
    row = data.issues.loc[number]
    place, now = row["geom"], dt.datetime.now(dt.UTC)
    lon, lat = (None, None) if place.is_empty else (place.x, place.y)
    building = None if pd.isna(row["building_id"]) else int(row["building_id"])
    known = {other for other, _, _ in issue_ties.links(data, number)} | {number}
    near = issue_doubles.nearby(data, lon, lat, row["category"], now, building_id=building)
    found = [one for one in near if one.issue_id not in known]
    for one in found:
        lead = _say("near", language, metres=round(one.distance_m), days=one.age_days)
        fold = _fold(data, one.issue_id, number, language)
        _line(data, one.issue_id, lead, f"near-{one.issue_id}", language, fold)
    return bool(found)


def _tie(data: CommunityData, number: int, language: str) -> None:
    """Tie the issue to another one, named by its number or its order's."""
    with st.expander(_say("tie", language), icon=":material/link:"):
        ways = {kind.value: i18n.text(f"issue_link.{kind}", language) for kind in _KINDS}
        ways |= {way: _say(f"tie_{way}", language) for way in ("parent", "into")}
        how = st.selectbox(_say("tie_how", language), list(ways), key="tie-how", format_func=lambda way: ways[way])
        text = st.text_input(_say("tie_which", language), max_chars=100, key="tie-which")
        if not st.button(_say("tie_do", language), key="tie-do"):
            return
        other = _named(data, text)
        if other is None:
            st.error(chrome.literally(_say("tie_unknown", language, text=text.strip())), icon=":material/error:")
            return

        def act(by: Actor, now: dt.datetime, address: str) -> object:
            store, rest = sources.store(), Rest(now=now, address=address)
            if how == "parent":
                return issue_ties.set_parent(store, by, data, number, other, **rest)
            if how == "into":
                return issue_ties.merge(store, by, data, number, other, **rest)
            return issue_ties.link(store, by, data, number, other, IssueLinkKind(how), **rest)

        _do(act, ways[how], language)


def _named(data: CommunityData, text: str) -> int | None:
    wanted = text.strip().casefold()
    if not wanted:
        return None
    for frame in (data.issues, data.doubles):
        codes, orders = frame["code"].str.casefold(), frame["order_number"].fillna("").str.casefold()
        found = frame.index[(codes == wanted) | (orders == wanted)]
        if len(found):
            return issue_ties.standing(data, int(found[0]))
    return None


def _past(data: CommunityData, number: int, language: str) -> None:
    """Show settled issues like this one, and how they were settled."""
    found = issue_similar.past(data, number)
    if not found:
        return
    with st.container(border=True, key="issue-past"):
        st.markdown(f"**{_say('past', language)}**")
        for one in found:
            took = issue_cards.took(data, one.number, language)
            lead = " · ".join(part for part in (i18n.percent(one.likeness, language), took) if part)
            _line(data, one.number, lead, f"past-{one.number}", language)
            if one.solved:
                st.caption(chrome.literally(_say("solved", language, words=one.solved)))
