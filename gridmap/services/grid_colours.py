"""Colours of grids: neighbours differ, those of the next community too, where several lie side by side in a street."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
import pandas as pd
import shapely
import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridmap import access, catalogues, crs, model
from gridmap.access import Action, Actor
from gridmap.analysis import districting_colours
from gridmap.errors import InputError
from gridmap.services import audit
from gridmap.services.grid_marks import Mark
from gridmap.store import Store


@dataclass(frozen=True, kw_only=True, eq=False)
class StreetColours:
    """The grids of a street, and colours in which no two that touch share one.

    Parameters
    ----------
    grids
        ``community_id``, ``community``, ``code``, ``name``, ``colour`` (key of the palette) and ``proposed``;
        index = id, geometry in WGS 84.
    clashes
        Pairs of ids of grids that touch and have the same colour now.
    """

    grids: gpd.GeoDataFrame
    clashes: tuple[tuple[int, int], ...]

    @property
    def changed(self) -> gpd.GeoDataFrame:
        """The grids whose colour would change."""
        return self.grids[self.grids["colour"] != self.grids["proposed"]]


def marks(seen: StreetColours) -> list[Mark]:
    """Return what would be written on grids to give them the colours that are proposed."""
    rows = seen.changed
    return [
        Mark(grid=number, field="colour", before=old, after=new)
        for number, old, new in zip(rows.index.tolist(), rows["colour"], rows["proposed"], strict=True)
    ]


def palette_keys() -> list[str]:
    """Return the keys of the five colours in their order."""
    return [str(key) for key in catalogues.entries("grid_palette", "key")]


def choose(
    session: Session,
    community: model.Community,
    areas: Sequence[shapely.MultiPolygon],
    wanted: Sequence[str],
    day: dt.date,
    *,
    kept: Sequence[bool] | None = None,
) -> list[str]:
    """Choose colours for the grids of a community, so that no two that touch share one.

    Where five colours do not suffice beside the neighbouring communities' grids, which stay as they are, only the
    community's own are kept apart.

    Parameters
    ----------
    session
        The change under way.
    community
        Whose grids.
    areas
        Their areas in WGS 84.
    wanted
        Colours that they have or should have, as keys of the palette; as many as can are kept.
    day
        Day on which they are valid, for which the neighbours' grids are looked up.
    kept
        Which of them somebody has chosen, so that they stay.
    """
    keys = palette_keys()
    place = {key: at for at, key in enumerate(keys)}
    asked = [place.get(key, at) for at, key in enumerate(wanted)]
    own = gpd.GeoDataFrame({"colour": asked}, geometry=list(areas), crs=crs.WGS84)
    own["kept"] = False if kept is None else list(kept)
    others = _valid(session, community.street_id, day, but=community.id)
    beside = others[others["colour"].isin(place)] if len(areas) else others.iloc[:0]
    beside = gpd.GeoDataFrame({"colour": beside["colour"].map(place), "kept": True}, geometry=beside.geometry)
    for frame in (pd.concat([own, beside]), own) if len(beside) else (own,):
        flat = frame.to_crs(crs.metric_crs(own)) if len(own) else frame
        try:
            found = districting_colours.colours(
                flat, wanted=[int(one) for one in flat["colour"]], kept=[bool(one) for one in flat["kept"]]
            )
        except InputError:
            continue
        return [keys[int(one)] for one in found.iloc[: len(own)]]
    return [keys[one % len(keys)] for one in asked]


def look(
    store: Store, street_id: int, day: dt.date, *, called: str = "", mine: Collection[int] | None = None
) -> StreetColours:
    """Look at the colours of all grids of a street's communities on a day, and propose others where two are alike.

    Parameters
    ----------
    store, street_id
        Which street's.
    day
        On which day.
    called
        What the street is called.
    mine
        Communities whose colours may change; None for all.

    Raises
    ------
    InputError
        If there are no grids, or five colours do not suffice, as they may not where grids lie in many pieces.
    """
    with store.read() as session:
        grids = _valid(session, street_id, day)
    if grids.empty:
        raise InputError("colours_no_grids", street=called)
    keys = palette_keys()
    place = {key: at for at, key in enumerate(keys)}
    flat = grids.to_crs(crs.metric_crs(grids))
    asked = [place.get(key, at % len(keys)) for at, key in enumerate(grids["colour"])]
    kept = None if mine is None else [owner not in mine for owner in grids["community_id"]]
    found = districting_colours.colours(flat, wanted=asked, kept=kept)
    numbers = [int(number) for number in grids.index]
    clashes = tuple(
        (numbers[one], numbers[other])
        for one, other in districting_colours.touching(flat)
        if grids["colour"].iloc[one] == grids["colour"].iloc[other]
    )
    return StreetColours(grids=grids.assign(proposed=[keys[int(one)] for one in found]), clashes=clashes)


def adopt(store: Store, actor: Actor | None, street: model.Street, seen: StreetColours) -> int:
    """Give grids the colours that were proposed; return how many differ.

    Raises
    ------
    Forbidden
        If ``actor`` may not change one of the communities.
    InputError
        If grids or their colours have changed since.
    """
    changed = seen.changed
    for community_id in changed["community_id"].unique():
        if actor is not None:
            access.demand(actor, Action.DRAW_GRIDS, street_id=street.id, community_id=int(community_id))
    column = sa.inspect(model.Grid).c.id
    with store.write() as session:
        wanted = sa.select(model.Grid).where(column.in_([int(one) for one in changed.index]))
        kept: Mapping[int | None, model.Grid] = {grid.id: grid for grid in session.scalars(wanted)}
        for number, row in changed.iterrows():
            grid = kept.get(int(str(number)))
            if grid is None or grid.colour != row["colour"]:
                raise InputError("colours_changed")
            grid.colour = row["proposed"]
        for community_id, grids in changed.groupby("community_id"):
            audit.record(session, actor, "grid_colours", target=str(len(grids)), community_id=int(str(community_id)))
    return len(changed)


def _valid(session: Session, street_id: int, day: dt.date, *, but: int | None = None) -> gpd.GeoDataFrame:
    """Return the drawn grids valid on a day in the communities of a street."""
    grid, version, community = (sa.inspect(cls).c for cls in (model.Grid, model.GridVersion, model.Community))
    wanted = (
        sa.select(model.Grid, model.Community)
        .join(model.GridVersion, version.id == grid.version_id)
        .join(model.Community, community.id == grid.community_id)
        .where(community.street_id == street_id, version.valid_from <= day)
        .order_by(community.code, version.valid_from.desc(), version.id.desc(), grid.code, grid.id)
    )
    latest: dict[int | None, int] = {}
    rows = []
    for one, owner in session.execute(wanted):
        # The latest division that has begun comes first.
        if latest.setdefault(owner.id, one.version_id) == one.version_id and owner.id != but and not one.geom.is_empty:
            rows.append((one.id, owner.id, owner.name, one.code, one.name, one.colour, one.geom))
    names = ("id", "community_id", "community", "code", "name", "colour", "geom")
    columns = {name: [row[at] for row in rows] for at, name in enumerate(names)}
    frame = gpd.GeoDataFrame(columns, geometry="geom", crs=crs.WGS84)
    return frame.set_index("id")
