"""Which building of a community a written address means, how sure that is, and which others it may mean.

Confidence is from 0 to 1: what the compound's name is worth times what the writing of the number is worth, less
where a word says beside, where words are left that nobody has explained, or where another fits as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

import pandas as pd

from gridmap.exchange import address_choices, addresses, compound_names, fields
from gridmap.exchange.address_choices import Choices, Reason
from gridmap.exchange.compound_names import Hit, Meant

SURE = 0.85
"""Above this a building may be taken without asking; `tests/exchange/test_address_match.py` shows what it rests on."""
LIKELY = 0.5
"""Below this no building is named, only the runners-up."""

_MOST_RUNNERS_UP = 5
_FORMS = {
    "named": (1.0, "exact"),
    "dashes": (0.95, "exact"),
    "door": (0.92, "exact"),
    "glued": (0.9, "glued"),
    "storey": (0.75, "storey"),
    "bare": (0.7, "bare"),
}
_DOOR_OF_A_ROAD, _NEAR, _SEVERAL, _EITHER, _UNEXPLAINED, _GAP, _ELSEWHERE = 0.55, 0.75, 0.45, 0.6, 0.75, 0.45, 0.4
_ONLY_NUMBER, _SIBLING, _ALMOST = 0.6, 0.6, 0.4
# Which door of a building it is says nothing of which building: those are read once for all of its doors.
_INDOORS = re.compile(r"(?:(?<=[号栋幢#])|(?<=号楼))\d{1,2}单元(?:\d{3,4}室?)?(?:门口)?$")
_OPEN_GAP = re.compile(r"(?:里面|里边|内|里|的|、|-|院|[东西南北正后]?大?门(?:口|进去|进)?)*")
_ROADS = re.compile(
    r"(?:[一-龥A-Z0-9]{1,9}?(?:大道|大街|路|街|巷|胡同|弄|道)(?:[东西南北中]?\d{0,2}段)?(?:[甲乙丙丁附]?\d{1,5}(?:-\d{1,3})?号?)?"
    r"(?:、|-|与|和|的)?(?:交叉口|路口|口)?){1,2}"
)
_SOMEWHERE = re.compile(r"(?:我们|我|本|该|此|这个)?(?:小区|院子|院|家属院)?(?:里面|里边|内|里|的|、|-)*")
_ANOTHER = re.compile(
    r"第?\d{1,2}期|[东西南北中新老]区|\d区|[A-Z]区|[一-龥]{0,6}?(?:小区|花园|家园|家属院|公寓|广场|社区)(?!舞)"
)
_AT_END = re.compile(r"(?:里面|里边|内部|内|的|、|-)+$")
_COMMUNITY_WORD = re.compile(r"(?:社区居民委员会|社区居委会|社区|居委会|村委会)$")
_STREET_WORD = re.compile(r"(?:街道办事处|街道办|街道)$")
_RANGE = re.compile(r"\d+-\d+")
_MARKS = re.compile(r"[^\d]")


class Found(NamedTuple):
    """What an address means: see `Matcher.match`."""

    building: int | None
    compound: str | None
    confidence: float
    compound_confidence: float
    runners_up: tuple[tuple[int, float], ...]
    why: str


@dataclass(kw_only=True)
class _Place:
    """Buildings that have their place's name in common; numbers as `fields.number_key` gives them."""

    compound: str | None
    numbers: dict[str, list[int]] = field(default_factory=dict)
    named: list[tuple[str, str]] = field(default_factory=list)
    buildings: set[int] = field(default_factory=set)

    def add(self, building: int, number: str) -> None:
        self.buildings.add(building)
        key = fields.number_key(number)
        if not key or fields.app_sequence(fields.fold(number)) is not None:
            return
        if building not in self.numbers.setdefault(key, []):
            self.numbers[key].append(building)
        plain = addresses.normal(number)
        if len(plain) > 1 and not any(sign.isdigit() for sign in plain):
            self.named.append((plain, key))


