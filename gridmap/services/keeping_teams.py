"""Takes in the team of a service point: who of the staff, and how many others, by role."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from gridmap import catalogues, model
from gridmap.exchange import fields
from gridmap.services import keeping

#: Fields of a service point's row that name its team.
COLUMNS = ("head", "courtyard_heads", "service_head", "members")
_ROLES = {"head": "station_head", "courtyard_heads": "courtyard_head", "service_head": "service_head"}
_APART = re.compile(r"[、,，;；/\s]+|和")
_COUNT = re.compile(r"(?:约|共)?(\d{1,3})\s?(?:名|人|位|个)?")

Team = Counter[tuple[str, int | None]]


class Teams:
    """The teams of a community's service points.

    Parameters
    ----------
    session
        The change under way.
    community_id
        Whose points.
    """

    def __init__(self, session: Session, community_id: int) -> None:
        self._session = session
        self._community_id = community_id
        self._staff = {
            fields.name_key(one.name): int(one.id or 0) for one in keeping.rows_of(session, model.Staff, community_id)
        }
        self._kept: dict[int, list[model.TeamMember]] = {}
        for one in keeping.rows_of(session, model.TeamMember, community_id):
            self._kept.setdefault(one.service_point_id, []).append(one)
        self.unnamed = 0
        """How many persons were counted without their names, since they are not on the staff."""

    def write(self, point: model.ServicePoint, values: Mapping[str, Any]) -> bool:
        """Make the roles that a row names those of ``point``, and return whether that changed anything.

        ``point`` has its number already. Roles that the row says nothing of stay.
        """
        told = self._told(values)
        changed = False
        for role in sorted({role for role, _ in told}):
            wanted = Counter({who: n for (of, who), n in told.items() if of == role})
            there = [one for one in self._kept.get(int(point.id or 0), []) if one.role == role]
            if role not in _ROLES.values():
                # Of these only the number is told, whoever is among them.
                wanted[None] -= sum(one.number for one in there if one.staff_id is not None)
                wanted += Counter({one.staff_id: one.number for one in there if one.staff_id is not None})
            changed = self._settle(point, role, wanted, there) or changed
        return changed

    def _settle(
        self, point: model.ServicePoint, role: str, wanted: Counter[int | None], there: list[model.TeamMember]
    ) -> bool:
        """Make a role's persons those that are wanted; whoever is kept sealed stays where the number allows it."""
        changed = False
        left = Counter(wanted)
        for one in sorted(there, key=lambda one: not (one.person or one.phone)):
            taken = min(one.number, left[one.staff_id])
            left[one.staff_id] -= taken
            changed = changed or taken != one.number
            if taken == 0:
                self._session.delete(one)
            else:
                one.number = taken
        for who, n in (+left).items():
            row = model.TeamMember(
                community_id=self._community_id, service_point_id=int(point.id or 0), role=role, staff_id=who, number=n
            )
            self._session.add(row)
            changed = True
        return changed

    def _told(self, values: Mapping[str, Any]) -> Team:
        told: Team = Counter()
        for column, role in _ROLES.items():
            for word in filter(None, _APART.split(fields.fold(values.get(column, "")))):
                self._count(told, role, word)
        for code, entry in catalogues.entries("team_roles").items():
            words = "|".join(re.escape(str(entry[language])) for language in ("zh", "en"))
            said = fields.fold(values.get("members", ""))
            for found in re.finditer(rf"(?:{words})\D{{0,3}}(\d{{1,3}})", said, re.IGNORECASE):
                told[code, None] += int(found[1])
        return told

    def _count(self, told: Team, role: str, word: str) -> None:
        number = _COUNT.fullmatch(word)
        if number is not None:
            told[role, None] += int(number[1])
            return
        who = self._staff.get(fields.name_key(word))
        told[role, who] += 1
        self.unnamed += who is None
