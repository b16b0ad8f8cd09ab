"""The live file is opened by the store and by nothing else: the imports say so."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import gridmap

PACKAGE = Path(gridmap.__file__).parent
# Each brings an SQLite of its own, or opens the file with GDAL's.
OTHERS = {"pyogrio", "fiona", "duckdb", "osgeo", "apsw", "pysqlite3", "sqlite_utils", "aiosqlite"}


def _imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
    return found


def _calls(path: Path) -> set[str]:
    """Names of everything called."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute):
                found.add(node.func.attr)
            elif isinstance(node.func, ast.Name):
                found.add(f"{node.func.id}()")
    return found


def test_only_the_store_knows_sqlite() -> None:
    modules = [p for p in PACKAGE.rglob("*.py") if (PACKAGE / "store") not in p.parents]
    assert modules
    others = {"sqlite3", "sqlite_utils", "apsw"}
    # A module that does not even name one imports none.
    naming = [p for p in modules if any(name in p.read_text(encoding="utf-8") for name in others)]
    assert {str(p.relative_to(PACKAGE)) for p in naming if _imports(p) & others} == set()


@pytest.mark.parametrize("path", sorted((PACKAGE / "store").rglob("*.py")), ids=lambda p: p.name)
def test_store_opens_its_file_with_pythons_sqlite_alone(path: Path) -> None:
    assert _imports(path) & OTHERS == set()
    assert (
        _calls(path) & {"read_file", "read_dataframe", "read_bytes", "read_text", "copyfile", "copy2", "open()"}
        == set()
    )
