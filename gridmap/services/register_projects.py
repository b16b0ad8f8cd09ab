"""The ten practical things (为民服务十件实事) of a year: owner, place, money, steps, opinions, and what is late."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
import sqlalchemy as sa

from gridmap import errors, i18n, model
from gridmap.errors import InputError
from gridmap.model import ProjectState, Stance
from gridmap.services import record_checks, record_kinds, record_places, register_writing
from gridmap.services.community_data import CommunityData
from gridmap.services.record_kinds import Field, Kind, Shape
from gridmap.services.register_lists import Listed
from gridmap.services.register_writing import SAVED, Writer
from gridmap.services.sight import Sight
from gridmap.store import Store

TEN = 10
"""So many a year."""
_LONGEST = 100
_MOST_VOICES = 100_000
KIND = Kind(
    name="projects",
    cls=model.Project,
    action=record_kinds.kind("points").action,
    fields=(
        Field(name="name", required=True),
        Field(name="owner"),
        Field(name="building_id", shape=Shape.BUILDING),
        Field(name="address"),
        Field(name="budget_yuan", shape=Shape.MEASURE, high=1e9),
        Field(name="before", shape=Shape.TEXT, longest=1000),
        Field(name="after", shape=Shape.TEXT, longest=1000),
        Field(name="geom", shape=Shape.POINT),
    ),
    title=lambda row: str(row["name"]),
)
"""What the form of a project asks, beside days and state."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Projects:
    """A community's projects with what hangs on them, as frames indexed by id; free text is masked."""

    rows: Any
    milestones: pd.DataFrame
    opinions: pd.DataFrame
    photos: pd.DataFrame
    day: dt.date

    def years(self) -> list[int]:
        """Return the years of which there are projects, and this one, the latest first."""
        return sorted({int(year) for year in self.rows["year"]} | {self.day.year}, reverse=True)

    def of(self, year: int) -> Any:
        """Return the projects of a year by their number in it."""
        return self.rows[self.rows["year"] == year].sort_values(["seq"], kind="stable")

    def steps(self, number: int) -> pd.DataFrame:
        """Return the steps of a project by the day on which they are due."""
        mine = self.milestones[self.milestones["project_id"] == number]
        return mine.sort_values("due_on", kind="stable", na_position="last")

    def late_days(self, number: int) -> int:
        """Return by how many days a project, or the step of it that is most behind, is late; 0 where nothing is."""
        row = self.rows.loc[number]
        if row["state"] == ProjectState.DONE:
            return 0
        steps = self.steps(number)
        due = [row["due_on"], *steps.loc[steps["done_on"].isna(), "due_on"]]
        return max((max(0, (self.day - day).days) for day in due if not pd.isna(day)), default=0)

    def voices(self, number: int) -> dict[Stance, int]:
        """Return how many residents are for a project, against it, or have suggested something."""
        mine = self.opinions[self.opinions["project_id"] == number]
        sums = mine.groupby("stance")["number"].sum()
        return {stance: int(sums.get(stance, 0)) for stance in Stance}


def read(store: Store, data: CommunityData) -> Projects:
    """Read the projects of a community."""
    classes = (model.Project, model.ProjectMilestone, model.ProjectOpinion, model.ProjectPhoto)
    rows, milestones, opinions, photos = (register_writing.frame(store, data, cls) for cls in classes)
    return Projects(rows=rows, milestones=milestones, opinions=opinions, photos=photos, day=data.day)


def owner(data: CommunityData, seen: Sight, row: pd.Series) -> str:
    """Return who answers for a project, as far as that may be told; "" else."""
    if pd.isna(row["owner_id"]):
        return str(row["owner"])
    if seen.staff is not None or row["owner_id"] not in data.staff.index:
        return ""
    return str(data.staff.at[row["owner_id"], "name"])


def state(projects: Projects, number: int, language: str) -> str:
    """Say how far a project is, and by how many days it is late."""
    told = i18n.text(f"project_state.{projects.rows.at[number, 'state']}", language)
    days = projects.late_days(number)
    return f"{told} · {i18n.text('register.project.late', language, n=days)}" if days else told


def listed(projects: Projects, data: CommunityData, seen: Sight, year: int, language: str) -> Listed:
    """Return the projects of a year as a list."""
    rows = projects.of(year)
    steps = [projects.steps(int(one)) for one in rows.index]
    voices = [projects.voices(int(one)) for one in rows.index]
    told = {
        "seq": [str(one) for one in rows["seq"]],
        "name": rows["name"].tolist(),
        "state": [state(projects, int(one), language) for one in rows.index],
        "due_on": rows["due_on"].tolist(),
        "owner": [owner(data, seen, row) for _, row in rows.iterrows()],
        "steps": [f"{int(one['done_on'].notna().sum())} / {len(one)}" if len(one) else "" for one in steps],
        "budget_yuan": rows["budget_yuan"].tolist(),
        "voices": [f"{one[Stance.FOR]} / {one[Stance.AGAINST]}" if any(one.values()) else "" for one in voices],
    }
    words = {name: i18n.text(f"register.column.{name}", language) for name in told}
    table = pd.DataFrame(told, index=rows.index).rename(columns=words)
    late = frozenset(int(one) for one in rows.index if projects.late_days(int(one)))
    return Listed(table=table, titles=rows["name"].to_dict(), places=dict(rows.geometry.items()), short=late,
        signs={int(one): str(seq) for one, seq in rows["seq"].items()},
    )  # fmt: skip


