"""What is taken along on a walk: paper, files for a phone's map, a page without a network; by whom, what it tells."""

from __future__ import annotations

import datetime as dt
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import prepared
import pyogrio
import pytest
import record_town
import shapely
import walked_town
from record_town import NOW, Town, at
from walked_town import LATER

from gridmap import model, privacy
from gridmap.errors import Forbidden, NotFound
from gridmap.model import Role, StopOutcome
from gridmap.services import key_file, walk_facts, walk_sheets
from gridmap.store import open_store

TRAP = "<script>alert(1)</script>"
NAME, PHONE = "模拟困难户", "13800001234"


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    store = open_store(str(prepared.empty(tmp_path_factory.mktemp("sheets") / "store.gpkg")))
    made = record_town.build(store)
    with store.write() as session:
        ring = key_file.sealing(session).ring
        session.add(
            model.CareHousehold(
                community_id=made.community,
                building_id=made.buildings[0],
                unit="2单元",
                need="meals",
                name=ring.seal(NAME),
                phone=ring.seal(PHONE),
            )
        )
        session.get_one(model.Issue, made.issue).text = f"夜里很吵 {TRAP} {PHONE}"
        past = model.Walk(community_id=made.community, day=dt.date(2026, 11, 13), state=model.WalkState.DONE)
        session.add(past)
        session.flush()
        session.add(
            model.Stop(
                community_id=made.community,
                walk_id=past.id or 0,
                seq=1,
                building_id=made.buildings[0],
                outcome=StopOutcome.NOBODY_HOME,
                note="留了联系单",
                handling="周末再来",
            )
        )
    yield made
    store.close()


@pytest.fixture(scope="module")
def walk(town: Town) -> int:
    return walked_town.walk(town, (*town.buildings, None))


def layer(content: bytes, ending: str, name: str | int = 0) -> gpd.GeoDataFrame:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"walk.{ending}"
        file.write_bytes(content)
        return pyogrio.read_dataframe(file, layer=name)


def test_facts_of_a_stop_tell_what_to_ask_and_what_came_of_it_last(town: Town, walk: int) -> None:
    facts = walk_facts.read(town.data(), walk, "zh", LATER)
    first, *_, last = facts.stops
    assert (first.place, first.arrive, first.reason, first.care) == ("甲小区1号楼", "10:10", "回访", ("2单元",))
    assert [issue.code for issue in first.issues] == ["2026-0001"]
    assert first.last is not None
    assert (first.last.outcome, first.last.note) == (StopOutcome.NOBODY_HOME, "留了联系单")
    assert (last.building_id, last.lon, last.place) == (None, None, "第 4 个走访点（没有登记地点）")


def test_sheet_is_a4_of_as_many_pages_as_it_takes(town: Town) -> None:
    for buildings, pages, language in (((), 1, "en"), (town.buildings, 1, "en"), (town.buildings * 5, 3, "zh")):
        number = walked_town.walk(town, buildings)
        made = walk_sheets.take(town.store, town.actor(), town.data(), number, "pdf", language=language, now=LATER)
        assert len(re.findall(rb"/Type /Page\b", made)) == pages, buildings
        assert b"/FontFile2" in made, "the words are drawn, not written"
        assert b"/Type3" not in made
        boxes = re.findall(rb"/MediaBox \[ 0 0 (\S+) (\S+) \]", made)
        assert {(round(float(wide)), round(float(high))) for wide, high in boxes} == {(595, 842)}


def test_files_for_other_apps_open_in_gdal_and_tell_no_more_than_the_way(town: Town, walk: int) -> None:
    common = {"language": "zh", "now": LATER}
    gpx = walk_sheets.take(town.store, town.actor(), town.data(), walk, "gpx", **common)
    kml = walk_sheets.take(town.store, town.actor(), town.data(), walk, "kml", **common)
    points, way = layer(gpx, "gpx", "waypoints"), layer(gpx, "gpx", "tracks")
    assert points["name"].tolist() == ["1 甲小区1号楼", "2 2号楼", "3 3号楼"]
    kept = town.data().walks.geometry.loc[walk]
    (drawn,) = way.geometry
    assert shapely.hausdorff_distance(shapely.line_merge(drawn), kept) < 1e-6
    things = layer(kml, "kml")
    assert things["Name"].tolist()[:3] == points["name"].tolist()
    assert sorted(things.geometry.geom_type.unique()) == ["LineString", "Point"]
    assert shapely.hausdorff_distance(things.geometry.iloc[-1], kept) < 1e-6
    for secret in ("2单元", "夜里很吵", "回访", NAME, PHONE):
        assert secret not in gpx.decode()
        assert secret not in kml.decode()


