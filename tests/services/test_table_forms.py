"""Tables as departments ask for them: their workbook stays as it is, and nobody gets more than they see."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator

import openpyxl
import prepared
import pytest
from demo_town import NOW
from openpyxl.chart import BarChart, Reference
from openpyxl.formatting.rule import CellIsRule
from openpyxl.styles import Font, PatternFill
from openpyxl.worksheet.datavalidation import DataValidation

from gridmap import model
from gridmap.access import Actor
from gridmap.errors import FaultyInput, Forbidden, InputError
from gridmap.exchange import form_losses, form_sheet
from gridmap.model import Role
from gridmap.services import table_forms
from gridmap.services.table_forms import TableForm
from gridmap.store import Store, open_store

HEADINGS = ("序号", "所属网格", "小区名称", "楼号", "保障类型", "姓名", "走访间隔")


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    store = open_store(str(prepared.with_demo(tmp_path_factory.mktemp("town") / "town.gpkg", NOW)))
    yield store
    store.close()


@pytest.fixture(scope="module")
def community(town: Store) -> model.Community:
    return town.communities()[0]


def template(headings: tuple[str, ...] = HEADINGS, note: str = "{{社区}} {{日期}}", room: int = 2) -> bytes:
    """A department's workbook: merged titles, styled rows, room for two rows, then a total and a merged signature."""
    book = openpyxl.Workbook()
    book.active.title = "说明"
    sheet = book.create_sheet("月报")
    sheet["A1"] = "困难群众月报"
    sheet["A1"].font = Font(size=20, bold=True)
    sheet.merge_cells("A1:G1")
    sheet["A2"] = note
    for column, told in enumerate(headings, start=1):
        sheet.cell(3, column, told).font = Font(bold=True)
        sheet.cell(4, column).fill = PatternFill("solid", fgColor="FFFF00")
    foot = 4 + room
    sheet.cell(foot, 1, "合计")
    sheet.cell(foot, 7, f"=SUM(G4:G{foot - 1})")
    sheet.cell(foot + 1, 1, "填表人：{{填表人}}")
    sheet.merge_cells(start_row=foot + 1, end_row=foot + 1, start_column=1, end_column=7)
    sheet.column_dimensions["C"].width = 33
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def actor(community: model.Community, role: Role, *grids: int) -> Actor:
    return Actor(
        account_id=1,
        name="填表员",
        role=role,
        street_id=community.street_id,
        community_id=community.id,
        grid_ids=frozenset(grids),
        session_id=1,
    )


def form_of(data: bytes, **more: object) -> TableForm:
    layout = form_sheet.read(data, "月报.xlsx")
    columns = table_forms.proposed(layout, "households-in-need")
    made = {"name": "月报", "kind": "households-in-need", "columns": columns}
    base = TableForm(**{**made, **more})
    return table_forms.replaced(base, data, "月报.xlsx")


def sheet_of(file: bytes) -> openpyxl.worksheet.worksheet.Worksheet:
    return openpyxl.load_workbook(io.BytesIO(file))["月报"]


def test_template_is_filled_and_stays_as_it_is(town: Store, community: model.Community) -> None:
    form = form_of(template())
    assert [told for _, _, told in form.columns] == ["#", "grid", "compound", "building", "need", "", "interval_days"]
    assert form.without() == ("姓名",)
    secretary = actor(community, Role.SECRETARY)
    table_forms.save(town, secretary, community, form)
    kept = table_forms.named(town, community, "月报")
    assert kept == form
    made = table_forms.fill(town, community, kept, actor=secretary, now=NOW)
    sheet = sheet_of(made.data)
    assert made.rows == 8
    assert sheet["A1"].font.size == 20
    assert {str(one) for one in sheet.merged_cells.ranges} == {"A1:G1", "A13:G13"}
    assert sheet["A2"].value == f"{community.name} 2026年11月24日"
    assert [sheet.cell(row, 1).value for row in range(4, 12)] == list(range(1, 9))
    assert {sheet.cell(row, 3).fill.fgColor.rgb for row in range(4, 12)} == {"00FFFF00"}
    assert (sheet["A12"].value, sheet["A13"].value) == ("合计", "填表人：填表员")
    assert sheet["G12"].value == "=SUM(G4:G11)"
    assert sheet.column_dimensions["C"].width == 33
    # No name, no phone, and no cell that a spreadsheet would run.
    told = [str(cell.value) for row in sheet.iter_rows(min_row=4, max_row=11) for cell in row if cell.value is not None]
    assert not [one for one in told if "1380000" in one or one.startswith("=")]


