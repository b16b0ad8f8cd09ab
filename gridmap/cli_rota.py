"""The command that makes a week's rota. Help texts are keys of the catalogues."""

from __future__ import annotations

import datetime as dt
import itertools
import json
from contextlib import closing
from typing import Annotated

import typer

from gridmap import i18n
from gridmap.planning import rota
from gridmap.services import (
    accounts,
    communities,
    community_settings,
    rota_demand,
    rota_keeping,
    rota_kept,
    rota_tables,
    rotas,
)
from gridmap.store import open_store

_Store = Annotated[str, typer.Argument(help="cli.arg.store", metavar="STORE", show_default=False)]
_Community = Annotated[str | None, typer.Option("--community", help="cli.opt.community", metavar="NAME")]
_Json = Annotated[bool, typer.Option("--json", help="cli.opt.json")]
_Language = Annotated[str | None, typer.Option("--language", help="cli.opt.language", metavar="zh|en")]


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("rota", help="cli.rota")(make)


def make(
    context: typer.Context,
    store: _Store,
    week: Annotated[str, typer.Option("--week", help="cli.opt.rota_week", metavar="YYYY-Www", show_default=False)],
    publish: Annotated[bool, typer.Option("--publish", help="cli.opt.rota_publish")] = False,
    seconds: Annotated[float, typer.Option("--seconds", help="cli.opt.rota_seconds", min=0.1)] = rota.SECONDS,
    seed: Annotated[int, typer.Option("--seed", help="cli.opt.rota_seed", min=0)] = 0,
    community: _Community = None,
    as_json: _Json = False,
    language: _Language = None,  # noqa: ARG001 (read before the command starts)
) -> None:
    """Make the rota of a week, and publish it if that is wished; an impossible one is a mistake of the demands."""
    say = context.obj
    now = dt.datetime.now(dt.UTC)
    with closing(open_store(store, create=False)) as opened:
        owner = communities.find(opened, community)
        before = rota_kept.read(opened, None, owner, week)
        made = rotas.plan(
            opened, community_settings.number(owner), week, seconds=seconds, seed=seed, today=accounts.day_of(now)
        )
        if publish and made.duties:
            kept = rota_keeping.keep(opened, None, owner, made, seen=before.acts, now=now)
            rota_keeping.publish(opened, None, owner, made.asked.week, seen=kept.acts, now=now)
    asked = made.asked
    for note in asked.notes:
        typer.echo(i18n.text(note.key, say, **note.fields), err=True)
    clash = [asked.said(rule, say) for rule in made.clash]
    changed = rota.changes(before.published, made.duties) if before.published and made.duties else ()
    if as_json:
        told = {
            "status": made.answer.status.value,
            "week": asked.week,
            "published": publish and bool(made.duties),
            "duties": [_told(asked, one) for one in made.duties],
            "changes": [
                {
                    "date": one.slot.day.isoformat(),
                    "half": one.slot.half.value,
                    "staff": asked.staff[one.staff],
                    "before": None if one.before is None else one.before.duty.value,
                    "after": None if one.after is None else one.after.duty.value,
                }
                for one in changed
            ],
            "clash": clash,
        }
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        head = [i18n.text(f"rota.status.{made.answer.status}", say, week=asked.week)]
        if publish and made.duties:
            head.append(i18n.text("rota.is_published", say, week=asked.week))
        typer.echo("\n".join([*head, *clash, *_lines(made, say)]))
        for one in changed:
            typer.echo(rota_tables.change(asked, one, say))
    if not made.duties and asked.demand.slots:
        raise typer.Exit(2)


def _told(asked: rota_demand.Asked, one: rota.Assignment) -> dict[str, str | None]:
    return {
        "date": one.slot.day.isoformat(),
        "half": one.slot.half.value,
        "duty": one.duty.value,
        "staff": asked.staff[one.staff],
        "grid": None if one.grid is None else asked.grids.get(one.grid),
    }


def _lines(made: rotas.Week, language: str) -> list[str]:
    told = []
    for (slot, duty, grid), some in itertools.groupby(made.duties, key=lambda one: (one.slot, one.duty, one.grid)):
        told.append(
            i18n.text(
                "rota.line",
                language,
                day=slot.day.isoformat(),
                half=i18n.text(f"rota.half.{slot.half}", language),
                duty=i18n.text(f"rota.duty.{duty}", language),
                grid="" if grid is None else f" {made.asked.grids.get(grid, '?')}",
                names=[made.asked.staff[one.staff] for one in some],
            )
        )
    return told
