"""Grids as they are drawn by hand: a sketch, what a hand may change in it, and the steps there and back."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, TypeVar

import pandas as pd

from gridmap import palette
from gridmap.errors import InputError
from gridmap.services import grid_looks
from gridmap.services.grid_looks import Look

LONGEST_NAME = 30
K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True, kw_only=True)
class Border:
    """A border that a hand has drawn over.

    Parameters
    ----------
    line
        Where it runs, in WGS 84 as WKB in hexadecimal digits.
    given
        The ground between the old border and the new that went to each grid, by its key, likewise.
    """

    line: str
    given: Mapping[int, str]


@dataclass(frozen=True, kw_only=True)
class Sketch:
    """Grids that are being drawn.

    Parameters
    ----------
    looks
        What each grid is called, by its key.
    of
        Key of the grid of each building; one that is in none is not named.
    fixed
        Buildings that stay in their grids.
    borders
        Borders that were drawn over, the last one last.
    """

    looks: Mapping[int, Look]
    of: Mapping[int, int]
    fixed: frozenset[int] = frozenset()
    borders: tuple[Border, ...] = ()

    @property
    def assigned(self) -> pd.Series:
        """Key of the grid of each building, as a Series."""
        return pd.Series(self.of, dtype="int64")

    def members(self, key: int) -> list[int]:
        """Return the buildings of a grid."""
        return [building for building, grid in self.of.items() if grid == key]

    def called(self, key: int) -> str:
        """Return what a grid is called, after its letter."""
        return f"{self.looks[key].letter} {self.looks[key].name}"


@dataclass(frozen=True, kw_only=True)
class Base:
    """What a sketch was begun on: the ground of grids of which no building moves stays as it was drawn.

    Parameters
    ----------
    areas
        Area of each grid in WGS 84, as WKB in hexadecimal digits, by its key.
    of
        Key of the grid of each building.
    """

    areas: Mapping[int, str]
    of: Mapping[int, int]


@dataclass(frozen=True, kw_only=True)
class Step:
    """What a hand has changed: of each thing, what it was before and after, None for not there.

    Parameters
    ----------
    act
        What was done: the key of a sentence behind ``grids.step.``, of which ``n`` is the number.
    n
        How many buildings, or grids, it was done to.
    of, looks
        Grids of buildings, and what grids are called.
    fixed
        Buildings that were fixed, or are no longer: True for fixed afterwards.
    border
        The border that was drawn over.
    """

    act: str
    n: int
    of: Mapping[int, tuple[int | None, int | None]]
    looks: Mapping[int, tuple[Look | None, Look | None]]
    fixed: Mapping[int, bool]
    border: Border | None = None

    @property
    def nothing(self) -> bool:
        """Whether nothing was changed."""
        return not (self.of or self.looks or self.fixed or self.border)


def between(before: Sketch, after: Sketch, act: str, n: int) -> Step:
    """Return the step from one sketch to another."""
    return Step(
        act=act,
        n=n,
        of=_differ(before.of, after.of),
        looks=_differ(before.looks, after.looks),
        fixed={one: one in after.fixed for one in before.fixed ^ after.fixed},
        border=after.borders[-1] if len(after.borders) > len(before.borders) else None,
    )


def forth(sketch: Sketch, step: Step) -> Sketch:
    """Take a step."""
    return _changed(sketch, step, 1)


def back(sketch: Sketch, step: Step) -> Sketch:
    """Take a step back: what it did is undone."""
    return _changed(sketch, step, 0)


def move(sketch: Sketch, buildings: Collection[int], to: int) -> Sketch:
    """Move buildings into a grid; those that are fixed stay where they are.

    Raises
    ------
    InputError
        If there is no such grid, or all of them are fixed.
    """
    _demand(sketch, to)
    free = [one for one in buildings if one not in sketch.fixed]
    if buildings and not free:
        raise InputError("draft_all_fixed", n=len(buildings))
    return replace(sketch, of={**sketch.of, **dict.fromkeys(free, to)})


def put(sketch: Sketch, assigned: pd.Series) -> Sketch:
    """Put each building into the grid that is named for it, and leave out those that are not named."""
    of = {int(one): int(key) for one, key in assigned.items()}  # type: ignore[call-overload]
    return replace(sketch, of=of, fixed=sketch.fixed & frozenset(of))


def merge(sketch: Sketch, one: int, other: int) -> Sketch:
    """Make one grid of two: it is called as the first.

    Raises
    ------
    InputError
        If they are the same grid, or one is not there.
    """
    _demand(sketch, one)
    _demand(sketch, other)
    if one == other:
        raise InputError("draft_same_grid")
    of = {building: one if key == other else key for building, key in sketch.of.items()}
    return replace(sketch, of=of, looks={key: look for key, look in sketch.looks.items() if key != other})


def split(sketch: Sketch, key: int, away: Collection[int], codes: Collection[str] = ()) -> Sketch:
    """Make a new grid of some of the buildings of a grid; it takes none of ``codes``, which have been there before.

    Raises
    ------
    InputError
        If there is no such grid, or one of the two would have no building.
    """
    _demand(sketch, key)
    mine = sketch.members(key)
    going = [one for one in mine if one in frozenset(away)]
    if not going or len(going) == len(mine):
        raise InputError("draft_too_small", grid=sketch.called(key), n=len(mine))
    new = max(sketch.looks) + 1
    looks = {**sketch.looks, new: grid_looks.fresh(list(sketch.looks.values()), codes)}
    return replace(sketch, of={**sketch.of, **dict.fromkeys(going, new)}, looks=looks)


def rename(sketch: Sketch, key: int, name: str) -> Sketch:
    """Call a grid otherwise.

    Raises
    ------
    InputError
        If there is no such grid, or the name is empty, too long or another grid's.
    """
    _demand(sketch, key)
    said = " ".join(name.split())
    if not said or len(said) > LONGEST_NAME:
        raise InputError("draft_name", longest=LONGEST_NAME)
    if any(look.name == said for other, look in sketch.looks.items() if other != key):
        raise InputError("draft_name_taken", name=said)
    return replace(sketch, looks={**sketch.looks, key: replace(sketch.looks[key], name=said)})


def recolour(sketch: Sketch, key: int, colour: str) -> Sketch:
    """Give a grid another colour of the palette.

    Raises
    ------
    InputError
        If there is no such grid or colour.
    """
    _demand(sketch, key)
    if colour not in palette.grids():
        raise InputError("draft_colour", found=colour, colours=list(palette.grids()))
    return replace(sketch, looks={**sketch.looks, key: replace(sketch.looks[key], colour=colour)})


def draw(sketch: Sketch, border: Border, moved: Mapping[int, int]) -> Sketch:
    """Draw a border over; buildings on the other side of it change grid, but for those that are fixed."""
    free = {one: key for one, key in moved.items() if one not in sketch.fixed}
    return replace(sketch, of={**sketch.of, **free}, borders=(*sketch.borders, border))


def fix(sketch: Sketch, buildings: Collection[int]) -> Sketch:
    """Fix buildings in their grids; where all of them are, let them go."""
    named = frozenset(buildings) & frozenset(sketch.of)
    return replace(sketch, fixed=sketch.fixed - named if named <= sketch.fixed else sketch.fixed | named)


def base_as_json(base: Base) -> dict[str, Any]:
    """Return what a sketch was begun on as JSON can hold it."""
    return {
        "areas": {str(key): area for key, area in base.areas.items()},
        "of": {str(building): key for building, key in base.of.items()},
    }


def base_from_json(kept: Mapping[str, Any]) -> Base:
    """Return what a sketch was begun on from JSON."""
    return Base(
        areas={int(key): str(area) for key, area in kept["areas"].items()},
        of={int(building): int(key) for building, key in kept["of"].items()},
    )


def as_json(sketch: Sketch) -> dict[str, Any]:
    """Return a sketch as JSON can hold it."""
    return {
        "looks": {str(key): asdict(look) for key, look in sketch.looks.items()},
        "of": {str(building): key for building, key in sketch.of.items()},
        "fixed": sorted(sketch.fixed),
        "borders": [_border_as_json(one) for one in sketch.borders],
    }


def from_json(kept: Mapping[str, Any]) -> Sketch:
    """Return a sketch from JSON."""
    return Sketch(
        looks={int(key): Look(**look) for key, look in kept["looks"].items()},
        of={int(building): int(key) for building, key in kept["of"].items()},
        fixed=frozenset(kept["fixed"]),
        # Drafts begun before borders could be drawn over have none.
        borders=tuple(_border(one) for one in kept.get("borders", ())),
    )


def step_as_json(step: Step) -> dict[str, Any]:
    """Return a step as JSON can hold it."""
    looks = {str(key): [None if look is None else asdict(look) for look in pair] for key, pair in step.looks.items()}
    return {
        "act": step.act,
        "n": step.n,
        "of": {str(building): list(pair) for building, pair in step.of.items()},
        "looks": looks,
        "fixed": {str(building): on for building, on in step.fixed.items()},
        "border": None if step.border is None else _border_as_json(step.border),
    }


def step_from_json(kept: Mapping[str, Any]) -> Step:
    """Return a step from JSON."""
    return Step(
        act=kept["act"],
        n=kept["n"],
        of={int(building): (pair[0], pair[1]) for building, pair in kept["of"].items()},
        looks={int(key): (_look(pair[0]), _look(pair[1])) for key, pair in kept["looks"].items()},
        fixed={int(building): bool(on) for building, on in kept["fixed"].items()},
        border=None if kept.get("border") is None else _border(kept["border"]),
    )


def _border_as_json(border: Border) -> dict[str, Any]:
    return {"line": border.line, "given": {str(key): ground for key, ground in border.given.items()}}


def _border(kept: Mapping[str, Any]) -> Border:
    return Border(line=str(kept["line"]), given={int(key): str(ground) for key, ground in kept["given"].items()})


def _look(kept: Mapping[str, Any] | None) -> Look | None:
    return None if kept is None else Look(**kept)


def _demand(sketch: Sketch, key: int) -> None:
    if key not in sketch.looks:
        raise InputError("draft_no_grid", grids=[sketch.called(one) for one in sketch.looks])


def _differ(before: Mapping[K, V], after: Mapping[K, V]) -> dict[K, tuple[V | None, V | None]]:
    both = {key: (before.get(key), after.get(key)) for key in {**before, **after}}
    return {key: pair for key, pair in both.items() if pair[0] != pair[1]}


def _changed(sketch: Sketch, step: Step, side: int) -> Sketch:
    of = {**sketch.of, **{one: pair[side] for one, pair in step.of.items()}}
    looks = {**sketch.looks, **{key: pair[side] for key, pair in step.looks.items()}}
    fixed = {one for one, on in step.fixed.items() if on == bool(side)}
    borders = sketch.borders
    if step.border is not None:
        borders = (*borders, step.border) if side else borders[:-1]
    return Sketch(
        of={one: key for one, key in of.items() if key is not None},
        looks=dict(sorted((key, look) for key, look in looks.items() if look is not None)),
        fixed=(sketch.fixed - frozenset(step.fixed)) | fixed,
        borders=borders,
    )
