"""Writes a table to a file that a person names: CSV or Excel by its ending."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from gridmap.errors import InputError
from gridmap.exchange import workbook


def write(table: pd.DataFrame, path: Path, *, title: str, note: str | None = None) -> None:
    """Write a table as ``.csv`` (UTF-8 with BOM, which Excel needs to read Chinese) or ``.xlsx``.

    Parameters
    ----------
    table
        Columns as they are to be shown; the index is not written.
    path
        Where to; a file that is there is replaced.
    title, note
        First lines of a workbook; a CSV has only the table.

    Raises
    ------
    InputError
        If the name ends otherwise, or the file cannot be written.
    """
    demand_ending(path)
    as_book = path.suffix.lower() == ".xlsx"
    put(workbook.write({title: table}, title=title, note=note) if as_book else csv(table), path)


def csv(table: pd.DataFrame) -> bytes:
    """Return a table as CSV: UTF-8 with BOM, lines as Windows ends them, no cell that is taken for a formula."""
    safe = table.map(lambda value: workbook.neutral(value) if isinstance(value, str) else value)
    safe = safe.rename(columns=lambda name: workbook.neutral(str(name)))
    return b"\xef\xbb\xbf" + safe.to_csv(index=False, lineterminator="\r\n").encode()


def put(data: bytes, path: Path) -> None:
    """Write a file that a person has named; one that is there is replaced.

    Raises
    ------
    InputError
        If it cannot be written.
    """
    try:
        path.write_bytes(data)
    except OSError as fault:
        raise InputError("out_unwritable", file=str(path), reason=fault.strerror or str(fault)) from fault


def demand_ending(path: Path) -> None:
    """Refuse a name that ends neither in ``.csv`` nor in ``.xlsx``."""
    if path.suffix.lower() not in (".csv", ".xlsx"):
        raise InputError("out_ending", file=str(path))
