"""A community that was split."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from gridmap.model.base import Owned


@dataclass(kw_only=True, eq=False)
class CommunitySplit(Owned):
    """A split of the community that kept its number. ``parts`` is how many came of it.

    ``content`` is what it takes to undo it, as JSON of numbers only; it is empty once that was done. ``undone_at`` is
    when.
    """

    at: dt.datetime
    parts: int
    account_id: int | None = None
    account_name: str = ""
    reason: str = ""
    undone_at: dt.datetime | None = None
    content: str = ""
