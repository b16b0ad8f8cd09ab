"""The command that plans a day's grid walks. Help texts are keys of the catalogues."""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from gridmap import i18n, settings
from gridmap.errors import InputError
from gridmap.model import Half
from gridmap.planning import routing, workdays
from gridmap.planning.rota import Slot
from gridmap.services import (
    communities,
    community_data,
    community_settings,
    walk_files,
    walk_keeping,
    walk_outings,
    walk_places,
    walk_plan_tables,
    walk_plans,
    walk_staff,
)
from gridmap.services.community_data import CommunityData
from gridmap.services.sight import EVERYTHING
from gridmap.store import open_store

_Store = Annotated[str, typer.Argument(help="cli.arg.store", metavar="STORE", show_default=False)]
_Community = Annotated[str | None, typer.Option("--community", help="cli.opt.community", metavar="NAME")]
_Json = Annotated[bool, typer.Option("--json", help="cli.opt.json")]
_Language = Annotated[str | None, typer.Option("--language", help="cli.opt.language", metavar="zh|en")]
_Keys = list[str] | None
_ENDINGS = (".gpx", ".kml", ".geojson")


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("plan", help="cli.plan")(make)


def make(
    context: typer.Context,
    store: _Store,
    date: Annotated[str | None, typer.Option("--date", help="cli.opt.plan_date", metavar="YYYY-MM-DD")] = None,
    week: Annotated[str | None, typer.Option("--week", help="cli.opt.plan_week", metavar="YYYY-Www")] = None,
    half: Annotated[str, typer.Option("--half", help="cli.opt.plan_half", metavar="morning|afternoon")] = "morning",
    walkers: Annotated[int, typer.Option("--walkers", help="cli.opt.plan_walkers", metavar="N")] = 1,
    people: Annotated[int, typer.Option("--people", help="cli.opt.plan_people", metavar="1|2")] = 1,
    receptions: Annotated[bool, typer.Option(help="cli.opt.plan_receptions")] = True,
    minutes: Annotated[float | None, typer.Option("--minutes", help="cli.opt.plan_minutes", metavar="M")] = None,
    begin: Annotated[str | None, typer.Option("--begin", help="cli.opt.plan_begin", metavar="HH:MM")] = None,
    grid: Annotated[_Keys, typer.Option("--grid", help="cli.opt.plan_grid", metavar="LETTER")] = None,
    start: Annotated[str, typer.Option("--start", help="cli.opt.plan_start", metavar="PLACE")] = "",
    rest: Annotated[float | None, typer.Option("--rest", help="cli.opt.plan_rest", metavar="M")] = None,
    must: Annotated[_Keys, typer.Option("--must", help="cli.opt.plan_must", metavar="PLACE")] = None,
    never: Annotated[_Keys, typer.Option("--never", help="cli.opt.plan_never", metavar="PLACE")] = None,
    seconds: Annotated[float, typer.Option("--seconds", help="cli.opt.plan_seconds")] = routing.SECONDS,
    seed: Annotated[int, typer.Option("--seed", help="cli.opt.plan_seed", min=0)] = 0,
    keep: Annotated[bool, typer.Option("--keep", help="cli.opt.plan_keep")] = False,
    out: Annotated[Path | None, typer.Option("--out", help="cli.opt.plan_out", metavar="FILE")] = None,
    community: _Community = None,
    as_json: _Json = False,
    language: _Language = None,  # noqa: ARG001 (read before the command starts)
) -> None:
    """Plan the walks of a half day, or of all half days of a week."""
    say = context.obj
    if date is not None and week is None:
        day = _day(date)
    elif week is not None and date is None:
        day = workdays.monday_of(week)
    else:
        raise InputError("plan_when")
    when, leaves = _half(half), _time(begin)
    if out is not None and out.suffix.lower() not in _ENDINGS:
        raise InputError("plan_ending", path=str(out))
    now = dt.datetime.now(dt.UTC)

    def tell(step: routing.Step) -> None:
        if sys.stderr.isatty():
            fields = {"seconds": step.seconds, "prize": step.prize, "walk_m": step.walk_m}
            typer.echo(i18n.text("cli.plan.progress", say, **fields), err=True)

    with closing(open_store(store, create=False)) as opened:
        owner = communities.find(opened, community)
        number = community_settings.number(owner)
        today = now.astimezone(ZoneInfo(settings.from_environment().time_zone)).date()
        data = community_data.read(opened, number, day=max(day, today))
        letters = tuple(one.upper() for one in grid or ())
        walked = data.grids.index[data.grids["letter"].isin(letters)]

        def gone(slots: Iterable[Slot]) -> tuple[walk_plans.Outing, ...]:
            return tuple(
                outing
                for slot in slots
                for outing in walk_plans.together(
                    slot.day,
                    slot.half,
                    walk_staff.teams(
                        walk_staff.free(opened, number, slot.day, slot.half), walkers, grid_ids=walked, people=people
                    ),
                )
            )

        if week is None:
            outings = gone([Slot(day=day, half=when)])
        else:
            told = walk_outings.by_rota(
                opened, data, week, today=today, receptions=receptions, letters=letters, people=people
            )
            if not told.published:
                typer.echo(i18n.text("walks.note.no_rota", say, week=told.week), err=True)
            outings = told.outings if told.published else gone(walk_outings.off_desk(opened, number, week, today))
            if not outings:
                raise InputError("walks_no_outing", week=told.week)
        question = walk_plans.Question(
            outings=outings,
            letters=letters,
            begin=leaves,
            minutes=minutes,
            start=start,
            rest_min=rest,
            must=tuple(must or ()),
            never=tuple(never or ()),
            seconds=seconds,
            seed=seed,
        )
        made = walk_plans.plan(opened, data, EVERYTHING, question, now=now, progress=tell)
        for note in made.notes:
            typer.echo(i18n.text(note.key, say, **note.fields), err=True)
        if keep:
            kept = walk_keeping.keep(opened, None, data, made, now=now)
            typer.echo(i18n.text("cli.plan.kept", say, n=len(kept)), err=True)
    if out is not None:
        walk_files.write(made, data, out, say)
        typer.echo(i18n.text("cli.plan.wrote", say, path=str(out)), err=True)
    if as_json:
        typer.echo(json.dumps({**as_object(made, data, say), "community": owner.name}, ensure_ascii=False, indent=2))
    else:
        typer.echo("\n".join(_lines(made, data, say)))