def test_page_without_a_network_names_no_host_holds_no_secret_and_runs_nothing_of_a_text(town: Town, walk: int) -> None:
    page = walk_sheets.take(town.store, town.actor(), town.data(), walk, "html", language="zh", now=LATER).decode()
    hosts = set(re.findall(r"https?://[^\s\"'<>)]+", page))
    assert hosts <= {"http://www.w3.org/2000/svg"}, hosts
    assert "default-src 'none'" in page.replace("&#x27;", "'")
    assert TRAP not in page
    assert "alert(1)" in page
    ring = key_file.read(key_file.path())
    assert ring is not None
    for secret in (NAME, PHONE, key_file.path().read_text(encoding="utf-8").strip()):
        assert secret not in page
    assert privacy.mask_text(PHONE) in page
    assert "2单元" in page
    assert page.count('data-stop="') == 3 + 1  # the script's own search for one


def test_who_walks_in_anothers_grid_sees_its_issues_and_no_household_in_need(town: Town) -> None:
    walk = walked_town.walk(town)
    walker = walked_town.walker(town, walk)
    known = walk_sheets.page_state(town.store, walker, town.data(), walk, language="zh", now=LATER)
    asks = "".join(ask for stop in known["stops"] for ask in stop["asks"])
    assert "2026-0001" in asks
    assert "2单元" not in asks
    for stranger in (town.actor(Role.DESK), town.actor(Role.STREET_LEADER), town.actor(Role.GRID_LEADER, town.east)):
        for form in walk_sheets.MIMES:
            with pytest.raises(Forbidden):
                walk_sheets.take(town.store, stranger, town.data(), walk, form, language="zh", now=LATER)
    with pytest.raises(NotFound) as missing:
        walk_sheets.take(town.store, town.actor(), town.data(), 999, "pdf", language="zh", now=LATER)
    assert "999" in missing.value.sentence("zh")


def test_what_is_taken_along_stands_in_the_audit(town: Town, walk: int) -> None:
    someone = town.actor()
    for form in ("gpx", "kml"):
        walk_sheets.take(town.store, someone, town.data(), walk, form, language="zh", now=LATER)
    with town.store.read() as session:
        entries = session.query(model.AuditEntry).filter_by(account_id=someone.account_id, action="walk_taken").all()
    assert sorted(entry.target.rpartition(" ")[2] for entry in entries) == ["gpx", "kml"]


def test_map_of_a_walk_puts_a_place_where_it_is(town: Town, walk: int) -> None:
    known = walk_sheets.page_state(town.store, town.actor(), town.data(), walk, language="zh", now=NOW)
    ground = known["map"]
    stop = known["stops"][0]
    x, y = (stop["lon"] - ground["lon"]) * ground["lon_m"], (ground["lat"] - stop["lat"]) * ground["lat_m"]
    found = re.search(rf'data-stop="{stop["id"]}" transform="translate\((\S+) (\S+)\)"', ground["svg"])
    assert found is not None
    assert (float(found[1]), float(found[2])) == pytest.approx((x, y), abs=0.1)
    metric = gpd.GeoSeries([shapely.Point(at(0, 0)), shapely.Point(at(120, 40))], crs="EPSG:4326").to_crs("EPSG:4545")
    east, south = 120 / 92_000 * ground["lon_m"], 40 / 110_900 * ground["lat_m"]
    assert (east**2 + south**2) ** 0.5 == pytest.approx(metric.iloc[0].distance(metric.iloc[1]), rel=0.005)
