"""Who may do what, and where: the roles as a table, and the verdict on one wish.

What no row of the table allows is refused. A verdict says why, as the key of a sentence in the catalogues.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from gridmap.errors import Forbidden
from gridmap.model import Role


class Action(StrEnum):
    """What a person may wish to do.

    ``SEE_PERSONS`` opens who an issue is from, ``SEE_CARE`` a household in need: one record at a time, for a reason.
    ``SEE_ISSUE_FIGURES`` is for rates and times of issues and of 12345 orders, without the issues themselves.
    ``SEE_ROTA`` shows the published rota of the whole staff, ``MANAGE_ROTA`` plans and publishes it.
    ``MAKE_BRIEFING`` is for figures of the whole community, as somebody sees them who sees numbers only.
    Downloading a table needs the right to see its rows as well; so does a picture that shows issues. Records are
    buildings, compounds and gates; service points and issues, which change daily, have actions of their own.
    ``DRAW_GRIDS`` is for proposals, drafts, and divisions that become valid or are withdrawn. ``KEEP_FUND`` enters
    gifts and grants, ``CLOSE_FUND`` closes and reopens months; ``KEEP_CARE`` notes help to households in need;
    ``KEEP_DESK`` is for premises and the matters of the desk.
    ``SEE_REGISTERS`` opens the page of registers; what somebody sees there goes by what each row belongs to.
    """

    SEE_MAP = "see_map"
    SEE_BUILDINGS = "see_buildings"
    SEE_ISSUES = "see_issues"
    SEE_STAFF = "see_staff"
    SEE_PERSONS = "see_persons"
    SEE_CARE = "see_care"
    SEE_FIGURES = "see_figures"
    SEE_ISSUE_FIGURES = "see_issue_figures"
    DOWNLOAD_TABLES = "download_tables"
    DOWNLOAD_PICTURE = "download_picture"
    MANAGE_ACCOUNTS = "manage_accounts"
    MANAGE_LEAVE = "manage_leave"
    SHARE_VIEW = "share_view"
    SEE_AUDIT = "see_audit"
    IMPORT_DATA = "import_data"
    CHANGE_SETTINGS = "change_settings"
    EDIT_RECORDS = "edit_records"
    EDIT_POINTS = "edit_points"
    EDIT_ISSUES = "edit_issues"
    TAG_ISSUE = "tag_issue"
    SPLIT_COMMUNITY = "split_community"
    SEE_ROTA = "see_rota"
    MANAGE_ROTA = "manage_rota"
    DRAW_GRIDS = "draw_grids"
    PLAN_WALKS = "plan_walks"
    MAKE_BRIEFING = "make_briefing"
    RECORD_WALK = "record_walk"
    KEEP_FUND = "keep_fund"
    CLOSE_FUND = "close_fund"
    KEEP_CARE = "keep_care"
    KEEP_DESK = "keep_desk"
    SEE_REGISTERS = "see_registers"


class Scope(StrEnum):
    """How far a permission reaches."""

    STORE = "store"
    STREET = "street"
    COMMUNITY = "community"
    GRIDS = "grids"


@dataclass(frozen=True, kw_only=True)
class Actor:
    """A person who is signed in, as far as their rights go.

    Parameters
    ----------
    account_id, session_id
        Numbers of the account and of the session.
    name
        Name of the account.
    role
        What the table of permissions goes by.
    street_id, community_id
        Where the person works; None where they belong to none.
    grid_ids
        The person's own grids in the present division, and those of the other half of their pair who is on leave.
    display
        The name that pages show.
    must_change
        Whether a new password is due before anything else.
    until
        When the session ends at the latest.
    story
        Number of the presentation that the person's link opens: they see that, and may do nothing at all besides.
    """

    account_id: int
    name: str
    role: Role
    street_id: int | None
    community_id: int | None
    grid_ids: frozenset[int]
    session_id: int
    display: str = ""
    must_change: bool = False
    until: dt.datetime | None = None
    story: int | None = None


@dataclass(frozen=True)
class Permission:
    """One row of the table: a role may do this within that scope, for a reason."""

    role: Role
    action: Action
    scope: Scope
    why: str


@dataclass(frozen=True)
class Verdict:
    """Whether something is allowed, and the key of the sentence that says why."""

    allowed: bool
    reason: str


def _may(role: Role, scope: Scope, why: str, *actions: Action) -> tuple[Permission, ...]:
    return tuple(Permission(role, action, scope, f"access.why.{why}") for action in actions)


PERMISSIONS: tuple[Permission, ...] = (
    *_may(Role.ADMINISTRATOR, Scope.STORE, "runs_it", Action.MANAGE_ACCOUNTS, Action.SEE_AUDIT),
    *_may(Role.ADMINISTRATOR, Scope.STORE, "runs_it", Action.MANAGE_LEAVE, Action.SHARE_VIEW),
    *_may(Role.ADMINISTRATOR, Scope.STORE, "sets_it_up", Action.SEE_ROTA, Action.MANAGE_ROTA),
    *_may(Role.ADMINISTRATOR, Scope.STORE, "sets_it_up", Action.IMPORT_DATA, Action.CHANGE_SETTINGS),
    *_may(Role.ADMINISTRATOR, Scope.STORE, "sets_it_up", Action.SPLIT_COMMUNITY),
    *_may(Role.ADMINISTRATOR, Scope.STORE, "sets_it_up", Action.EDIT_RECORDS, Action.EDIT_POINTS, Action.DRAW_GRIDS),
    *_may(Role.ADMINISTRATOR, Scope.STORE, "sets_it_up", Action.KEEP_DESK),
    *_may(Role.ADMINISTRATOR, Scope.STORE, "sets_it_up", Action.SEE_MAP, Action.SEE_BUILDINGS, Action.SEE_STAFF),
    *_may(
        Role.ADMINISTRATOR,
        Scope.STORE,
        "sets_it_up",
        Action.SEE_FIGURES,
        Action.SEE_ISSUE_FIGURES,
        Action.DOWNLOAD_TABLES,
        Action.DOWNLOAD_PICTURE,
        Action.MAKE_BRIEFING,
        Action.SEE_REGISTERS,
    ),
    *_may(
        Role.SECRETARY,
        Scope.COMMUNITY,
        "answers_for_community",
        Action.SEE_MAP,
        Action.SEE_BUILDINGS,
        Action.SEE_ISSUES,
        Action.SEE_STAFF,
        Action.SEE_PERSONS,
        Action.SEE_CARE,
        Action.SEE_FIGURES,
        Action.SEE_ISSUE_FIGURES,
        Action.DOWNLOAD_TABLES,
        Action.DOWNLOAD_PICTURE,
        Action.IMPORT_DATA,
        Action.CHANGE_SETTINGS,
        Action.MANAGE_LEAVE,
        Action.SHARE_VIEW,
        Action.EDIT_RECORDS,
        Action.EDIT_POINTS,
        Action.EDIT_ISSUES,
        Action.TAG_ISSUE,
        Action.SEE_ROTA,
        Action.MANAGE_ROTA,
        Action.DRAW_GRIDS,
        Action.PLAN_WALKS,
        Action.MAKE_BRIEFING,
        Action.RECORD_WALK,
        Action.KEEP_FUND,
        Action.CLOSE_FUND,
        Action.KEEP_CARE,
        Action.KEEP_DESK,
        Action.SEE_REGISTERS,
    ),
    *(
        permission
        for role in (Role.GRID_LEADER, Role.GRID_WORKER)
        for permission in (
            *_may(role, Scope.COMMUNITY, "finds_the_way", Action.SEE_MAP, Action.DOWNLOAD_PICTURE),
            *_may(role, Scope.GRIDS, "works_in_grid", Action.SEE_BUILDINGS, Action.SEE_ISSUES, Action.SEE_STAFF),
            *_may(role, Scope.GRIDS, "works_in_grid", Action.SEE_PERSONS, Action.SEE_CARE),
            *_may(role, Scope.GRIDS, "works_in_grid", Action.SEE_FIGURES, Action.SEE_ISSUE_FIGURES),
            *_may(role, Scope.GRIDS, "works_in_grid", Action.DOWNLOAD_TABLES, Action.PLAN_WALKS),
            *_may(role, Scope.GRIDS, "works_in_grid", Action.EDIT_POINTS, Action.EDIT_ISSUES),
            *_may(role, Scope.GRIDS, "works_in_grid", Action.RECORD_WALK, Action.KEEP_CARE, Action.SEE_REGISTERS),
            *_may(role, Scope.COMMUNITY, "passes_by", Action.TAG_ISSUE),
            *_may(role, Scope.COMMUNITY, "has_duties", Action.SEE_ROTA),
        )
    ),
    *_may(
        Role.DESK,
        Scope.COMMUNITY,
        "handles_every_matter",
        Action.SEE_MAP,
        Action.SEE_BUILDINGS,
        Action.SEE_ISSUES,
        Action.SEE_STAFF,
        Action.SEE_PERSONS,
        Action.SEE_FIGURES,
        Action.SEE_ISSUE_FIGURES,
        Action.DOWNLOAD_TABLES,
        Action.DOWNLOAD_PICTURE,
        Action.EDIT_POINTS,
        Action.EDIT_ISSUES,
        Action.TAG_ISSUE,
        Action.SEE_ROTA,
        Action.DRAW_GRIDS,
        Action.MAKE_BRIEFING,
        Action.KEEP_FUND,
        Action.KEEP_DESK,
        Action.SEE_REGISTERS,
    ),
    # They have no grids: only the walks that they go on themselves.
    *_may(Role.DESK, Scope.GRIDS, "works_in_grid", Action.RECORD_WALK),
    *_may(
        Role.STREET_LEADER,
        Scope.STREET,
        "leads_the_street",
        Action.SEE_MAP,
        Action.SEE_FIGURES,
        Action.SEE_ISSUE_FIGURES,
        Action.DOWNLOAD_PICTURE,
        Action.MAKE_BRIEFING,
    ),
    *_may(Role.VIEWER, Scope.COMMUNITY, "is_shown_it", Action.SEE_MAP, Action.SEE_FIGURES),
)


def permission(role: Role, action: Action) -> Permission | None:
    """Return the row of the table for ``role`` and ``action``; None where there is none.

    Its scope tells a page which rows to ask for before any one row is known.
    """
    return next((row for row in PERMISSIONS if row.role == role and row.action == action), None)


def decide(
    actor: Actor,
    action: Action,
    *,
    street_id: int | None = None,
    community_id: int | None = None,
    grid_id: int | None = None,
) -> Verdict:
    """Judge whether ``actor`` may do ``action`` at a place.

    Parameters
    ----------
    actor
        Who wishes it.
    action
        What they wish to do.
    street_id, community_id, grid_id
        The place, named as fully as it is known: the street of the community, the community, the grid. Without a
        grid the whole community is meant; without any, the whole store.
    """
    row = permission(actor.role, action)
    if row is None or actor.story is not None:
        return Verdict(False, "error.forbidden_role")
    reason = _outside(actor, row.scope, street_id, community_id, grid_id)
    return Verdict(False, reason) if reason else Verdict(True, row.why)


def demand(
    actor: Actor,
    action: Action,
    *,
    street_id: int | None = None,
    community_id: int | None = None,
    grid_id: int | None = None,
) -> None:
    """Refuse what `decide` does not allow.

    Raises
    ------
    errors.Forbidden
        With the verdict's sentence.
    """
    verdict = decide(actor, action, street_id=street_id, community_id=community_id, grid_id=grid_id)
    if not verdict.allowed:
        raise Forbidden(verdict.reason.removeprefix("error."), action=action.value)


def demand_somewhere(actor: Actor, action: Action) -> None:
    """Refuse a person who may do ``action`` nowhere, whatever the place.

    Raises
    ------
    errors.Forbidden
    """
    if permission(actor.role, action) is None:
        raise Forbidden("forbidden_role", action=action.value)


def _outside(
    actor: Actor, scope: Scope, street_id: int | None, community_id: int | None, grid_id: int | None
) -> str | None:
    if scope == Scope.STORE:
        return None
    if scope == Scope.STREET:
        return None if street_id is not None and street_id == actor.street_id else "error.forbidden_street"
    if community_id is None or community_id != actor.community_id:
        return "error.forbidden_community"
    if scope == Scope.COMMUNITY:
        return None
    if not actor.grid_ids:
        return "error.forbidden_no_grids"
    return None if grid_id is not None and grid_id in actor.grid_ids else "error.forbidden_grid"
