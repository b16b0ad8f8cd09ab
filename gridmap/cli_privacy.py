"""The commands that look after persons: retention, rekey. Help texts are keys of the catalogues."""

from __future__ import annotations

import datetime as dt
import json
from contextlib import closing
from typing import Annotated

import typer

from gridmap import i18n
from gridmap.services import key_file, rekeying, retention
from gridmap.store import open_store

_Store = Annotated[str, typer.Argument(help="cli.arg.store", metavar="STORE", show_default=False)]
_Json = Annotated[bool, typer.Option("--json", help="cli.opt.json")]
_Language = Annotated[str | None, typer.Option("--language", help="cli.opt.language", metavar="zh|en")]


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    app.command("retention", help="cli.retention")(retain)
    app.command("rekey", help="cli.rekey")(rekey)


def retain(
    context: typer.Context,
    store: _Store,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="cli.opt.retention_dry_run")] = False,
    as_json: _Json = False,
    language: _Language = None,  # noqa: ARG001 (read before the command starts)
) -> None:
    """Delete for good what has been kept for its time."""
    with closing(open_store(store, create=False)) as opened:
        report = retention.run(opened, dt.datetime.now(dt.UTC), dry_run=dry_run)
        label = opened.label
    say = context.obj
    if as_json:
        told = {"store": label, "dry_run": dry_run, **report.counts, "settled": report.settled}
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    head = "cli.retention.rehearsed" if dry_run else "cli.retention.done"
    typer.echo(i18n.text(head, say, store=label, counts=report.summary(say)))
    if not dry_run and not report.settled:
        typer.echo(i18n.text("cli.retention.unsettled", say), err=True)


def rekey(
    context: typer.Context,
    store: _Store,
    forget: Annotated[bool, typer.Option("--forget-old", help="cli.opt.forget_old")] = False,
    as_json: _Json = False,
    language: _Language = None,  # noqa: ARG001
) -> None:
    """Seal everything with a new key."""
    with closing(open_store(store, create=False)) as opened:
        report = rekeying.rekey(opened, forget=forget)
        label = opened.label
    if as_json:
        told = {"store": label, "file": report.file, "texts": report.texts, "older": report.older}
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    typer.echo(i18n.text("cli.rekey.done", context.obj, store=label, file=report.file, n=report.texts))
    typer.echo(i18n.text("cli.rekey.older", context.obj, n=report.older))
    for warning in key_file.warnings(context.obj):
        typer.echo(warning, err=True)
