"""A presentation as a page: one map that flies from step to step, the same page in the app, by a link and as a file.

All words are written here and escaped; the script only moves the map and shows one step or another. As a file it holds
all that it needs, and its own policy forbids all else.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from html import escape
from pathlib import Path

from fontTools import subset  # type: ignore[import-untyped]
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

from gridmap import typeface
from gridmap.reports.presentation_map import Box

_FOLDER = Path(__file__).parent / "onscreen"
LARGEST_MB = 5.0
"""A file may be so large that it is sent by mail or carried on a stick; more is said."""


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A number told large: what it is, the number, what it is of."""

    label: str
    value: str
    small: str = ""


@dataclass(frozen=True, kw_only=True)
class Key:
    """A line of the legend: its key as SVG, and the words."""

    swatch: str
    words: str


@dataclass(frozen=True, kw_only=True)
class Slide:
    """What is shown at one step.

    Parameters
    ----------
    title, sentences
        What it says.
    figures, legend
        Numbers, and the keys of what is on the map.
    rows
        A list, such as of the ten practical things: key, words, and what stands at its end.
    note
        What is counted, and how.
    skipped
        What was left out just before this step, and why; "" for nothing.
    layer
        What it lays over the map, as SVG.
    box
        What the map shows, in metres.
    """

    title: str
    sentences: tuple[str, ...] = ()
    figures: tuple[Figure, ...] = ()
    legend: tuple[Key, ...] = ()
    rows: tuple[tuple[str, str, str], ...] = ()
    note: str = ""
    skipped: str = ""
    layer: str = ""
    box: Box


@dataclass(frozen=True, kw_only=True)
class Presentation:
    """A presentation.

    Parameters
    ----------
    title
        What it is called.
    community
        Whose it is.
    language
        Language of its words.
    source
        Where the data come from, and of which day.
    marks
        What each step is marked with, such as that the data are invented.
    words
        Words of buttons and hints, by name.
    label
        What the map is called, for those who do not see it.
    ground, names, patterns, legend_patterns
        The map below all steps, the names above them, and the hatches of map and legend, as SVG.
    slides
        The steps.
    """

    title: str
    community: str
    language: str
    source: str
    marks: tuple[str, ...]
    words: Mapping[str, str]
    label: str
    ground: str
    names: str
    patterns: str
    legend_patterns: str
    slides: tuple[Slide, ...]


@cache
def script() -> str:
    """Return the page's script."""
    return (_FOLDER / "present.js").read_text(encoding="utf-8")


@cache
def style() -> str:
    """Return the page's style, without its typeface."""
    return (_FOLDER / "present.css").read_text(encoding="utf-8")


@cache
def version() -> str:
    """Return a short hash of script and style, so that a browser keeps them until they change."""
    return hashlib.sha256((script() + style()).encode()).hexdigest()[:12]


def html(told: Presentation) -> bytes:
    """Return the presentation as one file, which runs from a disk and asks nothing of any network."""
    body = page_body(told)
    face = _face(told.title + re.sub(r"<[^>]*>", "", body))
    policy = (
        f"default-src 'none'; script-src {_hashed(script())}; style-src {_hashed(face + style())}; "
        "font-src data:; img-src data:; form-action 'none'; base-uri 'none'"
    )
    return (
        f'<!doctype html><html lang="{_tag(told.language)}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">{_head(told)}'
        f"<style>{face}{style()}</style></head><body>{body}<script>{script()}</script></body></html>\n"
    ).encode()


def online(told: Presentation, *, base: str, back: str) -> str:
    """Return the presentation as a page of the app.

    Parameters
    ----------
    base
        Path under which the app is served.
    back
        Path to which the page is left; "" where there is none.
    """
    assets = f"{escape(base)}/gridmap/assets"
    leave = f' data-back="{escape(back)}"' if back else ""
    return (
        f'<!doctype html><html lang="{_tag(told.language)}"><head><meta charset="utf-8">{_head(told)}'
        f'<link rel="stylesheet" href="{assets}/present/present.css?v={version()}">'
        f'<link rel="icon" href="{escape(base)}/sign-in/icon.png">'
        f'<script src="{assets}/present/present.js?v={version()}" defer></script></head>'
        f"<body{leave}>{page_body(told)}</body></html>"
    )


def online_style(base: str) -> str:
    """Return the style of the page in the app, which has the whole typeface at hand."""
    fonts = f"{base}/gridmap/assets/fonts"
    faces = (("400", "regular"), ("700", "bold"))
    return "".join(_font_face(weight, f'url("{fonts}/{name}")') for weight, name in faces) + style()


