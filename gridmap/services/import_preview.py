"""What an import would do, and what it did."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import geopandas as gpd
import pandas as pd

from gridmap import i18n
from gridmap.errors import Fault, FaultyInput
from gridmap.exchange.columns import Guess
from gridmap.exchange.doubts import DatumDoubt
from gridmap.exchange.source import Part, Source
from gridmap.services.tally import Change, Note

Verdict = Literal["added", "changed", "unchanged", "refused", "left_out"]
Placement = int | tuple[float, float]


@dataclass(frozen=True, kw_only=True, eq=False)
class Look:
    """What a file holds, before anything is decided.

    Parameters
    ----------
    source
        The part that was read, without what must not come in.
    parts
        All parts of the file.
    dropped
        Headings of columns that were dropped, since gridmap keeps no such data.
    masked
        By heading, in how many cells an identity number was masked.
    identities
        By row, what tells one identity number from another; the numbers are not here. None where there are none.
    """

    source: Source
    parts: tuple[Part, ...]
    dropped: tuple[str, ...]
    masked: Mapping[str, int]
    identities: pd.Series | None = None

    @property
    def headings(self) -> list[str]:
        """The headings of the columns that are left."""
        shape = getattr(self.source.frame, "_geometry_column_name", None)
        return [str(name) for name in self.source.frame.columns if name != shape]

    @property
    def notes(self) -> list[Note]:
        """What was taken out of the file before anything else was looked at."""
        said = []
        if self.dropped:
            said.append(Note(key="forbidden_columns", fields={"n": len(self.dropped), "columns": list(self.dropped)}))
        if self.masked:
            n = sum(self.masked.values())
            said.append(Note(key="identity_masked", fields={"n": n, "columns": list(self.masked)}))
        return said


@dataclass(frozen=True, kw_only=True, eq=False)
class Row:
    """What becomes of one row of the file.

    Parameters
    ----------
    number
        The row as a person counts it in the file.
    verdict
        ``left_out``: it repeats another one, and counts once.
    title
        What the thing is called; empty where nothing is kept.
    changes
        Old and new value by field, where something kept is changed.
    """

    number: int
    verdict: Verdict
    title: str = ""
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Match:
    """A building found for what a row says of its place.

    Parameters
    ----------
    row
        Number of the row.
    said
        What stands in the row.
    building_id
        The building, None where none was found.
    confidence
        From 0 to 1.
    taken
        Whether the row is kept with that building: it is sure enough, or a person said so.
    called
        What the building is called, with its compound.
    runners_up
        Ids of other buildings it may be, the likeliest first.
    why
        Key of the sentence that says why, looked up as ``address.why.<why>``; empty where a person chose it.
    """

    row: int
    said: str
    building_id: int | None
    confidence: float
    taken: bool
    called: str = ""
    runners_up: tuple[int, ...] = ()
    why: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class Order:
    """How a file is to be read: what a person decided, and what follows from it each time it is looked at anew.

    Parameters
    ----------
    mapping
        Our field -> heading of the column.
    crs
        CRS of the file's coordinates, where it is not the one declared or a table's are projected.
    datum
        Datum of the file's coordinates.
    placements
        By row: id of a building, or (lon, lat) in WGS 84, as a person clicked it.
    today
        The day it is.
    states
        Which states are meant by words that only the person knew.
    repair
        Whether gaps and overlaps of drawn grids are to be repaired.
    """

    mapping: Mapping[str, str]
    crs: str | None
    datum: str
    placements: Mapping[int, Placement]
    today: dt.date
    states: Mapping[str, str] = field(default_factory=dict)
    repair: bool = False


@dataclass(frozen=True, kw_only=True, eq=False)
class Preview:
    """What an import would do. Nothing of it is kept.

    Parameters
    ----------
    kind, source, look
        What is imported from which file.
    order
        How it was read.
    guesses
        The columns as the importer proposed them, with confidence.
    community_id, revision, edition
        The community as it stood.
    verdicts
        Each row of the file, in its order.
    added, changed, unchanged, refused
        Things that are new, are written anew, and are as they are; rows that cannot be kept.
    faults
        All faults and warnings, by row.
    notes
        What is done besides.
    matches
        Buildings found for rows that say where they are in words.
    unplaced
        Rows whose place was not found, to be placed by a click.
    doubt
        What speaks against the datum, None where nothing does.
    new, old
        The places of what is added or changed, and of what was there before it is changed: ``row``, ``title``,
        ``verdict``, geometry in WGS 84.
    otherwise
        Under a datum in doubt: where the file would be in the likely one. As ``new``, but for all its rows.
    clean
        The rows that can be kept, as the keeper takes them.
    repairs
        What is done to drawn grids so that they tile the community (`grid_repair.repaired`); None where nothing is.
    """

    kind: str
    look: Look
    order: Order
    guesses: tuple[Guess, ...]
    community_id: int
    revision: int
    edition: str
    verdicts: tuple[Row, ...]
    added: int
    changed: int
    unchanged: int
    refused: int
    faults: tuple[Fault, ...]
    notes: tuple[Note, ...]
    matches: tuple[Match, ...]
    unplaced: tuple[int, ...]
    doubt: DatumDoubt | None
    new: gpd.GeoDataFrame
    old: gpd.GeoDataFrame
    otherwise: gpd.GeoDataFrame
    clean: Any = field(repr=False)
    repairs: gpd.GeoDataFrame | None = None

    @property
    def source(self) -> Source:
        """The part of the file that was read."""
        return self.look.source

    @property
    def rows(self) -> int:
        """Rows in the file."""
        return len(self.source.frame)

    @property
    def counts(self) -> tuple[int, int, int, int]:
        """Added, changed, unchanged, refused."""
        return self.added, self.changed, self.unchanged, self.refused


@dataclass(frozen=True, kw_only=True)
class ImportReport:
    """What an import did, or would do.

    Parameters
    ----------
    kind
        What was imported.
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
        Whether the file was kept: not on a rehearsal, and not if a row was refused and nobody said to skip it.
    run
        Number by which it is undone; None where nothing has changed.
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
    run: int | None = None

    def summary(self, language: str) -> str:
        """Say in ``language`` what was done, a line each."""
        what = i18n.text(f"kind.{self.kind}", language)
        counted = {"rows": self.rows, "added": self.added, "changed": self.changed, "unchanged": self.unchanged}
        head = "import.done" if self.kept else "import.rehearsed"
        if self.refused:
            head = "import.kept_in_part" if self.kept else "import.refused"
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
