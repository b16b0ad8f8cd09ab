"""Search over all registers: by words, spellings and pinyin, and never past what somebody may see."""

from __future__ import annotations

from collections.abc import Iterator

import prepared
import pytest
from demo_town import DAY, NOW
from pypinyin import Style, lazy_pinyin

from gridmap.access import Actor
from gridmap.model import Role
from gridmap.services import community_data, register_search, sight
from gridmap.services.community_data import CommunityData
from gridmap.services.register_search import Index
from gridmap.services.sight import Sight
from gridmap.store import Store, open_store


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    store = open_store(str(prepared.with_demo(tmp_path_factory.mktemp("town") / "town.gpkg", NOW)))
    yield store
    store.close()


@pytest.fixture(scope="module")
def data(town: Store) -> CommunityData:
    return community_data.read(town, 1, day=DAY)


@pytest.fixture(scope="module")
def whole(town: Store, data: CommunityData) -> tuple[Index, ...]:
    return register_search.index(town, data, sight.EVERYTHING, "zh")


def seen_by(store: Store, data: CommunityData, role: Role, *grids: int) -> tuple[Index, ...]:
    actor = Actor(
        account_id=1,
        name="somebody",
        role=role,
        street_id=data.community.street_id,
        community_id=1,
        grid_ids=frozenset(grids),
        session_id=1,
    )
    seen = Sight.of(actor, data.community)
    return register_search.index(store, sight.masked(data, seen), seen, "zh")


def test_words_spellings_and_letters_find_rows_of_each_register(whole: tuple[Index, ...], data: CommunityData) -> None:
    for words in ("高龄补贴申请", "高龄 户口本", "glbt", "GLBTSQ"):
        n, best = register_search.find(whole, words)["desk-matters"]
        assert (n, best[0].title) == (1, "高龄补贴申请"), words
    spelt = [register_search.find(whole, words)["households-in-need"] for words in ("3号楼", "3#", "三号楼")]
    assert spelt[0] == spelt[1] == spelt[2]
    issue = data.issues.iloc[0]
    assert issue["code"] in [one.title.split()[0] for one in register_search.find(whole, issue["text"])["issues"][1]]
    assert "activities" not in register_search.find(whole, "高龄")
    assert register_search.find(whole, "  ") == {}
    assert register_search.find(whole, "没有这样的字") == {}


def test_letters_are_those_of_pinyin(whole: tuple[Index, ...]) -> None:
    (matters,) = (one for one in whole if one.kind == "desk-matters")
    for number, title in matters.titles.items():
        letters = "".join(lazy_pinyin(title, style=Style.FIRST_LETTER))
        found = register_search.find((matters,), letters)["desk-matters"][1]
        assert number in [one.id for one in found], (title, letters)


def test_what_is_not_seen_is_not_found(town: Store, data: CommunityData, whole: tuple[Index, ...]) -> None:
    household = data.care.iloc[0]
    grid = int(data.buildings.at[household["building_id"], "grid_id"])
    own, other = seen_by(town, data, Role.GRID_WORKER, grid), seen_by(town, data, Role.GRID_WORKER, grid + 1)
    desk = seen_by(town, data, Role.DESK)
    assert register_search.find(own, household["unit"])["households-in-need"][0] >= 1
    assert "households-in-need" not in register_search.find(other, household["unit"])
    assert "households-in-need" not in {one.kind for one in desk}
    assert "fund-entries" not in {one.kind for one in own}
    text = data.issues.loc[data.issues["grid_id"] == grid, "text"].iloc[0]
    assert "issues" in register_search.find(own, text)
    hidden = register_search.find(other, text).get("issues", (0, []))[1]
    assert not {one.id for one in hidden} & set(data.issues.index[data.issues["grid_id"] == grid])
    # Names and phones are sealed: no index holds them.
    assert not register_search.find(whole, "13800003001")
