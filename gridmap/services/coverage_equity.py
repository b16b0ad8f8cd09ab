"""Coverage added up: by building, compound and grid, and how households in need fare beside all."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from gridmap import catalogues, i18n
from gridmap.analysis import assignment
from gridmap.services.community_data import CommunityData
from gridmap.services.coverage_table import CoverageTable
from gridmap.services.sight import Sight

_FEWEST = 3
"""Fewer than so many households in need are told as no number (PIPL Art. 28)."""


@dataclass(frozen=True, kw_only=True)
class Equity:
    """How households in need fare.

    Parameters
    ----------
    households
        How many there are.
    covered
        How many of them live in covered buildings; None where they, or the others, are fewer than three.
    share_all
        Share of all households that is covered, in percent.
    """

    households: int
    covered: int | None
    share_all: int


def of(data: CommunityData, found: CoverageTable) -> Equity | None:
    """Return how households in need fare; None where fewer than three are registered."""
    counts = data.care_counts.reindex(found.buildings.index).fillna(0).astype(int)
    n = int(counts.sum())
    if n < _FEWEST:
        return None
    covered = int(counts[found.buildings["state"] == "covered"].sum())
    told = covered if min(covered, n - covered) >= _FEWEST or covered in (0, n) else None
    people = found.by_state["households"]
    share = round(100 * people["covered"] / max(1, sum(people.values())))
    return Equity(households=n, covered=told, share_all=share)


def heads(data: CommunityData, found: CoverageTable) -> pd.DataFrame:
    """Return how many courtyard heads each station has and lacks for the households that it covers.

    Indexed by the station's id, with ``name`` and the columns of `assignment.courtyard_heads`; empty for other kinds.
    """
    stations = data.points[data.points["kind"] == found.kind]
    if not catalogues.entries("service_kinds")[found.kind]["station"]:
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
