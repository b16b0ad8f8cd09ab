"""The file is a GeoPackage for the rest of the world: other programs validate, read and edit it."""

from __future__ import annotations

import json
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import outside
import pytest
import shapely
import sqlalchemy as sa
from store_places import NOON, Place

from gridmap import errors, model
from gridmap.store import Store, open_store, tables

SQUARE = shapely.MultiPolygon([shapely.box(108.92, 34.23, 108.921, 34.231)])


def _fill(place: Place) -> None:
    owned = {"community_id": place.community_id}
    with place.store.write() as session:
        session.add(compound := model.Compound(**owned, name="东院", geom=SQUARE))
        session.flush()
        for number in range(60):
            x, y = 108.92 + number % 8 / 1e4, 34.23 + number // 8 / 1e4
            shape = shapely.MultiPolygon([shapely.box(x, y, x + 5e-5, y + 5e-5)]) if number else shapely.MultiPolygon()
            session.add(model.Building(**owned, number=f"{number}号楼", compound_id=compound.id, geom=shape))
        session.add(
            model.Issue(
                **owned,
                code="W-1",
                reported_at=NOON,
                source=model.IssueSource.WALK,
                category="lighting",
                text="路灯不亮",
                geom=shapely.Point(108.9205, 34.2305),
            )
        )
        session.add(model.Walk(**owned, day=NOON.date(), walk_m=812.5, geom=shapely.LineString([(1, 1), (2, 2)])))


def _path(store: Store) -> Path:
    assert store.path is not None
    return store.path


def test_empty_store_is_valid(file_store: Store) -> None:
    assert outside.validate(_path(file_store)) == ""


def test_filled_store_is_valid_while_it_is_open(file_place: Place) -> None:
    _fill(file_place)
    assert outside.validate(_path(file_place.store)) == ""


def test_ogrinfo_sees_layers_extents_and_types(file_place: Place) -> None:
    _fill(file_place)
    said = outside.ogrinfo(_path(file_place.store))
    building = said.split("Layer name: building\n")[1].split("Layer name:")[0]
    assert "Geometry: Multi Polygon" in building
    assert "Feature Count: 60" in building
    # The spatial index, from which the extent comes, rounds outwards to 32 bits: less than a metre.
    assert "Extent: (108.919998, 34.230000) - (108.920753, 34.230751)" in building
    assert "households: Integer64" in building
    assert "reported_at: DateTime" in said.split("Layer name: issue\n")[1]
    assert "Layer name: setting" in said
    assert "Layer name: history" not in said, "what only the app may write is no layer"


def test_extent_follows_deletion(file_place: Place) -> None:
    _fill(file_place)
    with file_place.store.write() as session:
        session.execute(sa.delete(model.Building).where(model.Building.number != "1号楼"))
    with file_place.store.read() as session:
        asked = sa.text("SELECT min_x, max_x FROM gpkg_contents WHERE table_name = 'building'")
        assert session.execute(asked).one() == pytest.approx((108.9201, 108.92015), abs=2e-5)
    with file_place.store.write() as session:
        session.delete(session.get(model.Community, file_place.community_id))
    with file_place.store.read() as session:
        assert session.execute(asked).one() == (None, None)


def test_geopandas_reads_it_from_another_process(file_place: Place) -> None:
    _fill(file_place)
    code = (
        "import sys, geopandas as g; f = g.read_file(sys.argv[1], layer='building');"
        "print(len(f), f.crs.to_epsg(), f['number'].iloc[3], f.geometry.isna().sum(), f.geom_type.iloc[3])"
    )
    said = outside.run(sys.executable, "-c", code, str(_path(file_place.store)))
    assert said.strip() == "60 4326 3号楼 1 MultiPolygon"


