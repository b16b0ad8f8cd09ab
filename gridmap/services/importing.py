"""Takes a file into a community: look, find all faults, and keep everything or nothing."""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from gridmap import i18n, model, settings
from gridmap.errors import Fault, FaultyInput, InputError
from gridmap.exchange import columns, forbidden, reading
from gridmap.exchange.source import Source
from gridmap.services import community_settings, import_kinds
from gridmap.services.import_scene import Scene
from gridmap.services.tally import Note, Tally
from gridmap.store import Store

KINDS = tuple(import_kinds.KINDS)


@dataclass(frozen=True, kw_only=True)
class ImportReport:
    """What an import did, or would do.

    Parameters
    ----------
    kind
        What was imported: one of `KINDS`.
    source
        Name of the file.
    rows
        Rows in the file.
    added, changed, unchanged
        Things that are new, that were written anew, and that were as they are.
    refused
        Rows with a fault that cannot be kept.
    faults
        All faults and warnings, by row.
    notes
        What was done besides.
    kept
        Whether anything was written: not on a rehearsal, and not if a row was refused.
    """

    kind: str
    source: str
    rows: int
    added: int
    changed: int
    unchanged: int
    refused: int
    faults: tuple[Fault, ...]
    notes: tuple[Note, ...]
    kept: bool

    def __post_init__(self) -> None:
        """Hold that nothing was kept of a file with a row that cannot be."""
        if self.refused and (self.kept or self.added or self.changed):
            raise ValueError("a file with refused rows was kept in part")

    def summary(self, language: str) -> str:
        """Say in ``language`` what was done, a line each."""
        what = i18n.text(f"kind.{self.kind}", language)
        counted = {"rows": self.rows, "added": self.added, "changed": self.changed, "unchanged": self.unchanged}
        head = "import.done" if self.kept else "import.refused" if self.refused else "import.rehearsed"
        lines = [i18n.text(head, language, kind=what, refused=self.refused, source=self.source, **counted)]
        lines += [i18n.text(f"note.{note.key}", language, **note.fields) for note in self.notes]
        return "\n".join(lines)


class Refused(FaultyInput):
    """A file of which nothing was kept, with the report that says why.

    Parameters
    ----------
    report
        Its rows, faults and warnings.
    """

    def __init__(self, report: ImportReport) -> None:
        super().__init__([fault for fault in report.faults if fault.fatal], report.source)
        self.report = report


class _NotKeptError(Exception):
    """Ends a rehearsal, so that the store takes everything back."""


def import_file(
    store: Store,
    community: model.Community,
    path: Path,
    kind: str,
    *,
    layer: str | None = None,
    crs: str | None = None,
    dry_run: bool = False,
    today: dt.date | None = None,
) -> ImportReport:
    """Import a vector file: everything in it, or nothing.

    A file that was imported before changes nothing. Columns about what gridmap has no field for are dropped and
    identity numbers masked before anything else; the report's notes say so. After buildings have come in, a boundary
    that nobody drew and grids that nobody confirmed are derived anew from them.

    Parameters
    ----------
    store, community
        Where to.
    path
        GeoPackage, GeoJSON or Shapefile.
    kind
        One of `KINDS`.
    layer
        Which layer, where the file has several.
    crs
        The CRS to believe instead of the one declared.
    dry_run
        Only say what would be done.
    today
        Day from which new grids are valid; by default the day it is in the operator's time zone.

    Raises
    ------
    InputError
        If the file cannot be read as it is.
    Refused
        If a row cannot be kept: then none is. Not on a rehearsal, whose report says it.
    """
    of = import_kinds.kind(kind)
    _refuse_store(store, path)
    community_id = community_settings.number(community)
    source = reading.read(path, part=layer or reading.part_for(path, kind), crs=crs)
    stripped, barred = forbidden.strip(source.frame)
    source = dataclasses.replace(source, frame=stripped)
    taken = columns.mapping(columns.propose(source.frame, kind))
    present = store.community(community_id)
    scene = Scene(
        community=present,
        buildings=store.frame(model.Building, community_id),
        compounds=store.frame(model.Compound, community_id),
        today=today or dt.datetime.now(ZoneInfo(settings.from_environment().time_zone)).date(),
        time_zone=settings.from_environment().time_zone,
    )
    clean, found = of.check(columns.named(source.frame, taken), scene)
    found = [_as_the_file_says(fault, taken) for fault in found]
    if any(fault.fatal for fault in found):
        report = _report(kind, source, found, Tally(), barred, kept=False)
        if dry_run:
            return report
        raise Refused(report)
    tally = Tally()
    try:
        with store.write() as session:
            tally = of.keep(session, scene, clean)
            if dry_run:
                raise _NotKeptError
    except _NotKeptError:
        return _report(kind, source, found, tally, barred, kept=False)
    return _report(kind, source, found, tally, barred, kept=True)


def _refuse_store(store: Store, path: Path) -> None:
    """Never open the live store a second time: closing the second handle would drop the first one's locks."""
    if store.path is None or not os.path.exists(path):  # noqa: PTH110 (Path.exists raises where this says no)
        return
    own = [store.path, *(store.path.with_name(store.path.name + ending) for ending in ("-wal", "-shm", "-journal"))]
    if any(part.exists() and part.samefile(path) for part in own):
        raise InputError("file_is_store", source=str(path))


def _as_the_file_says(fault: Fault, taken: Mapping[str, Any]) -> Fault:
    if fault.column is None or fault.column not in taken:
        return fault
    return dataclasses.replace(fault, column=str(taken[fault.column]))


def _notes(barred: forbidden.Found) -> list[Note]:
    """Say what was taken out of a file before anything of it was looked at."""
    notes = []
    if barred.columns:
        notes.append(Note(key="forbidden_columns", fields={"n": len(barred.columns), "columns": list(barred.columns)}))
    if barred.cells:
        n = sum(barred.cells.values())
        notes.append(Note(key="identity_masked", fields={"n": n, "columns": list(barred.cells)}))
    return notes


def _report(
    kind: str, source: Source, found: list[Fault], tally: Tally, barred: forbidden.Found, *, kept: bool
) -> ImportReport:
    rows = len(source.frame)
    refused = rows if any(f.fatal and f.row is None for f in found) else len({f.row for f in found if f.fatal})
    return ImportReport(
        kind=kind,
        source=source.name,
        rows=rows,
        added=tally.added,
        changed=tally.changed,
        unchanged=tally.unchanged,
        refused=refused,
        faults=(*found, *tally.faults),
        notes=(*_notes(barred), *tally.notes),
        kept=kept,
    )
