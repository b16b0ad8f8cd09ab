"""The register of service points other than stations, each with the groups of residents behind it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pandas as pd
import sqlalchemy as sa

from gridmap import errors, i18n, model
from gridmap.services import place_cards, record_checks, record_kinds, register_stations, register_writing
from gridmap.services.community_data import CommunityData
from gridmap.services.record_kinds import Field, Kind, Shape
from gridmap.services.register_lists import Listed
from gridmap.services.register_teams import masked
from gridmap.services.register_writing import REMOVED, SAVED, Writer
from gridmap.services.sealed_fields import Sealer
from gridmap.store import Store

GROUP = Kind(
    name="resident-groups",
    cls=model.ResidentGroup,
    action=record_kinds.kind("points").action,
    fields=(
        Field(name="name", required=True),
        Field(name="kind", shape=Shape.CHOICE, words="service_kinds", required=True),
        Field(name="members", shape=Shape.WHOLE, high=10_000),
        Field(name="hours"),
        Field(name="note", shape=Shape.TEXT, longest=500),
    ),
    title=lambda row: str(row["name"]),
)
"""What the form of a group asks, beside its leader."""


@dataclass(frozen=True, kw_only=True)
class Group:
    """A group of residents as its card shows it; ``leader`` is masked, "" where none is named."""

    number: int
    version: int
    name: str
    kind: str
    members: int
    hours: str
    note: str
    leader: str


def listed(data: CommunityData, language: str) -> Listed:
    """Return the service points that are no stations, in the order of their kinds, with their groups."""
    rows = data.points[~data.points["kind"].isin(register_stations.kinds())]
    order = data.kinds.ordered(set(rows["kind"]))
    rows = rows.loc[sorted(rows.index, key=lambda one: (order.index(rows.at[one, "kind"]), one))]
    groups = data.groups.groupby("service_point_id")
    names = groups["name"].agg(lambda found: i18n.listed(list(found), language))
    told = {
        "name": rows["name"],
        "kind": rows["kind"].map(lambda code: data.kinds.label(code, language)),
        "grid": [place_cards.grid(data, place_cards.of_point(data, int(one))) for one in rows.index],
        "group": [names.get(one, "") for one in rows.index],
        "members": [int(groups["members"].sum().get(one, 0)) for one in rows.index],
        "hours": rows["hours"],
        "host": rows["host"],
        "area_m2": rows["area_m2"],
    }
    words = {name: i18n.text(f"register.column.{name}", language) for name in told}
    table = pd.DataFrame(told, index=rows.index).rename(columns=words)
    return Listed(table=table, titles=rows["name"].to_dict(), places=dict(rows.geometry.items()))


def groups(store: Store, data: CommunityData, point: int) -> list[Group]:
    """Return the groups of a service point."""
    of = sa.inspect(model.ResidentGroup).c
    wanted = sa.select(model.ResidentGroup).where(of.service_point_id == point).order_by(of.id)
    with store.read() as session:
        return [
            Group(
                number=int(one.id or 0),
                version=one.version,
                name=one.name,
                kind=one.kind,
                members=one.members,
                hours=one.hours,
                note=str(data.groups["note"].get(one.id, "")),
                leader=masked(one.leader, one.phone),
            )
            for one in session.scalars(wanted)
        ]


def save(
    writer: Writer, point: int, group: Group | None, values: dict[str, object], *, leader: str = "", phone: str = ""
) -> int:
    """Keep a group of a service point and return its number.

    Parameters
    ----------
    group
        The group as its form was opened on; None for a new one.
    values
        What the form holds, by the fields of `GROUP`.
    leader, phone
        Who leads it from now on; "" leaves it as it is. Both are kept sealed.

    Raises
    ------
    Conflict
        ``team_overtaken`` if somebody else has changed it since.
    FaultyRecord, Forbidden, NotFound, TooManyWrites, StoreError
    """
    given = {name: value for name, value in values.items() if group is None or value != getattr(group, name)}
    checked = record_checks.checked(GROUP, given, writer.data)
    if "members" in checked:
        checked["members"] = checked["members"] or 0
    with writer.writing(register_writing.point_grid(writer.data, point)) as session:
        writer.row(session, model.ServicePoint, point)
        if group is None:
            row = model.ResidentGroup(community_id=writer.community_id, service_point_id=point, **checked)
            session.add(row)
        else:
            row = writer.row(session, model.ResidentGroup, group.number)
            if row.version != group.version:
                raise errors.Conflict("team_overtaken", title=row.name)
            for name, value in checked.items():
                setattr(row, name, value)
        sealer = Sealer(session)
        if leader.strip():
            row.leader = sealer.seal(record_checks.line(leader)[:50], row.leader)
        if phone.strip():
            row.phone = sealer.seal(record_checks.line(phone)[:50], row.phone)
        session.flush()
        writer.note(session, SAVED, row.name, row.id)
        return int(row.id or 0)


def dissolve(writer: Writer, point: int, group: int) -> str:
    """Take a group off its service point; what it held and helped with stays. Returns its name.

    Raises
    ------
    Forbidden, NotFound, TooManyWrites, StoreError
    """
    with writer.writing(register_writing.point_grid(writer.data, point)) as session:
        row = writer.row(session, model.ResidentGroup, group)
        row.service_point_id = None
        writer.note(session, REMOVED, row.name, group)
        return str(row.name)


def timetable(store: Store, data: CommunityData, day: dt.date, language: str) -> pd.DataFrame:
    """Return what takes place every week in all rooms, as a table: place, day of the week, hours, what, who."""
    rows = register_writing.frame(store, data, model.WeeklyActivity)
    rows = rows[rows["until_day"].isna() | (rows["until_day"] >= day)].sort_values(["weekday", "hours"])
    monday = day - dt.timedelta(days=day.weekday())
    told = {
        "place": rows["service_point_id"].map(data.points["name"]),
        "weekday": rows["weekday"].map(lambda n: i18n.weekday_name(monday + dt.timedelta(days=int(n) - 1), language)),
        "hours": rows["hours"],
        "what": rows["name"],
        "group": rows["resident_group_id"].map(data.groups["name"]).fillna(""),
    }
    words = {name: i18n.text(f"register.column.{name}", language) for name in told}
    return pd.DataFrame(told, index=rows.index).rename(columns=words)


def titles(data: CommunityData, point: int, language: str) -> str:
    """Return where a service point is: its building or compound, and its grid."""
    at = place_cards.of_point(data, point)
    parts = (place_cards.named(data, at, language), place_cards.grid(data, at))
    return " · ".join(part for part in parts if part)
