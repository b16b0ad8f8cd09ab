"""The calendar behind a secret link: no session is needed, and nothing else is opened by it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import asking
import icalendar
import prepared
import pytest
from starlette.applications import Starlette

from gridmap import model
from gridmap.access import Actor
from gridmap.services import calendar_links
from gridmap.store import open_store
from gridmap.web import routes

NOW = dt.datetime.now(dt.UTC)


def test_the_link_is_the_key_and_opens_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = prepared.with_demo(tmp_path / "store.gpkg")
    monkeypatch.setenv("GRIDMAP_STORE", str(path))
    monkeypatch.delenv("GRIDMAP_DEMO", raising=False)
    store = open_store(str(path), create=False)
    with store.write() as session:
        head = session.query(model.Staff).filter_by(post=model.PostKind.SECRETARY).first()
        account = model.Account(name="shu", display="", role=model.Role.SECRETARY, password_hash="",
                                community_id=1, staff_id=head.id if head else None)  # fmt: skip
        session.add(account)
    by = Actor(account_id=account.id or 0, name="shu", role=account.role, street_id=None, community_id=1,
               grid_ids=frozenset(), session_id=1)  # fmt: skip
    token = calendar_links.make(store, by, store.community(1), now=NOW)
    app = Starlette(routes=routes.all_routes(), middleware=routes.middleware())
    answer = asking.get(app, f"/calendar/{token}")
    assert (answer.status, answer.headers["content-type"]) == (200, "text/calendar; charset=utf-8")
    assert answer.headers["cache-control"] == "no-store"
    events = icalendar.Calendar.from_ical(answer.content).walk("VEVENT")
    texts = set(store.frame(model.Issue, 1)["text"])
    assert events
    assert all("TB-" in str(one["summary"]) for one in events)
    assert not any(text in answer.content.decode().replace("\r\n ", "") for text in texts)
    assert asking.get(app, "/calendar/not-a-link").status == 404
    assert asking.get(app, f"/calendar/{token}/more").status in (303, 401)
    assert asking.get(app, f"/gridmap/layers/1/zh/issues.json?token={token}").status == 401
    calendar_links.revoke(store, by, now=NOW)
    assert asking.get(app, f"/calendar/{token}").status == 404
    store.close()
