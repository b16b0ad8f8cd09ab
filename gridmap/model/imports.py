"""What came in from files, and how their columns are read."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from gridmap.model.base import Owned


@dataclass(kw_only=True, eq=False)
class ImportRun(Owned):
    """A file that was kept.

    ``kind`` is what it holds, ``file`` its name. ``content`` is what it takes to undo it as a whole, as JSON; it is
    empty once that is no longer possible. ``undone_at`` is when that was done.
    """

    kind: str
    file: str
    at: dt.datetime
    account_id: int | None = None
    account_name: str = ""
    rows: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    undone_at: dt.datetime | None = None
    content: str = ""


@dataclass(kw_only=True, eq=False)
class ImportProfile(Owned):
    """How files of one form are read: which column is which field (``content``, JSON), their datum and CRS."""

    kind: str
    name: str
    content: str
    datum: str = ""
    crs: str = ""
