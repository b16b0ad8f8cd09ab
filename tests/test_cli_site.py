"""The command ``gridmap site`` on the demo, and what is refused."""

from __future__ import annotations

import contextlib
import itertools
import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import prepared
import pytest
import shapely

from gridmap import cli, model
from gridmap.store import open_store

HERE = {"LANG": "en_GB.UTF-8"}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(prepared.with_demo(tmp_path_factory.mktemp("site") / "demo.gpkg"))


def site(capsys: pytest.CaptureFixture[str], demo: str, *more: str) -> tuple[int, dict[str, Any], str]:
    capsys.readouterr()
    code = cli.run(["site", demo, "--kind", "邻里服务站", "--straight", "--json", *more], HERE)
    out, err = capsys.readouterr()
    return code, json.loads(out), err


def candidates(folder: Path, **columns: list[Any]) -> str:
    places = [shapely.Point(108.9199, 34.2281), shapely.Point(108.9235, 34.2307)]
    file = folder / "candidates.geojson"
    n = len(next(iter(columns.values())))
    gpd.GeoDataFrame(columns, geometry=(places * 2)[:n], crs="EPSG:4326").to_file(file)
    return str(file)


@pytest.mark.parametrize("objective", ["mclp", "lscp", "pmedian", "pcenter"])
def test_it_says_where_and_how_sure_that_is(objective, demo, capsys):
    code, told, _ = site(capsys, demo, "--add", "2", "--objective", objective)
    assert code == cli.DONE
    assert told["status"] == "optimal"
    assert told["objective"] == objective
    assert told["value"] == pytest.approx(told["bound"])
    assert told["seconds"] < 10
    assert 1 <= len(told["chosen"]) <= 2
    for one in told["chosen"]:
        assert one["id"].startswith(("building-", "host-"))
        assert 108.8 < one["lon"] < 109
        assert 34.1 < one["lat"] < 34.3
        assert one["gain_households"] > 0
        assert "household" in one["reasons"]


def test_what_it_gains_is_what_more_are_covered(demo, capsys):
    _, told, _ = site(capsys, demo, "--add", "3", "--walk-m", "200")
    gained = sum(one["gain_households"] for one in told["chosen"])
    assert told["households_today"] + gained == told["value"] <= told["households"]


def test_more_stations_than_asked_for_are_said_where_all_are_to_be_covered(demo, capsys):
    _, told, err = site(capsys, demo, "--add", "1", "--objective", "lscp", "--walk-m", "150")
    assert len(told["chosen"]) > 1
    assert f"{len(told['chosen'])} are needed, more than the 1 asked for" in err


def test_it_is_said_in_lines_and_in_chinese_too(demo, capsys):
    capsys.readouterr()
    assert cli.run(["site", demo, "--kind", "station", "--language", "zh"], HERE) == cli.DONE
    told = capsys.readouterr().out
    assert "新增 1 个" in told
    assert "1. " in told
    assert "户" in told


def test_rooms_are_full_where_capacities_count(demo, capsys):
    _, free, _ = site(capsys, demo, "--add", "1")
    _, bound, _ = site(capsys, demo, "--add", "1", "--capacity")
    assert bound["value"] <= free["value"]
    assert bound["status"] == "optimal"


def test_candidates_of_a_file_have_their_names_and_costs(demo, tmp_path, capsys):
    file = candidates(tmp_path, 名称=["活动室", "门面房"], 租金=[1200, 30000])
    _, told, _ = site(capsys, demo, "--add", "2", "--candidates", file, "--walk-m", "250", "--budget", "2000")
    assert [one["id"] for one in told["chosen"]] == ["活动室"]
    assert told["chosen"][0]["price"] == 1200
    assert told["candidates"] == 2


def test_candidates_come_from_a_table_as_an_office_keeps_it(demo, tmp_path, capsys):
    file = tmp_path / "可用场地.csv"
    rows = [
        "场地名称,经度,纬度,租金（元/年）,条件",
        "活动室,108.9199,34.2281,1200元,周末可用",
        "门面房,108.9235,34.2307,3万,",
    ]
    file.write_bytes("\n".join(rows).encode("gb18030"))
    _, told, _ = site(capsys, demo, "--add", "2", "--candidates", str(file), "--walk-m", "250", "--budget", "31200")
    assert {one["id"]: one["price"] for one in told["chosen"]} == {"活动室": 1200, "门面房": 30000}
    file.write_text("名称,地址\n活动室,边东路5栋", encoding="utf-8")
    code, told, _ = site(capsys, demo, "--candidates", str(file))
    assert code == cli.USERS_MISTAKE
    assert "no columns for longitude and latitude" in told["message"]


def test_nothing_feasible_is_told_in_numbers(demo, tmp_path, capsys):
    file = candidates(tmp_path, 名称=["活动室", "门面房"], 租金=[1200, 30000])
    code, told, _ = site(
        capsys, demo, *("--add", "2", "--candidates", file, "--objective", "pmedian", "--budget", "0", "--capacity")
    )
    assert code == cli.DONE
    assert told["status"] == "infeasible"
    assert told["chosen"] == []
    assert told["shortfall"]["needed"] > told["shortfall"]["available"]


