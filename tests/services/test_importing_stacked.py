"""Buildings that lie on one another, or in no grid: they are kept, and what could not be done for them is said."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from pathlib import Path

import geopandas as gpd
import prepared
import pytest
import shapely
import taken

from gridmap import model
from gridmap.services import communities, community_data
from gridmap.services.import_preview import ImportReport
from gridmap.store import Store, open_store

TODAY = dt.date(2026, 11, 24)
LON, LAT = 108.92, 34.23


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(str(prepared.empty(tmp_path / "store.gpkg")))
    communities.create(opened, "模拟社区")
    yield opened
    opened.close()


def _take(
    store: Store, folder: Path, shapes: Sequence[shapely.Geometry], kind: str, **columns: list[str]
) -> ImportReport:
    path = folder / "a.geojson"
    gpd.GeoDataFrame(columns, geometry=list(shapes), crs="EPSG:4326").to_file(path, driver="GeoJSON")
    (community,) = store.communities()
    return taken.take(store, community, path, kind, today=TODAY)


def _block(column: float, size: float = 0.0002) -> shapely.Polygon:
    return shapely.box(LON + column * 0.0005, LAT, LON + column * 0.0005 + size, LAT + size)


def test_stacked_buildings_are_kept_without_a_proposal(store: Store, tmp_path: Path) -> None:
    stacked = [_block(0, 0.0002 + n * 1e-6) for n in range(20)]
    report = _take(store, tmp_path, stacked, "buildings", 楼号=[f"{n}号楼" for n in range(20)])
    assert (report.added, report.kept) == (20, True)
    said = {note.key for note in report.notes}
    assert said >= {"overlapping", "grids_not_proposed"}
    assert "grids_proposed" not in said
    chinese, english = report.summary("zh"), report.summary("en")
    assert "没有自动划分网格：" in chinese
    assert "压在别的楼上" in chinese
    assert "No grids are proposed: " in english
    assert "号楼" in english.split("No grids are proposed")[1], "buildings are named as people know them"
    assert "20 buildings lie on one another" in english
    data = community_data.read(store, 1, day=TODAY)
    assert len(data.buildings) == 20
    assert data.grids.empty
    assert data.community.geom.covers(data.buildings.geometry.union_all())


def test_proposal_that_fails_leaves_the_one_before(store: Store, tmp_path: Path) -> None:
    _take(store, tmp_path, [_block(n) for n in range(10)], "buildings", 楼号=[f"{n}号楼" for n in range(10)])
    before = community_data.read(store, 1, day=TODAY)
    assert len(before.grids) == 5
    stacked = [_block(20, 0.0002 + n * 1e-6) for n in range(60)]
    report = _take(store, tmp_path, stacked, "buildings", 楼号=[f"{n + 100}号楼" for n in range(60)])
    after = community_data.read(store, 1, day=TODAY)
    assert len(after.buildings) == 70
    assert len(after.grids) == 5
    assert (after.buildings["letter"] != "").all(), "every building is in a grid"
    assert {note.key for note in report.notes} & {"grids_proposed", "grids_not_proposed"}


def test_a_tower_on_its_podium_is_named_and_divided(store: Store, tmp_path: Path) -> None:
    shapes = [*(_block(n) for n in range(6)), shapely.box(LON, LAT, LON + 0.00005, LAT + 0.00005)]
    report = _take(store, tmp_path, shapes, "buildings", 楼号=[f"{n}号楼" for n in range(7)])
    (note,) = [note for note in report.notes if note.key == "overlapping"]
    assert (note.fields["n"], note.fields["pairs"]) == (2, ["0号楼 / 6号楼"])
    assert "grids_proposed" in {note.key for note in report.notes}


def test_neighbours_that_touch_are_not_named(store: Store, tmp_path: Path) -> None:
    shapes = [shapely.box(LON + n * 0.0002, LAT, LON + (n + 1) * 0.0002, LAT + 0.0002) for n in range(6)]
    report = _take(store, tmp_path, shapes, "buildings", 楼号=[f"{n}号楼" for n in range(6)])
    assert "overlapping" not in {note.key for note in report.notes}


def test_buildings_outside_all_drawn_grids_are_not_said_to_lie_in_one(store: Store, tmp_path: Path) -> None:
    drawn = [shapely.box(LON - 0.01, LAT - 0.01, LON + 0.0007, LAT + 0.01)]
    _take(store, tmp_path, drawn, "grids")
    with store.write() as session:
        session.get(model.Community, 1).boundary_drawn = False
    report = _take(store, tmp_path, [_block(n) for n in range(4)], "buildings", 楼号=[f"{n}号楼" for n in range(4)])
    notes = {note.key: note.fields for note in report.notes}
    assert notes["placed_in_grids"]["n"] == 2
    assert notes["placed_off_grids"]["n"] == 2
    assert notes["placed_off_grids"]["buildings"] == ["2号楼", "3号楼"]
    assert "2 栋楼不在任何网格内" in report.summary("zh")
