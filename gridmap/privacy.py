"""Persons in texts and fields: masked for those who need not know them, sealed where they are kept.

What `mask_text` takes for a person's number, in any width of digits:

- an **identity number** of 18 digits (the last may be X) or 15: a province's code, a date of birth that exists, a
  sequence; digits in groups or in one piece. Behind the words 身份证 or 证件 any number of 15 to 18 digits is one.
- a **mobile number**: 1, then 3 to 9, eleven digits in all, in one piece or in usual groups, with or without +86.
- a **land line** with its area code, also in brackets, with or without +86; its extension goes with it.
- a land line without area code: seven or eight digits in one piece that begin with 2 to 8. In groups only behind a word
  such as 电话 or 联系.

Left as they stand: numbers of other lengths, dates (20261124), what a word before names a number of something
(工单编号, 单号, 合同), what follows letters or a decimal point (TB20261124), what counts something (元, 户, 平方米,
号楼), and service numbers (12345, 400-...). A mobile number behind such a word is masked all the same, and so is an
identity number whose check digit is right. What is masked keeps its length and its separators.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from gridmap.errors import StoreError
from gridmap.model import Sealed

_STAR = "*"
_GONE = "\0"  # stands in the working copy for what has been masked
_FEWEST_DIGITS = 7

_DOUBLE_SURNAME = re.compile(
    "欧阳|太史|端木|上官|司马|东方|独孤|南宫|万俟|闻人|夏侯|诸葛|尉迟|公羊|赫连|澹台|皇甫|宗政|濮阳|公冶|太叔|申屠|"
    "公孙|慕容|仲孙|钟离|长孙|宇文|司徒|鲜于|司空|闾丘|子车|亓官|司寇|巫马|公西|颛孙|壤驷|公良|漆雕|乐正|宰父|谷梁|"
    "拓跋|夹谷|轩辕|令狐|段干|百里|呼延|东郭|南门|羊舌|微生|梁丘|左丘|东门|西门|纳兰|完颜"
)
_PROVINCE = re.compile("1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]|91")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"

# All patterns read a text whose digits and signs are half-width.
_S = "[ \\t\u00a0\u200b·‐‑–—−_-]{0,3}"
_IDENTITY_18 = re.compile(rf"(?<![0-9])([1-9][0-9]{{5}}{_S}[0-9]{{8}}{_S}[0-9]{{3}}[0-9Xx])(?![0-9A-Za-z])")
_IDENTITY_15 = re.compile(rf"(?<![0-9])([1-9][0-9]{{5}}{_S}[0-9]{{6}}{_S}[0-9]{{3}})(?![0-9A-Za-z])")
_CALLED_IDENTITY = re.compile(r"(?:身份证|身份号|证件)[^0-9]{0,8}([0-9][0-9 ]{12,20}[0-9Xx])(?![0-9A-Za-z])")
# No identity number has fewer, an X counted apart.
FEWEST_OF_IDENTITY = 14
_MANY_DIGITS = re.compile(r"(?:\d\D{0,12}){13}\d")
_MOBILE_GROUPS = ((11,), (3, 4, 4), (4, 3, 4), (3, 3, 5), (4, 4, 3), (3, 8), (7, 4), (5, 6), (6, 5))
_MOBILE = re.compile(
    r"(?<![0-9])(?:(?:\+|00)?86)?(1[3-9](?:"
    + "|".join(
        _S.join(f"[0-9]{{{size - 2 * (first == 0)}}}" for first, size in enumerate(groups)) for groups in _MOBILE_GROUPS
    )
    + r"|[0-9]\.[0-9]{4}\.[0-9]{4}))(?![0-9]|\.[0-9])"
)
_COUNTRY = rf"(?:\(?(?:\+|00)86\)?{_S})"
_AREA = r"(?:10|2[0-9]|[3-9][0-9]{2})"
_LOCAL = rf"[0-9]{{3,4}}{_S}[0-9]{{4}}"
_EXTENSION = r"((?:\s{0,2}(?:转|分机|ext\.?|#|-)\s{0,2}[0-9]{1,6})?)"
_LAND = re.compile(
    rf"(?<![0-9])((?:{_COUNTRY}\(?0?{_AREA}|\(?0{_AREA})\)?)({_S}{_LOCAL}){_EXTENSION}(?![0-9])", re.IGNORECASE
)
_BARE = re.compile(rf"(?<![0-9])([2-8][0-9]{{6,7}}){_EXTENSION}(?![0-9])", re.IGNORECASE)
_BARE_GROUPS = re.compile(rf"(?<![0-9])([2-8][0-9]{{2,3}}[ –—-]{{1,3}}[0-9]{{4}}){_EXTENSION}(?![0-9])", re.IGNORECASE)
_CALLED_PHONE = re.compile(
    r"(?:电话|手机|座机|固话|热线|联系|致电|来电|回电|拨打|号码|传真|tel|phone|mobile|call|fax)[^0-9]{0,8}$",
    re.IGNORECASE,
)
_CALLED_NUMBER = re.compile(
    r"(?:工单|单号|订单|编号|编码|代码|网格|流水|合同|凭证|票号|证号|案号|序号|表号|户号|卡号|账号|帐号|门牌|房号|邮编|密码|QQ|No\.?|№|#)"
    r"[^0-9]{0,4}$",
    re.IGNORECASE,
)
_AMOUNT_BEFORE = re.compile(r"(?:[¥￥$€]|金额|费用|价|款|共|合计|总计|面积)[^0-9]{0,3}$")
_PART_OF_MORE = re.compile(r"[A-Za-z]-?$|[0-9*][.,/–—-]$|\.$")
_UNIT_BEHIND = re.compile(
    r"\s?(?:元|块|角|分(?!机)|万|亿|千|百|平|㎡|m(?![a-z])|米|公里|户|人|次|件|个|号|栋|幢|楼|室|层|单元|度|吨|立方|升|天|年|月|日|时|%)"
    r"|[.,/][0-9]|-[0-9]"
)
_MONEY_BEHIND = re.compile(r"\s?(?:元|块钱|万|亿)")
_NAMES_A_CODE = re.compile(r"[A-Z]+$")
_NAMES_A_PHONE = re.compile(r"(?:TEL|PHONE|MOBILE|MOB|CALL|FAX|WX|VX|[TMPVF])$")


def mask_name(name: str) -> str:
    """Return a name as those who need not know it see it: 张**, 欧阳**, J**."""
    plain = name.strip()
    if not plain:
        return ""
    if len(plain) == 1:
        return _STAR * 2
    known = plain[:2] if _DOUBLE_SURNAME.match(plain) and len(plain) > 2 else plain[0]
    return known + _STAR * 2


def mask_phone(phone: str) -> str:
    """Return a phone number as those who need not know it see it: 138****5678, 029-******78.

    What is no number of a usual form keeps nothing but its last two digits.
    """
    masked = mask_text(phone)
    if masked != phone or not phone.strip():
        return masked.strip()
    digits = [at for at, sign in enumerate(phone) if sign.isdecimal()]
    hidden = set(digits[:-2] if len(digits) > 4 else digits)
    return "".join(
        _STAR if position in hidden or sign.isalpha() else sign for position, sign in enumerate(phone)
    ).strip()


def mask_text(text: str) -> str:
    """Return a text with every phone number and identity number in it masked; the module says what counts as one."""
    return _masked(text, (_hide_identities, _hide_mobiles, _hide_land_lines, _hide_bare))


def mask_identity(text: str) -> str:
    """Return a text with every identity number in it masked, and nothing else."""
    return _masked(text, (_hide_identities,)) if may_hold_identity(text) else text


def may_hold_identity(text: str) -> bool:
    """Whether a text has as many digits near one another as an identity number: most texts need no closer look."""
    return len(text) >= FEWEST_OF_IDENTITY and _MANY_DIGITS.search(text) is not None


def phones(text: str) -> list[str]:
    """Return the phone numbers in a text as they stand there: what `mask_text` masks and is no identity number."""
    if sum(map(str.isdecimal, text)) < _FEWEST_DIGITS:
        return []
    copy = list(text.translate(_half_width()))
    shown = list(text)
    _hide_identities(copy, shown)
    before = [sign == _GONE for sign in copy]
    for step in (_hide_mobiles, _hide_land_lines, _hide_bare):
        step(copy, shown)
    marks = "".join("x" if sign == _GONE and not known else " " for sign, known in zip(copy, before, strict=True))
    return [text[found.start() : found.end()].strip() for found in re.finditer("x+", marks)]


def identity_digest(number: str, key: str) -> str:
    """Return what two writings of one identity number share, and what nobody reads it from without the key.

    The number itself is never kept. A number of 15 digits and the same person's number of 18 have one digest.

    Parameters
    ----------
    number
        As it was written: full-width signs, blanks and a small x are the same.
    key
        Key of the digests, not of what is sealed: digests cannot be made anew, since the numbers are not kept.
    """
    plain = re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", number)).upper()
    if re.fullmatch(r"[0-9]{15}", plain):
        long = f"{plain[:6]}19{plain[6:]}"
        plain = long + _check_digit(long)
    return hmac.new(key.encode(), plain.encode(), hashlib.sha256).hexdigest()


def caller_digest(phone: str, key: str) -> str | None:
    """Return what two writings of one caller's phone share; None where no whole number stands there.

    A number that comes masked tells nobody apart. Blanks, hyphens, +86 and the width of digits make no difference.
    """
    if _STAR in phone or "＊" in phone:
        return None
    digits = re.sub(r"[^0-9]", "", phone.translate(_half_width()))
    digits = re.sub(r"^(?:00)?86(?=1[3-9][0-9]{9}$)", "", digits)
    if len(digits) < _FEWEST_DIGITS:
        return None
    return hmac.new(key.encode(), f"caller:{digits}".encode(), hashlib.sha256).hexdigest()


class Keyring:
    """One or more keys: the first seals, each of them opens what it has sealed.

    Parameters
    ----------
    keys
        Keys as `new_key` makes them, the newest first.
    label
        Where they are from, as a sentence names it.
    """

    def __init__(self, keys: Sequence[str], label: str) -> None:
        self._first = Fernet(keys[0])
        self._all = MultiFernet([Fernet(key) for key in keys])
        self._label = label

    def seal(self, text: str) -> Sealed:
        """Return text so that only this keyring reads it; no text stays no text."""
        return Sealed(self._first.encrypt(text.encode()).decode() if text else "")

    def open(self, sealed: Sealed) -> str:
        """Return what was sealed.

        Raises
        ------
        errors.StoreError
            ``key_wrong`` if none of the keys has sealed it.
        """
        if not sealed:
            return ""
        try:
            return self._all.decrypt(sealed).decode()
        except InvalidToken as fault:
            raise StoreError("key_wrong", file=self._label) from fault

    def opens(self, sealed: Sealed) -> bool:
        """Whether one of the keys has sealed it."""
        try:
            self.open(sealed)
        except StoreError:
            return False
        return True

    def reseal(self, sealed: Sealed) -> Sealed:
        """Return the same under the first key.

        Raises
        ------
        errors.StoreError
            ``key_wrong`` if none of the keys has sealed it.
        """
        return self.seal(self.open(sealed))


def new_key() -> str:
    """Return a new key, made by the operating system's source of randomness."""
    return Fernet.generate_key().decode()


