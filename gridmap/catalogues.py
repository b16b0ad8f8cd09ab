"""The catalogues in ``data/catalogues``: what is data and not code."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

from gridmap import settings


@cache
def entries(name: str, key: str = "code") -> Mapping[str, Mapping[str, Any]]:
    """Return the entries of the catalogue ``name`` in their order, by their field ``key``.

    Raises
    ------
    FileNotFoundError
        If there is no such catalogue.
    """
    path = settings.data_dir() / "catalogues" / f"{name}.json"
    rows = json.loads(path.read_text(encoding="utf-8"))
    return MappingProxyType({row[key]: MappingProxyType(row) for row in rows})


def label(name: str, code: str, language: str, key: str = "code") -> str:
    """Return what the entry ``code`` is called in ``language``; an unknown code is shown as it is."""
    entry = entries(name, key).get(code)
    return str(entry[language]) if entry else code
