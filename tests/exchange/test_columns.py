"""Which column is which field."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from gridmap import catalogues
from gridmap.errors import InputError
from gridmap.exchange import columns, content


def drawn(**cells: list[object]) -> gpd.GeoDataFrame:
    size = len(next(iter(cells.values())))
    return gpd.GeoDataFrame(cells, geometry=[shapely.Point(1, 1)] * size, crs="EPSG:4326")


def table(*headings: str, row: tuple[object, ...] = ()) -> pd.DataFrame:
    cells = row or tuple("甲" for _ in headings)
    return pd.DataFrame([cells] * 3, columns=list(headings), index=pd.RangeIndex(2, 5, name="row"))


def taken(frame: pd.DataFrame, kind: str) -> dict[str, object]:
    return columns.mapping(columns.propose(frame, kind))


def test_chinese_and_english_columns_are_found() -> None:
    chinese = drawn(小区名称=["甲"], 楼号=["1#"], 地上楼层数=[6], 户数=[48], 单元数=[4])
    assert taken(chinese, "buildings") == {
        "compound": "小区名称", "number": "楼号", "floors": "地上楼层数", "households": "户数", "units": "单元数",
    }  # fmt: skip
    english = drawn(housenumber=["12"], Floor=[3], levels=[9], name=["Mill"])
    assert taken(english, "buildings") == {"number": "housenumber", "floors": "Floor", "name": "name"}


def test_an_id_of_zeros_is_no_building_number() -> None:
    assert taken(drawn(Id=[0, 0], Floor=[1, 2]), "buildings") == {"floors": "Floor"}
    assert taken(drawn(Id=[0, 7]), "buildings") == {"number": "Id"}
    assert taken(drawn(Id=[0] * 300 + [7]), "buildings") == {"number": "Id"}


def test_a_shape_on_the_map_needs_no_columns_of_coordinates() -> None:
    assert taken(drawn(lon=[108.9], lat=[34.2], number=["3"]), "buildings") == {"number": "number"}
    assert set(taken(table("lon", "lat", "number"), "buildings")) == {"lon", "lat", "number"}


REGISTERS = {
    "buildings": "序号 街道 社区 网格 小区名称 楼号 小区性质 楼栋类型 地上楼层数 单元数 户数 建筑面积 经度 纬度 "
    "物业公司 建成年份 电梯 备注",
    "households-in-need": "编号 姓名 性别 保障类型 困难原因 具体需求 关注程度 常住地址 网格 联系电话",
    "issues": "工单编号 信息来源 受理类型 录入时间 一级分类 二级分类 三级分类 四级分类 五级分类 联系人 联系电话 地址 "
    "问题描述 接收时间 办结时限 紧急程度 是否保密 工单状态 承办单位 派单时间 接单时间 退回时间 回单时间 "
    "办结时间 办理情况 延期天数 回访结果 备注",
}
UNKNOWN = {
    "buildings": {"序号", "街道", "社区", "网格", "小区性质", "建筑面积", "备注"},
    "households-in-need": {"性别"},
}


@pytest.mark.parametrize("kind", REGISTERS)
def test_the_registers_that_are_kept_are_known(kind: str) -> None:
    headings = REGISTERS[kind].split()
    found = columns.propose(table(*headings), kind)
    assert {guess.column for guess in found} == set(headings) - UNKNOWN.get(kind, set())


def test_real_orders_and_messages() -> None:
    orders = table("工单编号", "受理时间", "三级分类", "诉求地址", "问题描述", "紧急程度", "办结时限", "工单状态")
    assert set(taken(orders, "issues")) == {
        "order_number", "reported_at", "category_3", "address", "text", "urgency", "due_at", "state",
    }  # fmt: skip
    messages = taken(table("留言编号", "留言用户", "留言主题", "留言时间", "留言详情", "点赞数", "反对数"), "issues")
    assert messages == {"code": "留言编号", "title": "留言主题", "reported_at": "留言时间", "text": "留言详情"}


@pytest.mark.parametrize(
    "heading",
    [
        "户数（户）",
        "户 数",
        " 户数：",
        "*户数",
        "住户情况/户数",
        "户数(必填)",
        "总户数",
        "Households",
        "Number_of_Households",
    ],
)
def test_a_heading_is_known_however_it_is_written(heading: str) -> None:
    assert taken(table(heading, row=(48,)), "buildings") == {"households": heading}


@pytest.mark.parametrize("heading", ["现户数", "户数量"])
def test_a_name_within_a_heading_counts_for_less(heading: str) -> None:
    (guess,) = columns.propose(table(heading, row=(48,)), "buildings")
    assert (guess.field, guess.why) == ("households", "part")
    assert guess.confidence < 0.8


@pytest.mark.parametrize("heading", ["户数变动说明", "楼长姓名", "网格长电话"])
def test_a_name_within_another_is_not_taken_for_it(heading: str) -> None:
    assert taken(table(heading, row=("见附页",)), "buildings") == {}


def test_the_better_name_wins_and_nothing_is_taken_twice() -> None:
    found = columns.propose(table("编号", "楼号", "小区", "小区名称", "名称"), "buildings")
    assert columns.mapping(found) == {"number": "楼号", "compound": "小区", "name": "名称"}
    assert {guess.why for guess in found} == {"name"}
    confident = {guess.field: guess.confidence for guess in columns.propose(table("编号"), "buildings")}
    assert 0.8 <= confident["number"] < 1.0


def test_what_stands_in_a_column_counts() -> None:
    words = columns.propose(table("户数", row=("很多",)), "buildings")[0]
    numbers = columns.propose(table("户数", row=("约320户",)), "buildings")[0]
    assert words.confidence < numbers.confidence == 1.0


def test_a_column_is_told_by_its_content_where_only_it_could_be_meant() -> None:
    frame = table("甲", "乙", "丙", "姓名", row=("108.95421", "34.22310", "西安市碑林区机床厂家属院4号楼2单元", "张三"))
    found = {guess.field: guess for guess in columns.propose(frame, "households-in-need")}
    assert {field: found[field].column for field in ("lon", "lat", "address")} == {
        "lon": "甲",
        "lat": "乙",
        "address": "丙",
    }
    assert {found[field].why for field in ("lon", "lat", "address")} == {"content"}
    twice = table("甲", "乙", row=("108.95421", "108.95421"))
    assert taken(twice, "issues") == {}


def test_a_table_of_something_else_is_refused_with_what_it_has_and_what_is_needed() -> None:
    frame = table("一级分类", "二级分类", "三级分类")
    with pytest.raises(InputError) as refused:
        columns.demand(frame, "issues", taken(frame, "issues"), "附件1.xlsx")
    assert refused.value.sentence("zh") == (
        "在 附件1.xlsx 的表头里找不到必需的列。找到的列：一级分类、二级分类、三级分类；"
        "需要：问题描述/主题 (text)。请改用这些列名，或手动指定对应的列。"
    )
    german = table("Hausnummer", "Etagen", "Haushalte")
    with pytest.raises(
        InputError, match=r"headings are Hausnummer, Etagen.*Haushalte; needed is 楼号 \(building number\)"
    ):
        columns.demand(german, "buildings", taken(german, "buildings"), "a.xlsx")
    columns.demand(frame, "issues", {"title": "一级分类"}, "a.xlsx")


def test_ten_thousands_in_a_heading_go_into_the_cells() -> None:
    frame = table("项目名称", "预算(万元)", row=("修路", 12.5))
    named = columns.named(frame, taken(frame, "projects"))
    assert list(named["budget_yuan"]) == ["12.5万"] * 3
    assert list(named.index) == [2, 3, 4]


def test_the_catalogue_is_whole() -> None:
    assert set(columns.kinds()) == {
        "compounds", "gates", "buildings", "grids", "paths", "service-points", "resident-groups", "staff", "issues",
        "households-in-need", "projects", "fund-entries", "activities", "premises", "desk-matters",
        "milestones", "opinions", "bookings", "receptions", "care-helps", "home-visits",
    }  # fmt: skip
    for code, entry in catalogues.entries("import_columns").items():
        assert {"zh", "en", "holds", "names"} <= set(entry), code
        assert entry["names"][0].isascii() is False, code
        assert len(set(entry["names"])) == len(entry["names"]), code
    for kind in columns.kinds():
        for field, entry in columns.of_kind(kind).items():
            first = table(entry["names"][0], entry["names"][0] + " 2")
            assert columns.propose(first, kind)[0].field == field, f"{kind}.{field} is not what its first name means"


@pytest.mark.parametrize(
    ("holds", "fitting", "other"),
    [
        ("count", "约320户", "三楼住户"),
        ("money", "1.2万元", "若干"),
        ("date", "2024.3.1", "星期二"),
        ("phone", "029-12345678", "12345"),
        ("yesno", "是", "也许"),
        ("address", "模拟小区3号楼", "下水道堵了"),
        ("lon", "108.9541", "34.2231"),
        ("lat", "34.2231", "108.9541"),
        ("service_kind", "乒乓球", "足球"),
    ],
)
def test_contents_are_told_apart(holds: str, fitting: str, other: str) -> None:
    assert content.share(holds, [fitting, other]) == 0.5
