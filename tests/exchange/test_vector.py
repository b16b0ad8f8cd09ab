"""Reading vector files: what is read, and the one sentence that each unreadable file gets."""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path

import geopandas as gpd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gridmap.errors import InputError
from gridmap.exchange import vector

DATA = Path(__file__).parent / "data"

REFUSED = {
    "Empty.geojson": ("是空文件", "is empty (0 bytes)"),
    "Truncated.geojson": ("已损坏或不含地图数据", "damaged or holds no map data"),
    "Truncated.gpkg": ("已损坏或不含地图数据", "damaged or holds no map data"),
    "NotMapData.geojson": ("已损坏或不含地图数据", "damaged or holds no map data"),
    "PictureNamed.gpkg": ("不是可读取的矢量地图数据", "not vector map data"),
    "TextNamed.shp": ("不是可读取的矢量地图数据", "not vector map data"),
    "NothingInside.zip": ("不是可读取的矢量地图数据", "not vector map data"),
    "ShapefileWithoutTable.shp": ("缺少配套文件 .dbf、.shx", "lacks its companion files .dbf, .shx"),
    "TwoInOne.zip": ("a.geojson、b.geojson", "a.geojson, b.geojson"),
    "TwoLayers.gpkg": ("楼栋、围墙，请用 --layer", "楼栋, 围墙. Name one with --layer"),
    "NoRows.geojson": ("一行数据也没有", "holds no row"),
    "NoCrs.shp.zip": ("没有声明坐标系，请用 --crs", "does not say its coordinate system; name it with --crs"),
    "MetresAsDegrees.geojson": (
        "声明的是经纬度",
        "declared as degrees (EPSG:4326), but its coordinates look like metres",
    ),
    "DegreesAsMetres.geojson": (
        "声明的是米（EPSG:4545）",
        "declared as metres (EPSG:4545), but its coordinates look like",
    ),
    "LocalMetresAsWebMercator.geojson": ("非洲外海", "metres of a local grid"),
    "WrongZone.geojson": ("请用 --crs EPSG:4524", "if it is in CGCS2000, say --crs EPSG:4524"),
    "Xian80.geojson": ("请由测绘部门转换为 CGCS2000", "have it converted to CGCS2000"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_cannot_be_read_gets_one_sentence_in_both_languages(name: str) -> None:
    with pytest.raises(InputError) as caught:
        vector.read(DATA / name)
    for language, said in zip(("zh", "en"), REFUSED[name], strict=True):
        sentence = caught.value.sentence(language)
        assert said in sentence
        assert "\n" not in sentence
        assert name in sentence


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"There is no file .*nowhere\.gpkg"):
        vector.read(tmp_path / "nowhere.gpkg")
    with pytest.raises(InputError, match="is a folder"):
        vector.read(tmp_path)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="the superuser may read every file")
def test_a_file_that_may_not_be_read_is_named(tmp_path: Path) -> None:
    path = tmp_path / "closed.geojson"
    shutil.copy(DATA / "Good.geojson", path)
    path.chmod(0)
    with pytest.raises(InputError, match="cannot be opened"):
        vector.read(path)


def test_rows_are_numbered_as_a_person_counts_them() -> None:
    source = vector.read(DATA / "Good.geojson")
    assert source.frame.index.tolist() == [1, 2, 3, 4, 5, 6, 7, 8]
    assert source.frame.crs.to_epsg() == 4326
    assert source.frame["楼号"].iloc[0] == "1号楼"


def test_a_shapefile_without_cpg_is_read_as_gb18030() -> None:
    source = vector.read(DATA / "Gb18030WithoutCpg.shp.zip")
    assert source.encoding == "GB18030"
    assert source.frame["楼号"].tolist() == ["1号楼", "2号楼", "3号楼", "4号楼"]
    assert source.frame.crs.to_epsg() == 4545


def test_the_named_crs_is_believed_over_none_and_over_a_wrong_one() -> None:
    assert vector.read(DATA / "NoCrs.shp.zip", crs="EPSG:4545").frame.crs.to_epsg() == 4545
    mended = vector.read(DATA / "DegreesAsMetres.geojson", crs="EPSG:4326")
    assert mended.frame.crs.to_epsg() == 4326
    with pytest.raises(InputError, match="EPSG:nonsense is no coordinate system"):
        vector.read(DATA / "Good.geojson", crs="EPSG:nonsense")


def test_one_layer_of_several_is_chosen_by_name() -> None:
    assert [part.name for part in vector.parts(DATA / "TwoLayers.gpkg")] == ["楼栋", "围墙"]
    assert len(vector.read(DATA / "TwoLayers.gpkg", part="围墙").frame) == 1
    with pytest.raises(InputError, match="holds no layer 道路; it holds 楼栋, 围墙"):
        vector.read(DATA / "TwoLayers.gpkg", part="道路")


def test_a_zip_within_a_folder_of_chinese_name_is_read(tmp_path: Path) -> None:
    folder = tmp_path / "社区 数据"
    folder.mkdir()
    shutil.copy(DATA / "Gb18030WithoutCpg.shp.zip", folder / "楼栋（新）.zip")
    assert len(vector.read(folder / "楼栋（新）.zip").frame) == 4


def test_a_file_that_names_other_files_is_not_followed(tmp_path: Path) -> None:
    path = tmp_path / "linked.gpkg"
    path.write_text(f"<OGRVRTDataSource><OGRVRTLayer name='x'><SrcDataSource>{DATA / 'Good.geojson'}</SrcDataSource>")
    with pytest.raises(InputError, match="not vector map data"):
        vector.read(path)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    junk=st.binary(max_size=400),
    name=st.sampled_from(["Good.geojson", "Gb18030WithoutCpg.shp.zip"]),
    at=st.integers(0, 3000),
)
def test_a_mutated_file_raises_nothing_but_our_own_errors(tmp_path: Path, junk: bytes, name: str, at: int) -> None:
    whole = (DATA / name).read_bytes()
    path = tmp_path / name
    path.write_bytes(whole[:at] + junk + whole[at + len(junk) :])
    with contextlib.suppress(InputError):
        assert vector.read(path).frame.crs is not None


def test_real_files_are_read_and_the_mislabelled_refused(shared_data: Path) -> None:
    houses = vector.read(shared_data / "suzhou_west_buildings.gpkg").frame
    assert isinstance(houses, gpd.GeoDataFrame)
    assert len(houses) == 1538
    footprints = vector.read(shared_data / "registers" / "楼栋轮廓.zip")
    assert (len(footprints.frame), footprints.encoding) == (41, "GB18030")
    assert "小区" in footprints.frame.columns
    for path in sorted((shared_data / "wrong_crs").glob("*.geojson")):
        with pytest.raises(InputError, match="metres of a local grid"):
            vector.read(path)
