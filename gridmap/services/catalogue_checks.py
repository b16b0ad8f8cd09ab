"""What an entry of a community's catalogues may be: its fields, and what is wrong with what was said."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gridmap import service_kinds
from gridmap.errors import FaultyRecord, Refusal
from gridmap.exchange import fields
from gridmap.model import IssueLevel, Urgency
from gridmap.planning.deadlines import LONGEST_DAYS, Unit
from gridmap.services import issue_catalogue, record_checks
from gridmap.services.flow_table import ASKS, ROLES
from gridmap.services.issue_catalogue import CATEGORIES, DEPARTMENTS, FLOW, GROUPS, KINDS, Catalogues

FIELDS: Mapping[str, tuple[str, ...]] = {
    CATEGORIES: (
        *("zh", "en", "group", "definition_zh", "definition_en", "names", "level", "department"),
        *("limit_normal", "limit_urgent", "limit_critical", "double_m", "double_days", "retired"),
    ),
    GROUPS: ("zh", "en", "definition_zh", "definition_en", "retired"),
    DEPARTMENTS: ("zh", "en", "names", "days", "street", "retired"),
    FLOW: ("zh", "en", "roles", "asks", "retired"),
    KINDS: ("zh", "en", "icon", "radius_m", "names", "order", "retired"),
}
"""The fields of an entry, by catalogue; limits are written one each as ``(days, unit)``."""
LONGEST = {"zh": 20, "en": 60, "definition_zh": 200, "definition_en": 300}
_MOST_WORDS, _LONGEST_WORD = 60, 20
_NEAREST_M, _FARTHEST_M = 20, 5000
_NUMBERS = {"double_m": (1, 2000), "double_days": (1, 365), "days": (0, LONGEST_DAYS)}


def flat(catalogue: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return an entry as a form shows it, by its fields."""
    said = {name: row.get(name, "") for name in FIELDS[catalogue]}
    said["retired"] = bool(row.get("retired", False))
    if catalogue == CATEGORIES:
        told = row.get("limits", {})
        said |= {f"limit_{urgency.value}": tuple(told.get(urgency.value, ())) for urgency in Urgency}
    if catalogue == KINDS:
        said["radius_m"] = row.get("radius_m")
    return said


def checked(catalogue: str, code: str, said: Mapping[str, Any], known: Catalogues) -> dict[str, Any]:
    """Return what is kept of an entry.

    Parameters
    ----------
    catalogue, code
        Which entry; "" for a new one.
    said
        Its fields as `flat` gives them.
    known
        The catalogues as they are.

    Raises
    ------
    FaultyRecord
        With all that is wrong with it.
    """
    wrong: list[Refusal] = []

    def refuse(name: str, problem: str, **more: Any) -> None:
        wrong.append(Refusal(name=f"catalogue.{name}", problem=problem, fields=more))

    kept: dict[str, Any] = {"retired": bool(said.get("retired", False))}
    for name in ("zh", "en", "definition_zh", "definition_en"):
        if name in FIELDS[catalogue]:
            kept[name] = record_checks.line(str(said.get(name) or ""))
            if len(kept[name]) > LONGEST[name]:
                refuse(name, "long", longest=LONGEST[name], n=len(kept[name]))
    if not kept["zh"]:
        refuse("zh", "required")
    kept["en"] = kept["en"] or kept["zh"]
    if catalogue == CATEGORIES and not kept["definition_zh"]:
        refuse("definition_zh", "required")
    for name in ("zh", "en"):
        others = {
            fields.fold(row[name]).casefold()
            for c, row in known.rows[catalogue].items()
            if c != code and name in row and not row.get("removed")
        }
        if kept[name] and fields.fold(kept[name]).casefold() in others:
            refuse(name, "catalogue_twice", value=kept[name])
    if "names" in FIELDS[catalogue]:
        kept["names"] = _words(said.get("names"))
        if len(kept["names"]) > _MOST_WORDS or any(len(word) > _LONGEST_WORD for word in kept["names"]):
            refuse("names", "catalogue_words", n=_MOST_WORDS, longest=_LONGEST_WORD)
    for name, (low, high) in _NUMBERS.items():
        if name in FIELDS[catalogue]:
            number = said.get(name)
            if not isinstance(number, (int, float)) or number != number or not low <= number <= high:
                refuse(name, "out_of_range", value=number if number is not None else "", low=low, high=high)
            else:
                kept[name] = int(number)
    more = {CATEGORIES: _category, DEPARTMENTS: _department, FLOW: _move, GROUPS: _group, KINDS: _kind}[catalogue]
    more(code, said, kept, known, refuse)
    if wrong:
        raise FaultyRecord(wrong)
    return kept


