"""Debian's Chromium for the benchmarks, without its own requests to the outside."""

import shutil

from playwright.sync_api import Browser, Playwright

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
