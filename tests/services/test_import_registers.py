"""The registers of a community as it keeps them: footprints, walls, building register, hotline, households, grids."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import pytest
import taken
from pandas.testing import assert_frame_equal

from gridmap import model
from gridmap.datums import Datum
from gridmap.exchange import fields
from gridmap.services import communities, import_undo, importing
from gridmap.services.import_preview import ImportReport, Preview
from gridmap.store import Store, open_store, tables

TODAY = dt.date(2026, 11, 24)
FILES = (
    ("楼栋轮廓.zip", "buildings"),
    ("小区围墙.geojson", "compounds"),
    ("楼栋台账.xlsx", "buildings"),
    ("12345工单.csv", "issues"),
    ("困难群众台账.xls", "households-in-need"),
    ("五色网格.kml", "grids"),
)


class Kept(NamedTuple):
    store: Store
    community: model.Community
    previews: dict[str, Preview]
    reports: dict[str, ImportReport]
    before: dict[str, dict[str, pd.DataFrame]]
    truth: dict[str, Any]


def whole(store: Store, community: model.Community) -> dict[str, pd.DataFrame]:
    found = {}
    for cls, table in tables.of().items():
        if tables.owner(table) is not None and cls not in (model.ImportRun, model.ImportProfile, model.BinEntry):
            frame = pd.DataFrame(store.frame(cls, community.id or 0)).drop(columns="version")
            if "geom" in frame:
                frame["geom"] = [shape.wkt for shape in frame["geom"]]
            found[table.name] = frame
    return found


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory, shared_registers: Path) -> Iterator[Kept]:
    folder = tmp_path_factory.mktemp("registers")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRIDMAP_KEY_FILE", str(folder / "key"))
        store = open_store(str(folder / "store.gpkg"))
        community = communities.create(store, "模拟社区")
        previews, reports, before = {}, {}, {}
        for name, kind in FILES:
            more = {"datum": "gcj02"} if kind == "grids" else {}
            before[name] = whole(store, community)
            previews[name] = taken.preview(store, community, shared_registers / name, kind, today=TODAY, **more)
            reports[name] = importing.keep(store, None, previews[name])
        truth = json.loads((shared_registers / "truth.json").read_text(encoding="utf-8"))
        yield Kept(store, community, previews, reports, before, truth)
        store.close()


@pytest.fixture(scope="module")
def shared_registers(shared_data: Path) -> Path:
    return shared_data / "registers"


def test_footprints_come_in_and_the_register_updates_them(kept: Kept) -> None:
    assert kept.reports["楼栋轮廓.zip"].added == kept.truth["buildings"]
    report = kept.reports["楼栋台账.xlsx"]
    assert (report.rows, report.added, report.changed + report.unchanged) == (41, 0, 41)
    buildings = kept.store.frame(model.Building, kept.community.id or 0)
    assert len(buildings) == kept.truth["buildings"]
    assert buildings["households"].sum() == kept.truth["households"]
    assert not buildings["households_estimated"].any()
    assert set(kept.store.frame(model.Compound, kept.community.id or 0)["name"]) == set(kept.truth["compounds"])


def test_orders_come_in_once_each_at_their_buildings(kept: Kept) -> None:
    assert kept.reports["12345工单.csv"].added == kept.truth["orders"]
    homes = kept.store.frame(model.Building, kept.community.id or 0)
    names = homes["compound_id"].map(kept.store.frame(model.Compound, kept.community.id or 0)["name"])
    keys = dict(zip(homes.index, zip(names, homes["number"].map(fields.number_key), strict=True), strict=True))
    orders = kept.store.frame(model.Issue, kept.community.id or 0).set_index("order_number")
    truth = {one["id"]: (one["compound"], one["building"]) for one in kept.truth["order_truth"]}
    assert set(orders.index) == set(truth)
    right = wrong = 0
    for order, building in orders["building_id"].items():
        compound, number = truth[str(order)]
        if pd.isna(building):
            continue
        if keys[int(building)] == (compound, str(number)):
            right += 1
        else:
            wrong += 1
    assert wrong == 0
    assert right >= 0.95 * kept.truth["orders_matched"]


def test_households_come_in_without_what_nobody_may_keep(kept: Kept) -> None:
    report = kept.reports["困难群众台账.xls"]
    assert report.added == kept.truth["needs"]
    (dropped,) = (note.fields["columns"] for note in report.notes if note.key == "forbidden_columns")
    assert set(dropped) == {"身份证号", "宗教信仰", "是否上访"}
    homes = kept.store.frame(model.CareHousehold, kept.community.id or 0)
    assert homes["identity_digest"].is_unique
    assert homes["name"].str.startswith("gAAAA").all()


def test_grids_drawn_in_another_datum_are_noticed_with_overlap_and_gap(kept: Kept, shared_registers: Path) -> None:
    preview = kept.previews["五色网格.kml"]
    assert preview.doubt is None
    problems = {fault.problem: fault.fields for fault in preview.faults}
    assert set(problems) == {"grids_overlap", "grids_apart"}
    assert (problems["grids_overlap"]["one"], problems["grids_overlap"]["other"]) == ("黄色网格", "蓝色网格")
    assert (problems["grids_apart"]["one"], problems["grids_apart"]["other"]) == ("绿色网格", "紫色网格")
    untold = taken.preview(kept.store, kept.community, shared_registers / "五色网格.kml", "grids", today=TODAY)
    assert untold.doubt is not None
    assert untold.doubt.likely is Datum.GCJ02


def test_same_files_again_change_nothing(kept: Kept, shared_registers: Path) -> None:
    revision = kept.store.revision(kept.community.id or 0)
    for name, kind in FILES[2:]:
        more = {"datum": "gcj02"} if kind == "grids" else {}
        report = taken.take(kept.store, kept.community, shared_registers / name, kind, today=TODAY, **more)
        assert (name, report.added, report.changed, report.run) == (name, 0, 0, None)
    assert kept.store.revision(kept.community.id or 0) == revision


def test_all_are_taken_back_one_after_the_other(kept: Kept) -> None:
    for name, _ in reversed(FILES):
        run = kept.reports[name].run
        assert run is not None
        import_undo.undo(kept.store, None, kept.community, run)
        now = whole(kept.store, kept.community)
        for table, frame in kept.before[name].items():
            assert_frame_equal(now[table], frame, obj=f"{table} after {name}", check_dtype=not frame.empty)
