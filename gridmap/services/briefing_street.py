"""The briefing of a whole street: its communities side by side, in the order of their codes and not by any figure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from gridmap import access, i18n, model
from gridmap.access import Action, Actor
from gridmap.analysis import rates
from gridmap.reports.briefing_document import Chart, Document, Part, Series, Table, Tile
from gridmap.services import audit, briefing_making, briefing_periods, briefing_words, briefings, communities
from gridmap.services.briefing_making import Progress, Wish
from gridmap.services.briefing_periods import Period
from gridmap.services.briefing_words import RATES, is_rate_told, say, told
from gridmap.services.briefings import Figures
from gridmap.services.issue_rates import PER_HOUSEHOLDS
from gridmap.services.sight import FEWEST
from gridmap.store import Store


@dataclass(frozen=True, kw_only=True, eq=False)
class Street:
    """A street and the figures of each of its communities, in the order of their codes."""

    name: str
    found: tuple[Figures, ...]

    def rates(self) -> pd.DataFrame:
        """Return a row a community: ``shrunk`` issues per 100 households and ``beside``; nothing of too few issues."""
        n = pd.Series([one.now.n for one in self.found], dtype="int64")
        # Nothing is known where nothing was recorded: such a community is none to compare with.
        households = pd.Series([one.households if recorded(one) else 0 for one in self.found], dtype="int64")
        shrunk = rates.empirical_bayes(n, households)["shrunk"] * PER_HOUSEHOLDS
        beside = rates.beside_chance(n, households)
        hidden = pd.Series([one.issues.now is None or not recorded(one) for one in self.found])
        return pd.DataFrame({"shrunk": shrunk.mask(hidden), "beside": beside.mask(hidden, rates.CHANCE)})


def recorded(one: Figures) -> bool:
    """Whether a community had begun to record issues when the period ended, and its households are known."""
    return one.recorded_from is not None and one.recorded_from <= one.period.until and one.households > 0


def of(
    store: Store,
    period: Period,
    *,
    now: dt.datetime,
    zone: str,
    language: str,
    progress: Progress = lambda *_: None,
) -> Street:
    """Gather the figures of all communities of the store's street.

    Parameters
    ----------
    store
        Where.
    period, now, zone, language
        As `briefings.of` takes them.
    progress
        Told the name of each community before its figures are worked out, its number, and how many there are.

    Raises
    ------
    NotFound
        If the store has no street, or several.
    """
    street = communities.find_street(store)
    mine = members(store, street)
    found = []
    for number, community in enumerate(mine):
        progress(community.name, number, len(mine))
        found.append(briefings.of(store, community, period, now=now, zone=zone, language=language))
    return Street(name=street.name, found=tuple(found))


def members(store: Store, street: model.Street) -> list[model.Community]:
    """Return the communities of a street in the order of their codes."""
    return sorted((one for one in store.communities() if one.street_id == street.id), key=lambda one: one.code)


def may(actor: Actor, street_id: int | None) -> bool:
    """Whether somebody may make the briefing of a street: who sees figures of all its communities."""
    return access.decide(actor, Action.MAKE_BRIEFING, street_id=street_id).allowed


def demand(actor: Actor, street: model.Street) -> None:
    """Refuse whoever may make no briefing of a street.

    Raises
    ------
    Forbidden
    """
    access.demand(actor, Action.MAKE_BRIEFING, street_id=street.id)


def drafts(street: Street, language: str) -> dict[str, tuple[str, ...]]:
    """Return what each part would say."""
    return {name: tuple(make(street, language).sentences) for name, make in _PARTS.items()}


def document(street: Street, wish: Wish, *, language: str) -> Document:
    """Put the briefing of a street together.

    Raises
    ------
    InputError
        As `briefing_making.document` does.
    """
    parts = []
    for name in briefing_making.wanted(wish, tuple(_PARTS), tuple(_PARTS)):
        made = _PARTS[name](street, language)
        parts.append(replace(made, sentences=briefing_making.reworded(wish, name, made.sentences)))
    first = street.found[0]
    synthetic = any(one.data.community.synthetic for one in street.found)
    return briefing_making.framed(
        street.name, first.period, wish, parts, day=first.data.day, synthetic=synthetic, language=language
    )


def note(store: Store, target: str, *, actor: Actor | None = None, address: str = "") -> None:
    """Write into the audit that somebody took the street's briefing along."""
    audit.note(store, actor, Action.MAKE_BRIEFING.value, target=target, address=address)


def _names(street: Street) -> tuple[str, ...]:
    return tuple(one.data.community.name for one in street.found)


