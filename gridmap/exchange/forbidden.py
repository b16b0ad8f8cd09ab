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
        masked = [_masked(cell) for cell in before]
        changed = sum(one is not other for one, other in zip(masked, before, strict=True))
        if changed:
            cells[str(name)] = changed
            kept[name] = pd.Series(masked, index=frame.index, dtype=object)
    return kept, Found(columns=columns, cells=cells, identities=identities)


def _digest(cell: object, digest: Callable[[str], str]) -> str:
    """Return the digest of a whole identity number; of less, or of one that lost digits as a number, there is none."""
    plain = re.sub(r"[\s'`-]", "", unicodedata.normalize("NFKC", cell)).upper() if isinstance(cell, str) else ""
    return digest(plain) if _IDENTITY.fullmatch(plain) else ""


def _masked(cell: object) -> object:
    if isinstance(cell, str):
        text = cell
    elif isinstance(cell, (int, np.integer)) and abs(int(cell)) >= _SMALLEST_IDENTITY:
        # A number of eighteen digits that another program has kept as a number is one all the same.
        text = str(cell)
    else:
        return cell
    masked = privacy.mask_identity(text)
    return cell if masked == text else masked
