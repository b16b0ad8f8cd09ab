"""What registers hold is deleted into the bin, and comes back from there, like every other record."""

from __future__ import annotations

from gridmap import errors
from gridmap.services import records, recycle_bin
from gridmap.services.record_rows import Record
from gridmap.services.register_writing import Writer


def remove(writer: Writer, kind: str, number: int, version: int | None = None) -> tuple[int, str]:
    """Put a row of a register into the bin; return its entry's number there, and what it is called.

    Parameters
    ----------
    kind
        One of `record_kinds.OF_REGISTERS`.
    version
        As the person saw it; None where its card tells nothing that somebody may change.

    Raises
    ------
    Conflict
        ``team_overtaken`` if somebody else has changed it since.
    Forbidden, NotFound, TooManyWrites, StoreError
    """
    base = records.read(writer.store, writer.actor, writer.data, kind, number)
    if version is not None and base.version != version:
        raise errors.Conflict("team_overtaken", title=base.title)
    entry = recycle_bin.delete(writer.store, writer.actor, writer.data, base, now=writer.now, address=writer.address)
    return entry, base.title


def restore(writer: Writer, entry: int) -> Record:
    """Put something back out of the bin.

    Raises
    ------
    Conflict, Forbidden, InputError, NotFound, TooManyWrites, StoreError
        As `recycle_bin.restore` does.
    """
    return recycle_bin.restore(writer.store, writer.actor, writer.data, entry, now=writer.now, address=writer.address)
