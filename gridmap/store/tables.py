"""The tables of the store, made from the dataclasses of ``gridmap.model``, and their mapping.

A field's annotation decides its column; the tables below add what an annotation cannot say.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
import threading
import types as pytypes
import typing
from enum import StrEnum
from functools import cache
from typing import Any

import shapely
import sqlalchemy as sa
from sqlalchemy.orm import registry

from gridmap import model
from gridmap.store import types

#: Every class that has a table, parents before children.
CLASSES: tuple[type[model.Row], ...] = (
    model.Street,
    model.Community,
    model.Compound,
    model.Gate,
    model.Building,
    model.Staff,
    model.GridVersion,
    model.Grid,
    model.GridBuilding,
    model.Path,
    model.Ground,
    model.ServicePoint,
    model.TeamMember,
    model.ResidentGroup,
    model.Walk,
    model.Walker,
    model.Stop,
    model.Issue,
    model.IssueEvent,
    model.Photo,
    model.CareHousehold,
    model.Reception,
    model.Project,
    model.Setting,
    model.Account,
    model.Session,
    model.AuditEntry,
    model.SignInTry,
    model.Leave,
    model.ViewLink,
    model.BinEntry,
    model.Draft,
    model.Activity,
    model.FundEntry,
    model.ImportRun,
    model.ImportProfile,
    model.Scenario,
    model.ApiKey,
    model.IssueVoice,
    model.IssueLink,
    model.IssueCall,
    model.HotlineAnswer,
    model.CatalogueEntry,
    model.CalendarLink,
    model.CommunitySplit,
    model.WeekRota,
    model.RotaDuty,
    model.RotaStep,
    model.RotaWish,
    model.ReceptionFeed,
    model.GridDraft,
    model.VisitWish,
    model.StopRecord,
    model.WalkTrack,
    model.TeamBuilding,
    model.WeeklyActivity,
    model.RoomBooking,
    model.ReceptionDay,
    model.IssueOrigin,
    model.ProjectMilestone,
    model.ProjectOpinion,
    model.ProjectPhoto,
    model.StopPhoto,
    model.Story,
    model.FundClosing,
    model.CareHelp,
    model.Premises,
    model.DeskMatter,
    model.HomeVisit,
)

#: Classes whose rows are only ever added: the databases refuse to change or delete one.
APPEND_ONLY: frozenset[type[model.Row]] = frozenset({model.AuditEntry})

# Fields that point at another row. A required one goes with its parent, an optional one is emptied.
_TARGETS: dict[str, type[model.Row]] = {
    "street_id": model.Street,
    "community_id": model.Community,
    "compound_id": model.Compound,
    "building_id": model.Building,
    "version_id": model.GridVersion,
    "grid_id": model.Grid,
    "service_point_id": model.ServicePoint,
    "resident_group_id": model.ResidentGroup,
    "walk_id": model.Walk,
    "stop_id": model.Stop,
    "issue_id": model.Issue,
    "other_id": model.Issue,
    "parent_id": model.Issue,
    "merged_into_id": model.Issue,
    "event_id": model.IssueEvent,
    "staff_id": model.Staff,
    "partner_id": model.Staff,
    "leader_id": model.Staff,
    "reporter_id": model.Staff,
    "actor_id": model.Staff,
    "assignee_id": model.Staff,
    "owner_id": model.Staff,
    "account_id": model.Account,
    "rota_id": model.WeekRota,
    "team_member_id": model.TeamMember,
    "activity_id": model.Activity,
    "reception_day_id": model.ReceptionDay,
    "project_id": model.Project,
    "corrects_id": model.FundEntry,
    "fund_entry_id": model.FundEntry,
    "care_household_id": model.CareHousehold,
}
# A name given elsewhere, not one of our numbers.
_FOREIGN = frozenset({"client_id"})
# These outlive what they point at.
_NO_REFERENCES = frozenset({model.AuditEntry})
# A street with communities is not deleted by the way.
_KEEPS_PARENT = frozenset({(model.Community, "street_id")})

_LENGTHS = {
    "code": 64,
    "sha256": 64,
    "token_hash": 64,
    "identity_digest": 64,
    "caller_digest": 64,
    "key": 128,
    "legend": 500,
    "reason": 500,
    "caption": 500,
    "terms": 1000,
    "note": 4000,
    "text": 4000,
    "before": 4000,
    "after": 4000,
    "handling": 4000,
    "answer": 4000,
    "papers": 1000,
    "why": 4000,
    "asked": 4000,
    "value": 20000,
    # The most that PostgreSQL gives a length to.
    "content": 10_000_000,
}
# Of these, what people write as they like.
_FREE = frozenset(
    {
        *("legend", "reason", "caption", "host", "terms", "note", "text", "before", "after"),
        *("address", "handler", "handling", "callback", "duties", "owner", "place", "purpose", "answer", "struck_out"),
        "papers",
        "holder",
    }
)
# The address of a computer, which is no text.
_NOT_FREE = frozenset({(model.AuditEntry, "address"), (model.SignInTry, "address"), (model.ReceptionFeed, "address")})
_USUAL_LENGTH = 200
# A name of 200 characters, sealed.
_SEALED_LENGTH = 2000

_UNIQUE: dict[type[model.Row], tuple[str, ...]] = {
    model.GridBuilding: ("version_id", "building_id"),
    model.Issue: ("community_id", "code"),
    model.Setting: ("community_id", "key"),
    model.Account: ("name",),
    model.Session: ("token_hash",),
    model.ViewLink: ("token_hash",),
    model.ApiKey: ("token_hash",),
    model.CalendarLink: ("token_hash",),
    model.CatalogueEntry: ("community_id", "catalogue", "code"),
    model.IssueLink: ("issue_id", "other_id", "kind"),
    model.HotlineAnswer: ("issue_id",),
    model.Draft: ("account_id", "key"),
    model.GridDraft: ("account_id", "community_id"),
    model.ImportProfile: ("community_id", "kind", "name"),
    model.Scenario: ("community_id", "name"),
    model.Story: ("community_id", "name"),
    model.WeekRota: ("community_id", "week"),
    model.ReceptionFeed: ("code",),
    model.TeamBuilding: ("team_member_id", "building_id"),
}
# Unique as well where it is known; an index, since SQLite adds no constraint to a table that is there.
_UNIQUE_IF_KNOWN: dict[type[model.Row], tuple[tuple[str, ...], ...]] = {
    model.Issue: (("community_id", "client_id"), ("community_id", "order_number")),
    model.IssueEvent: (("community_id", "client_id"),),
    model.IssueVoice: (("community_id", "client_id"),),
    model.Photo: (("community_id", "client_id"),),
    model.StopRecord: (("community_id", "client_id"),),
    model.WalkTrack: (("community_id", "client_id"),),
    model.StopPhoto: (("community_id", "client_id"),),
}
# Columns that are searched by, beside references and unique ones.
_INDEXED: dict[type[model.Row], tuple[str, ...]] = {
    model.AuditEntry: ("at", "account_id", "action"),
    model.SignInTry: ("name", "address", "at"),
    model.CareHousehold: ("identity_digest",),
    model.Issue: ("caller_digest",),
    model.BinEntry: ("number", "deleted_at"),
    model.Draft: ("at",),
    model.FundEntry: ("day",),
    model.ImportRun: ("at",),
    model.RoomBooking: ("starts_at",),
    model.CareHelp: ("day",),
    model.HomeVisit: ("day",),
}

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

METADATA = sa.MetaData()

HISTORY = sa.Table(
    "history",
    METADATA,
    sa.Column("id", _NUMBER, sa.Identity(), primary_key=True, comment="order in which changes happened"),
    sa.Column("table_name", types.Words(64, "table_name"), nullable=False),
    sa.Column("row_id", _NUMBER, nullable=False),
    sa.Column("community_id", _NUMBER, nullable=False),
    sa.Column("op", types.Words(8, "op"), nullable=False),
    sa.Column("at", types.Moment, nullable=False),
    sa.Column("version", _NUMBER, nullable=False),
    sa.Column("old", sa.Text, nullable=False),
    sa.Column("geometry", sa.Text),
    sa.Index("ix_history_community_id", "community_id"),
    sa.Index("ix_history_row", "table_name", "row_id"),
    sqlite_autoincrement=True,
)
REVISION = sa.Table(
    "community_revision",
    METADATA,
    sa.Column("community_id", _NUMBER, primary_key=True, autoincrement=False),
    sa.Column("n", _NUMBER, nullable=False),
)
MIGRATION = sa.Table(
    "migration",
    METADATA,
    sa.Column("name", types.Words(128, "name"), primary_key=True),
    sa.Column("at", types.Moment, nullable=False),
)

_MAPPING = threading.Lock()


@cache
def of() -> dict[type[model.Row], sa.Table]:
    """Return the table of each class, parents before children."""
    return {cls: _table(cls) for cls in CLASSES}


def map_classes() -> None:
    """Map the dataclasses onto their tables, once in a process, whichever thread comes first."""
    with _MAPPING:
        mapper_registry = registry(metadata=METADATA)
        for cls, table in of().items():
            if sa.inspect(cls, raiseerr=False) is None:
                mapper_registry.map_imperatively(cls, table, version_id_col=table.c.version)


def name(cls: type[model.Row]) -> str:
    """Return the name of the table of ``cls``: ``ServicePoint`` is kept in ``service_point``."""
    return _in_words(cls.__name__)


@cache
def _in_words(written: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", written).lower()


def geometry(table: sa.Table) -> types.Shape | None:
    """Return the type of the geometry column of ``table``, or None where it has none."""
    shape = table.c.geom.type if "geom" in table.c else None
    return shape if isinstance(shape, types.Shape) else None


@cache
def owner(table: sa.Table) -> str | None:
    """Return the column of ``table`` that says to which community a row belongs; None where it is nobody's."""
    if table.name == name(model.Community):
        return "id"
    return "community_id" if table.name in {name(cls) for cls in CLASSES if issubclass(cls, model.Owned)} else None