def test_edit_by_another_program_is_seen_counted_and_kept_in_the_past(file_place: Place) -> None:
    _fill(file_place)
    store, community_id = file_place.store, file_place.community_id
    before = store.frame(model.Building, community_id)
    mine_id = int(before.index[5])
    with store.read() as session:
        mine = session.get(model.Building, mine_id)
    assert mine is not None
    revision = store.revision(community_id)
    # What QGIS does on saving: features are written whole, one is added, one is deleted.
    outside.gdal_python(
        """
import sys
from osgeo import ogr
ogr.UseExceptions()
source = ogr.Open(sys.argv[1], update=1)
layer = source.GetLayerByName("building")
feature = layer.GetFeature(int(sys.argv[2]))
feature.SetField("number", "甲楼")
feature.SetGeometry(ogr.CreateGeometryFromWkt("MULTIPOLYGON (((110 35, 110.1 35, 110.1 35.1, 110 35)))"))
layer.SetFeature(feature)
new = ogr.Feature(layer.GetLayerDefn())
new.SetField("community_id", int(sys.argv[3]))
new.SetField("number", "新楼")
new.SetGeometry(ogr.CreateGeometryFromWkt("MULTIPOLYGON (((111 35, 111.1 35, 111.1 35.1, 111 35)))"))
layer.CreateFeature(new)
layer.DeleteFeature(int(sys.argv[4]))
nowhere = layer.GetFeature(int(sys.argv[5]))
nowhere.SetGeometry(None)
layer.SetFeature(nowhere)
""",
        str(_path(store)),
        str(mine_id),
        str(community_id),
        str(before.index[6]),
        str(before.index[7]),
    )
    frame = store.frame(model.Building, community_id)
    assert len(frame) == 60
    assert frame.loc[mine_id, "number"] == "甲楼"
    assert frame.loc[mine_id, "version"] == 2
    assert frame.loc[mine_id].geom.bounds[0] == 110
    assert frame["number"].iloc[-1] == "新楼"
    assert frame.geom.loc[before.index[7]].is_empty
    assert store.revision(community_id) >= revision + 4
    with store.read() as session:
        past = session.execute(sa.select(tables.HISTORY).where(tables.HISTORY.c.row_id == mine_id)).all()
        deleted = session.execute(sa.select(tables.HISTORY).where(tables.HISTORY.c.op == "delete")).all()
    assert [json.loads(p.old)["number"] for p in past if p.table_name == "building"] == ["5号楼"]
    assert [p.row_id for p in deleted] == [before.index[6]]
    mine.households = 3
    with pytest.raises(errors.Conflict), store.write() as session:
        session.add(mine)
    with store.write() as session:
        session.add(model.Building(community_id=community_id, number="后来", geom=SQUARE))
    assert outside.validate(_path(store)) == ""
    with store.read() as session:
        in_index = "SELECT count(*) FROM rtree_building_geom WHERE maxx >= :x"
        assert session.scalar(sa.text(in_index), {"x": 110}) == 2


def test_sql_update_by_ogr(file_place: Place) -> None:
    _fill(file_place)
    outside.gdal_python(
        "import sys; from osgeo import gdal; gdal.UseExceptions(); d = gdal.OpenEx(sys.argv[1], gdal.OF_UPDATE);"
        "d.ExecuteSQL(\"UPDATE building SET households = 9, geom = geom WHERE number = '2号楼'\")",
        str(_path(file_place.store)),
    )
    frame = file_place.store.frame(model.Building, file_place.community_id, number="2号楼")
    assert list(frame["households"]) == [9]
    assert list(frame["version"]) == [2]


def test_snapshot_is_one_whole_valid_file(place: Place, tmp_path: Path) -> None:
    _fill(place)
    with place.store.write() as session:
        session.execute(sa.update(model.Building).values(floors=6))
    copy = tmp_path / "copy.gpkg"
    place.store.snapshot(copy)
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith("copy")] == ["copy.gpkg"]
    assert outside.validate(copy) == ""
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    restored = open_store(str(copy))
    for cls in (model.Building, model.Issue, model.Walk, model.Compound):
        mine, theirs = (s.frame(cls, place.community_id) for s in (place.store, restored))
        assert mine.to_wkb().equals(theirs.to_wkb()), cls.__name__
    assert restored.revision(place.community_id) == place.store.revision(place.community_id)
    with restored.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(tables.HISTORY)) == 60
    with restored.write() as session:
        session.add(model.Building(community_id=place.community_id, number="61"))
    restored.close()


def test_snapshot_overwrites_nothing(file_place: Place, tmp_path: Path) -> None:
    there = tmp_path / "there.gpkg"
    there.write_text("mine")
    for target in (there, _path(file_place.store)):
        with pytest.raises(errors.InputError, match="exists already"):
            file_place.store.snapshot(target)
    assert there.read_text() == "mine"


def test_settings_that_keep_the_file_whole(file_store: Store) -> None:
    with file_store.write() as session:
        asked = {
            name: session.scalar(sa.text(f"PRAGMA {name}")) for name in ("journal_mode", "synchronous", "foreign_keys")
        }
        assert asked == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
        assert session.scalar(sa.text("PRAGMA busy_timeout")) == 30_000
