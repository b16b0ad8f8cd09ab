"""The fund as residents are told of it: sums of a month or year, without a name and without anybody's own words."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from gridmap import access, catalogues, i18n, model, settings
from gridmap.access import Action, Actor
from gridmap.errors import InputError
from gridmap.exchange import workbook
from gridmap.reports import briefing_html, briefing_sheet
from gridmap.reports.briefing_document import Chart, Document, Part, Series, Table, Tile
from gridmap.services import audit, fund, fund_book, sight
from gridmap.services.fund import Book
from gridmap.services.fund_book import Totals
from gridmap.store import Store

FORMS = {"html": "text/html", "png": "image/png", "pdf": "application/pdf", "xlsx": workbook.MIME}
"""The forms of the summary, by their ending, with their media types."""
_MONTHS_SHOWN = 12


def periods(told: Book, day: dt.date) -> list[str]:
    """Return the months and years that have entries, the latest first: each year after its months."""
    months = fund_book.months(one for one in told.entries if one.day <= day)
    every = {*months, *(month[:4] for month in months)}
    return sorted(every, key=fund_book.in_order, reverse=True)


def words(period: str, language: str) -> str:
    """Return what a month or year is called."""
    first, _ = fund_book.span(period)
    if len(period) == len("2026"):
        return i18n.text("fund.year", language, year=period)
    return i18n.text("fund.month", language, year=f"{first.year}", month=f"{first.month:02d}")


def document(told: Book, community: model.Community, period: str, *, day: dt.date, language: str) -> Document:
    """Return the summary of a month or year.

    Parameters
    ----------
    told, community
        The fund, and whose it is.
    period
        ``2026-10`` or ``2026``.
    day
        Today.
    language
        Language of the words.

    Raises
    ------
    InputError
        ``fund_period`` if it is neither month nor year, ``fund_no_entries`` if it has no entry.
    """
    within = told.within(period)
    if not within:
        raise InputError("fund_no_entries", period=period)
    sums = fund_book.totals(within)
    balance = told.balance_at(period)
    name = words(period, language)
    marks = [] if period in told.periods else [_say("not_closed", language)]
    if community.synthetic:
        marks.append(i18n.text("picture.synthetic", language))
    source = i18n.text("picture.source.synthetic" if community.synthetic else "picture.source.own", language)
    stand = i18n.text("picture.source", language, source=source, day=i18n.date(day, language))
    part = Part(
        name="fund",
        title=_say("heading", language, period=name),
        sentences=_sentences(sums, balance, language),
        tiles=_tiles(sums, balance, language),
        visuals=(_chart(told, period, language), *_tables(told, period, language)),
    )
    return Document(
        title=_say("title", language, community=community.name, period=name),
        subtitle=_say("subtitle", language, period=name, day=i18n.date(day, language)),
        language=language,
        day=day,
        source=f"{community.name} · {stand}",
        continued=i18n.text("briefing.continued", language),
        page=i18n.text("briefing.page", language, n="{n}"),
        parts=(part,),
        marks=tuple(marks),
    )


def make(
    store: Store,
    actor: Actor | None,
    community: model.Community,
    period: str,
    form: str,
    *,
    day: dt.date,
    language: str,
    address: str = "",
) -> bytes:
    """Make the summary as a file, and write into the audit that somebody took it along.

    Raises
    ------
    Forbidden
        If ``actor`` may not see figures of the whole community.
    InputError
        As for `document`.
    """
    demand(actor, community)
    told = fund.book(store, community)
    made = document(told, community, period, day=day, language=language)
    if form == "html":
        file = briefing_html.write(made)
    elif form == "pdf":
        file = briefing_sheet.pdf(made)[0]
    elif form == "png":
        file = briefing_sheet.png(made)
    else:
        file = _book(made)
    audit.note(
        store,
        actor,
        Action.DOWNLOAD_TABLES.value,
        target=f"{made.parts[0].title} · {form}",
        community_id=community.id,
        address=address,
    )
    return file


def demand(actor: Actor | None, community: model.Community) -> None:
    """Refuse whoever does not see figures of the whole community.

    Raises
    ------
    Forbidden
    """
    if actor is not None:
        access.demand(actor, Action.SEE_FIGURES, street_id=community.street_id, community_id=community.id)


def _say(key: str, language: str, **fields: object) -> str:
    return i18n.text(f"fund.public.{key}", language, **fields)


def _yuan(amount: float, language: str) -> str:
    return i18n.number(amount, language, 0 if amount == round(amount) else 2)


def _count(n: int, language: str) -> str:
    return _say("fewer", language, n=sight.FEWEST) if sight.few(n) else i18n.number(n, language)


def _tiles(sums: Totals, balance: float, language: str) -> tuple[Tile, ...]:
    def tile(key: str, yuan: float, n: int | None = None) -> Tile:
        small = "" if n is None else _say("entries", language, n=_count(n, language))
        return Tile(label=_say(key, language), value=_say("yuan", language, yuan=_yuan(yuan, language)), small=small)

    made = [tile("gifts", sums.gifts_yuan, sums.gifts), tile("grants", sums.grants_yuan, sums.grants)]
    if sums.corrections:
        made.append(tile("corrections", sums.corrections_yuan))
    return (*made, tile("balance", balance))


def _sentences(sums: Totals, balance: float, language: str) -> tuple[str, ...]:
    said = [
        _say("said.gifts", language, n=_count(sums.gifts, language), yuan=_yuan(sums.gifts_yuan, language)),
        _say("said.grants", language, n=_count(sums.grants, language), yuan=_yuan(sums.grants_yuan, language)),
        _say("said.balance", language, yuan=_yuan(balance, language)),
    ]
    return (*said, _say("said.thanks", language))


def _chart(told: Book, period: str, language: str) -> Chart:
    """Show the months of a year, or the twelve that end with a month."""
    last = fund_book.span(period)[1]
    months = [
        f"{n // 12:04d}-{n % 12 + 1:02d}"
        for n in range(last.year * 12 + last.month - _MONTHS_SHOWN, last.year * 12 + last.month)
    ]
    known = fund_book.months(told.entries)
    shown = [one for one in months if one >= known[0]]
    sums = [fund_book.totals(told.within(one)) for one in shown]
    return Chart(
        kind="columns",
        title=_say("by_month", language),
        categories=tuple(shown),
        series=(
            Series(name=_say("gifts", language), values=tuple(one.gifts_yuan for one in sums)),
            Series(name=_say("grants", language), values=tuple(one.grants_yuan for one in sums)),
        ),
    )


def _tables(told: Book, period: str, language: str) -> tuple[Table, ...]:
    """Return grants by use: uses with fewer grants than may be told go together, or into the whole."""
    by_use = fund_book.granted_by_use(told.within(period))
    told_alone = {use: sums for use, sums in by_use.items() if not sight.few(sums[0]) and use != "other"}
    rest = [sums for use, sums in by_use.items() if use not in told_alone]
    n, yuan = sum(one[0] for one in rest), sum(fund_book.fen(one[1]) for one in rest) / 100
    if not told_alone or sight.few(n):
        # What is left over could be reckoned from the whole.
        return ()
    order = [use for use in catalogues.entries("fund_uses") if use in told_alone]
    rows = [
        (
            catalogues.label("fund_uses", use, language),
            i18n.number(told_alone[use][0], language),
            _yuan(told_alone[use][1], language),
        )
        for use in order
    ]
    if n:
        rows.append((catalogues.label("fund_uses", "other", language), i18n.number(n, language), _yuan(yuan, language)))
    return (
        Table(
            title=_say("by_use", language),
            columns=tuple(_say(key, language) for key in ("use", "n", "amount")),
            rows=tuple(rows),
            numbers=(False, True, True),
            note=_say("by_use.note", language, n=sight.FEWEST),
        ),
    )


def _book(made: Document) -> bytes:
    part = made.parts[0]
    figures = pd.DataFrame(
        [(tile.label, tile.value, tile.small) for tile in part.tiles],
        columns=[_say(key, made.language) for key in ("figure", "amount", "n")],
    )
    sheets = {_say("sheet", made.language): figures}
    for one in part.visuals:
        if isinstance(one, Chart):
            columns = {series.name: series.values for series in one.series}  # noqa: PD011 (no frame)
            sheets[one.title] = pd.DataFrame({_say("month", made.language): one.categories, **columns})
        elif isinstance(one, Table):
            sheets[one.title] = pd.DataFrame(list(one.rows), columns=list(one.columns))
    note = " · ".join((*made.marks, made.source))
    zone = settings.from_environment().time_zone
    return workbook.write(sheets, title=made.heading, note=note, time_zone=zone)
