"""Moving an issue on: may I, is the move in the table, is what it asks given, was somebody faster; then it is kept.

The table is the catalogue ``issue_flow`` with the community's own changes. Each move leaves an event: who, when, which
words, whom it was given to, until when.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridmap import access, errors, i18n, model
from gridmap.access import Action, Actor
from gridmap.errors import NotFound
from gridmap.model import IssueLevel, IssueState, PhotoStage
from gridmap.services import (
    audit,
    issue_asks,
    issue_authors,
    issue_calls,
    issue_catalogue,
    issue_limits,
    record_rows,
    writing_pace,
)
from gridmap.services import photos as issue_photos
from gridmap.services.community_data import CommunityData
from gridmap.services.flow_table import Flow, Move
from gridmap.services.issue_catalogue import Catalogues
from gridmap.store import Store

_LONGEST_CLIENT_ID = 100


class Overtaken(errors.Conflict):
    """Somebody else moved or changed the issue since it was shown; nothing was moved.

    Parameters
    ----------
    issue
        As it stands now.
    who
        Name of the staff who moved it last; "" where that is not known.
    event
        The last move.
    """

    def __init__(self, issue: model.Issue, event: model.IssueEvent | None, who: str) -> None:
        at = "" if event is None else f"{event.at.astimezone(issue_limits.zone()):%m-%d %H:%M}"
        super().__init__("flow_overtaken" if who and at else "flow_changed", code=issue.code, who=who, at=at)
        self.issue = issue
        self.event = event

    def sentence(self, language: str) -> str:
        """Say in ``language`` how the issue stands now."""
        state = i18n.text(f"issue_state.{self.issue.state.value}", language)
        return i18n.text(f"error.{self.key}", language, state=state, **self.fields)


class NotFrom(errors.Conflict):
    """The table has no such move from where the issue stands.

    Parameters
    ----------
    issue
        As it stands.
    wanted
        The move; None where there is none of this name.
    """

    def __init__(self, issue: model.Issue, wanted: Move | None) -> None:
        super().__init__("flow_not_from", code=issue.code)
        self.issue = issue
        self.wanted = wanted

    def sentence(self, language: str) -> str:
        """Say in ``language`` which move does not lead from which state."""
        words = {
            "state": i18n.text(f"issue_state.{self.issue.state.value}", language),
            "level": i18n.text(f"issue_level.{self.issue.level.value}", language),
            "action": self.wanted.label(language) if self.wanted else "?",
        }
        return i18n.text(f"error.{self.key}", language, code=self.issue.code, **words)


def moves(issue: model.Issue, actor: Actor, data: CommunityData) -> list[Move]:
    """Return the moves that ``actor`` may make with an issue, the usual next one first.

    Parameters
    ----------
    issue
        The issue, or its row of ``data.issues``.
    actor
        Who is asking.
    data
        The community.
    """
    place = {"street_id": data.community.street_id, "community_id": data.community.id}
    grid = None if issue.grid_id is None or issue.grid_id != issue.grid_id else int(issue.grid_id)
    if not access.decide(actor, Action.EDIT_ISSUES, grid_id=grid, **place).allowed:
        return []
    found = data.catalogues.flow.allowed(IssueState(issue.state), IssueLevel(issue.level))
    return [move for move in found if actor.role in move.roles]


def move(
    store: Store,
    actor: Actor,
    number: int,
    action: str,
    *,
    version: int,
    note: str = "",
    assignee_id: int | None = None,
    department: str | Sequence[str] | None = None,
    until: dt.date | dt.datetime | None = None,
    photos: Sequence[int] = (),
    files: Sequence[tuple[str, bytes]] = (),
    client_id: str | None = None,
    now: dt.datetime | None = None,
    address: str = "",
) -> model.Issue:
    """Make a move and return the issue as it is then.

    Parameters
    ----------
    store, actor
        Where, and who.
    number
        Id of the issue.
    action
        Code of the move.
    version
        The version that the person saw.
    note
        Their words.
    assignee_id
        The staff it is given to.
    department
        Code of the department it goes to; several are called at once.
    until
        The day, or moment, to which the limit is moved.
    photos
        Ids of photos of the issue that belong to the move.
    files
        Name and content of further photos: they are kept with the move, and none of them without it.
    client_id
        What the device calls this act: sent twice, it counts once.
    now
        This moment, timezone-aware; the present one if left out.
    address
        Network address it comes from.

    Raises
    ------
    Forbidden
        If ``actor`` may not change issues there, or their role does not make this move.
    NotFound
        If there is no such issue.
    Overtaken
        If somebody else was faster.
    NotFrom
        If the table has no such move from where the issue stands.
    FaultyRecord
        With all that the move asks and was not given, or that cannot be.
    InputError
        If some of ``files`` are no photos (`photos.Unusable`), or the issue has too many.
    TooManyWrites
        If the account has changed too much within the last minute.
    """
    moment = now or dt.datetime.now(dt.UTC)
    if client_id is not None and not 0 < len(client_id) <= _LONGEST_CLIENT_ID:
        raise ValueError("a client_id has from 1 to 100 characters")
    shots = issue_photos.all_taken(files, moment)
    with store.write() as session:
        issue = session.get(model.Issue, number, with_for_update=True)
        if issue is None:
            raise NotFound("flow_no_issue", number=str(number))
        issue_authors.demand(session, actor, issue)
        if client_id is not None and _is_done(session, issue, client_id):
            return issue
        if issue.version != version:
            last = _last(session, issue)
            raise Overtaken(issue, last, _who(session, last))
        writing_pace.demand(session, actor, moment)
        known = issue_catalogue.within(session, issue.community_id)
        wanted, given = demand(
            session,
            actor,
            issue,
            action,
            known,
            note=note,
            assignee_id=assignee_id,
            department=department,
            until=until,
            photos=photos,
            more_photos=len(shots),
            now=moment,
        )
        stage = PhotoStage.OTHER if wanted.to.is_open else PhotoStage.AFTER
        kept = [
            issue_photos.within(store, session, actor, issue, shot, stage=stage, now=moment, address=address)
            for shot in shots
        ]
        given = replace(given, photos=(*given.photos, *(int(one.id or 0) for one in kept)))
        _make(session, actor, issue, wanted, given, known, moment, client_id)
        audit.record(
            session,
            actor,
            "issue_moved",
            target=f"{issue.code} · {wanted.zh}",
            target_id=issue.id,
            community_id=issue.community_id,
            address=address,
            now=moment,
        )
        session.flush()
    return issue


def within(
    session: Session,
    actor: Actor | None,
    issue: model.Issue,
    action: str,
    *,
    note: str = "",
    assignee_id: int | None = None,
    department: str | Sequence[str] | None = None,
    until: dt.date | dt.datetime | None = None,
    photos: Sequence[int] = (),
    client_id: str | None = None,
    now: dt.datetime,
) -> Move:
    """Make a move inside a transaction that has looked whether it may, and return it.

    With ``spot`` an issue that was just recorded is settled there and then (小事就地解决).

    Raises
    ------
    Forbidden, NotFrom, FaultyRecord
        As `move` does; of nobody (None) no role is asked.
    """
    known = issue_catalogue.within(session, issue.community_id)
    wanted, given = demand(
        session,
        actor,
        issue,
        action,
        known,
        note=note,
        assignee_id=assignee_id,
        department=department,
        until=until,
        photos=photos,
        now=now,
    )
    _make(session, actor, issue, wanted, given, known, now, client_id)
    return wanted


def demand(
    session: Session,
    actor: Actor | None,
    issue: model.Issue,
    action: str,
    known: Catalogues,
    *,
    note: str = "",
    assignee_id: int | None = None,
    department: str | Sequence[str] | None = None,
    until: dt.date | dt.datetime | None = None,
    photos: Sequence[int] = (),
    more_photos: int = 0,
    now: dt.datetime,
) -> tuple[Move, issue_asks.Given]:
    """Return a move and what was given with it, or refuse it before anything is kept.

    ``more_photos`` counts those that are kept with the move.

    Raises
    ------
    Forbidden, NotFrom, FaultyRecord
        As `move` does; of nobody (None) no role is asked.
    """
    wanted = _wanted(known.flow, issue, action, actor)
    given = issue_asks.checked(
        session,
        issue,
        wanted,
        known,
        note,
        assignee_id,
        issue_asks.several(department),
        until,
        tuple(photos),
        now,
        more_photos=more_photos,
    )
    return wanted, given


def _make(
    session: Session,
    actor: Actor | None,
    issue: model.Issue,
    wanted: Move,
    given: issue_asks.Given,
    known: Catalogues,
    now: dt.datetime,
    client_id: str | None,
) -> None:
    if given.assignee_id is not None:
        issue.assignee_id, issue.department = given.assignee_id, ""
    if given.departments:
        issue.department = given.departments[0]
    if wanted.action == issue_calls.WHISTLE:
        issue_calls.add(session, issue, given.departments, known.departments, now, given.until)
    elif given.until is not None:
        issue.due_at = given.until
    if wanted.action == "resume" and issue.state is IssueState.SUSPENDED:
        stopped = _last(session, issue)
        issue.due_at = issue_limits.resumed(issue, known.categories, now if stopped is None else stopped.at, now)
    if wanted.action in ("redo", "reopen") and (issue.due_at is None or issue.due_at < now):
        issue.due_at = issue_limits.of(issue, known.categories, now)
    made = _event(session, actor, issue, wanted, given, now, client_id)
    for photo in issue_asks.photos_of(session, issue, given.photos):
        photo.event_id = made.id


def _event(
    session: Session,
    actor: Actor | None,
    issue: model.Issue,
    wanted: Move,
    given: issue_asks.Given,
    now: dt.datetime,
    client_id: str | None,
) -> model.IssueEvent:
    before, issue.state = issue.state, wanted.to
    issue.closed_at = now if wanted.to is IssueState.CLOSED else None
    issue.spot = wanted.action == "spot" or (issue.spot and wanted.to is IssueState.CLOSED)
    if given.note and wanted.to in (IssueState.DONE, IssueState.CLOSED) and wanted.action != "close":
        # What the answer to the caller begins from.
        issue.handling = given.note
    made = model.IssueEvent(
        community_id=issue.community_id,
        issue_id=int(issue.id or 0),
        at=now,
        from_state=before,
        to_state=wanted.to,
        actor_id=record_rows.staff(session, actor),
        note=given.note,
        action=wanted.action,
        assignee_id=given.assignee_id,
        department=",".join(given.departments)[:200],
        due_at=issue.due_at,
        client_id=client_id,
    )
    session.add(made)
    session.flush()
    return made


def _wanted(flow: Flow, issue: model.Issue, action: str, actor: Actor | None) -> Move:
    found = flow.moves.get(action)
    if found is None or found not in flow.allowed(issue.state, issue.level):
        raise NotFrom(issue, found)
    if actor is not None and actor.role not in found.roles:
        raise errors.Forbidden("forbidden_role", action=Action.EDIT_ISSUES.value)
    return found


def _is_done(session: Session, issue: model.Issue, client_id: str) -> bool:
    of = sa.inspect(model.IssueEvent).c
    same = sa.select(of.id).where(of.community_id == issue.community_id, of.client_id == client_id)
    return session.scalar(same) is not None


def _last(session: Session, issue: model.Issue) -> model.IssueEvent | None:
    of = sa.inspect(model.IssueEvent).c
    mine = sa.select(model.IssueEvent).where(of.issue_id == issue.id).order_by(of.at.desc(), of.id.desc()).limit(1)
    return session.scalars(mine).first()


def _who(session: Session, event: model.IssueEvent | None) -> str:
    staff = session.get(model.Staff, event.actor_id) if event is not None and event.actor_id is not None else None
    return "" if staff is None else staff.name
