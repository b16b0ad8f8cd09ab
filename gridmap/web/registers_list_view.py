"""A register as list and map side by side; the card of the row that is chosen stands in the list's place."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping

import pandas as pd
import streamlit as st
from shapely.geometry.base import BaseGeometry

from gridmap import access, i18n
from gridmap.access import Actor
from gridmap.cartography import overview_config, shapes
from gridmap.cartography.overview_map import Command
from gridmap.cartography.shapes import Shape
from gridmap.exchange import workbook
from gridmap.services import register_pictures
from gridmap.services.community_data import CommunityData
from gridmap.services.register_lists import Listed
from gridmap.services.sight import Sight
from gridmap.web import ahead, chrome, downloads, map_view, navigation, sources
from gridmap.web.registers_state import RegistersState

_ON_SCREEN = 1000  # rows sent to the browser; Excel has them all
_HEIGHT_PX = 520
_LAYERS = ("boundary", "grids", "compounds", "paths", "ground", "buildings", "gates")
_CLOSE = 17.0  # zoom at which a place stands apart from its neighbours


def show(
    here: RegistersState,
    data: CommunityData,
    actor: Actor,
    listed: Listed,
    language: str,
    *,
    card: Callable[[int], None],
    form: Callable[[], None] | None = None,
    recorded: str | None = None,
) -> None:
    """Show the rows of a register, or the card of the one that is chosen, beside a map of their places.

    Parameters
    ----------
    here
        The page's state.
    data, actor
        The community as far as the person sees it, and the person.
    listed
        The rows.
    language
        Language of the page.
    card
        Shows the card of a row, by its id.
    form
        Shows the form of a new row; None where the person may not add one here.
    recorded
        What a new row is called on the page Records, whose form adds it; None where it does not, or the person may not.
    """
    if here.chosen is not None and here.chosen not in listed.table.index:
        st.warning(_say("gone", language), icon=":material/info:")
        here.choose(None)
    here.adding = here.adding and form is not None
    words = _tools(here, data, actor, listed, language, add=form is not None, recorded=recorded)
    left, right = st.columns([3, 2], gap="medium")
    found = listed.found(words)
    with left, st.container(key="register-left"):
        if here.adding and form is not None:
            form()
        elif here.chosen is not None:
            st.subheader(chrome.literally(listed.titles[here.chosen]), anchor=False)
            card(here.chosen)
        else:
            _list(here, found, listed, language, whole=not words)
    with right, st.container(key="register-map"):
        _map(here, data, listed, listed.placed(found.index), language)
        # Where households in need live is shown to those who work there, and taken along by nobody.
        if Sight.of(actor, data.community).picture and here.register != "care":
            shown = found.index if here.chosen is None else pd.Index([here.chosen])
            _picture(here, data, Sight.of(actor, data.community), listed, shown, language)


def _picture(
    here: RegistersState, data: CommunityData, seen: Sight, listed: Listed, shown: pd.Index, language: str
) -> None:
    """Offer what the map shows as a picture: the rows that were searched for, or the one that is chosen."""
    title = _say(f"tab.{here.register}", language)
    numbers = [int(number) for number in shown]
    st.download_button(
        i18n.text("overview.picture", language),
        data=downloads.noted(
            data, seen, access.Action.DOWNLOAD_PICTURE, title,
            lambda: register_pictures.png(data, listed, numbers, language, title=title),
        ),
        file_name=downloads.file_name(data.community.name, title, ending="png"),
        mime="image/png", on_click="ignore", icon=":material/image:", key="register-png",
        disabled=not listed.placed(shown),
    )  # fmt: skip


def _say(key: str, language: str, **fields: object) -> str:
    return i18n.text(f"register.{key}", language, **fields)


def _tools(
    here: RegistersState,
    data: CommunityData,
    actor: Actor,
    listed: Listed,
    language: str,
    *,
    add: bool,
    recorded: str | None,
) -> str:
    """Show what stands above the list, and return the words that are searched for."""
    seen = Sight.of(actor, data.community)
    with st.container(horizontal=True, vertical_alignment="center", key="register-tools"):
        if here.adding or here.chosen is not None:
            st.button(
                _say("back", language), icon=":material/arrow_back:", key="register-back", on_click=here.choose,
                args=(None,),
            )  # fmt: skip
            return ""
        words = st.text_input(
            i18n.text("record.search", language), key=f"register-search-{here.register}", width=240,
            placeholder=i18n.text("record.search", language), label_visibility="collapsed",
        )  # fmt: skip
        if add:
            st.button(
                _say(f"add.{here.register}", language), type="primary", icon=":material/add:", key="register-add",
                on_click=here.add,
            )  # fmt: skip
        if recorded is not None and st.button(
            _say(f"add.{here.register}", language), type="primary", icon=":material/add:", key="register-add"
        ):
            query = {"lang": language, "c": str(data.community.id), "kind": recorded, "new": "1"}
            navigation.lead("records", query, language)
        if seen.tables:
            excel(data, seen, _say(f"tab.{here.register}", language), listed.found(words), language)
    return str(words)


def excel(data: CommunityData, seen: Sight, title: str, table: pd.DataFrame, language: str, key: str = "") -> None:
    """Offer a table as Excel."""
    day = i18n.date(data.day, language)

    def make() -> bytes:
        note = i18n.text("record.note_synthetic" if data.community.synthetic else "record.note", language, day=day)
        whole = f"{data.community.name} · {title}"
        return workbook.write({title: table}, title=whole, note=note, time_zone=sources.time_zone())

    st.download_button(
        i18n.text("table.excel", language),
        data=downloads.noted(data, seen, access.Action.DOWNLOAD_TABLES, title, make),
        file_name=downloads.file_name(data.community.name, title, ending="xlsx"),
        icon=":material/table_view:",
        mime=workbook.MIME,
        on_click="ignore",
        key=f"register-xlsx{key}",
        disabled=table.empty,
    )


def _list(here: RegistersState, found: pd.DataFrame, listed: Listed, language: str, *, whole: bool) -> None:
    if found.empty:
        st.info(
            _say(f"none.{here.register}", language) if whole else i18n.text("record.none_found", language),
            icon=":material/info:",
        )
        return
    key = f"register-table-{here.register}-{language}-{here.turn}"

    def take() -> None:
        said = st.session_state[key]["selection"]
        rows = [*(row for row, _ in said["cells"]), *said["rows"]]
        if rows:
            here.choose(int(found.index[rows[0]]))

    st.dataframe(
        _numbered(found, listed).head(_ON_SCREEN).apply(days_told),
        hide_index=True,
        width="stretch",
        height=min(38 + 35 * len(found), _HEIGHT_PX - 60),
        placeholder="",
        key=key,
        on_select=take,
        selection_mode=["single-row", "single-cell"],
    )
    st.caption(_say("rows" if len(found) <= _ON_SCREEN else "rows_cut", language, n=len(found), shown=_ON_SCREEN))


def _numbered(found: pd.DataFrame, listed: Listed) -> pd.DataFrame:
    """Return the rows with the signs by which the map names them, unless they have a number of their own."""
    if listed.signs:
        return found
    made = found.copy()
    made.insert(0, "#", [listed.sign(int(number)) for number in found.index])
    return made


def days_told(column: pd.Series) -> pd.Series:
    """Write days as text for the screen, where one that is missing would read None."""
    if column.dtype == object and column.map(lambda value: isinstance(value, dt.date)).any():
        return column.map(lambda value: "" if pd.isna(value) else value.isoformat())
    return column


def _map(
    here: RegistersState, data: CommunityData, listed: Listed, places: dict[int, BaseGeometry], language: str
) -> None:
    drawn = [
        Shape(
            id=number,
            geometry=at.representative_point(),
            look="chosen" if number == here.chosen else "mend" if number in listed.short else "fixed",
            title=listed.titles[number],
            sign=listed.sign(number),
        )
        for number, at in places.items()
    ]
    # What is chosen lies above the others.
    drawn.sort(key=lambda one: one.id == here.chosen)
    chosen = None if here.chosen is None else places.get(here.chosen)
    fly = None
    if chosen is not None:
        middle = chosen.representative_point()
        fly = {"seq": here.turn, "lat": middle.y, "lon": middle.x, "zoom": _CLOSE}
    command = Command(
        revision=data.revision,
        stamp=sources.stamp(data),
        layers=_LAYERS,
        shapes=shapes.features(drawn),
        fly=fly,
        legend=overview_config.legend(
            language=language,
            layers=_LAYERS,
            mode="grid",
            grids=list(zip(data.grids["colour"], data.grids["name"], strict=True)),
            asset_base=ahead.ASSETS,
        ),
        search=False,
        moves=False,
    )
    map_view.show(command, data=data, language=language, height_px=_HEIGHT_PX, on_event=here.take, name="registers")
    without = len(listed.table) - len(listed.placed(listed.table.index))
    if without and here.chosen is None:
        st.caption(_say("without_place", language, n=without))


def facts(told: Mapping[str, object], language: str) -> None:
    """Show what a card tells, a line each, under what its column is called; what is "" is not known."""
    colon = "：" if language == "zh" else ": "
    lines = [
        i18n.text(f"register.column.{name}", language) + colon + chrome.literally(str(value))
        for name, value in told.items()
        if value
    ]
    st.markdown("  \n".join(lines))
