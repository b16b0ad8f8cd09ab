"""What a written address says, part by part.

The parts come in the order of GB/T 39609-2020: division, street or lane, courtyard, building, unit and room. What is
read is text alone: whether there is such a compound or building is for `address_match` to say.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from gridmap.exchange import fields

Form = Literal["", "named", "dashes", "door", "storey", "bare", "glued"]
"""How a building's number is written: ``5号楼``, ``5-2-103``, ``5号``, ``5楼`` (or a floor), ``5``; "" if none is."""
Where = Literal["", "near", "inside"]

_LONGEST = 300
_SIGNS = str.maketrans(
    "號樓棟區園單層戶○–—−‐_,;:~", "号楼栋区园单层户〇-----、、、～", "()[]{}<>【】《》〈〉「」\"'“”‘’.·•。!?*|\\"
)
_BETWEEN_DIGITS = re.compile(r"(?<=\d) (?=\d)")
_FORMER = re.compile(r"\((?:原|旧|曾用名?)[^()]{0,30}\)")
_NUMERALS = frozenset("零〇一二两三四五六七八九十百")
_NUMERAL = re.compile(
    r"(?<![\d零〇一二两三四五六七八九十百])[零〇一二两三四五六七八九十百]+"
    r"(?=号|#|栋|幢|座|楼(?!梯|道|下|上)|单元|门洞|层|室|期|区|院|弄|段|[甲乙丙丁]?号|-\d|$)"
)

_DIGIT_BY_DIGIT = re.compile(r"(?<!十)[一二三四五六七八九]{2,}(?=号|#|栋|幢|座|楼)")

# --------------------------------------------------------------------------------------- what stands before a number

_PROVINCES = (
    "河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|海南|四川|贵州|云南|陕西|甘肃|青海|"
    "台湾|内蒙古|广西|西藏|宁夏|新疆|香港|澳门"
)
_NOT_CITY = "(?<![城都超门菜集夜股楼花]市)"
_PROVINCE = re.compile(
    rf"(?:{_PROVINCES})(?:省|[一-龥]{{0,3}}自治区|特别行政区)|(?:{_PROVINCES})(?=[一-龥]{{2,7}}?(?:市|自治州|地区))|[A-Z]省"
)
_CITY = re.compile(rf"(?:[A-Z]|成都|[一-龥]城)市|[一-龥]{{2,7}}?市{_NOT_CITY}|[一-龥]{{2,8}}?(?:自治州|地区)")
_DISTRICT = re.compile(
    r"(?:[A-Z]\d?|[一-龥]{1,2}(?<![小社园校院片厂属舍活住商一二三四五六七八九])|"
    r"[一-龥]{3,6}?(?<![小社园校院片厂属舍活住商东西南北中一二三四五六七八九]))区|"
    rf"[一-龥A-Z0-9]{{1,6}}?[县旗]|[一-龥]{{2}}市{_NOT_CITY}"
)
_STREET = re.compile(r"[一-龥]{2,8}?(?:街道办事处|街道办|街道|镇|乡)(?![路街巷道])")
_COMMUNITY = re.compile(r"[一-龥A-Z0-9]{2,10}?(?:社区居民委员会|社区居委会|社区|居委会|村委会)")
_DIVISIONS = (
    ("province", _PROVINCE),
    ("city", _CITY),
    ("district", _DISTRICT),
    ("street", _STREET),
    ("community", _COMMUNITY),
)
_GENERIC = "小区|住宅区|生活区|家属区|家属院|家属楼|宿舍|花园|花苑|家园|广场|公寓|新村|社区|大院|院|苑"
_NO_DIVISION = re.compile(rf"(?:{_GENERIC})|[\d#]|[A-Z][栋座幢区]|内|里|的|$")
_SAYING = re.compile(
    r"(?:(?:来电人|来电|市民|居民|业主|住户|群众|反映|反应|投诉|诉求|关于|位于|家住|居住|住在|住址|地址|现住|本人|我们|我)"
    r"[是在住于称的、-]*)+"
)
_NAME = r"(?:(?![号楼栋幢座])[一-龥A-Z0-9])"
_DOOR = r"[甲乙丙丁附]?\d{1,5}(?:-\d{1,3})?[甲乙丙丁]?(?=号)"
_ROAD = re.compile(
    rf"(?P<road>{_NAME}{{1,9}}?(?:大道|大街|路|街|巷|胡同|弄|里|道|条)(?:[东西南北中]?\d{{0,2}}段)?)"
    rf"(?:(?P<door>{_DOOR})号(?![楼院门线])(?:(?:附|之)\d{{1,3}}号?)?|(?P<court>\d{{1,5}})(?:号院|弄)|"
    rf"(?<=[路街巷道同])(?!(?:{_GENERIC})+(?:[\dA-Z内里的]|$))(?=[一-龥]{{4}}))"
)

