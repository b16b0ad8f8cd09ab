"""Each page, each role, as a browser's script asks for it: what is sent over the websocket, and what is not."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
import signed_in
from app_server import AppServer
from client import Client

from gridmap import access, i18n, model
from gridmap.model import Role
from gridmap.store import open_store
from gridmap.web import navigation

NEW_WORKER = "new_worker"
WHO = [*(role.value for role in Role), NEW_WORKER]
# What shows rows or takes something from a person, the form of signing out and the switch of language aside.
TAKES = {
    *("arrow_data_frame", "arrow_table", "text_input", "text_area", "number_input", "date_input", "selectbox"),
    *("multiselect", "checkbox", "file_uploader", "download_button", "component_instance"),
}
FIGURES = 'class="gm-figures"'
PAGES = [entry.name for entry in navigation.PAGES]


@dataclass(frozen=True)
class Town:
    """What the demo's community holds that not everybody may see: texts of issues by grid, names of staff."""

    texts: dict[int, list[str]]
    staff: list[str]
    own: dict[str, int]


@pytest.fixture(scope="module")
def town(server: AppServer) -> Town:
    store = open_store(str(server.store), create=False)
    issues, staff = store.frame(model.Issue, 1), store.frame(model.Staff, 1)
    store.close()
    grids = [int(grid) for grid in issues["grid_id"].dropna().value_counts().index]
    texts = {grid: [text for text in issues.loc[issues["grid_id"] == grid, "text"] if text] for grid in grids}
    names = [name for name in staff["name"] if name != "测试员"]
    return Town(texts, names, {"grid_leader": grids[0], "grid_worker": grids[1]})


@pytest.fixture(scope="module")
def signed(server: AppServer, town: Town) -> dict[str, Client]:
    made = {}
    for who in WHO:
        role = Role.GRID_WORKER if who == NEW_WORKER else Role(who)
        own = [town.own[who]] if who in town.own else []
        made[who] = Client(server.url, {"gridmap_session": signed_in.begin(server.store, role, grids=own)})
    return made


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("who", WHO)
def test_page_for_role(signed: dict[str, Client], town: Town, who: str, page: str) -> None:
    told = signed[who].run(page)
    role = Role.GRID_WORKER if who == NEW_WORKER else Role(who)
    entry = next(entry for entry in navigation.PAGES if entry.name == page)
    may = access.permission(role, entry.needs) is not None
    if not may:
        # Words only: why there is nothing to see.
        assert not told.kinds & TAKES
        assert told.kinds & {"alert", "markdown"}
    for other in navigation.PAGES:
        linked = access.permission(role, other.needs) is not None
        assert linked or not told.says(f"/{other.name}?")
    if not may or who in ("viewer", "street_leader", NEW_WORKER):
        assert not [name for name in town.staff if told.says(name)]
    whole = access.permission(role, access.Action.SEE_ISSUES)
    if whole is None or whole.scope == access.Scope.GRIDS:
        own = town.texts.get(town.own.get(who, 0), [])
        every = {text for texts in town.texts.values() for text in texts}
        others = [text for text in every if not any(text in mine for mine in own)]
        assert not [text for text in others if told.says(text)]


@pytest.mark.parametrize("page", PAGES)
def test_page_without_a_session_is_never_run(server: AppServer, page: str) -> None:
    client = Client(server.url)
    assert client.get(f"/{page}").status == 303
    assert client.socket() == 403


def test_new_worker_is_told_why_there_is_nothing(signed: dict[str, Client]) -> None:
    told = signed[NEW_WORKER].run("overview")
    assert told.says(i18n.text("figure.none_for_you", "en"))
    assert not told.says(FIGURES)
    assert signed["grid_worker"].run("overview").says(FIGURES)


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.VIEWER])
@pytest.mark.parametrize("page", PAGES)
def test_tab_that_is_open_shows_nothing_once_its_session_is_over(server: AppServer, page: str, role: Role) -> None:
    token = signed_in.begin(server.store, role)
    over = i18n.text("sign_in.over", "en")
    with Client(server.url, {"gridmap_session": token}).tab() as run:
        assert not run(page).says(over)
        store = open_store(str(server.store), create=False)
        with store.write() as session:
            session.query(model.Account).filter_by(name=f"test-{token.casefold()}").one().active = False
        store.close()
        told = run(page)
    assert told.says(over)
    assert not told.says("太白")
    assert not told.says(FIGURES)


@pytest.mark.parametrize("who", ["grid_leader", "grid_worker", NEW_WORKER])
def test_coverage_of_the_whole_community_is_for_those_who_see_all_of_it(signed: dict[str, Client], who: str) -> None:
    search = i18n.text("reach.site.title", "en")
    told, all_of_it = signed[who].run("coverage"), signed["secretary"].run("coverage")
    assert all_of_it.says(FIGURES)
    assert all_of_it.says(search)
    assert not told.says(FIGURES)
    assert not told.says(search)
