"""What the store asks of a database, whichever it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

import sqlalchemy as sa


class Backend(Protocol):
    """A database that can hold the store."""

    #: Path or address, without a password, for sentences.
    label: str
    #: Path of the file, None for a server.
    path: Path | None
    engine: sa.Engine
    #: The engine as reading and as writing transactions use it.
    reading: sa.Engine
    writing: sa.Engine

    def is_in_place(self) -> bool:
        """Whether what was opened is still what the address names."""

    def edition(self, connection: sa.Connection) -> str:
        """Return what tells this store from another that was put in its place."""

    def lock(self, connection: sa.Connection) -> None:
        """Let no other process migrate until this transaction ends."""

    def lay_out(self, connection: sa.Connection) -> None:
        """Make all tables in an empty database."""

    def add_tables(self, connection: sa.Connection, added: Sequence[sa.Table]) -> None:
        """Make these tables in a store that lacks them."""

    def renew_triggers(self, connection: sa.Connection) -> None:
        """Make our triggers anew from the tables as they are described now."""

    def quietly(self, connection: sa.Connection, changed: Sequence[sa.Table]) -> AbstractContextManager[None]:
        """Let rows of these tables be changed without a trace in history, version and revision."""

    def leave_no_trace(self) -> bool:
        """Let nothing of what was deleted remain beside the rows; False where somebody was reading: try again."""

    def before_commit(self, connection: sa.Connection, touched: Iterable[str]) -> None:
        """Do what the database wants done after the tables ``touched`` were changed."""
