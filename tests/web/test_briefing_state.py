"""What the page of the briefing holds: the order of parts, what was reworded, and when a file is no longer true."""

from __future__ import annotations

import datetime as dt

from gridmap.services import briefing_periods
from gridmap.services.briefing_making import Made
from gridmap.web import briefing_period_view
from gridmap.web.briefing_state import BriefingState

DRAFTS = {"summary": ("一。", "二。"), "issues": ("三。",), "fund": ("四。",)}


def begun() -> BriefingState:
    mine = BriefingState(period="2026-10")
    mine.anew((1, "2026-10"), DRAFTS)
    return mine


def test_words_and_order_stay_until_the_figures_are_others() -> None:
    mine = begun()
    mine.sentences["issues"] = "改过的。\n又一句。"
    mine.move("fund", -1)
    mine.left_out.add("summary")
    wish = mine.wish()
    assert wish.parts == ("fund", "issues")
    assert wish.sentences["issues"] == ("改过的。", "又一句。")
    mine.anew((1, "2026-11"), DRAFTS | {"walks": ("五。",)})
    assert mine.order == ["summary", "fund", "issues", "walks"]
    assert mine.sentences["issues"] == "三。"
    assert mine.wish().parts == ("fund", "issues", "walks")


def test_what_was_reworded_comes_back_where_its_figures_are_the_same() -> None:
    mine = begun()
    assert mine.content() == {}
    mine.sentences |= {"issues": "改过的。", "fund": "基金照旧。"}
    mine.move("fund", -1)
    mine.left_out.add("summary")
    kept = mine.content()
    later = BriefingState(period="2026-10")
    later.anew((2, "2026-10"), DRAFTS | {"fund": ("又一笔。",), "walks": ("五。",)})
    later.recall(kept)
    assert later.order == ["summary", "fund", "issues", "walks"]
    assert later.sentences["issues"] == "改过的。"
    assert later.sentences["fund"] == "又一笔。"
    assert later.older == {"fund": "基金照旧。"}
    assert later.left_out == {"summary"}


def test_part_at_the_end_goes_no_further_and_a_change_forgets_the_file() -> None:
    mine = begun()
    mine.made = ("pptx", Made(data=b"x", pages=1))
    mine.move("summary", -1)
    assert mine.order == list(DRAFTS)
    assert mine.made is None
    mine.move("summary", 1)
    mine.move("summary", 1)
    mine.move("summary", 1)
    assert mine.order == ["issues", "fund", "summary"]


def test_periods_offered_are_read_again_and_begin_with_the_one_under_way() -> None:
    today = dt.date(2026, 1, 31)
    for kind, first in (("month", "2026-01"), ("quarter", "2026-Q1"), ("year", "2026")):
        offered = briefing_period_view._offered(kind, today)
        assert offered[0] == first
        assert len(set(offered)) == len(offered)
        assert {briefing_periods.parse(one, today).kind for one in offered} == {kind}
    assert briefing_period_view._offered("month", today)[1] == "2025-12"
