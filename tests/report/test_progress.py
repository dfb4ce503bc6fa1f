"""Progress on streams that are no terminals, and on those that are."""

from __future__ import annotations

import io

import pytest

from modelcheck.ground.ended import Limited
from modelcheck.report.texts.progress import LiveProgress, PlainProgress, pair_line, progress_for
from modelcheck.result.progress import Standing
from modelcheck.result.verdict import Verdict
from tests.report.example_results import VIOLATED, cell, pair


class Clock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr("modelcheck.report.texts.progress.time.monotonic", made.monotonic)
    return made


STANDING = Standing("explicit", 1234, 500.0, 7, 40, 3 << 20, 2.0)
PAIR = pair(
    "base", "one", cell("base", "one", "p", Verdict.HOLDS), cell("base", "one", "q", Verdict.VIOLATED, VIOLATED)
)


def test_a_short_run_says_nothing(clock: Clock) -> None:
    stream = io.StringIO()
    display = PlainProgress(stream)
    display.planned([("base", "one")])
    display.started("base", "one")
    clock.now += 3
    display.finished(PAIR)
    display.close()
    assert stream.getvalue() == ""


def test_a_long_run_says_where_it_stands_now_and_then(clock: Clock) -> None:
    stream = io.StringIO()
    display = PlainProgress(stream)
    display.planned([("base", "one"), ("base", "two")])
    display.started("base", "one")
    for _ in range(30):
        clock.now += 1
        display.standing("base", "one", STANDING)
        display.tick()
    display.finished(PAIR)
    lines = stream.getvalue().splitlines()
    assert lines[0] == "modelcheck: 5 s: 0 of 2 done (base in one: 1,234 states, depth 7, 40 open, 500/s, 3 MiB)"
    assert len(lines) == 3


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_gets_a_line_for_each_finished_row_and_its_cursor_back(clock: Clock) -> None:
    stream = Terminal()
    display = progress_for(stream)
    assert isinstance(display, LiveProgress)
    display.planned([("base", "one"), ("base", "two")])
    display.started("base", "one")
    clock.now += 1
    display.started("base", "two")
    display.standing("base", "one", STANDING)
    display.finished(PAIR)
    display.close()
    text = stream.getvalue()
    assert "base in one: violated: q (0.75 s)" in text
    assert "of 2 checked" in text
    assert text.count("\x1b[?25l") == text.count("\x1b[?25h")


def test_finished_rows_in_words() -> None:
    surprising = pair("v", "one", cell("v", "one", "p", Verdict.VIOLATED))
    assert pair_line(surprising) == "v in one: violated: p; 1 surprise (0.75 s)"
    assert pair_line(pair("v", "one", failure=Limited.TIME)) == "v in one: out of time"
    assert pair_line(pair("v", "one", cell("v", "one", "p", Verdict.HOLDS))) == "v in one: nothing violated (0.75 s)"
