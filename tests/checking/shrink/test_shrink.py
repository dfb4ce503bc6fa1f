"""Which of the shortest runs is shown, and which orders of steps it needs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from modelcheck.checking.shrink import shrink
from modelcheck.checking.shrink.reorder import fewer_switches, switches
from modelcheck.language.resolve.resolve import instantiate
from modelcheck.language.syntax.parse import parse_text
from modelcheck.report.narrate.operations import operation_text
from modelcheck.result.trace import Schedule
from modelcheck.semantics.elaborate import elaborate
from modelcheck.semantics.interpreter.explore import TooManyStates, explore
from modelcheck.semantics.interpreter.interpreter import Interpreter
from modelcheck.semantics.interpreter.machine.states import State
from modelcheck.semantics.interpreter.memoisation.interpreter import MemoisedInterpreter
from tests.checking.shrink.models import EMBRACE, LEAK, LOOKUP, SECTIONS, Case, case
from tests.random_models import random_model

CASES = [(LOOKUP, "late_use"), (SECTIONS, "unset"), (LEAK, "lost"), (EMBRACE, "deadlock")]


def runs(interpreter: Interpreter, property_: int, length: int) -> Iterator[Schedule]:
    """Every run of that length that violates the property in its last step or state, and not before."""

    def walk(state: State, moves: Schedule) -> Iterator[Schedule]:
        for transition in interpreter.transitions(state):
            found = list(transition.findings)
            if transition.target is not None:
                found += interpreter.state_findings(transition.target)
            violated = any(finding.property == property_ for finding in found)
            if violated and len(moves) + 1 == length:
                yield (*moves, transition.move)
            elif not violated and transition.target is not None and len(moves) + 1 < length:
                yield from walk(transition.target, (*moves, transition.move))

    start = interpreter.initial().state
    assert start is not None
    return walk(start, ())


def cost(schedule: Schedule) -> tuple[int, int]:
    return switches(schedule), len({move.process for move in schedule})


def assert_easiest(found: Case) -> None:
    shrunk = found.shrunk()
    assert len(shrunk.schedule) == len(found.schedule)
    assert found.replayed(shrunk).finding.property == found.property
    every = list(runs(found.interpreter, found.property, len(found.schedule)))
    assert shrunk.schedule in every
    assert cost(shrunk.schedule) == min(map(cost, every))


@pytest.mark.parametrize(("text", "name"), CASES, ids=[name for _, name in CASES])
def test_no_shortest_run_has_fewer_switches_or_fewer_threads(text: str, name: str) -> None:
    assert_easiest(case(text, name))


def test_no_shortest_run_of_random_models_has_fewer_switches() -> None:
    compared = 0
    for seed in range(12):
        model = instantiate(parse_text(random_model(seed), f"random{seed}.mc"), None)[0]
        interpreter = MemoisedInterpreter(model)
        try:
            explored = explore(interpreter, 2_000)
        except TooManyStates:
            continue
        existential = {p.id for p in model.properties if p.existential}
        violated = {
            number: schedule
            for number, (schedule, finding) in explored.findings.items()
            if number not in existential
            and 0 < len(schedule) <= 6
            and not (finding.key and finding.key.kind == "stuck")
        }
        system = elaborate(model)
        assert shrink(system, interpreter, violated) == shrink(system, interpreter, violated)
        for number, schedule in violated.items():
            assert_easiest(Case(system, interpreter, number, schedule))
            compared += 1
    assert compared >= 8


def test_where_there_is_too_much_to_look_at_steps_of_the_run_are_moved() -> None:
    found = case(LOOKUP, "late_use")
    (order,) = [s for s in runs(found.interpreter, found.property, len(found.schedule)) if switches(s) == 5][:1]
    better = fewer_switches(found.interpreter, order, found.property)
    assert switches(better) < 5
    assert sorted(better, key=str) == sorted(order, key=str)
    assert found.interpreter.replay(better, found.property).finding.property == found.property
    assert len(found.shrunk(limit=2).schedule) == len(found.schedule)


def orders_of(text: str, name: str) -> list[tuple[str, str]]:
    """The essential orders, as operations."""
    found = case(text, name)
    shrunk = found.shrunk()
    steps = found.replayed(shrunk).steps
    return [
        (operation_text(steps[first].operation), operation_text(steps[second].operation))
        for first, second in shrunk.orders or ()
    ]


def test_the_essential_orders_of_a_use_after_free() -> None:
    assert orders_of(LOOKUP, "late_use") == [("load slot -> Buffer[0]", "store slot = null")]


def test_threads_under_one_lock_come_in_an_order() -> None:
    assert orders_of(SECTIONS, "unset") == [("unlock m", "lock m")]


def test_no_order_is_essential_where_one_thread_does_it_alone() -> None:
    assert orders_of(LEAK, "lost") == []


def test_what_a_deadlock_needs_is_told_by_who_waits_for_whom() -> None:
    assert orders_of(EMBRACE, "deadlock") == []