class Matcher:
    """Finds the buildings of one community by what people write.

    Parameters
    ----------
    buildings
        Index = id; columns ``number`` and ``compound`` (name, missing where there is none), perhaps
        ``road_address`` (``文艺南巷2号``).
    aliases
        By the name of a compound what else it is called; a compound without buildings is named here too.
    community, street
        What they are called: an address that names another one is elsewhere.
    """

    def __init__(
        self,
        buildings: pd.DataFrame,
        aliases: Mapping[str, Iterable[str]] | None = None,
        *,
        community: str = "",
        street: str = "",
    ) -> None:
        self._own = {"community": addresses.normal(community), "street": addresses.normal(street)}
        self._places: list[_Place] = []
        self._by_name: dict[str, int] = {}
        self._by_door: dict[str, int] = {}
        frame = buildings.reindex(columns=["number", "compound", "road_address"]).map(fields.fold)
        for building, number, compound, road in zip(frame.index, *(frame[name] for name in frame.columns), strict=True):
            self._places[self._compound(compound)].add(int(building), number)
            door = addresses.normal(road)
            if len(door) > 1:
                if door not in self._by_door:
                    self._by_door[door] = self._new(_Place(compound=None))
                self._places[self._by_door[door]].add(int(building), number)
        written = {place: {door: compound_names.NAME} for door, place in self._by_door.items()}
        for name in aliases or ():
            self._compound(fields.fold(name))
        for place in self._by_name.values():
            compound = self._places[place].compound
            written[place] = compound_names.writings(compound) if compound else {}
        for name, others in (aliases or {}).items():
            for other in filter(None, map(addresses.normal, others)):
                written[self._compound(fields.fold(name))][other] = compound_names.NAME
        self._compound_of = {
            building: self._places[place].compound
            for place in self._by_name.values()
            for building in self._places[place].buildings
        }
        self._names = compound_names.Names(written)

    def match(self, texts: pd.Series) -> pd.DataFrame:
        """Return for each text which building it means.

        Parameters
        ----------
        texts
            Addresses as they are written; missing ones mean nothing.

        Returns
        -------
        pandas.DataFrame
            Index as ``texts``: ``building`` (``Int64``; missing where none is named, or none that is likely),
            ``compound`` (name, also where no building is named), ``confidence`` of the building (0 where there is
            none), ``compound_confidence``, ``runners_up`` (tuple of (id, confidence), likeliest first), ``why`` (key
            of a sentence, looked up as ``address.why.<why>``).
        """
        codes, unique = pd.factorize(texts.map(_outdoors))
        found = [self._read(text) for text in unique]
        rows = [found[code] for code in codes]
        frame = pd.DataFrame(rows, columns=list(Found._fields), index=texts.index)
        return frame.astype({"building": "Int64", "confidence": float, "compound_confidence": float, "why": str})

    def _compound(self, name: str) -> int:
        key = fields.name_key(name)
        if key not in self._by_name:
            self._by_name[key] = self._new(_Place(compound=name or None))
        return self._by_name[key]

    def _new(self, place: _Place) -> int:
        self._places.append(place)
        return len(self._places) - 1

    def _read(self, text: str) -> Found:
        plain = addresses.normal(text)
        if not plain:
            return Found(None, None, 0.0, 0.0, (), "nothing")
        hits = self._names.hits(plain)
        if not hits:
            return self._without_name(plain)
        hit, others = _chosen(hits, plain)
        place = addresses.within(plain, hit.end)
        head, gap, behind = plain[: hit.start], plain[hit.end : place.start], plain[hit.end :]
        doubts = self._doubts(head)
        if addresses.is_near(plain) and (addresses.is_near(head) or addresses.is_near(behind)):
            doubts.append(Reason(_NEAR, "near"))
        if others:
            doubts.append(Reason(_SEVERAL, "several"))
        if addresses.is_digit_by_digit(text):
            doubts.append(Reason(_UNEXPLAINED, "either"))
        if len(hit.meant) > 1:
            doubts.append(Reason(_EITHER, "either"))
        written = plain[hit.start : hit.end]
        known = written + gap
        begun = {meant.place: meant.sure for meant in self._names.beginning(known)} if gap else {}
        choices = Choices()
        for number, sure in hit.meant:
            reasons = [*doubts, _name_reason(sure)]
            if number in begun:
                reasons = [*doubts, _name_reason(min(sure, begun[number]))]
            elif not self._explains(number, gap, place):
                reasons.append(Reason(_GAP, "unexplained"))
            self._add(choices, number, place, reasons, door_of_road=compound_names.is_road(written), behind=behind)
        if gap and not begun and choices.best() < SURE:
            for number, sure in self._names.alike(known):
                self._add(choices, number, place, [*doubts, Reason(sure, "typo")], behind="")
        if len(hit.meant) == 1:
            goes_on = written if self._explains(hit.meant[0].place, gap, place) else known
            self._add_siblings(choices, hit.meant[0], goes_on, place, doubts)
        return self._found(choices, place)

    def _without_name(self, plain: str) -> Found:
        """Read an address in which no writing of a name stands: the beginning of one, a slip, or the number alone."""
        place = addresses.within(plain)
        head = plain[: place.start]
        doubts = [Reason(_NEAR, "near")] if addresses.is_near(plain) else []
        community, street, rest = _lead(head)
        elsewhere = self._elsewhere(community, street)
        road = _ROADS.match(rest)
        choices = Choices()
        for text in dict.fromkeys((head, rest, rest[road.end() :] if road is not None else rest)):
            bare = _AT_END.sub("", text)
            meant = self._names.beginning(bare)
            for number, sure in meant or self._names.alike(bare):
                reason = _name_reason(sure) if meant else Reason(sure, "typo")
                either = [Reason(_EITHER, "either")] if len(meant) > 1 else []
                self._add(choices, number, place, [*doubts, *elsewhere, *either, reason])
            if choices.worth:
                return self._found(choices, place)
        if place.form and (_SOMEWHERE.fullmatch(rest) or _ROADS.fullmatch(rest)):
            alone = len(self._by_name) == 1 and not rest
            reason = Reason(compound_names.BEGINNING if alone else _ONLY_NUMBER, "exact" if alone else "only_number")
            for number in self._by_name.values():
                self._add(choices, number, place, [*doubts, *elsewhere, reason])
            if choices.worth:
                return self._found(choices, place, compound_is_known=False)
        return Found(None, None, 0.0, 0.0, (), "no_compound")

    def _doubts(self, head: str) -> list[Reason]:
        """Return what speaks against a place that the words before its name stand before."""
        if not head:
            return []
        community, street, rest = _lead(head)
        doubts = self._elsewhere(community, street)
        if rest and not _ROADS.fullmatch(rest) and not _SOMEWHERE.fullmatch(rest):
            doubts.append(Reason(_UNEXPLAINED, "unexplained"))
        return doubts

    def _elsewhere(self, community: str, street: str) -> list[Reason]:
        named = (("community", community, _COMMUNITY_WORD), ("street", street, _STREET_WORD))
        for kind, said, word in named:
            ours = word.sub("", self._own[kind])
            if said and ours and word.sub("", said) != ours:
                return [Reason(_ELSEWHERE, "elsewhere")]
        return []

    def _explains(self, number: int, gap: str, place: addresses.Within) -> bool:
        """Whether nothing unknown stands between a place's name and what follows it."""
        if not gap or _OPEN_GAP.fullmatch(gap):
            return True
        if not place.form:
            return _ANOTHER.match(gap) is None
        known = self._places[number]
        return fields.number_key(gap + place.number) in known.numbers or any(
            gap.startswith(name) for name, _ in known.named
        )

    def _add(
        self,
        choices: Choices,
        number: int,
        place: addresses.Within,
        reasons: list[Reason],
        *,
        door_of_road: bool = False,
        behind: str = "",
    ) -> None:
        """Add the buildings of a place that have the number which the address names."""
        known = self._places[number]
        choices.place(known.compound, address_choices.product(reasons))
        for key, reason in _readings(place, known, behind, door_of_road=door_of_road):
            ids = known.numbers.get(key, [])
            double = [Reason(_SEVERAL, "either")] if len(ids) > 1 else []
            for building in ids:
                choices.add(building, [*reasons, reason, *double])
        if place.form and not known.buildings.isdisjoint(choices.worth):
            return
        if not place.form and known.compound is None and len(known.buildings) == 1:
            choices.add(next(iter(known.buildings)), [*reasons, Reason(compound_names.SHORT, "exact")])
        if place.form:
            core = _MARKS.sub("", place.number)
            for key, ids in known.numbers.items() if core else ():
                if _MARKS.sub("", key) == core:
                    for building in ids:
                        choices.add(building, [*reasons, Reason(_ALMOST, "no_such_building")])

    def _add_siblings(
        self, choices: Choices, meant: Meant, written: str, place: addresses.Within, doubts: list[Reason]
    ) -> None:
        """Add the places whose names go on where this one ends: who writes 锦绣 may mean 锦绣花园2期."""
        found = Choices()
        for number, _ in self._names.beginning(written):
            if number != meant.place:
                self._add(found, number, place, [*doubts, Reason(_SIBLING, "either")])
        if any(worth >= _SIBLING * LIKELY for worth, _ in found.worth.values()) and meant.sure < compound_names.NAME:
            choices.lower(Reason(compound_names.BEGINNING, "either"))
        for building, (worth, why) in found.worth.items():
            choices.worth.setdefault(building, (worth, why))
        # 东1号楼 of 锦绣苑, or 1号楼 of 锦绣苑东院?
        side, rest = place.number[:1], place.number[1:]
        for number, sure in self._names.beginning(written + side) if not side.isdigit() else ():
            for building in self._places[number].numbers.get(rest, ()):
                choices.lower(Reason(_UNEXPLAINED, "either"))
                choices.add(building, [*doubts, Reason(sure * _UNEXPLAINED, "either")])

    def _found(self, choices: Choices, place: addresses.Within, *, compound_is_known: bool = True) -> Found:
        ranked = sorted(choices.worth.items(), key=lambda item: (-item[1][0], item[0]))
        listed = [(building, round(worth, 3)) for building, (worth, _) in ranked]
        compound, sure = choices.compound if compound_is_known else (None, 0.0)
        if sure < LIKELY:
            compound = None
        first = listed[0][1] if listed else 0.0
        alone = len(listed) < 2 or listed[1][1] < first
        if first >= LIKELY and alone:
            building, (_, why) = ranked[0]
            return Found(
                building,
                self._compound_of[building],
                first,
                round(max(sure, first), 3),
                tuple(listed[1 : _MOST_RUNNERS_UP + 1]),
                why,
            )
        if listed:
            why = ranked[0][1][1] if alone or ranked[0][1][1] == "several" else "either"
        else:
            why = "no_such_building" if place.form else "compound_only"
        if not listed and compound is None and not choices.compound[1]:
            why = "no_compound"
        return Found(None, compound, 0.0, round(sure, 3), tuple(listed[:_MOST_RUNNERS_UP]), why)


