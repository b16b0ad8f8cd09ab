"""A catalogue of the community: listed, changed, retired, taken along as Excel and brought back."""

from __future__ import annotations

import datetime as dt
import hashlib
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from gridmap import i18n, service_kinds
from gridmap.access import Action, Actor
from gridmap.exchange import workbook
from gridmap.model import IssueLevel
from gridmap.planning.deadlines import LONGEST_DAYS, Unit
from gridmap.services import catalogue_checks, catalogue_editing, catalogue_sheets
from gridmap.services.catalogue_checks import FIELDS, LONGEST
from gridmap.services.catalogue_editing import Change, Wanted
from gridmap.services.community_data import CommunityData
from gridmap.services.flow_table import ASKS, ROLES
from gridmap.services.issue_catalogue import FLOW, GROUPS, KINDS
from gridmap.web import acts, ahead, chrome, downloads, session, sources, upload

_DONE = "gridmap_catalogue_done"
_CHOSEN = "gridmap_catalogue_chosen"
_LARGEST_MB = 5


def panel(
    catalogue: str, data: CommunityData, language: str, *, more: Callable[[str | None], None] = lambda _chosen: None
) -> None:
    """Show one catalogue; ``more`` offers what else can be done with the entry that is chosen, if any."""

    def say(key: str, **fields: Any) -> str:
        return i18n.text(f"catalogue.{key}", language, **fields)

    rows = {
        code: row
        for code, row in data.catalogues.rows[catalogue].items()
        if row.get("kind") != "state" and not row.get("removed")
    }
    chosen = _list(catalogue, rows, data, language)
    with st.container(horizontal=True, vertical_alignment="center", key="catalogue-bar"):
        if catalogue != FLOW and st.button(say("new"), icon=":material/add:", key="catalogue-new"):
            _edit(catalogue, "", catalogue_sheets.blank(catalogue), data, language)
        if (
            st.button(
                chrome.literally(say("edit", name=rows[chosen][_lang(language)])) if chosen else say("choose"),
                icon=":material/edit:",
                disabled=chosen is None,
                type="primary",
                key="catalogue-edit",
            )
            and chosen is not None
        ):
            _edit(catalogue, chosen, catalogue_checks.flat(catalogue, rows[chosen]), data, language)
        more(chosen)
        if catalogue in catalogue_sheets.SHEETS:
            st.download_button(
                i18n.text("table.excel", language),
                data=downloads.listed(
                    Action.CHANGE_SETTINGS,
                    say(catalogue),
                    lambda _who: catalogue_sheets.written(catalogue, data.catalogues, data.community.name, language),
                ),
                file_name=downloads.file_name(data.community.name, say(catalogue), ending="xlsx"),
                mime=workbook.MIME,
                icon=":material/table_view:",
                on_click="ignore",
                key="catalogue-xlsx",
            )
        done = st.session_state.get(f"{_DONE}_{catalogue}")
        if done:
            undo = st.button(say("undo"), icon=":material/undo:", key="catalogue-undo")
            if undo and acts.attempt(lambda: _undo(done, data, language), language):
                st.rerun()
    if catalogue in catalogue_sheets.SHEETS:
        with st.expander(say("excel_in"), icon=":material/upload_file:"):
            _take_in(catalogue, data, language)


def _list(catalogue: str, rows: Mapping[str, Any], data: CommunityData, language: str) -> str | None:
    table = _table(catalogue, rows, data, language)
    # Another catalogue, or another order of rows, is another table, in which the same entry stays chosen.
    chosen = f"{_CHOSEN}_{catalogue}"
    order, kept = list(rows), st.session_state.get(chosen)
    ticked = [order.index(kept)] if kept in order else []
    key = hashlib.sha256(f"{catalogue}{language}{list(rows)}".encode()).hexdigest()[:12]
    event = st.dataframe(
        table,
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        selection_default={"selection": {"rows": ticked, "columns": [], "cells": []}},
        height=min(420, 38 * (len(table) + 1)),
        column_config=_pictures(catalogue, language),
        placeholder="",
        key=f"catalogue-list-{key}",
    )
    picked = event["selection"]["rows"]
    st.session_state[chosen] = order[picked[0]] if picked and picked[0] < len(order) else None
    found: str | None = st.session_state[chosen]
    return found


