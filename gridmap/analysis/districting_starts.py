"""First divisions of a graph into groups that hang together, before a search improves them."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components, dijkstra

from gridmap.analysis.cells import Neighbours

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
LARGEST_K_FOR_CENTRES = 64
# How far chance goes where groups are fed: in shares of the mean load, and of a unit's border.
_CHANCE, _WHIM = 0.03, 0.2


def bisected(places: Floats, load: Floats, k: int, angle: float) -> Ints:
    """Halve along the longer axis (turned by ``angle`` at first) until there are ``k`` groups, none of them empty."""
    label = np.zeros(len(places), dtype=np.int64)

    def split(members: Ints, first: int, parts: int, turn: float) -> None:
        if parts == 1:
            label[members] = first
            return
        mine = places[members]
        _, _, axes = np.linalg.svd(mine - mine.mean(axis=0), full_matrices=False)
        axis = axes[0] if turn == 0 else np.array([np.cos(turn), np.sin(turn)])
        order = members[np.argsort(mine @ axis, kind="stable")]
        left = parts // 2
        weight = np.cumsum(load[order] + 1e-12)
        cut = int(np.searchsorted(weight, weight[-1] * left / parts)) + 1
        cut = min(max(cut, left), len(order) - (parts - left))
        split(order[:cut], first, left, 0.0)
        split(order[cut:], first + left, parts - left, 0.0)

    split(np.arange(len(places)), 0, k, angle)
    return label


def centred(places: Floats, load: Floats, label: Ints, k: int) -> Ints:
    """Round the groups: each unit goes to the nearest centre, with centres' weights shifted until loads are even."""
    mean = float(load.sum()) / k
    scale = float(np.mean(np.var(places, axis=0))) * 2 / k
    best, best_deviation = label, np.inf
    weight = np.zeros(k)
    for _ in range(12):
        # Units without a load still have a place.
        pull = load + 1e-9 * mean
        mass = np.bincount(label, weights=pull, minlength=k)
        pulled = [np.bincount(label, weights=places[:, axis] * pull, minlength=k) / mass for axis in (0, 1)]
        centre = np.column_stack(pulled)
        apart2 = ((places[:, None, :] - centre[None, :, :]) ** 2).sum(axis=2)
        step = scale
        for _ in range(25):
            label = np.argmin(apart2 - weight, axis=1).astype(np.int64)
            carried = np.asarray(np.bincount(label, weights=load, minlength=k), dtype=np.float64) / mean
            deviation = float(np.abs(carried - 1).max())
            if np.bincount(label, minlength=k).min() == 0:
                deviation = np.inf
            if deviation < best_deviation:
                best, best_deviation = label, deviation
            weight += step * np.clip(1 - carried, -0.5, 0.5)
            step *= 0.9
        if np.bincount(label, minlength=k).min() == 0:
            break
    return best


def connecting(near: Neighbours, n: int, fixed: Ints, order: list[int]) -> Ints | int:
    """Join the fixed units of each group by the shortest ways through units that no other group holds.

    Parameters
    ----------
    near, n
        The graph.
    fixed
        Group of each fixed unit, -1 for the others.
    order
        In which order the groups choose their ways.

    Returns
    -------
    numpy.ndarray or int
        ``fixed`` with the ways; or the group whose units the others keep apart.
    """
    taken = fixed.copy()
    for group in order:
        while True:
            free = (taken < 0) | (taken == group)
            keep = free[near.one] & free[near.other]
            graph = _graph(near, n, keep)
            mine = taken == group
            inner = _graph(near, n, mine[near.one] & mine[near.other])
            _, piece = connected_components(inner, directed=False)
            own = np.unique(piece[mine])
            if len(own) < 2:
                break
            start = np.flatnonzero(mine & (piece == own[0]))
            hops, before, _ = dijkstra(
                graph, directed=False, indices=start, unweighted=True, return_predecessors=True, min_only=True
            )
            goals = np.flatnonzero(mine & (piece != own[0]))
            goal = int(goals[np.argmin(hops[goals])])
            if not np.isfinite(hops[goal]):
                return group
            at = goal
            while at >= 0 and hops[at] > 0:
                taken[at] = group
                at = int(before[at])
    return taken


def made_whole(near: Neighbours, load: Floats, label: Ints, held: Ints) -> Ints:
    """Keep one piece of each group, the one with its held units or the heaviest, and let the groups grow over the rest.

    Parameters
    ----------
    near
        The graph, which hangs together.
    load
        Load of each unit.
    label
        Group of each unit.
    held
        Group that must keep a unit, -1 for none; what a group holds hangs together.
    """
    n = len(label)
    label = np.where(held >= 0, held, label)
    same = label[near.one] == label[near.other]
    pieces, piece = connected_components(_graph(near, n, same), directed=False)
    weight = np.bincount(piece, weights=load, minlength=pieces) + 1e-9 * np.bincount(piece, minlength=pieces)
    weight += np.bincount(piece, weights=held >= 0, minlength=pieces) * (load.sum() + 1)
    group = np.zeros(pieces, dtype=np.int64)
    group[piece] = label
    order = np.lexsort((-weight, group))
    kept = order[np.unique(group[order], return_index=True)[1]]
    return grown(near, np.where(np.isin(piece, kept), label, -1))


