"""Takes in registers whose rows belong to something kept already.

Steps and opinions of projects, bookings of rooms, receptions, help to households, home visits of the desk. A row whose
project, room, grid or household is not known is refused: kept alone it would tell nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
from sqlalchemy.orm import Session

from gridmap import catalogues, model, privacy
from gridmap.errors import Fault
from gridmap.exchange import fields, registers
from gridmap.model import Stance
from gridmap.services import fund_book, keeping, rota_rules
from gridmap.services.import_scene import Scene
from gridmap.services.tally import Tally

_SHOWN = 40
_LONGEST = 100
Checked = tuple[pd.DataFrame, list[Fault]]


def check_milestones(frame: pd.DataFrame, scene: Scene) -> Checked:
    """Read the cells of a register of steps; without a year the present one is meant."""
    clean, found = _read(frame, "milestones", scene, {"project": "加装坡道", "name": "方案公示"})
    clean, found = _at_project(clean, found, scene)
    keys = _keys(clean, ("project_id", "name"))
    return registers.left(clean, [*found, *registers.twice(clean, keys, "name")])


def check_opinions(frame: pd.DataFrame, scene: Scene) -> Checked:
    """Read the cells of a register of residents' opinions; without a number one resident is meant."""
    needed = {"project": "加装坡道", "day": "2026-11-24", "stance": "赞成"}
    return _at_project(*_read(frame, "opinions", scene, needed), scene)


def check_bookings(frame: pd.DataFrame, scene: Scene) -> Checked:
    """Read the cells of a register of bookings; no room is taken twice, neither in the file nor with what is kept."""
    needed = {"service_point": "槐荫邻里服务站", "day": "2026-11-24", "hours": "09:00-11:00", "purpose": "座谈"}
    clean, found = _read(frame, "bookings", scene, needed)
    ids = _by_name(scene.rows[model.ServicePoint])
    clean = clean.assign(point=_found(clean["service_point"], ids))
    found += _missing(clean, "point", "service_point", "point_needed")
    spans = [rota_rules.span(fields.fold(told)) for told in clean["hours"]]
    found += [
        Fault(problem="hours_wrong", row=int(row), column="hours", value=fields.fold(told)[:_SHOWN])
        for row, told, span in zip(clean.index, clean["hours"], spans, strict=True)
        if span is None
    ]
    zone = ZoneInfo(scene.time_zone)
    for n, name in enumerate(("starts_at", "ends_at")):
        clean[name] = pd.Series(
            [
                None if span is None else dt.datetime.combine(day, span[n], zone)
                for day, span in zip(clean["day"], spans, strict=True)
            ],
            clean.index,
            dtype="object",
        )
    clean, found = registers.left(clean, found)
    return registers.left(clean, [*found, *_taken(clean, scene, zone)])


def check_receptions(frame: pd.DataFrame, scene: Scene) -> Checked:
    """Read the cells of a register of receptions: one of a grid a day."""
    clean, found = _read(frame, "receptions", scene, {"day": "2026-11-24", "grid": "第一网格"})
    known = _grids(scene)
    clean = clean.assign(grid_id=_found(clean["grid"], known))
    found += _missing(clean, "grid_id", "grid", "grid_needed")
    clean, found = registers.left(clean, found)
    return registers.left(clean, [*found, *registers.twice(clean, _keys(clean, ("grid_id", "day")), "grid")])


def check_helps(frame: pd.DataFrame, scene: Scene) -> Checked:
    """Read the cells of a register of help; its household is told by building, unit and need, never by name."""
    clean, found = _read(frame, "care-helps", scene, {"day": "2026-11-24", "kind": "慰问金"})
    alone: dict[tuple[Any, ...], int | None] = {}
    for number, one in scene.rows[model.CareHousehold].iterrows():
        known: tuple[Any, ...] = (int(one["building_id"]), fields.name_key(one["unit"]), one["need"])
        for least in (1, 2, 3):
            alone[known[:least]] = None if known[:least] in alone else int(number)
    homes = _column(clean, "building_id")
    households: list[int | None] = []
    for home, unit, need in zip(homes, _column(clean, "unit"), _column(clean, "need"), strict=True):
        if keeping.says_nothing(home):
            households.append(None)
            continue
        place: tuple[Any, ...] = (int(home), *([fields.name_key(unit)] if unit else []))
        whole: tuple[Any, ...] = (*place, registers.need(need)) if unit and need else place
        households.append(alone.get(whole, alone.get(place)))
    clean = clean.assign(care_household_id=pd.Series(households, clean.index, dtype="object"))
    found += _missing(clean, "care_household_id", "building", "household_unclear")
    codes = [_code("care_helps", told) for told in clean["kind"]]
    clean = clean.assign(kind=pd.Series(codes, clean.index, dtype="object"))
    allowed = {"allowed": [str(entry["zh"]) for entry in catalogues.entries("care_helps").values()]}
    found += [
        Fault(problem="help_unknown", row=int(row), column="kind", value=fields.fold(frame.at[row, "kind"])[:_SHOWN],
              fields=allowed)
        for row in clean.index[clean["kind"].isna()]
        if fields.fold(frame.at[row, "kind"])
    ]  # fmt: skip
    return registers.left(clean, found)


