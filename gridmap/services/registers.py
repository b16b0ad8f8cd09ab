"""The registers that a community takes along: of each kind its columns, in words that an import reads again.

Headings are the first names of the catalogue ``import_columns``. What is kept sealed, such as who called and how a
household in need is reached, stands in none of them; numbers of telephones in free text are masked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridmap import catalogues, i18n, model
from gridmap.datums import Datum, from_wgs84
from gridmap.services import community_data
from gridmap.services.community_data import CommunityData
from gridmap.services.sight import Reach, Sight

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
                *("grid", "compound", "number", "name", "use", "floors", "units", "households", "lon", "lat"),
                "households_estimated",
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
                *("lon", "lat"),
            ),
            reach=_everywhere,
            shape="point",
        ),
    )
}

# Where the words of a field's codes are: a table of ``import_values``, or another catalogue.
_VALUES: Mapping[str, str] = {
    "compounds.kind": "compound_kind",
    "paths.kind": "path_kind",
    "buildings.use": "building_use",
}
_CATALOGUES: Mapping[str, tuple[str, str]] = {
    "service-points.kind": ("service_kinds", "code"),
    "grids.colour": ("grid_palette", "key"),
}
_YES_NO = frozenset(
    {"compounds.walled", "gates.pedestrians", "gates.vehicles", "buildings.households_estimated", "buildings.lift"}
)
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


def options(kind: str, field: str, language: str) -> dict[Any, str]:
    """Return the words of a field's codes in ``language``; none where it is not chosen from a list."""
    whole = f"{kind}.{field}"
    if whole in _YES_NO:
        return {True: i18n.text("record.yes", language), False: i18n.text("record.no", language)}
    if whole in _CATALOGUES:
        catalogue, key = _CATALOGUES[whole]
        return {code: str(entry[language]) for code, entry in catalogues.entries(catalogue, key).items()}
    found: dict[Any, str] = {}
    for code, entry in catalogues.entries("import_values").items():
        table, _, value = code.partition(".")
        if table == _VALUES.get(whole):
            words = [str(name) for name in entry["names"] if "_" not in name]
            found[value] = next((word for word in words if word.isascii() == (language == "en")), words[0])
    return found


def rows(data: CommunityData, register: Register, seen: Sight) -> Any:
    """Return the rows of a register that are seen, indexed by id."""
    frame = _FRAMES[register.kind](data)
    reach = register.reach(seen)
    if reach is None:
        return frame
    buildings = data.buildings[data.buildings["grid_id"].isin(reach)]
    if register.kind == "compounds":
        return frame[frame.index.isin(buildings["compound_id"])]
    if register.kind == "gates":
        return frame[frame["compound_id"].isin(buildings["compound_id"].dropna())]
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
    places = _shifted(frame, datum) if register.shape else None
    for field in register.fields:
        if field in PLACE:
            made[field] = _coordinate(places, field)
        else:
            column = _cells(data, field, frame)
            words = options(register.kind, field, language)
            made[field] = column.map(words).fillna("") if words else column
    if places is None:
        return pd.DataFrame(made, index=frame.index)
    return gpd.GeoDataFrame({**made, "geom": places}, index=frame.index, geometry="geom", crs=frame.crs)


def colours(data: CommunityData, register: Register, frame: Any) -> list[str]:
    """Return the colour of each row's grid as ``#RRGGBB``; "" where it is in none."""
    palette = catalogues.entries("grid_palette", "key")
    of_grid = data.grids["colour"].map({key: str(entry["hex"]) for key, entry in palette.items()})
    if register.kind == "grids":
        ids = frame.index.to_series()
    elif "grid_id" in frame.columns:
        ids = frame["grid_id"]
    elif "building_id" in frame.columns:
        ids = frame["building_id"].map(data.buildings["grid_id"])
    else:
        return [""] * len(frame)
    return community_data.named(ids, of_grid).tolist()


def _shifted(frame: gpd.GeoDataFrame, datum: Datum) -> gpd.GeoSeries:
    if datum is Datum.WGS84:
        return frame.geometry
    moved = shapely.transform(frame.geometry.to_numpy(), lambda xy: from_wgs84(xy, datum))
    return gpd.GeoSeries(moved, index=frame.index, crs=frame.crs)


def _coordinate(places: gpd.GeoSeries | None, field: str) -> pd.Series:
    """Return longitude or latitude of a place within each shape: its middle, where that lies inside."""
    assert places is not None  # for mypy: a register with coordinates has a shape
    shapes = places.to_numpy()
    middle = shapely.centroid(shapes)
    inside = np.where(shapely.covers(shapes, middle), middle, shapely.point_on_surface(shapes))
    values = shapely.get_x(inside) if field == "lon" else shapely.get_y(inside)
    return pd.Series(values.round(9), index=places.index)


def _cells(data: CommunityData, field: str, frame: Any) -> pd.Series:
    if field == "grid":
        return community_data.named(frame["grid_id"], data.grids["name"])
    if field == "compound":
        ids = frame["compound_id"] if "compound_id" in frame.columns else _compounds_of(data, frame)
        return community_data.named(ids, data.compounds["name"])
    if field == "building":
        return community_data.named(frame["building_id"], data.buildings["number"])
    column: pd.Series = frame[field]
    return column


def _compounds_of(data: CommunityData, frame: Any) -> pd.Series:
    found: pd.Series = frame["building_id"].map(data.buildings["compound_id"])
    return found


_FRAMES: Mapping[str, Callable[[CommunityData], Any]] = {
    "compounds": lambda data: data.compounds,
    "gates": lambda data: data.gates,
    "buildings": lambda data: data.buildings,
    "grids": lambda data: data.grids,
    "paths": lambda data: data.paths,
    "service-points": lambda data: data.points,
}
