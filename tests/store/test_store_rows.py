"""What is put into the store comes back as it was."""

from __future__ import annotations

import dataclasses
import datetime as dt
import types as pytypes
import typing
from enum import StrEnum
from typing import Any

import pytest
import shapely
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from store_places import NOON, Place, settle

from gridmap import errors, model, privacy
from gridmap.store import Store, blob, tables

SQUARE = shapely.MultiPolygon([shapely.box(108.92, 34.23, 108.921, 34.231)])
SHAPES = {
    shapely.Point: shapely.Point(108.92, 34.23),
    shapely.LineString: shapely.LineString([(108.92, 34.23), (108.93, 34.24)]),
    shapely.MultiPolygon: SQUARE,
}
PLAIN: dict[Any, Any] = {
    bool: True,
    int: 7,
    float: 30.25,
    str: "四号楼 'é' \"x\" 🏠",
    dt.date: dt.date(2026, 11, 20),
    dt.datetime: dt.datetime(2026, 11, 20, 12, 0, 0, 123000, tzinfo=dt.timezone(dt.timedelta(hours=8))),
}

SEALED = privacy.Keyring([privacy.new_key()], "").seal("庚三")


def _kinds(cls: type[model.Row]) -> dict[str, tuple[Any, bool]]:
    hints = typing.get_type_hints(cls)
    kinds = {}
    for field in dataclasses.fields(cls):
        hint = hints[field.name]
        optional = isinstance(hint, pytypes.UnionType)
        base = next(a for a in typing.get_args(hint) if a is not type(None)) if optional else hint
        kinds[field.name] = (base, optional)
    return kinds


def _example(cls: type[model.Row], made: dict[str, int]) -> dict[str, Any]:
    """A value for every field; rows already made are pointed at."""
    values: dict[str, Any] = {}
    for name, (base, optional) in _kinds(cls).items():
        if name in ("id", "version"):
            continue
        foreign = list(tables.of()[cls].c[name].foreign_keys)
        if foreign:
            target = foreign[0].column.table.name
            if target in made:
                values[name] = made[target]
            else:
                assert optional, f"{cls.__name__}.{name} has no row to point at"
        elif base is model.Sealed:
            values[name] = SEALED
        elif issubclass(base, StrEnum):
            values[name] = list(base)[-1]
        elif issubclass(base, shapely.Geometry):
            values[name] = SHAPES[base]
        else:
            values[name] = PLAIN[base]
    return values


def test_every_class_comes_back_as_it_was(store: Store) -> None:
    made: dict[str, int] = {}
    expected: dict[type[model.Row], dict[str, Any]] = {}
    with store.write() as session:
        for cls in tables.CLASSES:
            expected[cls] = _example(cls, made)
            row = cls(**expected[cls])
            session.add(row)
            session.flush()
            assert row.id is not None
            made[tables.name(cls)] = row.id
    with store.read() as session:
        rows = {cls: session.get(cls, made[tables.name(cls)]) for cls in tables.CLASSES}
    for cls, values in expected.items():
        found = {name: getattr(rows[cls], name) for name in values}
        assert found == values, cls.__name__
        for name, (base, _) in _kinds(cls).items():
            if name in values:
                assert isinstance(found[name], str if base is model.Sealed else base)


def test_every_class_of_the_model_has_a_table() -> None:
    kept = {cls for cls in vars(model).values() if isinstance(cls, type) and issubclass(cls, model.Row)}
    assert kept - {model.Row, model.Owned} == set(tables.CLASSES)


@pytest.mark.parametrize("cls", [model.Gate, model.Path, model.Compound])
def test_place_that_is_not_known_is_an_empty_geometry(place: Place, cls: Any) -> None:
    needs = {model.Gate: {}, model.Path: {}, model.Compound: {"name": "东院"}}[cls]
    with place.store.write() as session:
        session.add(row := cls(community_id=place.community_id, **needs))
    with place.store.read() as session:
        assert session.get(cls, row.id).geom.is_empty
        assert session.get(cls, row.id).geom.geom_type == type(row.geom).__name__
    assert place.store.frame(cls, place.community_id).geom.is_empty.all()


def test_optional_fields_stay_empty(place: Place) -> None:
    with place.store.write() as session:
        session.add(row := model.Building(community_id=place.community_id, number="1"))
    with place.store.read() as session:
        kept = session.get(model.Building, row.id)
    assert kept is not None
    assert (kept.compound_id, kept.units, kept.floors, kept.name) == (None, None, None, "")


def test_moment_without_zone_is_refused(place: Place) -> None:
    issue = _issue(place, reported_at=dt.datetime(2026, 11, 20, 12, 0))
    with pytest.raises(ValueError, match="no time zone"), place.store.write() as session:
        session.add(issue)
    assert place.store.frame(model.Issue, place.community_id).empty


