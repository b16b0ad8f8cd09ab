"""The real app in a process of its own, on a free port and a store of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
_START_S = 60.0


@dataclass
class AppServer:
    """A running app."""

    url: str
    store: Path
    log: Path
    _read: int = field(default=0)

    def said(self) -> str:
        """All that the app wrote so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def news(self) -> str:
        """What the app wrote since this was asked last."""
        told = self.said()
        news, self._read = told[self._read :], len(told)
        return news


@contextmanager
def running(
    store: Path, *, demo: bool = False, flags: Sequence[str] = (), more: Mapping[str, str] | None = None
) -> Iterator[AppServer]:
    """Run the app on ``store`` until the end of the block, with more flags and variables."""
    port = _free_port()
    log = store.with_suffix(".log")
    environ = {key: value for key, value in os.environ.items() if not key.startswith(("GRIDMAP_", "STREAMLIT_"))}
    environ |= {"GRIDMAP_STORE": str(store), "GRIDMAP_DEMO": "1" if demo else "", "PYTHONUNBUFFERED": "1"}
    environ["GRIDMAP_KEY_FILE"] = os.environ["GRIDMAP_KEY_FILE"]
    environ |= more or {}
    command = [sys.executable, "-m", "streamlit.web.cli", "run", "app.py"]
    with log.open("w", encoding="utf-8") as out:
        process = subprocess.Popen(
            [*command, f"--server.port={port}", "--server.fileWatcherType=none", *flags],
            cwd=REPOSITORY,
            env=environ,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
        try:
            server = AppServer(url=f"http://localhost:{port}", store=store, log=log)
            _wait(process, server)
            yield server
        finally:
            process.terminate()
            try:
                process.wait(timeout=3)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("localhost", 0))
        return int(taken.getsockname()[1])


def _wait(process: subprocess.Popen[bytes], server: AppServer) -> None:
    pause_s = 0.1
    for _ in range(round(_START_S / pause_s)):
        try:
            with urllib.request.urlopen(f"{server.url}/_stcore/health", timeout=2) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            pass  # not listening yet
        try:
            process.wait(timeout=pause_s)
        except subprocess.TimeoutExpired:
            continue
        raise RuntimeError(f"the app ended with {process.returncode}:\n{server.said()}")
    raise RuntimeError(f"the app did not answer within {_START_S:.0f} s:\n{server.said()}")
