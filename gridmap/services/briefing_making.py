"""A briefing made in one go: figures, sentences as somebody may have changed them, the file in the form asked for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

from gridmap import access, i18n, model, privacy, settings
from gridmap.access import Action, Actor
from gridmap.errors import InputError
from gridmap.reports import briefing_html, briefing_pptx, briefing_sheet, briefing_template
from gridmap.reports.briefing_document import Document, Part
from gridmap.services import audit, briefing_parts, briefing_periods, briefing_words, briefings
from gridmap.services.briefing_periods import Period
from gridmap.services.briefings import Figures
from gridmap.services.sight import Sight
from gridmap.store import Store

MIME = {
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "pdf": "application/pdf",
    "html": "text/html",
    "png": "image/png",
}
FORMS = tuple(MIME)
"""The forms of file, by their ending."""
LONGEST_APPROVAL = 60
LONGEST_SENTENCE = 600
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, kw_only=True)
class Wish:
    """How a briefing is wished.

    Parameters
    ----------
    parts
        Names of its parts, in their order; None for all that have something to tell.
    sentences
        What parts say in place of what was written from the figures.
    internal
        Whether each page says that it is internal.
    approval
        Approval number (审图号) of the base map; "" where there is no base map but the community's own data.
    """

    parts: tuple[str, ...] | None = None
    sentences: Mapping[str, Sequence[str]] = field(default_factory=dict)
    internal: bool = True
    approval: str = ""


@dataclass(frozen=True, kw_only=True, repr=False)
class Made:
    """A file, how many pages it has, and what is to be said of it."""

    data: bytes
    pages: int
    notes: tuple[i18n.Phrase, ...] = ()


def form_of(path: Path) -> str:
    """Return the form of file that a name means by its ending.

    Raises
    ------
    InputError
        If it means none.
    """
    ending = path.suffix.lower().removeprefix(".")
    if ending not in FORMS:
        raise InputError("briefing_ending", file=str(path), endings=[f".{one}" for one in FORMS])
    return ending


def drafts(found: Figures, language: str) -> dict[str, tuple[str, ...]]:
    """Return what each part that has something to tell would say."""
    return {name: briefing_words.sentences(found, name, language) for name in briefing_parts.there(found, language)}


def document(
    found: Figures,
    wish: Wish,
    *,
    language: str,
    now: dt.datetime,
    progress: Progress = lambda *_: None,
) -> Document:
    """Put a community's briefing together.

    Parameters
    ----------
    found
        The figures.
    wish
        How it is wished.
    language
        Language of the words.
    now
        This moment.
    progress
        Told the name of each part before it is made, its number and how many there are.

    Raises
    ------
    InputError
        If no part is wished, one is unknown, or a sentence or the approval number is too long.
    """
    names = wanted(wish, briefing_parts.there(found, language), briefing_words.PARTS)
    parts: list[Part] = []
    for number, name in enumerate(names):
        progress(name, number, len(names))
        words = reworded(wish, name, briefing_words.sentences(found, name, language))
        parts.append(briefing_parts.part(found, name, words, language=language, now=now))
    return framed(
        found.data.community.name, found.period, wish, parts,
        day=found.data.day, synthetic=found.data.community.synthetic, language=language,
    )  # fmt: skip


def framed(
    name: str,
    period: Period,
    wish: Wish,
    parts: Sequence[Part],
    *,
    day: dt.date,
    synthetic: bool,
    language: str,
) -> Document:
    """Put what every page says around parts."""

    def say(key: str, **fields: object) -> str:
        return briefing_words.say(key, language, **fields)

    source = i18n.text("picture.source.synthetic" if synthetic else "picture.source.own", language)
    approval = wish.approval.strip()
    ground = say("approval", number=approval) if approval else say("no_base_map")
    said = i18n.text("picture.source", language, source=source, day=i18n.date(day, language))
    marks = [i18n.text("picture.synthetic", language)] if synthetic else []
    made_on = say("made_on", day=i18n.date(day, language))
    span = say(
        "span", first=i18n.date(period.first, language), last=i18n.date(period.until, language), made=made_on
    )  # fmt: skip
    return Document(
        title=say("title", name=name, period=briefing_periods.words(period, language)),
        subtitle=span,
        language=language,
        day=day,
        source=f"{name} · {said} · {ground}",
        continued=say("continued"),
        page=say("page", n="{n}"),
        marks=(*marks, *([say("internal")] if wish.internal else [])),
        parts=tuple(parts),
    )


def write(told: Document, form: str, *, template: bytes | None = None, template_name: str = "") -> Made:
    """Write a briefing in a form.

    Parameters
    ----------
    told
        The briefing.
    form
        One of `FORMS`.
    template, template_name
        For slides: the street's own template, and what it is called.

    Raises
    ------
    InputError
        If the template cannot be used, or the form has none.
    """
    demand_template(form, template, template_name)
    if form == "pdf":
        data, pages = briefing_sheet.pdf(told)
        return Made(data=data, pages=pages)
    if form in ("html", "png"):
        return Made(data=briefing_html.write(told) if form == "html" else briefing_sheet.png(told), pages=1)
    made = briefing_pptx.write(told, template, template_name)
    notes = tuple(i18n.Phrase(f"briefing.missing.{one}") for one in made.missing)
    return Made(data=made.data, pages=made.pages, notes=notes)


def demand_template(form: str, template: bytes | None, name: str = "") -> None:
    """Refuse a template that cannot be used: best asked before the parts are made, which takes seconds.

    Raises
    ------
    InputError
        If the template cannot be used, or the form has none.
    """
    if template is None:
        return
    if form != "pptx":
        raise InputError("briefing_template_form", form=f".{form}")
    briefing_template.opened(template, name)


def make(
    store: Store,
    community: model.Community,
    period: Period,
    form: str,
    wish: Wish,
    *,
    actor: Actor | None = None,
    language: str = "zh",
    template: bytes | None = None,
    template_name: str = "",
    address: str = "",
    now: dt.datetime | None = None,
    progress: Progress = lambda *_: None,
    found: Figures | None = None,
) -> Made:
    """Make a community's briefing, and write into the audit that somebody took it along.

    Parameters
    ----------
    store, community
        Whose.
    period
        The days.
    form, template, template_name
        As `write` takes them.
    wish
        How it is wished.
    actor
        Who takes it along; None for the command line, whose user has the store itself.
    language
        Language of the words.
    address
        Network address it goes to.
    now
        The moment; this one if left out.
    progress
        As `document` takes it.
    found
        The figures, where they are there already.

    Raises
    ------
    Forbidden
        If ``actor`` may make no briefing of the community.
    InputError
        As `document` and `write` do.
    """
    moment = now or dt.datetime.now(dt.UTC)
    if actor is not None:
        demand(actor, community, period)
    demand_template(form, template, template_name)
    if found is None:
        zone = settings.from_environment().time_zone
        found = briefings.of(store, community, period, now=moment, zone=zone, language=language)
    told = document(found, wish, language=language, now=moment, progress=progress)
    made = write(told, form, template=template, template_name=template_name)
    note(store, actor, community, f"{told.heading} · {form}", address=address)
    return made


def demand(actor: Actor, community: model.Community, period: Period | None = None) -> None:
    """Refuse whoever may make no briefing of a community.

    Raises
    ------
    Forbidden
    InputError
        ``briefing_days`` if they see numbers only and ask for any days: one period less another would tell a day.
    """
    access.demand(actor, Action.MAKE_BRIEFING, street_id=community.street_id, community_id=community.id)
    if period is not None and period.kind == "days" and not Sight.of(actor, community).layer("issues"):
        raise InputError("briefing_days")


def note(store: Store, actor: Actor | None, community: model.Community, target: str, *, address: str = "") -> None:
    """Write into the audit that somebody took a briefing along."""
    audit.note(
        store, actor, Action.MAKE_BRIEFING.value, target=target, community_id=community.id, address=address
    )  # fmt: skip


def today(now: dt.datetime) -> dt.date:
    """Return the day it is in the office's time zone."""
    return now.astimezone(ZoneInfo(settings.from_environment().time_zone)).date()


