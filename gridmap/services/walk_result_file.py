"""The file that a walk's page without a network sends back: JSON, read as a stranger's, all its faults told at once.

It carries no secret, so it proves nothing of who made it: whoever brings it is who recorded it. The checksum tells a
file that was changed on its way from one that was not; what its fields may hold is looked at either way.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gridmap import i18n
from gridmap.errors import InputError
from gridmap.model import Half, PhotoStage, StopOutcome
from gridmap.services.walk_facts import OUTCOMES
from gridmap.services.walk_issues import Found
from gridmap.services.walk_recording import LONGEST, Entry

FORMAT = 1
MARK = "gridmap_walk_result"
LARGEST_MB = 50
MOST_STOPS, MOST_ISSUES, MOST_FOLLOWED = 500, 200, 100
MOST_PHOTOS, MOST_TRACKS = 500, 20
_CLIENT_ID = re.compile(r"[\w-]{8,90}", re.ASCII)
_KEY = re.compile(r"(building|point|issue):[1-9][0-9]{0,8}", re.ASCII)
_MOST_TOLD = 6


@dataclass(frozen=True)
class Fault:
    """What is wrong with a field: where it stands, and why it cannot be taken."""

    where: str
    why: str
    value: str = ""

    def sentence(self, language: str) -> str:
        """Say it."""
        why = i18n.text(f"walk_result.wrong.{self.why}", language, value=self.value, longest=LONGEST)
        return i18n.text("walk_result.wrong", language, where=self.where, why=why)


class FaultyResult(InputError):
    """A file whose fields hold what no page of ours writes.

    Parameters
    ----------
    name
        Name of the file.
    faults
        All that is wrong.
    """

    def __init__(self, name: str, faults: list[Fault]) -> None:
        super().__init__("walk_result_faulty", source=name, n=len(faults))
        self.faults = tuple(faults)

    def sentence(self, language: str) -> str:
        """Say what is wrong with which field; of many the first."""
        told = [fault.sentence(language) for fault in self.faults[:_MOST_TOLD]]
        return f"{super().sentence(language)} {' '.join(told)}"


@dataclass(frozen=True, kw_only=True, repr=False)
class Shot:
    """A photo in the file."""

    client_id: str
    stage: PhotoStage
    taken_at: dt.datetime | None
    content: bytes


@dataclass(frozen=True, kw_only=True, repr=False)
class StopShot:
    """A photo of a stop that shows no issue."""

    stop_id: int
    key: str
    shot: Shot


@dataclass(frozen=True, kw_only=True, repr=False)
class Track:
    """A way that its walker recorded: ``[longitude, latitude, seconds since begun_at]`` for each place."""

    client_id: str
    begun_at: dt.datetime
    places: tuple[Any, ...]


@dataclass(frozen=True, kw_only=True)
class Result:
    """What a file tells.

    Parameters
    ----------
    name
        Name of the file.
    community, walk_id, day, half
        The community's code, and the walk.
    plan
        Stamp of the plan that went along (`walk_facts.plan_stamp`).
    made_at
        When it was sent back.
    entries, issues
        What came of stops, and issues that were met, each with its photos.
    shots, tracks
        Photos of stops, and ways that were recorded.
    edited
        Whether it was changed after the page wrote it.
    """

    name: str
    community: str
    walk_id: int
    day: dt.date
    half: Half
    plan: str
    made_at: dt.datetime
    entries: tuple[Entry, ...]
    issues: tuple[tuple[Found, tuple[Shot, ...]], ...]
    shots: tuple[StopShot, ...]
    tracks: tuple[Track, ...]
    edited: bool


def read(content: bytes, name: str) -> Result:
    """Read a result file.

    Raises
    ------
    errors.InputError
        If it is too large, no JSON, no result of a walk, or made by a newer version.
    FaultyResult
        With all fields that hold what they may not.
    """
    if len(content) > LARGEST_MB * 1_000_000:
        raise InputError("walk_result_large", source=name, mb=-(-len(content) // 1_000_000), most=LARGEST_MB)
    try:
        whole = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as fault:
        raise InputError("walk_result_unread", source=name) from fault
    if not isinstance(whole, dict) or MARK not in whole or not isinstance(whole.get("body"), dict):
        raise InputError("walk_result_foreign", source=name)
    if whole[MARK] != FORMAT:
        raise InputError("walk_result_newer", source=name)
    return _Reader(name).result(whole["body"], str(whole.get("sum", "")))


def checksum(body: Mapping[str, Any]) -> str:
    """Return the checksum of what a file tells: CRC-32 of its JSON as a browser writes it, without any space."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return f"{zlib.crc32(text.encode('utf-8', 'surrogatepass')):08x}"