def test_a_candidate_in_water_or_elsewhere_is_refused(demo, tmp_path, capsys):
    with contextlib.closing(open_store(demo, create=False)) as store:
        ground = store.frame(model.Ground, store.communities()[0].id)
    pond = shapely.point_on_surface(ground[ground["kind"] == "water"].geometry.iloc[0])
    file = tmp_path / "places.csv"
    file.write_text(f"name,lon,lat\npond,{pond.x},{pond.y}\nfar,108.7,34.2\nroom,108.9199,34.2281\nnone,,\n")
    code, told, _ = site(capsys, demo, "--candidates", str(file))
    assert code == cli.USERS_MISTAKE
    for said in (
        'Row 2, "pond", lies in water',
        'Row 3, "far", lies outside the community',
        "Row 5 has no usable place",
    ):
        assert said in told["message"]
    assert told["message"].startswith("3 rows of places.csv")


def test_a_budget_that_is_too_small_is_said_and_so_is_what_it_costs(demo, tmp_path, capsys):
    file = candidates(tmp_path, 名称=["活动室", "门面房"], 租金=[1200, 30000])
    both = ("--add", "2", "--candidates", file, "--walk-m", "250")
    _, told, err = site(capsys, demo, *both, "--budget", "1000")
    assert told["chosen"] == []
    assert "The budget of 1,000 yuan does not suffice: the cheapest candidate costs 1,200 yuan" in err
    _, told, err = site(capsys, demo, *both, "--budget", "40000")
    assert told["cost"] == 31200
    assert "31,200 yuan in all" in err
    _, told, _ = site(capsys, demo, *both, "--objective", "lscp", "--budget", "1000")
    assert told["status"] == "infeasible"
    assert "within the budget of 1,000 yuan" in told["shortfall"]["said"] or "too few" in told["shortfall"]["said"]


def test_others_as_good_tell_what_they_do_instead(demo, capsys):
    _, told, err = site(capsys, demo, "--add", "3")
    assert len(told["alternatives"]) == 2
    for other in told["alternatives"]:
        assert other["value"] >= 0.98 * told["value"]
        assert " instead of " in other["difference"]
    assert "will do, fewer than the 3 asked for" in err


def test_out_of_time_the_gap_is_said_in_households(demo, capsys):
    _, told, _ = site(capsys, demo, "--add", "4", "--walk-m", "60", "--seconds", "0.0001")
    assert told["status"] in ("feasible", "optimal")
    capsys.readouterr()
    assert (
        cli.run(["site", demo, "--kind", "station", "--add", "4", "--walk-m", "60", "--seconds", "0.0001"], HERE) == 0
    )
    out = capsys.readouterr().out
    assert ("more could be covered" in out) != ("proven to be the best" in out)
    assert told["value"] <= told["bound"]


def test_the_curve_tells_what_each_further_one_gains(demo, capsys):
    _, told, _ = site(capsys, demo, "--add", "9", "--curve")
    values = [step["value"] for step in told["curve"]]
    assert values == sorted(values)
    assert [step["gain"] for step in told["curve"]][1:] == [b - a for a, b in itertools.pairwise(values)]
    assert told["over"]
    assert {step["status"] for step in told["curve"]} == {"optimal"}
    capsys.readouterr()
    assert cli.run(["site", demo, "--kind", "station", "--add", "2", "--curve", "--language", "zh"], HERE) == cli.DONE
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("新增 0 个时覆盖")
    assert said[1].startswith("第 1 个多覆盖")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (["--objective", "nearest"], "no objective"),
        (["--walk-m", "-5"], "-5"),
        (["--add", "5000"], "between 0 and 1,000"),
        (["--existing", "gone"], "no standing"),
        (["--budget", "5"], "have no cost"),
        (["--candidates", "nowhere.csv"], "nowhere.csv"),
        (["--capacity", "--room", "0"], "to serve 0 households"),
        (["--closable", "999"], "no point 999"),
        (["--seconds", "0"], "more than 0"),
    ],
)
def test_a_mistake_is_one_sentence(wrong, said, demo, capsys):
    code, told, err = site(capsys, demo, *wrong)
    assert code == cli.USERS_MISTAKE
    assert said in told["message"]
    assert told["message"] in err


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"name": ["A", "A"]}, 'Row 2, "A", is the same as row 1. List each place once.'),
        ({"name": ["A", "B", "C"], "rent": [1, 2, 1]}, 'Row 3, "C", is the same as row 1'),
        ({"name": ["A", "B"], "rent": ["1", "dear"]}, 'Row 2 has "dear" in the column rent'),
        ({"name": ["A", "B"], "capacity": [-5, 0]}, 'Row 1 has "-5"'),
        ({"name": ["A", "B"], "capacity": [-5, 0]}, "Row 2 has 0 in the column capacity: room for nobody"),
    ],
)
def test_a_faulty_file_of_candidates_is_refused_with_its_row_or_name(columns, said, demo, tmp_path, capsys):
    code, told, _ = site(capsys, demo, "--candidates", candidates(tmp_path, **columns))
    assert code == cli.USERS_MISTAKE
    assert said in told["message"]


def test_a_kind_that_nobody_knows_is_refused(demo, capsys):
    capsys.readouterr()
    assert cli.run(["site", demo, "--kind", "moon base"], HERE) == cli.USERS_MISTAKE
    assert "moon base" in capsys.readouterr().err