# ------------------------------------------------------------------------------------------------- a building's number

NEAR = (
    r"附近|对面|对过|隔壁|周边|周围|旁|邻近|临近|靠近|毗邻|之间|中间|交叉口|交口|路口|十字|一带|以[东西南北]|"
    r"[东西南北](?:侧|边|面)|[前后外]面|后侧|门外|院外|马路"
)
_SIDE = r"(?:(?<![^区院园苑村城厂社里居轩阁府寓邸湾庄郡街巷路楼期号])[东西南北中]|[甲乙丙丁戊](?=\d))?"
_CORE = r"(?:[A-Z]{1,2}-?)?\d{1,4}(?:-\d{1,2})?(?:[A-Z]{1,2}|[甲乙丙丁戊])?"
_FREE = r"(?<![\dA-Z])(?<![\d]-)第?"
_WORD = r"(?:号(?:住宅|居民|家属|宿舍|公寓)?楼|[栋幢](?:号?楼)?|座(?![椅位谈])|#(?:号?楼|栋|座)?)"
_NAMED = re.compile(rf"{_FREE}(?P<number>{_SIDE}{_CORE}|[A-Z]{{1,2}}|[甲乙丙丁戊](?=[座栋幢号楼])){_WORD}")
_STOREY = re.compile(
    rf"(?<!单元)(?<![层]){_FREE}(?P<number>{_SIDE}{_CORE}|[A-Z])楼(?![上下道梯顶盘市台])(?P<unit>第?\w单元)?"
)
_DOOR_NUMBER = re.compile(
    rf"{_FREE}(?P<number>{_SIDE}{_CORE})号(?=$|[\dA-Z#、-]|[一-龥]单元|门口|门前|楼下|内|里|院内|{NEAR})"
)
_SHORT = rf"(?<![\dA-Z])(?<!\d-)(?P<number>{_SIDE}[A-Z]{{0,2}}\d{{1,3}}[A-Z甲乙丙丁戊]?)"
_DASHES = re.compile(
    rf"{_SHORT}[-/](?:(?P<unit>\d{{1,2}})(?:单元)?[-/]?(?:(?P<floor>\d{{1,2}})[-/])?(?P<room>\d{{3,4}}[A-Z]?)|"
    rf"(?P<unit1>\d{{1,2}})[-/](?P<room1>\d{{2}})|(?P<room2>\d{{3,4}}[A-Z]?)|(?P<unit2>\d{{1,2}})(?:单元)?)(?![\d/-])(?!楼)"
)
_BARE = re.compile(rf"(?<=[一-龥])(?<![元层室门]){_SHORT}(?=$|{NEAR})")
_SEVERAL = re.compile(
    rf"{_FREE}{_CORE}{_WORD}?号?(?:[、和与及跟或]|至|到|～)(?:{_CORE}{_WORD}?号?(?:[、和与及跟或]|至|到|～)?){{0,6}}(?<=[、和与及跟或至到～])"
    rf"{_CORE}{_WORD}"
)
_JOINING = frozenset("、和与及跟或至到～")
_TOGETHER = re.compile(rf"{_FREE}(?:{_CORE}(?:号楼|[栋幢]|#楼?)){{2,8}}(?!单元)")
_EACH = re.compile(_CORE)
_UNIT = re.compile(r"第?(\d{1,2}|[A-Z]|[甲乙丙丁东西南北中])(?:单元|门洞|门栋|座(?![椅位])|(?<=\d)门(?![口前面]))")
# 42单元 of a compound is unit 2 of building 4: no building has so many units. 12单元 may be either.
_GLUED = re.compile(r"(?<![\dA-Z-])(?P<number>[2-9]|[1-9]0)(?P<unit>[1-9])(?=单元|门洞)")
_UNIT_ROOM = re.compile(r"(\d{1,2})-(?:(\d{1,2})-)?(\d{1,4}[A-Z]?)(?![\d-]|单元)(?:室|号|房)?")
_FLOOR = re.compile(r"(负?\d{1,2})(?:层|楼|F)(?![上下道梯顶])")
_ROOM = re.compile(
    r"(\d{2,4}[A-Z]?)(?:室|号(?![楼院])|房|(?![\d年月日米人户个元层楼栋幢号#-]))|(\d)(?:室|号(?![楼院]))|([东西南北中])户"
)
_BETWEEN = re.compile(r"[-、]?")

