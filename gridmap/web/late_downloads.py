"""Downloads pressed while their page is being made anew.

Streamlit forgets what makes a file once the page's new run no longer shows the button under its old name, but the
browser shows that button until the new run has reached it: pressed in between, it gave nothing but an error. A file
just made is forgotten by the second run of whatever page, fetched or not. So both are kept a while longer.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Set

from streamlit.runtime.media_file_manager import MediaFileManager

HELD_S = 60.0
"""How long a button that is no longer shown still gives its file, and a file that was made waits to be fetched."""


class _Unused:
    """Since when each of some things has been unused."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._since: dict[str, float] = {}

    def long(self, names: Set[str]) -> set[str]:
        """Return which of ``names``, all that are unused now, have been so for `HELD_S`."""
        now = self._clock()
        self._since = {name: self._since.get(name, now) for name in names}
        return {name for name, since in self._since.items() if now - since >= HELD_S}


def hold(manager: MediaFileManager, clock: Callable[[], float] = time.monotonic) -> None:
    """Make ``manager`` keep files, and what makes them, for `HELD_S` after no page shows them any more.

    Parameters
    ----------
    manager
        What keeps the files of this process. Streamlit has no setting for this, so two of its own steps are replaced.
    clock
        Seconds that only grow.
    """
    inactive = manager._get_inactive_file_ids
    files, makers = _Unused(clock), _Unused(clock)

    def inactive_for_long() -> set[str]:
        return files.long(inactive())

    def forget_makers() -> None:
        """Called with the manager's lock held, as the step it stands for."""
        shown = {name for places in manager._files_by_session_and_coord.values() for name in places.values()}
        for name in makers.long(manager._deferred_callables.keys() - shown):
            manager._drop_deferred_id(name)

    manager._get_inactive_file_ids = inactive_for_long  # type: ignore[method-assign]
    manager._remove_orphaned_deferred_callables = forget_makers  # type: ignore[method-assign]
