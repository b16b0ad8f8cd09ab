"""What a presentation is made from: the figures of its period, and the things that its steps tell of."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import geopandas as gpd
import pandas as pd

from gridmap import model
from gridmap.analysis import indicators
from gridmap.services import briefing_periods, community_settings, layers, scenario_comparison, scenarios
from gridmap.services.briefing_periods import Period
from gridmap.services.briefings import Figures
from gridmap.services.community_data import CommunityData
from gridmap.services.scenario_comparison import Comparison
from gridmap.services.scenarios import Scenario
from gridmap.services.sight import FEWEST
from gridmap.services.story_steps import Content, Step
from gridmap.store import Store


@dataclass(frozen=True, kw_only=True, eq=False)
class Facts:
    """What the steps tell of.

    Parameters
    ----------
    found
        The figures of the period, as for somebody who sees numbers only.
    scenarios
        Those that steps name and that are there, by number, beside today.
    projects
        All of the community's practical things.
    language
        Language of all words.
    now
        This moment.
    """

    found: Figures
    scenarios: Mapping[int, tuple[Scenario, Comparison]]
    projects: gpd.GeoDataFrame
    language: str
    now: dt.datetime

    @property
    def data(self) -> CommunityData:
        """The whole community."""
        return self.found.data

    @property
    def things(self) -> gpd.GeoDataFrame:
        """The practical things of the year in which the period ends, in their order."""
        year = self.found.period.until.year
        return self.projects[self.projects["year"] == year].sort_values("seq", kind="stable")

    @cached_property
    def lettered(self) -> gpd.GeoDataFrame:
        """The grids that have a place, with where their letters stand."""
        grids = self.data.grids[~self.data.grids.geometry.is_empty]
        return layers.with_letters(self.data, grids) if len(grids) else grids.assign(label_at=[])

    @property
    def walked(self) -> gpd.GeoDataFrame:
        """Walks of the period that are done and over since yesterday: where somebody is today is nobody's business."""
        walks, period = self.data.walks, self.found.period
        done = walks["state"] == model.WalkState.DONE.value
        return walks[
            done & (walks["day"] >= period.first) & (walks["day"] <= period.until) & (walks["day"] < self.data.day)
        ]

    @property
    def routes(self) -> gpd.GeoDataFrame:
        """The routes of these walks; none where there are so few that they would tell of one person."""
        walked = self.walked
        return walked if len(walked) >= FEWEST else walked.iloc[:0]

    @property
    def visited(self) -> pd.Index:
        """The buildings that these walks reached; none where the routes are not told."""
        routes = self.routes
        stops = self.data.stops[self.data.stops["walk_id"].isin(routes.index)]
        reached = indicators.visits(stops, routes)["building_id"].dropna().astype("int64")
        known: pd.Index = self.data.buildings.index
        return known[known.isin(reached)]

    def posts(self, grid: int) -> dict[str, int]:
        """Return how many of each post are at work in a grid: its leader, and who walked there, nobody's name."""
        walks = self.walked
        walkers = self.data.walkers
        mine = walkers.loc[walkers["walk_id"].isin(walks.index[walks["grid_id"] == grid]), "staff_id"]
        leader = self.data.grids.loc[[grid], "leader_id"].dropna()
        people = pd.Index(pd.concat([leader.astype("int64"), mine.astype("int64")]).unique())
        posts = self.data.staff.reindex(people)["post"].dropna()
        return {post.value: int((posts == post.value).sum()) for post in model.PostKind if (posts == post.value).any()}

    def gone(self, step: Step) -> bool:
        """Whether what a step tells of is not there, or no longer."""
        if step.kind == "scenario":
            return step.ref not in self.scenarios
        if step.kind == "issue":
            return step.ref not in self.data.issues.index
        return step.kind == "project" and step.ref not in self.projects.index


def period(content: Content, today: dt.date) -> Period:
    """Return the days over which a presentation counts."""
    said = {
        "last_month": briefing_periods.last_month(today),
        "quarter": f"{today.year}-Q{(today.month + 2) // 3}",
        "year": str(today.year),
    }[content.period]
    return briefing_periods.parse(said, today)


def of(store: Store, found: Figures, content: Content, *, language: str, now: dt.datetime) -> Facts:
    """Gather what the steps of a presentation tell of.

    Parameters
    ----------
    store
        Where it is kept.
    found
        The figures of the presentation's period.
    content
        The presentation.
    language
        Language of all words.
    now
        This moment.
    """
    data = found.data
    number = community_settings.number(data.community)
    chosen = community_settings.of(store, number)
    wanted = {step.ref for step in content.steps if step.kind == "scenario"}
    known = [one for one in scenarios.every(store, number) if one.number in wanted]
    return Facts(
        found=found,
        scenarios={one.number: (one, scenario_comparison.compare(data, chosen, one)) for one in known},
        projects=store.frame(model.Project, number),
        language=language,
        now=now,
    )
