"""Work of one person that goes on beside the page: how far it has come can be seen, and it can be told to stop."""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod


class Beside(ABC):
    """One piece of work, which ends by itself when its time is over.

    Parameters
    ----------
    name
        What the thread is called.
    """

    def __init__(self, name: str) -> None:
        self.fault: Exception | None = None
        self._name = name
        self._begun = time.perf_counter()
        self._over = threading.Event()
        self._stop = threading.Event()

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

    def stop(self) -> None:
        """Let it end with the best so far."""
        self._stop.set()

    @abstractmethod
    def work(self) -> None:
        """Do it, and keep what comes of it."""

    def _run(self) -> None:
        try:
            self.work()
        except Exception as fault:  # told to the person by the page, which knows how
            self.fault = fault
        finally:
            self._over.set()
