"""The command that says who lacks a kind of service point. Help texts are keys of the catalogues."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import re
from contextlib import closing
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from gridmap import i18n, settings
from gridmap.errors import InputError
from gridmap.exchange import delivery
from gridmap.services import communities, coverage_kinds, coverage_table
from gridmap.store import open_store

_Store = Annotated[str, typer.Argument(help="cli.arg.store", metavar="STORE", show_default=False)]
_Community = Annotated[str | None, typer.Option("--community", help="cli.opt.community", metavar="NAME")]
_Json = Annotated[bool, typer.Option("--json", help="cli.opt.json")]
_Language = Annotated[str | None, typer.Option("--language", help="cli.opt.language", metavar="zh|en")]


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("coverage", help="cli.coverage")(coverage)


def coverage(
    context: typer.Context,
    store: _Store,
    kind: Annotated[list[str] | None, typer.Option("--kind", help="cli.opt.kind_each", metavar="K")] = None,
    kinds: Annotated[str | None, typer.Option("--kinds", help="cli.opt.kinds", metavar="all|K,K")] = None,
    walk_m: Annotated[float | None, typer.Option("--walk-m", help="cli.opt.walk_m", metavar="M")] = None,
    minutes: Annotated[float | None, typer.Option("--minutes", help="cli.opt.minutes", metavar="T")] = None,
    pace: Annotated[float | None, typer.Option("--pace", help="cli.opt.pace", metavar="M")] = None,
    straight: Annotated[bool, typer.Option("--straight", help="cli.opt.straight")] = False,
    radius_m: Annotated[float | None, typer.Option("--radius-m", help="cli.opt.radius_m", metavar="M")] = None,
    capacity: Annotated[bool, typer.Option("--capacity", help="cli.opt.capacity")] = False,
    hour: Annotated[str | None, typer.Option("--hour", help="cli.opt.hour", metavar="HH:MM")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="cli.opt.out", metavar="FILE")] = None,
    community: _Community = None,
    as_json: _Json = False,
    language: _Language = None,  # noqa: ARG001 (read before the command starts)
) -> None:
    """Measure the coverage by a kind of service point, or several: on foot where ways or walls are known."""
    say = context.obj
    if sum(one is not None for one in (walk_m, minutes, radius_m)) > 1:
        raise InputError("two_distances")
    if out is not None:
        delivery.demand_ending(out)
    wanted = [*(kind or ()), *([] if kinds is None else [kinds])]
    if not wanted:
        raise InputError("coverage_no_kind")
    asked = coverage_table.Question(
        kind=wanted[0],
        limit_m=walk_m if radius_m is None else radius_m,
        minutes=minutes,
        pace_m_min=pace,
        straight=straight,
        capacity=capacity,
        hour=None if hour is None else _hour(hour),
    )
    today = dt.datetime.now(ZoneInfo(settings.from_environment().time_zone)).date()
    with closing(open_store(store, create=False)) as opened:
        owner = communities.find(opened, community)
        if kinds is not None or len(wanted) > 1:
            several = coverage_kinds.measure(opened, owner, wanted, asked, today=today)
            _together(several, owner.name, out, as_json, say)
            return
        table = coverage_table.measure(opened, owner, asked, today=today)
    for note in notes(table, say):
        typer.echo(note, err=True)
    line = said(table, say)
    if out is not None:
        delivery.write(table.buildings, out, title=owner.name, note=line)
        typer.echo(i18n.text("cli.wrote", say, file=str(out)), err=True)
    if as_json:
        found = {**as_object(table, say), "community": owner.name, "file": None if out is None else str(out)}
        typer.echo(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        typer.echo(line)


def _together(
    found: coverage_kinds.KindsTable,
    name: str,
    out: Path | None,
    as_json: bool,
    say: str,
) -> None:
    """Print what several kinds cover together, and write the file."""
    for remark in found.remarks:
        typer.echo(remark.sentence(say), err=True)
    households = int(found.buildings["households"].sum())
    known = next(iter(found.by_kind.values())).known
    counts = found.counts
    line = i18n.text(
        "cli.coverage.kinds",
        say,
        kinds=coverage_kinds.missing_words(known, found.kinds, say),
        households=households,
        every=counts[-1].households,
        none=counts[0].households,
    )
    if out is not None:
        rows = found.buildings.assign(
            missing=[coverage_kinds.missing_words(known, one, say) for one in found.buildings["missing"]]
        )
        metres = {f"walk_m_{kind}": one.buildings["walk_m"] for kind, one in found.by_kind.items()}
        delivery.write(rows.assign(**metres), out, title=name, note=line)
        typer.echo(i18n.text("cli.wrote", say, file=str(out)), err=True)
    if as_json:
        told = {
            "kinds": {kind: as_object(one, say) for kind, one in found.by_kind.items()},
            "by_number": [dataclasses.asdict(count) for count in counts],
            "remarks": [remark.sentence(say) for remark in found.remarks],
            "community": name,
            "file": None if out is None else str(out),
        }
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        typer.echo(line)


def notes(table: coverage_table.CoverageTable, language: str) -> list[str]:
    """Say how distance was measured where nobody asked for it, and what was assumed."""
    told = []
    if table.points_closed:
        told.append(i18n.text("cli.coverage.closed", language, n=table.points_closed))
    told += [remark.sentence(language) for remark in table.remarks]
    if table.only_straight:
        told.append(i18n.text("cli.coverage.only_straight", language, n=table.only_straight))
    return told


def as_object(table: coverage_table.CoverageTable, language: str) -> dict[str, Any]:
    """Return the figures as they are printed for programs."""
    return {
        "kind": table.kind,
        "measure": table.measure,
        "radius_m": table.radius_m,
        "pace_m_min": table.pace_m_min,
        "points": table.points,
        "points_closed": table.points_closed,
        **{what: dict(counts) for what, counts in table.by_state.items()},
        "only_straight": table.only_straight,
        "remarks": [remark.sentence(language) for remark in table.remarks],
    }


def said(table: coverage_table.CoverageTable, language: str) -> str:
    """Return the figures in one sentence."""
    buildings, households = table.by_state["buildings"], table.by_state["households"]
    fields = {
        "kind": table.known.label(table.kind, language),
        "radius": table.radius_m,
        "points": table.points,
        "covered": buildings["covered"],
        "buildings": sum(buildings.values()),
        "households_covered": households["covered"],
        "households": sum(households.values()),
        "out": buildings["out_of_reach"],
        "households_out": households["out_of_reach"],
    }
    key = "cli.coverage.walked" if table.measure == coverage_table.WALKING else "cli.coverage.done"
    line = i18n.text(key, language, **fields)
    if households["full"]:
        full = {"n": households["full"], "buildings": buildings["full"]}
        line = f"{line} {i18n.text('cli.coverage.full', language, **full)}"
    return line


def _hour(text: str) -> dt.time:
    found = re.fullmatch(r"(\d{1,2})[:：](\d{2})", text.strip())
    if found is None or int(found[1]) > 23 or int(found[2]) > 59:
        raise InputError("hour_unreadable", hour=text)
    return dt.time(int(found[1]), int(found[2]))
