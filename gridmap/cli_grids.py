"""The commands that look grids over: their codes, and their colours at street level. Help texts are keys."""

from __future__ import annotations

import json
from contextlib import closing
from typing import Annotated

import typer

from gridmap import catalogues, i18n, settings
from gridmap.services import communities, community_data, grid_codes, grid_colours
from gridmap.store import open_store

_Store = Annotated[str, typer.Argument(help="cli.arg.store", metavar="STORE", show_default=False)]
_Community = Annotated[str | None, typer.Option("--community", help="cli.opt.community", metavar="NAME")]
_Json = Annotated[bool, typer.Option("--json", help="cli.opt.json")]
_Language = Annotated[str | None, typer.Option("--language", help="cli.opt.language", metavar="zh|en")]


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    app.command("grid-codes", help="cli.grid_codes")(codes)
    app.command("grid-colours", help="cli.grid_colours")(colours)


def codes(
    context: typer.Context,
    store: _Store,
    adopt: Annotated[bool, typer.Option("--adopt", help="cli.opt.codes_adopt")] = False,
    community: _Community = None,
    as_json: _Json = False,
    language: _Language = None,  # noqa: ARG001 (read before the command starts)
) -> None:
    """Check the codes of the grids that are valid today."""
    say = context.obj
    with closing(open_store(store, create=False)) as opened:
        owner = communities.find(opened, community)
        found = grid_codes.of(opened, owner)
        adopted = grid_codes.adopt(opened, None, owner, found) if adopt else 0
    rows = found.table.to_dict("records")
    if as_json:
        told = {
            "community": owner.name,
            "grids": [{name: row[name] for name in (*grid_codes.COLUMNS, "proposed")} for row in rows],
            "faults": [
                {"code": one.problem, "problem": one.sentence(say), "mend": one.mend(say)} for one in found.findings
            ],
            "adopted": adopted,
        }
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    none = i18n.text("cli.none", say)
    for row in rows:
        official, proposed = row["official_code"] or none, row["proposed"] or none
        told = {"place": row["place"], "name": row["name"], "code": row["code"]}
        typer.echo(i18n.text("cli.grid_codes.row", say, **told, official=official, proposed=proposed))
    for one in found.findings:
        typer.echo(i18n.text("cli.warning", say, said=one.sentence(say), mend=one.mend(say)))
    if not found.given:
        typer.echo(i18n.text("grids.marks.codes.none", say))
    elif not found.findings:
        typer.echo(i18n.text("cli.grid_codes.well", say))
    if adopt:
        typer.echo(i18n.text("cli.grid_codes.adopted", say, n=adopted))


def colours(
    context: typer.Context,
    store: _Store,
    street: Annotated[str | None, typer.Option("--street", help="cli.opt.colours_street", metavar="NAME")] = None,
    adopt: Annotated[bool, typer.Option("--adopt", help="cli.opt.colours_adopt")] = False,
    as_json: _Json = False,
    language: _Language = None,  # noqa: ARG001
) -> None:
    """Check the colours of all grids of a street, and propose others where two that touch are alike."""
    say = context.obj
    day = community_data.today(settings.from_environment().time_zone)
    with closing(open_store(store, create=False)) as opened:
        wanted = communities.find_street(opened, street)
        found = grid_colours.look(opened, int(wanted.id or 0), day, called=wanted.name)
        adopted = grid_colours.adopt(opened, None, wanted, found) if adopt else 0
    called = {number: f"{row['community']} {row['name']}" for number, row in found.grids.iterrows()}
    pairs = [(called[one], called[other]) for one, other in found.clashes]
    changed = found.changed.to_dict("records")
    if as_json:
        names = ("community", "code", "name", "colour", "proposed")
        told = {
            "street": wanted.name,
            "grids": [{name: row[name] for name in names} for row in found.grids.to_dict("records")],
            "alike": pairs,
            "adopted": adopted,
        }
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    for one, other in pairs:
        typer.echo(i18n.text("cli.grid_colours.alike", say, one=one, other=other))
    for row in changed:
        look = {name: catalogues.label("grid_palette", row[name], say) for name in ("colour", "proposed")}
        told = {"community": row["community"], "name": row["name"]}
        typer.echo(i18n.text("cli.grid_colours.row", say, **told, **look))
    if not pairs:
        typer.echo(i18n.text("cli.grid_colours.well", say, n=len(found.grids)))
    if adopt:
        typer.echo(i18n.text("cli.grid_colours.adopted", say, n=adopted))
