"""What a walk's page sends back: each act once, both versions where two recorded one stop, bad files in a sentence."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import prepared
import pytest
import record_town
import walked_town
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from record_town import NOW, Town
from walked_town import LATER, act, body, issue, jpeg, outcomes, shot, stops, track, written

from gridmap import i18n, model
from gridmap.access import Actor
from gridmap.errors import Forbidden, GridmapError, InputError, NotFound
from gridmap.model import Role
from gridmap.services import walk_recording, walk_result_file, walk_results, walk_tracks
from gridmap.services.walk_results import Taken
from gridmap.store import open_store


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    store = open_store(str(prepared.empty(tmp_path / "store.gpkg")))
    yield record_town.build(store)
    store.close()


@pytest.fixture(scope="module")
def unchanged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A town in which nothing is kept."""
    store = open_store(str(prepared.empty(tmp_path_factory.mktemp("unchanged") / "store.gpkg")))
    yield record_town.build(store)
    store.close()


def take(town: Town, content: bytes, actor: Actor | None = None, **more: Any) -> Taken:
    result = walk_result_file.read(content, "result.json")
    return walk_results.take(town.store, actor or town.actor(), town.data(), result, now=LATER, **more)


def test_result_counts_once_however_often_it_comes(town: Town) -> None:
    walk = walked_town.walk(town)
    one, two, three = stops(town, walk)
    met = issue(one, client_id="device-issue-1", spot="换了灯泡", photos=(jpeg(), jpeg("blue")))
    acts = [
        act(one, "seen", client_id="device-act-1", note="电梯的事"),
        act(two, "nobody_home", client_id="device-act-2"),
        act(three, "done", client_id="device-act-3"),
    ]
    content = written(body(town, walk, acts, [met]))
    would = take(town, content, rehearse=True)
    assert (would.stops, would.issues, would.photos, would.rehearsed) == (3, 1, 2, True)
    assert outcomes(town.store, walk) == ["pending"] * 3
    first, again = take(town, content), take(town, content)
    assert (first.stops, first.issues, first.photos, first.already) == (3, 1, 2, 0)
    assert (again.stops, again.issues, again.photos, again.already) == (0, 0, 0, 6)
    assert outcomes(town.store, walk) == ["seen", "nobody_home", "done"]
    with town.store.read() as session:
        assert session.get_one(model.Walk, walk).state is model.WalkState.DONE
        found = session.query(model.Issue).filter_by(client_id="device-issue-1").one()
        assert (found.walk_id, found.source, found.spot) == (walk, model.IssueSource.WALK, True)
        assert (found.state, found.handling) == (model.IssueState.CLOSED, "换了灯泡")
        assert session.query(model.Photo).filter_by(issue_id=found.id).count() == 2
        assert session.query(model.StopRecord).filter_by(walk_id=walk).count() == 3


def test_two_who_recorded_one_stop_are_both_heard(town: Town) -> None:
    walk = walked_town.walk(town)
    one, two, _ = stops(town, walk)
    walker = walked_town.walker(town, walk)
    there = walk_recording.Entry(
        stop_id=one.id or 0,
        key=walk_recording.key(one),
        client_id="online-act-1",
        follows=("",),
        outcome=model.StopOutcome.NOBODY_HOME,
        at=NOW,
    )
    walk_recording.record(town.store, walker, town.data(), walk, [there], now=NOW)
    acts = [
        act(one, "seen", client_id="device-act-1", note="见到了老人"),
        act(two, "seen", client_id="device-act-2"),
    ]
    content = written(body(town, walk, acts))
    asked = take(town, content)
    (clash,) = asked.clashes
    assert (clash.here.value, clash.here_by, clash.device.value) == ("nobody_home", "模拟走访员", "seen")
    assert asked.stops == 1
    assert outcomes(town.store, walk)[:2] == ["nobody_home", "seen"]
    # Theirs stays, and mine is kept beside it; sent again, nobody is asked again.
    kept = take(town, content, choices={"device-act-1": "here"})
    assert (kept.clashes, outcomes(town.store, walk)[0]) == ((), "nobody_home")
    assert take(town, content, choices={"device-act-1": "device"}).already == 2
    with town.store.read() as session:
        told = session.query(model.StopRecord).filter_by(stop_id=one.id).all()
        assert sorted((row.outcome.value, row.overruled) for row in told) == [("nobody_home", False), ("seen", True)]
    # The same phone goes on where it was: what it knew of is no clash.
    more = [act(two, "done", client_id="device-act-3", follows=("", "device-act-2"))]
    assert take(town, written(body(town, walk, more))).clashes == ()
    assert outcomes(town.store, walk)[1] == "done"


