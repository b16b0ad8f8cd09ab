"""Who is inside a store at the moment, so that it can be closed and opened anew while nobody is."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class OccupiedError(Exception):
    """Somebody inside did not leave in time."""


class Door:
    """Lets any number of threads in, or one that has the house to itself."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._inside = 0
        self._own = threading.local()

    @contextmanager
    def through(self, is_sound: Callable[[], bool], mend: Callable[[], None], patience_s: float) -> Iterator[None]:
        """Be inside for the length of the block.

        Parameters
        ----------
        is_sound
            Asked at each entry.
        mend
            Called, with nobody inside, where the answer was no; what it raises, the caller gets.
        patience_s
            How long to wait until the others have left.

        Raises
        ------
        OccupiedError
            If they do not leave, or one of them is this thread itself.
        """
        self._enter(is_sound, mend, patience_s)
        try:
            yield
        finally:
            with self._changed:
                self._own.depth -= 1
                self._inside -= 1
                self._changed.notify_all()

    def _enter(self, is_sound: Callable[[], bool], mend: Callable[[], None], patience_s: float) -> None:
        depth: int = getattr(self._own, "depth", 0)
        with self._changed:
            if not is_sound():
                # A thread inside would wait for itself.
                if depth or not self._changed.wait_for(lambda: self._inside == 0, patience_s):
                    raise OccupiedError
                if not is_sound():
                    mend()
            self._own.depth = depth + 1
            self._inside += 1
