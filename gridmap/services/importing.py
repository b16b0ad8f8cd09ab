"""Takes a file into a community: look at it, rehearse it, keep all of it or nothing.

The page and the command line go the same way: `look` at the file, `prepare` a `Preview`, and `keep` it. What was kept
is undone by `import_undo`, columns are remembered by `import_profiles`, rows that were refused are given back by
`import_refused`.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from gridmap import model, settings
from gridmap.access import Actor
from gridmap.errors import Conflict, InputError
from gridmap.exchange import columns, fields, forbidden, reading
from gridmap.services import (
    audit,
    community_settings,
    import_checking,
    import_kinds,
    import_profiles,
    import_refused,
    import_verdicts,
    issue_catalogue,
)
from gridmap.services.import_preview import ImportReport, Look, Order, Placement, Preview, Refused
from gridmap.services.import_scene import Scene
from gridmap.services.sealed_fields import Sealer
from gridmap.services.tally import Tally, follow, rehearse
from gridmap.store import Store, changes, tables
from gridmap.store.changes import Changes

KINDS = tuple(import_kinds.KINDS)
#: Tables of what is kept beside the records: no import changes them.
BESIDE = tuple(tables.name(cls) for cls in (model.BinEntry, model.ImportRun, model.ImportProfile))

Progress = Callable[[float], None]


class _TakenBackError(Exception):
    """Ends a rehearsal, so that the store takes everything back."""


def look(store: Store, path: Path, part: str | None = None, *, kind: str | None = None, crs: str | None = None) -> Look:
    """Read one part of a file, and say what parts there are.

    Columns about what gridmap has no field for are dropped and identity numbers masked before anything else.

    Parameters
    ----------
    store
        The store, which is never read as a file.
    path
        The file.
    part
        Which sheet or layer; where none is named, the one that says it holds ``kind``, or the only one.
    kind
        What is looked for.
    crs
        The CRS to believe instead of the one declared.

    Raises
    ------
    InputError
        If the file cannot be read as it is.
    """
    refuse_store(store, path)
    if part is None and kind is not None:
        part = reading.part_for(path, kind)
    source = reading.read(path, part=part, crs=crs)
    ours = [name for name in source.frame.columns if name in import_refused.headings()]
    with store.read() as session:
        stripped, barred = forbidden.strip(source.frame.drop(columns=ours), Sealer(session).digest)
    return Look(
        source=dataclasses.replace(source, frame=stripped),
        identities=barred.identities,
        parts=tuple(reading.parts(path)),
        dropped=tuple(barred.columns),
        masked=barred.cells,
    )


def prepare(
    store: Store,
    community: model.Community,
    look: Look,
    kind: str,
    *,
    mapping: Mapping[str, str | None] | None = None,
    crs: str | None = None,
    datum: str = "wgs84",
    placements: Mapping[int, Placement] | None = None,
    states: Mapping[str, str] | None = None,
    repair: bool = False,
    today: dt.date | None = None,
    actor: Actor | None = None,
    progress: Progress | None = None,
) -> Preview:
    """Rehearse an import in a transaction that is taken back, and say what it would do.

    Parameters
    ----------
    store, community
        Where to.
    look
        What was read.
    kind
        One of `KINDS`.
    mapping
        Our field -> heading, where the person knows better than the proposal; None for a field that no column is.
    crs
        CRS of the coordinates, where it is not the one declared or a table's are projected.
    datum
        Datum of the coordinates: ``wgs84``, ``gcj02`` or ``bd09``.
    placements
        By row: id of the building, or (lon, lat) in WGS 84.
    states
        By word of the column of states that is not known: which state is meant.
    repair
        Whether drawn grids are made to tile the community.
    today
        Day from which new grids are valid; by default the day it is in the operator's time zone.
    actor
        Who looks at it; None for the operator at the command line.
    progress
        Called with the share that is done; what it raises ends the rehearsal, and nothing is kept.

    Raises
    ------
    InputError
        If the file cannot be what it is said to be.
    Forbidden
        If ``actor`` may not import it, or not see what it would change.
    """
    of = import_kinds.kind(kind)
    import_kinds.demand(actor, community, kind)
    tell = progress or (lambda _: None)
    tell(0.0)
    with store.read() as session:
        known = issue_catalogue.within(session, community_settings.number(community))
    guesses = columns.propose(look.source.frame, kind, known.kinds)
    order = Order(
        mapping=_mapping(look, guesses, mapping or {}, kind),
        crs=crs,
        datum=datum,
        placements=dict(placements or {}),
        states=_states(states or {}),
        today=today or dt.datetime.now(ZoneInfo(settings.from_environment().time_zone)).date(),
        repair=repair,
    )
    tell(0.05)
    edition = store.edition()
    with store.read() as session:
        revision = changes.seen(session, community_settings.number(community))
        scene = _scene(session, community, look, order, of)
    checked = import_checking.check(look.source, of, order, scene, lambda share: tell(0.05 + 0.5 * share))
    try:
        with store.write() as session:
            rehearse(session)
            if changes.alone(session, scene.community_id) != revision:
                # Somebody was faster than the reading of the file.
                revision = changes.seen(session, scene.community_id)
                scene = _scene(session, community, look, order, of)
                checked = import_checking.check(look.source, of, order, scene)
            tell(0.6)
            tally = Tally() if _nothing_left(checked.faults) else of.keep(session, scene, checked.clean)
            tell(0.9)
            tally.faults = [
                import_checking.as_the_file_says(fault, order.mapping, look.source) for fault in tally.faults
            ]
            preview = import_verdicts.preview(
                of, look, order, guesses, scene, checked, tally, revision=revision, edition=edition
            )
            raise _TakenBackError
    except _TakenBackError:
        tell(1.0)
        return preview


def keep(
    store: Store,
    actor: Actor | None,
    preview: Preview,
    *,
    skip_refused: bool = False,
    now: dt.datetime | None = None,
    address: str = "",
    progress: Progress | None = None,
) -> ImportReport:
    """Keep what a preview has shown: all of it in one transaction, or nothing.

    Parameters
    ----------
    store
        The store.
    actor
        Who keeps it; None for the operator at the command line.
    preview
        What the person has seen. If the community has changed since, it is prepared again, and refused where more or
        less would be done than was shown.
    skip_refused
        Whether to keep the other rows of a file in which some cannot be kept.
    now
        This moment.
    address
        Network address it comes from.
    progress
        Called with the share that is done; what it raises takes everything back.

    Raises
    ------
    Forbidden
        If ``actor`` may not.
    Refused
        If a row cannot be kept and nobody said to skip it, or no row can.
    Conflict
        If the community has changed so much since the preview that something else would be done.
    StoreError
        If it cannot be kept just now.
    """
    of = import_kinds.kind(preview.kind)
    import_kinds.demand(actor, store.community(preview.community_id), preview.kind)
    if preview.refused and (not skip_refused or _nothing_left(preview.faults)):
        raise Refused(report(preview, kept=False))
    moment = now or dt.datetime.now(dt.UTC)
    tell = progress or (lambda _: None)
    tell(0.0)
    edition = store.edition()
    with store.write() as session:
        revision = changes.alone(session, preview.community_id)
        before = changes.versions(session, preview.community_id, BESIDE)
        community = session.get_one(model.Community, preview.community_id)
        scene = _scene(session, community, preview.look, preview.order, of)
        clean, found = preview.clean, list(preview.faults)
        anew = (revision, edition) != (preview.revision, preview.edition)
        if anew:
            checked = import_checking.check(preview.source, of, preview.order, scene)
            clean, found = checked.clean, checked.faults
        follow(session, tell, len(clean))
        tally = of.keep(session, scene, clean)
        tell(0.9)
        refused = import_verdicts.refused(found, preview.rows)
        if anew and (tally.added, tally.changed, refused) != (preview.added, preview.changed, preview.refused):
            raise Conflict(
                "import_overtaken",
                added=tally.added, changed=tally.changed, refused=refused,
                added_before=preview.added, changed_before=preview.changed, refused_before=preview.refused,
            )  # fmt: skip
        done = changes.since(session, preview.community_id, before, BESIDE)
        run = _noted(session, actor, preview, tally, done, moment, address) if done.any else None
    return dataclasses.replace(
        report(preview, kept=True),
        added=tally.added,
        changed=tally.changed,
        unchanged=tally.unchanged,
        run=None if run is None else run.id,
    )


def report(preview: Preview, *, kept: bool, skip_refused: bool = False) -> ImportReport:
    """Return a preview as a report: of a file that is not kept since a row is refused, nothing would be added."""
    nothing = bool(preview.refused) and not kept and not skip_refused
    return ImportReport(
        kind=preview.kind,
        source=preview.source.name,
        rows=preview.rows,
        added=0 if nothing else preview.added,
        changed=0 if nothing else preview.changed,
        unchanged=0 if nothing else preview.unchanged,
        refused=preview.refused,
        faults=preview.faults,
        notes=preview.notes,
        kept=kept,
    )


def _mapping(look: Look, guesses: Any, corrected: Mapping[str, str | None], kind: str) -> dict[str, str]:
    known = columns.of_kind(kind)
    for field, heading in corrected.items():
        if field not in known:
            raise InputError("field_unknown", kind=kind, field=field, fields=list(known))
        if heading is not None and heading not in look.headings:
            raise InputError("column_unknown", column=heading, columns=look.headings)
    said = {heading for heading in corrected.values() if heading is not None}
    proposed = {
        guess.field: str(guess.column)
        for guess in guesses
        if guess.confidence >= columns.SURE_ENOUGH and guess.field not in corrected and guess.column not in said
    }
    return proposed | {field: heading for field, heading in corrected.items() if heading is not None}


def _states(told: Mapping[str, str]) -> dict[str, str]:
    known = {state.value for state in model.IssueState}
    for word, state in told.items():
        if state not in known:
            raise InputError("state_word", word=word, state=state, states=sorted(known))
    return {fields.fold(word): state for word, state in told.items()}


def _scene(
    session: Session, community: model.Community, look: Look, order: Order, of: import_kinds.ImportKind
) -> Scene:
    community_id = community_settings.number(community)
    known = issue_catalogue.within(session, community_id)
    return Scene(
        community=session.get_one(model.Community, community_id),
        buildings=changes.frame(session, model.Building, community_id),
        compounds=changes.frame(session, model.Compound, community_id),
        today=order.today,
        time_zone=settings.from_environment().time_zone,
        identities=look.identities,
        categories=known.categories,
        kinds=known.kinds,
        states=order.states,
        states_before=import_profiles.states_within(session, community_id),
        repair=order.repair,
        rows={cls: changes.frame(session, cls, community_id) for cls in of.by},
    )


def _nothing_left(faults: Any) -> bool:
    return any(fault.fatal and fault.row is None for fault in faults)


def _noted(
    session: Session,
    actor: Actor | None,
    preview: Preview,
    tally: Tally,
    done: Changes,
    now: dt.datetime,
    address: str,
) -> model.ImportRun:
    run = model.ImportRun(
        community_id=preview.community_id,
        kind=preview.kind,
        file=preview.source.name[:200],
        at=now,
        account_id=None if actor is None else actor.account_id,
        account_name="" if actor is None else actor.display or actor.name,
        rows=preview.rows,
        added=tally.added,
        changed=tally.changed,
        unchanged=tally.unchanged,
        refused=preview.refused,
        content=done.to_json(),
    )
    session.add(run)
    session.flush()
    audit.record(
        session,
        actor,
        "imported",
        target=f"{preview.kind} {preview.source.name}",
        target_id=run.id,
        community_id=preview.community_id,
        address=address,
        now=now,
    )
    return run


def refuse_store(store: Store, path: Path) -> None:
    """Never open the live store a second time: closing the second handle would drop the first one's locks."""
    if store.path is None or not os.path.exists(path):  # noqa: PTH110 (Path.exists raises where this says no)
        return
    own = [store.path, *(store.path.with_name(store.path.name + ending) for ending in ("-wal", "-shm", "-journal"))]
    if any(part.exists() and part.samefile(path) for part in own):
        raise InputError("file_is_store", source=str(path))
