"""How few compounds can be cut at all: CP-SAT's proof, which knows nothing of how our search works.

The model is a relaxation, so what it proves holds for every division: each compound gives each grid a share of its
load, as if buildings could be divided; loads are even; the compounds of a grid hang together as compounds do. A
compound is cut if it gives to more than one grid.
"""

from __future__ import annotations

import networkx
import numpy as np
from ortools.sat.python import cp_model

from gridmap.analysis.districting_ground import Ground

_PARTS = 10_000


def fewest_cut(ground: Ground, load: np.ndarray, k: int, tolerance: float, seconds: float) -> int:
    """Return a number of compounds that every division within ``tolerance`` cuts; each unit lies in a compound."""
    own = ground.compound
    n = int(own.max()) + 1
    loads = np.bincount(own, weights=load).astype(int).tolist()
    total = sum(loads)
    graph = networkx.Graph()
    graph.add_nodes_from(range(n))
    graph.add_edges_from(zip(own[ground.near.one].tolist(), own[ground.near.other].tolist(), strict=True))
    model = cp_model.CpModel()
    lies = [[model.new_bool_var("") for _ in range(k)] for _ in range(n)]
    share = [[model.new_int_var(0, loads[one], "") for _ in range(k)] for one in range(n)]
    cut = [model.new_bool_var("") for _ in range(n)]
    for one in range(n):
        model.add(sum(share[one]) == loads[one])
        model.add(sum(lies[one]) >= 1)
        model.add(sum(lies[one]) <= 1 + (k - 1) * cut[one])
        for grid in range(k):
            model.add(share[one][grid] <= loads[one] * lies[one][grid])
            model.add(share[one][grid] >= lies[one][grid])
    for grid in range(k):
        carried = k * _PARTS * sum(share[one][grid] for one in range(n))
        model.add(carried <= round(_PARTS * (1 + tolerance)) * total)
        model.add(carried >= round(_PARTS * (1 - tolerance)) * total)
    model.minimize(sum(cut))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 2
    bound = 0
    while seconds > 0:
        solver.parameters.max_time_in_seconds = seconds
        status = solver.solve(model)
        seconds -= solver.wall_time
        bound = max(bound, int(np.ceil(solver.best_objective_bound - 1e-6)))
        if status != cp_model.OPTIMAL:
            break
        torn = False
        for grid in range(k):
            pieces = list(
                networkx.connected_components(graph.subgraph(o for o in range(n) if solver.value(lies[o][grid])))
            )
            for piece in pieces if len(pieces) > 1 else ():
                torn = True
                # Whoever lies in the piece and outside of it lies in what is around it as well.
                around = {other for one in piece for other in graph[one]} - piece
                here = max(piece, key=loads.__getitem__)
                for away in (max(other, key=loads.__getitem__) for other in pieces if other is not piece):
                    for any_grid in range(k):
                        between = sum(lies[other][any_grid] for other in around)
                        model.add(lies[here][any_grid] + lies[away][any_grid] - between <= 1)
        if not torn:
            break
    return bound
