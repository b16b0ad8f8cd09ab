"""Which building an address means, and how sure that is."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from written_addresses import Town, numeral

from gridmap import i18n
from gridmap.exchange import address_match, addresses, fields
from gridmap.exchange.address_match import SURE, Matcher

COMPOUNDS: dict[str | None, list[str]] = {
    "锦绣花园": [f"{n}号楼" for n in range(1, 13)],
    "锦绣花园二期": [f"{n}号楼" for n in range(1, 10)],
    "锦绣花园北区": ["1栋", "2栋", "3栋"],
    "边东路小区": [f"{n}#" for n in range(1, 11)],
    "机床厂家属院": [f"{n}" for n in range(1, 12)],
    "文艺南巷二号院": ["一号楼", "2#", "3甲", "3乙", "3-1", "三号楼", "A3", "办公楼", "东1楼"],
    "省建小区": ["", "序号3", "5"],
    None: ["77", "3"],
}


def frame(compounds: dict[str | None, list[str]], first: int = 100) -> pd.DataFrame:
    rows = [(number, compound) for compound, numbers in compounds.items() for number in numbers]
    return pd.DataFrame(rows, columns=["number", "compound"], index=range(first, first + len(rows)))


BUILDINGS = frame(COMPOUNDS)
MATCHER = Matcher(
    BUILDINGS, {"边东路小区": ["东方苑", "边家老院"], "空院": []}, community="边家村社区", street="文艺路街道"
)


def meant(text: str, matcher: Matcher = MATCHER, buildings: pd.DataFrame = BUILDINGS) -> tuple[Any, ...]:
    """Return compound and number of the building, whether that is sure, and why."""
    row = matcher.match(pd.Series([text])).iloc[0]
    if pd.isna(row["building"]):
        return None, None, bool(row["confidence"] > SURE), row["why"]
    building = buildings.loc[row["building"]]
    compound = None if pd.isna(building["compound"]) else building["compound"]
    return compound, building["number"], bool(row["confidence"] > SURE), row["why"]


@pytest.mark.parametrize(
    ("text", "compound", "number", "sure", "why"),
    [
        ("锦绣花园5号楼", "锦绣花园", "5号楼", True, "exact"),
        ("锦绣花园五号楼2单元门口", "锦绣花园", "5号楼", True, "exact"),
        ("锦绣花园 05# ", "锦绣花园", "5号楼", True, "exact"),
        ("锦绣花园第5栋", "锦绣花园", "5号楼", True, "exact"),
        ("边东路小区42单元", "边东路小区", "4#", True, "glued"),
        ("边东路小区102单元", "边东路小区", "10#", True, "glued"),
        ("锦绣花园北区42单元", None, None, False, "no_such_building"),
        ("边东路小区12单元", None, None, False, "compound_only"),
        ("锦绣花园小区5幢", "锦绣花园", "5号楼", True, "exact"),
        ("锦绣花园5-2-501", "锦绣花园", "5号楼", True, "exact"),
        ("锦绣花园二期5号楼", "锦绣花园二期", "5号楼", True, "exact"),
        ("锦绣花园（2期）5#", "锦绣花园二期", "5号楼", True, "exact"),
        ("锦绣二期5栋", "锦绣花园二期", "5号楼", True, "short"),
        ("锦绣花园北区2栋", "锦绣花园北区", "2栋", True, "exact"),
        ("锦绣北区2栋", "锦绣花园北区", "2栋", True, "short"),
        ("锦绣11栋", "锦绣花园", "11号楼", True, "short"),
        # Two that are called so have an eighth building.
        ("锦绣8栋", "锦绣花园", "8号楼", False, "either"),
        ("边东路5栋2-103", "边东路小区", "5#", True, "short"),
        ("东方苑5号楼", "边东路小区", "5#", True, "exact"),
        ("边东路5号", "边东路小区", "5#", False, "door"),
        ("边东路锦绣花园5号楼", "锦绣花园", "5号楼", True, "exact"),
        ("边东路88号锦绣花园5号楼", "锦绣花园", "5号楼", True, "exact"),
        ("机床厂3号楼", "机床厂家属院", "3", True, "short"),
        ("机床厂家3栋", "机床厂家属院", "3", True, "short"),
        ("机床厂家属楼3号楼", "机床厂家属院", "3", True, "exact"),
        ("机床厂宿舍3栋", "机床厂家属院", "3", True, "exact"),
        ("文艺南巷2号院3号楼", "文艺南巷二号院", "三号楼", True, "exact"),
        ("文艺南巷二2栋1-101", "文艺南巷二号院", "2#", True, "short"),
        ("文艺南巷2号2号楼", "文艺南巷二号院", "2#", True, "short"),
        ("2号院2号楼", "文艺南巷二号院", "2#", False, "short"),
        ("文艺南巷2号院3甲号楼", "文艺南巷二号院", "3甲", True, "exact"),
        ("文艺南巷2号院三乙栋", "文艺南巷二号院", "3乙", True, "exact"),
        ("文艺南巷2号院3-1号楼", "文艺南巷二号院", "3-1", True, "exact"),
        # The third building's first unit, or building 3-1?
        ("文艺南巷2号院3-1-501", None, None, False, "either"),
        ("文艺南巷2号院A-3栋", "文艺南巷二号院", "A3", True, "exact"),
        ("文艺南巷2号院a3座", "文艺南巷二号院", "A3", True, "exact"),
        ("文艺南巷二号院办公楼门口", "文艺南巷二号院", "办公楼", True, "exact"),
        ("文艺南巷2号院东1楼", "文艺南巷二号院", "东1楼", True, "exact"),
        ("文艺南巷3号院2号楼", None, None, False, "no_compound"),
        ("文艺南巷12号院2号楼", None, None, False, "no_compound"),
        ("边家村社区锦绣花园5号楼", "锦绣花园", "5号楼", True, "exact"),
        ("西安市碑林区文艺路街道边家村社区友谊西路12号锦绣花园5号楼2单元3层301室", "锦绣花园", "5号楼", True, "exact"),
        ("来电人家住锦绣花园5号楼", "锦绣花园", "5号楼", True, "exact"),
        ("长安社区锦绣花园5号楼", None, None, False, "elsewhere"),
        ("小寨路街道锦绣花园5号楼", None, None, False, "elsewhere"),
        ("碧桂园锦绣花园5号楼", "锦绣花园", "5号楼", False, "unexplained"),
        ("新锦绣花园5号楼", "锦绣花园", "5号楼", False, "unexplained"),
        ("锦绣花园南区5号楼", None, None, False, "unexplained"),
        ("锦绣前程小区5号楼", None, None, False, "unexplained"),
        ("绵绣花园12号楼", "锦绣花园", "12号楼", False, "typo"),
        ("边东路小驱5号楼", "边东路小区", "5#", False, "typo"),
        ("边东小区5号楼", "边东路小区", "5#", False, "typo"),
        ("锦绣花园北门口5号楼", "锦绣花园", "5号楼", True, "exact"),
        ("边东路小区3号楼12月5号停水", "边东路小区", "3#", True, "exact"),
        ("边东路小区12号车位", None, None, False, "compound_only"),
        ("锦绣花园5号楼对面", "锦绣花园", "5号楼", False, "near"),
        ("锦绣花园5、6号楼", None, None, False, "several"),
        ("锦绣花园5号楼与6号楼之间", None, None, False, "several"),
        ("锦绣花园1-3号楼", None, None, False, "several"),
        ("机床厂家属院锦绣花园5号楼", None, None, False, "several"),
        ("锦绣花园5楼", "锦绣花园", "5号楼", False, "storey"),
        ("锦绣花园5楼2单元", "锦绣花园", "5号楼", True, "exact"),
        ("锦绣花园5", "锦绣花园", "5号楼", False, "bare"),
        ("锦绣花园13号楼", None, None, False, "no_such_building"),
        ("空院3号楼", None, None, False, "no_such_building"),
        ("锦绣花园内", None, None, False, "compound_only"),
        ("空院内", None, None, False, "compound_only"),
        ("77号楼", None, "77", False, "only_number"),
        ("小区内77号楼", None, "77", False, "only_number"),
        ("3号楼", None, None, False, "either"),
        ("碧水湾小区5号楼", None, None, False, "no_compound"),
        ("省建小区5号楼", "省建小区", "5", True, "exact"),
        ("省建小区3号楼", None, None, False, "no_such_building"),
        ("", None, None, False, "nothing"),
    ],
)
def test_writings(text: str, compound: str | None, number: str | None, sure: bool, why: str) -> None:
    assert meant(text) == (compound, number, sure, why)
    assert i18n.text(f"address.why.{why}", "zh").endswith("。")
    assert i18n.text(f"address.why.{why}", "en").endswith(".")


def test_what_else_may_be_meant_is_named_with_what_it_is_worth() -> None:
    row = MATCHER.match(pd.Series(["锦绣8栋"], index=["x"])).loc["x"]
    assert [(BUILDINGS.at[building, "compound"], worth) for building, worth in row["runners_up"]] == [
        ("锦绣花园二期", 0.6)
    ]
    row = MATCHER.match(pd.Series(["文艺南巷2号院3-1-501"])).iloc[0]
    assert [BUILDINGS.at[building, "number"] for building, _ in row["runners_up"]] == ["3-1", "三号楼"]
    assert row["compound"] == "文艺南巷二号院"
    assert row["compound_confidence"] > SURE


def test_a_number_close_to_the_one_written_is_only_a_runner_up() -> None:
    buildings = frame({"甲院": ["3甲", "3乙", "4"]})
    row = Matcher(buildings).match(pd.Series(["甲院3号楼"])).iloc[0]
    assert pd.isna(row["building"])
    assert [buildings.at[building, "number"] for building, _ in row["runners_up"]] == ["3甲", "3乙"]


def test_a_compound_is_found_where_no_building_is_named() -> None:
    found = MATCHER.match(pd.Series(["锦绣花园北区内", "空院内", "锦绣花园三期内", "机床厂家内", None]))
    assert found["compound"].where(found["compound"].notna(), None).tolist()[:2] == ["锦绣花园北区", "空院"]
    assert found["compound"][3] == "机床厂家属院"
    assert (found["compound_confidence"] > SURE).tolist() == [True, True, False, True, False]
    assert found["building"].isna().all()
    assert (found["confidence"] == 0).all()


def test_two_compounds_of_one_number_and_two_buildings_of_one_number() -> None:
    buildings = frame({"东苑小区": ["1", "2"], "西苑小区": ["1", "1号楼", "2"]})
    matcher = Matcher(buildings)
    assert meant("东苑1号楼", matcher, buildings) == ("东苑小区", "1", True, "short")
    assert meant("西苑小区2号楼", matcher, buildings) == ("西苑小区", "2", True, "exact")
    assert meant("西苑小区1号楼", matcher, buildings) == (None, None, False, "either")
    assert meant("2号楼", matcher, buildings) == (None, None, False, "either")


def test_a_community_without_compounds_is_matched_by_number() -> None:
    buildings = frame({None: ["1", "2", "2", "甲3", "", "序号9"]})
    matcher = Matcher(buildings, community="边家村社区")
    assert meant("一号楼3单元", matcher, buildings) == (None, "1", True, "exact")
    assert meant("边家村社区甲三号楼", matcher, buildings) == (None, "甲3", True, "exact")
    assert meant("2号楼", matcher, buildings) == (None, None, False, "either")
    assert meant("锦绣花园1号楼", matcher, buildings) == (None, None, False, "no_compound")
    assert meant("9号楼", matcher, buildings) == (None, None, False, "no_compound")


def test_no_buildings_at_all_mean_nothing() -> None:
    empty = pd.DataFrame({"number": [], "compound": []})
    found = Matcher(empty).match(pd.Series(["锦绣花园5号楼", "5号楼"]))
    assert found["building"].isna().all()
    assert Matcher(empty).match(pd.Series([], dtype=object)).empty


def test_doors_on_roads_lead_to_their_buildings() -> None:
    buildings = pd.DataFrame(
        {
            "number": ["1", "2", "7"],
            "compound": ["文苑", "文苑", None],
            "road_address": ["文艺南巷12号", "文艺南巷12号", "文艺南巷甲9号"],
        },
        index=[4, 5, 6],
    )
    matcher = Matcher(buildings)
    assert meant("西安市文艺南巷12号2号楼", matcher, buildings) == ("文苑", "2", True, "exact")
    assert meant("文艺南巷甲9号", matcher, buildings) == (None, "7", True, "exact")
    assert meant("文艺南巷9号", matcher, buildings)[2] is False
    assert meant("文艺南巷112号2号楼", matcher, buildings)[2] is False


def test_names_may_hold_the_citys_and_numerals() -> None:
    buildings = frame({"西安市碑林区第二十三中学家属院": ["1", "2"], "八一小区": ["1"]})
    matcher = Matcher(buildings)
    assert meant("第二十三中学家属院2栋", matcher, buildings) == ("西安市碑林区第二十三中学家属院", "2", True, "exact")
    assert meant("八一小区1栋", matcher, buildings) == ("八一小区", "1", True, "exact")


def registered(folder: Path) -> pd.DataFrame:
    """The buildings of a real register: its compound stands in merged cells."""
    sheet = openpyxl.load_workbook(folder / "楼栋台账.xlsx").worksheets[0]
    rows = [row for row in sheet.iter_rows(min_row=4, values_only=True) if isinstance(row[0], int)]
    made = pd.DataFrame({"number": [row[2] for row in rows], "compound": [row[1] for row in rows]}, dtype=object)
    return made.assign(compound=made["compound"].ffill())


def test_orders_of_the_hotline_find_their_buildings(shared_data: Path) -> None:
    buildings = registered(shared_data / "registers")
    truth = json.loads((shared_data / "registers" / "truth.json").read_text(encoding="utf-8"))["order_truth"]
    with (shared_data / "registers" / "12345工单.csv").open(encoding="gb18030", newline="") as file:
        written = {row["工单编号"]: row["诉求地址"] for row in csv.DictReader(file) if row["工单编号"]}
    found = Matcher(buildings).match(pd.Series(written))
    keys = buildings["number"].map(lambda number: fields.number_key(fields.fold(number)))
    assert len(truth) == 90
    wrong = []
    for order in truth:
        row = found.loc[order["id"]]
        assert row["compound"] == order["compound"]
        if order["building"] is None:
            assert pd.isna(row["building"])
            assert row["confidence"] <= SURE
            continue
        right = buildings.index[(buildings["compound"] == order["compound"]) & (keys == str(order["building"]))][0]
        if row["building"] != right or row["confidence"] <= SURE:
            wrong.append((written[order["id"]], order))
    assert wrong == []


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_nothing_wrong_stands_above_the_threshold(seed: int) -> None:
    town = Town(seed)
    writings = list(town.written(1800))
    matcher = Matcher(town.buildings, community="边家村社区", street="文艺路街道")
    found = matcher.match(pd.Series([written.text for written in writings]))
    rows = found.assign(
        how=[written.how for written in writings],
        text=[written.text for written in writings],
        truth=pd.array([written.building for written in writings], dtype="Int64"),
    )
    sure = rows[rows["confidence"] > SURE]
    mistaken = sure[~(sure["building"] == sure["truth"]).fillna(False)]
    assert mistaken[["text", "building", "truth", "confidence", "why"]].to_dict("records") == []
    right = (rows["building"] == rows["truth"]).fillna(False)
    shares = right.groupby(rows["how"]).mean()
    above = (right & (rows["confidence"] > SURE)).groupby(rows["how"]).mean()
    assert above["plain"] == 1
    assert above["longer"] == 1
    assert shares["shorter"] >= 0.9
    assert shares["beside"] == 1
    assert above["beside"] == 0
    assert shares["slip"] >= 0.5


@given(
    st.sampled_from([name for name in COMPOUNDS if name is not None]),
    st.integers(1, 30),
    st.sampled_from(["号楼", "栋", "幢", "#", "座", "号", "楼", "-2-301", "-301", "、9号楼", "-1号楼", "甲号楼", ""]),
    st.booleans(),
)
@settings(max_examples=120, deadline=None)
def test_no_building_of_another_number_is_ever_named(compound: str, n: int, word: str, chinese: bool) -> None:
    text = f"{compound}{numeral(n) if chinese else n}{word}"
    row = MATCHER.match(pd.Series([text])).iloc[0]
    if not pd.isna(row["building"]):
        said = addresses.within(addresses.normal(text), len(addresses.normal(compound)))
        allowed = {said.number, f"{said.number}-{said.unit}"}
        assert fields.number_key(BUILDINGS.at[row["building"], "number"]) in allowed
    assert all(0 < worth <= max(row["confidence"], 1) for _, worth in row["runners_up"])


@given(st.lists(st.one_of(st.text(max_size=40), st.none(), st.integers(), st.floats()), max_size=4))
@settings(max_examples=60, deadline=None)
def test_any_cells_are_taken(cells: list[Any]) -> None:
    texts = pd.Series(cells, index=range(7, 7 + len(cells)), dtype=object)
    found = MATCHER.match(texts)
    assert found.index.equals(texts.index)
    assert found["confidence"].between(0, 1).all()
    assert (found["building"].isna() == (found["confidence"] == 0)).all()
    assert (found["confidence"].where(found["building"].notna(), 1) >= address_match.LIKELY).all()
