"""What became of the rows of an import, counted and told while they are kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import geopandas as gpd
import shapely
from sqlalchemy.orm import Session

from gridmap import model, privacy
from gridmap.errors import Fault
from gridmap.exchange import fields

_REHEARSAL, _FOLLOWED = "gridmap_rehearsal", "gridmap_followed"
_TOLD_EVERY = 500

State = Literal["added", "changed", "unchanged"]


@dataclass(frozen=True, kw_only=True)
class Note:
    """Something done besides that the person should know: key of its sentence (``note.<key>``) and its fields."""

    key: str
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Change:
    """One field of a kept row before and after: plain values, enumerations and geometries as the model holds them."""

    field: str
    old: Any
    new: Any


@dataclass(frozen=True, kw_only=True, eq=False)
class Outcome:
    """What became of one row of the file.

    Parameters
    ----------
    row
        The row as a person counts it in the file; None for what no single row stands for.
    state
        Whether ``thing`` is new, was written anew, or is as it was.
    thing
        The row of the store.
    changes
        What differs from before, where it was changed.
    """

    row: int | None
    state: State
    thing: model.Row | Planned
    changes: tuple[Change, ...] = ()


class Planned:
    """Stands in a rehearsal for a row that would be added: it has the values, and no store behind it."""

    def __init__(self, **values: Any) -> None:
        self.__dict__ |= values

    def __getattr__(self, name: str) -> Any:
        return None


@dataclass(kw_only=True)
class Tally:
    """What became of the rows, counted while they are kept.

    ``rehearsal`` says that all is taken back: a keeper may leave out what nothing in the tally depends on. ``repairs``
    is what was done to drawn grids so that they tile the community (`grid_repair.repaired`), None where nothing was.
    """

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    outcomes: list[Outcome] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    rehearsal: bool = False
    repairs: gpd.GeoDataFrame | None = None

    @property
    def touched(self) -> bool:
        """Whether anything is no longer as it was."""
        return bool(self.added or self.changed)

    def note(self, key: str, n: int, **more: Any) -> None:
        """Remember that something was done ``n`` times, if it was done at all."""
        if n:
            self.notes.append(Note(key=key, fields={"n": n, **more}))

    def add(self, session: Session, thing: model.Row | Planned, *, at: int | None) -> None:
        """Add ``thing`` to the store and count it; ``at`` is its row in the file."""
        if not isinstance(thing, Planned):
            session.add(thing)
        self.added += 1
        self.outcomes.append(Outcome(row=at, state="added", thing=thing))
        if self.added % _TOLD_EVERY == 0 and (tell := session.info.get(_FOLLOWED)) is not None:
            tell(self.added)

    def write(self, thing: model.Row, values: Mapping[str, Any], *, at: int | None) -> bool:
        """Write ``values`` into a row that is kept; count and return whether that changed it.

        A row that this import itself has just added is part of what was added, not changed.
        """
        changes = tuple(
            Change(field=name, old=getattr(thing, name), new=value)
            for name, value in values.items()
            if not same(getattr(thing, name), value)
        )
        for change in changes:
            setattr(thing, change.field, change.new)
        state: State = "changed" if changes else "unchanged"
        if changes:
            self.changed += 1
        else:
            self.unchanged += 1
        self.outcomes.append(Outcome(row=at, state=state, thing=thing, changes=changes))
        return bool(changes)

    def touch(self, thing: model.Row) -> None:
        """Count the last row written as changed, though only what hangs on ``thing`` has."""
        last = self.outcomes[-1]
        if last.thing is thing and last.state == "unchanged":
            self.outcomes[-1] = Outcome(row=last.row, state="changed", thing=thing)
            self.unchanged -= 1
            self.changed += 1


def rehearse(session: Session) -> None:
    """Let keepers know that what they do with this session is taken back."""
    session.info[_REHEARSAL] = True


def follow(session: Session, tell: Callable[[float], None], rows: int) -> None:
    """Let ``tell`` know from time to time what share of ``rows`` was added, up to 0.8 of the whole."""
    session.info[_FOLLOWED] = lambda added: tell(0.8 * min(1.0, added / max(rows, 1)))


def is_rehearsal(session: Session) -> bool:
    """Whether what is done with this session is taken back."""
    return bool(session.info.get(_REHEARSAL))


def same(kept: Any, new: Any) -> bool:
    """Whether two values of a field are the same.

    A place that moved by less than a tenth of a millimetre is, and a text in which numbers are only masked, as our own
    exports mask them: what is kept must not be lost by them.
    """
    if isinstance(new, shapely.Geometry):
        pair = (
            (kept, new)
            if len(shapely.get_coordinates(kept)) == len(shapely.get_coordinates(new))
            else _plain(kept, new)
        )
        return bool(shapely.equals_exact(*pair, tolerance=1e-9, normalize=True))
    if isinstance(kept, str) and isinstance(new, str) and kept != new:
        # The same signs in another width are no other text.
        return fields.fold(kept) == fields.fold(new) or ("*" in new and privacy.mask_text(kept) == new)
    return bool(kept == new)


def _plain(*shapes: shapely.Geometry) -> tuple[shapely.Geometry, ...]:
    """Return shapes without the vertices that stand twice."""
    return tuple(shapely.remove_repeated_points(shape) for shape in shapes)
