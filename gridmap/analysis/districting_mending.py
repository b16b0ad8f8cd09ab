"""After a hand has moved buildings: grids in one piece and even again, with as few others moved as can be."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import breadth_first_order, connected_components, dijkstra

from gridmap.analysis import balancing, districting
from gridmap.analysis.districting_ground import Ground
from gridmap.errors import InputError

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
_MOST_MOVES = 500
# So many units whose loads fit best are as good as one another; so many are tried.
_AS_GOOD, _TRIED = 3, 24
# Pairs of moves are looked at as long as they take so many numbers.
_MOST_PAIRS = 1_500_000
# Rounds of exchanges, and what unevenness costs in them beside the length of borders.
_EXCHANGES, _EVEN = 4, 1e6


@dataclass(frozen=True, kw_only=True, eq=False)
class Mended:
    """What came of an edit.

    Parameters
    ----------
    grid
        Grid of each building.
    followed
        Buildings that had to move besides, so that grids are in one piece and even.
    deviation
        Largest difference of a load from the mean, as a share of the mean.
    even
        Whether that is within what was asked for; where it is not, no move was found that evens loads out further.
    """

    grid: pd.Series
    followed: pd.Index
    deviation: float
    even: bool


def mend(
    ground: Ground,
    assignment: pd.Series,
    moved: Mapping[Any, int],
    load: pd.Series,
    *,
    tolerance: float = districting.TOLERANCE,
    further: bool = False,
) -> Mended:
    """Move buildings as a hand did, and others as far as that makes grids in one piece and even again.

    Parameters
    ----------
    ground
        Who is a neighbour of whom.
    assignment
        Grid of each building before, 0 to ``k - 1``, each in one piece.
    moved
        To which grid the hand moved which buildings; these stay there.
    load
        Load of each building.
    tolerance
        Largest deviation that is even. Where loads were less even before, they need not become more so.
    further
        Whether they are to become more even all the same.

    Raises
    ------
    InputError
        If a building or a grid is not there, or a grid would have no building left or cannot be in one piece.
    """
    k = int(assignment.max()) + 1
    label = np.zeros(ground.units, dtype=np.int64)
    label[ground.unit] = assignment.reindex(ground.index).to_numpy(dtype=np.int64)
    carried = ground.spread(load.reindex(ground.index))
    carried = carried * (k / carried.sum()) if carried.sum() > 0 else np.full(ground.units, k / ground.units)
    before = float(np.abs(np.bincount(label, weights=carried, minlength=k) - 1).max())
    at = ground.index.get_indexer(pd.Index(list(moved)))
    pinned = np.zeros(ground.units, dtype=np.bool_)
    for building, to in zip(at.tolist(), moved.values(), strict=True):
        if building < 0 or not 0 <= to < k:
            raise InputError("fixed_unknown", grid=to + 1, k=k)
        label[ground.unit[building]] = to
        pinned[ground.unit[building]] = True
    _demand_buildings(label, k)
    _join(ground, label, carried, pinned)
    _demand_buildings(label, k)
    search = balancing.Search(ground.near, carried, label, k, pinned=pinned, compound=ground.compound)
    limit = (tolerance if further else max(tolerance, before)) + 1e-9
    if not _with_two(search, limit):
        _even_out(search, limit)
    rng = np.random.default_rng(0)
    for _ in range(_EXCHANGES):
        # Where no single building fits, two that change places may.
        if search.deviation() <= limit or not search.exchange(rng, _EVEN, np.inf):
            break
        _even_out(search, limit)
    grid = pd.Series(np.array(search.label)[ground.unit], index=ground.index, name="grid", dtype="int64")
    differs = grid.to_numpy() != assignment.reindex(ground.index).to_numpy()
    followed = ground.index[differs & ~ground.index.isin(list(moved))]
    return Mended(grid=grid, followed=followed, deviation=search.deviation(), even=search.deviation() <= limit)


def _demand_buildings(label: Ints, k: int) -> None:
    gone = np.flatnonzero(np.bincount(label, minlength=k) == 0)
    if len(gone):
        raise InputError("grid_emptied", grid=int(gone[0]) + 1)


def _join(ground: Ground, label: Ints, load: Floats, pinned: NDArray[np.bool_]) -> None:
    """Make each grid one piece: pieces nobody moved go to a neighbour, others are joined by the shortest way."""
    for _ in range(ground.units):
        piece = _pieces(ground, label)
        count = int(piece.max()) + 1
        first = np.unique(piece, return_index=True)[1]
        group = label[first]
        if count == len(np.unique(group)):
            return
        weight = np.bincount(piece, weights=load, minlength=count) + 1e-9 * np.bincount(piece, minlength=count)
        heaviest = {int(g): int(p) for p in np.argsort(weight, kind="stable") for g in (group[p],)}
        loose = [p for p in range(count) if heaviest[int(group[p])] != p]
        held = np.bincount(piece, weights=pinned, minlength=count) > 0
        free = [p for p in loose if not held[p]]
        if free:
            _give_away(ground, label, piece == min(free, key=lambda p: weight[p]))
            continue
        _bridge(ground, label, pinned, piece == loose[0], piece == heaviest[int(group[loose[0]])])
    raise ValueError("grids could not be joined")


def _give_away(ground: Ground, label: Ints, mine: NDArray[np.bool_]) -> None:
    """Give a piece to the grid it borders on longest."""
    one, other, border_m = ground.near.one, ground.near.other, ground.near.border_m
    out, back = mine[one] & ~mine[other], mine[other] & ~mine[one]
    around = np.concatenate([label[other[out]], label[one[back]]])
    met = np.bincount(around, weights=np.concatenate([border_m[out], border_m[back]]) + 1e-6)
    label[mine] = int(np.argmax(met))


def _bridge(
    ground: Ground, label: Ints, pinned: NDArray[np.bool_], mine: NDArray[np.bool_], goal: NDArray[np.bool_]
) -> None:
    """Join a piece to the rest of its grid through the fewest units that no hand has placed elsewhere."""
    group = int(label[np.flatnonzero(mine)[0]])
    free = ~pinned | (label == group)
    keep = free[ground.near.one] & free[ground.near.other]
    starts = np.flatnonzero(mine)
    hops, before, _ = dijkstra(
        _graph(ground, keep), directed=False, indices=starts, unweighted=True, return_predecessors=True, min_only=True
    )
    goals = np.flatnonzero(goal)
    at = int(goals[np.argmin(hops[goals])])
    if not np.isfinite(hops[at]):
        names = [ground.names[ground.first[unit]] for unit in starts[:8]]
        raise InputError("fixed_apart", grid=group + 1, buildings=names)
    while at >= 0 and hops[at] > 0:
        label[at] = group
        at = int(before[at])


def _with_two(search: balancing.Search, limit: float) -> bool:
    """Even loads out with one or two moves over borders as they are, where that can be done; say whether it was."""
    if search.deviation() <= limit:
        return True
    moves = [(unit, there) for (_, there), units in _moves(search).items() for unit in sorted(units)]
    if not moves:
        return False
    k = len(search.group_load)
    shift = np.zeros((len(moves), k))
    for at, (unit, there) in enumerate(moves):
        shift[at, search.label[unit]] -= search.load[unit]
        shift[at, there] += search.load[unit]
    over = np.array(search.group_load) - 1
    gain = np.array([search.gain(unit, there) for unit, there in moves])
    alone = np.flatnonzero((np.abs(over + shift) <= limit).all(axis=1))
    chosen = [[moves[at]] for at in alone[np.argsort(-gain[alone], kind="stable")]]
    if len(moves) ** 2 * k <= _MOST_PAIRS:
        one, other = np.nonzero((np.abs(over + shift[:, None] + shift[None, :]) <= limit).all(axis=2))
        order = np.argsort(-(gain[one] + gain[other]), kind="stable")[: _TRIED * 4]
        chosen += [[moves[one[at]], moves[other[at]]] for at in order if moves[one[at]][0] != moves[other[at]][0]]
    for some in chosen:
        if _whole(search, some):
            for unit, there in some:
                search.move(unit, there)
            return True
    return False


def _even_out(search: balancing.Search, limit: float) -> None:
    """Move units until no load is further from the mean than ``limit``, the largest that fit first."""
    moves = _moves(search)
    for _ in range(_MOST_MOVES):
        if search.deviation() <= limit:
            return
        chosen = _chain(search, limit, moves)
        if not chosen:
            return
        for unit, group in chosen:
            search.move(unit, group)
            for v in (unit, *search.around[unit]):
                _note_moves(search, v, moves)


def _chain(search: balancing.Search, limit: float, moves: dict[tuple[int, int], set[int]]) -> list[tuple[int, int]]:
    """Find the moves from the group furthest off, over neighbours if need be, that even loads out with the fewest."""
    over = np.array(search.group_load) - 1
    k = len(over)
    worst = int(np.argmax(np.abs(over)))
    sign = 1.0 if over[worst] > 0 else -1.0
    table = np.zeros((k, k))
    for (here, there), units in moves.items():
        if units:
            table[(here, there) if sign > 0 else (there, here)] = 1.0
    order, before = breadth_first_order(csr_array(table), worst, directed=True)
    depth = {worst: 0}
    for group in order[1:].tolist():
        depth[group] = depth[int(before[group])] + 1
    room = [group for group in order[1:].tolist() if sign * over[group] < sign * over[worst] - 1e-12]
    # The nearest group that can take what is too much; among those as near the one that has most room.
    for target in sorted(room, key=lambda group: (sign * over[group] > -limit / 2, depth[group], sign * over[group])):
        path = [target]
        while path[-1] != worst:
            path.append(int(before[path[-1]]))
        steps = list(itertools.pairwise(path[::-1] if sign > 0 else path))
        wanted = min(abs(over[worst]), max((abs(over[worst]) - sign * over[target]) / 2, limit / 2))
        chosen = _along(search, steps, moves, wanted)
        if chosen and _better(search, chosen):
            return chosen
    return []


def _moves(search: balancing.Search) -> dict[tuple[int, int], set[int]]:
    """Return which units could go over which border."""
    found: dict[tuple[int, int], set[int]] = {}
    for unit in search.edge():
        _note_moves(search, unit, found)
    return found


def _note_moves(search: balancing.Search, unit: int, moves: dict[tuple[int, int], set[int]]) -> None:
    """Bring up to date over which borders a unit could go."""
    for units in moves.values():
        units.discard(unit)
    here = search.label[unit]
    if not search.pinned[unit] and search.load[unit]:
        for there in {search.label[v] for v in search.around[unit]} - {here}:
            moves.setdefault((here, there), set()).add(unit)


def _along(
    search: balancing.Search,
    steps: list[tuple[int, int]],
    moves: dict[tuple[int, int], set[int]],
    wanted: float,
) -> list[tuple[int, int]]:
    """Choose for each step the unit whose load is nearest to what is wanted and that its group can spare."""
    chosen: list[tuple[int, int]] = []
    for here, there in steps:
        taken = {unit for unit, _ in chosen}
        near = sorted(moves.get((here, there), set()) - taken, key=lambda u: (abs(search.load[u] - wanted), u))
        # Among those that do as well, the one that keeps compounds whole and borders short.
        near[:_AS_GOOD] = sorted(near[:_AS_GOOD], key=lambda u: -search.gain(u, there))
        fits = next((u for u in near[:_TRIED] if search.group_size[here] > 1 and search.stays_whole(u)), None)
        if fits is None:
            return []
        chosen.append((fits, there))
    return chosen


def _better(search: balancing.Search, chosen: list[tuple[int, int]]) -> bool:
    """Whether moves leave groups whole and loads more even in the sum of squares."""
    after = search.group_load.copy()
    for unit, group in chosen:
        after[search.label[unit]] -= search.load[unit]
        after[group] += search.load[unit]
    square = sum((load - 1) ** 2 for load in search.group_load)
    return sum((load - 1) ** 2 for load in after) < square - 1e-12 and _whole(search, chosen)


def _whole(search: balancing.Search, chosen: list[tuple[int, int]]) -> bool:
    """Whether groups stay whole with each of some moves, one after the other."""
    before = [(unit, search.label[unit]) for unit, _ in chosen]
    whole = True
    for unit, group in chosen:
        whole = whole and search.group_size[search.label[unit]] > 1 and search.stays_whole(unit)
        search.move(unit, group)
        whole = whole and any(search.label[v] == group for v in search.around[unit])
    for unit, group in reversed(before):
        search.move(unit, group)
    return whole


def _pieces(ground: Ground, label: Ints) -> Ints:
    same = label[ground.near.one] == label[ground.near.other]
    return np.asarray(connected_components(_graph(ground, same), directed=False)[1], dtype=np.int64)


def _graph(ground: Ground, kept: NDArray[np.bool_]) -> csr_array:
    pair = (ground.near.one[kept], ground.near.other[kept])
    return coo_array((np.ones(int(kept.sum())), pair), shape=(ground.units, ground.units)).tocsr()
