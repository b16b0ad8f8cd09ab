"""Each register as a browser's script asks for it: it is drawn, and tells only what its person may see."""

from __future__ import annotations

import pytest
import signed_in
from app_server import AppServer
from client import Client

from gridmap import i18n, model
from gridmap.model import Role
from gridmap.services import grids
from gridmap.store import open_store

SHOWS = {
    "stations": "register.tab.stations",
    "points": "catalogue.kinds_intro",
    "meetings": "register.meeting.due_help",
    "projects": "register.project.page",
    "care": "care.private",
    "fund": "fund.closing",
    "desk": "desk.posts.help",
    "premises": "premises.per_100",
    "forms": "form.about",
}


@pytest.fixture(scope="module")
def secretary(server: AppServer) -> Client:
    return Client(server.url, {"gridmap_session": signed_in.begin(server.store, Role.SECRETARY)})


@pytest.mark.parametrize("register", SHOWS)
def test_register_is_drawn(secretary: Client, register: str) -> None:
    told = secretary.run("registers", f"lang=en&register={register}")
    assert told.says(i18n.text(SHOWS[register], "en"))
    assert "exception" not in told.kinds
    # The fund's form and that of tables stand open or have words of their own.
    assert register in ("fund", "forms") or told.says(i18n.text(f"register.add.{register}", "en"))


@pytest.mark.parametrize("register", ["stations", "projects", "care"])
def test_card_tells_its_history(secretary: Client, register: str) -> None:
    told = secretary.run("registers", f"lang=en&register={register}&id=1")
    assert told.says(i18n.text("history.about", "en"))
    assert "exception" not in told.kinds


def test_households_of_other_grids_are_not_sent(server: AppServer) -> None:
    store = open_store(str(server.store), create=False)
    care = store.frame(model.CareHousehold, 1)
    with store.read() as session:
        at = {int(n): grids.grid_of_building(session, 1, int(b)) for n, b in care["building_id"].items()}
    store.close()
    own = next(grid for grid in at.values() if grid is not None)
    units: dict[bool, set[str]] = {True: set(), False: set()}
    for number, grid in at.items():
        units[grid == own].add(care.at[number, "unit"])
    token = signed_in.begin(server.store, Role.GRID_WORKER, grids=[own])
    worker = Client(server.url, {"gridmap_session": token})
    told = worker.run("registers", "lang=en&register=care")
    assert any(told.says(unit) for unit in units[True])  # those who are due
    assert not [unit for unit in units[False] - units[True] if told.says(unit)]
    for register in ("fund", "care", "points"):
        desk = Client(server.url, {"gridmap_session": signed_in.begin(server.store, Role.DESK)})
        shown = desk.run("registers", f"lang=en&register={register}").says(i18n.text(SHOWS[register], "en"))
        assert shown == (register == "fund")
