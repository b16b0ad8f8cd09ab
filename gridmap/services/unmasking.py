"""Opening one record to one person who says why: nothing is opened without an entry in the audit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridmap import access, i18n, model, privacy, settings
from gridmap.access import Action, Actor
from gridmap.errors import InputError, NotFound, StoreError
from gridmap.privacy import Keyring
from gridmap.services import audit, grids, key_file
from gridmap.services.community_data import CommunityData
from gridmap.services.sight import Sight
from gridmap.store import Store

Subject = Literal["issue", "care", "team", "group", "fund"]
Kept = model.Issue | model.CareHousehold | model.TeamMember | model.ResidentGroup | model.FundEntry
Hints = Mapping[tuple[Subject, int], str]
"""What may be opened on a card, and how it looks while it is not: masked, or "" where even that cannot be read."""
_CLASSES: Mapping[Subject, type[Kept]] = {
    "issue": model.Issue,
    "care": model.CareHousehold,
    "team": model.TeamMember,
    "group": model.ResidentGroup,
    "fund": model.FundEntry,
}
# What somebody must be allowed to do with the record itself, beside seeing persons.
_NEEDS: Mapping[Subject, Action] = {"care": Action.SEE_CARE, "fund": Action.KEEP_FUND}
_SHORTEST_REASON = 2
_LONGEST_REASON = 200


@dataclass(frozen=True, kw_only=True, repr=False)
class Contact:
    """A person as they were entered, and the text and notes of their issue as they were written. It is kept nowhere.

    Parameters
    ----------
    name, phone
        "" where none was given.
    text
        The issue's text, and each of its notes; only what holds more than everybody sees of it.
    """

    name: str
    phone: str
    text: str = ""


def contact(
    store: Store,
    actor: Actor,
    subject: Subject,
    number: int,
    *,
    reason: str,
    address: str = "",
    now: dt.datetime | None = None,
) -> Contact:
    """Open who is named in a record (an issue, household, team, group, entry of the fund); note who looked and why.

    Parameters
    ----------
    store, actor
        Who wishes to see it.
    subject, number
        Which record.
    reason
        Why, in the person's own words.
    address
        Network address they come from.
    now
        The moment; this one if left out.

    Raises
    ------
    errors.InputError
        ``reason_short`` if no reason is given.
    errors.NotFound
        If there is no such record, or it has ended.
    errors.Forbidden
        If they may not see it; nothing was opened.
    errors.StoreError
        If the key does not open it.
    """
    why = privacy.mask_text(" ".join(reason.split()))
    if len(why) < _SHORTEST_REASON:
        raise InputError("reason_short", n=_SHORTEST_REASON)
    # One transaction: what is not in the audit was not seen.
    with store.write() as session:
        found = _found(session, subject, number, now or dt.datetime.now(dt.UTC))
        access.demand(
            actor,
            _NEEDS.get(subject, Action.SEE_PERSONS),
            street_id=session.get_one(model.Community, found.community_id).street_id,
            community_id=found.community_id,
            grid_id=_grid(session, found),
        )
        ring = key_file.opening().ring
        opened = _opened(found, ring)
        if isinstance(found, model.Issue):
            opened = replace(opened, text="\n".join([*opened.text.splitlines(), *_notes(session, found)]))
        audit.record(
            session,
            actor,
            "care_seen" if subject == "care" else "contact_seen",
            target=_called(session, found),
            target_id=number,
            community_id=found.community_id,
            reason=why[:_LONGEST_REASON],
            address=address,
            now=now,
        )
    return opened


def hints(store: Store, data: CommunityData, seen: Sight, target: str | None, number: int | None) -> Hints:
    """Return what of a card's thing may be opened, each as 张** · 138****5678.

    Parameters
    ----------
    store
        Where it is kept.
    data, seen
        What the person sees of the community.
    target, number
        The card's thing.
    """
    with store.read() as session:
        found: dict[tuple[Subject, int], model.Issue | model.CareHousehold | None] = {}
        if target == "issue" and number in data.issues.index:
            row = data.issues.loc[number]
            if seen.person(row["grid_id"]) and (row["has_contact"] or row["hidden"]):
                found["issue", int(row.name)] = session.get(model.Issue, number)
        elif target == "building":
            for household in data.care.index[data.care["building_id"] == number]:
                found["care", int(household)] = session.get(model.CareHousehold, int(household))
    if not found:
        return {}
    try:
        ring = key_file.opening().ring
        return {which: "" if row is None else _hint(row, ring) for which, row in found.items()}
    except StoreError:
        # The card is shown all the same; what is wrong with the key is said to who wants to open something.
        return dict.fromkeys(found, "")


def masked_care(store: Store, numbers: Iterable[int]) -> dict[int, str]:
    """Return how households in need look while they are not opened: 张** · 138****5678, by number.

    Which of them somebody may see is the caller's to know; "" stands where the key does not open it.
    """
    wanted = list(numbers)
    try:
        ring = key_file.opening().ring if wanted else None
    except StoreError:
        return dict.fromkeys(wanted, "")
    with store.read() as session:
        rows = {number: session.get(model.CareHousehold, number) for number in wanted}
    return {number: "" if row is None or ring is None else _hint(row, ring) for number, row in rows.items()}


def _found(session: Session, subject: Subject, number: int, now: dt.datetime) -> Kept:
    found: Kept | None = session.get(_CLASSES[subject], number)  # type: ignore[assignment]
    if isinstance(found, model.CareHousehold):
        day = now.astimezone(ZoneInfo(settings.from_environment().time_zone)).date()
        if found.ended_on is not None and found.ended_on <= day:
            found = None
    if found is None:
        raise NotFound("person_gone")
    return found


def _hint(row: model.Issue | model.CareHousehold, ring: Keyring) -> str:
    opened = _opened(row, ring)
    parts = (privacy.mask_name(opened.name), privacy.mask_phone(opened.phone))
    return " · ".join(part for part in parts if part)


def _opened(row: Kept, ring: Keyring) -> Contact:
    if isinstance(row, model.CareHousehold):
        return Contact(name=ring.open(row.name), phone=ring.open(row.phone))
    if isinstance(row, model.TeamMember):
        return Contact(name=ring.open(row.person), phone=ring.open(row.phone))
    if isinstance(row, model.ResidentGroup):
        return Contact(name=ring.open(row.leader), phone=ring.open(row.phone))
    if isinstance(row, model.FundEntry):
        return Contact(name=ring.open(row.person), phone="")
    said = (row.text, row.address, row.handling, row.callback, row.note, row.handler)
    plain = "\n".join(text for text in said if privacy.mask_text(text) != text)
    return Contact(name=ring.open(row.contact_name), phone=ring.open(row.contact_phone), text=plain)


def _notes(session: Session, issue: model.Issue) -> list[str]:
    """Return what is told of an issue beside its own text, where it holds more than everybody sees."""
    told: list[str] = []
    for cls, at, name in (
        (model.IssueEvent, "at", "note"),
        (model.IssueVoice, "at", "text"),
        (model.IssueCall, "called_at", "answer"),
    ):
        of = sa.inspect(cls).c
        told += session.scalars(sa.select(of[name]).where(of.issue_id == issue.id).order_by(of[at], of.id))
    return [text for text in told if privacy.mask_text(text) != text]


def _grid(session: Session, row: Kept) -> int | None:
    if isinstance(row, model.Issue):
        return row.grid_id
    if isinstance(row, model.CareHousehold):
        return grids.grid_of_building(session, row.community_id, row.building_id)
    if isinstance(row, model.FundEntry):
        return None
    place = None if row.service_point_id is None else session.get(model.ServicePoint, row.service_point_id)
    if place is None:
        return None
    if place.building_id is not None:
        return grids.grid_of_building(session, row.community_id, place.building_id)
    version = grids.current_version(session, row.community_id)
    of = sa.inspect(model.Grid).c
    if version is None:
        return None
    drawn = session.scalars(sa.select(model.Grid).where(of.version_id == version.id))
    return next((one.id for one in drawn if one.geom.covers(place.geom)), None)


def _called(session: Session, row: Kept) -> str:
    """Return what a record is called in the audit, without whom it is about."""
    if isinstance(row, model.Issue):
        return row.code
    if isinstance(row, model.ResidentGroup):
        return row.name
    if isinstance(row, model.TeamMember):
        return session.get_one(model.ServicePoint, row.service_point_id).name
    if isinstance(row, model.FundEntry):
        return f"{i18n.text(f'fund.kind.{row.kind.value}', 'zh')} {row.amount_yuan:.2f}"
    return session.get_one(model.Building, row.building_id).number
