"""Duties and receptions as iCalendar, held against RFC 5545; and what residents read without a session."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass

import asking
import icalendar
import prepared
import pytest
import sqlalchemy as sa
import vobject
from starlette.applications import Starlette

from gridmap import access, errors, i18n, model
from gridmap.model import Role
from gridmap.services import accounts, calendar_links, reception_feeds, rota_calendars, rota_keeping, rotas
from gridmap.store import Store, open_store
from gridmap.web import reception_page, routes

NOW = dt.datetime.now(dt.UTC)
MONDAY = accounts.day_of(NOW) + dt.timedelta(days=7 - accounts.day_of(NOW).weekday())
WEEK = f"{MONDAY.isocalendar()[0]}-W{MONDAY.isocalendar()[1]:02d}"


@dataclass
class Town:
    store: Store
    by: access.Actor
    community: model.Community
    app: Starlette


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """The demo with next week's rota published."""
    path = prepared.with_demo(tmp_path_factory.mktemp("calendars") / "store.gpkg")
    store = open_store(str(path))
    with store.write() as session:
        for one in session.scalars(sa.select(model.Leave)).all():
            session.delete(one)
        account = model.Account(
            name="yi", display="", role=Role.GRID_LEADER, password_hash="", community_id=1, staff_id=3
        )
        session.add(account)
    by = access.Actor(
        account_id=account.id or 0, name="yi", role=Role.SECRETARY, street_id=None, community_id=1,
        grid_ids=frozenset(), session_id=1,
    )  # fmt: skip
    place = store.community(1)
    made = rotas.plan(store, 1, WEEK)
    kept = rota_keeping.keep(store, by, place, made, seen=0, now=NOW)
    rota_keeping.publish(store, by, place, WEEK, seen=kept.acts, now=NOW)
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("GRIDMAP_STORE", str(path))
        patched.delenv("GRIDMAP_DEMO", raising=False)
        yield Town(store, by, place, Starlette(routes=routes.all_routes(), middleware=routes.middleware()))
    store.close()


def events(body: bytes) -> list[icalendar.Event]:
    """The events of a calendar that keeps to RFC 5545 in what programs trip over."""
    assert body.endswith(b"\r\n")
    assert b"\n" not in body.replace(b"\r\n", b"")  # 3.1: lines end with CRLF
    lines = body.split(b"\r\n")[:-1]
    assert all(0 < len(line) <= 75 for line in lines)  # 3.1: folded at 75 octets
    assert all(line.decode() for line in lines)  # no sign is cut in two
    unfolded = body.replace(b"\r\n ", b"").decode().split("\r\n")
    assert unfolded[0] == "BEGIN:VCALENDAR"
    assert unfolded.count("VERSION:2.0") == 1  # 3.6
    assert sum(line.startswith("PRODID:") for line in unfolded) == 1
    stack: list[str] = []
    for line in filter(None, unfolded):
        assert re.match(r"[A-Z-]+[;:]", line), line
        if line.startswith("BEGIN:"):
            stack.append(line[6:])
        elif line.startswith("END:"):
            assert stack.pop() == line[4:]
    assert not stack
    # A reader that is not the library that wrote it; 3.6: a calendar has some component.
    whole = vobject.readOne(body.decode())
    whole.validate(raiseException=True)
    assert whole.components()
    found = icalendar.Calendar.from_ical(body).walk("VEVENT")
    identities = [str(one["uid"]) for one in found]
    assert len(set(identities)) == len(identities)
    for one in found:
        assert one["dtstamp"].to_ical().endswith(b"Z")  # 3.8.7.2: in UTC
        assert one["dtend"].dt > one["dtstart"].dt
    return found


def test_a_person_reads_their_own_duties_and_nobody_elses(town: Town) -> None:
    body = rota_calendars.week_of(town.store, town.by, town.community, 3, WEEK, now=NOW, language="zh")
    found = events(body)
    assert (
        events(rota_calendars.week_of(town.store, town.by, town.community, 3, "2020-W01", now=NOW, language="zh")) == []
    )
    with town.store.read() as session:
        duty = sa.inspect(model.RotaDuty).c
        wanted = sa.select(model.RotaDuty).where(duty.staff_id == 3, duty.published)
        mine = list(session.scalars(wanted))
    assert len(found) == len(mine) > 0
    first = min(mine, key=lambda one: (one.day, one.half != "morning"))
    begins = min(one["dtstart"].dt for one in found).astimezone(dt.timezone(dt.timedelta(hours=8)))
    assert begins.date() == first.day
    assert (begins.hour < 12) == (first.half == "morning")
    receptions = [one for one in found if "网格会客厅" in str(one["summary"])]
    assert all(one.get("location") for one in receptions)
    token = calendar_links.make(town.store, town.by, town.community, now=NOW)
    served = asking.get(town.app, f"/calendar/{token}")
    assert served.status == 200
    uids = {str(one["uid"]) for one in events(served.content)}
    assert {str(one["uid"]) for one in found} <= uids
    viewer = access.Actor(**{**vars(town.by), "role": Role.VIEWER})
    with pytest.raises(errors.Forbidden):
        rota_calendars.week_of(town.store, viewer, town.community, 3, WEEK, now=NOW, language="zh")


def test_residents_read_receptions_and_no_names(town: Town) -> None:
    feed = reception_feeds.open_(town.store, town.by, town.community, "https://office.example/", now=NOW)
    assert reception_page.address(feed) == f"https://office.example/receptions/{feed.code}"
    page = asking.get(town.app, f"/receptions/{feed.code}?lang=zh")
    assert page.status == 200
    told = page.content.decode()
    staff, sittings = town.store.frame(model.Staff, 1), town.store.frame(model.Reception, 1)
    assert all(place in told for place in sittings["place"])  # next week's at least
    calendar = asking.get(town.app, f"/receptions/{feed.code}.ics")
    assert (calendar.status, calendar.headers["content-type"]) == (200, calendar_links.MIME)
    found = events(calendar.content)
    assert len(found) > 5
    assert {str(one["location"]) for one in found} == set(sittings["place"])
    plain = calendar.content.replace(b"\r\n ", b"").decode()
    assert not [name for name in staff["name"] if name in told or name in plain]
    # The address stays the same when it is only reached otherwise; closed, it is none.
    again = reception_feeds.open_(town.store, town.by, town.community, "http://10.0.0.2:8501", now=NOW)
    assert again.code == feed.code
    assert reception_feeds.is_inside(again.address)
    assert not reception_feeds.is_inside("https://office.example")
    for wrong in ("office", "ftp://office.example", "https://a b", "javascript:alert(1)", "https://[", ""):
        with pytest.raises(errors.InputError):
            reception_feeds.open_(town.store, town.by, town.community, wrong, now=NOW)
    desk = access.Actor(**{**vars(town.by), "role": Role.DESK})
    with pytest.raises(errors.Forbidden):
        reception_feeds.close(town.store, desk, town.community, now=NOW)
    reception_feeds.close(town.store, town.by, town.community, now=NOW)
    for path in (f"/receptions/{feed.code}", f"/receptions/{feed.code}.ics", "/receptions/none"):
        closed = asking.get(town.app, path)
        assert closed.status == 404
        assert sittings["place"][1] not in closed.content.decode()
    assert i18n.text("receptions.title", "en") in asking.get(town.app, "/receptions/none?lang=en").content.decode()
    with pytest.raises(errors.NotFound):
        reception_feeds.close(town.store, town.by, town.community, now=NOW)
