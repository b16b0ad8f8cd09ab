"""The parts of a ground plan, in metres of the town's own frame."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from shapely import LineString, MultiPolygon, Point, Polygon

from gridmap.demo import network


@dataclass
class Line:
    """A path of the plan."""

    kind: str
    name: str
    geom: LineString
    half_width_m: float
    division: bool = False


@dataclass(frozen=True)
class Gate:
    """A gate of the plan; ``compound`` is the compound's key."""

    compound: str
    name: str
    vehicles: bool
    hours: str
    geom: Point


@dataclass(frozen=True)
class Building:
    """A building of the plan; ``compound`` is None outside the walls."""

    compound: str | None
    number: str
    name: str
    use: str
    units: int | None
    floors: int
    households: int
    geom: Polygon


@dataclass(frozen=True)
class Ground:
    """Green, water or paved ground of the plan."""

    kind: str
    name: str
    geom: MultiPolygon


@dataclass
class Town:
    """The whole plan, in metres; the lists are in the order in which rows are numbered."""

    boundary: MultiPolygon
    lines: list[Line] = field(default_factory=list)
    compounds: dict[str, Polygon] = field(default_factory=dict)
    gates: list[Gate] = field(default_factory=list)
    buildings: list[Building] = field(default_factory=list)
    grounds: list[Ground] = field(default_factory=list)
    grids: dict[str, Polygon] = field(default_factory=dict)

    def walkable(self) -> network.Ways:
        """Return the graph of all paths."""
        return network.ways([line.geom for line in self.lines])


def face(faces: Iterable[Polygon], inside: Sequence[float]) -> Polygon:
    """Return the one of ``faces`` that holds the point ``inside``.

    Raises
    ------
    ValueError
        If none does.
    """
    point = Point(inside)
    for candidate in faces:
        if candidate.contains(point):
            return candidate
    raise ValueError(f"no block holds {inside}")
