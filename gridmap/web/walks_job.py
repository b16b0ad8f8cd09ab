"""A plan of walks that is worked out beside the page."""

from __future__ import annotations

import datetime as dt
import threading

from gridmap.planning.routing import Step
from gridmap.services import walk_plans
from gridmap.services.community_data import CommunityData
from gridmap.services.sight import Sight
from gridmap.services.walk_plans import Made, Question
from gridmap.store import Store
from gridmap.web import job


class Job(job.Job[Made]):
    """One plan of one person.

    Parameters
    ----------
    store, data, seen
        What it is made from, as the person sees it.
    question
        What is asked.
    """

    def __init__(self, store: Store, data: CommunityData, seen: Sight, question: Question) -> None:
        super().__init__(self._planned, "walks")
        self.question = question
        self.step: Step | None = None
        self._stop = threading.Event()
        self._store, self._data, self._seen = store, data, seen

    def stop(self) -> None:
        """Let it end with the best so far."""
        self._stop.set()

    def _planned(self) -> Made:
        return walk_plans.plan(
            self._store, self._data, self._seen, self.question, now=dt.datetime.now(dt.UTC), progress=self._tell,
            stopped=self._stop.is_set,
        )  # fmt: skip

    def _tell(self, step: Step) -> None:
        self.step = step
