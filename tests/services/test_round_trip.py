"""What goes out comes in again as it was, in every form and language; blank forms are filled in and come in."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import prepared
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gridmap import model
from gridmap.datums import Datum
from gridmap.errors import InputError
from gridmap.exchange import records, sheets
from gridmap.services import exporting, import_profiles, importing, issue_catalogue, registers, templates
from gridmap.services.import_profiles import Profile
from gridmap.store import Store, open_store

NOW = dt.datetime(2026, 11, 24, 2, 0, tzinfo=dt.UTC)
# A table draws neither a grid nor a path.
DRAWN = ("grids", "paths")
WORDS = st.text("槐荫路灯不亮（请修）ABc 12，。", min_size=1, max_size=12).map(lambda text: f"甲{text}乙")
KNOWN = issue_catalogue.default()


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """The demo, with what it lacks: an order of the hotline, an estimate, a lift, the fund and an activity."""
    opened = open_store(str(prepared.with_demo(tmp_path_factory.mktemp("round") / "store.gpkg", NOW)))
    with opened.write() as session:
        building = session.get_one(model.Building, 3)
        building.households_estimated, building.lift, building.built_year = True, True, 1998
        order = session.get_one(model.Issue, 5)
        order.order_number, order.hotline_state, order.hotline_category = "XA20261101001", "已办结", "城建/排水"
        order.hotline_due_at = order.due_at
        order.category, order.state, order.text = "drainage", model.IssueState.CLOSED, "井盖松动，请回电13800002001"
        session.add(model.Activity(community_id=1, day=NOW.date(), name="重阳节", hours="9:00-11:00", note="见附件"))
        session.add(model.HomeVisit(community_id=1, day=NOW.date(), matter="高龄补贴申请", building_id=3))
        station = session.get_one(model.ServicePoint, 1)
        station.tenure, station.rent_yuan, station.tenure_until = model.Tenure.RENT, 1200.0, NOW.date()
        session.get_one(model.Project, 1).done_on = NOW.date()
        said = {"project_id": 1, "day": NOW.date(), "stance": model.Stance.FOR, "number": 2}
        session.add_all(model.ProjectOpinion(community_id=1, text=text, **said) for text in ("", "好，回电13800002001"))
        for kind, yuan in ((model.FundKind.GIFT, 120.5), (model.FundKind.GRANT, 20.05)):
            session.add(model.FundEntry(community_id=1, day=NOW.date(), kind=kind, amount_yuan=yuan, purpose="慰问"))
    yield opened
    opened.close()


def again(store: Store, path: Path, kind: str, datum: Datum = Datum.WGS84) -> tuple[int, int, int, int]:
    """Rehearse the import of what went out: added, changed, unchanged, refused."""
    community = store.communities()[0]
    preview = importing.prepare(store, community, importing.look(store, path, kind=kind), kind, datum=datum.value)
    report = importing.report(preview, kept=False)
    assert [fault.sentence("en") for fault in report.faults if fault.fatal] == []
    return report.added, report.changed, report.unchanged, report.refused


def went_out(
    store: Store, folder: Path, kind: str, form: str, language: str = "zh", **how: object
) -> tuple[exporting.Exported, Path]:
    made = exporting.export(store, store.communities()[0], kind, form, language=language, now=NOW, **how)  # type: ignore[arg-type]
    path = folder / f"{kind}.{made.format.ending}"
    path.write_bytes(made.data)
    return made, path


@pytest.mark.parametrize("form", exporting.FORMATS)
def test_what_goes_out_comes_in_as_it_was(store: Store, tmp_path: Path, form: str) -> None:
    tried = 0
    for kind in exporting.KINDS:
        places = exporting.FORMATS[form].places or form == "gpkg"
        if exporting.FORMATS[form] not in exporting.formats(kind) or (kind in DRAWN and not places):
            continue
        made, path = went_out(store, tmp_path, kind, form)
        assert again(store, path, kind) == (0, 0, made.rows, 0), kind
        tried += made.rows > 0
    assert tried >= 6


@pytest.mark.parametrize("kind", [kind for kind in exporting.KINDS if kind not in DRAWN])
def test_english_workbooks_come_in_too(store: Store, tmp_path: Path, kind: str) -> None:
    made, path = went_out(store, tmp_path, kind, "xlsx", "en")
    assert again(store, path, kind) == (0, 0, made.rows, 0)


@pytest.mark.parametrize("datum", [Datum.GCJ02, Datum.BD09])
def test_another_datum_is_undone(store: Store, tmp_path: Path, datum: Datum) -> None:
    made, path = went_out(store, tmp_path, "compounds", "geojson", datum=datum)
    assert again(store, path, "compounds", datum) == (0, 0, made.rows, 0)


def test_columns_of_a_profile(store: Store, tmp_path: Path) -> None:
    mapping = {"number": "幢", "compound": "院子", "households": "多少户", "lon": "X", "lat": "Y", "address": "门牌"}
    profile = Profile(kind="buildings", name="街道版", mapping=mapping, datum="gcj02")
    import_profiles.save(store, None, store.communities()[0], profile)
    made, _ = went_out(store, tmp_path, "buildings", "xlsx", profile="街道版")
    heads, first, *_ = (
        openpyxl.load_workbook(io.BytesIO(made.data)).worksheets[0].iter_rows(min_row=3, values_only=True)
    )
    assert heads == tuple(mapping.values())
    row = dict(zip(heads, first, strict=True))
    assert not row["门牌"]
    middle = store.frame(model.Building, 1).geometry.iloc[0].centroid
    assert 0.002 < abs(float(row["X"]) - middle.x) < 0.01
    with pytest.raises(InputError) as refused:
        exporting.export(store, store.communities()[0], "buildings", "kml", profile="街道版")
    assert refused.value.key == "export_profile_tables"


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.tuples(WORDS, st.dates(dt.date(2020, 1, 1), dt.date(2030, 1, 1)), WORDS), min_size=1, max_size=4),
    form=st.sampled_from(["xlsx", "csv"]),
    attendance=st.one_of(st.none(), st.integers(0, 5000)),
)
def test_any_words_come_in_as_they_went_out(
    store: Store, tmp_path: Path, rows: list[tuple[str, dt.date, str]], form: str, attendance: int | None
) -> None:
    with store.write() as session:
        for name, day, note in rows:
            whole = {"name": " ".join(name.split()), "note": " ".join(note.split()), "attendance": attendance}
            same = {"day": day, "name": whole["name"]}
            if not session.query(model.Activity).filter_by(community_id=1, **same).count():
                session.add(model.Activity(community_id=1, day=day, **whole))  # type: ignore[arg-type]
    made, path = went_out(store, tmp_path, "activities", form)
    assert again(store, path, "activities") == (0, 0, made.rows, 0)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("kind", exporting.KINDS)
def test_blank_form_has_columns_that_are_read_and_an_example_that_is_not(
    tmp_path: Path, kind: str, language: str
) -> None:
    path = tmp_path / "form.xlsx"
    path.write_bytes(templates.template(kind, language))
    book = openpyxl.load_workbook(path)
    form, about, *_ = book.worksheets
    heads = [cell.value for cell in form[3]]
    assert str(form["A4"].value).startswith(records.EXAMPLE[language])
    assert about.max_row == len(heads) + 3
    lists = [heading for field in registers.REGISTERS[kind].fields if registers.options(kind, field, language, KNOWN)
             for heading in [registers.heading(kind, field, language)] if heading in heads]  # fmt: skip
    assert len(form.data_validations.dataValidation) >= len(lists)
    with pytest.raises(InputError) as empty:
        sheets.read(path)
    assert empty.value.key != "several_sheets"
    form["A5"] = "真的"
    form.cell(5, 2).value = "也是"
    book.save(path)
    read = sheets.read(path)
    assert list(read.frame.index) == [5]
    assert [one.why for one in read.left_out if one.row == 4] == ["example"]
    assert set(read.frame.columns) == set(heads)


def test_filled_in_form_comes_in(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "form.xlsx"
    path.write_bytes(templates.template("service-points", "zh"))
    book = openpyxl.load_workbook(path)
    form = book.worksheets[0]
    heads = [cell.value for cell in form[3]]
    for heading, value in {"服务类型": "乒乓球", "名称": "新乒乓球室", "经度": 108.9157, "纬度": 34.2310}.items():
        form.cell(5, heads.index(heading) + 1).value = value
    book.save(path)
    assert again(store, path, "service-points") == (1, 0, 0, 0)