_WORDS_NEAR = re.compile(NEAR)
_AT_END = re.compile(r"(?:里面|里边|内部|内侧|内|(?<=[区院园苑])里|[东西南北正后侧]?大?门(?:口|前)?|\d号门|的|、|-)+$")


class Within(NamedTuple):
    """Where in a text a building stands, and what follows about the place within it.

    Parameters
    ----------
    start
        Where its number begins; the text's length if none is named.
    number
        As `fields.number_key` gives it.
    more
        Further buildings that are named along with it.
    written
        What stands between ``start`` and the parts within the building.
    """

    start: int
    form: Form = ""
    number: str = ""
    unit: str = ""
    floor: str = ""
    room: str = ""
    more: tuple[str, ...] = ()
    written: str = ""


@dataclass(frozen=True, kw_only=True)
class Address:
    """The parts of a written address, in half-width signs, numerals as digits; "" for what is not said.

    Parameters
    ----------
    province, city, district, street, community
        With their endings: ``碑林区``, ``文艺路街道``, ``边家村社区``. A municipality is a city.
    road, door
        ``文艺南巷`` and what stands before 号 or 弄: ``2``, ``甲3``.
    compound
        What is left before the building: ``锦绣花园``, ``文艺南巷2号院``.
    building
        As `fields.number_key` gives it.
    more
        Further buildings that are named along with it.
    unit, floor, room
        Without their words.
    where
        ``near`` if a word says that the place is not the one named, ``inside`` if somewhere in a compound is meant.
    """

    province: str = ""
    city: str = ""
    district: str = ""
    street: str = ""
    community: str = ""
    road: str = ""
    door: str = ""
    compound: str = ""
    building: str = ""
    more: tuple[str, ...] = ()
    unit: str = ""
    floor: str = ""
    room: str = ""
    where: Where = ""


def parse(text: Any) -> Address:
    """Read an address; never raises, whatever the text. Of a text of more than 300 signs the beginning is read."""
    plain = normal(text)
    parts, at = divisions(plain)
    road = _ROAD.match(plain, at)
    named_from = at
    if road is not None:
        parts["road"], parts["door"] = road["road"], road["door"] or road["court"] or ""
        named_from = road.end()
        # A courtyard is called by its road: 文艺南巷2号院.
        at = at if road["court"] else road.end()
    found = within(plain, named_from)
    near = _WORDS_NEAR.search(plain, at)
    end = found.start if near is None or found.form else min(found.start, near.start())
    before = plain[at:end] if end > at else ""
    compound = _AT_END.sub("", before)
    where: Where = "near" if near is not None else "inside" if compound != before and not found.form else ""
    return Address(
        **parts,
        compound=compound,
        building=found.number,
        more=found.more,
        unit=found.unit,
        floor=found.floor,
        room=found.room,
        where=where,
    )


def normal(text: Any, *, numerals: bool = True) -> str:
    """Return a text in half-width capitals without blanks, brackets and dots.

    Numerals before 号, 楼, 期 and the like become digits, unless ``numerals`` is False.
    """
    plain = fields.fold(text)[:_LONGEST]
    if "(" in plain:
        plain = _FORMER.sub("", plain)
    if " " in plain:
        plain = _BETWEEN_DIGITS.sub("-", plain).replace(" ", "")
    plain = plain.translate(_SIGNS).upper()
    return plain if not numerals or _NUMERALS.isdisjoint(plain) else _NUMERAL.sub(_digits, plain)