def _summary(street: Street, language: str) -> Part:
    made, found = street.rates(), street.found
    shrunk = [None if pd.isna(value) else float(value) for value in made["shrunk"]]
    rows = tuple(
        (
            name,
            i18n.number(one.households, language),
            told(one.issues.now, language) if recorded(one) else "—",
            told(one.issues.before, language) if one.comparable else "—",
            "—" if value is None else f"{value:.1f}",
            i18n.text(f"issue_figures.beside.{beside}", language) if recorded(one) else "—",
        )
        for name, one, value, beside in zip(_names(street), found, shrunk, made["beside"], strict=True)
    )
    names = ("community", "households", "issues", "before", "shrunk", "beside")
    table = Table(
        title=say("table.street", language),
        columns=tuple(say(f"column.{name}", language) for name in names),
        rows=rows,
        numbers=(False, True, True, True, True, False),
        note=say("street.note", language, n=FEWEST),
    )
    chart = Chart(
        kind="bars",
        title=say("chart.street", language),
        categories=_names(street),
        series=(Series(name=say("now", language), values=tuple(shrunk)),),
        digits=1,
    )
    households = sum(one.households for one in found)
    tiles = (
        Tile(label=say("tile.communities", language), value=i18n.number(len(found), language)),
        Tile(label=say("column.households", language), value=i18n.number(households, language)),
    )
    return Part(
        name="street",
        title=say("part.street", language),
        sentences=_sentences(street, made, language),
        tiles=tiles,
        visuals=(chart, table),
    )


def _sentences(street: Street, made: pd.DataFrame, language: str) -> tuple[str, ...]:
    period, names = briefing_periods.words(street.found[0].period, language), pd.Series(_names(street))
    said = []
    there = [one for one in street.found if recorded(one)]
    counts = [one.issues.now for one in there]
    known = [n for n in counts if n is not None]
    # The whole less what is told would be what is not.
    if known and len(known) == len(counts):
        said.append(say("street.n", language, period=period, n=sum(known), of=len(counts)))
    for state in (rates.ABOVE, rates.BELOW):
        out = names[made["beside"] == state].tolist()
        if out:
            said.append(say(f"street.{state}", language, names=out))
    rest = len(there) - int((made["beside"] != rates.CHANCE).sum())
    if rest > 1:
        said.append(say("street.chance", language, n=rest))
    without = [one.data.community.name for one in street.found if not recorded(one)]
    if without:
        said.append(say("street.without", language, names=without))
    partly = [one.data.community.name for one in there if not one.comparable]
    if partly:
        said.append(say("street.partly", language, names=partly))
    return tuple(said)


def _handling(street: Street, language: str) -> Part:
    rows = []
    for name, one in zip(_names(street), street.found, strict=True):
        source, kept = one.now.source, one.kept
        cells = [
            "—" if source is None else f"{i18n.percent(source.share, language)} ({source.n})",
            "—" if kept.share is None else f"{i18n.percent(kept.share, language)} ({kept.n})",
        ]
        for key in RATES:
            rate = getattr(one.hotline, key)
            cells.append(f"{i18n.percent(rate.share or 0, language)} ({rate.n})" if is_rate_told(rate) else "—")
        rows.append((name, *cells))
    columns = (say("column.community", language), say("tile.source", language), say("tile.kept", language))
    return Part(
        name="street_handling",
        title=say("part.street_handling", language),
        sentences=(say("street.handling", language),),
        visuals=(_table("table.street_handling", (*columns, *_rate_names(language)), rows, language),),
    )


def _rate_names(language: str) -> tuple[str, ...]:
    return tuple(i18n.text(f"hotline.{name}", language) for name in RATES)


def _state(street: Street, language: str) -> Part:
    rows = []
    for name, one in zip(_names(street), street.found, strict=True):
        stations = next((kind for kind in one.coverage if kind.kind == briefings.STATION), None)
        share = None if stations is None else stations.share
        done = one.registers.in_state(model.ProjectState.DONE)
        rows.append(
            (
                name,
                "—" if share is None else i18n.percent(share, language),
                f"{done} / {len(one.registers.things)}" if one.registers.things else "—",
                briefing_words.told_or(one.round.walks, language) if one.round.walks_known else "—",
                i18n.number(sum(n for _, n in one.registers.kinds), language),
                i18n.number(one.registers.groups, language),
            )
        )
    keys = ("column.community", "column.stations", "tile.projects", "row.walks", "column.all_points", "column.groups")
    columns = tuple(say(key, language) for key in keys)
    return Part(
        name="street_state",
        title=say("part.street_state", language),
        sentences=(say("street.state", language, day=i18n.date(street.found[0].data.day, language)),),
        visuals=(_table("table.street_state", columns, rows, language),),
    )


def _table(title: str, columns: tuple[str, ...], rows: Sequence[tuple[str, ...]], language: str) -> Table:
    numbers = (False, *[True] * (len(columns) - 1))
    return Table(title=say(title, language), columns=columns, rows=tuple(rows), numbers=numbers)


_PARTS: Mapping[str, Callable[[Street, str], Part]] = {
    "street": _summary,
    "street_handling": _handling,
    "street_state": _state,
}