def test_moments_can_be_compared_in_a_query(place: Place) -> None:
    with place.store.write() as session:
        session.add_all([_issue(place, code=str(h), reported_at=NOON + dt.timedelta(hours=h)) for h in range(4)])
    since = (NOON + dt.timedelta(hours=2)).astimezone(dt.timezone(dt.timedelta(hours=8)))
    with place.store.read() as session:
        found = session.scalars(sa.select(model.Issue.code).where(model.Issue.reported_at >= since)).all()
    assert sorted(found) == ["2", "3"]


def test_location_must_be_of_its_kind(place: Place) -> None:
    flat = shapely.box(0, 0, 1, 1)
    with pytest.raises(ValueError, match="MultiPolygon, not a Polygon"), place.store.write() as session:
        session.add(model.Building(community_id=place.community_id, number="1", geom=flat))
    nowhere: Any = None
    with pytest.raises(ValueError, match="never None"), place.store.write() as session:
        session.add(model.Building(community_id=place.community_id, number="1", geom=nowhere))


def test_height_is_dropped(place: Place) -> None:
    with place.store.write() as session:
        session.add(row := model.Gate(community_id=place.community_id, geom=shapely.Point(1, 2, 3)))
    with place.store.read() as session:
        kept = session.get(model.Gate, row.id)
    assert kept is not None
    assert kept.geom.equals(shapely.Point(1, 2))
    assert not kept.geom.has_z


def test_text_that_is_too_long_is_named(place: Place) -> None:
    with (
        pytest.raises(errors.InputError, match="number has 201 characters; at most 200"),
        place.store.write() as session,
    ):
        session.add(model.Building(community_id=place.community_id, number="楼" * 201))
    with pytest.raises(errors.InputError, match="cannot be kept"), place.store.write() as session:
        session.add(model.Building(community_id=place.community_id, number="a\0b"))


def test_value_of_another_program_that_is_none_of_the_choices_is_named(place: Place) -> None:
    with place.store.write() as session:
        session.add(row := model.Building(community_id=place.community_id, number="1"))
    with place.store.write() as session:
        session.execute(sa.text("UPDATE building SET use = 'castle'"))
    with (
        pytest.raises(errors.StoreError, match="castle in the table building, row 1, column use"),
        place.store.read() as session,
    ):
        session.get(model.Building, row.id)


def test_row_made_before_the_store_was_opened_can_be_added(place: Place) -> None:
    # As a process that makes rows first and opens its first store then.
    early = object.__new__(model.Compound)
    fresh = model.Compound(community_id=place.community_id, name="早院")
    early.__dict__.update({k: v for k, v in fresh.__dict__.items() if k != "_sa_instance_state"})
    with place.store.write() as session:
        session.add_all([early])
    assert list(place.store.frame(model.Compound, place.community_id)["name"]) == ["早院"]


def test_several_communities_stand_in_one_store(store: Store) -> None:
    first, second = settle(store, "002"), settle(store, "001")
    with store.write() as session:
        session.add(model.Building(community_id=first.community_id, number="1"))
    assert [c.code for c in store.communities()] == ["001", "002"]
    assert store.community(second.community_id).name == "模拟社区"
    assert (
        len(store.frame(model.Building, first.community_id)),
        len(store.frame(model.Building, second.community_id)),
    ) == (1, 0)
    with pytest.raises(errors.NotFound, match="no community with the number 99"):
        store.community(99)


coordinates = st.tuples(st.floats(-180, 180, allow_subnormal=False), st.floats(-90, 90, allow_subnormal=False))
geometries = st.one_of(
    coordinates.map(shapely.Point),
    st.lists(coordinates, min_size=2, max_size=6).map(shapely.LineString),
    st.sampled_from([shapely.Point(), shapely.LineString(), shapely.MultiPolygon(), SQUARE]),
)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(geometries)
def test_geopackage_geometry_comes_back_and_tells_its_bounds(geometry: shapely.Geometry) -> None:
    kept = blob.encode(geometry)
    assert shapely.equals_exact(blob.decode(kept), geometry)
    assert blob.is_empty(kept) == int(geometry.is_empty)
    box = blob.bounds(kept)
    if geometry.is_empty:
        assert box is None
    else:
        assert box is not None
        min_x, max_x, min_y, max_y = box
        assert (min_x, min_y, max_x, max_y) == geometry.bounds


def test_bounds_without_envelope_as_gdal_writes_points() -> None:
    bare = b"GP\x00\x01" + (4326).to_bytes(4, "little") + shapely.to_wkb(shapely.Point(3, 4), byte_order=1)
    assert blob.bounds(bare) == (3, 3, 4, 4)
    assert blob.decode(bare) == shapely.Point(3, 4)
    with pytest.raises(ValueError, match="no GeoPackage geometry"):
        blob.decode(b"\x01\x01")


def _issue(place: Place, **fields: Any) -> model.Issue:
    usual: dict[str, Any] = {
        "community_id": place.community_id,
        "code": "1",
        "reported_at": NOON,
        "source": model.IssueSource.WALK,
        "category": "lighting",
        "text": "路灯不亮",
    }
    return model.Issue(**usual | fields)
