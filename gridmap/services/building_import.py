"""Takes in buildings, and brings the community's boundary and grids in line with them."""

from __future__ import annotations

import datetime as dt

import geopandas as gpd
import pandas as pd
from sqlalchemy.orm import Session

from gridmap import crs, i18n, model
from gridmap.analysis import overlaps
from gridmap.errors import InputError
from gridmap.services import grids, keeping
from gridmap.services.tally import Note, Tally

_FEW = 5


def keep(session: Session, community_id: int, clean: gpd.GeoDataFrame, today: dt.date) -> Tally:
    """Keep buildings as `keeping.buildings` does; a boundary that nobody drew, and grids that nobody confirmed, follow.

    Parameters
    ----------
    session
        The change under way.
    community_id
        Whose buildings.
    clean
        Rows without a fault.
    today
        Day from which new grids are valid.
    """
    tally = keeping.buildings(session, community_id, clean)
    _follow_up(session, community_id, tally, today)
    return tally


def _follow_up(session: Session, community_id: int, tally: Tally, today: dt.date) -> None:
    """Bring boundary and grids in line with buildings that have come in, and name those that lie on one another."""
    version = grids.current_version(session, community_id)
    if tally.touched:
        _note_overlaps(session, community_id, tally)
    if version is not None and not tally.touched:
        return
    if version is not None and not version.proposed:
        _place_new(session, version, tally)
        return
    community = session.get_one(model.Community, community_id)
    try:
        # What cannot be divided is still a register of buildings.
        with session.begin_nested():
            n = grids.propose_within(session, community, None, today=today)
    except InputError as fault:
        reason = i18n.Phrase(f"error.{fault.key}", fault.fields)
        tally.notes.append(Note(key="grids_not_proposed", fields={"reason": reason}))
        grids.derive_boundary(session, community)
        if version is not None:
            _place_new(session, version, tally)
        return
    tally.note("grids_proposed", n)


def _place_new(session: Session, version: model.GridVersion, tally: Tally) -> None:
    inside, off = grids.place_new(session, version)
    tally.note("placed_in_grids", inside)
    tally.note("placed_off_grids", len(off), buildings=off[:_FEW])


def _note_overlaps(session: Session, community_id: int, tally: Tally) -> None:
    buildings = grids.frame_of(grids.buildings_within(session, community_id))
    if buildings.empty:
        return
    found = overlaps.pairs(buildings.to_crs(crs.metric_crs(buildings)))
    first = found.head(_FEW)
    one, other = (buildings["number"].loc[first[name]].tolist() for name in ("one", "other"))
    n = len(pd.unique(pd.concat([found["one"], found["other"]])))
    tally.note("overlapping", n, pairs=[f"{a} / {b}" for a, b in zip(one, other, strict=True)])
