"""Photos of issues: who may add, see and delete them; how their files are kept says `photo_files`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridmap import access, i18n, model
from gridmap.access import Action, Actor
from gridmap.errors import InputError, NotFound
from gridmap.exchange.photo import Taken
from gridmap.services import audit, issue_authors, photo_files, stop_photos, writing_pace
from gridmap.store import Store, parcel, tables

MOST = 12
"""An issue has at most so many photos."""
_LONGEST_CLIENT_ID = 100


class Unusable(InputError):
    """Files of which no photo can be made, each with what is wrong with it; none of those beside them was kept.

    Parameters
    ----------
    faults
        Name of each file, and what is wrong.
    """

    def __init__(self, faults: Sequence[tuple[str, InputError]]) -> None:
        super().__init__("photo_files", files=[name for name, _ in faults])
        self.faults = tuple(faults)

    def sentence(self, language: str) -> str:
        """Say of each file what is wrong, a paragraph each."""
        return "\n\n".join(
            i18n.text("error.photo_file", language, file=name, problem=fault.sentence(language))
            for name, fault in self.faults
        )


def keep(
    store: Store,
    actor: Actor,
    issue_id: int,
    content: bytes | Taken,
    *,
    stage: model.PhotoStage = model.PhotoStage.BEFORE,
    client_id: str | None = None,
    taken_at: dt.datetime | None = None,
    event_id: int | None = None,
    now: dt.datetime,
    address: str = "",
) -> model.Photo:
    """Keep a photo of an issue, small and without what it tells besides; sent twice it is kept once.

    Parameters
    ----------
    store
        Where it is kept.
    actor
        Who brings it: whoever may change the issue, or recorded it.
    issue_id, stage
        What it shows, and whether before or after something was done.
    content
        The file as it was chosen, or what `all_taken` made of it.
    client_id
        What the device calls it.
    taken_at
        When it was taken, where the device has read that before it made the photo smaller; timezone-aware.
    event_id
        The move of the issue that it belongs to.
    now
        This moment, timezone-aware.
    address
        Network address it comes from.

    Raises
    ------
    errors.InputError
        If it is no photo (`photo.take`), or the issue has too many.
    errors.Forbidden, errors.NotFound
        If it is not for ``actor`` to add it, or there is no such issue.
    errors.TooManyWrites, errors.StoreError
        As `records.create` does.
    """
    if client_id is not None and not 0 < len(client_id) <= _LONGEST_CLIENT_ID:
        raise ValueError("a photo's client_id has at most 100 characters")
    with store.read() as session:
        issue = _issue(session, actor, issue_id)
        if (found := _kept_before(session, issue, client_id)) is not None:
            return found
    shot = content if isinstance(content, Taken) else photo_files.taken(content, now)
    with store.write() as session:
        issue = _issue(session, actor, issue_id, alone=True)
        return within(
            store,
            session,
            actor,
            issue,
            shot,
            stage=stage,
            client_id=client_id,
            taken_at=taken_at,
            event_id=event_id,
            now=now,
            address=address,
        )


def all_taken(files: Sequence[tuple[str, bytes]], now: dt.datetime) -> list[Taken]:
    """Return photos as they are kept, from their files: name and content.

    Raises
    ------
    Unusable
        With all files that cannot be used.
    """
    shots, faults = [], []
    for name, content in files:
        try:
            shots.append(photo_files.taken(content, now))
        except InputError as fault:
            faults.append((name, fault))
    if faults:
        raise Unusable(faults)
    return shots


def within(
    store: Store,
    session: Session,
    actor: Actor,
    issue: model.Issue,
    shot: Taken,
    *,
    stage: model.PhotoStage,
    client_id: str | None = None,
    taken_at: dt.datetime | None = None,
    event_id: int | None = None,
    now: dt.datetime,
    address: str = "",
) -> model.Photo:
    """Keep a photo with the transaction of ``session``, which has looked whether ``actor`` may; otherwise as `keep`.

    Raises
    ------
    errors.InputError, errors.TooManyWrites, errors.StoreError
        As `keep` does.
    """
    if (found := _kept_before(session, issue, client_id, shot.sha256)) is not None:
        return found
    column = sa.inspect(model.Photo).c
    mine = sa.select(sa.func.count()).select_from(model.Photo).where(column.issue_id == issue.id)
    if (session.scalar(mine) or 0) >= MOST:
        raise InputError("photo_many", limit=MOST)
    writing_pace.demand(session, actor, now)
    row = model.Photo(
        community_id=issue.community_id,
        issue_id=int(issue.id or 0),
        sha256=shot.sha256,
        media_type=photo_files.TYPE,
        taken_at=shot.taken_at or (taken_at if taken_at is not None and taken_at <= now else None),
        stage=stage,
        event_id=event_id,
        width=shot.width,
        height=shot.height,
        client_id=client_id,
    )
    session.add(row)
    _note(session, actor, "photo_added", issue, now, address)
    session.flush()
    photo_files.write(store, shot)
    return row


def remove(store: Store, actor: Actor, photo_id: int, *, now: dt.datetime, address: str = "") -> None:
    """Delete a photo for good, with its file and its history: it may show somebody.

    Raises
    ------
    errors.Forbidden, errors.NotFound, errors.StoreError
        As `keep` does.
    """
    with store.write() as session:
        row = session.get(model.Photo, photo_id, with_for_update=True)
        if row is None:
            raise NotFound("photo_missing")
        issue = _issue(session, actor, row.issue_id, alone=True)
        name = row.sha256
        session.delete(row)
        _note(session, actor, "photo_removed", issue, now, address)
        session.flush()
        parcel.forget(session, {tables.name(model.Photo): [photo_id]})
        photo_files.drop(store, session, name)
    store.leave_no_trace()


def of_issue(store: Store, actor: Actor, issue_id: int) -> list[model.Photo]:
    """Return the photos of an issue, as they were added; none where ``actor`` may not see it."""
    column = sa.inspect(model.Photo).c
    with store.read() as session:
        issue = session.get(model.Issue, issue_id)
        if issue is None or not _sees(session, actor, issue):
            return []
        return list(session.scalars(sa.select(model.Photo).where(column.issue_id == issue_id).order_by(column.id)))


def file(store: Store, actor: Actor, sha256: str, *, small: bool = False) -> Path:
    """Return the file of a photo for somebody who may see what it belongs to: an issue, a walk, a project.

    Raises
    ------
    errors.NotFound
        If there is none that ``actor`` may see.
    """
    column = sa.inspect(model.Photo).c
    of = sa.select(model.Issue).where(
        sa.inspect(model.Issue).c.id.in_(sa.select(column.issue_id).where(column.sha256 == sha256))
    )
    with store.read() as session:
        seen = any(_sees(session, actor, issue) for issue in session.scalars(of))
        seen = seen or stop_photos.sees(session, actor, sha256) or _of_project(session, actor, sha256)
    path = photo_files.path(store, sha256, small=small)
    if not seen or not path.is_file():
        raise NotFound("photo_missing")
    return path


def _issue(session: Session, actor: Actor, issue_id: int, *, alone: bool = False) -> model.Issue:
    issue = session.get(model.Issue, issue_id, with_for_update=alone or None)
    if issue is None:
        access.demand_somewhere(actor, Action.EDIT_ISSUES)
        raise NotFound("record_missing", number=str(issue_id))
    issue_authors.demand(session, actor, issue, or_author=True)
    return issue


def _sees(session: Session, actor: Actor, issue: model.Issue) -> bool:
    allowed = access.decide(actor, Action.SEE_ISSUES, **issue_authors.place(session, issue)).allowed
    return allowed or issue_authors.recorded(session, actor, int(issue.id or 0))


def _of_project(session: Session, actor: Actor, sha256: str) -> bool:
    photo, community = sa.inspect(model.ProjectPhoto).c, sa.inspect(model.Community).c
    owners = sa.select(photo.community_id).where(photo.sha256 == sha256)
    for one in session.scalars(sa.select(model.Community).where(community.id.in_(owners))):
        row = access.permission(actor.role, Action.SEE_REGISTERS)
        mine = {"street_id": one.street_id, "community_id": one.id}
        grid = next(iter(actor.grid_ids), None) if row is not None and row.scope == access.Scope.GRIDS else None
        if access.decide(actor, Action.SEE_REGISTERS, grid_id=grid, **mine).allowed:
            return True
    return False


def _kept_before(
    session: Session, issue: model.Issue, client_id: str | None, sha256: str | None = None
) -> model.Photo | None:
    column = sa.inspect(model.Photo).c
    same = [column.sha256 == sha256] if sha256 is not None else []
    same += [column.client_id == client_id] if client_id is not None else []
    if not same:
        return None
    wanted = sa.select(model.Photo).where(column.issue_id == issue.id, sa.or_(*same))
    return session.scalars(wanted.order_by(column.id)).first()


def _note(session: Session, actor: Actor, action: str, issue: model.Issue, now: dt.datetime, address: str) -> None:
    audit.record(
        session,
        actor,
        action,
        target=issue.code,
        target_id=issue.id,
        community_id=issue.community_id,
        address=address,
        now=now,
    )
