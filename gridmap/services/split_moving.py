"""Moves the rows of a community into the communities that its parts become, inside one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import geopandas as gpd
import shapely
import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridmap import crs, model
from gridmap.analysis import seam_repair
from gridmap.services import split_placing
from gridmap.services.split_placing import Placing
from gridmap.store import tables
from gridmap.store.parcel import Parcel

_AT_ONCE = 900
# Less than this is the rounding of coordinates.
_NEGLIGIBLE_M2 = 1.0
Copies = dict[str, dict[tuple[int, int], int]]


def move(
    session: Session, owner: model.Community, made: Placing, tiles: gpd.GeoSeries, named: Sequence[str]
) -> list[model.Community]:
    """Make the parts communities of their own, and put every row where it goes.

    Parameters
    ----------
    session
        The change under way.
    owner
        The community, which becomes part 0.
    made
        Where rows go.
    tiles
        Ground of each part, in metres.
    named
        Name of each part.

    Returns
    -------
    list
        The communities by part.
    """
    owners = _owners(session, owner, tiles, named)
    copies: Copies = {}
    for cls in split_placing.COPIED:
        _copy_all(session, made, cls, owners)
    _copy(session, made, model.Compound, owners, tiles, copies)
    _copy(session, made, model.Path, owners, None, copies)
    _copy(session, made, model.Ground, owners, None, copies)
    versions = _versions(session, made, owners)
    _grids(session, made, owners, tiles, versions, copies)
    for name, part in made.part.items():
        numbers = [number for number, at in part.items() if at]
        if not numbers or name in ("grid", "bin_entry"):
            continue
        table = tables.METADATA.tables[name]
        for at in sorted({part[number] for number in numbers}):
            mine = [number for number in numbers if part[number] == at]
            _update(session, table, mine, {"community_id": owners[at].id})
    _repoint(session, made, "compound_id", made.of(model.Compound), copies["compound"])
    _repoint(session, made, "grid_id", made.of(model.Grid), copies["grid"])
    _members(session, made, versions, copies)
    _bin(session, made, owners)
    return owners


def accounts(
    session: Session, owner: model.Community, made: Placing, owners: Sequence[model.Community]
) -> tuple[list[list[int]], list[list[int]]]:
    """Let accounts, and the calendars read under them, follow their member of staff; return both with old and new."""
    part = made.of(model.Staff)
    moved, links = [], []
    account, link = sa.inspect(model.Account).c, sa.inspect(model.CalendarLink).c
    mine = sa.select(model.Account).where(account.community_id == owner.id, account.staff_id.is_not(None))
    for one in session.scalars(mine):
        at = part.get(int(one.staff_id or 0), 0)
        if at:
            moved.append([int(one.id or 0), int(owner.id or 0), int(owners[at].id or 0)])
            one.community_id = owners[at].id
    to = {number: new for number, _, new in moved}
    for calendar in session.scalars(sa.select(model.CalendarLink).where(link.account_id.in_(list(to)))):
        links.append([int(calendar.id or 0), calendar.community_id, to[calendar.account_id]])
        calendar.community_id = to[calendar.account_id]
    session.flush()
    return moved, links


def _owners(
    session: Session, owner: model.Community, tiles: gpd.GeoSeries, named: Sequence[str]
) -> list[model.Community]:
    codes = set(session.scalars(sa.select(sa.inspect(model.Community).c.code)))
    shapes = [_polygons(shape) for shape in tiles.to_crs(crs.WGS84)]
    owner.name, owner.geom, owner.boundary_drawn = named[0], shapes[0], True
    owners = [owner]
    for at in range(1, len(tiles)):
        code = next(f"{n:03d}" for n in range(1, 10_000) if f"{n:03d}" not in codes)
        codes.add(code)
        made = model.Community(
            street_id=owner.street_id,
            code=code,
            name=named[at],
            synthetic=owner.synthetic,
            boundary_drawn=True,
            geom=shapes[at],
        )
        session.add(made)
        owners.append(made)
    session.flush()
    return owners


def _copy_all(session: Session, made: Placing, cls: type[model.Owned], owners: Sequence[model.Community]) -> None:
    for row in _rows(session, cls, list(made.frame(cls).index)).values():
        for other in owners[1:]:
            session.add(_twin(row, community_id=other.id))


def _copy(
    session: Session,
    made: Placing,
    cls: type[model.Owned],
    owners: Sequence[model.Community],
    tiles: gpd.GeoSeries | None,
    copies: Copies,
) -> None:
    """Give parts their copy of what several need; with ``tiles`` each, the first one too, has only its own ground."""
    beside = {number: parts for number, parts in made.beside.get(tables.name(cls), {}).items() if parts}
    of = copies.setdefault(tables.name(cls), {})
    twins: list[tuple[tuple[int, int], Any]] = []
    for number, row in _rows(session, cls, list(beside)).items():
        home = made.of(cls)[number]
        for at in sorted(beside[number]):
            twin = _twin(row, community_id=owners[at].id)
            if tiles is not None:
                twin.geom = _clipped(row.geom, tiles, at)
            session.add(twin)
            twins.append(((number, at), twin))
        if tiles is not None:
            row.geom = _clipped(row.geom, tiles, home)
    session.flush()
    of |= {key: int(twin.id) for key, twin in twins}


def _versions(session: Session, made: Placing, owners: Sequence[model.Community]) -> dict[tuple[int, int], int]:
    """Give every part the divisions in which it has grids; return their numbers by the first one's and the part."""
    frame, part, beside = made.frame(model.Grid), made.of(model.Grid), made.beside["grid"]
    needed = sorted(
        {
            (int(version), at)
            for number, version in frame["version_id"].items()
            for at in {part[int(number)], *beside.get(int(number), set())}
            if at
        }
    )
    rows = _rows(session, model.GridVersion, sorted({version for version, _ in needed}))
    twins = {(version, at): _twin(rows[version], community_id=owners[at].id) for version, at in needed}
    session.add_all(twins.values())
    session.flush()
    return {key: int(twin.id or 0) for key, twin in twins.items()}


