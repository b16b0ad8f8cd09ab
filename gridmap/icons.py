"""Icons of service points, issues and the map: single SVG files of 24 by 24 units, drawn in ``currentColor``."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from gridmap import settings

OTHER = "other"
"""Icon of a kind that has none of its own."""


def path(key: str) -> Path:
    """Return the file of an icon; an unknown key gives that of ``other``."""
    folder = settings.data_dir() / "icons"
    file = folder / f"{key}.svg"
    return file if re.fullmatch(r"[a-z_]+", key) and file.is_file() else folder / f"{OTHER}.svg"


@cache
def svg(key: str) -> str:
    """Return an icon as one line of SVG, without comment, ready to stand in a page."""
    text = re.sub(r"<!--.*?-->", "", path(key).read_text(encoding="utf-8"), flags=re.DOTALL)
    return re.sub(r"\s+", " ", text).strip()
