"""Grids: the division that the app proposes, and which grid each building is in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import lru_cache

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridmap import catalogues, crs, model, settings
from gridmap.analysis import districting, tessellation
from gridmap.analysis.districting import Ints
from gridmap.errors import InputError
from gridmap.services import community_data, community_settings, grid_colours, grid_lines
from gridmap.store import Store

_NUMERALS = "零一二三四五六七八九"


def propose(store: Store, community: model.Community, k: int | None = None, *, today: dt.date) -> int:
    """Divide a community into ``k`` grids of even households, as a proposal that replaces an earlier one.

    Parameters
    ----------
    store, community
        Whose grids.
    k
        How many; the community's setting if left out. Never more than there are buildings.
    today
        Day from which they are valid.

    Returns
    -------
    int
        Number of grids made.

    Raises
    ------
    InputError
        If there is no building, or somebody has confirmed the present grids.
    """
    community_id = community_settings.number(community)
    with store.write() as session:
        present = current_version(session, community_id, today)
        if present is not None and not present.proposed:
            raise InputError("grids_confirmed")
        kept = session.get_one(model.Community, community_id)
        return propose_within(session, kept, k, today=today)


def propose_within(session: Session, community: model.Community, k: int | None, *, today: dt.date) -> int:
    """Do as `propose` does, as part of a change that is under way; a boundary that nobody drew is derived anew."""
    community_id = community_settings.number(community)
    buildings = frame_of(buildings_within(session, community_id))
    if buildings.empty:
        raise InputError("grids_no_building")
    k = min(k or community_settings.within(session, community_id).grids, len(buildings))
    metric = crs.metric_crs(buildings)
    footprints = buildings.to_crs(metric)
    _derive_boundary(community, footprints)
    # A straight edge in degrees is a slight curve in metres: without the extra vertices a sliver would stay open.
    edge = crs.densified(gpd.GeoDataFrame(geometry=[community.geom], crs=crs.WGS84)).to_crs(metric)
    area = edge.geometry.iloc[0]
    assignment = _divided(footprints, k, area)
    lines = grid_lines.within(session, community_id).to_crs(metric)
    tiles = tessellation.tile(footprints, assignment, area, lines).to_crs(crs.WGS84)
    version = current_version(session, community_id, today)
    if version is None:
        version = model.GridVersion(community_id=community_id, valid_from=today, proposed=True)
        session.add(version)
        session.flush()
    areas = [multipolygon(shape) for shape in tiles.geometry]
    grids = redrawn(session, version, areas)
    colours = grid_colours.choose(session, community, areas, [grid.colour for grid in grids], today)
    for grid, colour in zip(grids, colours, strict=True):
        grid.colour = colour
    session.flush()
    ids = np.array([grid.id for grid in grids])
    place(session, version, pd.Series(ids[assignment.to_numpy()], index=assignment.index))
    return len(grids)


def _divided(footprints: gpd.GeoDataFrame, k: int, area: shapely.Geometry) -> pd.Series:
    """Divide buildings into ``k`` grids; what a preview has divided is not divided again when it is kept."""
    shapes = tuple(shapely.to_wkb(footprints.geometry.to_numpy()))
    found = _division(shapes, tuple(footprints["households"]), footprints.crs.to_wkt(), k, area.wkb)
    return pd.Series(found, index=footprints.index)


@lru_cache(maxsize=8)
def _division(shapes: tuple[bytes, ...], households: tuple[int, ...], crs_wkt: str, k: int, area: bytes) -> Ints:
    frame = gpd.GeoDataFrame({"households": list(households)}, geometry=shapely.from_wkb(list(shapes)), crs=crs_wkt)
    found = districting.partition(frame, k, load="households", boundary=shapely.from_wkb(area)).to_numpy()
    found.flags.writeable = False
    return found


def derive_boundary(session: Session, community: model.Community) -> None:
    """Draw a boundary around the buildings of a community, unless somebody has drawn one."""
    buildings = frame_of(buildings_within(session, community_settings.number(community)))
    if not buildings.empty:
        _derive_boundary(community, buildings.to_crs(crs.metric_crs(buildings)))


def _derive_boundary(community: model.Community, footprints: gpd.GeoDataFrame) -> None:
    if community.boundary_drawn and not community.geom.is_empty:
        return
    outline = gpd.GeoDataFrame(geometry=[tessellation.outline(footprints)], crs=footprints.crs).to_crs(crs.WGS84)
    derived = multipolygon(crs.densified(outline).geometry.iloc[0])
    if not derived.equals_exact(community.geom, tolerance=1e-9):
        community.geom = derived


def current_version(session: Session, community_id: int, day: dt.date | None = None) -> model.GridVersion | None:
    """Return the division that is valid on a day, today if left out; before the first began, that one."""
    day = day or community_data.today(settings.from_environment().time_zone)
    columns = sa.inspect(model.GridVersion).c
    wanted = sa.select(model.GridVersion).where(columns.community_id == community_id)
    begun = wanted.where(columns.valid_from <= day).order_by(columns.valid_from.desc(), columns.id.desc())
    first = wanted.order_by(columns.valid_from, columns.id)
    return session.scalars(begun).first() or session.scalars(first).first()


def grid_of_building(session: Session, community_id: int, building_id: int) -> int | None:
    """Return the grid that a building is in today; None where it is in none."""
    version = current_version(session, community_id)
    if version is None:
        return None
    of = sa.inspect(model.GridBuilding).c
    wanted = sa.select(of.grid_id).where(of.version_id == version.id, of.building_id == building_id)
    return session.scalars(wanted).first()


def grids_within(session: Session, version: model.GridVersion) -> list[model.Grid]:
    """Return the grids of a division by number."""
    columns = sa.inspect(model.Grid).c
    return list(session.scalars(sa.select(model.Grid).where(columns.version_id == version.id).order_by(columns.id)))


def buildings_within(session: Session, community_id: int) -> list[model.Building]:
    """Return the buildings of a community by number."""
    columns = sa.inspect(model.Building).c
    wanted = sa.select(model.Building).where(columns.community_id == community_id).order_by(columns.id)
    return list(session.scalars(wanted))


def frame_of(buildings: Sequence[model.Building]) -> gpd.GeoDataFrame:
    """Return the buildings whose place is known as a frame in WGS 84; index = id."""
    placed = [one for one in buildings if not one.geom.is_empty]
    return gpd.GeoDataFrame(
        {
            "households": [one.households for one in placed],
            "number": [one.number for one in placed],
            "geom": [one.geom for one in placed],
        },
        index=pd.Index([one.id for one in placed], dtype="int64"),
        geometry="geom",
        crs=crs.WGS84,
    )


def containing(buildings: gpd.GeoDataFrame, grids: gpd.GeoDataFrame) -> tuple[pd.Series, pd.Index]:
    """Find the grid in which most of each footprint lies.

    Parameters
    ----------
    buildings, grids
        Footprints and areas in WGS 84; index = id.

    Returns
    -------
    tuple
        Id of the grid on the index of ``buildings``; and the buildings that lie in none, which were given
        the nearest.
    """
    metric = crs.metric_crs(grids)
    footprints, areas = buildings.geometry.to_crs(metric), grids.geometry.to_crs(metric)
    row, column = areas.sindex.query(footprints.to_numpy(), predicate="intersects")
    shared = shapely.area(shapely.intersection(footprints.to_numpy()[row], areas.to_numpy()[column]))
    pairs = pd.DataFrame({"row": row, "column": column, "shared": shared})
    best = pairs.sort_values(["row", "shared", "column"], ascending=[True, False, True], kind="stable")
    best = best.drop_duplicates("row")
    found = np.full(len(buildings), -1)
    found[best["row"].to_numpy()] = best["column"].to_numpy()
    off = np.flatnonzero(found < 0)
    if len(off):
        _, nearest = areas.sindex.nearest(footprints.to_numpy()[off], return_all=False)
        found[off] = nearest
    return pd.Series(grids.index.to_numpy()[found], index=buildings.index), buildings.index[off]


def place(session: Session, version: model.GridVersion, grid_of: pd.Series) -> None:
    """Put each building into its grid of a division; buildings that are not named stay where they are.

    Parameters
    ----------
    session
        The change under way.
    version
        The division.
    grid_of
        Id of the grid; index = id of the building.
    """
    columns = sa.inspect(model.GridBuilding).c
    members = session.scalars(sa.select(model.GridBuilding).where(columns.version_id == version.id))
    known = {member.building_id: member for member in members}
    for building_id, grid_id in zip(grid_of.index.tolist(), grid_of.tolist(), strict=True):
        member = known.get(building_id)
        if member is None:
            session.add(
                model.GridBuilding(
                    community_id=version.community_id, version_id=_id(version), building_id=building_id, grid_id=grid_id
                )
            )
        elif member.grid_id != grid_id:
            member.grid_id = grid_id


def place_new(session: Session, version: model.GridVersion) -> tuple[int, list[str]]:
    """Put the buildings that are in no grid of a division where they lie, and so in those that begin after it.

    Returns
    -------
    tuple
        How many lie in a grid, and the numbers of those that lie in none, which were put into the nearest.
    """
    of = sa.inspect(model.GridVersion).c
    later = sa.select(model.GridVersion).where(
        of.community_id == version.community_id, of.valid_from > version.valid_from
    )
    for following in session.scalars(later):
        _place_new(session, following)
    return _place_new(session, version)


def _place_new(session: Session, version: model.GridVersion) -> tuple[int, list[str]]:
    columns = sa.inspect(model.GridBuilding).c
    known = set(session.scalars(sa.select(columns.building_id).where(columns.version_id == version.id)))
    new = [one for one in buildings_within(session, version.community_id) if one.id not in known]
    buildings = frame_of(new)
    areas = areas_of(grids_within(session, version))
    if buildings.empty or areas.empty:
        return 0, []
    grid_of, off = containing(buildings, areas)
    place(session, version, grid_of)
    return len(grid_of) - len(off), buildings.loc[off, "number"].tolist()


def areas_of(grids: Sequence[model.Grid]) -> gpd.GeoDataFrame:
    """Return the areas of grids with their names, in WGS 84; index = id."""
    placed = [grid for grid in grids if not grid.geom.is_empty]
    return gpd.GeoDataFrame(
        {"name": [grid.name for grid in placed], "geom": [grid.geom for grid in placed]},
        index=pd.Index([grid.id for grid in placed], dtype="int64"),
        geometry="geom",
        crs=crs.WGS84,
    )


def look(position: int) -> tuple[str, str, str]:
    """Return colour key, letter and name of the grid at a position from 0: red, A, 第一网格."""
    palette = list(catalogues.entries("grid_palette", "key").values())
    colour = str(palette[position % len(palette)]["key"])
    letters = ""
    rest = position
    while True:
        letters = chr(ord("A") + rest % 26) + letters
        rest = rest // 26 - 1
        if rest < 0:
            break
    return colour, letters, f"第{_numeral(position + 1)}网格"


def _numeral(n: int) -> str:
    if n >= 100:
        return str(n)
    tens, ones = divmod(n, 10)
    head = "" if tens == 0 else ("十" if tens == 1 else _NUMERALS[tens] + "十")
    return head + (_NUMERALS[ones] if ones else "")


def redrawn(session: Session, version: model.GridVersion, areas: Sequence[shapely.MultiPolygon]) -> list[model.Grid]:
    """Give a proposal new areas; its grids keep their numbers, so that what points at them still does."""
    grids = grids_within(session, version)
    for spare in grids[len(areas) :]:
        session.delete(spare)
    if len(grids) > len(areas):
        session.flush()
        grids = grids_within(session, version)
    for position, area in enumerate(areas):
        if position < len(grids):
            if not grids[position].geom.equals_exact(area, tolerance=1e-9):
                grids[position].geom = area
            continue
        colour, letter, name = look(position)
        grid = model.Grid(
            community_id=version.community_id,
            version_id=_id(version),
            code=f"{position + 1:03d}",
            name=name,
            colour=colour,
            letter=letter,
            geom=area,
        )
        session.add(grid)
        grids.append(grid)
    return grids


def multipolygon(shape: shapely.Geometry) -> shapely.MultiPolygon:
    """Return what an area holds of polygons."""
    return shapely.MultiPolygon([part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"])


def _id(row: model.Row) -> int:
    if row.id is None:
        raise RuntimeError(f"a {type(row).__name__} was used before it was kept")
    return row.id
