"""A file taken in as the command line does it, in one call."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gridmap import model
from gridmap.services import importing
from gridmap.services.import_preview import ImportReport, Preview
from gridmap.store import Store


def preview(
    store: Store,
    community: model.Community,
    path: Path,
    kind: str,
    *,
    layer: str | None = None,
    crs: str | None = None,
    **more: Any,
) -> Preview:
    """Look at a file and rehearse it."""
    looked = importing.look(store, path, layer, kind=kind, crs=crs)
    return importing.prepare(store, community, looked, kind, **more)


def take(
    store: Store,
    community: model.Community,
    path: Path,
    kind: str,
    *,
    dry_run: bool = False,
    skip_refused: bool = False,
    **more: Any,
) -> ImportReport:
    """Take a file in, or rehearse it."""
    found = preview(store, community, path, kind, **more)
    if dry_run:
        return importing.report(found, kept=False, skip_refused=skip_refused)
    return importing.keep(store, None, found, skip_refused=skip_refused)
