"""The ten practical things as one page for residents: on a screen in the hall, or printed; it needs no network."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

_STYLE = """
@page { size: A4; margin: 12mm; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1080px; padding: 20px; color: #22262b; background: #fff; line-height: 1.5;
  font-family: "Microsoft YaHei", "PingFang SC", "Noto Sans CJK SC", "Noto Sans SC", Arial, sans-serif; }
h1 { color: #0b3c5d; font-size: 30px; margin: 0 0 4px; overflow-wrap: anywhere; }
header p { color: #6b7075; margin: 0 0 14px; }
.mark { border: 1px solid #c98a1b; background: #ffe9bf; color: #7a4a00; font-weight: 700; font-size: 13px;
  border-radius: 4px; padding: 0 8px; }
main { display: grid; grid-template-columns: repeat(auto-fit, minmax(300px, 1fr)); gap: 12px; }
article { border: 1px solid #d5d9de; border-left: 6px solid #6b7075; border-radius: 6px; padding: 8px 12px;
  break-inside: avoid; overflow-wrap: anywhere; }
article.done { border-left-color: #2e7d5b; } article.running { border-left-color: #0b3c5d; }
article.late { border-left-color: #b5332e; border-left-style: double; }
h2 { font-size: 18px; margin: 0; } h2 b { color: #0b3c5d; margin-right: 8px; }
article p { margin: 4px 0 0; font-size: 14.5px; } article .state { font-weight: 700; }
figure { display: inline-block; width: 49%; margin: 6px 0 0; }
img { width: 100%; height: 130px; object-fit: cover; border-radius: 4px; }
figcaption, footer { color: #6b7075; font-size: 13px; } footer { margin-top: 16px; }
@media print { body { padding: 0; max-width: none; } main { grid-template-columns: 1fr 1fr; } }
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


@dataclass(frozen=True, kw_only=True)
class Item:
    """One project as the page tells it, in the words of its language.

    Parameters
    ----------
    number, name
        Its number in the year, and what it is called.
    tone
        ``"planned"``, ``"running"``, ``"late"`` or ``"done"``.
    state
        How far it is.
    lines
        What else there is to say, a line each.
    photos
        Captions, each with a JPEG.
    """

    number: int
    name: str
    tone: str
    state: str
    lines: Sequence[str]
    photos: Sequence[tuple[str, bytes]] = ()


def write(items: Sequence[Item], *, title: str, subtitle: str, mark: str, note: str, language: str) -> bytes:
    """Write the page as a single HTML file.

    Parameters
    ----------
    items
        The projects in their order.
    title, subtitle
        At the top.
    mark
        That the data is invented; "" where it is not.
    note
        At the foot.
    language
        Language of all of these.
    """
    shown = f'<span class="mark">{escape(mark)}</span>' if mark else ""
    return (
        f'<!doctype html><html lang="{"zh-CN" if language == "zh" else "en"}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>"
        f"<header><h1>{escape(title)}</h1><p>{escape(subtitle)} {shown}</p></header>"
        f"<main>{''.join(map(_item, items))}</main><footer>{escape(note)}</footer></body></html>\n"
    ).encode()


def _item(one: Item) -> str:
    lines = "".join(f"<p>{escape(line)}</p>" for line in one.lines if line)
    photos = "".join(
        f'<figure><img alt="{escape(caption)}" src="data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}">'
        f"<figcaption>{escape(caption)}</figcaption></figure>"
        for caption, jpeg in one.photos
    )
    return (
        f'<article class="{escape(one.tone)}"><h2><b>{one.number}</b>{escape(one.name)}</h2>'
        f'<p class="state">{escape(one.state)}</p>{lines}{photos}</article>'
    )
