"""Issues that came up at an activity or a reception, or that a group helped to settle: linked by hand."""

from __future__ import annotations

from typing import Literal

import pandas as pd
import sqlalchemy as sa

from gridmap import i18n, model
from gridmap.services import issue_list, register_writing
from gridmap.services.community_data import CommunityData
from gridmap.services.register_writing import REMOVED, SAVED, Writer
from gridmap.store import Store

Subject = Literal["activity_id", "reception_day_id", "resident_group_id"]
_LONGEST = 40


def linked(store: Store, data: CommunityData, subject: Subject, number: int) -> list[int]:
    """Return the issues that are linked, of those that are seen."""
    rows = register_writing.frame(store, data, model.IssueOrigin, **{subject: number})
    return [int(one) for one in rows["issue_id"] if one in data.issues.index]


def link(writer: Writer, subject: Subject, number: int, issue: int, grid_id: int | None, title: str) -> None:
    """Link an issue; one that is linked already stays linked once.

    Parameters
    ----------
    subject, number
        What it has to do with.
    grid_id
        The grid of that; None where it belongs to the whole community.
    title
        What that is called.

    Raises
    ------
    Forbidden, NotFound, TooManyWrites, StoreError
    """
    of = sa.inspect(model.IssueOrigin).c
    with writer.writing(grid_id) as session:
        writer.row(session, _CLASSES[subject], number)
        found = writer.row(session, model.Issue, issue)
        same = sa.select(of.id).where(of.issue_id == issue, of[subject] == number)
        if session.scalars(same).first() is None:
            session.add(model.IssueOrigin(community_id=writer.community_id, issue_id=issue, **{subject: number}))
            session.flush()
            writer.note(session, SAVED, f"{title} {found.code}", number)


def unlink(writer: Writer, subject: Subject, number: int, issue: int, grid_id: int | None, title: str) -> None:
    """Take a link away.

    Raises
    ------
    Forbidden, TooManyWrites, StoreError
    """
    of = sa.inspect(model.IssueOrigin).c
    with writer.writing(grid_id) as session:
        wanted = sa.select(model.IssueOrigin).where(of.issue_id == issue, of[subject] == number)
        for row in session.scalars(wanted):
            session.delete(row)
            writer.note(session, REMOVED, title, number)


def choices(data: CommunityData, language: str, *, settled: bool) -> pd.Series:
    """Return what the issues are called, the newest first; only those that are settled where these are meant."""
    rows = data.issues
    if settled:
        rows = rows[rows["closed_at"].notna()]
    rows = rows.sort_values("reported_at", ascending=False)
    told = [
        f"{code} {data.categories.label(category, language)} {_short(text)}".strip()
        for code, category, text in zip(rows["code"], rows["category"], rows["text"], strict=True)
    ]
    return pd.Series(told, index=rows.index, dtype="str")


def table(data: CommunityData, numbers: list[int], language: str) -> pd.DataFrame:
    """Return linked issues as a table: code, category, state, text."""
    rows = data.issues.loc[numbers]
    told = {
        "code": rows["code"],
        "category": rows["category"].map(lambda code: data.categories.label(code, language)),
        "state": rows["state"].map(lambda state: i18n.text(f"issue_state.{state}", language)),
        "text": rows["text"].map(_short),
    }
    return pd.DataFrame({issue_list.heading(name, language): column for name, column in told.items()})


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


_CLASSES: dict[Subject, type[model.Owned]] = {
    "activity_id": model.Activity,
    "reception_day_id": model.ReceptionDay,
    "resident_group_id": model.ResidentGroup,
}
