"""Whole results, found without parsing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from modelcheck.ground.ended import Killed
from modelcheck.language import pipeline
from modelcheck.studies.matrix.cache.runs import keep_run, recall_run
from modelcheck.studies.matrix.model import MatrixResult
from modelcheck.studies.matrix.options import Options, StrictKind
from modelcheck.studies.matrix.run import run
from tests.studies.matrix.cache.helpers import SPEC, told, write

REMARK = 'import "deep.mc"; // a remark\n'
IMPORTED = 'import "more.mc";\n' + SPEC


def options(directory: Path, **chosen: object) -> Options:
    return replace(Options(jobs=0, cache=str(directory / "cache")), **chosen)  # type: ignore[arg-type]


def kept(path: Path, asked: Options) -> MatrixResult:
    """Run a spec and keep the result."""
    spec = pipeline.load(path)
    result = run(spec, str(path), asked)
    keep_run(str(path), spec, result, asked)
    return result


def test_the_same_run_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, asked = write(tmp_path), options(tmp_path)
    assert recall_run(str(path), asked) is None
    first = kept(path, asked)
    monkeypatch.setattr("modelcheck.language.syntax.load.load_spec", lambda path: 1 / 0)
    again = recall_run(str(path), asked)
    assert again is not None
    assert told(again) == told(first)
    assert all(pair.reused for pair in again.pairs)
    assert [race.trace.schedule for race in again.races] == [race.trace.schedule for race in first.races]


def test_a_file_that_changed(tmp_path: Path) -> None:
    # A file of which nothing is left but what it imports.
    write(tmp_path, "event unused();", "deep.mc")
    write(tmp_path, REMARK, "more.mc")
    path, asked = write(tmp_path, IMPORTED), options(tmp_path)
    kept(path, asked)
    assert recall_run(str(path), asked) is not None
    write(tmp_path, REMARK.replace("a remark", "another remark"), "more.mc")
    assert recall_run(str(path), asked) is None
    write(tmp_path, REMARK, "more.mc")
    assert recall_run(str(path), asked) is not None
    (tmp_path / "more.mc").unlink()
    assert recall_run(str(path), asked) is None
    write(tmp_path, REMARK, "more.mc")
    write(tmp_path, IMPORTED + "\n")
    assert recall_run(str(path), asked) is None


def test_options_that_change_the_result(tmp_path: Path) -> None:
    path, asked = write(tmp_path), options(tmp_path)
    kept(path, asked)
    for change in (
        {"variants": ("careful",)},
        {"scenarios": ("one",)},
        {"properties": ("few",)},
        {"engine": "bmc"},
        {"overrides": (("ROUNDS", "1"),)},
        {"slow": True},
        {"cache": None},
    ):
        assert recall_run(str(path), replace(asked, **change)) is None, change
    assert recall_run(str(path), replace(asked, seconds=1.0, jobs=2, strict=frozenset(StrictKind))) is not None


def test_what_is_not_whole_is_not_kept(tmp_path: Path) -> None:
    path, asked = write(tmp_path), options(tmp_path)
    spec = pipeline.load(path)
    result = run(spec, str(path), asked)
    keep_run(str(path), spec, replace(result, unfinished=(("base", "one"),)), asked)
    assert recall_run(str(path), asked) is None
    keep_run(str(path), spec, replace(result, pairs=(replace(result.pairs[0], failure=Killed("SIGKILL")),)), asked)
    assert recall_run(str(path), asked) is None


def test_a_spec_that_is_no_file_is_not_kept(tmp_path: Path) -> None:
    from modelcheck.language.syntax.parse import parse_text

    spec, asked = parse_text(SPEC, "doors.mc"), options(tmp_path)
    keep_run("doors.mc", spec, run(spec, "doors.mc", asked), asked)
    assert recall_run("doors.mc", asked) is None


def test_another_program_has_its_own_entries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, asked = write(tmp_path), options(tmp_path)
    kept(path, asked)
    for module in ("runs", "pairs", "answers"):
        monkeypatch.setattr(f"modelcheck.studies.matrix.cache.{module}.program_fingerprint", lambda: "another version")
    assert recall_run(str(path), asked) is None
    assert not any(pair.reused for pair in run(pipeline.load(path), str(path), asked).pairs)
