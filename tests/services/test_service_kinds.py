"""A community's kinds of service points: its own to change, known everywhere, and nothing is lost by it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import prepared
import pytest
import record_town
from record_town import NOW, Town

from gridmap import errors, icons, model, service_kinds
from gridmap.cartography import overview_config
from gridmap.model import Role
from gridmap.reports import glyphs
from gridmap.services import (
    catalogue_checks,
    catalogue_editing,
    catalogue_sheets,
    community_settings,
    coverage_table,
    importing,
    record_kinds,
    record_lists,
    records,
    registers,
    search,
)
from gridmap.services.catalogue_editing import Change, Wanted
from gridmap.services.issue_catalogue import KINDS
from gridmap.store import open_store


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    store = open_store(str(prepared.empty(tmp_path_factory.mktemp("kinds") / "store.gpkg")))
    yield record_town.build(store)
    store.close()


@pytest.fixture
def town(built: Town) -> Town:
    """The town, whose kinds nobody has changed; its one point is of a built-in kind."""
    with built.store.write() as session:
        session.query(model.CatalogueEntry).delete()
        session.query(model.ServicePoint).filter(model.ServicePoint.id != built.point).delete()  # type: ignore[arg-type]
        session.get_one(model.ServicePoint, built.point).kind = "table_tennis"
    return built


def save(town: Town, code: str, /, **values: Any) -> tuple[Change, ...]:
    rows = town.data().catalogues.rows[KINDS]
    base = catalogue_checks.flat(KINDS, rows[code]) if code else catalogue_sheets.blank(KINDS)
    wanted = Wanted(catalogue=KINDS, code=code, said={**base, **values})
    return catalogue_editing.save(town.store, town.actor(), town.data().community, [wanted], now=NOW)


def of_kind(town: Town, code: str) -> None:
    with town.store.write() as session:
        session.get_one(model.ServicePoint, town.point).kind = code


def incoming(town: Town, folder: Path, *kinds: str) -> importing.Preview:
    places = [{"type": "Point", "coordinates": record_town.at(20 + 15 * n, 20)} for n in range(len(kinds))]
    features = [
        {"type": "Feature", "properties": {"name": f"{kind}之家", "服务类型": kind}, "geometry": places[n]}
        for n, kind in enumerate(kinds)
    ]
    file = folder / "points.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    look = importing.look(town.store, file, kind="service-points")
    return importing.prepare(town.store, town.data().community, look, "service-points")


def test_a_new_kind_is_known_wherever_kinds_are_read(town: Town) -> None:
    (made,) = save(town, "", zh="理发", en="haircuts", icon="issue_elderly_care", radius_m=250.0, names="剪发、义剪")
    code = made.code
    of_kind(town, code)
    data = town.data()
    assert data.kinds.label(code, "zh") == "理发"
    assert list(data.kinds.entries)[-1] == code, "a new one stands last"
    assert code in record_kinds.kind("points").field("kind").options(data.catalogues)
    assert "haircuts" in registers.options("service-points", "kind", "en", data.catalogues).values()
    assert "理发" in record_lists.table(data, record_kinds.kind("points"), None, "zh").to_string()
    chosen = community_settings.of(town.store, town.community)
    assert chosen.radius_m(code) == 250
    assert chosen.radius_m("dance") == chosen.radius_other_m
    assert coverage_table.service_kind("义剪", data.kinds) == code
    with pytest.raises(errors.InputError) as told:
        coverage_table.service_kind("滑雪", data.kinds)
    assert "理发" in told.value.sentence("zh")
    assert [hit.place for hit in search.find(data, "理发", language="zh")] == ["理发"]
    map_ = {"language": "zh", "layer_base": "", "asset_base": "/a", "revision": "", "bounds": (0.0, 0.0, 1.0, 1.0)}
    assert overview_config.config(**map_, kinds=data.kinds)["kinds"][code]["icon"] == "/a/icons/issue_elderly_care.svg"
    (row,) = overview_config.legend(
        language="en", layers=["points"], mode="grid", grids=(), kinds=[code], known=data.kinds, asset_base="/a"
    )
    assert row["text"] == "haircuts"


def test_a_renamed_kind_keeps_its_code_and_other_communities_their_words(town: Town) -> None:
    save(town, "tea", zh="议事亭子", icon="reading")
    kinds = town.data().kinds
    assert (kinds.label("tea", "zh"), kinds.icon("tea")) == ("议事亭子", "reading")
    assert kinds.is_station("station")
    assert service_kinds.default().label("tea", "zh") == "议事茶座"


def test_what_is_retired_stays_with_its_points_and_is_not_chosen_again(town: Town) -> None:
    base = records.read(town.store, town.actor(), town.data(), "points", town.point)
    save(town, "table_tennis", retired=True)
    data = town.data()
    kept = records.change(town.store, town.actor(), data, base, {**base.fields, "hours": "09:00-12:00"}, now=NOW)
    assert kept.fields["kind"] == "table_tennis"
    assert data.kinds.label("table_tennis", "zh") == "乒乓球"
    given = {**base.fields, "name": "新点"}
    with pytest.raises(errors.FaultyRecord) as told:
        records.create(town.store, town.actor(), data, "points", given, now=NOW)
    assert "乒乓球" in told.value.sentence("zh")
    with pytest.raises(errors.FaultyRecord):
        save(town, service_kinds.STATION, retired=True)


def test_only_what_nothing_uses_is_removed_and_it_can_be_brought_back(town: Town) -> None:
    (made,) = save(town, "", zh="缝补", icon="repair")
    of_kind(town, made.code)
    by, community = town.actor(), town.data().community
    with pytest.raises(errors.Conflict) as told:
        catalogue_editing.remove(town.store, by, community, made.code, now=NOW)
    assert "缝补" in told.value.sentence("zh")
    of_kind(town, "dance")
    done = catalogue_editing.remove(town.store, by, community, made.code, now=NOW)
    kinds = town.data().kinds
    assert made.code not in [one.code for one in kinds.live()]
    assert kinds.label(made.code, "zh") == "缝补", "what is in the bin knows what it was"
    (again,) = save(town, "", zh="缝补", icon="repair")
    assert again.code != made.code, "its name is free, its code is not"
    catalogue_editing.undo(town.store, by, community, done, now=NOW)
    assert town.data().kinds.entries[made.code].live
    for code in ("dance", "nothing"):
        with pytest.raises(errors.NotFound):
            catalogue_editing.remove(town.store, by, community, code, now=NOW)


def test_order_is_changed_and_of_two_at_once_the_slower_is_told(town: Town) -> None:
    known, by = town.data().catalogues, town.actor()
    wanted = catalogue_editing.moved(known, "reading", -100)
    catalogue_editing.save(town.store, by, town.data().community, wanted, now=NOW)
    kinds = town.data().kinds
    assert list(kinds.entries)[:2] == ["reading", "station"]
    assert kinds.ordered({"dance", "reading", "sauna"}) == ["reading", "dance", "sauna"]
    late = catalogue_editing.moved(known, "dance", -1)
    with pytest.raises(errors.Conflict):
        catalogue_editing.save(town.store, by, town.data().community, late, now=NOW)
    with pytest.raises(errors.Forbidden):
        catalogue_editing.save(town.store, town.actor(Role.DESK), town.data().community, wanted, now=NOW)


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"zh": "舞蹈"}, "catalogue_twice"),
        ({"zh": ""}, "required"),
        ({"zh": "理发", "icon": "../x"}, "not_offered"),
        ({"zh": "理发", "radius_m": 5}, "out_of_range"),
    ],
)
def test_what_is_wrong_with_a_kind_is_said(town: Town, values: dict[str, Any], problem: str) -> None:
    with pytest.raises(errors.FaultyRecord) as told:
        save(town, "", **values)
    assert problem in {one.problem for one in told.value.refusals}


def test_a_file_names_a_kind_nobody_knows_and_it_is_made_or_told(town: Town, tmp_path: Path) -> None:
    preview = incoming(town, tmp_path, "理发", "乒乓室", "舞蹈")
    said = {fault.value: fault for fault in preview.faults if fault.fatal}
    assert set(said) == {"理发", "乒乓室"}
    assert preview.refused == 2
    assert "关键词" in said["理发"].mend("zh")
    wanted = catalogue_editing.meant(town.data().catalogues, {"理发": "", "乒乓室": "table_tennis"})
    catalogue_editing.save(town.store, town.actor(), town.data().community, wanted, now=NOW)
    preview = incoming(town, tmp_path, "理发", "乒乓室", "舞蹈")
    assert (preview.refused, preview.added) == (0, 3)


def test_kinds_go_out_as_excel_and_come_in_changed(town: Town, tmp_path: Path) -> None:
    save(town, "", zh="理发", en="haircuts", icon="issue_elderly_care")
    known = town.data().catalogues
    file = tmp_path / "kinds.xlsx"
    file.write_bytes(catalogue_sheets.written(KINDS, known, "社区", "zh"))
    assert catalogue_sheets.read(file, KINDS, known) == ([], []), "as it is, nothing changes"


def test_every_icon_is_drawn_on_paper_too() -> None:
    pictures = service_kinds.pictures()
    assert len(pictures) >= 15
    for key in pictures:
        assert icons.path(key).stem == key
        assert len(glyphs.icon(key).vertices)
