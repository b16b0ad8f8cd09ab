"""What goes into the field and comes back: once what is sent twice, and both values where two people changed one."""

from __future__ import annotations

import datetime as dt
import functools
import io
import json
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import geopandas as gpd
import outside
import prepared
import pyogrio
import pytest
import record_town
import shapely
from record_town import NOW, Town, at

from gridmap import model
from gridmap.errors import Forbidden, InputError
from gridmap.model import Role
from gridmap.services import audit, field_package, field_return
from gridmap.services.field_return import Returned, Side
from gridmap.store import Store, open_store

LATER = NOW + dt.timedelta(hours=5)
_LOADED = """
import json, sys
from qgis.core import QgsApplication, QgsProject
app = QgsApplication([], False)
app.initQgis()
project = QgsProject.instance()
read = project.read(sys.argv[1])
found = project.mapLayers().values()
layers = {l.name(): [l.isValid(), l.featureCount(), l.readOnly(), l.crs().authid()] for l in found}
issues = project.mapLayersByName("问题")[0]
widgets = {f.name(): [issues.editorWidgetSetup(i).type(), issues.defaultValueDefinition(i).expression()]
           for i, f in enumerate(issues.fields())}
choices = issues.editorWidgetSetup(issues.fields().indexOf("state")).config()["map"]
grids = project.mapLayersByName("网格")[0]
colours = [c.symbol().color().name() for c in grids.renderer().categories()]
print(json.dumps([read, project.crs().authid(), layers, widgets, choices, colours]))
"""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, Path]]:
    """The demo's package, unpacked."""
    folder = tmp_path_factory.mktemp("field")
    store = open_store(str(prepared.with_demo(folder / "store.gpkg", NOW)))
    (community,) = store.communities()
    with zipfile.ZipFile(io.BytesIO(field_package.make(store, community, now=NOW))) as packed:
        packed.extractall(folder / "package")
    yield store, folder / "package"
    store.close()


@functools.cache
def _qgis() -> bool:
    try:
        found = subprocess.run(["/usr/bin/python3", "-c", "import qgis.core"], capture_output=True)
    except OSError:
        return False
    return found.returncode == 0


def test_package_opens_in_gdal_and_names_nobody(whole: tuple[Store, Path]) -> None:
    store, folder = whole
    said = outside.ogrinfo(folder / field_package.FILE)
    assert f"Feature Count: {len(store.frame(model.Issue, 1))}" in said
    texts = pyogrio.read_dataframe(folder / field_package.FILE, layer="issues")["text"]
    assert texts.str.contains(r"138\*\*\*\*").any()
    assert b"13800002" not in (folder / field_package.FILE).read_bytes()


def test_project_is_whole_xml_with_forms_and_five_colours(whole: tuple[Store, Path]) -> None:
    root = ElementTree.fromstring((whole[1] / field_package.PROJECT).read_bytes())
    layers = {one.findtext("id"): one for one in root.iter("maplayer")}
    assert len(layers) == 7
    assert all(one.findtext("datasource", "").startswith("./gridmap.gpkg|layername=") for one in layers.values())
    issues = layers["issues_gridmap"]
    widgets = {field.get("name"): field.find("editWidget") for field in issues.iterfind("fieldConfiguration/field")}
    state = widgets["state"]
    assert state is not None
    assert state.get("type") == "ValueMap"
    assert {one.get("value") for one in state.iter("Option") if one.get("type") == "QString"} == {
        state.value for state in model.IssueState
    }
    assert [one.get("value") for one in layers["grids_gridmap"].iter("category")] == [
        *("red", "yellow", "blue", "green", "purple"), ""
    ]  # fmt: skip


