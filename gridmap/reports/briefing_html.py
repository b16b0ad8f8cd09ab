"""A briefing as one HTML file that needs nothing else: it opens on any machine, without a network."""

from __future__ import annotations

import base64
from html import escape

from gridmap.reports import briefing_sheet
from gridmap.reports.briefing_document import Chart, Document, Map, Part, Table, Tile, Visual

_STYLE = """
:root { --ink: #22262b; --blue: #0b3c5d; --muted: #6b7075; --band: #f3f5f8; }
* { box-sizing: border-box; }
body { margin: 0; color: var(--ink); background: #fff; line-height: 1.55;
  font-family: "Microsoft YaHei", "PingFang SC", "Noto Sans CJK SC", "Noto Sans SC", Arial, sans-serif; }
main, header, footer { max-width: 1080px; margin: 0 auto; padding: 0 20px; }
header { padding-top: 28px; } h1 { color: var(--blue); font-size: 30px; margin: 0 0 4px; overflow-wrap: anywhere; }
header p { color: var(--muted); margin: 0 0 12px; }
.mark { display: inline-block; border: 1px solid #c98a1b; background: #ffe9bf; color: #7a4a00; font-weight: 700;
  font-size: 13px; border-radius: 4px; padding: 0 8px; margin-right: 8px; }
section { margin: 34px 0; break-inside: avoid-page; }
h2 { color: var(--blue); font-size: 22px; border-bottom: 2px solid var(--blue); padding-bottom: 4px; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(200px, 1fr)); gap: 12px; }
.tile { background: var(--band); border-left: 4px solid var(--blue); padding: 8px 12px; }
.tile.bad { border-color: #b5332e; } .tile.good { border-color: #3e7f6c; }
.tile small { color: var(--muted); display: block; } .tile b { font-size: 26px; color: var(--blue); }
figure { margin: 18px 0; } img { max-width: 100%; height: auto; }
figcaption, caption { color: var(--blue); font-weight: 700; text-align: left; padding: 6px 0; }
.table { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-size: 15px; }
th { background: var(--blue); color: #fff; text-align: left; } th, td { padding: 5px 9px; vertical-align: top; }
tr:nth-child(even) td { background: var(--band); } .n { text-align: right; font-variant-numeric: tabular-nums; }
.note, footer { color: var(--muted); font-size: 13px; } footer { padding-bottom: 30px; }
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_CHART_PT = (560.0, 300.0)


def write(document: Document) -> bytes:
    """Write a briefing as a single page."""
    marks = "".join(f'<span class="mark">{escape(mark)}</span>' for mark in document.marks)
    title = "<br>".join(escape(line) for line in document.title.split("\n"))
    parts = "".join(_part(part) for part in document.parts)
    language = "zh-CN" if document.language == "zh" else "en"
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(document.heading)}</title><style>{_STYLE}</style></head><body>"
        f"<header><h1>{title}</h1><p>{escape(document.subtitle)}</p>{marks}</header><main>{parts}</main>"
        f"<footer>{escape(document.source)}</footer></body></html>\n"
    ).encode()


def _part(part: Part) -> str:
    tiles = "".join(_tile(tile) for tile in part.tiles)
    tiles = f'<div class="tiles">{tiles}</div>' if tiles else ""
    said = "".join(f"<li>{escape(one)}</li>" for one in part.sentences)
    said = f"<ul>{said}</ul>" if said else ""
    return f"<section><h2>{escape(part.title)}</h2>{tiles}{said}{''.join(map(_visual, part.visuals))}</section>"


def _tile(tile: Tile) -> str:
    return (
        f'<div class="tile {tile.tone}"><small>{escape(tile.label)}</small><b>{escape(tile.value)}</b>'
        f"<small>{escape(tile.small)}</small></div>"
    )


def _visual(visual: Visual) -> str:
    if isinstance(visual, Table):
        return _table(visual)
    if isinstance(visual, Map):
        return f'<figure><img alt="{escape(visual.words)}" src="{_data(visual.png)}"></figure>'
    return f'<figure><img alt="{escape(_words(visual))}" src="{_data(_drawn(visual))}" width="840"></figure>'


def _drawn(chart: Chart) -> bytes:
    width, height = _CHART_PT
    return briefing_sheet.chart_png(chart, width, max(height, 26 * len(chart.categories) * (chart.kind == "bars") + 70))


def _words(chart: Chart) -> str:
    """Say the numbers of a chart to whoever does not see it."""
    told = [
        f"{series.name}: " + ", ".join(f"{name} {'—' if value is None else f'{value:g}'}"
                                       for name, value in zip(chart.categories, series.values, strict=True))
        for series in chart.series
    ]  # fmt: skip
    return f"{chart.title}. {'; '.join(told)}"


def _table(table: Table) -> str:
    kinds = [' class="n"' if number else "" for number in table.numbers]

    def row(cells: tuple[str, ...], tag: str) -> str:
        made = (f"<{tag}{kind}>{escape(cell)}</{tag}>" for cell, kind in zip(cells, kinds, strict=True))
        return f"<tr>{''.join(made)}</tr>"

    rows = "".join(row(cells, "td") for cells in table.rows)
    note = f'<p class="note">{escape(table.note)}</p>' if table.note else ""
    return (
        f'<div class="table"><table><caption>{escape(table.title)}</caption><thead>{row(table.columns, "th")}</thead>'
        f"<tbody>{rows}</tbody></table></div>{note}"
    )


def _data(png: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"
