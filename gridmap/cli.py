"""The command ``gridmap``: each command is a thin face of a service.

Help texts below are keys of the catalogues; `build` puts the words in their place.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import json
import os
import sys
import traceback
import uuid
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Annotated, Any

import platformdirs
import typer
import typer.main

from gridmap import (
    cli_brief,
    cli_coverage,
    cli_export,
    cli_field,
    cli_grids,
    cli_import,
    cli_keys,
    cli_partition,
    cli_plan,
    cli_privacy,
    cli_rota,
    cli_site,
    cli_split,
    cli_store,
    cli_users,
    cli_words,
    i18n,
)
from gridmap.errors import GridmapError, InputError
from gridmap.services import accounts, communities, demo, exporting, importing
from gridmap.services.import_preview import Refused
from gridmap.store import Store, open_store

DONE, OUR_FAULT, USERS_MISTAKE, INTERRUPTED = 0, 1, 2, 130

StoreArgument = Annotated[str, typer.Argument(help="cli.arg.store", metavar="STORE", show_default=False)]
CommunityOption = Annotated[str | None, typer.Option("--community", help="cli.opt.community", metavar="NAME")]
JsonOption = Annotated[bool, typer.Option("--json", help="cli.opt.json")]
LanguageOption = Annotated[str | None, typer.Option("--language", help="cli.opt.language", metavar="zh|en")]


def main() -> None:
    """Run the command given to the process and leave with its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding=None if stream.isatty() else "utf-8", errors="backslashreplace")
    sys.exit(run(sys.argv[1:], os.environ))


def run(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run one command and return its exit code.

    Parameters
    ----------
    arguments
        What stands behind ``gridmap``.
    environ
        Environment in which it was called: ``LC_ALL``, ``LC_MESSAGES`` and ``LANG`` choose the language.

    Returns
    -------
    int
        0 done; 2 a mistake of the user's, said in one line; 1 a fault of ours, with a reference to the log.
    """
    language = i18n.choose(environ.get("LC_ALL"), environ.get("LC_MESSAGES"), environ.get("LANG"))
    as_json = "--json" in arguments
    try:
        language = _wanted_language(arguments) or language
        code = build(language).main(
            args=list(arguments), prog_name="gridmap", standalone_mode=False, obj=language, windows_expand_args=False
        )
        return code if isinstance(code, int) else DONE
    except Refused as refused:
        cli_import.refused(refused, language, as_json=as_json)
        return USERS_MISTAKE
    except GridmapError as mistake:
        return _mistaken(mistake, language, as_json)
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    except Exception as fault:
        # Which class a wrong option raises has moved between versions of typer.
        said = getattr(fault, "format_message", None)
        if said is not None:
            if type(fault).__name__.startswith("NoArgsIsHelp"):
                _say(str(said()))
                return USERS_MISTAKE
            return _mistaken(cli_words.mistake(str(said())), language, as_json)
        sentence, reference, log = _logged(language)
        _say(sentence)
        if as_json:
            _print_json({"error": "our_fault", "message": sentence, "reference": reference, "log": log})
        return OUR_FAULT


@cache
def build(language: str) -> Any:
    """Return the command with its help in ``language``."""
    app = typer.Typer(
        add_completion=False,
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        help="cli.help",
    )
    app.callback()(_root)
    app.command("init", help="cli.init")(init)
    cli_coverage.register(app)
    cli_import.register(app)
    cli_export.register(app)
    cli_field.register(app)
    cli_keys.register(app)
    cli_store.register(app)
    cli_users.register(app)
    cli_privacy.register(app)
    cli_site.register(app)
    cli_rota.register(app)
    cli_plan.register(app)
    cli_partition.register(app)
    cli_grids.register(app)
    cli_split.register(app)
    cli_brief.register(app)
    group: Any = typer.main.get_command(app)
    _put_into_words(group, language)
    return group


def _put_into_words(command: Any, language: str) -> None:
    cli_words.translate(command, language)
    command.help = i18n.text(command.help, language)
    for parameter in command.params:
        if str(getattr(parameter, "help", "")).startswith("cli."):
            roles = [role.value for role in accounts.OF_PEOPLE]
            registers = [*exporting.KINDS, exporting.WHOLE]
            endings = [f".{one.ending}" for one in exporting.FORMATS.values()]
            parameter.help = i18n.text(
                parameter.help, language, kinds=importing.KINDS, roles=roles, registers=registers, endings=endings
            )
    for below in getattr(command, "commands", {}).values():
        _put_into_words(below, language)


def _root(language: LanguageOption = None) -> None:
    """Hold the commands together."""


def init(
    context: typer.Context,
    store: StoreArgument,
    community: CommunityOption = None,
    with_demo: Annotated[bool, typer.Option("--demo", help="cli.opt.demo")] = False,
    as_json: JsonOption = False,
    language: LanguageOption = None,  # noqa: ARG001 (read before the command starts)
) -> None:
    """Make a store with a community, or add one to a store that is there."""
    if community is None and not with_demo:
        raise InputError("needs_community")
    name = None if community is None else communities.checked_name(community)
    with _opened(store, create=True) as opened:
        if with_demo:
            made = demo.fill(opened, dt.datetime.now(dt.UTC))
            if name is not None:
                made = communities.rename(opened, made, name)
        else:
            made = communities.create(opened, name or "")
        if as_json:
            _print_json({"store": opened.label, "community": made.name, "id": made.id, "synthetic": made.synthetic})
        else:
            typer.echo(i18n.text("cli.init.done", context.obj, store=opened.label, community=made.name))


@contextlib.contextmanager
def _opened(address: str, *, create: bool) -> Iterator[Store]:
    store = open_store(address, create=create)
    try:
        yield store
    finally:
        store.close()


def _wanted_language(arguments: Sequence[str]) -> str | None:
    """Find ``--language`` before anything is parsed: the help and the parser's own errors need it too."""
    for position, word in enumerate(arguments):
        name, equals, value = word.partition("=")
        if name == "--language":
            wanted = value if equals else "".join(arguments[position + 1 : position + 2])
            if wanted not in i18n.LANGUAGES:
                raise InputError("language_unknown", wanted=wanted or "?")
            return wanted
    return None


def _say(line: str) -> None:
    typer.echo(line, err=True)


def _mistaken(mistake: GridmapError, language: str, as_json: bool) -> int:
    sentence = mistake.sentence(language)
    _say(sentence)
    if as_json:
        _print_json({"error": mistake.key, "message": sentence})
    return USERS_MISTAKE


def _print_json(value: Mapping[str, Any]) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))


def _logged(language: str) -> tuple[str, str | None, str]:
    """Write the exception under way to the log; return the line that refers to it, the reference, and the log."""
    reference = uuid.uuid4().hex[:8]
    log = platformdirs.user_log_path("gridmap", appauthor=False) / "gridmap.log"
    story = traceback.format_exc()
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("a", encoding="utf-8") as file:
            file.write(f"{dt.datetime.now(dt.UTC).isoformat()} {reference}\n{story}\n")
    except OSError:
        said = i18n.text("cli.our_fault_unlogged", language, log=str(log), problem=story.strip().splitlines()[-1])
        return said, None, str(log)
    return i18n.text("cli.our_fault", language, reference=reference, log=str(log)), reference, str(log)
