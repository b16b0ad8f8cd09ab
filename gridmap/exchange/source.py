"""What a file that somebody hands in holds: its rows as they stand, and the parts it has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import geopandas as gpd
import pandas as pd

from gridmap.errors import InputError

Why = Literal["title", "header", "example", "total", "signature", "note", "hidden", "empty"]


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """A row of a file that holds no record.

    Parameters
    ----------
    row
        Its number as a person counts it in the file.
    why
        What it is instead; its words are ``left_out.<why>``.
    """

    row: int
    why: Why


@dataclass(frozen=True, kw_only=True)
class Part:
    """A layer, folder or sheet of a file.

    Parameters
    ----------
    name
        As the file says it.
    rows
        How many rows it holds; None where counting them would mean reading it.
    spatial
        Whether its rows have shapes on the map.
    hidden
        Whether the file hides it.
    kinds
        What the part can be imported as, where the format says so; empty where it does not.
    """

    name: str
    rows: int | None
    spatial: bool
    hidden: bool = False
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Source:
    """What one part of a file holds.

    Parameters
    ----------
    name
        Name of the file as a person sees it.
    part
        Name of the layer, folder or sheet read; empty where the whole file was.
    frame
        Its rows; the index ``row`` is their number as a person counts them in that file: the row of a sheet, or
        features from 1. A GeoDataFrame in the declared CRS, in which a geometry that is not there is empty; or a
        plain DataFrame of cells. Columns are the file's headings, each once.
    encoding
        Encoding of its text.
    left_out
        Rows of the file that hold no record.
    """

    name: str
    part: str
    frame: gpd.GeoDataFrame | pd.DataFrame
    encoding: str
    left_out: tuple[LeftOut, ...] = ()

    def __post_init__(self) -> None:
        """Hold what every later step asks for: a CRS that is known, rows with numbers, each column once."""
        if self.spatial and self.frame.crs is None:
            raise InputError("no_crs", source=self.name)
        if self.frame.index.name != "row" or not self.frame.columns.is_unique:
            raise ValueError("rows need their numbers, and columns names of their own")

    @property
    def spatial(self) -> bool:
        """Whether the rows have shapes on the map."""
        return isinstance(self.frame, gpd.GeoDataFrame)
