"""A field package that came back: new issues are kept once, changes are kept, what both sides changed is a conflict."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

import geopandas as gpd
import pandas as pd
import pyogrio
import shapely
import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridmap import i18n, model, settings
from gridmap.access import Action, Actor
from gridmap.errors import FaultyRecord, InputError
from gridmap.exchange import opening
from gridmap.services import (
    audit,
    exporting,
    field_package,
    importing,
    record_checks,
    record_kinds,
    record_rows,
    records,
)
from gridmap.services.community_data import CommunityData
from gridmap.services.field_package import ABOUT, BASELINE, EDITABLE
from gridmap.services.issue_catalogue import Catalogues
from gridmap.services.record_kinds import Kind
from gridmap.store import Store

Side = Literal["ask", "office", "field"]


@dataclass(frozen=True, kw_only=True)
class Conflict:
    """A field that was changed in the field, of a record that somebody has changed here since.

    Parameters
    ----------
    kind, number, title
        Which record.
    name
        Name of the field.
    was, here, there
        What stood there when the package left, what stands here now, what came back.
    """

    kind: str
    number: int
    title: str
    name: str
    was: Any
    here: Any
    there: Any


@dataclass(frozen=True, kw_only=True)
class RefusedRow:
    """A row that cannot be kept: why, as a key of ``field.refused`` or as the refusals of its form."""

    kind: str
    title: str
    why: str = ""
    faulty: FaultyRecord | None = None

    def sentence(self, language: str) -> str:
        """Say why."""
        told = self.faulty.sentence(language) if self.faulty else i18n.text(f"field.refused.{self.why}", language)
        return told.replace("\n", " ")


@dataclass(kw_only=True)
class Returned:
    """What became of a package: new issues, issues that were known already, changes, conflicts and refusals."""

    added: int
    already: int
    changed: int
    unchanged: int
    conflicts: list[Conflict]
    refused: list[RefusedRow]


@dataclass(frozen=True, kw_only=True)
class _Package:
    name: str
    layers: Mapping[str, gpd.GeoDataFrame]
    baseline: Mapping[tuple[str, int], tuple[int, Mapping[str, Any]]]


def take_back(
    store: Store,
    community: model.Community,
    path: Path,
    *,
    actor: Actor | None = None,
    conflicts: Side = "ask",
    address: str = "",
    now: dt.datetime | None = None,
) -> Returned:
    """Keep what was recorded and changed in a package; the same file again changes nothing.

    A record that somebody has changed here since the package left is not touched unless ``conflicts`` says so: each
    field in which the two differ is returned with both values.

    Parameters
    ----------
    store, community
        Where to.
    path
        The zip or the GeoPackage that came back.
    actor
        Who brings it back; None for the command line.
    conflicts
        ``ask`` only tells them, ``office`` keeps what is here, ``field`` takes what came back.
    address
        Network address it comes from.
    now
        The moment; this one if left out.

    Raises
    ------
    Forbidden
        If they may not change one of the records, or record issues: then nothing is kept.
    InputError
        If it is no package, or one of another community.
    """
    moment = now or dt.datetime.now(dt.UTC)
    data, _ = exporting.seen_by(store, community, actor, moment)
    importing.refuse_store(store, path)
    package = _read(path, data)
    done = Returned(added=0, already=0, changed=0, unchanged=0, conflicts=[], refused=[])
    with store.write() as session:
        # One at a time, on every database: codes are counted.
        session.get_one(model.Community, int(data.community.id or 0), with_for_update=True)
        for kind, frame in package.layers.items():
            of = record_kinds.kind(kind)
            for fid, row in zip(frame.index, frame.to_dict("records"), strict=True):
                number = row.get("gridmap_id")
                if number is None or pd.isna(number):
                    _new(session, actor, data, of, row, f"{package.name}-{fid}", moment, done)
                else:
                    _known(session, actor, data, of, row, int(number), package, conflicts, moment, done)
        audit.record(
            session,
            actor,
            "field_returned",
            target=f"+{done.added} ~{done.changed} !{len(done.conflicts)}",
            community_id=data.community.id,
            address=address,
            now=now,
        )
    return done


def _read(path: Path, data: CommunityData) -> _Package:
    try:
        with opening.opened(path) as file:
            named = {str(name) for name, _ in pyogrio.list_layers(file.address)}
            if file.driver != "GPKG" or not {ABOUT, BASELINE, *EDITABLE} <= named:
                raise InputError("field_not_ours", source=path.name)
            about = pyogrio.read_dataframe(file.address, layer=ABOUT).iloc[0]
            kept = pyogrio.read_dataframe(file.address, layer=BASELINE)
            layers = {kind: _layer(file.address, kind) for kind in EDITABLE}
        if int(about["format"]) > field_package.FORMAT:
            raise InputError("field_newer", source=path.name)
        baseline = {
            (str(row["kind"]), int(row["gridmap_id"])): (int(row["version"]), json.loads(row["content"]))
            for row in kept.to_dict("records")
        }
        name, code = str(about["package"]), str(about["community"])
    except InputError:
        raise
    except (*opening.UNREADABLE, KeyError, IndexError, TypeError) as fault:
        raise InputError("field_not_ours", source=path.name) from fault
    if code != data.community.code:
        raise InputError("field_other_community", source=path.name, code=code, community=data.community.name)
    return _Package(name=name, layers=layers, baseline=baseline)


def _layer(address: str, kind: str) -> gpd.GeoDataFrame:
    frame = pyogrio.read_dataframe(address, layer=kind, fid_as_index=True, on_invalid="ignore")
    if not isinstance(frame, gpd.GeoDataFrame) or not {*EDITABLE[kind], "gridmap_id"} - {"geom"} <= set(frame.columns):
        raise KeyError(kind)
    return frame.rename_geometry("geom")


def _given(of: Kind, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a row of the package says, as `field_package.plain` writes it."""
    shape = row["geom"]
    place = shape if isinstance(shape, shapely.Point) else shapely.Point()
    values = {name: place if name == "geom" else row[name] for name in EDITABLE[of.name]}
    return {name: field_package.plain(of, name, value) for name, value in values.items()}


