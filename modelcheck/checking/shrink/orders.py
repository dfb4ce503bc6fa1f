"""Which orders of steps a violation needs.

Two steps of different threads that touch the same thing, one of them changing it, happened in an
order. The order is *essential* if the violation is lost when they come the other way round: the
earlier step, and what its thread does after it, is put off until after the later one (from an
earlier step on where it holds a lock that the later one needs), everything else stays as in the
run, and whatever is left then runs to its end. That is tried out by the interpreter, and so is the
run in which the earlier thread does nothing before the other one is through. An order that the
program enforces (a lock, a condition that is waited for) cannot be reversed: it is nobody's race.
(The idea of testing reversals of dependent steps is that of dynamic partial-order reduction:
Flanagan, Godefroid, POPL 2005.)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from modelcheck.checking.shrink.effort import Effort
from modelcheck.checking.shrink.layers import Layers
from modelcheck.checking.shrink.runs import Run
from modelcheck.ir.system import Step, VariableKind
from modelcheck.ir.terms import variables_of
from modelcheck.result.trace import Move, Schedule
from modelcheck.semantics.interpreter.interpreter import Interpreter
from modelcheck.semantics.interpreter.machine.states import State

#: Reversals tried for one trace.
REVERSALS = 400
#: So many pairs of steps are looked through in the time of one step of the interpreter.
_PAIRS_PER_STEP = 50


class _Conflicts:
    """Which steps of a run touch the same variable, one of them changing it."""

    def __init__(self, layers: Layers, schedule: Schedule, property_: int) -> None:
        monitors = {v.id for v in layers.system.variables if v.kind is VariableKind.MONITOR}
        own = {
            variable
            for prop in layers.system.properties
            if prop.id == property_
            for variable in variables_of([state.condition for state in prop.states])
        }
        self._ignored = monitors - own
        self.reads: list[frozenset[int]] = []
        self.writes: list[frozenset[int]] = []
        layout, state = layers.machine.layout, layers.machine.initial
        for move in schedule:
            way = next(way for way in layers.ways(state) if way.move == move)
            self.reads.append(self._read(way.step, property_))
            changed = [] if way.target is None else [variable for variable, _ in way.step.updates]
            self.writes.append(
                frozenset(
                    variable
                    for variable in changed
                    if variable not in self._ignored
                    and way.target is not None
                    and layout.value(way.target, variable) != layout.value(state, variable)
                )
            )
            state = state if way.target is None else way.target

    def _read(self, step: Step, property_: int) -> frozenset[int]:
        terms = [step.guard]
        terms += [term for variable, term in step.updates if variable not in self._ignored]
        terms += [raised.condition for raised in step.raises if raised.property == property_]
        return variables_of(terms)

    def between(self, first: int, second: int) -> bool:
        return bool(
            self.writes[first] & (self.reads[second] | self.writes[second]) or self.reads[first] & self.writes[second]
        )


def essential_orders(
    layers: Layers, interpreter: Interpreter, schedule: Schedule, property_: int, effort: Effort | None = None
) -> tuple[tuple[int, int], ...]:
    """Return the essential orders of a run as pairs of indices into ``schedule``, without those that
    follow from others and the order of a thread's own steps.

    Raises ``TooLarge`` if they are not found with ``effort`` (the usual one, if nothing is said).
    """
    if len({move.process for move in schedule}) < 2:
        return ()
    effort = effort or Effort()
    conflicts = _Conflicts(layers, schedule, property_)
    states = _states(interpreter, schedule)
    found: list[tuple[int, int]] = []
    tried = 0
    for number, (first, second) in enumerate(_pairs(schedule), 1):
        if number % _PAIRS_PER_STEP == 0:
            effort.spend()
        if not conflicts.between(first, second) or _implied(schedule, found, first, second):
            continue
        if tried == REVERSALS:
            break
        tried += 1
        if _reversal_loses(interpreter, schedule, states, property_, first, second, effort):
            found.append((first, second))
    return tuple(sorted(found))


def _pairs(schedule: Schedule) -> Iterator[tuple[int, int]]:
    """Pairs of steps of different threads, the closest first: those that others follow from come before the others."""
    length = len(schedule)
    for distance in range(1, length):
        for first in range(length - distance):
            if schedule[first].process != schedule[first + distance].process:
                yield first, first + distance


def _implied(schedule: Schedule, found: Sequence[tuple[int, int]], first: int, second: int) -> bool:
    """Whether the order follows from one that was found, since the steps of a thread keep their order."""
    return any(
        first <= a
        and b <= second
        and schedule[a].process == schedule[first].process
        and schedule[b].process == schedule[second].process
        for a, b in found
    )


def _states(interpreter: Interpreter, schedule: Schedule) -> list[State]:
    """The states before each step."""
    start = interpreter.initial().state
    assert start is not None
    states = [start]
    for move in schedule[:-1]:
        outcome = next(o for o in interpreter.outcomes(states[-1], move.process) if o.move == move)
        states.append(interpreter.target(states[-1], move.process, outcome))
    return states


def _reversal_loses(
    interpreter: Interpreter,
    schedule: Schedule,
    states: Sequence[State],
    property_: int,
    first: int,
    second: int,
    effort: Effort,
) -> bool:
    """Whether the order can be reversed, and no way to do so that is tried has the violation."""
    thread, other = schedule[first].process, schedule[second].process
    possible = False
    for start in _starts(interpreter, schedule, states, first):
        run = Run(interpreter, property_, states[start], effort)
        put_off = [move for move in schedule[start:second] if move.process == thread]
        if all(run.follow(move) for move in schedule[start : second + 1] if move.process != thread):
            _complete(run, [*put_off, *schedule[second + 1 :]], schedule)
            possible = True
        if run.violated:
            return False
        if possible:
            break
    if not possible:
        return False
    # Two calls that must not overlap may come in either order.
    start = next(index for index, move in enumerate(schedule) if move.process == thread)
    end = max(index for index, move in enumerate(schedule) if move.process == other) + 1
    run = Run(interpreter, property_, states[start], effort)
    others = [move for move in schedule[start:end] if move.process != thread]
    _complete(run, [*others, *(m for m in schedule[start:end] if m.process == thread), *schedule[end:]], schedule)
    return not run.violated


def _complete(run: Run, moves: Sequence[Move], schedule: Schedule) -> None:
    run.follow_all(moves)
    run.finish(list(dict.fromkeys(move.process for move in reversed(schedule))), 4 * len(schedule) + 100)


def _starts(interpreter: Interpreter, schedule: Schedule, states: Sequence[State], first: int) -> Iterator[int]:
    """From where on a thread may be put off: from the step itself, or from an earlier one that takes a lock."""
    yield first
    thread = schedule[first].process
    held = interpreter.process_state(states[first], thread).held
    for index in range(first - 1, -1, -1):
        if schedule[index].process == thread:
            before = interpreter.process_state(states[index], thread).held
            if before < held:
                yield index
                held = before