def _table(catalogue: str, rows: Mapping[str, Any], data: CommunityData, language: str) -> pd.DataFrame:
    def state(row: Mapping[str, Any]) -> str:
        return i18n.text("catalogue.retired" if row.get("retired") else "catalogue.live", language)

    if catalogue == FLOW:
        made = [
            {
                catalogue_sheets.heading(_lang(language), language): row[_lang(language)],
                i18n.text("catalogue.from", language): "、".join(
                    i18n.text(f"issue_state.{one}", language) for one in row["from"]
                ),
                i18n.text("catalogue.to", language): i18n.text(f"issue_state.{row['to']}", language),
                catalogue_sheets.heading("roles", language): "、".join(
                    i18n.text(f"role.{one}", language) for one in row["roles"]
                ),
                catalogue_sheets.heading("asks", language): "、".join(
                    i18n.text(f"ask.{one}", language) for one in row["asks"]
                ),
                i18n.text("catalogue.state", language): state(row),
            }
            for row in rows.values()
        ]
        return pd.DataFrame(made)
    hidden = {catalogue_sheets.heading(name, language) for name in ("code", "retired", "street", "order")}
    other = catalogue_sheets.heading("en" if language == "zh" else "zh", language)
    hidden |= {other, catalogue_sheets.heading("definition_en" if language == "zh" else "definition_zh", language)}
    whole = catalogue_sheets.table(catalogue, data.catalogues, language)
    whole[i18n.text("catalogue.state", language)] = [state(row) for row in rows.values()]
    if catalogue == KINDS:
        used = data.points["kind"].value_counts()
        icon = catalogue_sheets.heading("icon", language)
        whole[icon] = [f"{ahead.ASSETS}/icons/{row['icon']}.svg" for row in rows.values()]
        whole.insert(3, i18n.text("catalogue.points", language), [int(used.get(code, 0)) for code in rows])
    shown = [name for name in whole.columns if name not in hidden]
    # Whether an entry is in use stands beside its name, also on a phone.
    return whole[[shown[0], shown[-1], *shown[1:-1]]]


def _pictures(catalogue: str, language: str) -> dict[str, Any] | None:
    heading = catalogue_sheets.heading("icon", language)
    return {heading: st.column_config.ImageColumn(heading, width="small")} if catalogue == KINDS else None


def _edit(catalogue: str, code: str, before: Mapping[str, Any], data: CommunityData, language: str) -> None:
    name = str(before.get(_lang(language)) or "")
    title = i18n.text("catalogue.edit", language, name=name) if code else i18n.text("catalogue.new", language)

    @st.dialog(chrome.literally(title), width="large")
    def asked() -> None:
        by = session.actor(language)
        with st.form("catalogue-form", border=False, enter_to_submit=False):
            said = _fields(catalogue, before, data, language)
            if st.form_submit_button(i18n.text("catalogue.save", language), type="primary"):
                wanted = Wanted(catalogue=catalogue, code=code, said=said, base=dict(before) if code else None)
                if acts.attempt(lambda: save([wanted], data, language, by), language):
                    st.rerun()

    asked()


def _fields(catalogue: str, before: Mapping[str, Any], data: CommunityData, language: str) -> dict[str, Any]:
    said = dict(before)
    for name in FIELDS[catalogue]:
        label, value = catalogue_sheets.heading(name, language), before[name]
        if name in LONGEST:
            said[name] = st.text_input(label, value=str(value or ""), max_chars=LONGEST[name], disabled=False)
        elif name == "names":
            said[name] = st.text_area(label, value="、".join(value or ()), height=90)
        elif name == "group":
            groups = [c for c, row in data.catalogues.rows[GROUPS].items() if not row.get("retired") or c == value]
            said[name] = _one(label, groups, value, lambda c: data.categories.group_label(c, language), language)
        elif name == "department":
            codes = ["", *(one.code for one in data.departments.live())]
            said[name] = _one(
                label,
                codes,
                value,
                lambda c: data.departments.label(c, language) if c else i18n.text("catalogue.none", language),
                language,
            )
        elif name == "level":
            levels = [level.value for level in IssueLevel]
            said[name] = _one(label, levels, value, lambda c: i18n.text(f"issue_level.{c}", language), language)
        elif name.startswith("limit_"):
            said[name] = _limit(label, name, value, language)
        elif name in ("double_m", "double_days", "days"):
            said[name] = st.number_input(label, value=int(value or 0), min_value=0, max_value=2000, step=1)
        elif name == "icon":
            pictures = list(service_kinds.pictures())
            said[name] = st.pills(
                label,
                pictures,
                default=value if value in pictures else None,
                format_func=lambda c: f"![{catalogue_sheets.pictured(c, language)}]({ahead.ASSETS}/icons/{c}.svg)",
                key="catalogue-icon",
            )
        elif name == "radius_m":
            said[name] = st.number_input(
                label, value=value, min_value=20.0, max_value=5000.0, step=50.0, format="%.0f",
                placeholder=i18n.text("catalogue.usual", language),
            )  # fmt: skip
        elif name in ("retired", "street"):
            said[name] = st.toggle(label, value=bool(value))
        elif name == "roles":
            roles = [role.value for role in ROLES]
            said[name] = st.pills(
                label,
                roles,
                default=list(value),
                selection_mode="multi",
                format_func=lambda c: i18n.text(f"role.{c}", language),
            )
        elif name == "asks":
            said[name] = st.pills(
                label,
                [one for one in ASKS if one in ("note", "photo") or one in value],
                default=list(value),
                selection_mode="multi",
                format_func=lambda c: i18n.text(f"ask.{c}", language),
            )
    return said


