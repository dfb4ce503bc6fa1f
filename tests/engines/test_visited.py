"""What explorers say afterwards of the states that they visited."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from random import Random

import pytest

from modelcheck.engines.explicit import explore
from modelcheck.engines.explicit.machine import Machine
from modelcheck.engines.native import explore as explore_natively
from modelcheck.engines.native import lookup as lookup_module
from modelcheck.engines.native.lookup import Lookup
from modelcheck.ir.layout import Layout, make_layout
from modelcheck.ir.passes.symmetry import symmetry_of
from modelcheck.ir.system import System
from modelcheck.result.budget import Budget
from modelcheck.result.exploration import Visited
from tests.engines.systems import counters
from tests.engines.test_symmetry import life, system_of

#: Fields wider than a word together, with a base of their own, and integers without bounds.
WIDE = """
shared a : bv<30> = 7;
shared b : -5..200 = -3;
shared c : int = 0;
shared d : bv<30> = 1;
shared e : bv<30> = 3;
process p {
    while (c < 20 && c > -30) { atomic { a = a << 7; b = b + 30; c = c - 9; } }
}
process q {
    while (c < 20 && c > -30) { atomic { d = d << 6; e = e << 5; c = c + 2; } }
}
invariant little : b < 200;
scenario s { run p, q; }
"""


@contextmanager
def visited(system: System, engine: str, budget: Budget) -> Iterator[Visited]:
    found = explore(system, budget, keep=True) if engine == "explicit" else explore_natively(system, budget, keep=True)
    assert found.lookup is not None
    try:
        yield found.lookup
    finally:
        found.lookup.release()


@pytest.mark.parametrize("text", ["life", "wide"])
@pytest.mark.parametrize("engine", ["explicit", "native"])
@pytest.mark.parametrize("reductions", [True, False])
def test_runs_lead_to_what_was_visited(text: str, engine: str, reductions: bool) -> None:
    system = life()[0] if text == "life" else system_of(WIDE)[0]
    machine, symmetry = Machine(system), symmetry_of(system)
    with visited(system, engine, Budget(threads=1, reductions=reductions)) as lookup:
        states = lookup.sample(200, machine.layout, Random(3))
        depths = lookup.depths(states, machine.layout)
        assert min(depths) == 0
        assert max(depths) > 3
        for state, depth in zip(states, depths, strict=True):
            schedule = lookup.schedule(state, machine)
            assert len(schedule) == depth
            reached = machine.initial
            for move in schedule:
                option = next(option for option in machine.options(reached) if option.move == move)
                assert option.delta is not None
                reached += option.delta
            if reductions:
                assert symmetry.orbit(_values(reached, machine)) == symmetry.orbit(_values(state, machine))
            else:
                assert reached == state
        assert lookup.work >= 0


def _values(state: int, machine: Machine) -> dict[int, bool | int]:
    return {variable.id: machine.layout.value(state, variable.id) for variable in machine.system.variables}


@pytest.mark.parametrize("text", ["life", "wide"])
@pytest.mark.parametrize("engine", ["explicit", "native"])
def test_where_processes_stand(text: str, engine: str) -> None:
    system = life()[0] if text == "life" else system_of(WIDE)[0]
    machine = Machine(system)
    with visited(system, engine, Budget(threads=1, reductions=False)) as lookup:
        everything = lookup.sample(100_000, machine.layout, Random(1))
        assert -1 not in lookup.depths(everything, machine.layout)
        for step in system.steps:
            location = system.processes[step.process].location
            standing = lookup.standing_at(step, 1_000_000, machine.layout)
            there = {state for state in everything if machine.layout.value(state, location) == step.source}
            assert there <= set(standing)
            assert all(machine.layout.value(state, location) == step.source for state in standing)
            assert len(lookup.standing_at(step, 2, machine.layout)) == min(2, len(standing))


@pytest.mark.parametrize("text", ["life", "wide"])
def test_native_states_packed_at_once_and_one_by_one(text: str) -> None:
    system = life()[0] if text == "life" else system_of(WIDE)[0]
    widened = {variable.id: 40 for variable in system.variables if variable.low is None}
    huge = {variable.id: 90 for variable in system.variables if variable.low is None}
    with visited(system, "native", Budget(threads=1, reductions=False)) as lookup:
        assert isinstance(lookup, Lookup)
        numbers = list(range(40))
        for layout in (make_layout(system, {}), make_layout(system, widened), make_layout(system, huge)):
            states = lookup._packed(numbers, layout)
            assert states == lookup._packed_singly(numbers, layout)
            assert [depth for depth in lookup.depths(states, layout) if depth < 0] == []
            _reads_back(states, layout, system)


def test_what_is_sampled_does_not_depend_on_how_states_are_numbered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two threads number the states of a level by chance, and many are put in order at once or in parts."""
    system = counters(4, 12)
    layout = Machine(system).layout
    step = system.steps[len(system.steps) // 2]
    found = set()
    for threads, at_once in ((1, 1 << 20), (2, 1 << 20), (2, 1_000)):
        monkeypatch.setattr(lookup_module, "_RANKED", at_once)
        with visited(system, "native", Budget(threads=threads, reductions=False)) as lookup:
            sample = lookup.sample(500, layout, Random(3))
            assert len(sample) == 500
            assert set(lookup.depths(sample, layout)) == set(range(4 * 12 + 1))
            found.add((*sample, *lookup.standing_at(step, 20, layout)))
    assert len(found) == 1


def _reads_back(states: list[int], layout: Layout, system: System) -> None:
    for state in states:
        values = [layout.value(state, variable.id) for variable in system.variables]
        assert layout.pack(values, system.variables) == state
