"""回单: the answers to 12345 orders, handed back to the city's platform in the form it takes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridmap import access, catalogues, i18n, model, settings
from gridmap.access import Action, Actor
from gridmap.errors import InputError
from gridmap.exchange import workbook
from gridmap.model import IssueState
from gridmap.services import audit, hotline_orders, records
from gridmap.services.answer_forms import AnswerForm
from gridmap.services.community_data import CommunityData
from gridmap.store import Store

_SETTLED = tuple(state.value for state in IssueState if not state.is_open)
_TOLD_EVERY = 200

Progress = Callable[[float], None]


@dataclass(frozen=True, kw_only=True, repr=False)
class Answers:
    """A file for the platform.

    Parameters
    ----------
    rows
        How many orders it answers.
    data
        The workbook.
    """

    rows: int
    data: bytes


def answers(store: Store, data: CommunityData) -> pd.DataFrame:
    """Return the orders that are settled here and have an answer, index = id, the latest settled first.

    The answer is what was noted last when the order, or the issue it is part of, was done, with persons' numbers
    masked; else what the last export said of the handling. ``fresh`` says whether the platform does not have it yet,
    ``sent_at`` when it was last handed over.
    """
    rows = hotline_orders.orders(data)
    events = data.events[data.events["to_state"].isin(_SETTLED) & (data.events["note"] != "")]
    # What was done is said when it was done; what is noted at its check or its end, where nothing else was.
    order = events.assign(done=events["to_state"] == IssueState.DONE.value).sort_values(["done", "at"], kind="stable")
    last = order.groupby("issue_id").last()
    own = rows.index.to_series()
    noted = hotline_orders.told_of(last["note"], rows["standing"]).fillna(hotline_orders.told_of(last["note"], own))
    settled_at = hotline_orders.told_of(last["at"], rows["standing"]).fillna(rows["answered_at"])
    state = hotline_orders.told_of(data.issues["state"], rows["standing"]).fillna(rows["state"])
    text = noted.where(noted.notna() & (noted != ""), rows["handling"]).fillna("")
    sent = store.frame(model.HotlineAnswer, int(data.community.id or 0))
    sent = sent.drop_duplicates("issue_id", keep="last").set_index("issue_id")
    found = rows.assign(
        answer=text,
        stands=state,
        settled_at=settled_at.fillna(rows["closed_at"]),
        sent_at=hotline_orders.told_of(sent["at"], own),
        fresh=text != hotline_orders.told_of(sent["text"], own).fillna(""),
    )
    found = found[found["stands"].isin(_SETTLED) & (found["answer"] != "")]
    ordered: pd.DataFrame = found.sort_values("settled_at", ascending=False, kind="stable")
    return ordered


def export(
    store: Store,
    actor: Actor,
    data: CommunityData,
    form: AnswerForm,
    numbers: Sequence[int],
    *,
    language: str = "zh",
    now: dt.datetime,
    address: str = "",
    progress: Progress | None = None,
) -> Answers:
    """Write the answers to some orders as the platform takes them, and remember that it has them.

    Parameters
    ----------
    store, data
        The store, and the community as far as the person sees it.
    actor
        Who hands them over.
    form
        The columns that the platform takes.
    numbers
        Ids of the orders; those without an answer are left out.
    language
        Language of the words for states.
    now
        This moment, timezone-aware.
    address
        Network address it goes to.
    progress
        Called with the share that is done.

    Raises
    ------
    Forbidden
        If ``actor`` may not take tables along, or not change issues.
    InputError
        If there is nothing to answer.
    StoreError
        If it cannot be kept just now.
    """
    place = {"street_id": data.community.street_id, "community_id": data.community.id}
    for action in (Action.DOWNLOAD_TABLES, Action.EDIT_ISSUES):
        records.demand_somewhere(actor, action, data)
    tell = progress or (lambda _: None)
    tell(0.0)
    rows = answers(store, data)
    rows = rows[rows.index.isin(list(numbers))]
    allowed = [
        access.decide(actor, Action.EDIT_ISSUES, grid_id=_whole(one), **place).allowed for one in rows["grid_id"]
    ]
    rows = rows[allowed]
    if rows.empty:
        raise InputError("answers_none")
    tell(0.2)
    file = workbook.plain(
        form.sheet or i18n.text("hotline.answers", language),
        table(data, rows, form, language),
        time_zone=settings.from_environment().time_zone,
    )
    tell(0.5)
    with store.write() as session:
        _remember(session, int(data.community.id or 0), rows["answer"], now, lambda share: tell(0.5 + 0.5 * share))
        audit.record(
            session,
            actor,
            "answers_exported",
            target=i18n.text("hotline.answers.n", "zh", n=len(rows)),
            community_id=data.community.id,
            address=address,
            now=now,
        )
    tell(1.0)
    return Answers(rows=len(rows), data=file)


def table(data: CommunityData, rows: pd.DataFrame, form: AnswerForm, language: str) -> pd.DataFrame:
    """Return answers under the headings of a form; a heading that is none of ours stays, with empty cells."""
    made: list[pd.Series] = []
    for column in form.columns:
        cells = (
            pd.Series("", index=rows.index)
            if column.field is None
            else _cells(data, rows, column.field, form, language)
        )
        made.append(cells.rename(column.heading))
    return pd.concat(made, axis=1)


def state_words(language: str) -> Mapping[str, str]:
    """Return what platforms usually call our states: the first word of the importer's, so that it comes in again."""
    words: dict[str, str] = {}
    for code, entry in catalogues.entries("import_values").items():
        of, _, state = code.partition(".")
        if of == "issue_state":
            own = [str(name) for name in entry["names"] if str(name).isascii() == (language == "en")]
            words[state] = own[0]
    return words


def _cells(data: CommunityData, rows: pd.DataFrame, field: str, form: AnswerForm, language: str) -> pd.Series:
    if field == "state":
        usual = state_words(language)
        return rows["stands"].map(lambda state: form.states.get(state) or usual.get(state, state))
    if field == "answered_at":
        return rows["answered_at"].fillna(rows["settled_at"])
    if field == "category":
        own = rows["category"].map(lambda code: data.categories.label(code, language))
        return rows["hotline_category"].where(rows["hotline_category"] != "", own)
    found: pd.Series = rows[field]
    return found


def _remember(session: Session, community_id: int, texts: pd.Series, now: dt.datetime, tell: Progress) -> None:
    answer = sa.inspect(model.HotlineAnswer).c
    wanted = sa.select(model.HotlineAnswer).where(answer.community_id == community_id)
    kept = {one.issue_id: one for one in session.scalars(wanted)}
    for done, (number, text) in enumerate(texts.items(), start=1):
        issue_id = int(str(number))
        if (known := kept.get(issue_id)) is None:
            session.add(model.HotlineAnswer(community_id=community_id, issue_id=issue_id, at=now, text=text))
        else:
            known.at, known.text = now, text
        if done % _TOLD_EVERY == 0:
            tell(done / len(texts))


def _whole(value: object) -> int | None:
    return None if pd.isna(value) else int(str(value))  # type: ignore[call-overload]
