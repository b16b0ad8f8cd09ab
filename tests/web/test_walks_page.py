"""The page of walks, run without a browser: lists, the review, who sees what of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import prepared
import pytest
import signed_in
from streamlit.runtime.context import ContextProxy
from streamlit.testing.v1 import AppTest

from gridmap import i18n, model
from gridmap.model import Role
from gridmap.planning import workdays
from gridmap.services import community_data, walk_keeping, walk_review, walk_staff
from gridmap.store import open_store
from gridmap.web import credentials, session
from gridmap.web.walks_plan_state import PlanState

PAGE = Path(__file__).parents[2] / "pages" / "walks.py"
Open = Callable[..., AppTest]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return prepared.with_demo(tmp_path_factory.mktemp("walks") / "store.gpkg")


@pytest.fixture
def visit(monkeypatch: pytest.MonkeyPatch, filled: Path) -> Open:
    monkeypatch.setenv("GRIDMAP_STORE", str(filled))
    monkeypatch.delenv("GRIDMAP_DEMO", raising=False)
    monkeypatch.setattr(ContextProxy, "ip_address", "192.0.2.1")

    def opened(role: Role = Role.SECRETARY, **address: Any) -> AppTest:
        token = signed_in.begin(filled, role, grids=address.pop("grids", ()))
        monkeypatch.setattr(ContextProxy, "cookies", {credentials.SESSION: token})
        page = AppTest.from_file(str(PAGE), default_timeout=60)
        for key, value in address.items():
            page.query_params[key] = value
        page.run()
        assert not page.exception
        return page

    return opened


def said(page: AppTest) -> str:
    parts = [*page.markdown, *page.caption, *page.info, *page.error]
    return "\n".join(str(one.value) for one in parts).replace("\\", "")


def test_the_review_is_told_and_goes_from_week_to_week(visit: Open) -> None:
    page = visit(tab="review", lang="en")
    assert walk_review.say("changes", "en") in said(page)
    week = page.query_params.get("week")
    page.button(key="walks-week-back").click().run()
    assert page.query_params["week"] != week
    page.segmented_control(key="walks-weeks").set_value(12).run()
    for name in walk_review.TABLES:
        page.segmented_control(key="walks-table").set_value(name).run()
        assert not page.exception
        assert len(page.dataframe[0].value)


def test_a_walk_is_chosen_by_its_address_and_told_with_its_stops(visit: Open) -> None:
    page = visit(tab="list", walk="1", lang="zh")
    assert len(page.dataframe) == 2
    assert page.dataframe[1].value.iloc[:, 0].tolist() == list(range(1, len(page.dataframe[1].value) + 1))
    page.segmented_control(key="walks-shown").set_value("cancelled").run()
    assert i18n.text("table.walks.empty", "zh") in said(page)


@pytest.mark.parametrize("tab", ["list", "review"])
def test_a_grid_leader_sees_the_walks_of_the_own_grid_alone(visit: Open, tab: str) -> None:
    own, every = visit(Role.GRID_LEADER, grids=[2], tab=tab, lang="zh"), visit(tab=tab, lang="zh")
    mine, all_of_them = own.dataframe[0].value, every.dataframe[0].value
    assert 0 < len(mine["网格"]) < len(all_of_them) or tab == "review"
    assert len(set(mine["网格"])) <= 1 < len(set(all_of_them["网格"]))


def test_a_worker_without_a_grid_is_told_why_nothing_is_there(visit: Open) -> None:
    page = visit(Role.GRID_WORKER, lang="zh")
    assert i18n.text("figure.none_for_you", "zh") in said(page)
    assert not page.dataframe


def published_for_grid_a(filled: Path) -> int:
    """Publish a rota in which a colleague of another grid walks in grid A on the next Friday; return who that is."""
    store = open_store(str(filled), create=False)
    data = community_data.read(store, 1, day=community_data.today("Asia/Shanghai"))
    friday = data.day + dt.timedelta(days=(4 - data.day.weekday()) % 7)
    grid = int(data.grids.index[data.grids["letter"] == "A"][0])
    walking = set(
        data.walkers.loc[data.walkers["walk_id"].isin(data.walks.index[data.walks["day"] == friday]), "staff_id"]
    )
    free = [one.id for one in walk_staff.free(store, 1, friday) if grid not in one.grids and one.id not in walking]
    with store.write() as session_:
        rota = model.WeekRota(community_id=1, week=workdays.week_of(friday), published_at=dt.datetime.now(dt.UTC))
        session_.add(rota)
        session_.flush()
        session_.add(
            model.RotaDuty(
                community_id=1, rota_id=int(rota.id or 0), day=friday, half=model.Half.MORNING, duty=model.Duty.WALK,
                staff_id=free[-1], grid_id=grid, published=True,
            )
        )  # fmt: skip
    store.close()
    return free[-1]


def pressed(page: AppTest, key: str) -> PlanState:
    """Press a button after which something is planned, and wait for the plan."""
    page.button(key=key).click().run()
    mine: PlanState = page.session_state[session.WALK_PLAN]
    if mine.job is not None:
        assert mine.job.wait(60)
        page.run()
    assert not page.exception
    assert not page.error
    return mine


def test_walks_are_planned_changed_by_hand_and_published(visit: Open, filled: Path) -> None:
    on_duty = published_for_grid_a(filled)
    page = visit(tab="plan", lang="zh")
    page.pills(key="walk-plan-grids").set_value(["A"]).run()
    assert page.multiselect[0].value == [on_duty], "whoever walks there by the published rota"
    page.select_slider(key="walk-plan-seconds").set_value(1).run()
    mine = pressed(page, "walk-plan-go")
    made = mine.made
    assert made is not None
    before = [stop.key for stop in made.walks[0].stops if stop.key]
    assert len(before) > 2

    mine.stop = before[0]
    page.run()
    pressed(page, "walk-down")
    after = [stop.key for stop in mine.made.walks[0].stops if stop.key]
    assert after.index(before[0]) > after.index(before[1])
    mine.stop = before[0]
    page.run()
    pressed(page, "walk-drop")
    assert before[0] not in [stop.key for stop in mine.made.walks[0].stops]
    assert before[0] in mine.never
    page.button(key="walk-undo").click().run()
    assert [stop.key for stop in mine.made.walks[0].stops if stop.key] == after

    page.button(key="walk-keep").click().run()
    assert not page.exception
    assert not page.error
    assert page.query_params["tab"] in ("list", ["list"])
    store = open_store(str(filled), create=False)
    walks, stops = store.frame(model.Walk, 1), store.frame(model.Stop, 1)
    store.close()
    kept = int(walks.index.max())
    mine_kept = stops[stops["walk_id"] == kept].sort_values("seq")
    assert [key for _, row in mine_kept.iterrows() if (key := walk_keeping.key_of(row))] == after
    assert walks.at[kept, "state"] == "planned"
    assert walks.at[kept, "day"] == made.question.days[0]

    # Taken back into the plan it stands as it was; what is published then goes for it.
    mine = pressed(page, "walks-change")
    assert [stop.key for stop in mine.made.walks[0].stops if stop.key] == after
    assert mine.replaces == (kept,)
    mine.stop = after[-1]
    page.run()
    pressed(page, "walk-drop")
    page.button(key="walk-keep").click().run()
    assert not page.error
    store = open_store(str(filled), create=False)
    walks, stops = store.frame(model.Walk, 1), store.frame(model.Stop, 1)
    store.close()
    assert kept not in walks.index
    places = [walk_keeping.key_of(row) for _, row in stops[stops["walk_id"] == walks.index.max()].iterrows()]
    assert after[-1] not in places
    assert places[: len(after) - 1] == after[:-1]
