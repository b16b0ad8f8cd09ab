"""A presentation put together: its steps drawn on one map, as a page and as a file; and the one to begin with."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from gridmap import access, i18n, model
from gridmap.access import Action, Actor
from gridmap.errors import InputError
from gridmap.reports import presentation
from gridmap.reports.content import MapContent
from gridmap.reports.presentation import Presentation, Slide
from gridmap.reports.presentation_map import Canvas, canvas
from gridmap.services import (
    audit,
    community_settings,
    overview,
    scenarios,
    siting_plan,
    story_keeping,
    story_slides,
    story_steps,
    story_words,
)
from gridmap.services.community_data import CommunityData
from gridmap.services.story_facts import Facts
from gridmap.services.story_keeping import Story
from gridmap.services.story_steps import Content, Step
from gridmap.services.story_words import say
from gridmap.store import Store

STATIONS = 2
"""So many further stations the presentation that one begins with tells of."""
MIME = "text/html"
_SECONDS = 3.0
_WORDS = ("previous", "next", "full", "small", "print", "leave", "hint", "black")


def presented(facts: Facts, story: Story) -> Presentation:
    """Draw a presentation.

    Parameters
    ----------
    facts
        What its steps tell of.
    story
        The presentation.

    Raises
    ------
    InputError
        If nothing of the community has a place on a map.
    """
    data, language = facts.data, facts.language
    content = MapContent(
        name=data.community.name,
        day=data.day,
        boundary=data.boundary,
        compounds=data.compounds,
        paths=data.paths,
        ground=data.ground,
        buildings=data.buildings,
        points=data.points,
        grids=data.grids,
    )
    drawing = canvas(content)
    ground = drawing.ground(content)
    slides = tuple(_slides(facts, story.content, drawing))
    return Presentation(
        title=story.name,
        community=data.community.name,
        language=language,
        source=_source(facts),
        marks=(i18n.text("picture.synthetic", language),) if data.community.synthetic else (),
        words={name: say(f"show.{name}", language) for name in _WORDS},
        label=say("show.map", language, name=data.community.name),
        ground=ground,
        names=drawing.names(data.compounds),
        patterns=drawing.patterns(),
        legend_patterns=drawing.legend_patterns(),
        slides=slides,
    )


def _slides(facts: Facts, content: Content, drawing: Canvas) -> list[Slide]:
    """Draw the steps that are shown; what is left out is told at the next one, or where there is none at the last."""
    made: list[Slide] = []
    skipped: list[str] = []
    for step in content.steps:
        if not step.shown:
            continue
        if facts.gone(step):
            skipped.append(skipped_words(facts, step))
            continue
        made.append(_slide(facts, step, drawing, skipped))
        skipped = []
    if made and skipped:
        last = made.pop()
        words = " ".join(filter(None, (last.skipped, *skipped)))
        made.append(replace(last, skipped=words))
    if not made:
        nothing = say("show.nothing", facts.language)
        made.append(Slide(title=nothing, sentences=tuple(skipped), box=drawing.box()))
    return made


def _slide(facts: Facts, step: Step, drawing: Canvas, skipped: list[str]) -> Slide:
    shown = story_slides.drawn(facts, step, drawing)
    return Slide(
        title=story_words.title(facts, step),
        sentences=story_words.sentences(facts, step),
        figures=shown.figures,
        legend=tuple(shown.legend),
        rows=shown.rows,
        note=shown.note,
        skipped=" ".join(skipped),
        layer=shown.layer,
        box=drawing.box(shown.bounds),
    )


def skipped_words(facts: Facts, step: Step) -> str:
    """Say that a step is left out, and why."""
    name = step.title or story_words.kind(step, facts.language)
    return say("skipped", facts.language, title=name, why=story_words.left_out(facts, step))


def _source(facts: Facts) -> str:
    data, language = facts.data, facts.language
    source = i18n.text(f"picture.source.{'synthetic' if data.community.synthetic else 'own'}", language)
    told = i18n.text("picture.source", language, source=source, day=i18n.date(data.day, language))
    grids = [i18n.text("picture.grids_proposed", language)] if data.grids_proposed else []
    return " · ".join([told, i18n.text("briefing.no_base_map", language), *grids])


def file(facts: Facts, story: Story) -> bytes:
    """Return a presentation as one HTML file.

    Raises
    ------
    InputError
        As `presented` does.
    """
    return presentation.html(presented(facts, story))


def taken(store: Store, actor: Actor, community: model.Community, story: Story, *, address: str = "") -> None:
    """Write into the audit that somebody took a presentation along.

    Raises
    ------
    Forbidden
        If they may make none of the community.
    """
    story_keeping.demand(actor, community)
    audit.note(
        store, actor, "story_taken", target=story.name, target_id=story.number, community_id=community.id,
        address=address,
    )  # fmt: skip


def begin(
    store: Store,
    actor: Actor,
    data: CommunityData,
    name: str,
    *,
    language: str,
    now: dt.datetime,
    address: str = "",
) -> tuple[Story, str]:
    """Keep the presentation that one begins with, and say what else was kept for it.

    It tells of the newest scenario of stations that is still a plan. Where there is none, and ``actor`` may keep one,
    two further stations are looked for and kept as a scenario first; else no step tells of any.

    Raises
    ------
    Forbidden
    InputError
        If the name is empty, too long or taken.
    """
    story_keeping.demand(actor, data.community)
    story_keeping.demand_name(store, data.community, name)
    number = community_settings.number(data.community)
    known = [one for one in scenarios.every(store, number) if one.kind == "station" and one.adopted_at is None]
    chosen, told = (known[0].number, "") if known else _two_more(store, actor, data, language, now, address)
    content = story_steps.usual(chosen)
    return story_keeping.make(store, actor, data.community, name, content, now=now, address=address), told


def _two_more(
    store: Store, actor: Actor, data: CommunityData, language: str, now: dt.datetime, address: str
) -> tuple[int | None, str]:
    """Look for further stations and keep them as a scenario; return its number and what there is to say of it."""
    place = {"street_id": data.community.street_id, "community_id": data.community.id}
    if not access.decide(actor, Action.EDIT_POINTS, **place).allowed or overview.dwellings(data).empty:
        return None, say("begin.no_scenario", language)
    chosen = community_settings.of(store, community_settings.number(data.community))
    wish = siting_plan.Wish(kind="station", add=STATIONS, seconds=_SECONDS)
    try:
        made = siting_plan.of_data(data, chosen, wish)
        if not made.chosen:
            return None, say("begin.all_covered", language)
        name = say("begin.scenario_name", language, n=len(made.chosen))
        kept = scenarios.save(store, actor, data, made, wish, name, now=now, address=address)
    except InputError as fault:
        return None, f"{say('begin.no_scenario', language)} {fault.sentence(language)}"
    return kept.number, say("begin.scenario", language, name=kept.name)
