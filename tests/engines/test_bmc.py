"""Bounded model checking agrees with plain breadth-first search: same lengths, and schedules that run."""

from __future__ import annotations

import os
import signal
import threading
import time
from dataclasses import replace

import pytest

from modelcheck.engines.bmc.bmc import bmc
from modelcheck.ir.system import Form, System
from modelcheck.ir.terms import INT
from modelcheck.model.absences import NobodyRuns
from modelcheck.report.reasons.sentences import reason_text
from modelcheck.result.budget import Budget
from modelcheck.result.progress import Standing
from modelcheck.result.reasons.lengths import NotTried
from modelcheck.result.trace import Move, Schedule
from modelcheck.result.verdict import Answer, EvidenceKind, Verdict
from modelcheck.solver.confirm import confirm
from modelcheck.solver.unrolling.unroll import Options
from tests.engines.reference import enabled, evaluate, reference
from tests.engines.systems import Builder, RandomSystem, counters, peterson

OPTIONS = (
    Options(),
    Options(reduce=False, symmetry=False),
    Options(finite=False),
    Options(simple=True, distances=False, logic="QF_FD"),
)


def everything(system: System, steps: int, options: Options | None = None) -> dict[int, Answer]:
    found = bmc(system, [p.id for p in system.properties], Budget(steps=steps, seconds=60), options=options)
    return {a.property: a for a in found}


def replayed(system: System, property: int, schedule: Schedule) -> bool:
    """Whether the schedule runs, and its last step raises the property or its last state violates it."""
    values = {v.id: v.initial for v in system.variables}
    raised = [r.property for r in system.initial_raises]
    for number, move in enumerate(schedule, start=1):
        candidates = [s for s in enabled(system, values) if (s.process, s.choices) == (move.process, move.choices)]
        assert len(candidates) == 1
        step = candidates[0]
        raised = [r.property for r in step.raises if evaluate(r.condition, values)]
        if step.fault:
            assert number == len(schedule)
            return property in raised
        values |= {id: evaluate(update, values) for id, update in step.updates}
    claimed = system.properties[property]
    if property in raised or any(evaluate(s.condition, values) for s in claimed.states):
        return True
    return Form.DEADLOCK in claimed.forms and not enabled(system, values) and not evaluate(system.drained, values)


def deterministic(system: System) -> bool:
    """Whether at most one step of a process is enabled with the same choices: the contract of a
    System, by its guards.
    """
    return all(
        system.terms.and_(a.guard, b.guard).is_false
        for a in system.steps
        for b in system.steps
        if a.id < b.id and (a.process, a.source, a.choices) == (b.process, b.source, b.choices)
    )


@pytest.mark.parametrize("options", OPTIONS, ids=("reduced", "plain", "integers", "simple"))
@pytest.mark.parametrize("seed", range(25))
def test_lengths_of_random_systems(seed: int, options: Options) -> None:
    system = RandomSystem(seed).make()
    depth = 8
    expected = reference(system).lengths
    for property, answer in everything(system, depth, options).items():
        if Form.STUCK in system.properties[property].forms and answer.schedule is not None:
            # A run that is shorter may be stuck, which is not looked for.
            assert expected[property] <= len(answer.schedule) <= depth
            assert replayed(system, property, answer.schedule)
        elif Form.STUCK in system.properties[property].forms:
            assert answer.verdict is Verdict.UNKNOWN
            assert "exploration" in reason_text(answer.reason)
        elif expected.get(property, depth + 1) <= depth:
            assert answer.length == expected[property]
            assert answer.schedule is not None
            assert len(answer.schedule) == answer.length
            assert replayed(system, property, answer.schedule)
        else:
            assert answer.verdict is Verdict.BOUNDED
            assert answer.depth is not None
            assert answer.depth <= depth or "no run has more" in reason_text(answer.reason)


def test_peterson() -> None:
    right = everything(peterson(), 20)
    assert [right[n].verdict for n in range(5)] == [
        Verdict.BOUNDED,
        Verdict.BOUNDED,
        Verdict.UNKNOWN,
        Verdict.HOLDS,
        Verdict.BOUNDED,
    ]
    assert right[3].evidence is EvidenceKind.WITNESS
    assert right[3].schedule == (Move(0), Move(0), Move(0))
    # both processes end after four steps each; then there is nothing left to try
    assert right[0].depth == 8
    assert reason_text(right[0].reason) == "no run of more than 8 steps can end in a violation"
    assert everything(peterson(), 6)[0].reason == NotTried(6)
    wrong = everything(peterson(broken=True), 20)[0]
    assert wrong.verdict is Verdict.VIOLATED
    assert wrong.evidence is EvidenceKind.TRACE
    assert wrong.length == 6


def test_not_applicable_is_said() -> None:
    system = peterson()
    first = replace(system.properties[0], not_applicable=NobodyRuns("q"))
    system = replace(system, properties=(first, *system.properties[1:]))
    answer = everything(system, 3)[0]
    assert answer.verdict is Verdict.NOT_APPLICABLE
    assert answer.reason == NobodyRuns("q")


