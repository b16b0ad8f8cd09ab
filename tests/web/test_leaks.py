"""No name, phone or identity number of the demo stands anywhere it should not, whoever looks."""

from __future__ import annotations

import datetime as dt
import io
import re
import unicodedata
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import prepared
import pytest
import signed_in
import sqlalchemy as sa
from app_server import AppServer
from client import Client
from google.protobuf.json_format import MessageToJson
from PIL import Image
from streamlit.runtime.context import ContextProxy
from streamlit.testing.v1 import AppTest

from gridmap import access, i18n, model
from gridmap.exchange import workbook
from gridmap.model import Role
from gridmap.services import (
    accounts,
    audit,
    briefings,
    community_data,
    exporting,
    key_file,
    layers,
    overview,
    pictures,
    sight,
    story_facts,
    story_keeping,
    story_making,
    story_steps,
    tables,
)
from gridmap.services.overview import Filters
from gridmap.services.sight import Sight
from gridmap.store import Store, open_store
from gridmap.store import tables as store_tables
from gridmap.web import credentials, navigation, routes

ROLES = list(Role)
MAY_OPEN = (Role.SECRETARY, Role.GRID_LEADER, Role.GRID_WORKER)
PAGES = Path(navigation.__file__).parents[2] / "pages"
NOW = dt.datetime.now(dt.UTC)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return prepared.with_demo(tmp_path_factory.mktemp("leaks") / "store.gpkg")


@pytest.fixture(scope="module")
def store(path: Path) -> Iterator[Store]:
    opened = open_store(str(path), create=False)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def secrets(store: Store) -> set[str]:
    """Every name and phone that is kept sealed, and every number in a text, as digits alone."""
    ring = key_file.opening().ring
    found: set[str] = set()
    with store.read() as session:
        for column in store_tables.sealed():
            found |= {ring.open(model.Sealed(text)) for text in session.scalars(sa.select(column))}
    return (found - {""}) | {f"02900002{n:03d}" for n in range(100)} | {"00000019000101"}


@pytest.fixture(scope="module")
def case(store: Store) -> dict[str, int]:
    """An issue somebody called about, in whose text a number stood, a building with households in need, their grids."""
    data = community_data.read(store, 1, day=community_data.today("Asia/Shanghai"))
    issue = data.issues[data.issues["has_contact"] & data.issues["hidden"]].iloc[0]
    building = int(data.care["building_id"].mode()[0])
    return {
        "issue": int(issue.name),
        "issue_grid": int(issue["grid_id"]),
        "building": building,
        "building_grid": int(data.buildings.at[building, "grid_id"]),
    }


def plain(text: str) -> str:
    """A text as a person reads it, without the escapes of the ways it came, and numbers in one piece."""
    read = re.sub(r"\\+u([0-9a-fA-F]{4})", lambda code: chr(int(code[1], 16)), text)
    return re.sub(r"(?<=[0-9)])[ ()-]+(?=[0-9])", "", unicodedata.normalize("NFKC", read)).replace("(", "")


def leaked(text: str, secrets: set[str]) -> list[str]:
    read = plain(text)
    return sorted(secret for secret in secrets if secret in read)


def shown(page: AppTest) -> str:
    """All that a run of the page sends to the browser."""
    parts: list[str] = []

    def walk(node: Any) -> None:
        for child in getattr(node, "children", {}).values():
            walk(child)
        proto = getattr(node, "proto", None)
        if proto is not None and hasattr(proto, "DESCRIPTOR"):
            parts.append(MessageToJson(proto, ensure_ascii=False))

    walk(page._tree)
    parts += [frame.value.to_csv() for frame in page.dataframe]
    return "\n".join(parts)


def visit(monkeypatch: pytest.MonkeyPatch, path: Path, role: Role, case: dict[str, int], **address: str) -> AppTest:
    grids = {case["issue_grid"], case["building_grid"]} if role in (Role.GRID_LEADER, Role.GRID_WORKER) else ()
    monkeypatch.setenv("GRIDMAP_STORE", str(path))
    monkeypatch.delenv("GRIDMAP_DEMO", raising=False)
    monkeypatch.setattr(ContextProxy, "cookies", {credentials.SESSION: signed_in.begin(path, role, grids=grids)})
    monkeypatch.setattr(ContextProxy, "ip_address", "10.0.0.7")
    monkeypatch.setattr(ContextProxy, "url", "https://office.example:8443/")
    page = AppTest.from_file(str(routes.SCRIPT), default_timeout=60)
    for key, value in {"lang": "zh", "c": "1", "issues": "all", **address}.items():
        page.query_params[key] = value
    page.run()
    assert not page.exception
    return page


