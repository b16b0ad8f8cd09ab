"""What gridmap keeps: one dataclass per thing, named as its users name it.

Coordinates are WGS 84 (EPSG:4326), (lon, lat); moments are timezone-aware; lengths are metres. ``id`` is
given by the store, ``version`` counts the changes of a row and guards against two people overwriting each
other. A location that is not known is an empty geometry, never None.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from shapely import LineString, MultiPolygon, Point

from gridmap.model.accounts import Account, ApiKey, AuditEntry, Session, SignInTry, ViewLink
from gridmap.model.base import NO_SEALED, Owned, Row, Sealed
from gridmap.model.catalogue import CalendarLink, CatalogueEntry
from gridmap.model.choices import (
    BuildingUse,
    CompoundKind,
    Duty,
    FundKind,
    GroundKind,
    Half,
    IssueLevel,
    IssueLinkKind,
    IssueSource,
    IssueState,
    PathKind,
    PhotoStage,
    PostKind,
    PremisesUse,
    ProjectState,
    Role,
    Stance,
    StopOutcome,
    Tenure,
    Urgency,
    WalkState,
    WishKind,
)
from gridmap.model.imports import ImportProfile, ImportRun
from gridmap.model.issues import HotlineAnswer, Issue, IssueCall, IssueEvent, IssueLink, IssueVoice, Photo
from gridmap.model.ledgers import CareHelp, DeskMatter, FundClosing, HomeVisit, Premises
from gridmap.model.neighbours import Activity, FundEntry, Project, ResidentGroup
from gridmap.model.registers import (
    IssueOrigin,
    ProjectMilestone,
    ProjectOpinion,
    ProjectPhoto,
    ReceptionDay,
    RoomBooking,
    TeamBuilding,
    WeeklyActivity,
)
from gridmap.model.rotas import ReceptionFeed, RotaDuty, RotaStep, RotaWish, WeekRota
from gridmap.model.scenarios import Scenario
from gridmap.model.set_aside import BinEntry, Draft, GridDraft
from gridmap.model.splits import CommunitySplit
from gridmap.model.stories import Story
from gridmap.model.walked import StopPhoto, StopRecord, WalkTrack
from gridmap.model.walks import Stop, VisitWish, Walk, Walker

__all__ = [
    "NO_SEALED",
    "Account",
    "Activity",
    "ApiKey",
    "AuditEntry",
    "BinEntry",
    "BuildingUse",
    "CalendarLink",
    "CareHelp",
    "CatalogueEntry",
    "CommunitySplit",
    "CompoundKind",
    "DeskMatter",
    "Draft",
    "Duty",
    "FundClosing",
    "FundEntry",
    "FundKind",
    "GridDraft",
    "GroundKind",
    "Half",
    "HomeVisit",
    "HotlineAnswer",
    "ImportProfile",
    "ImportRun",
    "Issue",
    "IssueCall",
    "IssueEvent",
    "IssueLevel",
    "IssueLink",
    "IssueLinkKind",
    "IssueOrigin",
    "IssueSource",
    "IssueState",
    "IssueVoice",
    "Owned",
    "PathKind",
    "Photo",
    "PhotoStage",
    "PostKind",
    "Premises",
    "PremisesUse",
    "Project",
    "ProjectMilestone",
    "ProjectOpinion",
    "ProjectPhoto",
    "ProjectState",
    "ReceptionDay",
    "ReceptionFeed",
    "ResidentGroup",
    "Role",
    "RoomBooking",
    "RotaDuty",
    "RotaStep",
    "RotaWish",
    "Row",
    "Scenario",
    "Sealed",
    "Session",
    "SignInTry",
    "Stance",
    "Stop",
    "StopOutcome",
    "StopPhoto",
    "StopRecord",
    "Story",
    "TeamBuilding",
    "Tenure",
    "Urgency",
    "ViewLink",
    "VisitWish",
    "Walk",
    "WalkState",
    "WalkTrack",
    "Walker",
    "WeekRota",
    "WeeklyActivity",
    "WishKind",
]


@dataclass(kw_only=True, eq=False)
class Street(Row):
    """街道: the subdistrict office under which communities stand."""

    code: str
    name: str


@dataclass(kw_only=True, eq=False)
class Community(Row):
    """社区: owns everything below.

    ``boundary_drawn`` is False while the boundary was only derived from the buildings; ``synthetic`` marks
    invented data.
    """

    street_id: int
    code: str
    name: str
    synthetic: bool = False
    boundary_drawn: bool = False
    geom: MultiPolygon = field(default_factory=MultiPolygon)


@dataclass(kw_only=True, eq=False)
class Compound(Owned):
    """小区/院落: its wall is the boundary of ``geom`` where ``walled``."""

    name: str
    kind: CompoundKind = CompoundKind.MIXED
    walled: bool = True
    property_company: str = ""
    geom: MultiPolygon = field(default_factory=MultiPolygon)


@dataclass(kw_only=True, eq=False)
class Gate(Owned):
    """大门: the only way through a wall. ``open_hours`` as ``HH:MM-HH:MM``, empty for always."""

    compound_id: int | None = None
    name: str = ""
    pedestrians: bool = True
    vehicles: bool = False
    open_hours: str = ""
    geom: Point = field(default_factory=Point)


@dataclass(kw_only=True, eq=False)
class Building(Owned):
    """楼栋: ``households_estimated`` marks a number of households that nobody counted (估算).

    ``built_year`` and ``lift`` are None where nobody has said so.
    """

    compound_id: int | None = None
    number: str
    name: str = ""
    use: BuildingUse = BuildingUse.RESIDENTIAL
    units: int | None = None
    floors: int | None = None
    households: int = 0
    households_estimated: bool = False
    built_year: int | None = None
    lift: bool | None = None
    geom: MultiPolygon = field(default_factory=MultiPolygon)


@dataclass(kw_only=True, eq=False)
class GridVersion(Owned):
    """A division of the community that is valid from a date until the next begins.

    ``proposed`` is True for a division that the app made by itself and nobody has confirmed.
    """

    valid_from: dt.date
    valid_to: dt.date | None = None
    reason: str = ""
    proposed: bool = False


@dataclass(kw_only=True, eq=False)
class Grid(Owned):
    """网格: ``colour`` is a key of the palette (``red`` ...), ``letter`` stands for it in grey print."""

    version_id: int
    code: str
    official_code: str = ""
    name: str
    colour: str
    letter: str
    legend: str = ""
    leader_id: int | None = None
    geom: MultiPolygon = field(default_factory=MultiPolygon)


@dataclass(kw_only=True, eq=False)
class GridBuilding(Owned):
    """Which grid a building is in, in one version: every building exactly once."""

    version_id: int
    building_id: int
    grid_id: int


@dataclass(kw_only=True, eq=False)
class Path(Owned):
    """道路."""

    kind: PathKind = PathKind.FOOTPATH
    name: str = ""
    geom: LineString = field(default_factory=LineString)


@dataclass(kw_only=True, eq=False)
class Ground(Owned):
    """Water, green or paved ground of the community's own base map."""

    kind: GroundKind
    name: str = ""
    geom: MultiPolygon = field(default_factory=MultiPolygon)


