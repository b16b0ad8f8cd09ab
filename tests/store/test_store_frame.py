"""Rows as tables."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely
import sqlalchemy as sa
from store_places import NOON, Place

from gridmap import model
from gridmap.store import open_store, tables


def test_buildings_as_a_geodataframe(place: Place) -> None:
    square = shapely.MultiPolygon([shapely.box(108.92, 34.23, 108.921, 34.231)])
    with place.store.write() as session:
        session.add(model.Building(community_id=place.community_id, number="1", floors=6, geom=square))
        session.add(model.Building(community_id=place.community_id, number="2", households_estimated=True))
    frame = place.store.frame(model.Building, place.community_id)
    assert isinstance(frame, gpd.GeoDataFrame)
    assert frame.crs.to_epsg() == 4326
    assert frame.geometry.name == "geom"
    assert frame.index.name == "id"
    assert {frame.index.name, *frame.columns} == set(model.Building.__dataclass_fields__)
    assert list(frame["number"]) == ["1", "2"]
    assert list(frame["use"]) == ["residential"] * 2
    assert list(frame["households_estimated"]) == [False, True]
    assert frame["floors"].fillna(0).tolist() == [6, 0]
    assert frame.geom.iloc[0].equals(square)
    assert frame.geom.iloc[1].is_empty


def test_class_without_geometry_as_a_dataframe(place: Place) -> None:
    with place.store.write() as session:
        session.add(version := model.GridVersion(community_id=place.community_id, valid_from=dt.date(2026, 1, 1)))
    frame = place.store.frame(model.GridVersion, place.community_id)
    assert type(frame) is pd.DataFrame
    assert frame.loc[version.id, "valid_from"] == dt.date(2026, 1, 1)
    assert frame.loc[version.id, "valid_to"] is None


def test_moments_are_utc(place: Place) -> None:
    with place.store.write() as session:
        for code, due in (("1", None), ("2", NOON)):
            session.add(
                model.Issue(
                    community_id=place.community_id,
                    code=code,
                    reported_at=NOON + dt.timedelta(milliseconds=5),
                    source=model.IssueSource.HOTLINE,
                    category="noise",
                    text="吵",
                    due_at=due,
                )
            )
    frame = place.store.frame(model.Issue, place.community_id)
    assert str(frame["reported_at"].dtype) == "datetime64[ms, UTC]"
    assert frame["reported_at"].iloc[0] == NOON + dt.timedelta(milliseconds=5)
    assert list(frame["due_at"].isna()) == [True, False]
    only = place.store.frame(model.Issue, place.community_id, code="2", source=model.IssueSource.HOTLINE)
    assert list(only["code"]) == ["2"]
    assert list(place.store.frame(model.Issue, place.community_id, due_at=None)["code"]) == ["1"]


def test_empty_frame_has_the_same_columns_and_types(place: Place) -> None:
    for cls in tables.CLASSES:
        if tables.owner(tables.of()[cls]) is None:
            continue
        frame = place.store.frame(cls, place.community_id + 1)
        assert len(frame) == 0
        assert {"id", *frame.columns} == set(cls.__dataclass_fields__)
    empty = place.store.frame(model.Issue, place.community_id)
    assert str(empty["reported_at"].dtype) == "datetime64[ms, UTC]"
    assert empty.crs.to_epsg() == 4326


def test_community_itself(place: Place) -> None:
    assert list(place.store.frame(model.Community, place.community_id)["code"]) == ["001"]


def test_what_cannot_be_asked(place: Place) -> None:
    with pytest.raises(TypeError, match="colour"):
        place.store.frame(model.Building, place.community_id, colour="red")
    with pytest.raises(TypeError, match="community"):
        place.store.frame(model.Street, place.community_id)


@pytest.mark.postgis
def test_postgis_can_find_by_place_and_by_distance(postgis_address: str) -> None:
    store = open_store(postgis_address)
    with store.read() as session:
        asked = sa.text("SELECT tablename, indexdef FROM pg_indexes WHERE indexdef LIKE '%USING gist%'")
        found = session.execute(asked).all()
    store.close()
    assert {"building", "issue", "grid", "path"} <= {t for t, _ in found}
    assert {t for t, definition in found if "geography" in definition} == {"building", "service_point"}


def test_a_whole_country_comes_back_as_it_was(shared_data: Path, address: str) -> None:
    source = gpd.read_file(shared_data / "liechtenstein_osm.gpkg", layer="buildings")
    store = open_store(address)
    with store.write() as session:
        session.add(street := model.Street(code="1", name="街"))
        session.flush()
        session.add(community := model.Community(street_id=street.id, code="1", name="社区"))
    with store.write() as session:
        session.add_all(
            [
                model.Building(community_id=community.id, number=str(n), geom=shape)
                for n, shape in enumerate(source.geometry)
            ]
        )
    frame = store.frame(model.Building, community.id)
    store.close()
    assert len(frame) == 17_717
    assert shapely.equals_exact(frame.geom.to_numpy(), source.geometry.to_numpy()).all()