@pytest.mark.parametrize("role", ROLES)
def test_no_page_shows_a_person(
    monkeypatch: pytest.MonkeyPatch, path: Path, secrets: set[str], case: dict[str, int], role: Role
) -> None:
    page = visit(
        monkeypatch, path, role, case, sel=f"issue:{case['issue']}", layers="grids,compounds,buildings,points,issues"
    )
    told = shown(page)
    state = page.session_state["gridmap_session"]
    state.drawn = True
    state.choose("building", case["building"])
    if role not in (Role.ADMINISTRATOR, Role.STREET_LEADER, Role.VIEWER):
        page.session_state["table"] = "issues"
        told += shown(page.run())
        # The card is read, and so is the table, with what other issues say.
        assert "请回电138****" in plain(told)
        assert role is not Role.SECRETARY or plain(told).count("请回电138****") > 3
        assert ("庚**" in plain(told)) == (role in MAY_OPEN)
    else:
        told += shown(page.run())
        assert "138****" not in plain(told)
    assert not page.exception
    for entry in navigation.PAGES[1:]:
        if access.permission(role, entry.needs):
            page.switch_page(str(PAGES / f"{entry.name}.py")).run()
            assert not page.exception
            told += shown(page)
    assert "太白社区" in told
    assert leaked(told, secrets) == []


@pytest.mark.parametrize("role", [Role.STREET_LEADER, Role.VIEWER, Role.SECRETARY])
def test_few_are_told_to_those_who_see_the_issues_themselves(
    monkeypatch: pytest.MonkeyPatch, path: Path, case: dict[str, int], role: Role
) -> None:
    known = overview.figures

    def few(*data: Any, **more: Any) -> overview.Figures:
        # Two of five: the share would tell the two.
        told = known(*data, **more)
        return replace(told, open_issues=2, overdue_issues=1, at_source=0.4, at_source_n=5)

    monkeypatch.setattr(overview, "figures", few)
    page = visit(monkeypatch, path, role, case, grids="A")
    (tiles,) = [one for one in shown(page).split("\n{\n") if '<dl class=\\"gm-figures' in one]
    told = re.findall(r"<dd>(.*?)</dd><small>(.*?)</small>", tiles)
    less = i18n.text("figure.few", "zh", n=3)
    whole = i18n.text("figure.whole_community", "zh")
    if role is Role.SECRETARY:
        assert told[2][0] == "2"
        assert told[3][0] == "40%"
        assert whole not in tiles
    else:
        assert (told[2][0], less in told[2][1], whole in told[2][1]) == (less, True, True)
        assert "%" not in told[3][0]
        assert "5" not in told[3][1]


def test_secretary_opens_one_record_and_sees_that_one_only(
    monkeypatch: pytest.MonkeyPatch, path: Path, store: Store, secrets: set[str], case: dict[str, int]
) -> None:
    page = visit(monkeypatch, path, Role.SECRETARY, case, sel=f"issue:{case['issue']}")
    page.session_state["gridmap_session"].asking = ("issue", case["issue"])
    page.run()
    assert leaked(shown(page), secrets) == []
    (reason,) = [one for one in page.text_input if one.label == i18n.text("contact.reason", "zh")]
    reason.set_value("回访办理结果")
    (look,) = [one for one in page.button if one.label == i18n.text("contact.look", "zh")]
    look.click().run()
    assert not page.exception
    with store.read() as session:
        issue = session.get_one(model.Issue, case["issue"])
        ring = key_file.opening().ring
        name, phone = ring.open(issue.contact_name), ring.open(issue.contact_phone)
    assert {name, phone} <= set(leaked(shown(page), secrets))
    assert len(leaked(shown(page), secrets)) == 2
    assert audit.search(store, None, action="contact_seen").iloc[0]["reason"] == "回访办理结果"
    # The next run has forgotten it.
    assert leaked(shown(page.run()), secrets) == []


