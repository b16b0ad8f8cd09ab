"""A small community into which registers come, and files of registers written for a test."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import shapely

from gridmap import model
from gridmap.services import communities, community_settings, importing
from gridmap.services.import_preview import ImportReport, Preview
from gridmap.store import Store

TODAY = dt.date(2026, 11, 24)
LON, LAT = 108.92, 34.23


def settle(store: Store) -> model.Community:
    """A community with two compounds of three buildings each, two grids and a service point."""
    community = communities.create(store, "模拟社区")
    number = community_settings.number(community)
    with store.write() as session:
        version = model.GridVersion(community_id=number, valid_from=TODAY)
        session.add(version)
        session.flush()
        for column, (name, letter, colour) in enumerate((("东苑小区", "A", "red"), ("西苑小区", "B", "yellow"))):
            west = LON + column * 0.01
            area = shapely.MultiPolygon([shapely.box(west - 0.001, LAT - 0.001, west + 0.006, LAT + 0.002)])
            compound = model.Compound(community_id=number, name=name, geom=area)
            grid = model.Grid(
                community_id=number,
                version_id=int(version.id or 0),
                code=f"00{column + 1}",
                name=f"第{'一二'[column]}网格",
                colour=colour,
                letter=letter,
                geom=area,
            )
            session.add_all([compound, grid])
            session.flush()
            for position in range(3):
                x = west + position * 0.001
                home = model.Building(
                    community_id=number,
                    compound_id=compound.id,
                    number=f"{position + 1}号楼",
                    households=40,
                    geom=shapely.MultiPolygon([shapely.box(x, LAT, x + 0.0005, LAT + 0.0002)]),
                )
                session.add(home)
                session.flush()
                session.add(
                    model.GridBuilding(
                        community_id=number,
                        version_id=int(version.id or 0),
                        building_id=int(home.id or 0),
                        grid_id=int(grid.id or 0),
                    )
                )
        session.add(
            model.ServicePoint(
                community_id=number, kind="station", name="东苑服务站", building_id=1, geom=shapely.Point(LON, LAT)
            )
        )
    return community


def written(folder: Path, name: str, heading: Sequence[str], *rows: Sequence[Any]) -> Path:
    """Write a CSV and return where it is."""
    path = folder / name
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([heading, *rows])
    return path


def looked(store: Store, community: model.Community, path: Path, kind: str, **more: Any) -> Preview:
    """What an import would do."""
    part = more.pop("part", None)
    return importing.prepare(store, community, importing.look(store, path, part, kind=kind), kind, today=TODAY, **more)


def take(store: Store, community: model.Community, path: Path, kind: str, **more: Any) -> ImportReport:
    """Import a file."""
    skip = more.pop("skip_refused", False)
    return importing.keep(store, None, looked(store, community, path, kind, **more), skip_refused=skip)


def counts(report: ImportReport) -> tuple[int, int, int, int]:
    """Added, changed, unchanged, refused."""
    return report.added, report.changed, report.unchanged, report.refused


def problems(preview: Preview) -> list[tuple[str, int | None]]:
    """What is wrong, with the rows."""
    return [(fault.problem, fault.row) for fault in preview.faults]


def noted(report: ImportReport | Preview) -> dict[str, Any]:
    """Notes by key."""
    return {note.key: note.fields for note in report.notes}