def _category(code: str, said: Mapping[str, Any], kept: dict[str, Any], known: Catalogues, refuse: Any) -> None:
    kept["group"], kept["department"] = str(said.get("group") or ""), str(said.get("department") or "")
    group = known.rows[GROUPS].get(kept["group"])
    if group is None or (group.get("retired", False) and not kept["retired"]):
        refuse("group", "not_offered", value=kept["group"][:30])
    department = known.departments.get(kept["department"])
    if kept["department"] and (department is None or not department.live):
        refuse("department", "not_offered", value=kept["department"][:30])
    level = str(said.get("level") or IssueLevel.SMALL.value)
    if level not in set(IssueLevel):
        refuse("level", "not_offered", value=level[:30])
    kept["level"], kept["limits"] = level, {}
    for urgency in Urgency:
        days, unit = said.get(f"limit_{urgency.value}") or (None, "")
        if not isinstance(days, (int, float)) or not 0 <= days <= LONGEST_DAYS or unit not in set(Unit):
            refuse(f"limit_{urgency.value}", "catalogue_limit", high=LONGEST_DAYS)
        else:
            kept["limits"][urgency.value] = [int(days), str(unit)]
    kept["icon"] = str(
        known.rows[CATEGORIES].get(code, {}).get("icon") or (group or {}).get("icon", issue_catalogue.OTHER)
    )
    if code == issue_catalogue.OTHER and kept["retired"]:
        refuse("retired", "catalogue_other")


def _department(_code: str, said: Mapping[str, Any], kept: dict[str, Any], _known: Catalogues, _refuse: Any) -> None:
    kept["street"] = bool(said.get("street", True))


def _group(code: str, _said: Mapping[str, Any], kept: dict[str, Any], known: Catalogues, refuse: Any) -> None:
    kept["icon"] = str(known.rows[GROUPS].get(code, {}).get("icon", issue_catalogue.OTHER))
    if kept["retired"] and any(one.group == code for one in known.categories.live()):
        refuse("retired", "catalogue_group_used")


def _kind(code: str, said: Mapping[str, Any], kept: dict[str, Any], known: Catalogues, refuse: Any) -> None:
    kept["icon"] = str(said.get("icon") or "")
    if kept["icon"] not in service_kinds.pictures():
        refuse("icon", "not_offered", value=kept["icon"][:30])
    radius_m = said.get("radius_m")
    within = isinstance(radius_m, (int, float)) and _NEAREST_M <= radius_m <= _FARTHEST_M
    if radius_m is not None and not within:
        refuse("radius_m", "out_of_range", value=radius_m, low=_NEAREST_M, high=_FARTHEST_M)
    kept["radius_m"] = radius_m
    place = said.get("order")
    last = max(row["order"] for row in known.rows[KINDS].values())
    kept["order"] = (
        int(place) if isinstance(place, (int, float)) and 0 < place < 1e6 else last + service_kinds.ORDER_STEP
    )
    if code == service_kinds.STATION and kept["retired"]:
        refuse("retired", "catalogue_station")


def _move(code: str, said: Mapping[str, Any], kept: dict[str, Any], known: Catalogues, refuse: Any) -> None:
    row = known.rows[FLOW][code]
    roles = [str(one) for one in said.get("roles") or ()]
    if not roles or not set(roles) <= {role.value for role in ROLES}:
        refuse("roles", "required")
    asks = [str(one) for one in said.get("asks") or ()]
    # What a move is about it always asks: nobody is assigned without a name.
    needed = [one for one in row["asks"] if one not in ("note", "photo")]
    allowed = {*needed, "note", "photo"}
    kept["roles"] = roles
    kept["asks"] = [*needed, *(one for one in ASKS if one in asks and one in allowed - set(needed))]
    kept["may"] = [one for one in dict.fromkeys([*row["may"], *row["asks"], "note"]) if one not in kept["asks"]]


def _words(told: Any) -> list[str]:
    parts = told.replace("，", "、").replace(",", "、").split("、") if isinstance(told, str) else list(told or ())
    return list(dict.fromkeys(word for part in parts if (word := record_checks.line(str(part)))))
