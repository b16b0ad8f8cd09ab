"""The accounts of the demo: one for each role, open to everybody, and only where no real community is."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridmap import model
from gridmap.model import Role
from gridmap.services import accounts, audit, grids, passwords
from gridmap.store import Store


def offered(store: Store) -> list[model.Account]:
    """Return one account per role, made where it is missing, if every community of the store is synthetic.

    Each has `accounts.DEMO_PASSWORD`; whoever works in grids leads one. A store that holds a real community, or none at
    all, has no such accounts: an empty list.
    """
    of = accounts.columns(model.Account)
    wanted = sa.select(model.Account).where(of.demo).order_by(of.id)
    with store.read() as session:
        if not accounts.all_synthetic(session):
            return []
        there = list(session.scalars(wanted))
        missing = set(accounts.OF_PEOPLE) - {account.role for account in there if _fits(session, account)}
    if missing:
        hashed = passwords.hash_of(accounts.DEMO_PASSWORD)
        with store.write() as session:
            _make(session, missing, hashed)
            there = list(session.scalars(wanted))
    return there


def _fits(session: Session, account: model.Account) -> bool:
    """Whether the account shows what its role is for; where nobody leads a grid, none can be had."""
    if account.role not in accounts.IN_GRIDS or account.community_id is None:
        return True
    return account.staff_id in (leading := _leaders(session, account.community_id)) or not leading


def _make(session: Session, roles: Collection[Role], hashed: str) -> None:
    of = accounts.columns(model.Community)
    community = session.scalars(sa.select(model.Community).order_by(of.id)).first()
    if community is None or community.id is None:
        return
    for role in accounts.OF_PEOPLE:
        if role not in roles:
            continue
        name = f"demo-{role.value.replace('_', '-')}"
        member = _somebody(session, community.id, role)
        there = accounts.named(session, name)
        if there is not None:
            if there.demo and member is not None:
                there.staff_id, there.display = member.id, member.name
            continue
        made = model.Account(
            name=name,
            display="" if member is None else member.name,
            role=role,
            password_hash=hashed,
            street_id=community.street_id if role == Role.STREET_LEADER else None,
            community_id=community.id if role in accounts.IN_COMMUNITY else None,
            staff_id=None if member is None else member.id,
            demo=True,
        )
        session.add(made)
        session.flush()
        audit.record(session, None, "account_made", target=name, target_id=made.id, community_id=made.community_id)


def _somebody(session: Session, community_id: int, role: Role) -> model.Staff | None:
    """Return a member of staff for the role; of those who lead grids one of that post, else the last of them."""
    of = accounts.columns(model.Staff)
    staff = list(session.scalars(sa.select(model.Staff).where(of.community_id == community_id).order_by(of.id)))
    of_post = [member for member in staff if member.post.value == role.value]
    if role not in accounts.IN_GRIDS:
        return of_post[0] if of_post else None
    leading = _leaders(session, community_id)
    able = [member for member in of_post if member.id in leading]
    others = [member for member in staff if member.id in leading]
    return next(iter([*able, *others[::-1], *of_post]), None)


def _leaders(session: Session, community_id: int) -> set[int]:
    version = grids.current_version(session, community_id)
    led = [] if version is None else grids.grids_within(session, version)
    return {grid.leader_id for grid in led if grid.leader_id is not None}
