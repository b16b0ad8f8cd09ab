"""The tables of coverage with their workbooks, and the picture of the map."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import geopandas as gpd
import pandas as pd
import streamlit as st

from gridmap import access, crs, i18n
from gridmap.exchange import workbook
from gridmap.services import coverage_equity, coverage_kinds, pictures
from gridmap.services.community_data import CommunityData
from gridmap.services.coverage_kinds import KindsTable
from gridmap.services.coverage_table import CoverageTable, Question
from gridmap.services.sight import Sight
from gridmap.web import downloads
from gridmap.web.coverage_map_view import Drawing

_TABLES = ("building", "compound", "grid")
_GROUPS = "group"


def say(key: str, language: str, **fields: object) -> str:
    """Return words of the page of coverage."""
    return i18n.text(f"reach.{key}", language, **fields)


def show(
    data: CommunityData,
    found: CoverageTable,
    fares: Sequence[coverage_equity.Fare] | None,
    drawing: Drawing,
    seen: Sight,
    language: str,
) -> None:
    """Show the tables of one kind, and how groups of households fare where a person sees all of them."""
    title = say("title", language, kind=data.kinds.label(found.kind, language))
    note = say("note", language, metres=round(found.radius_m), how=say(f"measure.{found.measure}", language),
               day=i18n.date(data.day, language))  # fmt: skip
    note = " · ".join([note, *_asked(found.asked, language)])

    def table(name: str) -> pd.DataFrame:
        if name == _GROUPS:
            return coverage_equity.fares_table(fares or (), language)
        return coverage_equity.table(data, found, name, seen, language)

    shown = [*_shown(seen), *([_GROUPS] if fares else [])]
    people = found.by_state["households"]
    figures = [say("picture.figures", language, covered=people["covered"], out=people["out_of_reach"])]
    if found.asked.capacity:
        figures.append(say("picture.full", language, full=people["full"]))
    if found.only_straight:
        figures.append(say("picture.looks", language, n=found.only_straight))
    _tables(data, shown, table, drawing, seen, title, note, figures if seen.figures is None else [], language)


def show_kinds(data: CommunityData, found: KindsTable, drawing: Drawing, seen: Sight, language: str) -> None:
    """Show the tables of several kinds."""
    title = say("title.kinds", language, n=len(found.kinds))
    first = next(iter(found.by_kind.values()))
    how = say(f"measure.{found.measure}", language)
    limits = sorted({round(one.radius_m) for one in found.by_kind.values()})
    note = " · ".join(
        [
            coverage_kinds.missing_words(data.kinds, found.kinds, language),
            say("note", language, metres="/".join(map(str, limits)), how=how, day=i18n.date(data.day, language)),
            *_asked(first.asked, language),
        ]
    )
    counts = found.counts
    figures = [say("picture.kinds", language, every=counts[-1].households, none=counts[0].households)]
    _tables(
        data, _shown(seen), lambda name: coverage_kinds.table(data, found, name, seen, language), drawing, seen, title,
        note, figures if seen.figures is None else [], language,
    )  # fmt: skip


def _shown(seen: Sight) -> list[str]:
    return [one for one in _TABLES if seen.table(f"{one}s")]


def _asked(asked: Question, language: str) -> list[str]:
    """Return in words what else was asked."""
    told = []
    if asked.hour is not None:
        told.append(say("note.hour", language, hour=f"{asked.hour:%H:%M}"))
    if asked.pace_m_min is not None:
        told.append(say("note.pace", language, pace=round(asked.pace_m_min)))
    if asked.capacity:
        told.append(say("capacity", language))
    if asked.trials:
        told.append(say("note.trials", language, n=len(asked.trials)))
    return told


def _tables(
    data: CommunityData,
    shown: list[str],
    table: Callable[[str], pd.DataFrame],
    drawing: Drawing,
    seen: Sight,
    title: str,
    note: str,
    figures: list[str],
    language: str,
) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="reach-tables"):
        name = None
        if shown:
            name = str(st.segmented_control(
                say("table", language), shown, default=shown[0], required=True, key="reach-table",
                format_func=lambda one: say(f"table.{one}", language), label_visibility="collapsed",
            ))  # fmt: skip
        if name is not None and seen.tables:
            st.download_button(
                i18n.text("table.excel", language),
                data=downloads.noted(
                    data, seen, access.Action.DOWNLOAD_TABLES, title,
                    lambda: workbook.write({title[:31]: table(name)}, title=f"{data.community.name} · {title}",
                                           note=note),
                ),
                file_name=downloads.file_name(data.community.name, title, say(f"table.{name}", language),
                                              ending="xlsx"),
                mime=workbook.MIME, icon=":material/table_view:", on_click="ignore", key=f"reach-xlsx-{name}",
            )  # fmt: skip
        if seen.picture:
            st.download_button(
                say("picture", language),
                data=downloads.noted(
                    data, seen, access.Action.DOWNLOAD_PICTURE, title,
                    lambda: _picture(data, drawing, title, " · ".join([note, *figures]), language),
                ),
                file_name=downloads.file_name(data.community.name, title, i18n.date(data.day, "zh"), ending="png"),
                mime="image/png", icon=":material/image:", on_click="ignore", key="reach-png",
            )  # fmt: skip
    if name is not None:
        told = table(name)
        st.dataframe(told, hide_index=True, width="stretch", height=min(38 + 35 * len(told), 460), placeholder="—")


def _picture(data: CommunityData, drawing: Drawing, title: str, subtitle: str, language: str) -> bytes:
    made = [one for one in drawing.shapes if not one.geometry.is_empty]
    shapes = gpd.GeoDataFrame(
        {"look": [one.look for one in made], "sign": [one.sign for one in made]},
        geometry=[one.geometry for one in made],
        crs=crs.WGS84,
    )
    return pictures.coverage_png(
        data,
        drawing.looks,
        drawing.kinds,
        shapes,
        mode="kinds" if drawing.mode == "kinds" else "coverage",
        shape_names=drawing.shape_names,
        step_names=drawing.fill_names if drawing.mode == "kinds" else {},
        title=i18n.text("picture.title", language, name=data.community.name, what=title),
        subtitle=subtitle,
        language=language,
    )
