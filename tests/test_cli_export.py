"""What goes out of a store by the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import prepared
import pytest

from gridmap import cli

DATA = Path(__file__).parent / "exchange" / "data"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return prepared.with_demo(tmp_path_factory.mktemp("out") / "store.gpkg")


def call(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, Any, str]:
    capsys.readouterr()
    code = cli.run([*map(str, arguments), "--json"], {"LANG": "zh_CN"})
    said = capsys.readouterr()
    return code, json.loads(said.out), said.err


@pytest.mark.parametrize("ending", ["xlsx", "csv", "geojson", "kml", "gpkg", "zip"])
def test_register_is_written(capsys: pytest.CaptureFixture[str], store: Path, tmp_path: Path, ending: str) -> None:
    out = tmp_path / f"楼栋.{ending}"
    code, told, err = call(capsys, "export", store, "buildings", "--out", out)
    assert (code, err) == (0, "")
    assert told["kind"] == "buildings"
    assert told["rows"] > 40
    assert Path(told["file"]).stat().st_size > 1000


def test_datum_is_asked_for(capsys: pytest.CaptureFixture[str], store: Path, tmp_path: Path) -> None:
    places = []
    for datum in ("wgs84", "GCJ02"):
        out = tmp_path / f"{datum}.geojson"
        assert call(capsys, "export", store, "gates", "--out", out, "--datum", datum)[0] == 0
        places.append(json.loads(out.read_bytes())["features"][0]["geometry"]["coordinates"])
    assert places[0] != places[1]


@pytest.mark.parametrize(
    ("arguments", "key"),
    [
        (("gates", "--out", "x.doc"), "export_ending"),
        (("gates", "--out", "x.csv", "--datum", "bj54"), "datum_unknown"),
        (("persons", "--out", "x.csv"), "export_kind"),
        (("gates", "--out", "nowhere/x.csv"), "out_unwritable"),
        (("gates", "--out", "x.gpkg", "--datum", "gcj02"), "export_datum"),
    ],
)
def test_mistakes_are_said_in_a_line(
    capsys: pytest.CaptureFixture[str],
    store: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    key: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    code, told, err = call(capsys, "export", store, *arguments)
    assert (code, told["error"]) == (2, key)
    assert len(err.strip().splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_keys_of_programs_are_made_shown_once_and_taken_back(capsys: pytest.CaptureFixture[str], store: Path) -> None:
    code, made, _ = call(capsys, "key", store, "add", "街道平台")
    assert code == 0
    assert made["key"].startswith("gm_")
    _, listed, _ = call(capsys, "key", store, "list")
    assert [(one["name"], one["state"]) for one in listed["keys"]] == [("街道平台", "open")]
    assert made["key"] not in json.dumps(listed)
    assert call(capsys, "key", store, "revoke", made["number"])[1]["state"] == "revoked"
    assert call(capsys, "key", store, "revoke", 999)[1]["error"] == "api_key_missing"
    assert call(capsys, "key", store, "add", " ")[1]["error"] == "api_key_name"


def test_blank_form_is_made(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    out = tmp_path / "空白表.xlsx"
    assert call(capsys, "template", "buildings", "--out", out)[1] == {"kind": "buildings", "file": str(out)}
    assert out.stat().st_size > 5000
    assert call(capsys, "template", "buildings", "--out", tmp_path / "x.csv")[1]["error"] == "template_ending"
    assert call(capsys, "template", "persons", "--out", out)[1]["error"] == "import_kind"


def test_field_package_goes_out_and_comes_back(capsys: pytest.CaptureFixture[str], store: Path, tmp_path: Path) -> None:
    out = tmp_path / "外业.zip"
    assert call(capsys, "field-package", store, "--out", out)[0] == 0
    code, told, _ = call(capsys, "field-return", store, out)
    assert (code, told["added"], told["changed"], told["conflicts"], told["refused"]) == (0, 0, 0, [], [])
    assert told["unchanged"] > 200
    assert call(capsys, "field-return", store, out, "--conflicts", "both")[1]["error"] == "field_conflicts"
    assert call(capsys, "field-package", store, "--out", tmp_path / "x.gpkg")[1]["error"] == "field_ending"
