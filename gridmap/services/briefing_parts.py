"""The parts of a community's briefing with what is shown in them: figures told large, charts, tables, maps."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
from PIL import Image

from gridmap import i18n, model
from gridmap.reports import content
from gridmap.reports.briefing_document import Chart, ChartKind, Map, Part, Series, Table, Tile, Visual
from gridmap.services import briefing_words, issue_figure_words, issue_rates, overview, pictures, sight
from gridmap.services.briefing_words import RATES, is_rate_told, say
from gridmap.services.briefings import READER, Figures
from gridmap.services.briefings import Part as Counted
from gridmap.services.hotline_rates import Rate
from gridmap.services.overview import Filters

_LAYERS = ("grids", "compounds", "buildings", "points")


@dataclass(frozen=True, kw_only=True)
class _Told:
    """What a part is made from."""

    found: Figures
    language: str
    now: dt.datetime

    def say(self, key: str, **fields: object) -> str:
        return say(key, self.language, **fields)

    @property
    def both(self) -> tuple[str, str]:
        """Names of the period and of the one before, as rows of a chart."""
        return self.say("now"), self.say("before")


def there(found: Figures, language: str) -> tuple[str, ...]:
    """Return the parts that have something to tell; the first one always has."""
    return tuple(
        name for name in briefing_words.PARTS if name == "summary" or briefing_words.sentences(found, name, language)
    )


def part(found: Figures, name: str, sentences: Sequence[str], *, language: str, now: dt.datetime) -> Part:
    """Return a part.

    Parameters
    ----------
    found
        The figures.
    name
        One of `briefing_words.PARTS`.
    sentences
        What it says.
    language
        Language of all other words.
    now
        This moment.
    """
    told = _Told(found=found, language=language, now=now)
    visuals = _VISUALS[name](told) if name in _VISUALS else []
    return Part(
        name=name,
        title=say(f"part.{name}", language),
        sentences=tuple(sentences),
        tiles=tuple(tiles(found, language).values()) if name == "summary" else (),
        visuals=tuple(visuals),
    )


def tiles(found: Figures, language: str) -> dict[str, Tile]:
    """Return the figures that are told large, by name: those of which something is known."""

    def told(key: str, **fields: object) -> str:
        return say(key, language, **fields)

    few = told("too_few")
    source, kept = found.now.source, found.kept
    made = {
        "issues": Tile(
            label=told("tile.issues"),
            value=briefing_words.told(found.issues.now, language),
            small=told("tile.before", n=briefing_words.told(found.issues.before, language))
            if found.comparable
            else told("tile.no_before"),
        ),
        "rate": Tile(
            label=told("tile.rate"),
            value="—" if found.rate is None else f"{found.rate:.1f}",
            small=told("tile.households", n=found.households),
        ),
        "source": Tile(
            label=told("tile.source"),
            value="—" if source is None else i18n.percent(source.share, language),
            small=few if source is None else told("tile.n", n=source.n),
        ),
        "kept": Tile(
            label=told("tile.kept"),
            value="—" if kept.share is None else i18n.percent(kept.share, language),
            small=few if kept.share is None else told("tile.of", met=kept.met, n=kept.n),
        ),
    }
    for name in ("solved", "satisfied"):
        rate: Rate = getattr(found.hotline, name)
        shown = is_rate_told(rate)
        made[name] = Tile(
            label=i18n.text(f"hotline.{name}", language),
            value=i18n.percent(rate.share or 0.0, language, 1) if shown else "—",
            small=told("tile.of", met=rate.met, n=rate.n) if shown else few,
        )
    if found.coverage:
        one = found.coverage[0]
        kind = found.data.kinds.label(one.kind, language)
        made["coverage"] = Tile(
            label=told("tile.coverage", kind=kind),
            value="—" if one.share is None else i18n.percent(one.share, language),
            small=told("tile.covered", n=one.covered, of=one.households),
        )
    if things := found.registers.things:
        late = found.registers.in_state(model.ProjectState.LATE)
        made["projects"] = Tile(
            label=told("tile.projects"),
            value=f"{found.registers.in_state(model.ProjectState.DONE)} / {len(things)}",
            small=told("tile.late", n=late) if late else told("tile.none_late"),
            tone="bad" if late else "good",
        )
    return made


def _issues(told: _Told) -> list[Visual]:
    found, language = told.found, told.language
    made: list[Visual] = []
    kinds: tuple[tuple[ChartKind, str, tuple[Counted, ...], Callable[[str], str]], ...] = (
        ("columns", "chart.sources", found.sources, lambda code: briefing_words.source(code, language)),
        ("bars", "chart.categories", found.categories, lambda code: briefing_words.category(found, code, language)),
    )
    for kind, title, parts, named in kinds:
        if parts and found.issues.now is not None:
            made.append(
                Chart(
                    kind=kind,
                    title=told.say(title),
                    categories=tuple(named(one.code) for one in parts),
                    series=_both(told, [one.now for one in parts], [one.before for one in parts]),
                )
            )
    if sum(n is not None for n in found.months.values()) > 1:
        first = min(month for month, n in found.months.items() if n is not None)
        months = [month for month in found.months if month >= first]
        made.append(
            Chart(
                kind="line",
                title=told.say("chart.months"),
                categories=tuple(f"{month:%Y-%m}" for month in months),
                series=(Series(name=told.say("chart.n"), values=tuple(found.months[month] for month in months)),),
            )
        )
    return made


def _both(told: _Told, now: Sequence[float], before: Sequence[float]) -> tuple[Series, ...]:
    """Return the rows of a chart: the period, and the one before where it was recorded at all."""
    rows = [Series(name=told.both[0], values=tuple(now))]
    begun = told.found.recorded_from
    if begun is not None and begun <= told.found.period.before_last:
        name = told.both[1] if told.found.comparable else told.say("before_part")
        rows.append(Series(name=name, values=tuple(before)))
    return tuple(rows)


def _source(told: _Told) -> list[Visual]:
    rows = told.found.now.source_grid.dropna(subset="share")
    if rows.empty:
        return []
    names = told.found.data.grids.set_index("letter")["name"]
    labels = [told.say("with_n", name=f"{letter} {names.get(letter, '')}".strip(), n=int(n))
              for letter, n in rows["n"].items()]  # fmt: skip
    series = (Series(name=told.both[0], values=tuple(rows["share"].astype(float))),)
    return [
        Chart(
            kind="bars", title=told.say("chart.source_grid"), categories=tuple(labels), series=series, percent=True
        )
    ]  # fmt: skip


def _handling(told: _Told) -> list[Visual]:
    found = told.found
    table = issue_figure_words.closing_table(found.now, told.language).iloc[:, [0, 1, 2, 3, 6]]
    if not found.now.closing[0].n:
        return []
    note = issue_figure_words.note(found.now, "closing", told.language)
    return [_table(table, told.say("table.closing"), note)]


def _hotline(told: _Told) -> list[Visual]:
    found, language = told.found, told.language
    shown = [name for name in RATES if is_rate_told(getattr(found.hotline, name))]
    if not shown:
        return []
    now = [getattr(found.hotline, name) for name in shown]
    before = [getattr(found.hotline_before, name) for name in shown]
    names = tuple(i18n.text(f"hotline.{name}", language) for name in shown)
    series = [Series(name=told.both[0], values=tuple(rate.share for rate in now))]
    if any(is_rate_told(rate) for rate in before) and found.comparable:
        told_before = tuple(rate.share if is_rate_told(rate) else None for rate in before)
        series.append(Series(name=told.both[1], values=told_before))
    chart = Chart(
        kind="columns", title=told.say("chart.hotline"), categories=names, series=tuple(series), percent=True, digits=1
    )
    rows = []
    for name, rate, earlier in zip(names, now, before, strict=True):
        was = f"{earlier.met} / {earlier.n}" if is_rate_told(earlier) and found.comparable else "—"
        change = briefing_words.rate_change(found, shown[names.index(name)])
        rows.append((name, f"{rate.met} / {rate.n}", was, told.say(f"verdict.{change}") if change else "—"))
    columns = ("rate", "now", "before", "verdict")
    table = Table(
        title=told.say("table.hotline"),
        columns=tuple(told.say(f"column.{one}") for one in columns),
        rows=tuple(rows),
        numbers=(False, True, True, False),
        note=told.say("table.hotline.note"),
    )
    return [chart, table]


def _places(told: _Told) -> list[Visual]:
    found = told.found
    rows = found.now.rates["compound"]
    made: list[Visual] = []
    if not found.data.buildings.geometry.is_empty.all():
        signs = issue_rates.signs(found.data, rows, READER)
        made.append(_map(told, "issues", rates=(signs, rows)))
    # In the order of the register: chance would make much of an order by rate.
    return [*made, _rates(told, "compound", "table.compounds")]


def _rates(told: _Told, by: str, title: str) -> Table:
    table = issue_figure_words.rate_table(told.found.now, by, told.language).sort_index()
    return _table(table.iloc[:, [0, 1, 2, 4, 7]], told.say(title), told.say("table.rates.note", n=sight.FEWEST))


def _grids(told: _Told) -> list[Visual]:
    if told.found.data.buildings.geometry.is_empty.all():
        return [_rates(told, "grid", "table.grids")]
    return [_map(told, "grid"), _rates(told, "grid", "table.grids")]


def _coverage(told: _Told) -> list[Visual]:
    found, language = told.found, told.language
    made: list[Visual] = []
    if found.stations is not None:
        kind = found.data.kinds.label(found.stations.kind, language)
        what = i18n.text("picture.title.coverage_of", language, kind=kind)
        made.append(
            _png(
                pictures.coverage_png(
                    found.data,
                    found.stations.buildings["state"],
                    [found.stations.kind],
                    content.nothing(),
                    mode="coverage",
                    shape_names={},
                    step_names={},
                    title=i18n.text("picture.title", language, name=found.data.community.name, what=what),
                    subtitle=told.say("map.coverage", metres=round(found.stations.radius_m)),
                    language=language,
                ),
                what,
            )
        )
    names = [found.data.kinds.label(one.kind, language) for one in found.coverage]
    shares = tuple(one.share for one in found.coverage)
    series = (Series(name=told.say("chart.share"), values=shares),)
    made.append(
        Chart(
            kind="bars", title=told.say("chart.coverage"), categories=tuple(names), series=series, percent=True
        )
    )  # fmt: skip
    rows = tuple(
        (
            name, i18n.number(one.points, language), i18n.number(one.limit_m, language),
            i18n.number(one.covered, language), i18n.number(one.households - one.covered, language),
            "—" if one.share is None else i18n.percent(one.share, language),
        )
        for name, one in zip(names, found.coverage, strict=True)
    )  # fmt: skip
    columns = ("kind", "points", "limit_m", "covered", "not_covered", "share")
    made.append(
        Table(
            title=told.say("table.coverage"),
            columns=tuple(told.say(f"column.{one}") for one in columns),
            rows=rows,
            numbers=(False, True, True, True, True, True),
        )
    )
    return made


def _walks(told: _Told) -> list[Visual]:
    found = told.found
    rows = []
    for name in ("walks", "visits", "buildings", "activities"):
        # As the sentences have it: of people who were met few are not told, of walks and activities they are.
        now, before = (
            briefing_words.told_or(getattr(one, name), told.language) if name == "visits" else str(getattr(one, name))
            for one in (found.round, found.round_before)
        )
        rows.append((told.say(f"row.{name}"), now, before if found.round_before.known(name) else "—"))
    return [
        Table(
            title=told.say("table.walks"),
            columns=tuple(told.say(f"column.{one}") for one in ("what", "now", "before")),
            rows=tuple(rows),
            numbers=(False, True, True),
        )
    ]


def _points(told: _Told) -> list[Visual]:
    kinds = told.found.registers.kinds
    if not kinds:
        return []
    names = tuple(told.found.data.kinds.label(kind, told.language) for kind, _ in kinds)
    series = (Series(name=told.say("column.points"), values=tuple(n for _, n in kinds)),)
    return [Chart(kind="bars", title=told.say("chart.points"), categories=names, series=series)]


def _projects(told: _Told) -> list[Visual]:
    rows = tuple(
        (
            str(one.seq),
            one.name,
            told.say(f"project.{one.state}"),
            "—" if one.due_on is None else i18n.date(one.due_on, told.language),
        )
        for one in told.found.registers.things
    )
    return [
        Table(
            title=told.say("table.projects"),
            columns=tuple(told.say(f"column.{one}") for one in ("seq", "thing", "state", "due")),
            rows=rows,
            numbers=(True, False, False, False),
        )
    ]


def _map(told: _Told, mode: content.Fill, rates: tuple[str, issue_rates.Rates] | None = None) -> Map:
    found, language = told.found, told.language
    drawn = pictures.overview_png(
        found.data,
        overview.cover(found.data, overview.ANY_KIND, 500.0),
        mode,
        _LAYERS,
        Filters(),
        kind=overview.ANY_KIND,
        language=language,
        now=told.now,
        rates=rates,
    )
    return _png(drawn, i18n.text(f"picture.title.{mode}", language))


def _png(png: bytes, words: str) -> Map:
    with Image.open(io.BytesIO(png)) as image:
        width, height = image.size
    return Map(png=png, width_px=width, height_px=height, words=words)


def _table(table: pd.DataFrame, title: str, note: str = "") -> Table:
    """Write a table of figures as words; what is not told is a dash."""
    numbers = tuple(pd.api.types.is_numeric_dtype(table[name]) for name in table.columns)
    rows = tuple(tuple(_cell(value) for value in row) for row in table.itertuples(index=False, name=None))
    return Table(title=title, columns=tuple(map(str, table.columns)), rows=rows, numbers=numbers, note=note)


def _cell(value: object) -> str:
    if value is None or value is pd.NA or value != value:
        return "—"
    return f"{value:,.1f}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)


_VISUALS: Mapping[str, Callable[[_Told], list[Visual]]] = {
    "issues": _issues,
    "source": _source,
    "handling": _handling,
    "hotline": _hotline,
    "places": _places,
    "grids": _grids,
    "coverage": _coverage,
    "walks": _walks,
    "points": _points,
    "projects": _projects,
}
