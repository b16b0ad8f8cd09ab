"""The commands that look after a store: backup, restore, check. Help texts are keys of the catalogues."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Annotated, Any

import typer

from gridmap import i18n
from gridmap.services import backup as backups
from gridmap.services import checking
from gridmap.store import open_store

_WRONG = 2

_Store = Annotated[str, typer.Argument(help="cli.arg.store", metavar="STORE", show_default=False)]
_Json = Annotated[bool, typer.Option("--json", help="cli.opt.json")]
_Language = Annotated[str | None, typer.Option("--language", help="cli.opt.language", metavar="zh|en")]


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    app.command("backup", help="cli.backup")(backup)
    app.command("restore", help="cli.restore")(restore)
    app.command("check", help="cli.check")(check)


def backup(
    context: typer.Context,
    store: _Store,
    out: Annotated[Path | None, typer.Option("--out", help="cli.opt.backup_out", metavar="FOLDER")] = None,
    keep: Annotated[int | None, typer.Option("--keep", help="cli.opt.keep", metavar="N", min=1)] = None,
    as_json: _Json = False,
    language: _Language = None,  # noqa: ARG001 (read before the command starts)
) -> None:
    """Make a backup of a store while it is in use."""
    with closing(open_store(store, create=False)) as opened:
        made = backups.make(opened, out, keep=keep)
    if as_json:
        _print_json(
            {
                "store": made.manifest.store,
                "file": str(made.file),
                "bytes": made.size_bytes,
                "made_at": made.manifest.made_at.isoformat(),
                "rows": made.manifest.rows,
                "photos": made.photos,
                "migrations": list(made.manifest.migrations),
                "removed": [str(path) for path in made.removed],
                "seconds": round(made.seconds, 3),
            }
        )
        return
    rows = sum(made.manifest.rows.values())
    typer.echo(i18n.text("cli.backup.done", context.obj, file=str(made.file), rows=rows, photos=made.photos))
    for path in made.removed:
        typer.echo(i18n.text("cli.backup.removed", context.obj, file=str(path)))


def restore(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="cli.arg.backup", metavar="BACKUP", show_default=False)],
    store: Annotated[str, typer.Argument(help="cli.arg.restored", metavar="STORE", show_default=False)],
    replace: Annotated[bool, typer.Option("--replace", help="cli.opt.replace")] = False,
    as_json: _Json = False,
    language: _Language = None,  # noqa: ARG001
) -> None:
    """Make a store from a backup."""
    made = backups.restore(file, store, replace=replace)
    if as_json:
        _print_json(
            {
                "backup": str(file),
                "store": made.store,
                "made_at": made.manifest.made_at.isoformat(),
                "rows": made.rows,
                "photos": made.photos,
                "replaced": None if made.replaced is None else str(made.replaced),
                "aside": None if made.aside is None else str(made.aside),
            }
        )
        return
    rows = sum(made.rows.values())
    typer.echo(i18n.text("cli.restore.done", context.obj, store=made.store, rows=rows, photos=made.photos))
    if made.replaced is not None:
        typer.echo(i18n.text("cli.restore.replaced", context.obj, file=str(made.replaced)))
    if made.aside is not None:
        typer.echo(i18n.text("cli.restore.aside", context.obj, file=str(made.aside)))


def check(
    context: typer.Context,
    store: _Store,
    as_json: _Json = False,
    language: _Language = None,  # noqa: ARG001
) -> None:
    """Look a store over and say what is wrong."""
    with closing(open_store(store, create=False)) as opened:
        report = checking.check(opened)
    say = context.obj
    if as_json:
        _print_json(
            {
                "store": report.store,
                "clean": not report.faults,
                "looked": list(report.looked),
                "rows": report.rows,
                "migrations": list(report.migrations),
                "faults": [
                    {"code": fault.problem, "problem": fault.sentence(say), "mend": fault.mend(say)}
                    for fault in report.faults
                ],
            }
        )
    else:
        looked = [i18n.text(f"check.look.{key}", say) for key in report.looked]
        typer.echo(i18n.text("cli.check.looked", say, store=report.store, looked=looked))
        rows = sum(report.rows.values())
        typer.echo(i18n.text("cli.check.holds", say, rows=rows, steps=list(report.migrations)))
        for fault in report.faults:
            typer.echo(i18n.text("cli.fault", say, said=fault.sentence(say), mend=fault.mend(say)))
    if report.faults:
        typer.echo(i18n.text("cli.check.wrong", say, n=len(report.faults)), err=True)
        raise typer.Exit(_WRONG)
    if not as_json:
        typer.echo(i18n.text("cli.check.clean", say))


def _print_json(value: Mapping[str, Any]) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))
