"""The commands that bring files in and take them back. Help texts are keys of the catalogues."""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Annotated, Any

import typer

from gridmap import i18n, settings
from gridmap.datums import Datum
from gridmap.errors import Fault, InputError
from gridmap.services import communities, grid_repair, import_profiles, import_undo, importing
from gridmap.services.import_preview import ImportReport, Preview, Refused
from gridmap.store import open_store

_LINES_OF_FAULTS = 20
# What takes no longer than this is done before anybody has read how far it is.
_MOST_ROWS = 20
_SILENT_S = 1.0

_Store = Annotated[str, typer.Argument(help="cli.arg.store", metavar="STORE", show_default=False)]
_Community = Annotated[str | None, typer.Option("--community", help="cli.opt.community", metavar="NAME")]
_Json = Annotated[bool, typer.Option("--json", help="cli.opt.json")]
_Language = Annotated[str | None, typer.Option("--language", help="cli.opt.language", metavar="zh|en")]


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    app.command("import", help="cli.import")(import_)
    app.command("imports", help="cli.imports")(imports)
    app.command("import-undo", help="cli.import_undo")(import_undo_)


def import_(
    context: typer.Context,
    store: _Store,
    file: Annotated[Path, typer.Argument(help="cli.arg.file", metavar="FILE", show_default=False)],
    kind: Annotated[str, typer.Option("--as", help="cli.opt.as", metavar="KIND", show_default=False)],
    datum: Annotated[str | None, typer.Option("--datum", help="cli.opt.datum", metavar="D")] = None,
    crs: Annotated[str | None, typer.Option("--crs", help="cli.opt.crs", metavar="EPSG:n")] = None,
    profile: Annotated[str | None, typer.Option("--profile", help="cli.opt.profile", metavar="PROFILE")] = None,
    save_profile: Annotated[
        Path | None, typer.Option("--save-profile", help="cli.opt.save_profile", metavar="FILE")
    ] = None,
    layer: Annotated[str | None, typer.Option("--layer", help="cli.opt.layer")] = None,
    columns: Annotated[list[str] | None, typer.Option("--map", help="cli.opt.map", metavar="FIELD=COLUMN")] = None,
    community: _Community = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="cli.opt.dry_run")] = False,
    skip_refused: Annotated[bool, typer.Option("--skip-refused", help="cli.opt.skip_refused")] = False,
    repair: Annotated[bool, typer.Option("--repair", help="cli.opt.repair")] = False,
    as_json: _Json = False,
    language: _Language = None,  # noqa: ARG001 (read before the command starts)
) -> None:
    """Import a file into a community: all of it, or nothing."""
    if kind not in importing.KINDS:
        raise InputError("import_kind", kind=kind, kinds=importing.KINDS)
    if datum is not None and datum not in {one.value for one in Datum}:
        raise InputError("datum_unknown", datum=datum, datums=[one.value for one in Datum])
    if repair and kind != "grids":
        raise InputError("repair_kind", kind=i18n.Phrase(f"kind.{kind}"))
    told = _mapping(columns or [])
    say = context.obj
    told_so_far = _Progress(say)
    with closing(open_store(store, create=False)) as opened:
        owner = communities.find(opened, community)
        chosen = None if profile is None else import_profiles.named(opened, owner, kind, profile)
        looked = importing.look(opened, file, layer, kind=kind, crs=crs)
        preview = importing.prepare(
            opened,
            owner,
            looked,
            kind,
            mapping=({} if chosen is None else chosen.mapping_of(looked.headings)) | told,
            crs=_crs(crs, looked.source.spatial, chosen),
            datum=datum or ("wgs84" if chosen is None else chosen.datum),
            states=None if chosen is None else chosen.states,
            repair=repair,
            progress=told_so_far.part(1, 1 if dry_run else 2),
        )
        _say_left_out(preview, say)
        if preview.doubt is not None:
            _say(preview.doubt.sentence(say))
        if save_profile is not None:
            _write_profile(preview, save_profile)
        if dry_run:
            report = importing.report(preview, kept=False, skip_refused=skip_refused)
            if report.refused and not skip_refused:
                raise RefusedPreview(report, preview)
        else:
            try:
                report = importing.keep(
                    opened, None, preview, skip_refused=skip_refused, progress=told_so_far.part(2, 2)
                )
            except Refused as refused:
                raise RefusedPreview(refused.report, preview) from refused
    _say_faults(report.faults, say)
    if preview.repairs is not None:
        _say_repairs(preview, say)
    if as_json:
        _print_json({**_object(report, preview, say), "community": owner.name})
    else:
        typer.echo(report.summary(say))