def sealed(table: sa.Table | None = None) -> list[sa.Column[Any]]:
    """Return the columns that hold sealed text, of one table or of all."""
    looked = of().values() if table is None else (table,)
    return [column for one in looked for column in one.c if isinstance(column.type, types.SealedWords)]


def free(table: sa.Table) -> list[sa.Column[Any]]:
    """Return the columns of ``table`` that hold what people write as they like."""
    return [column for column in table.c if isinstance(column.type, types.FreeWords)]


def is_append_only(table: sa.Table) -> bool:
    """Whether rows of ``table`` are only ever added."""
    return table.name in {name(cls) for cls in APPEND_ONLY}


def _table(cls: type[model.Row]) -> sa.Table:
    hints = typing.get_type_hints(cls)
    fields = {field.name: field for field in dataclasses.fields(cls)}
    # The geometry stands last: it is long, and SQLite reads a row from its start.
    order = sorted(fields, key=lambda column: (column == "geom", column == "version"))
    columns: list[sa.schema.SchemaItem] = [_column(cls, fields[column], hints[column]) for column in order]
    if cls in _UNIQUE:
        columns.append(sa.UniqueConstraint(*_UNIQUE[cls], name="uq_" + "_".join((name(cls), *_UNIQUE[cls]))))
    for found in _UNIQUE_IF_KNOWN.get(cls, ()):
        columns.append(sa.Index("uq_" + "_".join((name(cls), *found)), *found, unique=True))
    return sa.Table(name(cls), METADATA, *columns, sqlite_autoincrement=True)


