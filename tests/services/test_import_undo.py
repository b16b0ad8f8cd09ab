"""An import is taken back as a whole: the community is as it was, but for what others have done since."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import prepared
import pytest
import shapely
import sqlalchemy as sa
import taken
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from gridmap import model
from gridmap.errors import InputError
from gridmap.services import communities, import_undo
from gridmap.services.import_preview import ImportReport
from gridmap.store import Store, changes, open_store, tables

DATA = Path(__file__).parents[1] / "exchange" / "data"
TODAY = dt.date(2026, 11, 24)
LON, LAT = 108.92, 34.23
BESIDE = {"import_run", "import_profile", "bin_entry"}


@pytest.fixture
def community(store: Store) -> model.Community:
    return communities.create(store, "模拟社区")


def block(column: int, row: int) -> shapely.Polygon:
    x, y = LON + column * 0.0008, LAT + row * 0.0004
    return shapely.box(x, y, x + 0.0005, y + 0.00012)


def written(folder: Path, file: str, shapes: Sequence[shapely.Geometry], **columns: list[Any]) -> Path:
    path = folder / file
    gpd.GeoDataFrame(columns, geometry=list(shapes), crs="EPSG:4326").to_file(path, driver="GeoJSON")
    return path


def take(store: Store, community: model.Community, path: Path, kind: str, **more: Any) -> ImportReport:
    return taken.take(store, community, path, kind, today=TODAY, **more)


def whole(store: Store, community: model.Community) -> dict[str, pd.DataFrame]:
    """All rows of a community as plain tables, without how often they were written."""
    found = {}
    for cls, table in tables.of().items():
        if tables.owner(table) is None or table.name in BESIDE:
            continue
        frame = pd.DataFrame(store.frame(cls, community.id or 0)).drop(columns="version")
        if "geom" in frame:
            frame["geom"] = [shapely.normalize(shape).wkt for shape in frame["geom"]]
        found[table.name] = frame
    return found


def assert_as_before(store: Store, community: model.Community, before: dict[str, pd.DataFrame]) -> None:
    now = whole(store, community)
    for name, frame in before.items():
        # Most are equal, which is seen at once; the other tells what differs.
        if not (frame.equals(now[name]) and frame.index.equals(now[name].index)):
            assert_frame_equal(now[name], frame, obj=name)


def files(folder: Path) -> dict[str, Path]:
    """One file of each kind, about the place where Good.geojson is."""
    wall = shapely.box(LON - 0.0002, LAT - 0.0002, LON + 0.004, LAT + 0.001)
    halves = [
        shapely.box(LON - 0.01, LAT - 0.01, LON + 0.001, LAT + 0.01),
        shapely.box(LON + 0.001, LAT - 0.01, LON + 0.01, LAT + 0.01),
    ]
    line = shapely.LineString([(LON, LAT), (LON + 0.001, LAT)])
    middle = block(0, 0).centroid
    return {
        "buildings": written(folder, "b.geojson", [block(0, 0), block(5, 5)], 楼号=["1号楼", "9号楼"], 户数=[99, 20]),
        "compounds": written(folder, "c.geojson", [wall], 小区名称=["模拟一小区"], 物业公司=["模拟物业"]),
        "gates": written(folder, "g.geojson", [shapely.Point(LON - 0.0002, LAT)], 名称=["南门"]),
        "paths": written(folder, "p.geojson", [line], highway=["steps"]),
        "service-points": written(folder, "s.geojson", [middle], 类型=["邻里服务站"], 名称=["一号站"]),
        "grids": written(folder, "n.geojson", halves, 网格名称=["西网格", "东网格"]),
    }


def test_import_taken_back_leaves_nothing(store: Store, community: model.Community, tmp_path: Path) -> None:
    empty = whole(store, community)
    first = take(store, community, DATA / "Good.geojson", "buildings")
    before = whole(store, community)
    kinds = files(tmp_path)
    for kind, file in kinds.items():
        report = take(store, community, file, kind)
        assert report.run is not None, kind
        with pytest.raises(AssertionError):
            assert_as_before(store, community, before)
        import_undo.undo(store, None, community, report.run)
        assert_as_before(store, community, before)
    assert first.run is not None
    import_undo.undo(store, None, community, first.run)
    assert_as_before(store, community, empty)
    undone = [run.undone_at is not None for run in import_undo.runs(store, community.id or 0)]
    assert undone == [True] * (1 + len(kinds))


def test_import_is_taken_back_once(store: Store, community: model.Community) -> None:
    report = take(store, community, DATA / "Good.geojson", "buildings")
    assert report.run is not None
    import_undo.undo(store, None, community, report.run)
    with pytest.raises(InputError, match="already"):
        import_undo.undo(store, None, community, report.run)


def test_what_an_import_keeps_to_be_undone_holds_no_value_of_a_row(store: Store, community: model.Community) -> None:
    report = take(store, community, DATA / "Good.geojson", "buildings")
    with store.read() as session:
        content = session.get_one(model.ImportRun, report.run).content
    assert "号楼" not in content
    assert len(changes.Changes.from_json(content).added["building"]) == 8


def test_row_changed_since_hinders_and_is_kept(store: Store, community: model.Community, tmp_path: Path) -> None:
    report = take(store, community, DATA / "Good.geojson", "buildings")
    assert report.run is not None
    with store.write() as session:
        three = session.scalars(sa.select(model.Building).where(sa.inspect(model.Building).c.number == "3号楼")).one()
        three.households = 77
    with pytest.raises(import_undo.InUse, match="1 row") as caught:
        import_undo.undo(store, None, community, report.run)
    assert caught.value.names == ("3号楼",)
    assert len(store.frame(model.Building, community.id or 0)) == 8
    undone = import_undo.undo(store, None, community, report.run, keep_changed=True)
    left = store.frame(model.Building, community.id or 0)
    assert left["number"].tolist() == ["3号楼"]
    assert left["households"].tolist() == [77]
    assert "3号楼" in undone.kept
    assert store.frame(model.Compound, community.id or 0)["name"].tolist() == ["模拟一小区"], "its compound stays"
    assert len(store.frame(model.GridBuilding, community.id or 0)) == 1


def test_what_hangs_on_an_added_row_since_hinders(store: Store, community: model.Community) -> None:
    report = take(store, community, DATA / "Good.geojson", "buildings")
    assert report.run is not None
    one = int(store.frame(model.Building, community.id or 0).index[0])
    with store.write() as session:
        session.add(
            model.Issue(
                community_id=community.id or 0, code="2026-0001", reported_at=dt.datetime(2026, 11, 24, tzinfo=dt.UTC),
                source=model.IssueSource.WALK, category="drainage", text="积水", building_id=one,
            )
        )  # fmt: skip
    with pytest.raises(import_undo.InUse) as caught:
        import_undo.undo(store, None, community, report.run)
    assert caught.value.names == ("1号楼",)


def test_later_import_does_not_hinder_the_earlier_ones_undoing(
    store: Store, community: model.Community, tmp_path: Path
) -> None:
    first = take(store, community, DATA / "Good.geojson", "buildings")
    second = take(store, community, written(tmp_path, "b.geojson", [block(5, 5)], 楼号=["9号楼"]), "buildings")
    assert first.run is not None
    assert second.run is not None
    import_undo.undo(store, None, community, first.run)
    left = store.frame(model.Building, community.id or 0)
    assert left["number"].tolist() == ["9号楼"]
    members = store.frame(model.GridBuilding, community.id or 0)
    assert members["building_id"].tolist() == left.index.tolist()
    import_undo.undo(store, None, community, second.run)
    assert store.frame(model.Building, community.id or 0).empty


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    plan=st.lists(
        st.tuples(
            st.sampled_from(["buildings", "compounds", "gates", "paths", "service-points", "grids"]),
            st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=5, unique=True),
        ),
        min_size=1,
        max_size=3,
    )
)
def test_imports_taken_back_in_turn_leave_each_state_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, plan: list[tuple[str, list[tuple[int, int]]]]
) -> None:
    folder = tmp_path_factory.mktemp("undo")
    store = open_store(str(prepared.empty(folder / "store.gpkg")))
    try:
        community = communities.create(store, "模拟社区")
        take(store, community, DATA / "Good.geojson", "buildings")
        states, runs = [], []
        for n, (kind, cells) in enumerate(plan):
            states.append(whole(store, community))
            runs.append(take(store, community, drawn(folder, f"{n}.geojson", kind, cells), kind).run)
        for run, before in zip(reversed(runs), reversed(states), strict=True):
            if run is not None:
                import_undo.undo(store, None, community, run)
            assert_as_before(store, community, before)
    finally:
        store.close()


def drawn(folder: Path, file: str, kind: str, cells: list[tuple[int, int]]) -> Path:
    """A file of a kind with a thing in each cell."""
    blocks = [block(*cell) for cell in cells]
    names = [f"{a}-{b}" for a, b in cells]
    if kind == "buildings":
        numbers = [f"{4 * a + b + 1}号楼" for a, b in cells]
        return written(folder, file, blocks, 楼号=numbers, 户数=[a * b for a, b in cells])
    if kind == "gates":
        return written(folder, file, [one.centroid for one in blocks], 名称=names)
    if kind == "service-points":
        return written(folder, file, [one.centroid for one in blocks], 名称=names, 类型=["舞蹈"] * len(cells))
    if kind == "paths":
        return written(folder, file, [shapely.LineString(one.exterior) for one in blocks], 名称=names)
    wide = [shapely.buffer(one, 0.0001, join_style="mitre") for one in blocks]
    return written(folder, file, wide, 小区名称=names, 网格名称=names)
