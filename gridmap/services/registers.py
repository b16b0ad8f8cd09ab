"""The registers that a community takes along: of each kind its columns, in words that an import reads again.

Headings are the first names of the catalogue ``import_columns``. What is kept sealed, such as who called and how a
household in need is reached, stands in none of them; numbers of telephones in free text are masked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import geopandas as gpd
import pandas as pd
import shapely

from gridmap import catalogues, i18n, model
from gridmap.datums import Datum
from gridmap.exchange import hotline
from gridmap.services import community_data, register_cells, register_joins, register_writing
from gridmap.services.community_data import CommunityData
from gridmap.services.issue_catalogue import Catalogues, Categories
from gridmap.services.sight import Reach, Sight
from gridmap.store import Store

Shape = Literal["polygon", "line", "point"]


@dataclass(frozen=True, kw_only=True)
class Register:
    """A kind of things as a table.

    Parameters
    ----------
    kind
        As imports and the command line know it.
    cls
        Class of its rows.
    fields
        Its columns: fields of ``import_columns``, or of ``export.column``, in the order in which they are shown.
    shape
        Its geometry; None where it has no place of its own.
    reach
        Within which grids somebody sees its rows.
    """

    kind: str
    cls: type[model.Owned]
    fields: tuple[str, ...]
    reach: Callable[[Sight], Reach]
    shape: Shape | None = None


def _everywhere(_seen: Sight) -> Reach:
    return None


def _all_figures(seen: Sight) -> Reach:
    """Money belongs to no grid: it is seen by those who see the figures of the whole community."""
    return None if seen.figures is None else frozenset()


REGISTERS: Mapping[str, Register] = {
    one.kind: one
    for one in (
        Register(
            kind="compounds",
            cls=model.Compound,
            fields=("name", "kind", "walled", "property_company", "lon", "lat"),
            reach=lambda seen: seen.figures,
            shape="polygon",
        ),
        Register(
            kind="gates",
            cls=model.Gate,
            fields=("compound", "name", "pedestrians", "vehicles", "open_hours", "lon", "lat"),
            reach=lambda seen: seen.figures,
            shape="point",
        ),
        Register(
            kind="buildings",
            cls=model.Building,
            fields=(
                *("grid", "compound", "number", "name", "use", "floors", "units", "households", "households_estimated"),
                *("built_year", "lift", "lon", "lat"),
            ),
            reach=lambda seen: seen.buildings,
            shape="polygon",
        ),
        Register(
            kind="grids",
            cls=model.Grid,
            fields=("name", "code", "official_code", "colour", "legend", "lon", "lat"),
            reach=lambda seen: seen.figures,
            shape="polygon",
        ),
        Register(
            kind="paths",
            cls=model.Path,
            fields=("name", "kind"),
            reach=lambda seen: seen.figures,
            shape="line",
        ),
        Register(
            kind="service-points",
            cls=model.ServicePoint,
            fields=(
                *("kind", "name", "compound", "building", "host", "terms", "hours", "capacity_households", "area_m2"),
                *("tenure", "rent_yuan", "tenure_until", *register_joins.TEAM, "lon", "lat"),
            ),
            reach=_everywhere,
            shape="point",
        ),
        Register(
            kind="resident-groups",
            cls=model.ResidentGroup,
            fields=("name", "kind", "service_point", "members", "hours", "note"),
            reach=_everywhere,
        ),
        Register(
            kind="staff",
            cls=model.Staff,
            fields=("name", "post", "ab", "partner", "grid", "duties", "active"),
            reach=lambda seen: seen.staff,
        ),
        Register(
            kind="issues",
            cls=model.Issue,
            fields=(
                *("code", "order_number", "reported_at", "source", "channel", "request_type", "category", "level"),
                *("state", "grid", "compound", "building", "address", "text", "urgency", "confidential", "handler"),
                *("handling", "received_at", "dispatched_at", "taken_at", "returned_at", "answered_at", "due_at"),
                *("extended_days", "closed_at", "callback", "note", "lon", "lat"),
            ),
            reach=lambda seen: seen.issues,
            shape="point",
        ),
        Register(
            kind="households-in-need",
            cls=model.CareHousehold,
            fields=("grid", "compound", "building", "unit", "need", "interval_days"),
            reach=lambda seen: seen.care,
        ),
        Register(
            kind="projects",
            cls=model.Project,
            fields=(
                *(
                    "year",
                    "seq",
                    "name",
                    "owner",
                    "state",
                    "due_on",
                    "done_on",
                    "budget_yuan",
                    "before",
                    "after",
                    "compound",
                ),
                *("building", "address", "lon", "lat"),
            ),
            reach=_everywhere,
            shape="point",
        ),
        Register(
            kind="fund-entries",
            cls=model.FundEntry,
            fields=("day", "kind", "amount_yuan", "grant_use", "purpose", "voucher"),
            reach=_all_figures,
        ),
        Register(
            kind="premises",
            cls=model.Premises,
            fields=("name", "use", "area_m2", "compound", "building", "service_point", "host", "note"),
            reach=_everywhere,
        ),
        Register(
            kind="desk-matters",
            cls=model.DeskMatter,
            fields=("name", "field", "at_home", "days", "papers", "note"),
            reach=_everywhere,
        ),
        Register(
            kind="activities",
            cls=model.Activity,
            fields=("day", "name", "hours", "place", "service_point", "resident_group", "attendance", "note"),
            reach=_everywhere,
        ),
        Register(
            kind="milestones",
            cls=model.ProjectMilestone,
            fields=("year", "project", "name", "due_on", "done_on"),
            reach=_everywhere,
        ),
        Register(
            kind="opinions",
            cls=model.ProjectOpinion,
            fields=("year", "project", "day", "stance", "number", "text"),
            reach=_everywhere,
        ),
        Register(
            kind="bookings",
            cls=model.RoomBooking,
            fields=("service_point", "day", "hours", "purpose", "resident_group", "holder"),
            reach=_everywhere,
        ),
        Register(
            kind="receptions",
            cls=model.ReceptionDay,
            fields=("day", "grid", "hours", "place", "attendance", "note"),
            reach=_everywhere,
        ),
        Register(
            kind="care-helps",
            cls=model.CareHelp,
            fields=("compound", "building", "unit", "need", "day", "kind", "amount_yuan", "note"),
            reach=lambda seen: seen.care,
        ),
        Register(
            kind="home-visits",
            cls=model.HomeVisit,
            fields=("day", "matter", "compound", "building"),
            reach=_all_figures,
        ),
    )
}

# By what a column holds: the catalogue that has the words of its codes, and the field by which entries are known.
_CATALOGUES: Mapping[str, tuple[str, str]] = {
    "colour": ("grid_palette", "key"),
    "care_need": ("care_needs", "code"),
    "matter_field": ("matter_fields", "code"),
    "care_help": ("care_helps", "code"),
}
# What a column of ours holds where the catalogue of imports does not say it.
_HOLDS: Mapping[str, str] = {"households-in-need.need": "care_need", "care-helps.need": "care_need"}
#: Numbers that count nothing.
PLAIN = frozenset({"year", "built_year", "seq"})
PLACE = ("lon", "lat")


def names(kind: str, field: str) -> tuple[str, ...]:
    """Return what a column may be called in a file, the best first; none where an import does not read it."""
    entry = catalogues.entries("import_columns").get(f"{kind}.{field}")
    return () if entry is None else tuple(str(name) for name in entry["names"])


def heading(kind: str, field: str, language: str) -> str:
    """Return what the column of a field is called in ``language``: the first such name that an import knows."""
    own = [name for name in names(kind, field) if name.isascii() == (language == "en")]
    return own[0] if own else i18n.text(f"export.column.{field}", language)


def options(kind: str, field: str, language: str, known: Catalogues) -> dict[Any, str]:
    """Return the words of a field's codes in ``language``; none where it is not chosen from a list.

    ``known`` is what the community has changed itself; what is retired is not among the options.
    """
    whole = f"{kind}.{field}"
    entry = catalogues.entries("import_columns").get(whole, {})
    holds = _HOLDS.get(whole) or str(entry.get("holds", ""))
    if holds == "yesno":
        return {True: i18n.text("record.yes", language), False: i18n.text("record.no", language)}
    if holds == "issue_category":
        return {one.code: one.label(language) for one in known.categories.live()}
    if holds == "service_kind":
        return {one.code: one.label(language) for one in known.kinds.live()}
    if holds in _CATALOGUES:
        catalogue, key = _CATALOGUES[holds]
        return {code: str(one[language]) for code, one in catalogues.entries(catalogue, key).items()}
    found: dict[Any, str] = {}
    for code, value in catalogues.entries("import_values").items():
        table, _, choice = code.partition(".")
        if table == holds:
            words = [str(name) for name in value["names"] if "_" not in name]
            found[choice] = next((word for word in words if word.isascii() == (language == "en")), words[0])
    return found


def rows(store: Store, data: CommunityData, register: Register, seen: Sight) -> Any:
    """Return the rows of a register that are seen, indexed by id."""
    frame = (
        _FRAMES[register.kind](data) if register.kind in _FRAMES else register_writing.frame(store, data, register.cls)
    )
    if register.kind in register_joins.JOINED:
        frame = register_joins.JOINED[register.kind](store, data, frame)
    reach = register.reach(seen)
    # Whom of the staff somebody sees does not go by a column: `sight.masked` has seen to it.
    if reach is None or register.kind == "staff":
        return frame
    buildings = data.buildings[data.buildings["grid_id"].isin(reach)]
    if register.kind == "compounds":
        return frame[frame.index.isin(buildings["compound_id"])]
    if register.kind == "gates":
        return frame[frame["compound_id"].isin(buildings["compound_id"].dropna())]
    if register.kind in ("households-in-need", "care-helps"):
        return frame[frame["building_id"].isin(buildings.index)]
    grids = data.grids[data.grids.index.isin(reach)]
    if register.kind == "grids":
        return grids
    if register.kind == "paths":
        return frame[frame.intersects(shapely.union_all(grids.geometry.to_numpy()))]
    return frame[frame["grid_id"].isin(reach)]


def table(data: CommunityData, register: Register, frame: Any, language: str, datum: Datum) -> Any:
    """Return rows in words; columns are the register's fields, then ``geom`` where it has places, index = id.

    Parameters
    ----------
    data
        The community, by which buildings and compounds are named.
    register, frame
        Whose rows, and the rows as `rows` gives them.
    language
        Language of choices.
    datum
        Datum of places.
    """
    made: dict[str, Any] = {}
    places = register_cells.shifted(frame, datum) if register.shape else None
    for field in register.fields:
        if field in PLACE:
            made[field] = register_cells.coordinate(places, field)
        else:
            column = (
                register_joins.team(data, frame, field, language)
                if field in register_joins.TEAM
                else register_cells.of(data, field, frame)
            )
            words = options(register.kind, field, language, data.catalogues)
            made[field] = column.map(words).fillna("") if words else column
    if register.kind == "issues":
        made["category"] = frame["category"].map(lambda code: data.categories.label(code, language))
        made |= _as_the_hotline_says(frame, made, data.categories)
    if register.kind in ("service-points", "resident-groups"):
        # What is retired keeps its name.
        made["kind"] = frame["kind"].map(lambda code: data.kinds.label(code, language))
    if places is None:
        return pd.DataFrame(made, index=frame.index)
    return gpd.GeoDataFrame({**made, "geom": places}, index=frame.index, geometry="geom", crs=frame.crs)


def colours(data: CommunityData, register: Register, frame: Any) -> list[str]:
    """Return the colour of each row's grid as ``#RRGGBB``; "" where it is in none."""
    palette = catalogues.entries("grid_palette", "key")
    of_grid = data.grids["colour"].map({key: str(entry["hex"]) for key, entry in palette.items()})
    if register.kind == "grids":
        ids = frame.index.to_series()
    elif "grid_id" in frame.columns or "building_id" in frame.columns:
        ids = register_cells.grids_of(data, frame)
    else:
        return [""] * len(frame)
    return community_data.named(ids, of_grid).tolist()