@pytest.mark.parametrize("room", [1, 2])
def test_print_area_charts_and_lists_fit_the_rows_that_came(town: Store, community: model.Community, room: int) -> None:
    book = openpyxl.load_workbook(io.BytesIO(template(room=room)))
    sheet = book["月报"]
    foot = 4 + room
    sheet.print_area = f"A1:G{foot + 1}"
    listed = DataValidation(type="list", formula1='"是,否"')
    listed.add("F4")
    sheet.add_data_validation(listed)
    sheet.conditional_formatting.add(f"G4:G{foot - 1}", CellIsRule(operator="lessThan", formula=["8"]))
    chart = BarChart()
    chart.add_data(Reference(sheet, min_col=7, min_row=3, max_row=foot - 1), titles_from_data=True)
    sheet.add_chart(chart, f"A{foot + 3}")
    book["说明"]["A1"] = f"=MAX(月报!G4:G{foot - 1})"
    file = io.BytesIO()
    book.save(file)
    form = form_of(file.getvalue())
    assert form.lost() == ()
    made = openpyxl.load_workbook(io.BytesIO(table_forms.fill(town, community, form, now=NOW).data))
    filled = made["月报"]
    assert filled.print_area == "'月报'!$A$1:$G$13"
    assert str(filled.data_validations.dataValidation[0].sqref) == "F4:F11"
    assert [str(one.sqref) for one in filled.conditional_formatting] == ["G4:G11"]
    assert filled._charts[0].ser[0].val.numRef.f == "'月报'!$G$4:$G$11"
    assert filled._charts[0].anchor._from.row == 14
    assert made["说明"]["A1"].value == "=MAX(月报!G4:G11)"
    # What would be lost is said before: the library keeps no text boxes.
    inside = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(file.getvalue())) as source, zipfile.ZipFile(inside, "w") as target:
        for part in source.namelist():
            box = b"<xdr:sp macro='' textlink=''/></xdr:wsDr>" if part == "xl/drawings/drawing1.xml" else b""
            content = source.read(part)
            target.writestr(part, content.replace(b"</wsDr>", box.replace(b"xdr:", b"")) if box else content)
    assert form_losses.of(inside.getvalue()) == ("shapes",)


def test_who_may_export_a_register_designs_its_tables(town: Store, community: model.Community) -> None:
    columns = (("A", "事项名称", "name"),)
    form = TableForm(name="窗口事项", kind="desk-matters", columns=columns)
    table_forms.save(town, actor(community, Role.DESK), community, form)
    table_forms.delete(town, actor(community, Role.DESK), community, "窗口事项")
    care = TableForm(name="对象", kind="households-in-need", columns=(("A", "保障类型", "need"),))
    for refused in (Role.DESK, Role.STREET_LEADER):
        with pytest.raises(Forbidden):
            table_forms.save(town, actor(community, refused), community, care)


def test_only_what_somebody_sees_is_filled_in_groups_and_filters(town: Store, community: model.Community) -> None:
    form = form_of(template(), group="grid", only={"need": ("独居关照", "助餐送餐")})
    whole = sheet_of(table_forms.fill(town, community, form, now=NOW).data)
    told = [whole.cell(row, 1).value for row in range(4, whole.max_row + 1)]
    assert told[:4] == ["第一网格（2 条）", 1, 2, "第二网格（1 条）"]
    assert {whole.cell(row, 5).value for row in (5, 6, 8)} <= {"独居关照", "助餐送餐"}
    own = table_forms.fill(town, community, form, actor=actor(community, Role.GRID_WORKER, 1), now=NOW)
    assert own.rows == 2
    with pytest.raises(Forbidden):
        table_forms.fill(town, community, form, actor=actor(community, Role.DESK), now=NOW)


def test_wrong_template_says_which_cell_wants_what(community: model.Community) -> None:
    form = form_of(template())
    with pytest.raises(FaultyInput) as wrong:
        table_forms.replaced(form, template(headings=(*HEADINGS[:3], "门牌", *HEADINGS[4:6])), "新.xlsx")
    said = wrong.value.sentence("zh")
    assert "D3" in said
    assert "楼号" in said
    assert "G3" in said
    with pytest.raises(FaultyInput, match="A2"):
        form_sheet.read(template(note="{{街道主任}}"), "新.xlsx")
    for data, key in ((b"PK\x03\x04broken", "sheet_damaged"), (b"\xd0\xcf\x11\xe0 old", "form_not_xlsx")):
        with pytest.raises(InputError) as refused:
            form_sheet.read(data, "新.xlsx")
        assert refused.value.key == key


def test_without_a_template_titles_stand_above(town: Store, community: model.Community) -> None:
    columns = table_forms.lettered([("序号", "#"), ("事项", "name"), ("材料", "papers")])
    form = TableForm(
        name="事项表", kind="desk-matters", columns=columns, titles=("办事指南", "{{社区}}，共 {{条数}} 项")
    )
    made = table_forms.fill(town, community, form, now=NOW)
    sheet = openpyxl.load_workbook(io.BytesIO(made.data)).active
    assert [sheet["A1"].value, sheet["A2"].value] == ["办事指南", f"{community.name}，共 10 项"]
    assert [cell.value for cell in sheet[3]] == ["序号", "事项", "材料"]
    assert sheet.max_row == 13
    with pytest.raises(InputError):
        table_forms.save(town, None, community, TableForm(name="空", kind="desk-matters", columns=(("A", "x", ""),)))