def test_choosing_ones_own_version_overrules_the_other(town: Town) -> None:
    walk = walked_town.walk(town)
    one, *_ = stops(town, walk)
    take(town, written(body(town, walk, [act(one, "no_access", client_id="first-phone-1")])))
    mine = written(body(town, walk, [act(one, "seen", client_id="second-phone-1")]))
    assert len(take(town, mine).clashes) == 1
    assert take(town, mine, choices={"second-phone-1": "device"}).stops == 1
    assert outcomes(town.store, walk)[0] == "seen"


def test_plan_that_was_made_anew_is_met_by_its_buildings_and_lost_stops_are_asked_for(town: Town) -> None:
    walk = walked_town.walk(town)
    one, two, three = stops(town, walk)
    acts = [act(stop, "seen", client_id=f"device-act-{stop.seq}", note="原计划") for stop in (one, two, three)]
    content = written(body(town, walk, acts))
    with town.store.write() as session:
        for stop in (one, two, three):
            session.delete(session.get_one(model.Stop, stop.id))
        session.flush()
        for seq, building in enumerate((two.building_id, one.building_id), start=1):
            session.add(model.Stop(community_id=town.community, walk_id=walk, seq=seq, building_id=building))
    asked = take(town, content)
    assert asked.replanned
    assert (asked.stops, [lost.key for lost in asked.lost]) == (2, [f"building:{three.building_id}"])
    assert take(town, content, extra="leave").lost == ()
    added = take(town, content, extra="add")
    assert (added.stops, added.already) == (1, 2)
    last = stops(town, walk)[-1]
    assert (last.seq, last.building_id, last.outcome.value, last.note) == (3, three.building_id, "seen", "原计划")
    assert take(town, content).already == 3


def test_walk_that_was_planned_anew_takes_the_result_of_the_old_one(town: Town) -> None:
    walk = walked_town.walk(town)
    acts = [act(stop, "seen", client_id=f"device-act-{stop.seq}") for stop in stops(town, walk)]
    content = written(body(town, walk, acts))
    with town.store.write() as session:
        session.delete(session.get_one(model.Walk, walk))
    new, other = walked_town.walk(town, town.buildings[::-1]), walked_town.walk(town, town.buildings[:1])
    taken = take(town, content)
    assert (taken.walk_id, taken.stops, taken.replanned) == (new, 3, True)
    assert outcomes(town.store, other) == ["pending"]


def test_script_in_a_note_is_kept_as_text_and_an_identity_number_is_not_kept(town: Town) -> None:
    walk = walked_town.walk(town)
    one, *_ = stops(town, walk)
    note = "<script>alert(1)</script> 11010519491231002X"
    take(town, written(body(town, walk, [act(one, "seen", client_id="device-act-1", note=note)])))
    kept = stops(town, walk)[0].note
    assert kept.startswith("<script>alert(1)</script> ")
    assert "11010519491231002X" not in kept


def test_file_changed_on_its_way_is_taken_only_by_a_persons_word(town: Town) -> None:
    walk = walked_town.walk(town)
    one, *_ = stops(town, walk)
    told = body(town, walk, [act(one, "seen", client_id="device-act-1")])
    changed = copy.deepcopy(told)
    changed["stops"][0]["outcome"] = "done"
    content = written(changed, sum=walk_result_file.checksum(told))
    with pytest.raises(InputError) as refused:
        take(town, content)
    assert refused.value.key == "walk_result_edited"
    assert take(town, content, rehearse=True).edited
    assert outcomes(town.store, walk)[0] == "pending"
    assert take(town, content, although_edited=True).stops == 1


def _bad(change: Callable[[Any], None]) -> Callable[[Any], bytes]:
    def made(told: Any) -> bytes:
        change(told)
        return written(told)

    return made


