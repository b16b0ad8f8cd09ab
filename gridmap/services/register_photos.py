"""Photos of projects before and after: kept as files beside the store, like those of issues (`photos`)."""

from __future__ import annotations

import sqlalchemy as sa

from gridmap import model
from gridmap.errors import InputError
from gridmap.model import PhotoStage
from gridmap.services import photo_files
from gridmap.services.register_writing import REMOVED, SAVED, Writer
from gridmap.store import parcel, tables

MOST = 12
"""A project has at most so many photos."""


def keep(writer: Writer, project: int, content: bytes, stage: PhotoStage) -> None:
    """Keep a photo of a project, small and without what it tells besides; the same photo is kept once.

    Raises
    ------
    InputError
        If it is no photo (`photo_files.taken`), or the project has too many.
    Forbidden, NotFound, TooManyWrites, StoreError
    """
    shot = photo_files.taken(content, writer.now)
    of = sa.inspect(model.ProjectPhoto).c
    with writer.writing(None) as session:
        head = writer.row(session, model.Project, project)
        there = list(session.scalars(sa.select(of.sha256).where(of.project_id == project)))
        if shot.sha256 in there:
            return
        if len(there) >= MOST:
            raise InputError("photo_many", limit=MOST)
        session.add(
            model.ProjectPhoto(
                community_id=writer.community_id, project_id=project, sha256=shot.sha256, media_type="image/jpeg",
                stage=stage, width=shot.width, height=shot.height,
            )
        )  # fmt: skip
        writer.note(session, SAVED, head.name, project)
        session.flush()
        photo_files.write(writer.store, shot)


def remove(writer: Writer, photo: int) -> None:
    """Delete a photo for good, with its file and its history: it may show somebody.

    Raises
    ------
    Forbidden, NotFound, TooManyWrites, StoreError
    """
    with writer.writing(None) as session:
        row = writer.row(session, model.ProjectPhoto, photo)
        name = row.sha256
        writer.note(session, REMOVED, session.get_one(model.Project, row.project_id).name, row.project_id)
        session.delete(row)
        session.flush()
        parcel.forget(session, {tables.name(model.ProjectPhoto): [photo]})
        photo_files.drop(writer.store, session, name)
    writer.store.leave_no_trace()