def _as_the_hotline_says(frame: Any, made: Mapping[str, Any], known: Categories) -> dict[str, pd.Series]:
    """Return state and category of work orders in the hotline's own words, where these still hold."""
    read = {said: _reads(hotline.read_state, said) for said in frame["hotline_state"].unique() if said}
    orders = frame["order_number"].notna()
    asked = frame["hotline_state"].map(read)
    states = made["state"].where(~orders | asked.isna() | (asked != frame["state"]), frame["hotline_state"])
    told = zip(frame["hotline_category"], frame["text"], frame["category"], orders, made["category"], strict=True)
    categories = [
        said if order and said and hotline.category(said, text, words=known.written) == ours else word
        for said, text, ours, order, word in told
    ]
    return {"state": states, "category": pd.Series(categories, index=frame.index, dtype="str")}


def _reads(read: Callable[[str], Any], text: str) -> Any:
    try:
        return read(text)
    except ValueError:
        return None


_FRAMES: Mapping[str, Callable[[CommunityData], Any]] = {
    "compounds": lambda data: data.compounds,
    "gates": lambda data: data.gates,
    "buildings": lambda data: data.buildings,
    "grids": lambda data: data.grids,
    "paths": lambda data: data.paths,
    "service-points": lambda data: data.points,
    "resident-groups": lambda data: data.groups,
    "staff": lambda data: data.staff,
    "issues": lambda data: data.issues,
    "households-in-need": lambda data: data.care,
    "premises": lambda data: data.premises,
    "desk-matters": lambda data: data.matters,
    "care-helps": lambda data: data.helps,
}