class RefusedPreview(Refused):
    """A file of which nothing was kept, with the preview that says why."""

    def __init__(self, report: ImportReport, preview: Preview) -> None:
        super().__init__(report)
        self.preview = preview


def refused(fault: Refused, language: str, *, as_json: bool) -> None:
    """Say why nothing of a file was kept."""
    _say(i18n.text("error.faulty_input", language, n=len(fault.faults), source=fault.report.source))
    _say_faults(fault.report.faults, language)
    if as_json:
        _print_json(_object(fault.report, fault.preview if isinstance(fault, RefusedPreview) else None, language))


def imports(
    context: typer.Context,
    store: _Store,
    community: _Community = None,
    as_json: _Json = False,
    language: _Language = None,  # noqa: ARG001
) -> None:
    """List what was imported into a community."""
    with closing(open_store(store, create=False)) as opened:
        owner = communities.find(opened, community)
        runs = import_undo.runs(opened, int(owner.id or 0))
    if as_json:
        found = [
            {**dataclasses.asdict(run), **{name: _moment(getattr(run, name)) for name in ("at", "undone_at", "until")}}
            for run in runs
        ]
        _print_json({"community": owner.name, "imports": found})
        return
    for run in runs:
        typer.echo(_run_line(run, context.obj))
    if not runs:
        typer.echo(i18n.text("import.none", context.obj, community=owner.name))


def import_undo_(
    context: typer.Context,
    store: _Store,
    run: Annotated[int, typer.Argument(help="cli.arg.run", metavar="RUN", show_default=False)],
    keep_changed: Annotated[bool, typer.Option("--keep-changed", help="cli.opt.keep_changed")] = False,
    community: _Community = None,
    as_json: _Json = False,
    language: _Language = None,  # noqa: ARG001
) -> None:
    """Take an import back as a whole."""
    with closing(open_store(store, create=False)) as opened:
        owner = communities.find(opened, community)
        report = import_undo.undo(opened, None, owner, run, keep_changed=keep_changed)
    if as_json:
        _print_json({**dataclasses.asdict(report), "community": owner.name})
    else:
        typer.echo(report.summary(context.obj))


class _Progress:
    """Says on standard error how far it is, once it takes longer than a second; it never goes back."""

    def __init__(self, language: str) -> None:
        self._language = language
        self._next = time.monotonic() + _SILENT_S

    def part(self, number: int, of: int) -> Callable[[float], None]:
        """Return what is told the share that is done of one of so many parts."""
        return lambda share: self._tell((number - 1 + share) / of)

    def _tell(self, share: float) -> None:
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + _SILENT_S
            _say(i18n.text("import.progress", self._language, done=round(share * 100)))


def _say_left_out(preview: Preview, language: str) -> None:
    """Say which rows of a table are neither its heading nor its data."""
    left = [one for one in preview.source.left_out if one.why != "header"]
    rows = [
        i18n.text("import.left_out.row", language, row=one.row, why=i18n.text(f"left_out.{one.why}", language))
        for one in left[:_MOST_ROWS]
    ]
    if left:
        _say(i18n.text("import.left_out", language, n=len(left), rows=[*rows, "…"] if len(left) > len(rows) else rows))


