"""The map of a community's grids for a wall, with a table of the grids: who leads them, where their reception is."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import pandas as pd

from gridmap import i18n, model, privacy
from gridmap.access import Action, Actor
from gridmap.errors import Forbidden, InputError
from gridmap.reports import wall_map
from gridmap.reports.wall_map import GridLine, Paper, WallMap
from gridmap.services import audit, briefing_making, community_data, community_settings, pictures
from gridmap.services.community_data import CommunityData
from gridmap.services.sight import Sight
from gridmap.store import Store

Form = Literal["pdf", "png"]
FORMS: tuple[Form, ...] = ("pdf", "png")
MIME = {"pdf": "application/pdf", "png": "image/png"}
_MONDAY = dt.date(2024, 1, 1)
_PREVIEW_DPI = {"A3": 96, "A1": 56}


@dataclass(frozen=True, kw_only=True, repr=False)
class Drawn:
    """The file, and a small PNG of it for the screen; empty where none was wished."""

    data: bytes
    preview: bytes = b""


def form_of(path: Path) -> Form:
    """Return the form of file that a name means by its ending.

    Raises
    ------
    InputError
        If it means none.
    """
    for form in FORMS:
        if path.suffix.lower() == f".{form}":
            return form
    raise InputError("wall_map_ending", file=str(path), endings=[f".{one}" for one in FORMS])


def may_name(actor: Actor, community: model.Community) -> bool:
    """Whether somebody may put the names of the grid leaders on a map that others will see."""
    return Sight.of(actor, community).staff is None


def demand(actor: Actor, community: model.Community, *, names: bool) -> None:
    """Refuse whoever may make no wall map of a community, or none with names.

    Raises
    ------
    Forbidden
    """
    briefing_making.demand(actor, community)
    if names and not may_name(actor, community):
        raise Forbidden("wall_map_names")


def draw(
    store: Store,
    data: CommunityData,
    *,
    paper: Paper,
    form: Form,
    language: str,
    names: bool = False,
    internal: bool = False,
    approval: str = "",
    actor: Actor | None = None,
    preview: bool = False,
) -> Drawn:
    """Draw the sheet.

    Parameters
    ----------
    store, data
        Whose; ``data`` is the whole community.
    paper, form
        As `wall_map` has them.
    language
        Language of the words.
    names
        Whether the grids' leaders are named.
    internal
        Whether the sheet says that it is internal.
    approval
        Approval number (审图号) of the base map; "" where there is no base map but the community's own data.
    actor
        Who wishes it; None for the command line, whose user has the store itself.
    preview
        Whether a small picture for the screen is drawn as well.

    Raises
    ------
    Forbidden
        If ``actor`` may make no briefing of the community, or may not see its staff and wishes names.
    InputError
        If the community has no grid on the map, or the approval number is too long.
    """
    if actor is not None:
        demand(actor, data.community, names=names)
    if data.grids.geometry.is_empty.all():
        raise InputError("wall_map_no_grids", name=data.community.name)
    if len(approval) > briefing_making.LONGEST_APPROVAL:
        raise InputError("briefing_approval", most=briefing_making.LONGEST_APPROVAL)
    wall = of(store, data, language=language, names=names, internal=internal, approval=approval)
    write = wall_map.pdf if form == "pdf" else wall_map.png
    small = wall_map.png(wall, paper=paper, language=language, dpi=_PREVIEW_DPI[paper]) if preview else b""
    return Drawn(data=write(wall, paper=paper, language=language), preview=small)


def of(store: Store, data: CommunityData, *, language: str, names: bool, internal: bool, approval: str) -> WallMap:
    """Return what the sheet says."""

    def say(key: str, **fields: object) -> str:
        return i18n.text(f"wall_map.{key}", language, **fields)

    rows = data.grids.sort_values("letter", kind="stable")
    homes = data.buildings.groupby("grid_id")["households"].agg(["size", "sum"])
    receptions = store.frame(model.Reception, community_settings.number(data.community)).groupby("grid_id")
    leaders = community_data.named(rows["leader_id"], data.staff["name"])
    lines = []
    for number, row in rows.iterrows():
        size, households = (int(homes[part].get(number, 0)) for part in ("size", "sum"))
        sitting = receptions.get_group(number).iloc[0] if number in receptions.groups else None
        cells = [
            str(row["name"]),
            str(row["legend"]) or "—",
            i18n.number(size, language),
            i18n.number(households, language),
            *([str(leaders[number]) or "—"] if names else []),
            "—" if sitting is None else _when(sitting, language),
            "—" if sitting is None else privacy.mask_text(str(sitting["place"])),
        ]
        lines.append(GridLine(colour=str(row["colour"]), cells=cells))
    keys = ("grid", "legend", "buildings", "households", *(["leader"] if names else []), "reception", "place")
    approved = approval.strip()
    ground = (
        i18n.text("briefing.approval", language, number=approved)
        if approved
        else i18n.text("briefing.no_base_map", language)
    )
    return WallMap(
        ground=replace(
            pictures.ground(data),
            points=data.points.rename_geometry("geometry"),
            grids_proposed=data.grids_proposed,
            subtitle=say("subtitle", grids=len(rows), households=int(homes["sum"].sum())),
        ),
        columns=[say(f"column.{key}") for key in keys],
        lines=lines,
        numbers=[key in ("buildings", "households") for key in keys],
        internal=i18n.text("briefing.internal", language) if internal else "",
        notes=[ground],
    )


def note(store: Store, actor: Actor | None, data: CommunityData, target: str, *, address: str = "") -> None:
    """Write into the audit that somebody took a sheet along."""
    number = community_settings.number(data.community)
    audit.note(store, actor, Action.MAKE_BRIEFING.value, target=target, community_id=number, address=address)


def _when(sitting: pd.Series, language: str) -> str:
    day = i18n.weekday_name(_MONDAY + dt.timedelta(days=int(sitting["weekday"]) - 1), language)
    return f"{day} {sitting['hours']}"
