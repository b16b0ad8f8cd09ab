"""Paths that a person gives for a store, and what may be wrong with them."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from gridmap import errors
from gridmap.store import faults


def of(address: str) -> Path:
    """Return the path that ``address`` names.

    Raises
    ------
    errors.InputError
        ``store_no_path`` if it is empty or names a user nobody knows.
    """
    try:
        if address.strip():
            return Path(address).expanduser()
    except RuntimeError as error:
        raise errors.InputError("store_no_path", path=address) from error
    raise errors.InputError("store_no_path", path=address)


def is_there(path: Path) -> bool:
    """Answer whether anything is at ``path``.

    Raises
    ------
    errors.StoreError
        ``store_dangling`` if it is a link that leads nowhere, ``store_bad_name`` if nothing can have that name,
        ``store_cannot_open`` if a folder on the way may not be entered.
    """
    label = str(path)
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        if path.is_symlink():
            raise errors.StoreError("store_dangling", store=label, target=os.fspath(path.readlink())) from None
        return False
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise errors.StoreError("store_dangling", store=label, target=os.fspath(path.readlink())) from error
        if error.errno == errno.ENAMETOOLONG:
            raise errors.StoreError("store_bad_name", store=label[:60] + "…") from error
        if error.errno == errno.EACCES:
            raise errors.StoreError("store_cannot_open", store=label) from error
        raise faults.of_file(error, label) from error
    except ValueError as error:
        raise errors.StoreError("store_bad_name", store=label.replace("\0", "\\0")[:200]) from error
    return True
