from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelcheck.engines.explicit import Exploration, InconsistentSystem, Stop, explore
from modelcheck.engines.explicit.watch import Cubes
from modelcheck.ir.system import Form, System
from modelcheck.ir.terms import BOOL, INT
from modelcheck.model.absences import NobodyRuns
from modelcheck.report.reasons.differences import inconsistency_words
from modelcheck.report.reasons.sentences import reason_text
from modelcheck.result.budget import Budget
from modelcheck.result.progress import Standing
from modelcheck.result.trace import Move
from modelcheck.result.verdict import Answer, EvidenceKind, Verdict
from tests.engines.reference import enabled, evaluate, reference
from tests.engines.systems import Builder, RandomSystem, counters, peterson
from tests.telling import tells

NO_LIMIT = Budget()


def by_name(system: System, exploration: Exploration) -> dict[str, Answer]:
    return {p.name: a for p, a in zip(system.properties, exploration.answers, strict=True)}


def check_schedule(system: System, answer: Answer) -> None:
    """Run the answer's schedule by the definition and see that it ends in what it claims."""
    assert answer.schedule is not None
    assert answer.length == len(answer.schedule)
    values = {v.id: v.initial for v in system.variables}
    prop = system.properties[answer.property]
    raised = [r.property for r in system.initial_raises]
    for number, move in enumerate(answer.schedule):
        (step,) = [s for s in enabled(system, values) if (s.process, s.choices) == (move.process, move.choices)]
        raised = [r.property for r in step.raises if evaluate(r.condition, values)]
        if step.fault:
            assert number == len(answer.schedule) - 1
            break
        values.update({v: evaluate(term, values) for v, term in step.updates})
    if prop.id in raised or any(evaluate(s.condition, values) for s in prop.states):
        return
    assert not prop.forms.isdisjoint({Form.DEADLOCK, Form.STUCK})
    assert not evaluate(system.drained, values)
    assert Form.STUCK in prop.forms or not enabled(system, values)


def compare(system: System) -> None:
    expected = reference(system)
    found = explore(system, NO_LIMIT)
    assert found.complete
    assert (found.states, found.transitions, found.depth) == (expected.states, expected.transitions, expected.depth)
    assert found.drained_reachable == expected.drained
    assert found.fired == expected.fired
    assert found.occurred == expected.occurred
    assert set(found.faults) == expected.faults
    assert found.deadlock_reachable == expected.deadlock
    assert found.deadlocked == expected.deadlocked
    for prop, answer in zip(system.properties, found.answers, strict=True):
        assert answer.property == prop.id
        assert answer.states == answer.searched == expected.states
        assert answer.length == expected.lengths.get(prop.id), prop.name
        if answer.length is not None:
            assert answer.verdict is (Verdict.HOLDS if prop.existential else Verdict.VIOLATED)
            check_schedule(system, answer)
        elif prop.needs_drained and not (expected.drained or expected.deadlock or expected.faults):
            assert answer.verdict is Verdict.ERROR
        else:
            assert answer.verdict is (Verdict.VIOLATED if prop.existential else Verdict.HOLDS)


def test_peterson_is_safe() -> None:
    system = peterson()
    compare(system)
    answers = by_name(system, explore(system, NO_LIMIT))
    assert answers["mutex"].verdict is Verdict.HOLDS
    assert answers["mutex"].evidence is EvidenceKind.EXPLORED
    assert answers["enters"].verdict is Verdict.HOLDS
    assert answers["enters"].evidence is EvidenceKind.WITNESS
    assert answers["enters"].schedule == (Move(0),) * 3
    assert answers["deadlock"].verdict is answers["stuck"].verdict is Verdict.HOLDS


def test_broken_peterson_violates_mutual_exclusion() -> None:
    system = peterson(broken=True)
    compare(system)
    answer = by_name(system, explore(system, NO_LIMIT))["mutex"]
    assert answer.verdict is Verdict.VIOLATED
    assert answer.length == reference(system).lengths[answer.property] == 6


def test_independent_counters() -> None:
    system = counters(3, 6)
    assert explore(system, NO_LIMIT).states == 7**3
    compare(system)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.integers(0, 2**32))
def test_agrees_with_the_definition_on_random_systems(seed: int) -> None:
    compare(RandomSystem(seed).make())


def test_same_answers_on_every_run() -> None:
    system = RandomSystem(77).make()
    assert [a.schedule for a in explore(system, NO_LIMIT).answers] == [
        a.schedule for a in explore(system, NO_LIMIT).answers
    ]


def test_unbounded_counter_widens_its_field() -> None:
    b = Builder()
    t = b.terms
    b.process("p", 2, {1})
    x = b.variable("x", INT, 0, None, None)
    b.step(0, 0, 0, t.lt(t.integer(-1000), x), {x: t.sub(x, t.integer(1))})
    b.step(0, 0, 1, t.eq(x, t.integer(-1000)))
    low = b.add_property("low", Form.STATE, t.eq(x, t.integer(-1000)))
    system = b.system()
    found = explore(system, NO_LIMIT)
    assert found.states == 1002
    assert found.answers[low].length == 1000


