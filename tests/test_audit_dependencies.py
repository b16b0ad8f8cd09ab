"""The look at known vulnerabilities: it fails where there are some, and says where it could not look."""

from __future__ import annotations

import importlib.util
import json
import subprocess
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

SCRIPT = Path(__file__).parents[1] / "scripts" / "audit_dependencies.py"
SOUND = {"name": "folium", "version": "1", "vulns": []}
FLAWED = {"name": "shaky", "version": "2", "vulns": [{"id": "PYSEC-1", "fix_versions": ["3"]}]}
UNKNOWN = {"name": "own", "skip_reason": "not found"}


@pytest.fixture
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("audit_dependencies", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("answer", "code", "said"),
    [
        (json.dumps({"dependencies": [SOUND, UNKNOWN]}), 0, "1 packages audited, 0 known"),
        (json.dumps({"dependencies": [SOUND, FLAWED]}), 1, "shaky 2: PYSEC-1, mended in 3"),
        (json.dumps({"dependencies": [UNKNOWN]}), 0, "dependencies not audited"),
        ("", 0, "dependencies not audited: the lists of known vulnerabilities can't be had here (no route to host)"),
    ],
)
def test_what_is_said(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], answer: str, code: int,
    said: str,
) -> None:  # fmt: skip
    def asked(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(command, 1, stdout=answer, stderr="trying\nno route to host\n")

    monkeypatch.setattr(script.subprocess, "run", asked)
    assert script.main() == code
    assert said in capsys.readouterr().out
