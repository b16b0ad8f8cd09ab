"""The review of the walks to take along: one page of PDF, the map as a picture, tables for Excel."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd

from gridmap import i18n
from gridmap.cartography import overview_config
from gridmap.exchange import workbook
from gridmap.reports import content, picture, review_page
from gridmap.services import walk_review
from gridmap.services.walk_review import Reviewed

_MAP_PX = 1700


def pdf(found: Reviewed, language: str) -> bytes:
    """Draw the review as one page of A4."""
    name = found.data.community.name
    grids = walk_review.table(found, "grids", language)
    return review_page.draw(
        review_page.ReviewPage(
            title=walk_review.say("title.of", language, name=name),
            subtitle=walk_review.period(found, language),
            synthetic=found.data.community.synthetic,
            cells=[(label, value, small) for label, value, small, _ in walk_review.figures(found, language)],
            parts=[
                (walk_review.say("changes", language), walk_review.changes(found, language)),
                (walk_review.say("findings", language), walk_review.findings(found, language)),
            ],
            headings=list(grids.columns),
            rows=[[_cell(value, language) for value in row] for row in grids.itertuples(index=False)],
            picture=png(found, language, width_px=_MAP_PX),
            note=walk_review.say("note", language),
        ),
        language=language,
    )


def png(found: Reviewed, language: str, *, width_px: int = 2400) -> bytes:
    """Draw the buildings by their last visit."""
    data = found.data
    placed = data.buildings[~data.buildings.geometry.is_empty]
    words = walk_review.sign_words(found, language)

    def shape(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        return frame.rename_geometry("geometry")

    return picture.draw(
        content.MapContent(
            name=data.community.name,
            day=data.day,
            synthetic=data.community.synthetic,
            fill="visits",
            subtitle=walk_review.period(found, language),
            boundary=shape(data.boundary),
            compounds=shape(data.compounds),
            gates=shape(data.gates),
            paths=shape(data.paths),
            ground=shape(data.ground),
            buildings=shape(placed.assign(state=list(walk_review.signs(found)))),
            looks={sign: (overview_config.SIGNS["visits"][sign], text) for sign, text in words.items()},
            grids_proposed=data.grids_proposed,
        ),
        language=language,
        width_px=width_px,
    )


def excel(found: Reviewed, language: str, *, zone: str) -> bytes:
    """Write all tables of the review as a workbook, and what it says."""
    told = pd.DataFrame(
        {
            walk_review.say("title", language): [
                *(f"{label}: {value} ({small})" for label, value, small, _ in walk_review.figures(found, language)),
                *walk_review.changes(found, language),
                *walk_review.findings(found, language),
            ]
        }
    )
    sheets = {walk_review.say("title", language): told} | {
        walk_review.say(f"table.{name}", language): walk_review.table(found, name, language)
        for name in walk_review.TABLES
    }
    return workbook.write(
        sheets,
        title=walk_review.say("title.of", language, name=found.data.community.name),
        note=" · ".join([walk_review.period(found, language), walk_review.say("note", language)]),
        time_zone=zone,
        aids={walk_review.say("title", language): workbook.Aids(prose=True)},
    )


def _cell(value: object, language: str) -> str:
    if value is None or value is pd.NA or (isinstance(value, float) and value != value):
        return "—"
    if isinstance(value, float):
        return i18n.number(value, language, 1)
    return i18n.number(value, language) if isinstance(value, int) else str(value)
