"""Records as a table in the words of a language: what somebody may change of a kind, for the page and for Excel."""

from __future__ import annotations

from typing import Any

import pandas as pd
import shapely

from gridmap import access, i18n, privacy
from gridmap.access import Actor
from gridmap.services import community_data, layers, record_checks, record_kinds, record_places
from gridmap.services.community_data import CommunityData
from gridmap.services.record_kinds import Field, Kind, Shape

_ALSO = {"issues": ("code", "reported_at", "grid"), "points": ("grid",), "buildings": ("grid",), "premises": ("grid",)}


def kinds(actor: Actor, data: CommunityData) -> tuple[Kind, ...]:
    """Return the kinds of which ``actor`` may change at least some in a community."""
    return tuple(kind for kind in record_kinds.KINDS if reach(actor, kind, data) != frozenset())


def reach(actor: Actor, kind: Kind, data: CommunityData) -> frozenset[int] | None:
    """Return the grids in which ``actor`` may change records of a kind; None for the whole community."""
    place = {"street_id": data.community.street_id, "community_id": data.community.id}
    if access.decide(actor, kind.action, **place).allowed:
        return None
    return frozenset(g for g in actor.grid_ids if access.decide(actor, kind.action, grid_id=g, **place).allowed)


def table(data: CommunityData, kind: Kind, within: frozenset[int] | None, language: str) -> pd.DataFrame:
    """Return the records of a kind, newest first.

    Parameters
    ----------
    data
        The community, as far as the person sees it.
    kind
        Which records.
    within
        Only those in these grids; None for all.
    language
        Language of headings and values.

    Returns
    -------
    Index = id, columns in words.
    """
    rows = getattr(data, kind.name)
    grid_of = _grids(data, kind)
    if within is not None:
        rows = rows[grid_of.isin(within)]
    made: dict[str, Any] = {}
    for name in _ALSO.get(kind.name, ()):
        letters = data.grids["letter"] + " " + data.grids["name"]
        made[name] = community_data.named(grid_of[rows.index], letters) if name == "grid" else rows[name]
    for field in kind.fields:
        if field.shape not in (Shape.POINT, Shape.AREA):
            made[field.name] = _column(rows[field.name], field, data, language)
    words = {name: i18n.text(f"record.field.{name}", language) for name in made}
    return pd.DataFrame(made, index=rows.index).rename(columns=words).iloc[::-1]


def acts(actor: Actor, data: CommunityData, target: str, number: int) -> tuple[str, ...]:
    """Return what ``actor`` may do from the card of a thing on the map: ``"tag"`` an issue there, ``"edit"`` it."""
    kind = record_kinds.kind(f"{target}s")
    within = reach(actor, kind, data)
    known = _grids(data, kind)
    may_edit = number in known.index and (within is None or known[number] in within)
    place = {"street_id": data.community.street_id, "community_id": data.community.id}
    may_tag = target == "building" and access.decide(actor, access.Action.TAG_ISSUE, **place).allowed
    return (*(["tag"] if may_tag else []), *(["edit"] if may_edit else []))


def found(table: pd.DataFrame, text: str) -> pd.DataFrame:
    """Return the rows of a table that hold every word of ``text`` in one of their cells."""
    words = record_checks.line(text).casefold().split()
    if not words:
        return table
    cells = table.astype(str).agg("\n".join, axis=1).str.casefold()
    hit = pd.Series(True, index=table.index)
    for word in words:
        hit &= cells.str.contains(word, regex=False)
    return table[hit]


def told(field: Field, value: Any, data: CommunityData, language: str) -> str:
    """Write the value of a field for a person; "" where there is none."""
    if value is None or value == "" or (not isinstance(value, shapely.Geometry) and pd.isna(value)):
        return ""
    if field.shape == Shape.CHOICE:
        return field.option(str(value), language, data.catalogues)
    if field.shape == Shape.YES_NO:
        return i18n.text("record.yes" if value else "record.no", language)
    if field.shape == Shape.BUILDING:
        return str(layers.building_titles(data.buildings, language).get(value, ""))
    if field.shape == Shape.COMPOUND:
        return str(data.compounds["name"].get(value, ""))
    if field.shape == Shape.SERVICE_POINT:
        return str(data.points["name"].get(value, ""))
    return record_checks.place_text(value) if isinstance(value, shapely.Geometry) else privacy.mask_text(str(value))


def _column(column: pd.Series, field: Field, data: CommunityData, language: str) -> Any:
    if field.shape == Shape.CHOICE:
        return column.map({code: field.option(code, language, data.catalogues) for code in column.unique() if code})
    if field.shape == Shape.YES_NO:
        return column.map({yes: i18n.text(f"record.{word}", language) for yes, word in ((True, "yes"), (False, "no"))})
    if field.shape == Shape.BUILDING:
        return community_data.named(column, layers.building_titles(data.buildings, language))
    if field.shape == Shape.SERVICE_POINT:
        return community_data.named(column, data.points["name"])
    return community_data.named(column, data.compounds["name"]) if field.shape == Shape.COMPOUND else column


def _grids(data: CommunityData, kind: Kind) -> pd.Series:
    rows = getattr(data, kind.name)
    if "grid_id" in rows.columns:
        known: pd.Series = rows["grid_id"]
        return known
    if kind.name == "premises":
        homes: pd.Series = rows["building_id"].map(data.buildings["grid_id"]).astype("Int64")
        return homes
    if kind.name != "points":
        return pd.Series(pd.NA, index=rows.index, dtype="Int64")
    found = [
        record_places.at_building(int(building), data).grid_id
        if pd.notna(building) and building in data.buildings.index
        else record_places.of(place, data).grid_id
        for building, place in zip(rows["building_id"], rows.geometry, strict=True)
    ]
    return pd.Series(found, index=rows.index, dtype="Int64")
