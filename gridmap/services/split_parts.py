"""Parts into which a community could be split: what each would carry, what it would be called, where stations lack."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from gridmap import model
from gridmap.errors import InputError
from gridmap.exchange import fields
from gridmap.services import communities, community_settings, grid_proposals, siting_plan, split_placing
from gridmap.services.community_data import CommunityData
from gridmap.services.grid_proposals import Plan, Proposal, Wish
from gridmap.store import Store

#: A neighbourhood station is for about so many households.
STATION_HOUSEHOLDS = siting_plan.ROOM
_NUMERALS = "一二三四五六七八九"


@dataclass(frozen=True, kw_only=True)
class Part:
    """A part of a community as it would stand.

    Parameters
    ----------
    name
        What it would be called.
    households, need, issues, buildings
        What it would carry; issues are those that are open.
    load
        What the division is balanced by.
    stations, stations_wanted
        Neighbourhood stations that lie in it, and how many its households ask for.
    """

    name: str
    households: int
    need: int
    issues: int
    buildings: int
    load: float
    stations: int
    stations_wanted: int


@dataclass(frozen=True, kw_only=True)
class Order:
    """How a community is to be split.

    Parameters
    ----------
    names
        Name of each part; one that is left out follows from the community's.
    keeps
        Which part of the proposal keeps the community's number; the one with most households if None.
    staff
        Part of the proposal for members of staff, by their number, where a person said so.
    reason
        Why.
    """

    names: Sequence[str] = ()
    keeps: int | None = None
    staff: Mapping[int, int] = field(default_factory=dict)
    reason: str = ""


def propose(data: CommunityData, wish: Wish) -> Plan:
    """Propose parts of a community by the method by which grids are drawn.

    Raises
    ------
    InputError
        If fewer than two parts are asked for, there is no building with a place, or the wish cannot be met.
    """
    if wish.k < 2:
        raise InputError("split_two", k=wish.k)
    return grid_proposals.propose(data, replace(wish, stay=False))


def parts(data: CommunityData, proposal: Proposal, order: Order | None = None) -> list[Part]:
    """Say what each part would carry, the one that keeps the community's number first."""
    asked = order or Order()
    order_of = turn(data, proposal, asked)
    counted = grid_proposals.counts(data)
    division = proposal.division.grid
    told = []
    points = data.points[data.points["kind"].map(data.kinds.is_station)]
    at = split_placing.nearest(points.geometry, proposal.tiles.to_crs(data.buildings_m.crs).geometry)
    for number, name in zip(order_of, names(data.community, asked, len(order_of)), strict=True):
        mine = counted[(division == number).reindex(counted.index)].sum()
        told.append(
            Part(
                name=name,
                households=int(mine["households"]),
                need=int(mine["need"]),
                issues=int(mine["issues"]),
                buildings=int(mine["buildings"]),
                load=float(proposal.division.load.iloc[number]),
                stations=int((at == number).sum()),
                stations_wanted=math.ceil(mine["households"] / STATION_HOUSEHOLDS),
            )
        )
    return told


def stations(store: Store, data: CommunityData, proposal: Proposal, number: int, *, seconds: float = 1.0) -> Any:
    """Say where the stations that a part lacks should stand; None where it lacks none.

    Parameters
    ----------
    number
        The part, as the proposal numbers it.

    Returns
    -------
    siting_plan.Plan or None
    """
    mine = proposal.division.grid.index[proposal.division.grid == number]
    tiles = proposal.tiles.to_crs(data.buildings_m.crs).geometry
    points = data.points[split_placing.nearest(data.points.geometry, tiles).to_numpy() == number]
    there = int(points["kind"].map(data.kinds.is_station).sum())
    wanted = math.ceil(data.buildings.loc[mine, "households"].sum() / STATION_HOUSEHOLDS) - there
    if wanted < 1:
        return None
    ground = replace(data, buildings=data.buildings.loc[mine], points=points)
    chosen = community_settings.of(store, community_settings.number(data.community))
    return siting_plan.of_data(ground, chosen, siting_plan.Wish(kind="station", add=wanted, seconds=seconds))


def wanted_stations(
    store: Store, data: CommunityData, proposal: Proposal, order: Order, *, seconds: float = 1.0
) -> list[list[dict[str, Any]]]:
    """Return for each part where the stations that it lacks should stand (name, lon, lat, households)."""
    found = []
    for number in turn(data, proposal, order):
        plan = stations(store, data, proposal, number, seconds=seconds)
        found.append(
            []
            if plan is None
            else [
                {
                    "name": one.place.name,
                    "lon": round(one.place.lon, 6),
                    "lat": round(one.place.lat, 6),
                    "households": one.gain_households,
                }
                for one in plan.chosen
            ]
        )
    return found


def placed(data: CommunityData, proposal: Proposal, order: Order, said: Mapping[str, int]) -> dict[int, int]:
    """Return the part of the proposal for members of staff, by number, from names and parts counted from 1.

    Raises
    ------
    InputError
        If there is nobody of that name, or several, or no such part.
    """
    order_of = turn(data, proposal, order)
    found = {}
    for name, part in said.items():
        people = data.staff.index[data.staff["name"] == name]
        if len(people) != 1 or not 1 <= part <= len(order_of):
            raise InputError("split_staff", name=name, part=part, k=len(order_of))
        found[int(people[0])] = order_of[part - 1]
    return found


def names(community: model.Community, order: Order, k: int) -> list[str]:
    """Return the name of each part: as it was said, else the community's own, then 第二社区 and so on."""
    stem, _, tail = community.name.partition("社区")
    numbers = [f"第{_NUMERALS[at]}" if at < len(_NUMERALS) else str(at + 1) for at in range(1, k)]
    usual = [community.name, *(f"{stem}{number}社区{tail}" for number in numbers)]
    said = [fields.fold(name) for name in order.names]
    if len(said) > k:
        raise InputError("split_names", n=len(said), k=k)
    told = zip(said, usual, strict=False)
    # A name that was left as it is keeps its signs.
    named = [old if new == fields.fold(old) else communities.checked_name(new) for new, old in told]
    return [*named, *usual[len(said) :]]


def turn(data: CommunityData, proposal: Proposal, order: Order) -> list[int]:
    """Return the parts of a proposal in their order, the one that keeps the community's number first."""
    k = len(proposal.tiles)
    if order.keeps is not None and not 0 <= order.keeps < k:
        raise InputError("split_keeps", part=order.keeps + 1, k=k)
    division = proposal.division.grid
    households = data.buildings["households"].reindex(division.index).groupby(division).sum()
    first = int(households.idxmax()) if order.keeps is None else order.keeps
    return [first, *(number for number in range(k) if number != first)]