def is_key(text: str) -> bool:
    """Whether ``text`` has the form of a key."""
    try:
        Fernet(text)
    except (ValueError, TypeError):
        return False
    return True


def looks_sealed(text: str) -> bool:
    """Whether ``text`` has the form of what a keyring seals; nothing is the sealed form of nothing."""
    return text == "" or re.fullmatch(r"gAAAA[A-Za-z0-9_-]{90,}={0,2}", text) is not None


# --------------------------------------------------------------------------------------- what stands in a text

_Hide = Callable[[list[str], list[str]], None]


def _masked(text: str, steps: Sequence[_Hide]) -> str:
    if sum(map(str.isdecimal, text)) < _FEWEST_DIGITS:
        return text
    # The copy is read, and what was found in it is taken out; both are as long as the text.
    copy, shown = list(text.translate(_half_width())), list(text)
    for step in steps:
        step(copy, shown)
    return "".join(shown)


@cache
def _half_width() -> dict[int, str]:
    table = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)} | {0x3000: " "}
    for code in range(0x80, 0x20000):
        if chr(code).isdecimal():
            table[code] = str(unicodedata.decimal(chr(code)))
    return table


def _hide(
    copy: list[str], shown: list[str], start: int, end: int, first: int, last: int, signs: str = "0123456789"
) -> None:
    """Put stars for the ``signs`` between ``start`` and ``end``, but for the ``first`` and the ``last`` ones."""
    at = [place for place in range(start, end) if copy[place] in signs]
    for place in at[first : len(at) - last]:
        shown[place] = _STAR
    copy[start:end] = _GONE * (end - start)


