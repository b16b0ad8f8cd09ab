"""What the history still says of persons, and how it is emptied of them."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridmap import model, privacy
from gridmap.services import walk_reasons
from gridmap.store import parcel, tables

#: Free text that belongs to an issue: class, the column with the issue's number, the column with the text.
TEXTS: tuple[tuple[type[model.Owned], str, str], ...] = (
    *(
        (model.Issue, "id", name)
        for name in ("text", "address", "handler", "handling", "callback", "note", "struck_out")
    ),
    (model.IssueEvent, "issue_id", "note"),
    (model.IssueVoice, "issue_id", "text"),
    (model.IssueCall, "issue_id", "answer"),
    (model.HotlineAnswer, "issue_id", "text"),
    (model.Photo, "issue_id", "caption"),
)
# Of these nothing is left: two are about a person as a whole, the others hold all that records were.
_FORGOTTEN: tuple[type[model.Owned], ...] = (
    *(model.CareHousehold, model.Leave, model.RotaWish, model.BinEntry, model.ImportRun),
)
_AT_ONCE = 1000


@dataclass(kw_only=True)
class Scrubbed:
    """What was emptied of persons, so that its history is too.

    Parameters
    ----------
    callers
        Issues whose caller was forgotten, with the caller's name and phone.
    closed
        Issues whose texts were masked.
    entries
        Entries of the fund whose person was forgotten.
    texts
        How many texts had named a caller.
    """

    callers: dict[int, tuple[str, ...]] = field(default_factory=dict)
    closed: set[int] = field(default_factory=set)
    entries: set[int] = field(default_factory=set)
    texts: int = 0


def without(text: str, words: tuple[str, ...]) -> str:
    """Return a text in which a person's name and phone, as they stand there, are masked."""
    for word in words:
        text = text.replace(
            word, privacy.mask_phone(word) if any(map(str.isdecimal, word)) else privacy.mask_name(word)
        )
    return text


def scrub(session: Session, done: Scrubbed, deleted_before: dt.datetime) -> int:
    """Empty the history of persons, and return how many of its entries were changed or removed.

    Parameters
    ----------
    session
        Session of a ``Store.write()`` block whose changes are flushed.
    done
        What was emptied just now.
    deleted_before
        Rows that are no longer there since this moment are emptied too; households in need, and what has left the
        bin, are forgotten.
    """
    history = tables.HISTORY
    gone = _gone(session, deleted_before)
    n = 0
    for cls in _FORGOTTEN:
        forgotten = [number for name, number in gone if name == tables.name(cls)]
        n += _entries(session, tables.name(cls), forgotten)
        parcel.forget(session, {tables.name(cls): forgotten})
    wanted = sa.select(history.c.id, history.c.table_name, history.c.row_id, history.c.old)
    wanted = wanted.where(history.c.table_name.in_(_tables())).order_by(history.c.id)
    changed: list[dict[str, Any]] = []
    for part in session.connection().execute(wanted).partitions(_AT_ONCE):
        for number, name, row_id, old in part:
            told = json.loads(old)
            emptied = _emptied(name, row_id, told, done, (name, row_id) in gone)
            if emptied != told:
                changed.append({"number": number, "anew": json.dumps(emptied, ensure_ascii=False)})
    if changed:
        change = history.update().where(history.c.id == sa.bindparam("number")).values(old=sa.bindparam("anew"))
        session.connection().execute(change, changed)
    return n + len(changed)


def _tables() -> list[str]:
    """Return the names of the tables with anything of a person in a row."""
    return [table.name for table in tables.of().values() if tables.sealed(table) or tables.free(table)]


def _gone(session: Session, before: dt.datetime) -> set[tuple[str, int]]:
    """Return the rows, by table and number, that were deleted before a moment and are not there again."""
    history = tables.HISTORY
    dropped = sa.select(history.c.table_name, history.c.row_id).where(history.c.op == "delete", history.c.at <= before)
    found = {(name, number) for name, number in session.execute(dropped.distinct())}
    there: set[tuple[str, int]] = set()
    for table in tables.of().values():
        if any(name == table.name for name, _ in found):
            there |= {(table.name, number) for number in session.scalars(sa.select(table.c.id))}
    return found - there


def _emptied(name: str, row_id: int, told: dict[str, Any], done: Scrubbed, is_gone: bool) -> dict[str, Any]:
    made = dict(told)
    table = tables.METADATA.tables[name]
    issue = row_id if name == tables.name(model.Issue) else told.get("issue_id")
    words = done.callers.get(issue) if isinstance(issue, int) else None
    forgotten = name == tables.name(model.FundEntry) and row_id in done.entries
    if is_gone or forgotten or (words is not None and name == tables.name(model.Issue)):
        made |= {column.name: "" for column in tables.sealed(table) if made.get(column.name)}
    if words is not None and name == tables.name(model.Issue):
        made |= {"address": ""} if told.get("order_number") else {}
    if (words is not None or is_gone) and "caller_digest" in told:
        made["caller_digest"] = None
    if name == tables.name(model.Stop) and made.get("why"):
        # Why somebody called matters while it stands; what it was before tells of households in need for nothing.
        made["why"] = walk_reasons.for_all(made["why"])
    for column in tables.free(table):
        text = made.get(column.name)
        if not isinstance(text, str):
            continue
        text = without(text, words or ())
        if is_gone or issue in done.closed:
            text = privacy.mask_text(text)
        made[column.name] = text
    return made


def _entries(session: Session, name: str, numbers: list[int]) -> int:
    history = tables.HISTORY
    mine = (history.c.table_name == name) & history.c.row_id.in_(numbers)
    return session.scalar(sa.select(sa.func.count()).select_from(history).where(mine)) or 0
