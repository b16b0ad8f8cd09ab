"""Grid walks beside PyVRP as it comes, OR-tools routing, VROOM, and going to whatever is nearest.

    python -m benchmarks.routes [FOLDER] [--seconds S] [--pyvrp-seconds S] [--instances N] [--skip-year]

Without FOLDER, seeded half days of one walker and weeks of several, and a year of weekly walks on the demo. FOLDER
holds files of others: Solomon's (``.txt``) become orienteering with windows as in the literature (a customer's demand
is its prize, distances cut to a decimal; Righini and Salani 2009, doi:10.1016/j.cor.2008.01.003), TSPLIB's (``.tsp``)
round trips. Values are prizes in metres less metres walked; more is better. "broken" counts what the independent
checker finds. Seconds are told by the clock and of the processor: a busy machine lengthens the first, not the second.
"""

from __future__ import annotations

import argparse
import dataclasses
import datetime as dt
import math
import tempfile
import time
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from benchmarks import routes_peers
from gridmap.planning import routing_check, routing_solving
from gridmap.planning.routing import Problem, Stop, Trip, Walker
from gridmap.planning.visits import Facts, candidates
from gridmap.services import (
    community_data,
    community_settings,
    demo,
    walk_matrix,
    walk_places,
    walk_wishes,
)
from gridmap.store import open_store

NINE, HALF_DAY = 540.0, 150.0
# Best known prizes of one walk in Solomon's places, from the literature on orienteering with windows.
BEST_ONE = {
    **{"c101": 320, "c102": 360, "c103": 400, "c104": 420, "c105": 340, "c106": 340, "c107": 370, "c108": 370},
    **{"c109": 380, "r101": 198, "r102": 286, "r103": 293, "r104": 303, "r105": 247, "r106": 293, "r107": 299},
    **{"r108": 308, "r109": 277, "r110": 284, "r111": 297, "r112": 298, "rc101": 219, "rc102": 266},
    **{"rc103": 266, "rc104": 301, "rc105": 244, "rc106": 252, "rc107": 277, "rc108": 298},
}
BEST_TSP = {
    "berlin52": 7542,
    "eil51": 426,
    "st70": 675,
    "eil76": 538,
    "pr76": 108159,
    "kroa100": 21282,
    "eil101": 629,
    "pr107": 44303,
    "pcb442": 50778,
}


def half_day(stops: int, seed: int, walkers: int = 1, days: int = 1) -> Problem:
    """Return seeded stops on streets that cross at right angles, some with hours, one in fifteen a must-visit."""
    dice = np.random.default_rng(seed)
    side = 700.0 if days == 1 else 1100.0
    xy = dice.uniform(0, side, (stops + 1, 2))
    xy[0] = side / 2
    metres = np.abs(xy[:, None] - xy[None]).sum(axis=-1)
    some = []
    for at in range(1, stops + 1):
        hours = ()
        if days == 1 and dice.random() < 0.15:
            early = NINE + float(dice.uniform(0, HALF_DAY - 45))
            hours = ((early, early + 45.0),)
        some.append(
            Stop(
                id=f"s{at}",
                place=at,
                minutes=float(dice.integers(4, 15)),
                prize=float(np.round(dice.gamma(2.0, 2.0), 2)),
                must=bool(days == 1 and not hours and at % 15 == 0),
                windows=hours,
            )
        )
    team = [
        Walker(id=f"d{day}w{k}", begin=1440.0 * day + NINE, end=1440.0 * day + NINE + HALF_DAY, start=0, finish=0)
        for day in range(days)
        for k in range(walkers)
    ]
    return Problem(stops=tuple(some), walkers=tuple(team), metres=metres)


def _row(name: str, problem: Problem, trips: list[Trip], took: tuple[float, float], best: float) -> float:
    worth = routes_peers.value(problem, trips)
    broken = len(routing_check.broken(routes_peers.made(problem, trips)))
    missed = sum(stop.must for stop in problem.stops) - sum(problem.by_id[s].must for t in trips for s in t.stops)
    ratio = f"{worth / best:8.4f}" if best else f"{'':8}"
    print(f"  {name:34}{worth:12.0f}{took[0]:8.2f} s{took[1]:8.2f} s{ratio}   must missed {missed}, broken {broken}")
    return worth


def _timed(call: Any) -> tuple[list[Trip], tuple[float, float]]:
    """Return trips with the seconds of the clock and of the processor that they took."""
    begun = time.perf_counter(), time.process_time()
    trips = call()
    return list(trips), (time.perf_counter() - begun[0], time.process_time() - begun[1])


