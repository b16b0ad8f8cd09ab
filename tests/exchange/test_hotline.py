"""What a hotline's export says, in our terms."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridmap import catalogues, i18n
from gridmap.exchange import hotline
from gridmap.model import IssueState


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("待接单", IssueState.ASSIGNED),
        ("已退回", IssueState.RETURNED),
        ("办理中", IssueState.IN_PROGRESS),
        ("已办结", IssueState.CLOSED),
        (" 已办结 ", IssueState.CLOSED),
        ("办理中（超期）", IssueState.IN_PROGRESS),
        ("【挂账】", IssueState.SUSPENDED),
        ("延期", IssueState.POSTPONED),
        ("延期状态", IssueState.POSTPONED),
        ("已挂账", IssueState.SUSPENDED),
        ("待派单", IssueState.ACCEPTED),
        ("待回访", IssueState.CHECKED),
        ("已回单", IssueState.DONE),
        ("撤回", IssueState.CLOSED),
        ("In Progress", IssueState.IN_PROGRESS),
        ("closed", IssueState.CLOSED),
        ("", None),
        (None, None),
        (float("nan"), None),
    ],
)
def test_states_are_read(written: object, read: IssueState | None) -> None:
    assert hotline.read_state(written) == read


def test_a_state_that_nobody_knows_is_no_state() -> None:
    with pytest.raises(ValueError, match="天马行空"):
        hotline.read_state("天马行空")
    said = hotline.unknown("state", 7, "工单状态", "天马行空")
    assert not said.fatal
    assert "第 7 行“工单状态”" in said.sentence("zh")
    assert "天马行空" in said.sentence("zh")
    assert "已办结" in said.mend("zh")


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_our_own_words_for_states_and_categories_are_read_back(language: str) -> None:
    for state in IssueState:
        if language == "zh":
            assert hotline.read_state(i18n.text(f"issue_state.{state.value}", language)) == state
        assert hotline.read_state(state.value) == state
    for code in catalogues.entries("issue_categories"):
        assert hotline.category(catalogues.label("issue_categories", code, language)) == code
        assert hotline.category(code) == code


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("普通", "normal"),
        ("一般", "normal"),
        ("紧急", "urgent"),
        ("紧急件", "urgent"),
        ("特急", "critical"),
        ("", None),
    ],
)
def test_urgency_is_read(written: str, read: str | None) -> None:
    assert hotline.read_urgency(written) == read


def test_an_urgency_that_nobody_knows_is_said() -> None:
    with pytest.raises(ValueError, match="随缘"):
        hotline.read_urgency("随缘")
    assert "“随缘”" in hotline.unknown("urgency", 2, "紧急程度", "随缘").sentence("zh")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (("路灯井盖",), "facilities"),
        (("楼道堆物",), "fire_safety"),
        (("供水供暖",), "water_supply"),
        (("占道停车",), "parking"),
        (("垃圾清运",), "rubbish"),
        (("物业管理",), "property_service"),
        (("噪音扰民",), "noise"),
        (("暖气不热",), "heating"),
        (("城乡建设/城市建设和市政管理/冬季采暖",), "heating"),
        (("城乡建设>市政>路灯不亮问题",), "lighting"),
        (("小区路灯不亮",), "lighting"),
        (("违章建筑", "城乡规划", "城乡建设"), "illegal_building"),
        (("其他", "物业服务", "城乡建设"), "property_service"),
        (("事故处理", "安全生产"), None),
        (("其他",), "other"),
        (("其他", "计划生育"), "other"),
        (("公证",), None),
        (("", None), None),
        (("ＮＯＩＳＥ",), "noise"),
    ],
)
def test_categories_are_read_from_the_finest_that_is_known(written: tuple[object, ...], read: str | None) -> None:
    assert hotline.category(*written) == read


def test_a_category_of_nobodys_is_named() -> None:
    said = hotline.unknown("category", 12, "三级分类", "婚姻登记")
    assert not said.fatal
    assert "婚姻登记" in said.sentence("zh")
    assert "婚姻登记" in said.sentence("en")


def test_no_word_belongs_to_two_categories() -> None:
    told: dict[str, str] = {}
    for code, entry in catalogues.entries("issue_categories").items():
        for name in entry["names"]:
            assert told.setdefault(name, code) == code


def test_callers_numbers_are_masked_and_blanks_go() -> None:
    assert hotline.clean_text("垃圾多日未清，联系电话13800001050") == "垃圾多日未清，联系电话138****1050"
    assert hotline.clean_text("\r\n\t\t您好：\n\n\t　　楼道灯不亮。\r\n\t") == "您好：\n楼道灯不亮。"
    assert hotline.clean_text("楼道灯不亮", "楼道灯不亮，请处理。") == "楼道灯不亮，请处理。"
    assert hotline.clean_text("油烟", "一楼夜宵摊直排。", None, float("nan")) == "油烟\n一楼夜宵摊直排。"
    assert hotline.clean_text(None) == ""


@given(st.lists(st.one_of(st.none(), st.text(max_size=60)), max_size=3))
@settings(max_examples=60, deadline=None)
def test_whatever_stands_in_a_cell_is_read(parts: list[str | None]) -> None:
    assert hotline.clean_text(*parts) == hotline.clean_text(hotline.clean_text(*parts))
    assert hotline.category(*parts) in {None, *catalogues.entries("issue_categories")}


def test_what_comes_before_the_receipt_is_a_fault() -> None:
    received = dt.datetime(2024, 4, 4, 18, 17)
    times = {"due_at": dt.date(2024, 4, 3), "closed_at": dt.datetime(2024, 4, 4, 18, 16), "taken_at": None}
    faults = hotline.time_faults(9, received, times, {"due_at": "办结时限"})
    assert [(fault.problem, fault.column, fault.row) for fault in faults] == [
        ("due_before_received", "办结时限", 9),
        ("moment_before_received", "closed_at", 9),
    ]
    assert all(fault.fatal for fault in faults)
    assert "2024-04-03" in faults[0].sentence("zh")
    assert "2024-04-04 18:17" in faults[0].sentence("en")
    # A deadline without an hour lasts to the end of its day.
    assert hotline.time_faults(9, received, {"due_at": received.date()}, {}) == []
    assert hotline.time_faults(9, None, {"due_at": dt.date(1999, 1, 1)}, {}) == []


def test_a_real_export_is_read_without_a_rest(shared_data: Path) -> None:
    with (shared_data / "registers" / "12345工单.csv").open(encoding="gb18030", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["工单编号"]]
    assert {hotline.read_state(row["工单状态"]) for row in rows} >= {IssueState.CLOSED, IssueState.RETURNED}
    assert all(hotline.category(row["三级分类"]) for row in rows)
    assert {hotline.read_urgency(row["紧急程度"]) for row in rows} == {None, "normal", "urgent"}
    assert not any("1380000" in hotline.clean_text(row["问题描述"]) for row in rows)


def test_a_tree_of_categories_finds_what_a_community_deals_with(shared_data: Path) -> None:
    sheet = openpyxl.load_workbook(shared_data / "complaints" / "泰迪杯2020C_示例_附件1.xlsx").active
    assert sheet is not None
    read = {tuple(row): hotline.category(*reversed(row)) for row in sheet.iter_rows(min_row=2, values_only=True)}
    assert read["城乡建设", "城市建设和市政管理", "园林绿化"] == "greening"
    assert read["城乡建设", "城市建设和市政管理", "电力供应"] == "power"
    assert read["环境保护", "环境污染", "噪音污染"] == "noise"
    assert read["政法", "社会治安", "消防安全"] == "fire_safety"
    # Most of what a government is told is none of a community's categories, and must not be forced into one.
    assert sum(code in (None, "other") for code in read.values()) > len(read) * 0.7


def test_messages_of_citizens_become_texts(shared_data: Path) -> None:
    sheet = openpyxl.load_workbook(shared_data / "complaints" / "泰迪杯2020C_示例_附件3.xlsx").active
    assert sheet is not None
    rows = list(sheet.iter_rows(min_row=2, values_only=True))
    texts = [hotline.clean_text(row[2], row[4]) for row in rows]
    assert len(texts) == 30
    assert all(text.strip() == text and "\t" not in text and "\n\n" not in text for text in texts)
    nuisance = {"noise", "construction_noise", "square_dance", "sanitation", "fumes"}
    assert sum(hotline.category(row[2]) in nuisance for row in rows) >= 8
