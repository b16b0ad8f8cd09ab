"""Slides of a briefing: nothing runs over, charts are PowerPoint's own, the street's template is honoured."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from typing import Any

import openpyxl
import pptx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pptx.util import Inches

from gridmap.errors import InputError
from gridmap.reports import briefing_pptx, text_fit
from gridmap.reports.briefing_document import Chart, Document, Map, Part, Series, Table, Tile

NAME = "某某街道长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长社区"
SENTENCE = "本期受理问题 78 件，上期 24 件，按天数折算明显增加，偶然难以解释。"


def drawn_map() -> Map:
    out = io.BytesIO()
    Image.new("RGB", (1200, 900), "white").save(out, "PNG")
    return Map(png=out.getvalue(), width_px=1200, height_px=900, words="五色网格图")


def chart(kind: Any = "columns", n: int = 4, percent: bool = False) -> Chart:
    values = tuple(float(k) / (n if percent else 1) for k in range(n))
    return Chart(
        kind=kind, title="按来源（件）", categories=tuple(f"{NAME}{k}" for k in range(n)), percent=percent,
        series=(Series(name="本期", values=values), Series(name="上期", values=(None, *values[1:]))),
    )  # fmt: skip


def table(rows: int = 4, columns: int = 4) -> Table:
    return Table(
        title="各小区", columns=tuple(f"Column {k}" for k in range(columns)), note="区间为 95%。" * 3,
        rows=tuple((NAME, *(f"{k},{row:03d}" for k in range(columns - 1))) for row in range(rows)),
        numbers=(False, *[True] * (columns - 1)),
    )  # fmt: skip


def document(*parts: Part) -> Document:
    return Document(
        title=f"{NAME}\n2026年10月工作汇报", subtitle="统计期：2026年10月1日至2026年10月31日", language="zh",
        day=dt.date(2026, 11, 30), source=f"{NAME} · 数据来源：本社区导入和登记的数据 · 未使用外部底图",
        continued="（续）", page="第 {n} 页", marks=("模拟数据", "内部资料"), parts=parts,
    )  # fmt: skip


def opened(data: bytes) -> Any:
    return pptx.Presentation(io.BytesIO(data))


def outside(slides: Any) -> list[str]:
    """What does not lie wholly on its slide."""
    wide, high, slack = slides.slide_width, slides.slide_height, 12700
    return [
        f"{number}: {shape.name}"
        for number, slide in enumerate(slides.slides, 1)
        for shape in slide.shapes
        if shape.left < -slack or shape.top < -slack
        or shape.left + shape.width > wide + slack or shape.top + shape.height > high + slack
    ]  # fmt: skip


def overlapping(slides: Any) -> list[str]:
    """Which texts, tables, charts and pictures lie on each other; a card lies below its words."""
    found = []
    for number, slide in enumerate(slides.slides, 1):
        shapes = [
            one for one in slide.shapes
            if one.has_chart or one.has_table or one.shape_type == 13 or (one.has_text_frame and one.text_frame.text)
        ]  # fmt: skip
        for at, one in enumerate(shapes):
            for other in shapes[at + 1 :]:
                across = min(one.left + one.width, other.left + other.width) - max(one.left, other.left)
                down = min(one.top + one.height, other.top + other.height) - max(one.top, other.top)
                if across > 25400 and down > 25400:
                    found.append(f"{number}: {one.name} and {other.name}")
    return found


def too_full(slides: Any) -> list[str]:
    """Texts that need more room than their box has."""
    found = []
    for number, slide in enumerate(slides.slides, 1):
        for shape in slide.shapes:
            if not shape.has_text_frame or not shape.text_frame.text:
                continue
            frame = shape.text_frame
            size = max(run.font.size.pt for p in frame.paragraphs for run in p.runs)
            margins = (frame.margin_left + frame.margin_right) / 12700
            inset = 14 if any(p._p.pPr is not None and p._p.pPr.get("marL") for p in frame.paragraphs) else 0
            texts = [p.text for p in frame.paragraphs]
            room = shape.width / 12700 - margins - inset
            need = text_fit.height_pt(texts, room, size, gap=0.45 if inset else 0)
            if need > shape.height / 12700 + size:
                found.append(f"{number}: {shape.name} {texts[0][:20]}")
    return found


EVERYTHING = (
    Part(
        name="summary", title="总体情况", sentences=(SENTENCE,) * 5,
        tiles=tuple(Tile(label="邻里服务站覆盖", value="1,489", small="1,489 / 2,486 户") for _ in range(8)),
    ),
    Part(name="a", title=NAME * 2, sentences=(SENTENCE,) * 3, visuals=(chart(), chart("bars"), chart("line"), table())),
    Part(name="b", title="很长", sentences=(SENTENCE * 2,) * 40, visuals=(drawn_map(), table(70, 7))),
    Part(name="c", title="短", sentences=(SENTENCE,), visuals=(drawn_map(), table(3, 3), chart("bars", 12, True))),
)  # fmt: skip


def test_nothing_runs_over_with_a_name_of_forty_signs() -> None:
    assert len(NAME) >= 38
    made = briefing_pptx.write(document(*EVERYTHING))
    slides = opened(made.data)
    assert made.pages == len(slides.slides)
    assert not outside(slides)
    assert not overlapping(slides)
    assert not too_full(slides)
    said = "".join(shape.text_frame.text for slide in slides.slides for shape in slide.shapes if shape.has_text_frame)
    assert said.count(SENTENCE) == 5 + 3 + 80 + 1
    rows = [len(shape.table.rows) - 1 for slide in slides.slides for shape in slide.shapes if shape.has_table]
    assert sum(rows) == 4 + 70 + 3
    for slide in slides.slides:
        words = [shape.text_frame.text for shape in slide.shapes if shape.has_text_frame]
        assert {"内部资料", "模拟数据"} <= set(words)
        assert any("数据来源" in one for one in words)


@settings(max_examples=8, deadline=None)
@given(
    sentences=st.lists(st.text("社区一 abc，。1", min_size=1, max_size=200), max_size=8),
    rows=st.integers(1, 25),
    columns=st.integers(2, 6),
)
def test_whatever_is_said_stays_on_its_slide(sentences: list[str], rows: int, columns: int) -> None:
    part = Part(name="a", title="问题", sentences=tuple(sentences), visuals=(table(rows, columns), chart("bars", 3)))
    slides = opened(briefing_pptx.write(document(part)).data)
    assert not outside(slides)
    assert not overlapping(slides)
    assert not too_full(slides)


def test_charts_are_powerpoints_own_with_their_numbers_in_a_sheet() -> None:
    asked = chart("columns", 3)
    slides = opened(briefing_pptx.write(document(Part(name="a", title="x", sentences=("a",), visuals=(asked,)))).data)
    (made,) = [shape.chart for slide in slides.slides for shape in slide.shapes if shape.has_chart]
    assert [tuple(one.values) for one in made.plots[0].series] == [one.values for one in asked.series]
    sheet = openpyxl.load_workbook(io.BytesIO(made.part.chart_workbook.xlsx_part.blob)).active
    assert [cell.value for cell in sheet["B"]] == ["本期", 0, 1, 2]


def test_every_word_has_a_typeface_for_chinese() -> None:
    whole = briefing_pptx.write(document(*EVERYTHING)).data
    slides = opened(whole)
    runs = [run for slide in slides.slides for run in slide._element.iter(f"{{{A}}}r")]
    assert len(runs) > 100
    for run in runs:
        assert run.find(f"{{{A}}}rPr/{{{A}}}ea").get("typeface") == "Microsoft YaHei"
    told = zipfile.ZipFile(io.BytesIO(whole))
    charts = [name for name in told.namelist() if name.startswith("ppt/charts/chart")]
    assert charts
    assert all(b'a:ea typeface="Microsoft YaHei"' in told.read(name) for name in charts)


A = "http://schemas.openxmlformats.org/drawingml/2006/main"


def street_template(*, bare: bool = False) -> bytes:
    """A template of 4:3 with a slide of its own, notes and an author."""
    file = pptx.Presentation()
    slide = file.slides.add_slide(file.slide_layouts[1])
    slide.shapes.title.text = "上次的汇报 张三"
    slide.notes_slide.notes_text_frame.text = "李四备注"
    file.core_properties.author = "王五"
    file.core_properties.last_modified_by = "王五"
    file.slide_layouts[0].name, file.slide_layouts[5].name = "街道封面", "街道内页"
    for layout in list(file.slide_layouts):
        if layout.name not in ("街道封面", "街道内页", "Blank", "Title and Content"):
            file.slide_layouts.remove(layout)
    if bare:
        for layout in list(file.slide_layouts):
            for shape in list(layout.placeholders):
                shape._element.getparent().remove(shape._element)
    out = io.BytesIO()
    file.save(out)
    return out.getvalue()


def test_template_of_the_street_gives_layouts_and_nothing_else() -> None:
    made = briefing_pptx.write(document(*EVERYTHING), street_template(), "街道.pptx")
    slides = opened(made.data)
    assert made.missing == ()
    assert slides.slide_width == Inches(10)
    assert [slide.slide_layout.name for slide in slides.slides] == ["街道封面"] + ["街道内页"] * (made.pages - 1)
    assert slides.slides[1].shapes.title.text_frame.text == "总体情况"
    assert not outside(slides)
    assert not overlapping(slides)
    whole = "".join(
        zipfile.ZipFile(io.BytesIO(made.data)).read(name).decode("utf-8", "replace")
        for name in zipfile.ZipFile(io.BytesIO(made.data)).namelist()
    )
    assert not [name for name in ("张三", "李四", "王五") if name in whole]
    # As PowerPoint keeps a template.
    potx = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(street_template())) as source, zipfile.ZipFile(potx, "w") as target:
        for name in source.namelist():
            read = source.read(name)
            target.writestr(name, read.replace(b"presentation.main+xml", b"template.main+xml"))
    assert briefing_pptx.write(document(*EVERYTHING), potx.getvalue(), "街道.potx").pages == made.pages


def test_template_without_the_layouts_is_said_and_used_all_the_same() -> None:
    made = briefing_pptx.write(document(*EVERYTHING), street_template(bare=True), "空.pptx")
    slides = opened(made.data)
    assert made.missing == ("cover", "plain")
    assert not outside(slides)
    assert not overlapping(slides)
    assert any(shape.text_frame.text == "总体情况" for shape in slides.slides[1].shapes if shape.has_text_frame)


@pytest.mark.parametrize("kind", ["text", "truncated", "zip", "macros", "locked"])
def test_what_is_no_template_is_refused_with_a_sentence(kind: str) -> None:
    whole = street_template()
    other = io.BytesIO()
    with zipfile.ZipFile(other, "w") as archive:
        words = b"macroEnabled" if kind == "macros" else b"<x/>"
        archive.writestr("[Content_Types].xml", words)
    # A locked presentation is a compound file, as an old .ppt is.
    locked = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(504)
    data = {"text": b"hello", "truncated": whole[: len(whole) // 2], "locked": locked}.get(kind, other.getvalue())
    said = {"macros": "macros", "locked": "password"}.get(kind, "no PowerPoint file")
    with pytest.raises(InputError, match=said):
        briefing_pptx.write(document(), data, "x.pptx")
