"""A walk as one HTML file: it opens from a phone's own storage, asks nothing of any network, and sends back a file.

Everything it runs is in it, and its own policy forbids all else: no script in a note can run, nothing is fetched.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent / "handheld"
HEAD = '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">'
"""How every page for a phone fits its screen; no search engine lists it."""
SHARED = ("shelf", "picture", "ground", "track", "walk")
"""Scripts of a walk's page, with a network or without."""


def folder() -> Path:
    """Return the folder of the scripts and styles for a phone."""
    return _FOLDER


@cache
def style() -> str:
    """Return the style of a walk's page."""
    return (_FOLDER / "walk.css").read_text(encoding="utf-8")


def data(known: Mapping[str, Any]) -> str:
    """Return what a page must know as the text of a script element."""
    # Within one nothing but "</" and "<!--" ends the text.
    return json.dumps(known, ensure_ascii=False).replace("<", "\\u003c")


def body(known: Mapping[str, Any]) -> tuple[str, str]:
    """Return what a walk's page must know as a script element's text, and its map as an element.

    Parameters
    ----------
    known
        With ``map``: None, or the map's ``svg`` and where its middle is.
    """
    ground = known["map"]
    told = {**known, "map": None if ground is None else {key: ground[key] for key in ground if key != "svg"}}
    return data(told), "" if ground is None else f'<div id="ground" hidden>{ground["svg"]}</div>'


def html(known: Mapping[str, Any], *, title: str, language: str) -> bytes:
    """Return the page.

    Parameters
    ----------
    known
        What it must know, as `services.walk_sheets.page_state` tells it.
    title
        Its title.
    language
        Language of the page.
    """
    told, ground = body(known)
    script = _script()
    policy = (
        f"default-src 'none'; script-src {_hashed(script)}; style-src {_hashed(style())}; img-src data: blob:; "
        "form-action 'none'; base-uri 'none'"
    )
    page = (
        f'<!doctype html><html lang="{escape(language)}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}"><title>{escape(title)}</title>'
        f"{HEAD}<style>{style()}</style></head><body>{ground}"
        f"<noscript>{escape(str(known['words']['no_script']))}</noscript>"
        f'<script type="application/json" id="known">{told}</script><script>{script}</script></body></html>'
    )
    return page.encode()


@cache
def _script() -> str:
    names = (*SHARED, "pack")
    return "\n;\n".join((_FOLDER / f"{name}.js").read_text(encoding="utf-8") for name in names)


def _hashed(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
