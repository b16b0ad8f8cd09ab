"""How long the server takes when the slider of the page of coverage is moved: the demo, and a town of 3,000 buildings.

    python -m benchmarks.coverage_page [--buildings N] [--rounds N]

The page's whole script is run in this process, as a browser's message would run it; each round asks for a distance that
was not asked for before, so nothing is answered from memory. Beside it stands networkx, which finds no more than the
nearest station of each building on the same network, and its answer is compared.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import geopandas as gpd
import networkx as nx
import numpy as np
import shapely
from streamlit.runtime.context import ContextProxy
from streamlit.testing.v1 import AppTest

from benchmarks.app_in_browser import NAME, PASSWORD, add_account, gridmap
from gridmap import model
from gridmap.model import BuildingUse, PathKind
from gridmap.services import accounts, community_data, coverage_table, walking_data
from gridmap.services.community_settings import of as settings_of
from gridmap.store import open_store
from gridmap.web import credentials, routes

PAGE = "../../pages/coverage.py"
SLIDER = "reach-m-station"
AT = "EPSG:4545"
ORIGIN = (500_000.0, 3_789_000.0)
WIDE_M, HIGH_M, STREET_M = 150.0, 120.0, 14.0
ROWS, PER_ROW = 5, 4
LIMITS_S = {"demo": 0.5, "town": 1.0}


def fill(path: Path, buildings: int) -> None:
    """Make a town of walled blocks of twenty buildings, with two gates each, streets around and ways inside."""
    blocks = -(-buildings // (ROWS * PER_ROW))
    side = int(np.ceil(np.sqrt(blocks)))
    rng = np.random.default_rng(3)

    def shown(shapes: list[shapely.Geometry]) -> list[shapely.Geometry]:
        moved = shapely.transform(np.array(shapes, dtype=object), lambda xy: xy + ORIGIN)
        return list(gpd.GeoSeries(moved, crs=AT).to_crs("EPSG:4326"))

    corners = [((k % side) * (WIDE_M + STREET_M), (k // side) * (HIGH_M + STREET_M)) for k in range(blocks)]
    walls, gates, ways, homes, stations = [], [], [], [], []
    for x, y in corners:
        walls.append(shapely.box(x, y, x + WIDE_M, y + HIGH_M))
        gates += [shapely.Point(x + WIDE_M / 2, y), shapely.Point(x, y + HIGH_M / 2)]
        ways.append(shapely.LineString([(x + WIDE_M / 2, y - STREET_M / 2), (x + WIDE_M / 2, y + HIGH_M - 6)]))
        ways.append(shapely.LineString([(x - STREET_M / 2, y + HIGH_M / 2), (x + WIDE_M / 2, y + HIGH_M / 2)]))
        for row in range(ROWS):
            south = y + 8 + row * 22
            ways.append(shapely.LineString([(x + 6, south - 4), (x + WIDE_M - 6, south - 4)]))
            homes += [shapely.box(x + 8 + 35 * k, south, x + 36 + 35 * k, south + 11) for k in range(PER_ROW)]
        if rng.random() < 0.15:
            stations.append(shapely.Point(x + 60, y + 24))
    across = side * (WIDE_M + STREET_M)
    up = side * (HIGH_M + STREET_M)
    for k in range(side + 1):
        east, north = k * (WIDE_M + STREET_M) - STREET_M / 2, k * (HIGH_M + STREET_M) - STREET_M / 2
        ways.append(shapely.LineString([(east, -STREET_M / 2), (east, up - STREET_M / 2)]))
        ways.append(shapely.LineString([(-STREET_M / 2, north), (across - STREET_M / 2, north)]))
    with closing(open_store(str(path), create=False)) as store, store.write() as session:
        names = [model.Compound(community_id=1, name=f"{k + 1}号院", walled=True, geom=shapely.MultiPolygon([wall]))
                 for k, wall in enumerate(shown(walls))]  # fmt: skip
        session.add_all(names)
        session.flush()
        session.add_all(
            model.Gate(community_id=1, compound_id=names[k // 2].id, name="门", geom=place)
            for k, place in enumerate(shown(gates))
        )
        session.add_all(model.Path(community_id=1, kind=PathKind.FOOTPATH, geom=line) for line in shown(ways))
        session.add_all(
            model.Building(
                community_id=1, compound_id=names[k // (ROWS * PER_ROW)].id, number=f"{k % (ROWS * PER_ROW) + 1}号楼",
                use=BuildingUse.RESIDENTIAL, households=int(rng.integers(10, 80)), geom=shapely.MultiPolygon([shape]),
            )
            for k, shape in enumerate(shown(homes[:buildings]))
        )  # fmt: skip
        session.add_all(
            model.ServicePoint(community_id=1, kind="station", name=f"{k + 1}站", capacity_households=500, geom=place)
            for k, place in enumerate(shown(stations))
        )


def opened(path: Path) -> AppTest:
    """Open the page as the secretary."""
    with closing(open_store(str(path), create=False)) as store:
        now = dt.datetime.now(dt.UTC)
        token = accounts.sign_in(store, NAME, PASSWORD, address="", agent="benchmark", now=now)
    os.environ["GRIDMAP_STORE"] = str(path)
    # The script asks the browser's cookies who is there; here is no browser.
    ContextProxy.cookies = {credentials.SESSION: token}  # type: ignore[method-assign,assignment]
    page = AppTest.from_file(str(routes.SCRIPT), default_timeout=120)
    page.query_params["lang"] = "zh"
    page.query_params["kind"] = "station"
    page.run()
    return page.switch_page(PAGE).run()


def timed(run: Callable[[], object]) -> tuple[float, float]:
    """Return the seconds by the clock and of the processor."""
    clock, processor = time.perf_counter(), time.process_time()
    run()
    return time.perf_counter() - clock, time.process_time() - processor


def peer(path: Path) -> tuple[float, float]:
    """Return networkx's seconds for the nearest station of each building, and by how many metres it differs."""
    with closing(open_store(str(path), create=False)) as store:
        data, chosen = community_data.read(store, 1, day=dt.date.today()), settings_of(store, 1)
    made = walking_data.model(data, walking_data.costs(chosen))
    points = coverage_table.points_asked(data, coverage_table.Question(kind="station"), "station")
    ours = made.nearest(points, limit_m=500)
    network, doors, starts = made.network, made.doors, ours.approach.starts
    graph = nx.Graph()
    for (a, b), metres in zip(network.edges.tolist(), network.length_m.tolist(), strict=True):
        if metres < graph.get_edge_data(a, b, {"weight": np.inf})["weight"]:
            graph.add_edge(a, b, weight=metres)
    for node, metres in zip(starts.node.tolist(), starts.walk_m.tolist(), strict=True):
        if metres < graph.get_edge_data(-1, node, {"weight": np.inf})["weight"]:
            graph.add_edge(-1, node, weight=metres)
    begun = time.perf_counter()
    found = nx.single_source_dijkstra_path_length(graph, -1)
    spent_s = time.perf_counter() - begun
    metres = np.full(len(made.index), np.inf)
    np.minimum.at(
        metres, doors.building, np.array([found.get(node, np.inf) for node in doors.node.tolist()]) + doors.walk_m
    )
    np.minimum.at(metres, ours.approach.seen_building, ours.approach.seen_m)
    return spent_s, float(np.nanmax(np.abs(metres - ours.walk_m.to_numpy())))


