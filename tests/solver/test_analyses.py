"""The static analyses that prune an unrolling hold in every reachable state: facts, bounds, distances, independence."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from modelcheck.ir.system import Form, Step, System
from modelcheck.ir.terms import INT
from modelcheck.solver.solver import deadline_in
from modelcheck.solver.unrolling.bounds import preserved_bounds
from modelcheck.solver.unrolling.distance import blocking_targets, distances, state_targets
from modelcheck.solver.unrolling.flow import facts
from modelcheck.solver.unrolling.independence import cone, independence
from tests.engines.reference import enabled, evaluate
from tests.engines.systems import Builder, RandomSystem, peterson

State = dict[int, bool | int]


def reachable(system: System, limit: int = 400) -> Iterator[tuple[State, list[Step]]]:
    """Yield reachable states with their enabled steps, breadth-first, at most ``limit``."""
    initial: State = {v.id: v.initial for v in system.variables}
    seen = {tuple(initial.values())}
    order = [initial]
    for state in order:
        steps = enabled(system, state)
        yield state, steps
        for step in steps:
            if not step.fault and len(order) < limit:
                after = successor(step, state)
                if tuple(after.values()) not in seen:
                    seen.add(tuple(after.values()))
                    order.append(after)


def successor(step: Step, state: State) -> State:
    return state | {id: evaluate(update, state) for id, update in step.updates}


@pytest.mark.parametrize("seed", range(30))
def test_facts_hold(seed: int) -> None:
    system = RandomSystem(seed).make()
    if system.initial_fault:
        return
    known = facts(system, preserved_bounds(system, deadline_in(20)))
    for state, steps in reachable(system):
        for process in system.processes:
            for id, domain in known.own[process.index, int(state[process.location])].items():
                assert int(state[id]) in domain
        assert {s.id for s in steps} <= known.feasible


def test_facts_follow_control_flow() -> None:
    b = Builder()
    t = b.terms
    b.process("p", 4, {3})
    mode = b.variable("mode", INT, 0, 0, 5, owner=0)
    shared = b.variable("shared", INT, 0, 0, 5)
    b.step(0, 0, 1, updates={mode: t.integer(2)})
    b.step(0, 1, 2, t.not_(t.eq(shared, t.integer(0))), {mode: shared})
    b.step(0, 1, 3, t.eq(mode, t.integer(4)))  # never: mode is 2 here
    b.step(0, 2, 3, updates={mode: t.integer(0)})
    b.process("q", 2, {1})
    b.step(1, 0, 1, updates={shared: t.integer(3)})
    known = facts(b.system(), {})
    id = b.variable_id(mode)
    assert known.own[0, 1][id].single == 2
    assert known.own[0, 2][id].single == 3
    assert known.feasible == {0, 1, 3, 4}


@pytest.mark.parametrize("seed", range(30))
def test_bounds_hold(seed: int) -> None:
    system = RandomSystem(seed).make()
    if system.initial_fault:
        return
    bounds = preserved_bounds(system, deadline_in(20))
    for state, _ in reachable(system):
        for id, (low, high) in bounds.items():
            assert low is None or low <= state[id]
            assert high is None or state[id] <= high


def test_bounds_that_do_not_hold_are_dropped() -> None:
    b = Builder()
    t = b.terms
    b.process("p", 2, {1})
    n = b.variable("n", INT, 0, 0, 3)
    m = b.variable("m", INT, 0, 0, 3)
    b.step(0, 0, 0, t.lt(n, t.integer(3)), {n: t.add(n, t.integer(1)), m: t.add(n, m)})
    bounds = preserved_bounds(b.system(), deadline_in(20))
    assert bounds[b.variable_id(n)] == (0, 3)
    assert bounds[b.variable_id(m)] == (0, None)


@pytest.mark.parametrize("seed", range(30))
def test_independent_steps_commute(seed: int) -> None:
    system = RandomSystem(seed).make()
    if system.initial_fault:
        return
    properties = frozenset(p.id for p in system.properties)
    relevant = cone(system, properties)
    found = independence(system, properties, relevant)
    for state, steps in reachable(system, 100):
        for a in steps:
            for b in steps:
                if a.process < b.process and not found.dependent((a.process, a.source), (b.process, b.source)):
                    if a.fault or b.fault:
                        continue
                    first, second = successor(a, state), successor(b, state)
                    assert b in enabled(system, first)
                    assert a in enabled(system, second)
                    one, other = successor(b, first), successor(a, second)
                    assert all(one[id] == other[id] for id in relevant)
                    assert raised(b, first) == raised(b, state)
                    assert raised(a, second) == raised(a, state)


def raised(step: Step, state: State) -> list[bool]:
    return [bool(evaluate(r.condition, state)) for r in step.raises]


@pytest.mark.parametrize("seed", range(30))
def test_targets_and_distances_are_lower_bounds(seed: int) -> None:
    system = RandomSystem(seed).make()
    if system.initial_fault:
        return
    blocked = blocking_targets(system)
    conditions = [c.condition for p in system.properties for c in p.states]
    violating = state_targets(system, conditions)
    to_violation = distances(system, violating)
    for state, steps in reachable(system):
        for process in system.processes:
            here = int(state[process.location])
            if not any(s.process == process.index for s in steps):
                assert here in blocked[process.index]
            if any(evaluate(c, state) for c in conditions):
                assert here in violating[process.index]
        for step in steps:
            if step.target is not None:
                waste = to_violation.waste(step.process, step.source, step.target)
                assert waste is None or waste >= 0


def test_distances_of_peterson() -> None:
    system = peterson()
    mutex = system.properties[0]
    targets = state_targets(system, [c.condition for c in mutex.states])
    assert targets == (frozenset({3}), frozenset({3}))
    found = distances(system, targets)
    assert dict(found.of[0]) == {3: 0, 2: 1, 1: 2, 0: 3}
    assert found.waste(0, 1, 2) == 0
    assert found.waste(0, 3, 4) is None
    assert blocking_targets(system) == (frozenset({2, 4}), frozenset({2, 4}))


def test_the_cone_leaves_out_what_nobody_asks_for() -> None:
    b = Builder()
    t = b.terms
    b.process("p", 2, {1})
    x, y, z = (b.variable(name, INT, 0, 0, 3) for name in "xyz")
    b.step(0, 0, 1, t.eq(x, t.integer(0)), {y: z, z: z})
    bad = b.add_property("bad", Form.STATE, t.eq(y, t.integer(1)))
    system = b.system()
    location = system.processes[0].location
    assert cone(system, frozenset()) == {location, b.variable_id(x)}
    assert cone(system, frozenset({bad})) == {location, *(b.variable_id(v) for v in (x, y, z))}
