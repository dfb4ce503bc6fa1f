"""Plain breadth-first exploration: the ground truth for small models."""

from __future__ import annotations

from collections.abc import Iterable

from modelcheck.ground.records import dataclass
from modelcheck.result.trace import Finding, Move, Schedule
from modelcheck.semantics.interpreter.interpreter import Interpreter
from modelcheck.semantics.interpreter.judging.ends import stuck_findings
from modelcheck.semantics.interpreter.machine.states import State


class TooManyStates(Exception):
    """The limit was reached."""


@dataclass(frozen=True, slots=True)
class Explored:
    """``states``: how many there are; ``order``: all of them, in order of discovery. ``transitions``:
    how many, faults included.

    ``findings``: for each property that is violated (existential: witnessed) a shortest schedule
    and its finding. ``stuck`` is decided here as well. ``drained``: number of drained states;
    ``faults``: number of faulting transitions; ``deadlocks``: number of deadlocks; ``deadlocked``:
    ids of the properties judged at the end that are false in one of them.
    """

    states: int
    transitions: int
    findings: dict[int, tuple[Schedule, Finding]]
    drained: int
    faults: int
    order: tuple[State, ...]
    deadlocks: int = 0
    deadlocked: frozenset[int] = frozenset()


def explore(interpreter: Interpreter, limit: int = 100_000) -> Explored:
    """Visit every reachable state. Raises ``TooManyStates`` beyond ``limit``."""
    start = interpreter.initial()
    findings: dict[int, tuple[Schedule, Finding]] = {}
    _note(findings, start.findings, ())
    if start.state is None:
        return Explored(0, 0, findings, 0, 0, ())
    parents: dict[State, tuple[State, Move] | None] = {start.state: None}
    order = [start.state]
    successors: dict[State, list[State]] = {}
    good: list[State] = []  # drained, or with a fault ahead
    transitions = drained = faults = deadlocks = 0
    deadlocked: set[int] = set()
    # What steps violated: they end a step later than the states that are looked at, so one of those may be nearer.
    by_steps: set[int] = set()
    for state in order:
        found = interpreter.state_findings(state)
        if any(finding.property not in findings or finding.property in by_steps for finding in found):
            _note(findings, found, schedule_to(parents, state))
            by_steps -= {finding.property for finding in found}
        is_good = interpreter.drained(state)
        drained += is_good
        if not is_good and not interpreter.can_move(state):
            deadlocks += 1
            deadlocked |= interpreter.false_in_deadlock(state)
        targets: list[State] = []
        for move, target, raised, _, _ in interpreter.transitions(state):
            transitions += 1
            if any(finding.property not in findings for finding in raised):
                by_steps |= {finding.property for finding in raised} - findings.keys()
                _note(findings, raised, (*schedule_to(parents, state), move))
            if target is None:
                faults += 1
                is_good = True
                continue
            targets.append(target)
            if target not in parents:
                parents[target] = (state, move)
                order.append(target)
                if len(order) > limit:
                    raise TooManyStates(f"more than {limit} states")
        successors[state] = targets
        if is_good:
            good.append(state)
    _stuck(interpreter, parents, order, successors, good, findings)
    return Explored(len(order), transitions, findings, drained, faults, tuple(order), deadlocks, frozenset(deadlocked))


def _note(found: dict[int, tuple[Schedule, Finding]], findings: Iterable[Finding], schedule: Schedule) -> None:
    for finding in findings:
        known = found.get(finding.property)
        if known is None or len(schedule) < len(known[0]):
            found[finding.property] = (schedule, finding)


def schedule_to(parents: dict[State, tuple[State, Move] | None], state: State) -> Schedule:
    """The moves that led to a state."""
    moves: list[Move] = []
    step = parents[state]
    while step is not None:
        moves.append(step[1])
        step = parents[step[0]]
    return tuple(reversed(moves))


def _stuck(
    interpreter: Interpreter,
    parents: dict[State, tuple[State, Move] | None],
    order: list[State],
    successors: dict[State, list[State]],
    good: list[State],
    findings: dict[int, tuple[Schedule, Finding]],
) -> None:
    """Find the first state from which neither a drained state nor a fault can be reached."""
    properties = interpreter.judge.claims_of_kind("stuck")
    if not properties:
        return
    before: dict[State, list[State]] = {state: [] for state in order}
    for state, targets in successors.items():
        for target in targets:
            before[target].append(state)
    reached = set(good)
    work = list(good)
    while work:
        for state in before[work.pop()]:
            if state not in reached:
                reached.add(state)
                work.append(state)
    for state in order:
        if state not in reached:
            schedule = schedule_to(parents, state)
            for finding in stuck_findings(interpreter):
                known = findings.get(finding.property)
                if known is None or len(schedule) < len(known[0]):
                    findings[finding.property] = (schedule, finding)
            return
