"""What an order may be about that was known here before it came, and callers who call again about one place.

Nothing is decided here: a person confirms or refuses what is proposed, with how likely it is before their eyes.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
import sqlalchemy as sa

from gridmap import model
from gridmap.exchange import fields
from gridmap.model import IssueLinkKind, IssueSource
from gridmap.services import hotline_orders
from gridmap.services.community_data import CommunityData
from gridmap.services.hotline_rules import HotlineRules
from gridmap.store import Store

#: No proposal is surer than this, whatever speaks for it, and none that is less sure is made.
SUREST, LEAST = 0.95, 0.25
_OF_GROUP, _OF_COMPOUND, _BESIDE = 0.75, 0.45, 0.95
_LOOKED_BACK = dt.timedelta(days=60)
_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Found:
    """That we may have found before what an order is about.

    Parameters
    ----------
    order, ours
        Ids of the order and of our own issue.
    confidence
        From 0 to 1, never 1.
    days
        For how many days we had known it when the order came.
    distance_m
        How far apart they are; None where only the compound is known to be the same.
    """

    order: int
    ours: int
    confidence: float
    days: float
    distance_m: float | None


@dataclass(frozen=True, kw_only=True)
class Repeat:
    """One caller's orders about one place; who it is is known to nobody.

    Parameters
    ----------
    orders
        Ids, the earliest first.
    first, last
        When the first and the last of them came.
    building_id
        The place, None where it is not known to be a building.
    """

    orders: tuple[int, ...]
    first: dt.datetime
    last: dt.datetime
    building_id: int | None


def proposed(data: CommunityData, rules: HotlineRules, now: dt.datetime, *, most: int = 50) -> list[Found]:
    """Return what may have been found here before an order of the last two months came, the likeliest first.

    Of the same group of categories, near, and not longer before than the rules say; for each order the one that speaks
    for itself most. What a person has confirmed or refused, and an order that is confirmed already, is not among them.
    """
    orders = hotline_orders.orders(data)
    orders = orders[orders["reported_at"] >= now - _LOOKED_BACK]
    ours = data.issues[data.issues["order_number"].isna() & (data.issues["source"] != IssueSource.HOTLINE.value)]
    ours = ours[ours["reported_at"] >= now - _LOOKED_BACK - rules.found_before_days * _DAY]
    if orders.empty or ours.empty:
        return []
    told = list(data.links[["issue_id", "other_id", "kind"]].itertuples(index=False, name=None))
    settled = {(min(one, two), max(one, two)) for one, two, _ in told}
    confirmed = {two for _, two, kind in told if kind == IssueLinkKind.FOUND_BEFORE}
    group, metric = data.categories.group, data.buildings_m.crs
    ours = ours.assign(shape=ours.to_crs(metric).geometry, group=[group(one) for one in ours["category"]])
    shapes = data.issues.geometry.reindex(orders.index)
    shapes = pd.concat([shapes.dropna(), data.doubles.geometry.reindex(orders.index).dropna()])
    placed = shapes.set_crs(data.issues.crs, allow_override=True).to_crs(metric)
    found = []
    for number, order in orders.iterrows():
        if number in confirmed:
            continue
        best = _best(int(str(number)), order, placed[number], ours, group(order["category"]), settled, rules)
        if best is not None:
            found.append(best)
    return sorted(found, key=lambda one: (-one.confidence, one.order))[:most]


def confirmed(data: CommunityData, judged: pd.DataFrame) -> int:
    """Return how many of some orders a person has confirmed to be about what was found here before."""
    before = data.links.loc[data.links["kind"] == IssueLinkKind.FOUND_BEFORE, "other_id"]
    return int(judged.index.isin(before).sum())


def repeats(store: Store, data: CommunityData, rules: HotlineRules) -> list[Repeat]:
    """Return callers' repeated orders about one place, the latest first, of what is seen of the community.

    Callers are told apart by a keyed digest of their phone, which goes when they are forgotten and never leaves here.
    """
    rows = hotline_orders.orders(data)
    column = sa.inspect(model.Issue).c
    wanted = sa.select(column.id, column.caller_digest).where(
        column.community_id == data.community.id, column.caller_digest.is_not(None)
    )
    with store.read() as session:
        callers = {int(number): digest for number, digest in session.execute(wanted)}
    rows = rows[rows.index.isin(list(callers))].sort_values("reported_at", kind="stable")
    together: dict[tuple[str, int | None, str], list[int]] = {}
    told = zip(rows.index.tolist(), rows["building_id"], rows["address"], strict=True)
    for number, building, address in told:
        house = None if pd.isna(building) else int(building)
        written = fields.name_key(address) if house is None else ""
        if house is not None or written:
            together.setdefault((callers[int(number)], house, written), []).append(int(number))
    found = []
    for (_, house, _), numbers in together.items():
        for run in _runs(rows["reported_at"].loc[numbers], rules.repeat_days * _DAY):
            at = rows["reported_at"].loc[list(run)]
            found.append(Repeat(orders=run, first=at.iloc[0], last=at.iloc[-1], building_id=house))
    return sorted(found, key=lambda one: one.last, reverse=True)


def _best(
    number: int,
    order: pd.Series,
    place: shapely.Point,
    ours: pd.DataFrame,
    group: str,
    settled: set[tuple[int, int]],
    rules: HotlineRules,
) -> Found | None:
    days = (order["reported_at"] - ours["reported_at"]) / _DAY
    # What was settled long before is another matter that has come again.
    still = ours["closed_at"].isna() | (ours["closed_at"] >= order["reported_at"] - rules.found_before_days / 2 * _DAY)
    near = ours[(days > 0) & (days <= rules.found_before_days) & still & (ours["group"] == group)]
    if near.empty:
        return None
    away_m = shapely.distance(near["shape"].to_numpy(), place)
    away_m = np.where(np.isnan(away_m), np.inf, away_m)
    at_place = np.clip(1 - away_m / rules.found_before_m, 0, 1) * _BESIDE
    same_house = (near["building_id"] == order["building_id"]).to_numpy(dtype=bool, na_value=False)
    same_compound = (near["compound_id"] == order["compound_id"]).to_numpy(dtype=bool, na_value=False)
    unplaced = ~np.isfinite(away_m) & same_compound
    at_place = np.where(same_house, 1.0, np.where(unplaced, _OF_COMPOUND, at_place))
    sure = 1.0 if pd.isna(order["place_confidence"]) else float(order["place_confidence"])
    kind = np.where(near["category"] == order["category"], 1.0, _OF_GROUP)
    fresh = 1 - 0.5 * days[near.index].to_numpy() / rules.found_before_days
    confidence = np.minimum(SUREST, at_place * kind * fresh * sure)
    for position in np.argsort(-confidence, kind="stable"):
        other = int(near.index[position])
        if confidence[position] < LEAST:
            return None
        if (min(number, other), max(number, other)) not in settled:
            known_m = 0.0 if same_house[position] else float(away_m[position])
            return Found(
                order=number,
                ours=other,
                confidence=float(confidence[position]),
                days=float(days[other]),
                distance_m=known_m if np.isfinite(known_m) else None,
            )
    return None


def _runs(moments: pd.Series, within: dt.timedelta) -> list[tuple[int, ...]]:
    """Return the orders that follow one another closely enough, two and more at a time."""
    runs: list[list[int]] = []
    before = None
    for number, at in moments.items():
        if before is None or at - before > within:
            runs.append([])
        runs[-1].append(int(str(number)))
        before = at
    return [tuple(run) for run in runs if len(run) > 1]
