"""Plans that are kept before anything is done."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from gridmap.model.base import Owned


@dataclass(kw_only=True, eq=False)
class Scenario(Owned):
    """Where the next service points of a ``kind`` might stand, by name.

    ``content`` is what was asked and what came of it, as JSON; ``adopted_at`` is when its points were added.
    """

    kind: str
    name: str
    objective: str
    at: dt.datetime
    account_id: int | None = None
    account_name: str = ""
    adopted_at: dt.datetime | None = None
    content: str = ""