def check_home_visits(frame: pd.DataFrame, scene: Scene) -> Checked:
    """Read the cells of a log of home visits."""
    return registers.left(*_read(frame, "home-visits", scene, {"day": "2026-11-24", "matter": "高龄补贴申请"}))


def milestones(session: Session, scene: Scene, clean: pd.DataFrame) -> Tally:
    """Keep steps, found again by project and name."""

    def key(values: Mapping[str, Any]) -> tuple[Any, ...]:
        return values["project_id"], fields.name_key(values["name"])

    return _keep(session, scene, clean, model.ProjectMilestone, ("project_id", "name", "due_on", "done_on"), key)


def opinions(session: Session, scene: Scene, clean: pd.DataFrame) -> Tally:
    """Keep opinions, found again by project, day, stance and what was said."""

    def key(values: Mapping[str, Any]) -> tuple[Any, ...]:
        return values["project_id"], values["day"], Stance(values["stance"]), _masked(values.get("text"))

    columns = ("project_id", "day", "stance", "number", "text")
    return _keep(session, scene, clean, model.ProjectOpinion, columns, key)


def bookings(session: Session, scene: Scene, clean: pd.DataFrame) -> Tally:
    """Keep bookings, found again by room and hours."""
    ids = _by_name(scene.rows[model.ResidentGroup])
    groups = [ids.get(fields.name_key(name)) if name else None for name in _column(clean, "resident_group")]
    unknown = [
        Fault(problem="group_unknown", row=int(row), column="resident_group", value=str(name)[:_SHOWN], fatal=False)
        for row, name, group in zip(clean.index, _column(clean, "resident_group"), groups, strict=True)
        if name and group is None
    ]
    made = clean.assign(
        service_point_id=clean["point"], resident_group_id=pd.Series(groups, clean.index, dtype="object")
    )

    def key(values: Mapping[str, Any]) -> tuple[Any, ...]:
        return values["service_point_id"], values["starts_at"], values["ends_at"]

    columns = ("service_point_id", "starts_at", "ends_at", "purpose", "holder", "resident_group_id")
    tally = _keep(session, scene, made, model.RoomBooking, columns, key)
    tally.faults += unknown
    return tally


def receptions(session: Session, scene: Scene, clean: pd.DataFrame) -> Tally:
    """Keep receptions, found again by the grid's name and the day: grids of earlier divisions too."""
    names = {int(number): fields.name_key(name) for number, name in scene.rows[model.Grid]["name"].items()}

    def key(values: Mapping[str, Any]) -> tuple[Any, ...]:
        return names.get(int(values["grid_id"])), values["day"]

    columns = ("grid_id", "day", "hours", "place", "attendance", "note")
    return _keep(session, scene, clean, model.ReceptionDay, columns, key, stays=("grid_id",))


def helps(session: Session, scene: Scene, clean: pd.DataFrame) -> Tally:
    """Keep help, found again by household, day, kind, amount and note."""

    def key(values: Mapping[str, Any]) -> tuple[Any, ...]:
        amount = values.get("amount_yuan")
        fen = None if amount is None or keeping.says_nothing(amount) else fund_book.fen(float(amount))
        return values["care_household_id"], values["day"], values["kind"], fen, _masked(values.get("note"))

    columns = ("care_household_id", "day", "kind", "amount_yuan", "note")
    return _keep(session, scene, clean, model.CareHelp, columns, key)


def home_visits(session: Session, scene: Scene, clean: pd.DataFrame) -> Tally:
    """Keep home visits, found again by day, matter and building."""

    def key(values: Mapping[str, Any]) -> tuple[Any, ...]:
        return values["day"], fields.name_key(values["matter"]), values.get("building_id")

    return _keep(session, scene, clean, model.HomeVisit, ("day", "matter", "building_id"), key)


def _keep(
    session: Session,
    scene: Scene,
    clean: pd.DataFrame,
    cls: type[model.Owned],
    columns: tuple[str, ...],
    key: Callable[[Mapping[str, Any]], tuple[Any, ...]],
    stays: tuple[str, ...] = (),
) -> Tally:
    """Keep rows, found again by their key; of several with one key each row of the file means another."""
    tally = Tally()
    kept: dict[tuple[Any, ...], list[Any]] = {}
    for one in keeping.rows_of(session, cls, scene.community_id):
        kept.setdefault(key(vars(one)), []).append(one)
    numbers = {name for name in columns if name.endswith("_id")}
    for row, told in keeping.records(clean, columns):
        values: dict[str, Any] = {name: int(value) if name in numbers else value for name, value in told.items()}
        if "stance" in values:
            values["stance"] = Stance(values["stance"])
        alike = kept.get(key(values), [])
        if alike:
            tally.write(alike.pop(0), {k: v for k, v in values.items() if k not in stays}, at=row)
        else:
            tally.add(session, cls(community_id=scene.community_id, **values), at=row)
    return tally


