"""Grids beside METIS, gerrychain (tree, ReCom) and spopt (Skater, AZP, Ward): the same graph, the same loads.

    python -m benchmarks.partition [FILE] [--layer NAME] [--compound COLUMN] [--seeded N ...] [--seeds S ...]
        [--grids K] [--steps N] [--prove SECONDS]

FILE is any vector file of footprints; where it names no compound, buildings that lie close together are one. A
building's households are its column ``households``, or are estimated from floors and area. Compactness is the mean
Polsby-Popper score of the areas that `gridmap.analysis.tessellation` draws for every division alike, and the mean walk
from a home to the middle of its grid, from building to building. Times are processor time, so that others at work on
the machine count for nobody. With ``--prove`` CP-SAT says how few compounds can be cut at all. Peers need
``requirements-bench.txt``; one that is not installed, or takes too large a graph, is left out of the table and said.
"""

from __future__ import annotations

import argparse
import functools
import importlib
import os
import random
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from benchmarks import partition_bound, partition_city
from gridmap import crs
from gridmap.analysis import (
    districting,
    districting_division,
    districting_ground,
    districting_mending,
    tessellation,
)
from gridmap.analysis import (
    households as dwellings,
)
from gridmap.analysis.districting_ground import Ground

STEPS = 200
SLOW_ABOVE, AZP_ABOVE = 2_500, 500


@dataclass(frozen=True)
class Town:
    """Buildings, their graph, and what each carries."""

    name: str
    buildings: gpd.GeoDataFrame
    ground: Ground
    k: int
    steps: int

    @property
    def load(self) -> pd.Series:
        """Households of each building."""
        households: pd.Series = self.buildings["households"]
        return households