def _one(label: str, codes: list[str], value: Any, words: Callable[[str], str], language: str) -> str | None:
    return st.selectbox(
        label,
        codes,
        index=codes.index(value) if value in codes else None,
        format_func=words,
        placeholder=i18n.text("record.choose", language),
    )


def _limit(label: str, name: str, value: Any, language: str) -> tuple[Any, str]:
    days, unit = value or (None, Unit.WORKING.value)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        told = st.number_input(
            label, value=days, min_value=0, max_value=LONGEST_DAYS, step=1, key=f"catalogue-{name}-days", width=160
        )
        units = [one.value for one in Unit]
        chosen = st.selectbox(
            i18n.text("catalogue.unit", language),
            units,
            index=units.index(unit),
            format_func=lambda one: i18n.text(f"unit.{one}", language),
            key=f"catalogue-{name}-unit",
            width=160,
        )
    return told, str(chosen)


def _take_in(catalogue: str, data: CommunityData, language: str) -> None:
    file = upload.file(i18n.text("catalogue.excel_file", language), "catalogue-in", language, largest_mb=_LARGEST_MB)
    if file is None:
        return
    with chrome.faults(language), tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "catalogue.xlsx"
        path.write_bytes(file.getvalue())
        wanted, faults = catalogue_sheets.read(path, catalogue, data.catalogues)
        if faults:
            st.error(i18n.text("catalogue.excel_faults", language, n=len(faults)), icon=":material/error:")
            st.markdown("\n".join(f"- {chrome.literally(fault.sentence(language))}" for fault in faults[:30]))
            return
        new = sum(not one.code for one in wanted)
        st.info(i18n.text("catalogue.excel_plan", language, new=new, changed=len(wanted) - new))
        if st.button(
            i18n.text("catalogue.excel_keep", language), type="primary", disabled=not wanted, key="catalogue-keep"
        ) and acts.attempt(lambda: save(wanted, data, language), language):
            st.rerun()


def save(wanted: list[Wanted], data: CommunityData, language: str, by: Actor | None = None) -> str:
    """Keep entries, remember how to take it back, and return what there is to say."""
    done = catalogue_editing.save(
        sources.store(),
        by or session.actor(language),
        data.community,
        wanted,
        now=dt.datetime.now(dt.UTC),
        address=st.context.ip_address or "",
    )
    if not done:
        return i18n.text("catalogue.nothing", language)
    remember(done)
    names = [catalogue_editing.name_of(change.after) for change in done[:5]]
    return i18n.text("catalogue.saved", language, names=names)


def remember(done: tuple[Change, ...]) -> None:
    """Offer from now on to take these changes back."""
    st.session_state[f"{_DONE}_{done[0].catalogue}"] = done


def _undo(done: tuple[Change, ...], data: CommunityData, language: str) -> str:
    catalogue_editing.undo(
        sources.store(),
        session.actor(language),
        data.community,
        done,
        now=dt.datetime.now(dt.UTC),
        address=st.context.ip_address or "",
    )
    del st.session_state[f"{_DONE}_{done[0].catalogue}"]
    return i18n.text("catalogue.undone", language)


def _lang(language: str) -> str:
    return "zh" if language == "zh" else "en"
