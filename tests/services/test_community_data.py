"""A community that was read before: only what has changed is read again, and the answer is that of reading all."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import fields

import pandas as pd
import pytest
import record_town
import shapely
from record_town import DAY, NOW, Town
from sqlalchemy.orm import Session

from gridmap import model
from gridmap.services import community_data, layers, records, recycle_bin
from gridmap.services.community_data import CommunityData
from gridmap.store import Store, frames

Act = Callable[[Session, Town], None]


@pytest.fixture
def town(store: Store) -> Town:
    return record_town.build(store)


def again(town: Town, before: CommunityData) -> CommunityData:
    """Read the town from what was read before, and see that it is what reading all of it gives."""
    found, whole = community_data.read(town.store, town.community, day=DAY, before=before), town.data()
    for one in fields(CommunityData):
        mine, theirs = getattr(found, one.name), getattr(whole, one.name)
        if isinstance(mine, pd.DataFrame):
            pd.testing.assert_frame_equal(mine, theirs, obj=one.name)
    assert found.catalogues == whole.catalogues
    assert (found.revision, found.grids_proposed) == (whole.revision, whole.grids_proposed)
    pd.testing.assert_series_equal(found.care_counts, whole.care_counts)
    return found


def changed(before: CommunityData, after: CommunityData) -> set[str]:
    return {cls.__name__ for cls in after.since if after.since[cls] != before.since[cls]}


def issue(number: int, town: Town, **more: object) -> model.Issue:
    given = {"text": f"第{number}件，电话13800000009", "category": "noise", "source": model.IssueSource.WALK, **more}
    return model.Issue(community_id=town.community, code=f"X-{number}", reported_at=NOW, **given)  # type: ignore[arg-type]


def _words(session: Session, town: Town) -> None:
    session.get_one(model.Issue, town.issue).text = "改成了：请打13800000009"


def _note(session: Session, town: Town) -> None:
    session.add(model.IssueEvent(community_id=town.community, issue_id=town.issue, at=NOW, note="找13800000009",
                                 to_state=model.IssueState.ACCEPTED))  # fmt: skip


def _place(session: Session, town: Town) -> None:
    session.get_one(model.Building, town.buildings[1]).geom = record_town.square(60, 80, 20)


def _name(session: Session, town: Town) -> None:
    session.get_one(model.Compound, town.compound).name = "改名小区"


def _folded(session: Session, town: Town) -> None:
    session.add(double := issue(1, town))
    session.flush()
    double.merged_into_id = town.issue


def _gone(session: Session, town: Town) -> None:
    session.delete(session.get_one(model.Issue, town.issue))


def _many(session: Session, town: Town) -> None:
    session.add_all(issue(number, town, geom=shapely.Point(record_town.at(10, 10))) for number in range(20))


@pytest.mark.parametrize(
    ("act", "classes"),
    [
        (_words, {"Issue"}),
        (_note, {"IssueEvent"}),
        (_place, {"Building"}),
        (_name, {"Compound"}),
        (_folded, {"Issue"}),
        (_gone, {"Issue", "IssueEvent", "Photo"}),
        (_many, {"Issue"}),
    ],
)
def test_what_has_changed_is_read_and_nothing_else(
    town: Town, act: Act, classes: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frames, "_FEW", 10)
    before = town.data()
    with town.store.write() as session:
        act(session, town)
    after = again(town, before)
    assert changed(before, after) == classes
    kept = [one for one in ("gates", "paths", "staff", "points") if getattr(after, one) is not getattr(before, one)]
    assert not kept, "what has not changed is the same frame"
    third = again(town, after)
    assert not changed(after, third)
    assert third.issues is after.issues
    assert third.buildings is after.buildings


def test_what_comes_back_from_the_bin_is_read_as_it_came_back(town: Town) -> None:
    by, data = town.actor(), town.data()
    seen = records.read(town.store, by, data, "issues", town.issue)
    entry = recycle_bin.delete(town.store, by, data, seen, now=NOW)
    without = again(town, data)
    assert without.issues.empty
    recycle_bin.restore(town.store, by, town.data(), entry, now=NOW)
    assert again(town, data).issues.index.tolist() == [town.issue]
    assert again(town, without).issues.index.tolist() == [town.issue]


def test_another_day_is_read_whole(town: Town) -> None:
    before = town.data()
    after = community_data.read(town.store, town.community, day=DAY + dt.timedelta(days=1), before=before)
    assert after.gates is not before.gates


def test_every_layer_is_made_of_something_and_changes_with_it(town: Town) -> None:
    assert set(layers.MADE_OF) == set(layers.NAMES)
    data = town.data()
    assert {cls for classes in layers.MADE_OF.values() for cls in classes} <= set(data.since)
