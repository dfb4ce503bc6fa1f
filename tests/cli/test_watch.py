"""``matrix --watch``: what makes it check again, and how it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import termios
from collections.abc import Callable
from pathlib import Path

import pytest

from modelcheck.cli.commands.watching import Changed, Watcher, stamps, watch
from modelcheck.report.texts.progress import PlainProgress
from tests.cli.terminals import read_until, terminal

__all__ = ["terminal"]

SPEC = 'import "part.mc";\nprocess p { x = 1; }\nscenario s { run p; }\n'


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    root, part = tmp_path / "spec.mc", tmp_path / "part.mc"
    root.write_text(SPEC)
    part.write_text("shared x : 0..1;\n")
    return root, part


class Pause:
    """Does something at each pause, then interrupts."""

    def __init__(self, *edits: Callable[[], object]) -> None:
        self.edits = list(edits)

    def __call__(self, seconds: float) -> None:
        if not self.edits:
            raise KeyboardInterrupt
        self.edits.pop(0)()


def touch(path: Path, text: str) -> Callable[[], object]:
    return lambda: path.write_text(text)


def nothing() -> None:
    """A pause in which nothing changes."""


def test_it_checks_at_once_and_after_every_change(files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    root, part = files
    codes = iter([1, 0, 3])
    pause = Pause(nothing, touch(part, "shared x : 0..2;\n"), nothing, nothing, touch(root, SPEC + "\n"), nothing)
    assert watch([str(root)], lambda changed: next(codes), pause) == 3
    said = capsys.readouterr().err
    assert said.count("watching 2 files; Ctrl-C ends") == 3
    assert f"{part} changed" in said
    assert f"{root} changed" in said


def test_it_waits_until_the_editor_is_done(files: tuple[Path, Path]) -> None:
    root, _ = files
    seen: list[str] = []

    def check(changed: Callable[[], bool]) -> int:
        seen.append(root.read_text())
        return 0

    pause = Pause(root.unlink, nothing, touch(root, "half"), touch(root, SPEC + "// whole\n"), nothing)
    watch([str(root)], check, pause)
    assert seen == [SPEC, SPEC + "// whole\n"]


def test_a_spec_that_cannot_be_read_is_shown_and_may_be_repaired(
    files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    from modelcheck.language import pipeline

    root, part = files
    codes: list[int] = []

    def check(changed: Callable[[], bool]) -> int:
        pipeline.load(root)
        codes.append(0)
        return 0

    pause = Pause(
        touch(root, SPEC + "process"), nothing, touch(part, "shared x : 0..3;\n"), nothing, touch(root, SPEC), nothing
    )
    assert watch([str(root)], check, pause) == 0
    assert len(codes) == 2
    assert "error[MC" in capsys.readouterr().err


def test_a_change_during_a_run_starts_it_again(files: tuple[Path, Path]) -> None:
    root, part = files
    runs: list[str] = []

    def check(changed: Callable[[], bool]) -> int:
        runs.append(part.read_text())
        listener = Watcher(PlainProgress(sys.stderr), changed)
        listener.tick()
        if len(runs) == 1:
            part.write_text("shared x : 0..2;\n")
            with pytest.raises(Changed):
                listener.tick()
            raise Changed
        return 0

    watch([str(root)], check, Pause(nothing, nothing))
    assert runs == ["shared x : 0..1;\n", "shared x : 0..2;\n"]


def test_an_interrupted_run_ends_it(files: tuple[Path, Path]) -> None:
    assert watch([str(files[0])], lambda changed: 130, Pause()) == 130


def test_stamps_of_files_that_are_not_there(tmp_path: Path) -> None:
    assert stamps([str(tmp_path / "none")]) == {str(tmp_path / "none"): None}


# ------------------------------------------------------------------------------- the whole command


def test_on_a_terminal(starter: Path, tmp_path: Path, terminal: tuple[int, int]) -> None:
    """An edit of one design checks that design; Ctrl-C leaves the terminal as it was."""
    ours, theirs = terminal
    before = termios.tcgetattr(theirs)
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "caches"), "COLUMNS": "200", "TERM": "xterm"}
    del environment["MODELCHECK_NO_CACHE"]
    command = [sys.executable, "-m", "modelcheck", "matrix", "starter.mc", "--watch", "--scenario", "one_lookup"]
    child = subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, start_new_session=True
    )
    try:
        first = read_until(ours, "Ctrl-C ends")
        assert "reused" not in first
        starter.write_text(starter.read_text().replace("insert after lookup::drp", "insert before lookup::drp"))
        second = read_until(ours, "Ctrl-C ends")
        assert "1 of 2 checks reused" in second
        assert "\x1b[2J" in second
        child.send_signal(signal.SIGINT)
        assert child.wait(20) == 1
    finally:
        child.kill()
        child.wait()
    shown = first + second + read_until(ours, "\n")
    assert shown.count("\x1b[?25l") == shown.count("\x1b[?25h")
    assert termios.tcgetattr(theirs) == before
