"""Figures of issues: the demo's handover compound stands out, nothing more is claimed than the data holds."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
from demo_town import NOW, town

from gridmap import i18n
from gridmap.analysis import hotspots
from gridmap.model import IssueState
from gridmap.services import issue_alarms, issue_figure_words, issue_figures, issue_pictures, issue_rates, sight
from gridmap.services.community_data import CommunityData
from gridmap.services.issue_figures import IssueFigures
from gridmap.services.overview import Filters
from gridmap.services.sight import EVERYTHING, Sight

ZONE = "Asia/Shanghai"
HANDOVER = "砖塔里小区"
COUNTS_ONLY = Sight(
    buildings=frozenset(), issues=frozenset(), staff=frozenset(), figures=None, tables=False, picture=False
)


def figures(data: CommunityData, seen: Sight = EVERYTHING, filters: Filters | None = None, **more: Any) -> IssueFigures:
    asked = {"weeks": 12, "now": NOW, "zone": ZONE, "language": "zh"} | more
    return issue_figures.of(data, filters or Filters(), seen, **asked)


@pytest.fixture(scope="module")
def found() -> IssueFigures:
    return figures(town())


def without_issues() -> CommunityData:
    data = town()
    return replace(data, issues=data.issues.iloc[:0], events=data.events.iloc[:0])


class TestHandover:
    def test_alarm_is_raised_within_two_days_and_calm_compounds_are_calm(self, found: IssueFigures) -> None:
        assert [one.compound for one in found.watched.alarms] == [HANDOVER]
        alarm = found.watched.alarms[0]
        first = dt.date(2026, 10, 12)  # the Monday six weeks before
        assert first <= alarm.raised <= first + dt.timedelta(days=1)
        assert alarm.observed >= 39
        assert alarm.expected < 3
        assert alarm.until is not None
        assert not found.watched.lasting

    def test_overview_would_have_said_so_on_the_second_day(self) -> None:
        data = town()
        day = dt.date(2026, 10, 13)
        known = data.issues[data.issues["reported_at"] < pd.Timestamp("2026-10-13 16:00", tz="UTC")]
        then = replace(data, day=day, issues=known)
        assert [one.compound for one in issue_alarms.lasting(then, EVERYTHING, ZONE)] == [HANDOVER]
        assert issue_alarms.lasting(then, COUNTS_ONLY, ZONE), "so does who sees numbers only"
        away = data.buildings.loc[data.buildings["compound"] != HANDOVER, "grid_id"].iloc[0]
        elsewhere = replace(EVERYTHING, figures=frozenset({int(away)}))
        assert not issue_alarms.lasting(then, elsewhere, ZONE), "not who works in another grid"

    def test_a_community_that_has_just_begun_is_not_alarmed(self) -> None:
        data = town()
        begun = data.issues[data.issues["reported_at"] >= pd.Timestamp("2026-10-11 16:00", tz="UTC")]
        then = replace(data, day=dt.date(2026, 10, 20), issues=begun)
        assert not issue_alarms.lasting(then, EVERYTHING, ZONE)
        assert not figures(then, now=pd.Timestamp("2026-10-20", tz="UTC")).watched.alarms

    def test_it_is_high_as_a_rate_and_hot_on_the_map(self, found: IssueFigures) -> None:
        table = found.rates["compound"].table.set_index("name")
        assert table.at[HANDOVER, "beside"] == "above"
        assert table.at[HANDOVER, "low"] < table.at[HANDOVER, "rate"] < table.at[HANDOVER, "high"]
        assert found.hot is not None
        compound = town().buildings["compound"]
        hot = found.hot.state.index[found.hot.state == hotspots.HOT]
        assert HANDOVER in set(compound[hot])

    def test_overview_colours_its_buildings_darker(self) -> None:
        data = town()
        recent = issue_rates.recent(data, EVERYTHING, NOW)
        signs = issue_rates.signs(data, recent, EVERYTHING)
        placed = data.buildings[~data.buildings.geometry.is_empty]
        assert len(signs) == len(placed)
        by = pd.Series(list(signs), index=placed.index).groupby(placed["compound"]).agg(lambda one: set(one) - {"-"})
        assert max(by[HANDOVER]) > max(by["桃溪雅苑"])
        assert set(pd.Series(list(signs), index=placed.index)[placed["households"] == 0]) <= {"-"}


class TestCounting:
    def test_every_issue_of_the_period_is_counted_once(self, found: IssueFigures) -> None:
        assert found.n == len(town().issues)
        for rates in found.rates.values():
            assert rates.counted + rates.elsewhere == found.n
            assert rates.counted == rates.table["issues"].sum()
        assert found.closing[0].n + found.timeless == found.n
        assert sum(one.n for one in found.closing[1:]) == found.closing[0].n

    def test_share_of_the_whole_is_that_of_its_weeks(self, found: IssueFigures) -> None:
        assert found.source is not None
        assert found.source_week["n"].sum() == found.source.n
        assert found.source_week["found"].sum() / found.source.n == pytest.approx(found.source.share)
        assert found.source.low < found.source.share < found.source.high
        assert all(day.weekday() == 0 for day in found.source_week.index)

    def test_filters_narrow_places_and_issues_alike(self, found: IssueFigures) -> None:
        data = town()
        number = int(data.compounds.index[data.compounds["name"] == HANDOVER][0])
        one = figures(data, filters=Filters(compounds=(number,), issues="open", states=("closed",)))
        assert one.rates["compound"].table.index.tolist() == [number], "one compound"
        assert one.n == found.rates["compound"].table.at[number, "issues"], "open or settled"
        assert one.rates["compound"].table["beside"].tolist() == ["chance"], "there is nothing to compare it with"
        lift = figures(data, filters=Filters(categories=("lift",)))
        assert 0 < lift.n < found.n
        assert lift.rates["building"].table.shape[0] == found.rates["building"].table.shape[0]

    def test_days_of_the_filters_count_before_the_weeks(self) -> None:
        asked = Filters(since=dt.date(2026, 10, 12), until=dt.date(2026, 10, 15))
        burst = figures(town(), filters=asked)
        assert (burst.start, burst.end) == (dt.date(2026, 10, 12), dt.date(2026, 10, 15))
        assert 39 <= burst.n < 80
        assert burst.watched.lasting, "as it stood on the fourth day, with the past before the first"
        backwards = figures(town(), filters=Filters(since=dt.date(2026, 11, 20), until=dt.date(2026, 11, 1)))
        assert backwards.n >= 0

    def test_closed_is_when_it_last_left_the_open_states(self) -> None:
        data = town()
        told = issue_figures.closed_at(data, data.issues)
        states = data.issues["state"]
        still_open = states.isin([state.value for state in IssueState if state.is_open])
        assert told[still_open].isna().all()
        assert told[~still_open].notna().all()
        assert (told[~still_open] >= data.issues.loc[~still_open, "reported_at"]).all()
        closed = states == "closed"
        assert (told[closed] <= data.issues.loc[closed, "closed_at"]).all(), "done comes before closed"


class TestNumbersOnly:
    def test_no_place_and_no_number_below_three(self) -> None:
        told = figures(town(), COUNTS_ONLY, Filters(letters=("A",)), weeks=4)
        assert told.n == figures(town(), weeks=4).n, "no filter by which one part could be taken from another"
        assert "building" not in told.rates
        assert told.hot is None
        assert told.dense is None
        for rates in told.rates.values():
            known = rates.table["issues"].dropna()
            assert ((known == 0) | (known >= sight.FEWEST)).all()
            assert (
                rates.table.loc[rates.table["issues"].isna(), ["rate", "shrunk", "low", "high"]].isna().all(axis=None)
            )
        for table in (told.source_week, told.source_grid):
            parts = pd.concat([table["n"], table["found"], table["n"] - table["found"]])
            assert ((parts == 0) | (parts >= sight.FEWEST)).all()
        assert all(one.n >= sight.FEWEST for one in told.closing[1:])

    def test_few_are_written_as_few(self) -> None:
        data = town()
        number = data.compounds.index[0]
        of_one = data.issues[data.issues["compound_id"] != number]
        two = data.issues[data.issues["compound_id"] == number].iloc[:2]
        told = figures(replace(data, issues=pd.concat([of_one, two])), COUNTS_ONLY)
        assert "不公布" in issue_figure_words.rate_table(told, "compound", "zh")["件数"].tolist()

    @pytest.mark.parametrize("few", [(2,), (1, 1), (2, 2)])
    def test_the_total_tells_no_number_that_is_hidden(self, few: tuple[int, ...]) -> None:
        data = town()
        homes = data.issues[data.issues["compound_id"].notna()]
        many = [one for one in data.compounds.index if (homes["compound_id"] == one).sum() > 4]
        wanted = dict(zip(many, [*few, *[5] * (len(many) - len(few))], strict=True))
        issues = pd.concat([homes[homes["compound_id"] == one].iloc[:n] for one, n in wanted.items()])
        found = figures(replace(data, issues=issues), COUNTS_ONLY)
        rows = found.rates["compound"].table["issues"]
        hidden = [wanted[one] for one in rows.index[rows.isna()]]
        left = found.n - rows.sum()
        assert sorted(hidden) == sorted([*few, 5]), "one more, and no more than that"
        assert left == sum(hidden)
        assert found.rates["compound"].table.loc[rows.isna(), "shrunk"].isna().all()
        assert "推算" in issue_figure_words.note(found, "rates.compound", "zh")
        assert figures(replace(data, issues=issues)).rates["compound"].table["issues"].notna().all()

    def test_tables_by_week_and_category_hide_one_more_as_well(self) -> None:
        data = town()
        whole = figures(data, COUNTS_ONLY)
        codes = data.issues["category"].value_counts().index[:3]
        some = [data.issues[data.issues["category"] == code].iloc[:n] for code, n in zip(codes, (2, 5, 8), strict=True)]
        issues = pd.concat(some).assign(state="closed")
        told = figures(replace(data, issues=issues), COUNTS_ONLY)
        assert told.closing[0].n > 10
        assert len(told.closing) == 2, "all together, and one of three categories"
        assert whole.source is not None
        left = whole.source.n - whole.source_week["n"].sum()
        assert left == 0 or len(figures(data).source_week) - len(whole.source_week) > 1

    def test_tables_name_the_communitys_own_categories(self) -> None:
        data = town()
        code = data.issues["category"].value_counts().index[0]
        own = {code: replace(data.categories.entries[code], zh="本社区的叫法")}
        categories = replace(data.categories, entries={**data.categories.entries, **own})
        told = figures(replace(data, catalogues=replace(data.catalogues, categories=categories)))
        assert "本社区的叫法" in issue_figure_words.closing_table(told, "zh")["类别"].tolist()

    def test_own_grids_are_all_that_a_leader_is_told_of(self) -> None:
        data = town()
        own = int(data.grids.index[0])
        seen = replace(EVERYTHING, **{name: frozenset({own}) for name in ("buildings", "issues", "staff", "figures")})
        told = figures(sight.masked(data, seen), seen)
        assert set(data.buildings.loc[told.rates["building"].table.index, "grid_id"]) == {own}
        assert told.rates["grid"].table.index.tolist() == [own]
        signs = issue_rates.signs(data, told.rates["compound"], seen)
        placed = data.buildings[~data.buildings.geometry.is_empty]
        others = pd.Series(list(signs), index=placed.index)[placed["grid_id"] != own]
        assert set(others) == {"-"}


class TestLittleData:
    @pytest.mark.parametrize("language", ["zh", "en"])
    @pytest.mark.parametrize("seen", [EVERYTHING, COUNTS_ONLY], ids=["all", "numbers"])
    def test_no_issues(self, seen: Sight, language: str) -> None:
        told = figures(without_issues(), seen, language=language)
        assert told.n == 0
        assert told.source is None
        assert not told.watched.alarms
        for name in [*(f"rates.{by}" for by in told.rates), "alarms", "closing", "source.week", "source.grid"]:
            assert issue_figure_words.table(told, name, language) is not None
        for mode in issue_figure_words.MODES:
            assert "{" not in issue_figure_words.map_said(told, mode, language)
        assert issue_figure_words.closing(told.closing[0], language) == i18n.text(
            "issue_figures.closing.none", language
        )

    def test_no_households(self) -> None:
        data = town()
        told = figures(replace(data, buildings=data.buildings.assign(households=0)))
        assert told.rates["compound"].table["rate"].isna().all()
        assert told.rates["compound"].overall != told.rates["compound"].overall
        assert set(issue_rates.signs(data, told.rates["compound"], EVERYTHING)) == {"-"}
        assert issue_rates.class_words(told.rates["compound"], "zh") == {}
        assert [one.compound for one in told.watched.alarms] == [HANDOVER], "counts have a past all the same"

    def test_new_compound_is_there_without_issues(self) -> None:
        data = town()
        row = data.compounds.iloc[[0]].set_index(pd.Index([999], name=data.compounds.index.name)).assign(name="新小区")
        told = figures(replace(data, compounds=pd.concat([data.compounds, row])))
        assert told.rates["compound"].table.at[999, "issues"] == 0
        assert [one.compound for one in told.watched.alarms] == [HANDOVER]

    def test_nothing_at_all(self) -> None:
        data = without_issues()
        empty = {name: getattr(data, name).iloc[:0] for name in ("buildings", "compounds", "grids", "gates", "points")}
        told = figures(replace(data, **empty))
        assert told.rates["compound"].table.empty


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("mode", issue_figure_words.MODES)
def test_each_map_can_be_saved_as_a_picture(found: IssueFigures, mode: issue_figure_words.Mode, language: str) -> None:
    data = town()
    signs = "-" * int((~data.buildings.geometry.is_empty).sum())
    if mode == "hot_spots":
        assert found.hot is not None
        signs = issue_rates.hot_signs(data, found.hot)
    made = issue_pictures.png(data, mode, signs, found, told=["160"], language=language)
    assert made.startswith(b"\x89PNG")


def test_sentences_name_their_numbers(found: IssueFigures) -> None:
    said = issue_figure_words.alarm(found.watched.alarms[0], "zh")
    assert HANDOVER in said
    assert str(found.watched.alarms[0].observed) in said
    assert str(found.n) in issue_figure_words.closing(found.closing[0], "zh")
    assert HANDOVER in issue_figure_words.beside(found, "compound", "zh")
    assert issue_figure_words.hot(found, "en").split()[0].isdigit()
