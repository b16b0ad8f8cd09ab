"""What the demo community consists of, as rows of the model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields

from gridmap import model


@dataclass(frozen=True, kw_only=True)
class DemoCommunity:
    """The rows of the demo community, in WGS 84; ids count from 1 in each class, and references use them."""

    street: model.Street
    community: model.Community
    compounds: tuple[model.Compound, ...]
    gates: tuple[model.Gate, ...]
    buildings: tuple[model.Building, ...]
    paths: tuple[model.Path, ...]
    grounds: tuple[model.Ground, ...]
    staff: tuple[model.Staff, ...]
    grid_versions: tuple[model.GridVersion, ...]
    grids: tuple[model.Grid, ...]
    grid_buildings: tuple[model.GridBuilding, ...]
    service_points: tuple[model.ServicePoint, ...]
    team_members: tuple[model.TeamMember, ...]
    team_buildings: tuple[model.TeamBuilding, ...]
    resident_groups: tuple[model.ResidentGroup, ...]
    weekly_activities: tuple[model.WeeklyActivity, ...]
    room_bookings: tuple[model.RoomBooking, ...]
    activities: tuple[model.Activity, ...]
    receptions: tuple[model.Reception, ...]
    reception_days: tuple[model.ReceptionDay, ...]
    projects: tuple[model.Project, ...]
    project_milestones: tuple[model.ProjectMilestone, ...]
    project_opinions: tuple[model.ProjectOpinion, ...]
    walks: tuple[model.Walk, ...]
    walkers: tuple[model.Walker, ...]
    stops: tuple[model.Stop, ...]
    issues: tuple[model.Issue, ...]
    issue_events: tuple[model.IssueEvent, ...]
    issue_calls: tuple[model.IssueCall, ...]
    issue_origins: tuple[model.IssueOrigin, ...]
    care_households: tuple[model.CareHousehold, ...]
    fund_entries: tuple[model.FundEntry, ...]
    fund_closings: tuple[model.FundClosing, ...]
    care_helps: tuple[model.CareHelp, ...]
    premises: tuple[model.Premises, ...]
    desk_matters: tuple[model.DeskMatter, ...]

    def tables(self) -> Iterator[Sequence[model.Owned]]:
        """Give the owned rows class by class, what is referred to before what refers to it."""
        for field in fields(self):
            rows = getattr(self, field.name)
            if isinstance(rows, tuple):
                yield rows
