"""Who may do what, and where."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridmap import access, errors, i18n
from gridmap.access import Action, Actor
from gridmap.model import Role

# What people are told about the roles, written down apart from the table in the code:
# A anywhere, S own street, C own community, G own grids, - never.
#              map bld iss stf fig tbl pic acc aud imp set lve shr rec pnt edt tag per car ifg grd pln rot mro brf wlk
# The last column: reg.
MATRIX = """
administrator  A   A   -   A   A   A   A   A   A   A   A   A   A   A   A   -   -   -   -   A   A   -   A   A   A   -   A
secretary      C   C   C   C   C   C   C   -   -   C   C   C   C   C   C   C   C   C   C   C   C   C   C   C   C   C   C
grid_leader    C   G   G   G   G   G   C   -   -   -   -   -   -   -   G   G   C   G   G   G   -   G   C   -   -   G   G
grid_worker    C   G   G   G   G   G   C   -   -   -   -   -   -   -   G   G   C   G   G   G   -   G   C   -   -   G   G
desk           C   C   C   C   C   C   C   -   -   -   -   -   -   -   C   C   C   C   -   C   C   -   C   -   C   G   C
street_leader  S   -   -   -   S   -   S   -   -   -   -   -   -   -   -   -   -   -   -   S   -   -   -   -   S   -   -
viewer         C   -   -   -   C   -   -   -   -   -   -   -   -   -   -   -   -   -   -   -   -   -   -   -   -   -   -
"""
ACTIONS = [
    *("see_map", "see_buildings", "see_issues", "see_staff", "see_figures", "download_tables", "download_picture"),
    *("manage_accounts", "see_audit", "import_data", "change_settings", "manage_leave", "share_view"),
    *("edit_records", "edit_points", "edit_issues", "tag_issue", "see_persons", "see_care", "see_issue_figures"),
    *("draw_grids", "plan_walks"),
    *("see_rota", "manage_rota"),
    "make_briefing",
    "record_walk",
    "see_registers",
]
EXPECTED = {
    (row.split()[0], action): letter
    for row in MATRIX.strip().splitlines()
    for action, letter in zip(ACTIONS, row.split()[1:], strict=True)
}
EXPECTED |= {(row.split()[0], "split_community"): "-" for row in MATRIX.strip().splitlines()}
EXPECTED["administrator", "split_community"] = "A"
KEEPS = {
    "keep_fund": {"secretary": "C", "desk": "C"},
    "close_fund": {"secretary": "C"},
    "keep_care": {"secretary": "C", "grid_leader": "G", "grid_worker": "G"},
    "keep_desk": {"administrator": "A", "secretary": "C", "desk": "C"},
}
EXPECTED |= {(role.value, action): of.get(role.value, "-") for action, of in KEEPS.items() for role in Role}
# Where something lies, seen from a person of street 1, community 10, grids 100 and 101.
OWN_GRID = {"street_id": 1, "community_id": 10, "grid_id": 100}
OTHER_GRID = {"street_id": 1, "community_id": 10, "grid_id": 102}
OWN_COMMUNITY = {"street_id": 1, "community_id": 10}
NEXT_COMMUNITY = {"street_id": 1, "community_id": 11}
OTHER_STREET = {"street_id": 2, "community_id": 20}
EVERYWHERE: dict[str, int] = {}
REACHES = {
    "A": (OWN_GRID, OTHER_GRID, OWN_COMMUNITY, NEXT_COMMUNITY, OTHER_STREET, EVERYWHERE),
    "S": (OWN_GRID, OTHER_GRID, OWN_COMMUNITY, NEXT_COMMUNITY),
    "C": (OWN_GRID, OTHER_GRID, OWN_COMMUNITY),
    "G": (OWN_GRID,),
    "-": (),
}


def person(role: str, grids: tuple[int, ...] = (100, 101), street: int | None = 1, community: int | None = 10) -> Actor:
    """Somebody with this role."""
    return Actor(
        account_id=1,
        name="somebody",
        role=Role(role),
        street_id=street,
        community_id=community,
        grid_ids=frozenset(grids),
        session_id=1,
    )


def test_the_matrix_is_whole() -> None:
    assert set(EXPECTED) == {(role.value, action.value) for role in Role for action in Action}


@pytest.mark.parametrize("role", list(Role))
def test_role_action_and_place(role: Role) -> None:
    for action, place in itertools.product(Action, REACHES["A"]):
        told = f"{action} {place}"
        verdict = access.decide(person(role), action, **place)
        assert verdict.allowed == (place in REACHES[EXPECTED[role.value, action.value]]), told
        if verdict.allowed:
            assert i18n.text(verdict.reason, "en") != i18n.text(verdict.reason, "zh"), told
            access.demand(person(role), action, **place)
        else:
            with pytest.raises(errors.Forbidden) as refused:
                access.demand(person(role), action, **place)
            for language in i18n.LANGUAGES:
                assert i18n.text(f"action.{action.value}", language) in refused.value.sentence(language), told


@pytest.mark.parametrize("role", ["grid_leader", "grid_worker"])
def test_newcomer_without_grids_sees_no_rows_but_the_rota(role: str) -> None:
    new, places = person(role, grids=()), (OWN_GRID, OTHER_GRID)
    allowed = {action for action in Action if any(access.decide(new, action, **place).allowed for place in places)}
    assert allowed <= {Action.SEE_MAP, Action.DOWNLOAD_PICTURE, Action.TAG_ISSUE, Action.SEE_ROTA}


def test_grid_of_another_community_is_not_ones_own() -> None:
    assert not access.decide(person("grid_leader"), Action.SEE_ISSUES, community_id=11, grid_id=100).allowed


@pytest.mark.parametrize("role", [role for role in Role if role != Role.ADMINISTRATOR])
def test_who_belongs_nowhere_may_do_nothing(role: Role) -> None:
    lost = person(role, street=None, community=None)
    for action in Action:
        for place in REACHES["A"]:
            assert not access.decide(lost, action, **place).allowed


def test_scope_of_a_permission_tells_a_page_what_to_ask_for() -> None:
    row = access.permission(Role.GRID_WORKER, Action.SEE_ISSUES)
    assert row is not None
    assert row.scope == access.Scope.GRIDS
    assert access.permission(Role.STREET_LEADER, Action.SEE_ISSUES) is None


numbers = st.none() | st.integers(-(2**63), 2**63)


@given(
    role=st.sampled_from(Role) | st.text(),
    action=st.sampled_from(Action) | st.text(),
    own=st.tuples(numbers, numbers, st.frozensets(st.integers())),
    place=st.fixed_dictionaries({"street_id": numbers, "community_id": numbers, "grid_id": numbers}),
)
def test_a_verdict_is_always_given_and_is_no_by_default(role, action, own, place) -> None:
    street, community, grids = own
    someone = Actor(
        account_id=1, name="x", role=role, street_id=street, community_id=community, grid_ids=grids, session_id=1
    )
    verdict = access.decide(someone, action, **place)
    letter = EXPECTED.get((str(role), str(action)), "-")
    if verdict.allowed:
        assert letter != "-"
        assert letter != "S" or place["street_id"] == street is not None
        assert letter not in "CG" or place["community_id"] == community is not None
        assert letter != "G" or place["grid_id"] in grids
    else:
        assert verdict.reason.startswith("error.forbidden_")
        assert verdict.reason in i18n.catalogue("zh")
