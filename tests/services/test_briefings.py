"""A briefing of the demo: its figures are those of the pages, and its sentences claim no more."""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd
import prepared
import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from pptx import Presentation

from gridmap import access, cli, errors, model
from gridmap.model import Role
from gridmap.services import (
    audit,
    briefing_making,
    briefing_parts,
    briefing_periods,
    briefing_words,
    briefings,
    community_data,
    coverage_table,
    hotline_orders,
    hotline_rates,
    hotline_rules,
    issue_figures,
    key_file,
    overview,
)
from gridmap.services.briefing_making import Wish
from gridmap.services.briefings import Figures
from gridmap.services.coverage_table import Question
from gridmap.services.overview import Filters
from gridmap.services.sight import EVERYTHING, FEWEST
from gridmap.store import Store, open_store

ZONE = "Asia/Shanghai"
NOW = dt.datetime.now(dt.UTC).replace(minute=0, second=0, microsecond=0)
TODAY = briefing_making.today(NOW)
MONTH = briefing_periods.parse(briefing_periods.last_month(TODAY), TODAY)
PERSONS = ("钱某某", "13700001234", "孙某某")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    opened = open_store(str(prepared.with_demo(tmp_path_factory.mktemp("briefings") / "store.gpkg")), create=False)
    with opened.write() as session:
        ring = key_file.sealing(session).ring
        # The demo's own fund is another one.
        for entry in session.scalars(sa.select(model.FundEntry)):
            session.delete(entry)
        for n, (kind, person) in enumerate(
            [(model.FundKind.GIFT, PERSONS[0])] * 4 + [(model.FundKind.GRANT, PERSONS[2])]
        ):
            session.add(
                model.FundEntry(
                    community_id=1, day=MONTH.first + dt.timedelta(days=n), kind=kind, amount_yuan=12.5,
                    person=ring.seal(person), purpose=f"给{person}的",
                )
            )  # fmt: skip
        project = session.scalars(sa.select(model.Project)).first()
        assert project is not None
        project.name, project.owner = f"{project.name}，电话 {PERSONS[1]}", PERSONS[0]
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def found(store: Store) -> Figures:
    return briefings.of(store, store.community(1), MONTH, now=NOW, zone=ZONE, language="zh")


@dataclass(frozen=True)
class Commanded:
    """What the command line wrote and said."""

    data: bytes
    told: dict[str, Any]
    err: str


