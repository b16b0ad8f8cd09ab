"""Reads the rows of a file as an order says: what can be kept, what is wrong, and where the rows are."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

from gridmap.errors import Fault
from gridmap.exchange import cells, columns, fields
from gridmap.exchange.source import Source
from gridmap.services import import_places, import_verdicts
from gridmap.services.import_kinds import ImportKind
from gridmap.services.import_preview import Order
from gridmap.services.import_scene import Scene
from gridmap.services.tally import Note

# Columns that only count the rows.
_SEQUENCE = frozenset({"序号", "fid", "objectid", "ogc_fid", "index"})
_ENOUGH = 1000


def check(
    source: Source, of: ImportKind, order: Order, scene: Scene, tell: Callable[[float], None] = lambda _: None
) -> import_verdicts.Checked:
    """Read the rows as the order says: what can be kept, what is wrong, and where the rows are."""
    if not source.spatial:
        columns.demand(source.frame, of.name, order.mapping, source.name)
    named = columns.named(source.frame, order.mapping)
    broken: list[Fault] = []
    if source.spatial:
        placed = import_places.of_shapes(named, of, order, scene)
    else:
        broken = cells.faults(source.frame, order.mapping)
        named = named.drop(index=list({fault.row for fault in broken}))
        repeats = named.index[named.duplicated()].tolist()
        placed = import_places.of_cells(named.drop(index=repeats), of, order, scene, tell)
        if repeats:
            placed.notes.append(Note(key="rows_twice", fields={"n": len(repeats), "rows": repeats[:5]}))
    if left := _without_field(source, order):
        placed.notes.append(Note(key="columns_not_kept", fields={"n": len(left), "columns": left}))
    tell(0.8)
    lost = [fault.row for fault in placed.faults if fault.fatal and fault.row is not None]
    frame = placed.frame.drop(index=placed.frame.index.intersection(lost))
    clean, found = of.check(frame, scene)
    faults = sorted((*broken, *placed.faults, *found), key=lambda fault: (fault.row or 0, not fault.fatal))
    tell(1.0)
    faults = [as_the_file_says(fault, order.mapping, source) for fault in faults]
    return import_verdicts.Checked(clean=clean, faults=faults, placed=placed)


def _without_field(source: Source, order: Order) -> list[str]:
    """Return the headings of columns in which something stands and for which there is no field."""
    shape = getattr(source.frame, "_geometry_column_name", None)
    rest = [name for name in source.frame.columns if name != shape and str(name) not in order.mapping.values()]
    return [
        str(name)
        for name in rest
        if fields.name_key(str(name)) not in _SEQUENCE and any(map(fields.fold, source.frame[name].head(_ENOUGH)))
    ]


def as_the_file_says(fault: Fault, taken: Mapping[str, Any], source: Source) -> Fault:
    """Name the column as the file does, and the sheet of a row where the file has several."""
    column = fault.column if fault.column is None else str(taken.get(fault.column, fault.column))
    sheet = source.part if source.part and not source.spatial and fault.row is not None else None
    return dataclasses.replace(fault, column=column, sheet=sheet)
