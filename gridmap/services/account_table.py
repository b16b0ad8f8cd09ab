"""The accounts as a table that a person reads."""

from __future__ import annotations

import pandas as pd

from gridmap import i18n
from gridmap.services import communities, staffing
from gridmap.services.account_admin import Standing
from gridmap.services.staffing import Member
from gridmap.store import Store


def table(store: Store, standings: list[Standing], language: str) -> pd.DataFrame:
    """Return accounts in words.

    Parameters
    ----------
    store
        Whose accounts they are.
    standings
        As `account_admin.standings` gives them.
    language
        In whose words.

    Returns
    -------
    One row per account, in the same order; the index is the account's number. The moment of the last sign-in is UTC.
    """
    communes = {one.id: one.name for one in store.communities()}
    streets = {one.id: one.name for one in communities.streets(store)}
    staff: dict[int, Member] = {}
    for community_id in {one.account.community_id for one in standings} - {None}:
        staff |= staffing.members(store, int(community_id or 0))

    def row(one: Standing) -> dict[str, object]:
        account = one.account
        member = staff.get(account.staff_id or 0)
        return {
            "name": account.name,
            "display": account.display,
            "role": i18n.text(f"role.{account.role.value}", language),
            "place": communes.get(account.community_id) or streets.get(account.street_id) or "",
            "staff": "" if member is None else member.name,
            "grids": "" if member is None else i18n.listed(member.grids, language),
            "state": i18n.text(f"accounts.state.{state(one)}", language),
            "last": one.last_sign_in,
            "sessions": one.sessions,
        }

    columns = ("name", "display", "role", "place", "staff", "grids", "state", "last", "sessions")
    made = pd.DataFrame([row(one) for one in standings], columns=list(columns))
    made["last"] = pd.to_datetime(made["last"], utc=True)
    made["sessions"] = made["sessions"].astype("int64")
    made.index = pd.Index([one.account.id for one in standings], name="id", dtype="int64")
    return made.rename(columns={name: i18n.text(f"accounts.column.{name}", language) for name in columns})


def state(one: Standing) -> str:
    """Return how an account stands: ``"off"``, ``"locked"``, ``"new"`` before its own password, else ``"on"``."""
    if not one.account.active:
        return "off"
    if one.locked:
        return "locked"
    return "new" if one.account.must_change else "on"
