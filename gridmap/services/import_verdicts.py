"""What becomes of each row of a file, from the faults found in it and from what the keeper did with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd

from gridmap import crs, model
from gridmap.errors import Fault
from gridmap.exchange.columns import Guess
from gridmap.services.import_kinds import ImportKind
from gridmap.services.import_places import Placed
from gridmap.services.import_preview import Look, Order, Preview, Row, Verdict
from gridmap.services.import_scene import Scene
from gridmap.services.tally import Change, Outcome, Planned, Tally
from gridmap.store import tables

# The first of these that a row has is what people call it.
_TITLES = ("number", "name", "code", "title")
_HIDDEN = "＊＊＊"


@dataclass(frozen=True, kw_only=True)
class Checked:
    """Rows that were read: those that can be kept, what is wrong, and where they are."""

    clean: Any
    faults: list[Fault]
    placed: Placed


def preview(
    of: ImportKind,
    look: Look,
    order: Order,
    guesses: tuple[Guess, ...],
    scene: Scene,
    checked: Checked,
    tally: Tally,
    *,
    revision: int,
    edition: str,
) -> Preview:
    """Return what an import would do, while its transaction is still under way."""
    found, placed = checked.faults, checked.placed
    faults = (*found, *tally.faults)
    numbers = [int(row) for row in look.source.frame.index]
    new, old = _places(of.cls, tally.outcomes)
    return Preview(
        kind=of.name,
        look=look,
        order=order,
        guesses=guesses,
        community_id=scene.community_id,
        revision=revision,
        edition=edition,
        verdicts=_rows(of.cls, numbers, found, tally.outcomes),
        added=tally.added,
        changed=tally.changed,
        unchanged=tally.unchanged,
        refused=refused(found, len(numbers)),
        faults=faults,
        notes=(*look.notes, *placed.notes, *tally.notes),
        matches=tuple(placed.matches),
        unplaced=tuple(placed.unplaced),
        doubt=placed.doubt,
        new=new,
        old=old,
        otherwise=_otherwise(placed.otherwise),
        clean=checked.clean,
        repairs=tally.repairs,
    )


def refused(found: Iterable[Fault], rows: int) -> int:
    """Return how many rows cannot be kept: all, where something is wrong with the file as a whole."""
    fatal = [fault for fault in found if fault.fatal]
    return rows if any(fault.row is None for fault in fatal) else len({fault.row for fault in fatal})


def _rows(
    cls: type[model.Row], numbers: Sequence[int], found: Sequence[Fault], outcomes: Sequence[Outcome]
) -> tuple[Row, ...]:
    barred = {fault.row for fault in found if fault.fatal}
    by_row: dict[int | None, list[Outcome]] = {}
    for outcome in outcomes:
        by_row.setdefault(outcome.row, []).append(outcome)
    called, secret = namer(cls), _secret(cls)
    rows = []
    for number in numbers:
        done = by_row.get(number, [])
        if None in barred or number in barred:
            rows.append(Row(number=number, verdict="refused"))
        elif not done:
            rows.append(Row(number=number, verdict="left_out"))
        else:
            changes = tuple(_shown(change, secret) for one in done for change in one.changes)
            rows.append(Row(number=number, verdict=_verdict(done), title=called(done[0].thing), changes=changes))
    return tuple(rows)


def _verdict(done: Sequence[Outcome]) -> Verdict:
    states = {outcome.state for outcome in done}
    return "added" if "added" in states else "changed" if "changed" in states else "unchanged"


def namer(cls: type[model.Row]) -> Callable[[model.Row | Planned], str]:
    """Return what says how people call a row of a class, by what is not sealed."""
    names = [name for name in _TITLES if name not in _secret(cls)]
    return lambda thing: next((str(said) for name in names if (said := getattr(thing, name, None))), "")


def _secret(cls: type[model.Row]) -> frozenset[str]:
    return frozenset(column.name for column in tables.sealed(tables.of()[cls]))


def _shown(change: Change, secret: frozenset[str]) -> Change:
    """Return a change without what is sealed: that it changed is told, not what it was."""
    if change.field not in secret:
        return change
    return Change(field=change.field, old=_HIDDEN if change.old else "", new=_HIDDEN if change.new else "")


def _places(cls: type[model.Row], outcomes: Sequence[Outcome]) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    new: list[tuple[Any, ...]] = []
    old: list[tuple[Any, ...]] = []
    called = namer(cls)
    for outcome in outcomes:
        shape = getattr(outcome.thing, "geom", None)
        if outcome.state == "unchanged" or shape is None:
            continue
        told = (outcome.row, called(outcome.thing), outcome.state)
        if not shape.is_empty:
            new.append((*told, shape))
        old += [(*told, one.old) for one in outcome.changes if one.field == "geom" and not one.old.is_empty]
    return _frame(new), _frame(old)


def _otherwise(shapes: gpd.GeoSeries | None) -> gpd.GeoDataFrame:
    shown = [] if shapes is None else list(zip(shapes.index.tolist(), shapes.tolist(), strict=True))
    return _frame([(row, "", "added", shape) for row, shape in shown if not shape.is_empty])


def _frame(rows: list[tuple[Any, ...]]) -> gpd.GeoDataFrame:
    names = ("row", "title", "verdict", "geom")
    data = {name: [row[position] for row in rows] for position, name in enumerate(names)}
    return gpd.GeoDataFrame(data, geometry="geom", crs=crs.WGS84)
