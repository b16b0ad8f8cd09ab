"""The demo community's recipe in ``data/demo``: what is data and not code."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from functools import cache
from typing import Any

from gridmap import settings


@cache
def part(name: str) -> Mapping[str, Any]:
    """Return the recipe ``data/demo/<name>.toml``; nobody may change it.

    Raises
    ------
    FileNotFoundError
        If there is no such recipe.
    """
    return tomllib.loads((settings.data_dir() / "demo" / f"{name}.toml").read_text(encoding="utf-8"))


@cache
def texts(name: str) -> Mapping[str, Any]:
    """Return the sentences of ``data/demo/<name>.json``; nobody may change them.

    Raises
    ------
    FileNotFoundError
        If there are none.
    """
    path = settings.data_dir() / "demo" / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8"))  # type: ignore[no-any-return]
