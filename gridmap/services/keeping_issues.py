"""Takes in issues: the community's own register, and exports of the 12345 hotline."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import pandas as pd
from sqlalchemy.orm import Session

from gridmap import model, settings
from gridmap.exchange import fields, hotline
from gridmap.model import IssueSource, IssueState
from gridmap.services import issue_limits, issue_places, keeping
from gridmap.services.import_scene import Scene
from gridmap.services.issue_catalogue import Categories
from gridmap.services.sealed_fields import Sealer
from gridmap.services.tally import Planned, Tally, is_rehearsal

# Written as the file says; what a file leaves out stays.
_PLAIN = (
    *("text", "address", "confidential", "channel", "request_type", "hotline_category", "hotline_state", "handler"),
    *("handling", "callback", "note", "received_at", "dispatched_at", "taken_at", "returned_at", "answered_at"),
    *("extended_days", "hotline_due_at"),
)
_FIELDS = (
    *_PLAIN,
    *("code", "order_number", "reported_at", "source", "category", "state", "level", "urgency", "due_at", "closed_at"),
    *("contact_name", "contact_phone", "caller_phone", "building_id", "place_confidence", "compound", "grid"),
)
_CODE_LENGTH = 64


def keep(session: Session, scene: Scene, clean: pd.DataFrame) -> Tally:
    """Keep issues, found again by the number of the order, else by their code, else by moment and text.

    A later export says how an order stands now, also one that was folded into another issue. Where somebody here has
    moved an issue, its limit, its category or its place since the last export, that stays. What comes without a limit
    has that of its category, until a later export says one. An issue closed so long ago that its caller has been
    forgotten is left as it is.
    """
    tally = Tally(rehearsal=is_rehearsal(session))
    sealer = Sealer(session)
    kept = keeping.rows_of(session, model.Issue, scene.community_id)
    by_order = {one.order_number: one for one in kept if one.order_number}
    by_code = {one.code: one for one in kept}
    taken: set[str] = set(by_code)
    by_words = {(one.reported_at, one.text): one for one in kept}
    places = issue_places.Places(session, scene)
    now = dt.datetime.now(dt.UTC)
    forgotten = _forgotten(kept, now)
    moved: list[tuple[model.Issue, IssueState | None, dt.datetime]] = []
    for row, values in keeping.records(clean, _FIELDS):
        found = _found(values, by_order, by_code, by_words)
        if found is not None and found.id in forgotten:
            tally.write(found, {}, at=row)
            continue
        new = {name: values[name] for name in _PLAIN if name in values}
        new |= {name: values[name] for name in ("order_number", "reported_at", "urgency", "level") if name in values}
        for name in ("contact_name", "contact_phone"):
            if name in values:
                new[name] = sealer.seal(values[name], getattr(found, name) if found else model.NO_SEALED)
        if (caller := sealer.caller(values.get("caller_phone", ""))) is not None:
            new["caller_digest"] = caller
        if found is None:
            new |= {name: values[name] for name in ("source", "category", "due_at") if name in values}
            new |= _state(values.get("state", IssueState.RECORDED), values, None, now)
            if new["state"].is_open:
                new.setdefault("due_at", _usual(new, None, scene.categories))
            new |= places.of_new(row, values, tally)
            new |= {"community_id": scene.community_id, "code": _code(values, taken)}
            taken.add(new["code"])
            if tally.rehearsal:
                tally.add(session, Planned(**new), at=row)
                continue
            made = model.Issue(**new)
            tally.add(session, made, at=row)
            moved.append((made, None, made.reported_at))
            continue
        if not found.order_number and "order_number" not in values:
            # Our own issue in our own words: the hotline has said nothing of it.
            new = {name: value for name, value in new.items() if not name.startswith("hotline_")}
        new |= _not_ours(values, found, scene.categories)
        before = found.state
        if "state" not in values:
            # A word that nobody knows says nothing of how it stands: the last one that was understood stays.
            new.pop("hotline_state", None)
        elif before in _said(found, scene):
            new |= _state(values["state"], values, found, now)
        new |= _limit(values, found, new, scene.categories)
        new |= places.of_kept(row, values, found, tally)
        tally.write(found, new, at=row)
        if found.state is not before:
            moved.append((found, before, now))
    if tally.rehearsal:
        return tally
    session.flush()
    session.add_all(
        model.IssueEvent(
            community_id=scene.community_id, issue_id=int(one.id or 0), at=at, from_state=before, to_state=one.state
        )
        for one, before, at in moved
    )
    return tally


def _found(
    values: Mapping[str, Any],
    by_order: Mapping[str, model.Issue],
    by_code: Mapping[str, model.Issue],
    by_words: Mapping[tuple[dt.datetime, str], model.Issue],
) -> model.Issue | None:
    if "order_number" in values:
        return by_order.get(values["order_number"])
    if "code" in values:
        return by_code.get(values["code"])
    return by_words.get((values["reported_at"], values["text"]))


def _forgotten(kept: Sequence[model.Issue], now: dt.datetime) -> set[int | None]:
    """Return the issues that were closed so long ago that their callers are forgotten, with their doubles."""
    before = now - dt.timedelta(days=settings.defaults()["retention"]["closed_contacts"])
    gone = {one.id for one in kept if one.closed_at is not None and one.closed_at <= before}
    return gone | {one.id for one in kept if one.merged_into_id in gone}


def _said(issue: model.Issue, scene: Scene) -> tuple[IssueState, ...]:
    """Return the states that an issue may have if nobody moved it since the last export."""
    try:
        return (hotline.read_state(issue.hotline_state) or IssueState.RECORDED,)
    except ValueError:
        # It was taken for recorded, or for what somebody then chose for the word.
        chosen = {**scene.states_before, **scene.states}.get(fields.fold(issue.hotline_state))
        return (IssueState.RECORDED,) if chosen is None else (IssueState.RECORDED, IssueState(chosen))


def _state(state: IssueState, values: Mapping[str, Any], found: model.Issue | None, now: dt.datetime) -> dict[str, Any]:
    """Return the state and, of a closed one, since when."""
    closed = state is IssueState.CLOSED
    before = found.closed_at if found is not None else None
    return {"state": state, "closed_at": (values.get("closed_at") or before or now) if closed else None}


def _not_ours(values: Mapping[str, Any], found: model.Issue, known: Categories) -> dict[str, Any]:
    """Return category and source as the file says, unless somebody here has changed them."""
    new: dict[str, Any] = {}
    usual = hotline.category(found.hotline_category, found.text, words=known.written) or hotline.OTHER
    if "category" in values and found.category == usual:
        new["category"] = values["category"]
    if "source" in values and found.source is IssueSource.VISITOR:
        new["source"] = values["source"]
    return new


def _limit(
    values: Mapping[str, Any], found: model.Issue, new: Mapping[str, Any], known: Categories
) -> dict[str, dt.datetime | None]:
    """Return the limit as the file says, else as the category has it, unless somebody here has changed it."""
    usual = _usual({}, found, known)
    if found.due_at not in (None, found.hotline_due_at, usual):
        return {}
    if "due_at" in values:
        return {"due_at": values["due_at"]}
    begins = not found.state.is_open and found.due_at is None and new.get("state", found.state).is_open
    follows = found.due_at is not None and found.due_at != found.hotline_due_at
    return {"due_at": _usual(new, found, known)} if begins or follows else {}


def _usual(new: Mapping[str, Any], found: model.Issue | None, known: Categories) -> dt.datetime | None:
    """Return the limit that the category sets for an issue as it will be."""
    received, reported, category, urgency = (
        new.get(name, getattr(found, name, None)) for name in ("received_at", "reported_at", "category", "urgency")
    )
    limit = issue_limits.deadline(str(category), urgency or model.Urgency.NORMAL, received or reported, known)
    return None if limit is None else limit.at


def _code(values: Mapping[str, Any], taken: Collection[str]) -> str:
    """Return the code of a new issue: its own, else the number of its order, else its day and a number."""
    for name in ("code", "order_number"):
        if name in values and values[name] not in taken:
            return str(values[name])
    start = f"{values['reported_at']:%Y%m%d}-"
    tails = [code.removeprefix(start) for code in taken if code.startswith(start)]
    return f"{start}{max((int(tail) for tail in tails if tail.isdecimal()), default=0) + 1:04d}"[:_CODE_LENGTH]
