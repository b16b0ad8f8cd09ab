"""What is kept aside of the rows: the bin, and drafts of forms and of grids."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from gridmap.model.base import Owned, Row


@dataclass(kw_only=True, eq=False)
class BinEntry(Owned):
    """Something deleted, which can still be restored: what it was, who deleted it, and its rows as JSON.

    ``kind`` and ``number`` say which record it was, ``title`` what it was called.
    """

    kind: str
    number: int
    title: str
    deleted_at: dt.datetime
    account_id: int | None = None
    account_name: str = ""
    content: str


@dataclass(kw_only=True, eq=False)
class Draft(Row):
    """What an account has typed into a form and not saved yet, as JSON. ``key`` names the form."""

    account_id: int
    key: str
    at: dt.datetime
    content: str


@dataclass(kw_only=True, eq=False)
class GridDraft(Row):
    """The grids that an account is drawing for a community, apart from the valid ones, as JSON.

    It belongs to a person: nothing that others see changes with it, so it does not count for the community's revision.
    """

    account_id: int
    community_id: int
    at: dt.datetime
    content: str
