"""Candidates for grids: whole compounds first, compounds cut only where loads do not come out even otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from gridmap.analysis import (
    balancing,
    districting_annealing,
    districting_cutting,
    districting_opening,
    districting_starts,
)
from gridmap.analysis.districting_plans import Plan
from gridmap.analysis.districting_task import Task

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

# Of the divisions into whole compounds so many of the best are evened out further: more where units and groups are few.
_EVENED, _MOST_EVENED, _WORK = 4, 24, 20_000
# How many of five first divisions are annealed, with how many tries for each block, and from how warm.
_ANNEALED, _STEPS_EACH, _WARMTH = 3, 200, 0.7


def candidates(
    task: Task,
    held: Ints,
    *,
    whole: bool,
    tolerance: float,
    starts: int,
    seed: int,
    levels: Sequence[list[Plan]] = (),
) -> list[Ints]:
    """Return divisions that hang together, the best first.

    Parameters
    ----------
    task
        What is divided.
    held
        Group of each unit that a fixed one holds, the ways between them included, -1 for the others.
    whole
        Whether compounds stay whole where that can be at all.
    tolerance
        Largest deviation that is even enough.
    starts
        How many first divisions are improved.
    seed
        The same seed gives the same candidates.
    levels
        Plans that cut as few compounds as can be, then those that cut one more, where that is known.
    """
    rng = np.random.default_rng(seed)
    block = task.blocks(whole=whole)
    small = task.contracted(block)
    ways = np.full(small.units, -1)
    np.maximum.at(ways, block, held)
    found: list[Ints] = []
    for start in range(starts):
        label = _start(small, ways, start, rng)
        if label is None:
            continue
        search = _search(small, label)
        search.improve(rng, tolerance)
        found.append(np.array(search.label, dtype=np.int64))
    found = [label[block] for label in _annealed(small, found, tolerance, starts, rng)]
    found = _best(task, found, tolerance)
    if whole or small.units == task.units:
        return found
    uneven = [label for label in found if task.deviation(label) > tolerance]
    if len(uneven) < len(found):
        return found
    for plans in levels:
        planned = districting_opening.divided(task, plans, tolerance, rng)[:_EVENED]
        if planned:
            return _best(task, [*(_shortened(task, label, tolerance, rng) for label in planned), *found], tolerance)
    evened = found[: int(np.clip(_WORK / (task.units * task.k), _EVENED, _MOST_EVENED))]
    done = [_cut(task, label, tolerance, rng, stepwise=stepwise) for label in evened for stepwise in (False, True)]
    return _best(task, [*done, *found], tolerance)


def _annealed(small: Task, found: list[Ints], tolerance: float, starts: int, rng: np.random.Generator) -> list[Ints]:
    """Return divisions of blocks with those added that come of annealing the best."""
    for label in _best(small, found, tolerance)[: max(2, starts * _ANNEALED // 5)]:
        search = _search(small, label)
        if districting_annealing.anneal(search, rng, _STEPS_EACH * small.units, tolerance, warmth=_WARMTH):
            found = [*found, np.array(search.label, dtype=np.int64)]
    return found


def _shortened(task: Task, label: Ints, tolerance: float, rng: np.random.Generator) -> Ints:
    search = _search(task, label)
    search.shorten(rng, tolerance)
    return np.array(search.label, dtype=np.int64)


def _best(task: Task, found: list[Ints], tolerance: float) -> list[Ints]:
    """Return divisions without doubles, the best first."""
    seen: set[bytes] = set()
    kept = []
    for label in found:
        if label.tobytes() not in seen:
            seen.add(label.tobytes())
            kept.append(label)
    return sorted(kept, key=lambda label: task.score(label, tolerance))


def _start(task: Task, ways: Ints, start: int, rng: np.random.Generator) -> Ints | None:
    near, k = task.near, task.k
    if start == 0 and (task.present >= 0).any():
        label = task.present
        if (label < 0).any():
            label = districting_starts.grown(near, label)
    else:
        angle = rng.uniform(0, np.pi) if start else 0.0
        label = districting_starts.bisected(task.places, task.load, k, angle)
        if k <= districting_starts.LARGEST_K_FOR_CENTRES:
            label = districting_starts.centred(task.places, task.load, label, k)
        label = districting_starts.matched(label, np.where(ways >= 0, ways, task.present), task.load, k)
    label = np.where(ways >= 0, ways, label)
    filled = districting_starts.filled(near, task.load, label, ways, k)
    if filled is None:
        return None
    return districting_starts.made_whole(near, task.load, filled, ways)


def _search(task: Task, label: Ints) -> balancing.Search:
    return balancing.Search(
        task.near,
        task.load,
        label,
        task.k,
        pinned=task.fixed >= 0,
        compound=task.compound,
        present=task.present,
        change_m=task.change_m,
    )


def _cut(task: Task, label: Ints, tolerance: float, rng: np.random.Generator, *, stepwise: bool) -> Ints:
    cutting = districting_cutting.Cutting(task.near, task.load, label, task.k, task.compound, task.fixed >= 0)
    search = _search(task, cutting.even_out(tolerance, stepwise=stepwise))
    search.shorten(rng, tolerance)
    done = np.array(search.label, dtype=np.int64)
    if search.deviation() <= tolerance:
        return done
    # Whatever compounds it takes.
    search.improve(rng, tolerance)
    return _best(task, [done, np.array(search.label, dtype=np.int64)], tolerance)[0]
