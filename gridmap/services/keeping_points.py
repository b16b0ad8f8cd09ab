"""Takes in service points, with their teams."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
from sqlalchemy.orm import Session

from gridmap import model
from gridmap.exchange import fields, linking
from gridmap.services import keeping, keeping_teams
from gridmap.services import tally as tallies
from gridmap.services.import_scene import Scene
from gridmap.services.tally import Tally

_TERMS = ("tenure", "rent_yuan", "tenure_until")
_FIELDS = ("kind", "name", "host", "terms", "hours", "capacity_households", "area_m2", *_TERMS)


def keep(session: Session, scene: Scene, clean: gpd.GeoDataFrame) -> Tally:
    """Keep service points, each with the building it is in and its team.

    They are found again by kind and name, else by kind and place.
    """
    tally, community_id = Tally(), scene.community_id
    teams = keeping_teams.Teams(session, community_id)
    kept = keeping.rows_of(session, model.ServicePoint, community_id)
    host = linking.host_building(clean, keeping.frame(keeping.rows_of(session, model.Building, community_id)))
    by_name = {(one.kind, fields.name_key(one.name)): one for one in kept}
    by_id = {one.id: one for one in kept}
    same = _same_place_and_kind(clean, kept)
    for row, told in keeping.records(clean, (*_FIELDS, *keeping_teams.COLUMNS)):
        values = {name: value for name, value in told.items() if name not in keeping_teams.COLUMNS}
        if "tenure" in values:
            values["tenure"] = model.Tenure(values["tenure"])
        values.setdefault("name", scene.kinds.label(values["kind"], "zh"))
        if (building_id := keeping.number_or_none(host[row])) is not None:
            values["building_id"] = building_id
        found = by_name.get((values["kind"], fields.name_key(values["name"]))) or by_id.get(
            keeping.number_or_none(same[row])
        )
        if found is None:
            found = model.ServicePoint(community_id=community_id, **values)
            tally.add(session, found, at=row)
            session.flush()
        else:
            if "geom" in values and tallies.same(found.geom, values["geom"]):
                # Where it has not moved, its building stays as somebody has said it.
                values.pop("building_id", None)
            tally.write(found, values, at=row)
        if teams.write(found, told):
            tally.touch(found)
    tally.note("team_names", teams.unnamed)
    return tally


def _same_place_and_kind(clean: gpd.GeoDataFrame, kept: list[model.ServicePoint]) -> pd.Series:
    parts = [
        linking.same_shape(clean[clean["kind"] == kind], keeping.frame(one for one in kept if one.kind == kind))
        for kind in clean["kind"].unique()
    ]
    return pd.concat(parts) if parts else pd.Series(dtype="Int64")