def test_qgis_loads_the_project(whole: tuple[Store, Path]) -> None:
    if not _qgis():
        pytest.skip("no QGIS on this machine (Debian: python3-qgis)")
    done = subprocess.run(
        ["/usr/bin/python3", "-c", _LOADED, str(whole[1] / field_package.PROJECT)],
        capture_output=True,
        text=True,
        env={"QT_QPA_PLATFORM": "offscreen", "HOME": str(whole[1].parent), "PATH": "/usr/bin:/bin"},
        timeout=60,
    )
    read, crs, layers, widgets, choices, colours = json.loads(done.stdout.splitlines()[-1])
    assert (read, crs) == (True, "EPSG:4326")
    assert all(valid and count and crs == "EPSG:4326" for valid, count, _, crs in layers.values())
    assert {name for name, (_, _, fixed, _) in layers.items() if fixed} == {"大门", "道路", "小区", "网格"}
    assert widgets["client_id"] == ["Hidden", "uuid('WithoutBraces')"]
    assert {"已登记": "recorded"} in choices
    assert colours[:2] == ["#bb1626", "#fedc1a"]


class Walker:
    """Somebody in the field with a package."""

    def __init__(self, town: Town, folder: Path, **how: Any) -> None:
        self.town, self.path = town, folder / "gridmap.gpkg"
        made = field_package.make(town.store, town.store.community(town.community), now=NOW, **how)
        with zipfile.ZipFile(io.BytesIO(made)) as packed:
            packed.extract(field_package.FILE, folder)

    def change(self, layer: str, number: int, **values: Any) -> None:
        frame = pyogrio.read_dataframe(self.path, layer=layer)
        for name, value in values.items():
            frame.loc[frame["gridmap_id"] == number, name] = value
        pyogrio.write_dataframe(frame, self.path, layer=layer)

    def record(self, *, client_id: str | None = "c-1", place: shapely.Point | None = None, **values: Any) -> None:
        new = {"category": "road", "text": "坑洼", "source": "walk", "level": "small", "state": "recorded", **values}
        point = shapely.Point(at(30, 30)) if place is None else place
        frame = gpd.GeoDataFrame([{**new, "client_id": client_id}], geometry=[point], crs=4326)
        pyogrio.write_dataframe(frame.rename_geometry("geom"), self.path, layer="issues", append=True)

    def back(self, conflicts: Side = "ask", **how: Any) -> Returned:
        community = self.town.store.community(self.town.community)
        return field_return.take_back(self.town.store, community, self.path, conflicts=conflicts, now=LATER, **how)


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    store = open_store(str(prepared.empty(tmp_path / "store.gpkg")))
    yield record_town.build(store)
    store.close()


@pytest.fixture
def walker(town: Town, tmp_path: Path) -> Walker:
    return Walker(town, tmp_path)


def counted(done: Returned) -> tuple[int, int, int, int, int]:
    return done.added, done.already, done.changed, len(done.conflicts), len(done.refused)


def test_untouched_package_changes_nothing(walker: Walker, town: Town) -> None:
    before = town.store.frame(model.Issue, town.community)
    done = walker.back()
    assert counted(done) == (0, 0, 0, 0, 0)
    assert done.unchanged > 3
    assert town.store.frame(model.Issue, town.community)["version"].tolist() == before["version"].tolist()


def test_new_issue_is_kept_once(walker: Walker, town: Town) -> None:
    walker.record()
    walker.record(client_id=None, text="无编号")
    assert counted(walker.back()) == (2, 0, 0, 0, 0)
    assert counted(walker.back()) == (0, 2, 0, 0, 0)
    issues = town.store.frame(model.Issue, town.community).set_index("text")
    assert issues.index.tolist().count("坑洼") == 1
    assert issues.loc["坑洼", "client_id"] == "c-1"
    assert issues.loc["坑洼", "grid_id"] is not None
    events = town.store.frame(model.IssueEvent, town.community)
    assert (events["to_state"] == "recorded").sum() >= 2
    assert audit.search(town.store, None, action="field_returned")["target"].tolist()[-1] == "+2 ~0 !0"


def test_change_is_kept_and_the_same_file_again_changes_nothing(walker: Walker, town: Town) -> None:
    walker.change("buildings", town.buildings[0], floors=9, units=2)
    walker.change("issues", town.issue, state="done")
    assert counted(walker.back()) == (0, 0, 2, 0, 0)
    with town.store.read() as session:
        building = session.get_one(model.Building, town.buildings[0])
        assert (building.floors, building.units) == (9, 2)
        assert session.get_one(model.Issue, town.issue).state is model.IssueState.DONE
    assert counted(walker.back()) == (0, 0, 0, 0, 0)


