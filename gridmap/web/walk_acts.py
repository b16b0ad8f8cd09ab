"""What the page of a walk sends: what came of stops, check-ins, issues, photos, a track that its walker has ended."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from starlette.requests import Request
from starlette.routing import Route

from gridmap import errors
from gridmap.services import stop_photos, walk_issues, walk_recording, walk_tracks
from gridmap.services.walk_facts import OUTCOMES
from gridmap.services.walk_issues import Found
from gridmap.services.walk_recording import Entry, Side
from gridmap.web import device_line, navigation, plain_page, sources, tag_acts, walk_page

_LONGEST_ACTS, _LONGEST_TRACK = 1_000_000, 2_000_000  # bytes
_MOST_ACTS, _MOST_FOLLOWED = 500, 100


def routes(base: str) -> list[Route]:
    """Return the routes of the page of a walk, under the path where the app is served."""
    line = f"{base}/gridmap/walk"
    return [
        Route(f"{base}{navigation.WALK}", walk_page.PAGE.page, methods=["GET"]),
        Route(f"{line}/known", walk_page.PAGE.known, methods=["GET"]),
        Route(f"{line}/stops", device_line.sent(_record, longest=_LONGEST_ACTS), methods=["POST"]),
        Route(f"{line}/came", device_line.sent(_come), methods=["POST"]),
        Route(f"{line}/issues", device_line.sent(_find), methods=["POST"]),
        Route(f"{line}/photos", device_line.sent_photo(tag_acts.keep_photo), methods=["POST"]),
        Route(f"{line}/shots", device_line.sent_photo(_shoot), methods=["POST"]),
        Route(f"{line}/unshot", device_line.sent(_unshoot), methods=["POST"]),
        Route(f"{line}/track", device_line.sent(_track, longest=_LONGEST_TRACK), methods=["POST"]),
        Route(f"{line}/forget", device_line.sent(_forget), methods=["POST"]),
        Route(f"{line}/finish", device_line.sent(_finish), methods=["POST"]),
    ]


def _record(request: Request, said: Mapping[str, Any]) -> dict[str, Any]:
    """Keep what came of stops, and tell both versions of those that somebody else has recorded meanwhile."""
    now = dt.datetime.now(dt.UTC)
    actor, data = walk_page.community(request)
    acts, chosen = said.get("acts"), said.get("choices")
    if not isinstance(acts, list) or len(acts) > _MOST_ACTS or not all(isinstance(one, dict) for one in acts):
        raise errors.InputError("tag_unread")
    sides: tuple[Side, ...] = ("here", "device")
    choices: dict[str, Side] = {}
    for name, side in (chosen if isinstance(chosen, dict) else {}).items():
        choices |= {str(name): one for one in sides if one == side}
    kept = walk_recording.record(
        sources.store(),
        actor,
        data,
        _walk(said),
        [_entry(one, now) for one in acts],
        choices=choices,
        now=now,
        address=plain_page.address(request),
    )
    return {
        "recorded": len(kept.recorded),
        "already": kept.already,
        "clashes": [_told(clash) for clash in kept.clashes],
        "gone": [entry.client_id for entry in kept.gone],
    }


def _told(clash: walk_recording.Clash) -> dict[str, Any]:
    moments = {"here_at": clash.here_at, "device_at": clash.device_at}
    return asdict(clash) | {name: None if at is None else at.isoformat() for name, at in moments.items()}


def _entry(one: Mapping[str, Any], now: dt.datetime) -> Entry:
    outcome = next((known for known in OUTCOMES if known.value == one.get("outcome")), None)
    follows = one.get("follows")
    if outcome is None or not isinstance(follows, list):
        raise errors.InputError("tag_unread")
    came = one.get("came_ago_s")
    return Entry(
        stop_id=device_line.whole(one.get("stop")) or 0,
        key=device_line.text(one, "key"),
        client_id=device_line.client_id(one.get("client_id")),
        follows=tuple(name for name in follows[-_MOST_FOLLOWED:] if isinstance(name, str)),
        outcome=outcome,
        note=device_line.text(one, "note"),
        handling=device_line.text(one, "handling"),
        came_at=None if came is None else now - device_line.ago(came),
        at=now - device_line.ago(one.get("ago_s")),
    )


def _come(request: Request, said: Mapping[str, Any]) -> dict[str, Any]:
    """Note that somebody came to a stop."""
    now = dt.datetime.now(dt.UTC)
    actor, data = walk_page.community(request)
    stop, came_at = device_line.whole(said.get("stop")) or 0, now - device_line.ago(said.get("ago_s"))
    walk_recording.check_in(
        sources.store(), actor, data, _walk(said), stop, came_at, now=now, address=plain_page.address(request)
    )
    return {}


def _find(request: Request, said: Mapping[str, Any]) -> dict[str, Any]:
    """Keep an issue that was met at a stop, settled at once where it was small."""
    now = dt.datetime.now(dt.UTC)
    actor, data = walk_page.community(request)
    found = Found(
        client_id=device_line.client_id(said.get("client_id")),
        key=device_line.text(said, "key"),
        category=device_line.text(said, "category"),
        text=device_line.text(said, "text"),
        spot=device_line.text(said, "spot"),
        at=now - device_line.ago(said.get("ago_s")),
    )
    address = plain_page.address(request)
    made = walk_issues.keep(sources.store(), actor, data, _walk(said), found, now=now, address=address)
    return {"id": made.number, "code": made.title}


def _shoot(request: Request, body: bytes) -> dict[str, Any]:
    """Keep a photo of a stop that shows no issue."""
    actor, data = walk_page.community(request)
    asked = request.query_params
    kept, _ = stop_photos.keep(
        sources.store(),
        actor,
        data,
        _walk(asked),
        body,
        stop_id=device_line.whole(asked.get("stop")) or 0,
        key=asked.get("key", ""),
        client_id=device_line.client_id(asked.get("client_id")),
        taken_at=device_line.moment(asked.get("taken_at")),
        now=dt.datetime.now(dt.UTC),
        address=plain_page.address(request),
    )
    return {"sha256": kept.sha256}


def _unshoot(request: Request, said: Mapping[str, Any]) -> dict[str, Any]:
    """Delete a photo of a stop for good."""
    actor, data = walk_page.community(request)
    name, now = device_line.client_id(said.get("client_id")), dt.datetime.now(dt.UTC)
    stop_photos.remove(sources.store(), actor, data, name, now=now, address=plain_page.address(request))
    return {}


def _track(request: Request, said: Mapping[str, Any]) -> dict[str, Any]:
    """Keep a track whose recording its walker has ended."""
    now = dt.datetime.now(dt.UTC)
    actor, data = walk_page.community(request)
    places = said.get("places")
    kept = walk_tracks.keep(
        sources.store(),
        actor,
        data,
        _walk(said),
        places if isinstance(places, list) else [],
        begun_at=now - device_line.ago(said.get("ago_s")),
        client_id=device_line.client_id(said.get("client_id")),
        now=now,
        address=plain_page.address(request),
    )
    return {"walk_m": round(kept.walk_m)}


def _forget(request: Request, said: Mapping[str, Any]) -> dict[str, Any]:
    """Delete one's own track for good."""
    actor, data = walk_page.community(request)
    name = device_line.client_id(said.get("client_id"))
    walk_tracks.forget(sources.store(), actor, data, _walk(said), name)
    return {}


def _finish(request: Request, said: Mapping[str, Any]) -> dict[str, Any]:
    """Call the walk done by the walker's own word."""
    now = dt.datetime.now(dt.UTC)
    actor, data = walk_page.community(request)
    address = plain_page.address(request)
    walk_recording.finish(sources.store(), actor, data, _walk(said), now=now, address=address)
    return {}


def _walk(said: Mapping[str, Any]) -> int:
    return device_line.whole(said.get("walk")) or 0