def _form(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return values as a form is filled in: a place as text, nothing as nothing."""
    filled = {name: "" if value is None else value for name, value in given.items()}
    if "geom" in filled:
        filled["geom"] = ",".join(f"{number:.7f}" for number in filled["geom"]) if filled["geom"] else ""
    return filled


def _new(
    session: Session,
    actor: Actor | None,
    data: CommunityData,
    of: Kind,
    row: Mapping[str, Any],
    fallback: str,
    now: dt.datetime,
    done: Returned,
) -> None:
    given = _given(of, row)
    title = str(given.get("text") or given.get("name") or given.get("number") or "")[:40]
    if of.name != "issues":
        done.refused.append(RefusedRow(kind=of.name, title=title, why="new"))
        return
    if actor is not None:
        records.demand(actor, Action.TAG_ISSUE, data, None)
    said = row.get("client_id")
    client_id = str(said)[:100] if isinstance(said, str) and said else fallback
    issue = sa.inspect(model.Issue).c
    same = sa.select(model.Issue).where(issue.community_id == data.community.id, issue.client_id == client_id)
    if session.scalars(same).first() is not None:
        done.already += 1
        return
    usual = record_kinds.blank(of, EDITABLE["issues"])
    filled = {name: value if value not in ("", None) else usual[name] for name, value in _form(given).items()}
    try:
        kept = record_checks.checked(of, filled, data)
    except FaultyRecord as faulty:
        done.refused.append(RefusedRow(kind=of.name, title=title, faulty=faulty))
        return
    if kept["geom"].is_empty:
        done.refused.append(RefusedRow(kind=of.name, title=title, why="place"))
        return
    at = _moment(row.get("reported_at"))
    made = model.Issue(
        **kept,
        community_id=int(data.community.id or 0),
        code=records.next_code(session, int(data.community.id or 0), now),
        reported_at=now if at is None or at > now else at,
        client_id=client_id,
        reporter_id=record_rows.staff(session, actor),
    )
    record_rows.settle(made, data, moved=True, housed=False)
    session.add(made)
    session.flush()
    session.add(record_rows.event(session, actor, made, now, None))
    session.flush()
    done.added += 1


def _moment(value: Any) -> dt.datetime | None:
    """Return when an issue was recorded; a device that names no zone means the office's."""
    at = value if isinstance(value, dt.datetime) and not pd.isna(value) else None
    if at is None:
        return None
    return at if at.tzinfo else at.replace(tzinfo=ZoneInfo(settings.from_environment().time_zone))


def _known(
    session: Session,
    actor: Actor | None,
    data: CommunityData,
    of: Kind,
    row: Mapping[str, Any],
    number: int,
    package: _Package,
    conflicts: Side,
    now: dt.datetime,
    done: Returned,
) -> None:
    was = package.baseline.get((of.name, number))
    given = _given(of, row)
    kept = session.get(of.cls, number)
    if was is None or kept is None or getattr(kept, "community_id", None) != data.community.id:
        if was is None or given != was[1]:
            done.refused.append(RefusedRow(kind=of.name, title=str(number), why="gone"))
        return
    before: Mapping[str, Any] = was[1]
    changed = {name: value for name, value in given.items() if value != before.get(name)}
    here = {name: field_package.plain(of, name, getattr(kept, name)) for name in EDITABLE[of.name]}
    wanted = {name: value for name, value in changed.items() if value != here[name]}
    if not wanted:
        done.unchanged += 1
        return
    record = record_rows.as_record(of, kept, data)
    # What was masked in the package would be lost with what is written over it.
    overtaken = any(here[name] != before.get(name) for name in here) or any(_masked(kept, here, one) for one in wanted)
    if overtaken and conflicts != "field":
        if conflicts == "ask":
            done.conflicts += list(_conflicts(of, record, before, here, wanted))
        else:
            done.unchanged += 1
        return
    try:
        checked = record_checks.checked(of, _form(wanted), data)
    except FaultyRecord as faulty:
        done.refused.append(RefusedRow(kind=of.name, title=record.title, faulty=faulty))
        return
    if actor is not None:
        records.demand(actor, of.action, data, record.grid_id)
    record_rows.rewrite(session, actor, data, of, kept, checked, now)
    done.changed += 1


def _masked(kept: model.Row, here: Mapping[str, Any], name: str) -> bool:
    return isinstance(here[name], str) and str(getattr(kept, name)) != here[name]


def _conflicts(
    of: Kind,
    record: record_rows.Record,
    before: Mapping[str, Any],
    here: Mapping[str, Any],
    wanted: Mapping[str, Any],
) -> Iterator[Conflict]:
    for name, there in wanted.items():
        yield Conflict(
            kind=of.name,
            number=record.number,
            title=record.title,
            name=name,
            was=before.get(name),
            here=here[name],
            there=there,
        )


def told(value: Any, of: Kind, name: str, known: Catalogues, language: str) -> str:
    """Write a value of a conflict for a person."""
    if value is None or value == "":
        return "–"
    if isinstance(value, list):
        return ",".join(f"{one:.6f}" for one in value)
    field = of.field(name)
    return field.option(str(value), language, known) if field.words else str(value)