def test_the_budget_bounds_the_depth() -> None:
    answer = everything(peterson(broken=True), 5)[0]
    assert answer.verdict is Verdict.BOUNDED
    assert answer.depth == 5
    assert "5 steps" in reason_text(answer.reason)
    nothing = bmc(peterson(), (0,), Budget(seconds=0.0))[0]
    assert (nothing.verdict, nothing.depth) == (Verdict.BOUNDED, 0)  # the initial state needs no search
    assert reason_text(nothing.reason) == "out of time"


def test_an_unbounded_counter_is_widened_with_the_depth() -> None:
    b = Builder()
    t = b.terms
    b.process("p", 2, {1})
    n = b.variable("n", INT, 0, 0, None)
    b.step(0, 0, 0, updates={n: t.add(n, t.integer(1))}, choices=(0,))
    b.step(0, 0, 0, t.lt(t.integer(0), n), {n: t.sub(n, t.integer(1))}, choices=(1,))
    b.add_property("reaches", Form.STATE, t.eq(n, t.integer(9)))
    assert everything(b.system(), 12)[0].length == 9


def test_a_number_too_wide_for_bits_is_an_integer() -> None:
    b = Builder()
    t = b.terms
    b.process("p", 2, {1})
    n = b.variable("n", INT, 1, 0, None)
    b.step(0, 0, 0, updates={n: t.mul(n, t.integer(1 << 20))})
    b.add_property("reaches", Form.STATE, t.lt(t.integer(1 << 90), n))
    assert everything(b.system(), 8)[0].length == 5


def test_a_wrong_declared_bound_hides_nothing() -> None:
    b = Builder()
    t = b.terms
    b.process("p", 2, {1})
    n = b.variable("n", INT, 0, 0, 3)  # a lie: the step does not keep it
    b.step(0, 0, 0, updates={n: t.add(n, t.integer(1))})
    b.add_property("reaches", Form.STATE, t.eq(n, t.integer(6)))
    assert everything(b.system(), 8)[0].length == 6


def symmetric_system() -> System:
    """Three workers take a ticket each and then work; the last of them to work meets the violation."""
    b = Builder()
    t = b.terms
    count = b.variable("count", INT, 0, 0, 3)
    for i in range(3):
        b.process(f"w[{i}]", 4, {3})
    for i in range(3):
        own = b.variable(f"w[{i}].ticket", INT, 0, 0, 3, owner=i)
        b.step(i, 0, 1, updates={own: count, count: t.add(count, t.integer(1))})
        b.step(i, 1, 2, updates={own: t.add(own, t.integer(0))})
        b.step(i, 2, 3, t.eq(own, t.integer(2)), raises=((0, t.true),))
    b.add_property("last", None)
    return replace(b.system(), symmetric=((0, 1, 2),))


def test_order_of_replicas_keeps_lengths() -> None:
    system = symmetric_system()
    expected = reference(system).lengths[0]
    assert expected == 5
    for options in OPTIONS:
        answer = everything(system, 8, options)[0]
        assert answer.length == expected
        assert answer.schedule is not None
        assert replayed(system, 0, answer.schedule)


def test_confirm_and_refute_schedules() -> None:
    confirmed = 0
    for seed in range(12):
        system = RandomSystem(seed).make()
        if not deterministic(system):
            continue
        for property, answer in everything(system, 6).items():
            if answer.schedule is None:
                continue
            confirmed += 1
            result = confirm(system, property, answer.schedule)
            assert result
            assert result.runs
            # a proper prefix of a shortest schedule is none
            if answer.schedule:
                assert not confirm(system, property, answer.schedule[:-1])
    assert confirmed > 10
    system = peterson(broken=True)
    first, second = Move(0), Move(1)
    assert confirm(system, 0, (first, first, first, second, second, second))
    runs_only = confirm(system, 0, (first, first))
    assert (runs_only.runs, runs_only.violates) == (True, False)
    blocked = confirm(peterson(), 0, (first, second, first, second, second, first, second))
    assert blocked.runs is False
    assert not blocked


def test_names_need_not_be_distinct() -> None:
    system = peterson(broken=True)
    alike = replace(system, variables=tuple(replace(v, name="x") for v in system.variables))
    answer = everything(alike, 10)[0]
    assert answer.length == 6
    assert answer.schedule is not None
    assert confirm(alike, 0, answer.schedule)


def test_interruption_during_the_search() -> None:
    """Nine independent counters: far too deep to finish; the second thread stops it."""
    system = counters(9, 30)
    started = time.monotonic()
    stop = threading.Event()
    threading.Timer(0.5, stop.set).start()
    answers = bmc(system, (0,), Budget(seconds=60, steps=400), None, stop.is_set, Options(reduce=False))
    assert time.monotonic() - started < 10
    assert answers[0].verdict is Verdict.BOUNDED
    assert reason_text(answers[0].reason) == "interrupted"


def test_ctrl_c_stops_the_search_and_leaves_nothing_behind() -> None:
    system = counters(9, 30)
    deep = Options(reduce=False, distances=False)
    threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt):
        bmc(system, (0,), Budget(seconds=60, steps=400), options=deep)
    assert everything(peterson(broken=True), 10)[0].length == 6


def test_progress_tells_the_depth() -> None:
    seen: list[int] = []

    class Listener:
        def update(self, standing: Standing) -> None:
            seen.append(standing.depth)

    bmc(peterson(), (0,), Budget(steps=4), Listener())
    assert seen == sorted(seen)
    assert {0, 1, 2, 3} <= set(seen)
