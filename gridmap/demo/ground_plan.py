"""The ground plan as rows of the model."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from shapely import MultiPolygon

from gridmap import model
from gridmap.demo import globe, recipe
from gridmap.demo.plan import Town

COMMUNITY_ID = 1
VERSION_ID = 1


@dataclass(frozen=True, kw_only=True)
class GroundPlan:
    """Rows that follow from the plan alone."""

    street: model.Street
    community: model.Community
    compounds: tuple[model.Compound, ...]
    gates: tuple[model.Gate, ...]
    buildings: tuple[model.Building, ...]
    paths: tuple[model.Path, ...]
    grounds: tuple[model.Ground, ...]
    grid_versions: tuple[model.GridVersion, ...]
    grids: tuple[model.Grid, ...]
    grid_buildings: tuple[model.GridBuilding, ...]


def rows(town: Town, today: dt.date, earth: globe.Globe) -> GroundPlan:
    """Return the plan's rows; the grids are valid since the first of the month a year before ``today``."""
    spec = recipe.part("town")
    head = spec["town"]
    number = {c["key"]: i for i, c in enumerate(spec["compounds"], start=1)}
    grid_id = {letter: i for i, letter in enumerate(town.grids, start=1)}
    inside = [
        next(letter for letter, area in town.grids.items() if area.contains(b.geom.representative_point()))
        for b in town.buildings
    ]
    return GroundPlan(
        street=model.Street(id=1, code=head["street_code"], name=head["street_name"]),
        community=model.Community(
            id=COMMUNITY_ID,
            street_id=1,
            code=head["community_code"],
            name=head["community_name"],
            synthetic=True,
            boundary_drawn=True,
            geom=earth.lay(town.boundary),
        ),
        compounds=tuple(
            model.Compound(
                id=number[c["key"]],
                community_id=COMMUNITY_ID,
                name=c["name"],
                kind=model.CompoundKind(c["kind"]),
                walled=True,
                property_company=c["property_company"],
                geom=earth.lay(MultiPolygon([town.compounds[c["key"]]])),
            )
            for c in spec["compounds"]
        ),
        gates=tuple(
            model.Gate(
                id=i,
                community_id=COMMUNITY_ID,
                compound_id=number[g.compound],
                name=g.name,
                pedestrians=True,
                vehicles=g.vehicles,
                open_hours=g.hours,
                geom=earth.lay(g.geom),
            )
            for i, g in enumerate(town.gates, start=1)
        ),
        buildings=tuple(
            model.Building(
                id=i,
                community_id=COMMUNITY_ID,
                compound_id=number[b.compound] if b.compound else None,
                number=b.number,
                name=b.name,
                use=model.BuildingUse(b.use),
                units=b.units,
                floors=b.floors,
                households=b.households,
                geom=earth.lay(MultiPolygon([b.geom])),
            )
            for i, b in enumerate(town.buildings, start=1)
        ),
        paths=tuple(
            model.Path(
                id=i,
                community_id=COMMUNITY_ID,
                kind=model.PathKind(line.kind),
                name=line.name,
                geom=earth.lay(line.geom),
            )
            for i, line in enumerate(town.lines, start=1)
        ),
        grounds=tuple(
            model.Ground(
                id=i, community_id=COMMUNITY_ID, kind=model.GroundKind(g.kind), name=g.name, geom=earth.lay(g.geom)
            )
            for i, g in enumerate(town.grounds, start=1)
        ),
        grid_versions=(
            model.GridVersion(
                id=VERSION_ID,
                community_id=COMMUNITY_ID,
                valid_from=today.replace(year=today.year - 1, day=1),
                reason=head["grid_reason"],
            ),
        ),
        grids=tuple(
            model.Grid(
                id=grid_id[g["letter"]],
                community_id=COMMUNITY_ID,
                version_id=VERSION_ID,
                code=g["code"],
                name=g["name"],
                colour=g["colour"],
                letter=g["letter"],
                legend=g["legend"],
                geom=earth.lay(MultiPolygon([town.grids[g["letter"]]])),
            )
            for g in spec["grids"]
        ),
        grid_buildings=tuple(
            model.GridBuilding(
                id=i,
                community_id=COMMUNITY_ID,
                version_id=VERSION_ID,
                building_id=i,
                grid_id=grid_id[letter],
            )
            for i, letter in enumerate(inside, start=1)
        ),
    )
