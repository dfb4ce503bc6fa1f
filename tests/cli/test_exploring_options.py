"""Options about how the explorer works: ``--threads``, ``explore --engine``, ``--no-cache`` of compiled code."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from modelcheck.studies.matrix.options import Options
from tests.cli.conftest import Ran
from tests.schemas import fits

Call = Callable[..., Ran]

COUNTERS = """\
model counters;
shared a : 0..49 = 0;
shared b : 0..49 = 0;
shared c : 0..8 = 0;
process p { while (a < 49) { atomic { a = a + 1; } } }
process q { while (b < 49) { atomic { b = b + 1; } } }
process r { while (c < 8) { atomic { c = c + 1; } } }
invariant apart : !(a == 4 && b == 5 && c == 1);
cover met : a == 5 && b == 5 && c == 1;
scenario all { run p, q, r; }
"""


@pytest.fixture
def counters(tmp_path: Path) -> Path:
    path = tmp_path / "counters.mc"
    path.write_text(COUNTERS, encoding="utf-8")
    return path


def cells(file: Path) -> list[dict[str, Any]]:
    """The cells without what depends on the clock."""
    found: list[dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))["cells"]
    return [{key: value for key, value in cell.items() if key != "seconds"} for cell in found]


def test_results_do_not_depend_on_the_number_of_threads(modelcheck: Call, counters: Path, tmp_path: Path) -> None:
    results = []
    for threads in (1, 2):
        file = tmp_path / f"{threads}.json"
        ran = modelcheck("check", counters, "--threads", threads, "--json", file, "--engine", "native", "--no-cache")
        assert ran.code == 1, ran.err
        results.append(cells(file))
    assert results[0] == results[1]
    assert {cell["verdict"] for cell in results[0]} == {"holds", "violated"}
    assert {cell["engine"] for cell in results[0]} == {"native"}
    assert all(cell["searched"] > 100_000 for cell in results[0])


def test_a_number_of_threads_that_makes_no_sense(modelcheck: Call, counters: Path) -> None:
    ran = modelcheck("check", counters, "--threads", 0)
    assert ran.code == 2
    assert "--threads" in ran.err


def test_workers_share_cores_and_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 8)
    options = Options(jobs=4, memory=1000)
    assert (options.of_worker(4).threads, options.of_worker(4).memory) == (2, 1000)
    assert (options.of_worker(1).threads, options.of_worker(1).memory) == (8, 4000)
    assert (options.of_worker(3).threads, options.of_worker(3).memory) == (2, 1333)
    assert Options(jobs=4, threads=5).of_worker(2).threads == 5
    assert Options(jobs=4).of_worker(2).memory is None


def test_explore_counts_with_any_engine_and_writes_the_numbers(
    modelcheck: Call, counters: Path, tmp_path: Path
) -> None:
    counted = {}
    for engine in ("explicit", "native"):
        file = tmp_path / f"{engine}.json"
        ran = modelcheck("explore", counters, "--engine", engine, "--threads", 2, "--json", file)
        assert ran.code == 0, ran.err
        document = json.loads(file.read_text(encoding="utf-8"))
        assert document["schema"] == "modelcheck.explore/1"
        (counted[engine],) = document["scenarios"]
        assert counted[engine]["engine"] == engine
    same = ("variant", "scenario", "states", "transitions", "depth", "complete", "stopped")
    assert [counted["native"][key] for key in same] == [counted["explicit"][key] for key in same]
    # Each explorer is asked for states of its own numbering.
    for one in counted.values():
        assert "of 180,000 states re-executed by the interpreter, down to depth 215 of 215" in one["cross_checked"]
        assert "6 of 6 operations" in one["cross_checked"]
        assert "states looked up in what the explorer visited" in one["cross_checked"]
    assert counted["native"]["states"] > 70_000


def test_explore_says_why_it_stopped_and_what_to_do(modelcheck: Call, counters: Path, tmp_path: Path) -> None:
    file = tmp_path / "numbers.json"
    ran = modelcheck("explore", counters, "--engine", "native", "--memory", "60M", "--json", file)
    assert ran.code == 3
    assert "not all of them: out of memory (give it more with --memory" in " ".join(ran.out.split())
    assert json.loads(file.read_text(encoding="utf-8"))["scenarios"][0]["stopped"] == "out of memory"


def test_compiled_code_is_kept_unless_no_cache(
    modelcheck: Call, counters: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MODELCHECK_NO_CACHE", raising=False)
    monkeypatch.setenv("MODELCHECK_CACHE_DIR", str(tmp_path / "cache"))

    # Too few states to be compiled a second time.
    smaller = counters.with_name("smaller.mc")
    smaller.write_text(COUNTERS.replace("49", "19"), encoding="utf-8")

    def entries() -> int:
        return sum(path.is_file() for path in (tmp_path / "cache" / "code").rglob("*"))

    assert modelcheck("explore", smaller, "--engine", "native", "--no-cache").code == 0
    assert entries() == 0
    assert modelcheck("explore", smaller, "--engine", "native").code == 0
    assert entries() == 1
    assert modelcheck("explore", smaller, "--engine", "native").code == 0
    assert entries() == 1


def test_a_check_goes_on_where_time_ended(modelcheck: Call, counters: Path, tmp_path: Path) -> None:
    checkpoint, file = tmp_path / "all.ckpt", tmp_path / "all.json"
    bigger = counters.with_name("bigger.mc")
    bigger.write_text(COUNTERS.replace("49", "69"), encoding="utf-8")
    ran = modelcheck("check", bigger, "--memory", "60M", "--checkpoint", checkpoint)
    assert ran.code in (1, 3), ran.err
    said = " ".join(ran.out.split())
    assert "out of memory after" in said
    assert f"are kept in {checkpoint}: --resume goes on there" in said
    with open(checkpoint, "rb") as kept:
        assert kept.readline() == b"modelcheck checkpoint 1\n"
        fits("checkpoint", json.loads(kept.readline()))
    ran = modelcheck("check", bigger, "--resume", checkpoint, "--json", file)
    assert ran.code == 1, ran.err
    assert {cell["searched"] for cell in cells(file)} == {140 * 140 * 18}
    counted = modelcheck("explore", bigger, "--resume", checkpoint)
    assert counted.code == 0
    assert "352,800 states" in counted.out
    ran = modelcheck("explore", counters, "--resume", checkpoint)
    assert ran.code == 2
    assert "MC534" in ran.err
    assert "have changed" in ran.err


@pytest.mark.parametrize("command", ["check", "explore"])
def test_where_a_checkpoint_makes_no_sense(modelcheck: Call, counters: Path, tmp_path: Path, command: str) -> None:
    ran = modelcheck(command, counters, "--checkpoint", tmp_path / "missing" / "c")
    assert ran.code == 2
    assert "MC521" in ran.err
    ran = modelcheck(command, counters, "--checkpoint", tmp_path / "c", "--engine", "explicit")
    assert ran.code == 2
    assert "need the compiled explorer" in ran.err
    counters.write_text(COUNTERS + "scenario two { run p; }\n", encoding="utf-8")
    ran = modelcheck(command, counters, "--resume", tmp_path / "c")
    assert ran.code == 2
    assert "MC535" in ran.err
    ran = modelcheck(command, counters, "--resume", tmp_path / "c", "--scenario", "two")
    assert ran.code == 2
    assert "MC534" in ran.err
    assert "cannot read" in ran.err


def test_a_checkpoint_needs_a_number_of_instances(modelcheck: Call, counters: Path, tmp_path: Path) -> None:
    counters.write_text(COUNTERS.replace("run p, q, r", "run p[*], q"), encoding="utf-8")
    ran = modelcheck("check", counters, "--checkpoint", tmp_path / "c")
    assert ran.code == 2
    assert "MC535" in ran.err
    assert "`p` runs in any number" in ran.err
