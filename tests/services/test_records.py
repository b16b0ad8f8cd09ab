"""Records changed by hand: what is wrong is said field by field, what two people did is never lost."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import prepared
import pytest
import record_town
import shapely
import sqlalchemy as sa
from record_town import NOW, Town, at

from gridmap import errors, i18n, model, settings
from gridmap.model import Role
from gridmap.services import issue_catalogue, record_checks, record_conflicts, record_kinds, records
from gridmap.services.records import Gone, Overtaken
from gridmap.store import open_store

BUILDING = {"number": "9号楼", "households": "36户", "floors": "６", "use": "residential"}
ISSUE = {"category": "noise", "text": "吵"}


@pytest.fixture(scope="module", params=["geopackage", pytest.param("postgis", marks=pytest.mark.postgis)])
def town(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    file = tmp_path_factory.mktemp("records") / "store.gpkg"
    address = request.getfixturevalue("postgis_database")(with_tables=True) if request.param == "postgis" else str(file)
    store = open_store(address)
    yield record_town.build(store)
    store.close()


@pytest.fixture(scope="module")
def file_town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    store = open_store(str(prepared.empty(tmp_path_factory.mktemp("records") / "store.gpkg")))
    yield record_town.build(store)
    store.close()


def outline(x_m: float, y_m: float, side_m: float = 20) -> str:
    corners = [at(x_m, y_m), at(x_m + side_m, y_m), at(x_m + side_m, y_m + side_m), at(x_m, y_m + side_m)]
    return "\n".join(f"{x},{y}" for x, y in corners)


def refusals(town: Town, kind: str, /, **values: Any) -> dict[str, str]:
    """What a form is told of each of its fields, in Chinese."""
    usual: dict[str, Any] = {"buildings": BUILDING, "gates": {"name": "门"}, "compounds": {"name": "乙小区"}}
    with pytest.raises(errors.FaultyRecord) as refused:
        records.create(town.store, town.actor(), town.data(), kind, {**usual[kind], **values}, now=NOW)
    for language in i18n.LANGUAGES:
        assert "{" not in refused.value.sentence(language)
    return {one.name: one.problem for one in refused.value.refusals}


class TestAdding:
    def test_building_is_kept_with_its_grid_and_the_audit_says_so(self, town: Town) -> None:
        by = town.actor()
        made = records.create(town.store, by, town.data(), "buildings", {**BUILDING, "geom": outline(250, 50)}, now=NOW)
        data = town.data()
        row = data.buildings.loc[made.number]
        assert (row["number"], row["households"], row["floors"], row["letter"]) == ("9号楼", 36, 6, "C")
        with town.store.read() as session:
            entry = session.query(model.AuditEntry).filter_by(account_id=by.account_id).one()
        assert (entry.action, entry.target, entry.target_id) == ("record_added", "楼栋 9号楼", made.number)

    @pytest.mark.parametrize(
        ("kind", "values"),
        [
            ("compounds", {"name": "乙小区", "kind": "old", "geom": outline(200, 200, 100)}),
            ("gates", {"name": "北门", "open_hours": "6:00至22:00", "geom": "{},{}".format(*at(10, 10))}),
            (
                "points",
                {"name": "书画室", "kind": "painting", "area_m2": "35.5", "geom": "{}，{}".format(*at(310, 310))},
            ),
        ],
    )
    def test_each_kind(self, town: Town, kind: str, values: dict[str, Any]) -> None:
        made = records.create(town.store, town.actor(), town.data(), kind, values, now=NOW)
        again = records.read(town.store, town.actor(), town.data(), kind, made.number)
        assert again == made
        assert again.title == values["name"]
        if kind == "gates":
            assert again.fields["open_hours"] == "06:00-22:00"
        if kind == "points":
            assert (again.fields["building_id"], again.grid_id) == (town.buildings[2], town.east)

    def test_what_is_not_seen_is_taken_out(self, file_town: Town) -> None:
        text = "7\u202e号\x00\x07楼\u200b\ufeff"
        made = records.create(file_town.store, file_town.actor(), file_town.data(), "buildings",
                              {**BUILDING, "number": text, "name": " a \n\t b ‍"}, now=NOW)  # fmt: skip
        assert made.title == "7号楼"
        assert made.fields["name"] == "a b \u200d"


class TestRefused:
    @pytest.mark.parametrize(
        ("kind", "field", "value", "problem"),
        [
            ("buildings", "number", " \u3000\u200b\n", "required"),
            ("buildings", "number", "9" * 41, "long"),
            ("buildings", "households", "", "required"),
            ("buildings", "households", "很多", "not_whole"),
            ("buildings", "households", "1e400", "not_whole"),
            ("buildings", "households", "3.5", "not_whole"),
            ("buildings", "households", "-1", "out_of_range"),
            ("buildings", "floors", "0", "out_of_range"),
            ("buildings", "floors", "9" * 400, "not_whole"),
            ("buildings", "use", "castle", "not_offered"),
            ("buildings", "compound_id", 10**6, "compound_gone"),
            ("buildings", "geom", "x", "place_unread"),
            ("buildings", "geom", "nan,nan;1,2;3,4", "place_unread"),
            ("buildings", "geom", "108.92,34.23;108.93,34.23", "few_corners"),
            ("buildings", "geom", "108.92,34.23;108.93,34.24;108.93,34.23;108.92,34.24", "crossing"),
            ("buildings", "geom", outline(390, 100, 300), "outside"),
            ("gates", "geom", "108.95,34.23", "outside"),
            ("gates", "geom", "{1},{0}".format(*at(10, 10)), "place_swapped"),
            ("gates", "geom", "1000,34", "place_off"),
            ("gates", "geom", "108.92,34.23\n108.92,34.231", "one_place"),
            ("gates", "open_hours", "早到晚", "hours"),
            ("compounds", "kind", "", "required"),
        ],
    )
    def test_one_thing_wrong(self, file_town: Town, kind: str, field: str, value: Any, problem: str) -> None:
        before = file_town.store.revision(file_town.community)
        assert refusals(file_town, kind, **{field: value}) == {field: problem}
        assert file_town.store.revision(file_town.community) == before

    def test_everything_wrong_is_said_at_once(self, file_town: Town) -> None:
        found = refusals(file_town, "buildings", number="", households="x", floors="-3", geom="?")
        assert set(found) == {"number", "households", "floors", "geom"}

    @pytest.mark.parametrize(
        ("role", "kind", "grid", "key"),
        [
            (Role.DESK, "buildings", None, "forbidden_role"),
            (Role.GRID_WORKER, "buildings", "west", "forbidden_role"),
            (Role.STREET_LEADER, "points", None, "forbidden_role"),
            (Role.GRID_WORKER, "points", "east", "forbidden_grid"),
            (Role.GRID_WORKER, "points", None, "forbidden_no_grids"),
        ],
    )
    def test_role_and_grid(self, file_town: Town, role: Role, kind: str, grid: str | None, key: str) -> None:
        by = file_town.actor(role, *([getattr(file_town, grid)] if grid else []))
        values = {"name": "书画", "kind": "painting", "building_id": file_town.buildings[0]} | BUILDING
        count = len(file_town.store.frame(model.ServicePoint, file_town.community))
        with pytest.raises(errors.Forbidden) as refused:
            records.create(file_town.store, by, file_town.data(), kind, values, now=NOW)
        assert refused.value.key == key
        assert len(file_town.store.frame(model.ServicePoint, file_town.community)) == count

    def test_grid_worker_moves_nothing_out_of_the_own_grid(self, file_town: Town) -> None:
        by = file_town.actor(Role.GRID_WORKER, file_town.west)
        data = file_town.data()
        issue = records.read(file_town.store, by, data, "issues", file_town.issue)
        with pytest.raises(errors.Forbidden):
            records.change(file_town.store, by, data, issue, {"building_id": file_town.buildings[2]}, now=NOW)
        assert records.read(file_town.store, by, file_town.data(), "issues", file_town.issue) == issue
        with pytest.raises(errors.Forbidden):
            records.read(
                file_town.store, file_town.actor(Role.GRID_WORKER, file_town.east), data, "issues", issue.number
            )

    def test_more_than_a_person_can_in_a_minute(self, file_town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
        few = {**settings.defaults(), "writes": {"per_minute": 3}}
        monkeypatch.setattr(settings, "defaults", lambda: few)
        by, data = file_town.actor(), file_town.data()
        for n in range(3):
            records.create(file_town.store, by, data, "gates", {"name": "门"}, now=NOW + dt.timedelta(seconds=10 * n))
        late = NOW + dt.timedelta(seconds=21)
        with pytest.raises(errors.TooManyWrites) as refused:
            records.create(file_town.store, by, data, "gates", {"name": "门"}, now=late)
        assert refused.value.retry_after_s == 39
        assert "39" in refused.value.sentence("zh")
        records.create(file_town.store, file_town.actor(), data, "gates", {"name": "门"}, now=late)
        records.create(file_town.store, by, data, "gates", {"name": "门"}, now=late + dt.timedelta(seconds=39))


class TestTagging:
    def test_sent_twice_is_kept_once_with_its_first_event(self, town: Town) -> None:
        by = town.actor(Role.GRID_WORKER, town.west)
        given = {**ISSUE, "building_id": town.buildings[2], "state": "closed"}
        first = records.tag_issue(town.store, by, town.data(), given, client_id="a-1", now=NOW)
        again = records.tag_issue(town.store, by, town.data(), given, client_id="a-1", now=NOW)
        assert again == first
        assert first.grid_id == town.east
        with town.store.read() as session:
            issue = session.query(model.Issue).filter_by(client_id="a-1").one()
            event = session.query(model.IssueEvent).filter_by(issue_id=issue.id).one()
        assert (issue.state, event.to_state, event.from_state) == ("recorded", "recorded", None)
        assert issue.reported_at == NOW
        assert issue.geom.within(town.data().buildings.geometry[town.buildings[2]])
        assert issue.code.startswith("2026-")

    def test_place_tells_the_building_and_the_grid(self, town: Town) -> None:
        def tagged(x_m: float, y_m: float, name: str) -> model.Issue:
            given = {**ISSUE, "geom": "{},{}".format(*at(x_m, y_m))}
            records.tag_issue(town.store, town.actor(), town.data(), given, client_id=name, now=NOW)
            with town.store.read() as session:
                return session.query(model.Issue).filter_by(client_id=name).one()

        beside = tagged(55, 35, "near")
        assert (beside.building_id, beside.compound_id, beside.grid_id) == (town.buildings[0], town.compound, town.west)
        alone = tagged(350, 100, "far")
        assert (alone.building_id, alone.compound_id, alone.grid_id) == (None, None, town.east)

    def test_nowhere_is_refused(self, file_town: Town) -> None:
        with pytest.raises(errors.FaultyRecord) as refused:
            records.tag_issue(file_town.store, file_town.actor(), file_town.data(), ISSUE, client_id="n", now=NOW)
        assert [one.problem for one in refused.value.refusals] == ["somewhere"]

    def test_a_code_in_the_bin_is_not_given_again(self, file_town: Town) -> None:
        with file_town.store.write() as session:
            session.add(
                model.BinEntry(community_id=file_town.community, kind="issues", number=9999, title="2026-0800",
                               deleted_at=NOW, content="{}")
            )  # fmt: skip
        made = records.tag_issue(file_town.store, file_town.actor(), file_town.data(),
                                 {**ISSUE, "building_id": file_town.buildings[0]}, client_id="c", now=NOW)  # fmt: skip
        assert made.title == "2026-0801"
        with file_town.store.write() as session:
            session.execute(sa.delete(model.BinEntry))

    def test_street_leader_may_not(self, file_town: Town) -> None:
        with pytest.raises(errors.Forbidden):
            records.tag_issue(file_town.store, file_town.actor(Role.STREET_LEADER), file_town.data(),
                              {**ISSUE, "building_id": file_town.buildings[0]}, client_id="s", now=NOW)  # fmt: skip


class TestChanging:
    def test_state_of_an_issue_leaves_an_event(self, town: Town) -> None:
        by, data = town.actor(Role.DESK), town.data()
        issue = records.read(town.store, by, data, "issues", town.issue)
        closed = records.change(town.store, by, data, issue, {"state": "closed"}, now=NOW)
        assert closed.version == issue.version + 1
        opened = records.change(town.store, by, data, closed, {"state": "in_progress"}, now=NOW)
        assert opened.fields["state"] == "in_progress"
        with town.store.read() as session:
            moves = [(e.from_state, e.to_state) for e in session.query(model.IssueEvent).filter_by(issue_id=town.issue)]
            assert session.get_one(model.Issue, town.issue).closed_at is None
        assert moves[-3:] == [("recorded", "closed"), ("closed", "reopened"), ("reopened", "in_progress")]

    def test_counted_households_are_no_estimate_any_longer(self, town: Town) -> None:
        by, data = town.actor(), town.data()
        made = records.create(town.store, by, data, "buildings", {**BUILDING, "households_estimated": True}, now=NOW)
        counted = records.change(town.store, by, data, made, {"households": 37}, now=NOW)
        assert counted.fields["households_estimated"] is False

    def test_issue_follows_its_building(self, town: Town) -> None:
        by, data = town.actor(), town.data()
        given = {**ISSUE, "building_id": town.buildings[0]}
        made = records.tag_issue(town.store, by, data, given, client_id="moving", now=NOW)
        moved = records.change(town.store, by, data, made, {"building_id": town.buildings[2]}, now=NOW)
        assert moved.grid_id == town.east
        assert moved.fields["geom"].within(data.buildings.geometry[town.buildings[2]])
        back = records.change(town.store, by, data, moved, {"geom": "{},{}".format(*at(55, 35))}, now=NOW)
        assert (back.fields["building_id"], back.grid_id) == (town.buildings[0], town.west)

    def test_nothing_changed_is_no_change(self, town: Town) -> None:
        by, data = town.actor(), town.data()
        read = records.read(town.store, by, data, "compounds", town.compound)
        shown = {**read.fields, "geom": record_checks.place_text(read.fields["geom"])}
        assert records.change(town.store, by, data, read, shown, now=NOW) == read
        with town.store.read() as session:
            assert session.query(model.AuditEntry).filter_by(account_id=by.account_id).count() == 0


class TestTwoPeople:
    @pytest.mark.parametrize(
        ("kind", "row", "theirs", "mine"),
        [
            ("buildings", "building", {"households": 41, "name": "东"}, {"households": 42, "floors": 7}),
            ("points", "point", {"hours": "上午"}, {"hours": "下午"}),
            ("issues", "issue", {"text": "更吵了"}, {"level": "large"}),
            ("compounds", "compound", {"property_company": "甲"}, {"walled": False}),
            ("gates", "gate", {"vehicles": True}, {"open_hours": "06:00-22:00"}),
        ],
    )
    def test_neither_version_is_lost(
        self, town: Town, kind: str, row: str, theirs: dict[str, Any], mine: dict[str, Any]
    ) -> None:
        number = town.buildings[1] if row == "building" else getattr(town, row)
        first, second, data = town.actor(), town.actor(), town.data()
        base = records.read(town.store, second, data, kind, number)
        records.change(town.store, first, data, base, theirs, now=NOW)
        form = {**base.fields, **mine}
        with pytest.raises(Overtaken) as told:
            records.change(town.store, second, data, base, form, now=NOW)
        found = record_conflicts.differences(base, told.value.theirs, form)
        assert {one.name for one in found} == set(theirs) | set(mine)
        for one in found:
            assert one.was == base.fields[one.name]
            assert one.theirs == {**base.fields, **theirs}[one.name]
            assert one.mine == form[one.name]
            assert one.proposed == ("mine" if one.name in mine else "theirs")
        both = record_conflicts.chosen(found, {}, form)
        kept = records.change(town.store, second, data, told.value.theirs, both, now=NOW)
        assert {name: kept.fields[name] for name in (*theirs, *mine)} == {**theirs, **mine}
        sides = dict.fromkeys(theirs, "theirs") | dict.fromkeys(mine, "theirs")
        assert record_conflicts.chosen(found, sides, form)[next(iter(theirs))] == next(iter(theirs.values()))

    def test_deleted_for_good(self, file_town: Town) -> None:
        by, data = file_town.actor(), file_town.data()
        gate = records.create(file_town.store, by, data, "gates", {"name": "西门"}, now=NOW)
        with file_town.store.write() as session:
            session.delete(session.get_one(model.Gate, gate.number))
        with pytest.raises(Gone) as told:
            records.change(file_town.store, by, data, gate, {"name": "东门"}, now=NOW)
        assert told.value.entry is None
        with pytest.raises(errors.NotFound):
            records.read(file_town.store, by, data, "gates", gate.number)


def test_every_field_of_a_form_is_the_models_and_has_words() -> None:
    known = issue_catalogue.default()
    for kind in record_kinds.KINDS:
        assert set(record_kinds.blank(kind)) <= set(kind.cls.__dataclass_fields__)
        for language in i18n.LANGUAGES:
            assert i18n.text(f"record.kind.{kind.name}", language)
            for field in kind.fields:
                assert i18n.text(f"record.field.{field.name}", language)
                for code in field.options(known) if field.words else ():
                    assert field.option(code, language, known)


def test_place_is_written_as_it_is_read() -> None:
    corner = shapely.Point(108.9201, 34.2301)
    assert record_checks.place_text(corner) == "108.9201,34.2301"
    assert record_checks.place_text(shapely.Point()) == ""
    assert record_checks.place_text(record_town.square(0, 0, 10)).count("\n") == 3


def test_store_that_cannot_write_keeps_nothing_and_says_so(tmp_path: Path) -> None:
    store = open_store(str(tmp_path / "store.gpkg"), patience_s=0.1)
    town = record_town.build(store)
    other = open_store(str(tmp_path / "store.gpkg"), patience_s=0.1)
    by, data = town.actor(), town.data()
    with other.write() as session:
        session.add(model.Staff(community_id=town.community, name="x", post=model.PostKind.DESK))
        session.flush()
        with pytest.raises(errors.StoreError) as refused:
            records.create(store, by, data, "gates", {"name": "门"}, now=NOW)
        assert refused.value.key == "store_locked"
    assert len(store.frame(model.Gate, town.community)) == 1
    records.create(store, by, data, "gates", {"name": "门"}, now=NOW)
    other.close()
    store.close()
