"""The kinds of records that people keep by hand, and what a form asks of each: a table from which all else follows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from gridmap import catalogues, i18n, model, privacy, settings
from gridmap.access import Action
from gridmap.services.issue_catalogue import Catalogues

_CATEGORIES, _KINDS = "categories", "service_kinds"


class Shape(StrEnum):
    """What a field holds."""

    LINE = "line"
    TEXT = "text"
    WHOLE = "whole"
    MEASURE = "measure"
    YES_NO = "yes_no"
    CHOICE = "choice"
    HOURS = "hours"
    BUILDING = "building"
    COMPOUND = "compound"
    SERVICE_POINT = "service_point"
    POINT = "point"
    AREA = "area"


@dataclass(frozen=True, kw_only=True)
class Field:
    """One field of a form; its words are ``record.field.<name>``.

    Parameters
    ----------
    name
        Name of the model's field.
    shape
        What it holds.
    required
        Whether it must be filled in.
    longest
        Most characters of a text.
    low, high
        Least and greatest number.
    words
        Of a choice: prefix of the words of its codes in the sentences, ``catalogue:<name>``, ``categories``, or
        ``service_kinds``.
    """

    name: str
    shape: Shape = Shape.LINE
    required: bool = False
    longest: int = 100
    low: float = 0
    high: float = 0
    words: str = ""

    def options(self, known: Catalogues) -> tuple[str, ...]:
        """Return the codes of a choice in their order; of what a community may change, those that may be chosen."""
        if self.words in (_CATEGORIES, _KINDS):
            live = known.categories.live() if self.words == _CATEGORIES else known.kinds.live()
            return tuple(one.code for one in live)
        if self.words.startswith("catalogue:"):
            return tuple(catalogues.entries(self.words.removeprefix("catalogue:")))
        return tuple(str(choice.value) for choice in _CHOICES[self.words])

    def option(self, code: str, language: str, known: Catalogues) -> str:
        """Return what a code of a choice is called; what is retired too."""
        if self.words in (_CATEGORIES, _KINDS):
            return (known.categories if self.words == _CATEGORIES else known.kinds).label(code, language)
        if self.words.startswith("catalogue:"):
            return catalogues.label(self.words.removeprefix("catalogue:"), code, language)
        return i18n.text(f"{self.words}.{code}", language)


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of record; its words are ``record.kind.<name>``.

    Parameters
    ----------
    name
        Name of the kind, in addresses too.
    cls
        The class of its rows.
    action
        What one must be allowed to do to change one.
    fields
        What its form asks, in order.
    title
        What a row is called, by its values.
    """

    name: str
    cls: type[model.Row]
    action: Action
    fields: tuple[Field, ...]
    title: Callable[[dict[str, Any]], str]

    def field(self, name: str) -> Field:
        """Return a field by name."""
        return next(one for one in self.fields if one.name == name)


_CHOICES: dict[str, type[StrEnum]] = {
    "building_use": model.BuildingUse,
    "compound_kind": model.CompoundKind,
    "issue_level": model.IssueLevel,
    "issue_source": model.IssueSource,
    "issue_state": model.IssueState,
    "premises_use": model.PremisesUse,
    "project_state": model.ProjectState,
    "stance": model.Stance,
    "tenure": model.Tenure,
}

_NAMED = Field(name="name", required=True)
_PLACE = Field(name="geom", shape=Shape.POINT)
_OUTLINE = Field(name="geom", shape=Shape.AREA)

KINDS: tuple[Kind, ...] = (
    Kind(
        name="issues",
        cls=model.Issue,
        action=Action.EDIT_ISSUES,
        fields=(
            Field(name="building_id", shape=Shape.BUILDING),
            Field(name="category", shape=Shape.CHOICE, words=_CATEGORIES, required=True),
            Field(name="text", shape=Shape.TEXT, required=True, longest=1000),
            Field(name="source", shape=Shape.CHOICE, words="issue_source", required=True),
            Field(name="level", shape=Shape.CHOICE, words="issue_level", required=True),
            Field(name="state", shape=Shape.CHOICE, words="issue_state", required=True),
            _PLACE,
        ),
        title=lambda row: str(row["code"]),
    ),
    Kind(
        name="points",
        cls=model.ServicePoint,
        action=Action.EDIT_POINTS,
        fields=(
            Field(name="kind", shape=Shape.CHOICE, words=_KINDS, required=True),
            _NAMED,
            Field(name="building_id", shape=Shape.BUILDING),
            Field(name="hours"),
            Field(name="capacity_households", shape=Shape.WHOLE, low=1, high=100_000),
            Field(name="area_m2", shape=Shape.MEASURE, low=0.1, high=100_000),
            Field(name="host"),
            Field(name="terms", longest=500),
            _PLACE,
        ),
        title=lambda row: str(row["name"]),
    ),
    Kind(
        name="buildings",
        cls=model.Building,
        action=Action.EDIT_RECORDS,
        fields=(
            Field(name="number", required=True, longest=40),
            Field(name="compound_id", shape=Shape.COMPOUND),
            Field(name="name"),
            Field(name="use", shape=Shape.CHOICE, words="building_use", required=True),
            Field(name="households", shape=Shape.WHOLE, required=True, high=10_000),
            Field(name="households_estimated", shape=Shape.YES_NO),
            Field(name="floors", shape=Shape.WHOLE, low=1, high=200),
            Field(name="units", shape=Shape.WHOLE, low=1, high=200),
            _OUTLINE,
        ),
        title=lambda row: str(row["number"]),
    ),
    Kind(
        name="compounds",
        cls=model.Compound,
        action=Action.EDIT_RECORDS,
        fields=(
            _NAMED,
            Field(name="kind", shape=Shape.CHOICE, words="compound_kind", required=True),
            Field(name="walled", shape=Shape.YES_NO),
            Field(name="property_company"),
            _OUTLINE,
        ),
        title=lambda row: str(row["name"]),
    ),
    Kind(
        name="gates",
        cls=model.Gate,
        action=Action.EDIT_RECORDS,
        fields=(
            Field(name="name", required=True),
            Field(name="compound_id", shape=Shape.COMPOUND),
            Field(name="pedestrians", shape=Shape.YES_NO),
            Field(name="vehicles", shape=Shape.YES_NO),
            Field(name="open_hours", shape=Shape.HOURS),
            _PLACE,
        ),
        title=lambda row: str(row["name"]),
    ),
    Kind(
        name="premises",
        cls=model.Premises,
        action=Action.KEEP_DESK,
        fields=(
            _NAMED,
            Field(name="use", shape=Shape.CHOICE, words="premises_use", required=True),
            Field(name="area_m2", shape=Shape.MEASURE, required=True, low=0.1, high=100_000),
            Field(name="building_id", shape=Shape.BUILDING),
            Field(name="service_point_id", shape=Shape.SERVICE_POINT),
            Field(name="host"),
            Field(name="note", shape=Shape.TEXT, longest=1000),
        ),
        title=lambda row: str(row["name"]),
    ),
    Kind(
        name="matters",
        cls=model.DeskMatter,
        action=Action.KEEP_DESK,
        fields=(
            _NAMED,
            Field(name="field", shape=Shape.CHOICE, words="catalogue:matter_fields", required=True),
            Field(name="at_home", shape=Shape.YES_NO),
            Field(name="days", shape=Shape.WHOLE, high=365),
            Field(name="papers", shape=Shape.TEXT, longest=1000),
            Field(name="note", shape=Shape.TEXT, longest=1000),
        ),
        title=lambda row: str(row["name"]),
    ),
)


