"""Who may sign in, who has, and what was done."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from gridmap.model.base import Row
from gridmap.model.choices import Role


@dataclass(kw_only=True, eq=False)
class Account(Row):
    """Who may sign in. It is never deleted, so that the audit can always say who it was.

    ``name`` is unique and lower case, ``password_hash`` an Argon2 hash in PHC form. ``must_change`` asks for a new
    password at the next sign-in; ``demo`` marks an account of the demo, whose password everybody knows.
    """

    name: str
    display: str
    role: Role
    password_hash: str
    street_id: int | None = None
    community_id: int | None = None
    staff_id: int | None = None
    active: bool = True
    must_change: bool = False
    demo: bool = False


@dataclass(kw_only=True, eq=False)
class Session(Row):
    """A sign-in that lasts until ``expires_at``; of its token only the SHA-256 is kept. ``agent`` is the browser."""

    account_id: int
    token_hash: str
    created_at: dt.datetime
    seen_at: dt.datetime
    expires_at: dt.datetime
    agent: str = ""


@dataclass(kw_only=True, eq=False)
class ViewLink(Row):
    """A link that shows a community to whoever holds it, until ``expires_at``; of its token only the SHA-256 is kept.

    ``account_id`` is the account under which it is seen: without a password, and not active once the link is withdrawn.
    ``story`` is the number of the presentation that it opens instead, and nothing else: no reference, since a link
    whose presentation is gone must not become one that shows all.
    """

    community_id: int
    account_id: int
    token_hash: str
    made_by: str
    made_at: dt.datetime
    expires_at: dt.datetime
    note: str = ""
    uses: int = 0
    used_at: dt.datetime | None = None
    story: int | None = None


@dataclass(kw_only=True, eq=False)
class ApiKey(Row):
    """A key by which another program reads and reports issues of a community; only the SHA-256 of it is kept.

    ``revoked_at`` is when it was taken back; ``used_at`` is right to the hour.
    """

    community_id: int
    name: str
    token_hash: str
    made_by: str
    made_at: dt.datetime
    used_at: dt.datetime | None = None
    revoked_at: dt.datetime | None = None


@dataclass(kw_only=True, eq=False)
class AuditEntry(Row):
    """What somebody did, when and from where. It points by number only, so that it outlives what it tells of.

    ``account_name`` and ``target`` are as they were at that moment; ``account_id`` is None for the command line and
    for a sign-in under a name that no account has.
    """

    at: dt.datetime
    action: str
    account_id: int | None = None
    account_name: str = ""
    target: str = ""
    target_id: int | None = None
    community_id: int | None = None
    reason: str = ""
    address: str = ""


@dataclass(kw_only=True, eq=False)
class SignInTry(Row):
    """A sign-in that failed. ``name`` is a digest of what was typed: people type their password there by mistake."""

    name: str
    address: str
    at: dt.datetime