def _column(cls: type[model.Row], field: dataclasses.Field[Any], hint: Any) -> sa.Column[Any]:
    if field.name == "id":
        return sa.Column("id", _NUMBER, sa.Identity(), primary_key=True)
    optional = isinstance(hint, pytypes.UnionType)
    base = next(part for part in typing.get_args(hint) if part is not type(None)) if optional else hint
    points = field.name.endswith("_id") and field.name not in _FOREIGN and cls not in _NO_REFERENCES
    items = [_reference(cls, field.name, optional)] if points else []
    return sa.Column(
        field.name,
        _type(cls, base, field.name),
        *items,
        # An empty geometry is kept as NULL.
        nullable=optional or field.name == "geom",
        index=points or field.name in _INDEXED.get(cls, ()),
        server_default=_server_default(field.default),
    )


def _reference(cls: type[model.Row], field: str, optional: bool) -> sa.ForeignKey:
    rule = "SET NULL" if optional else "CASCADE"
    if (cls, field) in _KEEPS_PARENT:
        rule = "NO ACTION"
    # Deferred: rows of one transaction may be added in any order.
    return sa.ForeignKey(f"{name(_TARGETS[field])}.id", ondelete=rule, deferrable=True, initially="DEFERRED")


def _type(cls: type[model.Row], base: Any, field: str) -> Any:
    if base is bool:
        return sa.Boolean()
    if base is int:
        return types.Whole(field)
    if base is float:
        return sa.Double()
    if base is model.Sealed:
        return types.SealedWords(_SEALED_LENGTH, field)
    if base is str and field in _FREE and (cls, field) not in _NOT_FREE:
        return types.FreeWords(_LENGTHS.get(field, _USUAL_LENGTH), field)
    if base is str:
        return types.Words(_LENGTHS.get(field, _USUAL_LENGTH), field)
    if base is dt.date:
        return sa.Date()
    if base is dt.datetime:
        return types.Moment()
    if issubclass(base, StrEnum):
        return types.Choice(base, field)
    if issubclass(base, shapely.Geometry):
        return types.Shape(base.__name__)
    raise TypeError(f"no column type is known for {field}: {base}")


def _server_default(default: Any) -> Any:
    """Let other programs, such as QGIS, add a row without naming every column."""
    if isinstance(default, bool):
        return sa.true() if default else sa.false()
    if isinstance(default, int):
        return sa.text(str(default))
    if isinstance(default, str):
        return str(default.value) if isinstance(default, StrEnum) else default
    return None
