"""The command that proposes grids. Help texts are keys of the catalogues."""

from __future__ import annotations

import datetime as dt
import json
from contextlib import closing
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from gridmap import i18n, settings
from gridmap.analysis import districting
from gridmap.errors import InputError
from gridmap.exchange import delivery
from gridmap.services import communities, community_data, community_settings, grid_proposals, grid_versions
from gridmap.services.community_data import CommunityData
from gridmap.services.grid_proposals import Plan, Proposal
from gridmap.store import open_store

_Store = Annotated[str, typer.Argument(help="cli.arg.store", metavar="STORE", show_default=False)]
_Community = Annotated[str | None, typer.Option("--community", help="cli.opt.community", metavar="NAME")]
_Json = Annotated[bool, typer.Option("--json", help="cli.opt.json")]
_Language = Annotated[str | None, typer.Option("--language", help="cli.opt.language", metavar="zh|en")]


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("partition", help="cli.partition")(partition)


def partition(
    context: typer.Context,
    store: _Store,
    grids: Annotated[int | None, typer.Option("--grids", help="cli.opt.partition_grids", metavar="K")] = None,
    load: Annotated[str, typer.Option("--load", help="cli.opt.partition_load", metavar="LOAD")] = "households",
    keep_compounds: Annotated[bool, typer.Option("--keep-compounds", help="cli.opt.partition_keep")] = False,
    seconds: Annotated[
        float, typer.Option("--seconds", help="cli.opt.partition_seconds", min=0.0)
    ] = districting.SECONDS,
    seed: Annotated[int, typer.Option("--seed", help="cli.opt.partition_seed", min=0)] = 0,
    adopt: Annotated[str | None, typer.Option("--adopt", help="cli.opt.partition_adopt", metavar="DATE")] = None,
    reason: Annotated[str, typer.Option("--reason", help="cli.opt.partition_reason", metavar="TEXT")] = "",
    out: Annotated[Path | None, typer.Option("--out", help="cli.opt.partition_out", metavar="FILE")] = None,
    community: _Community = None,
    as_json: _Json = False,
    language: _Language = None,  # noqa: ARG001 (read before the command starts)
) -> None:
    """Propose grids, and make the best proposal valid where that is asked for."""
    say = context.obj
    weighed = grid_proposals.weights(load)
    valid_from = None if adopt is None else _day(adopt)
    if out is not None and out.suffix.lower() != ".geojson":
        delivery.demand_ending(out)
    today = community_data.today(settings.from_environment().time_zone)
    with closing(open_store(store, create=False)) as opened:
        owner = communities.find(opened, community)
        number = community_settings.number(owner)
        data = community_data.read(opened, number, day=valid_from or today)
        with opened.read() as session:
            k = grids if grids is not None else community_settings.within(session, number).grids
        wish = grid_proposals.Wish(
            k=k, weights=weighed, keep_compounds=keep_compounds, seconds=seconds, seed=seed, most=1
        )
        plan = grid_proposals.propose(data, wish)
        best = plan.proposals[0]
        version = None
        if valid_from is not None:
            version = grid_versions.publish(opened, owner, best, valid_from=valid_from, reason=reason)
    for remark in plan.remarks:
        typer.echo(remark.sentence(say), err=True)
    if out is not None:
        _write(data, best, out, say, owner.name)
        typer.echo(i18n.text("cli.wrote", say, file=str(out)), err=True)
    if as_json:
        told = {
            **grid_proposals.described(plan, best),
            "seconds": round(plan.seconds, 3),
            "community": owner.name,
            "version": version,
            "file": None if out is None else str(out),
        }
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    typer.echo("\n".join(lines(plan, best, say)))
    if valid_from is not None:
        typer.echo(i18n.text("cli.partition.adopted", say, day=valid_from))


def lines(plan: Plan, proposal: Proposal, language: str) -> list[str]:
    """Put a proposal into lines: what it is worth, then a line for each grid."""
    division = proposal.division
    told = [
        i18n.text(
            "cli.partition.done",
            language,
            n=plan.wish.k,
            deviation=i18n.percent(division.deviation, language, 2),
            bound=i18n.percent(division.bound, language, 2),
        ),
        i18n.text("cli.partition.cut", language, n=len(division.cut_compounds), names=list(division.cut_compounds[:8]))
        if division.cut_compounds
        else i18n.text("cli.partition.uncut", language),
    ]
    loads = grid_proposals.described(plan, proposal)["grids"]
    told += [
        i18n.text("cli.partition.grid", language, code=one["code"], load=one["load"], n=one["buildings"])
        for one in loads
    ]
    return told


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError as fault:
        raise InputError("partition_day", found=text) from fault


def _write(data: CommunityData, proposal: Proposal, out: Path, language: str, name: str) -> None:
    grid = proposal.division.grid
    codes = [f"{at + 1:03d}" for at in range(len(proposal.tiles))]
    if out.suffix.lower() == ".geojson":
        delivery.put(proposal.tiles.assign(code=codes).to_json(drop_id=True).encode(), out)
        return
    buildings = grid_proposals.placed(data).loc[grid.index]
    columns = {
        "compound": buildings["compound"],
        "number": buildings["number"],
        "households": buildings["households"],
        "grid": grid.map(dict(enumerate(codes))),
    }
    table = pd.DataFrame({i18n.text(f"partition.column.{key}", language): told for key, told in columns.items()})
    delivery.write(table, out, title=name)
