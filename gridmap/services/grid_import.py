"""Takes grids that somebody has drawn: a new division of the community, valid from today."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from sqlalchemy.orm import Session

from gridmap import catalogues, crs, model
from gridmap.analysis import seams
from gridmap.errors import Fault
from gridmap.exchange import fields, vector
from gridmap.services import grid_codes, grid_colours, grid_repair, grids
from gridmap.services.tally import Change, Outcome, State, Tally, same

# Less than this is the rounding of coordinates, not a fault of drawing.
_NEGLIGIBLE_M2 = 1.0


def keep(
    session: Session, community_id: int, clean: gpd.GeoDataFrame, today: dt.date, *, repair: bool = False
) -> Tally:
    """Keep drawn grids as the division valid from ``today``; the same grids again change nothing.

    Every building is put into the grid in which most of it lies. Where nobody has drawn the community's boundary, it is
    the outer edge of the grids. Overlaps and gaps are told, and repaired only where that is asked for.

    Parameters
    ----------
    session
        The change under way.
    community_id
        Whose grids.
    clean
        Areas in WGS 84 with ``name``, ``code``, ``official_code``, ``colour``, ``legend`` where the file has them.
    today
        First day of the division.
    repair
        Whether to make the grids tile the community.
    """
    tally = Tally()
    wanted = described(clean)
    if repair:
        _repair(session, community_id, wanted, tally)
    _colour(session, community_id, wanted, clean, today)
    present = grids.current_version(session, community_id, today)
    before = grids.grids_within(session, present) if present is not None and not present.proposed else []
    by_name = {fields.name_key(grid.name): grid for grid in before}
    changes = [_changes(by_name.get(fields.name_key(values["name"])), values) for values in wanted]
    tally.added = sum(one is None for one in changes)
    tally.unchanged = sum(one == () for one in changes)
    tally.changed = len(changes) - tally.added - tally.unchanged
    community = session.get_one(model.Community, community_id)
    things = [by_name.get(fields.name_key(values["name"])) for values in wanted]
    if tally.touched or len(before) != len(wanted):
        version = _new_version(session, community_id, present, today)
        made = [model.Grid(community_id=community_id, version_id=version.id or 0, **values) for values in wanted]
        session.add_all(made)
        things = [*made]
        if not community.boundary_drawn:
            community.geom = _outer_edge(made)
        session.flush()
        tally.faults += _put_buildings(session, community_id, version, made)
        before = made
    for row, thing, differs in zip(clean.index.tolist(), things, changes, strict=True):
        assert thing is not None  # for mypy: where nothing is new, each was found
        state: State = "added" if differs is None else "changed" if differs else "unchanged"
        tally.outcomes.append(Outcome(row=row, state=state, thing=thing, changes=differs or ()))
    tally.faults += _faults_of_drawing(before, community.geom)
    tally.faults += grid_codes.of_grids(before).findings
    return tally


def described(clean: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    """Return the fields of each grid; what the file leaves out follows the order of its rows."""
    found: list[dict[str, Any]] = []
    palette = catalogues.entries("grid_palette", "key")
    for position, row in enumerate(clean.to_dict("records")):
        colour, letter, name = grids.look(position)
        if row.get("colour"):
            colour = str(row["colour"])
            letter = str(palette[colour]["letter"])
        if letter in {one["letter"] for one in found}:
            letters = (grids.look(n)[1] for n in range(2 * len(clean) + len(palette)))
            taken = {one["letter"] for one in found}
            letter = next(free for free in letters if free not in taken)
        found.append(
            {
                "code": row.get("code") or f"{position + 1:03d}",
                "official_code": row.get("official_code") or "",
                "name": row.get("name") or name,
                "colour": colour,
                "letter": letter,
                "legend": row.get("legend") or "",
                "geom": row["geom"],
            }
        )
    return found


def _repair(session: Session, community_id: int, wanted: list[dict[str, Any]], tally: Tally) -> None:
    """Make the areas of grids that were read tile the community, and say what was done for it."""
    community = session.get_one(model.Community, community_id)
    areas = gpd.GeoDataFrame(
        {"name": [values["name"] for values in wanted]}, geometry=[values["geom"] for values in wanted], crs=crs.WGS84
    )
    boundary = community.geom if community.boundary_drawn and not community.geom.is_empty else None
    repaired, tally.repairs = grid_repair.repaired(
        areas, boundary, grids.frame_of(grids.buildings_within(session, community_id))
    )
    for values, shape in zip(wanted, repaired, strict=True):
        values["geom"] = shape
    moved_m2 = round(float(tally.repairs["area_m2"].sum()))
    tally.note("grids_repaired", len(tally.repairs), area_m2=moved_m2)


def _colour(
    session: Session, community_id: int, wanted: list[dict[str, Any]], clean: gpd.GeoDataFrame, today: dt.date
) -> None:
    """Give grids colours that no neighbour has, but for those whose colour the file says."""
    said = [bool(row.get("colour")) for row in clean.to_dict("records")]
    if all(said):
        return
    owner = session.get_one(model.Community, community_id)
    colours = grid_colours.choose(
        session, owner, [values["geom"] for values in wanted], [values["colour"] for values in wanted], today, kept=said
    )
    for values, colour in zip(wanted, colours, strict=True):
        values["colour"] = colour


def _changes(grid: model.Grid | None, values: dict[str, Any]) -> tuple[Change, ...] | None:
    """Return what a drawn grid differs in from the one of its name; None where there is none."""
    if grid is None:
        return None
    differ = {name: value for name, value in values.items() if not same(getattr(grid, name), value)}
    return tuple(Change(field=name, old=getattr(grid, name), new=value) for name, value in differ.items())


def _new_version(
    session: Session, community_id: int, present: model.GridVersion | None, today: dt.date
) -> model.GridVersion:
    if present is not None:
        present.valid_to = today
    version = model.GridVersion(community_id=community_id, valid_from=today)
    session.add(version)
    session.flush()
    return version


def _put_buildings(
    session: Session, community_id: int, version: model.GridVersion, made: list[model.Grid]
) -> list[Fault]:
    buildings = grids.frame_of(grids.buildings_within(session, community_id))
    if buildings.empty:
        return []
    areas = grids.areas_of(made)
    grid_of, off = grids.containing(buildings, areas)
    grids.place(session, version, grid_of)
    return [
        Fault(
            problem="building_off_grids",
            fatal=False,
            fields={"number": str(buildings.loc[one, "number"]), "grid": str(areas.loc[grid_of[one], "name"])},
        )
        for one in off
    ]


def _outer_edge(made: list[model.Grid]) -> shapely.MultiPolygon:
    whole = shapely.union_all([grid.geom for grid in made])
    return shapely.MultiPolygon([shapely.Polygon(part.exterior) for part in shapely.get_parts(whole)])


def _faults_of_drawing(drawn: list[model.Grid], boundary: shapely.MultiPolygon) -> list[Fault]:
    areas = grids.areas_of(drawn)
    if areas.empty:
        return []
    metric = crs.metric_crs(areas)
    flat = crs.densified(areas).to_crs(metric)
    slits = seams.slits(flat)
    found = [
        Fault(
            problem=problem,
            fatal=False,
            fields={"one": names[0], "other": names[1], **_where(flat.crs, [shape])},
        )
        for problem, pairs in (("grids_overlap", seams.overlapping(flat)), ("grids_apart", slits))
        for one, other, shape in zip(pairs["one"], pairs["other"], pairs.geometry, strict=True)
        if (names := (areas.at[one, "name"], areas.at[other, "name"]))
    ]
    if not boundary.is_empty:
        edge = crs.densified(gpd.GeoDataFrame(geometry=[boundary], crs=crs.WGS84)).geometry.to_crs(metric).iloc[0]
        inside = shapely.union_all([*flat.geometry, *slits.geometry])
        gaps = shapely.get_parts(shapely.difference(edge, inside))
        if shapely.area(gaps).sum() > _NEGLIGIBLE_M2:
            found.append(Fault(problem="grids_gap", fatal=False, fields=_where(flat.crs, gaps)))
    return found


def _where(metric: Any, shapes: Sequence[shapely.Geometry]) -> dict[str, Any]:
    """Return how large some areas are together, and a place in the largest of them."""
    pieces = shapely.get_parts(shapes)
    sizes = shapely.area(pieces)
    place = gpd.GeoSeries([shapely.point_on_surface(pieces[np.argmax(sizes)])], crs=metric).to_crs(crs.WGS84).iloc[0]
    return {"lon": vector.shown(place.x), "lat": vector.shown(place.y), "area_m2": round(float(sizes.sum()))}
