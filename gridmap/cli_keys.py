"""The command ``gridmap key``: keys by which other programs read and report issues.

Help texts are keys of the catalogues; ``gridmap.cli`` puts the words in their place.
"""

from __future__ import annotations

import datetime as dt
import json
from contextlib import closing
from typing import Annotated, Any

import typer

from gridmap import i18n, model
from gridmap.services import api_keys, communities
from gridmap.store import Store, open_store

_Community = Annotated[str | None, typer.Option("--community", help="cli.opt.community", metavar="NAME")]
_Json = Annotated[bool, typer.Option("--json", help="cli.opt.json")]
_Language = Annotated[str | None, typer.Option("--language", help="cli.opt.language", metavar="zh|en")]


def register(app: typer.Typer) -> None:
    """Add the command with its own commands to the program."""
    keys = typer.Typer(help="cli.key", no_args_is_help=True, rich_markup_mode=None)
    keys.callback()(_root)
    keys.command("add", help="cli.key.add")(add)
    keys.command("list", help="cli.key.list")(list_)
    keys.command("revoke", help="cli.key.revoke")(revoke)
    app.add_typer(keys, name="key")


def _root(store: Annotated[str, typer.Argument(help="cli.arg.store", metavar="STORE", show_default=False)]) -> None:
    """Take the store, which stands before the command; `_opened` finds it in the context."""


def add(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="cli.arg.key_name", metavar="NAME", show_default=False)],
    community: _Community = None,
    as_json: _Json = False,
    language: _Language = None,  # noqa: ARG001 (read before the command starts)
) -> None:
    """Make a key and show it once."""
    with closing(_opened(context)) as store:
        owner = communities.find(store, community)
        made, token = api_keys.make(store, None, int(owner.id or 0), name=name, now=dt.datetime.now(dt.UTC))
    words = {"name": made.name, "number": str(made.id), "community": owner.name, "token": token}
    _tell({**_object(made), "key": token}, i18n.text("cli.key.made", context.obj, **words), as_json)


def list_(
    context: typer.Context,
    community: _Community = None,
    as_json: _Json = False,
    language: _Language = None,  # noqa: ARG001
) -> None:
    """List the keys of a community."""
    with closing(_opened(context)) as store:
        keys = api_keys.listed(store, None, int(communities.find(store, community).id or 0))
    lines = [
        i18n.text(
            "cli.key.line",
            context.obj,
            number=str(key.id),
            state=i18n.text(f"key_state.{_state(key)}", context.obj),
            made=i18n.date(key.made_at, context.obj),
            name=key.name,
        )
        for key in keys
    ]
    _tell({"keys": [_object(key) for key in keys]}, "\n".join(lines) or i18n.text("cli.key.none", context.obj), as_json)


def revoke(
    context: typer.Context,
    number: Annotated[int, typer.Argument(help="cli.arg.key_number", metavar="N", show_default=False)],
    as_json: _Json = False,
    language: _Language = None,  # noqa: ARG001
) -> None:
    """Take back a key."""
    with closing(_opened(context)) as store:
        key = api_keys.revoke(store, None, number, now=dt.datetime.now(dt.UTC))
    _tell(_object(key), i18n.text("cli.key.revoked", context.obj, name=key.name), as_json)


def _opened(context: typer.Context) -> Store:
    parent = context.parent
    assert parent is not None  # for mypy: these commands stand below another
    return open_store(parent.params["store"], create=False)


def _state(key: model.ApiKey) -> str:
    return "open" if key.revoked_at is None else "revoked"


def _object(key: model.ApiKey) -> dict[str, Any]:
    return {
        "number": key.id,
        "name": key.name,
        "state": _state(key),
        "made_at": key.made_at.isoformat(),
        "used_at": None if key.used_at is None else key.used_at.isoformat(),
    }


def _tell(value: dict[str, Any], said: str, as_json: bool) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2) if as_json else said)