def _grids(
    session: Session,
    made: Placing,
    owners: Sequence[model.Community],
    tiles: gpd.GeoSeries,
    versions: Mapping[tuple[int, int], int],
    copies: Copies,
) -> None:
    """Move and copy grids, so that in every part and every division they tile the part's own ground."""
    part, beside, staff = made.of(model.Grid), made.beside["grid"], made.of(model.Staff)
    rows = _rows(session, model.Grid, list(part))
    whole = {number: row.geom for number, row in rows.items()}
    drawn: dict[tuple[int, int], list[tuple[Any, Any]]] = {}
    twins: list[tuple[tuple[int, int], Any]] = []
    leaderless: set[str] = set()
    for number, row in rows.items():
        version, home = row.version_id, part[number]
        for at in sorted(beside.get(number, set())):
            twin = _twin(row, community_id=owners[at].id, version_id=versions.get((version, at), version))
            session.add(twin)
            twins.append(((number, at), twin))
            drawn.setdefault((version, at), []).append((twin, whole[number]))
        if home:
            row.community_id, row.version_id = int(owners[home].id or 0), versions[version, home]
        drawn.setdefault((version, home), []).append((row, whole[number]))
    for (_, at), pairs in drawn.items():
        tiling = _tiling([shape for _, shape in pairs], tiles, at)
        for (row, _), shape in zip(pairs, tiling, strict=True):
            if shape is not None:
                row.geom = shape
            if row.leader_id is not None and staff.get(row.leader_id, at) != at:
                row.leader_id = None
                leaderless.add(row.name)
    session.flush()
    copies["grid"] = {key: int(twin.id) for key, twin in twins}
    made.doubt("grid_without_leader", sorted(leaderless))


def _tiling(shapes: Sequence[shapely.MultiPolygon], tiles: gpd.GeoSeries, at: int) -> list[shapely.MultiPolygon | None]:
    """Cut the grids of a part to its ground and fill what others leave; None for one that stays as it is."""
    frame = gpd.GeoDataFrame(geometry=list(shapes), crs=crs.WGS84)
    flat = crs.densified(frame).to_crs(tiles.crs)
    inside = flat.intersection(tiles[at])
    kept = inside.area > _NEGLIGIBLE_M2
    found: list[shapely.MultiPolygon | None] = [None] * len(shapes)
    if not kept.any():
        return found
    tiled = abs(inside.area.sum() - tiles[at].area) < _NEGLIGIBLE_M2 and abs(flat.area - inside.area).max() < 1
    if tiled:
        return found
    cut = gpd.GeoDataFrame(geometry=[_polygons(shape) for shape in inside[kept]], crs=tiles.crs)
    done = seam_repair.repair(cut, tiles[at]).areas.to_crs(crs.WGS84)
    for position, shape in zip(kept[kept].index, done.geometry, strict=True):
        found[int(position)] = _polygons(shape)
    return found


