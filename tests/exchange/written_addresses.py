"""Addresses as people write them, with what they mean: made from a seed, none of them copied from anywhere."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

DIGITS = "零一二三四五六七八九"
WORDS = ("号楼", "栋", "幢", "#", "#楼", "号 楼", "座")
STEMS = (
    "锦绣", "东方阳光", "金色家", "翠湖", "碧海", "康乐", "和平里", "幸福", "建设",
    "红星机床厂", "纺织城", "电力局", "秦川", "师大附中", "交大", "邮电", "曲江", "丰庆",
)  # fmt: skip
ENDINGS = ("花园", "小区", "家属院", "家园", "新村", "公寓", "苑")
ROADS = ("友谊西路", "文艺南巷", "太白北路", "建西街", "乐居场巷", "环城南路东段")
STRANGERS = (
    "碧桂园",
    "绿地世纪城",
    "万象春天小区",
    "紫薇田园都市",
    "长庆坊",
    "枫林绿洲",
    "融侨馨苑",
    "白桦林居",
    "御笔华章",
)
SLIPS = "缘林芬佳铭瑞峰轩辉"


def numeral(n: int) -> str:
    """Return a number below 100 in Chinese numerals."""
    tens, ones = divmod(n, 10)
    return ("" if tens == 0 else "十" if tens == 1 else DIGITS[tens] + "十") + (DIGITS[ones] if ones or n == 0 else "")


def full_width(text: str) -> str:
    """Return digits, letters and signs in full width."""
    return "".join(chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in text)


@dataclass(frozen=True)
class Written:
    """A writing, the building it means, and how it was made."""

    text: str
    building: int | None
    how: str


class Town:
    """Compounds of one community whose names are hard to tell apart, and what is written about them."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        names = [f"{stem}{self.dice.choice(ENDINGS)}" for stem in STEMS]
        names += [
            f"{names[0]}二期",
            f"{names[0]}北区",
            f"{names[5]}东院",
            "文艺南巷12号院",
            "建西街3号院",
            "太白北路小区",
        ]
        rows = [
            (number, compound)
            for compound in names
            for number in [str(n) for n in range(1, self.dice.randint(4, 24))]
            + self.dice.choice([[], ["3甲"], ["A1", "A2"], ["办公楼"], ["东1"]])
        ]
        self.buildings = pd.DataFrame(rows, columns=["number", "compound"], index=range(500, 500 + len(rows)))
        self.names = names

    def written(self, size: int) -> Iterator[Written]:
        """Yield ``size`` writings; about one in three means no building of ours."""
        ways = (self.plain, self.plain, self.longer, self.shorter, self.slip, self.inside, self.stranger, self.road,
                self.elsewhere, self.other_phase, self.beside, self.several)  # fmt: skip
        for at in range(size):
            yield ways[at % len(ways)]()

    def pick(self) -> tuple[int, str, str]:
        building = self.dice.choice(list(self.buildings.index))
        return building, self.buildings.at[building, "compound"], self.buildings.at[building, "number"]

    def numbered(self, number: str) -> str:
        """Return a building's number with what may stand behind it."""
        if not number[-1].isdigit() and number[-1] != "甲":
            return number
        n = numeral(int(number)) if number.isdigit() and self.dice.random() < 0.25 else number
        unit, room = self.dice.randint(1, 4), self.dice.randint(1, 6) * 100 + self.dice.randint(1, 4)
        if number.isdigit() and self.dice.random() < 0.15:
            return f"{number}-{unit}-{room}"
        behind = self.dice.choice(
            ["", "", f"{unit}单元", f"{unit}单元门口", f"{unit}-{room}", f"{unit}单元{room}室", f" {room}室"]
        )
        return f"{n}{self.dice.choice(WORDS)}{behind}"

    def name(self, compound: str) -> str:
        """Return a compound's name, its number in digits at times."""
        return compound.replace("12号院", "十二号院") if self.dice.random() < 0.5 else compound

    def plain(self) -> Written:
        building, compound, number = self.pick()
        text = self.name(compound) + self.numbered(number)
        return Written(full_width(text) if self.dice.random() < 0.2 else text, building, "plain")

    def longer(self) -> Written:
        building, compound, number = self.pick()
        before = self.dice.choice(
            [
                "西安市碑林区",
                "陕西省西安市",
                "碑林区文艺路街道",
                "边家村社区",
                f"{self.dice.choice(ROADS)}{self.dice.randint(1, 300)}号",
            ]
        )
        text = f"{self.dice.choice(['', '来电人家住', '位于'])}{before}{self.name(compound)}{self.numbered(number)}"
        return Written(text, building, "longer")

    def shorter(self) -> Written:
        building, compound, number = self.pick()
        ending = next((ending for ending in ENDINGS if compound.endswith(ending)), "")
        short = (
            compound.removesuffix(ending) if self.dice.random() < 0.6 else compound[: -1 if len(compound) > 4 else None]
        )
        return Written(short + self.numbered(number), building, "shorter")

    def slip(self) -> Written:
        building, compound, number = self.pick()
        at = self.dice.randrange(len(compound))
        wrong = compound[:at] + self.dice.choice(SLIPS) + compound[at + 1 :]
        return Written(wrong + self.numbered(number), building, "slip")

    def inside(self) -> Written:
        _, compound, _ = self.pick()
        behind = self.dice.choice(["内", "", "南门", "3号门门口", "院内", "地下车库", "广场", "附近", "对面", "2单元"])
        return Written(self.name(compound) + behind, None, "inside")

    def stranger(self) -> Written:
        _, compound, number = self.pick()
        name = self.dice.choice(
            [self.dice.choice(STRANGERS), f"新{compound}", f"{self.dice.choice(STRANGERS)}{compound}"]
        )
        return Written(name + self.numbered(number), None, "stranger")

    def road(self) -> Written:
        door = self.dice.randint(1, 300)
        return Written(f"{self.dice.choice(ROADS)}{self.dice.choice(['', '甲'])}{door}号", None, "road")

    def elsewhere(self) -> Written:
        _, compound, number = self.pick()
        place = self.dice.choice(["长安社区", "小寨路街道", "长乐坊街道办事处永兴社区"])
        return Written(place + compound + self.numbered(number), None, "elsewhere")

    def other_phase(self) -> Written:
        compound = self.names[0]
        phase = self.dice.choice(["三期", "5期", "南区", "西院", "E区"])
        return Written(f"{compound}{phase}{self.dice.randint(1, 6)}号楼", None, "other_phase")

    def beside(self) -> Written:
        building, compound, number = self.pick()
        where = self.dice.choice(["附近", "对面", "旁边空地", "东侧", "与围墙之间"])
        return Written(f"{compound}{self.numbered(number)}{where}", building, "beside")

    def several(self) -> Written:
        _, compound, _ = self.pick()
        first, second = self.dice.sample(range(1, 12), 2)
        between = self.dice.choice(["号楼和{}号楼", "、{}号楼", "号楼与{}号楼之间", "号楼、{}号楼", "栋至{}栋"])
        return Written(f"{compound}{first}{between.format(second)}", None, "several")