def save(
    writer: Writer,
    number: int | None,
    version: int | None,
    values: Mapping[str, Any],
    *,
    year: int,
    at: ProjectState,
    due_on: dt.date | None,
    done_on: dt.date | None,
) -> int:
    """Keep a project and return its number; a new one is the next of its year.

    Parameters
    ----------
    number, version
        The project as its form was opened on; None for a new one.
    values
        What has changed in the form, by the fields of `KIND`; ``owner`` may be the name of a member of the staff.
    year
        Year of a new one.
    at, due_on, done_on
        How far it is, by when it is to be done, and when it was.

    Raises
    ------
    Conflict
        ``team_overtaken`` if somebody else has changed it since.
    InputError
        ``project_done`` if it is done in the future, or not done and yet with a day on which it was.
    FaultyRecord, Forbidden, NotFound, TooManyWrites, StoreError
    """
    checked = record_checks.checked(KIND, values, writer.data)
    if done_on is not None and done_on > writer.data.day:
        raise InputError("project_done")
    if at is ProjectState.DONE and done_on is None:
        done_on = writer.data.day
    with writer.writing(None) as session:
        if number is None:
            of = sa.inspect(model.Project).c
            session.get_one(model.Community, writer.community_id, with_for_update=True)
            mine = sa.select(sa.func.max(of.seq)).where(of.community_id == writer.community_id, of.year == year)
            seq = int(session.scalar(mine) or 0) + 1
            row = model.Project(community_id=writer.community_id, year=year, seq=seq, name=checked["name"])
            session.add(row)
        else:
            row = writer.row(session, model.Project, number)
            if row.version != version:
                raise errors.Conflict("team_overtaken", title=row.name)
        if "owner" in checked:
            staff = zip(writer.data.staff.index.tolist(), writer.data.staff["name"], strict=True)
            same = next((one for one, name in staff if name == checked["owner"]), None)
            row.owner_id, row.owner = same, "" if same is not None else checked.pop("owner")
            checked.pop("owner", None)
        for name, value in checked.items():
            setattr(row, name, value)
        if "building_id" in checked and row.building_id is not None and "geom" not in checked:
            row.geom = record_places.middle(row.building_id, writer.data)
        row.state, row.due_on, row.done_on = at, due_on, done_on if at is ProjectState.DONE else None
        session.flush()
        writer.note(session, SAVED, row.name, row.id)
        return int(row.id or 0)


def step(
    writer: Writer, project: int, milestone: int | None, *, name: str, due_on: dt.date | None, done_on: dt.date | None
) -> None:
    """Keep a step of a project; None for a new one.

    Raises
    ------
    InputError
        If it has no name, or is done in the future.
    Forbidden, NotFound, TooManyWrites, StoreError
    """
    told = record_checks.line(name)[:_LONGEST]
    if not told:
        raise InputError("project_step")
    if done_on is not None and done_on > writer.data.day:
        raise InputError("project_done")
    with writer.writing(None) as session:
        head = writer.row(session, model.Project, project)
        if milestone is None:
            row = model.ProjectMilestone(community_id=writer.community_id, project_id=project, name=told)
            session.add(row)
        else:
            row = writer.row(session, model.ProjectMilestone, milestone)
        row.name, row.due_on, row.done_on = told, due_on, done_on
        session.flush()
        writer.note(session, SAVED, f"{head.name} {told}", row.id)


def hear(writer: Writer, project: int, stance: Stance, number: int, text: str, day: dt.date) -> None:
    """Keep what residents think of a project: how many, and what was said.

    Raises
    ------
    InputError
        If the number is none.
    Forbidden, NotFound, TooManyWrites, StoreError
    """
    if not 0 < number <= _MOST_VOICES:
        raise InputError("project_voices", n=_MOST_VOICES)
    with writer.writing(None) as session:
        head = writer.row(session, model.Project, project)
        session.add(
            model.ProjectOpinion(
                community_id=writer.community_id, project_id=project, day=day, stance=stance, number=number,
                text=record_checks.lines(text)[:1000],
            )
        )  # fmt: skip
        session.flush()
        writer.note(session, SAVED, head.name, project)


def where(data: CommunityData, row: pd.Series) -> str:
    """Return where a project is: as it was written, else its building."""
    if row["address"]:
        return str(row["address"])
    if pd.isna(row["building_id"]) or row["building_id"] not in data.buildings.index:
        return ""
    home = data.buildings.loc[row["building_id"]]
    return f"{home['compound']} {home['number']}".strip()
