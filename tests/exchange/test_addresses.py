"""What a written address says, part by part."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from written_addresses import full_width, numeral

from gridmap.exchange import addresses
from gridmap.exchange.addresses import Address

FLOWERS, COURT, ROAD = (
    {"compound": "锦绣花园"},
    {"compound": "文艺南巷2号院", "road": "文艺南巷", "door": "2"},
    "友谊西路",
)
IN_XIAN = {"city": "西安市", "district": "碑林区"}
ALL = {
    "province": "陕西省",
    **IN_XIAN,
    "street": "文艺路街道",
    "community": "边家村社区",
    "road": ROAD,
    "door": "12",
    **FLOWERS,
}

WRITINGS: list[tuple[str, dict[str, Any]]] = [
    ("锦绣花园5号楼", {**FLOWERS, "building": "5"}),
    ("锦绣花园５号楼２单元５０１", {**FLOWERS, "building": "5", "unit": "2", "room": "501"}),
    ("锦绣花园十一号楼", {**FLOWERS, "building": "11"}),
    ("锦绣花园二十号楼", {**FLOWERS, "building": "20"}),
    ("锦绣花园二十三栋", {**FLOWERS, "building": "23"}),
    ("锦绣花园一百零三号楼", {**FLOWERS, "building": "103"}),
    ("锦绣花园〇五号楼", {**FLOWERS, "building": "5"}),
    ("锦绣花园05#", {**FLOWERS, "building": "5"}),
    ("锦绣花园5#楼3单元门口", {**FLOWERS, "building": "5", "unit": "3"}),
    ("锦绣花园5幢", {**FLOWERS, "building": "5"}),
    ("锦绣花园第5栋", {**FLOWERS, "building": "5"}),
    ("锦绣花园5座", {**FLOWERS, "building": "5"}),
    ("锦绣花园5号住宅楼", {**FLOWERS, "building": "5"}),
    ("锦绣花园5号樓", {**FLOWERS, "building": "5"}),
    ("锦绣花园5号", {**FLOWERS, "building": "5"}),
    ("锦绣花园5", {**FLOWERS, "building": "5"}),
    ("锦绣花园 5 # 楼 2 单元", {**FLOWERS, "building": "5", "unit": "2"}),
    ("锦绣花园5栋2-103", {**FLOWERS, "building": "5", "unit": "2", "room": "103"}),
    ("锦绣花园5栋103", {**FLOWERS, "building": "5", "room": "103"}),
    ("锦绣花园5栋103室", {**FLOWERS, "building": "5", "room": "103"}),
    ("锦绣花园5栋2-3-1", {**FLOWERS, "building": "5", "unit": "2", "floor": "3", "room": "1"}),
    ("锦绣花园3-2-501", {**FLOWERS, "building": "3", "unit": "2", "room": "501"}),
    ("锦绣花园3—2—501", {**FLOWERS, "building": "3", "unit": "2", "room": "501"}),
    ("锦绣花园3/2/501", {**FLOWERS, "building": "3", "unit": "2", "room": "501"}),
    ("锦绣花园3 2 501", {**FLOWERS, "building": "3", "unit": "2", "room": "501"}),
    ("锦绣花园3-501", {**FLOWERS, "building": "3", "room": "501"}),
    ("锦绣花园3-2", {**FLOWERS, "building": "3", "unit": "2"}),
    ("锦绣花园甲3号楼", {**FLOWERS, "building": "甲3"}),
    ("锦绣花园甲三号楼", {**FLOWERS, "building": "甲3"}),
    ("锦绣花园3甲号楼", {**FLOWERS, "building": "3甲"}),
    ("锦绣花园东1楼", {**FLOWERS, "building": "东1"}),
    ("锦绣花园A座1201", {**FLOWERS, "building": "A", "room": "1201"}),
    ("锦绣花园a14栋", {**FLOWERS, "building": "A14"}),
    ("锦绣花园B-2栋", {**FLOWERS, "building": "B2"}),
    ("锦绣花园3-1号楼", {**FLOWERS, "building": "3-1"}),
    ("锦绣花园3号楼A座1201室", {**FLOWERS, "building": "3", "unit": "A", "room": "1201"}),
    ("锦绣花园5幢东单元", {**FLOWERS, "building": "5", "unit": "东"}),
    ("锦绣花园5号楼5楼东户", {**FLOWERS, "building": "5", "floor": "5", "room": "东"}),
    ("锦绣花园5号楼2单元3层301室", {**FLOWERS, "building": "5", "unit": "2", "floor": "3", "room": "301"}),
    ("锦绣花园5号楼三单元四楼", {**FLOWERS, "building": "5", "unit": "3", "floor": "4"}),
    ("锦绣花园5楼2单元", {**FLOWERS, "building": "5", "unit": "2"}),
    ("锦绣花园5号楼（原3号楼）", {**FLOWERS, "building": "5"}),
    ("锦绣花园5号楼1、2单元", {**FLOWERS, "building": "5"}),
    ("锦绣花园5、6号楼", {**FLOWERS, "building": "5", "more": ("6",)}),
    ("锦绣花园5号楼和6号楼", {**FLOWERS, "building": "5", "more": ("6",)}),
    ("锦绣花园5号楼6号楼之间", {**FLOWERS, "building": "5", "more": ("6",), "where": "near"}),
    ("锦绣花园3至5栋", {**FLOWERS, "building": "3", "more": ("5",)}),
    ("锦绣花园5号楼对面", {**FLOWERS, "building": "5", "where": "near"}),
    ("锦绣花园附近", {**FLOWERS, "where": "near"}),
    ("锦绣花园旁", {**FLOWERS, "where": "near"}),
    ("锦绣花园内", {**FLOWERS, "where": "inside"}),
    ("锦绣花园南门", {**FLOWERS, "where": "inside"}),
    ("边东路小区内", {"compound": "边东路小区", "where": "inside"}),
    ("边东路小区3#楼", {"compound": "边东路小区", "building": "3"}),
    ("锦绣花园2期3栋", {"compound": "锦绣花园2期", "building": "3"}),
    ("锦绣花园(北区)3栋", {"compound": "锦绣花园北区", "building": "3"}),
    ("和平里三区5号楼", {"compound": "和平里3区", "building": "5"}),
    ("水岸都市3号楼", {"compound": "水岸都市", "building": "3"}),
    ("文艺南巷二号院5#楼1单元门口", {**COURT, "building": "5", "unit": "1"}),
    ("西安市碑林区文艺南巷二号院8号楼3单元", {**IN_XIAN, **COURT, "building": "8", "unit": "3"}),
    (
        "中山路100弄5号302室",
        {"road": "中山路", "door": "100", "compound": "中山路100弄", "building": "5", "room": "302"},
    ),
    ("友谊西路12号", {"road": ROAD, "door": "12"}),
    ("友谊西路甲12号", {"road": ROAD, "door": "甲12"}),
    ("友谊西路12号5号楼", {"road": ROAD, "door": "12", "building": "5"}),
    ("友谊西路12号锦绣花园5号楼", {"road": ROAD, "door": "12", **FLOWERS, "building": "5"}),
    ("劳动东路魅力之城小区5号楼", {"road": "劳动东路", "compound": "魅力之城小区", "building": "5"}),
    ("来电人家住锦绣花园5号楼", {**FLOWERS, "building": "5"}),
    ("陕西西安市碑林区锦绣花园", {"province": "陕西", **IN_XIAN, **FLOWERS}),
    ("成都市锦江区锦绣花园", {"city": "成都市", "district": "锦江区", **FLOWERS}),
    (
        "内蒙古自治区包头市昆都仑区锦绣花园",
        {"province": "内蒙古自治区", "city": "包头市", "district": "昆都仑区", **FLOWERS},
    ),
    (
        "陕西省西安市碑林区文艺路街道边家村社区友谊西路12号锦绣花园5号楼2单元3层301室",
        {**ALL, "building": "5", "unit": "2", "floor": "3", "room": "301"},
    ),
    ("锦绣花园2单元301", {"compound": "锦绣花园", "unit": "2", "room": "301"}),
    ("", {}),
    ("无", {"compound": "无"}),
]


@pytest.mark.parametrize(("text", "parts"), WRITINGS, ids=[text for text, _ in WRITINGS])
def test_writings(text: str, parts: dict[str, Any]) -> None:
    assert addresses.parse(text) == Address(**parts)


@pytest.mark.parametrize("nothing", [None, float("nan"), "", "   "])
def test_nothing_says_nothing(nothing: object) -> None:
    assert addresses.parse(nothing) == Address()


def test_a_floor_above_a_shop_is_told_from_a_building_by_its_form() -> None:
    plain = addresses.normal("魅力之城小区一楼的夜宵摊")
    assert addresses.within(plain).form == "storey"
    assert addresses.within(addresses.normal("魅力之城小区一号楼")).form == "named"


NUMBERS = st.one_of(st.integers(1, 120).map(str), st.sampled_from(["甲3", "3甲", "A3", "B12", "东1", "A", "101"]))


@st.composite
def written(draw: st.DrawFn) -> tuple[str, Address]:
    """An address and one of the ways to write it."""
    keep = {
        name: value if draw(st.booleans()) else ""
        for name, value in {"province": "陕西省", **IN_XIAN, "street": "文艺路街道", "community": "边家村社区"}.items()
    }
    # A district alone could as well be a part of a compound's name.
    keep["city"] = "西安市" if keep["province"] else keep["city"]
    road, door = draw(st.sampled_from([("", ""), ("友谊西路", "12"), ("文艺南巷", "甲9"), ("环城南路东段", "188")]))
    compound = draw(st.sampled_from(["锦绣花园", "边东路小区", "机床厂家属院", "锦绣花园2期", "绿地世纪城", "秦川苑"]))
    number, unit = draw(NUMBERS), draw(st.sampled_from(["", "1", "2", "12"]))
    room = draw(st.sampled_from(["", "101", "1203"]))
    head = "".join(keep.values()) + (f"{road}{door}号" if road else "") + compound
    said = numeral(int(number)) if number.isdigit() and int(number) < 100 and draw(st.booleans()) else number
    word = draw(st.sampled_from(["号楼", "栋", "幢", "#", "#楼", " 号楼 ", "座"]))
    if unit and room and draw(st.booleans()):
        behind = f"{unit}-{room}"
    else:
        behind = (f"{unit}单元" if unit else "") + (f"{room}室" if room else "")
    text = f"{head}{said}{word}{behind}"
    if draw(st.booleans()):
        text = full_width(text)
    parts = Address(**keep, road=road, door=door, compound=compound, building=number, unit=unit, room=room)
    return draw(st.sampled_from(["", "家住", " "])) + text, parts


@given(written())
@settings(max_examples=250, deadline=None)
def test_an_address_is_read_as_it_was_written(made: tuple[str, Address]) -> None:
    text, parts = made
    assert addresses.parse(text) == parts


@given(st.text(max_size=120))
@settings(max_examples=150, deadline=None)
def test_any_text_is_read(text: str) -> None:
    parts = addresses.parse(text)
    assert all(isinstance(part, (str, tuple)) for part in dataclasses.asdict(parts).values())


@given(
    st.text(alphabet="锦绣花园路市区号楼栋单元室号院一二十百0123456789-、#AB东甲里(原)", max_size=60),
    st.integers(1, 400),
)
@settings(max_examples=150, deadline=None)
def test_long_texts_of_the_same_signs_take_no_time(text: str, times: int) -> None:
    long = (text * times)[:10_000]
    assert addresses.parse(long) == addresses.parse(long[:300])
