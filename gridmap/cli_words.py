"""The parser's own words in the user's language: what it says of a wrong command, and the headings of its help.

The parser speaks English only. What is not known here is passed on as it stands.
"""

from __future__ import annotations

import re
from typing import Any

from gridmap import i18n
from gridmap.errors import InputError

# What typer 0.16 to 0.29 says -> key of our sentence; groups are its fields.
_SAID: tuple[tuple[str, str], ...] = (
    (r"Missing argument '(?P<name>.+?)'", "missing_argument"),
    (r"Missing (?:option|parameter) '(?P<name>.+?)'", "missing_option"),
    (r"No such option:? '?(?P<name>-[^\s']*)'?", "no_option"),
    (r"No such command '(?P<name>.+?)'", "no_command"),
    (r"Option '(?P<name>.+?)' requires (?:an argument|\d+ arguments)", "wants_value"),
    (r"Option '(?P<name>.+?)' does not take a value", "takes_no_value"),
    (r"Got unexpected extra arguments?(?:\(s\))? \((?P<name>.+)\)", "too_many"),
    (r"Invalid value for '(?P<name>.+?)':.*(?:valid integer|an integer)", "wants_whole"),
    (r"Invalid value for '(?P<name>.+?)':.*(?:valid number|valid float|a number)", "wants_number"),
    (r"Invalid value for '(?P<name>.+?)':.*(?:greater than or equal to |x>=)(?P<least>[\d.]+)", "too_small"),
    (r"Invalid value for '(?P<name>.+?)'", "not_allowed"),
)
_HELP: tuple[tuple[str, str], ...] = (
    (r"^Usage:", "usage"),
    (r"^Arguments:$", "arguments"),
    (r"^Options:$", "options"),
    (r"^Commands:$", "commands"),
    (r"\[required\]", "required"),
    (r"\[OPTIONS\]", "some_options"),
    (r"COMMAND \[ARGS\]\.\.\.", "command_and_more"),
    (r"Show this message and exit\.", "this"),
)


def mistake(said: str) -> InputError:
    """Return the sentence for what the parser says of a wrong command."""
    plain = " ".join(said.split())
    for pattern, key in _SAID:
        if found := re.match(pattern, plain):
            return InputError("usage", said=i18n.Phrase(f"cli.parser.{key}", found.groupdict()))
    return InputError("usage", said=plain)


def translate(command: Any, language: str) -> None:
    """Let the help of ``command`` have its headings in ``language``."""
    told = command.get_help

    def get_help(context: Any) -> str:
        said = str(told(context))
        for pattern, key in _HELP:
            said = re.sub(pattern, i18n.text(f"cli.help.{key}", language), said, flags=re.MULTILINE)
        return said.replace("： ", "：")

    command.get_help = get_help
