"""What a repair did to drawn grids, beside the draft that came of it: each piece on the map and in a table."""

from __future__ import annotations

from functools import lru_cache

import streamlit as st

from gridmap import i18n
from gridmap.access import Action
from gridmap.cartography.shapes import Shape
from gridmap.exchange import workbook
from gridmap.services import grid_repair
from gridmap.services.community_data import CommunityData
from gridmap.web import chrome, downloads

_LOOK = "mend"


@lru_cache(maxsize=16)
def shapes(repaired: str, language: str) -> tuple[Shape, ...]:
    """Return the pieces that changed hands, to be shown above the grids."""
    pieces = grid_repair.from_json(repaired).to_dict("records")
    return tuple(
        Shape(id=n, geometry=piece["geometry"], look=_LOOK, title=grid_repair.sentence(piece, language), pickable=False)
        for n, piece in enumerate(pieces)
    )


def show(repaired: str, data: CommunityData, language: str) -> None:
    """List the pieces; nothing for a draft that came of no repair."""
    pieces = grid_repair.from_json(repaired)
    if pieces.empty:
        return
    table = grid_repair.table(pieces, language)
    name = i18n.text("repair.file", language)
    with st.expander(i18n.text("repair.title", language, n=len(table)), icon=":material/healing:", expanded=True):
        st.markdown("\n".join(f"- {chrome.literally(grid_repair.sentence(one, language))}"
                              for one in pieces.head(5).to_dict("records")))  # fmt: skip
        st.dataframe(table, hide_index=True, width="stretch", height=min(38 + 35 * len(table), 220))
        st.download_button(
            i18n.text("table.excel", language),
            data=downloads.listed(
                Action.IMPORT_DATA, name, lambda _: workbook.write({name: table}, title=data.community.name)
            ),
            file_name=downloads.file_name(data.community.name, name, ending="xlsx"),
            mime=workbook.MIME, icon=":material/table_view:", on_click="ignore", key="grids-repair-xlsx",
        )  # fmt: skip
