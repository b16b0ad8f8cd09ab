"""Where things are and what the operator may choose: read from the environment, never at import."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import platformdirs


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The operator's choices.

    Parameters
    ----------
    store
        Address of the store: the path of a GeoPackage file, or a ``postgresql://`` address.
    demo
        Whether a store that does not exist yet is filled with the demo community.
    language
        ``"zh"`` or ``"en"`` where the user's browser names neither.
    time_zone
        IANA name of the time zone in which dates are written and read.
    backups
        Folder of the backups made while the app runs; ``"off"`` for none, empty for the usual one beside the store.
    key_file
        File of the key that seals names and phones; empty for the usual one in the per-user configuration.
    oidc
        Whether people may sign in with the identity provider that ``secrets.toml`` names.
    """

    store: str
    demo: bool = False
    language: str = "zh"
    time_zone: str = "Asia/Shanghai"
    backups: str = ""
    oidc: bool = False
    key_file: str = ""

    @property
    def is_file(self) -> bool:
        """Whether the store is a file rather than a database server."""
        return "://" not in self.store


def from_environment(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from ``GRIDMAP_*`` variables; what is not set has a default.

    Without ``GRIDMAP_STORE`` the store is ``gridmap.gpkg`` in the per-user data folder, never inside
    the program's own folder; the demo has a file of its own there, ``demo.gpkg``.
    """
    env = os.environ if environ is None else environ
    demo = _is_on(env.get("GRIDMAP_DEMO"))
    return Settings(
        store=env.get("GRIDMAP_STORE") or str(default_store(demo=demo)),
        demo=demo,
        language=env.get("GRIDMAP_LANGUAGE", "zh"),
        time_zone=env.get("GRIDMAP_TIME_ZONE", "Asia/Shanghai"),
        backups=env.get("GRIDMAP_BACKUPS", ""),
        oidc=_is_on(env.get("GRIDMAP_OIDC")),
        key_file=env.get("GRIDMAP_KEY_FILE", ""),
    )


def _is_on(said: str | None) -> bool:
    return (said or "") not in ("", "0", "no", "false")


def default_store(*, demo: bool = False) -> Path:
    """Return the path of the default store in the per-user data folder (not created here)."""
    return data_folder() / ("demo.gpkg" if demo else "gridmap.gpkg")


def data_folder() -> Path:
    """Return the per-user data folder (not created here)."""
    return platformdirs.user_data_path("gridmap", appauthor=False)


def default_key_file() -> Path:
    """Return the usual file of the key, in a folder of its own: a copy of the store's folder does not hold it."""
    return platformdirs.user_config_path("gridmap-key", appauthor=False) / "gridmap.key"


def data_dir() -> Path:
    """Return the folder of catalogues: ``GRIDMAP_DATA``, else inside the installed package, else beside it."""
    if chosen := os.environ.get("GRIDMAP_DATA"):
        return Path(chosen)
    packaged = Path(__file__).parent / "_data"
    return packaged if packaged.is_dir() else Path(__file__).parents[1] / "data"


@cache
def defaults() -> Mapping[str, Any]:
    """Return the default values a community may overrule (``data/defaults.toml``)."""
    return tomllib.loads((data_dir() / "defaults.toml").read_text(encoding="utf-8"))