@pytest.mark.parametrize(
    ("made", "key", "said"),
    [
        (lambda told: b"", "walk_result_unread", "JSON"),
        (lambda told: b"\xff\xd8\xff\xe0 a photo", "walk_result_unread", "JSON"),
        (lambda told: b"[" * 100_000, "walk_result_unread", "JSON"),
        (lambda told: written(told)[:-40], "walk_result_unread", "JSON"),
        (lambda told: b'{"type": "FeatureCollection", "features": []}', "walk_result_foreign", "no result"),
        (lambda told: written(told, gridmap_walk_result=2), "walk_result_newer", "version"),
        (lambda told: b" " * 50_000_001, "walk_result_large", "51 MB"),
        (_bad(lambda told: told.update(community="2")), "walk_result_community", "another community"),
        (_bad(lambda told: (told.update(walk=999), told.update(stops=[]))), "walk_result_no_walk", "no such walk"),
        (_bad(lambda told: told.update(day="2026-11-23")), "walk_result_no_walk", "2026-11-23"),
        (_bad(lambda told: told["stops"][0].update(outcome="gone")), "walk_result_faulty", 'stops[1].outcome: "gone"'),
        (_bad(lambda told: told["stops"][0].update(at="yesterday")), "walk_result_faulty", "stops[1].at"),
        (_bad(lambda told: told["stops"][0].update(stop="1; DROP")), "walk_result_faulty", "stops[1].stop"),
        (_bad(lambda told: told["stops"][0].update(note="长" * 1001)), "walk_result_faulty", "1,000 characters"),
        (_bad(lambda told: told["stops"][0].update(note=["x"])), "walk_result_faulty", "stops[1].note"),
        (_bad(lambda told: told["stops"][0].update(client_id="a b")), "walk_result_faulty", "stops[1].client_id"),
        (_bad(lambda told: told.update(stops={"a": 1})), "walk_result_faulty", "stops: a list"),
        (_bad(lambda told: told["issues"][0]["photos"][0].update(jpeg="?!")), "walk_result_faulty", "photos[1].jpeg"),
        (_bad(lambda told: told.update(photos=[{"jpeg": "?!"}])), "walk_result_faulty", "photos[1].jpeg"),
        (_bad(lambda told: told.update(tracks=[{"places": "x"}])), "walk_result_faulty", "tracks[1].places"),
        (_bad(lambda told: told.update(half="night")), "walk_result_faulty", '"night"'),
    ],
)
def test_bad_file_is_refused_in_a_sentence_and_keeps_nothing(
    unchanged: Town, made: Callable[[Any], bytes], key: str, said: str
) -> None:
    town = unchanged
    walk = walked_town.walk(town)
    one, *_ = stops(town, walk)
    met = issue(one, client_id="device-issue-1", photos=(jpeg(),))
    told = body(town, walk, [act(one, "seen", client_id="device-act-1")], [met])
    with pytest.raises(GridmapError) as refused:
        take(town, made(told))
    assert refused.value.key == key
    assert said in refused.value.sentence("en")
    assert refused.value.sentence("zh") != refused.value.sentence("en")
    assert outcomes(town.store, walk) == ["pending"] * 3
    with town.store.read() as session:
        assert session.query(model.Issue).count() == 1


def test_issue_that_cannot_be_kept_is_told_and_the_rest_is_kept(town: Town) -> None:
    walk = walked_town.walk(town)
    one, *_ = stops(town, walk)
    bad, broken = issue(one, client_id="device-issue-1"), issue(one, client_id="device-issue-2")
    bad["category"] = "retired_meanwhile"
    broken["photos"] = [{"client_id": "photo-00001", "stage": "before", "taken_at": None, "jpeg": "bm8gcGhvdG8="}]
    told = body(town, walk, [act(one, "seen", client_id="device-act-1")], [bad, broken])
    taken = take(town, written(told))
    assert (taken.stops, taken.issues, taken.photos) == (1, 1, 0)
    assert len(taken.refused) == 2
    for language in i18n.LANGUAGES:
        assert "楼道灯不亮" in taken.refused[0].sentence(language)


def test_result_of_another_walk_than_the_chosen_one_is_named(town: Town) -> None:
    walk, other = walked_town.walk(town), walked_town.walk(town)
    with pytest.raises(InputError) as refused:
        take(town, written(body(town, walk, [])), walk_id=other)
    assert refused.value.key == "walk_result_other"
    assert "2026-11-24 (morning)" in refused.value.sentence("en")


def test_walk_is_recorded_by_its_walker_its_grids_people_and_the_secretary(town: Town) -> None:
    walk = walked_town.walk(town)
    one, *_ = stops(town, walk)
    content = written(body(town, walk, [act(one, "seen", client_id="device-act-1")]))
    for stranger in (
        town.actor(Role.GRID_WORKER, town.east),
        town.actor(Role.DESK),
        town.actor(Role.STREET_LEADER),
        town.actor(Role.ADMINISTRATOR),
        town.actor(Role.VIEWER),
    ):
        with pytest.raises(Forbidden):
            take(town, content, stranger)
    assert take(town, content, walked_town.walker(town, walk)).stops == 1
    assert take(town, content, town.actor(Role.GRID_WORKER, town.west)).already == 1
    with pytest.raises(NotFound):
        walk_recording.check_in(town.store, town.actor(), town.data(), 999, one.id or 0, NOW, now=NOW)


