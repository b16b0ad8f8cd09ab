"""The steps of a presentation as they are shown: what each lays over the map, where the map goes, figures and legend.

Nothing here names a person or tells the place of one issue: issues are counted by compound, and none below three.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import geopandas as gpd
import numpy as np
import pandas as pd

from gridmap import i18n, model, palette
from gridmap.reports.presentation import Figure, Key
from gridmap.reports.presentation_map import Canvas, Sign, thinned
from gridmap.services import (
    briefing_parts,
    briefing_periods,
    coverage_table,
    issue_rates,
    overview,
    story_signs,
    story_words,
)
from gridmap.services.story_facts import Facts
from gridmap.services.story_signs import Drawn
from gridmap.services.story_steps import Step
from gridmap.services.story_words import say

_GAINED = palette.Look(fill="#1C7ED6", edge="#0B3C5D", hatch="horizontal")
_VISITED = palette.VISITS["recent"]
_STATES = {
    model.ProjectState.DONE: palette.Look(fill="#1F6F5C", edge="#FFFFFF"),
    model.ProjectState.RUNNING: palette.Look(fill="#F2C879", edge="#8A5A00"),
    model.ProjectState.PLANNED: palette.Look(fill="#FFFFFF", edge="#5F6B73"),
    model.ProjectState.LATE: palette.Look(fill="#B5332E", edge="#FFFFFF"),
}
_SHAPES = {model.ProjectState.DONE: "disc", model.ProjectState.LATE: "square"}


def drawn(facts: Facts, step: Step, canvas: Canvas) -> Drawn:
    """Draw a step whose thing is there."""
    made = _DRAWN[step.kind](facts, step, canvas)
    if step.grid:
        grid = facts.data.grids[facts.data.grids["letter"] == step.grid]
        made.bounds = [*grid.bounds.to_numpy()] or made.bounds
    return made


def _grids(facts: Facts, _step: Step, canvas: Canvas) -> Drawn:
    data, language = facts.data, facts.language
    homes = overview.dwellings(data)
    legend = []
    for number, row in data.grids.sort_values("letter").iterrows():
        mine = homes[homes["grid_id"] == number]
        words = say(
            "legend.grid", language, name=row["name"], buildings=len(mine), n=int(mine["households"].sum())
        )  # fmt: skip
        legend.append(
            Key(swatch=canvas.swatch(story_signs.grid_look(row), letter=str(row["letter"]), alpha=0.45), words=words)
        )
    figures = (
        Figure(label=say("figure.grids", language), value=i18n.number(len(data.grids), language)),
        Figure(label=say("figure.buildings", language), value=i18n.number(len(homes), language)),
        _households(facts),
    )
    return Drawn(
        layer=story_signs.grid_areas(facts, canvas, strong=True)
        + canvas.signs(story_signs.grid_letters(facts, size=1.5)),
        figures=figures if len(data.grids) else (),
        legend=legend,
    )


def _households(facts: Facts) -> Figure:
    estimated = bool(facts.data.buildings["households_estimated"].fillna(False).any())
    small = say("figure.estimated", facts.language) if estimated else ""
    return Figure(
        label=say("figure.households", facts.language),
        value=i18n.number(facts.found.households, facts.language),
        small=small,
    )


def _walks(facts: Facts, _step: Step, canvas: Canvas) -> Drawn:
    data, language = facts.data, facts.language
    routes, visited = facts.routes, data.buildings.loc[facts.visited]
    layer = (
        story_signs.grid_areas(facts, canvas, strong=False)
        + canvas.areas(visited, [_VISITED] * len(visited), alpha=0.95)
        + canvas.outlined(routes, "#FFFFFF", 6.0)
        + canvas.outlined(routes, palette.ROUTE, 3.0)
        + canvas.signs(story_signs.grid_letters(facts))
    )
    legend = [
        Key(
            swatch=canvas.swatch(story_signs.grid_look(row), letter=str(row["letter"]), alpha=0.3),
            words=say("legend.posts", language, name=row["name"], said=story_words.posts(facts, int(str(number)))),
        )
        for number, row in data.grids.sort_values("letter").iterrows()
    ]
    if len(visited):
        legend.append(Key(swatch=canvas.swatch(_VISITED), words=say("legend.visited", language)))
        legend.append(Key(swatch=story_signs.line(palette.ROUTE), words=say("legend.routes", language)))
    figures = (
        Figure(label=say("figure.walks", language), value=i18n.number(len(facts.walked), language)),
        Figure(label=say("figure.visited", language), value=i18n.number(len(visited), language)),
    )
    moved = routes[~routes.geometry.is_empty]
    return Drawn(
        layer=layer,
        bounds=[moved.total_bounds] if len(moved) else (),
        figures=figures if len(visited) else figures[: len(facts.walked) and 1],
        legend=legend,
        note=say("note.walks", language, period=briefing_periods.words(facts.found.period, language)),
    )


def _issues(facts: Facts, _step: Step, canvas: Canvas) -> Drawn:
    found, language, data = facts.found, facts.language, facts.data
    if found.issues.now is None or not found.now.n:
        return Drawn(layer=story_signs.grids_below(facts, canvas))
    rates = found.now.rates["compound"]
    classes = issue_rates.classes(rates)
    told = [one for one in classes.index[classes != "-"] if one in data.compounds.index]
    areas = data.compounds.loc[told]
    looks = [palette.Look(fill=palette.RATES[int(classes[one])], edge=palette.WALL) for one in told]
    counts = rates.table["issues"].dropna()
    counts = counts[(counts > 0) & counts.index.isin(data.compounds.index)].sort_values(ascending=False)
    look = palette.Look(fill=palette.OPEN_ISSUE.fill, edge="#FFFFFF")
    most = int(counts.max()) if len(counts) else 1
    places = data.compounds.geometry.representative_point()
    signs = [
        Sign(
            lon=places[one].x,
            lat=places[one].y,
            look=look,
            text=i18n.number(int(n), language),
            size=0.9 + 0.9 * (n / most) ** 0.5,
        )
        for one, n in counts.items()
        if not places[one].is_empty
    ]
    legend = [
        Key(swatch=canvas.swatch(palette.Look(fill=palette.RATES[int(k)], edge=palette.WALL)), words=words)
        for k, words in issue_rates.class_words(rates, language).items()
    ]
    if legend:
        legend[0] = Key(swatch=legend[0].swatch, words=say("legend.rate", language, words=legend[0].words))
    if signs:
        sign = Sign(lon=0, lat=0, look=look, text="n")
        legend.insert(0, Key(swatch=canvas.key(sign), words=say("legend.issues", language)))
    tiles = briefing_parts.tiles(found, language)
    return Drawn(
        layer=canvas.areas(areas, looks, alpha=0.7, width=1.5) + canvas.signs(signs),
        bounds=[*data.compounds.loc[counts.index[: (len(counts) + 1) // 2]].bounds.to_numpy()],
        figures=tuple(
            Figure(label=one.label, value=one.value, small=one.small)
            for name in ("issues", "rate", "source")
            if (one := tiles[name]).value != "—"
        ),
        legend=legend,
        note=" ".join(filter(None, (say("note.issues", language, n=found.now.n), story_words.elsewhere(facts)))),
    )


def _coverage(facts: Facts, _step: Step, canvas: Canvas) -> Drawn:
    table, data, language = facts.found.stations, facts.data, facts.language
    if table is None:
        return Drawn(layer=story_signs.grids_below(facts, canvas))
    rows = data.buildings.loc[table.buildings.index]
    looks = [palette.coverage(state) for state in table.buildings["state"]]
    stations = data.points[data.points["kind"] == table.kind]
    away = data.buildings.loc[story_words.beyond(table).index]
    signs, n = story_signs.points(facts, canvas, stations)
    households = int(story_words.beyond(table)["households"].sum())
    tile = briefing_parts.tiles(facts.found, language)["coverage"]
    legend = [
        Key(swatch=canvas.swatch(palette.coverage(code)), words=i18n.text(f"reach.state.{code}", language))
        for code in coverage_table.STATES
        if (table.buildings["state"] == code).any()
    ]
    return Drawn(
        layer=canvas.areas(rows, looks, alpha=0.9, width=1.2) + canvas.signs(signs),
        bounds=[rows.total_bounds],
        figures=(
            Figure(label=tile.label, value=tile.value, small=tile.small),
            Figure(label=say("figure.beyond", language), value=i18n.number(households, language),
                   small=say("figure.in_buildings", language, n=len(away))),
            Figure(label=story_words.station(facts), value=i18n.number(len(stations), language)),
        ),
        legend=[*legend, story_signs.point_key(facts, canvas, table.kind, n)],
        note=say("note.coverage", language, metres=round(table.radius_m), day=i18n.date(data.day, language)),
    )  # fmt: skip


def _scenario(facts: Facts, step: Step, canvas: Canvas) -> Drawn:
    data, language = facts.data, facts.language
    kept, both = facts.scenarios[int(step.ref or 0)]
    table = both.buildings
    before, after = table["covered_today"] > 0, table["covered_then"] > 0
    gained = table["covered_then"] > table["covered_today"]
    states = np.select([gained, after, before], ["gained", "covered", "lost"], "away")
    known = {
        "gained": (_GAINED, say("legend.gained", language)),
        "covered": (palette.coverage(palette.COVERED), i18n.text("reach.state.covered", language)),
        "away": (palette.coverage(palette.OUT_OF_REACH), i18n.text("reach.state.out_of_reach", language)),
        "lost": (palette.coverage(palette.LOOKS_COVERED), say("legend.lost", language)),
    }
    rows, looks = data.buildings.loc[table.index], [known[code][0] for code in states]
    points = data.points[data.points.index.isin(both.sides[1].points)]
    old, n = story_signs.points(facts, canvas, points)
    star = palette.Look(fill="#B5332E", edge="#FFFFFF")
    new = [
        Sign(lon=lon, lat=lat, look=star, shape="star", text=str(number), size=1.25)
        for number, (_, lon, lat) in enumerate(both.sides[1].places, 1)
    ]
    legend = [
        Key(swatch=canvas.key(Sign(lon=0, lat=0, look=star, shape="star", text="1")), words=say("legend.new", language))
    ]
    legend += [
        Key(swatch=canvas.swatch(look), words=words) for code, (look, words) in known.items() if (states == code).any()
    ]
    if old:
        legend.append(story_signs.point_key(facts, canvas, kept.kind, n))
    spots = [np.array([lon, lat, lon, lat]) for _, lon, lat in both.sides[1].places]
    won = data.buildings.loc[table.index[gained]]
    today, then = both.today, both.then
    figures = (
        Figure(label=say("figure.today", language), value=_share(today.covered, today.households, language),
               small=say("figure.of", language, met=today.covered, n=today.households)),
        Figure(label=say("figure.then", language), value=_share(then.covered, then.households, language),
               small=say("figure.of", language, met=then.covered, n=then.households)),
        Figure(label=say("figure.more", language), value=f"{then.covered - today.covered:+,}"),
    )  # fmt: skip
    return Drawn(
        layer=canvas.areas(rows, looks, alpha=0.9, width=1.2) + canvas.signs([*new, *old]),
        bounds=[*spots, *([won.total_bounds] if len(won) else ())],
        figures=figures if today.households else (),
        legend=legend,
        rows=tuple(
            (canvas.key(Sign(lon=0, lat=0, look=star, shape="star", text=str(number))), name,
             say("row.gain", language, n=gain))
            for number, ((name, _, _), gain) in enumerate(zip(both.sides[1].places, kept.gains, strict=False), 1)
        ),
        note=say("note.scenario", language, metres=round(kept.walk_m), day=i18n.date(kept.at, language)),
    )  # fmt: skip


def _share(met: int, n: int, language: str) -> str:
    return i18n.percent(met / n, language) if n else "—"


def _projects(facts: Facts, _step: Step, canvas: Canvas) -> Drawn:
    return _things(facts, facts.things, canvas)


def _project(facts: Facts, step: Step, canvas: Canvas) -> Drawn:
    made = _things(facts, facts.projects.loc[[step.ref]], canvas)
    made.rows, made.figures = (), ()
    return made


def _things(facts: Facts, things: gpd.GeoDataFrame, canvas: Canvas) -> Drawn:
    language = facts.language
    base = story_signs.grids_below(facts, canvas)
    if things.empty:
        return Drawn(layer=base)
    places = things.geometry.where(
        ~things.geometry.is_empty, things["building_id"].map(facts.data.buildings.representative_point())
    )
    placed = gpd.GeoSeries(places, crs=facts.data.buildings.crs)
    groups = thinned(placed.to_crs(facts.data.buildings_m.crs), story_signs.APART * canvas.box()[2])
    states = [model.ProjectState(state) for state in things["state"]]
    seq = things["seq"].astype(int).tolist()
    signs = [
        _thing_sign("·".join(str(seq[row]) for row in group[:3]) + ("…" if len(group) > 3 else ""), states[group[0]],
                    placed.iloc[group[0]].x, placed.iloc[group[0]].y)
        for group in groups
    ]  # fmt: skip
    rows = tuple(
        (
            canvas.key(_thing_sign(str(number), state)),
            story_words.project_name(row),
            story_words.project_state(row, language),
        )
        for number, state, (_, row) in zip(seq, states, things.iterrows(), strict=True)
    )
    tile = briefing_parts.tiles(facts.found, language).get("projects")
    spots = [
        np.array([point.x, point.y, point.x, point.y]) for point in placed if point is not None and not point.is_empty
    ]
    missing = len(things) - sum(map(len, groups))
    return Drawn(
        layer=base + canvas.signs(signs),
        bounds=spots,
        figures=(Figure(label=tile.label, value=tile.value, small=tile.small),) if tile is not None else (),
        rows=rows,
        note=say("note.no_place", language, n=missing) if missing else "",
    )


def _thing_sign(text: str, state: model.ProjectState, lon: float = 0.0, lat: float = 0.0) -> Sign:
    return Sign(lon=lon, lat=lat, look=_STATES[state], text=text, shape=_SHAPES.get(state, "disc"), size=1.1)


def _issue(facts: Facts, step: Step, canvas: Canvas) -> Drawn:
    """Show where an issue is as the compound or the grid that it is in, no nearer."""
    data = facts.data
    row = data.issues.loc[[step.ref]]
    compound, grid = overview.compounds_of(data, row).iloc[0], row["grid_id"].iloc[0]
    if not pd.isna(compound) and compound in data.compounds.index:
        area = data.compounds.loc[[compound]]
    elif not pd.isna(grid) and grid in data.grids.index:
        area = data.grids.loc[[grid]]
    else:
        return Drawn(layer=story_signs.grids_below(facts, canvas), note=say("note.no_place", facts.language, n=1))
    look = palette.Look(fill=palette.OPEN_ISSUE.fill, edge=palette.OPEN_ISSUE.fill, hatch="diagonal")
    name = str(area["name"].iloc[0])
    return Drawn(
        layer=canvas.areas(area, [look], alpha=0.18, width=4.0),
        bounds=[*area.bounds.to_numpy()],
        legend=[Key(swatch=canvas.swatch(look, alpha=0.3), words=say("legend.issue", facts.language, name=name))],
    )


def _words(facts: Facts, _step: Step, canvas: Canvas) -> Drawn:
    return Drawn(layer=story_signs.grids_below(facts, canvas))


_DRAWN: Mapping[str, Callable[[Facts, Step, Canvas], Drawn]] = {
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
