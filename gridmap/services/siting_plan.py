"""Where the next stations of a kind should stand, for one community: its buildings, its points and the candidates."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridmap import i18n, model
from gridmap.analysis import siting
from gridmap.analysis.pairs import Pairs
from gridmap.errors import InputError
from gridmap.service_kinds import ServiceKinds
from gridmap.services import community_data, community_settings, coverage_table, overview, siting_places, walking_data
from gridmap.services.community_data import CommunityData
from gridmap.services.community_settings import CommunitySettings
from gridmap.services.coverage_table import LARGEST_RADIUS_M
from gridmap.services.siting_places import Candidate
from gridmap.store import Store

LARGEST_ADD = 1000
ROOM = 500
"""Households that a point has room for where nothing is said: a neighbourhood station is for about so many."""
LONGEST_WALK_M = 10_000.0
"""Where all walking counts, walks up to here are measured."""


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What is asked.

    Parameters
    ----------
    kind
        Kind of service point, by its name in either language or its code.
    add
        How many new ones at most. Where all are to be covered (``lscp``) it is no limit: as many are told as it takes.
    objective
        One of `siting.Objective`.
    walk_m
        Longest walk that counts as covered, in metres; the community's own for the kind if left out. Where walking
        itself is measured (``pmedian``, ``pcenter``) every walk counts.
    straight
        Whether distance is the straight line, walls or none; else people walk on paths and through gates.
    existing
        Whether the points that are there are ``fixed``, ``closable`` or ``movable``.
    standing
        The same for single points, by their numbers, where it differs from ``existing``.
    capacity
        Whether points have room for so many households only.
    room
        Households that a point has room for where neither it nor the candidate says so.
    budget
        What the new ones may cost, in yuan; candidates must have a price then.
    price
        What a candidate costs that does not say it itself, in yuan; None where it is not known.
    candidates
        Where they may stand; the buildings and the rooms that hosts lend if left out.
    alternatives
        How many others, nearly as good, to look for.
    seconds
        How long to look.
    seed
        The same seed gives the same answer.
    """

    kind: str
    add: int
    objective: str = siting.Objective.MCLP.value
    walk_m: float | None = None
    straight: bool = False
    existing: str = siting.Standing.FIXED.value
    standing: tuple[tuple[int, str], ...] = ()
    capacity: bool = False
    room: int = ROOM
    budget: float | None = None
    price: float | None = None
    candidates: tuple[Candidate, ...] | None = None
    alternatives: int = 0
    seconds: float = siting.SECONDS
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """A place where a new one should stand.

    Parameters
    ----------
    place
        The candidate.
    gain_households
        Households that it brings within reach, or serves where all are within reach.
    reasons
        Why, as data; `said` puts them into words.
    """

    place: Candidate
    gain_households: int
    reasons: tuple[siting.Saying, ...]

    def said(self, language: str) -> str:
        """Say why, as a person would."""
        words = [i18n.text(f"siting.{one.key}", language, **_aloud(one.fields)) for one in self.reasons]
        return ("；" if language == "zh" else "; ").join(words)


