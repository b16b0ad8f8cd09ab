"""Charts of a briefing as PowerPoint's own: their numbers stand in a sheet behind them and can be changed."""

from __future__ import annotations

from typing import Any

from lxml import etree
from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE, XL_LABEL_POSITION, XL_LEGEND_POSITION, XL_TICK_LABEL_POSITION, XL_TICK_MARK
from pptx.oxml.ns import qn
from pptx.util import Pt

from gridmap import palette
from gridmap.reports import text_fit
from gridmap.reports.briefing_document import Chart
from gridmap.reports.briefing_layout import Box

COLOURS = ("#0B3C5D", "#9AA9B8", "#C98A1B")
"""Of a chart's rows: those of the period dark, those before it pale."""
_KINDS = {
    "columns": XL_CHART_TYPE.COLUMN_CLUSTERED,
    "bars": XL_CHART_TYPE.BAR_CLUSTERED,
    "line": XL_CHART_TYPE.LINE_MARKERS,
}
_SIZE = 11.0
_LONGEST_SHARE = 0.34


def shown_categories(chart: Chart, width: float) -> tuple[str, ...]:
    """Return the names along the axis, cut short where they would leave no room for what is drawn."""
    room = width * _LONGEST_SHARE if chart.kind == "bars" else 2.2 * width / max(len(chart.categories), 1)
    return tuple(text_fit.shortened(name, room, _SIZE) for name in chart.categories)


def number_format(chart: Chart) -> str:
    """Return how the numbers are written, as a sheet writes it."""
    digits = "." + "0" * chart.digits if chart.digits else ""
    return f"0{digits}%" if chart.percent else f"#,##0{digits}"


def add(slide: Any, place: tuple[Any, Any, Any, Any], chart: Chart, box: Box, font: str, language: str) -> None:
    """Put a chart on a slide.

    Parameters
    ----------
    slide
        The slide.
    place
        Left, top, width and height, as python-pptx takes them.
    chart
        What is shown; its title stands above it already.
    box
        The same place in points.
    font
        Typeface for Chinese.
    language
        Language of the words.
    """
    data = CategoryChartData(number_format=number_format(chart))
    data.categories = shown_categories(chart, box.w)
    for row in chart.series:
        data.add_series(row.name, row.values)
    frame = slide.shapes.add_chart(_KINDS[chart.kind], *place, data)
    frame._element.nvGraphicFramePr.cNvPr.set("descr", chart.title)
    made = frame.chart
    made.has_title = False
    made.font.size = Pt(_SIZE)
    made.font.color.rgb = _rgb(palette.INK)
    _speak(made, font, language)
    made.has_legend = len(chart.series) > 1
    if made.has_legend:
        made.legend.position = XL_LEGEND_POSITION.TOP
        made.legend.include_in_layout = False
    _axes(made, chart)
    plot = made.plots[0]
    if chart.kind != "line":
        plot.gap_width = 60 if len(chart.categories) > 3 else 160
        plot.overlap = -5
    for number, series in enumerate(plot.series):
        _paint(series, chart, COLOURS[number % len(COLOURS)])
    plot.has_data_labels = True
    labels = plot.data_labels
    labels.number_format, labels.number_format_is_linked = number_format(chart), False
    labels.font.size = Pt(_SIZE - 1)
    labels.position = XL_LABEL_POSITION.ABOVE if chart.kind == "line" else XL_LABEL_POSITION.OUTSIDE_END


def _axes(made: Any, chart: Chart) -> None:
    names, numbers = made.category_axis, made.value_axis
    numbers.visible = False
    numbers.has_major_gridlines = False
    numbers.minimum_scale = 0
    top = max((value for row in chart.series for value in row.values if value is not None), default=0.0)
    # Room for the label above the longest.
    numbers.maximum_scale = (1.15 if chart.percent and top <= 1 else top * 1.2) or 1
    names.has_major_gridlines = False
    names.major_tick_mark = XL_TICK_MARK.NONE
    names.tick_label_position = XL_TICK_LABEL_POSITION.LOW
    names.format.line.color.rgb = _rgb("#C9D1DA")
    if chart.kind == "bars":
        names.reverse_order = True


def _paint(series: Any, chart: Chart, colour: str) -> None:
    if chart.kind == "line":
        series.smooth = False
        series.format.line.color.rgb = _rgb(colour)
        series.format.line.width = Pt(2.25)
        series.marker.format.fill.solid()
        series.marker.format.fill.fore_color.rgb = _rgb(colour)
        series.marker.format.line.color.rgb = _rgb(colour)
        return
    series.invert_if_negative = False
    series.format.fill.solid()
    series.format.fill.fore_color.rgb = _rgb(colour)


def _speak(made: Any, font: str, language: str) -> None:
    for properties in made._chartSpace.iter(qn("a:defRPr")):
        properties.set("lang", "zh-CN" if language == "zh" else "en-GB")
        etree.SubElement(properties, qn("a:ea"), typeface=font)


def _rgb(colour: str) -> RGBColor:
    return RGBColor(*bytes.fromhex(colour[1:]))
