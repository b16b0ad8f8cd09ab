"""The register of premises: what residents and the office have, against what is planned for the households."""

from __future__ import annotations

from html import escape
from typing import Any

import streamlit as st

from gridmap import access, i18n, model
from gridmap.access import Action, Actor
from gridmap.services import community_settings, premises, sight
from gridmap.services.community_data import CommunityData
from gridmap.services.premises import Room
from gridmap.services.register_lists import Listed
from gridmap.services.sight import Sight
from gridmap.web import acts, chrome, navigation, record_history_view, registers_list_view, sources
from gridmap.web.registers_state import RegistersState


def _say(key: str, language: str, **fields: object) -> str:
    return i18n.text(f"premises.{key}", language, **fields)


def show(here: RegistersState, data: CommunityData, actor: Actor, language: str) -> None:
    """Show the premises."""
    target = community_settings.of(sources.store(), community_settings.number(data.community)).m2_per_100_households
    seen = Sight.of(actor, data.community)
    if seen.figures is None:
        _figures(premises.whole(data, target), language)
        _by_place(data, seen, target, language)
        _target(data, actor, target, language)
    found = premises.rows(data)
    may = access.decide(
        actor, Action.KEEP_DESK, street_id=data.community.street_id, community_id=data.community.id
    ).allowed
    registers_list_view.show(
        here,
        data,
        actor,
        Listed(
            table=premises.listed(data, found, language),
            titles={int(str(i)): str(name) for i, name in found["name"].items()},
            places={int(str(i)): at for i, at in found["geom"].items() if at is not None},
        ),
        language,
        card=lambda number: _card(data, found.loc[number], actor, language),
        form=(lambda: _lead(here, {"kind": "premises", "new": "1"}, data, language)) if may else None,
    )


def _figures(room: Room, language: str) -> None:
    def m2(area: float) -> str:
        return _say("m2", language, m2=i18n.number(area, language))

    both = room.residents_m2 + room.office_m2
    cells = [
        (
            _say(name, language),
            m2(area),
            _say("share", language, share=i18n.percent(area / both, language)) if both else "",
            "",
        )
        for name, area in (("residents", room.residents_m2), ("office", room.office_m2))
    ]
    if room.per_100_m2 is None:
        st.caption(_say("no_households", language))
    else:
        short = (
            _say("short", language, m2=i18n.number(room.short_m2, language))
            if room.short_m2
            else _say("reached", language)
        )
        told = f"{_say('target', language, target=f'{room.target_m2:g}')} · {short}"
        tone = "bad" if room.short_m2 else "good"
        per = _say("m2", language, m2=i18n.number(room.per_100_m2, language, 1))
        cells.append((_say("per_100", language), per, told, f" gm-{tone}"))
    made = "".join(
        f'<div class="gm-figure{tone}"><dt>{escape(label)}</dt><dd>{escape(value)}</dd>'
        f"<small>{escape(small)}</small></div>"
        for label, value, small, tone in cells
    )
    st.html(f'<dl class="gm-figures gm-wrapped">{made}</dl>')


def _by_place(data: CommunityData, seen: sight.Sight, target: float, language: str) -> None:
    with st.expander(_say("per_100", language), icon=":material/table_chart:", key="premises-by"):
        by = st.segmented_control(
            _say("by", language),
            ["compound", "grid"],
            default="compound",
            required=True,
            format_func=lambda one: _say(f"by.{one}", language),
            key="premises-by-what",
            label_visibility="collapsed",
        )
        table = premises.table(data, by, target, language)
        area = st.column_config.NumberColumn(format="%.1f")
        st.dataframe(
            table,
            hide_index=True,
            width="stretch",
            height=min(38 + 35 * len(table), 420),
            placeholder="",
            column_config=dict.fromkeys(table.columns[2:], area),
        )
        st.caption(_say("about", language))
        if seen.tables:
            title = f"{i18n.text('register.tab.premises', language)} {_say(f'by.{by}', language)}"
            registers_list_view.excel(data, seen, title, table, language, "-premises-by")


def _target(data: CommunityData, actor: Actor, target: float, language: str) -> None:
    place = {"street_id": data.community.street_id, "community_id": data.community.id}
    if not access.decide(actor, Action.CHANGE_SETTINGS, **place).allowed:
        return
    with (
        st.popover(_say("change_target", language), icon=":material/tune:"),
        st.form(f"premises-target-{target:g}", border=False),
    ):
        value = st.number_input(_say("new_target", language), min_value=1.0, max_value=1000.0, value=target, step=1.0)
        asked = st.form_submit_button(_say("save_target", language), type="primary")

    def save() -> str:
        access.demand(actor, Action.CHANGE_SETTINGS, **place)
        community_settings.choose(sources.store(), data.community, "premises.m2_per_100_households", value)
        return _say("target_saved", language, target=f"{value:g}")

    if asked and acts.attempt(save, language):
        st.rerun()


def _card(data: CommunityData, row: Any, actor: Actor, language: str) -> None:
    lines = [
        f"{_say('column.use', language)}: {i18n.text('premises_use.' + row['use'], language)}",
        f"{_say('column.area', language)}: {row['area_m2']:g}",
    ]
    if row["host"]:
        lines.append(f"{_say('column.host', language)}: {chrome.literally(row['host'])}")
    st.markdown("  \n".join(lines))
    kind = "premises" if row["source"] == "premises" else "points"
    needs = Action.KEEP_DESK if kind == "premises" else Action.EDIT_POINTS
    if access.permission(actor.role, needs) and access.permission(actor.role, Action.EDIT_POINTS):
        change(kind, int(row["id"]), data, language)
    cls = model.Premises if kind == "premises" else model.ServicePoint
    record_history_view.show(data, actor, cls, int(row["id"]), language)


def change(kind: str, number: int, data: CommunityData, language: str) -> None:
    """Lead to the form of a record, where it is changed or deleted."""
    if st.button(i18n.text("desk.change", language), icon=":material/edit:", key="register-change"):
        query = {"lang": language, "c": str(data.community.id), "kind": kind, "id": str(number)}
        navigation.lead("records", query, language)


def _lead(here: RegistersState, query: dict[str, str], data: CommunityData, language: str) -> None:
    here.adding = False
    navigation.lead("records", {"lang": language, "c": str(data.community.id), **query}, language)
