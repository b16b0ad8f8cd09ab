"""What the desk has handled at home: a log of days, matters and buildings that names nobody."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import sqlalchemy as sa

from gridmap import i18n, model
from gridmap.access import Action
from gridmap.errors import InputError
from gridmap.services import community_data, desk, layers, records, register_writing, writing_pace
from gridmap.services.community_data import CommunityData
from gridmap.services.register_writing import SAVED, Writer
from gridmap.store import Store

_EARLIEST = dt.timedelta(days=3660)


def add(writer: Writer, matter: int, day: dt.date, building_id: int | None) -> int:
    """Note that a matter was handled at home, and return the number of the note.

    Parameters
    ----------
    matter
        Number of the matter; one that is handled at home.
    day
        When; not in the future.
    building_id
        In which building; None where that is not to be said.

    Raises
    ------
    InputError
        ``home_visit_day`` if the day is still to come or long past; ``home_visit_matter`` if it is no such matter.
    Forbidden, TooManyWrites, StoreError
    """
    data = writer.data
    records.demand(writer.actor, Action.KEEP_DESK, data, None)
    if not data.day - _EARLIEST <= day <= data.day:
        raise InputError("home_visit_day", day=data.day.isoformat())
    handled = desk.matters(data, at_home=True)
    if matter not in handled.index or (building_id is not None and building_id not in data.buildings.index):
        raise InputError("home_visit_matter")
    name = str(handled.at[matter, "name"])
    with writer.store.write() as session:
        writing_pace.demand(session, writer.actor, writer.now)
        row = model.HomeVisit(community_id=writer.community_id, day=day, matter=name, building_id=building_id)
        session.add(row)
        session.flush()
        writer.note(session, SAVED, f"{name} {day.isoformat()}", row.id)
        return int(row.id or 0)


def read(store: Store, data: CommunityData) -> pd.DataFrame:
    """Return the notes, the latest first, index = id."""
    found: pd.DataFrame = register_writing.frame(store, data, model.HomeVisit)
    return found.sort_values("day", ascending=False, kind="stable")


def table(data: CommunityData, found: pd.DataFrame, language: str) -> pd.DataFrame:
    """Return notes in words, on their index."""
    columns = {
        "day": found["day"],
        "name": found["matter"],
        "building": community_data.named(found["building_id"], layers.building_titles(data.buildings, language)),
    }
    words = {name: i18n.text(f"desk.visit.{name}", language) for name in columns}
    return pd.DataFrame(columns, index=found.index).rename(columns=words)


def counts(store: Store, data: CommunityData) -> tuple[int, int]:
    """Return how many there were this month and this year."""
    of = sa.inspect(model.HomeVisit).c
    first = data.day.replace(day=1)
    wanted = sa.select(of.day).where(of.community_id == data.community.id, of.day >= first.replace(month=1))
    with store.read() as session:
        days = list(session.scalars(wanted))
    return sum(day >= first for day in days), len(days)