@pytest.fixture(scope="module")
def made(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Commanded:
    path = tmp_path_factory.mktemp("made") / "b.pptx"
    out, err = io.StringIO(), io.StringIO()
    words = ["brief", store.label, "--period", MONTH.said, "--out", str(path), "--json", "--language", "zh"]
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        assert cli.run(words, {}) == cli.DONE
    return Commanded(path.read_bytes(), json.loads(out.getvalue()), err.getvalue())


def text_of(data: bytes) -> str:
    """All that a file holds, of the files within it too."""
    told = []
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name in archive.namelist():
            read = archive.read(name)
            told.append(name)
            told.append(text_of(read) if read.startswith(b"PK\x03\x04") else read.decode("utf-8", "replace"))
    return "\n".join(told)


def test_figures_are_those_of_the_pages(store: Store, found: Figures) -> None:
    data = community_data.read(store, 1, day=TODAY)
    days = Filters(issues="all", since=MONTH.first, until=MONTH.last)
    page = issue_figures.of(data, days, EVERYTHING, weeks=4, now=NOW, zone=ZONE, language="zh")
    assert found.issues.now == page.n == len(overview.issues_shown(data, days, NOW))
    assert found.now.source == page.source
    ours, theirs = found.now.rates["compound"].table, page.rates["compound"].table
    told = ours["issues"].notna()
    assert told.any()
    pd.testing.assert_frame_equal(ours[told], theirs.loc[ours.index[told]].astype(ours.dtypes.to_dict()))
    assert found.now.watched.alarms == page.watched.alarms
    judged = hotline_orders.judged(data, hotline_rules.of(store, data.community), NOW)
    assert found.hotline == hotline_rates.rates(hotline_rates.within(judged, MONTH.first, MONTH.last, ZONE))
    for one in found.coverage:
        table = coverage_table.measure(store, data.community, Question(kind=one.kind), today=TODAY)
        assert (one.covered, one.households) == (
            table.by_state["households"]["covered"], sum(table.by_state["households"].values())
        )  # fmt: skip
    assert found.stations is not None
    assert [month for month, n in found.months.items() if month == MONTH.first and n == page.n]


def test_sentences_name_their_numbers(found: Figures) -> None:
    drafts = briefing_making.drafts(found, "zh")
    said = " ".join(one for part in drafts.values() for one in part)
    assert f"受理问题 {found.issues.now} 件" in said
    assert found.now.source is not None
    assert f"合计 {found.now.source.n} 件" in said
    assert "资助 不到 3 笔" in said
    assert "捐款 4 笔 50.00 元" in said
    assert not [one for one in PERSONS if one in said]
    english = " ".join(one for part in briefing_making.drafts(found, "en").values() for one in part)
    assert f"{found.issues.now} issues were reported" in english
    assert not re.search(r"[，。；]", english)


def test_period_before_that_was_not_recorded_is_not_compared(store: Store, found: Figures) -> None:
    begun = found.recorded_from
    assert begun is not None
    first = briefing_periods.parse(f"{begun:%Y-%m}", TODAY)
    told = briefings.of(store, store.community(1), first, now=NOW, zone=ZONE, language="zh", data=found.data)
    assert "没有记录，不作比较" in briefing_words.sentences(told, "issues", "zh")[0]
    partly = replace(found, recorded_from=MONTH.before_first + dt.timedelta(days=3))
    assert "起的记录，不作比较" in briefing_words.sentences(partly, "issues", "zh")[0]
    assert all(briefing_words.rate_change(partly, name) is None for name in briefing_words.RATES)
    far = briefing_periods.parse("2001-05", TODAY)
    empty = briefings.of(store, store.community(1), far, now=NOW, zone=ZONE, language="zh", data=found.data)
    assert briefing_words.sentences(empty, "issues", "zh")[1].endswith("不能据此说没有问题。")
    assert not {"issues", "source", "hotline", "places"} - {"issues"} & set(briefing_parts.there(empty, "zh"))


def test_differences_that_chance_explains_are_no_ranking(found: Figures) -> None:
    count = briefings.count(12, 10, 30, 30)
    assert (count.now, count.before, count.change) == (12, 10, "chance")
    assert briefings.count(60, 20, 30, 30).change == "above"
    assert briefings.count(20, 60, 30, 30).change == "below"
    # Twice as many in twice as many days.
    assert briefings.count(60, 30, 60, 30).change == "chance"
    assert briefings.count(2, 40, 30, 30).now is None
    table = found.now.rates["compound"].table
    said = " ".join(briefing_words.sentences(found, "places", "zh")[:2])
    for name, state in zip(table["name"], table["beside"], strict=True):
        assert (name in said) == (state == "above")


@settings(max_examples=40, deadline=None)
@given(
    now=st.lists(st.sampled_from("abcdefgh"), max_size=40),
    before=st.lists(st.sampled_from("abcdefgh"), max_size=40),
    most=st.integers(1, 8),
)
def test_no_part_is_told_that_is_too_small_nor_can_be_reckoned(now: list[str], before: list[str], most: int) -> None:
    parts = briefings._parts(pd.Series(now, dtype="str"), pd.Series(before, dtype="str"), most=most)
    assert not [one for one in parts if 0 < one.now < FEWEST or 0 < one.before < FEWEST]
    if parts:
        assert (sum(one.now for one in parts), sum(one.before for one in parts)) == (len(now), len(before))
    else:
        assert not now + before or len(now) < 2 * FEWEST * 8 or len(before) < 2 * FEWEST * 8


def test_slides_hold_the_figures_and_nobody(store: Store, found: Figures, made: Commanded) -> None:
    with store.read() as session:
        ring = key_file.opening().ring
        secrets = {ring.open(one.contact_name) for one in session.scalars(sa.select(model.Issue))}
        secrets |= {ring.open(one.contact_phone) for one in session.scalars(sa.select(model.Issue))}
        secrets |= {one.name for one in session.scalars(sa.select(model.Staff))}
        texts = {one.text for one in session.scalars(sa.select(model.Issue)) if len(one.text) > 8}
    told = text_of(made.data)
    assert not [one for one in (secrets | texts | set(PERSONS)) - {""} if one in told]
    assert str(found.issues.now) in told
    assert "正在做“总体情况”（1/" in made.err
    slides = Presentation(io.BytesIO(made.data))
    assert len(slides.slides) == made.told["pages"]
    charts = [shape.chart for slide in slides.slides for shape in slide.shapes if shape.has_chart]
    by_source = charts[0].plots[0]
    assert sum(by_source.series[0].values) == found.issues.now
    entry = audit.search(store, None, action="make_briefing").iloc[0]
    assert "工作汇报" in entry["target"]
    assert not [note for slide in slides.slides if (note := slide.has_notes_slide)]


def test_sentences_are_changed_parts_chosen_and_numbers_of_persons_masked(store: Store, found: Figures) -> None:
    wish = Wish(
        parts=("walks", "issues"),
        sentences={"issues": (f"  本月  一切顺利，请联系 {PERSONS[1]}。\n", " ")},
        internal=False,
        approval="GS(2024)0650号",
    )
    told = briefing_making.document(found, wish, language="zh", now=NOW)
    assert [part.name for part in told.parts] == ["walks", "issues"]
    assert told.parts[1].sentences == ("本月 一切顺利，请联系 137****1234。",)
    assert told.marks == ("模拟数据",)
    assert "底图审图号：GS(2024)0650号" in told.source
    for wrong in (
        Wish(parts=()),
        Wish(parts=("gossip",)),
        Wish(approval="x" * 99),
        Wish(sentences={"issues": ["x" * 999]}),
    ):
        with pytest.raises(errors.InputError):
            briefing_making.document(found, wrong, language="zh", now=NOW)


@pytest.mark.parametrize(
    ("role", "community", "may"),
    [
        *((role, 1, True) for role in (Role.ADMINISTRATOR, Role.SECRETARY, Role.DESK, Role.STREET_LEADER)),
        *((role, 1, False) for role in (Role.GRID_LEADER, Role.GRID_WORKER, Role.VIEWER)),
        (Role.SECRETARY, 2, False),
    ],
)
def test_who_may_make_one(store: Store, role: Role, community: int, may: bool) -> None:
    who = access.Actor(
        account_id=1, name="x", role=role, street_id=1, community_id=community, grid_ids=frozenset({1}), session_id=1
    )
    if may:
        briefing_making.demand(who, store.community(1))
    else:
        with pytest.raises(errors.Forbidden):
            briefing_making.make(store, store.community(1), MONTH, "pptx", Wish(), actor=who)


def test_command_says_what_is_wrong(store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    address, out, here = store.label, tmp_path / "b.pptx", {"LANG": "en_GB.UTF-8"}
    for more, problem in (
        (["--period", "soon", "--out", str(out)], "2026-Q3"),
        (["--period", "2099-01", "--out", str(out)], "has not begun"),
        (["--period", MONTH.said, "--out", str(tmp_path / "b.doc")], ".pptx"),
        (["--period", MONTH.said, "--out", str(out), "--template", str(tmp_path / "none.potx")], "cannot be read"),
        (["--period", MONTH.said, "--out", str(tmp_path / "no" / "b.pptx")], "b.pptx"),
        (["--period", MONTH.said, "--out", str(out), "--template", __file__], "no PowerPoint file"),
    ):
        assert cli.run(["brief", address, *more], here) == cli.USERS_MISTAKE
        told = capsys.readouterr().err
        assert problem in told
        assert "Making" not in told, "it is said before anybody waits for the parts"
