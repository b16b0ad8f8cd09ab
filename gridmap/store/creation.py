"""Making a new GeoPackage store."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from gridmap import errors
from gridmap.store import faults, geopackage, migrations


def make(path: Path, patience_s: float) -> None:
    """Make a new store at ``path``: prepared under another name, then put in place whole.

    If another process made it meanwhile, theirs stays.

    Raises
    ------
    errors.StoreError
        If it cannot be written.
    """
    fresh = geopackage.new_name(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not os.access(path.parent, os.W_OK | os.X_OK):
            raise errors.StoreError("store_read_only", store=str(path))
        with faults.translated(str(path)):
            geopackage.make_empty(fresh)
        backend = geopackage.GeoPackage(fresh, patience_s)
        try:
            migrations.run(backend)
        finally:
            backend.engine.dispose()
        with contextlib.suppress(FileExistsError):
            geopackage.publish(fresh, path)
    except errors.GridmapError:
        raise
    except OSError as error:
        raise faults.of_file(error, str(path)) from error
    finally:
        geopackage.discard(fresh)
