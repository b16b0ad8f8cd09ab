"""A community's categories, departments and flow: sound by default, its own to change, and nothing is lost by it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import prepared
import pytest
import record_town
import sqlalchemy as sa
from record_town import NOW, Town

from gridmap import errors, i18n, icons, model
from gridmap.model import Role, Urgency
from gridmap.services import (
    catalogue_checks,
    catalogue_editing,
    catalogue_sheets,
    issue_catalogue,
    issue_flow,
    open311,
    record_kinds,
    records,
    templates,
)
from gridmap.services.catalogue_editing import Change, Wanted
from gridmap.services.issue_catalogue import CATEGORIES, DEPARTMENTS, FLOW
from gridmap.store import open_store


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    store = open_store(str(prepared.empty(tmp_path_factory.mktemp("catalogue") / "store.gpkg")))
    yield record_town.build(store)
    store.close()


@pytest.fixture
def town(built: Town) -> Town:
    """The town, whose catalogues nobody has changed."""
    with built.store.write() as session:
        session.query(model.CatalogueEntry).delete()
    return built


def said(town: Town, catalogue: str, code: str) -> dict[str, Any]:
    return catalogue_checks.flat(catalogue, town.data().catalogues.rows[catalogue][code])


def save(town: Town, catalogue: str, code: str, /, role: Role = Role.SECRETARY, **values: Any) -> tuple[Change, ...]:
    start = said(town, catalogue, code) if code else catalogue_sheets.blank(catalogue)
    wanted = Wanted(catalogue=catalogue, code=code, said={**start, **values})
    return catalogue_editing.save(town.store, town.actor(role), town.data().community, [wanted], now=NOW)


class TestDefaults:
    def test_about_sixty_in_two_levels_each_defined(self) -> None:
        known = issue_catalogue.default().categories
        assert 55 <= len(known.entries) <= 70
        assert set(known.tree()) == set(known.groups)
        for one in known.entries.values():
            assert one.definition_zh.endswith("。")
            assert one.definition_en.endswith(".")
            assert set(one.limits) == set(Urgency)
            assert one.limits[Urgency.NORMAL].days >= one.limits[Urgency.CRITICAL].days
            assert icons.path(one.icon).stem == one.icon, "each has an icon of its own"
            assert issue_catalogue.default().departments.get(one.department)
        assert 14 <= len(issue_catalogue.default().departments.live()) <= 20

    @pytest.mark.parametrize(
        ("text", "code"),
        [
            ("三单元下水道又堵了", "drainage"),
            ("有人把电动车推进楼道充电", "ev_charging"),
            ("楼顶漏水半年没人管", "roof_leak"),
            ("门口井盖松动，车一过就响", "manhole"),
            ("楼下烧烤店油烟直排", "fumes"),
            ("不知道该找谁", None),
        ],
    )
    def test_a_sentence_tells_its_category(self, text: str, code: str | None) -> None:
        assert issue_catalogue.default().categories.guess(text) == code


class TestEditing:
    def test_a_new_category_is_known_everywhere(self, town: Town) -> None:
        words = {
            "zh": "外卖柜",
            "en": "parcel lockers",
            "definition_zh": "外卖柜、快递柜问题。",
            "names": "外卖柜、快递柜",
        }
        save(town, CATEGORIES, "", group="premises", limit_normal=(2, "working"), **words)
        data = town.data()
        code = data.categories.guess("快递柜挡了单元门口的路")
        assert code is not None
        assert data.categories.label(code, "en") == "parcel lockers"
        assert code in record_kinds.kind("issues").field("category").options(data.catalogues)
        assert code in {one["service_code"] for one in open311.services(data, "zh")}
        book = openpyxl.load_workbook(_file(templates.template("issues", "zh", data.catalogues)))
        assert any(cell.value == "外卖柜" for sheet in book.worksheets for row in sheet.iter_rows() for cell in row)
        given = {"category": code, "text": "挡路", "building_id": town.buildings[0]}
        tagged = records.tag_issue(town.store, town.actor(), data, given, client_id="own", now=NOW)
        assert tagged.fields["category"] == code

    def test_what_is_retired_stays_with_what_has_it_and_is_not_chosen_again(self, town: Town) -> None:
        data = town.data()
        base = records.read(town.store, town.actor(), data, "issues", town.issue)
        save(town, CATEGORIES, "noise", retired=True)
        data = town.data()
        assert data.categories.label("noise", "zh") == "噪音扰民"
        changed = records.change(town.store, town.actor(), data, base, {**base.fields, "text": "夜里还吵"}, now=NOW)
        assert changed.fields["category"] == "noise"
        with pytest.raises(errors.FaultyRecord) as told:
            records.tag_issue(town.store, town.actor(), data, {"category": "noise", "text": "吵",
                              "building_id": town.buildings[0]}, client_id="late", now=NOW)  # fmt: skip
        assert "噪音扰民" in told.value.sentence("zh")
        assert data.categories.guess("噪音太大") is None
        with pytest.raises(errors.NotFound):
            open311.definition(data, "noise")

    def test_undo_brings_back_what_was(self, town: Town) -> None:
        before = town.data().catalogues
        done = save(town, CATEGORIES, "road", zh="路面破损", limit_normal=(20, "working"))
        new = save(town, DEPARTMENTS, "", zh="街道综合办", names="综合办")
        by, community = town.actor(), town.data().community
        catalogue_editing.undo(town.store, by, community, [*done, *new], now=NOW)
        after = town.data().catalogues
        assert after.categories.entries["road"] == before.categories.entries["road"]
        assert set(after.departments.live()) == set(before.departments.live())
        with pytest.raises(errors.Conflict):
            catalogue_editing.undo(town.store, by, community, done, now=NOW)

    def test_two_at_once_are_told(self, town: Town) -> None:
        seen = said(town, CATEGORIES, "road")
        save(town, CATEGORIES, "road", zh="路面破损")
        mine = Wanted(catalogue=CATEGORIES, code="road", said={**seen, "zh": "道路坏了"}, base=seen)
        with pytest.raises(errors.Conflict) as told:
            catalogue_editing.save(town.store, town.actor(), town.data().community, [mine], now=NOW)
        assert "路面破损" in told.value.sentence("zh")

    @pytest.mark.parametrize(
        ("catalogue", "code", "values", "problem"),
        [
            (CATEGORIES, "road", {"zh": " "}, "required"),
            (CATEGORIES, "road", {"zh": "噪音扰民"}, "catalogue_twice"),
            (CATEGORIES, "road", {"zh": "长" * 21}, "long"),
            (CATEGORIES, "road", {"group": "nowhere"}, "not_offered"),
            (CATEGORIES, "road", {"limit_urgent": (400, "working")}, "catalogue_limit"),
            (CATEGORIES, "road", {"limit_urgent": (None, "working")}, "catalogue_limit"),
            (CATEGORIES, "road", {"double_m": 0}, "out_of_range"),
            (CATEGORIES, "other", {"retired": True}, "catalogue_other"),
            ("issue_groups", "streets", {"retired": True}, "catalogue_group_used"),
            (FLOW, "finish", {"roles": []}, "required"),
        ],
    )
    def test_what_cannot_be_is_said(
        self, town: Town, catalogue: str, code: str, values: dict[str, Any], problem: str
    ) -> None:
        with pytest.raises(errors.FaultyRecord) as refused:
            save(town, catalogue, code, **values)
        assert [one.problem for one in refused.value.refusals] == [problem]
        for language in i18n.LANGUAGES:
            assert "{" not in refused.value.sentence(language)

    def test_only_who_answers_for_the_community(self, town: Town) -> None:
        with pytest.raises(errors.Forbidden):
            save(town, CATEGORIES, "road", role=Role.DESK, zh="路面破损")
        save(town, CATEGORIES, "road", zh="路面破损")
        with town.store.read() as session:
            told = session.scalars(sa.select(model.AuditEntry).filter_by(action="catalogue_changed")).all()
        assert told[-1].target == "路面破损"

    def test_the_flow_is_the_communitys_too(self, town: Town) -> None:
        save(town, FLOW, "check", roles=["secretary"], asks=["photo"])
        save(town, FLOW, "suspend", retired=True)
        flow = town.data().catalogues.flow
        assert flow.moves["check"].asks == ("photo",)
        assert "suspend" not in {
            move.action for move in flow.allowed(model.IssueState.ASSIGNED, model.IssueLevel.SMALL)
        }
        with town.store.write() as session:
            issue = session.get_one(model.Issue, town.issue)
            issue.state = model.IssueState.DONE
            with pytest.raises(errors.Forbidden):
                issue_flow.within(session, town_actor(Role.DESK, town), issue, "check", photos=(1,), now=NOW)

    def test_what_another_program_broke_is_named(self, town: Town) -> None:
        with town.store.write() as session:
            session.add(model.CatalogueEntry(community_id=1, catalogue=CATEGORIES, code="road", content="{"))
        with pytest.raises(errors.StoreError) as told:
            town.data()
        assert "road" in told.value.sentence("zh")


class TestSheets:
    @pytest.mark.parametrize("language", i18n.LANGUAGES)
    @pytest.mark.parametrize("catalogue", catalogue_sheets.SHEETS)
    def test_what_goes_out_comes_in_again_unchanged(self, catalogue: str, language: str, tmp_path: Path) -> None:
        known = issue_catalogue.default()
        path = tmp_path / "out.xlsx"
        path.write_bytes(catalogue_sheets.written(catalogue, known, "模拟社区", language))
        assert catalogue_sheets.read(path, catalogue, known) == ([], [])

    def test_a_table_that_was_changed_comes_in(self, town: Town, tmp_path: Path) -> None:
        known, path = town.data().catalogues, tmp_path / "in.xlsx"
        path.write_bytes(catalogue_sheets.written(CATEGORIES, known, "模拟社区", "zh"))
        book = openpyxl.load_workbook(path)
        sheet = book.worksheets[0]
        head = {cell.value: cell.column for cell in sheet[3]}
        rows = {sheet.cell(n, head["代码"]).value: n for n in range(4, sheet.max_row + 1)}
        sheet.cell(rows["road"], head["普通时限"], "20个工作日".replace("个", ""))
        sheet.cell(rows["noise"], head["停用"], "是")
        last = max(n for code, n in rows.items() if code) + 1
        for name, value in (("名称", "外卖柜"), ("大类", "房屋与设施"), ("说明", "快递柜问题。"), ("关键词", "快递柜")):
            sheet.cell(last, head[name], value)
        book.save(path)
        wanted, faults = catalogue_sheets.read(path, CATEGORIES, known)
        assert (faults, {one.code for one in wanted}) == ([], {"road", "noise", ""})
        done = catalogue_editing.save(town.store, town.actor(), town.data().community, wanted, now=NOW)
        assert len(done) == 3
        after = town.data().categories
        assert after.entries["road"].limits[Urgency.NORMAL].days == 20
        assert not after.entries["noise"].live
        assert after.guess("快递柜坏了")
        sheet.cell(rows["road"], head["大类"], "没有的大类")
        sheet.cell(rows["noise"], head["代码"], "unheard")
        book.save(path)
        _, faults = catalogue_sheets.read(path, CATEGORIES, known)
        assert [one.refusal.problem for one in faults] == ["not_offered", "catalogue_code"]
        assert str(rows["road"]) in faults[0].sentence("zh")


def town_actor(role: Role, town: Town) -> Any:
    """An actor made without a transaction of its own."""
    from gridmap.access import Actor

    return Actor(account_id=1, name="x", role=role, street_id=None, community_id=town.community,
                 grid_ids=frozenset(), session_id=1)  # fmt: skip


def _file(content: bytes) -> Any:
    import io

    return io.BytesIO(content)


def test_content_is_json_that_says_what_differs(town: Town) -> None:
    done = save(town, CATEGORIES, "road", zh="路面破损")
    assert json.loads(done[0].after)["zh"] == "路面破损"
    assert save(town, CATEGORIES, "road", zh="路面破损") == (), "what is the same is no change"
