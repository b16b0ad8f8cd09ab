"""Reads DXF, the exchange format of AutoCAD and of surveyors' drawings. It never says its coordinate system."""

from __future__ import annotations

import re
import warnings
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
import shapely

from gridmap.errors import InputError
from gridmap.exchange import faults, opening, vector, zones
from gridmap.exchange.source import Part, Source

#: Headings of what a drawing says of its entities.
LAYER, TEXT = "Layer", "Text"
_BINARY, _DRAWING = b"AutoCAD Binary DXF", re.compile(rb"AC10\d\d")
_BEGINS = re.compile(rb"\s*(?:999\s*\n[^\n]*\n\s*)*0\s*\n\s*SECTION\s*\n")


def is_dxf(head: bytes) -> bool:
    """Whether the first bytes of a file are those of a DXF, of its binary form, or of AutoCAD's own DWG."""
    return head.startswith(_BINARY) or bool(_DRAWING.match(head) or _BEGINS.match(head.removeprefix(b"\xef\xbb\xbf")))


def read(path: Path, *, part: str | None = None, crs: str | None = None) -> Source:
    """Read the entities of a drawing, or those of one of its layers.

    A closed line is an area. A text that stands in an area is written beside it (``Text``), which is how a plan says
    the numbers of buildings; texts themselves are no rows where there is anything else.

    Parameters
    ----------
    path
        The file.
    part
        One of the drawing's layers; by default all.
    crs
        The CRS that the drawing was made in.

    Raises
    ------
    InputError
        If no CRS is named; if it is binary, a DWG, damaged, or holds nothing that has a place; if there is no such
        layer.
    """
    drawn, encoding = _entities(path)
    if crs is None:
        middle = drawn.geometry.centroid
        zone = zones.zone_of(middle.x.median(), middle.y.median())
        if zone is not None:
            raise InputError("no_crs_zone", source=path.name, zone=zone[0], likely=zone[1])
        raise InputError("dxf_no_crs", source=path.name)
    if part is not None:
        layers = drawn[LAYER].drop_duplicates().tolist()
        if part not in layers:
            raise InputError("layer_missing", source=path.name, layer=part, layers=layers)
    labelled = _labelled(drawn)
    chosen = labelled[labelled[LAYER] == part] if part is not None else labelled
    frame = chosen.loc[:, [one for one in chosen.columns if one == "geometry" or (chosen[one] != "").any()]]
    return Source(name=path.name, part=part or "", frame=vector.placed(frame, path.name, crs), encoding=encoding)


def parts(path: Path) -> list[Part]:
    """Return the layers of a drawing.

    Raises
    ------
    InputError
        As `read` does, but for the CRS.
    """
    labelled = _labelled(_entities(path)[0])
    return [
        Part(name=str(name), rows=len(rows), spatial=True, kinds=faults.kinds_of(rows.geometry))
        for name, rows in labelled.groupby(LAYER, sort=False)
    ]


def _entities(path: Path) -> tuple[gpd.GeoDataFrame, str]:
    first = opening.first_bytes(path, path.name)
    if first.startswith(_BINARY) or _DRAWING.match(first):
        raise InputError("dxf_binary", source=path.name)
    try:
        with opening.plain(path, ".dxf", copy=True) as file, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            opening.confine_gdal()
            pyogrio.set_gdal_config_options({"DXF_CLOSED_LINE_AS_POLYGON": "TRUE"})
            about = pyogrio.read_info(str(file))
            if about["driver"] != "DXF":
                raise InputError("format_unknown", source=path.name, formats=opening.FORMATS)
            found = pyogrio.read_dataframe(str(file), on_invalid="ignore")
    except InputError:
        raise
    except opening.UNREADABLE as fault:
        raise InputError("file_damaged", source=path.name) from fault
    drawn = gpd.GeoDataFrame(
        {name: found[name].fillna("").astype(str).map(_unformatted) for name in (LAYER, TEXT) if name in found},
        geometry=found.geometry if "geometry" in found else [None] * len(found),
    )
    drawn.index = pd.RangeIndex(1, len(drawn) + 1, name="row")
    drawn = drawn[~(drawn.geometry.isna() | drawn.geometry.is_empty)]
    if drawn.empty:
        raise InputError("dxf_empty", source=path.name)
    return drawn, str(about["encoding"])


def _unformatted(text: str) -> str:
    r"""Take the signs of AutoCAD's formatted text out: ``{\fSimSun;3号楼}\P`` is ``3号楼``."""
    plain = re.sub(r"\\[fFHWQACTpS][^;\\]*;", "", text.replace("\\P", " "))
    return re.sub(r"\s+", " ", re.sub(r"\\[LlOoKk]|[{}]", "", plain)).strip()


def _labelled(drawn: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Write the texts that stand in areas beside them, and leave texts out where there is anything else."""
    is_text = (drawn.geom_type == "Point") & (drawn[TEXT] != "")
    others, texts = drawn[~is_text].copy(), drawn[is_text]
    if others.empty:
        return drawn
    areas = others[others.geom_type.isin(["Polygon", "MultiPolygon"])].sort_index()
    if not areas.empty and not texts.empty:
        # The smallest area around a text is the one it names: a wall runs round its buildings.
        at, inside = shapely.STRtree(areas.geometry.to_numpy()).query(texts.geometry.to_numpy(), predicate="intersects")
        pairs = pd.DataFrame({"text": texts.index[at], "area": areas.index[inside]})
        pairs["size"] = areas.geometry.area.loc[pairs["area"]].to_numpy()
        named = pairs.sort_values(["text", "size"]).drop_duplicates("text").sort_values("text")
        for area, rows in named.groupby("area")["text"]:
            said = dict.fromkeys([others.at[area, TEXT], *texts.loc[rows, TEXT]])
            others.at[area, TEXT] = " ".join(text for text in said if text)
    return others