def test_leaving_declared_bounds_is_an_error_of_the_system() -> None:
    b = Builder()
    b.process("p", 2, {1})
    x = b.variable("x", INT, 0, 0, 3)
    b.step(0, 0, 1, updates={x: b.terms.add(x, b.terms.integer(9))})
    with tells(InconsistentSystem, inconsistency_words, r"x left its bounds 0\.\.3"):
        explore(b.system(), NO_LIMIT)


def test_two_steps_for_one_move_are_an_error_of_the_system() -> None:
    b = Builder()
    b.process("p", 2, {1})
    b.step(0, 0, 1)
    b.step(0, 0, 0)
    with tells(InconsistentSystem, inconsistency_words, "both enabled"):
        explore(b.system(), NO_LIMIT)


def endless() -> System:
    b = Builder()
    t = b.terms
    b.process("p", 2, {1})
    x = b.variable("x", INT, 0, 0, None)
    b.step(0, 0, 0, updates={x: t.add(x, t.integer(1))})
    b.add_property("small", Form.STATE, t.eq(x, t.integer(50)))
    b.add_property("safe", Form.STATE, t.eq(x, t.integer(-1)))
    b.add_property("deadlock", Form.DEADLOCK)
    b.add_property("stuck", Form.STUCK)
    b.add_property("reached", Form.STATE, t.eq(x, t.integer(-1)), existential=True)
    return b.system()


def test_limit_of_states_gives_bounded_answers() -> None:
    system = endless()
    found = explore(system, Budget(states=100))
    answers = by_name(system, found)
    assert found.stopped is Stop.STATES
    assert found.depth == 98
    assert answers["small"].verdict is Verdict.VIOLATED
    assert answers["small"].length == 50
    assert answers["safe"].verdict is answers["reached"].verdict is Verdict.BOUNDED
    assert answers["safe"].depth == 99
    assert answers["safe"].states is None
    assert answers["safe"].searched == 100
    assert answers["deadlock"].depth == 98
    assert answers["stuck"].verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("budget", "stop"), [(Budget(seconds=0.05), Stop.TIME), (Budget(memory=1), Stop.MEMORY)], ids=["time", "memory"]
)
def test_other_budgets(budget: Budget, stop: Stop) -> None:
    found = explore(endless(), budget)
    assert found.stopped is stop
    assert not found.complete


def test_interrupted_before_the_first_step() -> None:
    system = endless()
    found = explore(system, NO_LIMIT, interrupted=lambda: True)
    answers = by_name(system, found)
    assert found.stopped is Stop.INTERRUPTED
    assert answers["safe"].depth == 0
    assert answers["deadlock"].verdict is Verdict.UNKNOWN


def test_progress_is_reported() -> None:
    seen: list[Standing] = []

    class Listener:
        def update(self, standing: Standing) -> None:
            seen.append(standing)

    explore(endless(), Budget(seconds=0.6), Listener())
    assert seen
    assert all(s.states > 0 and s.memory > 0 for s in seen)
    assert [s.states for s in seen] == sorted(s.states for s in seen)


def test_no_drained_state_is_an_error_and_stuck_from_the_start() -> None:
    b = Builder()
    b.process("p", 2, {1})
    b.step(0, 0, 0)
    b.add_property("final", Form.STATE, b.terms.and_(b.drained, b.terms.true), needs_drained=True)
    b.add_property("stuck", Form.STUCK)
    b.add_property("deadlock", Form.DEADLOCK)
    system = b.system()
    answers = by_name(system, explore(system, NO_LIMIT))
    assert answers["final"].verdict is Verdict.ERROR
    assert "vacuous" in reason_text(answers["final"].reason)
    assert answers["stuck"].length == 0
    assert answers["deadlock"].verdict is Verdict.HOLDS


def test_not_applicable_is_kept() -> None:
    b = Builder()
    b.process("p", 2, {1})
    b.step(0, 0, 1)
    b.add_property("absent", Form.STATE, b.variable("x", BOOL, True), not_applicable=NobodyRuns("reader"))
    answer = explore(b.system(), NO_LIMIT).answers[0]
    assert answer.verdict is Verdict.NOT_APPLICABLE
    assert answer.reason == NobodyRuns("reader")
    assert answer.schedule is None


def test_a_condition_whose_parts_are_shared_is_taken_apart_part_by_part() -> None:
    b = Builder()
    t = b.terms
    known = b.variable("first", BOOL, False)
    # As a tree it has 2 to the power of 60 leaves.
    for number in range(60):
        one, two = b.variable(f"one{number}", BOOL, False), b.variable(f"two{number}", BOOL, False)
        known = t.or_(t.and_(known, one), t.and_(t.not_(known), two))
    last = b.variable("last", BOOL, False)
    # More than a few cubes: the part stays whole.
    assert Cubes(t).of(t.and_(known, last)) == [(known, last)]
