"""What a walk brought home: each stop as it was recorded there, and the way that was walked."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from gridmap.model.base import Owned
from gridmap.model.choices import StopOutcome


@dataclass(kw_only=True, eq=False)
class StopRecord(Owned):
    """离案记录: what came of a stop, as one person wrote it down there. What counts of it stands in the stop itself.

    It outlives its stop, whose building it names. ``client_id`` is what the device called the act, so that one that is
    sent twice counts once. ``overruled`` says that another record of the same stop was preferred to it.
    """

    walk_id: int
    at: dt.datetime
    outcome: StopOutcome
    stop_id: int | None = None
    building_id: int | None = None
    note: str = ""
    handling: str = ""
    actor_id: int | None = None
    client_id: str | None = None
    overruled: bool = False


@dataclass(kw_only=True, eq=False)
class StopPhoto(Owned):
    """A photo that was taken at a stop and shows no issue, kept as a file as a `Photo` is.

    It outlives its stop, whose building it names. ``width`` and ``height`` are in pixels.
    """

    walk_id: int
    sha256: str
    media_type: str
    stop_id: int | None = None
    building_id: int | None = None
    taken_at: dt.datetime | None = None
    width: int = 0
    height: int = 0
    actor_id: int | None = None
    client_id: str | None = None


@dataclass(kw_only=True, eq=False)
class WalkTrack(Owned):
    """The way a walker went, recorded by their own act and deleted after a set time.

    ``content`` is JSON: ``[longitude, latitude, seconds since begun_at]`` for each place.
    """

    walk_id: int
    begun_at: dt.datetime
    ended_at: dt.datetime
    actor_id: int | None = None
    client_id: str | None = None
    walk_m: float = 0.0
    content: str = "[]"
