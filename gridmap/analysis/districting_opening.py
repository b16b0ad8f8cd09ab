"""Divisions that cut no compound but the few that a plan opens."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from gridmap.analysis import balancing, districting_annealing, districting_starts
from gridmap.analysis.districting_plans import Plan
from gridmap.analysis.districting_task import Task

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

# So many plans are tried; the best that came of them are annealed, with so many steps and from so warm.
_PLANS = 40
_ANNEALED, _STEPS, _WARMTH = 20, 40_000, 2.0


def divided(task: Task, plans: list[Plan], tolerance: float, rng: np.random.Generator) -> list[Ints]:
    """Return divisions by plans of the blocks of ``task`` that come out even, those with short borders first.

    Parameters
    ----------
    task
        What is divided.
    plans
        From `districting_plans.Enumeration` over ``task.blocks(whole=True)``.
    tolerance
        Largest deviation that is even.
    rng
        The same state gives the same divisions.
    """
    block = task.blocks(whole=True)
    found: list[tuple[balancing.Search, Ints]] = []
    for plan in plans[:_PLANS]:
        opening = _Opening(task, block, plan)
        search = opening.search(rng)
        if search is None:
            continue
        search.improve(rng, tolerance)
        if search.deviation() <= tolerance:
            found.append((search, opening.unit))
    found.sort(key=lambda one: one[0].cut_m())
    for search, _ in found[:_ANNEALED]:
        districting_annealing.anneal(search, rng, _STEPS, tolerance, warmth=_WARMTH)
    found.sort(key=lambda one: one[0].cut_m())
    return [np.array(search.label, dtype=np.int64)[unit] for search, unit in found]


class _Opening:
    """A task in which opened blocks are units again, and the others are pinned to their groups."""

    def __init__(self, task: Task, block: Ints, plan: Plan) -> None:
        opened = np.isin(block, plan.opened)
        alone = np.where(opened, block.max() + 1 + np.arange(task.units), block)
        self.unit = np.unique(alone, return_inverse=True)[1].astype(np.int64)
        self.small = task.contracted(self.unit)
        self.pinned = np.full(self.small.units, -1)
        np.maximum.at(self.pinned, self.unit, np.array(plan.group)[block])
        ways = districting_starts.connecting(self.small.near, self.small.units, self.pinned, list(range(task.k)))
        # What keeps a group apart in this order of groups is left for another plan.
        self.held = None if isinstance(ways, int) else ways

    def search(self, rng: np.random.Generator) -> balancing.Search | None:
        """Return a search from a first division, or None where the plan leaves none."""
        if self.held is None:
            return None
        small = self.small
        label = self.held.copy()
        for group in range(small.k):
            free = np.flatnonzero(label < 0)
            if not (label == group).any():
                if not len(free):
                    return None
                label[rng.choice(free)] = group
        label = districting_starts.fed(small.near, small.load, label, small.k, rng)
        return balancing.Search(
            small.near,
            small.load,
            label,
            small.k,
            pinned=self.pinned >= 0,
            present=small.present,
            change_m=small.change_m,
        )
