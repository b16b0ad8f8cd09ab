"""Puts the rows of an import beside those that are kept: what is new, what has changed, what is as it was."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridmap import crs, model
from gridmap.analysis import households
from gridmap.errors import Fault
from gridmap.exchange import fields, linking
from gridmap.services import community_settings
from gridmap.services.tally import Tally

Kept = TypeVar("Kept", bound=model.Owned)
Placed = TypeVar("Placed", model.Compound, model.Gate, model.Building, model.Path, model.ServicePoint, model.Grid)

_OF_BUILDINGS = (
    *("number", "name", "use", "units", "floors", "households", "households_estimated", "built_year", "lift"),
    "compound_id",
)
# Two buildings whose middles are less than this apart, north to south, are numbered in one row from west to east.
_ROW_DEG = 0.0003


def compounds(session: Session, community_id: int, clean: gpd.GeoDataFrame) -> Tally:
    """Keep compounds, found again by name, else by their shape; buildings and gates inside are linked to them."""
    tally = Tally()
    kept = rows_of(session, model.Compound, community_id)
    by_name = {fields.name_key(one.name): one for one in kept}
    old = frame(kept)
    same = linking.same_shape(clean, old)
    by_id = {one.id: one for one in kept}
    for row, values in records(clean, ("name", "kind", "walled", "property_company")):
        found = by_name.get(fields.name_key(values["name"])) or by_id.get(number_or_none(same[row]))
        if found is None:
            tally.add(session, model.Compound(community_id=community_id, **values), at=row)
        else:
            if found.geom.is_empty:
                values.setdefault("walled", True)
            tally.write(found, values, at=row)
    session.flush()
    if tally.touched:
        _link_buildings_and_gates(session, community_id, tally)
    return tally


def gates(session: Session, community_id: int, clean: gpd.GeoDataFrame) -> Tally:
    """Keep gates, each with the compound whose wall is nearest; found again by compound and name, else by place."""
    tally = Tally()
    kept = rows_of(session, model.Gate, community_id)
    known = rows_of(session, model.Compound, community_id)
    compound_of = linking.nearest_wall(clean, frame(known))
    ids = {fields.name_key(one.name): one.id for one in known}
    if "compound" in clean.columns:
        named = clean["compound"].map(fields.name_key).map(ids).astype("Int64")
        compound_of = named.fillna(compound_of)
    by_name = {(one.compound_id, fields.name_key(one.name)): one for one in kept if one.name}
    by_id = {one.id: one for one in kept}
    same = linking.same_shape(clean, frame(kept))
    for row, values in records(clean, ("name", "pedestrians", "vehicles", "open_hours")):
        compound_id = number_or_none(compound_of[row])
        if compound_id is None:
            reach = int(linking.GATE_REACH_M)
            tally.faults.append(Fault(problem="gate_off_wall", row=row, fatal=False, fields={"reach_m": reach}))
        else:
            values["compound_id"] = compound_id
        found = by_name.get((compound_id, fields.name_key(values.get("name", "")))) or by_id.get(
            number_or_none(same[row])
        )
        if found is None:
            tally.add(session, model.Gate(community_id=community_id, **values), at=row)
        else:
            tally.write(found, values, at=row)
    return tally


def buildings(session: Session, community_id: int, clean: gpd.GeoDataFrame) -> Tally:
    """Keep buildings, found again by compound and number, else by their footprint.

    A compound that the file names and nobody knows is made, without a wall. A building without a number is numbered
    from north to south, one without households gets an estimate.
    """
    tally = Tally()
    clean = _with_compounds(session, community_id, clean, tally)
    kept = rows_of(session, model.Building, community_id)
    match = _matched(clean, kept)
    estimate = _estimates(session, community_id, clean, match)
    sequence = max((fields.app_sequence(one.number) or 0 for one in kept), default=0)
    numbers: dict[int, str] = {}
    nameless = clean.index if "number" not in clean.columns else clean.index[clean["number"] == ""]
    for row in _north_to_south(clean, [row for row in nameless.tolist() if row not in match]):
        sequence += 1
        numbers[row] = fields.app_number(sequence)
    estimated = 0
    for row, values in records(clean, _OF_BUILDINGS):
        found = match.get(row)
        if "households" in values:
            values.setdefault("households_estimated", False)
        elif found is None or (found.households_estimated and row in estimate.index):
            values |= {"households": int(estimate.get(row, 0)), "households_estimated": True}
        if found is None:
            values.setdefault("number", numbers.get(row, ""))
            tally.add(session, model.Building(community_id=community_id, **values), at=row)
            written = True
        else:
            if fields.number_key(values.get("number", "")) in ("", fields.number_key(found.number)):
                values.pop("number", None)
            written = tally.write(found, values, at=row)
        estimated += written and row in estimate.index and values.get("households_estimated", False)
    tally.note("numbered", len(numbers))
    tally.note("estimated", estimated)
    tally.note("buildings_without_place", int(clean.geometry.is_empty.sum()))
    session.flush()
    return tally


def paths(session: Session, community_id: int, clean: gpd.GeoDataFrame) -> Tally:
    """Keep paths, found again by their line."""
    tally = Tally()
    pieces = clean.rename_axis("row").reset_index()
    tally.note("pieces", len(pieces) - clean.index.nunique())
    kept = rows_of(session, model.Path, community_id)
    by_id = {one.id: one for one in kept}
    same = linking.same_shape(pieces, frame(kept))
    for piece, values in records(pieces, ("name", "kind")):
        row, found = int(pieces.at[piece, "row"]), by_id.get(number_or_none(same[piece]))
        if found is None:
            tally.add(session, model.Path(community_id=community_id, **values), at=row)
        else:
            tally.write(found, values, at=row)
    return tally


def rows_of(session: Session, cls: type[Kept], community_id: int) -> list[Kept]:
    """Return the rows of a class in a community by number."""
    columns = sa.inspect(cls).c
    return list(session.scalars(sa.select(cls).where(columns.community_id == community_id).order_by(columns.id)))


def frame(rows: Iterable[Placed]) -> gpd.GeoDataFrame:
    """Return rows as a frame in WGS 84 with ``name``; index = id."""
    rows = list(rows)
    data = {"name": [one.name for one in rows], "geom": [one.geom for one in rows]}
    index = pd.Index([one.id for one in rows], dtype="int64")
    return gpd.GeoDataFrame(data, index=index, geometry="geom", crs=crs.WGS84)


def records(clean: gpd.GeoDataFrame, columns: Iterable[str]) -> list[tuple[int, dict[str, Any]]]:
    """Return each row's number and what stands in it: an empty cell says nothing, so it overwrites nothing."""
    there = [name for name in (*columns, "geom") if name in clean.columns]
    cells = zip(*(clean[name].tolist() for name in there), strict=True)
    return [
        (row, {name: value for name, value in zip(there, values, strict=True) if not says_nothing(value)})
        for row, values in zip(clean.index.tolist(), cells, strict=True)
    ]


