"""The house stands on floors, and imports point down only."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]

# Which floor each part of the house stands on. A part that is not named here must be given a place first.
FLOORS = {
    0: ("settings", "i18n", "errors", "model", "catalogues", "icons", "palette", "typeface", "service_kinds"),
    1: ("schema", "crs", "datums", "privacy", "access"),
    2: ("analysis", "planning", "demo"),
    3: ("cartography", "store", "exchange", "reports"),
    4: ("services",),
    5: ("web",),
    6: (
        *("app", "pages", "__main__"),
        *("cli", "cli_coverage", "cli_export", "cli_field", "cli_grids", "cli_import", "cli_keys"),
        *(
            "cli_partition",
            "cli_plan",
            "cli_privacy",
            "cli_brief",
            "cli_rota",
            "cli_site",
            "cli_split",
            "cli_store",
            "cli_users",
            "cli_words",
        ),
    ),
}
FLOOR = {part: floor for floor, parts in FLOORS.items() for part in parts}
# On these floors the parts do not know each other; below, one may use another so long as no circle comes of it.
STRANGERS = 3
ONLY_IN = {
    "streamlit": {"web", "pages", "app"},
    "streamlit_folium": {"web", "cartography"},
    "folium": {"cartography"},
    "sqlalchemy": {"store", "services"},
}
NEVER = {"pymetis", "pandana", "igraph", "spopt", "esda", "gerrychain"}
VAGUE = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "tools"}
# About 400 lines; a little over is no reason to tear apart what belongs together.
LONGEST = 450
# Streamlit runs these from top to bottom: they are never imported.
SCRIPTS = {"gridmap.web.script"}
# What must not run while a module is only being imported.
AT_IMPORT = {"getenv", "environ", "open", "print", "input", "basicConfig", "simplefilter", "filterwarnings"}
AT_IMPORT |= {"read_text", "read_bytes", "write_text", "mkdir", "connect", "create_engine", "urlopen", "now", "today"}


def modules(root: Path) -> dict[str, Path]:
    """Return the program's modules by dotted name: the package, and app.py and pages/ beside it."""
    found = {}
    for path in sorted([*root.glob("gridmap/**/*.py"), *root.glob("app.py"), *root.glob("pages/*.py")]):
        relative = path.relative_to(root)
        if "vendor" in relative.parts or "_data" in relative.parts:
            continue
        parts = list(relative.with_suffix("").parts)
        if parts[-1] == "__init__":
            parts.pop()
        found[".".join(parts)] = path
    return found


def part_of(module: str) -> str:
    """Return the part of the house a module belongs to; '' for the package's own __init__."""
    names = module.split(".")
    return names[0] if names[0] != "gridmap" else names[1] if len(names) > 1 else ""


def imports(module: str, path: Path, known: set[str]) -> Iterator[tuple[int, str]]:
    """Yield line and full name of each import of a module, inside functions too; not those for type checks only."""
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    for node in _imports(path.read_text(encoding="utf-8")):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        else:
            base = node.module or ""
            if node.level:
                above = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*above, *([node.module] if node.module else [])])
            for alias in node.names:
                whole = f"{base}.{alias.name}"
                yield node.lineno, whole if whole in known else base


@cache
def _imports(text: str) -> list[ast.Import | ast.ImportFrom]:
    """Find the imports of a module's text once for all checks."""
    tree = ast.parse(text)
    skipped = {
        id(inner)
        for node in (ast.walk(tree) if "TYPE_CHECKING" in text else ())
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for statement in node.body
        for inner in ast.walk(statement)
    }
    return [n for n in ast.walk(tree) if isinstance(n, (ast.Import, ast.ImportFrom)) and id(n) not in skipped]


