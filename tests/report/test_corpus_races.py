"""Every distinct race of small specs is drawn by the rules (``pictures``); ``python -m
tests.report.pictures`` looks at those of all specs.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from modelcheck.report.races import selection
from modelcheck.report.races.calls import every_step
from modelcheck.report.races.pieces import Piece, kept, steps_of
from modelcheck.result.operations import Store
from modelcheck.result.trace import NO_FLOW, Trace
from modelcheck.result.values import Place
from modelcheck.semantics.interpreter.interpreter import Interpreter
from tests.report import pictures

ROOT = Path(__file__).parents[2]
#: Those whose races are found in a second or two.
QUICK = (
    *sorted((ROOT / "tests" / "features").glob("*.mc")),
    *sorted((ROOT / "tests" / "cases" / "drawing").glob("*.mc")),
    *sorted((ROOT / "tests" / "cases" / "drawing_long").glob("*.mc")),
    ROOT / "specs" / "seqlock.mc",
    ROOT / "specs" / "mcs_lock.mc",
)


@pytest.mark.parametrize("path", QUICK, ids=lambda path: path.stem)
def test_every_race_is_drawn_by_the_rules(path: Path) -> None:
    found = {
        f"{trace.variant} {trace.scenario} {trace.property_name}": wrong
        for interpreter, trace in pictures.races_of(path)
        if (wrong := pictures.faults(interpreter, trace))
    }
    assert not found


TIMER = ROOT / "tests" / "cases" / "drawing" / "timer_then_work.mc"


def _timer() -> tuple[Interpreter, Trace]:
    return next(
        (interpreter, trace)
        for interpreter, trace in pictures.races_of(TIMER)
        if trace.variant == "timer_then_work" and trace.property_name == "no_use_after_free"
    )


def test_what_breaks_the_rules_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures that lack a store, the last step of a thread, or say nothing of it are caught."""
    interpreter, trace = _timer()
    assert not pictures.faults(interpreter, trace)
    whole = every_step(trace)
    everything = steps_of(whole)

    def without(*numbers: int) -> list[str]:
        left = frozenset(everything.difference(numbers))
        drawn = [*kept(whole, left), Piece("", None, 0, "(1 step left out: --steps)", (), (), (), True)]
        with monkeypatch.context() as patched:
            patched.setattr("modelcheck.report.races.columns.told", lambda *_: drawn)
            return pictures.faults(interpreter, trace)

    rearmed = next(s.number for s in trace.steps if s.process == "kworker" and Place("wheel") in s.flow.writes)
    assert any("reads wheel = Dev[0] (stale), and the picture says null" in fault for fault in without(rearmed))
    last = max(s.number for s in trace.steps if s.process == "kworker")
    assert any("the last step of kworker is not shown" in fault for fault in without(last))
    # The handler waits for nothing that is not there, but comes too late.
    running = next(
        s.number
        for s in trace.steps
        if isinstance(s.operation, Store) and s.operation.target.place == Place("running_timer")
    )
    assert any(
        "does not lead to the violation" in fault or "reads running_timer" in fault for fault in without(running)
    )
    assert any("nothing is left out" in fault for fault in without())


def test_without_what_steps_read_the_picture_still_keeps_the_last_steps() -> None:
    _, trace = _timer()
    blind = replace(trace, steps=tuple(replace(step, flow=NO_FLOW) for step in trace.steps), orders=None)
    drawn = selection.told(blind, len, 6)
    assert {max(s.number for s in trace.steps if s.process == p) for p in trace.processes} <= steps_of(drawn)
