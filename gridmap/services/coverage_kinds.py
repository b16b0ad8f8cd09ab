"""Several kinds of service points together: how many of them a building has in reach, and which it lacks."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from gridmap import i18n, model
from gridmap.analysis import coverage, walking
from gridmap.errors import InputError
from gridmap.service_kinds import ServiceKinds
from gridmap.services import community_data, community_settings, coverage_table, overview
from gridmap.services.community_data import CommunityData
from gridmap.services.coverage_table import CoverageTable, Question
from gridmap.services.sight import Sight
from gridmap.store import Store

ALL = "all"


@dataclass(frozen=True, kw_only=True)
class Count:
    """How many buildings and households have a number of kinds in reach."""

    number: int
    buildings: int
    households: int


@dataclass(frozen=True, kw_only=True, eq=False)
class KindsTable:
    """What several kinds of service points cover together.

    Parameters
    ----------
    by_kind
        The coverage by each kind, by its code, in the order asked.
    buildings
        A row for each building where people live: ``building`` (number), ``compound``, ``grid`` (letter),
        ``households``, ``number`` (kinds in reach, with room where room is asked for), ``missing`` (a tuple of the
        codes of the others).
    """

    by_kind: Mapping[str, CoverageTable]
    buildings: pd.DataFrame

    @property
    def kinds(self) -> tuple[str, ...]:
        """Codes of the kinds."""
        return tuple(self.by_kind)

    @property
    def measure(self) -> str:
        """How distance is measured."""
        return next(iter(self.by_kind.values())).measure

    @property
    def remarks(self) -> tuple[walking.Remark, ...]:
        """What is assumed, each thing once."""
        found: list[walking.Remark] = []
        for table in self.by_kind.values():
            found += [remark for remark in table.remarks if remark not in found]
        return tuple(found)

    @property
    def counts(self) -> tuple[Count, ...]:
        """How many buildings have none in reach, one, two, up to all."""
        number, households = self.buildings["number"], self.buildings["households"]
        return tuple(
            Count(number=n, buildings=int((number == n).sum()), households=int(households[number == n].sum()))
            for n in range(len(self.by_kind) + 1)
        )


def together(tables: Sequence[CoverageTable]) -> KindsTable:
    """Put the coverage by several kinds together; all must be of the same community and question.

    Raises
    ------
    InputError
        If there are none.
    """
    if not tables:
        raise InputError("coverage_no_kind")
    first = tables[0].buildings
    reached = pd.DataFrame({table.kind: table.buildings["state"] == coverage.COVERED for table in tables})
    kinds = list(reached.columns)
    missing = [tuple(kind for kind, here in zip(kinds, row, strict=True) if not here) for row in reached.to_numpy()]
    rows = first[["building", "compound", "grid", "households"]].assign(number=reached.sum(axis=1).astype("int64"))
    return KindsTable(
        by_kind={table.kind: table for table in tables},
        buildings=rows.assign(missing=pd.Series(missing, index=rows.index, dtype="object")),
    )


def named(said: Sequence[str], data: CommunityData) -> tuple[str, ...]:
    """Return the codes of kinds by their names, each once; ``all`` are stations and those that have a point.

    Several names may stand in one text, with commas between.

    Raises
    ------
    InputError
        If there is no such kind, or none is named.
    """
    names = [name for text in said for name in re.split(r"[,，、;；]", text) if name.strip()]
    found: list[str] = []
    for name in names:
        every = name.strip() == ALL
        found += overview.kinds(data) if every else [coverage_table.service_kind(name.strip(), data.kinds)]
    if not found:
        raise InputError("coverage_no_kind")
    return tuple(dict.fromkeys(found))


def measure(
    store: Store, community: model.Community, said: Sequence[str], asked: Question, *, today: dt.date
) -> KindsTable:
    """Measure the coverage by several kinds, each within its own distance where none is asked for.

    Parameters
    ----------
    store, community
        Where.
    said
        Names or codes of the kinds, or ``all``.
    asked
        What is asked of each of them; its own kind is not looked at.
    today
        Day whose grids the table names.

    Raises
    ------
    InputError
        If there is no such kind, or no building, or a number is out of range.
    """
    number = community_settings.number(community)
    data = community_data.read(store, number, day=today)
    chosen = community_settings.of(store, number)
    kinds = named(said, data)
    return together([coverage_table.of_data(data, chosen, replace(asked, kind=kind), kind) for kind in kinds])


def missing_words(kinds: ServiceKinds, codes: Sequence[str], language: str) -> str:
    """Return the names of kinds as one text."""
    return i18n.listed([kinds.label(code, language) for code in codes], language)


def table(data: CommunityData, found: KindsTable, by: str, seen: Sight, language: str) -> pd.DataFrame:
    """Return the kinds in reach by ``building``, ``compound`` or ``grid``, as far as a person sees such rows."""

    def say(key: str, **fields: object) -> str:
        return i18n.text(f"reach.column.{key}", language, **fields)

    rows, reach = found.buildings, seen.rows(f"{by}s")
    if reach is not None:
        rows = rows[data.buildings["grid_id"].reindex(rows.index).isin(reach)]
    names = {kind: data.kinds.label(kind, language) for kind in found.kinds}
    if by == "building":
        order = rows.sort_values(["number", "compound"], kind="stable")
        made = {
            say("compound"): order["compound"],
            say("building"): order["building"],
            say("grid"): order["grid"],
            say("households"): order["households"],
            say("kinds"): order["number"],
            say("missing"): [missing_words(data.kinds, codes, language) for codes in order["missing"]],
        }
        metres = {
            say("kind_m", kind=names[kind]): one.buildings["walk_m"].reindex(order.index).round()
            for kind, one in found.by_kind.items()
        }
        return pd.DataFrame(made | metres)
    key = rows[by].fillna("")
    people = rows["households"].groupby(key, sort=True).sum()
    share = people.where(people > 0)
    weighed = (rows["number"] * rows["households"]).groupby(key).sum()
    complete = rows["households"].where(rows["missing"].map(len) == 0, 0).groupby(key).sum()
    nothing = rows["households"].where(rows["number"] == 0, 0).groupby(key).sum()
    made = {
        say(by): people.index.to_series(),
        say("buildings"): rows.groupby(key).size(),
        say("households"): people,
        say("kinds_mean"): (weighed / share).round(2),
        say("kinds_all"): complete,
        say("kinds_none"): nothing,
    }
    shares = {
        say("kind_share", kind=names[kind]): (
            one.buildings["households_covered"].reindex(rows.index).groupby(key).sum() / share
        ).round(3)
        for kind, one in found.by_kind.items()
    }
    return pd.DataFrame(made | shares).reset_index(drop=True)
