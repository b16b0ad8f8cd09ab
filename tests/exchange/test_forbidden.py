"""What no file may bring in."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
from shapely import Point

from gridmap.exchange import forbidden


@pytest.mark.parametrize(
    ("heading", "about"),
    [
        ("政治面貌", "politics"),
        ("是否党员", "politics"),
        ("政 治 面 貌（户主）", "politics"),
        ("信访记录", "petitions"),
        ("社区矫正对象", "correction"),
        ("吸毒史", "addiction"),
        ("是否戒毒", "addiction"),
        ("精神状况", "mental_illness"),
        ("宗教信仰", "religion"),
        ("身份证号", "identity"),
        ("户主身份证号码", "identity"),
        ("证件号码", "identity"),
        ("ID_Card", "identity"),
        ("idcard", "identity"),
        ("Mental health", "mental_illness"),
        ("owner-religion", "religion"),
        ("Political_Status", "politics"),
        ("楼号", None),
        ("environmental", None),
        ("fundamental", None),
        ("building_id", None),
        ("residential", None),
        ("party_wall", None),
        ("信息来源", None),
        ("name", None),
        ("id", None),
    ],
)
def test_headings(heading: str, about: str | None) -> None:
    assert forbidden.code(heading) == about


def test_columns_go_numbers_are_masked_and_all_else_stays() -> None:
    frame = gpd.GeoDataFrame(
        {
            "楼号": ["1号楼", "2号楼"],
            "政治面貌": ["甲", "乙"],
            "备注": ["户主610113199001011234", "电话13800001234"],
            "编码": [610113199001011234, 7],
            "户数": [48, None],
            "层数": [6, 7],
        },
        geometry=[Point(108, 34), Point(109, 34)],
        crs=4326,
    )
    before = frame.copy()
    kept, found = forbidden.strip(frame)
    assert found == forbidden.Found(columns={"政治面貌": "politics"}, cells={"备注": 1, "编码": 1})
    assert list(kept.columns) == ["楼号", "备注", "编码", "户数", "层数", "geometry"]
    assert list(kept["备注"]) == ["户主******************", "电话13800001234"]
    assert list(kept["编码"]) == ["******************", 7]
    assert kept.crs == frame.crs
    assert kept["层数"].dtype == frame["层数"].dtype
    pd.testing.assert_frame_equal(frame, before)
