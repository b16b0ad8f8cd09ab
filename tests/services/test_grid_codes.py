"""Official codes have their form and run from west to east and north to south; the right order is proposed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import prepared
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gridmap import cli, model
from gridmap.access import Actor
from gridmap.analysis import grid_order
from gridmap.errors import Forbidden, InputError
from gridmap.model import Role
from gridmap.services import communities, grid_codes, grid_marks
from gridmap.services.grid_marks import Mark
from gridmap.store import open_store

HEAD = "610113001001"
HERE = {"LANG": "en_GB.UTF-8"}


def division(shapes: list[shapely.Geometry], official: list[str]) -> gpd.GeoDataFrame:
    """Grids drawn in units of about 100 m."""
    placed = [shapely.transform(shape, lambda at: at * 0.001 + [[108.92, 34.23]]) for shape in shapes]
    names = [f"g{n}" for n in range(len(shapes))]
    codes = [f"{n + 1:03d}" for n in range(len(shapes))]
    return gpd.GeoDataFrame(
        {"name": names, "code": codes, "official_code": official, "geom": placed}, geometry="geom", crs="EPSG:4326"
    )


def quarters() -> list[shapely.Geometry]:
    """North-west, north-east, south-west, south-east."""
    return [shapely.box(x, y, x + 1, y + 1) for y in (1, 0) for x in (0, 1)]


def test_codes_in_order_are_well() -> None:
    found = grid_codes.look(division(quarters(), [f"{HEAD}{n:03d}" for n in (1, 2, 3, 4)]))
    assert found.findings == ()
    assert not found.differs
    assert found.table["place"].tolist() == [1, 2, 3, 4]


def test_wrong_order_is_said_with_names_and_mended_by_the_codes_there_are() -> None:
    codes = [f"{HEAD}{n:03d}" for n in (12, 11, 13, 14)]
    found = grid_codes.look(division(quarters(), codes))
    (fault,) = found.findings
    assert fault.problem == "codes_order_west"
    assert fault.sentence("en").startswith(f"g0 ({codes[0]}) lies west of g1")
    assert "自西向东" in fault.mend("zh")
    assert found.table["proposed"].tolist() == sorted(codes)
    south_first = grid_codes.look(division(quarters(), [f"{HEAD}{n:03d}" for n in (3, 4, 1, 2)]))
    assert {one.problem for one in south_first.findings} == {"codes_order_north"}
    assert south_first.table.loc[0, "proposed"] == f"{HEAD}001"


@pytest.mark.parametrize(
    ("codes", "problems"),
    [
        (["6101130010010"] + [f"{HEAD}00{n}" for n in (2, 3, 4)], {"codes_form"}),
        ([f"{HEAD}001", "", f"{HEAD}003", f"{HEAD}004"], {"codes_missing"}),
        ([f"{HEAD}001", f"{HEAD}001", f"{HEAD}003", f"{HEAD}004"], {"codes_twice"}),
        ([f"{HEAD}001", f"{HEAD}002", f"{HEAD}003", "610113001002004"], {"codes_mixed"}),
    ],
)
def test_each_fault_is_said_and_a_whole_set_of_codes_proposed(codes: list[str], problems: set[str]) -> None:
    found = grid_codes.look(division(quarters(), codes))
    assert {one.problem for one in found.findings} == problems
    assert all(one.sentence(language) and one.mend(language) for one in found.findings for language in ("zh", "en"))
    assert found.table["proposed"].tolist() == [f"{HEAD}00{n}" for n in (1, 2, 3, 4)]


def test_twenty_digits_are_a_form_too_and_no_codes_are_no_fault() -> None:
    twenty = grid_codes.look(division(quarters(), [f"{HEAD}00000{n:03d}" for n in (1, 2, 3, 4)]))
    assert twenty.findings == ()
    none = grid_codes.look(division(quarters(), [""] * 4))
    assert none.findings == ()
    assert none.table["proposed"].tolist() == [""] * 4


@settings(max_examples=30)
@given(seed=st.integers(0, 9999), across=st.integers(1, 5), down=st.integers(1, 4))
def test_uneven_rows_are_read_like_a_page_and_the_proposal_has_no_fault(seed: int, across: int, down: int) -> None:
    rng = np.random.default_rng(seed)
    shapes, expected = [], []
    for row in range(down):
        for column in range(across):
            south, north = -row + rng.uniform(0, 0.2), -row + rng.uniform(0.7, 0.9)
            shapes.append(shapely.box(column + rng.uniform(0, 0.2), south, column + rng.uniform(0.6, 1), north))
            expected.append(row * across + column + 1)
    mixed = rng.permutation(len(shapes))
    frame = gpd.GeoDataFrame(geometry=[shapes[at] for at in mixed], crs="EPSG:32649")
    frame.geometry = frame.geometry.affine_transform([100, 0, 0, 100, 300_000, 3_790_000])
    place = grid_order.places(frame)
    assert place.tolist() == [expected[at] for at in mixed]
    assert grid_order.disorder(frame, place).empty
    if len(shapes) > 1:
        assert not grid_order.disorder(frame, -place).empty


def test_the_command_tells_and_adopts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = prepared.with_demo(tmp_path / "demo.gpkg")
    store = open_store(str(path))
    codes = grid_codes.of(store, communities.find(store))
    with store.write() as session:
        for n, number in enumerate(reversed(codes.table.index.tolist())):
            session.get_one(communities.model.Grid, number).official_code = f"{HEAD}{n + 1:03d}"
    store.close()
    assert cli.run(["grid-codes", str(path), "--json"], HERE) == cli.DONE
    told = json.loads(capsys.readouterr().out)
    assert {one["code"] for one in told["faults"]} <= {"codes_order_west", "codes_order_north"}
    assert told["faults"]
    assert [one["proposed"] for one in told["grids"]] == [f"{HEAD}{n:03d}" for n in range(1, len(told["grids"]) + 1)]
    assert cli.run(["grid-codes", str(path), "--adopt"], HERE) == cli.DONE
    capsys.readouterr()
    assert cli.run(["grid-codes", str(path)], HERE) == cli.DONE
    assert "The codes are in order." in capsys.readouterr().out


def test_codes_taken_from_the_page_are_taken_back_only_as_long_as_they_stand(tmp_path: Path) -> None:
    store = open_store(str(prepared.with_demo(tmp_path / "store.gpkg")))
    owner = communities.find(store)
    me = Actor(
        account_id=None,
        name="s",
        role=Role.SECRETARY,
        street_id=None,
        community_id=1,
        grid_ids=frozenset(),
        session_id=1,
    )
    first, *_ = grid_codes.of(store, owner).table.index.tolist()
    with store.write() as session:
        before = session.get_one(model.Grid, int(first)).official_code
    marks = [Mark(grid=int(first), field="official_code", before=before, after=f"{HEAD}009")]
    assert grid_marks.write(store, me, marks, "grid_codes") == 1
    with pytest.raises(InputError, match="changed since"):
        grid_marks.write(store, me, marks, "grid_codes")
    assert grid_marks.write(store, me, grid_marks.back(marks), "grid_marks") == 1
    with pytest.raises(Forbidden):
        grid_marks.write(store, replace(me, role=Role.GRID_WORKER), marks, "grid_codes")
    assert grid_codes.of(store, owner).table.at[first, "official_code"] == before
    store.close()