def _read(frame: pd.DataFrame, kind: str, scene: Scene, needed: Mapping[str, str]) -> Checked:
    clean, found = registers.read(frame, kind, ZoneInfo(scene.time_zone), required=needed)
    for name in ("purpose", "holder", "name", "hours", "place", "matter"):
        if name in clean.columns:
            clean[name] = clean[name].str[:_LONGEST]
    return registers.left(clean, found)


def _at_project(clean: pd.DataFrame, found: list[Fault], scene: Scene) -> Checked:
    projects = {
        (int(one["year"]), fields.name_key(one["name"])): int(number)
        for number, one in scene.rows[model.Project].iterrows()
    }
    years = [scene.today.year if keeping.says_nothing(year) else int(year) for year in _column(clean, "year")]
    names = [fields.name_key(name) for name in clean["project"]]
    clean = clean.assign(
        project_id=pd.Series([projects.get(one) for one in zip(years, names, strict=True)], clean.index, dtype="object")
    )
    return registers.left(clean, [*found, *_missing(clean, "project_id", "project", "project_unknown")])


def _missing(clean: pd.DataFrame, name: str, column: str, problem: str) -> list[Fault]:
    shown = clean[column] if column in clean.columns else pd.Series("", clean.index)
    return [
        Fault(problem=problem, row=int(row), column=column, value=fields.fold(shown[row])[:_SHOWN])
        for row in clean.index[clean[name].isna()]
    ]


def _taken(clean: pd.DataFrame, scene: Scene, zone: ZoneInfo) -> list[Fault]:
    """Return a fault for each row whose room somebody has at that time: another row, a booking, a weekly activity."""
    held: dict[int, list[tuple[dt.datetime, dt.datetime]]] = {}
    for _, one in scene.rows[model.RoomBooking].iterrows():
        held.setdefault(int(one["service_point_id"]), []).append((one["starts_at"], one["ends_at"]))
    found = []
    for row, point, begin, end in zip(clean.index, clean["point"], clean["starts_at"], clean["ends_at"], strict=True):
        there = held.setdefault(int(point), [])
        known = any(a == begin and b == end for a, b in there)
        clash = any(a < end and begin < b for a, b in there) or _weekly(scene, int(point), begin, end)
        if not known and clash:
            told = f"{begin.astimezone(zone):%Y-%m-%d %H:%M}-{end.astimezone(zone):%H:%M}"
            found.append(Fault(problem="room_taken_row", row=int(row), column="hours", value=told))
        there.append((begin, end))
    return found


def _weekly(scene: Scene, point: int, begin: dt.datetime, end: dt.datetime) -> bool:
    rows = scene.rows[model.WeeklyActivity]
    for _, one in rows[(rows["service_point_id"] == point) & (rows["weekday"] == begin.isoweekday())].iterrows():
        span = rota_rules.span(one["hours"])
        lasts = one["from_day"] <= begin.date() and (pd.isna(one["until_day"]) or begin.date() <= one["until_day"])
        if span is not None and lasts and span[0] < end.time() and begin.time() < span[1]:
            return True
    return False


def _grids(scene: Scene) -> dict[str, int]:
    """Return the grids of the division that is valid today, by name and by code."""
    versions, grids = scene.rows[model.GridVersion], scene.rows[model.Grid]
    begun = versions[versions["valid_from"] <= scene.today]
    if begun.empty:
        return {}
    valid = begun.sort_values("valid_from", kind="stable").index[-1]
    found: dict[str, int] = {}
    for number, one in grids[grids["version_id"] == valid].iterrows():
        found |= {fields.name_key(one["code"]): int(number), fields.name_key(one["name"]): int(number)}
    return found


def _found(names: pd.Series, ids: Mapping[str, int]) -> pd.Series:
    return pd.Series([ids.get(fields.name_key(name)) for name in names], names.index, dtype="object")


def _by_name(rows: Any) -> dict[str, int]:
    return {fields.name_key(name): int(number) for number, name in rows["name"].items()}


def _keys(clean: pd.DataFrame, names: tuple[str, ...]) -> pd.Series:
    told = clean[list(names)].itertuples(index=False, name=None)
    keys = [tuple(fields.name_key(one) if isinstance(one, str) else one for one in row) for row in told]
    return pd.Series(keys, clean.index, dtype="object")


def _code(catalogue: str, said: Any) -> str | None:
    plain = fields.fold(said).casefold()
    for code, entry in catalogues.entries(catalogue).items():
        if plain and plain in (code, str(entry["zh"]).casefold(), str(entry["en"]).casefold()):
            return code
    return None


def _masked(text: Any) -> str:
    return fields.fold(privacy.mask_text(text)) if isinstance(text, str) else ""


def _column(clean: pd.DataFrame, name: str) -> pd.Series:
    return clean[name] if name in clean.columns else pd.Series([None] * len(clean), clean.index, dtype="object")
