"""Drafts of grids: one a person and community, kept apart from what is valid, with every step there and back."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import shapely
import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridmap import access, model
from gridmap.access import Action, Actor
from gridmap.errors import InputError
from gridmap.services import audit, community_settings, grid_checks, grid_drawing, grid_sketch, grid_versions
from gridmap.services.community_data import CommunityData
from gridmap.services.grid_sketch import Base, Sketch, Step
from gridmap.store import Store

HOUSEHOLDS: Mapping[str, float] = {"households": 1.0}


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A draft as it stands.

    Parameters
    ----------
    version
        Counts its changes: a step is taken on the version that was seen.
    at
        When it was last changed.
    sketch, base
        The grids, and what they were begun on.
    weighed
        What its grids are balanced by, as `grid_proposals.Wish` has it.
    past, future
        The steps that led here, and those that were taken back, the next one last.
    repaired
        Of drawn grids that were repaired the pieces that changed hands (`grid_repair.as_json`); else no words.
    """

    version: int
    at: dt.datetime
    sketch: Sketch
    base: Base
    weighed: Mapping[str, float]
    past: tuple[Step, ...] = ()
    future: tuple[Step, ...] = ()
    repaired: str = ""

    def own_edge(self, data: CommunityData) -> bool:
        """Say whether its grids have an edge of their own: drawn ones where nobody has drawn the community's."""
        return bool(self.repaired) and not data.community.boundary_drawn


def begin(
    store: Store,
    actor: Actor,
    data: CommunityData,
    sketch: Sketch,
    base: Base,
    *,
    weighed: Mapping[str, float] = HOUSEHOLDS,
    repaired: str = "",
    now: dt.datetime,
    address: str = "",
) -> Draft:
    """Begin a draft.

    Raises
    ------
    Forbidden
        If ``actor`` may not draw the community's grids.
    InputError
        If they have a draft already, or there is no building with a place.
    """
    _demand(actor, data)
    if not sketch.of:
        raise InputError("grids_no_building")
    with store.write() as session:
        if session.scalars(_mine(actor, data)).first() is not None:
            raise InputError("draft_there")
        draft = Draft(version=1, at=now, sketch=sketch, base=base, weighed=dict(weighed), repaired=repaired)
        session.add(
            model.GridDraft(
                account_id=actor.account_id,
                community_id=community_settings.number(data.community),
                at=now,
                content=_as_json(draft),
            )
        )
        _note(session, actor, data, "grid_draft_begun", address)
    return draft


def find(store: Store, actor: Actor, data: CommunityData) -> Draft | None:
    """Return the person's draft, or None.

    Raises
    ------
    Forbidden
        If ``actor`` may not draw the community's grids.
    """
    _demand(actor, data)
    with store.read() as session:
        row = session.scalars(_mine(actor, data)).first()
        return None if row is None else _draft(row)


def change(
    store: Store,
    actor: Actor,
    data: CommunityData,
    seen: int,
    act: str,
    edit: Callable[[Sketch], Sketch],
    *,
    n: int = 1,
    now: dt.datetime,
) -> Draft:
    """Take a step; what was taken back before can no longer be taken again.

    Parameters
    ----------
    store, actor, data
        Whose draft, in which community.
    seen
        The version on which the step is taken.
    act
        What is done: see `grid_sketch.Step`.
    edit
        Returns the changed sketch. Where it changes nothing, no step is noted.
    n
        To how many things it is done.
    now
        This moment, timezone-aware.

    Raises
    ------
    Forbidden
        If ``actor`` may not draw the community's grids.
    InputError
        If there is no draft, it was changed meanwhile, or the step cannot be taken.
    """

    def taken(draft: Draft) -> Draft:
        after = edit(draft.sketch)
        step = grid_sketch.between(draft.sketch, after, act, n)
        return draft if step.nothing else replace(draft, sketch=after, past=(*draft.past, step), future=())

    return _changed(store, actor, data, seen, taken, now)


def undo(store: Store, actor: Actor, data: CommunityData, seen: int, *, now: dt.datetime) -> Draft:
    """Take the last step back; where there is none, nothing changes.

    Raises
    ------
    Forbidden, InputError
        As `change`.
    """

    def taken(draft: Draft) -> Draft:
        if not draft.past:
            return draft
        *past, last = draft.past
        sketch = grid_sketch.back(draft.sketch, last)
        return replace(draft, sketch=sketch, past=tuple(past), future=(*draft.future, last))

    return _changed(store, actor, data, seen, taken, now)


def redo(store: Store, actor: Actor, data: CommunityData, seen: int, *, now: dt.datetime) -> Draft:
    """Take the step again that was taken back last; where there is none, nothing changes.

    Raises
    ------
    Forbidden, InputError
        As `change`.
    """

    def taken(draft: Draft) -> Draft:
        if not draft.future:
            return draft
        *future, following = draft.future
        sketch = grid_sketch.forth(draft.sketch, following)
        return replace(draft, sketch=sketch, past=(*draft.past, following), future=tuple(future))

    return _changed(store, actor, data, seen, taken, now)


