"""What a workbook loses when it is read and written again: the library keeps cells, styles and most charts, not all."""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from functools import lru_cache

_SHAPES = re.compile(rb"<(?:\w+:)?(?:sp|cxnSp|grpSp)[ >]")
_PARTS = {
    "charts": re.compile(r"xl/charts/chart[^/]*\.xml"),
    "images": re.compile(r"xl/media/[^/]+"),
    "controls": re.compile(r"xl/(?:ctrlProps|activeX)/[^/]+\.xml"),
    "slicers": re.compile(r"xl/slicers/[^/]+"),
}


@lru_cache(maxsize=8)
def of(data: bytes) -> tuple[str, ...]:
    """Return what is lost of a workbook: ``charts``, ``images``, ``controls``, ``slicers``, ``shapes``.

    It is read and written once as `form_sheet.fill` does, and its parts are counted before and after.
    """
    before, after = _counts(data), _counts(_again(data))
    return tuple(name for name, n in before.items() if after[name] < n)


def _again(data: bytes) -> bytes:
    import openpyxl

    file = io.BytesIO()
    with warnings.catch_warnings():
        # What it does not keep, it warns of; here that is counted.
        warnings.simplefilter("ignore")
        openpyxl.load_workbook(io.BytesIO(data)).save(file)
    return file.getvalue()


def _counts(data: bytes) -> dict[str, int]:
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        names = parts.namelist()
        counts = {kind: sum(bool(one.fullmatch(name)) for name in names) for kind, one in _PARTS.items()}
        drawings = [name for name in names if re.fullmatch(r"xl/drawings/drawing[^/]*\.xml", name)]
        counts["shapes"] = sum(len(_SHAPES.findall(parts.read(name))) for name in drawings)
    return counts
