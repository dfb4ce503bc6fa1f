"""A System executed by the definition of its terms: slow, and nothing to go wrong in it."""

from __future__ import annotations

from dataclasses import dataclass

from modelcheck.ir.evaluate import evaluate
from modelcheck.ir.system import Form, Step, System
from modelcheck.result.trace import Move

#: The values of all variables, by number.
State = tuple[bool | int, ...]


@dataclass(frozen=True)
class Executed:
    """``target`` None: the step faults. ``findings``: the properties it violates or witnesses."""

    step: Step
    target: State | None
    findings: frozenset[int]


def initial(system: System) -> State:
    return tuple(v.initial for v in system.variables)


def transitions(system: System, state: State) -> dict[Move, Executed]:
    """Every enabled step by its move; at most one for each move."""
    values = dict(enumerate(state))
    found: dict[Move, Executed] = {}
    for step in system.steps:
        if state[system.processes[step.process].location] != step.source or not evaluate(step.guard, values):
            continue
        move = Move(step.process, step.choices)
        assert move not in found, f"two steps are enabled for {move}: {found[move].step.id} and {step.id}"
        found[move] = Executed(
            step,
            None if step.fault else _after(step, state, values),
            frozenset(r.property for r in step.raises if evaluate(r.condition, values)),
        )
    return found


def _after(step: Step, state: State, values: dict[int, bool | int]) -> State:
    after = list(state)
    for id, value in step.updates:
        after[id] = evaluate(value, values)
    return tuple(after)


def drained(system: System, state: State) -> bool:
    return bool(evaluate(system.drained, dict(enumerate(state))))


def findings(system: System, state: State, enabled: bool) -> frozenset[int]:
    """The properties that the state itself violates or witnesses (``stuck`` apart)."""
    values = dict(enumerate(state))
    found = {p.id for p in system.properties if any(evaluate(s.condition, values) for s in p.states)}
    if not enabled and not evaluate(system.drained, values):
        found |= {p.id for p in system.properties if Form.DEADLOCK in p.forms}
    return frozenset(found)


def within_bounds(system: System, state: State) -> bool:
    """Whether every variable has a value that it may have."""
    return all(
        (v.low is None or value >= v.low) and (v.high is None or value <= v.high)
        for v, value in zip(system.variables, state, strict=True)
    )


def reachable(system: System, limit: int = 20_000) -> list[State]:
    """All reachable states, breadth-first."""
    if system.initial_fault:
        return []
    order = [initial(system)]
    seen = set(order)
    for state in order:
        assert len(order) <= limit, "too many states for this"
        for executed in transitions(system, state).values():
            if executed.target is not None and executed.target not in seen:
                seen.add(executed.target)
                order.append(executed.target)
    return order
