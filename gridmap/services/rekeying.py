"""A new key for everything that is sealed: all of it, or nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace

from gridmap.errors import StoreError
from gridmap.services import audit, key_file
from gridmap.store import Store


@dataclass(frozen=True, kw_only=True)
class RekeyReport:
    """A change of the key.

    Parameters
    ----------
    file
        The key's file.
    texts
        How many sealed texts were rewritten, those in the history included.
    older
        How many older keys the file still holds.
    """

    file: str
    texts: int
    older: int


def rekey(store: Store, *, forget: bool = False) -> RekeyReport:
    """Seal everything with a new key, in one transaction.

    The file holds the old key and the new one before the first text is rewritten: wherever this is interrupted, all
    that is sealed opens. Older keys stay in the file, since backups and other stores are sealed with them.

    Parameters
    ----------
    store
        The store.
    forget
        Whether the older keys are removed from the file at the end.

    Raises
    ------
    errors.StoreError
        ``key_missing``, ``key_wrong`` if the present key does not open everything, or as `key_file.write` does.
    """
    keys = key_file.opening()
    if key_file.unopened(store):
        raise StoreError("key_wrong", file=str(keys.path))
    fresh = key_file.with_new_key(keys)
    key_file.write(fresh)
    with store.write() as session:
        texts = store.reseal(session, fresh.ring.reseal)
        audit.record(session, None, "rekeyed")
    # What the log of the database holds is still sealed with the old key.
    store.leave_no_trace()
    if forget:
        fresh = replace(fresh, seal=fresh.seal[:1])
        key_file.write(fresh)
    return RekeyReport(file=str(fresh.path), texts=texts, older=len(fresh.seal) - 1)
