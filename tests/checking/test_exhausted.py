"""A limit of time that ends at any moment: what is answered then is right, and little is done after it."""

from __future__ import annotations

import time

import pytest

from modelcheck.checking.crosscheck import walks
from modelcheck.checking.crosscheck.crosscheck import cross_check
from modelcheck.checking.run import check_model
from modelcheck.cli.limits import planning
from modelcheck.engines.explicit import explore
from modelcheck.language import pipeline
from modelcheck.language.syntax.parse import parse_text
from modelcheck.model import typed
from modelcheck.result.budget import Budget
from modelcheck.result.checked import Checked
from modelcheck.result.comparisons import Walked
from modelcheck.result.verdict import Verdict
from modelcheck.semantics.elaborate import elaborate
from modelcheck.semantics.interpreter.memoisation.interpreter import MemoisedInterpreter
from modelcheck.studies.matrix.options import Options

TEXT = """
model m;
shared x : 0..16 = 0;
shared y : 0..16 = 0;
shared z : 0..16 = 0;
mutex a;
mutex b;
process px { while (x < 16) { atomic { x = x + 1; } } }
process py { while (y < 16) { atomic { y = y + 1; } } mutex_lock(a); mutex_lock(b); }
process pz { while (z < 16) { if (z == 9 && x == 3) { y = 0; } atomic { z = z + 1; } } mutex_lock(b); mutex_lock(a); }
invariant near  : x + y < 5;
invariant far   : x + y + z < 40;
invariant holds : x <= 16;
cover     seen  : x == 16 && z == 16;
scenario s { run px, py, pz; }
"""


class Clock:
    """Stands still until it was asked so many times; then the time of any limit is over whenever it is asked.

    ``late``: how often it is asked after that.
    """

    def __init__(self, asked: int) -> None:
        self.asked = asked
        self.late = 0

    def __call__(self) -> float:
        self.asked -= 1
        self.late += self.asked < 0
        return 1e6 * max(0, -self.asked)


def model() -> typed.Model:
    return pipeline.Loaded(parse_text(TEXT, "exhausted.mc")).edited().resolved().model


def checked(engine: str, seconds: float | None = None) -> Checked:
    assert engine in ("explicit", "native")
    return check_model(model(), Budget(seconds=seconds), "explicit" if engine == "explicit" else "native", proofs=False)


@pytest.mark.parametrize("engine", ["explicit", "native"])
def test_what_is_answered_wherever_the_time_ends(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = checked(engine)
    assert not whole.problem
    verdicts = {answer.property: answer for answer in whole.answers}
    assert {answer.verdict for answer in whole.answers} >= {Verdict.HOLDS, Verdict.VIOLATED}
    ended = []
    for asked in (0, 3, 5, 8, 12, 20, 33, 60, 150, 300):
        with monkeypatch.context() as patched:
            clock = Clock(asked)
            patched.setattr(time, "perf_counter", clock)
            found = checked(engine, 100.0)
        assert not found.problem
        assert found.exploration is not None
        ended.append(found.exploration.complete)
        for answer in found.answers:
            expected = verdicts[answer.property]
            if answer.verdict in (Verdict.HOLDS, Verdict.VIOLATED):
                assert (answer.verdict, answer.length) == (expected.verdict, expected.length)
            else:
                assert answer.verdict in (Verdict.BOUNDED, Verdict.UNKNOWN, expected.verdict)
        # Each limit that is met is looked at a few times, and nothing asks again and again.
        assert clock.late < 100
    assert not all(ended)


@pytest.mark.parametrize("asked", range(4))
def test_runs_to_what_no_walk_has_met(asked: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without steps that are free, they end with the time; what is left out is searched for, and counted."""
    system = elaborate(model())
    found = explore(system, Budget(), keep=True)
    monkeypatch.setattr(walks, "LEAST_STEPS", -1)
    monkeypatch.setattr(walks, "FRUITLESS", 0)
    unbounded = cross_check(system, MemoisedInterpreter(model()), found, limit=100, sample=50)
    assert found.lookup is not None
    monkeypatch.setattr(time, "perf_counter", Clock(asked))
    bounded = cross_check(system, MemoisedInterpreter(model()), found, limit=100, sample=50)
    assert isinstance(bounded, Walked)
    assert isinstance(unbounded, Walked)
    assert bounded.one_way
    assert bounded.compared <= unbounded.compared


def test_what_planning_takes_is_gone() -> None:
    def work() -> int:
        time.sleep(0.05)
        return 7

    result, after = planning(Options(seconds=100.0, before=1.0), work)
    assert result == 7
    assert after.before >= 1.05
    assert planning(Options(), work) == (7, Options())
