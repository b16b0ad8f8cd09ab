"""People who sign in with their office's identity provider: which role its word gives them, and for how long."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridmap import model
from gridmap.errors import InputError, NotFound, SignInFailed
from gridmap.model import Role
from gridmap.services import account_admin, accounts, audit, communities
from gridmap.store import Store

# No name that a person chooses holds this sign, so no account made by hand is ever taken for a provider's.
_MARK = "~"
_LONGEST_DISPLAY = 40


@dataclass(frozen=True, kw_only=True)
class Rule:
    """Who has ``value`` in the claim has this role, in this community or street."""

    value: str
    role: Role
    community: str = ""
    street: str = ""


@dataclass(frozen=True, kw_only=True)
class Federation:
    """How the provider's word is understood.

    Parameters
    ----------
    claim
        The claim that roles follow from; a dot leads into a claim within a claim.
    rules
        The first that fits counts.
    name_claim, display_claim
        Where a name to tell accounts by and the name that pages show are found.
    staff_claim
        Where the name of the member of staff is found; empty where nobody is taken for one.
    """

    claim: str
    rules: tuple[Rule, ...]
    name_claim: str = "preferred_username"
    display_claim: str = "name"
    staff_claim: str = ""

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> Federation:
        """Read the operator's table.

        Raises
        ------
        errors.InputError
            If a part is missing or a role is none that people have.
        """
        claim, rows = said.get("claim"), said.get("roles")
        if not isinstance(claim, str) or not claim or not isinstance(rows, (list, tuple)) or not rows:
            raise InputError("oidc_settings")
        rules = []
        for row in rows:
            value, role = str(row.get("value", "")), str(row.get("role", ""))
            if not value or role not in accounts.OF_PEOPLE:
                raise InputError("oidc_role", value=value or "?", role=role or "?", roles=[*accounts.OF_PEOPLE])
            place = {key: str(row.get(key, "")) for key in ("community", "street")}
            rules.append(Rule(value=value, role=Role(role), **place))
        names = {key: str(said[key]) for key in ("name_claim", "display_claim", "staff_claim") if key in said}
        return cls(claim=claim, rules=tuple(rules), **names)

    def rule(self, claims: Mapping[str, Any]) -> Rule | None:
        """Return the rule for somebody of whom the provider says ``claims``; None where none fits."""
        found = _within(claims, self.claim)
        values = {found} if isinstance(found, str) else set(map(str, found)) if isinstance(found, list) else set()
        return next((rule for rule in self.rules if rule.value in values), None)


def enter(
    store: Store, claims: Mapping[str, Any], how: Federation, *, address: str, agent: str, now: dt.datetime
) -> str:
    """Begin a session of somebody for whom the provider vouches, and return its token.

    The account is made at the first time, and takes role and place anew from the claims at each. The session ends with
    what the provider has signed.

    Parameters
    ----------
    store
        Where accounts are kept.
    claims
        What the provider says, its signature checked.
    how
        How it is understood.
    address, agent, now
        As `accounts.sign_in` takes them.

    Raises
    ------
    errors.SignInFailed
        If the claims are incomplete or over, no role follows from them, its place is not in the store, or the
        administrator has closed the account.
    """
    issuer, subject, expiry = claims.get("iss"), claims.get("sub"), claims.get("exp")
    if (
        not isinstance(issuer, str)
        or not isinstance(subject, str)
        or not subject
        or not isinstance(expiry, (int, float))
    ):
        raise SignInFailed("oidc_failed")
    until = dt.datetime.fromtimestamp(expiry, dt.UTC)
    if until <= now:
        raise SignInFailed("oidc_failed")
    mark = _MARK + hashlib.sha256(f"{issuer}\n{subject}".encode()).hexdigest()[:24]
    rule = how.rule(claims)
    place = _place(store, rule, claims, how) if rule is not None else {}
    refused = "oidc_no_role" if rule is None else ""
    with store.write() as session:
        account = _marked(session, mark)
        if rule is not None and account is not None and not account.active:
            refused = "oidc_closed"
        if refused or rule is None:
            # Whoever has lost the role is out, in open tabs too.
            if account is not None:
                accounts.end_sessions(session, account)
            audit.record(session, account, "sign_in_failed", address=address, now=now)
        else:
            if account is None:
                account = model.Account(name=_name(claims, how) + mark, display="", role=rule.role, password_hash="")
                session.add(account)
            account.role, account.display = rule.role, _display(claims, how)
            account.street_id, account.community_id = place.get("street_id"), place.get("community_id")
            account.staff_id = place.get("staff_id")
            session.flush()
            token = accounts.begin(session, account, agent=agent, now=now, until=until)
            audit.record(session, account, "sign_in", address=address, now=now)
    if refused:
        raise SignInFailed(refused)
    return token


def _marked(session: Session, mark: str) -> model.Account | None:
    of = accounts.columns(model.Account)
    return session.scalars(sa.select(model.Account).where(of.name.endswith(mark)).with_for_update()).first()


def _place(store: Store, rule: Rule, claims: Mapping[str, Any], how: Federation) -> dict[str, int | None]:
    try:
        if rule.role in accounts.IN_COMMUNITY:
            community_id = communities.find(store, rule.community or None).id
            return {"community_id": community_id, "staff_id": _staff(store, community_id, claims, how)}
        if rule.role == Role.STREET_LEADER:
            return {"street_id": communities.find_street(store, rule.street or None).id}
    except (InputError, NotFound) as fault:
        # Which places there are is nobody's business who is not in yet.
        raise SignInFailed("oidc_place") from fault
    return {}


def _staff(store: Store, community_id: int | None, claims: Mapping[str, Any], how: Federation) -> int | None:
    name = _within(claims, how.staff_claim) if how.staff_claim else None
    if not isinstance(name, str) or not name.strip():
        return None
    try:
        return communities.staff_member(store, community_id, name)
    except NotFound:
        return None  # without grids: who works in one sees no rows until the register has the name


def _within(claims: Mapping[str, Any], path: str) -> Any:
    found: Any = claims
    # Some providers put a dot into the name itself.
    if path in claims:
        return claims[path]
    for part in path.split("."):
        if not isinstance(found, Mapping):
            return None
        found = found.get(part)
    return found


def _name(claims: Mapping[str, Any], how: Federation) -> str:
    told = accounts.folded(str(_within(claims, how.name_claim) or "user"))
    return re.sub(r"[^\w.@-]", "", told)[: account_admin.LONGEST_NAME] or "user"


def _display(claims: Mapping[str, Any], how: Federation) -> str:
    return " ".join(str(_within(claims, how.display_claim) or "").replace("\0", "").split())[:_LONGEST_DISPLAY]