def wrong_imports(root: Path) -> list[str]:
    """Name every import that points up, between strangers, or to what a part must not know."""
    found = modules(root)
    wrong = []
    for module, path in found.items():
        part = part_of(module)
        if part == "":
            continue
        if part not in FLOOR:
            wrong.append(f"{module}: '{part}' stands on no floor")
            continue
        for line, name in imports(module, path, set(found)):
            where = f"{module}:{line} imports {name}"
            top = name.split(".")[0]
            if top in NEVER:
                wrong.append(f"{where}, which the program must not use")
            if top in ONLY_IN and part not in ONLY_IN[top]:
                wrong.append(f"{where}, allowed in {sorted(ONLY_IN[top])} only")
            other = part_of(name) if top in ("gridmap", "app", "pages") else ""
            if other == "" or other == part:
                continue
            if other not in FLOOR:
                wrong.append(f"{where}, which stands on no floor")
            elif FLOOR[other] > FLOOR[part]:
                wrong.append(f"{where}, which lies above it")
            elif FLOOR[other] == FLOOR[part] >= STRANGERS and FLOOR[part] < 6:
                wrong.append(f"{where}; the two do not know each other")
    return wrong


def circles(root: Path) -> list[str]:
    """Name the modules that import each other in a circle."""
    found = modules(root)
    graph: dict[str, set[str]] = {}
    for module, path in found.items():
        used = {name for _, name in imports(module, path, set(found)) if name in found and name != module}
        # A package's own __init__ gathers its modules, and they may name the package to reach a sibling.
        graph[module] = {name for name in used if not module.startswith(f"{name}.")}
    state: dict[str, int] = {}
    wrong: list[str] = []

    def visit(module: str, trail: tuple[str, ...]) -> None:
        state[module] = 1
        for name in sorted(graph[module]):
            if state.get(name) == 1:
                wrong.append(" -> ".join([*trail[trail.index(name) :], name]))
            elif name not in state:
                visit(name, (*trail, name))
        state[module] = 2

    for module in graph:
        if module not in state:
            visit(module, (module,))
    return wrong


def vague_names(root: Path) -> list[str]:
    """Name modules whose name says nothing."""
    return [name for name in modules(root) if name.rpartition(".")[2].lower().strip("_") in VAGUE]


def too_long(root: Path) -> list[str]:
    """Name modules that have grown too long to read at once."""
    counted = {name: len(path.read_text(encoding="utf-8").splitlines()) for name, path in modules(root).items()}
    return [f"{name} has {lines} lines" for name, lines in counted.items() if lines > LONGEST]


def side_effects(root: Path) -> list[str]:
    """Name what a module of the package does while it is imported, beyond defining things."""
    wrong = []
    for module, path in modules(root).items():
        if part_of(module) in FLOORS[6] or module in SCRIPTS:
            continue
        for statement in _at_import(ast.parse(path.read_text(encoding="utf-8")).body):
            if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
                wrong.append(f"{module}:{statement.lineno} calls {ast.unparse(statement.value.func)} at import")
            for node in _run_at_import(statement):
                name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
                if name in AT_IMPORT:
                    wrong.append(f"{module}:{node.lineno} uses {name} at import")
    return wrong


