"""A file that is not what its name says opens nothing else, and a zip unpacks nothing it should not."""

from __future__ import annotations

import json
import os
import shutil
import socket
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from gridmap import settings
from gridmap.errors import InputError
from gridmap.exchange import vector

DATA = Path(__file__).parent / "data"
GOOD = (DATA / "Good.geojson").read_bytes()


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """A server that nobody should call."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


def _zip(path: Path, **members: bytes | str) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "."), content)
    return path


def _refused(path: Path, *said: str) -> None:
    with pytest.raises(InputError) as caught:
        vector.read(path)
    for language, words in zip(("zh", "en"), said, strict=True):
        assert words in caught.value.sentence(language)
        assert "\n" not in caught.value.sentence(language)


def _disguised(address: str) -> dict[str, str]:
    return {
        "vrt": f"<OGRVRTDataSource><OGRVRTLayer name='a'><SrcDataSource>{address}</SrcDataSource></OGRVRTLayer>"
        "</OGRVRTDataSource>",
        "gdalg": json.dumps(
            {
                "type": "gdal_streamed_alg",
                "command_line": f"gdal vector pipeline ! read {address} ! write --of stream streamed_dataset",
            }
        ),
        "gml": f'<!DOCTYPE x [<!ENTITY e SYSTEM "{address}">]><x xmlns:gml="http://www.opengis.net/gml">&e;</x>',
        "kml": f'<kml xmlns="http://www.opengis.net/kml/2.2"><NetworkLink><Link><href>{address}</href></Link></NetworkLink></kml>',
        "wfs": f"<OGRWFSDataSource><URL>{address}</URL></OGRWFSDataSource>",
    }


@pytest.mark.parametrize("kind", sorted(_disguised("")))
@pytest.mark.parametrize("packed", [True, False])
def test_file_that_names_another_opens_it_not(tmp_path: Path, listener: socket.socket, kind: str, packed: bool) -> None:
    address = f"http://127.0.0.1:{listener.getsockname()[1]}/secret.geojson"
    for number, target in enumerate((f"/vsicurl/{address}", address, str(DATA / "Good.geojson"))):
        path = tmp_path / f"{number}.geojson"
        path.write_text(_disguised(target)[kind])
        if packed:
            path = _zip(tmp_path / f"{number}.zip", a__geojson=path.read_bytes())
        with pytest.raises(InputError):
            vector.read(path)
    with pytest.raises(BlockingIOError):
        listener.accept()


def test_database_that_is_no_geopackage_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    shutil.copy(DATA / "TwoLayers.gpkg", path)
    content = bytearray(path.read_bytes())
    content[68:72] = bytes(4)
    path.write_bytes(content)
    _refused(path, "不是可读取的矢量地图数据", "not vector map data")


def test_zip_with_names_that_lead_out_is_refused(tmp_path: Path) -> None:
    for name in ("../a.geojson", "/etc/a.geojson", "x/../../a.geojson", "C:\\a.geojson", "..\\a.geojson"):
        path = tmp_path / "a.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(name, GOOD)
        _refused(path, "指向压缩包之外", "leads out of the zip")
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a.zip"]


def test_zip_of_many_files_is_refused(tmp_path: Path) -> None:
    members = {f"{n}.txt": b"" for n in range(settings.defaults()["imports"]["zip_members"])}
    _refused(_zip(tmp_path / "a.zip", a__geojson=GOOD, **members), "最多读取", "a zip of at most")


def test_zip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    _refused(_zip(tmp_path / "a.zip", a__geojson=b"{" + b" " * 101_000_000), "没有解压", "It was not unpacked")


def test_zip_in_a_zip_is_not_map_data(tmp_path: Path) -> None:
    inner = _zip(tmp_path / "inner.zip", a__geojson=GOOD).read_bytes()
    _refused(_zip(tmp_path / "a.zip", b__zip=inner), "不是可读取的矢量地图数据", "not vector map data")
    _refused(_zip(tmp_path / "c.zip", b__geojson=inner), "不是可读取的矢量地图数据", "not vector map data")


def test_file_larger_than_allowed_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    few = {**settings.defaults(), "imports": {**settings.defaults()["imports"], "largest_file_mb": 1}}
    monkeypatch.setattr(settings, "defaults", lambda: few)
    path = tmp_path / "a.geojson"
    path.write_bytes(GOOD + b" " * 1_000_000)
    _refused(path, "最多读取 1 MB", "at most 1 MB")
    _refused(_zip(tmp_path / "b.zip", a__geojson=path.read_bytes()), "最多读取 1 MB", "at most 1 MB")


def test_unpacked_files_are_gone_afterwards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    path = _zip(tmp_path / "a.zip", a__geojson=GOOD)
    assert len(vector.read(path).frame) == 8
    assert [one.name for one in tmp_path.iterdir()] == ["a.zip"]


ODD = ["a b", "a#b", "a!b", "a.zip!b", "a{b}", "a%20b", "楼😀", "a,b", "a;b", "a'b", "a@b", "a$b", "a=b&c", "-x", "[a]"]
if sys.platform != "win32":
    ODD += ['a"b', "a?b", "a|b", "a\nb", "a\\b", "a:b", "http:a", "zip:x", "GPKG:a", "a*b", os.fsdecode(b"a\xff")]


@pytest.mark.parametrize("name", ODD)
def test_odd_name_is_only_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    path = tmp_path / f"{name}.geojson"
    path.write_bytes(GOOD)
    assert len(vector.read(path).frame) == 8
    monkeypatch.chdir(tmp_path)
    assert vector.read(Path(path.name)).name == path.name
    for ending in (".shp", ".shx", ".dbf", ".prj"):
        with zipfile.ZipFile(DATA / "Gb18030WithoutCpg.shp.zip") as archive:
            (member,) = (one for one in archive.namelist() if one.endswith(ending))
            path.with_suffix(ending).write_bytes(archive.read(member))
    shape = vector.read(path.with_suffix(".shp"))
    assert (len(shape.frame), shape.encoding) == (4, "GB18030")


def test_any_ending_is_read_by_content(tmp_path: Path) -> None:
    for name in ("a", "a.txt", "a.GEOJSON", "a.geojson.bak", "a.shp", "a.gz"):
        (tmp_path / name).write_bytes(GOOD)
        assert len(vector.read(tmp_path / name).frame) == 8
    shutil.copy(DATA / "TwoLayers.gpkg", tmp_path / "b.dat")
    assert [part.name for part in vector.parts(tmp_path / "b.dat")] == ["楼栋", "围墙"]


def test_features_a_line_each_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a.geojsonl"
    lines = [json.dumps(feature) for feature in json.loads(GOOD)["features"]]
    path.write_text("\n".join(lines))
    assert len(vector.read(path).frame) == 8
    path.write_text(lines[0])
    assert len(vector.read(path).frame) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="devices are named otherwise there")
def test_what_is_no_file_is_told(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/zero")):
        _refused(path, "不是文件", "no file")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    _refused(tmp_path / "loop", "无法打开", "cannot be opened")
    _refused(tmp_path / ("x" * 300), "无法打开", "cannot be opened")
    _refused(tmp_path / "a\0b", "无法打开", "cannot be opened")


@pytest.mark.parametrize("crs", ["banana", "urn:ogc:def:crs:EPSG::999999"])
@pytest.mark.parametrize("last", [True, False])
def test_unknown_crs_is_not_taken_for_degrees(tmp_path: Path, crs: str, last: bool) -> None:
    whole = json.loads(GOOD)
    whole.pop("crs", None)
    member = {"crs": {"type": "name", "properties": {"name": crs}}}
    path = tmp_path / "a.geojson"
    path.write_text(json.dumps({**whole, **member} if last else {**member, **whole}))
    _refused(path, f"“{crs}”无法识别", f'"{crs}", which nobody knows')
    assert vector.read(path, crs="EPSG:4326").frame.crs.to_epsg() == 4326


def test_property_called_crs_is_no_declaration(tmp_path: Path) -> None:
    whole = json.loads(GOOD)
    whole["features"][0]["properties"]["crs"] = {"type": "banana", "n": 1}
    path = tmp_path / "a.geojson"
    path.write_text(json.dumps(whole))
    assert len(vector.read(path).frame) == 8
