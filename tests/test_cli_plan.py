"""The command ``gridmap plan`` on the demo, what is kept, written and refused."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import prepared
import pyogrio
import pytest
import sqlalchemy as sa

from gridmap import cli, model
from gridmap.store import open_store

HERE = {"LANG": "en_GB.UTF-8"}
NOW = dt.datetime(2026, 11, 24, 2, 0, tzinfo=dt.UTC)
FRIDAY = "2026-12-04"
QUICK = ("--seconds", "0.02")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> str:
    address = str(prepared.with_demo(tmp_path_factory.mktemp("plan") / "demo.gpkg", NOW))
    with open_store(address).write() as session:
        for leave in session.scalars(sa.select(model.Leave)):
            session.delete(leave)
    return address


def said(capsys, *words: str) -> dict:
    capsys.readouterr()
    assert cli.run(["plan", *words, "--json", *QUICK], HERE) == cli.DONE
    return json.loads(capsys.readouterr().out)


def refused(capsys, *words: str) -> str:
    capsys.readouterr()
    assert cli.run(["plan", *words, *QUICK], HERE) == cli.USERS_MISTAKE
    return capsys.readouterr().err


def test_two_teams_for_a_morning(demo, capsys, tmp_path: Path):
    told = said(capsys, demo, "--date", FRIDAY, "--walkers", "2", "--rest", "15", "--must", "building:30")
    assert len(told["walks"]) == 2
    visited = [stop["id"] for walk in told["walks"] for stop in walk["stops"] if stop["id"]]
    assert len(visited) == len(set(visited)) > 10
    assert "building:30" in visited
    assert not {one["id"] for one in told["left_out"]} & set(visited)
    assert all(one["reason"] for one in told["left_out"])
    for walk in told["walks"]:
        assert walk["walker"]
        assert 0 < walk["minutes"] <= 150
        assert [stop["id"] for stop in walk["stops"]].count("") == 1
        moments = [dt.datetime.fromisoformat(stop[at]) for stop in walk["stops"] for at in ("arrive", "leave")]
        assert moments == sorted(moments)
        assert moments[0].utcoffset() == dt.timedelta(hours=8)
    assert (
        said(capsys, demo, "--date", FRIDAY, "--walkers", "2", "--rest", "15", "--must", "building:30")["walks"]
        == (told["walks"])
    )


@pytest.mark.parametrize("ending", ["gpx", "kml", "geojson"])
def test_a_plan_goes_to_a_file_that_gdal_opens(demo, capsys, tmp_path: Path, ending: str):
    path = tmp_path / f"walk.{ending}"
    told = said(capsys, demo, "--date", FRIDAY, "--grid", "A", "--out", str(path))
    layers = {"gpx": ("waypoints", "tracks"), "kml": (None, None), "geojson": (None, None)}[ending]
    points = pyogrio.read_dataframe(path, layer=layers[0])
    lines = pyogrio.read_dataframe(path, layer=layers[1])
    assert (points.geom_type == "Point").sum() == sum(len(walk["stops"]) for walk in told["walks"])
    assert lines.geom_type.str.endswith("LineString").sum() == len(told["walks"])
    assert "need" not in path.read_text(encoding="utf-8")


def test_a_plan_is_kept_once_and_shown_in_words(demo, capsys, tmp_path: Path):
    address = str(tmp_path / "copy.gpkg")
    store = open_store(demo)
    store.snapshot(address)
    store.close()
    capsys.readouterr()
    assert cli.run(["plan", address, "--date", FRIDAY, "--half", "afternoon", "--keep", *QUICK], HERE) == cli.DONE
    shown = capsys.readouterr()
    assert "1 walk is kept" in shown.err
    assert "left out: " in shown.out
    (community,) = open_store(address).communities()
    walks = open_store(address).frame(model.Walk, community.id, day=dt.date(2026, 12, 4), half="afternoon")
    stops = open_store(address).frame(model.Stop, community.id, walk_id=int(walks.index[0]))
    assert len(walks) == 1
    assert walks["walk_m"].iloc[0] > 0
    assert stops["seq"].tolist() == list(range(1, len(stops) + 1))
    assert (stops["arrive_at"] <= stops["leave_at"]).all()


def test_bad_input_is_a_sentence(demo, capsys, tmp_path: Path):
    assert "2026-12-04" in refused(capsys, demo, "--date", "soon")
    assert "morning or afternoon" in refused(capsys, demo, "--date", FRIDAY, "--half", "night")
    assert "09:00" in refused(capsys, demo, "--date", FRIDAY, "--begin", "nine")
    assert ".gpx" in refused(capsys, demo, "--date", FRIDAY, "--out", str(tmp_path / "x.pdf"))
    assert "no grid Z" in refused(capsys, demo, "--date", FRIDAY, "--grid", "Z")
    assert "building:9999" in refused(capsys, demo, "--date", FRIDAY, "--must", "building:9999")
    assert "point:9999" in refused(capsys, demo, "--date", FRIDAY, "--start", "point:9999")
    assert "Only 7 can walk" in refused(capsys, demo, "--date", FRIDAY, "--walkers", "9")
    assert "20 teams" in refused(capsys, demo, "--date", FRIDAY, "--walkers", "0")
    assert "600" in refused(capsys, demo, "--date", FRIDAY, "--minutes", "0")
    empty = str(prepared.with_community(tmp_path / "empty.gpkg"))
    assert "no staff" in refused(capsys, empty, "--date", FRIDAY)


def test_too_many_must_visits_a_holiday_and_everybody_away(demo, capsys, tmp_path: Path):
    musts = [word for number in range(1, 13) for word in ("--must", f"building:{number}")]
    capsys.readouterr()
    assert cli.run(["plan", demo, "--date", FRIDAY, "--minutes", "40", *musts, *QUICK], HERE) == cli.DONE
    err = capsys.readouterr().err
    assert "must-visits do not fit" in err
    assert "40 minutes in all" in err
    assert cli.run(["plan", demo, "--date", "2026-10-01", *QUICK], HERE) == cli.DONE
    assert "the next is 2026-10-0" in capsys.readouterr().err
    address = str(tmp_path / "copy.gpkg")
    store = open_store(demo)
    store.snapshot(address)
    store.close()
    with open_store(address).write() as session:
        day = dt.date.fromisoformat(FRIDAY)
        for one in list(session.scalars(sa.select(model.Staff))):
            leave = model.Leave(community_id=one.community_id, staff_id=one.id, from_day=day, to_day=day)
            session.add(leave)
    assert "all who could walk are on leave" in refused(capsys, address, "--date", FRIDAY)
