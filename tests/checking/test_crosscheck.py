"""The cross-check, against a plain executor of the System that can be made to lie."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from modelcheck.checking.crosscheck.crosscheck import cross_check
from modelcheck.checking.crosscheck.failure import CrossCheckFailure
from modelcheck.engines.explicit import Exploration, explore
from modelcheck.ir.system import Form, System
from modelcheck.report.reasons.comparisons import cross_check_words
from modelcheck.report.reasons.differences import disagreement_text
from modelcheck.result.budget import Budget
from modelcheck.result.comparisons import Everything, InitialFault, LookedUp, Walked
from modelcheck.result.details import NothingClaimed
from modelcheck.result.trace import Finding, Move
from tests.engines.reference import State, enabled, evaluate
from tests.engines.systems import RandomSystem, counters, peterson
from tests.telling import tells


@dataclass(frozen=True)
class Happened:
    event: int


@dataclass(frozen=True)
class Outcome:
    move: Move
    target: State | None
    findings: tuple[Finding, ...]
    events: tuple[Happened, ...] = ()
    known: int | None = None


@dataclass(frozen=True)
class Initial:
    state: State | None
    findings: tuple[Finding, ...]


def finding(property: int) -> Finding:
    return Finding(property, None, NothingClaimed(), None)


class Definition:
    """Executes a System by its definition. ``lie`` may change the outcomes of a state."""

    def __init__(self, system: System, lie: Callable[[State, list[Outcome]], list[Outcome]] | None = None) -> None:
        self.system = system
        self.lie = lie

    def values(self, state: State) -> dict[int, bool | int]:
        return dict(zip((v.id for v in self.system.variables), state, strict=True))

    def initial(self) -> Initial:
        state = tuple(v.initial for v in self.system.variables)
        found = tuple(finding(r.property) for r in self.system.initial_raises)
        return Initial(None if self.system.initial_fault else state, found)

    def transitions(self, state: State) -> list[Outcome]:
        values = self.values(state)
        result: list[Outcome] = []
        for step in enabled(self.system, values):
            new = {v: evaluate(t, values) for v, t in step.updates}
            target = None if step.fault else tuple(new.get(i, values[i]) for i in values)
            found = tuple(finding(r.property) for r in step.raises if evaluate(r.condition, values))
            events = tuple(Happened(o.event) for o in step.occurrences if evaluate(o.condition, values))
            result.append(Outcome(Move(step.process, step.choices), target, found, events))
        return self.lie(state, result) if self.lie else result

    def state_findings(self, state: State) -> list[Finding]:
        values = self.values(state)
        stopped = not enabled(self.system, values) and not self.drained(state)
        return [
            finding(p.id)
            for p in self.system.properties
            if any(evaluate(c.condition, values) for c in p.states) or (stopped and Form.DEADLOCK in p.forms)
        ]

    def false_in_deadlock(self, state: State) -> set[int]:
        values = self.values(state)
        return {p.id for p in self.system.properties if any(evaluate(c.condition, values) for c in p.deadlocked)}

    def drained(self, state: State) -> bool:
        return bool(evaluate(self.system.drained, self.values(state)))

    def shared_values(self, state: State) -> list[tuple[str, str]]:
        return [(v.name, str(x).lower()) for v, x in zip(self.system.variables, state, strict=True) if v.owner is None]


def explored(system: System) -> Exploration:
    return explore(system, Budget(), keep=True)


@pytest.mark.parametrize("seed", range(60))
def test_agrees_on_random_systems(seed: int) -> None:
    system = RandomSystem(seed).make()
    found = explored(system)
    states = found.states
    compared = cross_check(system, Definition(system), found)
    assert compared == (InitialFault() if system.initial_fault else Everything(states, visited=True))


def test_sample_above_the_limit() -> None:
    system = counters(3, 9)
    compared = cross_check(system, Definition(system), explored(system), limit=999, sample=200)
    assert isinstance(compared, Walked)
    assert compared.looked_up is not None
    assert compared.looked_up.states >= 200
    assert compared == Walked(200, 1000, (6, 6), LookedUp(compared.looked_up.states, 27, 27), 0, (32, 32), 1)
    assert re.fullmatch(
        r"200 of 1,000 states re-executed by the interpreter, down to depth 27 of 27, 6 of 6 operations, "
        r"[\d,]+ states looked up in what the explorer visited, an end found ahead of 32 of 32 states, seed 1",
        cross_check_words(compared),
    )


def test_sample_of_a_graph_that_walks_cannot_get_out_of() -> None:
    system = peterson()
    found = explored(system)
    compared = cross_check(system, Definition(system), found, limit=0, sample=10_000, seed=5)
    assert isinstance(compared, Walked)
    assert (compared.compared, compared.states, compared.seed) == (found.states, found.states, 5)


def first_step_missing(state: State, outcomes: list[Outcome]) -> list[Outcome]:
    return outcomes[1:] if state[0] == 1 else outcomes


def other_choice(state: State, outcomes: list[Outcome]) -> list[Outcome]:
    return [replace(o, move=Move(o.move.process, (7,))) if state[0] == 1 else o for o in outcomes]


def extra_finding(state: State, outcomes: list[Outcome]) -> list[Outcome]:
    return [replace(o, findings=(finding(0),)) if state[0] == 1 else o for o in outcomes]


def extra_event(state: State, outcomes: list[Outcome]) -> list[Outcome]:
    return [replace(o, events=(Happened(0),)) if state[0] == 1 else o for o in outcomes]


def fault(state: State, outcomes: list[Outcome]) -> list[Outcome]:
    return [replace(o, target=None) if state[0] == 1 else o for o in outcomes]


def forgets_turn(state: State, outcomes: list[Outcome]) -> list[Outcome]:
    return [replace(o, target=None if o.target is None else (*o.target[:2], 0, *o.target[3:])) for o in outcomes]


def remembers_too_much(state: State, outcomes: list[Outcome]) -> list[Outcome]:
    changed: list[Outcome] = []
    for o in outcomes:
        assert o.target is not None
        changed.append(replace(o, target=(*o.target[:2], o.target[2] + 2 * o.move.process, *o.target[3:])))
    return changed


@pytest.mark.parametrize(
    ("lie", "what"),
    [
        (first_step_missing, "different transitions are enabled"),
        (other_choice, "different transitions are enabled"),
        (extra_finding, "different findings in step"),
        (extra_event, "different events in step"),
        (fault, "faults on one side only"),
        (forgets_turn, "are the same state on the other side|different"),
        (remembers_too_much, "are the same state on the other side|different values"),
    ],
)
@pytest.mark.parametrize("limit", [0, 1000])
def test_a_difference_is_found(lie: Callable[[State, list[Outcome]], list[Outcome]], what: str, limit: int) -> None:
    system = peterson()
    with tells(CrossCheckFailure, disagreement_text, what) as raised:
        cross_check(system, Definition(system, lie), explored(system), limit=limit)
    message = disagreement_text(raised.value.why)
    assert "engine:" in message
    assert "interpreter:" in message
    assert "turn = " in message


class NeverDrained(Definition):
    def drained(self, state: State) -> bool:
        return False


class SilentAboutStates(Definition):
    def state_findings(self, state: State) -> list[Finding]:
        return []


def test_drained_and_state_findings_are_compared() -> None:
    system = peterson()
    with tells(CrossCheckFailure, disagreement_text, "drained"):
        cross_check(system, NeverDrained(system), explored(system))
    with tells(CrossCheckFailure, disagreement_text, "different findings in the state"):
        cross_check(system, SilentAboutStates(system), explored(system))


class FaultsAtOnce(Definition):
    def initial(self) -> Initial:
        return Initial(None, ())


class FindsAtOnce(Definition):
    def initial(self) -> Initial:
        return replace(super().initial(), findings=(finding(0),))


class ShowsOtherValues(Definition):
    def shared_values(self, state: State) -> list[tuple[str, str]]:
        return [(name, "1" if name == "turn" else text) for name, text in super().shared_values(state)]


def test_values_are_compared() -> None:
    system = peterson()
    with tells(CrossCheckFailure, disagreement_text, "different values: turn is 0 and 1"):
        cross_check(system, ShowsOtherValues(system), explored(system))


def test_the_initial_state_is_compared() -> None:
    system = peterson()
    with tells(CrossCheckFailure, disagreement_text, "faults on one side only"):
        cross_check(system, FaultsAtOnce(system), explored(system))
    with tells(CrossCheckFailure, disagreement_text, "before the first step"):
        cross_check(system, FindsAtOnce(system), explored(system))


def test_a_wrong_count_is_found() -> None:
    system = peterson()
    found = explored(system)
    with tells(CrossCheckFailure, disagreement_text, "different numbers of states"):
        cross_check(system, Definition(system), replace(found, states=found.states + 1))
