"""One record is opened to one person for a reason, and the audit knows of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import prepared
import pytest

from gridmap import errors, i18n, model
from gridmap.access import Actor
from gridmap.model import Role
from gridmap.services import audit, cards, community_data, key_file, overview, search, sight, tables, unmasking
from gridmap.services.community_data import CommunityData
from gridmap.services.overview import Filters
from gridmap.services.sight import Sight
from gridmap.store import Store, open_store

NOW = dt.datetime(2026, 11, 24, 2, 0, tzinfo=dt.UTC)
DAY = dt.date(2026, 11, 24)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    opened = open_store(str(prepared.with_demo(tmp_path_factory.mktemp("unmask") / "store.gpkg", NOW)))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def data(store: Store) -> CommunityData:
    return community_data.read(store, 1, day=DAY)


def person(role: Role, *grids: int, community: int | None = 1) -> Actor:
    return Actor(
        account_id=1,
        name=f"somebody-{role.value}",
        role=role,
        street_id=1,
        community_id=community,
        grid_ids=frozenset(grids),
        session_id=1,
    )


def seen_by(store: Store, data: CommunityData, who: Actor) -> tuple[CommunityData, Sight]:
    seen = Sight.of(who, store.community(1))
    return sight.masked(data, seen), seen


def card(store: Store, data: CommunityData, who: Actor, target: str, number: int) -> cards.Card | None:
    shown, seen = seen_by(store, data, who)
    return cards.card(
        shown,
        target,
        number,
        covered=overview.cover(data, "station", 500.0),
        seen=seen,
        kind_name="邻里服务站",
        language="zh",
        now=NOW,
        time_zone="Asia/Shanghai",
        persons=unmasking.hints(store, shown, seen, target, number),
    )


def called(data: CommunityData) -> tuple[int, int]:
    """An issue that somebody called about, and its grid."""
    row = data.issues[data.issues["has_contact"] & data.issues["hidden"]].iloc[0]
    return int(row.name), int(row["grid_id"])


def grid_of_building(data: CommunityData, number: int) -> int:
    return int(data.buildings.at[number, "grid_id"])


def test_what_is_shared_names_nobody(data: CommunityData) -> None:
    shared = {*data.issues.columns, *data.care.columns}
    assert not {"contact_name", "contact_phone", "phone", "name", "identity_digest"} & shared
    assert "phone" not in data.staff.columns
    assert data.issues["has_contact"].sum() == 60
    assert not data.issues["text"].str.contains("1380000", regex=False).any()


def test_secretary_opens_an_issue_and_the_audit_says_why(store: Store, data: CommunityData) -> None:
    number, _ = called(data)
    found = unmasking.contact(
        store, person(Role.SECRETARY), "issue", number, reason="  回访 办理结果 ", address="10.0.0.7", now=NOW
    )
    assert len(found.name) == 2
    assert found.phone.startswith("1380000")
    assert found.text
    assert found.phone not in repr(found)
    entry = audit.search(store, None, action="contact_seen").iloc[0]
    assert (entry["account_name"], entry["target_id"], entry["reason"]) == (
        "somebody-secretary",
        number,
        "回访 办理结果",
    )
    assert entry["target"] == data.issues.at[number, "code"]
    assert (entry["address"], entry["community_id"], entry["at"]) == ("10.0.0.7", 1, NOW)


def test_number_in_a_note_is_opened_with_the_issue(store: Store, data: CommunityData) -> None:
    plain = data.issues[~data.issues["hidden"] & ~data.issues["has_contact"]].iloc[0]
    number = int(plain.name)
    with store.write() as session:
        session.add(
            model.IssueEvent(
                community_id=1,
                issue_id=number,
                at=NOW,
                to_state=model.IssueState.DONE,
                note="已回电 13800007001，满意",
            )
        )
    now = community_data.read(store, 1, day=DAY)
    assert bool(now.issues.at[number, "hidden"])
    assert not now.events["note"].str.contains("13800007001", regex=False).any()
    shown = card(store, now, person(Role.SECRETARY), "issue", number)
    assert shown is not None
    assert [row.ask.subject for row in shown.rows if row.ask] == ["issue"]
    found = unmasking.contact(store, person(Role.SECRETARY), "issue", number, reason="回访办理结果")
    assert (found.name, found.phone, found.text) == ("", "", "已回电 13800007001，满意")


def test_grid_worker_opens_a_household_of_the_own_grid_only(store: Store, data: CommunityData) -> None:
    household = int(data.care.index[0])
    grid = grid_of_building(data, int(data.care["building_id"].iloc[0]))
    others = [int(g) for g in data.grids.index if g != grid]
    found = unmasking.contact(store, person(Role.GRID_WORKER, grid), "care", household, reason="约定上门", now=NOW)
    assert (found.name, found.phone) == ("庚三", "13800003001")
    entry = audit.search(store, None, action="care_seen").iloc[0]
    # The audit says which record, not who lives there.
    assert "庚三" not in "".join(map(str, entry))
    assert entry["target"] == "3号楼"
    before = len(audit.search(store, None))
    for who in (person(Role.GRID_WORKER, *others), person(Role.GRID_LEADER), person(Role.DESK)):
        with pytest.raises(errors.Forbidden):
            unmasking.contact(store, who, "care", household, reason="约定上门")
    assert len(audit.search(store, None)) == before


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.STREET_LEADER, Role.VIEWER])
@pytest.mark.parametrize("subject", ["issue", "care"])
def test_other_roles_open_nothing(store: Store, data: CommunityData, role: Role, subject: unmasking.Subject) -> None:
    number = called(data)[0] if subject == "issue" else 1
    with pytest.raises(errors.Forbidden) as refused:
        unmasking.contact(store, person(role, *data.grids.index), subject, number, reason="想看看")
    assert i18n.text("action.see_persons" if subject == "issue" else "action.see_care", "zh") in refused.value.sentence(
        "zh"
    )


def test_secretary_of_another_community_opens_nothing(store: Store) -> None:
    with pytest.raises(errors.Forbidden):
        unmasking.contact(store, person(Role.SECRETARY, community=2), "care", 1, reason="想看看")


@pytest.mark.parametrize("reason", ["", " ", "看", "\n\t"])
def test_without_a_reason_nothing_is_opened(store: Store, reason: str) -> None:
    with pytest.raises(errors.InputError) as refused:
        unmasking.contact(store, person(Role.SECRETARY), "care", 1, reason=reason)
    assert refused.value.key == "reason_short"


def test_reason_itself_gives_no_number_away(store: Store) -> None:
    unmasking.contact(store, person(Role.SECRETARY), "care", 2, reason="核对 13800003002 是否本人", now=NOW)
    (said,) = [r for r in audit.search(store, None, action="care_seen")["reason"] if r.startswith("核对")]
    assert said == "核对 138****3002 是否本人"


def test_what_has_ended_or_never_was_is_gone(store: Store) -> None:
    with store.write() as session:
        session.get_one(model.CareHousehold, 8).ended_on = DAY
    for number in (8, 999):
        with pytest.raises(errors.NotFound):
            unmasking.contact(store, person(Role.SECRETARY), "care", number, reason="约定上门", now=NOW)
    assert 8 not in community_data.read(store, 1, day=DAY).care.index
    assert 8 in community_data.read(store, 1, day=DAY - dt.timedelta(days=1)).care.index


def test_lost_key_is_said_and_the_card_is_shown_all_the_same(
    store: Store, data: CommunityData, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GRIDMAP_KEY_FILE", str(tmp_path / "none.key"))
    with pytest.raises(errors.StoreError) as refused:
        unmasking.contact(store, person(Role.SECRETARY), "care", 1, reason="约定上门")
    assert refused.value.key == "key_missing"
    shown = card(store, data, person(Role.SECRETARY), "building", 3)
    assert shown is not None
    assert sum(i18n.text("card.sealed", "zh") in row.value for row in shown.rows) == 3
    assert not key_file.path().exists()


def test_card_of_a_building_lists_households_masked_for_those_who_may(store: Store, data: CommunityData) -> None:
    shown = card(store, data, person(Role.SECRETARY), "building", 3)
    assert shown is not None
    asks = [row for row in shown.rows if row.ask is not None]
    assert [row.ask.id for row in asks if row.ask] == [1, 2, 3]
    assert asks[0].value.splitlines() == ["1单元201 · 每 7 天一访", "庚** · 138****3001"]


@pytest.mark.parametrize(
    ("role", "building", "told"),
    [
        (Role.DESK, 3, "3 户"),
        (Role.ADMINISTRATOR, 3, "3 户"),
        # Two are too few to be told, and one more so.
        (Role.DESK, 13, None),
        (Role.DESK, 8, None),
        (Role.STREET_LEADER, 3, None),
        (Role.VIEWER, 3, None),
        (Role.GRID_WORKER, 3, None),
    ],
)
def test_the_rest_see_at_most_how_many(
    store: Store, data: CommunityData, role: Role, building: int, told: str | None
) -> None:
    shown = card(store, data, person(role), "building", building)
    assert shown is not None
    assert not any(row.ask for row in shown.rows)
    care = [row.value for row in shown.rows if row.label == i18n.text("card.care", "zh")]
    assert care == ([] if told is None else [told])


def test_card_of_an_issue_offers_to_look_only_where_there_is_something(store: Store, data: CommunityData) -> None:
    number, _ = called(data)
    shown = card(store, data, person(Role.DESK), "issue", number)
    assert shown is not None
    (row,) = [row for row in shown.rows if row.ask]
    assert "** · 138****" in row.value
    plain = int(data.issues.index[~data.issues["has_contact"]][0])
    nothing = card(store, data, person(Role.SECRETARY), "issue", plain)
    assert nothing is not None
    assert not any(row.ask for row in nothing.rows)


def test_neither_search_nor_tables_find_a_number(store: Store, data: CommunityData) -> None:
    for who in (person(Role.SECRETARY), person(Role.DESK)):
        shown, _ = seen_by(store, data, who)
        for words in ("13800002001", "1380000", "138 0000", "子甲", "庚三", "2001"):
            assert search.find(shown, words, language="zh") == []
        for name in tables.NAMES:
            table = tables.table(
                shown,
                name,
                covered=overview.cover(data, "station", 500.0),
                filters=Filters(issues="all"),
                language="zh",
                now=NOW,
            )
            assert "1380000" not in table.to_csv().replace(" ", "")


def test_leader_cannot_subtract_one_grid_from_another(data: CommunityData) -> None:
    covered = overview.cover(data, "station", 500.0)
    whole = overview.figures(data, covered, Filters(), now=NOW, issues_everywhere=True)
    for letter in "ABCDE":
        part = overview.figures(data, covered, Filters(letters=(letter,)), now=NOW, issues_everywhere=True)
        assert (part.open_issues, part.overdue_issues, part.at_source_n) == (
            whole.open_issues,
            whole.overdue_issues,
            whole.at_source_n,
        )
        assert part.households < whole.households
