"""What the grids of a new division are called: as the earlier ones that they go on from, or anew."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import pandas as pd

from gridmap import catalogues
from gridmap.analysis import districting_colours
from gridmap.services import grids

COLUMNS = ("code", "official_code", "name", "colour", "letter", "legend", "leader_id")
# A grid goes on from an earlier one if it has at least so much of its buildings from there.
_HEIR = 0.5


@dataclass(frozen=True, kw_only=True)
class Look:
    """What a grid is called and how it is told apart, in a division that is not kept yet.

    Parameters
    ----------
    name, letter, colour
        As `model.Grid` has them.
    code, official_code, legend, leader_id
        What it takes over from the grid that it goes on from; no words and None for a new one.
    """

    name: str
    letter: str
    colour: str
    code: str = ""
    official_code: str = ""
    legend: str = ""
    leader_id: int | None = None


def looked(before: pd.DataFrame, before_of: pd.Series, assigned: pd.Series, keys: Collection[int]) -> dict[int, Look]:
    """Say what the grids of a new division are called.

    Parameters
    ----------
    before
        The grids of the earlier division with `COLUMNS`; index = id.
    before_of
        Grid of each building in it, missing for none.
    assigned
        Key of the grid of each building in the new one.
    keys
        Keys of the new grids.
    """
    heirs = heirs_of(before_of, assigned)
    made: dict[int, Look] = {}
    for key in keys:
        if key in heirs:
            row: Any = before.loc[heirs[key]]
            leader = None if pd.isna(row["leader_id"]) else int(row["leader_id"])
            made[key] = Look(**{column: str(row[column]) for column in COLUMNS[:-1]}, leader_id=leader)
    for key in keys:
        if key not in made:
            # A code that has been there means the grid that had it.
            made[key] = fresh(list(made.values()), [str(code) for code in before["code"]])
    return {key: made[key] for key in keys}


def heirs_of(before: pd.Series, after: pd.Series) -> dict[int, int]:
    """Say which earlier grid each new one goes on from: the one that most of its buildings were in.

    Each earlier grid is gone on from once, by the one that has most of its buildings.
    """
    both = pd.DataFrame({"old": before.reindex(after.index), "new": after}).dropna().astype("int64")
    shared = both.value_counts(["new", "old"]).sort_index().sort_values(ascending=False, kind="stable")
    size = both["new"].value_counts()
    heirs: dict[int, int] = {}
    for (new, old), n in zip(shared.index.tolist(), shared.tolist(), strict=True):
        if new not in heirs and old not in heirs.values() and n >= _HEIR * size[new]:
            heirs[new] = old
    return heirs


def fresh(others: Sequence[Look], codes: Collection[str] = ()) -> Look:
    """Return what a further grid is called: the first name, letter and code that are free, the colour least used.

    Parameters
    ----------
    others
        The grids beside it.
    codes
        Further codes that are not to be used again.
    """
    names, letters, taken = ({getattr(one, part) for one in others} for part in ("name", "letter", "code"))
    taken |= set(codes)
    tried = [grids.look(position) for position in range(2 * len(others) + 1)]
    colours = [one.colour for one in others]
    palette = list(catalogues.entries("grid_palette", "key"))
    return Look(
        name=next(name for _, _, name in tried if name not in names),
        letter=next(letter for _, letter, _ in tried if letter not in letters),
        colour=min(palette, key=lambda key: (colours.count(key), palette.index(key))),
        code=next(code for n in range(1, len(taken) + 2) if (code := f"{n:03d}") not in taken),
    )


def coloured(looks: Mapping[int, Look], areas: gpd.GeoDataFrame | gpd.GeoSeries) -> dict[int, Look]:
    """Change as few colours as can be so that no two grids that touch share one.

    Parameters
    ----------
    looks
        What the grids are called.
    areas
        Their areas in the same order, in metres.

    Raises
    ------
    InputError
        If five colours do not suffice.
    """
    palette = list(catalogues.entries("grid_palette", "key"))
    known = {key: at for at, key in enumerate(palette)}
    wanted = [known.get(look.colour, at) for at, look in enumerate(looks.values())]
    found = districting_colours.colours(gpd.GeoDataFrame(geometry=areas.geometry), wanted=wanted)
    return {
        key: look if palette[colour] == look.colour else replace(look, colour=palette[colour])
        for (key, look), colour in zip(looks.items(), found.tolist(), strict=True)
    }
