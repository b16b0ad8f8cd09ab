"""A plan for the next service points in words: what it comes to, why each place, what the figures leave out."""

from __future__ import annotations

import numpy as np

from gridmap import i18n
from gridmap.analysis import siting
from gridmap.services import siting_plan


def notes(made: siting_plan.Plan, wish: siting_plan.Wish, language: str) -> list[str]:
    """Say what the figures do not: how distance was measured, what it costs, who was left out, what is out of reach."""
    said = [i18n.text(f"cli.site.measure.{made.measure}", language)]
    if made.cost is not None:
        said.append(i18n.text("cli.site.cost", language, cost=made.cost, n=len(made.chosen)))
    if made.beyond:
        said.append(i18n.text("cli.site.beyond", language, n=made.beyond))
    if len(made.places) < made.weighed_of:
        said.append(i18n.text("cli.site.thinned", language, weighed=len(made.places), n=made.weighed_of))
    if len(made.chosen) > wish.add:
        said.append(i18n.text("cli.site.more", language, needed=len(made.chosen), n=wish.add))
    if wish.capacity and (made.points["capacity_households"] == 0).any():
        said.append(i18n.text("cli.site.no_room", language, n=int((made.points["capacity_households"] == 0).sum())))
    return said + _too_little(made, wish, language) + _too_few(made, wish, language)


def _too_little(made: siting_plan.Plan, wish: siting_plan.Wish, language: str) -> list[str]:
    """Say so where the budget does not suffice for any place."""
    prices = [wish.price if one.price is None else one.price for one in made.places]
    known = [price for price in prices if price is not None]
    if wish.budget is None or not known or min(known) <= wish.budget:
        return []
    return [i18n.text("cli.site.cheapest", language, budget=wish.budget, cheapest=min(known))]


def _too_few(made: siting_plan.Plan, wish: siting_plan.Wish, language: str) -> list[str]:
    """Say so where fewer than wished do as well."""
    enough = made.answer.status == siting.Status.OPTIMAL and made.answer.asked.objective == siting.Objective.MCLP
    if not enough or len(made.chosen) >= wish.add or wish.budget is not None:
        return []
    return [i18n.text("cli.site.fewer", language, n=len(made.chosen), wished=wish.add)]


def lines(made: siting_plan.Plan, language: str) -> list[str]:
    """Put a plan into lines: what it comes to, a line for each place, then others nearly as good."""
    told = [verdict(made, language)]
    for rank, one in enumerate(made.chosen, 1):
        place = one.place
        at = f"{place.lon:.6f}, {place.lat:.6f}"
        told.append(i18n.text("cli.site.place", language, rank=rank, name=place.name, at=at, why=one.said(language)))
    return told + others(made, language)


def verdict(made: siting_plan.Plan, language: str) -> str:
    """Say what a plan comes to and how sure that is, or what is missing for any."""
    answer = made.answer
    kind = made.known.label(made.kind, language)
    if answer.value is None:
        none = i18n.text(f"siting.status.{answer.status}", language)
        why = answer.shortfall
        return none if why is None else none + " " + i18n.text(f"siting.{why.key}", language, **why.fields)
    return i18n.text(
        "cli.site.done", language, kind=kind, n=len(made.chosen), worth=worth(made, language), sure=sure(made, language)
    )


def worth(made: siting_plan.Plan, language: str) -> str:
    """Say what a plan comes to."""
    answer = made.answer
    return i18n.text(f"siting.value.{answer.asked.objective}", language, value=answer.value, n=made.today)


def sure(made: siting_plan.Plan, language: str) -> str:
    """Say that it is proven the best, or by how much it might be bettered."""
    answer = made.answer
    if answer.status != siting.Status.FEASIBLE or answer.gap is None or not np.isfinite(answer.gap):
        return i18n.text(f"siting.status.{answer.status}", language)
    assert answer.value is not None
    assert answer.bound is not None
    off = abs(answer.value - answer.bound)
    gap = i18n.percent(answer.gap, language, 2)
    return i18n.text(f"siting.gap.{answer.asked.objective}", language, gap=gap, n=int(np.ceil(off - 1e-6)))


def others(made: siting_plan.Plan, language: str) -> list[str]:
    """Name the plans that are nearly as good, and what is different about them."""
    return [
        i18n.text("cli.site.alternative", language, difference=difference(made, other, language))
        for other in made.alternatives
    ]


def difference(made: siting_plan.Plan, other: siting_plan.Plan, language: str) -> str:
    """Say which places an alternative has instead of which, and what that costs."""
    before, after = ({one.place.id: one.place.name for one in plan.chosen} for plan in (made, other))
    out = [name for one, name in before.items() if one not in after]
    new = [name for one, name in after.items() if one not in before]
    told = [i18n.text("siting.instead" if out else "siting.besides", language, out=out, new=new)] if new or out else []
    shut = sorted(set(other.closed) ^ set(made.closed))
    if shut:
        names = made.points["name"].loc[shut].tolist()
        told.append(i18n.text("siting.closes_others", language, names=names))
    value, best = other.answer.value, made.answer.value
    assert value is not None
    assert best is not None
    off = abs(value - best)
    aim = made.answer.asked.objective
    more = len(other.chosen) - len(made.chosen)
    if aim != siting.Objective.LSCP and more:
        told.append(i18n.text("siting.more_points" if more > 0 else "siting.fewer_points", language, n=abs(more)))
    told.append(i18n.text("siting.as_good", language) if off < 0.5 else i18n.text(f"siting.off.{aim}", language, n=off))
    if made.cost is not None and other.cost is not None and made.cost != other.cost:
        key = "siting.dearer" if other.cost > made.cost else "siting.cheaper"
        told.append(i18n.text(key, language, n=abs(other.cost - made.cost)))
    return ("；" if language == "zh" else "; ").join(told)
