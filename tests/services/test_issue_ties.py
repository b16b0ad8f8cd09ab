"""Doubles offered before saving; issues folded, split, linked and put under one another, and taken back."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator

import prepared
import pytest
import shapely
import sqlalchemy as sa
from record_town import NOW, Town, at, build

from gridmap import errors, model
from gridmap.model import IssueLinkKind, IssueSource, IssueState, Role
from gridmap.services import issue_children, issue_doubles, issue_ties, issue_words, sight
from gridmap.services.community_data import CommunityData
from gridmap.store import open_store

_CODES = itertools.count(100)
DAY = dt.timedelta(days=1)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    store = open_store(str(prepared.empty(tmp_path_factory.mktemp("ties") / "town.gpkg")))
    yield build(store)
    store.close()


@pytest.fixture(scope="module")
def known(town: Town) -> CommunityData:
    """The community as it was at first: who writes needs to know no more."""
    return town.data()


def add(town: Town, x_m: float = 0, y_m: float = 0, **more: object) -> int:
    """An issue in the west of the town, found on a walk an hour ago unless said otherwise."""
    values: dict[str, object] = {
        "code": f"2026-{next(_CODES)}",
        "reported_at": NOW - dt.timedelta(hours=1),
        "source": IssueSource.WALK,
        "category": "lighting",
        "text": "路灯不亮",
        "grid_id": town.west,
        "geom": shapely.Point(at(x_m, y_m)),
        **more,
    }
    with town.store.write() as session:
        session.add(issue := model.Issue(community_id=town.community, **values))  # type: ignore[arg-type]
    return int(issue.id or 0)


def told(town: Town, number: int) -> list[str]:
    with town.store.read() as session:
        wanted = sa.select(model.AuditEntry).where(sa.inspect(model.AuditEntry).c.target_id == number)
        return [entry.action for entry in session.scalars(wanted)]


def test_nearby_offers_what_is_open_near_recent_and_of_the_same_kind(town: Town) -> None:
    near = add(town, 30, 350)
    same_house = add(town, 190, 390, building_id=town.buildings[0])
    for other in (
        {"x_m": 95, "y_m": 350},
        {"x_m": 30, "y_m": 350, "category": "noise"},
        {"x_m": 30, "y_m": 350, "state": IssueState.CLOSED},
        {"x_m": 30, "y_m": 350, "reported_at": NOW - 31 * DAY},
    ):
        add(town, **other)  # type: ignore[arg-type]
    lon, lat = at(0, 350)
    found = issue_doubles.nearby(town.data(), lon, lat, "lighting", NOW)
    assert [one.issue_id for one in found] == [near]
    assert found[0].distance_m == pytest.approx(30, abs=0.3)
    assert found[0].age_days == 0
    found = issue_doubles.nearby(town.data(), lon, lat, "lighting", NOW, building_id=town.buildings[0])
    assert [(one.issue_id, round(one.distance_m)) for one in found] == [(same_house, 0), (near, 30)]
    assert issue_doubles.nearby(town.data(), None, None, "lighting", NOW) == ()
    elsewhere = sight.masked(
        town.data(), sight.Sight.of(town.actor(Role.GRID_WORKER, town.east), town.data().community)
    )
    assert issue_doubles.nearby(elsewhere, lon, lat, "lighting", NOW) == ()


def test_a_voice_is_kept_once_and_never_on_what_is_settled(town: Town, known: CommunityData) -> None:
    issue, settled = add(town), add(town, state=IssueState.CLOSED)
    passer_by = town.actor(Role.GRID_WORKER, town.east)

    def say(number: int, client_id: str, text: str = "\u202e我家也这样 ") -> model.IssueVoice:
        return issue_doubles.add_voice(
            town.store, passer_by, known, number, source=IssueSource.WALK, text=text, client_id=client_id, now=NOW
        )

    first, again = say(issue, "v-1"), say(issue, "v-1")
    assert first.id == again.id
    assert list(town.data().voices.query("issue_id == @issue")["text"]) == ["我家也这样"]
    assert told(town, issue) == ["issue_voiced"]
    with pytest.raises(errors.Conflict, match="settled meanwhile"):
        say(settled, "v-2")
    with pytest.raises(errors.InputError, match="10,000"):
        say(issue, "v-3", "长" * 10_000)
    with pytest.raises(errors.NotFound):
        say(99_999, "v-4")
    with pytest.raises(errors.Forbidden):
        issue_doubles.take_back(town.store, passer_by, known, int(first.id or 0), now=NOW)
    issue_doubles.take_back(town.store, town.actor(), known, int(first.id or 0), now=NOW)
    assert town.data().voices.query("issue_id == @issue").empty


def test_a_double_leaves_the_lists_and_nothing_of_it_is_lost(town: Town, known: CommunityData) -> None:
    by = town.actor()
    stays, double = add(town), add(town, order_number="XA-7", due_at=NOW + DAY, source=IssueSource.HOTLINE)
    with town.store.write() as session:
        session.add(
            model.IssueVoice(
                community_id=town.community, issue_id=double, at=NOW, source=IssueSource.VISITOR, text="又"
            )
        )
        session.add(
            model.Photo(community_id=town.community, issue_id=double, sha256="cd" * 32, media_type="image/jpeg")
        )
    done = issue_ties.merge(town.store, by, known, double, stays, now=NOW)
    assert issue_ties.merge(town.store, by, known, double, stays, now=NOW) == done
    data = town.data()
    assert double not in data.issues.index
    assert stays in data.issues.index
    assert issue_ties.family(data, stays) == [stays, double]
    assert issue_ties.standing(data, double) == stays
    (order,) = issue_ties.orders(data, stays)
    assert (order.number, order.due_at, order.folded) == ("XA-7", NOW + DAY, True)
    assert data.voices["issue_id"].isin(issue_ties.family(data, stays)).any()
    assert data.photos["issue_id"].eq(double).any()
    assert told(town, double) == ["issue_merged"]
    voice = issue_doubles.add_voice(
        town.store, by, known, double, source=IssueSource.WALK, client_id="to-double", now=NOW
    )
    assert voice.issue_id == stays

    top = add(town)
    lifted = issue_ties.merge(town.store, by, known, stays, top, now=NOW)
    assert lifted.along == (double,)
    assert issue_ties.family(town.data(), top) == [top, stays, double]
    issue_ties.split(town.store, by, known, stays, along=lifted.along, now=NOW)
    assert issue_ties.family(town.data(), stays) == [stays, double]
    issue_ties.split(town.store, by, known, double, now=NOW)
    assert {double, stays, top} <= set(town.data().issues.index)
    with pytest.raises(errors.Conflict, match="not merged"):
        issue_ties.split(town.store, by, known, double, now=NOW)


def test_an_open_issue_is_not_lost_in_a_closed_one_nor_in_itself(town: Town, known: CommunityData) -> None:
    by, one, other = town.actor(), add(town), add(town)
    closed = add(town, state=IssueState.CLOSED, closed_at=NOW)
    with pytest.raises(errors.InputError, match="nobody would see to it"):
        issue_ties.merge(town.store, by, known, one, closed, now=NOW)
    with pytest.raises(errors.InputError, match="itself"):
        issue_ties.merge(town.store, by, known, one, one, now=NOW)
    issue_ties.merge(town.store, by, known, closed, one, now=NOW)
    with pytest.raises(errors.InputError, match="itself"):
        issue_ties.merge(town.store, by, known, one, closed, now=NOW)
    with pytest.raises(errors.Conflict, match="already merged"):
        issue_ties.merge(town.store, by, known, closed, other, now=NOW)


@pytest.mark.parametrize("role", [Role.GRID_WORKER, Role.STREET_LEADER, Role.VIEWER])
def test_who_may_not_change_both_changes_neither(town: Town, known: CommunityData, role: Role) -> None:
    mine, theirs = add(town, grid_id=town.east), add(town)
    by = town.actor(role, town.east)
    acts = (
        lambda: issue_ties.merge(town.store, by, known, mine, theirs, now=NOW),
        lambda: issue_ties.merge(town.store, by, known, theirs, mine, now=NOW),
        lambda: issue_ties.link(town.store, by, known, mine, theirs, IssueLinkKind.RELATED, now=NOW),
        lambda: issue_ties.set_parent(town.store, by, known, mine, theirs, now=NOW),
    )
    for act in acts:
        with pytest.raises(errors.Forbidden):
            act()
    assert {mine, theirs} <= set(town.data().issues.index)


def test_links_have_two_ends_and_only_found_before_a_direction(town: Town, known: CommunityData) -> None:
    by, one, other = town.actor(), add(town), add(town, 300, 300, grid_id=town.east)
    for kind, there, back in (
        (IssueLinkKind.SAME_CAUSE, True, False),
        (IssueLinkKind.FOUND_BEFORE, True, True),
        (IssueLinkKind.APART, True, False),
    ):
        assert issue_ties.link(town.store, by, known, one, other, kind, now=NOW) is there
        assert issue_ties.link(town.store, by, known, one, other, kind, now=NOW) is False
        assert issue_ties.link(town.store, by, known, other, one, kind, now=NOW) is back
    found = issue_ties.links(town.data(), one)
    assert (other, IssueLinkKind.SAME_CAUSE, False) in found
    assert {(number, kind) for number, kind, _ in found} == {
        (other, IssueLinkKind.SAME_CAUSE),
        (other, IssueLinkKind.FOUND_BEFORE),
    }
    for kind in (IssueLinkKind.SAME_CAUSE, IssueLinkKind.FOUND_BEFORE):
        assert issue_ties.unlink(town.store, by, known, one, other, kind, now=NOW)
    assert issue_ties.unlink(town.store, by, known, one, other, IssueLinkKind.SAME_CAUSE, now=NOW) is False
    assert [kind for _, kind, _ in issue_ties.links(town.data(), one)] == [IssueLinkKind.FOUND_BEFORE]


def test_parts_of_a_larger_matter_are_found_and_never_in_a_circle(town: Town, known: CommunityData) -> None:
    by, whole, part, done = town.actor(), add(town), add(town), add(town, state=IssueState.CLOSED)
    assert issue_ties.set_parent(town.store, by, known, part, whole, now=NOW) is None
    issue_ties.set_parent(town.store, by, known, done, whole, now=NOW)
    with pytest.raises(errors.InputError, match="itself part of"):
        issue_ties.set_parent(town.store, by, known, whole, part, now=NOW)
    assert set(issue_ties.children(town.data(), whole).index) == {part, done}
    assert list(issue_ties.children(town.data(), whole, only_open=True).index) == [part]
    larger = add(town)
    issue_ties.merge(town.store, by, known, whole, larger, now=NOW)
    assert issue_ties.parent(town.data(), part) == larger
    assert set(issue_ties.children(town.data(), larger).index) == {part, done}
    assert issue_ties.set_parent(town.store, by, known, part, None, now=NOW) == whole
    assert issue_ties.parent(town.data(), part) is None


def test_closing_a_matter_offers_its_parts_and_closes_what_the_table_allows(town: Town, known: CommunityData) -> None:
    by = town.actor()
    whole = add(town, state=IssueState.CLOSED, closed_at=NOW)
    small = add(town, parent_id=whole)
    large = add(town, parent_id=whole, level=model.IssueLevel.LARGE, state=IssueState.SUSPENDED)
    with pytest.raises(errors.Forbidden):
        issue_children.close(town.store, town.actor(Role.STREET_LEADER), known, whole, "x", now=NOW)
    elsewhere = issue_children.close(town.store, town.actor(Role.GRID_WORKER, town.east), known, whole, "x", now=NOW)
    assert (len(elsewhere.closed), len(elsewhere.left)) == (0, 2)
    done = issue_children.close(town.store, by, known, whole, "一并办结", now=NOW)
    data = town.data()
    codes = data.issues.loc[[small, large], "code"]
    assert {*done.closed, *done.left} == set(codes)
    assert codes[small] in done.closed
    assert data.issues.at[small, "state"] == "closed"
    moves = data.events[data.events["issue_id"] == small].sort_index()
    assert moves["to_state"].iloc[-1] == "closed"
    assert set(moves["note"]) >= {"一并办结"}
    assert told(town, whole) == ["issue_parts_closed"]


def test_a_double_is_found_by_its_own_number(town: Town, known: CommunityData) -> None:
    stays, double = add(town), add(town, order_number="XA-FIND-9")
    issue_ties.merge(town.store, town.actor(), known, double, stays, now=NOW)
    data = town.data()
    assert list(issue_words.holding(data, data.issues, "xa-find-9").index) == [stays]