def discard(store: Store, actor: Actor, data: CommunityData, *, address: str = "") -> None:
    """Throw the person's draft away; where there is none, nothing changes.

    Raises
    ------
    Forbidden
        If ``actor`` may not draw the community's grids.
    """
    _demand(actor, data)
    with store.write() as session:
        row = session.scalars(_mine(actor, data)).first()
        if row is not None:
            _note(session, actor, data, "grid_draft_discarded", address)
            session.delete(row)


def publish(
    store: Store,
    actor: Actor,
    data: CommunityData,
    seen: int,
    *,
    valid_from: dt.date,
    reason: str,
    all_the_same: bool = False,
    language: str,
    address: str = "",
) -> int:
    """Make the draft the valid division from a day on, and drop it; return the division's number.

    Parameters
    ----------
    store, actor, data
        Whose draft, in which community.
    seen
        The version that is published.
    valid_from, reason
        First day, today or later, and why.
    all_the_same
        Whether it becomes valid although some check does not hold. Every building must be in a grid and every grid
        must have one in any case.
    language
        In which the checks are named.
    address
        From where.

    Raises
    ------
    Forbidden
        If ``actor`` may not draw the community's grids.
    InputError
        If there is no draft, it was changed meanwhile, the day is past, or a check does not hold; and as
        `grid_versions.put`.
    """
    draft = _demand_seen(find(store, actor, data), seen)
    if valid_from < data.day:
        raise InputError("grids_past_day", day=valid_from)
    grid_drawing.demand_whole(data, draft.sketch, language)
    shown = grid_drawing.drawn(data, draft.sketch, draft.base)
    wrong = grid_checks.broken(grid_checks.of(data, shown, language, own_edge=draft.own_edge(data)))
    if wrong and not all_the_same:
        raise InputError("draft_broken", checks=[check.sentence(language) for check in wrong])

    def drop(session: Session) -> None:
        row = session.scalars(_mine(actor, data)).first()
        if row is None or row.version != seen:
            raise InputError("draft_overtaken")
        session.delete(row)
        if draft.own_edge(data):
            owner = session.get_one(model.Community, community_settings.number(data.community))
            whole = shapely.union_all(shown.grids.geometry.to_numpy())
            owner.geom = shapely.MultiPolygon([shapely.Polygon(part.exterior) for part in shapely.get_parts(whole)])

    return grid_versions.put(
        store,
        data.community,
        draft.sketch.assigned,
        shown.grids.geometry,
        draft.sketch.looks,
        valid_from=valid_from,
        reason=reason,
        actor=actor,
        address=address,
        also=drop,
    )


def _changed(
    store: Store, actor: Actor, data: CommunityData, seen: int, taken: Callable[[Draft], Draft], now: dt.datetime
) -> Draft:
    _demand(actor, data)
    with store.write() as session:
        row = session.scalars(_mine(actor, data)).first()
        before = _demand_seen(None if row is None else _draft(row), seen)
        after = taken(before)
        if row is None or after is before:
            return before
        row.content, row.at = _as_json(after), now
        session.flush()
        return replace(after, version=row.version, at=now)


def _demand_seen(draft: Draft | None, seen: int) -> Draft:
    if draft is None:
        raise InputError("draft_none")
    if draft.version != seen:
        raise InputError("draft_overtaken")
    return draft


def _demand(actor: Actor, data: CommunityData) -> None:
    access.demand(actor, Action.DRAW_GRIDS, street_id=data.community.street_id, community_id=data.community.id)


def _mine(actor: Actor, data: CommunityData) -> sa.Select[Any]:
    of = sa.inspect(model.GridDraft).c
    return sa.select(model.GridDraft).where(
        of.account_id == actor.account_id, of.community_id == community_settings.number(data.community)
    )


def _as_json(draft: Draft) -> str:
    kept = {
        "sketch": grid_sketch.as_json(draft.sketch),
        "base": grid_sketch.base_as_json(draft.base),
        "weighed": dict(draft.weighed),
        "past": [grid_sketch.step_as_json(step) for step in draft.past],
        "future": [grid_sketch.step_as_json(step) for step in draft.future],
        "repaired": draft.repaired,
    }
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":"))


def _draft(row: model.GridDraft) -> Draft:
    kept: dict[str, Any] = json.loads(row.content)
    return Draft(
        version=row.version,
        at=row.at,
        sketch=grid_sketch.from_json(kept["sketch"]),
        base=grid_sketch.base_from_json(kept["base"]),
        weighed=kept["weighed"],
        past=tuple(grid_sketch.step_from_json(step) for step in kept["past"]),
        future=tuple(grid_sketch.step_from_json(step) for step in kept["future"]),
        # Drafts begun before repairs became one have none.
        repaired=kept.get("repaired", ""),
    )


def _note(session: Session, actor: Actor, data: CommunityData, action: str, address: str) -> None:
    audit.record(session, actor, action, target=data.community.name, community_id=data.community.id, address=address)
