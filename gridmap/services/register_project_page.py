"""The page of the ten practical things that residents are shown: no names, no owner, no single opinion."""

from __future__ import annotations

import pandas as pd

from gridmap import i18n
from gridmap.model import PhotoStage, ProjectState, Stance
from gridmap.reports import projects_page
from gridmap.reports.projects_page import Item
from gridmap.services import folders, register_projects, sight
from gridmap.services.community_data import CommunityData
from gridmap.services.register_projects import Projects
from gridmap.store import Store


def make(store: Store, projects: Projects, data: CommunityData, year: int, language: str) -> bytes:
    """Return the page of a year as one HTML file.

    Parameters
    ----------
    projects, data
        The projects, and the community they are of.
    """
    rows = projects.of(year)
    done = int((rows["state"] == ProjectState.DONE).sum())
    return projects_page.write(
        [_item(store, projects, data, int(number), language) for number in rows.index],
        title=i18n.text("register.project.page_title", language, community=data.community.name, year=str(year)),
        subtitle=i18n.text("register.project.counted", language, n=len(rows), done=done),
        mark=i18n.text("app.synthetic", language) if data.community.synthetic else "",
        note=i18n.text("register.project.page_note", language, day=data.day),
        language=language,
    )


def _item(store: Store, projects: Projects, data: CommunityData, number: int, language: str) -> Item:
    row = projects.rows.loc[number]
    late = projects.late_days(number) > 0

    def say(name: str, value: str) -> str:
        if not value:
            return ""
        between = "：" if language == "zh" else ": "
        return i18n.text(f"register.column.{name}", language) + between + value

    steps = projects.steps(number)
    voices = projects.voices(number)
    # One or two would know themselves, and their neighbours them.
    told = [
        f"{i18n.text(f'stance.{stance}', language)} {voices[stance]}"
        for stance in (Stance.FOR, Stance.AGAINST)
        if voices[stance] >= sight.FEWEST
    ]
    day = row["done_on"] if row["state"] == ProjectState.DONE else row["due_on"]
    name = "done_on" if row["state"] == ProjectState.DONE else "due_on"
    lines = (
        say("place", register_projects.where(data, row)),
        say("budget_yuan", "" if pd.isna(row["budget_yuan"]) else f"{row['budget_yuan']:,.0f}"),
        say(name, "" if pd.isna(day) else i18n.date(day, language)),
        say("steps", f"{int(steps['done_on'].notna().sum())} / {len(steps)}" if len(steps) else ""),
        say("before", str(row["before"])),
        say("after", str(row["after"])),
        i18n.text("register.project.page_voices", language, voices=" · ".join(told)) if told else "",
    )
    return Item(
        number=int(row["seq"]),
        name=str(row["name"]),
        tone="late" if late else str(row["state"]),
        state=register_projects.state(projects, number, language),
        lines=lines,
        photos=_photos(store, projects, number, language),
    )


def _photos(store: Store, projects: Projects, number: int, language: str) -> tuple[tuple[str, bytes], ...]:
    """Return the latest photo before and after, small."""
    mine = projects.photos[projects.photos["project_id"] == number]
    made = []
    for stage in (PhotoStage.BEFORE, PhotoStage.AFTER):
        of_stage = mine.loc[mine["stage"] == stage.value, "sha256"]
        path = folders.photos(store) / f"{of_stage.iloc[-1]}-small.jpg" if len(of_stage) else None
        if path is not None and path.is_file():
            made.append((i18n.text(f"photo_stage.{stage}", language), path.read_bytes()))
    return tuple(made)
