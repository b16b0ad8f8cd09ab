"""The command that makes a week's rota. Help texts are keys of the catalogues."""

from __future__ import annotations

import itertools
import json
from contextlib import closing
from typing import Annotated

import typer

from gridmap import i18n
from gridmap.planning import rota
from gridmap.services import communities, community_settings, rotas
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
    seconds: Annotated[float, typer.Option("--seconds", help="cli.opt.rota_seconds", min=0.1)] = rota.SECONDS,
    seed: Annotated[int, typer.Option("--seed", help="cli.opt.rota_seed", min=0)] = 0,
    community: _Community = None,
    as_json: _Json = False,
    language: _Language = None,  # noqa: ARG001 (read before the command starts)
) -> None:
    """Make the rota of a week; an impossible one is a mistake of the demands."""
    say = context.obj
    with closing(open_store(store, create=False)) as opened:
        owner = communities.find(opened, community)
        made = rotas.plan(opened, community_settings.number(owner), week, seconds=seconds, seed=seed)
    for note in made.notes:
        typer.echo(i18n.text(note.key, say, **note.fields), err=True)
    clash = [made.said(rule, say) for rule in made.answer.clash]
    if as_json:
        duties = [
            {
                "date": one.slot.day.isoformat(),
                "half": one.slot.half.value,
                "duty": one.duty.value,
                "staff": made.staff[one.staff],
                "grid": None if one.grid is None else made.grids[one.grid],
            }
            for one in made.answer.duties
        ]
        told = {"status": made.answer.status.value, "week": made.week, "duties": duties, "clash": clash}
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        head = i18n.text(f"rota.status.{made.answer.status}", say, week=made.week)
        typer.echo("\n".join([head, *clash, *_lines(made, say)]))
    if not made.answer.duties and made.demand.slots:
        raise typer.Exit(2)


def _lines(made: rotas.Week, language: str) -> list[str]:
    told = []
    for (slot, duty, grid), some in itertools.groupby(
        made.answer.duties, key=lambda one: (one.slot, one.duty, one.grid)
    ):
        told.append(
            i18n.text(
                "rota.line",
                language,
                day=slot.day.isoformat(),
                half=i18n.text(f"rota.half.{slot.half}", language),
                duty=i18n.text(f"rota.duty.{duty}", language),
                grid="" if grid is None else f" {made.grids[grid]}",
                names=[made.staff[one.staff] for one in some],
            )
        )
    return told
