"""What counts as a person's number in a text, and what nobody reads without the key."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridmap import errors, privacy

FULL_WIDTH = str.maketrans("0123456789-()+X ", "０１２３４５６７８９－（）＋Ｘ　")


def digits_in(text: str) -> str:
    return "".join(str(int(sign)) for sign in text if sign.isdecimal())


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("张三", "张**"),
        ("张三丰", "张**"),
        ("欧阳震华", "欧阳**"),
        ("司马光", "司马**"),
        ("东方", "东**"),
        ("阿不都·热西提", "阿**"),
        ("John Smith", "J**"),
        (" 李四 ", "李**"),
        ("王", "**"),
        ("", ""),
    ],
)
def test_name_as_others_see_it(name: str, masked: str) -> None:
    assert privacy.mask_name(name) == masked


@pytest.mark.parametrize(
    ("phone", "masked"),
    [
        ("13800001234", "138****1234"),
        ("138-0000-1234", "138-****-1234"),
        ("029-85251234", "029-******34"),
        ("029-85251234转801", "029-******34转***"),
        ("85251234", "******34"),
        ("3521234", "*****34"),
        ("+1 415 555 0123", "+* *** *** **23"),
        ("微信 abc", "** ***"),
        ("", ""),
    ],
)
def test_phone_as_others_see_it(phone: str, masked: str) -> None:
    assert privacy.mask_phone(phone) == masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("请回电13800001234。", "请回电138****1234。"),
        ("+86 138 0000 1234 或 +8613900005678", "+86 138 **** 1234 或 +86139****5678"),
        ("电话:138.0000.1234", "电话:138.****.1234"),
        ("TEL13800001234", "TEL138****1234"),
        ("1单元13800001234住户", "1单元138****1234住户"),
        ("(029)8525 1234 转 801", "(029)**** **34 转 ***"),
        ("０９１７－３５２１２３４", "０９１７－*****３４"),
        ("+86-29-85251234", "+86-29-******34"),
        ("可打座机（029）00002011", "可打座机（029）******11"),
        ("住户留下85251234", "住户留下******34"),
        ("联系8525-1234、8525-1235", "联系****-**34、****-**35"),
        ("身份证610113199001011234", "身份证******************"),
        ("６１０１１３１９９００１０１１２３Ｘ", "******************"),
        ("61011319900101123x的业主", "******************的业主"),
        ("610113 19900101 1234", "****** ******** ****"),
        ("旧证610113900101123", "旧证***************"),
        ("证件号：1234567890123456", "证件号：****************"),
        # The check digit is right: it is a person's number, whatever it is called.
        ("编号11010519491231002X", "编号******************"),
    ],
)
def test_number_of_a_person_is_masked_in_place(text: str, masked: str) -> None:
    assert privacy.mask_text(text) == masked
    assert privacy.mask_text(masked) == masked


@pytest.mark.parametrize(
    "text",
    [
        "工单编号：610113202611240001",
        "工单20261124001234567，单号：23456789",
        "TB-2026-0012 与 DH23456789",
        "20261124 报修，2026-11-24 08:30 上门",
        "3号楼2单元1201室，23456789号",
        "合计23456789元，面积3456789平方米，共2345678户",
        "￥23456789 与 23456789.50",
        "108.9212345,34.21345678",
        "12345热线、110、4008001234、400-800-1234、95598",
        "每月3500-4000，房间2301-2302",
        "单号02985251234",
        "邮编710061，QQ 23456789",
        "138000012345 与 1380000123",
        "网格编码610113001002003",
        "二〇二六年",
        "",
    ],
)
def test_number_of_something_else_stays(text: str) -> None:
    assert privacy.mask_text(text) == text


mobiles = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)
lands = st.from_regex(r"0(10|2[0-9]|[3-9][0-9]{2})-?[2-8][0-9]{6,7}", fullmatch=True)
provinces = st.sampled_from(["11", "31", "44", "61", "65"])
births = st.dates(dt.date(1900, 1, 1), dt.date(2026, 1, 1))


@st.composite
def identities(draw: st.DrawFn) -> str:
    born = draw(births)
    head = draw(provinces) + draw(st.from_regex(r"[0-9]{4}", fullmatch=True))
    if draw(st.booleans()):
        return head + f"{born:%Y%m%d}" + draw(st.from_regex(r"[0-9]{3}[0-9Xx]", fullmatch=True))
    return head + f"{born:%y%m%d}" + draw(st.from_regex(r"[0-9]{3}", fullmatch=True))


words = st.sampled_from(["住户", "请回电", "，", "；", " ", "、", "/", "说：", "\n", "在3号楼", "（", "）", "和"])


@given(
    st.lists(st.tuples(words, st.one_of(mobiles, lands, identities())), min_size=1, max_size=6), words, st.booleans()
)
def test_every_number_in_a_text_is_masked(parts: list[tuple[str, str]], end: str, wide: bool) -> None:
    text = "".join(word + number for word, number in parts) + end
    text = text.translate(FULL_WIDTH) if wide else text
    masked = privacy.mask_text(text)
    assert len(masked) == len(text)
    left = [digits_in(piece) for piece in re.split(r"[*]", masked)]
    for _, number in parts:
        whole = digits_in(number)
        assert not any(whole in piece for piece in left), (text, masked)
        if len(whole) in (17, 15, 18):
            assert not any(whole[6:14] in piece for piece in left), (text, masked)
    assert privacy.mask_text(masked) == masked


orders = st.builds(
    lambda day, n: f"工单{day:%Y%m%d}{n:06d}",
    st.dates(dt.date(2020, 1, 1), dt.date(2099, 1, 1)),
    st.integers(0, 999999),
)
dates = st.dates(dt.date(1950, 1, 1), dt.date(2099, 1, 1)).flatmap(
    lambda day: st.sampled_from([f"{day:%Y%m%d}", f"{day}", f"{day:%Y年%m月%d日}", f"{day:%Y/%m/%d}"])
)
houses = st.builds(
    lambda a, b, c: f"{a}号楼{b}单元{c}室", st.integers(1, 99), st.integers(1, 9), st.integers(101, 3399)
)
amounts = st.builds(lambda n, unit: f"{n}{unit}", st.integers(1, 99999999), st.sampled_from(["元", "万元", "户", "㎡"]))


@given(st.lists(st.one_of(orders, dates, houses, amounts), max_size=6), st.sampled_from(["，", " ", "；", "在"]))
def test_orders_dates_houses_and_amounts_are_never_touched(parts: list[str], between: str) -> None:
    text = between.join(parts)
    assert privacy.mask_text(text) == text


@given(st.text(alphabet="0123456789０１Xx-—() （）+转年元号楼电话\u200b", max_size=80))
def test_any_text_keeps_its_length_and_gains_nothing_by_masking_twice(text: str) -> None:
    masked = privacy.mask_text(text)
    assert len(masked) == len(text)
    assert all(new in (old, "*") for old, new in zip(text, masked, strict=True))


def test_import_masks_identity_numbers_only() -> None:
    assert privacy.mask_identity("13800001234 610113199001011234") == "13800001234 ******************"


def test_digest_finds_a_double_and_tells_nothing() -> None:
    key, other = privacy.new_key(), privacy.new_key()
    digest = privacy.identity_digest("61011319900101123x", key)
    assert digest == privacy.identity_digest(" ６１０１１３ 19900101 123Ｘ", key)
    assert digest != privacy.identity_digest("610113199001011231", key)
    assert digest != privacy.identity_digest("61011319900101123x", other)
    assert re.fullmatch("[0-9a-f]{64}", digest)
    # The same person's number from before 1999.
    assert privacy.identity_digest("110105491231002", key) == privacy.identity_digest("11010519491231002X", key)


@given(st.text(max_size=200))
def test_what_is_sealed_opens_again(text: str) -> None:
    old, new = privacy.new_key(), privacy.new_key()
    before, after = privacy.Keyring([old], "k"), privacy.Keyring([new, old], "k")
    sealed = before.seal(text)
    assert privacy.looks_sealed(sealed)
    assert after.open(sealed) == text
    anew = after.reseal(sealed)
    assert privacy.Keyring([new], "k").open(anew) == text
    assert not text or not before.opens(anew)


def test_two_seals_of_one_text_differ_so_that_nobody_counts_them() -> None:
    ring = privacy.Keyring([privacy.new_key()], "k")
    assert ring.seal("庚三") != ring.seal("庚三")


def test_another_key_is_said_in_a_sentence_without_the_text() -> None:
    sealed = privacy.Keyring([privacy.new_key()], "a").seal("13800001234")
    with pytest.raises(errors.StoreError) as refused:
        privacy.Keyring([privacy.new_key()], "/etc/b.key").open(sealed)
    assert "/etc/b.key" in str(refused.value)
    assert not privacy.looks_sealed("13800001234")
    assert not privacy.looks_sealed("庚三")


@pytest.mark.parametrize(
    ("text", "phones"),
    [
        ("请回电13800001050，或029-8888 1234转2。", ["13800001050", "029-8888 1234转2"]),
        ("身份证11010119500101001X，手机１３８００００１０５０", ["１３８００００１０５０"]),
        ("工单编号20261124，共12345678元", []),
        ("", []),
    ],
)
def test_phones_of_a_text_are_what_is_masked_in_it(text: str, phones: list[str]) -> None:
    assert privacy.phones(text) == phones
    masked = privacy.mask_text(text)
    assert not any(phone in masked for phone in phones)
