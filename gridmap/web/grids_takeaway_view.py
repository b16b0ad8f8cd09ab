"""What a person takes along from the page of grids: workbooks of its tables, pictures of its map."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd
import streamlit as st

from gridmap import access, i18n
from gridmap.exchange import workbook
from gridmap.services import grid_pictures
from gridmap.services.community_data import CommunityData
from gridmap.services.grid_divisions import Drawn
from gridmap.services.sight import Sight
from gridmap.web import downloads, sources


def offer(
    data: CommunityData,
    seen: Sight,
    *,
    title: str,
    note: str,
    sheets: Callable[[], Mapping[str, pd.DataFrame]],
    shown: Drawn | None,
    proposed: bool = False,
    key: str,
    language: str,
) -> None:
    """Offer the tables as a workbook and the division as a picture.

    Parameters
    ----------
    data, seen
        The community, and what the person sees of it.
    title, note
        What both are called, and the line below.
    sheets
        Makes the tables by the name of their sheet.
    shown
        The division of the picture; None for no picture.
    proposed
        Whether nobody has confirmed it.
    key
        Part of the buttons' keys.
    language
        In whose words.
    """
    with st.container(horizontal=True, vertical_alignment="center", key=f"grids-take-{key}"):
        if seen.tables:
            st.download_button(
                i18n.text("table.excel", language),
                data=downloads.noted(
                    data, seen, access.Action.DOWNLOAD_TABLES, title,
                    lambda: workbook.write(sheets(), title=f"{data.community.name} · {title}", note=note,
                                           time_zone=sources.time_zone()),
                ),
                file_name=downloads.file_name(data.community.name, title, ending="xlsx"),
                mime=workbook.MIME, icon=":material/table_view:", on_click="ignore", key=f"grids-xlsx-{key}",
            )  # fmt: skip
        if seen.picture and shown is not None:
            st.download_button(
                i18n.text("grids.picture", language),
                data=downloads.noted(
                    data, seen, access.Action.DOWNLOAD_PICTURE, title,
                    lambda: grid_pictures.png(data, shown, title=title, note=note, proposed=proposed,
                                              language=language),
                ),
                file_name=downloads.file_name(data.community.name, title, i18n.date(data.day, "zh"), ending="png"),
                mime="image/png", icon=":material/image:", on_click="ignore", key=f"grids-png-{key}",
            )  # fmt: skip
