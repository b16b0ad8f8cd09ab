"""The commands that take data out of a store. Help texts are keys of the catalogues."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import Annotated, Any

import typer

from gridmap import i18n, model
from gridmap.datums import Datum
from gridmap.errors import InputError
from gridmap.exchange import delivery
from gridmap.services import communities, exporting, table_forms, templates
from gridmap.store import Store, open_store

_Store = Annotated[str, typer.Argument(help="cli.arg.store", metavar="STORE", show_default=False)]
_Community = Annotated[str | None, typer.Option("--community", help="cli.opt.community", metavar="NAME")]
_Json = Annotated[bool, typer.Option("--json", help="cli.opt.json")]
_Language = Annotated[str | None, typer.Option("--language", help="cli.opt.language", metavar="zh|en")]


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    app.command("export", help="cli.export")(export)
    app.command("template", help="cli.template")(template)


def export(
    context: typer.Context,
    store: _Store,
    kind: Annotated[str, typer.Argument(help="cli.arg.export_kind", metavar="KIND", show_default=False)],
    out: Annotated[Path, typer.Option("--out", help="cli.opt.export_out", metavar="FILE", show_default=False)],
    datum: Annotated[str | None, typer.Option("--datum", help="cli.opt.export_datum", metavar="D")] = None,
    profile: Annotated[str | None, typer.Option("--profile", help="cli.opt.export_profile", metavar="PROFILE")] = None,
    form: Annotated[str | None, typer.Option("--form", help="cli.opt.form", metavar="NAME")] = None,
    community: _Community = None,
    as_json: _Json = False,
    language: _Language = None,  # noqa: ARG001 (read before the command starts)
) -> None:
    """Write a register to a file whose ending says in which form."""
    wanted = exporting.format_of(out)
    with closing(open_store(store, create=False)) as opened:
        owner = communities.find(opened, community)
        made: exporting.Exported | table_forms.Filled
        if form is not None:
            made = _filled(opened, owner, kind, form, wanted.name, context.obj)
        else:
            made = exporting.export(
                opened,
                owner,
                kind,
                wanted.name,
                language=context.obj,
                datum=None if datum is None else read_datum(datum),
                profile=profile,
            )
    delivery.put(made.data, out)
    what = exporting.words(kind, context.obj)
    said = i18n.text("cli.export.done", context.obj, kind=what, n=made.rows, file=str(out))
    _tell({"kind": kind, "rows": made.rows, "file": str(out), "community": owner.name}, said, as_json)


def _filled(
    opened: Store, owner: model.Community, kind: str, name: str, format: str, language: str
) -> table_forms.Filled:
    """Fill the form of this name, which must be of the register asked for."""
    form = table_forms.named(opened, owner, name)
    if form.kind != kind:
        raise InputError("form_kind", name=name, kind=i18n.Phrase(f"kind.{form.kind}"))
    if format != "xlsx":
        raise InputError("template_ending", file=format)
    return table_forms.fill(opened, owner, form, language=language)


def template(
    context: typer.Context,
    kind: Annotated[str, typer.Argument(help="cli.arg.template_kind", metavar="KIND", show_default=False)],
    out: Annotated[Path, typer.Option("--out", help="cli.opt.template_out", metavar="FILE", show_default=False)],
    as_json: _Json = False,
    language: _Language = None,  # noqa: ARG001
) -> None:
    """Write a blank form."""
    if out.suffix.lower() != ".xlsx":
        raise InputError("template_ending", file=str(out))
    delivery.put(templates.template(kind, context.obj), out)
    said = i18n.text("cli.template.done", context.obj, file=str(out))
    _tell({"kind": kind, "file": str(out)}, said, as_json)


def read_datum(said: str) -> Datum:
    """Return the datum that somebody names.

    Raises
    ------
    InputError
        If it is none.
    """
    try:
        return Datum(said.lower())
    except ValueError:
        raise InputError("datum_unknown", datum=said, datums=[one.value for one in Datum]) from None


def _tell(value: dict[str, Any], said: str, as_json: bool) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2) if as_json else said)
