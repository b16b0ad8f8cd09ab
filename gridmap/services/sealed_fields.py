"""Seals what a register says of persons, and leaves what is kept as it is where it says the same."""

from __future__ import annotations

from sqlalchemy.orm import Session

from gridmap import privacy
from gridmap.model import NO_SEALED, Sealed
from gridmap.services import key_file
from gridmap.services.key_file import Keys
from gridmap.services.tally import is_rehearsal


class Sealer:
    """Seals and opens within one change of the store.

    Parameters
    ----------
    session
        Session of a ``Store.write()`` block. The key is read, or made, at the first text.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._keys: Keys | None = None
        self._unread = NO_SEALED

    @property
    def keys(self) -> Keys:
        """The keys, as `key_file.sealing` gives them."""
        if self._keys is None:
            self._keys = key_file.sealing(self._session)
        return self._keys

    def seal(self, text: str, before: Sealed = NO_SEALED) -> Sealed:
        """Return ``text`` sealed: ``before`` where it is the same text already."""
        if not text:
            return NO_SEALED
        if before and self.open(before) == text:
            return before
        if not is_rehearsal(self._session):
            return self.keys.ring.seal(text)
        # Nobody reads what is taken back, and sealing takes its time.
        self._unread = self._unread or self.keys.ring.seal("*")
        return self._unread

    def open(self, sealed: Sealed) -> str:
        """Return what was sealed."""
        return self.keys.ring.open(sealed) if sealed else ""

    def digest(self, identity: str) -> str:
        """Return the keyed digest of an identity number."""
        return privacy.identity_digest(identity, self.keys.digest)

    def caller(self, phone: str) -> str | None:
        """Return the keyed digest of a caller's phone, None where no whole number stands there."""
        return privacy.caller_digest(phone, self.keys.digest) if phone else None
