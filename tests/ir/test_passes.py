"""What passes leave out does not matter, and the way back leads back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from modelcheck.ir.passes.check import problems
from modelcheck.ir.passes.cone import cone_of_influence, influential
from modelcheck.ir.passes.constants import fold_constants
from modelcheck.ir.system import System
from tests.ir import execute
from tests.semantics.elaborate.pairing import system_of

TEXT = """
shared x : 0..3 = 0;
shared noise : 0..3 = 0;
shared unused : int = 7;
shared never : bool = false;
mutex m;
process a { lock(m); x = 1; noise = 2; unlock(m); if (never) { x = 3; } noise = x; }
process b { lock(m); x = 2; unlock(m); noise = 0; }
invariant small : x < 2;
invariant quiet : noise < 2;
"""


@pytest.fixture(name="system")
def _system() -> System:
    return system_of(TEXT)


def property_id(system: System, name: str) -> int:
    return next(p.id for p in system.properties if p.name == name)


def name_of(system: System, id: int) -> str:
    return system.variables[id].name


def shortest(system: System, property: int) -> int | None:
    """The length of the shortest violation by a state."""
    depth = {execute.initial(system): 0}
    for state in (order := list(depth)):
        if property in execute.findings(system, state, True):
            return depth[state]
        for executed in execute.transitions(system, state).values():
            if executed.target is not None and executed.target not in depth:
                depth[executed.target] = depth[state] + 1
                order.append(executed.target)
    return None


def test_cone_drops_what_the_property_does_not_read(system: System) -> None:
    small = property_id(system, "small")
    names = {name_of(system, id) for id in influential(system, frozenset((small,)))}
    assert {"x", "m", "a at", "b at", "never"} <= names
    assert not names & {"noise", "unused"}


def test_cone_follows_updates(system: System) -> None:
    # noise gets its value from x by way of a local.
    names = {name_of(system, id) for id in influential(system, frozenset((property_id(system, "quiet"),)))}
    assert {"noise", "x"} <= names


def test_cone_keeps_the_shortest_violation(system: System) -> None:
    small, quiet = property_id(system, "small"), property_id(system, "quiet")
    smaller, back = cone_of_influence(system, frozenset((small,)))
    assert problems(smaller) == ()
    assert len(smaller.variables) < len(system.variables)
    assert shortest(smaller, small) == shortest(system, small) == 2
    assert shortest(system, quiet) is not None
    assert shortest(smaller, quiet) is None
    assert [name_of(system, old) for old in back.variables] == [v.name for v in smaller.variables]


def test_cone_states_are_projections(system: System) -> None:
    smaller, back = cone_of_influence(system, frozenset((property_id(system, "small"),)))
    projected = {tuple(state[old] for old in back.variables) for state in execute.reachable(system)}
    assert projected == set(execute.reachable(smaller))


def test_constants_are_folded(system: System) -> None:
    smaller, back = fold_constants(system)
    assert problems(smaller) == ()
    constants = {name_of(system, id): value for id, value in back.constants}
    assert constants == {"unused": 7, "never": False}
    assert len(smaller.steps) < len(system.steps)


def test_constants_restore_every_state(system: System) -> None:
    smaller, back = fold_constants(system)
    restored = {tuple(value for _, value in sorted(back.state(state).items())) for state in execute.reachable(smaller)}
    assert restored == set(execute.reachable(system))


def test_steps_lead_back(system: System) -> None:
    smaller, back = fold_constants(system)
    for step in smaller.steps:
        old = system.steps[back.steps[step.id]]
        assert (old.process, old.source, old.target, old.span) == (step.process, step.source, step.target, step.span)


def test_ways_back_compose(system: System) -> None:
    folded, first = fold_constants(system)
    cone, second = cone_of_influence(folded, frozenset((property_id(system, "small"),)))
    both = first.then(second)
    assert [name_of(system, old) for old in both.variables] == [v.name for v in cone.variables]
    assert dict(both.constants) == dict(first.constants)


def test_terms_lead_back(system: System) -> None:
    smaller, back = fold_constants(system)
    condition = smaller.properties[property_id(system, "small")].states[0].condition
    assert back.term(condition, system) is system.properties[property_id(system, "small")].states[0].condition


def test_check_finds_what_is_wrong(system: System) -> None:
    step = system.steps[0]
    other = next(v for v in system.variables if v.owner not in (None, step.process))
    foreign = system.terms.eq(
        system.terms.variable(other.id, other.sort), system.terms.constant(other.initial, other.sort)
    )
    reads = replace(system, steps=(replace(step, guard=system.terms.and_(step.guard, foreign)), *system.steps[1:]))
    assert any("belongs to another process" in p for p in problems(reads))
    twice = replace(system, steps=(replace(step, updates=step.updates * 2), *system.steps[1:]))
    assert any("updated twice" in p for p in problems(twice))
    lost = replace(system, steps=(replace(step, fault=True), *system.steps[1:]))
    assert any("faults and has a successor" in p for p in problems(lost))
    renumbered = replace(system, variables=system.variables[::-1])
    assert any("at place" in p for p in problems(renumbered))
