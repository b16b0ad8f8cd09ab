"""A briefing as a secretary makes it: a month is chosen, a sentence reworded, the slides taken along."""

from __future__ import annotations

from pathlib import Path

from overview_page import PATIENCE_MS
from playwright.sync_api import expect
from pptx import Presentation
from visiting import Visit

from gridmap.model import Role

WORDS = "本月重点是电梯，下月回访。"


def test_sentence_is_reworded_and_stands_in_the_slides(visit: Visit, tmp_path: Path) -> None:
    here = visit(None, role=Role.SECRETARY)
    page = here.page
    page.goto(f"{here.url}/briefing?lang=zh")
    field = page.locator(".st-key-briefing-part-issues textarea")
    field.wait_for(timeout=PATIENCE_MS)
    assert "受理问题" in field.input_value()
    # Maps take their time; what is tested is told without them.
    for name in ("places", "grids", "coverage"):
        page.locator(f".st-key-briefing-take-{name} label").first.click()
        expect(page.locator(f".st-key-briefing-part-{name} textarea")).to_have_count(0, timeout=PATIENCE_MS)
    field.fill(WORDS)
    page.get_by_role("button", name="制作").click()
    expect(page.get_by_text("已做好")).to_be_visible(timeout=PATIENCE_MS)
    with page.expect_download(timeout=PATIENCE_MS) as taken:
        page.get_by_role("button", name="下载").click()
    path = tmp_path / "b.pptx"
    taken.value.save_as(path)
    assert taken.value.suggested_filename.endswith("工作汇报.pptx")
    slides = Presentation(str(path)).slides
    told = [shape.text_frame.text for slide in slides for shape in slide.shapes if shape.has_text_frame]
    assert WORDS in told
    # What was reworded is there again at the next visit, until it is written anew.
    page.goto(f"{here.url}/briefing?lang=zh")
    expect(field).to_have_value(WORDS, timeout=PATIENCE_MS)
    expect(page.locator(".st-key-briefing-part-places textarea")).to_have_count(0)
    page.get_by_role("button", name="重新写句子").click()
    expect(field).not_to_have_value(WORDS, timeout=PATIENCE_MS)
    titles = [slide.shapes.title.text_frame.text for slide in slides if slide.shapes.title is not None]
    assert "问题受理" in titles
    assert "重点小区" not in titles
