"""Sentences of a briefing, written from its figures: with n, and no more than the figures hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from gridmap import i18n, model
from gridmap.analysis import rates
from gridmap.services import briefing_periods, hotline_rates, issue_figure_words
from gridmap.services.briefings import OTHER, Figures
from gridmap.services.hotline_rates import Rate
from gridmap.services.issue_figures import Share
from gridmap.services.sight import FEWEST, few
from gridmap.services.walking_data import WALKING

RATES = ("contacted", "solved", "satisfied")
_MOST_ALARMS = 5
_MOST_NAMED = 5


def say(key: str, language: str, **fields: object) -> str:
    """Return words of a briefing."""
    return i18n.text(f"briefing.{key}", language, **fields)


def told(number: int | None, language: str) -> str:
    """Write a number, or that it is too small to be told."""
    return say("few", language, n=FEWEST) if number is None else i18n.number(number, language)


def category(found: Figures, code: str, language: str) -> str:
    """Return what a category is called; `OTHER` too."""
    return say("other", language) if code == OTHER else found.data.categories.label(code, language)


def source(code: str, language: str) -> str:
    """Return what a source is called; `OTHER` too."""
    return say("other", language) if code == OTHER else i18n.text(f"issue_source.{code}", language)


def sentences(found: Figures, part: str, language: str) -> tuple[str, ...]:
    """Return the sentences of a part."""
    return tuple(one for one in _PARTS[part](found, language) if one)


def is_rate_told(rate: Rate) -> bool:
    """Whether a rate is taken of something, and may be told to everybody."""
    return rate.n > 0 and hotline_rates.is_rate_told(rate, sees_issues=False)


def rate_change(found: Figures, name: str) -> str | None:
    """Say how a rate of the orders stands beside the period before; None where either is not told."""
    now, before = getattr(found.hotline, name), getattr(found.hotline_before, name)
    if not found.comparable or not (is_rate_told(now) and is_rate_told(before)):
        return None
    return rates.share_beside_chance(now.met, now.n, before.met, before.n)


def _summary(found: Figures, language: str) -> list[str]:
    return [
        _issues(found, language)[0],
        _source(found, language),
        *_hotline(found, language)[:1],
        _kept(found, language),
        *_places(found, language)[1:2],
        *_stations(found, language),
        *_projects(found, language)[:1],
    ]


def _issues(found: Figures, language: str) -> list[str]:
    period = briefing_periods.words(found.period, language)
    if not found.now.n:
        since = "" if found.recorded_from is None else i18n.date(found.recorded_from, language)
        none = say("issues.none", language, period=period)
        before_any = found.recorded_from is None or found.recorded_from > found.period.until
        return [none, *([say("issues.unrecorded", language, since=since)] if before_any and since else [])]
    if found.issues.now is None:
        return [say("issues.few", language, period=period, n=FEWEST)]
    first = say("issues.n", language, period=period, n=found.issues.now)
    if found.period.running:
        first += _space(language) + say("issues.running", language, until=i18n.date(found.period.until, language))
    first += _beside(found, language)
    made = [first]
    if found.sources:
        parts = [say("part", language, name=source(one.code, language), n=one.now) for one in found.sources if one.now]
        made.append(say("issues.sources", language, parts=parts))
    own = [one for one in found.categories if one.code != OTHER and one.now][:_MOST_NAMED]
    if own:
        parts = [say("part", language, name=category(found, one.code, language), n=one.now) for one in own]
        made.append(say("issues.categories", language, parts=parts))
    if found.rate is not None:
        made.append(say("issues.rate", language, rate=f"{found.rate:.1f}", households=found.households))
    return made


def _beside(found: Figures, language: str) -> str:
    """Set the number of issues beside that of the period before, as far as that was recorded."""
    before = briefing_periods.words_before(found.period, language)
    if found.recorded_from is None or found.recorded_from > found.period.before_last:
        return say("issues.no_before", language, before=before)
    if not found.comparable:
        return say("issues.part_before", language, before=before, since=i18n.date(found.recorded_from, language))
    change = say(f"change.{found.issues.change}", language)
    return say("issues.before", language, before=before, n=told(found.issues.before, language), change=change)


def _source(found: Figures, language: str) -> str:
    now, before = found.now.source, found.before.source
    if now is None:
        return ""
    said = say("source", language, **_share(now, language))
    if before is None or not found.comparable:
        return said + say("stop", language)
    met, met_before = round(now.share * now.n), round(before.share * before.n)
    change = rates.share_beside_chance(met, now.n, met_before, before.n)
    fields = {"share": i18n.percent(before.share, language), "n": before.n}
    return said + say("share.before", language, change=say(f"share.{change}", language), **fields)


def _share(one: Share, language: str) -> dict[str, object]:
    return {
        "share": i18n.percent(one.share, language),
        "n": one.n,
        "low": i18n.percent(one.low, language),
        "high": i18n.percent(one.high, language),
    }


def _source_part(found: Figures, language: str) -> list[str]:
    said = _source(found, language)
    return [said, say("source.note", language)] if said else []


def _kept(found: Figures, language: str) -> str:
    now, before = found.kept, found.kept_before
    if now.met is None or now.share is None:
        return ""
    said = say("kept", language, n=now.n, met=now.met, share=i18n.percent(now.share, language))
    if before.met is None or before.share is None or not found.comparable:
        return said + say("stop", language)
    change = rates.share_beside_chance(now.met, now.n, before.met, before.n)
    fields = {"share": i18n.percent(before.share, language), "n": before.n}
    return said + say("share.before", language, change=say(f"share.{change}", language), **fields)


def _handling(found: Figures, language: str) -> list[str]:
    made = []
    if found.open_issues is not None and found.now.n:
        day = i18n.date(found.data.day, language)
        made.append(say("open", language, day=day, n=found.open_issues, of=found.now.n))
        if found.overdue_issues is not None and found.open_issues:
            made.append(say("overdue", language, n=found.overdue_issues))
    made.append(_kept(found, language))
    if found.now.closing[0].n:
        made.append(issue_figure_words.closing(found.now.closing[0], language))
    return made


def _hotline(found: Figures, language: str) -> list[str]:
    now = found.hotline
    if not now.orders:
        return []
    if not hotline_rates.is_told(now, sees_issues=False):
        return [say("hotline.few", language, n=FEWEST)]
    shown = [
        say(
            "hotline.rate",
            language,
            name=i18n.text(f"hotline.{name}", language),
            share=i18n.percent(rate.share or 0.0, language, 1),
            met=rate.met,
            n=rate.n,
        )
        for name in RATES
        if is_rate_told(rate := getattr(now, name))
    ]
    made = [say("hotline.n", language, n=now.orders) + (say("hotline.rates", language, rates=shown) if shown else "")]
    changes = {name: rate_change(found, name) for name in RATES}
    for state in (rates.ABOVE, rates.BELOW):
        names = [i18n.text(f"hotline.{name}", language) for name, change in changes.items() if change == state]
        if names:
            made.append(say(f"hotline.{state}", language, names=names))
    same = [i18n.text(f"hotline.{name}", language) for name, change in changes.items() if change == rates.CHANCE]
    if same:
        made.append(say("hotline.chance", language, names=same))
    without = now.orders - now.struck - now.called_back
    if not few(without) and without:
        made.append(say("hotline.apart", language, n=without))
    return made


def _places(found: Figures, language: str) -> list[str]:
    if found.rate is None or not found.now.n:
        return []
    made = [say("issues.rate", language, rate=f"{found.rate:.1f}", households=found.households)]
    made.append(issue_figure_words.beside(found.now, "compound", language))
    alarms = found.now.watched.alarms
    made += [issue_figure_words.alarm(one, language) for one in alarms[:_MOST_ALARMS]]
    if not alarms:
        made.append(i18n.text("issue_figures.alarm.none", language))
    return made


def _grids(found: Figures, language: str) -> list[str]:
    if not len(found.data.grids):
        return []
    made = [say("grids", language, n=len(found.data.grids), households=found.households)]
    if found.data.buildings["households_estimated"].fillna(False).any():
        made.append(say("estimated", language))
    if found.data.grids_proposed:
        made.append(i18n.text("picture.grids_proposed", language) + say("stop", language))
    if found.rate is not None and found.now.n:
        above = found.now.rates["grid"].table
        names = above.loc[above["beside"] == rates.ABOVE, "name"].tolist()
        made.append(say("grids.above", language, names=names) if names else say("grids.chance", language))
    return made


def _stations(found: Figures, language: str) -> list[str]:
    """Say who reaches a station, or else the first kind that there is."""
    return [
        say(
            "coverage" if one.measure == WALKING else "coverage.straight",
            language,
            kind=found.data.kinds.label(one.kind, language),
            metres=round(one.limit_m),
            households=one.households,
            covered=one.covered,
            share=i18n.percent(one.share or 0.0, language),
        )
        for one in found.coverage[:1]
    ]


def _coverage_part(found: Figures, language: str) -> list[str]:
    if not found.coverage:
        return []
    missing = [
        kind.label(language)
        for kind in found.data.kinds.live()
        if kind.code not in {one.kind for one in found.coverage}
    ]
    made = [*_stations(found, language), say("coverage.kinds", language, n=len(found.coverage))]
    if missing:
        made.append(say("coverage.missing", language, kinds=missing))
    made.append(say("coverage.day", language, day=i18n.date(found.data.day, language)))
    return made


def _walks(found: Figures, language: str) -> list[str]:
    now, before = found.round, found.round_before
    made = []
    if now.walks:
        made.append(
            say("walks", language, n=now.walks, km=f"{now.walk_m / 1000:.1f}", visits=told_or(now.visits, language))
        )
        made.append(say("walks.buildings", language, n=now.buildings))
        if before.walks:
            made.append(say("walks.before", language, n=before.walks, visits=told_or(before.visits, language)))
    if now.activities:
        made.append(say("activities", language, n=now.activities, people=told_or(now.attendance, language)))
    if made and found.registers.receptions:
        made.append(say("receptions", language, n=found.registers.receptions))
    return made


def _space(language: str) -> str:
    return "" if language == "zh" else " "


def told_or(number: int, language: str) -> str:
    """Write a number, or that it is below three."""
    return told(None if few(number) else number, language)


def _points(found: Figures, language: str) -> list[str]:
    register = found.registers
    made = []
    if register.kinds:
        made.append(
            say("points", language, n=sum(n for _, n in register.kinds), kinds=len(register.kinds))
        )  # fmt: skip
    if register.groups:
        made.append(say("groups", language, n=register.groups, members=told_or(register.members, language)))
    if made:
        made.append(say("points.day", language, day=i18n.date(found.data.day, language)))
    return made


def _projects(found: Figures, language: str) -> list[str]:
    register = found.registers
    if not register.things:
        return []
    done = register.in_state(model.ProjectState.DONE)
    made = [say("projects", language, year=str(register.year), of=len(register.things), done=done)]
    late = [one.name for one in register.things if one.state is model.ProjectState.LATE]
    if late:
        made.append(say("projects.late", language, n=len(late), names=late))
    return made


def _fund(found: Figures, language: str) -> list[str]:
    fund = found.registers.fund
    if fund is None:
        return []
    fields = {
        "gifts": told_or(fund.gifts, language),
        "gifts_yuan": i18n.number(fund.gifts_yuan, language, 2),
        "grants": told_or(fund.grants, language),
        "grants_yuan": i18n.number(fund.grants_yuan, language, 2),
        "balance": i18n.number(fund.balance_yuan, language, 2),
    }
    return [say("fund", language, **fields), say("fund.names", language)]


_PARTS: Mapping[str, Callable[[Figures, str], list[str]]] = {
    "summary": _summary,
    "issues": _issues,
    "source": _source_part,
    "handling": _handling,
    "hotline": _hotline,
    "places": _places,
    "grids": _grids,
    "coverage": _coverage_part,
    "walks": _walks,
    "points": _points,
    "projects": _projects,
    "fund": _fund,
}
PARTS = tuple(_PARTS)
"""The parts of a community's briefing, in the order in which they are offered."""
