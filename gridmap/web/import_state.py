"""What one person's import holds between two runs: the file, what was decided about it, and what it would do."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import streamlit as st

from gridmap.cartography import events
from gridmap.services.import_preview import ImportReport, Look, Placement, Preview
from gridmap.web import downloads

_KEY = "gridmap_import"


@dataclass(kw_only=True)
class ImportState:
    """One person's import.

    Parameters
    ----------
    serial
        Part of the widgets' keys: another file has other widgets.
    folder, path
        Where the file lies as long as it is looked at.
    file_id
        What Streamlit calls the file that was handed in.
    kind
        What is in it; "" until it is known.
    part
        The sheet or layer; None for the one that the importer chooses.
    crs, datum
        What its coordinates are said to be.
    mapping
        What a person corrected: our field -> heading, None for no column.
    profile
        Name of the remembered columns that are used.
    states
        Which states are meant by words of the file that are not known.
    repair
        Whether gaps and overlaps of drawn grids are repaired.
    placements
        Where a person put rows.
    look, preview
        What was read, and what keeping it would do; None where it is to be found out anew.
    placing
        The row that is placed on the map now.
    fits
        How often the map was asked to show all that is new.
    stopped
        Whether the person stopped the work on it.
    seen
        The last event of the map that was taken.
    report
        What the last import did, to be told.
    """

    serial: int = 0
    folder: tempfile.TemporaryDirectory[str] | None = None
    path: Path | None = None
    file_id: str = ""
    kind: str = ""
    part: str | None = None
    crs: str = ""
    datum: str = "wgs84"
    mapping: dict[str, str | None] = field(default_factory=dict)
    profile: str = ""
    states: dict[str, str] = field(default_factory=dict)
    repair: bool = False
    placements: dict[int, Placement] = field(default_factory=dict)
    look: Look | None = None
    preview: Preview | None = None
    placing: int | None = None
    fits: int = 0
    stopped: bool = False
    seen: int = 0
    report: ImportReport | None = None

    def take_file(self, name: str, data: Any, file_id: str) -> None:
        """Lay a file that was handed in where it can be read; what was decided of another is forgotten."""
        self.forget()
        self.folder = tempfile.TemporaryDirectory(prefix="gridmap-import-")
        # The name is the person's: it must lead nowhere else.
        stem, _, ending = name.rpartition(".")
        self.path = Path(self.folder.name) / downloads.file_name(stem or name, ending=ending if stem else "").rstrip(
            "."
        )
        with self.path.open("wb") as file:
            file.write(data)
        self.file_id = file_id

    def forget(self) -> None:
        """Let go of the file and all that was decided about it."""
        if self.folder is not None:
            self.folder.cleanup()
        self.serial += 1
        self.folder = self.path = self.look = self.preview = self.placing = None
        self.part = None
        self.file_id, self.crs, self.datum = "", "", "wgs84"
        self.kind, self.profile, self.mapping, self.placements, self.states = "", "", {}, {}, {}
        self.stopped = self.repair = False

    def anew(self, *, read: bool = False) -> None:
        """Find out again what keeping the file would do; with ``read``, what is in it, too."""
        self.preview, self.stopped = None, False
        if read:
            self.look, self.mapping, self.placements, self.placing = None, {}, {}, None

    def take(self, event: events.Event, moved: Callable[[int], None] = lambda _: None) -> None:
        """Take what was done on the map: a row is placed, or a row is chosen."""
        if event.seq == self.seen:
            return
        self.seen = event.seq
        match event:
            case events.Pointed() if self.placing is not None:
                self.placements[self.placing] = (event.lon, event.lat) if event.building is None else event.building
                self.placing = None
                self.anew()
            case events.Picked():
                moved(event.id)
            case _:
                pass


def current() -> ImportState:
    """Return this person's import."""
    state: ImportState = st.session_state.setdefault(_KEY, ImportState())
    return state