def main(arguments: list[str] | None = None) -> None:
    """Divide each town with each program and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", nargs="?")
    parser.add_argument("--layer")
    parser.add_argument("--compound")
    parser.add_argument("--seeded", type=int, nargs="*", default=[])
    parser.add_argument("--seeds", type=int, nargs="*", default=[0])
    parser.add_argument("--prove", type=float, default=0.0)
    parser.add_argument("--grids", type=int, default=5)
    parser.add_argument("--steps", type=int, default=STEPS)
    options = parser.parse_args(arguments)
    frames = {}
    if options.file:
        frames[options.file.rsplit("/", 1)[-1]] = _read(options.file, options.layer, options.compound)
    sizes = options.seeded or ([] if options.file else [200, 2_000])
    frames |= {f"city of {n}, seed {seed}": partition_city.city(n, seed) for n in sizes for seed in options.seeds}
    for name, frame in frames.items():
        begun = _spent_s()
        ground = districting_ground.build(frame, compound="compound")
        built_s = _spent_s() - begun
        town = Town(name, frame, ground, options.grids, options.steps)
        print(
            f"\n{name}: {len(frame)} buildings, {len(ground.compounds)} compounds, {options.grids} grids; "
            f"graph of {len(ground.near.one)} borders made in {built_s:.2f} s, the same for all"
        )
        _table(town)
        _proof(town, options.prove)
        _edits(town)


def _spent_s() -> float:
    """Return the processor time of this process and of those it has started and seen end."""
    ended = os.times()
    return time.process_time() + ended.children_user + ended.children_system


def _read(file: str, layer: str | None, compound: str | None) -> gpd.GeoDataFrame:
    frame = crs.to_metric(gpd.read_file(file, layer=layer)).reset_index(drop=True)
    frame.columns = [str(name).lower() if name != frame.geometry.name else name for name in frame.columns]
    floors = next((name for name in ("floors", "floor") if name in frame.columns), None)
    if "households" not in frame.columns:
        frame["floors"] = frame[floors] if floors else np.nan
        frame["households"] = dwellings.estimate(
            frame, area_m2_per_household=110, default_floors=6, smallest_footprint_m2=60
        )
    frame["compound"] = frame[compound.lower()] if compound else partition_city.blocks(frame)
    return frame[["households", "compound", "geometry"]]


def _table(town: Town) -> None:
    programs: dict[str, Callable[[Town], np.ndarray]] = {
        "gridmap": functools.partial(_ours, whole=False),
        "gridmap, compounds whole": functools.partial(_ours, whole=True),
        "METIS": _metis,
        "gerrychain tree": functools.partial(_recom, steps=0),
        f"gerrychain ReCom {town.steps}": functools.partial(_recom, steps=town.steps),
        "spopt Skater": _skater,
        "spopt Ward": _ward,
        "spopt AZP": _azp,
    }
    print(f"{'':26}{'s':>9}{'deviation':>11}{'pieces':>8}{'cut':>6}{'Polsby-P.':>11}{'walk m':>9}{'border km':>11}")
    times = {}
    area = tessellation.outline(town.buildings)
    for name, divide in programs.items():
        begun = _spent_s()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                grid = divide(town)
        except Exception as fault:
            print(f"{name:26}  left out: {type(fault).__name__}: {fault}")
            continue
        times[name] = _spent_s() - begun
        _line(town, name, grid, times[name], area)
    loads = town.load.to_numpy(dtype=float)
    print(f"the largest building is {loads.max() / loads.sum() * town.k:.2%} of the mean")
    recom = f"gerrychain ReCom {town.steps}"
    if recom in times:
        print(f"gridmap is {times[recom] / times['gridmap']:.0f} times as fast as {recom}")


def _proof(town: Town, seconds: float) -> None:
    """Say how few compounds can be cut, and how even whole ones can be, as far as that is proven."""
    whole = districting.propose(town.ground, town.k, town.load, keep_compounds=True, most=1).divisions[0]
    print(f"no division of whole compounds is more even than {whole.bound:.2%}, ours is {whole.deviation:.2%} off")
    largest = float(town.load.max() / town.load.sum() * town.k)
    for tolerance in (districting.TOLERANCE, largest):
        if tolerance < districting.TOLERANCE:
            continue
        ours = districting.propose(town.ground, town.k, town.load, tolerance=tolerance, most=1).fewest_cut
        said = f"at a deviation of {tolerance:.2%} no division cuts fewer compounds than {ours}"
        if seconds > 0 and (town.ground.compound >= 0).all():
            load = town.ground.spread(town.load)
            said += f"; CP-SAT proves {partition_bound.fewest_cut(town.ground, load, town.k, tolerance, seconds)}"
        print(said, flush=True)


def _line(town: Town, name: str, grid: np.ndarray, spent_s: float, area: Any) -> None:
    label = np.zeros(town.ground.units, dtype=np.int64)
    label[town.ground.unit] = grid
    carried = np.bincount(grid, weights=town.load, minlength=town.k)
    deviation = float(np.abs(carried / carried.mean() - 1).max())
    tiles = tessellation.tile(town.buildings, pd.Series(grid, index=town.buildings.index), area)
    compact = districting_division.polsby_popper(tiles).mean()
    near = town.ground.near
    border_m = near.border_m[label[near.one] != label[near.other]].sum()
    cut = len(town.ground.cut(label))
    walk_m = districting_division.walk_m(town.ground, label, town.ground.spread(town.load), town.k)
    print(
        f"{name:26}{spent_s:9.3f}{deviation:11.2%}{town.ground.pieces(label):8}{cut:6}{compact:11.3f}{walk_m:9.1f}"
        f"{border_m / 1000:11.2f}",
        flush=True,
    )


def _edits(town: Town, tries: int = 40) -> None:
    """Move single buildings over a border by hand, and measure how long it takes to mend that."""
    grid = districting.propose(town.ground, town.k, town.load, most=1).divisions[0].grid
    near, first = town.ground.near, town.ground.first
    label = grid.to_numpy()[first]
    at_border = np.flatnonzero(label[near.one] != label[near.other])
    rng = np.random.default_rng(1)
    spent, followed, even = [], [], 0
    for at in rng.choice(at_border, tries):
        building = town.buildings.index[first[near.one[at]]]
        begun = _spent_s()
        mended = districting_mending.mend(town.ground, grid, {building: int(label[near.other[at]])}, town.load)
        spent.append(_spent_s() - begun)
        followed.append(len(mended.followed))
        even += mended.even
    print(
        f"after a hand edit: {np.median(spent) * 1000:.0f} ms in the middle, {max(spent) * 1000:.0f} ms at most; "
        f"{np.mean(followed):.1f} more buildings move in the mean; even again {even} of {tries} times"
    )


def _ours(town: Town, *, whole: bool) -> np.ndarray:
    found = districting.propose(town.ground, town.k, town.load, keep_compounds=whole, most=1)
    return found.divisions[0].grid.to_numpy()


def _metis(town: Town) -> np.ndarray:
    pymetis = importlib.import_module("pymetis")
    near, n = town.ground.near, town.ground.units
    around: list[list[int]] = [[] for _ in range(n)]
    for a, b in zip(near.one.tolist(), near.other.tolist(), strict=True):
        around[a].append(b)
        around[b].append(a)
    weight = dict(zip(zip(near.one.tolist(), near.other.tolist(), strict=True), near.border_m.tolist(), strict=True))
    starts = np.concatenate([[0], np.cumsum([len(them) for them in around])])
    borders = [
        max(1, round(weight.get((a, b), weight.get((b, a), 0.0)))) for a, them in enumerate(around) for b in them
    ]
    _, label = pymetis.part_graph(
        town.k,
        xadj=starts.tolist(),
        adjncy=[b for them in around for b in them],
        vweights=town.ground.spread(town.load).astype(int).tolist(),
        eweights=borders,
        options=pymetis.Options(ufactor=10, contig=1, seed=0),
        recursive=False,
    )
    return np.array(label)[town.ground.unit]


def _recom(town: Town, *, steps: int) -> np.ndarray:
    gerrychain = importlib.import_module("gerrychain")
    tree = importlib.import_module("gerrychain.tree")
    updaters = importlib.import_module("gerrychain.updaters")
    proposals = importlib.import_module("gerrychain.proposals")
    networkx = importlib.import_module("networkx")
    random.seed(1)
    np.random.seed(1)  # noqa: NPY002 (gerrychain draws from it)
    loads = town.ground.spread(town.load).astype(int)
    plain = networkx.Graph()
    plain.add_nodes_from((unit, {"load": int(load)}) for unit, load in enumerate(loads))
    plain.add_edges_from(zip(town.ground.near.one.tolist(), town.ground.near.other.tolist(), strict=True))
    graph = gerrychain.Graph.from_networkx(plain)
    mean = loads.sum() / town.k
    epsilon = districting.TOLERANCE
    assignment = tree.recursive_tree_part(graph, range(town.k), mean, "load", epsilon)
    state = gerrychain.Partition(graph, assignment, {"load": updaters.Tally("load")})
    if steps:
        # A pair of grids whose trees have no even cut is left for another pair.
        method = functools.partial(tree.bipartition_tree, max_attempts=100, allow_pair_reselection=True)
        step = functools.partial(
            proposals.recom, pop_col="load", pop_target=mean, epsilon=epsilon, node_repeats=2, method=method
        )
        chain = gerrychain.MarkovChain(
            step, [gerrychain.constraints.contiguous], gerrychain.accept.always_accept, state, total_steps=steps
        )
        for state in chain:  # noqa: B007 (the last is the result)
            pass
    label = np.array([state.assignment[unit] for unit in range(town.ground.units)])
    return label[town.ground.unit]


def _spopt(town: Town, name: str, largest: int, **more: Any) -> np.ndarray:
    if town.ground.units > largest:
        raise ValueError(f"takes too long above {largest} buildings")
    region = importlib.import_module("spopt.region")
    libpysal = importlib.import_module("libpysal.weights")
    near = town.ground.near
    around: dict[int, list[int]] = {unit: [] for unit in range(town.ground.units)}
    for a, b in zip(near.one.tolist(), near.other.tolist(), strict=True):
        around[a].append(b)
        around[b].append(a)
    x, y = town.ground.places.T
    frame = gpd.GeoDataFrame({"x": x, "y": y}, geometry=gpd.points_from_xy(x, y), crs=partition_city.CRS)
    weights = libpysal.W(around, silence_warnings=True)
    made = getattr(region, name)(frame, weights, ["x", "y"], n_clusters=town.k, **more)
    made.solve()
    return np.unique(np.asarray(made.labels_), return_inverse=True)[1][town.ground.unit]


def _skater(town: Town) -> np.ndarray:
    return _spopt(town, "Skater", SLOW_ABOVE, floor=town.ground.units // (2 * town.k))


def _ward(town: Town) -> np.ndarray:
    return _spopt(town, "WardSpatial", SLOW_ABOVE)


def _azp(town: Town) -> np.ndarray:
    return _spopt(town, "AZP", AZP_ABOVE, random_state=1)


if __name__ == "__main__":
    main()
