"""A search for places beside the page: it ends by itself, tells how far it is, and hands over what it has on demand."""

from __future__ import annotations

import threading
from typing import Any, cast

import numpy as np
import pytest

from gridmap import errors
from gridmap.analysis import siting
from gridmap.services.siting_plan import Ground
from gridmap.web.siting_job import Job


class Slow:
    """Ground on which a search goes on until it is told that this is enough."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self.let_on = threading.Event()

    def solve(self, progress: siting.Progress) -> str:
        progress(siting.Step(0.1, 5.0, 9.0, np.array([True])))
        self.reached.set()
        self.let_on.wait(20)
        return "so far" if progress(siting.Step(0.2, 6.0, 9.0, np.array([True]))) else "the end"

    def so_far(self, step: siting.Step) -> float | None:
        return step.value


class Refused(Slow):
    def solve(self, progress: siting.Progress) -> str:
        raise errors.InputError("siting_no_candidate")


def test_it_is_waited_for_until_it_is_over():
    ground = Slow()
    job = Job(cast(Ground, ground))
    assert not job.start(0.01)
    assert ground.reached.wait(20)
    assert job.step is not None
    assert job.step.gap == pytest.approx(4 / 9)
    ground.let_on.set()
    assert job.wait(20)
    assert cast(Any, job.plan) == "the end"


def test_what_it_has_come_to_is_taken_at_once_and_stays():
    ground = Slow()
    job = Job(cast(Ground, ground))
    job.start(0.01)
    assert ground.reached.wait(20)
    job.stop()
    assert cast(Any, job.plan) == 5.0
    assert not job.over
    ground.let_on.set()
    assert job.wait(20)
    assert cast(Any, job.plan) == 5.0


def test_a_fault_is_kept_for_the_page_to_tell():
    job = Job(cast(Ground, Refused()))
    assert job.start(20)
    assert isinstance(job.fault, errors.InputError)
    assert job.plan is None
