"""Walking distances between the places of a plan, through the gates as they are open while people walk.

A gate that is open all the time is a way at any time. What lies behind one that is open for part of it only has that
part as its hours, shortened by the walk from the gate at both ends, so that whoever keeps them gets in and out again.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from gridmap.analysis import walking, walking_legs
from gridmap.analysis.walking_network import Starts
from gridmap.planning.routing import Window
from gridmap.services import walking_data
from gridmap.services.community_data import CommunityData
from gridmap.services.community_settings import CommunitySettings

_DAY_MIN = 24 * 60


@dataclass(frozen=True, kw_only=True, eq=False)
class Ground:
    """Distances between places.

    Parameters
    ----------
    metres
        Square matrix in the order of the places; infinite where no way leads.
    hours
        For each place when it can be reached from the first place: all the time that people walk usually, none where
        it cannot.
    gates
        For each place that cannot be reached, the names of gates of its compound that are closed all the time.
    measure
        ``walking`` or ``straight_line``.
    remarks
        What is assumed.
    """

    metres: NDArray[np.float64]
    hours: tuple[tuple[Window, ...], ...]
    gates: tuple[tuple[str, ...], ...]
    measure: str
    remarks: tuple[walking.Remark, ...]
    draw: Callable[[int, int], shapely.LineString] = field(repr=False)
    crs: object = field(repr=False)

    def line(self, order: Sequence[int]) -> shapely.LineString:
        """Return the way from place to place as one line in WGS 84 (lon, lat)."""
        parts = [shapely.get_coordinates(self.draw(a, b)) for a, b in itertools.pairwise(order)]
        if not parts:
            return shapely.LineString()
        whole = gpd.GeoSeries([shapely.LineString(np.concatenate(parts))], crs=self.crs).to_crs("EPSG:4326")
        found: shapely.LineString = whole.iloc[0]
        return found


def of(
    data: CommunityData,
    chosen: CommunitySettings,
    places: gpd.GeoSeries,
    windows: Sequence[Window],
    *,
    straight: bool = False,
) -> Ground:
    """Measure all walks between places.

    Parameters
    ----------
    data, chosen
        The community and its settings.
    places
        Points (lon, lat); the first is where walks begin.
    windows
        Minutes since midnight between which people walk, on whatever day: in order, apart from each other.
    straight
        Whether to measure in a straight line.
    """
    spots = gpd.GeoDataFrame(geometry=places.reset_index(drop=True)).to_crs(data.buildings_m.crs)
    if walking_data.measure(data, straight=straight) == walking_data.STRAIGHT_LINE:
        return _straight(spots, tuple(windows))
    model = walking_data.model(data, walking_data.costs(chosen))
    spans = [list(_spans(model, window)) for window in windows]
    shuts = [shut for part in spans for _, shut in part]
    ever = frozenset[int]().union(*shuts)
    always = shuts[0].intersection(*shuts)
    legs = walking_legs.between(model, spots, shut=ever)
    whole = tuple(windows)
    hours: list[tuple[Window, ...]] = [whole if np.isfinite(one) else () for one in legs.metres[0]]
    metres, draw = legs.metres, legs.line
    behind = [at for at, one in enumerate(hours) if not one]
    if behind and ever != always:
        some = walking_legs.between(model, spots, shut=always)
        part = _part_time(model, spots, spans, ever - always)
        for at in behind:
            hours[at] = part[at]
        late = np.array([at for at in behind if hours[at]], dtype=int)
        metres = metres.copy()
        metres[late, :], metres[:, late] = some.metres[late, :], some.metres[:, late]
        through = frozenset(late.tolist())

        def draw(one: int, other: int) -> shapely.LineString:
            return (some if through & {one, other} else legs).line(one, other)

    shut_all = {model.gates[at] for at in always}
    return Ground(
        metres=metres,
        hours=tuple(hours),
        gates=tuple(
            _gates(data, spots.geometry.iloc[at], shut_all) if not hours[at] else () for at in range(len(spots))
        ),
        measure=walking_data.WALKING,
        remarks=model.remarks,
        draw=draw,
        crs=model.crs,
    )


def _straight(spots: gpd.GeoDataFrame, windows: tuple[Window, ...]) -> Ground:
    points = spots.geometry.to_numpy()
    metres = shapely.distance(points[:, None], points[None, :])
    metres = np.where(np.isnan(metres), np.inf, metres)
    return Ground(
        metres=metres,
        hours=tuple(windows if np.isfinite(one) else () for one in metres[0]),
        gates=tuple(() for _ in points),
        measure=walking_data.STRAIGHT_LINE,
        remarks=(),
        draw=lambda one, other: shapely.LineString([points[one], points[other]]),
        crs=spots.crs,
    )


def _spans(model: walking.Model, window: Window) -> Iterator[tuple[Window, frozenset[int]]]:
    """Yield the parts of a window in which the same gates are closed, and which these are."""
    edges = {edge for hours in model.hours for span in hours.spans for edge in span}
    cuts = sorted({window[0], window[1], *(float(e) for e in edges if window[0] < e < window[1])})
    for begin, end in itertools.pairwise(cuts):
        minute = int(begin) % _DAY_MIN
        yield (begin, end), model.closed(dt.time(minute // 60, minute % 60))


def _part_time(
    model: walking.Model,
    spots: gpd.GeoDataFrame,
    spans: Sequence[Sequence[tuple[Window, frozenset[int]]]],
    gates: frozenset[int],
) -> list[tuple[Window, ...]]:
    """Return for each place when it can be reached, less the walk between it and the gate at both ends."""
    margins = _from_gates(model, spots, gates) / walking.PACE_M_MIN
    known = {shut for part in spans for _, shut in part}
    reached = {shut: np.isfinite(walking_legs.between(model, spots, shut=shut).metres[0]) for shut in known}
    found: list[tuple[Window, ...]] = []
    for at in range(len(spots)):
        kept: list[Window] = []
        for part in spans:
            windows: list[Window] = []
            for (begin, end), shut in part:
                if reached[shut][at]:
                    joins = windows and windows[-1][1] == begin
                    windows = [*windows[:-1], (windows[-1][0], end)] if joins else [*windows, (begin, end)]
            first, last = part[0][0][0], part[-1][0][1]
            kept += [(a if a == first else a + margins[at], b if b == last else b - margins[at]) for a, b in windows]
        found.append(tuple(one for one in kept if one[1] > one[0]))
    return found


def _from_gates(model: walking.Model, spots: gpd.GeoDataFrame, gates: frozenset[int]) -> NDArray[np.float64]:
    """Return the metres from each place to the nearest of some gates, along ways that pass none of them."""
    network = model.network
    edges = np.concatenate([network.edges_of_gate(gate) for gate in sorted(gates)])
    starts = Starts.at(np.unique(network.edges[edges]))
    reach = network.reach(starts, shut=network.shut(sorted(gates)))
    approach = model.approach(spots)
    metres = np.full(len(spots), np.inf)
    over = reach.distance_m[approach.starts.node] + approach.starts.walk_m
    np.minimum.at(metres, approach.row[approach.starts.owner], over)
    return metres


def _gates(data: CommunityData, spot: shapely.Point, shut: set[object]) -> tuple[str, ...]:
    compounds = data.compounds.to_crs(data.buildings_m.crs)
    inside = compounds.index[compounds.intersects(spot)]
    rows = data.gates[data.gates["compound_id"].isin(inside) & data.gates.index.isin(list(shut))]
    return tuple(str(name) for name in rows["name"])
