"""The command line: one object with ``--json``; exit 2 and one line for the user's mistakes, exit 1 for our own."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
from pathlib import Path

import openpyxl
import pandas as pd
import prepared
import pytest
from command_line import Call

from gridmap import cli, cli_import, i18n
from gridmap.errors import StoreError
from gridmap.store import open_store

DATA = Path(__file__).parent / "exchange" / "data"


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return prepared.with_community(tmp_path / "store.gpkg")


def one_line(text: str) -> str:
    assert len(text.strip().splitlines()) == 1, text
    return text


def test_init_makes_a_store_and_says_so(tmp_path: Path, call: Call) -> None:
    path = tmp_path / "new" / "store.gpkg"
    answer = call("init", path, "--community", "模拟社区", "--json")
    assert answer.code == 0
    assert answer.json["store"] == str(path)
    assert answer.json["community"] == "模拟社区"
    assert call("init", path, "--community", "模拟二社区").code == 0
    again = call("init", path, "--community", "模拟社区")
    assert again.code == 2
    assert "already a community called 模拟社区" in one_line(again.err)
    assert again.out == ""


@pytest.mark.parametrize("arguments", [("--community", " "), ("--community", "社" * 41), ()])
def test_init_without_a_proper_name_makes_no_store(tmp_path: Path, call: Call, arguments: tuple[str, ...]) -> None:
    answer = call("init", tmp_path / "store.gpkg", *arguments)
    assert answer.code == 2
    one_line(answer.err)
    assert not (tmp_path / "store.gpkg").exists()


def test_a_file_that_is_no_store_is_never_overwritten(tmp_path: Path, call: Call) -> None:
    path = tmp_path / "important.gpkg"
    path.write_text("my only copy")
    for command in (("init", path, "--community", "x"), ("import", path, DATA / "Good.geojson", "--as", "buildings")):
        answer = call(*command)
        assert answer.code == 2
        one_line(answer.err)
        assert path.read_text() == "my only copy"


def test_import_prints_what_it_did(store: Path, call: Call) -> None:
    answer = call("import", store, DATA / "Good.geojson", "--as", "buildings", "--json")
    assert answer.code == 0
    assert answer.err == ""
    wanted = {"kind": "buildings", "rows": 8, "added": 8, "changed": 0, "unchanged": 0, "refused": 0, "faults": []}
    assert wanted.items() <= answer.json.items()
    again = call("import", store, DATA / "Good.geojson", "--as", "buildings", lang="zh_CN.UTF-8")
    assert "新增 0，更新 0，无变化 8" in again.out


def test_a_rehearsal_keeps_nothing(store: Path, call: Call) -> None:
    answer = call("import", store, DATA / "Good.geojson", "--as", "buildings", "--dry-run", "--json")
    assert (answer.code, answer.json["added"], answer.json["kept"]) == (0, 8, False)
    assert call("import", store, DATA / "Good.geojson", "--as", "buildings", "--json").json["added"] == 8


def test_faults_are_printed_by_row_and_nothing_is_kept(store: Path, call: Call) -> None:
    answer = call("import", store, DATA / "NegativeHouseholds.geojson", "--as", "buildings")
    assert (answer.code, answer.out) == (2, "")
    head, line = answer.err.strip().splitlines()
    assert head == "NegativeHouseholds.geojson has 1 fault; nothing was imported:"
    assert line == "Row 1, 户数: -5 is below zero. Write 0 or more, or leave it empty."
    told = call("import", store, DATA / "NegativeHouseholds.geojson", "--as", "buildings", "--json")
    assert told.code == 2
    assert (told.json["rows"], told.json["added"], told.json["refused"]) == (4, 0, 1)
    fault = told.json["faults"][0]
    assert (fault["row"], fault["column"], fault["value"]) == (1, "户数", "-5")
    assert fault["problem"].startswith("Row 1")
    assert fault["mend"]
    assert call("import", store, DATA / "Good.geojson", "--as", "buildings", "--json").json["added"] == 8


def test_a_warning_is_printed_and_the_file_kept(store: Path, call: Call) -> None:
    answer = call("import", store, DATA / "SpikedBuilding.geojson", "--as", "buildings", "--json")
    assert (answer.code, answer.json["added"]) == (0, 4)
    assert "it was repaired" in one_line(answer.err)
    assert answer.json["faults"][0]["fatal"] is False


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("{good}", "--as", "trees"), "trees cannot be imported; the kinds are buildings"),
        (("nowhere.gpkg", "--as", "buildings"), "There is no file nowhere.gpkg"),
        (("{good}", "--as", "buildings", "--crs", "EPSG:0"), "EPSG:0 is no coordinate system"),
        (("{good}", "--as", "buildings", "--layer", "x"), "holds no layer x"),
        (("{good}", "--as", "buildings", "--community", "别处"), "no community 别处; it holds 模拟社区"),
        (("{store}", "--as", "buildings"), "is the store itself"),
        (("{good}",), "--as"),
        (("{good}", "--as", "buildings", "--nonsense"), "--nonsense"),
        (("{good}", "--as", "buildings", "--language", "fr"), "There is no language fr"),
    ],
)
def test_a_mistake_of_the_users_is_one_line_and_exit_2(
    store: Path, call: Call, arguments: tuple[str, ...], said: str
) -> None:
    filled = [part.format(good=DATA / "Good.geojson", store=store) for part in arguments]
    answer = call("import", store, *filled)
    assert (answer.code, answer.out) == (2, "")
    assert said in one_line(answer.err)
    as_json = call("import", store, *filled, "--json")
    assert as_json.code == 2
    assert as_json.json["message"] in as_json.err


def test_a_missing_store_is_not_made_by_an_import(tmp_path: Path, call: Call) -> None:
    answer = call("import", tmp_path / "none.gpkg", DATA / "Good.geojson", "--as", "buildings")
    assert answer.code == 2
    assert "There is no store at" in one_line(answer.err)
    assert not (tmp_path / "none.gpkg").exists()


def test_a_store_that_another_program_writes_is_one_line(
    store: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli_import, "open_store", functools.partial(open_store, patience_s=0.2))
    holder = (
        "import sqlite3, sys\n"
        "db = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "db.execute('BEGIN IMMEDIATE')\n"
        "print('held', flush=True)\n"
        "sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", holder, str(store)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        answer = call("import", store, DATA / "Good.geojson", "--as", "buildings")
        process.communicate("")
    assert answer.code == 2
    assert "being written by another program" in one_line(answer.err)
    assert call("import", store, DATA / "Good.geojson", "--as", "buildings", "--json").json["added"] == 8


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="the superuser may write every file")
def test_a_store_that_may_not_be_written_is_one_line(store: Path, call: Call) -> None:
    store.chmod(0o444)
    store.parent.chmod(0o555)
    try:
        answer = call("import", store, DATA / "Good.geojson", "--as", "buildings")
    finally:
        store.parent.chmod(0o755)
    assert answer.code == 2
    assert "read-only" in one_line(answer.err)


def test_a_store_that_refuses_a_write_is_one_line(store: Path, call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise StoreError("store_read_only", store=str(store))

    monkeypatch.setattr(cli_import.importing, "keep", refuse)
    answer = call("import", store, DATA / "Good.geojson", "--as", "buildings")
    assert answer.code == 2
    assert "read-only" in one_line(answer.err)


def test_a_truncated_store_is_one_line_and_left_alone(store: Path, call: Call) -> None:
    whole = store.read_bytes()
    store.write_bytes(whole[: len(whole) // 3])
    answer = call("import", store, DATA / "Good.geojson", "--as", "buildings")
    assert answer.code == 2
    one_line(answer.err)
    assert store.read_bytes() == whole[: len(whole) // 3]


def test_a_fault_of_ours_is_exit_1_with_a_reference_to_the_log(
    store: Path, call: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the innermost wheel came off")

    monkeypatch.setattr(cli.platformdirs, "user_log_path", lambda *_, **__: tmp_path / "logs")
    monkeypatch.setattr(cli_import.importing, "prepare", broken)
    answer = call("import", store, DATA / "Good.geojson", "--as", "buildings", "--json")
    assert answer.code == 1
    log = tmp_path / "logs" / "gridmap.log"
    assert str(log) in one_line(answer.err)
    reference = answer.err.split("reference ")[1][:8]
    assert answer.json == {
        "error": "our_fault", "message": answer.err.strip(), "reference": reference, "log": str(log)
    }  # fmt: skip
    plain = call("import", store, DATA / "Good.geojson", "--as", "buildings")
    assert (plain.code, plain.out) == (1, "")
    story = log.read_text(encoding="utf-8")
    assert reference in story
    assert "the innermost wheel came off" in story
    assert "Traceback" not in answer.err


def test_the_demo_comes_with_its_coverage(tmp_path: Path, call: Call) -> None:
    path, table, book = tmp_path / "demo.gpkg", tmp_path / "out.csv", tmp_path / "out.xlsx"
    assert call("init", path, "--demo", "--json").json["community"] == "太白社区（模拟）"
    answer = call("coverage", path, "--kind", "邻里服务站", "--out", table, "--json")
    assert answer.code == 0
    assert "look covered but are not" in answer.err
    told = answer.json
    assert (told["measure"], told["points"], told["radius_m"]) == ("walking", 3, 500)
    assert sum(told["households"].values()) == 2486
    straight = call("coverage", path, "--kind", "邻里服务站", "--straight", "--json").json
    assert straight["measure"] == "straight_line"
    gap = told["buildings"]["out_of_reach"] - straight["buildings"]["out_of_reach"]
    assert gap == told["only_straight"] > 0
    assert table.read_bytes().startswith(b"\xef\xbb\xbf")
    rows = pd.read_csv(table)
    assert {"building", "state", "point", "walk_m", "households"} <= set(rows.columns)
    assert (rows["state"] == "out_of_reach").sum() == told["buildings"]["out_of_reach"]
    assert rows["households"].sum() == 2486
    several = call("coverage", path, "--kind", "station", "--kind", "棋牌", "--out", table, "--json").json
    assert several["kinds"]["station"]["households"] == told["households"]
    assert [row["number"] for row in several["by_number"]] == [0, 1, 2]
    assert sum(row["households"] for row in several["by_number"]) == 2486
    assert pd.read_csv(table)["number"].value_counts()[2] == several["by_number"][2]["buildings"]
    assert len(call("coverage", path, "--kinds", "all", "--json").json["kinds"]) > 5
    wider = call("coverage", path, "--kind", "station", "--straight", "--radius-m", 5000, "--out", book, "--json").json
    assert wider["buildings"]["out_of_reach"] == 0
    sheet = openpyxl.load_workbook(book).active
    assert sheet is not None
    assert sheet.max_row == len(rows) + 3


def test_the_demo_may_carry_a_name_of_ones_own(tmp_path: Path, call: Call) -> None:
    answer = call("init", tmp_path / "demo.gpkg", "--community", "试用社区", "--demo", "--json")
    assert (answer.code, answer.json["community"], answer.json["synthetic"]) == (0, "试用社区", True)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--kind", "滑雪场"), "no kind of service point"),
        (("--kinds", "chess,滑雪场"), "no kind of service point"),
        ((), "Say which kind of service point"),
        (("--kind", "station", "--radius-m", "5", "--walk-m", "5"), "not both"),
        (("--kind", "station", "--minutes", "5", "--walk-m", "5"), "not both"),
        (("--kind", "station", "--hour", "noon"), "cannot be read"),
        (("--kind", "station", "--minutes", "5", "--pace", "0"), "above 0 metres"),
        *(
            (("--kind", "station", option, value), "must be above 0")
            for option in ("--radius-m", "--walk-m")
            for value in ("-5", "0", "inf", "nan", "1e9")
        ),
        (("--kind", "station", "--out", "table.pdf"), "must end in .csv or .xlsx"),
        (("--kind", "station"), "has no building on the map yet"),
    ],
)
def test_coverage_refuses_what_makes_no_sense(store: Path, call: Call, arguments: tuple[str, ...], said: str) -> None:
    answer = call("coverage", store, "--straight", *arguments)
    assert answer.code == 2
    assert said in one_line(answer.err)


def test_a_table_that_cannot_be_written_is_one_line(store: Path, call: Call, tmp_path: Path) -> None:
    call("import", store, DATA / "Good.geojson", "--as", "buildings")
    answer = call("coverage", store, "--kind", "station", "--straight", "--out", tmp_path / "no" / "such" / "t.csv")
    assert answer.code == 2
    assert "cannot be written" in one_line(answer.err)


def test_a_community_without_points_is_covered_by_nothing(store: Path, call: Call) -> None:
    call("import", store, DATA / "Good.geojson", "--as", "buildings")
    answer = call("coverage", store, "--kind", "station", "--json")
    told = answer.json
    assert "straight line" in answer.err
    assert (told["points"], told["buildings"]["covered"], told["buildings"]["out_of_reach"]) == (0, 0, 8)


@pytest.mark.parametrize("number", [10**30, 2**63 - 1, 10_000_000, "9" * 400])
def test_numbers_that_cannot_be_are_named(store: Path, call: Call, tmp_path: Path, number: object) -> None:
    whole = json.loads((DATA / "Good.geojson").read_text())
    whole["features"][1]["properties"] |= {"户数": number}
    whole["features"][2]["properties"] |= {"层数": number}
    (tmp_path / "a.geojson").write_text(json.dumps(whole))
    answer = call("import", store, tmp_path / "a.geojson", "--as", "buildings", "--json")
    assert answer.code == 2
    assert {(fault["row"], fault["fatal"]) for fault in answer.json["faults"]} >= {(2, True), (3, False)}
    assert all(len(line) < 300 for line in answer.err.splitlines())


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_help_is_in_the_users_language(call: Call, language: str) -> None:
    for command in ("init", "import", "coverage"):
        answer = call(command, "--help", "--language", language)
        assert answer.code == 0
        assert i18n.text(f"cli.{command}", language) in answer.out
        assert "cli." not in answer.out
    assert i18n.text("cli.help", language) in call("--help", "--language", language).out


@pytest.mark.parametrize(
    ("arguments", "zh", "en"),
    [
        (("import",), "缺少参数 STORE。", "The argument STORE is missing."),
        (("site", "a"), "缺少选项 --kind。", "The option --kind is missing."),
        (("coverage", "a", "--banana"), "没有选项 --banana。", "There is no option --banana."),
        (("frobnicate",), "没有命令 frobnicate。", "There is no command frobnicate."),
        (("import", "a", "b", "--as"), "选项 --as 后面要有值。", "The option --as needs a value"),
        (("import", "a", "b", "--as", "x", "--json=1"), "选项 --json 不带值。", "The option --json takes no value."),
        (("import", "a", "b", "c", "d", "--as", "x"), "命令后面多了内容：c d。", "more than the command takes: c d."),
        (("coverage", "a", "--kind", "x", "--radius-m", "abc"), "--radius-m 要写数字。", "--radius-m takes a number."),
        (("backup", "a", "--keep", "x"), "--keep 要写整数。", "--keep takes a whole number."),
        (("backup", "a", "--keep", "0"), "--keep 不能小于 1。", "--keep takes 1 or more."),
    ],
)
def test_the_parser_speaks_the_users_language(call: Call, arguments: tuple[str, ...], zh: str, en: str) -> None:
    for lang, said in (("zh_CN.UTF-8", zh), ("en_GB.UTF-8", en)):
        answer = call(*arguments, lang=lang)
        assert answer.code == 2
        assert said in one_line(answer.err)


def test_help_has_no_english_headings_in_chinese(call: Call) -> None:
    for command in ((), ("import",), ("user",)):
        said = call(*command, "--help", lang="zh_CN.UTF-8").out
        assert "用法：" in said
        assert not any(word in said for word in ("Usage", "Options", "Arguments", "Commands", "required", "Show this"))
    bare = call("user", lang="zh_CN.UTF-8")
    assert (bare.code, bare.err.splitlines()[0]) == (2, "用法：gridmap user [选项] {STORE} 命令 [参数]...")


def test_the_language_comes_from_the_option_then_the_environment_else_chinese(store: Path, call: Call) -> None:
    command = ("import", store, "nowhere.gpkg", "--as", "buildings")
    assert "找不到文件" in call(*command, lang="C.UTF-8").err
    assert "There is no file" in call(*command, lang="en_US.UTF-8").err
    assert "找不到文件" in call(*command, "--language", "zh", lang="en_US.UTF-8").err
    assert "There is no file" in call(*command, "--language=en", lang="").err


def test_python_dash_m_works_and_prints_utf8_into_a_pipe(store: Path) -> None:
    environ = {**os.environ, "LC_ALL": "zh_CN.UTF-8", "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "gridmap",
            "import",
            str(store),
            str(DATA / "Good.geojson"),
            "--as",
            "buildings",
            "--json",
        ],
        capture_output=True,
        env=environ,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    assert json.loads(done.stdout.decode("utf-8"))["community"] == "模拟社区"
