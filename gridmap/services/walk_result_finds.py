"""What a result file of a walk holds beside what came of its stops: issues with photos, photos of stops, tracks.

Each has a name of the device's, so an interrupted reading goes on where it stopped when the file comes again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import sqlalchemy as sa

from gridmap import errors, i18n, model
from gridmap.access import Actor
from gridmap.errors import InputError
from gridmap.services import photos, stop_photos, walk_issues, walk_tracks
from gridmap.services.community_data import CommunityData
from gridmap.services.walk_result_file import Result
from gridmap.store import Store

_LONGEST_TITLE = 40
_T = TypeVar("_T")


@dataclass(frozen=True, kw_only=True)
class RefusedFind:
    """An issue, a photo or a track that could not be kept, and why; ``kind`` is how it is called without a title."""

    kind: str
    title: str = ""
    fault: errors.GridmapError

    def sentence(self, language: str) -> str:
        """Say it."""
        title = self.title or i18n.text(f"walk_result.find.{self.kind}", language)
        return i18n.text("walk_result.refused", language, title=title, why=self.fault.sentence(language))


@dataclass(kw_only=True)
class Finds:
    """How many were kept, or would be, and how many had been before; what was refused."""

    issues: int = 0
    photos: int = 0
    tracks: int = 0
    already: int = 0
    refused: list[RefusedFind] = field(default_factory=list)

    def tried(self, kind: str, title: str, act: Callable[..., _T], *given: Any, **more: Any) -> _T | None:
        """Return what comes of an act; None where it was refused, which is noted."""
        try:
            return act(*given, **more)
        except (InputError, errors.Conflict, errors.Forbidden, errors.NotFound) as fault:
            self.refused.append(RefusedFind(kind=kind, title=title[:_LONGEST_TITLE], fault=fault))
            return None


def keep(
    store: Store,
    actor: Actor,
    data: CommunityData,
    walk_id: int,
    result: Result,
    *,
    rehearse: bool,
    now: dt.datetime,
    address: str,
) -> Finds:
    """Keep what was found on a walk, or only count it; what is refused is told one by one, all else is kept.

    Raises
    ------
    errors.TooManyWrites, errors.StoreError
        As `records.create` does.
    """
    finds, known = Finds(), _known(store, data)
    to, how = (store, actor, data, walk_id), {"now": now, "address": address}
    for found, shots in result.issues:
        new, there = [shot for shot in shots if shot.client_id not in known], found.client_id in known
        finds.already += there + len(shots) - len(new)
        if rehearse:
            finds.issues += not there
            finds.photos += len(new)
            continue
        made = finds.tried("issue", found.text, walk_issues.keep, *to, found, **how)
        if made is None:
            continue
        finds.issues += not there
        for shot in new:
            names = {"stage": shot.stage, "client_id": shot.client_id, "taken_at": shot.taken_at}
            kept = finds.tried(
                "photo", found.text, photos.keep, store, actor, made.number, shot.content, **names, **how
            )
            finds.photos += kept is not None
    for one in result.shots:
        if one.shot.client_id in known:
            finds.already += 1
            continue
        content, at = one.shot.content, {"stop_id": one.stop_id, "key": one.key}
        names = {"client_id": one.shot.client_id, "taken_at": one.shot.taken_at}
        finds.photos += bool(rehearse or finds.tried("photo", "", stop_photos.keep, *to, content, **at, **names, **how))
    for track in result.tracks:
        if track.client_id in known:
            finds.already += 1
            continue
        names = {"begun_at": track.begun_at, "client_id": track.client_id}
        finds.tracks += bool(rehearse or finds.tried("track", "", walk_tracks.keep, *to, track.places, **names, **how))
    return finds


def _known(store: Store, data: CommunityData) -> set[str]:
    """Return what devices call the issues, photos and tracks that are there."""
    known: set[str] = set()
    with store.read() as session:
        for cls in (model.Issue, model.Photo, model.StopPhoto, model.WalkTrack):
            column = sa.inspect(cls).c
            mine = sa.select(column.client_id).where(column.community_id == data.community.id)
            known.update(session.scalars(mine.where(column.client_id.is_not(None))))
    return known
