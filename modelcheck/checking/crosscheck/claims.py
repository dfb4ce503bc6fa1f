"""What an exploration claims to have found, compared with what was met when the interpreter was led through the model.

Where all states were met, the claims must be exactly that: the numbers of states and transitions,
the levels, what was exercised, which properties are violated (witnessed) and in how many steps.
Where some were met, nothing may have been met that is not claimed.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence

from modelcheck.checking.crosscheck.failure import CrossCheckFailure
from modelcheck.engines.explicit.machine import Option
from modelcheck.ir.system import Form, Step, System, SystemProperty
from modelcheck.result.exploration import Exploration
from modelcheck.result.reasons.differences import Claimed, Difference, OtherClaim, OtherLength, Overseen
from modelcheck.result.verdict import Answer, Verdict


class Met:
    """``lengths``: for each property the least number of steps in which it was seen violated
    (witnessed); ``stuck``: the depth of the first state that is stuck, if that was decided.

    ``steps``, ``events``, ``faults``: ids of steps taken, of events that occurred in them, of
    properties that a fault violates; ``drained``, ``deadlock``: whether such a state was met;
    ``deadlocked``: ids of properties judged at the end that are false in a deadlock.
    """

    def __init__(self) -> None:
        self.lengths: dict[int, int] = {}
        self.steps: set[int] = set()
        self.events: set[int] = set()
        self.faults: set[int] = set()
        self.transitions = 0
        self.drained = False
        self.deadlock = False
        self.deadlocked: set[int] = set()
        self.stuck: int | None = None

    def start(self, system: System, findings: Iterable[int]) -> None:
        """Properties violated before the first step."""
        for property in findings:
            self.note(property, 0)
            if system.initial_fault:
                self.faults.add(property)

    def note(self, property: int, length: int) -> None:
        """A property is violated (witnessed) by a run of this length."""
        if length < self.lengths.get(property, length + 1):
            self.lengths[property] = length

    def step(self, option: Option, depth: int) -> None:
        """A step was taken in a state at this depth."""
        self.steps.add(option.step.id)
        self.events.update(option.occurred)
        for property in option.raised:
            self.note(property, depth + 1)
        if option.delta is None:
            self.faults.update(option.raised)


def operations(system: System, steps: Iterable[int]) -> set[Hashable]:
    """What some instance of each class does in these steps: of replicas it may be another one in every exploration."""
    wanted = set(steps)
    return {operation(system, step) for step in system.steps if step.id in wanted}


def operation(system: System, step: Step) -> Hashable:
    """What the class of a step's process does in it."""
    return system.processes[step.process].process, step.span, step.operation


def compare_everything(system: System, found: Exploration, met: Met, depths: Sequence[int]) -> None:
    """Compare a complete exploration with all there is; ``depths``: of all states, ascending.

    Raises ``CrossCheckFailure``.
    """
    levels = [0]
    for number, depth in enumerate(depths):
        if depth == len(levels):
            levels.append(number)
    if found.states != len(depths):
        _differ(OtherClaim(Claimed.STATES), f"{found.states} states explored", f"{len(depths)} states re-explored")
    _compare(Claimed.TRANSITIONS, found.transitions, met.transitions)
    _compare(Claimed.LEVELS, list(found.levels), levels)
    _compare(Claimed.DEPTH, found.depth, len(levels) - 1)
    _compare(Claimed.DRAINED, found.drained_reachable, met.drained)
    _compare(Claimed.DEADLOCK, found.deadlock_reachable, met.deadlock)
    _compare(Claimed.DEADLOCKED, set(found.deadlocked), met.deadlocked)
    _compare(Claimed.FAULTS, set(found.faults), met.faults)
    _compare(Claimed.OPERATIONS, operations(system, found.fired), operations(system, met.steps))
    _compare(Claimed.EVENTS, set(found.occurred), met.events)
    for prop, answer in zip(system.properties, found.answers, strict=True):
        if prop.not_applicable is None and not _is_undecided(answer):
            claimed = answer.length if answer.schedule is not None else None
            _compare_lengths(prop, answer, claimed, length_of(prop, met))


def compare_verdicts(system: System, found: Exploration, met: Met) -> None:
    """Nothing may have been met that is not claimed.

    All that was met has to be where the exploration was complete. Raises ``CrossCheckFailure``.
    """
    missing = operations(system, met.steps) - operations(system, found.fired)
    if missing:
        _differ(Overseen.STEP, "not executed", str(sorted(map(str, missing))))
    events = met.events - found.occurred
    if events:
        names = sorted(system.events[event].name for event in events)
        _differ(Overseen.EVENT, "no such event", ", ".join(names))
    if met.drained and not found.drained_reachable:
        _differ(Overseen.DRAINED, "never at rest", "at rest")
    if met.deadlock and not found.deadlock_reachable:
        _differ(Overseen.DEADLOCK, "no deadlock", "a deadlock")
    if met.deadlocked - set(found.deadlocked):
        _differ(
            Overseen.DEADLOCKED,
            str(sorted(found.deadlocked)),
            str(sorted(met.deadlocked)),
        )
    if met.faults - set(found.faults):
        _differ(Overseen.FAULT, str(sorted(found.faults)), str(sorted(met.faults)))
    for prop, answer in zip(system.properties, found.answers, strict=True):
        length = met.lengths.get(prop.id)
        if prop.not_applicable is None and length is not None:
            claimed = answer.length if answer.schedule is not None else None
            if claimed is None or claimed > length:
                _compare_lengths(prop, answer, claimed, length)


def length_of(prop: SystemProperty, met: Met) -> int | None:
    """The least number of steps in which a property is violated (witnessed), None if it never is.

    Everything must have been met.
    """
    lengths = [met.lengths.get(prop.id), met.stuck if Form.STUCK in prop.forms else None]
    return min((length for length in lengths if length is not None), default=None)


def _is_undecided(answer: Answer) -> bool:
    return answer.verdict in (Verdict.UNKNOWN, Verdict.BOUNDED)


def _compare_lengths(prop: SystemProperty, answer: Answer, claimed: int | None, length: int | None) -> None:
    if claimed == length:
        return
    what = OtherLength(prop.name, answer.verdict.value, prop.existential, claimed, length)
    _differ(what, f"length {claimed}", f"length {length}")


def _compare(what: Claimed, mine: object, theirs: object) -> None:
    if mine != theirs:
        _differ(OtherClaim(what), _short(mine), _short(theirs))


def _short(value: object) -> str:
    text = str(sorted(map(str, value))) if isinstance(value, set) else str(value)
    return text if len(text) <= 2_000 else text[:2_000] + " …"


def _differ(what: Difference, engine: str, interpreter: str) -> None:
    raise CrossCheckFailure(what, (), f"    {engine}", f"    {interpreter}")