def _at_import(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield statements that run at import, those in class bodies and branches too."""
    for statement in body:
        if isinstance(statement, ast.If) and "__main__" in ast.unparse(statement.test):
            continue
        yield statement
        if isinstance(statement, (ast.ClassDef, ast.If, ast.Try, ast.With, ast.For)):
            yield from _at_import(statement.body)
            yield from _at_import(getattr(statement, "orelse", []))


def _run_at_import(statement: ast.stmt) -> Iterator[ast.expr]:
    """Yield the expressions of a statement that are evaluated at once: not the bodies of functions, not annotations."""
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
        roots: list[ast.AST] = [*statement.args.defaults, *(d for d in statement.args.kw_defaults if d is not None)]
    elif isinstance(statement, (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Expr)):
        roots = [statement.value] if statement.value is not None else []
    else:
        roots = []
    while roots:
        node = roots.pop()
        if isinstance(node, ast.Lambda):
            continue
        if isinstance(node, ast.expr):
            yield node
        roots.extend(ast.iter_child_nodes(node))


CHECKS = (wrong_imports, circles, vague_names, too_long, side_effects)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_house_stands(check):
    assert check(REPOSITORY) == []


def test_the_whole_house_is_looked_at():
    found = modules(REPOSITORY)
    assert {"gridmap.errors", "gridmap.analysis.coverage", "gridmap.crs", "gridmap.store"} <= set(found)
    seen = {name for module, path in found.items() for _, name in imports(module, path, set(found))}
    assert {"gridmap.i18n", "gridmap.schema", "geopandas"} <= seen


@pytest.fixture
def house(tmp_path):
    """A small house; each test writes the fault it wants found."""

    def build(**files):
        for name, text in {"__init__": "", "errors": "", "crs": "", "analysis/__init__": ""}.items():
            files.setdefault(name, text)
        for name, text in files.items():
            at_top = name == "app" or name.startswith("pages/")
            path = tmp_path / ("" if at_top else "gridmap") / f"{name}.py"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return tmp_path

    return build


def test_a_sound_house_passes(house):
    root = house(
        **{
            "crs": "import pyproj\nfrom gridmap.errors import InputError\nWGS84 = pyproj.CRS.from_epsg(4326)\n",
            "analysis/reach": "from gridmap import crs\nfrom gridmap.analysis import cells\n",
            "analysis/cells": "from functools import cache\n@cache\ndef f():\n    return open('x')\n",
            "services/__init__": "",
            "services/overview": "from sqlalchemy import select\nfrom gridmap.analysis import reach\n",
            "web/__init__": "",
            "app": "import streamlit\nfrom gridmap.services import overview\nstreamlit.write('x')\n",
        }
    )
    assert [fault for check in CHECKS for fault in check(root)] == []


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("analysis/x", "from gridmap.services import overview", "lies above"),
        ("analysis/x", "def f():\n    import gridmap.web.page", "lies above"),
        ("analysis/x", "from ..web import page", "lies above"),
        ("exchange/x", "from gridmap.store import Store", "do not know each other"),
        ("exchange/x", "from gridmap import store", "do not know each other"),
        ("services/x", "import streamlit as st", "allowed in"),
        ("exchange/x", "import sqlalchemy.orm", "allowed in"),
        ("reports/x", "from folium import Map", "allowed in"),
        ("analysis/x", "import pymetis", "must not use"),
        ("attic", "", "stands on no floor"),
    ],
)
def test_a_wrong_import_is_found(house, name, text, said):
    files = {name: text, "store/__init__": "", "services/__init__": "", "services/overview": "", "web/page": ""}
    faults = wrong_imports(house(**files))
    assert len(faults) == 1
    assert said in faults[0]


def test_an_import_for_type_checks_only_is_free(house):
    text = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from gridmap.web import page\n"
    assert wrong_imports(house(**{"analysis/x": text, "web/page": ""})) == []


def test_a_circle_is_found(house):
    files = {
        "analysis/a": "from gridmap.analysis import b",
        "analysis/b": "def f():\n    from gridmap.analysis import a",
    }
    assert circles(house(**files)) == ["gridmap.analysis.a -> gridmap.analysis.b -> gridmap.analysis.a"]


def test_a_vague_name_and_a_long_module_are_found(house):
    root = house(**{"analysis/utils": "", "analysis/long": "x = 1\n" * (LONGEST + 1)})
    assert vague_names(root) == ["gridmap.analysis.utils"]
    assert too_long(root) == [f"gridmap.analysis.long has {LONGEST + 1} lines"]


@pytest.mark.parametrize(
    "text",
    [
        "import os\nHOME = os.environ['HOME']",
        "import os\ndef f(x=os.getenv('X')): ...",
        "import os\nclass A:\n    x = os.getenv('X')",
        "import logging\nlogging.basicConfig()",
        "start()",
        "if True:\n    print('hello')",
        "from pathlib import Path\nTEXT = Path('x').read_text()",
        "import datetime as dt\nTODAY = dt.date.today()",
    ],
)
def test_what_happens_at_import_is_found(house, text):
    assert side_effects(house(**{"analysis/x": text})) != []
