"""What no file may bring in: columns about what gridmap has no field for, and identity numbers in any other.

The headings are data: the catalogue ``forbidden_columns``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridmap import catalogues, privacy

_SMALLEST_IDENTITY = 10**14

_IDENTITY = re.compile(r"\d{15}|\d{17}[\dX]")
Frame = TypeVar("Frame", bound=pd.DataFrame)


@dataclass(frozen=True, kw_only=True)
class Found:
    """What was taken out of a file.

    Parameters
    ----------
    columns
        Headings of the columns that were dropped, with their code in the catalogue, in the file's order.
    cells
        By heading, in how many cells an identity number was masked.
    identities
        Digest of the identity number in each row, ``""`` where none was; None where no column held such numbers, or
        nobody could make digests.
    """

    columns: dict[str, str]
    cells: dict[str, int]
    identities: pd.Series | None = None


def code(heading: str) -> str | None:
    """Return what a heading is about, as a code of the catalogue; None where the column may come in.

    Chinese words are looked for anywhere in a heading, others at the beginning of a word of it.
    """
    plain = re.sub(r"[\W_]+", "_", unicodedata.normalize("NFKC", heading).casefold())
    for found, entry in catalogues.entries("forbidden_columns").items():
        for word in entry["names"]:
            if re.search(rf"(?<![a-z]){re.escape(word)}", plain) if word.isascii() else word in plain.replace("_", ""):
                return found
    return None


def strip(frame: Frame, digest: Callable[[str], str] | None = None) -> tuple[Frame, Found]:
    """Return a file's rows without what must not come in, and what that was; the frame given stays as it is.

    Parameters
    ----------
    frame
        The rows, with the headings of the file.
    digest
        Makes of an identity number what finds the same person again, and from what nobody reads the number.
    """
    kept = frame.copy()
    identities: pd.Series | None = None
    columns: dict[str, str] = {}
    cells: dict[str, int] = {}
    shape = getattr(frame, "_geometry_column_name", None)
    for name in frame.columns:
        if name == shape:
            continue
        about = code(str(name))
        if about is not None:
            columns[str(name)] = about
            kept = kept.drop(columns=name)
            if about == "identity" and digest is not None and identities is None:
                identities = frame[name].map(lambda cell: _digest(cell, digest)).astype(object)
            continue
        if frame[name].dtype.kind not in "OUTi" and not pd.api.types.is_string_dtype(frame[name]):
            continue
        before = frame[name].to_numpy(dtype=object)
        masked = {row: privacy.mask_identity(str(before[row])) for row in _suspicious(before)}
        changed = {row: text for row, text in masked.items() if text != str(before[row])}
        if changed:
            after = before.copy()
            after[list(changed)] = list(changed.values())
            cells[str(name)] = len(changed)
            kept[name] = pd.Series(after, index=frame.index, dtype=object)
    return kept, Found(columns=columns, cells=cells, identities=identities)


def _digest(cell: object, digest: Callable[[str], str]) -> str:
    """Return the digest of a whole identity number; of less, or of one that lost digits as a number, there is none."""
    plain = re.sub(r"[\s'`-]", "", unicodedata.normalize("NFKC", cell)).upper() if isinstance(cell, str) else ""
    return digest(plain) if _IDENTITY.fullmatch(plain) else ""


def _suspicious(cells: NDArray[np.object_]) -> list[int]:
    """Return where a cell may hold an identity number; one that another program has kept as a number is one as well."""
    listed = cells.tolist()
    long = {cell for cell in listed if isinstance(cell, str) and len(cell) >= privacy.FEWEST_OF_IDENTITY}
    suspects = {cell for cell in long if privacy.may_hold_identity(cell)}
    if not suspects and not any(issubclass(kind, int) for kind in set(map(type, listed))):
        return []
    return [
        row
        for row, cell in enumerate(listed)
        if (isinstance(cell, int) and not -_SMALLEST_IDENTITY < cell < _SMALLEST_IDENTITY)
        or (isinstance(cell, str) and cell in suspects)
    ]
