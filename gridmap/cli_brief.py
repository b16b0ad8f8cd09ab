"""The commands of the briefing and of the map for a wall. Help texts are keys of the catalogues."""

from __future__ import annotations

import datetime as dt
import errno
import json
import os
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from gridmap import i18n, settings
from gridmap.errors import InputError
from gridmap.exchange import delivery
from gridmap.reports.wall_map import PAPERS
from gridmap.services import (
    briefing_making,
    briefing_periods,
    briefing_street,
    communities,
    community_data,
    community_settings,
    wall_maps,
)
from gridmap.services.briefing_making import Wish
from gridmap.store import open_store

_Store = Annotated[str, typer.Argument(help="cli.arg.store", metavar="STORE", show_default=False)]
_Community = Annotated[str | None, typer.Option("--community", help="cli.opt.community", metavar="NAME")]
_Json = Annotated[bool, typer.Option("--json", help="cli.opt.json")]
_Language = Annotated[str | None, typer.Option("--language", help="cli.opt.language", metavar="zh|en")]


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    app.command("brief", help="cli.brief")(brief)
    app.command("wall-map", help="cli.wall_map")(draw_wall_map)


def brief(
    context: typer.Context,
    store: _Store,
    period: Annotated[str, typer.Option("--period", help="cli.opt.brief_period", metavar="P", show_default=False)],
    out: Annotated[Path, typer.Option("--out", help="cli.opt.brief_out", metavar="FILE", show_default=False)],
    community: _Community = None,
    street: Annotated[bool, typer.Option("--street", help="cli.opt.brief_street")] = False,
    template: Annotated[Path | None, typer.Option("--template", help="cli.opt.brief_template", metavar="FILE")] = None,
    approval: Annotated[str, typer.Option("--approval", help="cli.opt.brief_approval", metavar="NUMBER")] = "",
    as_json: _Json = False,
    language: _Language = None,  # noqa: ARG001 (read before the command starts)
) -> None:
    """Make the briefing of a period as slides."""
    say = context.obj
    if street and community is not None:
        raise InputError("briefing_street_one")
    now = dt.datetime.now(dt.UTC)
    form = briefing_making.form_of(out)
    asked = briefing_periods.parse(period, briefing_making.today(now))
    if not out.parent.is_dir():
        # Rather now than when all is made.
        raise InputError("out_unwritable", file=str(out), reason=os.strerror(errno.ENOENT))
    street_template = None if template is None else _read(template)

    def progress(part: str, number: int, of: int) -> None:
        name = i18n.text(f"briefing.part.{part}", say)
        typer.echo(i18n.text("briefing.at_work", say, part=name, number=number + 1, of=of), err=True)

    def worked(name: str, number: int, of: int) -> None:
        typer.echo(i18n.text("briefing.street_at_work", say, name=name, number=number + 1, of=of), err=True)

    wish, name = Wish(approval=approval), "" if template is None else template.name
    briefing_making.demand_template(form, street_template, name)
    with closing(open_store(store, create=False)) as opened:
        if street:
            zone = settings.from_environment().time_zone
            found = briefing_street.of(opened, asked, now=now, zone=zone, language=say, progress=worked)
            told_of = briefing_street.document(found, wish, language=say)
            made = briefing_making.write(told_of, form, template=street_template, template_name=name)
            briefing_street.note(opened, f"{told_of.heading} · {form}")
        else:
            made = briefing_making.make(
                opened,
                communities.find(opened, community),
                asked,
                form,
                wish,
                language=say,
                template=street_template,
                template_name=name,
                now=now,
                progress=progress,
            )
    delivery.put(made.data, out)
    notes = [i18n.text(note.key, say, **note.fields) for note in made.notes]
    for note in notes:
        typer.echo(note, err=True)
    if as_json:
        told = {"file": str(out), "pages": made.pages, "period": asked.said, "notes": notes}
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        typer.echo(i18n.text("cli.brief.done", say, file=str(out), n=made.pages))


def draw_wall_map(
    context: typer.Context,
    store: _Store,
    out: Annotated[Path, typer.Option("--out", help="cli.opt.wall_map_out", metavar="FILE", show_default=False)],
    paper: Annotated[str, typer.Option("--paper", help="cli.opt.wall_map_paper", metavar="A3|A1")] = PAPERS[0],
    names: Annotated[bool, typer.Option("--names", help="cli.opt.wall_map_names")] = False,
    internal: Annotated[bool, typer.Option("--internal", help="cli.opt.wall_map_internal")] = False,
    community: _Community = None,
    approval: Annotated[str, typer.Option("--approval", help="cli.opt.brief_approval", metavar="NUMBER")] = "",
    as_json: _Json = False,
    language: _Language = None,  # noqa: ARG001 (read before the command starts)
) -> None:
    """Draw the grids on a sheet for the wall."""
    say = context.obj
    form = wall_maps.form_of(out)
    wanted = next((one for one in PAPERS if one.casefold() == paper.casefold()), None)
    if wanted is None:
        raise InputError("wall_map_paper", said=paper, papers=list(PAPERS))
    with closing(open_store(store, create=False)) as opened:
        found = communities.find(opened, community)
        today = briefing_making.today(dt.datetime.now(dt.UTC))
        data = community_data.read(opened, community_settings.number(found), day=today)
        drawn = wall_maps.draw(
            opened, data, paper=wanted, form=form, language=say, names=names, internal=internal, approval=approval
        )
        wall_maps.note(opened, None, data, f"{i18n.text('wall_map.page', say)} {wanted} · {form}")
    delivery.put(drawn.data, out)
    if as_json:
        typer.echo(json.dumps({"file": str(out), "paper": wanted, "pages": 1}, ensure_ascii=False, indent=2))
    else:
        typer.echo(i18n.text("cli.wall_map.done", say, file=str(out), paper=wanted))


def _read(template: Path) -> bytes:
    try:
        return template.read_bytes()
    except OSError as fault:
        reason = fault.strerror or str(fault)
        raise InputError("briefing_template_unread", file=str(template), reason=reason) from fault
