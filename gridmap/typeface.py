"""The typeface of pictures, slides and PDF: Noto Sans SC, which holds Chinese as well as Latin."""

from __future__ import annotations

from pathlib import Path

from gridmap import errors, settings


def file(*, bold: bool = False) -> Path:
    """Return where the TrueType file belongs; it holds all of GB 2312 (licence: SIL OFL 1.1, beside it)."""
    return settings.data_dir() / "fonts" / ("NotoSansSC-Bold.ttf" if bold else "NotoSansSC-Regular.ttf")


def path(*, bold: bool = False) -> Path:
    """Return the TrueType file.

    Raises
    ------
    InputError
        If it is missing: another typeface would show Chinese as empty boxes.
    """
    found = file(bold=bold)
    if not found.is_file():
        raise errors.InputError("typeface_missing", file=str(found))
    return found
