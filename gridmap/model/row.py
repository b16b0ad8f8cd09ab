"""What every row has, and what it has that belongs to a community."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(kw_only=True, eq=False)
class Row:
    """What every row has.

    Parameters
    ----------
    id
        Number given by the store; None before it is kept.
    version
        Number of times the row was written; the store counts it.
    """

    id: int | None = None
    version: int = 1


@dataclass(kw_only=True, eq=False)
class Owned(Row):
    """What belongs to a community."""

    community_id: int
