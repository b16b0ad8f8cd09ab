"""What the invented life of the demo community is told against: plan, ids, day and clock."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from functools import cached_property
from typing import Any

import shapely
from shapely import Point

from gridmap.demo import globe, network, recipe
from gridmap.demo.plan import Building, Town

OPENS = dt.time(9, 0)
CLOSES = dt.time(17, 30)


class Scene:
    """The plan with its row numbers, and the calendar around ``today``.

    Parameters
    ----------
    town
        The plan, in its own metres.
    today
        The day to which times are relative.
    time_zone
        IANA name of the zone of the office hours.
    """

    def __init__(self, town: Town, today: dt.date, time_zone: str) -> None:
        self.town = town
        self.today = today
        self.zone = zoneinfo.ZoneInfo(time_zone)
        self.globe = globe.Globe()
        self.compound_id = {key: i for i, key in enumerate(town.compounds, start=1)}
        self.building_id = {(b.compound or "", b.number): i for i, b in enumerate(town.buildings, start=1)}
        self.grid_id = {letter: i for i, letter in enumerate(town.grids, start=1)}
        self.staff_id = {person["name"]: i for i, person in enumerate(recipe.part("life")["staff"], start=1)}
        self.leader: dict[str, str] = {p["grid"]: p["name"] for p in recipe.part("life")["staff"] if "grid" in p}

    @cached_property
    def ways(self) -> network.Ways:
        """The walking graph of all paths."""
        return self.town.walkable()

    @cached_property
    def _points(self) -> Any:
        return shapely.points(self.ways.places)

    def building(self, compound: str, number: str) -> Building:
        """Return a building of the plan by its compound's key (empty outside the walls) and number."""
        return self.town.buildings[self.building_id[compound, number] - 1]

    def buildings_of(self, letter: str) -> list[Building]:
        """Return the residential buildings of the grid ``letter``."""
        return [b for b in self.town.buildings if b.households and self.letter(b.geom.representative_point()) == letter]

    def id_of(self, building: Building) -> int:
        """Return the row number of ``building``."""
        return self.building_id[building.compound or "", building.number]

    def letter(self, place: Point) -> str:
        """Return the letter of the grid that holds ``place``; the nearest where it lies on the boundary."""
        return min(self.town.grids, key=lambda letter: (shapely.distance(self.town.grids[letter], place), letter))

    def front(self, building: Building) -> int:
        """Return the vertex of the walking graph before the building's middle, on its own side of the walls."""
        points = self._points
        gaps = shapely.distance(points, building.geom.centroid)
        if building.compound:
            inside = shapely.contains(self.town.compounds[building.compound], points)
            gaps[~inside] = float("inf")
        return int(gaps.argmin())

    # -------------------------------------------------------------------------------------------- calendar

    def at(self, day: dt.date, clock: dt.time) -> dt.datetime:
        """Return the moment ``clock`` of ``day`` in the community's zone."""
        return dt.datetime.combine(day, clock, self.zone)

    @property
    def limit(self) -> dt.datetime:
        """Late yesterday evening: whatever has happened had happened by then."""
        return self.at(self.today - dt.timedelta(days=1), dt.time(22, 0))

    def days_ago(self, days: int) -> dt.date:
        """Return the date ``days`` before today."""
        return self.today - dt.timedelta(days=days)

    def past_fridays(self, weeks: int) -> list[dt.date]:
        """Return the last ``weeks`` Fridays before today, oldest first."""
        last = self.days_ago((self.today.weekday() - 4) % 7 or 7)
        return [last - dt.timedelta(weeks=k) for k in range(weeks)][::-1]

    def coming_friday(self) -> dt.date:
        """Return the next Friday; today where it is one."""
        return self.today + dt.timedelta(days=(4 - self.today.weekday()) % 7)

    def handover_day(self) -> dt.date:
        """Return the Monday, six weeks ago, on which one compound's property management changed."""
        return self.days_ago(self.today.weekday() + 42)

    def office_time(self, moment: dt.datetime) -> dt.datetime:
        """Return ``moment``, or the next opening of the office where it is closed then."""
        local = moment.astimezone(self.zone)
        if local.time() > CLOSES:
            local = self.at(local.date() + dt.timedelta(days=1), dt.time(9, local.minute))
        elif local.time() < OPENS:
            local = self.at(local.date(), dt.time(9, local.minute))
        while local.weekday() > 4:
            local = self.at(local.date() + dt.timedelta(days=1), local.timetz().replace(tzinfo=None))
        return local
