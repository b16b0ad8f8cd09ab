"""Profiles: how files of one form are read, kept by name and offered when a file with the same headings comes again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridmap import access, model
from gridmap.access import Action, Actor
from gridmap.datums import Datum
from gridmap.errors import InputError, NotFound
from gridmap.exchange import columns
from gridmap.services import import_kinds
from gridmap.services.import_preview import Preview
from gridmap.store import Store

_LONGEST_NAME, _LARGEST_FILE = 200, 1_000_000
# So much of a profile must be found in a file for it to be offered.
_ENOUGH = 0.8


@dataclass(frozen=True, kw_only=True)
class Profile:
    """How files of one form are read.

    Parameters
    ----------
    kind, name
        What the files hold, and what people call the profile.
    mapping
        Our field -> heading of the column.
    datum, crs
        Of the coordinates; an empty CRS is the one that the file declares.
    states
        Which of our states are meant by words in the column of states that nobody knew.
    """

    kind: str
    name: str
    mapping: Mapping[str, str]
    datum: str = "wgs84"
    crs: str = ""
    states: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> str:
        """Return the profile as text, such as a file holds it."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=2)

    def mapping_of(self, headings: Iterable[str]) -> dict[str, str | None]:
        """Return the mapping for a file with these headings: what it lacks is left out."""
        there = set(headings)
        return {field: heading for field, heading in self.mapping.items() if heading in there}


def of_preview(preview: Preview, name: str) -> Profile:
    """Return how a file was read, under a name."""
    order = preview.order
    return Profile(
        kind=preview.kind, name=name, mapping=order.mapping, datum=order.datum, crs=order.crs or "", states=order.states
    )


def save(store: Store, actor: Actor | None, community: model.Community, profile: Profile) -> None:
    """Keep a profile; one of the same kind and name is replaced.

    Raises
    ------
    Forbidden
        If ``actor`` may not.
    InputError
        If the name is blank or too long.
    """
    content = json.dumps({"mapping": dict(profile.mapping), "states": dict(profile.states)}, ensure_ascii=False)
    keep(store, actor, community, profile.kind, profile.name, content, datum=profile.datum, crs=profile.crs)


def keep(
    store: Store,
    actor: Actor | None,
    community: model.Community,
    kind: str,
    name: str,
    content: str,
    *,
    datum: str = "",
    crs: str = "",
    needs: Action | None = Action.IMPORT_DATA,
) -> None:
    """Keep something of a community under a name, as JSON; what has the same kind and name is replaced.

    ``needs`` is what ``actor`` must be allowed to do in the community; None where the caller has looked.

    Raises
    ------
    Forbidden
        If ``actor`` may not.
    InputError
        If the name is blank or too long.
    """
    _demand(actor, community, needs)
    called = name.strip()
    if not called or len(called) > _LONGEST_NAME:
        raise InputError("profile_name", limit=_LONGEST_NAME)
    with store.write() as session:
        kept = session.scalars(_wanted(community, kind).where(_name() == called)).first()
        if kept is None:
            kept = model.ImportProfile(community_id=int(community.id or 0), kind=kind, name=called, content=content)
            session.add(kept)
        kept.content, kept.datum, kept.crs = content, datum, crs


def kept_of(store: Store, community: model.Community, kind: str) -> list[model.ImportProfile]:
    """Return what a community has kept of one kind, by name."""
    with store.read() as session:
        return list(session.scalars(_wanted(community, kind).order_by(_name())))


def delete(
    store: Store,
    actor: Actor | None,
    community: model.Community,
    kind: str,
    name: str,
    *,
    needs: Action | None = Action.IMPORT_DATA,
) -> None:
    """Forget what was kept under a name; ``needs`` as of `keep`.

    Raises
    ------
    Forbidden
        If ``actor`` may not.
    NotFound
        If there is none of this name.
    """
    _demand(actor, community, needs)
    with store.write() as session:
        kept = session.scalars(_wanted(community, kind).where(_name() == name)).first()
        if kept is None:
            raise NotFound("profile_missing", name=name, names=[])
        session.delete(kept)


