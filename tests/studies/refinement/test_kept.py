"""What was compared of events is kept, and found again wherever the lines of the models stand."""

from __future__ import annotations

from pathlib import Path

import pytest

from modelcheck.language.syntax.parse import parse_text
from modelcheck.studies.refinement import run
from modelcheck.studies.refinement.compare import EventComparison
from tests.studies.refinement.test_events import DOOR


def compared(text: str, cache: Path | None, second: str = "together", seconds: float = 20.0) -> EventComparison:
    spec = parse_text(text, "door.mc")
    directory = None if cache is None else str(cache)
    (found,) = run.compare_all_events(spec, "base", second, ["s"], seconds={"s": seconds}, cache=directory)
    return found


def refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nobody compare anything from now on."""

    def compare_events(*_: object, **__: object) -> EventComparison:
        raise AssertionError("compared again")

    monkeypatch.setattr(run, "compare_events", compare_events)


@pytest.mark.parametrize("second", ["together", "louder", "renamed", "crash"])
def test_what_was_compared_is_not_compared_again(second: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alone, first = compared(DOOR, None, second), compared(DOOR, tmp_path, second)
    refuse(monkeypatch)
    assert repr(compared(DOOR, tmp_path, second)) == repr(first) == repr(alone)  # (spans of other copies of the text)
    assert first.bound is None


def test_runs_are_told_in_the_lines_of_today(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = compared(DOOR, tmp_path)
    refuse(monkeypatch)
    after = compared("// one line more\n" + DOOR, tmp_path)
    lines = [
        [step.position.span.line for one in found.differences for step in one.trace.steps] for found in (before, after)
    ]
    assert lines[0]
    assert lines[1] == [line + 1 for line in lines[0]]


def test_another_model_is_compared_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compared(DOOR, tmp_path)
    refuse(monkeypatch)
    assert "compared again" in repr(compared(DOOR.replace("bell = 1;", "bell = 2;"), tmp_path).reason)
    assert "compared again" in repr(compared(DOOR, tmp_path, "louder").reason)


def test_what_was_not_compared_in_full_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert compared(DOOR, tmp_path, seconds=0.0).bound == 0
    refuse(monkeypatch)
    assert "compared again" in repr(compared(DOOR, tmp_path).reason)


def test_what_cannot_be_read_is_compared_anew(tmp_path: Path) -> None:
    first = compared(DOOR, tmp_path)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files
    for path in files:
        path.write_bytes(b"nothing")
    assert repr(compared(DOOR, tmp_path)) == repr(first)
