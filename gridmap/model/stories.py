"""Presentations: what is told on one map, step by step."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from gridmap.model.base import Owned


@dataclass(kw_only=True, eq=False)
class Story(Owned):
    """演示: a presentation under a ``name``. ``content`` holds its period and its steps as JSON.

    ``at`` is when it was last changed, ``account_name`` by whom.
    """

    name: str
    at: dt.datetime
    account_id: int | None = None
    account_name: str = ""
    content: str = ""
