"""Making a new GeoPackage store."""

from __future__ import annotations

import contextlib
from pathlib import Path

from gridmap import errors
from gridmap.store import faults, geopackage, migrations


def make(path: Path, patience_s: float) -> None:
    """Make a new store at ``path``: prepared under another name, then put in place whole.

    If another process made it meanwhile, theirs stays.

    Raises
    ------
    errors.InputError
        If the name does not end in ``.gpkg``, which the standard demands.
    errors.StoreError
        If it cannot be written.
    """
    if path.suffix.lower() not in (".gpkg", ".new"):
        raise errors.InputError("store_suffix", path=str(path))
    fresh = geopackage.new_name(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
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