def _repoint(
    session: Session, made: Placing, column: str, home: Mapping[int, int], of: Mapping[tuple[int, int], int]
) -> None:
    """Let rows point at their own part's copy of what they belong to, where that is another row now.

    A row that lies in a part that has nothing else of its grid is put into the nearest grid of the same division.
    """
    for name, frame in made.rows.items():
        if column not in frame.columns or name == "grid_building":
            continue
        changed: dict[int, list[int]] = {}
        for number, pointed in frame[column].dropna().items():
            at = made.part[name].get(int(number), 0)
            if home.get(int(pointed), at) == at:
                continue
            wanted = of.get((int(pointed), at))
            if wanted is None and column == "grid_id":
                wanted = _nearest_grid(
                    made, of, int(pointed), at, frame.at[number, "geom"] if "geom" in frame else None
                )
            if wanted is None:
                # Nothing of it is here: the row goes on telling where it belonged.
                continue
            changed.setdefault(wanted, []).append(int(number))
        for target, numbers in changed.items():
            _update(session, tables.METADATA.tables[name], numbers, {column: target})


def _nearest_grid(
    made: Placing, of: Mapping[tuple[int, int], int], pointed: int, at: int, spot: shapely.Geometry | None
) -> int | None:
    frame, part = made.frame(model.Grid), made.of(model.Grid)
    if spot is None or spot.is_empty:
        return None
    others = frame.index[frame["version_id"] == frame.at[pointed, "version_id"]]
    there = [int(one) for one in others if part[int(one)] == at or (int(one), at) in of]
    if not there:
        return None
    near = min(there, key=lambda one: frame.at[one, "geom"].distance(spot))
    return near if part[near] == at else of[near, at]


def _members(session: Session, made: Placing, versions: Mapping[tuple[int, int], int], copies: Copies) -> None:
    """Let buildings of a part be in its own copy of their grid, in every division."""
    frame, part, home = made.frame(model.GridBuilding), made.of(model.GridBuilding), made.of(model.Grid)
    groups: dict[tuple[int, int], list[int]] = {}
    for number, version, grid in zip(frame.index, frame["version_id"], frame["grid_id"], strict=True):
        at = part[int(number)]
        own = int(grid) if home[int(grid)] == at else copies["grid"][int(grid), at]
        wanted = (versions.get((int(version), at), int(version)), own)
        if wanted != (int(version), int(grid)):
            groups.setdefault(wanted, []).append(int(number))
    for (version, grid), numbers in groups.items():
        _update(session, tables.of()[model.GridBuilding], numbers, {"version_id": version, "grid_id": grid})


def _bin(session: Session, made: Placing, owners: Sequence[model.Community]) -> None:
    part = {number: at for number, at in made.of(model.BinEntry).items() if at}
    for number, row in _rows(session, model.BinEntry, list(part)).items():
        mine = owners[part[number]].id
        packed = Parcel.from_json(row.content)
        rows = tuple(replace(one, values={**one.values, "community_id": mine}) for one in packed.rows)
        row.content, row.community_id = replace(packed, rows=rows).to_json(), int(mine or 0)
    session.flush()


def _rows(session: Session, cls: type[Any], numbers: Sequence[int]) -> dict[int, Any]:
    column = sa.inspect(cls).c.id
    found: dict[int, Any] = {}
    for start in range(0, len(numbers), _AT_ONCE):
        part = [int(number) for number in numbers[start : start + _AT_ONCE]]
        found |= {row.id: row for row in session.scalars(sa.select(cls).where(column.in_(part)).order_by(column))}
    return found


def _twin(row: Any, **changed: Any) -> Any:
    names = [name for name in tables.of()[type(row)].c.keys() if name not in ("id", "version")]  # noqa: SIM118
    values = {name: getattr(row, name) for name in names}
    return type(row)(**{**values, **changed})


def _update(session: Session, table: sa.Table, numbers: Sequence[int], values: Mapping[str, Any]) -> None:
    for start in range(0, len(numbers), _AT_ONCE):
        part = table.c.id.in_(numbers[start : start + _AT_ONCE])
        session.execute(sa.update(table).where(part).values(**values))


def _clipped(shape: shapely.MultiPolygon, tiles: gpd.GeoSeries, at: int) -> shapely.MultiPolygon:
    frame = crs.densified(gpd.GeoDataFrame(geometry=[shape], crs=crs.WGS84)).to_crs(tiles.crs)
    inside = frame.intersection(tiles[at])
    return _polygons(inside.to_crs(crs.WGS84).iloc[0])


def _polygons(shape: shapely.Geometry) -> shapely.MultiPolygon:
    return shapely.MultiPolygon([part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"])
