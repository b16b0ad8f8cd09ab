"""The map of a plan of walks: each walk with its numbered stops, and what is said by a press."""

from __future__ import annotations

import shapely
import streamlit as st

from gridmap.analysis import indicators
from gridmap.cartography import overview_config, shapes
from gridmap.cartography.overview_map import Command
from gridmap.cartography.shapes import Shape
from gridmap.services import walk_places, walk_plan_tables
from gridmap.services.community_data import CommunityData
from gridmap.services.sight import Sight
from gridmap.services.walk_plan_tables import say
from gridmap.services.walk_plans import PlannedWalk
from gridmap.web import ahead, map_view, sources, walks_map_view, walks_plan_week_view
from gridmap.web.walks_map_view import LAYERS, Mark
from gridmap.web.walks_plan_state import PRESSES, PlanState, marks

_HEIGHT_PX = 560
_MUST_IDS, _NEVER_IDS = 10_000, 20_000


def show(mine: PlanState, data: CommunityData, seen: Sight, language: str) -> None:
    """Show the map, and what a press on it does."""

    def take() -> None:
        mine.press = st.session_state["walk-plan-press"] or mine.press

    with st.container(horizontal=True, vertical_alignment="center", key="walk-plan-presses"):
        st.segmented_control(
            say("press", language), PRESSES, default=mine.press, required=True, key="walk-plan-press", on_change=take,
            format_func=lambda one: say(f"press.{one}", language), label_visibility="collapsed",
        )  # fmt: skip
        st.caption(say(f"press.{mine.press}.help", language))
    walks_plan_week_view.days(mine, language)
    # Issues are shown where they can be pressed; else they would lie over the stops.
    layers = [*LAYERS, *(["issues"] if mine.press != "look" and seen.layer("issues") else [])]
    names = [] if mine.made is None else [_named(mine, walk, language) for walk in _shown(mine)]
    command = Command(
        revision=data.revision,
        stamp=sources.stamp(data),
        layers=layers,
        issues=[int(number) for number in data.issues.index[indicators.open_issues(data.issues)]],
        legend=[
            *walks_map_view.legend(names),
            *overview_config.legend(
                language=language, layers=("compounds", "gates"), mode="grid", grids=(), asset_base=ahead.ASSETS
            ),
        ],
        shapes=shapes.features([*_said(mine, data, language), *_walks(mine, data, language)]),
        fit=_fit(mine),
        order=_order(mine, data, language),
        search=False,
        moves=False,
    )
    with st.container(key="walks-map"):
        map_view.show(command, data=data, language=language, height_px=_HEIGHT_PX, on_event=mine.take, name="walk-plan")


def _shown(mine: PlanState) -> list[PlannedWalk]:
    """Return the walks that the map shows: all, or those of a day."""
    walks = [] if mine.made is None else walk_plan_tables.in_order(mine.made)
    return [walk for walk in walks if mine.on_map in (None, walk.day)] or walks


def _named(mine: PlanState, walk: PlannedWalk, language: str) -> str:
    assert mine.made is not None
    return walk_plan_tables.called(mine.made, walk, language)


def _walks(mine: PlanState, data: CommunityData, language: str) -> list[Shape]:
    """Return the walks that are shown; the one that is looked at lies above the others."""
    if mine.made is None:
        return []
    made, parts = mine.made, []
    ids = {key: sign for sign, (_, key) in enumerate(marks(made))}
    for number, walk in enumerate(_shown(mine)):
        drawn = []
        for seq, stop in enumerate((one for one in walk.stops if one.key), start=1):
            title = walk_plan_tables.title(made, data, stop.key, language)
            drawn.append(Mark(id=ids[stop.key], place=stop.place.geom, sign=str(seq), title=f"{seq} {title}"))
        name = _named(mine, walk, language)
        parts.append((walk, walks_map_view.drawn(number, walk.line, drawn, name, pickable=True)))
    parts.sort(key=lambda part: part[0] is mine.walk)
    return [shape for _, drawn in parts for shape in drawn]


def _order(mine: PlanState, data: CommunityData, language: str) -> dict[str, object] | None:
    """Return the stops of the walk that is looked at, to be dragged."""
    made, walk = mine.made, mine.walk
    if made is None or walk is None or mine.press != "look":
        return None
    ids = {key: sign for sign, (_, key) in enumerate(marks(made))}
    stops = [stop for stop in walk.stops if stop.key]
    return {
        "title": say("order", language, walk=_named(mine, walk, language)),
        "stops": [
            {
                "id": ids[stop.key],
                "sign": str(seq),
                "title": walk_plan_tables.title(made, data, stop.key, language),
                "mark": walk_plan_tables.marked(stop, language),
                "chosen": stop.key == mine.stop,
            }
            for seq, stop in enumerate(stops, start=1)
        ],
    }


def _said(mine: PlanState, data: CommunityData, language: str) -> list[Shape]:
    """Return the places that have to be visited, or are not to be, where no stop stands there."""
    there = {stop.key for walk in (mine.made.walks if mine.made else ()) for stop in walk.stops}
    made = []
    for name, keys, first in (("must", mine.must, _MUST_IDS), ("never", mine.never, _NEVER_IDS)):
        for number, key in enumerate(keys):
            place = walk_places.place(data, key)
            if place is None or key in there:
                continue
            title = say(f"on_map.{name}", language, place=walk_places.title(data, place, language))
            made.append(
                Shape(
                    id=first + number, geometry=place.geom, look=f"visit_{name}", sign="!" if name == "must" else "×",
                    title=title, pickable=False,
                )
            )  # fmt: skip
    return made


def _fit(mine: PlanState) -> dict[str, object] | None:
    if mine.made is None or not mine.journeys:
        return None
    box = walks_map_view.extent(
        shapely.union_all([walk.line, *(stop.place.geom for stop in walk.stops if stop.key)]) for walk in _shown(mine)
    )
    # Another plan, or another day of it, is gone to.
    seq = 8 * mine.journeys + (0 if mine.on_map is None else mine.on_map.isoweekday())
    return None if box is None else {"seq": seq, "bounds": box}
