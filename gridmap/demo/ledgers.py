"""The invented fund, help to households, premises and matters of the desk of the demo community."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from gridmap import model
from gridmap.demo import persons, recipe
from gridmap.demo.scene import Scene

COMMUNITY_ID = 1
_MONTHS = 10  # of the fund, before the present one
_CLOSED_AT = dt.time(10, 0)


@dataclass(frozen=True, kw_only=True)
class Fund:
    """Entries of the fund by day, and the months that are closed: the last that is over is left to be closed."""

    entries: tuple[model.FundEntry, ...]
    closings: tuple[model.FundClosing, ...]


def fund(scene: Scene) -> Fund:
    """Return the fund of the last months."""
    turns = recipe.part("ledgers")["fund_months"]
    entries: list[model.FundEntry] = []
    closings: list[model.FundClosing] = []
    for n in range(_MONTHS, -1, -1):
        first = _month(scene.today, n)
        spec = turns[(_MONTHS - n) % len(turns)]
        days = [(day, model.FundKind.GIFT, yuan, "", purpose) for day, yuan, purpose in spec["gifts"]]
        days += [(day, model.FundKind.GRANT, yuan, use, purpose) for day, yuan, use, purpose in spec["grants"]]
        for day, kind, yuan, use, purpose in sorted(days, key=lambda one: one[0]):
            at = first.replace(day=day)
            if at >= scene.today:
                continue
            number = len(entries) + 1
            entries.append(
                model.FundEntry(
                    id=number,
                    community_id=COMMUNITY_ID,
                    day=at,
                    kind=kind,
                    amount_yuan=yuan,
                    person=persons.caller(number)[0],
                    purpose=f"{purpose}（模拟）",
                    voucher=f"模拟{number:03d}",
                    grant_use=use,
                )
            )
        if n > 1:
            closings.append(_closing(scene, first, entries, len(closings) + 1))
    return Fund(entries=tuple(entries), closings=tuple(closings))


def care_helps(scene: Scene, entries: Sequence[model.FundEntry]) -> tuple[model.CareHelp, ...]:
    """Return the help that households were given, one of them from the fund."""
    made = []
    for number, spec in enumerate(recipe.part("ledgers")["helps"], start=1):
        grants = [
            one for one in entries if one.kind is model.FundKind.GRANT and one.amount_yuan >= spec.get("yuan", 0.0)
        ]
        made.append(
            model.CareHelp(
                id=number,
                community_id=COMMUNITY_ID,
                care_household_id=spec["household"],
                day=scene.today - dt.timedelta(days=spec["days"]),
                kind=spec["kind"],
                amount_yuan=spec.get("yuan"),
                note=spec["note"],
                fund_entry_id=grants[-1].id if spec.get("fund") else None,
            )
        )
    return tuple(made)


def premises(scene: Scene) -> tuple[model.Premises, ...]:
    """Return the rooms of the community, apart from its service points."""
    return tuple(
        model.Premises(
            id=number,
            community_id=COMMUNITY_ID,
            name=spec["name"],
            use=model.PremisesUse(spec["use"]),
            area_m2=spec["area_m2"],
            building_id=scene.building_id[tuple(spec["at"])],
            host=spec["host"],
        )
        for number, spec in enumerate(recipe.part("ledgers")["premises"], start=1)
    )


def desk_matters() -> tuple[model.DeskMatter, ...]:
    """Return what the desk handles."""
    return tuple(
        model.DeskMatter(
            id=number,
            community_id=COMMUNITY_ID,
            name=spec["name"],
            field=spec["field"],
            at_home=spec.get("at_home", False),
            papers=spec["papers"],
            days=spec["days"],
        )
        for number, spec in enumerate(recipe.part("ledgers")["matters"], start=1)
    )


def _closing(scene: Scene, first: dt.date, entries: Sequence[model.FundEntry], number: int) -> model.FundClosing:
    within = [one for one in entries if one.day >= first]

    def fen(of: Sequence[model.FundEntry], kind: model.FundKind) -> int:
        return sum(round(one.amount_yuan * 100) for one in of if one.kind is kind)

    gift, grant = model.FundKind.GIFT, model.FundKind.GRANT
    after = _month(first, -1)
    return model.FundClosing(
        id=number,
        community_id=COMMUNITY_ID,
        period=f"{first:%Y-%m}",
        entries=len(within),
        gifts_yuan=fen(within, gift) / 100,
        grants_yuan=fen(within, grant) / 100,
        balance_yuan=(fen(entries, gift) - fen(entries, grant)) / 100,
        closed_at=scene.at(after, _CLOSED_AT),
        closed_by=recipe.part("life")["staff"][0]["name"],
    )


def _month(day: dt.date, before: int) -> dt.date:
    """Return the first day of the month so many months before that of ``day``."""
    n = day.year * 12 + day.month - 1 - before
    return dt.date(n // 12, n % 12 + 1, 1)
