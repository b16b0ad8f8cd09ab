"""What the steps of a presentation say where nobody has worded them: from the figures, and no more than they hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd

from gridmap import i18n, model, privacy, service_kinds
from gridmap.services import briefing_periods, briefing_words, coverage_table, issue_figures, scenario_comparison
from gridmap.services.briefing_words import told_or
from gridmap.services.coverage_table import CoverageTable
from gridmap.services.sight import FEWEST, few
from gridmap.services.story_facts import Facts
from gridmap.services.story_steps import Step

_MOST = 3
_MOST_PLACES = 3


def say(key: str, language: str, **fields: object) -> str:
    """Return words of presentations."""
    return i18n.text(f"present.{key}", language, **fields)


def kind(step: Step, language: str) -> str:
    """Return what a kind of step is called."""
    return say(f"kind.{step.kind}", language)


def title(facts: Facts, step: Step) -> str:
    """Return the heading of a step, as it was worded or as its kind has it."""
    if step.title:
        return step.title
    own = _TITLES.get(step.kind)
    return kind(step, facts.language) if own is None else own(facts, step)


def sentences(facts: Facts, step: Step) -> tuple[str, ...]:
    """Return what a step says, as it was worded or as the data have it."""
    return tuple(step.text.splitlines()) if step.text else written(facts, step)


def written(facts: Facts, step: Step) -> tuple[str, ...]:
    """Return what the data have to say at a step; of what is not there, that it is not."""
    if facts.gone(step):
        return (left_out(facts, step),)
    return tuple(one for one in _SENTENCES[step.kind](facts, step) if one)


def left_out(facts: Facts, step: Step) -> str:
    """Say of a step what it told of and why it is left out."""
    what = "none" if step.ref is None else "gone"
    return say(f"{what}.{step.kind}", facts.language)


def station(facts: Facts) -> str:
    """Return what a station is called."""
    return facts.data.kinds.label(service_kinds.STATION, facts.language)


def project_name(row: pd.Series) -> str:
    """Return what a practical thing is called, without numbers of telephones."""
    return privacy.mask_text(str(row["name"]))


def _title_grids(facts: Facts, _step: Step) -> str:
    return say("title.grids", facts.language, n=len(facts.data.grids))


def _title_coverage(facts: Facts, _step: Step) -> str:
    return say("title.coverage", facts.language, kind=station(facts))


def _title_scenario(facts: Facts, step: Step) -> str:
    if facts.gone(step):
        return kind(step, facts.language)
    kept, _ = facts.scenarios[int(step.ref or 0)]
    of = facts.data.kinds.label(kept.kind, facts.language)
    return say("title.scenario", facts.language, n=len(kept.places), kind=of)


def _title_issue(facts: Facts, step: Step) -> str:
    if facts.gone(step):
        return kind(step, facts.language)
    category = facts.data.categories.label(str(facts.data.issues.at[step.ref, "category"]), facts.language)
    return say("title.issue", facts.language, category=category)


def _title_project(facts: Facts, step: Step) -> str:
    return kind(step, facts.language) if facts.gone(step) else project_name(facts.projects.loc[step.ref])


_TITLES: Mapping[str, Callable[[Facts, Step], str]] = {
    "grids": _title_grids,
    "coverage": _title_coverage,
    "scenario": _title_scenario,
    "issue": _title_issue,
    "project": _title_project,
}


def _grids(facts: Facts, _step: Step) -> list[str]:
    if not len(facts.data.grids):
        return [say("no.grids", facts.language)]
    return list(briefing_words.sentences(facts.found, "grids", facts.language))


def _walks(facts: Facts, _step: Step) -> list[str]:
    language, walked = facts.language, facts.walked
    period = briefing_periods.words(facts.found.period, language)
    if walked.empty:
        return [say("no.walks", language, period=period)]
    made = [say("walks", language, period=period, n=len(walked), km=f"{walked['walk_m'].sum() / 1000:.1f}")]
    if len(facts.visited):
        made.append(say("walks.visited", language, n=len(facts.visited)))
    elif facts.routes.empty:
        made.append(say("walks.few", language, n=FEWEST))
    return made


def _issues(facts: Facts, _step: Step) -> list[str]:
    found, language = facts.found, facts.language
    told = briefing_words.sentences(found, "issues", language)[:_MOST]
    watched = [] if found.rate is None else briefing_words.sentences(found, "places", language)[1:3]
    return [*told, *watched]


def _coverage(facts: Facts, _step: Step) -> list[str]:
    language, table = facts.language, facts.found.stations
    if table is None:
        return [say("no.stations", language, kind=station(facts))]
    first = next(one for one in facts.found.coverage if one.kind == table.kind)
    key = "coverage" if first.measure == "walking" else "coverage.straight"
    made = [
        briefing_words.say(
            key, language, kind=station(facts), metres=round(first.limit_m), households=first.households,
            covered=first.covered, share=i18n.percent(first.share or 0.0, language),
        )
    ]  # fmt: skip
    away = beyond(table)
    if away.empty:
        return [*made, say("coverage.none", language)]
    made.append(say("coverage.away", language, n=len(away), households=int(away["households"].sum())))
    most = away.groupby("compound")["households"].sum().drop("", errors="ignore").nlargest(_MOST_PLACES)
    if len(most):
        places = [say("coverage.place", language, name=name, n=int(n)) for name, n in most.items()]
        made.append(say("coverage.places", language, places=places))
    return made


def beyond(table: CoverageTable) -> pd.DataFrame:
    """Return the buildings out of reach."""
    rows: pd.DataFrame = table.buildings[table.buildings["state"] == coverage_table.STATES[2]]
    return rows


def _scenario(facts: Facts, step: Step) -> list[str]:
    language = facts.language
    kept, both = facts.scenarios[int(step.ref or 0)]
    today, then = both.today, both.then
    of = facts.data.kinds.label(kept.kind, language)
    if not today.households:
        return [say("no.households", language)]
    shares = {"before": today.covered / today.households, "after": then.covered / then.households}
    made = [
        say(
            "scenario", language, n=len(kept.places), kind=of, name=kept.name, metres=round(kept.walk_m),
            before=today.covered, after=then.covered, households=today.households,
            **{f"share_{key}": i18n.percent(share, language) for key, share in shares.items()},
        ),
        say("scenario.more", language, n=then.covered - today.covered),
    ]  # fmt: skip
    if kept.adopted_at is not None:
        made.append(say("scenario.adopted", language, day=i18n.date(kept.adopted_at, language)))
    return [*made, *scenario_comparison.changed(facts.data, kept, both, language)]


def _projects(facts: Facts, _step: Step) -> list[str]:
    if facts.things.empty:
        return [say("no.projects", facts.language, year=str(facts.found.period.until.year))]
    return list(briefing_words.sentences(facts.found, "projects", facts.language))


def _project(facts: Facts, step: Step) -> list[str]:
    row, language = facts.projects.loc[step.ref], facts.language
    made = [
        say("project", language, year=str(row["year"]), seq=int(row["seq"]), state=project_state(row, language))
    ]  # fmt: skip
    if not pd.isna(row["due_on"]):
        made.append(say("project.due", language, day=i18n.date(row["due_on"], language)))
    return made


def project_state(row: pd.Series, language: str) -> str:
    """Return what the state of a practical thing is called."""
    return i18n.text(f"briefing.project.{model.ProjectState(row['state']).value}", language)


def _issue(facts: Facts, step: Step) -> list[str]:
    """Tell of one issue: what, since when, how it stands; neither its text nor its exact place."""
    language, data = facts.language, facts.data
    row = data.issues.loc[step.ref]
    made = [
        say(
            "issue", language, month=f"{row['reported_at']:%Y-%m}",
            source=i18n.text(f"issue_source.{row['source']}", language),
            state=i18n.text(f"issue_state.{row['state']}", language),
        )
    ]  # fmt: skip
    closed = issue_figures.closed_at(data, data.issues.loc[[step.ref]]).iloc[0]
    if not pd.isna(closed):
        made.append(say("issue.took", language, n=max(0, (closed - row["reported_at"]).days)))
    return made


def _words(facts: Facts, _step: Step) -> list[str]:
    return [say("no.words", facts.language)]


_SENTENCES: Mapping[str, Callable[[Facts, Step], list[str]]] = {
    "grids": _grids,
    "walks": _walks,
    "issues": _issues,
    "coverage": _coverage,
    "scenario": _scenario,
    "projects": _projects,
    "issue": _issue,
    "project": _project,
    "words": _words,
}


def posts(facts: Facts, grid: int) -> str:
    """Say how many of each post are at work in a grid, and how often somebody walked there."""
    language = facts.language
    at_work = [
        say("posts.one", language, post=i18n.text(f"role.{post}", language), count=n)
        for post, n in facts.posts(grid).items()
    ]
    walks = int((facts.walked["grid_id"] == grid).sum())
    return say("posts", language, posts=at_work or [say("posts.none", language)], n=walks)


def elsewhere(facts: Facts) -> str:
    """Say how many issues of the period lie in no compound, where that may be told."""
    compounds = facts.found.now.rates["compound"]
    if not compounds.elsewhere or few(compounds.elsewhere) or facts.found.issues.now is None:
        return ""
    return say("issues.elsewhere", facts.language, n=told_or(compounds.elsewhere, facts.language))
