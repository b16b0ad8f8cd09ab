"""Invented callers, phones and households in need of the demo community: plainly nobody.

The names and phones stand here as they were invented; whoever keeps the rows seals them first.
"""

from __future__ import annotations

from gridmap import model
from gridmap.demo import recipe
from gridmap.demo.scene import Scene
from gridmap.model import Sealed

COMMUNITY_ID = 1
_SAYS_SO = 5
_FIRST_CALLER = 2001
_FIRST_STAFF = 101


def staff_phone(number: int) -> Sealed:
    """Return the phone of the member of staff with this number."""
    return Sealed(recipe.part("persons")["staff_phone"].format(number=_FIRST_STAFF + number - 1))


def caller(number: int) -> tuple[Sealed, Sealed]:
    """Return name and phone of the caller with this number, counted from 0."""
    persons = recipe.part("persons")
    branches, stems = persons["branches"], persons["stems"]
    name = branches[number % len(branches)] + stems[number // len(branches) % len(stems)]
    return Sealed(name), Sealed(persons["caller_phone"].format(number=_FIRST_CALLER + number))


def said(number: int) -> str:
    """Return what the caller with this number had written behind the text: mostly nothing."""
    if number % _SAYS_SO:
        return ""
    persons = recipe.part("persons")
    phone = caller(number)[1]
    pattern = persons["said"][number // _SAYS_SO % len(persons["said"])]
    grouped = f"{phone[:3]} {phone[3:7]} {phone[7:]}"
    return str(pattern.format(phone=phone, grouped=grouped, number=_FIRST_CALLER + number))


def care_households(scene: Scene) -> tuple[model.CareHousehold, ...]:
    """Return the households that are visited."""
    return tuple(
        model.CareHousehold(
            id=i,
            community_id=COMMUNITY_ID,
            building_id=scene.building_id[tuple(spec["at"])],
            unit=spec["unit"],
            need=spec["need"],
            interval_days=spec["interval_days"],
            name=Sealed(spec["name"]),
            phone=Sealed(spec["phone"]),
        )
        for i, spec in enumerate(recipe.part("persons")["care"], start=1)
    )
