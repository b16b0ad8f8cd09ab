"""A presentation is written from the data, worded, kept, copied, taken back, deleted and restored."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace

import geopandas as gpd
import prepared
import pytest
import record_town
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from record_town import DAY, NOW, Town

from gridmap import errors, model
from gridmap.model import Role
from gridmap.reports.presentation import Presentation
from gridmap.reports.presentation_map import thinned
from gridmap.services import (
    briefings,
    recycle_bin,
    scenarios,
    story_bin,
    story_facts,
    story_keeping,
    story_making,
    story_steps,
    view_links,
)
from gridmap.services.story_keeping import Story
from gridmap.services.story_steps import Content
from gridmap.store import open_store

LATER = NOW + dt.timedelta(minutes=5)


@pytest.fixture
def town(tmp_path) -> Iterator[Town]:
    store = open_store(str(prepared.empty(tmp_path / "s.gpkg")))
    yield record_town.build(store)
    store.close()


@pytest.fixture(params=["geopackage", pytest.param("postgis", marks=pytest.mark.postgis)])
def each_town(request: pytest.FixtureRequest, tmp_path) -> Iterator[Town]:
    address = request.getfixturevalue("postgis_database")() if request.param == "postgis" else str(tmp_path / "s.gpkg")
    store = open_store(address)
    yield record_town.build(store)
    store.close()


def community(town: Town) -> model.Community:
    return town.store.community(town.community)


def kept(town: Town, *kinds: str, name: str = "汇报", ref: int | None = None) -> Story:
    steps = tuple(story_steps.fresh(kind, ref=ref) for kind in kinds)
    content = Content(steps=steps)
    return story_keeping.make(town.store, town.actor(), community(town), name, content, now=NOW)


def shown(town: Town, story: Story, language: str = "en") -> Presentation:
    period = story_facts.period(story.content, DAY)
    found = briefings.of(town.store, community(town), period, now=NOW, zone="Asia/Shanghai", language=language)
    facts = story_facts.of(town.store, found, story.content, language=language, now=NOW)
    return story_making.presented(facts, story)


def test_it_begins_with_six_steps_and_a_scenario_from_the_data(town):
    with town.store.write() as session:
        # The far building is out of reach of the only station.
        session.add(model.Setting(community_id=town.community, key="coverage.radius_m.station", value="100"))
    story, told = story_making.begin(
        town.store, town.actor(), town.data(), "汇报", language="zh", now=NOW
    )  # fmt: skip
    assert [step.kind for step in story.content.steps] == list(story_steps.USUAL)
    (plan,) = scenarios.every(town.store, town.community)
    assert story.content.steps[4].ref == plan.number
    assert plan.name in told
    told_of = {slide.title: slide for slide in shown(town, story).slides}
    assert "80" in " ".join(told_of["Who lacks a neighbourhood station"].sentences)
    # No walk, no project: that is said, and nothing is invented.
    assert "no completed walk" in told_of["Who walks where"].sentences[0]
    assert not told_of["Who walks where"].figures
    assert "No practical things" in told_of["Ten practical things"].sentences[0]
    # What is built is no plan any more: the next presentation tells of another, or of none.
    with town.store.write() as session:
        session.get_one(model.Scenario, plan.number).adopted_at = NOW
        session.query(model.Setting).one().value = "3000"
    later, told = story_making.begin(town.store, town.actor(), town.data(), "再", language="en", now=NOW)
    assert [step.kind for step in later.content.steps] == [kind for kind in story_steps.USUAL if kind != "scenario"]
    assert "no step tells of more" in told
    # One issue is too few to be counted.
    assert not [figure for figure in told_of["What residents raised"].figures if figure.label == "Issues reported"]


def test_step_whose_thing_is_deleted_is_skipped_with_a_word(town):
    story = kept(town, "grids", "issue", "words", ref=town.issue)
    with town.store.write() as session:
        session.delete(session.get_one(model.Issue, town.issue))
    slides = shown(town, story).slides
    assert [slide.title for slide in slides] == ["Our 2 grids", "A page of words"]
    assert slides[1].skipped == '"One issue" is left out: its issue was deleted.'
    alone = kept(town, "issue", name="只一件", ref=town.issue)
    (nothing,) = shown(town, alone).slides
    assert nothing.title == "There is nothing to present"
    assert "was deleted" in nothing.sentences[0]


def test_words_are_escaped_masked_and_kept_while_the_data_change(town):
    story = kept(town, "grids")
    step = story.content.steps[0]
    said = replace(step, title="<img src=x>&", text="电话 13800138000\n\n  </script><script>alert(1)</script>  ")
    story = story_keeping.change(
        town.store, town.actor(), community(town), story.number,
        lambda now: story_steps.changed(now, step, said), now=NOW,
    )  # fmt: skip
    period = story_facts.period(story.content, DAY)
    found = briefings.of(town.store, community(town), period, now=NOW, zone="Asia/Shanghai", language="zh")
    facts = story_facts.of(town.store, found, story.content, language="zh", now=NOW)
    page = story_making.file(facts, story).decode()
    assert "<img src=x>" not in page
    assert "<script>alert" not in page
    assert "&lt;img src=x&gt;&amp;" in page
    assert "<p>电话 138****8000</p>" in page
    assert "http://" not in page.replace("http://www.w3.org/2000/svg", "")
    assert "https://" not in page
    with pytest.raises(errors.InputError):
        story_steps.changed(story.content, story.content.steps[0], replace(story.content.steps[0], text="长" * 801))


def test_two_people_change_two_steps_and_neither_loses_anything(town):
    story = kept(town, "grids", "words")
    grids, words = story.content.steps

    def change(before, after):
        return story_keeping.change(
            town.store, town.actor(), community(town), story.number,
            lambda now: story_steps.changed(now, before, after), now=NOW,
        )  # fmt: skip

    change(grids, replace(grids, title="甲改的"))
    both = change(words, replace(words, text="乙写的"))
    assert [step.title or step.text for step in both.content.steps] == ["甲改的", "乙写的"]
    with pytest.raises(errors.Conflict):
        change(grids, replace(grids, title="晚了一步"))
    assert story_keeping.read(town.store, town.actor(), community(town), story.number) == both


def test_a_change_is_taken_back_and_an_earlier_version_comes_again(each_town):
    town = each_town
    by, place = town.actor(), community(town)
    story = kept(town, "grids", "words", "issues")
    first = story.content
    with pytest.raises(errors.NotFound):
        story_keeping.go_back(town.store, by, place, story.number, version=story.version, now=NOW)
    for n in (2, 1):
        story = story_keeping.change(
            town.store, by, place, story.number,
            lambda now, n=n: story_steps.removed(now, now.steps[n].id), now=LATER,
        )  # fmt: skip
    assert [step.kind for step in story.content.steps] == ["grids"]
    back = story_keeping.go_back(town.store, by, place, story.number, version=story.version, now=LATER)
    assert [step.kind for step in back.content.steps] == ["grids", "words"]
    oldest = story_keeping.earlier(town.store, by, place, story.number)[-1]
    assert oldest.content == first
    with pytest.raises(errors.Conflict):
        story_keeping.go_back(town.store, by, place, story.number, oldest.number, version=story.version, now=LATER)
    whole = story_keeping.go_back(
        town.store, by, place, story.number, oldest.number, version=back.version, now=LATER
    )  # fmt: skip
    assert whole.content == first


def test_it_is_copied_renamed_deleted_and_restored_with_its_link(each_town):
    town = each_town
    by, place = town.actor(), community(town)
    story = kept(town, "grids")
    copy = story_keeping.copy(town.store, by, place, story.number, language="zh", now=NOW)
    assert (copy.name, copy.content) == ("汇报（副本 1）", story.content)
    for name in ("", " ", "长" * 61, copy.name):
        with pytest.raises(errors.InputError):
            story_keeping.rename(town.store, by, place, story.number, name, now=NOW)
    assert story_keeping.rename(town.store, by, place, story.number, "向区里汇报", now=NOW).name == "向区里汇报"
    _, token = view_links.make(town.store, by, town.community, hours=1, story=story.number, now=NOW)
    assert view_links.leads_to(town.store, token, now=NOW) == "向区里汇报"
    entry = story_bin.delete(town.store, by, place, story.number, now=NOW)
    assert view_links.leads_to(town.store, token, now=NOW) is None
    assert [one.name for one in story_bin.listed(town.store, by, place)] == ["向区里汇报"]
    # The bin of records knows nothing of it, and forgets it in time all the same.
    assert recycle_bin.listed(town.store, by, town.data()) == []
    with pytest.raises(errors.NotFound):
        recycle_bin.restore(town.store, by, town.data(), entry, now=NOW)
    back = story_bin.restore(town.store, by, place, entry, now=NOW)
    assert (back.number, back.content) == (story.number, story.content)
    assert view_links.leads_to(town.store, token, now=NOW) == "向区里汇报"
    story_bin.delete(town.store, by, place, story.number, now=NOW)
    assert recycle_bin.empty(town.store, NOW + recycle_bin.keeping()) == 1
    with town.store.read() as session:
        actions = [one.action for one in session.query(model.AuditEntry).order_by(model.AuditEntry.id)]
    for action in ("story_made", "story_changed", "view_made", "story_deleted", "story_restored"):
        assert action in actions


@pytest.mark.parametrize("role", [Role.VIEWER, Role.GRID_WORKER])
def test_who_makes_no_briefing_makes_no_presentation(town, role):
    story, who = kept(town, "grids"), town.actor(role, town.west)
    for act in (
        lambda: story_keeping.listed(town.store, who, community(town)),
        lambda: story_keeping.shown(town.store, who, story.number),
        lambda: story_bin.delete(town.store, who, community(town), story.number, now=NOW),
        lambda: story_making.begin(town.store, who, town.data(), "x", language="zh", now=NOW),
    ):
        with pytest.raises(errors.Forbidden):
            act()


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 400)), max_size=60))
def test_signs_that_stand_for_many_are_never_too_near_and_lose_nobody(spots):
    places = gpd.GeoSeries([shapely.Point(spot) for spot in spots] + [shapely.Point()], crs="EPSG:4545")
    groups = thinned(places, 50.0)
    assert sorted(row for group in groups for row in group) == list(range(len(spots)))
    firsts = [places.iloc[group[0]] for group in groups]
    assert all(one.distance(other) > 50.0 for one in firsts for other in firsts if one is not other)
    assert all(places.iloc[row].distance(places.iloc[group[0]]) <= 50.0 for group in groups for row in group)