def _name_reason(sure: float) -> Reason:
    return Reason(sure, "exact" if sure >= compound_names.ENDING else "short")


def _chosen(hits: list[Hit], plain: str) -> tuple[Hit, bool]:
    """Return the writing that names the place, and whether others name another one."""
    named = [hit for hit in hits if not compound_names.is_road(plain[hit.start : hit.end])] or hits
    best = max(named, key=lambda hit: (hit.meant[0].sure, hit.end - hit.start))
    places = {meant.place for meant in best.meant}
    return best, any(places.isdisjoint(meant.place for meant in hit.meant) for hit in named)


def _readings(place: addresses.Within, known: _Place, behind: str, *, door_of_road: bool) -> list[tuple[str, Reason]]:
    """Return the keys of numbers that an address may name, with what each reading is worth."""
    named = [(key, Reason(compound_names.ENDING, "exact")) for text, key in known.named if behind.startswith(text)]
    if named or not place.form:
        return named
    if place.more:
        return [(number, Reason(_SEVERAL, "several")) for number in (place.number, *place.more)]
    worth, key = _FORMS[place.form]
    if place.form == "door" and door_of_road:
        worth, key = _DOOR_OF_A_ROAD, "door"
    reason = Reason(worth, key)
    gap = behind[: max(behind.find(place.written), 0)]
    longer = fields.number_key(gap + place.number) if gap else ""
    if longer in known.numbers and longer:
        return [(longer, reason)]
    if place.form == "named" and _RANGE.fullmatch(place.number) and place.number not in known.numbers:
        first, _, last = place.number.partition("-")
        return [(number, Reason(_SEVERAL, "several")) for number in (first, last)]
    if place.form == "dashes" and place.unit:
        both = f"{place.number}-{place.unit}"
        if both in known.numbers:
            either = Reason(_EITHER, "either") if place.number in known.numbers else reason
            return [(both, either), (place.number, either)]
    return [(place.number, reason)]


@lru_cache(maxsize=10_000)
def _lead(head: str) -> tuple[str, str, str]:
    """Return community and street that the words before a name tell, and what is left of them."""
    # A division must be followed by something to be one.
    parts, at = addresses.divisions(f"{head}某")
    return parts.get("community", ""), parts.get("street", ""), head[at:]


def _outdoors(text: Any) -> str:
    return _INDOORS.sub("", fields.fold(text))
