"""Loads of grids as bars, and the checks of a division as a list."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import pandas as pd
import streamlit as st

from gridmap import i18n, palette
from gridmap.services import grid_divisions
from gridmap.services.grid_checks import Check
from gridmap.services.grid_divisions import Drawn
from gridmap.services.sight import Sight

_EVEN = 0.05


def say(key: str, language: str, **fields: object) -> str:
    """Return words of the page of grids."""
    return i18n.text(f"grids.{key}", language, **fields)


def shown_loads(seen: Sight) -> list[str]:
    """Return what a person may see grids compared by: what they see of the whole community."""
    made = ["households", "buildings"]
    if seen.issues is None:
        made.append("issues")
    if seen.care is None:
        made.append("need")
    return made


def choose(seen: Sight, chosen: str, language: str) -> str:
    """Ask which load the bars show, and return it."""
    offered = shown_loads(seen)
    return str(st.segmented_control(
        say("load", language), offered, default=chosen if chosen in offered else offered[0], required=True,
        key="grids-load", format_func=lambda one: say(f"load.{one}", language), label_visibility="collapsed",
    ))  # fmt: skip


def bars(shown: Drawn, loads: pd.DataFrame, load: str, language: str) -> None:
    """Show what each grid carries beside the mean."""
    values = loads[load]
    off = grid_divisions.deviation(values)
    most = max(float(values.max()), 1.0) if len(values) else 1.0
    mean = float(values.mean()) / most * 100 if len(values) else 0.0
    rows = []
    for key, look in shown.grids.iterrows():
        colour = palette.grid(str(look["colour"]))
        share = round(float(off[key]), 3) + 0.0  # no zero below zero
        away = "" if pd.isna(share) else ("+" if share > 0 else "") + i18n.percent(share, language, 1)
        tone = ' class="gm-off"' if abs(off[key]) > _EVEN else ""
        rows.append(
            f'<li data-grid="{escape(str(look["letter"]))}">'
            f'<i style="background:{colour.hex};color:{palette.text_on(colour.hex)}">{escape(str(look["letter"]))}</i>'
            f"<span>{escape(str(look['name']))}</span>"
            f"<b>{i18n.number(int(values[key]), language)}</b><small{tone}>{away}</small>"
            f'<u><s style="width:{float(values[key]) / most * 100:.1f}%;background:{colour.hex}"></s>'
            f'<em style="left:{mean:.1f}%"></em></u></li>'
        )
    st.html(f'<ul class="gm-loads">{"".join(rows)}</ul>')
    if off.notna().any():
        worst = i18n.percent(float(off.abs().max()), language, 1)
        st.caption(say("bars.note", language, mean=float(values.mean()), worst=worst))


def checks(found: Sequence[Check], language: str) -> None:
    """Show what holds of a division and what does not."""
    rows = [
        f'<li class="gm-{"good" if check.holds else "bad"}">{escape(check.sentence(language))}</li>' for check in found
    ]
    st.html(f'<ul class="gm-checks">{"".join(rows)}</ul>')
