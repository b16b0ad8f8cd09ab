"""How long the server takes for the page of issues with 20,000 issues of five years.

    python -m benchmarks.issues_page [--issues N] [--rounds N]

Each run of the page is whole: who asks, filters, list, map, address. It stands beside the plain way to the same: the
rows filtered with pandas, all of them as a table, and folium's own markers in clusters, written into the page.
"""

from __future__ import annotations

import argparse
import datetime as dt
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import folium
import numpy as np
import pandas as pd
import shapely
from folium import plugins
from streamlit import dataframe_util
from streamlit.runtime.context import ContextProxy
from streamlit.testing.v1 import AppTest

from benchmarks import app_in_browser, tagging
from gridmap import model
from gridmap.model import IssueSource, IssueState
from gridmap.services import demo, layers, retention
from gridmap.store import Store, open_store
from gridmap.web import credentials, sources

PAGE = app_in_browser.ROOT / "pages" / "issues.py"
_YEARS = 5
_ASKED = (
    ("open issues", {}),
    ("all issues", {"issues": "all"}),
    ("all with a word", {"issues": "all", "q": "灯"}),
    ("all of a year", {"issues": "all", "since": "2024-01-01", "until": "2024-12-31"}),
    ("one opened", {"issue": "1"}),
)


def filled(path: Path, n: int, now: dt.datetime) -> Store:
    """Make the demo's community, with ``n`` issues more at its buildings."""
    store = open_store(str(path))
    demo.fill(store, now)
    buildings, texts = store.frame(model.Building, 1), store.frame(model.Issue, 1)["text"].tolist()
    grid_of = store.frame(model.GridBuilding, 1).set_index("building_id")["grid_id"].to_dict()
    categories = store.frame(model.Issue, 1)["category"].tolist()
    random = np.random.default_rng(7)
    at = buildings.geometry.representative_point()
    with store.write() as session:
        for number in range(n):
            building = int(random.choice(buildings.index))
            days = float(random.uniform(0, 365 * _YEARS))
            begun = now - dt.timedelta(days=days)
            over = random.uniform() < 0.95
            session.add(
                model.Issue(
                    community_id=1,
                    code=f"N{number:06d}",
                    reported_at=begun,
                    source=list(IssueSource)[number % len(IssueSource)],
                    category=categories[number % len(categories)],
                    text=f"{texts[number % len(texts)]}（{number}）",
                    state=IssueState.CLOSED if over else IssueState.IN_PROGRESS,
                    closed_at=begun + dt.timedelta(days=3) if over else None,
                    due_at=begun + dt.timedelta(days=7),
                    building_id=building,
                    grid_id=grid_of.get(building),
                    geom=shapely.Point(at[building].x + random.normal(0, 1e-4), at[building].y),
                )
            )
    return store


def page_s(token: str, asked: dict[str, str], rounds: int) -> float:
    """Return the median seconds of a run of the page by somebody who has it open."""
    test = AppTest.from_file(str(PAGE), default_timeout=120)
    for name, value in {"lang": "zh", **asked}.items():
        test.query_params[name] = value
    with mock.patch.object(ContextProxy, "cookies", {credentials.SESSION: token}):
        return _median(lambda: _sound(test.run()), rounds)


def changed_s(token: str, store: Store, rounds: int) -> float:
    """Return the median seconds of the run that follows a change by somebody else."""
    test = AppTest.from_file(str(PAGE), default_timeout=120)
    test.query_params["lang"] = "zh"
    took = []
    with mock.patch.object(ContextProxy, "cookies", {credentials.SESSION: token}):
        _sound(test.run())
        for turn in range(rounds):
            with store.write() as session:
                session.get_one(model.Issue, 1).note = f"change {turn}"
            begun = time.perf_counter()
            _sound(test.run())
            took.append(time.perf_counter() - begun)
    return statistics.median(took)


def plain_s(issues: pd.DataFrame, asked: dict[str, str], rounds: int) -> float:
    """Return the median seconds of the plain way to what ``asked`` says."""

    def made() -> None:
        rows = issues
        if "issues" not in asked:
            rows = rows[rows["group"] != "settled"]
        if "q" in asked:
            rows = rows[rows["text"].str.contains(asked["q"], regex=False)]
        if "since" in asked:
            rows = rows[(rows["reported_at"] >= asked["since"]) & (rows["reported_at"] <= asked["until"])]
        dataframe_util.convert_pandas_df_to_arrow_bytes(pd.DataFrame(rows.drop(columns="geom")))
        shown = folium.Map(tiles=None)
        cluster = plugins.MarkerCluster().add_to(shown)
        for place, code, text in zip(rows["geom"], rows["code"], rows["text"], strict=True):
            folium.Marker([place.y, place.x], tooltip=f"{code} {text}").add_to(cluster)
        shown.get_root().render()

    return _median(made, rounds)


def _sound(page: AppTest) -> None:
    if page.exception or page.error:
        raise RuntimeError(str(page.exception or page.error))


def _median(run: Callable[[], None], rounds: int) -> float:
    run()
    took = []
    for _ in range(rounds):
        begun = time.perf_counter()
        run()
        took.append(time.perf_counter() - begun)
    return statistics.median(took)


def main(arguments: list[str] | None = None) -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--issues", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args(arguments)
    now = dt.datetime.now(dt.UTC)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "issues.gpkg"
        store = filled(path, options.issues, now)
        retention.run(store, now)  # so that nothing is due while pages are measured
        (token,) = tagging.sessions(store, 1)
        environment = {"GRIDMAP_STORE": str(path), "GRIDMAP_KEY_FILE": str(Path(folder) / "key")}
        environment["GRIDMAP_BACKUPS"] = "off"
        with mock.patch.dict("os.environ", environment):
            begun = time.perf_counter()
            data = sources.community(1)
            print(f"{len(data.issues):,} issues; read from the store in {time.perf_counter() - begun:.2f} s,")
            begun = time.perf_counter()
            size = len(layers.build(data, "issues", language="zh", now=now))
            print(f"the map's layer made in {time.perf_counter() - begun:.2f} s ({size / 1e6:.1f} MB before gzip),")
            print("both once for all at the start; after a change only what has changed is read again.")
            print(f"The page after a change by somebody else: {changed_s(token, store, options.rounds):.3f} s.\n")
            issues = pd.DataFrame(data.issues.assign(group=layers.issue_groups(data.issues, now)))
            print(f"{'':20}{'our whole page':>16}{'pandas and folium':>20}{'ratio':>8}")
            for name, asked in _ASKED:
                ours = page_s(token, asked, options.rounds)
                if name == "one opened":
                    print(f"{name:20}{ours:>15.3f}s")
                    continue
                plain = plain_s(issues, asked, 1)
                print(f"{name:20}{ours:>15.3f}s{plain:>19.3f}s{plain / ours:>8.1f}")
        store.close()


if __name__ == "__main__":
    main()