def page_body(told: Presentation) -> str:
    """Return what both pages hold: the map, the steps, the buttons."""
    words = told.words
    marks = "".join(f'<span class="mark">{escape(mark)}</span>' for mark in told.marks)
    steps = "".join(_step(one, number, told) for number, one in enumerate(told.slides, 1))
    layers = "".join(f'<g class="layer" id="layer-{n}">{one.layer}</g>' for n, one in enumerate(told.slides, 1))
    boxes = json.dumps([[round(v, 1) for v in one.box] for one in told.slides])
    say = json.dumps(dict(words), ensure_ascii=False).replace("<", "\\u003c")
    x, y, width, height = told.slides[0].box
    buttons = (
        f'<button id="previous" type="button" title="{escape(words["previous"])}">‹</button>'
        f'<span id="count" aria-live="polite">1 / {len(told.slides)}</span>'
        f'<button id="next" type="button" title="{escape(words["next"])}">›</button>'
        f'<button id="full" type="button">{escape(words["full"])}</button>'
        f'<button id="print" type="button">{escape(words["print"])}</button>'
        f'<button id="leave" type="button" hidden>{escape(words["leave"])}</button>'
    )
    return (
        f'<svg class="defs" aria-hidden="true"><defs>{told.patterns}{told.legend_patterns}</defs></svg>'
        f'<header><strong>{escape(told.community)}</strong><span class="name">{escape(told.title)}</span>{marks}'
        "</header>"
        f'<main><div id="map"><svg id="ground" viewBox="{x:.1f} {y:.1f} {width:.1f} {height:.1f}" role="img" '
        f'aria-label="{escape(told.label)}" preserveAspectRatio="xMidYMid slice">'
        f'<g id="base">{told.ground}</g>{layers}<g id="names">{told.names}</g></svg></div>'
        f'<div id="steps">{steps}</div></main>'
        f'<nav>{buttons}<span class="hint">{escape(words["hint"])}</span></nav>'
        f'<footer>{escape(told.source)}</footer><div id="paper"></div>'
        f'<script type="application/json" id="boxes">{boxes}</script>'
        f'<script type="application/json" id="words">{say}</script>'
    )


def _head(told: Presentation) -> str:
    title = f"{told.title} · {told.community}"
    return (
        f"<title>{escape(title)}</title>"
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">'
    )


def _step(one: Slide, number: int, told: Presentation) -> str:
    said = "".join(f"<p>{escape(line)}</p>" for line in one.sentences)
    figures = "".join(
        f"<div><dt>{escape(figure.label)}</dt><dd>{escape(figure.value)}<small>{escape(figure.small)}</small></dd></div>"
        for figure in one.figures
    )
    rows = "".join(
        f"<li>{swatch}<span>{escape(words)}</span><em>{escape(end)}</em></li>" for swatch, words, end in one.rows
    )
    legend = "".join(f"<li>{key.swatch}<span>{escape(key.words)}</span></li>" for key in one.legend)
    return (
        f'<section class="step" id="step-{number}"><p class="number">{number} / {len(told.slides)}</p>'
        f"<h1>{escape(one.title)}</h1>"
        + (f'<p class="skipped">{escape(one.skipped)}</p>' if one.skipped else "")
        + (f'<div class="said">{said}</div>' if said else "")
        + (f'<dl class="figures">{figures}</dl>' if figures else "")
        + (f'<ul class="rows">{rows}</ul>' if rows else "")
        + (f'<ul class="legend">{legend}</ul>' if legend else "")
        + (f'<p class="note">{escape(one.note)}</p>' if one.note else "")
        + "</section>"
    )


def _face(text: str) -> str:
    """Return the typeface with the characters of a text alone."""
    letters = "".join(sorted(set(text) | set(map(chr, range(0x20, 0x7F)))))
    return "".join(
        _font_face("700" if bold else "400", f"url(data:font/woff;base64,{_woff(letters, bold)})")
        for bold in (False, True)
    )


def _font_face(weight: str, source: str) -> str:
    return f'@font-face{{font-family:"Presented";font-weight:{weight};src:{source};font-display:block}}\n'


@lru_cache(maxsize=16)
def _woff(letters: str, bold: bool) -> str:
    options = subset.Options(layout_features=[], name_IDs=[0, 13, 14], notdef_outline=True, hinting=False)
    with TTFont(typeface.path(bold=bold), lazy=True) as font:
        wanted = subset.Subsetter(options)
        wanted.populate(text=letters)
        wanted.subset(font)
        font.flavor = "woff"
        out = io.BytesIO()
        font.save(out)
    return base64.b64encode(out.getvalue()).decode()


def _tag(language: str) -> str:
    return "zh-CN" if language == "zh" else "en"


def _hashed(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
