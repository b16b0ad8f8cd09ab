"""What a person did on the map, read from what the browser sent back.

The browser is not trusted: what does not have the form of an event is no event.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

Subject = Literal["issue", "care"]
SUBJECTS: tuple[Subject, ...] = ("issue", "care")
Target = Literal["building", "point", "issue"]
Act = Literal["edit", "open"]
TARGETS: tuple[Target, ...] = ("building", "point", "issue")
ACTS: tuple[Act, ...] = ("edit", "open")
_LARGEST = 2**53
_MOST_CORNERS = 500
_MOST_ORDERED = 500


@dataclass(frozen=True, kw_only=True)
class View:
    """What part of the earth is on screen: centre in WGS 84 and Leaflet's zoom."""

    lat: float
    lon: float
    zoom: float


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something done; ``seq`` rises with each, so that one is never taken twice."""

    seq: int
    view: View


@dataclass(frozen=True, kw_only=True)
class Drawn(Event):
    """The map was drawn for the first time."""


@dataclass(frozen=True, kw_only=True)
class Moved(Event):
    """The map was moved or zoomed."""


@dataclass(frozen=True, kw_only=True)
class Stale(Event):
    """What is on the map is no longer what is kept: somebody has changed something."""


@dataclass(frozen=True, kw_only=True)
class Clicked(Event):
    """A thing on the map was chosen."""

    target: Target
    id: int


@dataclass(frozen=True, kw_only=True)
class Found(Event):
    """A thing was chosen from the search's answers: the map should go there."""

    target: Target
    id: int


@dataclass(frozen=True, kw_only=True)
class Wanted(Event):
    """One of the card's buttons was pressed: an issue is to be tagged there, the thing is to be changed, or opened."""

    act: Act
    target: Target
    id: int


@dataclass(frozen=True, kw_only=True)
class Searched(Event):
    """Words were typed into the search."""

    text: str


@dataclass(frozen=True, kw_only=True)
class Closed(Event):
    """The card was closed."""


@dataclass(frozen=True, kw_only=True)
class Asked(Event):
    """It was asked on the card whom something is about."""

    subject: Subject
    id: int


@dataclass(frozen=True, kw_only=True)
class Pointed(Event):
    """A place was shown while places were asked for: WGS 84, and the building that lies there."""

    lon: float
    lat: float
    building: int | None = None


@dataclass(frozen=True, kw_only=True)
class Picked(Event):
    """A shape above the layers was chosen."""

    id: int


@dataclass(frozen=True, kw_only=True)
class Dragged(Event):
    """A sign above the layers was moved to a place in WGS 84."""

    id: int
    lon: float
    lat: float


@dataclass(frozen=True, kw_only=True)
class Ordered(Event):
    """Stops were brought into another order: their ids, each once."""

    ids: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Lassoed(Event):
    """An area was drawn round things: the corners of its edge, (lon, lat) in WGS 84."""

    ring: tuple[tuple[float, float], ...]


def parse(returned: Mapping[str, Any] | None) -> Event | None:
    """Return the latest event in what the map component returned, or None."""
    raw = returned.get("last_active_drawing") if isinstance(returned, Mapping) else None
    if not isinstance(raw, Mapping):
        return None
    view = _view(raw.get("view"))
    seq = _whole(raw.get("seq"))
    if view is None or seq is None:
        return None
    match raw.get("kind"):
        case "drawn":
            return Drawn(seq=seq, view=view)
        case "moved":
            return Moved(seq=seq, view=view)
        case "stale":
            return Stale(seq=seq, view=view)
        case "closed":
            return Closed(seq=seq, view=view)
        case "searched" if isinstance(raw.get("text"), str):
            return Searched(seq=seq, view=view, text=raw["text"][:80])
        case "wanted" if raw.get("act") in ACTS and raw.get("target") in TARGETS:
            one = _whole(raw.get("id"))
            if one is not None:
                act, thing = cast(Act, raw["act"]), cast(Target, raw["target"])
                return Wanted(seq=seq, view=view, act=act, target=thing, id=one)
        case "asked":
            subject, number = raw.get("subject"), _whole(raw.get("id"))
            if subject in SUBJECTS and number is not None:
                return Asked(seq=seq, view=view, subject=cast(Subject, subject), id=number)
        case "picked" if (number := _whole(raw.get("id"))) is not None:
            return Picked(seq=seq, view=view, id=number)
        case "pointed" if (at := _place(raw)) is not None:
            return Pointed(seq=seq, view=view, lon=at[0], lat=at[1], building=_whole(raw.get("building")))
        case "dragged" if (at := _place(raw)) is not None and (number := _whole(raw.get("id"))) is not None:
            return Dragged(seq=seq, view=view, id=number, lon=at[0], lat=at[1])
        case "ordered" if (ids := _ids(raw.get("ids"))) is not None:
            return Ordered(seq=seq, view=view, ids=ids)
        case "lassoed" if (ring := _ring(raw.get("ring"))) is not None:
            return Lassoed(seq=seq, view=view, ring=ring)
        case "clicked" | "found" as kind:
            target, number = raw.get("target"), _whole(raw.get("id"))
            if target in TARGETS and number is not None:
                made = Clicked if kind == "clicked" else Found
                return made(seq=seq, view=view, target=cast(Target, target), id=number)
    return None


def _view(raw: Any) -> View | None:
    if not isinstance(raw, Mapping):
        return None
    lat, lon, zoom = (_number(raw.get(name)) for name in ("lat", "lon", "zoom"))
    if lat is None or lon is None or zoom is None:
        return None
    if not (-90 <= lat <= 90 and -180 <= lon <= 180 and 0 <= zoom <= 24):
        return None
    return View(lat=lat, lon=lon, zoom=zoom)


def _place(raw: Mapping[str, Any]) -> tuple[float, float] | None:
    lon, lat = _number(raw.get("lon")), _number(raw.get("lat"))
    if lon is None or lat is None or not (-180 <= lon <= 180 and -90 <= lat <= 90):
        return None
    return lon, lat


def _ring(raw: Any) -> tuple[tuple[float, float], ...] | None:
    if not isinstance(raw, list) or not 3 <= len(raw) <= _MOST_CORNERS:
        return None
    corners = [_place(one) if isinstance(one, Mapping) else None for one in raw]
    return None if None in corners else tuple(corner for corner in corners if corner is not None)


def _ids(raw: Any) -> tuple[int, ...] | None:
    if not isinstance(raw, list) or not 1 <= len(raw) <= _MOST_ORDERED:
        return None
    told = [_whole(one) for one in raw]
    return None if None in told or len(set(told)) < len(told) else tuple(one for one in told if one is not None)


def _whole(raw: Any) -> int | None:
    number = _number(raw)
    return None if number is None or number != int(number) else int(raw)


def _number(raw: Any) -> float | None:
    if isinstance(raw, bool) or not isinstance(raw, (int, float)):
        return None
    # NaN is not within any bounds; JavaScript counts exactly to here, and no float holds what JSON can.
    return float(raw) if -_LARGEST <= raw <= _LARGEST else None
