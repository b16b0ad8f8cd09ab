"""Where an issue that comes in from a file is: its building, its compound, its grid, its point on the map."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import shapely
import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridmap import model
from gridmap.errors import Fault
from gridmap.exchange import fields
from gridmap.services import grids
from gridmap.services.import_scene import Scene
from gridmap.services.tally import Tally

_SHOWN = 40


class Places:
    """What belongs to what in a community, looked up for many rows.

    Parameters
    ----------
    session
        The change under way.
    scene
        The community.
    """

    def __init__(self, session: Session, scene: Scene) -> None:
        numbers = scene.buildings.index.tolist()
        self._footprints = dict(zip(numbers, scene.buildings.geometry.tolist(), strict=True))
        self._middles: dict[int, shapely.Point] = {}
        compounds = scene.buildings["compound_id"].astype(object)
        self._compound_of = dict(zip(numbers, compounds.where(compounds.notna(), None).tolist(), strict=True))
        self._compounds = {fields.name_key(name): int(number) for number, name in scene.compounds["name"].items()}
        version = grids.current_version(session, scene.community_id)
        self._areas = grids.areas_of(grids.grids_within(session, version) if version is not None else [])
        self._grids: dict[str, int] = {}
        self._grid_of: dict[int, int] = {}
        if version is not None:
            for grid in grids.grids_within(session, version):
                self._grids |= {fields.name_key(name): int(grid.id or 0) for name in (grid.name, grid.code) if name}
            member = sa.inspect(model.GridBuilding).c
            found = session.execute(
                sa.select(member.building_id, member.grid_id).where(member.version_id == version.id)
            )
            self._grid_of = {int(building): int(grid) for building, grid in found}

    def of_new(self, row: int, values: Mapping[str, Any], tally: Tally) -> dict[str, Any]:
        """Return the place of a new issue, as far as the file tells it."""
        return self._placed(row, values, tally)

    def of_kept(self, row: int, values: Mapping[str, Any], found: model.Issue, tally: Tally) -> dict[str, Any]:
        """Return the place of an issue that is kept where the file knows better: a person's word is not overruled."""
        said_by_hand = found.place_confidence is None and (found.building_id is not None or not found.geom.is_empty)
        elsewhere = "building_id" in values and int(values["building_id"]) != found.building_id
        if said_by_hand and found.building_id is not None:
            return {}
        if found.building_id is not None and not elsewhere:
            return {}
        if said_by_hand and "building_id" not in values:
            return {}
        return self._placed(row, values, tally)

    def _placed(self, row: int, values: Mapping[str, Any], tally: Tally) -> dict[str, Any]:
        new: dict[str, Any] = {}
        point = values.get("geom")
        if "building_id" in values:
            building = int(values["building_id"])
            footprint, compound = self._footprints[building], self._compound_of[building]
            new["building_id"] = building
            new["place_confidence"] = values.get("place_confidence")
            new["compound_id"] = None if compound is None else int(compound)
            new["grid_id"] = self._grid_of.get(building)
            if point is None and not footprint.is_empty:
                if building not in self._middles:
                    self._middles[building] = footprint.representative_point()
                point = self._middles[building]
        if point is not None:
            new["geom"] = point
        if new.get("compound_id") is None and (named := self._compound(values)) is not None:
            new["compound_id"] = named
        if new.get("grid_id") is None:
            new["grid_id"] = self._grid(row, values, point, tally)
        return {name: value for name, value in new.items() if value is not None}

    def _compound(self, values: Mapping[str, Any]) -> int | None:
        if "compound" in values and (found := self._compounds.get(fields.name_key(values["compound"]))) is not None:
            return found
        told = fields.name_key(values.get("address", ""))
        inside = [name for name in self._compounds if name and name in told]
        return self._compounds[max(inside, key=len)] if inside else None

    def _grid(self, row: int, values: Mapping[str, Any], point: shapely.Point | None, tally: Tally) -> int | None:
        if "grid" in values:
            found = self._grids.get(fields.name_key(values["grid"]))
            if found is not None:
                return found
            value = str(values["grid"])[:_SHOWN]
            tally.faults.append(Fault(problem="grid_unknown", row=row, column="grid", value=value, fatal=False))
        if point is None or self._areas.empty:
            return None
        areas: gpd.GeoDataFrame = self._areas
        hits = areas.sindex.query(point, predicate="intersects")
        return int(areas.index[hits[0]]) if len(hits) else None
