"""Drawn grids come in with gaps and overlaps repaired, if a person says so, and each piece is told."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import prepared
import pytest
import shapely
import taken

from gridmap import cli, crs, model
from gridmap.access import Actor
from gridmap.model import Role
from gridmap.services import (
    communities,
    community_data,
    grid_checks,
    grid_drafts,
    grid_drawing,
    grid_repair,
    grid_repair_draft,
    import_undo,
)
from gridmap.store import Store, open_store

TODAY = dt.date(2026, 11, 24)
LON, LAT = 108.92, 34.23
HERE = {"LANG": "en_GB.UTF-8"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return prepared.with_community(tmp_path / "store.gpkg")


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    opened = open_store(str(path))
    yield opened
    opened.close()


def written(folder: Path, file: str, shapes: Sequence[shapely.Geometry], **columns: list[Any]) -> Path:
    path = folder / file
    gpd.GeoDataFrame(columns, geometry=list(shapes), crs="EPSG:4326").to_file(path, driver="GeoJSON")
    return path


def drawn(folder: Path) -> Path:
    """Two grids: they share a strip with a building on it, and leave a slit in the north."""
    west = shapely.box(LON, LAT, LON + 0.0052, LAT + 0.01)
    east = shapely.box(LON + 0.005, LAT, LON + 0.01, LAT + 0.005)
    north = shapely.box(LON + 0.0053, LAT + 0.005, LON + 0.01, LAT + 0.01)
    return written(folder, "grids.geojson", [west, east, north], 网格名称=["西网格", "东网格", "北网格"])


def buildings(folder: Path) -> Path:
    shapes = [shapely.box(x, LAT + 0.002, x + 0.0004, LAT + 0.0023) for x in (LON + 0.001, LON + 0.0051, LON + 0.006)]
    shapes.append(shapely.box(LON + 0.007, LAT + 0.007, LON + 0.0074, LAT + 0.0073))
    return written(folder, "buildings.geojson", shapes, 楼号=[f"{n}号楼" for n in range(1, 5)])


def assert_tiles(store: Store, community: model.Community, day: dt.date = TODAY) -> None:
    data = community_data.read(store, int(community.id or 0), day=day)
    metric = crs.metric_crs(data.grids)
    areas = crs.densified(data.grids).to_crs(metric).geometry
    whole = crs.densified(data.boundary).to_crs(metric).geometry.iloc[0]
    assert abs(areas.area.sum() - whole.area) < 1
    assert areas.union_all().symmetric_difference(whole).area < 1


def test_gaps_and_overlaps_are_repaired_where_a_person_says_so(store: Store, tmp_path: Path) -> None:
    (community,) = store.communities()
    taken.take(store, community, buildings(tmp_path), "buildings", today=TODAY)
    path = drawn(tmp_path)
    plain = taken.preview(store, community, path, "grids", today=TODAY)
    assert {fault.problem for fault in plain.faults} >= {"grids_overlap", "grids_apart"}
    assert plain.repairs is None
    preview = taken.preview(store, community, path, "grids", today=TODAY, repair=True)
    assert preview.repairs is not None
    assert not {fault.problem for fault in preview.faults} & {"grids_overlap", "grids_apart", "grids_gap"}
    pieces = preview.repairs.set_index("kind")
    # The building on the strip stands mostly in the eastern grid.
    assert (pieces.at["overlap", "to"], pieces.at["overlap", "why"]) == ("东网格", "building")
    assert pieces.at["gap", "to"] in ("西网格", "北网格")
    assert 108.92 < pieces.at["gap", "lon"] < 108.93
    said = [grid_repair.sentence(piece, "zh") for piece in preview.repairs.to_dict("records")]
    assert any("西网格、东网格" in one and "那里的楼栋在该网格" in one for one in said)
    assert set(preview.new["title"]) == {"西网格", "东网格", "北网格"}
    first = taken.take(store, community, path, "grids", today=TODAY, repair=True)
    assert_tiles(store, community)
    assert (first.added, first.changed, first.unchanged) == (3, 0, 0)
    again = taken.take(store, community, path, "grids", today=TODAY, repair=True)
    assert (again.added, again.changed, again.unchanged) == (0, 0, 3)
    assert first.run is not None
    import_undo.undo(store, None, community, first.run)
    assert community_data.read(store, 1, day=TODAY).grids_proposed


def test_repaired_grids_open_as_a_draft_with_their_pieces_and_are_published(store: Store, tmp_path: Path) -> None:
    (community,) = store.communities()
    taken.take(store, community, buildings(tmp_path), "buildings", today=TODAY)
    preview = taken.preview(store, community, drawn(tmp_path), "grids", today=TODAY, repair=True)
    with store.write() as session:
        session.add(account := model.Account(name="s", display="", role=Role.SECRETARY, password_hash=""))
    me = Actor(
        account_id=account.id or 0, name="s", role=Role.SECRETARY, street_id=None, community_id=1,
        grid_ids=frozenset(), session_id=1,
    )  # fmt: skip
    before = community_data.read(store, 1, day=TODAY)
    now = dt.datetime(2026, 11, 24, 2, 0, tzinfo=dt.UTC)
    draft = grid_repair_draft.begin(store, me, before, preview, now=now)
    # Nothing is valid yet, and what changed hands is told with the draft.
    assert community_data.read(store, 1, day=TODAY).grids["name"].tolist() == before.grids["name"].tolist()
    kept = grid_drafts.find(store, me, before)
    assert kept == draft
    assert set(grid_repair.from_json(draft.repaired)["kind"]) == {"overlap", "gap"}
    assert {look.name for look in draft.sketch.looks.values()} == {"西网格", "东网格", "北网格"}
    shown = grid_drawing.drawn(before, draft.sketch, draft.base)
    assert not grid_checks.broken(grid_checks.of(before, shown, "zh", own_edge=draft.own_edge(before)))
    grid_drafts.publish(
        store, me, before, draft.version, valid_from=TODAY + dt.timedelta(days=1), reason="新图", language="zh"
    )
    tomorrow = community_data.read(store, 1, day=TODAY + dt.timedelta(days=1))
    assert set(tomorrow.grids["name"]) == {"西网格", "东网格", "北网格"}
    assert tomorrow.buildings.set_index("number").at["2号楼", "grid"] == "东网格"
    assert_tiles(store, community, TODAY + dt.timedelta(days=1))


def test_a_boundary_that_somebody_drew_is_tiled(store: Store, tmp_path: Path) -> None:
    (community,) = store.communities()
    edge = shapely.box(LON + 0.001, LAT - 0.001, LON + 0.011, LAT + 0.009)
    with store.write() as session:
        kept = session.get_one(model.Community, community.id)
        kept.geom, kept.boundary_drawn = shapely.MultiPolygon([edge]), True
    preview = taken.preview(store, community, drawn(tmp_path), "grids", today=TODAY, repair=True)
    assert preview.repairs is not None
    assert set(preview.repairs["kind"]) == {"overlap", "gap", "beyond"}, preview.repairs
    taken.take(store, community, drawn(tmp_path), "grids", today=TODAY, repair=True)
    assert_tiles(store, community)


def test_the_command_repairs_and_tells_each_piece(
    path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["import", str(path), str(drawn(tmp_path)), "--as", "grids", "--repair", "--json"]
    assert cli.run([*arguments, "--dry-run"], HERE) == cli.DONE
    out, err = capsys.readouterr()
    told = json.loads(out)
    assert {piece["kind"] for piece in told["repairs"]} == {"overlap", "gap"}
    assert all(piece["area_m2"] > 1 and piece["to"] and piece["among"] for piece in told["repairs"])
    assert "overlapped by" in err
    assert not told["kept"]
    assert cli.run(arguments, HERE) == cli.DONE
    assert json.loads(capsys.readouterr().out)["kept"]
    refused = ["import", str(path), str(buildings(tmp_path)), "--as", "buildings", "--repair"]
    assert cli.run(refused, HERE) == cli.USERS_MISTAKE
    assert "Only grids are repaired" in capsys.readouterr().err


def test_a_grid_without_ground_is_refused_by_name(store: Store, tmp_path: Path) -> None:
    community = communities.find(store)
    far = shapely.box(LON + 0.002, LAT + 0.002, LON + 0.0021, LAT + 0.0021)
    with store.write() as session:
        kept = session.get_one(model.Community, community.id)
        kept.geom, kept.boundary_drawn = shapely.MultiPolygon([shapely.box(LON, LAT, LON + 0.001, LAT + 0.01)]), True
    shapes = [shapely.box(LON, LAT, LON + 0.001, LAT + 0.01), far]
    path = written(tmp_path, "g.geojson", shapes, 网格名称=["甲网格", "乙网格"])
    with pytest.raises(ValueError, match="乙网格"):
        taken.preview(store, community, path, "grids", today=TODAY, repair=True)