def _before(copy: list[str], start: int) -> str:
    return "".join(copy[max(0, start - 40) : start]).replace(_GONE, "")


def _hide_identities(copy: list[str], shown: list[str]) -> None:
    for pattern in (_CALLED_IDENTITY, _IDENTITY_18, _IDENTITY_15):
        text = "".join(copy)
        for found in pattern.finditer(text):
            digits = re.sub(r"[^0-9X]", "", found[1].upper())
            if pattern is _CALLED_IDENTITY:
                wanted = 15 <= len(digits) <= 18
            else:
                wanted = _is_identity(digits) and not _names_something_else(copy, found.start(1), digits)
            if wanted:
                _hide(copy, shown, found.start(1), found.end(1), 0, 0, "0123456789Xx")


def _is_identity(digits: str) -> bool:
    born = digits[6:14] if len(digits) == 18 else f"19{digits[6:12]}"
    if _PROVINCE.match(digits) is None or not "1850" <= born[:4] <= "2100":
        return False
    try:
        dt.date(int(born[:4]), int(born[4:6]), int(born[6:]))
    except ValueError:
        return False
    return True


def _names_something_else(copy: list[str], start: int, digits: str) -> bool:
    if len(digits) == 18 and _check_digit(digits[:17]) == digits[17]:
        return False
    before = _before(copy, start)
    return _CALLED_NUMBER.search(before) is not None or _NAMES_A_CODE.search(before) is not None


