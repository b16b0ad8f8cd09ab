"""What is reported, and what became of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from shapely import Point

from gridmap.model.base import NO_SEALED, Owned, Sealed
from gridmap.model.choices import IssueLevel, IssueLinkKind, IssueSource, IssueState, PhotoStage, Urgency


@dataclass(kw_only=True, eq=False)
class Issue(Owned):
    """问题/诉求: something reported at a place. ``category`` is a code of the community's categories.

    ``contact_name`` and ``contact_phone`` are the caller of a 12345 work order, kept sealed. ``client_id`` is what the
    device that recorded the issue called it, so that the same one is not kept twice.

    A 12345 work order has its ``order_number`` (工单编号). What stands in the export is kept as it is written there:
    ``address``, ``channel`` (信息来源), ``request_type`` (受理类型), ``hotline_category`` (一级分类 to 五级分类),
    ``hotline_state`` (工单状态), ``callback`` (回访结果). ``hotline_due_at`` is the
    limit as the export last gave it, which ``due_at`` may have left. ``handler`` and ``handling`` say who did what
    about an issue (承办单位, 办理情况). It was received (接收), dispatched (派单), taken (接单), sent back (退回) and
    answered (回单) at those moments. ``place_confidence`` is how sure it is, from 0 to 1, that the address means this
    building; it is None where a person said so. ``position_accuracy_m`` is how sure a phone was of its own position.
    ``caller_digest`` is a keyed hash of the caller's phone, by which repeats are noticed; it goes with the caller.

    It is in the hands of ``assignee_id`` of the staff, or with the street's ``department`` (a code of the community's
    departments); ``spot`` says that it was settled there and then (就地解决). A double that was folded into another
    issue has ``merged_into_id``, and is in no list, map or count; ``parent_id`` is the larger matter it is part of.

    An order for which ``struck_out`` gives a reason (剔除) is left out of the rates of the hotline.
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
    assignee_id: int | None = None
    department: str = ""
    parent_id: int | None = None
    merged_into_id: int | None = None
    position_accuracy_m: float | None = None
    caller_digest: str | None = None
    spot: bool = False
    struck_out: str = ""
    geom: Point = field(default_factory=Point)


@dataclass(kw_only=True, eq=False)
class IssueEvent(Owned):
    """One move of an issue. ``action`` is a code of ``issue_flow``, "" where the state was set without the table.

    ``assignee_id``, ``department`` and ``due_at`` are whom it was given to and its limit from then on. ``client_id`` is
    what the device called the act, so that one that is sent twice counts once.
    """

    issue_id: int
    at: dt.datetime
    to_state: IssueState
    from_state: IssueState | None = None
    actor_id: int | None = None
    note: str = ""
    action: str = ""
    assignee_id: int | None = None
    department: str = ""
    due_at: dt.datetime | None = None
    client_id: str | None = None


@dataclass(kw_only=True, eq=False)
class IssueVoice(Owned):
    """A further person who said the same as an issue."""

    issue_id: int
    at: dt.datetime
    source: IssueSource
    text: str = ""
    reporter_id: int | None = None
    order_number: str | None = None
    client_id: str | None = None


@dataclass(kw_only=True, eq=False)
class IssueLink(Owned):
    """Two issues that belong together; of ``found_before``, ``issue_id`` is the one that was known first."""

    issue_id: int
    other_id: int
    kind: IssueLinkKind


@dataclass(kw_only=True, eq=False)
class IssueCall(Owned):
    """吹哨: a street department that was called to an issue, and what it answered."""

    issue_id: int
    department: str
    called_at: dt.datetime
    due_at: dt.datetime | None = None
    answered_at: dt.datetime | None = None
    arrived: bool = False
    answer: str = ""


@dataclass(kw_only=True, eq=False)
class HotlineAnswer(Owned):
    """回单: the answer to a work order as it was last handed to the city's platform."""

    issue_id: int
    at: dt.datetime
    text: str = ""


@dataclass(kw_only=True, eq=False)
class Photo(Owned):
    """A photo of an issue, kept as a file named by its hash beside the store, with a thumbnail.

    ``width`` and ``height`` are in pixels, 0 where nobody has looked; ``event_id`` is the move it belongs to.
    """

    issue_id: int
    sha256: str
    media_type: str
    taken_at: dt.datetime | None = None
    caption: str = ""
    stage: PhotoStage = PhotoStage.OTHER
    event_id: int | None = None
    width: int = 0
    height: int = 0
    client_id: str | None = None
