"""What keeping a file would do, row by row: counts, faults with how to mend them, and what is new beside what was."""

from __future__ import annotations

import datetime as dt
import functools
from html import escape
from typing import Any

import pandas as pd
import shapely
import streamlit as st

from gridmap import access, catalogues, i18n, privacy
from gridmap.access import Action, Actor
from gridmap.exchange import columns, workbook
from gridmap.services import import_refused, import_undo
from gridmap.services.community_data import CommunityData
from gridmap.services.import_preview import Preview
from gridmap.web import acts, chrome, downloads, sources

_ON_SCREEN = 500
_VERDICTS = ("added", "changed", "unchanged", "refused", "left_out")


def counted(preview: Preview, language: str) -> None:
    """Show how many rows are new, changed, as they are, refused, and left out."""
    left_out = len(preview.source.left_out) + sum(row.verdict == "left_out" for row in preview.verdicts)
    counts = {
        "added": preview.added,
        "changed": preview.changed,
        "unchanged": preview.unchanged,
        "refused": preview.refused,
        "left_out": left_out,
    }
    tones = {"refused": "gm-bad" if preview.refused else ""}
    figures = "".join(
        f'<div class="gm-figure {tones.get(name, "")}"><dt>{escape(i18n.text(f"data.{name}", language))}</dt>'
        f"<dd>{n:,}</dd><small>{escape(i18n.text(f'data.{name}.help', language))}</small></div>"
        for name, n in counts.items()
    )
    st.html(f'<dl class="gm-figures">{figures}</dl>')
    notes = [i18n.text(f"note.{note.key}", language, **note.fields) for note in preview.notes]
    if notes:
        st.html('<ul class="gm-notes">' + "".join(f"<li>{escape(note)}</li>" for note in notes) + "</ul>")


def show(preview: Preview, data: CommunityData, language: str) -> None:
    """Show faults, and the rows by what becomes of them."""
    if preview.faults:
        _faults(preview, data, language)
    _rows(preview, language)
    if preview.matches:
        _matches(preview, data, language)
    if preview.source.left_out:
        _left_out(preview, language)


def _faults(preview: Preview, data: CommunityData, language: str) -> None:
    def say(key: str, **more: object) -> str:
        return i18n.text(f"data.fault.{key}", language, **more)

    fatal = sum(fault.fatal for fault in preview.faults)
    st.markdown(f"**{say('title', n=len(preview.faults), fatal=fatal)}**")
    table = pd.DataFrame(
        {
            say("row"): [fault.row for fault in preview.faults],
            say("column"): [fault.column or "" for fault in preview.faults],
            say("value"): [privacy.mask_text(fault.value or "") for fault in preview.faults],
            say("problem"): [privacy.mask_text(fault.sentence(language)) for fault in preview.faults],
            say("mend"): [fault.mend(language) for fault in preview.faults],
            say("weight"): [say("fatal" if fault.fatal else "warning") for fault in preview.faults],
        }
    ).astype({say("row"): "Int64"})
    with st.container(horizontal=True, key="import-refused"):
        if preview.refused:
            title = say("file")
            st.download_button(
                say("download", n=preview.refused),
                data=downloads.listed(Action.IMPORT_DATA, title, lambda _: import_refused.write(preview, language)),
                file_name=downloads.file_name(data.community.name, title, ending="xlsx"),
                mime=workbook.MIME,
                icon=":material/table_view:",
                on_click="ignore",
                key="refused-xlsx",
            )
    _table(table)


def _rows(preview: Preview, language: str) -> None:
    def say(key: str, **more: object) -> str:
        return i18n.text(f"data.rows.{key}", language, **more)

    there = [verdict for verdict in _VERDICTS if any(row.verdict == verdict for row in preview.verdicts)]
    if not there:
        return
    st.markdown(f"**{say('title')}**")
    chosen = st.segmented_control(
        say("title"),
        there,
        default=there[0],
        required=True,
        format_func=lambda verdict: i18n.text(f"data.{verdict}", language),
        key=f"import-verdict-{'-'.join(there)}",
        label_visibility="collapsed",
    )
    rows = [row for row in preview.verdicts if row.verdict == chosen]
    frame = preview.source.frame
    shape = getattr(frame, "_geometry_column_name", None)
    cells = frame.loc[[row.number for row in rows]].drop(columns=[shape] if shape else [])
    table = pd.DataFrame({say("row"): [row.number for row in rows]})
    if chosen in ("added", "changed", "unchanged"):
        table[say("thing")] = [row.title for row in rows]
    if chosen == "changed":
        table[say("what")] = [
            "；".join(_change(change, preview.kind, language) for change in row.changes) for row in rows
        ]
    told = _masked(cells.map(_told), preview).reset_index(drop=True)
    # A file may call a column as we do.
    ours = {name: say("ours", name=name) for name in table.columns if name in told.columns}
    _table(pd.concat([table.rename(columns=ours), told], axis=1))
    if len(rows) > _ON_SCREEN:
        st.caption(say("cut", n=len(rows), shown=_ON_SCREEN))