def _check_digit(digits: str) -> str:
    return _CHECKS[sum(int(digit) * weight for digit, weight in zip(digits, _WEIGHTS, strict=True)) % 11]


def _hide_mobiles(copy: list[str], shown: list[str]) -> None:
    text = "".join(copy)
    for found in _MOBILE.finditer(text):
        code = _NAMES_A_CODE.search(text[max(0, found.start() - 20) : found.start()])
        if code is not None and _NAMES_A_PHONE.search(code[0]) is None:
            continue
        if _MONEY_BEHIND.match(text, found.end()) is None:
            _hide(copy, shown, found.start(1), found.end(1), 3, 4)


def _hide_land_lines(copy: list[str], shown: list[str]) -> None:
    for found in _LAND.finditer("".join(copy)):
        before = _before(copy, found.start())
        if _CALLED_NUMBER.search(before) is not None and _CALLED_PHONE.search(before) is None:
            continue
        _hide(copy, shown, found.start(2), found.end(2), 0, 2)
        _hide(copy, shown, found.start(3), found.end(3), 0, 0)
        copy[found.start() : found.start(2)] = _GONE * (found.start(2) - found.start())


def _hide_bare(copy: list[str], shown: list[str]) -> None:
    for pattern in (_BARE, _BARE_GROUPS):
        text = "".join(copy)
        for found in pattern.finditer(text):
            start, end = found.span(1)
            called = _CALLED_PHONE.search(_before(copy, start)) is not None
            if called or (pattern is _BARE and _stands_alone(copy, text, start, found.end())):
                _hide(copy, shown, start, end, 0, 2)
                _hide(copy, shown, found.start(2), found.end(2), 0, 0)


def _stands_alone(copy: list[str], text: str, start: int, end: int) -> bool:
    """Whether a number of seven or eight digits is neither a date, nor an amount, nor the number of something."""
    before = _before(copy, start)
    if any(pattern.search(before) for pattern in (_CALLED_NUMBER, _AMOUNT_BEFORE, _PART_OF_MORE)):
        return False
    if _UNIT_BEHIND.match(text, end) is not None:
        return False
    digits = text[start : start + 8]
    return re.fullmatch(r"(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])", digits) is None
