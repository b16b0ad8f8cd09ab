"""No document that leaves the house names a person: its words, its metadata, and the files within it are read."""

from __future__ import annotations

import datetime as dt
import io
import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import prepared
import pytest
import sqlalchemy as sa
from PIL import Image

from gridmap import access, errors, model
from gridmap.model import Role
from gridmap.services import (
    briefing_making,
    briefing_periods,
    briefing_street,
    briefing_words,
    briefings,
    community_data,
    key_file,
    wall_maps,
)
from gridmap.services.briefing_making import FORMS, Wish
from gridmap.services.briefing_street import Street
from gridmap.store import Store, open_store
from gridmap.store import tables as store_tables

NOW = dt.datetime.now(dt.UTC).replace(minute=0, second=0, microsecond=0)
TODAY = briefing_making.today(NOW)
MONTH = briefing_periods.parse(briefing_periods.last_month(TODAY), TODAY)


@dataclass(frozen=True, kw_only=True)
class Secrets:
    """What must not be told: what is kept sealed, numbers in texts, and the names of the staff."""

    sealed: frozenset[str]
    staff: frozenset[str]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    opened = open_store(str(prepared.with_demo(tmp_path_factory.mktemp("documents") / "store.gpkg")), create=False)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def secrets(store: Store) -> Secrets:
    ring = key_file.opening().ring
    with store.read() as session:
        sealed = {
            ring.open(model.Sealed(text))
            for column in store_tables.sealed()
            for text in session.scalars(sa.select(column))
        }
        staff = set(session.scalars(sa.select(store_tables.of()[model.Staff].c.name)))
    assert len(sealed) > 20
    assert staff
    return Secrets(sealed=frozenset(sealed - {""}), staff=frozenset(staff))


@pytest.fixture(scope="module")
def files(store: Store) -> dict[str, bytes]:
    """Every document of a month, by its name and form."""
    data = community_data.read(store, 1, day=TODAY)
    found = briefings.of(store, data.community, MONTH, now=NOW, zone="Asia/Shanghai", language="zh", data=data)
    # One map is as good as many to see what goes along with them.
    parts = tuple(name for name in briefing_words.PARTS if name not in ("grids", "coverage"))
    told = briefing_making.document(found, Wish(parts=parts), language="zh", now=NOW)
    made = {f"month.{form}": briefing_making.write(told, form).data for form in FORMS}
    street = briefing_street.document(Street(name="某街道", found=(found, found)), Wish(), language="zh")
    made["street.html"] = briefing_making.write(street, "html").data
    made["wall.pdf"] = wall_maps.draw(store, data, paper="A3", form="pdf", language="zh").data
    return made


def told_by(name: str, data: bytes, folder: Path) -> str:
    """All words of a document, its metadata and the files within it included."""
    if name.endswith(".pptx"):
        return _archive(data)
    if name.endswith(".png"):
        with Image.open(io.BytesIO(data)) as image:
            return str(image.info) + str(image.getexif())
    if name.endswith(".html"):
        return data.decode()
    path = folder / name
    path.write_bytes(data)
    words = subprocess.run(["pdftotext", str(path), "-"], capture_output=True, check=True).stdout.decode()
    about = subprocess.run(["pdfinfo", str(path)], capture_output=True, check=True).stdout.decode()
    inside = subprocess.run(["pdfdetach", "-list", str(path)], capture_output=True, check=True).stdout.decode()
    assert inside.startswith("0 embedded files")
    return re.sub(r"\s", "", words) + about


def _archive(data: bytes) -> str:
    told = []
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name in archive.namelist():
            read = archive.read(name)
            told.append(_archive(read) if read.startswith(b"PK\x03\x04") else read.decode("utf-8", "replace"))
    return "\n".join(told)


def test_no_document_names_anybody(files: dict[str, bytes], secrets: Secrets, tmp_path: Path) -> None:
    for name, data in files.items():
        if name.endswith(".pdf") and shutil.which("pdftotext") is None:
            continue
        told = told_by(name, data, tmp_path)
        assert "某街道" in told if name.startswith("street") else "太白社区" in told, name
        assert not [secret for secret in secrets.sealed if len(secret) > 1 and secret in told], name
        assert not [one for one in secrets.staff if one in told], name
        assert not re.findall(r"(?<!\d)(?:1[3-9]\d{9}|02900002\d{3}|00000019000101\d*)(?!\d)", told), name


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="no pdftotext here")
def test_wall_map_names_leaders_only_where_that_is_wished_and_allowed(
    store: Store, secrets: Secrets, tmp_path: Path
) -> None:
    data = community_data.read(store, 1, day=TODAY)
    drawn = wall_maps.draw(store, data, paper="A3", form="pdf", language="zh", names=True, internal=True)
    told = told_by("named.pdf", drawn.data, tmp_path)
    leaders = set(data.grids["leader_id"].map(data.staff["name"]).dropna())
    assert leaders
    assert all(name in told for name in leaders)
    for words in ("网格会客厅", "内部资料", "模拟数据", "未使用外部底图", *data.grids["name"], *data.grids["legend"]):
        assert re.sub(r"\s", "", str(words)) in told
    size = subprocess.run(["pdfinfo", str(tmp_path / "named.pdf")], capture_output=True, check=True).stdout.decode()
    assert "(A3)" in size
    community = data.community
    assert community.id is not None
    leader = access.Actor(
        account_id=1, name="x", role=Role.STREET_LEADER, street_id=community.street_id, community_id=None,
        grid_ids=frozenset(), session_id=1,
    )  # fmt: skip
    with pytest.raises(errors.Forbidden):
        wall_maps.draw(store, data, paper="A3", form="pdf", language="zh", names=True, actor=leader)
    assert not wall_maps.may_name(leader, community)
