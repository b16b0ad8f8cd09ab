"""Takes in buildings, and brings the community's boundary and grids in line with them."""

from __future__ import annotations

import datetime as dt

import geopandas as gpd
import pandas as pd
from sqlalchemy.orm import Session

from gridmap import crs, i18n, model
from gridmap.analysis import overlaps
from gridmap.errors import InputError
from gridmap.exchange import fields
from gridmap.services import grids, keeping
from gridmap.services.tally import Note, Tally

_FEW = 5
_NO_COMPANY = frozenset({"无", "无物业", "-", "/"})


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
    _note_companies(session, community_id, clean, tally)
    _follow_up(session, community_id, tally, today)
    return tally


def _note_companies(session: Session, community_id: int, clean: gpd.GeoDataFrame, tally: Tally) -> None:
    """Give a compound the property company that all rows about its buildings name, where nobody has named one."""
    if "property_company" not in clean.columns or "compound" not in clean.columns:
        return
    told: dict[str, set[str]] = {}
    for compound, company in zip(clean["compound"], clean["property_company"], strict=True):
        if company and company not in _NO_COMPANY:
            told.setdefault(fields.name_key(compound), set()).add(company)
    given, differ = 0, []
    for one in keeping.rows_of(session, model.Compound, community_id):
        companies = told.get(fields.name_key(one.name), set()) - {one.property_company}
        if len(companies) == 1 and not one.property_company:
            one.property_company = companies.pop()
            given += 1
        elif companies:
            differ.append(one.name)
    tally.note("companies_set", given)
    tally.note("companies_differ", len(differ), names=differ[:_FEW])


def _follow_up(session: Session, community_id: int, tally: Tally, today: dt.date) -> None:
    """Bring boundary and grids in line with buildings that have come in, and name those that lie on one another."""
    version = grids.current_version(session, community_id, today)
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
        if fault.key == "grids_no_building":
            # Of a register without footprints that is said already.
            return
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