def measure(name: str, path: Path, rounds: int) -> None:
    """Move the slider with buildings alone, with catchments, and with room counted, and print a row for each."""
    page = opened(path)
    if page.exception or not page.slider:
        raise SystemExit(f"the page does not show its slider: {[one.value for one in page.exception]}")
    peer_s, off_m = peer(path)
    metres = iter(range(250, 2000, 50))
    for shown in ("buildings", "catchments", "room"):
        if shown == "catchments":
            page.segmented_control("reach-areas").set_value("catchments").run()
        elif shown == "room":
            page.segmented_control("reach-areas").set_value("").run()
            page.toggle("reach-capacity").set_value(True).run()
        spent, told = [], set()
        for _ in range(rounds):
            limit_m = next(metres)
            spent.append(timed(lambda limit_m=limit_m: page.slider(SLIDER).set_value(limit_m).run()))
            told |= {one.value for one in page.get("html") if '<dl class="gm-figures">' in str(one.value)}
        if len(told) < rounds or page.exception:
            raise SystemExit(f"{rounds} distances were answered by {len(told)} sets of figures")
        clock_s, processor_s = (statistics.median(one[k] for one in spent) for k in (0, 1))
        print(f"{name:6}{shown:12}{clock_s:8.3f}{processor_s:11.3f}{max(one[0] for one in spent):9.3f}"
              f"{LIMITS_S[name]:9.1f}{peer_s:10.3f}   differs by at most {off_m:.1e} m")  # fmt: skip


def main(arguments: list[str] | None = None) -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--buildings", type=int, default=3000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        print(f"{'seconds':18}{'middle':>8}{'processor':>11}{'slowest':>9}{'at most':>9}{'networkx':>10}")
        for name in LIMITS_S:
            path = Path(folder) / f"{name}.gpkg"
            gridmap("init", str(path), *(["--demo"] if name == "demo" else ["--community", "三千栋社区（模拟）"]))
            if name == "town":
                fill(path, options.buildings)
            add_account(str(path), "太白社区（模拟）" if name == "demo" else "三千栋社区（模拟）")
            measure(name, path, options.rounds)


if __name__ == "__main__":
    main()
