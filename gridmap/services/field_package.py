"""What goes along into the field: a GeoPackage and a project that QField opens, in which issues are recorded.

Issues, service points and buildings may be changed there; what each held when it left is in the package, so that on its
return a change here is told from a change there (`field_return`). Nobody is named: numbers in texts are masked.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import tempfile
import uuid
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from gridmap import catalogues, i18n, model, privacy
from gridmap.access import Action, Actor
from gridmap.exchange import qgis_project, writing_vector
from gridmap.exchange.qgis_project import Field, Layer
from gridmap.services import audit, exporting, layers, record_kinds
from gridmap.services.community_data import CommunityData
from gridmap.services.record_kinds import Kind, Shape
from gridmap.services.sight import Sight
from gridmap.store import Store

FILE, PROJECT = "gridmap.gpkg", "gridmap.qgs"
ABOUT, BASELINE = "gridmap_package", "gridmap_baseline"
FORMAT = 1
EDITABLE: Mapping[str, tuple[str, ...]] = {
    "issues": ("category", "text", "source", "level", "state", "geom"),
    "points": ("kind", "name", "hours", "capacity_households", "area_m2", "host", "terms", "geom"),
    "buildings": ("number", "name", "use", "households", "floors", "units"),
}
"""By kind of record, the fields that may be changed in the field."""
_SHOWN: Mapping[str, tuple[str, ...]] = {
    "gates": ("name", "open_hours"),
    "paths": ("name",),
    "compounds": ("name",),
    "grids": ("name", "colour"),
}
_SHAPES: Mapping[str, qgis_project.Shape] = {
    **{"issues": "point", "points": "point", "gates": "point", "paths": "line"},
    **{"buildings": "polygon", "compounds": "polygon", "grids": "polygon"},
}
_GREY, _TEAL, _OPEN, _SETTLED = "#5B6B73", "#0B7A75", "#C4321C", "#8A979D"
_WIDGETS: Mapping[Shape, qgis_project.Widget] = {
    Shape.LINE: "line",
    Shape.TEXT: "text",
    Shape.WHOLE: "whole",
    Shape.MEASURE: "number",
    Shape.CHOICE: "choice",
}
_DIGITS = 7  # of coordinates, as forms show them


def make(
    store: Store,
    community: model.Community,
    *,
    actor: Actor | None = None,
    language: str = "zh",
    address: str = "",
    now: dt.datetime | None = None,
) -> bytes:
    """Return a zip for QField, and write into the audit that it was taken along.

    Parameters
    ----------
    store, community
        What goes along: as much of it as the person sees.
    actor
        Who takes it; None for the command line.
    language
        Language of its forms.
    address
        Network address it goes to.
    now
        The moment; this one if left out.

    Raises
    ------
    Forbidden
        If they may not take tables along.
    """
    moment = now or dt.datetime.now(dt.UTC)
    data, seen = exporting.seen_by(store, community, actor, moment)
    exporting.demand(seen)
    package = uuid.uuid4().hex
    frames = {kind: _editable(data, seen, kind) for kind in EDITABLE}
    fixed = {name: getattr(data, name)[[*columns, "geom"]] for name, columns in _SHOWN.items()}
    about = {
        "format": FORMAT,
        "package": package,
        "community": data.community.code,
        "edition": data.edition,
        "made_at": moment.isoformat(),
    }
    buffer = io.BytesIO()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / FILE
        tables = {BASELINE: _baseline(frames), ABOUT: pd.DataFrame([about])}
        writing_vector.geopackage({**frames, **fixed, **tables}, path, kinds=_SHAPES)
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
            packed.write(path, FILE)
            packed.writestr(PROJECT, _project(data, language))
            packed.writestr("README.txt", i18n.text("field.readme", language, community=data.community.name) + "\n")
    told = i18n.text("field.package", language)
    audit.note(
        store,
        actor,
        Action.DOWNLOAD_TABLES.value,
        target=told,
        community_id=data.community.id,
        address=address,
        now=now,
    )
    return buffer.getvalue()


def plain(of: Kind, name: str, value: Any) -> Any:
    """Return the value of a field as the package holds it: numbers masked in texts, a place as ``[lon, lat]``."""
    if isinstance(value, shapely.Geometry):
        return None if value.is_empty else [round(value.x, _DIGITS), round(value.y, _DIGITS)]
    shape = of.field(name).shape
    if shape == Shape.YES_NO:
        return bool(value)
    if shape in (Shape.WHOLE, Shape.MEASURE):
        known = None if value is None or pd.isna(value) else float(value)
        return int(known) if known is not None and known.is_integer() else known
    if value is None or pd.isna(value):
        return ""
    text = str(value.value) if hasattr(value, "value") else str(value)
    return privacy.mask_text(text) if shape in (Shape.LINE, Shape.TEXT) else text


def _editable(data: CommunityData, seen: Sight, kind: str) -> gpd.GeoDataFrame:
    rows = getattr(data, kind)
    reach = seen.issues if kind == "issues" else seen.buildings if kind == "buildings" else None
    if reach is not None:
        rows = rows[rows["grid_id"].isin(reach)]
    columns: dict[str, Any] = {"gridmap_id": rows.index.to_numpy(), "version": rows["version"].to_numpy()}
    if kind == "issues":
        columns |= {"code": rows["code"], "reported_at": rows["reported_at"], "client_id": rows["client_id"]}
        columns["place"] = rows["building_id"].map(layers.building_titles(data.buildings, "zh")).fillna("")
    if kind == "buildings":
        columns["colour"] = rows["grid_id"].map(data.grids["colour"]).fillna("")
    columns |= {name: rows[name] for name in EDITABLE[kind] if name != "geom"}
    return gpd.GeoDataFrame(columns, index=rows.index, geometry=rows.geometry.to_numpy(), crs=rows.crs).rename_geometry(
        "geom"
    )


def _baseline(frames: Mapping[str, gpd.GeoDataFrame]) -> pd.DataFrame:
    rows = []
    for kind, frame in frames.items():
        of = record_kinds.kind(kind)
        for number, row in zip(frame.index, frame.to_dict("records"), strict=True):
            content = {name: plain(of, name, row[name]) for name in EDITABLE[kind]}
            rows.append(
                {
                    "kind": kind,
                    "gridmap_id": int(number),
                    "version": int(row["version"]),
                    "content": json.dumps(content, ensure_ascii=False),
                }
            )
    return pd.DataFrame(rows, columns=["kind", "gridmap_id", "version", "content"])


def _project(data: CommunityData, language: str) -> bytes:
    palette = catalogues.entries("grid_palette", "key")
    five = {key: (str(entry["hex"]), str(entry[language])) for key, entry in palette.items()}
    elsewhere = {"": (_GREY, i18n.text("field.other", language))}
    states = {
        state.value: (_OPEN if state.is_open else _SETTLED, i18n.text(f"issue_state.{state.value}", language))
        for state in model.IssueState
    }
    looks: Mapping[str, dict[str, Any]] = {
        "issues": {"by": "state", "colours": states},
        "points": {"colours": {"": (_TEAL, "")}, "title": "name"},
        "gates": {"colours": {"": (_GREY, "")}, "fixed": True, "hollow": True},
        "buildings": {"by": "colour", "colours": {**five, **elsewhere}, "title": "number"},
        "paths": {"colours": {"": (_GREY, "")}, "fixed": True},
        "compounds": {"colours": {"": (_GREY, "")}, "title": "name", "fixed": True, "hollow": True},
        "grids": {"by": "colour", "colours": {**five, **elsewhere}, "fixed": True},
    }
    made = [
        Layer(
            name=name,
            label=i18n.text(f"field.layer.{name}", language),
            shape=_SHAPES[name],
            fields=_fields(data, name, language),
            **look,
        )
        for name, look in looks.items()
    ]
    bounds = data.community.geom if not data.community.geom.is_empty else shapely.box(*data.buildings.total_bounds)
    west, south, east, north = (float(one) for one in bounds.bounds)
    return qgis_project.write(made, file=FILE, title=data.community.name, extent=(west, south, east, north))


def _choices(data: CommunityData, field: record_kinds.Field, language: str) -> dict[str, str]:
    """Return the words of a choice; what is retired is among them where something has it."""
    codes = list(field.options(data.catalogues))
    for words, used in (("categories", data.issues["category"]), ("service_kinds", data.points["kind"])):
        if field.words == words:
            codes += [code for code in used.unique() if code not in codes]
    return {code: field.option(code, language, data.catalogues) for code in codes}


def _fields(data: CommunityData, name: str, language: str) -> list[Field]:
    if name not in EDITABLE:
        return [Field(name="name", label=i18n.text("record.field.name", language), fixed=True)]
    of = record_kinds.kind(name)
    made = [
        Field(name="gridmap_id", label="gridmap_id", widget="hidden"),
        Field(name="version", label="version", widget="hidden"),
    ]
    if name == "issues":
        made += [
            Field(name="code", label=i18n.text("record.field.code", language), fixed=True),
            Field(
                name="reported_at", label=i18n.text("record.field.reported_at", language), widget="moment",
                default="now()", fixed=True,
            ),
            # Sent twice, it is known by this.
            Field(name="client_id", label="client_id", widget="hidden", default="uuid('WithoutBraces')"),
            Field(name="place", label=i18n.text("record.field.building_id", language), fixed=True),
        ]  # fmt: skip
    if name == "buildings":
        made.append(Field(name="colour", label=i18n.text("record.field.grid", language), widget="hidden"))
    usual = record_kinds.blank(of)
    for field in (of.field(one) for one in EDITABLE[name] if one != "geom"):
        choices = _choices(data, field, language) if field.words else {}
        start = str(usual.get(field.name) or "") if field.words else ""
        made.append(
            Field(
                name=field.name,
                label=i18n.text(f"record.field.{field.name}", language),
                widget=_WIDGETS[field.shape],
                choices=choices,
                default=f"'{start}'" if start else "",
            )
        )
    return made
