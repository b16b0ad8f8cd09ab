"""Communities are made once, found by name, code or number, and keep their own settings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import prepared
import pytest

from gridmap.errors import InputError, NotFound
from gridmap.services import communities, community_settings
from gridmap.store import Store, open_store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(str(prepared.empty(tmp_path / "store.gpkg")))
    yield opened
    opened.close()


def test_a_community_is_made_once(store: Store) -> None:
    made = communities.create(store, "  模拟社区 ", street="模拟街道")
    assert (made.name, made.code) == ("模拟社区", "001")
    with pytest.raises(InputError, match="already a community called 模拟社区"):
        communities.create(store, "模拟社区")
    assert len(store.communities()) == 1


def test_a_second_community_stands_under_the_same_street(store: Store) -> None:
    first = communities.create(store, "模拟一社区", street="模拟街道")
    second = communities.create(store, "模拟二社区")
    third = communities.create(store, "模拟三社区", street="另一街道")
    assert second.street_id == first.street_id != third.street_id
    assert [first.code, second.code, third.code] == ["001", "002", "003"]


@pytest.mark.parametrize(("name", "said"), [("", "1 to 40"), (" \t　", "1 to 40"), ("社" * 41, "has 41 characters")])
def test_a_name_that_is_none_is_refused(store: Store, name: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        communities.create(store, name)
    assert store.communities() == []


def test_a_community_is_found_by_name_code_and_number(store: Store) -> None:
    with pytest.raises(NotFound, match="holds no community yet"):
        communities.find(store)
    one = communities.create(store, "模拟一社区")
    assert communities.find(store).id == one.id
    two = communities.create(store, "Second Community")
    assert communities.find(store, "second community").id == two.id
    assert communities.find(store, "002").id == two.id
    assert communities.find(store, one.id).id == one.id
    with pytest.raises(InputError, match="several communities: 模拟一社区, Second Community"):
        communities.find(store)
    with pytest.raises(NotFound, match="no community 模拟九社区"):
        communities.find(store, "模拟九社区")


def test_a_community_takes_another_name_but_nobody_elses(store: Store) -> None:
    one = communities.create(store, "模拟一社区")
    communities.create(store, "模拟二社区")
    assert communities.rename(store, one, "模拟新社区").name == "模拟新社区"
    with pytest.raises(InputError, match="already a community"):
        communities.rename(store, one, "模拟二社区")


def test_settings_are_the_defaults_until_a_community_chooses(store: Store) -> None:
    one, two = communities.create(store, "模拟一社区"), communities.create(store, "模拟二社区")
    assert community_settings.radius_m(store, one, "station") == 500
    assert community_settings.radius_m(store, one, "table_tennis") == 300
    community_settings.choose(store, one, "coverage.radius_m.station", 800)
    community_settings.choose(store, one, "coverage.radius_m.station", 700)
    assert community_settings.radius_m(store, one, "station") == 700
    assert community_settings.radius_m(store, one, "dance") == 300
    assert community_settings.radius_m(store, two, "station") == 500


@pytest.mark.parametrize(
    ("key", "value"), [("coverage.radius_m.skiing", 1.0), ("grids.number", 0), ("grids.number", -3.0)]
)
def test_a_setting_that_makes_no_sense_is_refused(store: Store, key: str, value: float) -> None:
    one = communities.create(store, "模拟一社区")
    with pytest.raises(InputError):
        community_settings.choose(store, one, key, value)
