"""A plan for the next service points in words: what it comes to, why each place, what the figures leave out."""

from __future__ import annotations

import numpy as np

from gridmap import catalogues, i18n
from gridmap.analysis import siting
from gridmap.services import siting_plan


def notes(made: siting_plan.Plan, wish: siting_plan.Wish, language: str) -> list[str]:
    """Say what the figures do not: how distance was measured, who was left out, that more are needed than wished."""
    said = []
    said.append(i18n.text(f"cli.site.measure.{made.measure}", language))
    if made.beyond:
        said.append(i18n.text("cli.site.beyond", language, n=made.beyond))
    if len(made.places) < made.weighed_of:
        said.append(i18n.text("cli.site.thinned", language, weighed=len(made.places), n=made.weighed_of))
    if len(made.chosen) > wish.add:
        said.append(i18n.text("cli.site.more", language, needed=len(made.chosen), n=wish.add))
    return said


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
    kind = catalogues.label("service_kinds", made.kind, language)
    if answer.value is None:
        none = i18n.text(f"siting.status.{answer.status}", language)
        why = answer.shortfall
        return none if why is None else none + " " + i18n.text(f"siting.{why.key}", language, **why.fields)
    worth = i18n.text(f"siting.value.{answer.asked.objective}", language, value=answer.value, n=made.today)
    sure = i18n.text(f"siting.status.{answer.status}", language)
    if answer.status == siting.Status.FEASIBLE and answer.gap is not None and np.isfinite(answer.gap):
        sure = i18n.text("siting.gap", language, gap=i18n.percent(answer.gap, language, 2))
    return i18n.text("cli.site.done", language, kind=kind, n=len(made.chosen), worth=worth, sure=sure)


def others(made: siting_plan.Plan, language: str) -> list[str]:
    """Name the plans that are nearly as good."""
    told = []
    for places, value in made.alternatives:
        names = [place.name for place in places]
        worth = i18n.text(f"siting.value.{made.answer.asked.objective}", language, value=value, n=made.today)
        told.append(i18n.text("cli.site.alternative", language, names=names, worth=worth))
    return told