def half_days(instances: int, seconds: float, alone_s: float) -> None:
    """One walker's half day: ours, OR-tools and VROOM in ``seconds``, PyVRP alone in ``alone_s``."""
    print(f"\nHalf a day of one walker, 60 places; ratio to PyVRP alone in {alone_s:g} s")
    ratios = []
    for seed in range(instances):
        problem = half_day(60, seed)
        print(f" instance {seed}")
        trips, took = _timed(lambda: routes_peers.pyvrp_alone(problem, alone_s))  # noqa: B023 (called at once)
        best = _row(f"PyVRP alone, {alone_s:g} s", problem, trips, took, 0.0)
        mine, took = _timed(lambda: routing_solving.solve(problem, seconds=seconds).trips)  # noqa: B023
        ratios.append(_row(f"ours, {seconds:g} s", problem, mine, took, best) / best)
        other, took = _timed(lambda: routes_peers.or_tools(problem, seconds))  # noqa: B023
        _row(f"OR-tools, {seconds:g} s", problem, other, took, best)
        other, took = _timed(lambda: routes_peers.vroom_alone(problem, seconds))  # noqa: B023
        _row(f"VROOM, {seconds:g} s", problem, other, took, best)
        _row("nearest first", problem, routes_peers.nearest_first(problem), (0.0, 0.0), best)
    print(f" ours beside PyVRP alone: worst {min(ratios):.4f}, mean {np.mean(ratios):.4f}")


def weeks(instances: int, alone_s: float) -> None:
    """Five days of two walkers: ours free in 5 s, PyVRP with the days fixed by hand in a fifth of its time each."""
    print(f"\nA week of 5 x 2 walks, 180 places; PyVRP in {alone_s:g} s with a sector of places for each day")
    for seed in range(instances):
        problem = half_day(180, seed + 100, walkers=2, days=5)
        fixed: list[Trip] = []
        order = np.argsort([_angle(seed + 100, stop.place) for stop in problem.stops])
        begun = time.perf_counter(), time.process_time()
        for day, mine in enumerate(np.array_split(order, 5)):
            part = dataclasses.replace(
                problem,
                stops=tuple(problem.stops[at] for at in mine),
                walkers=tuple(one for one in problem.walkers if one.id.startswith(f"d{day}")),
            )
            fixed += routes_peers.pyvrp_alone(part, alone_s / 5)
        took = time.perf_counter() - begun[0], time.process_time() - begun[1]
        best = _row("PyVRP, days by hand", problem, fixed, took, 0.0)
        mine_trips, took = _timed(lambda: routing_solving.solve(problem, seconds=5.0).trips)  # noqa: B023
        _row("ours, 5 s", problem, mine_trips, took, best)


def _angle(seed: int, place: int) -> float:
    xy = np.random.default_rng(seed).uniform(0, 1100.0, (181, 2))
    return float(math.atan2(*(xy[place] - 550.0)))


def year(walkers: int, seconds: float) -> None:
    """A year of Fridays on the demo: new issues each week, every home by its interval; ours and nearest first."""
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(str(Path(folder) / "demo.gpkg"))
        community = demo.fill(store, dt.datetime(2026, 1, 2, 2, tzinfo=dt.UTC))
        number = int(community.id or 0)
        data = community_data.read(store, number, day=dt.date(2026, 1, 2))
        weighed, chosen = walk_wishes.weights(store, number), community_settings.of(store, number)
        store.close()
    homes = data.buildings[data.buildings["households"] > 0]
    base = walk_places.stations(data)[0]
    spots = [base.geom, *homes.geometry.representative_point()]
    ground = walk_matrix.of(data, chosen, gpd.GeoSeries(spots, crs=4326), [(NINE, NINE + HALF_DAY)])
    print(f"\nA year of Fridays on the demo: {len(homes)} homes, {walkers} x {HALF_DAY:g} min, 12 new issues a week")
    head = ("prize an hour", "hours", "visits", "over the interval", "longest", "short of")
    print(f"  {'':16}{head[0]:>14}{head[1]:>8}{head[2]:>8}{head[3]:>19}{head[4]:>9}{head[5]:>12}")
    for name in ("ours", "nearest first"):
        _year(name, homes, ground.metres, weighed, walkers, seconds)


def _year(name: str, homes: Any, metres: np.ndarray, weighed: dict[str, float], walkers: int, seconds: float) -> None:
    dice = np.random.default_rng(7)
    ids = homes.index.tolist()
    interval = weighed["building_days"]
    last = {one: -int(dice.integers(0, int(interval))) for one in ids}
    waiting: dict[int, list[int]] = {}
    prize = spent = 0.0
    visits = over = 0
    longest, short_min = 0, 0.0
    number = 0
    for week in range(52):
        today = 7 * week
        for one in dice.choice(ids, 12).tolist():
            number += 1
            waiting.setdefault(one, []).append(number)
        facts = [
            Facts(
                key=str(one),
                is_home=True,
                days_unvisited=today - last[one],
                open=tuple(waiting.get(one, ())),
                floors=int(homes.at[one, "floors"]),
                lift=not pd.isna(homes.at[one, "lift"]) and bool(homes.at[one, "lift"]),
            )
            for one in ids
        ]
        found = candidates(facts, weighed)
        stops = tuple(Stop(id=c.key, place=1 + ids.index(int(c.key)), minutes=c.minutes, prize=c.prize) for c in found)
        minutes = {stop.id: stop.minutes for stop in stops}
        team = tuple(Walker(id=str(k), begin=NINE, end=NINE + HALF_DAY, start=0, finish=0) for k in range(walkers))
        problem = Problem(stops=stops, walkers=team, metres=metres, point_m=weighed["point_m"])
        trips = (
            list(routing_solving.solve(problem, seconds=seconds, seed=week).trips)
            if name == "ours"
            else routes_peers.nearest_first(problem)
        )
        prize += sum(trip.prize for trip in trips)
        spent += routes_peers.hours(trips)
        for one in (int(stop) for trip in trips for stop in trip.stops):
            gap = today - last[one]
            longest = max(longest, gap)
            last[one] = today
            waiting.pop(one, None)
            visits += 1
        due = [one for one in ids if today - last[one] > interval]
        over += len(due)
        short_min = max(short_min, sum(minutes.get(str(one), 0.0) for one in due))
    longest = max(longest, *(7 * 51 - at for at in last.values()))
    said = f"{short_min / 60:.1f} h" if over else "nothing"
    print(f"  {name:16}{prize / spent:14.1f}{spent:8.0f}{visits:8}{over:19}{longest:7} d{said:>12}")