def is_digit_by_digit(text: str) -> bool:
    """Whether a number is written as 二一号楼: building 21, or building 1 of what is called 二期 for short."""
    return _DIGIT_BY_DIGIT.search(text) is not None


def divisions(plain: str) -> tuple[dict[str, str], int]:
    """Return the divisions with which a text as `normal` gives it begins, by their field, and where they end.

    Words before them, such as 来电人家住, are passed over.
    """
    said = _SAYING.match(plain)
    at = said.end() if said is not None else 0
    parts: dict[str, str] = {}
    for name, pattern in _DIVISIONS:
        match = pattern.match(plain, at)
        if match is not None and (name == "community" or _NO_DIVISION.match(plain, match.end()) is None):
            parts[name] = match[0]
            at = match.end()
    return parts, at


def is_near(plain: str) -> bool:
    """Whether a word of the text says that not the place itself is meant, but one beside it."""
    return _WORDS_NEAR.search(plain) is not None


def within(plain: str, at: int = 0) -> Within:
    """Return the building that a text as `normal` gives it names from ``at`` on, and the place within it."""
    named = _NAMED.search(plain, at)
    several = None if _JOINING.isdisjoint(plain) else _SEVERAL.search(plain, at)
    if several is None and named is not None:
        several = _TOGETHER.match(plain, named.start())
    if several is not None and (named is None or several.start() <= named.start()):
        numbers = tuple(dict.fromkeys(map(fields.number_key, _EACH.findall(several[0]))))
        if len(numbers) > 1:
            return Within(several.start(), "named", numbers[0], more=numbers[1:], written=several[0])
    if named is not None:
        return _with_room(plain, named, "named")
    dashes = _DASHES.search(plain, at)
    door = _DOOR_NUMBER.search(plain, at)
    if door is not None and (dashes is None or door.start() < dashes.start()):
        return _with_room(plain, door, "door")
    if dashes is not None:
        return _with_room(plain, dashes, "dashes")
    storey = _STOREY.search(plain, at)
    if storey is not None:
        # 东1楼 is no floor, and a floor comes behind its unit.
        certain = storey["unit"] or not storey["number"].isdigit()
        return _with_room(plain, storey, "named" if certain else "storey")
    bare = _BARE.search(plain, at)
    if bare is not None:
        return _with_room(plain, bare, "bare")
    glued = _GLUED.search(plain, at)
    if glued is not None:
        inner = _inner(plain, glued.start("unit"))
        return Within(glued.start(), "glued", fields.number_key(glued["number"]), *inner, written=glued["number"])
    unit = _UNIT.search(plain, at)
    inner = _inner(plain, unit.start()) if unit is not None else _inner(plain, at)
    start = unit.start() if unit is not None else at if any(inner) else len(plain)
    return Within(start, "", "", *inner)


def _with_room(plain: str, match: re.Match[str], form: Form) -> Within:
    number, start = fields.number_key(match["number"]), match.start()
    if form == "dashes":
        unit = match["unit"] or match["unit1"] or match["unit2"] or ""
        room = match["room"] or match["room1"] or match["room2"] or ""
        return Within(start, form, number, unit, match["floor"] or "", room, written=match[0])
    end = match.start("unit") if "unit" in match.re.groupindex and match["unit"] else match.end()
    return Within(start, form, number, *_inner(plain, end), written=plain[start:end])


def _inner(plain: str, at: int) -> tuple[str, str, str]:
    """Return unit, floor and room that stand at ``at``."""
    at = _past(plain, at)
    both = _UNIT_ROOM.match(plain, at)
    if both is not None:
        return both[1], both[2] or "", both[3]
    unit = _UNIT.match(plain, at)
    if unit is not None:
        at = _past(plain, unit.end())
    floor = _FLOOR.match(plain, at)
    if floor is not None:
        at = _past(plain, floor.end())
    room = _ROOM.match(plain, at)
    return (
        unit[1] if unit is not None else "",
        floor[1] if floor is not None else "",
        (room[1] or room[2] or room[3]) if room is not None else "",
    )


def _past(plain: str, at: int) -> int:
    separator = _BETWEEN.match(plain, at)
    return separator.end() if separator is not None else at


def _digits(match: re.Match[str]) -> str:
    number = fields.chinese_number(match[0])
    return match[0] if number is None else str(number)