def wanted(wish: Wish, there: Sequence[str], known: Sequence[str]) -> Sequence[str]:
    """Return the names of the parts that are wished, in their order.

    Parameters
    ----------
    wish
        How the briefing is wished.
    there
        Parts that have something to tell, which are taken where none are named.
    known
        All parts there may be.

    Raises
    ------
    InputError
        If no part is wished, one is unknown, or a sentence or the approval number is too long.
    """
    names = there if wish.parts is None else wish.parts
    unknown = [name for name in names if name not in known]
    if unknown or not names:
        raise InputError("briefing_parts", parts=list(known), said=unknown)
    if len(wish.approval) > LONGEST_APPROVAL:
        raise InputError("briefing_approval", most=LONGEST_APPROVAL)
    for said in wish.sentences.values():
        if any(len(one) > LONGEST_SENTENCE for one in said):
            raise InputError("briefing_sentence", most=LONGEST_SENTENCE)
    return names


def reworded(wish: Wish, name: str, written: Sequence[str]) -> tuple[str, ...]:
    """Return what a part says: as somebody has worded it, with numbers of telephones masked, else as ``written``."""
    said = wish.sentences.get(name)
    if said is None:
        return tuple(written)
    clean = ("".join(sign for sign in " ".join(one.split()) if sign.isprintable()) for one in said)
    return tuple(privacy.mask_text(one) for one in clean if one)
