"""The catalogues that a community changes: the program's own, with what the community has changed in them.

Categories of issues stand in groups; departments are whom the community whistles for; the flow is the table of moves;
service points have kinds. What is retired stays readable, so that an issue keeps its category and a point its kind, and
is offered no longer.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from types import MappingProxyType
from typing import Any

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridmap import catalogues, model, service_kinds
from gridmap.errors import StoreError
from gridmap.exchange import hotline
from gridmap.model import IssueLevel, Urgency
from gridmap.planning.deadlines import Limit, Unit
from gridmap.service_kinds import ServiceKinds
from gridmap.services.flow_table import Flow
from gridmap.store import Store

GROUPS, CATEGORIES, DEPARTMENTS, FLOW = "issue_groups", "issue_categories", "departments", "issue_flow"
KINDS = service_kinds.CATALOGUE
NAMES = (GROUPS, CATEGORIES, DEPARTMENTS, FLOW, KINDS)
"""The catalogues that a community changes."""
OTHER = hotline.OTHER
"""Category of what none of the others fits; it is never retired."""

Row = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Category:
    """One category of issues.

    Parameters
    ----------
    code, group
        Its code, and that of its group.
    zh, en
        What it is called.
    definition_zh, definition_en
        What belongs to it, in a sentence.
    names
        Words by which it is told in a text.
    level
        Who settles it as a rule.
    icon
        Key of its icon.
    limits
        How long it may take, by urgency.
    department
        Code of the department it is whistled to; "" for none.
    double_m, double_days
        Within which distance and age another of the same category may be the same.
    live
        Whether it may be chosen.
    """

    code: str
    group: str
    zh: str
    en: str
    definition_zh: str = ""
    definition_en: str = ""
    names: tuple[str, ...] = ()
    level: IssueLevel = IssueLevel.SMALL
    icon: str = OTHER
    limits: Mapping[Urgency, Limit] = field(default_factory=dict)
    department: str = ""
    double_m: float = 60.0
    double_days: int = 30
    live: bool = True

    def label(self, language: str) -> str:
        """Return what it is called."""
        return self.zh if language == "zh" else self.en

    def definition(self, language: str) -> str:
        """Return the sentence that defines it."""
        return self.definition_zh if language == "zh" else self.definition_en

    def limit(self, urgency: Urgency) -> Limit | None:
        """Return how long it may take; None where nothing is set."""
        return self.limits.get(urgency)


@dataclass(frozen=True)
class Categories:
    """The categories of a community, in their order."""

    entries: Mapping[str, Category]
    groups: Mapping[str, Row]

    def label(self, code: str, language: str) -> str:
        """Return what a category is called; a code that is not known is shown as it is."""
        found = self.entries.get(code)
        return found.label(language) if found else code

    def definition(self, code: str, language: str) -> str:
        """Return the sentence that defines a category; "" of one that is not known."""
        found = self.entries.get(code)
        return found.definition(language) if found else ""

    def group(self, code: str) -> str:
        """Return the code of a category's group; "" of one that is not known."""
        found = self.entries.get(code)
        return found.group if found else ""

    def group_label(self, group: str, language: str) -> str:
        """Return what a group is called; a code that is not known is shown as it is."""
        found = self.groups.get(group)
        return str(found[language]) if found else group

    def live(self) -> tuple[Category, ...]:
        """Return the categories that may be chosen."""
        return tuple(one for one in self.entries.values() if one.live)

    def tree(self) -> dict[str, tuple[Category, ...]]:
        """Return the categories that may be chosen, by group; groups without any are left out."""
        live = self.live()
        by_group = {group: tuple(one for one in live if one.group == group) for group in self.groups}
        return {group: members for group, members in by_group.items() if members}

    def get(self, code: str) -> Category | None:
        """Return a category by its code, None where there is none."""
        return self.entries.get(code)

    @cached_property
    def words(self) -> hotline.Words:
        """The words by which the categories that may be chosen are told in a text."""
        return hotline.words({one.code: (*one.names, one.code, one.zh, one.en) for one in self.live()})

    @cached_property
    def written(self) -> hotline.Words:
        """The words by which a file says a category: what is retired is known by its own name, and by no other."""
        live = {one.code: (*one.names, one.code, one.zh, one.en) for one in self.live()}
        return hotline.words(live | {c: (c, one.zh, one.en) for c, one in self.entries.items() if not one.live})

    def guess(self, *texts: Any) -> str | None:
        """Return the code of the category that the first of ``texts`` with a word we know is about."""
        return hotline.category(*texts, words=self.words)


