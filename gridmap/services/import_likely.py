"""What a file probably holds, from its headings, its shapes, and what it is called: the person decides."""

from __future__ import annotations

from collections.abc import Mapping

from gridmap.exchange import columns
from gridmap.exchange.source import Source
from gridmap.services import import_kinds

# Words in the name of a file or a layer.
_CALLED: Mapping[str, tuple[str, ...]] = {
    "issues": ("工单", "12345", "诉求", "问题", "留言", "投诉", "issue", "request", "complaint"),
    "households-in-need": ("困难", "低保", "独居", "帮扶", "关爱", "care", "need"),
    "grids": ("网格", "grid"),
    "compounds": ("小区", "院落", "围墙", "compound", "wall"),
    "gates": ("大门", "出入口", "gate"),
    "paths": ("道路", "路网", "步道", "path", "way", "road"),
    "service-points": ("服务点", "服务站", "驿站", "poi", "point"),
    "resident-groups": ("自组织", "社团", "队伍", "group"),
    "staff": ("人员", "通讯录", "staff"),
    "projects": ("实事", "项目", "project"),
    "fund-entries": ("基金", "捐", "收支", "fund"),
    "activities": ("活动", "activit"),
    "buildings": ("楼", "幢", "轮廓", "房屋", "building", "footprint"),
}
_OF_A_NAME = 1.5


def kind(source: Source) -> str:
    """Return the kind of register that a file looks like most: one of ``import_kinds.KINDS``."""
    shape = _shape(source)
    called = f"{source.name} {source.part}".casefold()
    best, most = next(iter(import_kinds.KINDS)), -1.0
    for name, of in import_kinds.KINDS.items():
        if shape is not None and of.shape is not None and of.shape != shape:
            continue
        if shape is not None and of.shape is None and not set(columns.of_kind(name)) & {"lon", "address"}:
            continue
        guesses = columns.propose(source.frame, name)
        says = sum(guess.confidence for guess in guesses if guess.why != "content") / max(1, len(source.frame.columns))
        says += 0.2 * sum(guess.confidence for guess in guesses if guess.why == "content") / max(1, len(guesses))
        says += _OF_A_NAME if any(word in called for word in _CALLED.get(name, ())) else 0.0
        if says > most:
            best, most = name, says
    return best


def _shape(source: Source) -> str | None:
    if not source.spatial:
        return None
    types = source.frame.geometry.geom_type.dropna()
    found = str(types.mode().iloc[0]) if len(types) else ""
    return {"Point": "point", "LineString": "line", "MultiLineString": "line"}.get(found, "polygon")
