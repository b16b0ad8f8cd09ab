"""A small town whose records are changed: two grids, three buildings, a compound with a gate, a point, an issue."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

import shapely

from gridmap import model
from gridmap.access import Actor
from gridmap.model import Role
from gridmap.services import community_data
from gridmap.services.community_data import CommunityData
from gridmap.store import Store

NOW = dt.datetime(2026, 11, 24, 2, 0, tzinfo=dt.UTC)
DAY = dt.date(2026, 11, 24)
WEST, SOUTH = 108.92, 34.23


def at(x_m: float, y_m: float) -> tuple[float, float]:
    """A place so many metres east and north of the town's corner."""
    return WEST + x_m / 92_000, SOUTH + y_m / 110_900


def square(x_m: float, y_m: float, side_m: float) -> shapely.MultiPolygon:
    return shapely.MultiPolygon([shapely.box(*at(x_m, y_m), *at(x_m + side_m, y_m + side_m))])


@dataclass(frozen=True)
class Town:
    """The town and the store it is in; ids of its rows."""

    store: Store
    community: int
    street: int
    west: int
    east: int
    buildings: tuple[int, ...]
    compound: int
    gate: int
    point: int
    issue: int

    read: list[CommunityData] = field(default_factory=list, compare=False, repr=False)

    def data(self) -> CommunityData:
        """The community as it is now, read on from what was read before, as the app does."""
        before = self.read[-1] if self.read else None
        self.read[:] = [community_data.read(self.store, self.community, day=DAY, before=before)]
        return self.read[0]

    def actor(self, role: Role = Role.SECRETARY, *grids: int) -> Actor:
        """A new account of this role, so that nobody else's changes count for it."""
        in_community = role in (Role.SECRETARY, Role.DESK, Role.GRID_LEADER, Role.GRID_WORKER)
        with self.store.write() as session:
            n = session.query(model.Account).count()
            session.add(account := model.Account(name=f"{role.value}-{n}", display="", role=role, password_hash=""))
        return Actor(
            account_id=account.id or 0,
            name=account.name,
            role=role,
            street_id=self.street if role == Role.STREET_LEADER else None,
            community_id=self.community if in_community else None,
            grid_ids=frozenset(grids),
            session_id=1,
        )


def build(store: Store) -> Town:
    """Put the town into ``store``."""
    with store.write() as session:
        session.add(street := model.Street(code="1", name="模拟街道"))
        session.flush()
        boundary = square(0, 0, 400)
        session.add(
            community := model.Community(
                street_id=street.id or 0, code="1", name="模拟社区", synthetic=True, boundary_drawn=True, geom=boundary
            )
        )
        session.flush()
        owner = community.id or 0
        session.add(version := model.GridVersion(community_id=owner, valid_from=dt.date(2026, 1, 1)))
        session.add(compound := model.Compound(community_id=owner, name="甲小区", geom=square(0, 0, 150)))
        session.add(staff := model.Staff(community_id=owner, name="模拟员", post=model.PostKind.DESK))
        session.flush()
        grids = [
            model.Grid(community_id=owner, version_id=version.id or 0, code=code, name=name, colour=colour,
                       letter=letter, geom=shapely.MultiPolygon([shapely.box(*at(left, 0), *at(left + 200, 400))]))
            for code, name, colour, letter, left in (("1", "西网格", "red", "A", 0), ("2", "东网格", "blue", "C", 200))
        ]  # fmt: skip
        houses = [
            model.Building(community_id=owner, compound_id=compound.id, number="1号楼", households=40, floors=6,
                           geom=square(20, 20, 30)),
            model.Building(community_id=owner, number="2号楼", households=60, geom=square(100, 20, 30)),
            model.Building(community_id=owner, number="3号楼", households=80, geom=square(300, 300, 30)),
        ]  # fmt: skip
        session.add_all([*grids, *houses])
        session.flush()
        for house, grid in zip(houses, (grids[0], grids[0], grids[1]), strict=True):
            session.add(model.GridBuilding(community_id=owner, version_id=version.id or 0, building_id=house.id or 0,
                                           grid_id=grid.id or 0))  # fmt: skip
        session.add(gate := model.Gate(community_id=owner, compound_id=compound.id, name="南门"))
        point = model.ServicePoint(community_id=owner, kind="station", name="甲服务站", building_id=houses[0].id,
                                   capacity_households=500, geom=shapely.Point(at(35, 35)))  # fmt: skip
        session.add(point)
        session.flush()
        session.add(
            model.TeamMember(community_id=owner, service_point_id=point.id or 0, role="head", staff_id=staff.id)
        )
        session.add(model.ResidentGroup(community_id=owner, service_point_id=point.id, kind="chess", name="象棋社"))
        issue = model.Issue(community_id=owner, code="2026-0001", reported_at=NOW, source=model.IssueSource.WALK,
                            category="noise", text="夜里很吵", building_id=houses[0].id, compound_id=compound.id,
                            grid_id=grids[0].id, geom=shapely.Point(at(35, 35)))  # fmt: skip
        session.add(issue)
        session.flush()
        session.add(
            model.IssueEvent(community_id=owner, issue_id=issue.id or 0, at=NOW, to_state=issue.state, note="记")
        )
        session.add(model.Photo(community_id=owner, issue_id=issue.id or 0, sha256="ab" * 32, media_type="image/jpeg"))
    return Town(
        store=store,
        community=owner,
        street=street.id or 0,
        west=grids[0].id or 0,
        east=grids[1].id or 0,
        buildings=tuple(house.id or 0 for house in houses),
        compound=compound.id or 0,
        gate=gate.id or 0,
        point=point.id or 0,
        issue=issue.id or 0,
    )
