"""Takes in what a walk's page without a network sent back: each act once, clashes and lost stops told, nothing lost.

The same file may come as often as it likes. What was found on the way (`walk_result_finds`) is kept besides the stops.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridmap import i18n, model
from gridmap.access import Actor
from gridmap.errors import InputError
from gridmap.services import (
    walk_facts,
    walk_keeping,
    walk_recording,
    walk_result_finds,
    walk_rights,
    writing_pace,
)
from gridmap.services.community_data import CommunityData
from gridmap.services.walk_recording import Clash, Entry, Kept, Side
from gridmap.services.walk_result_file import Result
from gridmap.services.walk_result_finds import RefusedFind
from gridmap.store import Store

Extra = Literal["ask", "add", "leave"]
"""What becomes of a stop that the plan no longer has: told, added at its end, or left out."""


@dataclass(frozen=True, kw_only=True)
class Taken:
    """What became of a result file, or would.

    Parameters
    ----------
    walk_id
        The walk it is of.
    stops, issues, photos, tracks
        How many were kept now.
    already
        How many acts, issues, photos and tracks had been kept before.
    clashes
        Stops that somebody else has recorded otherwise meanwhile.
    lost
        Stops that the plan no longer has.
    refused
        What could not be kept.
    replanned
        Whether the plan was changed after the page was made.
    edited
        Whether the file was changed after the page wrote it.
    rehearsed
        Whether nothing was kept.
    """

    walk_id: int
    stops: int = 0
    issues: int = 0
    photos: int = 0
    tracks: int = 0
    already: int = 0
    clashes: tuple[Clash, ...] = ()
    lost: tuple[Entry, ...] = ()
    refused: tuple[RefusedFind, ...] = ()
    replanned: bool = False
    edited: bool = False
    rehearsed: bool = False

    def summary(self, language: str) -> str:
        """Say what was kept, in one line."""
        key = "walk_result.would" if self.rehearsed else "walk_result.done"
        told = {"stops": self.stops, "issues": self.issues, "photos": self.photos, "already": self.already}
        said = [i18n.text(key, language, **told)]
        said += [i18n.text("walk_result.tracks", language, n=self.tracks)] if self.tracks else []
        return " ".join(said)


class _RehearsedError(Exception):
    """Ends a rehearsal, so that the store takes everything back."""


def take(
    store: Store,
    actor: Actor,
    data: CommunityData,
    result: Result,
    *,
    walk_id: int | None = None,
    choices: Mapping[str, Side] | None = None,
    extra: Extra = "ask",
    although_edited: bool = False,
    rehearse: bool = False,
    now: dt.datetime,
    address: str = "",
) -> Taken:
    """Keep what a file tells of a walk.

    Parameters
    ----------
    store, actor, data
        The store, who brings the file, the community.
    result
        What it tells.
    walk_id
        The walk it is expected to be of; None for any.
    choices
        By ``client_id`` of an act, which version counts where two clash.
    extra
        What becomes of stops that the plan no longer has.
    although_edited
        Whether a file is taken that was changed on its way.
    rehearse
        Only tell what would become of it.
    now
        This moment, timezone-aware.
    address
        Network address it comes from.

    Raises
    ------
    errors.InputError
        If it is of another community or walk, or was changed on its way.
    errors.NotFound, errors.Forbidden
        As `walk_rights.walk` does.
    errors.TooManyWrites, errors.StoreError
        As `records.create` does; the same file may come again later.
    """
    walk_number = _walk_of(data, result, walk_id)
    if result.edited and not (although_edited or rehearse):
        raise InputError("walk_result_edited", source=result.name)
    kept, added, replanned = _stops(
        store, actor, data, walk_number, result, choices or {}, extra, rehearse=rehearse, now=now, address=address
    )
    finds = walk_result_finds.keep(store, actor, data, walk_number, result, rehearse=rehearse, now=now, address=address)
    return Taken(
        walk_id=walk_number,
        stops=len(kept.recorded) + added,
        issues=finds.issues,
        photos=finds.photos,
        tracks=finds.tracks,
        already=kept.already + finds.already,
        clashes=kept.clashes,
        lost=kept.gone if extra == "ask" else (),
        refused=tuple(finds.refused),
        replanned=replanned,
        edited=result.edited,
        rehearsed=rehearse,
    )


def _walk_of(data: CommunityData, result: Result, walk_id: int | None) -> int:
    """Return the walk that a file is of: its own, or the one that was planned in its place meanwhile."""
    if result.community != data.community.code:
        raise InputError("walk_result_community", source=result.name, community=data.community.name)
    told = {"source": result.name, "day": result.day, "half": i18n.Phrase(f"half.{result.half.value}")}
    known = data.walks[(data.walks["day"] == result.day) & (data.walks["half"] == result.half.value)]
    found = result.walk_id if result.walk_id in known.index else None
    if found is None and result.walk_id not in data.walks.index:
        found = _instead(data, known.index.tolist(), result)
    if found is None:
        raise InputError("walk_result_no_walk", **told)
    if walk_id is not None and walk_id != found:
        raise InputError("walk_result_other", **told)
    return found


def _instead(data: CommunityData, walks: list[int], result: Result) -> int | None:
    """Return the walk of the same half day with most of the places of one that was planned anew; None in doubt."""
    wanted = {entry.key for entry in result.entries if entry.key}
    shared = sorted((len(wanted & set(walk_keeping.keys(data, walk))), walk) for walk in walks)
    if not shared or 2 * shared[-1][0] <= len(wanted) or (len(shared) > 1 and shared[-2][0] == shared[-1][0]):
        return None
    return shared[-1][1]


def _stops(
    store: Store,
    actor: Actor,
    data: CommunityData,
    walk_id: int,
    result: Result,
    choices: Mapping[str, Side],
    extra: Extra,
    *,
    rehearse: bool,
    now: dt.datetime,
    address: str,
) -> tuple[Kept, int, bool]:
    """Keep what came of the stops; return that, how many stops were added, and whether the plan is another by now."""
    kept, added, replanned = Kept(), 0, False
    try:
        with store.write() as session:
            walk = walk_rights.walk(session, actor, int(data.community.id or 0), walk_id, alone=True)
            writing_pace.demand(session, actor, now)
            replanned = result.plan != _stamp(session, walk)
            kept = walk_recording.within(session, actor, walk, result.entries, choices=choices, now=now)
            if extra == "add" and kept.gone:
                for entry in kept.gone:
                    stop = walk_recording.add_stop(session, walk, entry)
                    moved = replace(entry, stop_id=int(stop.id or 0))
                    walk_recording.within(session, actor, walk, [moved], choices=choices, now=now)
                    added += 1
            if kept.recorded or added:
                walk_recording.note(session, actor, walk, len(kept.recorded) + added, now, address)
            if rehearse:
                raise _RehearsedError
    except _RehearsedError:
        pass
    return kept, added, replanned


def _stamp(session: Session, walk: model.Walk) -> str:
    column = sa.inspect(model.Stop).c
    rows = session.scalars(sa.select(model.Stop).where(column.walk_id == walk.id).order_by(column.seq, column.id))
    return walk_facts.plan_stamp((int(row.id or 0), walk_recording.key(row)) for row in rows)