def _say_repairs(preview: Preview, language: str) -> None:
    """Say of each piece of ground that changed hands where it went."""
    pieces = [] if preview.repairs is None else preview.repairs.to_dict("records")
    for piece in pieces[:_LINES_OF_FAULTS]:
        _say(grid_repair.sentence(piece, language))
    if len(pieces) > _LINES_OF_FAULTS:
        _say(i18n.text("cli.more_faults", language, n=len(pieces) - _LINES_OF_FAULTS))
    if not pieces:
        _say(i18n.text("repair.none", language))


def _mapping(told: Sequence[str]) -> dict[str, str | None]:
    mapping: dict[str, str | None] = {}
    for said in told:
        field, equals, column = said.partition("=")
        if not equals or not field.strip():
            raise InputError("map_form", said=said)
        mapping[field.strip()] = column.strip() or None
    return mapping


def _crs(told: str | None, spatial: bool, profile: import_profiles.Profile | None) -> str | None:
    """Return the CRS of the coordinates in a table; a map file was read in its own, or in the one that was named."""
    if told is not None:
        return None if spatial else told
    return (profile.crs or None) if profile is not None else None


def _write_profile(preview: Preview, path: Path) -> None:
    try:
        path.write_text(import_profiles.of_preview(preview, path.stem).to_json() + "\n", encoding="utf-8")
    except OSError as fault:
        raise InputError("profile_unwritable", source=str(path), reason=fault.strerror or "") from fault


def _object(report: ImportReport, preview: Preview | None, language: str) -> dict[str, Any]:
    return {
        "kind": report.kind,
        "file": report.source,
        "rows": report.rows,
        "added": report.added,
        "changed": report.changed,
        "unchanged": report.unchanged,
        "refused": report.refused,
        "kept": report.kept,
        "run": report.run,
        "faults": [
            {
                "row": fault.row,
                "column": fault.column,
                "value": fault.value,
                "problem": fault.sentence(language),
                "mend": fault.mend(language),
                "code": fault.problem,
                "fatal": fault.fatal,
            }
            for fault in report.faults
        ],
        "notes": report.summary(language).splitlines()[1:],
        **({} if preview is None else _of_preview(preview, language)),
    }


def _of_preview(preview: Preview, language: str) -> dict[str, Any]:
    sure = {guess.field: guess.confidence for guess in preview.guesses}
    return {
        "part": preview.source.part,
        "columns": [
            {"field": field, "column": column, "confidence": sure.get(field)}
            for field, column in preview.order.mapping.items()
        ],
        "left_out": [{"row": one.row, "why": one.why} for one in preview.source.left_out],
        "matched": [dataclasses.asdict(match) for match in preview.matches],
        "unplaced": list(preview.unplaced),
        "datum": preview.order.datum,
        "repairs": [] if preview.repairs is None else grid_repair.described(preview.repairs),
        "doubts": [] if preview.doubt is None else [preview.doubt.sentence(language)],
    }


def _run_line(run: import_undo.Run, language: str) -> str:
    state = "undone" if run.undone_at is not None else "over" if run.until is None else "kept"
    return i18n.text(
        "import.run",
        language,
        run=run.number,
        at=i18n.time(run.at, language, settings.from_environment().time_zone),
        kind=i18n.text(f"kind.{run.kind}", language),
        source=run.file,
        added=run.added,
        changed=run.changed,
        unchanged=run.unchanged,
        refused=run.refused,
        state=i18n.text(f"import.run.{state}", language),
    )


def _moment(moment: Any) -> str | None:
    return None if moment is None else moment.isoformat()


def _say(line: str) -> None:
    typer.echo(line, err=True)


def _say_faults(faults: Sequence[Fault], language: str) -> None:
    for fault in faults[:_LINES_OF_FAULTS]:
        key = "cli.fault" if fault.fatal else "cli.warning"
        _say(i18n.text(key, language, said=fault.sentence(language), mend=fault.mend(language)))
    if len(faults) > _LINES_OF_FAULTS:
        _say(i18n.text("cli.more_faults", language, n=len(faults) - _LINES_OF_FAULTS))


def _print_json(value: Mapping[str, Any]) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))
