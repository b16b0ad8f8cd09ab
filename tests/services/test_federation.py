"""The operator's table of what a provider's claims mean."""

from __future__ import annotations

from typing import Any

import pytest

from gridmap import errors
from gridmap.model import Role
from gridmap.services.federation import Federation

ROWS = [{"value": "desk", "role": "desk", "community": "一社区"}, {"value": "boss", "role": "administrator"}]


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"claim": "groups"},
        {"roles": ROWS},
        {"claim": "", "roles": ROWS},
        {"claim": ["groups"], "roles": ROWS},
        {"claim": "groups", "roles": []},
        {"claim": "groups", "roles": "desk"},
        {"claim": "groups", "roles": [{"role": "desk"}]},
        {"claim": "groups", "roles": [{"value": "x"}]},
        {"claim": "groups", "roles": [*ROWS, {"value": "x", "role": "emperor"}]},
        {"claim": "groups", "roles": [{"value": "x", "role": "viewer"}]},
    ],
    ids=str,
)
def test_table_that_says_too_little(said: dict[str, Any]) -> None:
    with pytest.raises(errors.InputError) as refused:
        Federation.of(said)
    assert refused.value.sentence("zh") != refused.value.sentence("en")
    if said.get("roles") and "emperor" in str(said):
        assert "emperor" in refused.value.sentence("en")


@pytest.mark.parametrize(
    ("claims", "role"),
    [
        ({"groups": "desk"}, Role.DESK),
        ({"groups": ["x", "boss"]}, Role.ADMINISTRATOR),
        ({"groups": ["boss", "desk"]}, Role.DESK),  # the first row that fits
        ({"groups": []}, None),
        ({"groups": ["Desk"]}, None),
        ({"groups": "desk boss"}, None),
        ({"groups": {"desk": 1}}, None),
        ({"groups": None}, None),
        ({}, None),
    ],
    ids=str,
)
def test_first_row_that_fits(claims: dict[str, Any], role: Role | None) -> None:
    rule = Federation.of({"claim": "groups", "roles": ROWS}).rule(claims)
    assert (rule.role if rule else None) == role


@pytest.mark.parametrize("claim", ["a.b", "https://office.example/roles"])
def test_claim_within_a_claim_and_one_with_dots(claim: str) -> None:
    how = Federation.of({"claim": claim, "roles": ROWS})
    claims = {"a": {"b": ["desk"]}, "https://office.example/roles": ["desk"]}
    rule = how.rule(claims)
    assert rule is not None
    assert rule.community == "一社区"
    assert how.rule({"a": "desk"}) is None