class _Reader:
    """Reads fields, and notes what is wrong with them."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.faults: list[Fault] = []

    def result(self, body: Mapping[str, Any], told: str) -> Result:
        rows = self._rows(body, "stops", MOST_STOPS)
        entries = [self._entry(row, f"stops[{n}]") for n, row in enumerate(rows, start=1)]
        met = self._rows(body, "issues", MOST_ISSUES)
        issues = [self._issue(row, f"issues[{n}]") for n, row in enumerate(met, start=1)]
        seen = self._rows(body, "photos", MOST_PHOTOS)
        shots = [self._stop_shot(row, f"photos[{n}]") for n, row in enumerate(seen, start=1)]
        gone = self._rows(body, "tracks", MOST_TRACKS)
        tracks = [self._track(row, f"tracks[{n}]") for n, row in enumerate(gone, start=1)]
        made = Result(
            name=self.name,
            community=self._text(body, "community", "", 100),
            walk_id=self._whole(body, "walk", "") or 0,
            day=self._day(body.get("day")),
            half=self._half(body.get("half")),
            plan=self._text(body, "plan", "", 64),
            made_at=self._moment(body, "made_at", "") or dt.datetime.now(dt.UTC),
            entries=tuple(entries),
            issues=tuple(issues),
            shots=tuple(shots),
            tracks=tuple(tracks),
            edited=told != checksum(body),
        )
        if self.faults:
            raise FaultyResult(self.name, self.faults)
        return made

    def _wrong(self, where: str, why: str, value: Any = "") -> None:
        shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        self.faults.append(Fault(where, why, shown[:40]))

    def _rows(self, body: Mapping[str, Any], name: str, most: int) -> list[Mapping[str, Any]]:
        rows = body.get(name, [])
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            self._wrong(name, "list")
            return []
        if len(rows) > most:
            self._wrong(name, "many", len(rows))
            return []
        return rows

    def _entry(self, row: Mapping[str, Any], where: str) -> Entry:
        outcome = row.get("outcome")
        if outcome not in [one.value for one in OUTCOMES]:
            self._wrong(f"{where}.outcome", "outcome", outcome)
            outcome = StopOutcome.LATER.value
        follows = row.get("follows", [])
        if not isinstance(follows, list) or not all(isinstance(one, str) for one in follows[:MOST_FOLLOWED]):
            self._wrong(f"{where}.follows", "list")
            follows = []
        return Entry(
            stop_id=self._whole(row, "stop", where) or 0,
            key=self._key(row, where),
            client_id=self._client_id(row, where),
            follows=tuple(follows[:MOST_FOLLOWED]),
            outcome=StopOutcome(outcome),
            note=self._text(row, "note", where, LONGEST),
            handling=self._text(row, "handling", where, LONGEST),
            came_at=self._moment(row, "came_at", where, optional=True),
            at=self._moment(row, "at", where) or dt.datetime.now(dt.UTC),
        )

    def _issue(self, row: Mapping[str, Any], where: str) -> tuple[Found, tuple[Shot, ...]]:
        photos = row.get("photos", [])
        if not isinstance(photos, list) or not all(isinstance(one, dict) for one in photos):
            self._wrong(f"{where}.photos", "list")
            photos = []
        found = Found(
            client_id=self._client_id(row, where),
            key=self._key(row, where),
            category=self._text(row, "category", where, 64),
            text=self._text(row, "text", where, LONGEST),
            spot=self._text(row, "spot", where, LONGEST),
            at=self._moment(row, "at", where) or dt.datetime.now(dt.UTC),
        )
        return found, tuple(self._shot(one, f"{where}.photos[{n}]") for n, one in enumerate(photos, start=1))

    def _stop_shot(self, row: Mapping[str, Any], where: str) -> StopShot:
        shot = self._shot({"stage": PhotoStage.OTHER.value, **row}, where)
        return StopShot(stop_id=self._whole(row, "stop", where) or 0, key=self._key(row, where), shot=shot)

    def _track(self, row: Mapping[str, Any], where: str) -> Track:
        places = row.get("places")
        if not isinstance(places, list):
            self._wrong(f"{where}.places", "list")
            places = []
        begun = self._moment(row, "begun_at", where) or dt.datetime.now(dt.UTC)
        return Track(client_id=self._client_id(row, where), begun_at=begun, places=tuple(places))

    def _shot(self, row: Mapping[str, Any], where: str) -> Shot:
        stage, content = row.get("stage"), b""
        if stage not in [one.value for one in PhotoStage]:
            self._wrong(f"{where}.stage", "stage", stage)
            stage = PhotoStage.BEFORE.value
        try:
            content = base64.b64decode(self._text(row, "jpeg", where, 10**8), validate=True)
        except (binascii.Error, ValueError):
            self._wrong(f"{where}.jpeg", "photo")
        return Shot(
            client_id=self._client_id(row, where),
            stage=PhotoStage(stage),
            taken_at=self._moment(row, "taken_at", where, optional=True),
            content=content,
        )

    def _text(self, row: Mapping[str, Any], name: str, where: str, longest: int) -> str:
        value, place = row.get(name, ""), f"{where}.{name}".lstrip(".")
        if not isinstance(value, str) or "\0" in value:
            self._wrong(place, "text", value)
            return ""
        if len(value) > longest:
            self._wrong(place, "long", value)
            return ""
        return value.encode("utf-8", "replace").decode()

    def _key(self, row: Mapping[str, Any], where: str) -> str:
        value = row.get("key")
        if not isinstance(value, str) or (value and _KEY.fullmatch(value) is None):
            self._wrong(f"{where}.key", "key", value)
            return ""
        return value

    def _client_id(self, row: Mapping[str, Any], where: str) -> str:
        value = row.get("client_id")
        if not isinstance(value, str) or _CLIENT_ID.fullmatch(value) is None:
            self._wrong(f"{where}.client_id", "client_id", value)
            return "unknown-device"
        return value

    def _whole(self, row: Mapping[str, Any], name: str, where: str) -> int | None:
        value = row.get(name)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 2**31:
            self._wrong(f"{where}.{name}".lstrip("."), "whole", value)
            return None
        return value

    def _moment(self, row: Mapping[str, Any], name: str, where: str, *, optional: bool = False) -> dt.datetime | None:
        value = row.get(name)
        if optional and value is None:
            return None
        try:
            moment = dt.datetime.fromisoformat(value) if isinstance(value, str) else None
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is None:
            self._wrong(f"{where}.{name}".lstrip("."), "moment", value)
            return None
        return moment

    def _day(self, value: Any) -> dt.date:
        try:
            return dt.date.fromisoformat(value)
        except (TypeError, ValueError):
            self._wrong("day", "day", value)
            return dt.date.min

    def _half(self, value: Any) -> Half:
        if value not in [one.value for one in Half]:
            self._wrong("half", "half", value)
            return Half.MORNING
        return Half(value)