@dataclass(kw_only=True, eq=False)
class ServicePoint(Owned):
    """邻里服务站 or 服务点. ``kind`` is a code of the catalogue ``service_kinds``.

    ``capacity_households`` is None where the kind has no capacity. ``host`` and ``terms`` say who lends the
    room and for what; ``hours`` is free text. ``tenure`` and ``rent_yuan`` (a year) say the terms in short where
    somebody has said so, ``tenure_until`` the last day for which they hold.
    """

    kind: str
    name: str
    building_id: int | None = None
    capacity_households: int | None = None
    host: str = ""
    terms: str = ""
    hours: str = ""
    area_m2: float | None = None
    tenure: Tenure | None = None
    rent_yuan: float | None = None
    tenure_until: dt.date | None = None
    geom: Point = field(default_factory=Point)


@dataclass(kw_only=True, eq=False)
class TeamMember(Owned):
    """One role in a station's team: a code of ``team_roles``; who by ``staff_id``, or by ``person``, kept sealed."""

    service_point_id: int
    role: str
    staff_id: int | None = None
    number: int = 1
    person: Sealed = NO_SEALED
    phone: Sealed = NO_SEALED


@dataclass(kw_only=True, eq=False)
class Staff(Owned):
    """A member of the community's staff. ``partner_id`` is the other half of an A/B pair; ``phone`` is kept sealed.

    ``duties`` are what they see to besides (分工).
    """

    name: str
    post: PostKind
    ab: str = ""
    partner_id: int | None = None
    active: bool = True
    phone: Sealed = NO_SEALED
    duties: str = ""


@dataclass(kw_only=True, eq=False)
class Leave(Owned):
    """Days on which a member of staff is away, first and last included; the other half of the pair stands in."""

    staff_id: int
    from_day: dt.date
    to_day: dt.date
    note: str = ""


@dataclass(kw_only=True, eq=False)
class CareHousehold(Owned):
    """困难群众: a household that is visited, as far as a visit needs to know it, and without a place of its own.

    ``need`` is a code of ``care_needs``, ``unit`` says where in the building; ``name`` and ``phone`` are kept sealed.
    ``identity_digest`` finds a household that is registered twice; the number it is made from is kept nowhere.
    """

    building_id: int
    unit: str
    need: str
    interval_days: int = 30
    ended_on: dt.date | None = None
    name: Sealed = NO_SEALED
    phone: Sealed = NO_SEALED
    identity_digest: str = ""


@dataclass(kw_only=True, eq=False)
class Reception(Owned):
    """网格会客厅: half a day each week in a grid. ``weekday`` counts Monday as 1."""

    grid_id: int
    weekday: int
    half: Half
    hours: str
    place: str
    geom: Point = field(default_factory=Point)


@dataclass(kw_only=True, eq=False)
class Setting(Owned):
    """A value by which a community overrules ``data/defaults.toml``: dotted ``key``, JSON ``value``."""

    key: str
    value: str
