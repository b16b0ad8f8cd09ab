"""The briefing of a street: communities side by side, none ranked by chance, none told by subtraction."""

from __future__ import annotations

import datetime as dt
import io
import json
from dataclasses import replace
from pathlib import Path

import prepared
import pytest
from pptx import Presentation

from gridmap import cli
from gridmap.services import briefing_making, briefing_periods, briefing_street, briefings, communities
from gridmap.services.briefing_making import Wish
from gridmap.services.briefing_street import Street
from gridmap.services.briefings import Count, Figures
from gridmap.store import open_store

NOW = dt.datetime.now(dt.UTC).replace(minute=0, second=0, microsecond=0)
TODAY = briefing_making.today(NOW)
LONG = "某" * 36 + "社区"
HERE = {"LANG": "zh_CN.UTF-8"}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = prepared.with_demo(tmp_path_factory.mktemp("street") / "store.gpkg")
    opened = open_store(str(path), create=False)
    communities.create(opened, LONG)
    opened.close()
    return path


@pytest.fixture(scope="module")
def demo(store: Path) -> Figures:
    opened = open_store(str(store), create=False)
    period = briefing_periods.parse(briefing_periods.last_month(TODAY), TODAY)
    found = briefings.of(opened, opened.community(1), period, now=NOW, zone="Asia/Shanghai", language="zh")
    opened.close()
    return found


def with_issues(found: Figures, n: int) -> Figures:
    told = None if 0 < n < 3 else n
    return replace(found, now=replace(found.now, n=n), issues=Count(now=told, before=10))


def test_only_what_chance_does_not_explain_is_named(demo: Figures) -> None:
    alike = Street(name="某街道", found=tuple(with_issues(demo, n) for n in (30, 32, 29, 31)))
    assert set(alike.rates()["beside"]) == {"chance"}
    first = briefing_street.document(alike, Wish(), language="zh").parts[0]
    assert "受理问题 122 件" in first.sentences[0]
    assert "有 4 个社区之间的差别，偶然就可以解释" in " ".join(first.sentences)
    one_high = Street(name="某街道", found=tuple(with_issues(demo, n) for n in (30, 32, 29, 120)))
    assert list(one_high.rates()["beside"])[-1] == "above"
    assert "明显高于其他社区" in " ".join(briefing_street.document(one_high, Wish(), language="zh").parts[0].sentences)


def test_number_too_small_cannot_be_reckoned_from_the_whole(demo: Figures) -> None:
    street = Street(name="某街道", found=tuple(with_issues(demo, n) for n in (30, 2, 40)))
    part = briefing_street.document(street, Wish(), language="zh").parts[0]
    assert not [one for one in part.sentences if "72" in one]
    (table,) = [one for one in part.visuals if hasattr(one, "rows")]
    assert table.rows[1][2] == "不到 3"
    assert table.rows[1][4] == "—"


def test_command_sets_all_communities_side_by_side(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "street.pptx"
    month = briefing_periods.last_month(TODAY)
    capsys.readouterr()
    asked = ["brief", str(store), "--period", month, "--out", str(out), "--street", "--json"]
    assert cli.run(asked, HERE) == cli.DONE
    told = json.loads(capsys.readouterr().out)
    slides = Presentation(io.BytesIO(out.read_bytes())).slides
    assert told["pages"] == len(slides)
    names = [
        shape.table.cell(row, 0).text
        for slide in slides for shape in slide.shapes if shape.has_table for row in range(1, len(shape.table.rows))
    ]  # fmt: skip
    assert names.count(LONG) == 3
    said = [shape.text_frame.text for slide in slides for shape in slide.shapes if shape.has_text_frame]
    assert f"没有问题记录或户数的社区：{LONG}。" in "\n".join(said)
    assert cli.run([*asked, "--community", LONG], HERE) == cli.USERS_MISTAKE
    assert "只能选一个" in capsys.readouterr().err
