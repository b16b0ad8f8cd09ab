"""What a community has changed in the catalogues, and the links under which calendars are read."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from gridmap.model.base import Owned, Row


@dataclass(kw_only=True, eq=False)
class CatalogueEntry(Owned):
    """Entry of the catalogue ``catalogue`` as this community has it: ``content``, as JSON, instead of the default."""

    catalogue: str
    code: str
    content: str = ""


@dataclass(kw_only=True, eq=False)
class CalendarLink(Row):
    """A link under which an account's deadlines are read as a calendar; of its token only the SHA-256 is kept.

    ``used_at`` is right to the hour.
    """

    community_id: int
    account_id: int
    token_hash: str
    made_at: dt.datetime
    used_at: dt.datetime | None = None
    revoked_at: dt.datetime | None = None