@pytest.mark.parametrize("role", ROLES)
def test_nothing_that_is_taken_along_names_a_person(
    store: Store, secrets: set[str], case: dict[str, int], role: Role
) -> None:
    who = access.Actor(
        account_id=1,
        name="x",
        role=role,
        street_id=1,
        community_id=1,
        grid_ids=frozenset({case["issue_grid"], case["building_grid"]}),
        session_id=1,
    )
    whole = community_data.read(store, 1, day=community_data.today("Asia/Shanghai"))
    seen = Sight.of(who, whole.community)
    data = sight.masked(whole, seen)
    covered = overview.cover(data, "station", 500.0)
    told = ""
    for name in (name for name in tables.NAMES if seen.table(name)):
        table = tables.table(data, name, covered=covered, filters=Filters(issues="all"), language="zh", now=NOW)
        told += table.to_csv()
        book = zipfile.ZipFile(
            io.BytesIO(workbook.write({name: table}, title="台账", note="", time_zone="Asia/Shanghai"))
        )
        told += "".join(book.read(part).decode() for part in book.namelist())
    for name in layers.NAMES:
        told += layers.build(data, name, language="zh", now=NOW).decode()
    for kind in exporting.kinds(seen):
        form = "geojson" if exporting.REGISTERS[kind].shape else "csv"
        told += exporting.make(store, data, seen, kind, form, language="zh", now=NOW).data.decode()
    assert "楼" in told
    assert leaked(told, secrets) == []


def test_picture_carries_no_word_of_a_person(store: Store, secrets: set[str]) -> None:
    data = community_data.read(store, 1, day=community_data.today("Asia/Shanghai"))
    drawn = pictures.overview_png(
        data,
        overview.cover(data, "station", 500.0),
        "grid",
        ("grids", "compounds", "buildings", "points", "issues"),
        Filters(issues="all"),
        kind="station",
        language="zh",
        now=NOW,
    )
    with Image.open(io.BytesIO(drawn)) as picture:
        picture.load()
        assert leaked(str(picture.info), secrets) == []
    assert leaked(drawn.decode("latin-1"), secrets) == []


def test_presentation_names_nobody(store: Store, secrets: set[str], case: dict[str, int]) -> None:
    language = "zh"
    data = community_data.read(store, 1, day=community_data.today("Asia/Shanghai"))
    steps = [story_steps.fresh(kind) for kind in story_steps.USUAL]
    steps += [story_steps.fresh("issue", ref=case["issue"]), story_steps.fresh("project", ref=1)]
    content = story_steps.Content(period="year", steps=tuple(steps))
    story = story_keeping.Story(number=1, name="汇报", version=1, at=NOW, by="子甲", content=content)
    period = story_facts.period(content, data.day)
    found = briefings.of(store, data.community, period, now=NOW, zone="Asia/Shanghai", language=language, data=data)
    facts = story_facts.of(store, found, content, language=language, now=NOW)
    page = story_making.file(facts, story).decode()
    assert "太白社区" in page
    assert len(page) < 5e6
    assert leaked(page, secrets) == []
    read = plain(page)
    assert not [name for name in data.staff["name"] if name in read]
    assert not [text for text in data.issues["text"] if len(text) > 5 and text in read]
    assert not [code for code in data.issues["code"] if code in read]
    assert not re.search(r"author|creator|generator", read, flags=re.IGNORECASE)


def test_neither_routes_nor_log_of_the_running_app_name_a_person(server: AppServer, secrets: set[str]) -> None:
    for role in Role:
        client = Client(server.url)
        name = f"demo-{role.value.replace('_', '-')}"
        if role is not Role.VIEWER:
            assert client.enter(name, accounts.DEMO_PASSWORD).status == 303
        for layer in layers.NAMES:
            answer = client.get(f"/gridmap/layers/1/zh/{layer}.json", Accept_Encoding="identity")
            assert answer.status in ((401,) if role is Role.VIEWER else (200, 403))
            assert leaked(answer.text, secrets) == []
    assert leaked(server.said(), secrets) == []


def test_error_of_the_database_does_not_repeat_what_was_written(store: Store) -> None:
    with pytest.raises(sa.exc.SQLAlchemyError) as refused, store.read() as session:
        session.execute(sa.text("SELECT * FROM nowhere WHERE phone = :phone"), {"phone": "13800002001"})
    assert "13800002001" not in str(refused.value)
    assert "nowhere" in str(refused.value)


def test_what_is_looked_for_is_there_to_be_found(store: Store, secrets: set[str]) -> None:
    """Without this, the tests above could look for nothing."""
    with store.read() as session:
        texts = " ".join(session.scalars(sa.select(model.Issue)).all()[n].text for n in range(160))
    assert len(leaked(texts, secrets)) >= 8
    assert "00000019000101" not in texts
    assert "*****************" in texts
    assert leaked("电话 138 0000 2001、１３８００００２００６，(029) 0000-2011", secrets) == [
        "02900002011",
        "13800002001",
        "13800002006",
    ]
    assert leaked(r'{"name": "\\u5b50\\u7532"}', secrets) == ["子甲"]
