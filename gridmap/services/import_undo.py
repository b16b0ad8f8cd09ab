"""Takes an import back as a whole: what it added goes, what it changed or replaced is as it was before.

What somebody else has done with those rows since is not lost by the way. Where a row was changed again, or something
new hangs on a row that was added, the undoing is refused and names them; a person may then say to keep those, and the
rest is taken back. What the app derives by itself (which grid a building is in, grids that nobody confirmed, a boundary
that nobody drew) hinders nothing: it is derived anew.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridmap import errors, i18n, model
from gridmap.access import Actor
from gridmap.services import audit, fund_book, grids, import_hindrances, import_kinds, import_verdicts, recycle_bin
from gridmap.services.import_hindrances import Key
from gridmap.store import Store, changes, tables
from gridmap.store.changes import Changes

_AT_ONCE = 900
_FEW = 5
# Follows from the rest, whoever wrote it last.
_DERIVED = tuple(tables.name(cls) for cls in (model.GridBuilding, model.Grid, model.GridVersion, model.Community))


@dataclass(frozen=True, kw_only=True)
class Run:
    """An import that was kept.

    Parameters
    ----------
    number
        Number of the import.
    kind, file
        What was imported, from which file.
    at, by
        When, and by whom; empty for the command line.
    rows, added, changed, unchanged, refused
        As its report counted them.
    undone_at
        When it was taken back; None if it was not.
    until
        Until when it can be taken back.
    """

    number: int
    kind: str
    file: str
    at: dt.datetime
    by: str
    rows: int
    added: int
    changed: int
    unchanged: int
    refused: int
    undone_at: dt.datetime | None
    until: dt.datetime | None


@dataclass(frozen=True, kw_only=True)
class UndoReport:
    """What the undoing of an import did: how many rows it removed, restored and brought back, and which it kept."""

    run: int
    kind: str
    source: str
    removed: int
    restored: int
    brought_back: int
    kept: tuple[str, ...]

    def summary(self, language: str) -> str:
        """Say in ``language`` what was done, a line each."""
        counted = {"removed": self.removed, "restored": self.restored + self.brought_back}
        lines = [i18n.text("import.undone", language, source=self.source, run=self.run, **counted)]
        if self.kept:
            kept = [*self.kept[:_FEW], *(["…"] if len(self.kept) > _FEW else [])]
            lines.append(i18n.text("import.undo_kept", language, n=len(self.kept), names=kept))
        return "\n".join(lines)


class InUse(errors.Conflict):
    """Rows of an import were changed since, or something new hangs on them.

    Parameters
    ----------
    names
        What they are called.
    """

    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__("import_in_use", n=len(names), names=list(names[:_FEW]))
        self.names = names


def runs(store: Store, community_id: int) -> list[Run]:
    """Return the imports into a community, the newest first."""
    run = sa.inspect(model.ImportRun).c
    wanted = sa.select(model.ImportRun).where(run.community_id == community_id).order_by(run.at.desc(), run.id.desc())
    with store.read() as session:
        return [
            Run(
                number=int(one.id or 0),
                kind=one.kind,
                file=one.file,
                at=one.at,
                by=one.account_name,
                rows=one.rows,
                added=one.added,
                changed=one.changed,
                unchanged=one.unchanged,
                refused=one.refused,
                undone_at=one.undone_at,
                until=one.at + recycle_bin.keeping() if one.content else None,
            )
            for one in session.scalars(wanted)
        ]


def undo(
    store: Store,
    actor: Actor | None,
    community: model.Community,
    run: int,
    *,
    keep_changed: bool = False,
    now: dt.datetime | None = None,
    address: str = "",
) -> UndoReport:
    """Take an import back.

    Parameters
    ----------
    store, community
        The store, and the community in it.
    actor
        Who does it; None for the operator at the command line.
    run
        Number of the import.
    keep_changed
        Whether to keep rows that somebody changed since, or that something new hangs on, and take back the rest.
    now
        This moment.
    address
        Network address it comes from.

    Raises
    ------
    NotFound
        If there is no such import.
    InputError
        If it was taken back already, or that is no longer possible.
    InUse
        If rows of it were changed since, and nobody said to keep them.
    Forbidden
        If ``actor`` may not.
    """
    community_id = int(community.id or 0)
    moment = now or dt.datetime.now(dt.UTC)
    with store.write() as session:
        changes.alone(session, community_id)
        kept = session.get(model.ImportRun, run)
        if kept is None or kept.community_id != community_id:
            raise errors.NotFound("import_missing", run=str(run))
        import_kinds.demand(actor, community, kept.kind)
        if kept.undone_at is not None:
            raise errors.InputError("import_undone_already", run=str(run))
        if not kept.content:
            raise errors.InputError("import_undo_over", run=str(run), days=recycle_bin.keeping().days)
        done = Changes.from_json(kept.content)
        report = _take_back(session, community_id, done, kept, keep_changed=keep_changed)
        if kept.kind == "fund-entries":
            fund_book.demand_sound(session, community_id)
        kept.undone_at, kept.content = moment, ""
        _count_on(session, community_id, done)
        audit.record(
            session,
            actor,
            "import_undone",
            target=f"{kept.kind} {kept.file}",
            target_id=run,
            community_id=community_id,
            address=address,
            now=moment,
        )
    return report


def _take_back(
    session: Session, community_id: int, done: Changes, run: model.ImportRun, *, keep_changed: bool
) -> UndoReport:
    own = _DERIVED if run.kind != "grids" else (tables.name(model.GridBuilding), tables.name(model.Community))
    now = changes.versions(session, community_id)
    before = {
        name: changes.as_they_were(session, tables.METADATA.tables[name], {n: old for n, (old, _) in rows.items()})
        for name, rows in done.changed.items()
    }
    held = set(import_hindrances.held(session, done, now, before))
    blocking = [key for key in held if key[0] not in own]
    if blocking and not keep_changed:
        raise InUse(_called(session, blocking))
    held |= import_hindrances.needed(session, done, held, own)
    names = _called(session, [key for key in held if key[0] not in own])
    removed = _remove(session, done, held)
    back = _bring_back(session, done)
    restored = _restore(session, done, held, before, now)
    session.expire_all()
    if any(key[0] in own for key in held) or keep_changed:
        _derive(session, community_id, run.at.date())
    _find_anew(session, community_id)
    return UndoReport(
        run=int(run.id or 0),
        kind=run.kind,
        source=run.file,
        removed=removed,
        restored=restored,
        brought_back=back,
        kept=names,
    )


def _called(session: Session, keys: Iterable[Key]) -> tuple[str, ...]:
    """Return what rows are called; one without a name by its kind and number."""
    classes = {table.name: cls for cls, table in tables.of().items()}
    names = []
    for name, number in keys:
        thing = session.get(classes[name], number)
        names.append((thing is not None and import_verdicts.namer(classes[name])(thing)) or f"{name} {number}")
    return tuple(sorted(names))


def _remove(session: Session, done: Changes, held: set[Key]) -> int:
    removed = 0
    for cls, table in reversed(tables.of().items()):
        numbers = [n for n in done.added.get(table.name, {}) if (table.name, n) not in held]
        for start in range(0, len(numbers), _AT_ONCE):
            gone = sa.delete(cls).where(table.c.id.in_(numbers[start : start + _AT_ONCE]))
            session.execute(gone, execution_options={"synchronize_session": False})
        removed += len(numbers) if table.name not in _DERIVED else 0
    return removed


def _restore(
    session: Session,
    done: Changes,
    held: set[Key],
    before: Mapping[str, Mapping[int, Mapping[str, Any]]],
    now: changes.Versions,
) -> int:
    restored = 0
    ground = _Ground(session)
    for name, rows in done.changed.items():
        table = tables.METADATA.tables[name]
        for number in rows:
            if (name, number) in held or number not in now.get(name, {}):
                continue
            values = {
                column: value for column, value in before[name][number].items() if column not in ("id", "version")
            }
            session.execute(sa.update(table).where(table.c.id == number).values(ground.fit(table, values)))
            restored += name not in _DERIVED
    return restored


def _bring_back(session: Session, done: Changes) -> int:
    back = 0
    for table in tables.of().values():
        # Anew for each: what was brought back counts.
        ground = _Ground(session)
        rows = done.deleted.get(table.name, {})
        there = set(session.scalars(sa.select(table.c.id).where(table.c.id.in_(list(rows)))))
        for number, values in changes.as_they_were(session, table, rows).items():
            if number not in there:
                anew = {**ground.fit(table, values), "version": values["version"] + 1}
                session.execute(sa.insert(table).values(anew))
                back += table.name not in _DERIVED
    return back


class _Ground:
    """Knows what is still there; each table is asked once."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._there: dict[str, set[int]] = {}

    def fit(self, table: sa.Table, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return values with those emptied that point at rows that are gone."""
        fitted = dict(values)
        for key in table.foreign_keys:
            wanted = values.get(key.parent.name)
            if wanted is not None and key.parent.nullable and wanted not in self._rows(key.column.table):
                fitted[key.parent.name] = None
        return fitted

    def _rows(self, target: sa.Table) -> set[int]:
        if target.name not in self._there:
            self._there[target.name] = set(self._session.scalars(sa.select(target.c.id)))
        return self._there[target.name]


def _derive(session: Session, community_id: int, day: dt.date) -> None:
    """Bring boundary and grids in line with the buildings that are left."""
    version = grids.current_version(session, community_id, day)
    if version is not None and not version.proposed:
        grids.place_new(session, version)
        return
    community = session.get_one(model.Community, community_id)
    if grids.buildings_within(session, community_id):
        try:
            with session.begin_nested():
                grids.propose_within(session, community, None, today=day)
        except errors.InputError:
            # What cannot be divided keeps the grids it has.
            grids.derive_boundary(session, community)


def _count_on(session: Session, community_id: int, done: Changes) -> None:
    """Tell the imports before this one in which version their rows are now: nobody has changed those since."""
    run = sa.inspect(model.ImportRun).c
    now = changes.versions(session, community_id)
    for other in session.scalars(sa.select(model.ImportRun).where(run.community_id == community_id, run.content != "")):
        anew = Changes.from_json(other.content).counted_on(done, now).to_json()
        if anew != other.content:
            other.content = anew


def _find_anew(session: Session, community_id: int) -> None:
    """Put issues whose grid went into the grid of their building."""
    version = grids.current_version(session, community_id)
    if version is None:
        return
    issue, member = sa.inspect(model.Issue).c, sa.inspect(model.GridBuilding).c
    wanted = sa.select(model.Issue).where(
        issue.community_id == community_id, issue.grid_id.is_(None), issue.building_id.is_not(None)
    )
    members = session.execute(sa.select(member.building_id, member.grid_id).where(member.version_id == version.id))
    of_building = {int(building): int(grid) for building, grid in members}
    for one in session.scalars(wanted):
        if one.building_id in of_building:
            one.grid_id = of_building[one.building_id]