@dataclass(frozen=True, kw_only=True)
class Department:
    """A department that may be called.

    ``days`` are the working days it has to answer; ``street`` is False of what does not belong to the street.
    """

    code: str
    zh: str
    en: str
    names: tuple[str, ...] = ()
    days: int = 3
    street: bool = True
    live: bool = True

    def label(self, language: str) -> str:
        """Return what it is called."""
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True)
class Departments:
    """The departments of a community, in their order."""

    entries: Mapping[str, Department]

    def label(self, code: str, language: str) -> str:
        """Return what a department is called; a code that is not known is shown as it is."""
        found = self.entries.get(code)
        return found.label(language) if found else code

    def live(self) -> tuple[Department, ...]:
        """Return the departments that may be called."""
        return tuple(one for one in self.entries.values() if one.live)

    def get(self, code: str) -> Department | None:
        """Return a department by its code, None where there is none."""
        return self.entries.get(code)


@dataclass(frozen=True, kw_only=True)
class Catalogues:
    """All that a community may change; ``rows`` are the entries as they are edited, by catalogue and code."""

    categories: Categories
    departments: Departments
    flow: Flow
    kinds: ServiceKinds
    rows: Mapping[str, Mapping[str, Row]]


def read(store: Store, community_id: int) -> Catalogues:
    """Return the catalogues of a community.

    Raises
    ------
    errors.StoreError
        If another program wrote what is no entry.
    """
    return of_frame(store.frame(model.CatalogueEntry, community_id))


def of_frame(frame: pd.DataFrame) -> Catalogues:
    """Return the catalogues of a community, of which these rows are the changes.

    Raises
    ------
    errors.StoreError
        As `read` does.
    """
    if frame.empty:
        return default()
    return of_changes((row["catalogue"], row["code"], row["content"]) for _, row in frame.sort_index().iterrows())


def within(session: Session, community_id: int) -> Catalogues:
    """Return the catalogues of a community as a transaction sees them."""
    of = sa.inspect(model.CatalogueEntry).c
    wanted = sa.select(of.catalogue, of.code, of.content).where(of.community_id == community_id).order_by(of.id)
    changes = [(name, code, content) for name, code, content in session.execute(wanted)]
    return of_changes(changes) if changes else default()


def categories(store: Store, community_id: int) -> Categories:
    """Return the categories of a community."""
    return read(store, community_id).categories


def departments(store: Store, community_id: int) -> Departments:
    """Return the departments of a community."""
    return read(store, community_id).departments


@cache
def default() -> Catalogues:
    """Return the catalogues of a community that has changed nothing."""
    return of_changes(())


def of_changes(changes: Iterable[tuple[str, str, str]]) -> Catalogues:
    """Return the catalogues with changes (catalogue, code, JSON) in them, in the order in which they were made."""
    rows: dict[str, dict[str, Row]] = {name: dict(catalogues.entries(name)) for name in NAMES}
    for name, code, content in changes:
        try:
            said = json.loads(content) if content else None
            if name in rows and said:
                rows[name][code] = MappingProxyType({**rows[name].get(code, {}), **said, "code": code})
        except (ValueError, TypeError) as broken:
            raise StoreError("catalogue_broken", catalogue=name, code=code) from broken
    try:
        rows[KINDS] = dict(sorted(rows[KINDS].items(), key=lambda one: one[1]["order"]))
        return Catalogues(
            categories=Categories(
                MappingProxyType({code: _category(row) for code, row in rows[CATEGORIES].items()}),
                MappingProxyType(rows[GROUPS]),
            ),
            departments=Departments(
                MappingProxyType({code: _department(row) for code, row in rows[DEPARTMENTS].items()})
            ),
            flow=Flow.of_rows(rows[FLOW].values()),
            kinds=service_kinds.of_rows(rows[KINDS].values()),
            rows=MappingProxyType({name: MappingProxyType(told) for name, told in rows.items()}),
        )
    except (KeyError, TypeError, ValueError) as broken:
        raise StoreError("catalogue_broken", catalogue="", code=str(broken)[:80]) from broken


def _category(row: Row) -> Category:
    return Category(
        code=row["code"],
        group=row["group"],
        zh=row["zh"],
        en=row["en"],
        definition_zh=row["definition_zh"],
        definition_en=row["definition_en"],
        names=tuple(row["names"]),
        level=IssueLevel(row["level"]),
        icon=row["icon"],
        limits=MappingProxyType({Urgency(u): Limit(n, Unit(unit)) for u, (n, unit) in row["limits"].items()}),
        department=row["department"],
        double_m=float(row["double_m"]),
        double_days=int(row["double_days"]),
        live=not row.get("retired", False),
    )


def _department(row: Row) -> Department:
    return Department(
        code=row["code"],
        zh=row["zh"],
        en=row["en"],
        names=tuple(row["names"]),
        days=int(row["days"]),
        street=bool(row["street"]),
        live=not row.get("retired", False),
    )
