"""A piece of work that goes on beside the page, so that how far it has come can be seen."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Job(Generic[T]):
    """One person's work under way; it ends by itself when it is done.

    Parameters
    ----------
    work
        Does it, and returns what came of it.
    name
        What its thread is called.
    """

    def __init__(self, work: Callable[[], T], name: str) -> None:
        self.result: T | None = None
        self.fault: Exception | None = None
        self._work = work
        self._name = name
        self._begun = time.perf_counter()
        self._over = threading.Event()

    def start(self, patience_s: float) -> bool:
        """Begin, and wait so long; tell whether it is over already."""
        threading.Thread(target=self._run, name=self._name, daemon=True).start()
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

    def _run(self) -> None:
        try:
            self.result = self._work()
        except Exception as fault:  # told to the person by the page, which knows how
            self.fault = fault
        finally:
            self._over.set()