def folder(path: Path, seconds: float) -> None:
    """Files of others: ours beside OR-tools with the same seconds, and the best value known."""
    print(f"\nFiles in {path}, {seconds:g} s each; prizes collected (Solomon, one walk) and lengths (TSPLIB)")
    print(f"  {'':12}{'ours':>10}{'OR-tools':>10}{'best known':>12}{'ours/best':>11}")
    gaps = []
    for file in sorted([*path.rglob("*.txt"), *path.rglob("*.tsp")]):
        name = file.stem.lower()
        if file.suffix == ".txt":
            problem, best = _solomon(file), BEST_ONE.get(name)
            told = [sum(t.prize for t in trips) for trips in _both(problem, seconds)]
            ratio = told[0] / best if best else math.nan
            gaps.append(1 - ratio)
        else:
            problem, best = _tsp(file), BEST_TSP.get(name)
            told = [sum(t.walk_m for t in trips) for trips in _both(problem, seconds)]
            ratio = told[0] / best if best else math.nan
            gaps.append(ratio - 1)
        print(f"  {name:12}{told[0]:10.0f}{told[1]:10.0f}{best or math.nan:12.0f}{ratio:11.4f}")
    known = [gap for gap in gaps if not math.isnan(gap)]
    if known:
        print(f"  mean gap to the best known {np.mean(known):.2%} over {len(known)} files")


def _both(problem: Problem, seconds: float) -> tuple[list[Trip], list[Trip]]:
    return list(routing_solving.solve(problem, seconds=seconds).trips), routes_peers.or_tools(problem, seconds)


def _solomon(file: Path) -> Problem:
    """Return a file of Solomon's as one walk that collects demands; a unit of distance is a minute."""
    rows = [line.split() for line in file.read_text().splitlines()]
    table = np.array([[float(cell) for cell in row] for row in rows if len(row) == 7 and row[0].isdigit()])
    xy = table[:, 1:3]
    metres = np.floor(np.hypot(*(xy[:, None] - xy[None]).T) * 10) / 10
    stops = tuple(
        Stop(
            id=f"s{at}",
            place=at,
            minutes=float(table[at, 6]),
            prize=float(table[at, 3]),
            # Windows of the literature say when a visit begins.
            windows=((float(table[at, 4]), float(table[at, 5] + table[at, 6])),),
        )
        for at in range(1, len(table))
    )
    walker = Walker(id="w", begin=float(table[0, 4]), end=float(table[0, 5]), start=0, finish=0)
    return Problem(stops=stops, walkers=(walker,), metres=metres, pace_m_min=1.0, point_m=1000.0)


def _tsp(file: Path) -> Problem:
    """Return a file of TSPLIB (EUC_2D) as a round trip to all places."""
    lines = file.read_text().split("NODE_COORD_SECTION")[1].splitlines()
    rows = [line.split() for line in lines if len(line.split()) == 3]
    xy = np.array([[float(row[1]), float(row[2])] for row in rows])
    metres = np.rint(np.hypot(*(xy[:, None] - xy[None]).T))
    stops = tuple(Stop(id=f"s{at}", place=at, must=True) for at in range(1, len(xy)))
    walker = Walker(id="w", begin=0.0, end=float(metres.max()) * len(xy), start=0, finish=0)
    return Problem(stops=stops, walkers=(walker,), metres=metres, pace_m_min=1.0)


def main(arguments: list[str] | None = None) -> None:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--seconds", type=float, default=0.5)
    parser.add_argument("--pyvrp-seconds", type=float, default=20.0)
    parser.add_argument("--instances", type=int, default=3)
    parser.add_argument("--walkers", type=int, default=1)
    parser.add_argument("--skip-year", action="store_true")
    asked = parser.parse_args(arguments)
    if asked.folder is not None:
        folder(asked.folder, asked.seconds)
        return
    half_days(asked.instances, asked.seconds, asked.pyvrp_seconds)
    weeks(asked.instances, asked.pyvrp_seconds)
    if not asked.skip_year:
        year(asked.walkers, asked.seconds / 5)


if __name__ == "__main__":
    main()