def says_nothing(value: Any) -> bool:
    """Whether nothing stands in a cell; a place that is not known says nothing either."""
    if type(value) is str:
        return value == ""
    if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return True
    return bool(value.is_empty) if isinstance(value, shapely.Geometry) else False


def number_or_none(value: Any) -> int | None:
    """Return a whole number, None where a frame has none."""
    return None if pd.isna(value) else int(value)


def _with_compounds(session: Session, community_id: int, clean: gpd.GeoDataFrame, tally: Tally) -> gpd.GeoDataFrame:
    """Make the compounds that the file names and nobody knows yet, so that their buildings' numbers are told apart."""
    if "compound" not in clean.columns:
        return clean
    named = clean["compound"].map(fields.name_key)
    unknown = clean["compound_id"].isna() & (named != "")
    names = dict(zip(named[unknown][::-1], clean["compound"][unknown][::-1], strict=True))
    made = {
        key: model.Compound(community_id=community_id, name=names[key], walled=False)
        for key in named[unknown].drop_duplicates()
    }
    session.add_all(made.values())
    session.flush()
    tally.note("compounds_made", len(made), names=[one.name for one in made.values()])
    numbers = named.map({key: one.id for key, one in made.items()}).astype("Int64")
    return clean.assign(compound_id=clean["compound_id"].fillna(numbers))


