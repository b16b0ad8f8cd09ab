"""A search for places that goes on beside the page: how far it has come can be seen, and it can be told to stop."""

from __future__ import annotations

import threading
import time

from gridmap.analysis import siting
from gridmap.services import siting_curve
from gridmap.services.siting_curve import Curve
from gridmap.services.siting_plan import Ground, Plan


class Job:
    """One search of one person; it ends by itself when its time is over.

    Parameters
    ----------
    ground
        What is searched.
    curve
        Whether it is worked out what each further one gains, in place of a plan.
    """

    def __init__(self, ground: Ground, *, curve: bool = False) -> None:
        self.ground = ground
        self.curve = curve
        self.step: siting.Step | None = None
        self.plan: Plan | None = None
        self.told: Curve | None = None
        self.fault: Exception | None = None
        self._begun = time.perf_counter()
        self._over = threading.Event()
        self._stop = threading.Event()

    def start(self, patience_s: float) -> bool:
        """Begin, and wait so long; tell whether it is over already."""
        threading.Thread(target=self._run, name="siting", daemon=True).start()
        return self.wait(patience_s)

    def wait(self, patience_s: float) -> bool:
        """Wait so long for its end; tell whether it is over."""
        return self._over.wait(patience_s)

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return self._over.is_set()

    @property
    def seconds(self) -> float:
        """How long it has been going on."""
        return time.perf_counter() - self._begun

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

    def _run(self) -> None:
        try:
            if self.curve:
                self.told = siting_curve.of(self.ground, progress=self._tell)
            else:
                made = self.ground.solve(self._tell)
                self.plan = self.plan or made
        except Exception as fault:  # told to the person by the page, which knows how
            self.fault = fault
        finally:
            self._over.set()

    def _tell(self, step: siting.Step) -> bool:
        self.step = step
        return self._stop.is_set()