def grown(near: Neighbours, whole: Ints) -> Ints:
    """Let groups grow over the units that are in none (-1), each to the group it borders on longest."""
    whole = whole.copy()
    while (whole < 0).any():
        a, b = whole[near.one], whole[near.other]
        out = np.concatenate([near.one[(a < 0) & (b >= 0)], near.other[(b < 0) & (a >= 0)]])
        to = np.concatenate([b[(a < 0) & (b >= 0)], a[(b < 0) & (a >= 0)]])
        border_m = np.concatenate([near.border_m[(a < 0) & (b >= 0)], near.border_m[(b < 0) & (a >= 0)]])
        longest = np.lexsort((to, -border_m, out))
        first = longest[np.unique(out[longest], return_index=True)[1]]
        if not len(first):
            raise ValueError("the graph of neighbours does not hang together")
        whole[out[first]] = to[first]
    return whole


def fed(near: Neighbours, load: Floats, whole: Ints, k: int, rng: np.random.Generator) -> Ints:
    """Let groups grow over the units that are in none (-1), unit by unit: about the group that carries least is next.

    Each group has a unit, and the graph hangs together.
    """
    label = whole.copy()
    around: list[list[tuple[int, float]]] = [[] for _ in label]
    for a, b, m in zip(near.one.tolist(), near.other.tolist(), near.border_m.tolist(), strict=True):
        around[a].append((b, m))
        around[b].append((a, m))
    carried = np.bincount(label[label >= 0], weights=load[label >= 0], minlength=k)
    left = set(np.flatnonzero(label < 0).tolist())
    pull = np.zeros((len(label), k))
    for unit in left:
        for other, border_m in around[unit]:
            if label[other] >= 0:
                pull[unit, label[other]] += border_m + 1e-6
    length_m = np.array([sum(m + 1e-6 for _, m in of) or 1.0 for of in around])
    while left:
        free = np.array(sorted(left))
        reached = pull[free] > 0
        for group in np.argsort(carried + rng.normal(0, _CHANCE, k), kind="stable").tolist():
            if reached[:, group].any():
                break
        worth = np.where(reached[:, group], pull[free, group] / length_m[free] + rng.random(len(free)) * _WHIM, -1.0)
        unit = int(free[np.argmax(worth)])
        label[unit] = group
        carried[group] += load[unit]
        left.discard(unit)
        for other, border_m in around[unit]:
            pull[other, group] += border_m + 1e-6
    return label


def filled(near: Neighbours, load: Floats, label: Ints, held: Ints, k: int) -> Ints | None:
    """Give each group that has no unit one of the heaviest group that can spare it; None where none can."""
    label = label.copy()
    n = len(label)
    for group in range(k):
        if (label == group).any():
            continue
        carried = np.bincount(label, weights=load + 1e-9, minlength=k)
        spared = None
        for heavy in np.argsort(-carried, kind="stable"):
            mine = np.flatnonzero((label == heavy) & (held < 0))
            if (label == heavy).sum() < 2 or not len(mine):
                continue
            inner = _graph(near, n, (label[near.one] == heavy) & (label[near.other] == heavy))
            root = np.flatnonzero(label == heavy)[0]
            # The unit found last can always go.
            hops = dijkstra(inner, directed=False, indices=root, unweighted=True)
            spared = int(mine[np.argmax(hops[mine])])
            if hops[spared] == hops[label == heavy].max():
                break
            spared = None
        if spared is None:
            return None
        label[spared] = group
    return label


def matched(label: Ints, wanted: Ints, load: Floats, k: int) -> Ints:
    """Number groups so that as much load as can be is in the group wanted for it (-1 for none)."""
    asked = wanted >= 0
    if not asked.any():
        return label
    shared = np.zeros((k, k))
    np.add.at(shared, (label[asked], wanted[asked]), load[asked] + 1e-6 * load.sum() / len(load) + 1e-12)
    row, column = linear_sum_assignment(-shared)
    number = np.empty(k, dtype=np.int64)
    number[row] = column
    return number[label]


def _graph(near: Neighbours, n: int, kept: NDArray[np.bool_]) -> csr_array:
    pair = (near.one[kept], near.other[kept])
    return coo_array((np.ones(int(kept.sum())), pair), shape=(n, n)).tocsr()
