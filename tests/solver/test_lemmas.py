"""Questions about states in which lemmas hold: what counts is asked about, and nothing else."""

from __future__ import annotations

import time

import pytest

from modelcheck.ir.counted import CounterSystem
from modelcheck.ir.evaluate import evaluate
from modelcheck.ir.passes.fixed import without_counters
from modelcheck.ir.terms import INT, Term
from modelcheck.language import pipeline
from modelcheck.language.syntax.parse import parse_text
from modelcheck.result.reasons.lengths import TooManyBits
from modelcheck.result.reasons.proofs import NotForSolvers
from modelcheck.result.reasons.stops import Stop
from modelcheck.semantics.elaborate import elaborate
from modelcheck.solver.encode import Unencodable
from modelcheck.solver.lemmas import LemmaSolver, Undecided, undecided_where_z3_fails

TEXT = """
model up;
shared x : int = 3;
shared y : int = 4;
process p { loop quiescent { atomic { x = x + 1; y = y + 1; } } }
invariant natural : x >= 0;
scenario one { run p; }
"""


@pytest.fixture(name="system")
def counted_system() -> CounterSystem:
    return without_counters(elaborate(pipeline.Loaded(parse_text(TEXT, "test.mc")).edited().resolved().model))


def at_least(system: CounterSystem, name: str, number: int) -> Term:
    (id,) = (v.id for v in system.variables if v.name == name)
    return system.terms.le(system.terms.integer(number), system.terms.variable(id, INT))


def test_a_core_names_the_lemmas_that_exclude_a_state(system: CounterSystem) -> None:
    solver = LemmaSolver(system, 20)
    x, y = at_least(system, "x", 0), at_least(system, "y", 0)
    negative = solver.condition(system.terms.not_(x))
    found = solver.state_with(negative)
    assert not isinstance(found, frozenset)
    assert not evaluate(x, found)
    assert [solver.take(lemma) for lemma in (y, x, y)] == [0, 1, 2]
    assert solver.state_with(negative) == frozenset((1,))
    solver.drop([1])
    assert not isinstance(solver.state_with(negative), frozenset)
    # Numbers are not used again.
    assert solver.take(x) == 3
    assert solver.state_with(negative) == frozenset((3,))


def test_a_state_before_a_step_that_leads_out_of_the_lemmas(system: CounterSystem) -> None:
    solver = LemmaSolver(system, 20)
    step = next(s for s in system.steps if s.updates)
    guard = solver.condition(step.guard)
    x, y = (at_least(system, name, 5) for name in ("x", "y"))
    after = [system.terms.substitute(lemma, dict(step.updates)) for lemma in (x, y)]
    broken = solver.some_fails(map(solver.condition, after))
    solver.take(x)
    found = solver.state_with(guard, broken)
    assert not isinstance(found, frozenset)
    assert (evaluate(x, found), evaluate(after[1], found)) == (True, False)
    solver.take(y)
    assert solver.state_with(guard, broken) == frozenset((0, 1))
    assert solver.state_with(guard, solver.some_fails([])) == frozenset()


def test_lemmas_do_not_matter_to_the_initial_states(system: CounterSystem) -> None:
    solver = LemmaSolver(system, 20)
    solver.take(at_least(system, "x", 100))
    assert solver.initial_state_without(at_least(system, "x", 3)) is None
    first = solver.initial_state_without(at_least(system, "x", 4))
    assert first is not None
    assert first == {v.id: v.initial for v in system.variables}


def test_no_answer_is_told_as_such(system: CounterSystem) -> None:
    solver = LemmaSolver(system, 20)
    anything = solver.condition(at_least(system, "x", 0))
    solver.end = time.monotonic()
    with pytest.raises(Undecided) as told:
        solver.state_with(anything)
    assert told.value.why is Stop.TIME
    with pytest.raises(Undecided) as told, undecided_where_z3_fails():
        raise Unencodable(TooManyBits(65))
    assert told.value.why == NotForSolvers(TooManyBits(65))