def _matched(clean: gpd.GeoDataFrame, kept: list[model.Building]) -> dict[int, model.Building]:
    """Find the kept building that each row is about."""
    by_number: dict[tuple[int | None, str], model.Building] = {
        (one.compound_id, fields.number_key(one.number)): one
        for one in kept
        if one.compound_id is not None and fields.app_sequence(one.number) is None
    }
    match: dict[int, model.Building] = {}
    if by_number and "number" in clean.columns:
        for row, number, compound in zip(clean.index, clean["number"], clean["compound_id"], strict=True):
            found = by_number.get((number_or_none(compound), fields.number_key(number))) if number else None
            if found is not None:
                match[row] = found
    loose: dict[str, list[model.Building]] = {}
    for one in kept:
        if one.geom.is_empty:
            loose.setdefault(fields.number_key(one.number), []).append(one)
    if loose and "number" in clean.columns:
        for row, number, compound in zip(clean.index, clean["number"], clean["compound_id"], strict=True):
            # Without a compound a number is enough where it is the only one.
            alike = loose.get(fields.number_key(number), []) if number and pd.isna(compound) else []
            if row not in match and len(alike) == 1:
                match[row] = alike[0]
    taken = {id(one) for one in match.values()}
    by_id = {one.id: one for one in kept if id(one) not in taken}
    same = linking.same_shape(clean.drop(index=list(match)), frame(by_id.values()))
    there = same.dropna()
    return match | {row: by_id[found] for row, found in zip(there.index.tolist(), there.tolist(), strict=True)}


def _estimates(
    session: Session, community_id: int, clean: gpd.GeoDataFrame, match: Mapping[int, model.Building]
) -> pd.Series:
    """Estimate the households of every row with a footprint; its floors are the file's, else the kept building's."""
    clean = clean[~clean.geometry.is_empty]
    if clean.empty:
        return pd.Series(dtype="int64")
    rule = community_settings.within(session, community_id)

    columns: dict[str, list[Any]] = {"floors": [], "use": []}
    for row, values in records(clean, columns):
        for name, said in columns.items():
            said.append(values.get(name, getattr(match[row], name) if row in match else None))
    footprints = crs.to_metric(clean[["geom"]]).assign(
        floors=[float("nan") if floors is None else float(floors) for floors in columns["floors"]],
        use=[str(use or model.BuildingUse.RESIDENTIAL) for use in columns["use"]],
    )
    return households.estimate(
        footprints,
        area_m2_per_household=rule.area_m2_per_household,
        default_floors=rule.default_floors,
        smallest_footprint_m2=rule.smallest_footprint_m2,
    )


def _north_to_south(clean: gpd.GeoDataFrame, rows: list[int]) -> list[int]:
    bounds = clean.geometry.loc[rows].bounds
    lon, lat = (bounds["minx"] + bounds["maxx"]) / 2, (bounds["miny"] + bounds["maxy"]) / 2
    order = np.lexsort((lon.to_numpy(), -np.floor(lat.to_numpy() / _ROW_DEG)))
    return [rows[position] for position in order]


def _link_buildings_and_gates(session: Session, community_id: int, tally: Tally) -> None:
    known = frame(rows_of(session, model.Compound, community_id))
    homes = [one for one in rows_of(session, model.Building, community_id) if _is_loose(one)]
    doors = [one for one in rows_of(session, model.Gate, community_id) if _is_loose(one)]
    linked = _linked(homes, linking.compound_of(frame(homes), known))
    tally.note("buildings_linked", linked)
    tally.note("gates_linked", _linked(doors, linking.nearest_wall(frame(doors), known)))


def _is_loose(row: model.Building | model.Gate) -> bool:
    return row.compound_id is None and not row.geom.is_empty


def _linked(rows: Iterable[model.Building | model.Gate], compound_of: pd.Series) -> int:
    n = 0
    for row, compound_id in zip(rows, compound_of.tolist(), strict=True):
        if (known := number_or_none(compound_id)) is not None:
            row.compound_id = known
            n += 1
    return n