def _matches(preview: Preview, data: CommunityData, language: str) -> None:
    def say(key: str) -> str:
        return i18n.text(f"data.match.{key}", language)

    homes = data.buildings
    names = {number: f"{row.compound or ''}{row.number}" for number, row in homes[["compound", "number"]].iterrows()}

    def name(number: int | None) -> str:
        return "" if number is None else names.get(number, "")

    taken = sum(match.taken for match in preview.matches)
    words = i18n.text("data.match.title", language, n=taken, all=len(preview.matches))
    with st.expander(words, icon=":material/home_pin:", key="import-matches"):
        table = pd.DataFrame(
            {
                say("row"): [match.row for match in preview.matches],
                say("said"): [match.said for match in preview.matches],
                say("building"): [name(match.building_id) for match in preview.matches],
                say("confidence"): [match.confidence for match in preview.matches],
                say("taken"): [match.taken for match in preview.matches],
                say("others"): ["、".join(map(name, match.runners_up)) for match in preview.matches],
            }
        ).sort_values(say("confidence"), kind="stable")
        _table(
            table,
            {say("confidence"): st.column_config.ProgressColumn(min_value=0, max_value=1, format="percent")},
        )


def _left_out(preview: Preview, language: str) -> None:
    words = i18n.text("data.left_out.title", language, n=len(preview.source.left_out))
    with st.expander(words, icon=":material/playlist_remove:", key="import-left-out"):
        table = pd.DataFrame(
            {
                i18n.text("data.rows.row", language): [one.row for one in preview.source.left_out],
                i18n.text("data.left_out.why", language): [
                    i18n.text(f"left_out.{one.why}", language) for one in preview.source.left_out
                ],
            }
        )
        _table(table)


def _table(table: pd.DataFrame, config: dict[str, Any] | None = None) -> None:
    height = min(38 + 35 * min(len(table), _ON_SCREEN), 380)
    st.dataframe(
        table.head(_ON_SCREEN), hide_index=True, width="stretch", height=height, placeholder="", column_config=config
    )


def _change(change: Any, kind: str, language: str) -> str:
    field = catalogues.entries("import_columns").get(f"{kind}.{change.field}")
    name = catalogues.label("import_columns", f"{kind}.{change.field}", language) if field else _field(change, language)
    if isinstance(change.new, shapely.Geometry):
        return i18n.text("data.rows.moved", language)
    return f"{name}：{_told(change.old) or '—'} → {_told(change.new) or '—'}"


def _field(change: Any, language: str) -> str:
    key = f"record.field.{change.field}"
    return i18n.text(key, language) if key in i18n.catalogue(language) else str(change.field)


def _masked(cells: pd.DataFrame, preview: Preview) -> pd.DataFrame:
    """Return cells as anybody may see them who stands by: names and numbers of persons are masked."""
    holds = {field: entry["holds"] for field, entry in columns.of_kind(preview.kind).items()}
    persons = [heading for field, heading in preview.order.mapping.items() if holds[field] == "person"]
    made = cells.map(privacy.mask_text)
    for heading in persons:
        made[heading] = cells[heading].map(privacy.mask_name)
    return made


def _told(value: Any) -> str:
    if value is None or (pd.api.types.is_scalar(value) and pd.isna(value)):
        return ""
    if isinstance(value, dt.datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    return str(getattr(value, "value", value))


def undo(run: int, data: CommunityData, actor: Actor, language: str) -> str:
    """Take an import back, and return what there is to say about it."""
    done = import_undo.undo(
        sources.store(),
        actor,
        data.community,
        run,
        now=dt.datetime.now(dt.UTC),
        address=st.context.ip_address or "",
    )
    return done.summary(language)


def _undone(run: int, data: CommunityData, language: str, by: Actor) -> str:
    return undo(run, data, by, language)


def runs(data: CommunityData, actor: Actor, language: str) -> None:
    """Show what was imported, the latest first, each with a way to take it back."""
    access.demand_somewhere(actor, Action.IMPORT_DATA)

    def say(key: str, **more: object) -> str:
        return i18n.text(f"data.{key}", language, **more)

    found = import_undo.runs(sources.store(), int(data.community.id or 0))
    if not found:
        st.info(say("runs.none"), icon=":material/info:")
        return
    st.caption(say("runs.help"))
    now = dt.datetime.now(dt.UTC)
    for run in found:
        told = say(
            "runs.row", file=run.file, at=i18n.time(run.at, language, sources.time_zone()),
            by=run.by or say("runs.operator"), added=run.added, changed=run.changed,
        )  # fmt: skip
        with st.container(horizontal=True, vertical_alignment="center", border=True, key=f"run-{run.number}"):
            st.markdown(f"**{i18n.text(f'kind.{run.kind}', language)}**", width="content")
            st.markdown(chrome.literally(told))
            if run.undone_at is not None:
                st.caption(say("runs.undone"), width="content")
            elif run.until is None or run.until < now:
                st.caption(say("runs.over"), width="content")
            elif st.button(say("undo"), icon=":material/undo:", key=f"undo-{run.number}"):
                acts.ask(
                    say("undo"),
                    say("undo.ask", file=run.file, added=run.added, changed=run.changed),
                    say("undo.yes"),
                    functools.partial(_undone, run.number, data, language),
                    language,
                )
