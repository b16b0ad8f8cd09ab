"""The command that says where the next service points should stand. Help texts are keys of the catalogues."""

from __future__ import annotations

import datetime as dt
import json
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import numpy as np
import typer

from gridmap import cli_export, errors, i18n, settings
from gridmap.analysis import siting
from gridmap.services import (
    communities,
    community_data,
    community_settings,
    siting_curve,
    siting_places,
    siting_plan,
    siting_words,
)
from gridmap.store import open_store

_Store = Annotated[str, typer.Argument(help="cli.arg.store", metavar="STORE", show_default=False)]
_Community = Annotated[str | None, typer.Option("--community", help="cli.opt.community", metavar="NAME")]
_Json = Annotated[bool, typer.Option("--json", help="cli.opt.json")]
_Language = Annotated[str | None, typer.Option("--language", help="cli.opt.language", metavar="zh|en")]


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("site", help="cli.site")(site)


def site(
    context: typer.Context,
    store: _Store,
    kind: Annotated[str, typer.Option("--kind", help="cli.opt.kind", show_default=False)],
    add: Annotated[int, typer.Option("--add", help="cli.opt.site_add", metavar="N", min=0)] = 1,
    objective: Annotated[
        str, typer.Option("--objective", help="cli.opt.site_objective", metavar="mclp|lscp|pmedian|pcenter")
    ] = "mclp",
    candidates: Annotated[
        Path | None, typer.Option("--candidates", help="cli.opt.site_candidates", metavar="FILE")
    ] = None,
    datum: Annotated[str, typer.Option("--datum", help="cli.opt.site_datum", metavar="D")] = "wgs84",
    walk_m: Annotated[float | None, typer.Option("--walk-m", help="cli.opt.site_walk_m", metavar="M")] = None,
    straight: Annotated[bool, typer.Option("--straight", help="cli.opt.site_straight")] = False,
    existing: Annotated[
        str, typer.Option("--existing", help="cli.opt.site_existing", metavar="fixed|closable|movable")
    ] = "fixed",
    closable: Annotated[
        list[int] | None, typer.Option("--closable", help="cli.opt.site_closable", metavar="NUMBER")
    ] = None,
    movable: Annotated[
        list[int] | None, typer.Option("--movable", help="cli.opt.site_movable", metavar="NUMBER")
    ] = None,
    capacity: Annotated[bool, typer.Option("--capacity", help="cli.opt.site_capacity")] = False,
    room: Annotated[int, typer.Option("--room", help="cli.opt.site_room", metavar="N")] = siting_plan.ROOM,
    budget: Annotated[float | None, typer.Option("--budget", help="cli.opt.site_budget", metavar="YUAN")] = None,
    price: Annotated[float | None, typer.Option("--price", help="cli.opt.site_price", metavar="YUAN")] = None,
    curve: Annotated[bool, typer.Option("--curve", help="cli.opt.site_curve")] = False,
    seconds: Annotated[float, typer.Option("--seconds", help="cli.opt.site_seconds")] = siting.SECONDS,
    seed: Annotated[int, typer.Option("--seed", help="cli.opt.site_seed")] = 0,
    community: _Community = None,
    as_json: _Json = False,
    language: _Language = None,  # noqa: ARG001 (read before the command starts)
) -> None:
    """Find where the next service points of a kind should stand."""
    say = context.obj
    shifted = cli_export.read_datum(datum)
    standing = [
        (number, kind) for kind, numbers in (("closable", closable), ("movable", movable)) for number in numbers or ()
    ]
    wish = siting_plan.Wish(
        kind=kind,
        add=add,
        objective=objective,
        walk_m=walk_m,
        straight=straight,
        existing=existing,
        standing=tuple(standing),
        capacity=capacity,
        room=room,
        budget=budget,
        price=price,
        alternatives=2,
        seconds=seconds,
        seed=seed,
    )
    today = dt.datetime.now(ZoneInfo(settings.from_environment().time_zone)).date()

    def tell(step: siting.Step) -> None:
        if sys.stderr.isatty() and step.value is not None and step.bound is not None and np.isfinite(step.bound):
            fields = {"seconds": step.seconds, "value": step.value, "bound": step.bound}
            typer.echo(i18n.text("cli.site.progress", say, **fields), err=True)

    with closing(open_store(store, create=False)) as opened:
        owner = communities.find(opened, community)
        number = community_settings.number(owner)
        data = community_data.read(opened, number, day=today)
        if candidates is not None:
            offered = siting_places.of_file(candidates, data, datum=shifted)
            if offered.faults:
                raise errors.FaultyInput(offered.faults, offered.source, key="candidates_refused")
            wish = replace(wish, candidates=offered.candidates)
        ground = siting_plan.prepare(data, community_settings.of(opened, number), wish)
    if curve:
        _tell_curve(siting_curve.of(ground, add, progress=tell), ground, say, owner.name, as_json)
        return
    made = ground.solve(tell)
    for note in siting_words.notes(made, wish, say):
        typer.echo(note, err=True)
    if as_json:
        typer.echo(json.dumps({**as_object(made, say), "community": owner.name}, ensure_ascii=False, indent=2))
    else:
        typer.echo("\n".join(siting_words.lines(made, say)))


def _tell_curve(told: siting_curve.Curve, ground: siting_plan.Ground, say: str, community: str, as_json: bool) -> None:
    typer.echo(i18n.text(f"cli.site.measure.{ground.measure}", say), err=True)
    if not as_json:
        typer.echo("\n".join(siting_curve.lines(told, say)))
        return
    steps = [
        {"n": one.n, "value": one.value, "gain": one.gain, "status": "optimal" if one.optimal else "feasible"}
        for one in told.rungs
    ]
    told_of = {"kind": ground.kind, "objective": told.objective, "households": told.households, "community": community}
    typer.echo(json.dumps({**told_of, "curve": steps, "over": told.over}, ensure_ascii=False, indent=2))


def as_object(made: siting_plan.Plan, language: str) -> dict[str, Any]:
    """Put a plan into the object that ``--json`` prints."""
    answer = made.answer
    bound = answer.bound if answer.bound is not None and np.isfinite(answer.bound) else None
    gap = answer.gap if answer.gap is not None and np.isfinite(answer.gap) else None
    why = answer.shortfall
    return {
        "kind": made.kind,
        "objective": str(answer.asked.objective),
        "value": answer.value,
        "bound": bound,
        "gap": gap,
        "status": str(answer.status),
        "seconds": round(answer.seconds, 3),
        "measure": made.measure,
        "walk_m": made.limit_m,
        "points": len(made.points),
        "candidates": made.weighed_of,
        "households": int(made.homes["households"].sum()) + made.beyond,
        "households_beyond": made.beyond,
        "households_today": made.today,
        "chosen": [
            {
                "id": one.place.id,
                "name": one.place.name,
                "lon": round(one.place.lon, 7),
                "lat": round(one.place.lat, 7),
                "gain_households": one.gain_households,
                "price": one.place.price,
                "reasons": one.said(language),
            }
            for one in made.chosen
        ],
        "closed": list(made.closed),
        "cost": made.cost,
        "alternatives": [
            {
                "value": other.answer.value,
                "chosen": [one.place.id for one in other.chosen],
                "closed": list(other.closed),
                "difference": siting_words.difference(made, other, language),
            }
            for other in made.alternatives
        ],
        "shortfall": None
        if why is None
        else {"said": i18n.text(f"siting.{why.key}", language, **why.fields), **why.fields},
    }
