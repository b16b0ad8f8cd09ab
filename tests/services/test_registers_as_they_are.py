"""Registers with the dirt of real ones, and real complaints: each comes in with its counts right."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import prepared
import pytest
from register_files import counts, looked, noted, take

from gridmap import model
from gridmap.errors import InputError
from gridmap.services import checking, communities, importing, key_file
from gridmap.store import Store, open_store


@pytest.fixture(scope="module")
def registers(shared_data: Path) -> Path:
    return shared_data / "registers"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, registers: Path) -> Iterator[tuple[Store, model.Community]]:
    """A store with walls and footprints; the tests below bring in what they need, once more if it is there."""
    store = open_store(str(prepared.empty(tmp_path_factory.mktemp("registers") / "store.gpkg")))
    community = communities.create(store, "模拟社区")
    assert counts(take(store, community, registers / "小区围墙.geojson", "compounds")) == (4, 0, 0, 0)
    assert counts(take(store, community, registers / "楼栋轮廓.zip", "buildings")) == (41, 0, 0, 0)
    yield store, community
    store.close()


def test_register_updates_the_footprints_and_adds_none(place: tuple[Store, model.Community], registers: Path) -> None:
    store, community = place
    report = take(store, community, registers / "楼栋台账.xlsx", "buildings")
    assert counts(report) == (0, 41, 0, 0)
    assert counts(take(store, community, registers / "楼栋台账.xlsx", "buildings")) == (0, 0, 41, 0)
    assert counts(take(store, community, registers / "楼栋轮廓.zip", "buildings")) == (0, 0, 41, 0)
    kept = store.frame(model.Building, 1)
    assert (len(kept), kept["households"].sum()) == (41, 1600)
    assert not kept["households_estimated"].any()
    assert kept["built_year"].dropna().between(1980, 2010).all()
    assert 1998 in kept["built_year"].tolist()
    assert noted(report)["companies_set"]["n"] == 4
    assert (store.frame(model.Compound, 1)["property_company"] != "").all()


def test_register_may_come_before_the_footprints(tmp_path: Path, registers: Path) -> None:
    store = open_store(str(prepared.empty(tmp_path / "store.gpkg")))
    community = communities.create(store, "模拟社区")
    report = take(store, community, registers / "楼栋台账.xlsx", "buildings")
    assert counts(report) == (41, 0, 0, 0)
    assert noted(report)["buildings_without_place"]["n"] == 41
    assert counts(take(store, community, registers / "楼栋台账.xlsx", "buildings")) == (0, 0, 41, 0)
    assert counts(take(store, community, registers / "小区围墙.geojson", "compounds")) == (0, 4, 0, 0)
    assert counts(take(store, community, registers / "楼栋轮廓.zip", "buildings")) == (0, 41, 0, 0)
    kept = store.frame(model.Building, 1)
    assert (len(kept), kept["households"].sum(), kept.geometry.is_empty.any()) == (41, 1600, False)
    store.close()


def test_each_order_comes_in_once(place: tuple[Store, model.Community], registers: Path) -> None:
    store, community = place
    report = take(store, community, registers / "12345工单.csv", "issues")
    assert counts(report) == (90, 0, 0, 0)
    assert noted(report)["rows_twice"]["n"] == 1
    assert counts(take(store, community, registers / "12345工单.csv", "issues")) == (0, 0, 90, 0)
    issues = store.frame(model.Issue, 1)
    orders = issues[issues["order_number"].notna()]
    assert orders["order_number"].nunique() == 90
    assert set(orders["source"]) == {"hotline"}
    assert orders["building_id"].notna().sum() == 67
    assert orders.loc[orders["building_id"].notna(), "place_confidence"].min() > 0.85
    assert not orders.loc[orders["building_id"].notna()].geometry.is_empty.any()
    # Nobody's number stands in a text; it can be opened by whoever may.
    assert not orders["text"].str.contains("1380000").any()
    first = orders[orders["order_number"] == "XA2024031200001"].iloc[0]
    assert key_file.opening().ring.open(first["contact_phone"]) == "13800001050"
    assert (first["state"], first["hotline_state"], first["urgency"]) == ("returned", "已退回", "normal")
    # A limit that is a day lasts until its end.
    assert first["due_at"].isoformat() == "2024-03-15T15:59:59+00:00"


def test_households_come_in_without_what_is_not_kept(place: tuple[Store, model.Community], registers: Path) -> None:
    store, community = place
    file = registers / "困难群众台账.xls"
    report = take(store, community, file, "households-in-need")
    assert counts(report) == (25, 0, 0, 0)
    assert noted(report)["forbidden_columns"]["columns"] == ["身份证号", "宗教信仰", "是否上访"]
    assert noted(report)["columns_not_kept"]["columns"] == ["民族"]
    assert counts(take(store, community, file, "households-in-need")) == (0, 0, 25, 0)
    kept = store.frame(model.CareHousehold, 1)
    assert kept["identity_digest"].nunique() == 25
    assert kept["unit"].str.fullmatch(r"\d单元").all()
    assert set(kept["need"]) == {"repairs", "living_alone", "errands", "meals"}
    # Weekly visits are said in what is needed.
    assert set(kept.loc[kept["need"] == "living_alone", "interval_days"]) == {7}
    ring = key_file.opening().ring
    assert "住户一0" in {ring.open(name) for name in kept["name"]}
    assert "13800000043" in {ring.open(phone) for phone in kept["phone"]}


def test_no_identity_number_and_no_name_is_anywhere_in_the_file(
    place: tuple[Store, model.Community], registers: Path
) -> None:
    store, community = place
    file = registers / "困难群众台账.xls"
    take(store, community, file, "households-in-need")
    look = importing.look(store, file, kind="households-in-need")
    assert "身份证号" not in look.headings
    assert store.path is not None
    beside = [store.path, *store.path.parent.glob(f"{store.path.name}-*")]
    raw = b"".join(path.read_bytes() for path in beside)
    # What every number of that file begins with, and a name and phones that it holds.
    for mark in ("610103193", "610103196", "610103195", "住户一", "13800000043", "13800007921"):
        assert mark.encode() not in raw, mark
        assert mark.encode("utf-16-le") not in raw, mark


def test_complaints_come_in_and_a_tree_of_categories_does_not(
    place: tuple[Store, model.Community], shared_data: Path
) -> None:
    store, community = place
    file = shared_data / "complaints" / "泰迪杯2020C_示例_附件3.xlsx"
    assert counts(take(store, community, file, "issues")) == (30, 0, 0, 0)
    assert counts(take(store, community, file, "issues")) == (0, 0, 30, 0)
    kept = store.frame(model.Issue, 1)
    mine = kept[kept["order_number"].isna()]
    assert "360114" in set(mine["code"])
    assert not mine["text"].str.contains("\t").any()
    tree = shared_data / "complaints" / "泰迪杯2020C_示例_附件1.xlsx"
    with pytest.raises(InputError) as refused:
        looked(store, community, tree, "issues")
    assert refused.value.key == "columns_unknown"
    assert "一级分类" in refused.value.sentence("zh")


def test_what_came_in_is_sound(place: tuple[Store, model.Community]) -> None:
    assert checking.check(place[0]).faults == ()
