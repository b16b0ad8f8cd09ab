"""Lock-out: after some failures by name or from an address, sign-in waits longer and longer."""

from __future__ import annotations

import datetime as dt
import hashlib
import math
from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridmap import model, settings
from gridmap.errors import TooManyTries
from gridmap.store import Store

_KEPT = dt.timedelta(days=1)
_LONGEST_ADDRESS = 200


def begin(store: Store, name: str, address: str, now: dt.datetime) -> None:
    """Count a try as a failure before the password is looked at, so that many at once gain nothing.

    Parameters
    ----------
    store
        The store to sign in to.
    name
        Folded name of the account.
    address
        Network address; failures are not counted by address where it is "".
    now
        This moment, timezone-aware.

    Raises
    ------
    errors.TooManyTries
        If this name or this address has to wait; the try is not counted then.
    """
    columns = sa.inspect(model.SignInTry).c
    address = address[:_LONGEST_ADDRESS]
    with store.write() as session:
        if session.get_bind().dialect.name == "postgresql":
            # Of tries at the same time each sees those before it.
            session.connection().exec_driver_sql("LOCK TABLE sign_in_try IN EXCLUSIVE MODE")
        session.execute(sa.delete(model.SignInTry).where(columns.at <= now - _KEPT))
        conditions = [columns.name == _digest(name), *([columns.address == address] if address else [])]
        waits = [_remaining(session, condition, now) for condition in conditions]
        if max(waits) > dt.timedelta(0):
            raise TooManyTries(math.ceil(max(waits).total_seconds()))
        session.add(model.SignInTry(name=_digest(name), address=address, at=now))


def forget(session: Session, name: str) -> None:
    """Forget the failures of ``name`` after its password was right."""
    session.execute(sa.delete(model.SignInTry).where(sa.inspect(model.SignInTry).c.name == _digest(name)))


def locked(session: Session, names: Collection[str], now: dt.datetime) -> frozenset[str]:
    """Return those of ``names`` under which sign-in has to wait at the moment ``now``."""
    of = sa.inspect(model.SignInTry).c
    wanted = sa.select(of.name, sa.func.count(), sa.func.max(of.at)).where(of.at > now - _KEPT).group_by(of.name)
    waiting = {digest for digest, failures, last in session.execute(wanted) if last + _wait(failures) > now}
    return frozenset(name for name in names if _digest(name) in waiting)


def _remaining(session: Session, condition: sa.ColumnElement[bool], now: dt.datetime) -> dt.timedelta:
    at = sa.inspect(model.SignInTry).c.at
    failures, last = session.execute(sa.select(sa.func.count(), sa.func.max(at)).where(condition)).one()
    return dt.timedelta(0) if last is None else last + _wait(failures) - now


def _wait(failures: int) -> dt.timedelta:
    chosen = settings.defaults()["accounts"]
    over = failures - chosen["tries"]
    if over < 0:
        return dt.timedelta(0)
    # Beyond 30 doublings any wait is the longest.
    return dt.timedelta(seconds=min(chosen["lock_s"] * 2 ** min(over, 30), chosen["longest_lock_s"]))


def _digest(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()