def _aloud(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Round lengths as people say them: whole metres, but for a few."""
    return {name: round(one) if isinstance(one, float) and one >= 10 else one for name, one in fields.items()}


@dataclass(frozen=True, kw_only=True, eq=False)
class Plan:
    """Where the next ones should stand.

    Parameters
    ----------
    kind, known
        Code of the kind, and the community's kinds, by which it is called.
    measure
        ``straight_line`` or ``walking``.
    reach_m
        Longest walk that counts as covered, in metres.
    limit_m
        The same; None where every walk counts.
    answer
        What `siting.solve` says, its demands in the order of ``homes``, its facilities first ``points`` and then
        ``places``.
    homes
        The buildings where people live that somebody can reach, in metres.
    beyond
        Households that neither a point nor a candidate reaches, left out of what must be covered.
    points
        The points of the kind that are there.
    places
        The candidates, as many as were weighed.
    weighed_of
        How many candidates there were.
    chosen
        Where new ones should stand, the one that brings most first.
    closed
        Numbers of the points that are closed.
    cost
        What the new ones cost, in yuan; None where the price of one is not known.
    alternatives
        Others nearly as good, the best first.
    today
        Households covered as it is now.
    """

    kind: str
    known: ServiceKinds
    measure: str
    reach_m: float
    limit_m: float | None
    answer: siting.Siting
    homes: gpd.GeoDataFrame
    beyond: int
    points: gpd.GeoDataFrame
    places: tuple[Candidate, ...]
    weighed_of: int
    chosen: tuple[Chosen, ...]
    closed: tuple[int, ...]
    cost: float | None
    today: int
    alternatives: tuple[Plan, ...] = field(default=())


@dataclass(frozen=True, kw_only=True, eq=False)
class Ground:
    """A wish on the ground of its community, ready to be searched; parts as in `Plan`."""

    wish: Wish
    kind: str
    known: ServiceKinds
    measure: str
    reach_m: float
    limit_m: float | None
    asked: siting.Problem
    homes: gpd.GeoDataFrame
    beyond: int
    points: gpd.GeoDataFrame
    places: tuple[Candidate, ...]
    weighed_of: int

    def solve(self, progress: siting.Progress | None = None) -> Plan:
        """Search, as long as was wished."""
        wish = self.wish
        answer = siting.solve(
            self.asked, seconds=wish.seconds, seed=wish.seed, alternatives=wish.alternatives, progress=progress
        )
        return self.told(answer)

    def so_far(self, step: siting.Step) -> Plan:
        """Return the best that the search has come to as a plan."""
        return self.told(siting.so_far(self.asked, step))

    def told(self, answer: siting.Siting) -> Plan:
        """Tell an answer in the community's own points and places."""
        first = len(self.points)
        chosen = zip(answer.chosen, answer.gain_households, answer.reasons, strict=True)
        prices = [self.asked.price[one] if self.wish.budget is not None else self.priced(one) for one in answer.chosen]
        return Plan(
            kind=self.kind,
            known=self.known,
            measure=self.measure,
            reach_m=self.reach_m,
            limit_m=self.limit_m,
            answer=answer,
            homes=self.homes,
            beyond=self.beyond,
            points=self.points,
            places=self.places,
            weighed_of=self.weighed_of,
            chosen=tuple(
                Chosen(place=self.places[one - first], gain_households=int(gain), reasons=why)
                for one, gain, why in chosen
            ),
            closed=tuple(int(self.points.index[one]) for one in answer.closed),
            cost=None if None in prices or not prices else float(sum(one or 0.0 for one in prices)),
            today=int(self.asked.serve(np.arange(self.asked.near.facilities) < first).covered.sum()),
            alternatives=tuple(self.told(other) for other in answer.alternatives),
        )

    def priced(self, facility: int) -> float | None:
        """Return what a candidate costs, by its number among the facilities."""
        said = self.places[facility - len(self.points)].price
        return self.wish.price if said is None else said


def plan(
    store: Store,
    community: model.Community,
    wish: Wish,
    *,
    today: dt.date,
    progress: siting.Progress | None = None,
) -> Plan:
    """Read the community and find where the next ones should stand.

    Raises
    ------
    InputError
        If there is no such kind or objective, no building, no household, or a number is out of range.
    """
    number = community_settings.number(community)
    data = community_data.read(store, number, day=today)
    return of_data(data, community_settings.of(store, number), wish, progress=progress)


def of_data(
    data: CommunityData, chosen: CommunitySettings, wish: Wish, *, progress: siting.Progress | None = None
) -> Plan:
    """Find where the next ones should stand, in a community that is read already, with its settings."""
    return prepare(data, chosen, wish).solve(progress)


def prepare(data: CommunityData, chosen: CommunitySettings, wish: Wish) -> Ground:
    """Check what is asked and measure the walks.

    Raises
    ------
    InputError
        As `plan` does.
    """
    kind = coverage_table.service_kind(wish.kind, data.kinds)
    reach_m = chosen.radius_m(kind) if wish.walk_m is None else wish.walk_m
    objective = _checked(data, wish, reach_m)
    homes = overview.dwellings(data)
    homes = homes[~homes.geometry.is_empty]
    points = data.points_m[(data.points_m["kind"] == kind) & ~data.points_m.geometry.is_empty]
    standing = _standing(wish, points)
    offered = siting_places.offered(data, kind) if wish.candidates is None else list(wish.candidates)
    if not offered and siting.Standing.MOVABLE not in standing and siting.Standing.CLOSABLE not in standing:
        raise InputError("siting_no_candidate")
    _demand_prices(wish, offered)
    by_walk = objective in (siting.Objective.PMEDIAN, siting.Objective.PCENTER)
    spots = _spots(offered, homes)
    kept = siting_places.thinned(spots, homes, by_walk)
    places, spots = [offered[one] for one in kept], spots.iloc[kept]
    where = pd.concat([points.geometry, spots])
    cost = walks(data, chosen, homes, where, LONGEST_WALK_M if by_walk else reach_m, straight=wish.straight)
    reached = np.zeros(len(homes), dtype=bool)
    reached[cost.demand] = True
    # With all to be covered, whom nobody can reach would make everything else impossible.
    left = ~reached if objective != siting.Objective.MCLP else np.zeros(len(homes), dtype=bool)
    beyond = int(homes["households"][left].sum())
    homes = homes[~left]
    asked = siting.problem(
        cost.of(~left, np.ones(len(where), dtype=bool)),
        homes["households"].to_numpy(),
        objective=objective,
        facilities=len(where),
        add=None if objective == siting.Objective.LSCP else wish.add,
        standing=standing + [siting.Standing.CANDIDATE] * len(places),
        room=_room(wish, points, places) if wish.capacity else None,
        price=None if wish.budget is None else [0.0] * len(points) + [_price(wish, one) for one in places],
        budget=wish.budget,
    )
    return Ground(
        wish=wish,
        kind=kind,
        known=data.kinds,
        measure=walking_data.measure(data, straight=wish.straight),
        reach_m=reach_m,
        limit_m=None if by_walk else reach_m,
        asked=asked,
        homes=homes,
        beyond=beyond,
        points=points,
        places=tuple(places),
        weighed_of=len(offered),
    )


def _checked(data: CommunityData, wish: Wish, reach_m: float) -> siting.Objective:
    if not 0 < reach_m <= LARGEST_RADIUS_M:
        raise InputError("radius_out_of_range", radius=f"{reach_m:g}", largest=LARGEST_RADIUS_M)
    if not 0 <= wish.add <= LARGEST_ADD:
        raise InputError("siting_add_range", found=wish.add, most=LARGEST_ADD)
    if wish.capacity and wish.room <= 0:
        raise InputError("siting_room", found=wish.room)
    if wish.price is not None and not 0 <= wish.price < np.inf:
        raise InputError("siting_price_each", found=f"{wish.price:g}")
    if not wish.seconds > 0:
        raise InputError("siting_seconds", found=f"{wish.seconds:g}")
    if data.buildings.geometry.is_empty.all():
        raise InputError("coverage_no_building", community=data.community.name)
    if wish.objective not in set(siting.Objective):
        raise InputError("siting_objective", found=wish.objective, known=[one.value for one in siting.Objective])
    return siting.Objective(wish.objective)


def _standing(wish: Wish, points: gpd.GeoDataFrame) -> list[str]:
    told = dict(wish.standing)
    unknown = [str(one) for one in told if one not in points.index]
    if unknown:
        raise InputError("siting_no_point", numbers=unknown[:5], known=[str(one) for one in points.index][:12])
    return [told.get(int(one), wish.existing) for one in points.index]


def walks(
    data: CommunityData,
    chosen: CommunitySettings,
    homes: gpd.GeoDataFrame,
    where: gpd.GeoSeries,
    limit_m: float,
    *,
    straight: bool,
) -> Pairs:
    """Return who of ``homes`` reaches which of ``where`` within ``limit_m``, and how far that is, in metres."""
    places = gpd.GeoDataFrame(geometry=where.reset_index(drop=True))
    return walking_data.pairs(data, walking_data.costs(chosen), homes.index, places, limit_m, straight=straight)


def _price(wish: Wish, place: Candidate) -> float:
    return (wish.price or 0.0) if place.price is None else place.price


def _demand_prices(wish: Wish, offered: Sequence[Candidate]) -> None:
    if wish.budget is None or wish.price is not None:
        return
    bare = [one.name for one in offered if one.price is None]
    if bare:
        raise InputError("siting_no_price", n=len(bare), names=bare[:5])


def _spots(offered: Sequence[Candidate], homes: gpd.GeoDataFrame) -> gpd.GeoSeries:
    places = shapely.points(np.array([(one.lon, one.lat) for one in offered]).reshape(-1, 2))
    return gpd.GeoSeries(places, crs="EPSG:4326").to_crs(homes.crs)


def _room(wish: Wish, points: gpd.GeoDataFrame, places: Sequence[Candidate]) -> list[int]:
    there = [wish.room if pd.isna(one) else int(one) for one in points["capacity_households"]]
    return there + [wish.room if one.room is None else one.room for one in places]
