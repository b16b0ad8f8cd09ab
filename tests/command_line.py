"""The command line as a test calls it: fixture ``call``."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from gridmap import cli, cli_import


class Answer(NamedTuple):
    """What a command ended with and said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The object that it said with ``--json``."""
        return json.loads(self.out)


Call = Callable[..., Answer]


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Call:
    """Call ``gridmap`` with these words: ``call("import", path, ..., lang="en_GB.UTF-8")``."""
    # A slow machine tells how far it is; that is no part of the answer.
    monkeypatch.setattr(cli_import, "_SILENT_S", 3600.0)

    def run(*arguments: object, lang: str = "en_GB.UTF-8") -> Answer:
        capsys.readouterr()
        code = cli.run([str(argument) for argument in arguments], {"LANG": lang})
        said = capsys.readouterr()
        return Answer(code, said.out, said.err)

    return run
