"""Two versions of one record side by side, field by field, for the person who saved later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gridmap.services import record_kinds, record_rows
from gridmap.services.record_rows import Record


@dataclass(frozen=True, kw_only=True)
class Difference:
    """A field in which the two versions differ, or both differ from what was.

    Parameters
    ----------
    name
        Name of the field.
    was, theirs, mine
        What stood there when the form was opened, what the other person made of it, what is in the form.
    """

    name: str
    was: Any
    theirs: Any
    mine: Any

    @property
    def proposed(self) -> str:
        """``"theirs"`` where only they changed it, else ``"mine"``."""
        return "theirs" if record_rows.same(self.was, self.mine) else "mine"


def differences(base: Record, theirs: Record, mine: Mapping[str, Any]) -> list[Difference]:
    """Return the fields in which ``theirs`` and ``mine``, which are both to be kept, are not the same."""
    return [
        Difference(name=one.name, was=base.fields[one.name], theirs=theirs.fields[one.name], mine=mine[one.name])
        for one in record_kinds.kind(base.kind).fields
        if one.name in mine and not record_rows.same(theirs.fields[one.name], mine[one.name])
    ]


def chosen(differences: list[Difference], sides: Mapping[str, str], mine: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is to be saved: of each difference the chosen side, of all else what is in the form."""
    theirs = {one.name: one.theirs for one in differences if sides.get(one.name, one.proposed) == "theirs"}
    return {**mine, **theirs}
