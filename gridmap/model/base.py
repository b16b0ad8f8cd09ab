"""What every row has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NewType

Sealed = NewType("Sealed", str)
"""Text that only the office's key opens (`gridmap.privacy`); the store keeps no other in such a field."""
NO_SEALED = Sealed("")


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
