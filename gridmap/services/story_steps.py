"""The steps of a presentation: what each tells of, in whose words, in which order."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from gridmap import privacy
from gridmap.errors import Conflict, InputError

KINDS = ("grids", "walks", "issues", "coverage", "scenario", "projects", "issue", "project", "words")
"""What a step may tell of, in the order in which a presentation usually goes."""
USUAL = KINDS[:6]
"""The steps that a presentation begins with."""
REFERS = ("scenario", "issue", "project")
"""Kinds of steps that tell of one thing, named by ``ref``."""
PERIODS = ("last_month", "quarter", "year")
"""Over which days a presentation counts: the last month that is over, this quarter, this year."""
MOST = 40
LONGEST_TITLE = 60
LONGEST_TEXT = 800


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step.

    Parameters
    ----------
    id
        Tells it from the others, whatever their order.
    kind
        One of `KINDS`.
    ref
        Number of the scenario, issue or project; None where there is none, and for the other kinds.
    grid
        Letter of the grid that the map goes to; "" for where the step's things are.
    title, text
        In the words of whoever wrote them, lines for sentences; "" for what the data say.
    shown
        Whether it is part of what is shown.
    """

    id: str
    kind: str
    ref: int | None = None
    grid: str = ""
    title: str = ""
    text: str = ""
    shown: bool = True


@dataclass(frozen=True, kw_only=True)
class Content:
    """What a presentation holds: over which days it counts, and its steps in their order."""

    period: str = PERIODS[0]
    steps: tuple[Step, ...] = ()

    def step(self, step_id: str) -> Step:
        """Return a step.

        Raises
        ------
        Conflict
            If somebody else has removed it.
        """
        found = next((one for one in self.steps if one.id == step_id), None)
        if found is None:
            raise Conflict("story_step_gone")
        return found

    def to_json(self) -> str:
        """Return it as text."""
        return json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Content:
        """Read what `to_json` wrote; of a newer program's steps those that are known here."""
        told: dict[str, Any] = json.loads(text) if text else {}
        rows: list[Mapping[str, Any]] = told.get("steps", [])
        return cls(
            period=told["period"] if told.get("period") in PERIODS else PERIODS[0],
            steps=tuple(Step(**one) for one in rows if one.get("kind") in KINDS),
        )


def usual(scenario: int | None) -> Content:
    """Return what a presentation begins with; ``scenario`` is the one that it tells of, None where there is none."""
    kinds = [kind for kind in USUAL if kind != "scenario" or scenario is not None]
    return Content(steps=tuple(fresh(kind, ref=scenario if kind == "scenario" else None) for kind in kinds))


def fresh(kind: str, *, ref: int | None = None) -> Step:
    """Return a new step that nobody has worded yet."""
    return Step(id=secrets.token_hex(4), kind=kind, ref=ref if kind in REFERS else None)


def added(content: Content, kind: str, *, ref: int | None = None) -> Content:
    """Add a step at the end.

    Raises
    ------
    InputError
        If there are too many, it is of no kind, or it tells of one thing and does not say which.
    """
    if kind not in KINDS:
        raise InputError("story_kind", kinds=list(KINDS))
    if len(content.steps) >= MOST:
        raise InputError("story_most", n=MOST)
    if kind in REFERS and ref is None:
        raise InputError("story_ref")
    return replace(content, steps=(*content.steps, fresh(kind, ref=ref)))


def moved(content: Content, step_id: str, by: int) -> Content:
    """Move a step up (-1) or down (1).

    Raises
    ------
    Conflict
        As `Content.step` does.
    """
    steps = list(content.steps)
    at = steps.index(content.step(step_id))
    to = min(max(at + by, 0), len(steps) - 1)
    steps.insert(to, steps.pop(at))
    return replace(content, steps=tuple(steps))


def removed(content: Content, step_id: str) -> Content:
    """Take a step out.

    Raises
    ------
    Conflict
        As `Content.step` does.
    """
    content.step(step_id)
    return replace(content, steps=tuple(one for one in content.steps if one.id != step_id))


def changed(content: Content, before: Step, after: Step) -> Content:
    """Put a step in place of what somebody saw of it.

    Raises
    ------
    Conflict
        If somebody else has changed or removed it since.
    InputError
        If its words are too long.
    """
    if content.step(before.id) != before:
        raise Conflict("story_step_changed")
    title, text = clean(after.title), "\n".join(line for line in map(clean, after.text.splitlines()) if line)
    if len(title) > LONGEST_TITLE or len(text) > LONGEST_TEXT:
        raise InputError("story_words", title=LONGEST_TITLE, text=LONGEST_TEXT)
    worded = replace(after, id=before.id, title=title, text=text)
    return replace(content, steps=tuple(worded if one.id == before.id else one for one in content.steps))


def clean(line: str) -> str:
    """Return a line as it may be shown to anybody: telephone and identity numbers in it are masked."""
    return privacy.mask_text("".join(sign for sign in " ".join(line.split()) if sign.isprintable()))
