"""An app in a server of its own on this machine, and Debian's Chromium before it, without requests to the outside."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, Playwright

ROOT = Path(__file__).parents[1]
NAME, PASSWORD = "benchmark", "only-for-this-run"
"""Of the account that is made for a run."""
_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def launch(playwright: Playwright) -> Browser:
    """Start Chromium; ends the program with a sentence where there is none."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        raise SystemExit("No Chromium found: install Debian's package chromium.")
    return playwright.chromium.launch(executable_path=found, args=list(_FLAGS))


@contextmanager
def served(script: Path, environ: dict[str, str]) -> Iterator[tuple[str, int]]:
    """Serve a Streamlit script with the settings of its own folder; gives its address and the server's process id."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", str(script), f"--server.port={port}", "--server.headless=true"]
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, cwd=script.parent, env={**os.environ, **environ}, stdout=log, stderr=log)
        try:
            until = time.monotonic() + 60
            while True:
                try:
                    urllib.request.urlopen(f"http://localhost:{port}/_stcore/health", timeout=1).close()
                    break
                except OSError:
                    if process.poll() is not None or time.monotonic() > until:
                        log.seek(0)
                        raise RuntimeError(log.read().decode()) from None
            yield f"http://localhost:{port}", process.pid
        finally:
            process.terminate()
            process.wait()


def sign_in(page: Page, url: str) -> None:
    """Sign in to gridmap by its form, for all pages of the browser's context."""
    page.goto(url.split("/?")[0] + "/sign-in")
    page.locator("input[name=name]").fill(NAME)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("input[name=password]").press("Enter")
    page.locator("[data-testid=stApp]").wait_for()
    page.close()


def gridmap(*arguments: str, given: str | None = None) -> None:
    """Run a command of gridmap's."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run([sys.executable, "-m", "gridmap", *arguments], check=True, input=given, text=True, **quiet)


def add_account(store: str, community: str) -> None:
    """Make the account of this run in a store."""
    user = ["user", store, "add", NAME, "--role", "secretary", "--community", community, "--password-stdin"]
    gridmap(*user, given=PASSWORD)


def memory_mb(pid: int) -> float:
    """Return the resident memory of a process in MB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) / 1024
