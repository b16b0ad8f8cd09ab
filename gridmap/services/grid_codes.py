"""Codes of grids: the app's own, and the official ones with their form and their order, and what they should be."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd
import sqlalchemy as sa

from gridmap import access, crs, i18n, model, settings
from gridmap.access import Action, Actor
from gridmap.analysis import grid_order
from gridmap.errors import Fault, InputError
from gridmap.services import audit, community_data, community_settings
from gridmap.services.grid_marks import Mark
from gridmap.store import Store

#: What a row of the table says, in this order.
COLUMNS = ("place", "name", "code", "official_code")
# Digits of a code's end that number the grids of one community.
_SEQUENCE = 3


@dataclass(frozen=True, kw_only=True, eq=False)
class Codes:
    """The codes of a division, and what is to be said of them.

    Parameters
    ----------
    table
        A row for each grid in the order of numbering: ``name``, ``code``, ``official_code``, ``place`` (from 1) and
        ``proposed``, the official code that fits it, "" where none follows from the others; index = id.
    findings
        What is wrong; none where all is well.
    """

    table: pd.DataFrame
    findings: tuple[Fault, ...]

    @property
    def given(self) -> bool:
        """Whether any grid has an official code."""
        return bool((self.table["official_code"] != "").any())

    @property
    def differs(self) -> bool:
        """Whether other official codes are proposed than there are."""
        wanted = self.table["proposed"]
        return bool(((wanted != "") & (wanted != self.table["official_code"])).any())


def marks(seen: Codes) -> list[Mark]:
    """Return what would be written on grids to give them the codes that are proposed."""
    rows = seen.table[(seen.table["proposed"] != "") & (seen.table["proposed"] != seen.table["official_code"])]
    numbers, before, after = rows.index.tolist(), rows["official_code"].tolist(), rows["proposed"].tolist()
    return [
        Mark(grid=number, field="official_code", before=old, after=new)
        for number, old, new in zip(numbers, before, after, strict=True)
    ]


def patterns() -> tuple[str, ...]:
    """Return the forms that an official code may have, as regular expressions (``data/defaults.toml``)."""
    return tuple(settings.defaults()["grid_codes"]["official"])


def look(division: gpd.GeoDataFrame) -> Codes:
    """Look the codes of a division over.

    Parameters
    ----------
    division
        Grids in WGS 84 with ``name``, ``code``, ``official_code``; index = id.
    """
    drawn = division[~division.geometry.is_empty]
    flat = drawn.to_crs(crs.metric_crs(drawn)) if len(drawn) else drawn
    place = grid_order.places(flat) if len(drawn) else pd.Series(dtype="int64")
    table = pd.DataFrame(drawn[["name", "code", "official_code"]]).assign(place=place).sort_values("place")
    known = table["official_code"] != ""
    right = table["official_code"].map(_has_form)
    findings = [
        _found("form", {"grid": row["name"], "code": row["official_code"]})
        for _, row in table[known & ~right].iterrows()
    ]
    findings += [*_twice(table, "code"), *_twice(table[known], "official_code")]
    if known.any() and not known.all():
        names = table.loc[~known, "name"].tolist()
        findings.append(_found("missing", {"n": len(names), "grids": names}))
    heads = table.loc[right, "official_code"].str[:-_SEQUENCE]
    if len(set(heads)) > 1:
        findings.append(_found("mixed", {"heads": sorted(set(heads))}))
    sound = bool(known.all() and right.all() and table["official_code"].is_unique and len(set(heads)) == 1)
    wrong = pd.DataFrame() if not sound else grid_order.disorder(flat, table["official_code"])
    for row in wrong.to_dict("records"):
        first, then = table.loc[row["first"]], table.loc[row["then"]]
        told = {"first": first["name"], "first_code": first["official_code"], "then": then["name"]}
        findings.append(_found(f"order_{row['lies']}", {**told, "then_code": then["official_code"]}))
    return Codes(table=table.assign(proposed=_proposed(table, heads, sound=sound)), findings=tuple(findings))


def of(store: Store, community: model.Community, day: Any = None) -> Codes:
    """Look the codes of the division over that is valid on a day, today if left out.

    Raises
    ------
    InputError
        If the community has no grids.
    """
    community_id = community_settings.number(community)
    wanted = day or community_data.today(settings.from_environment().time_zone)
    found = community_data.read(store, community_id, day=wanted).grids
    if found.empty:
        raise InputError("codes_no_grids", community=community.name)
    return look(found)


def adopt(store: Store, actor: Actor | None, community: model.Community, seen: Codes) -> int:
    """Give grids the official codes that were proposed; return how many differ.

    Parameters
    ----------
    store, community
        Whose grids.
    actor
        Who does it; None for the operator at the command line.
    seen
        What the person saw.

    Raises
    ------
    Forbidden
        If ``actor`` may not.
    InputError
        If grids or their codes have changed since.
    """
    if actor is not None:
        access.demand(actor, Action.DRAW_GRIDS, street_id=community.street_id, community_id=community.id)
    wanted = seen.table[(seen.table["proposed"] != "") & (seen.table["proposed"] != seen.table["official_code"])]
    column = sa.inspect(model.Grid).c.id
    with store.write() as session:
        found = session.scalars(sa.select(model.Grid).where(column.in_([int(one) for one in seen.table.index])))
        kept = {grid.id: grid for grid in found}
        for number, row in seen.table.iterrows():
            grid = kept.get(int(str(number)))
            if grid is None or grid.community_id != community.id or grid.official_code != row["official_code"]:
                raise InputError("codes_changed")
        for number, code in wanted["proposed"].items():
            kept[int(str(number))].official_code = code
        if len(wanted):
            audit.record(session, actor, "grid_codes", target=str(len(wanted)), community_id=community.id)
    return len(wanted)


def _found(problem: str, fields: dict[str, Any]) -> Fault:
    return Fault(problem=f"codes_{problem}", fatal=False, fields=fields)


def _has_form(code: str) -> bool:
    return any(re.fullmatch(pattern, code) for pattern in patterns())


def _twice(table: pd.DataFrame, column: str) -> list[Fault]:
    again = table[table[column].duplicated(keep=False) & (table[column] != "")]
    return [
        _found("twice", {"code": code, "grids": group["name"].tolist()})
        for code, group in again.groupby(column, sort=True)
    ]


def _proposed(table: pd.DataFrame, heads: pd.Series, *, sound: bool) -> list[str]:
    """Return the official codes in the order of places: those there are, or new ones of the commonest head."""
    if sound:
        return sorted(table["official_code"])
    if heads.empty:
        return [""] * len(table)
    head = heads.value_counts(sort=True).index[0]
    return [f"{head}{place:0{_SEQUENCE}d}" for place in table["place"]]


def listed(codes: Codes, language: str) -> pd.DataFrame:
    """Return the table in words."""
    columns = (*COLUMNS, "proposed")
    return codes.table[list(columns)].rename(
        columns={one: i18n.text(f"codes.column.{one}", language) for one in columns}
    )


def of_grids(drawn: Sequence[model.Grid]) -> Codes:
    """Look the codes of grids over, as part of a change that is under way."""
    frame = gpd.GeoDataFrame(
        [(one.name, one.code, one.official_code, one.geom) for one in drawn],
        columns=["name", "code", "official_code", "geom"],
        index=pd.Index([one.id for one in drawn], dtype="int64"),
        geometry="geom",
        crs=crs.WGS84,
    )
    return look(frame)
