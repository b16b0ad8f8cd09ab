"""The command that splits a community. Help texts are keys of the catalogues."""

from __future__ import annotations

import json
from contextlib import closing
from typing import Annotated, Any

import typer

from gridmap import i18n, settings
from gridmap.analysis import districting
from gridmap.errors import InputError
from gridmap.services import (
    communities,
    community_data,
    community_settings,
    community_split,
    grid_proposals,
    split_parts,
    split_undo,
)
from gridmap.services.community_split import SplitReport
from gridmap.services.split_parts import Order, Part
from gridmap.store import open_store

_Store = Annotated[str, typer.Argument(help="cli.arg.store", metavar="STORE", show_default=False)]
_Community = Annotated[str | None, typer.Option("--community", help="cli.opt.community", metavar="NAME")]
_Json = Annotated[bool, typer.Option("--json", help="cli.opt.json")]
_Language = Annotated[str | None, typer.Option("--language", help="cli.opt.language", metavar="zh|en")]


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("split", help="cli.split")(split)


def split(
    context: typer.Context,
    store: _Store,
    into: Annotated[int, typer.Option("--into", help="cli.opt.split_into", metavar="N")] = 2,
    load: Annotated[str, typer.Option("--load", help="cli.opt.partition_load", metavar="LOAD")] = "households",
    cut_compounds: Annotated[bool, typer.Option("--cut-compounds", help="cli.opt.split_cut")] = False,
    seconds: Annotated[
        float, typer.Option("--seconds", help="cli.opt.partition_seconds", min=0.0)
    ] = districting.SECONDS,
    seed: Annotated[int, typer.Option("--seed", help="cli.opt.partition_seed", min=0)] = 0,
    names: Annotated[list[str] | None, typer.Option("--name", help="cli.opt.split_name", metavar="NAME")] = None,
    staff: Annotated[list[str] | None, typer.Option("--staff", help="cli.opt.split_staff", metavar="NAME=N")] = None,
    stations: Annotated[bool, typer.Option("--stations", help="cli.opt.split_stations")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="cli.opt.dry_run")] = False,
    undo: Annotated[bool, typer.Option("--undo", help="cli.opt.split_undo")] = False,
    reason: Annotated[str, typer.Option("--reason", help="cli.opt.split_reason", metavar="TEXT")] = "",
    community: _Community = None,
    as_json: _Json = False,
    language: _Language = None,  # noqa: ARG001 (read before the command starts)
) -> None:
    """Split a community, rehearse that, or take the last split back."""
    say = context.obj
    weighed = grid_proposals.weights(load)
    with closing(open_store(store, create=False)) as opened:
        owner = communities.find(opened, community)
        if undo:
            gone = split_undo.undo(opened, owner)
            if as_json:
                _print_json({"community": owner.name, "gone": gone})
            else:
                typer.echo(i18n.text("cli.split.undone", say, names=gone))
            return
        today = community_data.today(settings.from_environment().time_zone)
        data = community_data.read(opened, community_settings.number(owner), day=today)
        wish = grid_proposals.Wish(
            k=into, weights=weighed, keep_compounds=not cut_compounds, seconds=seconds, seed=seed, most=1
        )
        plan = split_parts.propose(data, wish)
        best = plan.proposals[0]
        order = Order(names=tuple(names or ()), reason=reason)
        order = Order(names=order.names, reason=reason, staff=split_parts.placed(data, best, order, _told(staff or [])))
        parts = split_parts.parts(data, best, order)
        wanted = split_parts.wanted_stations(opened, data, best, order) if stations else None
        if dry_run:
            report = community_split.look(opened, data, best, order)
        else:
            report = community_split.split(opened, data, best, order)
    for remark in plan.remarks:
        typer.echo(remark.sentence(say), err=True)
    if as_json:
        _print_json(
            {
                **community_split.described(report),
                "dry_run": dry_run,
                "parts": [
                    {
                        "name": part.name,
                        "households": part.households,
                        "need": part.need,
                        "issues": part.issues,
                        "buildings": part.buildings,
                        "load": round(part.load, 6),
                        "stations": part.stations,
                        "stations_wanted": part.stations_wanted,
                        "proposed": [] if wanted is None else wanted[at],
                    }
                    for at, part in enumerate(parts)
                ],
                "max_deviation": round(best.division.deviation, 6),
                "bound": round(best.division.bound, 6),
                "cut": list(best.division.cut_compounds),
                "doubts": [{"code": one.key, "problem": one.sentence(say)} for one in report.doubts],
            }
        )
        return
    _tell(parts, wanted, report, say)
    key = "cli.split.rehearsed" if dry_run else "cli.split.done"
    typer.echo(i18n.text(key, say, names=list(report.names)))


def _tell(parts: list[Part], wanted: list[list[dict[str, Any]]] | None, report: SplitReport, language: str) -> None:
    for at, part in enumerate(parts):
        fields = {name: getattr(part, name) for name in ("name", "households", "need", "issues", "buildings")}
        more = {"stations": part.stations, "wanted": part.stations_wanted}
        typer.echo(i18n.text("cli.split.part", language, **fields, **more))
        for spot in [] if wanted is None else wanted[at]:
            typer.echo(i18n.text("cli.split.station", language, **spot))
    shown = community_split.table(report, language)
    for row in shown.itertuples(index=False):
        kind, *counts = row
        told = [str(count) for count in counts[:-1]]
        typer.echo(i18n.text("cli.split.row", language, kind=kind, counts=" / ".join(told), copied=counts[-1]))
    for doubt in report.doubts:
        typer.echo(i18n.text("cli.split.doubt", language, said=doubt.sentence(language)))


def _told(said: list[str]) -> dict[str, int]:
    found = {}
    for one in said:
        name, _, part = one.rpartition("=")
        if not name.strip() or not part.strip().isdigit():
            raise InputError("split_staff_form", said=one)
        found[name.strip()] = int(part)
    return found


def _print_json(value: dict[str, Any]) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))