def profiles(store: Store, community: model.Community, kind: str) -> list[Profile]:
    """Return the profiles of a community for one kind, by name."""
    return [_profile(kept) for kept in kept_of(store, community, kind)]


def find(store: Store, community: model.Community, kind: str, headings: Iterable[str]) -> Profile | None:
    """Return the profile that fits a file with these headings best; None where none fits well."""
    there = set(headings)
    best, most = None, (0.0, 0)
    for profile in profiles(store, community, kind):
        found = sum(heading in there for heading in profile.mapping.values())
        fits = (found / len(profile.mapping) if profile.mapping else 0.0, found)
        if fits[0] >= _ENOUGH and fits > most:
            best, most = profile, fits
    return best


def states_within(session: Session, community_id: int) -> dict[str, str]:
    """Return what all profiles of a community know of words for states, as the session sees them."""
    profile = sa.inspect(model.ImportProfile).c
    wanted = sa.select(model.ImportProfile).where(profile.community_id == community_id, profile.kind == "issues")
    found: dict[str, str] = {}
    for kept in session.scalars(wanted.order_by(profile.id)):
        found |= _profile(kept).states
    return found


def named(store: Store, community: model.Community, kind: str, wanted: str) -> Profile:
    """Return a profile by its name, or from the file of that name.

    Raises
    ------
    InputError
        If the file is no profile, or one of another kind.
    NotFound
        If there is neither.
    """
    known = profiles(store, community, kind)
    for profile in known:
        if profile.name == wanted:
            return profile
    if not Path(wanted).is_file():
        raise NotFound("profile_missing", name=wanted, names=[profile.name for profile in known])
    profile = from_text(_text(Path(wanted)), wanted)
    if profile.kind != kind:
        raise InputError("profile_kind", source=wanted, found=profile.kind, kind=kind)
    return profile


def from_text(text: str, source: str) -> Profile:
    """Read what `Profile.to_json` wrote.

    Raises
    ------
    InputError
        If the text is no profile.
    """
    try:
        told = json.loads(text)
    except ValueError as fault:
        raise InputError("profile_unreadable", source=source) from fault
    mapping: Any = told.get("mapping") if isinstance(told, dict) else None
    states: Any = told.get("states") or {} if isinstance(told, dict) else {}
    if not _is_words(mapping) or not _is_words(states):
        raise InputError("profile_unreadable", source=source)
    kind = import_kinds.kind(str(told.get("kind")))
    datum = str(told.get("datum") or "wgs84")
    unknown = [field for field in mapping if field not in columns.of_kind(kind.name)]
    if unknown or datum not in {one.value for one in Datum}:
        raise InputError("profile_unreadable", source=source)
    return Profile(
        kind=kind.name,
        name=str(told.get("name", "")),
        mapping=mapping,
        datum=datum,
        crs=str(told.get("crs") or ""),
        states=states,
    )


def _is_words(told: Any) -> bool:
    return isinstance(told, dict) and all(isinstance(value, str) for value in told.values())


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise InputError("profile_unreadable", source=str(path))
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as fault:
        raise InputError("profile_unreadable", source=str(path)) from fault


def _demand(actor: Actor | None, community: model.Community, needs: Action | None = Action.IMPORT_DATA) -> None:
    if actor is not None and needs is not None:
        access.demand(actor, needs, street_id=community.street_id, community_id=community.id)


def _wanted(community: model.Community, kind: str) -> Any:
    profile = sa.inspect(model.ImportProfile).c
    return sa.select(model.ImportProfile).where(profile.community_id == community.id, profile.kind == kind)


def _name() -> Any:
    return sa.inspect(model.ImportProfile).c.name


def _profile(kept: model.ImportProfile) -> Profile:
    told = json.loads(kept.content)
    # Older ones hold the columns and nothing else; no field of ours is called so.
    whole = told if isinstance(told.get("mapping"), dict) else {"mapping": told}
    return Profile(
        kind=kept.kind,
        name=kept.name,
        mapping=whole["mapping"],
        datum=kept.datum or "wgs84",
        crs=kept.crs,
        states=whole.get("states", {}),
    )
