"""What is reported, and what became of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from shapely import Point

from gridmap.model.base import NO_SEALED, Owned, Sealed
from gridmap.model.choices import IssueLevel, IssueSource, IssueState, Urgency


@dataclass(kw_only=True, eq=False)
class Issue(Owned):
    """问题/诉求: something reported at a place. ``category`` is a code of ``issue_categories``.

    ``contact_name`` and ``contact_phone`` are the caller of a 12345 work order, kept sealed. ``client_id`` is what the
    device that recorded the issue called it, so that the same one is not kept twice.

    A 12345 work order has its ``order_number`` (工单编号). What stands in the export is kept as it is written there:
    ``address``, ``channel`` (信息来源), ``request_type`` (受理类型), ``hotline_category`` (一级分类 to 五级分类),
    ``hotline_state`` (工单状态), ``callback`` (回访结果). ``hotline_due_at`` is the
    limit as the export last gave it, which ``due_at`` may have left. ``handler`` and ``handling`` say who did what
    about an issue (承办单位, 办理情况). It was received (接收), dispatched (派单), taken (接单), sent back (退回) and
    answered (回单) at those moments. ``place_confidence`` is how sure it is, from 0 to 1, that the address means this
    building; it is None where a person said so.
    """

    code: str
    reported_at: dt.datetime
    source: IssueSource
    category: str
    text: str
    state: IssueState = IssueState.RECORDED
    level: IssueLevel = IssueLevel.SMALL
    building_id: int | None = None
    compound_id: int | None = None
    grid_id: int | None = None
    walk_id: int | None = None
    reporter_id: int | None = None
    due_at: dt.datetime | None = None
    closed_at: dt.datetime | None = None
    client_id: str | None = None
    contact_name: Sealed = NO_SEALED
    contact_phone: Sealed = NO_SEALED
    order_number: str | None = None
    address: str = ""
    urgency: Urgency = Urgency.NORMAL
    confidential: bool = False
    channel: str = ""
    request_type: str = ""
    hotline_category: str = ""
    hotline_state: str = ""
    hotline_due_at: dt.datetime | None = None
    handler: str = ""
    handling: str = ""
    callback: str = ""
    note: str = ""
    received_at: dt.datetime | None = None
    dispatched_at: dt.datetime | None = None
    taken_at: dt.datetime | None = None
    returned_at: dt.datetime | None = None
    answered_at: dt.datetime | None = None
    extended_days: int = 0
    place_confidence: float | None = None
    geom: Point = field(default_factory=Point)


@dataclass(kw_only=True, eq=False)
class IssueEvent(Owned):
    """One move of an issue."""

    issue_id: int
    at: dt.datetime
    to_state: IssueState
    from_state: IssueState | None = None
    actor_id: int | None = None
    note: str = ""


@dataclass(kw_only=True, eq=False)
class Photo(Owned):
    """A photo of an issue, kept as a file named by its hash beside the store."""

    issue_id: int
    sha256: str
    media_type: str
    taken_at: dt.datetime | None = None
    caption: str = ""
