"""Other programs that open the store's file: never in this process."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
from pathlib import Path

from postgis import missing


@functools.cache
def _gdal_python() -> str | None:
    for python in (sys.executable, "/usr/bin/python3"):
        found = subprocess.run([python, "-c", "import osgeo_utils.samples.validate_gpkg"], capture_output=True)
        if found.returncode == 0:
            return python
    return None


def gdal_python(code: str, *arguments: str) -> str:
    """Run ``code`` with GDAL's own Python binding and return what it printed."""
    python = _gdal_python()
    if python is None:
        missing("no Python with GDAL's osgeo and osgeo_utils (Debian: python3-gdal)")
    return run(str(python), "-c", code, *arguments)


def validate(path: Path) -> str:
    """Return what GDAL's validator finds wrong; empty if nothing, extra checks and warnings included."""
    python = _gdal_python()
    if python is None:
        missing("no Python with GDAL's osgeo_utils.samples.validate_gpkg (Debian: python3-gdal)")
    command = [str(python), "-m", "osgeo_utils.samples.validate_gpkg", "-k", "-q", "--extra", "--warning-as-error"]
    done = subprocess.run([*command, str(path)], capture_output=True, text=True, env=_clean())
    return "" if done.returncode == 0 else done.stdout + done.stderr


def ogrinfo(path: Path | str) -> str:
    """Return what ``ogrinfo`` says of the file, all layers in short."""
    program = shutil.which("ogrinfo")
    if program is None:
        missing("no ogrinfo (Debian: gdal-bin)")
    return run(str(program), "-ro", "-al", "-so", str(path))


def run(*command: str) -> str:
    """Run ``command`` and return its output; fail with what it complained about."""
    done = subprocess.run(command, capture_output=True, text=True, env=_clean())
    assert done.returncode == 0, done.stderr
    assert "ERROR" not in done.stderr, done.stderr
    return done.stdout


def _clean() -> dict[str, str]:
    # Another GDAL in this environment must not lead the system's astray.
    return {k: v for k, v in os.environ.items() if not k.startswith(("GDAL_", "PROJ_", "PYTHON"))}
