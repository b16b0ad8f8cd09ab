"""The typeface of pictures, slides and PDF: Noto Sans SC, which holds Chinese as well as Latin."""

from __future__ import annotations

from pathlib import Path

from gridmap import settings


def path(*, bold: bool = False) -> Path:
    """Return the TrueType file; it holds all of GB 2312 (licence: SIL OFL 1.1, beside it)."""
    return settings.data_dir() / "fonts" / ("NotoSansSC-Bold.ttf" if bold else "NotoSansSC-Regular.ttf")
