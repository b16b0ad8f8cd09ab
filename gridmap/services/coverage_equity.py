"""Coverage added up: by building, compound and grid, and how households in need fare beside all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd

from gridmap import i18n
from gridmap.analysis import assignment
from gridmap.services import coverage_table
from gridmap.services.community_data import CommunityData
from gridmap.services.community_settings import CommunitySettings
from gridmap.services.coverage_table import CoverageTable
from gridmap.services.sight import Sight

_FEWEST = 3
"""Fewer than so many households in need are told as no number (PIPL Art. 28)."""


@dataclass(frozen=True, kw_only=True)
class Fare:
    """How one group of households fares.

    Parameters
    ----------
    group
        ``all``, ``need`` (households in need) or ``old``.
    limit_m, pace_m_min
        How far a point may be for them, and how fast they walk.
    households
        How many there are.
    covered, full, out_of_reach
        How many of them live in buildings so told; None where that would tell of fewer than three in need.
    mean_m
        Mean metres to the point, over those that have a way; None where there are none, or for fewer than three.
    """

    group: str
    limit_m: float
    pace_m_min: float
    households: int
    covered: int | None
    full: int | None
    out_of_reach: int | None
    mean_m: float | None


def old_question(chosen: CommunitySettings, found: CoverageTable) -> coverage_table.Question:
    """Return what is asked for the old: they have the same time as others at the usual pace, and walk more slowly."""
    limit_m = found.radius_m / chosen.pace_m_min * chosen.pace_old_m_min
    return replace(found.asked, limit_m=limit_m, minutes=None, pace_m_min=chosen.pace_old_m_min)


def fares(data: CommunityData, found: CoverageTable, slower: CoverageTable, seen: Sight) -> tuple[Fare, ...]:
    """Return how all households fare, those in need, and the old, who walk more slowly in the same time.

    Households in need are told only to those who may see each of them, and never as a number below three. How many old
    people live in a building is not kept: all households are counted, as if the old walked for them.

    Parameters
    ----------
    data
        The community.
    found, slower
        The coverage that is looked at, and the answer to `old_question`.
    seen
        What the person sees.
    """
    told = [_fare("all", found, found.buildings["households"])]
    needy = data.care_counts.reindex(found.buildings.index).fillna(0).astype(int)
    if seen.care is None and needy.sum() >= _FEWEST:
        told.append(_fare("need", found, needy))
    told.append(_fare("old", slower, slower.buildings["households"]))
    return tuple(told)


def _fare(group: str, found: CoverageTable, counts: pd.Series) -> Fare:
    state, walk_m = found.buildings["state"], found.buildings["walk_m"]
    if group == "need":
        parts = [int(counts[state == one].sum()) for one in coverage_table.STATES]
    else:
        parts = [found.by_state["households"][one] for one in coverage_table.STATES]
    hidden = group == "need" and any(0 < n < _FEWEST for n in parts)
    walked = counts.where(walk_m.notna(), 0)
    mean_m = float((walk_m.fillna(0) * walked).sum() / walked.sum()) if walked.sum() and not hidden else None
    covered, full, out = (None, None, None) if hidden else parts
    return Fare(
        group=group,
        limit_m=found.radius_m,
        pace_m_min=found.pace_m_min,
        households=int(counts.sum()),
        covered=covered,
        full=full,
        out_of_reach=out,
        mean_m=mean_m,
    )


def fares_table(told: Sequence[Fare], language: str) -> pd.DataFrame:
    """Return the groups as a table."""

    def say(key: str, **fields: object) -> str:
        return i18n.text(f"reach.{key}", language, **fields)

    whole = [fare.households for fare in told]
    numbers = {
        name: pd.array([getattr(fare, name) for fare in told], dtype="Int64")
        for name in ("covered", "full", "out_of_reach")
    }
    return pd.DataFrame(
        {
            say("column.group"): [say(f"group.{fare.group}") for fare in told],
            say("column.limit_m"): [round(fare.limit_m) for fare in told],
            say("column.pace"): [round(fare.pace_m_min) for fare in told],
            say("column.households"): whole,
            **{say(f"column.{name}"): values for name, values in numbers.items()},
            say("column.share"): [
                None if fare.covered is None or not fare.households else round(fare.covered / fare.households, 3)
                for fare in told
            ],
            say("column.mean_m"): [None if fare.mean_m is None else round(fare.mean_m) for fare in told],
            say("column.counted"): [
                say("counted.hidden" if fare.covered is None else f"counted.{fare.group}") for fare in told
            ],
        }
    )


def heads(data: CommunityData, found: CoverageTable) -> pd.DataFrame:
    """Return how many courtyard heads each station has and lacks for the households that it covers.

    Indexed by the station's id, with ``name`` and the columns of `assignment.courtyard_heads`; empty for other kinds.
    """
    stations = data.points[data.points["kind"] == found.kind]
    if not data.kinds.is_station(found.kind):
        stations = stations.iloc[:0]
    served = found.buildings["households_covered"].groupby(found.nearest).sum()
    team = data.team[data.team["role"] == "courtyard_head"]
    there = team.groupby("service_point_id")["number"].sum().reindex(stations.index).fillna(0).astype("int64")
    told = assignment.courtyard_heads(served.reindex(stations.index).fillna(0).astype("int64"), there)
    told.insert(0, "name", stations["name"])
    return told


def table(data: CommunityData, found: CoverageTable, by: str, seen: Sight, language: str) -> pd.DataFrame:
    """Return the coverage by ``building``, ``compound`` or ``grid``, as far as a person sees such rows."""

    def say(key: str) -> str:
        return i18n.text(f"reach.column.{key}", language)

    rows, reach = found.buildings, seen.rows(f"{by}s")
    if reach is not None:
        rows = rows[data.buildings["grid_id"].reindex(rows.index).isin(reach)]
    if by == "building":
        state = {code: i18n.text(f"reach.state.{code}", language) for code in ("covered", "full", "out_of_reach")}
        order = rows.sort_values(["state", "walk_m"], ascending=[False, False], kind="stable")
        return pd.DataFrame(
            {
                say("compound"): order["compound"],
                say("building"): order["building"],
                say("grid"): order["grid"],
                say("households"): order["households"],
                say("state"): order["state"].map(state),
                say("point"): order["point"],
                say("walk_m"): order["walk_m"].round(),
                say("minutes"): order["minutes"].round(1),
                say("straight_m"): order["straight_m"].round(),
            }
        )
    groups = rows.groupby(rows[by].fillna(""), sort=True)
    people, covered = groups["households"].sum(), groups["households_covered"].sum()
    made = pd.DataFrame(
        {
            say(by): people.index,
            say("buildings"): groups.size(),
            say("households"): people,
            say("covered"): covered,
            say("not_covered"): people - covered,
            say("share"): (covered / people.where(people > 0)).round(3),
            say("mean_m"): groups["walk_m"].mean().round(),
        }
    )
    return made.reset_index(drop=True)
