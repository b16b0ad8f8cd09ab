"""A seeded city of gated blocks, as arrays: streets, inner ways, doors of buildings, gates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

WIDE_M, HIGH_M = 160.0, 140.0
ROWS, PER_ROW = 5, 4


@dataclass(frozen=True)
class City:
    """Nodes, edges with metres, the node of each building's door and the metres to it, gates by edge, points' nodes."""

    xy: NDArray[np.float64]
    edges: NDArray[np.int64]
    length_m: NDArray[np.float64]
    gate: NDArray[np.int64]
    door: NDArray[np.int64]
    door_m: NDArray[np.float64]
    points: NDArray[np.int64]


def city(buildings: int, points: int, seed: int = 1) -> City:
    """Build the city: each block has five rows of four buildings and a gate, often a second one, often a ring way."""
    rng = np.random.default_rng(seed)
    blocks = -(-buildings // (ROWS * PER_ROW))
    side = int(np.ceil(np.sqrt(blocks)))
    n = side + 1
    grid = np.stack(np.meshgrid(np.arange(n), np.arange(n), indexing="ij"), axis=-1)
    corner = np.arange(n * n).reshape(n, n)
    corner_xy = grid.reshape(-1, 2) * (WIDE_M, HIGH_M) + rng.uniform(-4, 4, (n * n, 2))
    along, across = (corner[:-1], corner[1:]), (corner[:, :-1], corner[:, 1:])
    south = n * n + np.arange((n - 1) * n).reshape(n - 1, n)
    west = south[-1, -1] + 1 + np.arange(n * (n - 1)).reshape(n, n - 1)
    middles = [(corner_xy[a.ravel()] + corner_xy[b.ravel()]) / 2 for a, b in (along, across)]
    first = west[-1, -1] + 1
    each = ROWS * PER_ROW + ROWS + 2
    block = np.arange(blocks)
    base = first + block[:, None] * each
    door = (base + np.arange(ROWS * PER_ROW)).reshape(blocks, ROWS, PER_ROW)
    spine = base + ROWS * PER_ROW + np.arange(ROWS)
    gate = base + ROWS * PER_ROW + ROWS + np.arange(2)
    at = np.stack([block // side, block % side], axis=1)
    origin = at * (WIDE_M, HIGH_M)
    inner = np.concatenate(
        [
            np.stack(
                np.broadcast_arrays(30 + 25.0 * (np.arange(PER_ROW) + 1), 20 + 24.0 * np.arange(ROWS)[:, None]), axis=-1
            ).reshape(-1, 2),
            np.stack([np.full(ROWS, 25.0), 20 + 24.0 * np.arange(ROWS)], axis=1),
            np.array([[WIDE_M / 2, 8.0], [8.0, HIGH_M / 2]]),
        ]
    )
    places = origin[:, None] + inner + rng.uniform(-3, 3, (blocks, each, 2))
    xy = np.concatenate([corner_xy, *middles, places.reshape(-1, 2)])
    ring, two = rng.random(blocks) < 0.5, rng.random(blocks) < 0.7
    plain = [
        *((a, middle) for (a, _), middle in ((along, south), (across, west))),
        *((middle, b) for (_, b), middle in ((along, south), (across, west))),
        (door[:, :, :-1], door[:, :, 1:]),
        (spine, door[:, :, 0]),
        (spine[:, :-1], spine[:, 1:]),
        (door[ring][:, :-1, -1], door[ring][:, 1:, -1]),
        (gate[:, 0], door[:, 0, 1]),
        (gate[two, 1], spine[two, 2]),
    ]
    through = [(south[at[:, 0], at[:, 1]], gate[:, 0]), (west[at[two, 0], at[two, 1]], gate[two, 1])]
    edges = np.concatenate([np.stack([a.ravel(), b.ravel()], axis=1) for a, b in (*plain, *through)])
    gates = len(edges) - sum(len(a) for a, _ in through)
    length = np.hypot(*(xy[edges[:, 0]] - xy[edges[:, 1]]).T) * rng.uniform(1, 1.2, len(edges))
    number = np.where(np.arange(len(edges)) < gates, -1, np.arange(len(edges)) - gates)
    doors = door.ravel()[:buildings]
    return City(
        xy=xy,
        edges=edges.astype(np.int64),
        length_m=np.ceil(length * 1000) / 1000,  # whole millimetres: pandana cuts off the rest
        gate=number,
        door=doors,
        door_m=rng.uniform(2, 10, buildings),
        points=rng.choice(doors, points, replace=False),
    )
