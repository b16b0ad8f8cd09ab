"""Deletes for good what has been kept for its time: out of the row, the history, the files and the database's log.

Only numbers are told of what was done. Entries of the audit are kept for as long as the store is.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, fields, replace
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridmap import i18n, model, privacy, settings
from gridmap.planning import workdays
from gridmap.planning.visits import ReasonKind
from gridmap.privacy import Keyring
from gridmap.services import audit, folders, key_file, past, recycle_bin, walk_reasons
from gridmap.store import Store, parcel, tables

_DONE = "retention_done"
_EVERY = dt.timedelta(hours=24)
_WEEK = dt.timedelta(days=7)
_OF_ISSUES = tuple(name for cls, _, name in past.TEXTS if cls is model.Issue)
# As long as failed tries count for the lock-out.
_TRIES_KEPT = dt.timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class RetentionReport:
    """How much was deleted, or would be.

    Parameters
    ----------
    contacts
        Issues whose caller was forgotten.
    texts
        Texts, notes and captions in which something was masked.
    care
        Households in need.
    leave
        Leave of staff, rotas and what was settled for them.
    photos, files
        Photos, and files on the disk.
    fund
        Entries of the fund whose giver or recipient was forgotten.
    imports
        Imports that can no longer be undone.
    tracks
        Tracks of walks.
    history
        Entries of the history that were emptied of persons or removed.
    sessions, tries
        Sessions that were over, and failed sign-ins.
    rehearsed
        Whether nothing was changed.
    settled
        Whether the database's log is empty too; where somebody was reading, the next run does it.
    """

    contacts: int = 0
    texts: int = 0
    care: int = 0
    leave: int = 0
    photos: int = 0
    files: int = 0
    fund: int = 0
    imports: int = 0
    tracks: int = 0
    history: int = 0
    sessions: int = 0
    tries: int = 0
    rehearsed: bool = False
    settled: bool = False

    @property
    def counts(self) -> dict[str, int]:
        """The numbers by name."""
        told = asdict(self)
        return {field.name: told[field.name] for field in fields(self) if field.type == "int"}

    def summary(self, language: str) -> str:
        """Say in ``language`` what was done, in one line."""
        return i18n.text("retention.counts", language, **self.counts)


class _RehearsedError(Exception):
    """Ends a rehearsal, so that the store takes everything back."""


def run(store: Store, now: dt.datetime, *, dry_run: bool = False) -> RetentionReport:
    """Delete what is due, all of it or nothing, and write into the audit how much it was.

    Parameters
    ----------
    store
        The store.
    now
        This moment, timezone-aware.
    dry_run
        Only count.

    Raises
    ------
    errors.StoreError
        If the store cannot be written.
    """
    report, needless = RetentionReport(rehearsed=dry_run), set[str]()
    try:
        with store.write() as session:
            report, needless = _delete(session, now)
            files = folders.of_photos(store, needless)
            report = replace(report, files=len(files), rehearsed=dry_run)
            if dry_run:
                raise _RehearsedError
            told = report.summary(settings.from_environment().language)
            audit.record(session, None, _DONE, target=told, now=now)
            session.flush()
            # Before the rows are: a row without its file is due again tomorrow, a file without its row never.
            for path in files:
                path.unlink(missing_ok=True)
    except _RehearsedError:
        return report
    return replace(report, settled=store.leave_no_trace())


def is_due(store: Store, now: dt.datetime) -> bool:
    """Whether it was not done within the last day."""
    entry = sa.inspect(model.AuditEntry).c
    with store.read() as session:
        last = session.scalar(sa.select(sa.func.max(entry.at)).where(entry.action == _DONE))
    return last is None or abs(now - last) >= _EVERY


def _delete(session: Session, now: dt.datetime) -> tuple[RetentionReport, set[str]]:
    """Delete what is due; return how much, and the names of the photos that nothing needs any longer."""
    chosen = settings.defaults()["retention"]

    def before(name: str) -> dt.datetime:
        return now - dt.timedelta(days=chosen[name])

    scrubbed = past.Scrubbed()
    contacts = _forget_callers(session, before("closed_contacts"), scrubbed)
    texts = scrubbed.texts + _mask_texts(session, before("closed_texts"), scrubbed)
    care, history = _end_care(session, before("ended_care"))
    away, gone = _end_leave(session, before("past_leave"))
    photos, more, needless = _drop_photos(session, before("closed_photos"))
    fund = _forget_givers(session, before("fund_persons"), scrubbed)
    session.flush()
    imports = _settle_imports(session, now - recycle_bin.keeping())
    tracks, went = _drop_tracks(session, before("walk_tracks"))
    history += gone + more + went + past.scrub(session, scrubbed, before("deleted"))
    over = sa.delete(model.Session).where(sa.inspect(model.Session).c.expires_at <= now)
    old = sa.delete(model.SignInTry).where(sa.inspect(model.SignInTry).c.at <= now - _TRIES_KEPT)
    report = RetentionReport(
        contacts=contacts,
        texts=texts,
        care=care,
        leave=away,
        photos=photos,
        fund=fund,
        imports=imports,
        tracks=tracks,
        history=history,
        sessions=_count(session, over),
        tries=_count(session, old),
    )
    return report, needless


def _forget_callers(session: Session, before: dt.datetime, scrubbed: past.Scrubbed) -> int:
    issue = sa.inspect(model.Issue).c
    called = sa.and_(issue.order_number.is_not(None), issue.address != "")
    named = sa.or_(issue.contact_name != "", issue.contact_phone != "", issue.caller_digest.is_not(None), called)
    ring = _ring()
    found = list(session.scalars(sa.select(model.Issue).where(_closed(before), named)))
    for row in found:
        words = tuple(
            word
            for sealed in (row.contact_name, row.contact_phone)
            if ring is not None and ring.opens(sealed) and (word := ring.open(sealed))
        )
        scrubbed.callers[int(row.id or 0)] = words
        for name in _OF_ISSUES:
            masked = past.without(getattr(row, name), words)
            scrubbed.texts += masked != getattr(row, name)
            setattr(row, name, masked)
        row.contact_name, row.contact_phone, row.caller_digest = model.NO_SEALED, model.NO_SEALED, None
        # The flat somebody called from says who it was; the building stays.
        row.address = "" if row.order_number else row.address
    for cls, key, name in past.TEXTS[len(_OF_ISSUES) :]:
        hanging = sa.select(cls).where(sa.inspect(cls).c[key].in_(list(scrubbed.callers)))
        for told in session.scalars(hanging):
            words = scrubbed.callers[getattr(told, key)]
            if (masked := past.without(getattr(told, name), words)) != getattr(told, name):
                setattr(told, name, masked)
                scrubbed.texts += 1
    return len(found)


def _closed(before: dt.datetime) -> sa.ColumnElement[bool]:
    """Say of an issue that it was closed by then, or folded into one that was."""
    issue, other = tables.of()[model.Issue].c, tables.of()[model.Issue].alias()
    into = sa.select(other.c.id).where(other.c.closed_at <= before)
    return sa.or_(issue.closed_at <= before, issue.merged_into_id.in_(into))


def _mask_texts(session: Session, before: dt.datetime, scrubbed: past.Scrubbed) -> int:
    issue = sa.inspect(model.Issue).c
    due = sa.select(issue.id).where(_closed(before))
    scrubbed.closed.update(session.scalars(due))
    n = 0
    for cls, key, name in past.TEXTS:
        column = sa.inspect(cls).c
        for row in session.scalars(sa.select(cls).where(column[key].in_(due))):
            text = getattr(row, name)
            if (masked := privacy.mask_text(text)) != text:
                setattr(row, name, masked)
                n += 1
    return n


def _end_care(session: Session, before: dt.datetime) -> tuple[int, int]:
    day = before.astimezone(ZoneInfo(settings.from_environment().time_zone)).date()
    column = sa.inspect(model.CareHousehold).c
    due = list(session.scalars(sa.select(model.CareHousehold).where(column.ended_on <= day)))
    gone = {int(row.id or 0) for row in due}
    told = sa.select(model.Stop).where(sa.inspect(model.Stop).c.why.contains(f'"{ReasonKind.CARE.value}"'))
    for stop in session.scalars(told) if gone else ():
        stop.why = walk_reasons.without_households(stop.why, gone)
    given = sa.select(model.CareHelp).where(sa.inspect(model.CareHelp).c.care_household_id.in_(gone))
    helps = _delete_rows(session, [*session.scalars(given)]) + _binned_helps(session, gone)
    return len(due), helps + _delete_rows(session, due)


def _binned_helps(session: Session, gone: Collection[int]) -> int:
    """Empty the bin of notes of help to households that are gone, with all history; return how much that was."""
    of = sa.inspect(model.BinEntry).c
    binned: dict[int, model.Row] = {}
    for entry in session.scalars(sa.select(model.BinEntry).where(of.kind == "helps")):
        values = parcel.Parcel.from_json(entry.content).head.values
        if values["care_household_id"] in gone:
            binned[int(values["id"])] = entry
    parcel.forget(session, {tables.name(model.CareHelp): list(binned)})
    return _delete_rows(session, list(binned.values()))


def _end_leave(session: Session, before: dt.datetime) -> tuple[int, int]:
    day = before.astimezone(ZoneInfo(settings.from_environment().time_zone)).date()
    due: list[model.Row] = list(session.scalars(sa.select(model.Leave).where(sa.inspect(model.Leave).c.to_day <= day)))
    wishes = list(session.scalars(sa.select(model.RotaWish).where(sa.inspect(model.RotaWish).c.day <= day)))
    over = [one for one in session.scalars(sa.select(model.WeekRota)) if workdays.monday_of(one.week) + _WEEK <= day]
    numbers = [one.id for one in over]
    history = 0
    for cls in (model.RotaStep, model.RotaDuty):
        history += _delete_rows(
            session, list(session.scalars(sa.select(cls).where(sa.inspect(cls).c.rota_id.in_(numbers))))
        )
    history += sum(_delete_rows(session, rows) for rows in (due, wishes, over))
    return len(due) + len(wishes) + len(over), history


def _drop_tracks(session: Session, before: dt.datetime) -> tuple[int, int]:
    due = list(session.scalars(sa.select(model.WalkTrack).where(sa.inspect(model.WalkTrack).c.ended_at <= before)))
    return len(due), _delete_rows(session, due)


def _forget_givers(session: Session, before: dt.datetime, scrubbed: past.Scrubbed) -> int:
    day = before.astimezone(ZoneInfo(settings.from_environment().time_zone)).date()
    entry = sa.inspect(model.FundEntry).c
    due = sa.select(model.FundEntry).where(entry.day <= day, entry.person != "")
    for row in session.scalars(due):
        row.person = model.NO_SEALED
        scrubbed.entries.add(int(row.id or 0))
    return len(scrubbed.entries)


def _settle_imports(session: Session, before: dt.datetime) -> int:
    """Forget what older imports would need to be undone: it holds rows as they were, persons too."""
    run = sa.inspect(model.ImportRun).c
    due = list(session.scalars(sa.select(model.ImportRun).where(run.at <= before, run.content != "")))
    for row in due:
        row.content = ""
    session.flush()
    old = [int(number) for number in session.scalars(sa.select(run.id).where(run.at <= before))]
    parcel.forget(session, {tables.name(model.ImportRun): old})
    return len(due)


def _drop_photos(session: Session, before: dt.datetime) -> tuple[int, int, set[str]]:
    issue, photo = sa.inspect(model.Issue).c, sa.inspect(model.Photo).c
    closed = sa.select(issue.id).where(_closed(before))
    due = list(session.scalars(sa.select(model.Photo).where(photo.issue_id.in_(closed))))
    walk, shot = sa.inspect(model.Walk).c, sa.inspect(model.StopPhoto).c
    walked = sa.select(walk.id).where(walk.day <= before.date())
    of_stops = list(session.scalars(sa.select(model.StopPhoto).where(shot.walk_id.in_(walked))))
    names = {row.sha256 for row in due} | {row.sha256 for row in of_stops}
    history = _delete_rows(session, due) + _delete_rows(session, of_stops)
    return len(due) + len(of_stops), history, names - recycle_bin.photos(session)


def _delete_rows(session: Session, rows: Sequence[model.Row]) -> int:
    """Delete rows with all their history, and return how many entries of it there were before."""
    if not rows:
        return 0
    name, numbers = tables.name(type(rows[0])), [int(row.id or 0) for row in rows]
    history = tables.HISTORY
    mine = (history.c.table_name == name) & history.c.row_id.in_(numbers)
    n = session.scalar(sa.select(sa.func.count()).select_from(history).where(mine)) or 0
    for row in rows:
        session.delete(row)
    session.flush()
    parcel.forget(session, {name: numbers})
    return n


def _count(session: Session, statement: sa.Delete) -> int:
    return int(getattr(session.execute(statement), "rowcount", 0))


def _ring() -> Keyring | None:
    keys = key_file.read(key_file.path())
    return None if keys is None else keys.ring