@pytest.mark.parametrize(("side", "floors"), [("ask", 7), ("office", 7), ("field", 9)])
def test_what_both_changed_is_shown_with_both_values(walker: Walker, town: Town, side: Side, floors: int) -> None:
    number = town.buildings[0]
    with town.store.write() as session:
        was = session.get_one(model.Building, number).floors
        session.get_one(model.Building, number).floors = 7
    walker.change("buildings", number, floors=9)
    done = walker.back(side)
    assert counted(done) == (0, 0, int(side == "field"), int(side == "ask"), 0)
    if side == "ask":
        (one,) = done.conflicts
        assert (one.kind, one.number, one.name, one.was, one.here, one.there) == (
            *("buildings", number, "floors"), was, 7, 9
        )  # fmt: skip
    with town.store.read() as session:
        assert session.get_one(model.Building, number).floors == floors


def test_number_that_was_masked_is_not_lost(town: Town, tmp_path: Path) -> None:
    with town.store.write() as session:
        session.get_one(model.Issue, town.issue).text = "请回电13800002001"
    walker = Walker(town, tmp_path)
    walker.change("issues", town.issue, text="已回电")
    done = walker.back()
    assert [(one.name, one.here, one.there) for one in done.conflicts] == [("text", "请回电138****2001", "已回电")]
    with town.store.read() as session:
        assert session.get_one(model.Issue, town.issue).text == "请回电13800002001"


def test_what_cannot_be_kept_is_told_and_the_rest_is_kept(walker: Walker, town: Town) -> None:
    walker.record(place=shapely.Point())
    walker.record(client_id="c-2", place=shapely.Point(120, 30))
    walker.record(client_id="c-3", category="dragons")
    walker.record(client_id="c-4")
    walker.change("buildings", town.buildings[0], floors=999)
    with town.store.write() as session:
        session.delete(session.get_one(model.ServicePoint, town.point))
    walker.change("points", town.point, host="别人")
    done = walker.back()
    assert counted(done) == (1, 0, 0, 0, 5)
    for language in ("zh", "en"):
        assert all(one.sentence(language) for one in done.refused)


def test_only_who_may_change_it_brings_it_back(walker: Walker, town: Town) -> None:
    walker.change("buildings", town.buildings[0], floors=9)
    walker.record()
    with pytest.raises(Forbidden):
        walker.back(actor=town.actor(Role.DESK))
    assert "坑洼" not in town.store.frame(model.Issue, town.community)["text"].tolist()
    assert counted(walker.back(actor=town.actor(Role.SECRETARY))) == (1, 0, 1, 0, 0)


def test_package_holds_what_its_taker_sees(town: Town, tmp_path: Path) -> None:
    with pytest.raises(Forbidden):
        Walker(town, tmp_path, actor=town.actor(Role.VIEWER))
    walker = Walker(town, tmp_path, actor=town.actor(Role.GRID_WORKER, town.west))
    numbers = pyogrio.read_dataframe(walker.path, layer="buildings")["gridmap_id"].tolist()
    assert 0 < len(numbers) < len(town.buildings)


def test_other_files_are_refused(walker: Walker, town: Town, tmp_path: Path) -> None:
    other = tmp_path / "other.gpkg"
    pyogrio.write_dataframe(gpd.GeoDataFrame({"a": [1]}, geometry=[shapely.Point(1, 2)], crs=4326), other)
    text = tmp_path / "text.zip"
    text.write_bytes(b"PK\x03\x04 no")
    community = town.store.community(town.community)
    for path in (other, text, tmp_path / "missing.zip", town.store.path):
        assert path is not None
        with pytest.raises(InputError):
            field_return.take_back(town.store, community, path)
    with town.store.write() as session:
        session.get_one(model.Community, town.community).code = "elsewhere"
    with pytest.raises(InputError) as refused:
        walker.back()
    assert refused.value.key == "field_other_community"
