"""The commands for work in the field: a package goes out, and comes back. Help texts are keys of the catalogues."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import Annotated, Any

import typer

from gridmap import i18n
from gridmap.errors import InputError
from gridmap.exchange import delivery
from gridmap.services import communities, field_package, field_return, issue_catalogue, record_kinds
from gridmap.services.issue_catalogue import Catalogues
from gridmap.store import open_store

_Store = Annotated[str, typer.Argument(help="cli.arg.store", metavar="STORE", show_default=False)]
_Community = Annotated[str | None, typer.Option("--community", help="cli.opt.community", metavar="NAME")]
_Json = Annotated[bool, typer.Option("--json", help="cli.opt.json")]
_Language = Annotated[str | None, typer.Option("--language", help="cli.opt.language", metavar="zh|en")]


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    app.command("field-package", help="cli.field_package")(field_package_)
    app.command("field-return", help="cli.field_return")(field_return_)


def field_package_(
    context: typer.Context,
    store: _Store,
    out: Annotated[Path, typer.Option("--out", help="cli.opt.field_out", metavar="FILE", show_default=False)],
    community: _Community = None,
    as_json: _Json = False,
    language: _Language = None,  # noqa: ARG001 (read before the command starts)
) -> None:
    """Make a package for QField."""
    if out.suffix.lower() != ".zip":
        raise InputError("field_ending", file=str(out))
    with closing(open_store(store, create=False)) as opened:
        owner = communities.find(opened, community)
        delivery.put(field_package.make(opened, owner, language=context.obj), out)
    said = i18n.text("cli.field_package.done", context.obj, file=str(out))
    typer.echo(_json({"file": str(out), "community": owner.name}) if as_json else said)


def field_return_(
    context: typer.Context,
    store: _Store,
    file: Annotated[Path, typer.Argument(help="cli.arg.field_file", metavar="FILE", show_default=False)],
    conflicts: Annotated[
        str | None, typer.Option("--conflicts", help="cli.opt.field_conflicts", metavar="office|field")
    ] = None,
    community: _Community = None,
    as_json: _Json = False,
    language: _Language = None,  # noqa: ARG001
) -> None:
    """Read a package back."""
    if conflicts not in (None, "office", "field"):
        raise InputError("field_conflicts", value=conflicts)
    side: field_return.Side = "office" if conflicts == "office" else "field" if conflicts == "field" else "ask"
    with closing(open_store(store, create=False)) as opened:
        owner = communities.find(opened, community)
        done = field_return.take_back(opened, owner, file, conflicts=side)
        known = issue_catalogue.read(opened, int(owner.id or 0))
    if as_json:
        typer.echo(_json(_object(done, context.obj)))
        return
    for line in _lines(done, known, context.obj):
        typer.echo(line)


def _lines(done: field_return.Returned, known: Catalogues, language: str) -> list[str]:
    figures = {"conflicts": len(done.conflicts), "refused": len(done.refused)}
    counted = {"added": done.added, "already": done.already, "changed": done.changed, "unchanged": done.unchanged}
    lines = [i18n.text("cli.field_return.done", language, **counted, **figures)]
    for one in done.conflicts:
        of = record_kinds.kind(one.kind)
        sides = {
            side: field_return.told(value, of, one.name, known, language)
            for side, value in (("was", one.was), ("here", one.here), ("there", one.there))
        }
        words = {
            "kind": i18n.text(f"record.kind.{one.kind}", language),
            "title": one.title,
            "field": i18n.text(f"record.field.{one.name}", language),
        }
        lines.append(i18n.text("cli.field_return.conflict", language, **words, **sides))
    for row in done.refused:
        kind = i18n.text(f"record.kind.{row.kind}", language)
        why = row.sentence(language)
        lines.append(i18n.text("cli.field_return.refused", language, kind=kind, title=row.title, why=why))
    return lines


def _object(done: field_return.Returned, language: str) -> dict[str, Any]:
    return {
        "added": done.added,
        "already": done.already,
        "changed": done.changed,
        "unchanged": done.unchanged,
        "conflicts": [
            {
                "kind": one.kind,
                "number": one.number,
                "title": one.title,
                "field": one.name,
                "was": one.was,
                "here": one.here,
                "there": one.there,
            }
            for one in done.conflicts
        ],
        "refused": [{"kind": one.kind, "title": one.title, "problem": one.sentence(language)} for one in done.refused],
    }


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)
