"""A briefing as PDF, as a page of its own and as a picture: whole, searchable, and safe to open."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from test_briefing_pptx import EVERYTHING, NAME, SENTENCE, chart, document

from gridmap.reports import briefing_html, briefing_layout, briefing_sheet, text_fit
from gridmap.reports.briefing_document import Part, Table
from gridmap.reports.briefing_layout import CELL_X, Box, Paper

SHORT = tuple(replace(part, sentences=part.sentences[:3]) for part in EVERYTHING[:2])


def test_pdf_has_its_words_as_words(tmp_path: Path) -> None:
    data, pages = briefing_sheet.pdf(document(*SHORT))
    assert data.startswith(b"%PDF")
    assert len(re.findall(rb"/Type /Page\b", data)) == pages
    assert b"/FontFile2" in data
    assert b"Type3" not in data
    if shutil.which("pdftotext") is None:
        pytest.skip("no pdftotext here")
    path = tmp_path / "b.pdf"
    path.write_bytes(data)
    told = subprocess.run(["pdftotext", str(path), "-"], capture_output=True, check=True).stdout.decode()
    whole = re.sub(r"\s", "", told)
    assert whole.count(re.sub(r"\s", "", SENTENCE)) == 6
    assert whole.count("内部资料") == pages
    assert re.sub(r"\s", "", NAME) in whole


def test_word_in_a_narrow_table_is_not_broken_within() -> None:
    rates = Table(
        title="The three rates", columns=("Rate", "This period", "Period before", "Beside the period before"),
        rows=(("Contacted in time", "31 / 37", "—", "—"), ("Solved", "21 / 26", "—", "—")),
        numbers=(False, True, True, False),
    )  # fmt: skip
    room = Paper(width=310, height=400, title=Box(x=10, y=10, w=290, h=40), body=Box(x=10, y=60, w=290, h=300))
    (page,) = briefing_layout.pages(document(Part(name="a", title="Rates", visuals=(rates,))), room)
    (grid,) = page.grids
    assert grid.widths[0] >= text_fit.width_pt("Contacted", grid.size) + 2 * CELL_X


def test_page_asks_nothing_of_anybody_and_takes_words_for_words() -> None:
    odd = "<script>alert(1)</script>&\"'"
    part = Part(name="a", title=odd, sentences=(odd,), visuals=(replace(chart("bars"), title=odd),))
    told = briefing_html.write(document(part, *SHORT)).decode()
    assert "<script" not in told
    assert told.count("&lt;script&gt;") >= 3
    assert not re.findall(r"(?:src|href)=\"(?!data:)", told)
    assert "http" not in re.sub(r"data:[^\"]*", "", told).replace("http-equiv", "")
    assert "default-src 'none'" in told
    assert told.count(SENTENCE) == 6
    assert "数据来源" in told


def test_picture_is_one_sheet_of_a3() -> None:
    with Image.open(io.BytesIO(briefing_sheet.png(document(*SHORT)))) as image:
        assert abs(image.width / image.height - 420 / 297) < 0.01
        assert image.width > 3000
        assert len(image.convert("L").resize((64, 45)).getcolors() or []) > 20
        assert "内部资料" not in str(image.info)
