"""What a briefing tells of walks, activities, points, groups, the ten practical things and the fund: numbers alone."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pandas as pd

from gridmap import model, privacy
from gridmap.analysis import indicators
from gridmap.services import community_settings, fund_book, overview
from gridmap.services.briefing_periods import Period
from gridmap.services.community_data import CommunityData
from gridmap.store import Store


@dataclass(frozen=True, kw_only=True)
class Round:
    """What was walked and held in a period.

    Parameters
    ----------
    walks, walk_m
        Walks that took place, and their length in metres as planned.
    visits, buildings
        Stops that reached somebody, and buildings where people live that were visited.
    activities, attendance
        Activities, and how many came to those where that was counted.
    walks_known, activities_known
        Whether any was written down up to the period's end: else nothing is known of it.
    """

    walks: int
    walk_m: float
    visits: int
    buildings: int
    activities: int
    attendance: int
    walks_known: bool
    activities_known: bool

    def known(self, name: str) -> bool:
        """Whether a number is known."""
        return self.activities_known if name in ("activities", "attendance") else self.walks_known


@dataclass(frozen=True, kw_only=True)
class Thing:
    """One of the ten practical things: its number, name, state and limit."""

    seq: int
    name: str
    state: model.ProjectState
    due_on: dt.date | None


@dataclass(frozen=True, kw_only=True)
class Fund:
    """The one-yuan fund in a period: gifts and grants by number and yuan, and what is left at its end."""

    gifts: int
    gifts_yuan: float
    grants: int
    grants_yuan: float
    balance_yuan: float


@dataclass(frozen=True, kw_only=True)
class Registers:
    """What the registers hold.

    Parameters
    ----------
    kinds
        Number of service points by kind, stations first.
    groups, members
        Groups of residents, and their members together.
    receptions
        Grid receptions in a week, as they are laid down.
    year, things
        The ten practical things of the year in which the period ends.
    fund
        None where the fund has no entry up to the period's end.
    """

    kinds: tuple[tuple[str, int], ...]
    groups: int
    members: int
    receptions: int
    year: int
    things: tuple[Thing, ...]
    fund: Fund | None

    def in_state(self, *states: model.ProjectState) -> int:
        """Return how many of the things are in one of some states."""
        return sum(thing.state in states for thing in self.things)


def of(store: Store, data: CommunityData, period: Period) -> Registers:
    """Return what the registers hold; points and groups as they are today."""
    number = community_settings.number(data.community)
    counts = data.points["kind"].value_counts()
    projects = store.frame(model.Project, number, year=period.until.year).sort_values("seq", kind="stable")
    return Registers(
        kinds=tuple((kind, int(counts[kind])) for kind in overview.in_order(data, data.points["kind"])),
        groups=len(data.groups),
        members=int(data.groups["members"].sum()),
        receptions=len(store.frame(model.Reception, number)),
        year=period.until.year,
        things=tuple(
            Thing(
                seq=int(row.seq),
                name=privacy.mask_text(str(row.name)),
                state=model.ProjectState(row.state),
                due_on=None if pd.isna(row.due_on) else row.due_on,
            )
            for row in projects.rename_axis("number").itertuples()
        ),
        fund=_fund(store, number, period),
    )


def round_of(store: Store, data: CommunityData, first: dt.date, last: dt.date) -> Round:
    """Return what was walked and held from one day to another, both included."""
    day = data.walks["day"]
    done = data.walks[(data.walks["state"] == model.WalkState.DONE.value) & (day >= first) & (day <= last)]
    stops = data.stops[data.stops["walk_id"].isin(done.index)]
    reached = indicators.visits(stops, done)
    homes = overview.dwellings(data).index
    held = store.frame(model.Activity, community_settings.number(data.community))
    begun = bool((held["day"] <= last).any())
    held = held[(held["day"] >= first) & (held["day"] <= last)]
    return Round(
        walks=len(done),
        walk_m=float(done["walk_m"].sum()),
        visits=len(reached),
        buildings=int(reached["building_id"].dropna().isin(homes).groupby(reached["building_id"]).first().sum()),
        activities=len(held),
        attendance=int(held["attendance"].fillna(0).sum()),
        walks_known=bool((day <= last).any()),
        activities_known=begun,
    )


def _fund(store: Store, number: int, period: Period) -> Fund | None:
    """Sum the fund up; its rows are opened for their amounts alone."""
    with store.read() as session:
        entries = [
            one for one in session.query(model.FundEntry).filter_by(community_id=number) if one.day <= period.until
        ]
    if not entries:
        return None
    told = fund_book.totals([one for one in entries if one.day >= period.first])
    return Fund(
        gifts=told.gifts,
        gifts_yuan=told.gifts_yuan,
        grants=told.grants,
        grants_yuan=told.grants_yuan,
        balance_yuan=fund_book.balance_yuan(entries),
    )
