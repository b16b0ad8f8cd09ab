"""The kinds and states among which a field of a row is chosen."""

from __future__ import annotations

from enum import StrEnum


class CompoundKind(StrEnum):
    """Kind of a compound (小区)."""

    OLD = "old"  # 老旧小区
    COMMERCIAL = "commercial"  # 商品房小区
    WORK_UNIT = "work_unit"  # 单位家属院
    VILLAGE = "village"  # 村转居
    SHANTY = "shanty"  # 棚户区
    MIXED = "mixed"  # 混居


class BuildingUse(StrEnum):
    """What a building is used for."""

    RESIDENTIAL = "residential"
    SHOP = "shop"
    PUBLIC = "public"
    OTHER = "other"


class PathKind(StrEnum):
    """Kind of a path; a street belongs to the town, an inner road to a compound."""

    STREET = "street"
    INNER_ROAD = "inner_road"
    FOOTPATH = "footpath"
    STAIRS = "stairs"


class GroundKind(StrEnum):
    """Kind of an area drawn beneath everything else."""

    WATER = "water"
    GREEN = "green"
    SQUARE = "square"


class IssueSource(StrEnum):
    """Where an issue was first recorded."""

    WALK = "walk"  # 走访
    RECEPTION = "reception"  # 网格会客厅
    HOTLINE = "hotline"  # 12345工单
    VISITOR = "visitor"  # 来访


class IssueLevel(StrEnum):
    """Who settles an issue: on the spot, the two committees, or the street."""

    SMALL = "small"  # 小事
    MIDDLING = "middling"  # 中事
    LARGE = "large"  # 大事


class IssueState(StrEnum):
    """State of an issue."""

    RECORDED = "recorded"
    ACCEPTED = "accepted"
    ASSIGNED = "assigned"
    IN_PROGRESS = "in_progress"
    DONE = "done"
    CHECKED = "checked"
    CLOSED = "closed"
    RETURNED = "returned"
    POSTPONED = "postponed"
    SUSPENDED = "suspended"
    REDO = "redo"
    REOPENED = "reopened"

    @property
    def is_open(self) -> bool:
        """Whether something remains to be done."""
        return self not in (IssueState.DONE, IssueState.CHECKED, IssueState.CLOSED)


class IssueLinkKind(StrEnum):
    """How two issues belong together."""

    RELATED = "related"
    FOUND_BEFORE = "found_before"  # ours was known before the order came
    SAME_CAUSE = "same_cause"
    APART = "apart"  # a person said that they have nothing to do with each other


class PhotoStage(StrEnum):
    """Whether a photo shows a place before or after something was done there."""

    BEFORE = "before"
    AFTER = "after"
    OTHER = "other"


class Urgency(StrEnum):
    """How urgent a 12345 work order is said to be (紧急程度)."""

    NORMAL = "normal"  # 普通
    URGENT = "urgent"  # 紧急
    CRITICAL = "critical"  # 特急


class FundKind(StrEnum):
    """Which way money of the one-yuan fund goes."""

    GIFT = "gift"  # 捐款
    GRANT = "grant"  # 资助


class PremisesUse(StrEnum):
    """Who uses a room of the community."""

    RESIDENTS = "residents"  # 居民活动用房
    OFFICE = "office"  # 办公用房


class WalkState(StrEnum):
    """State of a walk."""

    PLANNED = "planned"
    DONE = "done"
    CANCELLED = "cancelled"


class StopOutcome(StrEnum):
    """What came of a stop: ``seen`` is that people were met, ``done`` that what was to be done is done (办结)."""

    PENDING = "pending"
    SEEN = "seen"
    DONE = "done"
    NOBODY_HOME = "nobody_home"
    NO_ACCESS = "no_access"
    LATER = "later"

    @property
    def reached(self) -> bool:
        """Whether somebody was there and met people: what counts as a visit."""
        return self in (StopOutcome.SEEN, StopOutcome.DONE)


class WishKind(StrEnum):
    """What a person has said about visits to a place."""

    MUST = "must"  # 必访
    ASKED = "asked"  # 居民要求上门
    NEVER = "never"  # 不访


class Half(StrEnum):
    """Half of a working day."""

    MORNING = "morning"
    AFTERNOON = "afternoon"


class Duty(StrEnum):
    """What a person does in a half day; whoever has none is in the office."""

    DESK = "desk"  # 全岗
    RECEPTION = "reception"  # 网格会客厅
    WALK = "walk"  # 走访


class PostKind(StrEnum):
    """What a member of staff does."""

    SECRETARY = "secretary"  # 社区书记
    GRID_LEADER = "grid_leader"  # 网格长
    GRID_WORKER = "grid_worker"  # 网格员
    DESK = "desk"  # 全岗


class ProjectState(StrEnum):
    """State of one of the ten practical things (十件实事)."""

    PLANNED = "planned"
    RUNNING = "running"
    DONE = "done"
    LATE = "late"


class Role(StrEnum):
    """What a person who signs in may do and see; `gridmap.access` holds the table."""

    ADMINISTRATOR = "administrator"
    SECRETARY = "secretary"
    GRID_LEADER = "grid_leader"
    GRID_WORKER = "grid_worker"
    DESK = "desk"
    STREET_LEADER = "street_leader"
    VIEWER = "viewer"  # whoever holds the link of a presentation


class Tenure(StrEnum):
    """On what terms a host lends a room."""

    FREE = "free"  # 无偿
    LOW_RENT = "low_rent"  # 低偿
    RENT = "rent"  # 租用


class Stance(StrEnum):
    """What residents think of a project."""

    FOR = "for"
    AGAINST = "against"
    SUGGESTION = "suggestion"
