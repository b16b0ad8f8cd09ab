"""Takes in the entries of the one-yuan fund."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
from sqlalchemy.orm import Session

from gridmap import model
from gridmap.errors import Fault
from gridmap.exchange import fields, registers
from gridmap.services import fund_book, keeping
from gridmap.services.import_scene import Scene
from gridmap.services.sealed_fields import Sealer
from gridmap.services.tally import Tally
from gridmap.store import changes

_AMOUNTS = ("amount_yuan", "income_yuan", "expense_yuan")
_FIELDS = ("day", "kind", "amount_yuan", "grant_use", "person", "purpose", "voucher")


def check(frame: pd.DataFrame, scene: Scene) -> tuple[pd.DataFrame, list[Fault]]:
    """Read the cells; whichever columns the money stands in, it ends in ``amount_yuan`` and ``kind``."""
    clean, found = registers.read(frame, "fund-entries", ZoneInfo(scene.time_zone), required={"day": "2026-11-24"})
    clean, found = registers.left(clean, found)
    told = [_entry(int(row), dict(zip(clean.columns, values, strict=True)))
            for row, values in zip(clean.index, clean.itertuples(index=False, name=None), strict=True)]  # fmt: skip
    found += [one for one in told if isinstance(one, Fault)]
    kinds = [None if isinstance(one, Fault) else one[0] for one in told]
    amounts = [None if isinstance(one, Fault) else one[1] for one in told]
    clean["kind"] = pd.Series(kinds, clean.index, dtype="object")
    clean["amount_yuan"] = pd.Series(amounts, clean.index, dtype="object")
    if "voucher" in clean.columns:
        found += registers.twice(clean, clean["voucher"].map(fields.name_key), "voucher")
    return registers.left(clean, found)


def keep(session: Session, scene: Scene, clean: pd.DataFrame) -> Tally:
    """Keep entries, found again by their voucher, else by day, way, amount, purpose and person.

    Raises
    ------
    InputError
        ``fund_negative`` if the balance were below zero at the end of a day, ``fund_closed_changed`` if a closed month
        would be another: then nothing is kept.
    """
    tally = Tally()
    changes.alone(session, scene.community_id)
    sealer = Sealer(session)
    kept = keeping.rows_of(session, model.FundEntry, scene.community_id)
    by_voucher = {fields.name_key(one.voucher): one for one in kept if one.voucher}
    alike: dict[tuple[Any, ...], list[model.FundEntry]] = {}
    for one in kept:
        alike.setdefault(_key(one.day, one.kind, one.amount_yuan, one.purpose, sealer.open(one.person)), []).append(one)
    for row, values in keeping.records(clean, _FIELDS):
        key = _key(
            values["day"], values["kind"], values["amount_yuan"], values.get("purpose", ""), values.get("person", "")
        )
        found = by_voucher.get(fields.name_key(values.get("voucher", "")))
        if found is None:
            found = next((one for one in alike.get(key, []) if not one.voucher or "voucher" not in values), None)
        new = {name: values[name] for name in _FIELDS if name in values and name != "person"}
        if "person" in values:
            new["person"] = sealer.seal(values["person"], found.person if found else model.NO_SEALED)
        if found is not None:
            tally.write(found, new, at=row)
        else:
            tally.add(session, model.FundEntry(community_id=scene.community_id, **new), at=row)
    if tally.touched:
        fund_book.demand_sound(session, scene.community_id)
    return tally


def _key(day: dt.date, kind: str, amount_yuan: float, purpose: str, person: str) -> tuple[Any, ...]:
    return day, str(kind), round(amount_yuan * 100), fields.name_key(purpose), fields.name_key(person)


def _entry(row: int, values: dict[str, Any]) -> tuple[model.FundKind, float] | Fault:
    """Return which way how much money went, or what is wrong with the row."""
    said = {name: values[name] for name in _AMOUNTS if values.get(name)}
    if not said:
        column = next((name for name in _AMOUNTS if name in values), "amount_yuan")
        return Fault(problem="amount_missing", row=row, column=column)
    if len(said) > 1:
        return Fault(problem="amount_twice", row=row, column="expense_yuan", value=f"{said.get('expense_yuan', '')}")
    name, amount = next(iter(said.items()))
    if name != "amount_yuan":
        return (model.FundKind.GIFT if name == "income_yuan" else model.FundKind.GRANT), amount
    kind = values.get("kind")
    if kind is None and amount < 0:
        kind = model.FundKind.GRANT
    if kind is None:
        allowed = {"allowed": fields.listed("fund_kind")}
        return Fault(problem="fund_kind_missing", row=row, column="kind", fields=allowed)
    return model.FundKind(kind), abs(amount)
