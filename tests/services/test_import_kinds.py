"""Each register comes in, comes in again without a change, and says what is wrong with it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pandas as pd
import prepared
import pytest
import sqlalchemy as sa
from register_files import counts, looked, noted, problems, settle, take, written

from gridmap import access, catalogues, model
from gridmap.errors import Forbidden, InputError
from gridmap.exchange import columns, registers
from gridmap.services import checking, communities, import_kinds, import_undo, importing, key_file
from gridmap.store import Store, open_store

Place = tuple[Store, model.Community]


@pytest.fixture(params=["geopackage", pytest.param("postgis", marks=pytest.mark.postgis)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    file = request.param == "geopackage"
    address = (
        prepared.empty(tmp_path / "store.gpkg")
        if file
        else request.getfixturevalue("postgis_database")(with_tables=True)
    )
    store = open_store(str(address))
    yield store, settle(store)
    assert checking.check(store).faults == ()
    store.close()


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Place]:
    store = open_store(str(prepared.empty(tmp_path / "store.gpkg")))
    yield store, settle(store)
    store.close()


def test_all_kinds_have_columns_and_words() -> None:
    assert set(import_kinds.KINDS) == set(columns.kinds()) == {
        *("compounds", "gates", "buildings", "grids", "paths", "service-points", "resident-groups", "staff", "issues"),
        *("households-in-need", "projects", "fund-entries", "activities", "premises", "desk-matters"),
        *("milestones", "opinions", "bookings", "receptions", "care-helps", "home-visits"),
    }  # fmt: skip


def test_staff_come_in_as_pairs_and_leaders(place: Place, tmp_path: Path) -> None:
    store, community = place
    heading = ("姓名", "岗位", "AB岗", "互补人员", "网格", "联系电话", "在岗")
    file = written(
        tmp_path, "名册.csv", heading,
        ("甲一", "网格长", "A", "乙二", "第一网格", "138 0000 0001", "是"),
        ("乙二", "网格员", "", "", "第一网格", "13800000002", ""),
        ("丙三", "楼栋专员", "", "", "", "", "否"),
    )  # fmt: skip
    preview = looked(store, community, file, "staff")
    assert problems(preview) == [("value_unknown", 4)]
    report = take(store, community, file, "staff")
    assert counts(report) == (3, 0, 0, 0)
    assert noted(report)["grids_led"]["n"] == 1
    assert noted(report)["grids_of_others"]["n"] == 1
    kept = store.frame(model.Staff, 1).set_index("name")
    assert _pairs(store) == {"甲一": "乙二", "乙二": "甲一", "丙三": ""}
    assert (kept.at["甲一", "ab"], kept.at["乙二", "ab"]) == ("A", "B")
    assert kept["post"].tolist() == ["grid_leader", "grid_worker", "desk"]
    assert kept["active"].tolist() == [True, True, False]
    assert key_file.opening().ring.open(kept.at["甲一", "phone"]) == "13800000001"
    leader = store.frame(model.Grid, 1)["leader_id"].tolist()[0]
    assert store.frame(model.Staff, 1).at[leader, "name"] == "甲一"
    assert counts(take(store, community, file, "staff")) == (0, 0, 3, 0)
    # Another partner: the first one is in no pair any longer.
    again = written(tmp_path, "名册2.csv", ("姓名", "互补人员"), ("甲一", "丙三"))
    report = take(store, community, again, "staff")
    assert counts(report) == (0, 1, 0, 0)
    assert _pairs(store) == {"甲一": "丙三", "乙二": "", "丙三": "甲一"}
    kept = store.frame(model.Staff, 1).set_index("name")
    assert kept["post"].tolist() == ["grid_leader", "grid_worker", "desk"]


def _pairs(store: Store) -> dict[str, str]:
    """Who stands in for whom."""
    staff = store.frame(model.Staff, 1)
    names = staff["name"].to_dict()
    return {row["name"]: names.get(row["partner_id"], "") for _, row in staff.iterrows()}


def test_pairs_that_are_none_are_refused(here: Place, tmp_path: Path) -> None:
    rows = (("甲一", "乙二"), ("乙二", "丙三"), ("丁四", "丁四"), ("甲一", "戊五"), ("", "甲一"))
    file = written(tmp_path, "名册.csv", ("姓名", "搭档"), *rows)
    found = problems(looked(*here, file, "staff"))
    assert ("partner_taken", 2) in found
    assert ("partner_self", 4) in found
    assert ("id_twice", 5) in found
    assert ("cell_missing", 6) in found


def test_groups_and_activities_find_their_points(here: Place, tmp_path: Path) -> None:
    store, community = here
    groups = written(
        tmp_path, "自组织.csv", ("组织名称", "类型", "服务点", "人数", "社长", "联系电话"),
        ("东苑书画社", "", "东苑服务站", "约20人", "己六", "13800000003"),
        ("夕阳红舞蹈队", "舞蹈", "没有的站", "15", "", ""),
    )  # fmt: skip
    preview = looked(store, community, groups, "resident-groups")
    assert problems(preview) == [("point_unknown", 3)]
    assert counts(take(store, community, groups, "resident-groups")) == (2, 0, 0, 0)
    assert counts(take(store, community, groups, "resident-groups")) == (0, 0, 2, 0)
    kept = store.frame(model.ResidentGroup, 1)
    assert kept["kind"].tolist() == ["painting", "dance"]
    assert kept["members"].tolist() == [20, 15]
    assert kept["service_point_id"].tolist()[0] == 1
    assert key_file.opening().ring.open(kept["leader"].iloc[0]) == "己六"
    activities = written(
        tmp_path, "活动.csv", ("日期", "活动名称", "活动地点", "自组织", "参加人数"),
        ("2026年3月1日", "迎春书画展", "东苑服务站", "东苑书画社", "32"),
        (46082, "迎春书画展", "西苑广场", "", "8"),
        ("哪天", "无题", "", "", ""),
    )  # fmt: skip
    assert problems(looked(store, community, activities, "activities")) == [("not_a_day", 4)]
    with pytest.raises(InputError):
        take(store, community, activities, "activities")
    assert store.frame(model.Activity, 1).empty
    assert counts(take(store, community, activities, "activities", skip_refused=True)) == (2, 0, 0, 1)
    assert counts(take(store, community, activities, "activities", skip_refused=True)) == (0, 0, 2, 1)
    kept = store.frame(model.Activity, 1)
    assert kept["day"].tolist() == [dt.date(2026, 3, 1), dt.date(2026, 3, 1)]
    group = kept["resident_group_id"].tolist()[0]
    assert store.frame(model.ResidentGroup, 1).at[group, "name"] == "东苑书画社"
    assert kept["service_point_id"].tolist()[0] == 1


def test_fund_is_never_below_zero(place: Place, tmp_path: Path) -> None:
    store, community = place
    heading = ("日期", "收入(元)", "支出(元)", "姓名", "摘要", "凭证号")
    first = written(
        tmp_path, "基金.csv", heading,
        ("2026-01-05", "￥1,200.50", "", "庚七", "春节捐款", "1号"),
        ("2026-02-01", "", "1200", "辛八", "慰问", ""),
        ("2026-02-02", "1", "", "", "爱心捐款", ""),
    )  # fmt: skip
    assert counts(take(store, community, first, "fund-entries")) == (3, 0, 0, 0)
    assert counts(take(store, community, first, "fund-entries")) == (0, 0, 3, 0)
    kept = store.frame(model.FundEntry, 1)
    assert kept["kind"].tolist() == ["gift", "grant", "gift"]
    assert kept["amount_yuan"].tolist() == [1200.5, 1200.0, 1.0]
    assert key_file.opening().ring.open(kept["person"].iloc[0]) == "庚七"
    second = written(tmp_path, "支出.csv", heading, ("2026-02-01", "", "0.51", "", "慰问", ""))
    with pytest.raises(InputError, match="2026-02-01") as refused:
        take(store, community, second, "fund-entries")
    assert refused.value.key == "fund_negative"
    assert len(store.frame(model.FundEntry, 1)) == 3
    just = written(tmp_path, "支出2.csv", heading, ("2026-02-01", "", "0.50", "", "慰问", ""))
    assert counts(take(store, community, just, "fund-entries")) == (1, 0, 0, 0)


def test_fund_says_what_is_no_amount(here: Place, tmp_path: Path) -> None:
    file = written(
        tmp_path, "基金.csv", ("日期", "类型", "金额", "收入", "支出"),
        ("2026-01-05", "捐款", "若干", "", ""),
        ("2026-01-05", "捐款", "", "", ""),
        ("2026-01-05", "", "5", "", ""),
        ("2026-01-05", "", "", "7", "5"),
        ("2026-01-05", "", "", "7", ""),
        ("2026-01-05", "", "-5", "", ""),
    )  # fmt: skip
    found = looked(*here, file, "fund-entries")
    assert problems(found) == [
        ("not_an_amount", 2), ("amount_missing", 3), ("fund_kind_missing", 4), ("amount_twice", 5),
    ]  # fmt: skip
    assert found.counts == (2, 0, 0, 4)


def test_projects_have_owners_and_places(here: Place, tmp_path: Path) -> None:
    store, community = here
    take(store, community, written(tmp_path, "名册.csv", ("姓名", "岗位"), ("甲一", "网格长")), "staff")
    heading = ("年度", "序号", "项目名称", "责任人", "进度", "完成时限", "预算万元", "实施地点")
    file = written(
        tmp_path, "实事.csv", heading,
        ("2026", "1", "加装坡道", "甲一", "进行中", "2026-10-01", "3.5", "东苑小区2号楼"),
        ("2026", "2", "更换路灯", "街道办", "已完成", "", "", "哪里都不是"),
    )  # fmt: skip
    preview = looked(store, community, file, "projects")
    assert problems(preview) == [("place_not_found", 3)]
    assert counts(take(store, community, file, "projects")) == (2, 0, 0, 0)
    assert counts(take(store, community, file, "projects")) == (0, 0, 2, 0)
    kept = store.frame(model.Project, 1)
    assert kept["state"].tolist() == ["running", "done"]
    assert kept["budget_yuan"].tolist()[0] == 35000
    assert kept["building_id"].tolist()[0] == 2
    assert not kept.geometry.iloc[0].is_empty
    assert store.frame(model.Staff, 1).at[kept["owner_id"].tolist()[0], "name"] == "甲一"
    assert kept["owner"].tolist() == ["", "街道办"]
    renamed = written(tmp_path, "实事2.csv", heading[:5], ("2026", "1", "加装无障碍坡道", "", "完成"))
    assert counts(take(store, community, renamed, "projects")) == (0, 1, 0, 0)
    kept = store.frame(model.Project, 1)
    assert kept["name"].tolist() == ["加装无障碍坡道", "更换路灯"]
    assert kept["owner_id"].notna().tolist() == [True, False]


def test_points_come_in_with_their_teams(here: Place, tmp_path: Path) -> None:
    store, community = here
    take(store, community, written(tmp_path, "名册.csv", ("姓名", "岗位"), ("甲一", "网格长")), "staff")
    file = written(
        tmp_path, "服务站.csv", ("名称", "服务类型", "小区", "楼号", "站长", "楼院长", "团队成员"),
        ("西苑服务站", "邻里服务站", "西苑小区", "1#", "甲一", "癸九、子十", "党员3人，热心居民 5 名"),
    )  # fmt: skip
    report = take(store, community, file, "service-points")
    assert counts(report) == (1, 0, 0, 0)
    assert noted(report)["team_names"]["n"] == 2
    assert counts(take(store, community, file, "service-points")) == (0, 0, 1, 0)
    team = store.frame(model.TeamMember, 1)
    assert team.set_index("role")["number"].to_dict() == {
        "station_head": 1, "courtyard_head": 2, "party_member": 3, "keen_resident": 5,
    }  # fmt: skip
    assert team.loc[team["staff_id"].notna(), "role"].tolist() == ["station_head"]
    assert store.frame(model.ServicePoint, 1)["building_id"].tolist()[-1] == 4
    fewer = written(tmp_path, "服务站2.csv", ("名称", "服务类型", "小区", "楼号", "楼院长"),
                    ("西苑服务站", "邻里服务站", "西苑小区", "1#", "1人"))  # fmt: skip
    before = store.frame(model.TeamMember, 1).drop(columns="version")
    again = take(store, community, fewer, "service-points")
    assert counts(again) == (0, 1, 0, 0)
    now = store.frame(model.TeamMember, 1)
    team = now.set_index("role")["number"]
    assert (team["courtyard_head"], team["station_head"]) == (1, 1)
    # What an import changes is as it was with its undoing.
    assert again.run is not None
    import_undo.undo(store, None, community, again.run)
    pd.testing.assert_frame_equal(store.frame(model.TeamMember, 1).drop(columns="version").sort_index(), before)


def test_own_issues_are_found_by_their_code(place: Place, tmp_path: Path) -> None:
    store, community = place
    heading = ("编号", "时间", "网格", "地点", "类型", "简述", "处置人", "处置意见", "处理时限", "状态", "来源")
    file = written(
        tmp_path, "问题.csv", heading,
        ("W-1", "2026-03-01 09:30", "第一网格", "东苑小区1号楼", "路灯", "楼道灯不亮",
         "甲一", "已报修", "2026-03-05", "办理中", "走访"),
        ("W-2", "2026-03-02", "没有的网格", "", "", "下水道堵了，电话13800000009", "", "", "", "", ""),
    )  # fmt: skip
    assert problems(looked(store, community, file, "issues")) == [("grid_unknown", 3)]
    assert counts(take(store, community, file, "issues")) == (2, 0, 0, 0)
    assert counts(take(store, community, file, "issues")) == (0, 0, 2, 0)
    kept = store.frame(model.Issue, 1).set_index("code")
    first, second = kept.loc["W-1"], kept.loc["W-2"]
    assert (first["source"], first["category"], first["state"]) == ("walk", "lighting", "in_progress")
    assert (first["building_id"], first["compound_id"], first["grid_id"]) == (1, 1, 1)
    assert (first["handler"], first["handling"]) == ("甲一", "已报修")
    assert second["text"] == "下水道堵了，电话138****0009"
    assert key_file.opening().ring.open(second["contact_phone"]) == "13800000009"
    assert (second["source"], second["category"], second["state"]) == ("visitor", "drainage", "recorded")


ORDER = ("工单编号", "受理时间", "三级分类", "诉求地址", "问题描述", "办结时限", "工单状态", "联系人", "联系电话")


def _order(tmp_path: Path, state: str, *, due: str = "2026-03-08", text: str = "夜间施工", **more: str) -> Path:
    row = ("XA1", "2026-03-01 10:00", more.get("category", "噪音扰民"), more.get("address", "东苑小区2号楼"), text, due,
           state, "丑一", "13800000011")  # fmt: skip
    return written(tmp_path, f"{state}{due}{text[:3]}.csv", ORDER, row)


def test_later_export_says_how_an_order_stands(place: Place, tmp_path: Path) -> None:
    store, community = place
    assert counts(take(store, community, _order(tmp_path, "待接单"), "issues")) == (1, 0, 0, 0)
    assert counts(take(store, community, _order(tmp_path, "办理中", due="2026-03-10"), "issues")) == (0, 1, 0, 0)
    issue = store.frame(model.Issue, 1).iloc[0]
    assert (issue["state"], issue["due_at"].date(), issue["code"]) == ("in_progress", dt.date(2026, 3, 10), "XA1")
    events = store.frame(model.IssueEvent, 1)
    assert events["to_state"].tolist() == ["assigned", "in_progress"]
    # Somebody here settles it, gives it more time, another category and another place.
    with store.write() as session:
        row = session.get_one(model.Issue, int(issue.name))
        row.state, row.due_at = model.IssueState.DONE, dt.datetime(2026, 4, 1, tzinfo=dt.UTC)
        row.category, row.building_id, row.place_confidence = "neighbours", 3, None
    later = _order(tmp_path, "已退回", due="2026-03-12", text="夜间施工，扰民", address="西苑小区1号楼")
    assert counts(take(store, community, later, "issues")) == (0, 1, 0, 0)
    issue = store.frame(model.Issue, 1).iloc[0]
    assert (issue["state"], issue["hotline_state"]) == ("done", "已退回")
    assert (issue["due_at"].date(), issue["hotline_due_at"].date()) == (dt.date(2026, 4, 1), dt.date(2026, 3, 12))
    assert (issue["category"], issue["building_id"], issue["text"]) == ("neighbours", 3, "夜间施工，扰民")
    assert counts(take(store, community, later, "issues")) == (0, 0, 1, 0)


def test_what_comes_without_a_limit_has_that_of_its_category_until_the_hotline_says_one(
    here: Place, tmp_path: Path
) -> None:
    store, community = here

    def due() -> tuple[str, bool]:
        issue = store.frame(model.Issue, 1).iloc[0]
        return f"{issue['due_at'].tz_convert('Asia/Shanghai'):%m-%d %H:%M}", bool(pd.isna(issue["hotline_due_at"]))

    first = _order(tmp_path, "待接单", due="")
    assert counts(take(store, community, first, "issues")) == (1, 0, 0, 0)
    # It came on a Sunday; a noise has three working days, a drain five.
    assert due() == ("03-04 23:59", True)
    assert counts(take(store, community, first, "issues")) == (0, 0, 1, 0)
    other = _order(tmp_path, "待接单", due="", category="下水道")
    assert counts(take(store, community, other, "issues")) == (0, 1, 0, 0)
    assert due() == ("03-06 23:59", True)
    assert counts(take(store, community, _order(tmp_path, "待接单", category="下水道"), "issues")) == (0, 1, 0, 0)
    assert due() == ("03-08 23:59", False)
    assert counts(take(store, community, other, "issues")) == (0, 0, 1, 0), "a file that says no limit takes none away"


def test_closed_order_has_a_day_and_is_forgotten_for_good(here: Place, tmp_path: Path) -> None:
    store, community = here
    closed = _order(tmp_path, "已办结")
    take(store, community, closed, "issues")
    with store.write() as session:
        row = session.scalars(sa.select(model.Issue)).one()
        assert row.closed_at is not None
        row.closed_at = dt.datetime.now(dt.UTC) - dt.timedelta(days=400)
        row.contact_name = row.contact_phone = model.NO_SEALED
        row.address = ""
    # What retention has taken out does not come back with the same file.
    assert counts(take(store, community, closed, "issues")) == (0, 0, 1, 0)
    assert store.frame(model.Issue, 1)["contact_name"].tolist() == [""]


def test_order_twice_is_one_or_a_fault(here: Place, tmp_path: Path) -> None:
    row = ("XA1", "2026-03-01 10:00", "噪音", "东苑小区2号楼", "夜间施工", "2026-03-08", "待接单", "", "")
    same = written(tmp_path, "a.csv", ORDER, row, row)
    preview = looked(*here, same, "issues")
    assert (preview.counts, problems(preview)) == ((1, 0, 0, 0), [])
    other = written(tmp_path, "b.csv", ORDER, row, (*row[:4], "别的事", *row[5:]))
    assert problems(looked(*here, other, "issues")) == [("id_twice", 3)]
    late = written(tmp_path, "c.csv", ORDER, (*row[:5], "2026-02-01", *row[6:]))
    assert problems(looked(*here, late, "issues")) == [("due_before_received", 2)]
    long = written(tmp_path, "d.csv", ORDER, (*row[:4], "吵" * 10_000, *row[5:]))
    assert problems(looked(*here, long, "issues")) == [("too_long", 2)]
    odd = written(tmp_path, "e.csv", ORDER, (*row[:2], "不在单子上的", row[3], "说不清", row[5], "奇怪的状态", "", ""))
    assert problems(looked(*here, odd, "issues")) == [("state_unknown", 2), ("category_unknown", 2)]


CARE = ("姓名", "身份证号", "困难类型", "具体需求", "关注程度", "常住地址", "联系电话")
PERSONS = ("11010119500101001X", "110101195001010028")


def test_household_is_found_by_its_digest(place: Place, tmp_path: Path) -> None:
    store, community = place
    file = written(
        tmp_path, "台账.csv", CARE,
        ("寅二", PERSONS[0], "独居", "助餐", "重点", "东苑小区2号楼1单元301", "13800000012"),
        ("卯三", "", "低保", f"代购，本人{PERSONS[1]}", "", "西苑小区3栋2单元", ""),
    )  # fmt: skip
    assert counts(take(store, community, file, "households-in-need")) == (2, 0, 0, 0)
    assert counts(take(store, community, file, "households-in-need")) == (0, 0, 2, 0)
    kept = store.frame(model.CareHousehold, 1)
    assert kept["unit"].tolist() == ["1单元301", "2单元"]
    assert kept["need"].tolist() == ["meals", "errands"]
    assert kept["interval_days"].tolist() == [7, 14]
    assert kept["building_id"].tolist() == [2, 6]
    # The same person, who has moved.
    moved = written(tmp_path, "台账2.csv", CARE, ("寅二", PERSONS[0], "独居", "助餐", "", "西苑小区1号楼", ""))
    assert counts(take(store, community, moved, "households-in-need")) == (0, 1, 0, 0)
    kept = store.frame(model.CareHousehold, 1)
    assert (len(kept), kept["building_id"].tolist()[0], kept["interval_days"].tolist()[0]) == (2, 4, 7)
    with store.read() as session:
        told = str(session.execute(sa.select(model.CareHousehold.identity_digest)).all())
    assert not any(number in told for number in PERSONS)


def test_household_whose_building_is_not_known_is_placed_by_a_click(here: Place, tmp_path: Path) -> None:
    store, community = here
    row = ("辰四", "", "独居", "想找人说话", "", "老院子里头", "")
    file = written(tmp_path, "台账.csv", CARE, row)
    preview = looked(store, community, file, "households-in-need")
    assert problems(preview) == [("household_nowhere", 2)]
    assert preview.unplaced == (2,)
    assert "小区加楼号" in preview.faults[0].mend("zh")
    placed = looked(store, community, file, "households-in-need", placements={2: 5})
    assert placed.counts == (1, 0, 0, 0)
    report = importing.keep(store, None, placed)
    assert counts(report) == (1, 0, 0, 0)
    assert store.frame(model.CareHousehold, 1)["building_id"].tolist() == [5]
    phones = ("1380", "13800000013")
    twice = written(tmp_path, "b.csv", CARE, *((*row[:5], "东苑小区1号楼", phone) for phone in phones))
    found = problems(looked(store, community, twice, "households-in-need"))
    assert found == [("not_a_phone", 2), ("household_twice", 3)]


@pytest.mark.parametrize(
    ("said", "need"),
    [("助餐送餐", "meals"), ("加装扶手", "repairs"), ("独居老人", "living_alone"), ("低保", "hardship")],
)
def test_need_is_read_by_its_words(said: str, need: str) -> None:
    assert registers.need("", said) == need
    assert need in catalogues.entries("care_needs")


@pytest.mark.parametrize(
    ("said", "days"),
    [("每周", 7), ("每月2次", 15), ("每两周一次", 14), ("14", 14), ("每季度", 90), ("", None), ("30天", 30)],
)
def test_interval_is_read(said: str, days: int | None) -> None:
    assert registers.interval_days(said) == days


def test_nothing_without_a_community_of_its_own(here: Place, tmp_path: Path) -> None:
    store, community = here
    other = communities.create(store, "另一社区")
    file = written(tmp_path, "名册.csv", ("姓名", "岗位"), ("甲一", "网格长"))
    take(store, community, file, "staff")
    assert counts(take(store, other, file, "staff")) == (1, 0, 0, 0)
    assert len(store.frame(model.Staff, 1)) == len(store.frame(model.Staff, 2)) == 1


def test_households_are_kept_by_those_who_may_see_them(here: Place, tmp_path: Path) -> None:
    store, community = here
    row = ("寅二", "", "独居", "助餐", "", "东苑小区2号楼", "")
    preview = looked(store, community, written(tmp_path, "台账.csv", CARE, row), "households-in-need")
    administrator = access.Actor(
        account_id=1,
        session_id=1,
        name="a",
        role=model.Role.ADMINISTRATOR,
        street_id=None,
        community_id=None,
        grid_ids=frozenset(),
    )
    with pytest.raises(Forbidden):
        importing.keep(store, administrator, preview)
    assert store.frame(model.CareHousehold, 1).empty


def test_what_is_wrong_is_said_with_sheet_row_and_heading(here: Place, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = "名册"
    for row in (("姓名", "岗位", "搭档"), ("甲一", "网格长", "没有此人"), ("", "网格员", "甲一")):
        book.active.append(row)
    book.save(tmp_path / "名册.xlsx")
    book.close()
    told = [fault.sentence("zh") for fault in looked(*here, tmp_path / "名册.xlsx", "staff").faults]
    assert told == [
        "工作表“名册”第 3 行“姓名”没有填写。",
        "工作表“名册”第 2 行“搭档”：名册和已有数据里都没有“没有此人”，未建立 AB 岗。",
    ]
