"""The card of a thing on the map: what one wants to know of a building, a service point or an issue."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from types import MappingProxyType

import pandas as pd

from gridmap import catalogues, i18n
from gridmap.analysis import coverage
from gridmap.services import issue_cards, layers, overview, place_cards, unmasking
from gridmap.services.community_data import CommunityData
from gridmap.services.sight import Sight

_NEAREST = 4
NOBODY: unmasking.Hints = MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class Ask:
    """A button that asks to see whom something is about: ``subject`` and ``id`` say what, ``label`` stands on it."""

    subject: unmasking.Subject
    id: int
    label: str


@dataclass(frozen=True, kw_only=True)
class CardRow:
    """One line of a card; ``tone`` is ``good``, ``bad`` or empty."""

    label: str
    value: str
    tone: str = ""
    ask: Ask | None = None


@dataclass(frozen=True, kw_only=True)
class Card:
    """A card in the words of a language; nothing in it is HTML."""

    title: str
    subtitle: str
    rows: tuple[CardRow, ...]


def card(
    data: CommunityData,
    target: str,
    number: int,
    *,
    covered: coverage.Coverage,
    seen: Sight,
    kind_name: str,
    language: str,
    now: dt.datetime,
    time_zone: str,
    persons: unmasking.Hints = NOBODY,
    of_kind: coverage.Coverage | None = None,
) -> Card | None:
    """Return the card of the ``target`` (``building``, ``point`` or ``issue``) with id ``number``.

    ``data`` is what `sight.masked` left of the community for ``seen``; ``kind_name`` is what the kind of points is
    called whose coverage ``covered`` is, ``persons`` what may be opened (`unmasking.hints`). A point tells whom it
    serves where ``of_kind`` is the coverage by points of its own kind. None if there is no such thing in the
    community: it may have been removed since the link was made.
    """
    if target == "building" and number in data.buildings.index:
        return _building(data, number, covered, seen, kind_name, language, now, persons)
    if target == "point" and number in data.points.index:
        return _point(data, number, of_kind, seen, language)
    if target == "issue" and number in data.issues.index:
        return issue(data, number, seen=seen, language=language, now=now, time_zone=time_zone, persons=persons)
    return None


def households(n: int, estimated: bool, language: str) -> str:
    """Write a number of households, marked where it is estimated."""
    return i18n.text("card.households_estimated" if estimated else "card.households", language, n=n)


def _building(
    data: CommunityData,
    number: int,
    covered: coverage.Coverage,
    seen: Sight,
    kind_name: str,
    language: str,
    now: dt.datetime,
    persons: unmasking.Hints,
) -> Card:
    row = data.buildings.loc[number]

    def say(key: str, **fields: object) -> str:
        return i18n.text(f"card.{key}", language, **fields)

    rows = [CardRow(label=say("grid"), value=f"{row['letter']} · {row['grid']}" if row["grid"] else say("none"))]
    rows.append(
        CardRow(
            label=say("households_label"),
            value=households(int(row["households"]), bool(row["households_estimated"]), language),
        )
    )
    size = [say(f"{name}_n", n=int(row[name])) for name in ("floors", "units") if pd.notna(row[name])]
    if size:
        rows.append(CardRow(label=say("size"), value=" · ".join(size)))
    state = covered.state.get(number)
    if state is not None and pd.notna(covered.point.get(number)):
        inside = state == coverage.COVERED
        rows.append(
            CardRow(
                label=say("coverage"),
                value=say(str(state), radius=covered.radius_m, kind=kind_name),
                tone="good" if inside else "bad",
            )
        )
    for point, distance_m in _nearest(data, number):
        where = say("metres", metres=round(distance_m))
        rows.append(
            CardRow(
                label=data.kinds.label(data.points.at[point, "kind"], language),
                value=f"{data.points.at[point, 'name']} · {where}",
            )
        )
    if seen.building(row["grid_id"]):
        rows += _work(data, number, seen, language, now)
    rows += _care(data, number, persons, language)
    use = i18n.text(f"building_use.{row['use']}", language)
    return Card(
        title=row["number"] + (f" {row['name']}" if row["name"] else ""),
        subtitle=" · ".join(p for p in (row["compound"], use) if p),
        rows=tuple(rows),
    )


def _work(data: CommunityData, number: int, seen: Sight, language: str, now: dt.datetime) -> list[CardRow]:
    """Return what the work in a building has come to, beyond what anybody reads off the map."""

    def say(key: str, **fields: object) -> str:
        return i18n.text(f"card.{key}", language, **fields)

    rows = []
    if seen.layer("issues"):
        groups = layers.issue_groups(data.issues[data.issues["building_id"] == number], now)
        unsettled, late = int((groups != "settled").sum()), int((groups == "overdue").sum())
        told = say("issues_overdue", n=unsettled, late=late) if late else say("issues_n", n=unsettled)
        rows.append(CardRow(label=say("issues"), value=told, tone="bad" if late else ""))
    last = overview.last_visits(data).get(number)
    rows.append(CardRow(label=say("last_visit"), value=i18n.date(last, language) if last is not None else say("never")))
    return rows


def _care(data: CommunityData, number: int, persons: unmasking.Hints, language: str) -> list[CardRow]:
    """Return the households in need of a building: each for those who may open them, their number for the rest."""

    def say(key: str, **fields: object) -> str:
        return i18n.text(f"card.{key}", language, **fields)

    there = data.care[data.care["building_id"] == number]
    n = len(there) if len(there) else int(data.care_counts.get(number, 0))
    rows = [CardRow(label=say("care"), value=say("care_n", n=n))] if n else []
    for i, household in there.iterrows():
        hint = persons.get(("care", int(str(i))), "")
        where = f"{household['unit']} · {say('every_days', n=int(household['interval_days']))}"
        rows.append(
            CardRow(
                label=catalogues.label("care_needs", household["need"], language),
                value=f"{where}\n{hint or say('sealed')}",
                ask=Ask(subject="care", id=int(str(i)), label=say("look")),
            )
        )
    return rows


def _nearest(data: CommunityData, building: int) -> list[tuple[int, float]]:
    """Return the nearest point of each kind, stations first, then the nearest others: (id, metres)."""
    table = coverage.nearest(data.buildings_m.loc[[building]], data.points_m, 1)
    found = [(int(p), float(d)) for p, d in zip(table["point"], table["distance_m"], strict=True)]
    station = [pair for pair in found if data.kinds.is_station(data.points.at[pair[0], "kind"])]
    others = sorted((pair for pair in found if pair not in station), key=lambda pair: pair[1])
    return [*station, *others][:_NEAREST]


def _point(data: CommunityData, number: int, of_kind: coverage.Coverage | None, seen: Sight, language: str) -> Card:
    row = data.points.loc[number]
    at = place_cards.of_point(data, number)

    def say(key: str, **fields: object) -> str:
        return i18n.text(f"card.{key}", language, **fields)

    told = {"grid": (place_cards.grid(data, at), ""), "place": (place_cards.named(data, at, language), "")}
    capacity = None if pd.isna(row["capacity_households"]) else int(row["capacity_households"])
    if capacity is not None:
        told["capacity"] = (say("capacity_n", n=capacity), "")
    if of_kind is not None and not row["geom"].is_empty:
        homes, n, estimated = place_cards.served(data, number, of_kind)
        part = {"households": households(homes, estimated, language), "n": n, "radius": of_kind.radius_m}
        over = capacity is not None and homes > capacity
        told["served"] = (
            say("served_over", **part, over=homes - capacity)
            if capacity is not None and over
            else say("served_n", **part),
            "bad" if over else "good" if capacity is not None else "",
        )
    told["team"] = (place_cards.team(data, number, seen, at.grid_id, language), "")
    told |= {name: (row[name], "") for name in ("hours", "host", "terms")}
    if pd.notna(row["area_m2"]):
        told["area"] = (f"{i18n.number(row['area_m2'], language)} m²", "")
    for _, group in data.groups[data.groups["service_point_id"] == number].iterrows():
        told["group"] = (say("group_n", name=group["name"], n=int(group["members"])), "")
    rows = [CardRow(label=say(key), value=str(value), tone=tone) for key, (value, tone) in told.items() if value]
    return Card(title=row["name"], subtitle=data.kinds.label(row["kind"], language), rows=tuple(rows))


def issue(
    data: CommunityData,
    number: int,
    *,
    seen: Sight,
    language: str,
    now: dt.datetime,
    time_zone: str,
    persons: unmasking.Hints = NOBODY,
    course: bool = True,
) -> Card:
    """Return the card of an issue of ``data``, as `card` does; with its moves if ``course``."""
    row = data.issues.loc[number]
    late = layers.issue_groups(data.issues.loc[[number]], now).iloc[0] == "overdue"
    at = place_cards.of_issue(data, number)
    told = [
        ("text", row["text"], ""),
        ("state", i18n.text(f"issue_state.{row['state']}", language), "bad" if late else ""),
        ("took", issue_cards.took(data, number, language), ""),
        ("level", i18n.text(f"issue_level.{row['level']}", language), ""),
        ("source", i18n.text(f"issue_source.{row['source']}", language), ""),
        ("grid", place_cards.grid(data, at), ""),
        ("place", place_cards.named(data, at, language), ""),
        ("reported", i18n.time(row["reported_at"], language, time_zone), ""),
        ("due", "" if pd.isna(row["due_at"]) else i18n.time(row["due_at"], language, time_zone), "bad" if late else ""),
    ]
    rows = [
        CardRow(label=i18n.text(f"card.{key}", language), value=value, tone=tone) for key, value, tone in told if value
    ]
    if ("issue", number) in persons:
        hint = persons["issue", number] or i18n.text("card.sealed", language)
        ask = Ask(subject="issue", id=number, label=i18n.text("card.look", language))
        rows.append(CardRow(label=i18n.text("card.contact", language), value=hint, ask=ask))
    moves = issue_cards.history(data, number, seen, at.grid_id, language, time_zone) if course else ""
    if moves:
        rows.append(CardRow(label=i18n.text("card.history", language), value=moves))
    category = data.categories.label(row["category"], language)
    return Card(title=category, subtitle=row["code"], rows=tuple(rows))