def test_first_check_in_counts_and_no_clock_runs_ahead(town: Town) -> None:
    walk = walked_town.walk(town)
    one, *_ = stops(town, walk)
    for moment in (LATER, NOW):
        walk_recording.check_in(town.store, town.actor(), town.data(), walk, one.id or 0, moment, now=NOW)
    assert stops(town, walk)[0].came_at == NOW
    with pytest.raises(InputError):
        walk_recording.check_in(town.store, town.actor(), town.data(), walk, 999, NOW, now=NOW)
    walk_recording.finish(town.store, town.actor(), town.data(), walk, now=NOW)
    with town.store.read() as session:
        assert session.get_one(model.Walk, walk).state is model.WalkState.DONE


def test_track_is_kept_once_shown_to_its_walker_and_the_secretary_and_deleted_at_a_word(town: Town) -> None:
    walk = walked_town.walk(town)
    walker = walked_town.walker(town, walk)
    places = [[108.92, 34.23, 0], [108.921, 34.23, 60.0], [108.921, 34.231, 120]]
    for _ in range(2):
        kept = walk_tracks.keep(
            town.store, walker, town.data(), walk, places, begun_at=NOW, client_id="track-0001", now=LATER
        )
    assert kept.walk_m == pytest.approx(203, abs=2)
    assert json.loads(kept.content) == [[108.92, 34.23, 0.0], [108.921, 34.23, 60.0], [108.921, 34.231, 120.0]]
    seen = {
        "walker": walker,
        "secretary": town.actor(),
        "colleague": town.actor(Role.GRID_LEADER, town.west),
    }
    shown = {name: len(walk_tracks.of_walk(town.store, who, town.data(), walk)) for name, who in seen.items()}
    assert shown == {"walker": 1, "secretary": 1, "colleague": 0}
    for bad in (
        [],
        [[1, 2, 3]],
        [[108.92, 34.23, 0], [999, 0, 1]],
        [[108.92, 34.23, 5], [108.92, 34.23, 1]],
        [["x"]] * 3,
    ):
        with pytest.raises(InputError):
            walk_tracks.keep(
                town.store, walker, town.data(), walk, bad, begun_at=NOW, client_id="track-bad1", now=LATER
            )
    walk_tracks.forget(town.store, seen["colleague"], town.data(), walk, "track-0001")
    assert len(walk_tracks.of_walk(town.store, walker, town.data(), walk)) == 1
    walk_tracks.forget(town.store, walker, town.data(), walk, "track-0001")
    assert walk_tracks.of_walk(town.store, walker, town.data(), walk) == []


values = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20) | st.just([{}])
paths = st.sampled_from(
    [(), ("stops", 0), ("issues", 0), ("issues", 0, "photos", 0), ("photos", 0), ("tracks", 0)],
)


@given(path=paths, key=st.integers(0, 11), value=values)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_change_of_a_field_is_either_read_or_told(path: tuple[Any, ...], key: int, value: Any) -> None:
    stop = model.Stop(id=7, community_id=1, walk_id=3, seq=1, building_id=2)
    told: Any = {
        "pack": "pack-0001", "community": "1", "walk": 3, "day": "2026-11-24", "half": "morning", "plan": "ab",
        "made_at": "2026-11-24T04:00:00.000Z", "stops": [act(stop, "seen", client_id="device-act-1")],
        "issues": [issue(stop, client_id="device-issue-1", photos=(b"x",))],
        "photos": [shot(stop, "device-shot-1", b"x")], "tracks": [track("device-track-1")],
    }  # fmt: skip
    changed = copy.deepcopy(told)
    place = changed
    for step in path:
        place = place[step]
    name = sorted(place)[key % len(place)]
    place[name] = value
    content, faults = written(changed, sum=walk_result_file.checksum(told)), []
    try:
        assert walk_result_file.read(content, "x.json").edited == (json.dumps(changed) != json.dumps(told))
    except InputError as fault:
        faults.append(fault.sentence("zh"))
    assert all(name in said for said in faults)
