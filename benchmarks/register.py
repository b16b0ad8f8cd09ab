"""A register of 50,000 rows from Excel, read, cleaned and matched to 5,000 buildings, beside ``pandas.read_excel``.

    python -m benchmarks.register [--rows N] [--buildings N]

The peer reads the same file with openpyxl, in the same run, and does nothing else with it. Ours tells records from
titles and totals, drops what must not come in, finds which column is which, reads dates and phones, and says of each
address which building it means.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
import warnings
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd
import xlsxwriter

from gridmap.exchange import address_match, cells, columns, field_dates, fields, forbidden, reading

# Those of a hotline's export.
HEADINGS = (
    *("工单编号", "信息来源", "受理类型", "录入时间", "一级分类", "二级分类", "三级分类", "联系人", "联系电话", "地址"),
    *(
        "问题描述",
        "接收时间",
        "办结时限",
        "紧急程度",
        "是否保密",
        "工单状态",
        "承办单位",
        "派单时间",
        "接单时间",
        "回单时间",
    ),
    *("办结时间", "办理情况", "延期天数", "回访结果", "备注"),
)
MOMENTS = ("reported_at", "received_at", "due_at", "dispatched_at", "taken_at", "answered_at", "closed_at")
ZONE = ZoneInfo("Asia/Shanghai")
PER_COMPOUND = 100


def buildings(n: int) -> pd.DataFrame:
    """Return ``n`` invented buildings in compounds of a hundred, each with a name of its own."""
    signs = "东南西北上下左右春夏秋冬"
    names = [f"{one}{other}{kind}小区" for one in signs for other in "林园湖山河桥" for kind in ("", "新")]
    rows = [(names[i // PER_COMPOUND % len(names)], f"{i % PER_COMPOUND + 1}号楼") for i in range(n)]
    return pd.DataFrame(rows, columns=["compound", "number"], index=range(1, n + 1))


def write(path: Path, n: int, known: pd.DataFrame) -> None:
    """Write ``n`` work orders under a title and above a total."""
    chance = random.Random(1)
    forms = ("{}{}{}单元", "西安市碑林区{}{}{}单元门口", "{}{}{}单元602室")
    where = list(known.itertuples(index=False, name=None))
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("工单")
        sheet.merge_range(0, 0, 0, len(HEADINGS) - 1, "12345 工单台账")
        sheet.write_row(1, 0, HEADINGS)
        for i in range(n):
            compound, number = chance.choice(where)
            at = f"2024/{i % 12 + 1:02d}/{i % 28 + 1:02d} {i % 24:02d}:{i % 60:02d}"
            row = [f"XA2024{i:08d}", chance.choice(("12345热线", "网站", "微信")), "投诉", at]
            row += ["城建", "市政", chance.choice(("供水供暖", "路灯井盖", "噪音扰民"))]
            row += [f"来电人{i % 100}", 13_800_000_000 + i, chance.choice(forms).format(compound, number, i % 4 + 1)]
            row += [f"居民反映楼道堆物{i % 977}处，多日未解决，要求尽快处理", at, 45_700 + i % 365, "普通", "否"]
            row += ["办结", "模拟社区", at, at, at, at, f"已联系物业清理{i % 31}次", 0, "满意", ""]
            sheet.write_row(i + 2, 0, row)
        sheet.write_row(n + 2, 0, ["合计", n])


def ours(path: Path, known: pd.DataFrame) -> tuple[int, int]:
    """Return how many rows were read, and how many of them found their building."""
    source = reading.read(path)
    frame, _ = forbidden.strip(source.frame)
    taken = columns.mapping(columns.propose(frame, "issues"))
    columns.demand(frame, "issues", taken, path.name)
    broken = cells.faults(frame, taken)
    named = columns.named(frame, taken)
    moments = [
        moment for name in MOMENTS for moment in fields.once(named[name], lambda cell: field_dates.moment(cell, ZONE))
    ]
    phones = [fields.phone(cell) for cell in named["contact_phone"]]
    found = address_match.Matcher(known).match(named["address"])
    if broken or not all(moments) or not all(phones):
        raise AssertionError("the register was not read whole")
    return len(named), int((found["confidence"] >= address_match.SURE).sum())


def main(arguments: list[str] | None = None) -> None:
    """Measure both and print the line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--buildings", type=int, default=5_000)
    options = parser.parse_args(arguments)
    known = buildings(options.buildings)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "register.xlsx"
        write(path, 100, known)
        ours(path, known)  # the first call warms both
        pd.read_excel(path, header=1, engine="openpyxl")
        write(path, options.rows, known)
        begun = time.perf_counter()
        rows, matched = ours(path, known)
        ours_s = time.perf_counter() - begun
        begun = time.perf_counter()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            peer = pd.read_excel(path, header=1, engine="openpyxl")
        peer_s = time.perf_counter() - begun
    print(f"{rows} rows of {options.rows} read, {matched} matched to {options.buildings} buildings;")
    print(f"pandas with openpyxl reads {len(peer)} rows, the total among them")
    print(f"gridmap {ours_s:.2f} s, pandas {peer_s:.2f} s, ratio {peer_s / ours_s:.1f}")


if __name__ == "__main__":
    main()
