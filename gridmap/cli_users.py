"""The command ``gridmap user``: accounts from the command line, the first administrator's among them.

Help texts are keys of the catalogues; ``gridmap.cli`` puts the words in their place.
"""

from __future__ import annotations

import getpass
import json
import sys
from collections.abc import Mapping
from contextlib import closing
from typing import Annotated, Any

import typer

from gridmap import i18n, model
from gridmap.errors import InputError
from gridmap.services import account_admin, accounts, communities
from gridmap.store import Store, open_store

NameArgument = Annotated[str, typer.Argument(help="cli.arg.account", metavar="NAME", show_default=False)]
JsonOption = Annotated[bool, typer.Option("--json", help="cli.opt.json")]
LanguageOption = Annotated[str | None, typer.Option("--language", help="cli.opt.language", metavar="zh|en")]
PasswordOption = Annotated[bool, typer.Option("--password-stdin", help="cli.opt.password_stdin")]


def register(app: typer.Typer) -> None:
    """Add the command with its own commands to the program."""
    users = typer.Typer(help="cli.user", no_args_is_help=True, rich_markup_mode=None)
    users.callback()(_root)
    users.command("add", help="cli.user.add")(add)
    users.command("list", help="cli.user.list")(list_)
    users.command("password", help="cli.user.password")(password)
    users.command("deactivate", help="cli.user.deactivate")(deactivate)
    users.command("activate", help="cli.user.activate")(activate)
    app.add_typer(users, name="user")


def _root(store: Annotated[str, typer.Argument(help="cli.arg.store", metavar="STORE", show_default=False)]) -> None:
    """Take the store, which stands before the command; `_opened` finds it in the context."""


def add(
    context: typer.Context,
    name: NameArgument,
    role: Annotated[str, typer.Option("--role", help="cli.opt.role", metavar="ROLE", show_default=False)],
    community: Annotated[str | None, typer.Option("--community", help="cli.opt.user_community", metavar="NAME")] = None,
    street: Annotated[str | None, typer.Option("--street", help="cli.opt.street", metavar="NAME")] = None,
    staff: Annotated[str | None, typer.Option("--staff", help="cli.opt.staff", metavar="NAME")] = None,
    display: Annotated[str | None, typer.Option("--display", help="cli.opt.display", metavar="NAME")] = None,
    password_stdin: PasswordOption = False,
    as_json: JsonOption = False,
    language: LanguageOption = None,  # noqa: ARG001 (read before the command starts)
) -> None:
    """Make an account; the first needs no new password at its first sign-in, since its owner chose it."""
    if role not in accounts.OF_PEOPLE:
        raise InputError("account_role", role=role, roles=[one.value for one in accounts.OF_PEOPLE])
    wanted = model.Role(role)
    with closing(_opened(context)) as store:
        in_community = community is not None or wanted in accounts.IN_COMMUNITY
        community_id = communities.find(store, community).id if in_community else None
        leads = street is not None or wanted == model.Role.STREET_LEADER
        made = account_admin.create(
            store,
            None,
            name,
            role=wanted,
            password=_password(name, password_stdin, context.obj),
            display=display or staff or "",
            street_id=communities.find_street(store, street).id if leads else None,
            community_id=community_id,
            staff_id=None if staff is None else communities.staff_member(store, community_id, staff),
            must_change=not accounts.none(store),
        )
    said = i18n.text("cli.user.made", context.obj, name=made.name, role=i18n.text(f"role.{role}", context.obj))
    _tell(said, _object(made), as_json)


def list_(
    context: typer.Context,
    as_json: JsonOption = False,
    language: LanguageOption = None,  # noqa: ARG001
) -> None:
    """List the accounts."""
    say = context.obj
    with closing(_opened(context)) as store:
        there = account_admin.listed(store, None)
        places = {("community", one.id): one.name for one in store.communities()}
        places |= {("street", one.id): one.name for one in communities.streets(store)}
    if as_json:
        _print_json({"accounts": [_object(account) for account in there]})
        return
    for account in there:
        place = places.get(("community", account.community_id)) or places.get(("street", account.street_id)) or "-"
        role = i18n.text(f"role.{account.role.value}", say)
        state = i18n.text("cli.user.active" if account.active else "cli.user.inactive", say)
        typer.echo("\t".join((account.name, account.display or "-", role, place, state)))
    if not there:
        typer.echo(i18n.text("cli.user.none", say))


def password(
    context: typer.Context,
    name: NameArgument,
    password_stdin: PasswordOption = False,
    as_json: JsonOption = False,
    language: LanguageOption = None,  # noqa: ARG001
) -> None:
    """Give an account a new password, which its owner has to change."""
    with closing(_opened(context)) as store:
        account = accounts.find(store, name)
        given = _password(account.name, password_stdin, context.obj)
        account_admin.set_password(store, None, _number(account), given)
        account = accounts.find(store, name)
    _tell(i18n.text("cli.user.password_set", context.obj, name=account.name), _object(account), as_json)


def deactivate(
    context: typer.Context,
    name: NameArgument,
    as_json: JsonOption = False,
    language: LanguageOption = None,  # noqa: ARG001
) -> None:
    """Let an account sign in no more."""
    with closing(_opened(context)) as store:
        account_admin.deactivate(store, None, _number(accounts.find(store, name)))
        account = accounts.find(store, name)
    _tell(i18n.text("cli.user.deactivated", context.obj, name=account.name), _object(account), as_json)


def activate(
    context: typer.Context,
    name: NameArgument,
    as_json: JsonOption = False,
    language: LanguageOption = None,  # noqa: ARG001
) -> None:
    """Let an account sign in again."""
    with closing(_opened(context)) as store:
        account_admin.activate(store, None, _number(accounts.find(store, name)))
        account = accounts.find(store, name)
    _tell(i18n.text("cli.user.activated", context.obj, name=account.name), _object(account), as_json)


def _opened(context: typer.Context) -> Store:
    above = context.parent
    assert above is not None  # for mypy: these commands stand below `user`
    return open_store(above.params["store"], create=False)


def _password(name: str, from_stdin: bool, language: str) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise InputError("password_no_terminal")
    asked = i18n.text("cli.user.ask", language, name=name)
    try:
        first = getpass.getpass(f"{asked}: ", sys.stderr)
        again = getpass.getpass(f"{i18n.text('cli.user.ask_again', language)}: ", sys.stderr)
    except EOFError:
        raise typer.Abort from None
    if first != again:
        raise InputError("password_differ")
    return first


def _object(account: model.Account) -> dict[str, Any]:
    """Return what is told of an account: everything but the hash of its password."""
    return {
        "name": account.name,
        "display": account.display,
        "role": account.role.value,
        "street_id": account.street_id,
        "community_id": account.community_id,
        "staff_id": account.staff_id,
        "active": account.active,
        "must_change": account.must_change,
        "demo": account.demo,
    }


def _tell(said: str, account: Mapping[str, Any], as_json: bool) -> None:
    if as_json:
        _print_json(account)
    else:
        typer.echo(said)


def _print_json(value: Mapping[str, Any]) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))


def _number(account: model.Account) -> int:
    if account.id is None:
        raise ValueError(f"the account {account.name} was never kept")
    return account.id