def as_object(made: walk_plans.Made, data: CommunityData, language: str) -> dict[str, Any]:
    """Put a plan into the object that ``--json`` prints."""
    slots = made.question.slots
    return {
        "week": workdays.week_of(slots[0].day),
        "date": slots[0].day.isoformat() if len(slots) == 1 else None,
        "half": slots[0].half.value if len(slots) == 1 else None,
        "walks": [
            {
                "date": walk.day.isoformat(),
                "half": walk.half.value,
                "walker": i18n.listed(walk.names, language),
                "begin": walk.begin.isoformat(),
                "end": walk.end.isoformat(),
                "stops": [
                    {
                        "id": stop.key,
                        "place": walk_files.place_of(stop, data, language),
                        "arrive": stop.arrive.isoformat(),
                        "leave": stop.leave.isoformat(),
                        "reason": stop.said(language),
                        "minutes": round(stop.minutes, 1),
                        "walk_m": round(stop.walk_m, 1),
                        "prize": round(stop.prize, 2),
                        "must": stop.must,
                    }
                    for stop in walk.stops
                ],
                "walk_m": round(walk.walk_m, 1),
                "minutes": round(walk.minutes, 1),
                "prize": round(walk.prize, 2),
            }
            for walk in walk_plan_tables.in_order(made)
        ],
        "left_out": [
            {
                "id": one.key,
                "place": walk_places.title(data, made.wishes.places[one.key], language),
                "prize": round(one.candidate.prize, 2),
                "must": one.candidate.must,
                "reason": one.said(language),
            }
            for one in made.left
        ],
        "candidates": len(made.wishes.candidates),
        "spread": made.answer.spread,
        "seconds": round(made.answer.seconds, 3),
        "measure": made.measure,
    }


def _lines(made: walk_plans.Made, data: CommunityData, language: str) -> list[str]:
    told = []
    several = len(made.question.slots) > 1
    for walk in walk_plan_tables.in_order(made):
        if several:
            told.append(walk_plan_tables.slot(walk.day, walk.half, language))
        fields = {
            "names": list(walk.names),
            "begin": f"{walk.begin:%H:%M}",
            "end": f"{walk.end:%H:%M}",
            "n": sum(bool(stop.key) for stop in walk.stops),
            "walk_m": round(walk.walk_m),
            "minutes": round(walk.minutes),
            "prize": walk.prize,
        }
        told.append(i18n.text("cli.plan.walk", language, **fields))
        for seq, stop in enumerate(walk.stops, start=1):
            fields = {
                "seq": seq,
                "arrive": f"{stop.arrive:%H:%M}",
                "leave": f"{stop.leave:%H:%M}",
                "place": walk_files.place_of(stop, data, language),
                "reason": stop.said(language),
            }
            told.append("  " + i18n.text("cli.plan.stop", language, **fields))
    told.append(i18n.text("cli.plan.left", language, n=len(made.left)))
    for one in made.left:
        title = walk_places.title(data, made.wishes.places[one.key], language)
        told.append("  " + i18n.text("cli.plan.left_one", language, place=title, reason=one.said(language)))
    if made.answer.spread is not None:
        fields = {"spread": i18n.percent(made.answer.spread, language, 1), "seconds": made.answer.seconds}
        told.append(i18n.text("cli.plan.spread", language, **fields))
    return told


def _day(said: str) -> dt.date:
    try:
        return dt.date.fromisoformat(said)
    except ValueError as wrong:
        raise InputError("plan_date", date=said) from wrong


def _half(said: str) -> Half:
    try:
        return Half(said)
    except ValueError as wrong:
        raise InputError("plan_half", half=said) from wrong


def _time(said: str | None) -> dt.time | None:
    try:
        return None if said is None else dt.time.fromisoformat(said)
    except ValueError as wrong:
        raise InputError("plan_begin", begin=said or "") from wrong
