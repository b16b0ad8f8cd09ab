"""What a person filled into a form, read and checked, field by field, with a sentence for each that cannot be kept."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import shapely

from gridmap.errors import FaultyRecord, Refusal
from gridmap.exchange import fields
from gridmap.services import record_places
from gridmap.services.community_data import CommunityData
from gridmap.services.record_kinds import Field, Kind, Shape

# What is not seen, or turns the direction of what follows: a text must be what it looks like. Emoji's joiner stays.
_UNSEEN = ("Cc", "Cs", "Cf")
_STAYS = "\n\t\u200d"
_LINE_ENDS = re.compile("\r\n?|[\u0085\u2028\u2029]")
_CORNER = re.compile(r"[;；\n]+")
_APART = re.compile(r"[,，\s]+")
_FEWEST_CORNERS = 3
Value = TypeVar("Value", int, float)


def checked(kind: Kind, given: Mapping[str, Any], data: CommunityData) -> dict[str, Any]:
    """Return what is to be kept of ``given``, by the fields of ``kind`` that it names.

    Parameters
    ----------
    kind
        Kind of the record.
    given
        What the form holds: texts as typed, codes of choices, ids, yes and no; the place as text (``place``), or as
        a geometry.
    data
        The community, to which places, buildings and compounds must belong.

    Raises
    ------
    FaultyRecord
        With everything that cannot be kept.
    """
    kept: dict[str, Any] = {}
    refusals: list[Refusal] = []
    for field in kind.fields:
        if field.name not in given:
            continue
        try:
            value = _READERS[field.shape](field, given[field.name], data)
            if field.required and (value is None or value == ""):
                raise _RefusedError("required")
        except _RefusedError as refused:
            refusals.append(Refusal(name=field.name, problem=refused.problem, fields=refused.fields))
            continue
        kept[field.name] = value
    if refusals:
        raise FaultyRecord(refusals)
    return kept


def line(text: str) -> str:
    """Return a text as one line: without signs that are not seen, trimmed."""
    return re.sub(r"\s+", " ", lines(text)).strip()


def lines(text: str) -> str:
    """Return a text without signs that are not seen, trimmed; its lines stay."""
    whole = unicodedata.normalize("NFC", _LINE_ENDS.sub("\n", text))
    seen = (sign for sign in whole if sign in _STAYS or unicodedata.category(sign) not in _UNSEEN)
    return re.sub(r"\n{3,}", "\n\n", "".join(seen)).strip()


def place_text(geom: shapely.Geometry | None) -> str:
    """Write a place as a form shows it: ``lon,lat``, of an outline one corner a line; "" where it is not known."""
    if geom is None or geom.is_empty:
        return ""
    if isinstance(geom, shapely.Point):
        return _corner(geom.x, geom.y)
    outline = max(geom.geoms, key=lambda part: part.area) if isinstance(geom, shapely.MultiPolygon) else geom
    return "\n".join(_corner(x, y) for x, y in list(outline.exterior.coords)[:-1])


class _RefusedError(Exception):
    def __init__(self, problem: str, **more: Any) -> None:
        super().__init__(problem)
        self.problem = problem
        self.fields = more


def _corner(x: float, y: float) -> str:
    return f"{x:.7f}".rstrip("0").rstrip(".") + "," + f"{y:.7f}".rstrip("0").rstrip(".")


def _line(field: Field, value: Any, _data: CommunityData) -> str:
    return _fitting(field, line(str(value or "")))


def _text(field: Field, value: Any, _data: CommunityData) -> str:
    return _fitting(field, lines(str(value or "")))


def _fitting(field: Field, text: str) -> str:
    if len(text) > field.longest:
        raise _RefusedError("long", n=len(text), longest=field.longest)
    return text


def _whole(field: Field, value: Any, _data: CommunityData) -> int | None:
    return _number(field, value, fields.count)


def _measure(field: Field, value: Any, _data: CommunityData) -> float | None:
    return _number(field, value, fields.measure)


def _number(field: Field, value: Any, read: Callable[[Any], Value | None]) -> Value | None:
    try:
        number = read(value)
    except ValueError:
        problem = "not_whole" if field.shape == Shape.WHOLE else "not_number"
        raise _RefusedError(problem, value=fields.fold(value)[:30]) from None
    if number is not None and not (math.isfinite(number) and field.low <= number <= field.high):
        raise _RefusedError("out_of_range", value=number, low=field.low, high=field.high)
    return number


def _yes_no(_field: Field, value: Any, _data: CommunityData) -> bool:
    return bool(value)


def _choice(field: Field, value: Any, data: CommunityData) -> str:
    code = str(value or "")
    if code and code not in field.options(data.catalogues):
        if field.name == "category" and data.categories.get(code) is not None:
            raise _RefusedError("category_retired", value=data.categories.label(code, "zh"))
        if field.words == "service_kinds" and code in data.kinds.entries:
            raise _RefusedError("kind_retired", value=data.kinds.label(code, "zh"))
        raise _RefusedError("not_offered", value=code[:30])
    return code


def _hours(_field: Field, value: Any, _data: CommunityData) -> str:
    read = fields.hours(value)
    if read is None:
        raise _RefusedError("hours", value=fields.fold(value)[:30])
    return read


def _building(_field: Field, value: Any, data: CommunityData) -> int | None:
    if value is not None and value not in data.buildings.index:
        raise _RefusedError("building_gone")
    return None if value is None else int(value)


def _compound(_field: Field, value: Any, data: CommunityData) -> int | None:
    if value is not None and value not in data.compounds.index:
        raise _RefusedError("compound_gone")
    return None if value is None else int(value)


def _service_point(_field: Field, value: Any, data: CommunityData) -> int | None:
    if value is not None and value not in data.points.index:
        raise _RefusedError("point_gone")
    return None if value is None else int(value)


def _point(_field: Field, value: Any, data: CommunityData) -> shapely.Point:
    if isinstance(value, shapely.Point):
        return value
    corners = _corners(value)
    if not corners:
        return shapely.Point()
    if len(corners) > 1:
        raise _RefusedError("one_place")
    place = shapely.Point(corners[0])
    _demand_near(place, data)
    return place


def _area(_field: Field, value: Any, data: CommunityData) -> shapely.MultiPolygon:
    if isinstance(value, shapely.MultiPolygon):
        return value
    corners = _corners(value)
    if not corners:
        return shapely.MultiPolygon()
    if len(set(corners)) < _FEWEST_CORNERS:
        raise _RefusedError("few_corners")
    outline = shapely.Polygon(corners)
    if not outline.is_valid or outline.area == 0:
        raise _RefusedError("crossing")
    _demand_near(outline, data)
    return shapely.MultiPolygon([outline])


def _corners(value: Any) -> list[tuple[float, float]]:
    text = unicodedata.normalize("NFKC", lines(str(value or "")))
    found = []
    for part in filter(None, (one.strip() for one in _CORNER.split(text))):
        try:
            x, y = (float(number) for number in _APART.split(part))
        except ValueError:
            raise _RefusedError("place_unread", value=part[:40]) from None
        if not (math.isfinite(x) and math.isfinite(y)):
            raise _RefusedError("place_unread", value=part[:40])
        if not (-180 <= x <= 180 and -90 <= y <= 90):
            raise _RefusedError(
                "place_swapped" if -90 <= x <= 90 and -180 <= y <= 180 else "place_off", value=part[:40]
            )
        found.append((x, y))
    return found


def _demand_near(place: shapely.Geometry, data: CommunityData) -> None:
    away_m = record_places.outside_m(place, data)
    if away_m > record_places.REACH_M:
        x, y = place.representative_point().coords[0]
        swapped = abs(y) <= 180 and abs(x) <= 90 and record_places.outside_m(shapely.Point(y, x), data) == 0
        raise _RefusedError("place_swapped" if swapped else "outside", value=_corner(x, y), away_m=round(away_m))


_READERS: dict[Shape, Callable[[Field, Any, CommunityData], Any]] = {
    Shape.LINE: _line,
    Shape.TEXT: _text,
    Shape.WHOLE: _whole,
    Shape.MEASURE: _measure,
    Shape.YES_NO: _yes_no,
    Shape.CHOICE: _choice,
    Shape.HOURS: _hours,
    Shape.BUILDING: _building,
    Shape.COMPOUND: _compound,
    Shape.SERVICE_POINT: _service_point,
    Shape.POINT: _point,
    Shape.AREA: _area,
}
