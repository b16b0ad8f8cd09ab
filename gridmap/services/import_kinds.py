"""What can be imported: one table of kinds, each with how its rows are checked and kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd
from sqlalchemy.orm import Session

from gridmap import access, model
from gridmap.access import Action, Actor
from gridmap.errors import Fault, InputError
from gridmap.exchange import faults, placeless
from gridmap.services import (
    building_import,
    grid_import,
    issue_checks,
    keeping,
    keeping_belonging,
    keeping_care,
    keeping_desk,
    keeping_fund,
    keeping_groups,
    keeping_issues,
    keeping_points,
    keeping_projects,
    keeping_staff,
)
from gridmap.services.import_scene import Scene
from gridmap.services.tally import Tally

Check = Callable[[Any, Scene], tuple[Any, list[Fault]]]
Keep = Callable[[Session, Scene, Any], Tally]


@dataclass(frozen=True, kw_only=True)
class ImportKind:
    """A kind of thing that can be imported.

    Parameters
    ----------
    name
        As the command line and the catalogues know it; the columns of its files are in ``import_columns``.
    cls
        The class of its rows.
    check
        Finds what is wrong with a frame of our field names (index = row of the file), and returns what is left when
        the rows that cannot be kept are set aside, its cells read. Places are a column ``geom``, a building found for
        a row is in ``building_id``.
    keep
        Keeps what `check` left, within a change that is under way.
    needs
        What one must be allowed to do to import a file of it: a preview shows what is kept.
    shape
        The geometry of its rows where a file must draw them; None where rows have an address or no place at all.
    by
        Classes by whose rows it is checked: what its own rows belong to.
    """

    name: str
    cls: type[model.Row]
    check: Check
    keep: Keep
    needs: tuple[Action, ...] = (Action.IMPORT_DATA,)
    shape: str | None = None
    by: tuple[type[model.Owned], ...] = ()


def _drawn(name: str) -> Check:
    def check(frame: Any, scene: Scene) -> tuple[Any, list[Fault]]:
        existing, near, kinds = scene.compounds if name == "buildings" else None, scene.middle, scene.kinds
        return faults.check(frame, name, boundary=scene.boundary, near=near, existing=existing, kinds=kinds)

    return check


def _buildings(frame: gpd.GeoDataFrame, scene: Scene) -> tuple[gpd.GeoDataFrame, list[Fault]]:
    """Check buildings, those of a table apart that have no footprint yet."""
    loose = frame["without_place"] if "without_place" in frame.columns else pd.Series(False, frame.index)
    rows = frame.drop(columns="without_place", errors="ignore")
    checks = _drawn("buildings")
    if not loose.any():
        return checks(rows, scene)
    clean, found = placeless.check(rows[loose], scene.compounds)
    if loose.all():
        return clean, found
    others, more = checks(rows[~loose], scene)
    whole: gpd.GeoDataFrame = pd.concat([clean, others]).sort_index()
    return whole, [*found, *more]


def _kept(keeper: Callable[[Session, int, gpd.GeoDataFrame], Tally]) -> Keep:
    return lambda session, scene, clean: keeper(session, scene.community_id, clean)


KINDS: Mapping[str, ImportKind] = {
    one.name: one
    for one in (
        ImportKind(
            name="buildings",
            cls=model.Building,
            shape="polygon",
            check=_buildings,
            keep=lambda session, scene, clean: building_import.keep(session, scene.community_id, clean, scene.today),
        ),
        ImportKind(
            name="compounds",
            cls=model.Compound,
            shape="polygon",
            check=_drawn("compounds"),
            keep=_kept(keeping.compounds),
        ),
        ImportKind(name="gates", cls=model.Gate, shape="point", check=_drawn("gates"), keep=_kept(keeping.gates)),
        ImportKind(
            name="grids",
            cls=model.Grid,
            shape="polygon",
            check=_drawn("grids"),
            keep=lambda session, scene, clean: grid_import.keep(
                session, scene.community_id, clean, scene.today, repair=scene.repair
            ),
        ),
        ImportKind(name="paths", cls=model.Path, shape="line", check=_drawn("paths"), keep=_kept(keeping.paths)),
        ImportKind(
            name="service-points",
            cls=model.ServicePoint,
            shape="point",
            check=_drawn("service-points"),
            keep=keeping_points.keep,
        ),
        ImportKind(
            name="resident-groups",
            cls=model.ResidentGroup,
            check=keeping_groups.check_groups,
            keep=keeping_groups.groups,
        ),
        ImportKind(name="staff", cls=model.Staff, check=keeping_staff.check, keep=keeping_staff.keep),
        ImportKind(
            name="issues",
            cls=model.Issue,
            check=issue_checks.check,
            keep=keeping_issues.keep,
            needs=(Action.IMPORT_DATA, Action.SEE_ISSUES),
        ),
        ImportKind(
            name="households-in-need",
            cls=model.CareHousehold,
            check=keeping_care.check,
            keep=keeping_care.keep,
            needs=(Action.IMPORT_DATA, Action.SEE_CARE),
        ),
        ImportKind(name="projects", cls=model.Project, check=keeping_projects.check, keep=keeping_projects.keep),
        ImportKind(name="fund-entries", cls=model.FundEntry, check=keeping_fund.check, keep=keeping_fund.keep),
        ImportKind(
            name="activities",
            cls=model.Activity,
            check=keeping_groups.check_activities,
            keep=keeping_groups.activities,
        ),
        ImportKind(name="premises", cls=model.Premises, check=keeping_desk.check_premises, keep=keeping_desk.premises),
        ImportKind(
            name="desk-matters", cls=model.DeskMatter, check=keeping_desk.check_matters, keep=keeping_desk.matters
        ),
        ImportKind(
            name="milestones",
            cls=model.ProjectMilestone,
            check=keeping_belonging.check_milestones,
            keep=keeping_belonging.milestones,
            by=(model.Project,),
        ),
        ImportKind(
            name="opinions",
            cls=model.ProjectOpinion,
            check=keeping_belonging.check_opinions,
            keep=keeping_belonging.opinions,
            by=(model.Project,),
        ),
        ImportKind(
            name="bookings",
            cls=model.RoomBooking,
            check=keeping_belonging.check_bookings,
            keep=keeping_belonging.bookings,
            by=(model.ServicePoint, model.ResidentGroup, model.RoomBooking, model.WeeklyActivity),
        ),
        ImportKind(
            name="receptions",
            cls=model.ReceptionDay,
            check=keeping_belonging.check_receptions,
            keep=keeping_belonging.receptions,
            by=(model.GridVersion, model.Grid),
        ),
        ImportKind(
            name="care-helps",
            cls=model.CareHelp,
            check=keeping_belonging.check_helps,
            keep=keeping_belonging.helps,
            by=(model.CareHousehold,),
            needs=(Action.IMPORT_DATA, Action.SEE_CARE),
        ),
        ImportKind(
            name="home-visits",
            cls=model.HomeVisit,
            check=keeping_belonging.check_home_visits,
            keep=keeping_belonging.home_visits,
        ),
    )
}


def demand(actor: Actor | None, community: model.Community, name: str) -> None:
    """Refuse a person who may not import this kind into a community; None is the operator at the command line.

    Raises
    ------
    Forbidden
    """
    if actor is None:
        return
    for action in kind(name).needs:
        access.demand(actor, action, street_id=community.street_id, community_id=community.id)


def open_to(actor: Actor, community: model.Community) -> list[str]:
    """Return the kinds that a person may import into a community."""
    place = {"street_id": community.street_id, "community_id": community.id}
    return [
        one.name for one in KINDS.values() if all(access.decide(actor, action, **place).allowed for action in one.needs)
    ]


def kind(name: str) -> ImportKind:
    """Return a kind by name.

    Raises
    ------
    InputError
        If there is none.
    """
    if name not in KINDS:
        raise InputError("import_kind", kind=name, kinds=tuple(KINDS))
    return KINDS[name]
