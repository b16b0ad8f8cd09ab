"""A search for places that goes on beside the page: how far it has come can be seen, and it can be told to stop."""

from __future__ import annotations

import threading

from gridmap.analysis import siting
from gridmap.services import siting_curve
from gridmap.services.siting_curve import Curve
from gridmap.services.siting_plan import Ground, Plan
from gridmap.web import job


class Job(job.Job[None]):
    """One search of one person; it ends by itself when its time is over.

    Parameters
    ----------
    ground
        What is searched.
    curve
        Whether it is worked out what each further one gains, in place of a plan.
    """

    def __init__(self, ground: Ground, *, curve: bool = False) -> None:
        super().__init__(self._searched, "siting")
        self.ground = ground
        self.curve = curve
        self.step: siting.Step | None = None
        self.plan: Plan | None = None
        self.told: Curve | None = None
        self._stop = threading.Event()

    def stop(self) -> None:
        """Take the best so far: the search is left to end, and nobody waits for it.

        Raises
        ------
        ValueError
            If there is none yet.
        """
        self._stop.set()
        if self.step is not None and not self.curve:
            self.plan = self.ground.so_far(self.step)

    def _searched(self) -> None:
        if self.curve:
            self.told = siting_curve.of(self.ground, progress=self._tell)
        else:
            made = self.ground.solve(self._tell)
            self.plan = self.plan or made

    def _tell(self, step: siting.Step) -> bool:
        self.step = step
        return self._stop.is_set()
