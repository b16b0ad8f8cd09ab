"""The poster of receptions: what is on it, on both papers, and a code that reads as what was put in."""

from __future__ import annotations

import datetime as dt
import io
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import prepared
import pytest
import segno
from PIL import Image

from gridmap import access, errors, model
from gridmap.model import Role
from gridmap.services import community_data, reception_posters, rota_keeping, rota_rules, rotas
from gridmap.services.community_data import CommunityData
from gridmap.store import Store, open_store

NOW = dt.datetime(2026, 11, 24, 2, tzinfo=dt.UTC)
LINK = "https://office.example/receptions/abcdefghjk"
BY = access.Actor(
    account_id=1, name="x", role=Role.SECRETARY, street_id=None, community_id=1, grid_ids=frozenset(), session_id=1
)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory):
    store = open_store(str(prepared.with_demo(tmp_path_factory.mktemp("poster") / "store.gpkg", NOW)))
    with store.write() as session:
        session.add(model.Account(name="x", display="", role=Role.SECRETARY, password_hash="", community_id=1))
    yield store, community_data.read(store, 1, day=dt.date(2026, 11, 24))
    store.close()


def words(file: bytes, tmp_path: Path) -> str:
    (tmp_path / "poster.pdf").write_bytes(file)
    read = subprocess.run(
        ["pdftotext", "-layout", str(tmp_path / "poster.pdf"), "-"], check=True, capture_output=True, text=True
    )
    return "".join(read.stdout.split())


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="no pdftotext here")
def test_paper_says_when_and_where(town: tuple[Store, CommunityData], tmp_path: Path) -> None:
    store, data = town
    file = reception_posters.draw(
        store, BY, data, "2026-W50", paper="A3", form="pdf", link=LINK, now=NOW, language="en"
    )
    assert b"/Type3" not in file
    told = words(file, tmp_path)
    for word in ("太白广场东侧", "14:30-17:00", "Thu10Dec", LINK):
        assert word in told
    assert not any(name in told for name in data.staff["name"])
    size = subprocess.run(["pdfinfo", str(tmp_path / "poster.pdf")], check=True, capture_output=True, text=True).stdout
    assert "(A3)" in size


def test_code_reads_as_the_link_in_a_week_of_holidays_too(town: tuple[Store, CommunityData]) -> None:
    store, data = town
    drawn = reception_posters.draw(
        store, BY, data, "2026-W08", paper="A4", form="png", link=LINK, now=NOW, language="zh"
    )
    picture = np.asarray(Image.open(io.BytesIO(drawn)).convert("L")) < 128
    rows, columns = np.nonzero(picture[-330:-80, 100:360])
    top, left = picture.shape[0] - 330 + rows.min(), 100 + columns.min()
    wanted = np.array([[bool(dark) for dark in row] for row in segno.make(LINK, error="m", micro=False).matrix])
    step = (rows.max() - rows.min() + 1) / len(wanted)
    at = ((np.arange(len(wanted)) + 0.5) * step).astype(int)
    assert (picture[np.ix_(top + at, left + at)] == wanted).all()


def test_names_only_where_allowed(town: tuple[Store, CommunityData]) -> None:
    store, data = town
    made = rotas.plan(store, 1, "2026-W50")
    kept = rota_keeping.keep(store, BY, data.community, made, seen=0, now=NOW)
    rota_keeping.publish(store, BY, data.community, "2026-W50", seen=kept.acts, now=NOW)
    told = reception_posters.of(store, data, "2026-W50", link="", now=NOW, language="zh")
    assert [one.names for one in told.sittings] == [""] * 5
    rules = rota_rules.of(store, 1)
    rota_rules.save(store, BY, data.community, replace(rules, poster_names=True))
    told = reception_posters.of(store, data, "2026-W50", link="", now=NOW, language="zh")
    assert all(one.names for one in told.sittings)
    assert told.code is None
    holiday = reception_posters.of(store, data, "2026-W08", link="", now=NOW, language="zh")
    assert holiday.sittings == []
    assert holiday.none
    desk = replace(BY, role=Role.DESK)
    with pytest.raises(errors.Forbidden):
        reception_posters.draw(store, desk, data, "2026-W50", paper="A4", form="png", link="", now=NOW, language="zh")
