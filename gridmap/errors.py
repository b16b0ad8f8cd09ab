"""All faults gridmap tells a person about.

An error carries the key of its sentence and the sentence's fields, so that page and command line say
it in the user's language; ``str(error)`` is English. A sentence says what was found, where, what is
allowed and how to mend it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from gridmap import i18n


class GridmapError(Exception):
    """Root of gridmap's own errors.

    Parameters
    ----------
    key
        Key of the sentence in the catalogues; looked up as ``error.<key>``.
    **fields
        What the sentence names.
    """

    def __init__(self, key: str, **fields: Any) -> None:
        super().__init__(key, fields)
        self.key = key
        self.fields = fields

    def sentence(self, language: str) -> str:
        """Return the message in ``language``."""
        return i18n.text(f"error.{self.key}", language, **self.fields)

    def __str__(self) -> str:
        return self.sentence("en")


class InputError(GridmapError, ValueError):
    """What the user gave cannot be used as it is."""


class NotFound(GridmapError, LookupError):
    """What the user named does not exist."""


class StoreError(GridmapError, OSError):
    """The store cannot be opened, read or written."""

    # OSError.__str__ would print the arguments as a tuple.
    __str__ = GridmapError.__str__


class TooManyWrites(GridmapError):
    """An account changes more within a minute than a person can.

    Parameters
    ----------
    retry_after_s
        Seconds until the next change is taken.
    limit
        Changes that are taken within a minute.
    """

    def __init__(self, retry_after_s: int, limit: int) -> None:
        super().__init__("too_many_writes", n=retry_after_s, limit=limit)
        self.retry_after_s = retry_after_s


class TooManyCalls(GridmapError):
    """Another program asks more within a minute than its key allows.

    Parameters
    ----------
    retry_after_s
        Seconds until the next call is answered.
    limit
        Calls that are answered within a minute.
    """

    def __init__(self, retry_after_s: int, limit: int) -> None:
        super().__init__("too_many_calls", n=retry_after_s, limit=limit)
        self.retry_after_s = retry_after_s


class Conflict(GridmapError, RuntimeError):
    """Somebody else changed the same row since it was read."""


class Forbidden(GridmapError):
    """The person's role does not allow this, or not here."""

    def sentence(self, language: str) -> str:
        """Return the message in ``language``, with the name of the action."""
        return i18n.text(f"error.{self.key}", language, action=i18n.text(f"action.{self.fields['action']}", language))


class SignInFailed(GridmapError):
    """The name and the password do not belong together, or the account may not sign in: it is not said which."""


class TooManyTries(GridmapError):
    """Sign-in is locked for a while after too many failures.

    Parameters
    ----------
    retry_after_s
        Seconds until the next try is heard.
    """

    def __init__(self, retry_after_s: int) -> None:
        super().__init__("too_many_tries", n=-(-retry_after_s // 60))
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """Why what stands in one field of a form cannot be kept, and how to mend it.

    Parameters
    ----------
    name
        Name of the field; its words are ``record.field.<name>``.
    problem
        Key of the sentence; looked up as ``record.refused.<problem>``.
    fields
        Further fields of the sentence.
    """

    name: str
    problem: str
    fields: dict[str, Any] = field(default_factory=dict)

    def sentence(self, language: str) -> str:
        """Say it in ``language``."""
        told = i18n.text(f"record.field.{self.name}", language)
        return i18n.text(f"record.refused.{self.problem}", language, field=told, **self.fields)


class FaultyRecord(InputError):
    """A form that cannot be kept as it was filled in.

    Parameters
    ----------
    refusals
        All that is wrong with it, not only the first.
    """

    def __init__(self, refusals: Sequence[Refusal]) -> None:
        self.refusals = tuple(refusals)
        super().__init__("faulty_record", n=len(self.refusals))

    def sentence(self, language: str) -> str:
        """Say all that is wrong, a line each."""
        return "\n".join(refusal.sentence(language) for refusal in self.refusals)


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One thing wrong with one row of an input.

    Parameters
    ----------
    problem
        Key of the sentence that says what is wrong; looked up as ``fault.<problem>``. The sentence on how
        to mend it is ``fault.<problem>.mend``.
    row
        Number of the row, counted from 1 as a person sees it; None if the whole input is meant.
    column
        Name of the column, or None.
    value
        What stands there, shortened.
    fatal
        Whether the row cannot be kept. A fault that is not fatal is a warning.
    fields
        Further fields of the sentences.
    sheet
        Name of the sheet, where a file has several.
    """

    problem: str
    row: int | None = None
    column: str | None = None
    value: str | None = None
    fatal: bool = True
    fields: dict[str, Any] = field(default_factory=dict)
    sheet: str | None = None

    def sentence(self, language: str) -> str:
        """Say in ``language`` what is wrong."""
        said = i18n.text(f"fault.{self.problem}", language, **self._all_fields())
        return said if self.sheet is None else i18n.text("fault_in_sheet", language, sheet=self.sheet, said=said)

    def mend(self, language: str) -> str:
        """Say in ``language`` how to mend it."""
        return i18n.text(f"fault.{self.problem}.mend", language, **self._all_fields())

    def _all_fields(self) -> dict[str, Any]:
        return {"row": self.row, "column": self.column, "value": self.value, **self.fields}


class FaultyInput(InputError):
    """An input with faults in its rows; nothing of it was kept.

    Parameters
    ----------
    faults
        All faults found, not only the first.
    source
        What it is called.
    key
        Key of the sentence above the faults.
    """

    def __init__(self, faults: Sequence[Fault], source: str, *, key: str = "faulty_input") -> None:
        self.faults = tuple(faults)
        super().__init__(key, n=len(self.faults), source=source)

    def sentence(self, language: str) -> str:
        """Name the first faults by row, and how many there are."""
        head = super().sentence(language)
        lines = [
            i18n.text("error.faulty_input.line", language, said=f.sentence(language), mend=f.mend(language))
            for f in self.faults[:5]
        ]
        return "\n".join([head, *lines])