def _at(row: dict[str, Any], name: str, column: str) -> str:
    """Name what took place on a day, by the office's clock where a moment is kept."""
    when = row[column]
    if isinstance(when, dt.datetime):
        when = when.astimezone(ZoneInfo(settings.from_environment().time_zone)).date()
    return f"{privacy.mask_text(str(row[name]))} {when.isoformat()}".strip()


OF_REGISTERS: tuple[Kind, ...] = (
    Kind(name="projects", cls=model.Project, action=Action.EDIT_POINTS, fields=(), title=lambda row: str(row["name"])),
    Kind(
        name="milestones", cls=model.ProjectMilestone, action=Action.EDIT_POINTS, fields=(),
        title=lambda row: str(row["name"]),
    ),
    Kind(
        name="opinions", cls=model.ProjectOpinion, action=Action.EDIT_POINTS, fields=(),
        title=lambda row: f"{row['day'].isoformat()} × {row['number']}",
    ),
    Kind(
        name="activities", cls=model.Activity, action=Action.EDIT_POINTS, fields=(),
        title=lambda row: _at(row, "name", "day"),
    ),
    Kind(
        name="receptions", cls=model.ReceptionDay, action=Action.EDIT_POINTS, fields=(),
        title=lambda row: _at(row, "place", "day"),
    ),
    Kind(
        name="bookings", cls=model.RoomBooking, action=Action.EDIT_POINTS, fields=(),
        title=lambda row: _at(row, "purpose", "starts_at"),
    ),
    Kind(
        name="home_visits",
        cls=model.HomeVisit,
        action=Action.KEEP_DESK,
        fields=(),
        title=lambda row: _at(row, "matter", "day"),
    ),
    # Of whom, nothing is said.
    Kind(
        name="helps", cls=model.CareHelp, action=Action.KEEP_CARE, fields=(),
        title=lambda row: str(row["day"].isoformat()),
    ),
)  # fmt: skip
"""What the page of registers keeps with forms of its own; in the bin it is like every other record."""
BINNED = (*KINDS, *OF_REGISTERS)
"""All kinds that the bin takes."""

TAGGED = ("building_id", "category", "text", "source", "level", "geom")
"""Fields of the short form by which an issue is tagged."""


def kind(name: str) -> Kind:
    """Return a kind by name, those of registers too.

    Raises
    ------
    KeyError
        If there is none.
    """
    return {one.name: one for one in BINNED}[name]


def names() -> tuple[str, ...]:
    """Return the names of the kinds that the page of records has."""
    return tuple(one.name for one in KINDS)


def blank(of: Kind, only: Iterable[str] | None = None) -> dict[str, Any]:
    """Return the values of a record that is not filled in yet."""
    usual = {field: default for field, default in _USUAL.items() if field in {one.name for one in of.fields}}
    empty = {one.name: usual.get(one.name, _EMPTY.get(one.shape)) for one in of.fields}
    if of.name == "compounds":
        empty["kind"] = str(model.CompoundKind.MIXED.value)
    if of.name == "premises":
        empty["use"] = str(model.PremisesUse.RESIDENTS.value)
    return empty if only is None else {name: empty[name] for name in only}


_USUAL: dict[str, Any] = {
    "use": str(model.BuildingUse.RESIDENTIAL.value),
    "source": str(model.IssueSource.WALK.value),
    "level": str(model.IssueLevel.SMALL.value),
    "state": str(model.IssueState.RECORDED.value),
    "walled": True,
    "pedestrians": True,
}
_EMPTY: dict[Shape, Any] = {Shape.LINE: "", Shape.TEXT: "", Shape.HOURS: "", Shape.YES_NO: False}
