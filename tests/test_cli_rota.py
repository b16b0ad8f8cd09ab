"""The command ``gridmap rota`` on the demo, and what is refused."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import prepared
import pytest
import sqlalchemy as sa

from gridmap import cli, model
from gridmap.store import open_store

HERE = {"LANG": "en_GB.UTF-8"}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> str:
    address = str(prepared.with_demo(tmp_path_factory.mktemp("rota") / "demo.gpkg"))
    with open_store(address).write() as session:
        for leave in session.scalars(sa.select(model.Leave)):
            session.delete(leave)
    return address


def test_the_demos_week_is_proven(demo, capsys):
    capsys.readouterr()
    assert cli.run(["rota", demo, "--week", "2026-W48", "--json"], HERE) == cli.DONE
    told = json.loads(capsys.readouterr().out)
    assert told["status"] == "optimal"
    assert all(set(one) == {"date", "half", "duty", "staff", "grid"} for one in told["duties"])
    assert sum(one["duty"] == "reception" for one in told["duties"]) == 5
    assert {one["date"] for one in told["duties"] if one["duty"] == "walk"} == {"2026-11-27"}


def test_a_week_of_holidays_and_a_year_nobody_knows(demo, capsys):
    assert cli.run(["rota", demo, "--week", "2026-W08"], HERE) == cli.DONE
    assert "holiday" in capsys.readouterr().err
    assert cli.run(["rota", demo, "--week", "2027-W20"], HERE) == cli.DONE
    assert "not known" in capsys.readouterr().err


def test_all_on_leave_is_explained_and_three_are_no_pair(demo, tmp_path: Path, capsys):
    address = str(tmp_path / "copy.gpkg")
    store = open_store(demo)
    store.snapshot(address)
    store.close()
    with open_store(address).write() as session:
        staff = list(session.scalars(sa.select(model.Staff).order_by(sa.inspect(model.Staff).c.id)))
        first, last = (dt.date(2026, 12, day) for day in (7, 11))
        session.add_all(
            model.Leave(community_id=one.community_id, staff_id=one.id, from_day=first, to_day=last) for one in staff
        )
    capsys.readouterr()
    assert cli.run(["rota", address, "--week", "2026-W50"], HERE) == cli.USERS_MISTAKE
    assert "A/B pair" in capsys.readouterr().out
    with open_store(address).write() as session:
        staff = list(session.scalars(sa.select(model.Staff).order_by(sa.inspect(model.Staff).c.id)))
        staff[2].partner_id = staff[0].id
    assert cli.run(["rota", address, "--week", "2026-W48"], HERE) == cli.USERS_MISTAKE
    assert "a pair is two people" in capsys.readouterr().err


def test_nobody_and_no_week(demo, tmp_path: Path, capsys):
    empty = str(tmp_path / "empty.gpkg")
    assert cli.run(["init", empty, "--community", "x"], HERE) == cli.DONE
    assert cli.run(["rota", empty, "--week", "2026-W48"], HERE) == cli.USERS_MISTAKE
    assert cli.run(["rota", demo, "--week", "soon"], HERE) == cli.USERS_MISTAKE
    assert "2026-W48" in capsys.readouterr().err
