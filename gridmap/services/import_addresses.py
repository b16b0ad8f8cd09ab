"""Finds the buildings that rows of a table name: in columns of their own, or in an address."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pandas as pd

from gridmap.errors import InputError
from gridmap.exchange import address_match, fields
from gridmap.services.import_kinds import ImportKind
from gridmap.services.import_preview import Match, Order
from gridmap.services.import_scene import Scene

# So many rows are matched before it is said how far it is.
_AT_ONCE = 5000
_BARE = re.compile(r"[A-Za-z]?\d+")


def match(
    frame: pd.DataFrame, of: ImportKind, order: Order, scene: Scene, tell: Callable[[float], None]
) -> tuple[pd.Series, list[Match]]:
    """Return the building of each row (``Int64``) as far as it is sure, and every match in the order of the rows.

    A building that a person has chosen is sure; so is one above `address_match.SURE`.
    """
    building = pd.Series(pd.NA, index=frame.index, dtype="Int64")
    matches: list[Match] = []
    said = _said(frame, of)
    called = _called(scene)
    by_hand = {row: where for row, where in order.placements.items() if isinstance(where, int) and row in frame.index}
    matcher = _matcher(scene)
    for start in range(0, len(said), _AT_ONCE):
        part = said.iloc[start : start + _AT_ONCE]
        found = matcher.match(part)
        for row, text, one in zip(part.index.tolist(), part.tolist(), found.itertuples(index=False), strict=True):
            if text and row not in by_hand:
                matches.append(_match(row, text, one, called))
        tell(0.7 * min(start + _AT_ONCE, len(said)) / len(said))
    for row, where in by_hand.items():
        if where not in called:
            raise InputError("placement_unknown", row=row)
        text = said.get(row, "")
        matches.append(Match(row=row, said=text, building_id=where, confidence=1.0, taken=True, called=called[where]))
    matches.sort(key=lambda one: one.row)
    taken = {one.row: one.building_id for one in matches if one.taken}
    building.loc[list(taken)] = list(taken.values())
    return building, matches


def _match(row: int, text: str, one: Any, called: dict[int, str]) -> Match:
    building = None if pd.isna(one.building) else int(one.building)
    return Match(
        row=row,
        said=text,
        building_id=building,
        confidence=round(float(one.confidence), 3),
        taken=building is not None and one.confidence > address_match.SURE,
        called="" if building is None else called[building],
        runners_up=tuple(int(other) for other, _ in one.runners_up),
        why=str(one.why),
    )


def _said(frame: pd.DataFrame, of: ImportKind) -> pd.Series:
    """Return what each row says of its building: compound and number where both have a column, else the address."""
    said = _folded(frame, "address")
    number = _folded(frame, "number" if of.name == "buildings" else "building")
    compound = _folded(frame, "compound")
    whole = compound + number.where(~number.str.fullmatch(_BARE), number + "号楼")
    return said.where(number == "", whole)


def _folded(frame: pd.DataFrame, name: str) -> pd.Series:
    if name not in frame.columns:
        return pd.Series("", index=frame.index, dtype="object")
    cells = frame[name]
    known = {cell: fields.fold(cell) for cell in cells.unique()}
    folded: pd.Series = cells.map(known).fillna("").astype("object")
    return folded


def _matcher(scene: Scene) -> address_match.Matcher:
    buildings = pd.DataFrame({"number": scene.buildings["number"], "compound": _compounds(scene)})
    aliases: dict[str, tuple[str, ...]] = {str(name): () for name in scene.compounds["name"]}
    return address_match.Matcher(buildings, aliases, community=scene.community.name)


def _compounds(scene: Scene) -> pd.Series:
    names: pd.Series = scene.buildings["compound_id"].map(scene.compounds["name"]).astype("object")
    return names


def _called(scene: Scene) -> dict[int, str]:
    names = zip(scene.buildings.index.tolist(), _compounds(scene).fillna(""), scene.buildings["number"], strict=True)
    return {number: f"{compound} {building}".strip() for number, compound, building in names}
