"""Whether anybody could tell a mutant from the original: their reachable states, walked through side by side.

A System is deterministic: a state and a move (who moves, with which choices) have one successor at
most. So the two are the same, but for the names of control points and what locals hold, if from
their initial states every move that one has the other has as well, and both times there is the same
shared memory, the same locks are held by the same processes, the same events occur with the same
arguments, the same properties are violated or witnessed by the step, and everything has come to
rest or not. One walk over pairs of
states decides it, which is the bisimulation check of deterministic systems (R. Milner, "A Calculus of
Communicating Systems", 1980); the first difference that it comes to is one in the fewest steps.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from enum import Enum

from modelcheck.engines.explicit.machine import Machine, Option
from modelcheck.ground.records import dataclass
from modelcheck.ir.evaluate import Evaluation
from modelcheck.ir.layout import FieldOverflow
from modelcheck.ir.system import Step, System, VariableKind
from modelcheck.ir.terms import variables_of

#: Pairs of states that are looked at before the question is given up.
MOST_PAIRS = 1_000_000
#: What everybody can see of a state.
_SEEN = (VariableKind.SHARED, VariableKind.FIELD, VariableKind.ALLOCATED, VariableKind.FROZEN, VariableKind.HELD)


class Kind(Enum):
    """What differs."""

    MEMORY = "memory"  # a variable, field or lock
    MOVES = "moves"  # who can move
    REST = "rest"  # who has come to rest
    EVENTS = "events"  # which events occur
    VIOLATIONS = "violations"  # which properties a step violates or witnesses
    VERDICTS = "verdicts"  # nothing of these, but properties about control points say something else


@dataclass(frozen=True, slots=True)
class Difference:
    """The first one, after ``length`` steps. ``names``: of variables, processes, events or properties."""

    kind: Kind
    length: int
    names: tuple[str, ...]


def difference(original: System, mutant: System, limit: int = MOST_PAIRS) -> Difference | None:
    """Return the first difference that a walk comes to; None if there is none.

    Raises ``TooManyError`` if there are more than ``limit`` pairs of states, or numbers that grow for ever.
    """
    try:
        return Walk(original, mutant).run(limit)
    except FieldOverflow:
        raise TooManyError from None


class TooManyError(Exception):
    """It would take too long to find out."""


class Side:
    """One of the two systems."""

    def __init__(self, system: System) -> None:
        self.system = system
        self.machine = Machine(system)
        self.drained = self.machine.predicate(system.drained)
        self.seen = {v.name: v for v in system.variables if v.kind in _SEEN}
        self._mask = self.machine.layout.mask(v.id for v in self.seen.values())
        self._values: dict[int, tuple[bool | int, ...]] = {}
        self._arguments: dict[int, tuple[Evaluation, tuple[int, ...]]] = {}
        self.order: tuple[tuple[int | None, bool | int], ...] = ()

    def values(self, state: int) -> tuple[bool | int, ...]:
        """What everybody can see, in the order of ``order``: (variable or None, its value if it has none)."""
        found = self._values.get(state & self._mask)
        if found is None:
            value = self.machine.layout.value
            found = tuple(other if id is None else value(state, id) for id, other in self.order)
            self._values[state & self._mask] = found
        return found

    def events(self, option: Option, state: int) -> tuple[object, ...]:
        """The events of a step in a state, with their arguments, in order."""
        if not option.occurred:
            return ()
        names = {event.id: event.name for event in self.system.events}
        evaluation, variables = self._evaluation(option.step)
        value = self.machine.layout.value
        told = evaluation({id: value(state, id) for id in variables})
        result: list[object] = []
        for occurrence in option.step.occurrences:
            condition, *arguments = told[: 1 + len(occurrence.arguments)]
            told = told[1 + len(occurrence.arguments) :]
            if condition:
                result.append((names[occurrence.event], *arguments))
        return tuple(result)

    def _evaluation(self, step: Step) -> tuple[Evaluation, tuple[int, ...]]:
        known = self._arguments.get(step.id)
        if known is None:
            terms = [term for o in step.occurrences for term in (o.condition, *o.arguments)]
            known = self._arguments[step.id] = (Evaluation(terms), tuple(variables_of(terms)))
        return known

    def properties(self, numbers: tuple[int, ...]) -> frozenset[str]:
        """The names of properties."""
        return frozenset(self.system.properties[number].name for number in numbers)


def sides(original: System, mutant: System) -> tuple[Side, Side]:
    """Return the two systems, with what everybody can see of a state in the same order."""
    first, second = Side(original), Side(mutant)
    every = {**first.seen, **second.seen}
    for side in (first, second):
        # What only one side has never changes on the other.
        own = side.seen
        side.order = tuple(
            (own[name].id, False) if name in own else (None, variable.initial) for name, variable in every.items()
        )
    return first, second


class Walk:
    """A walk through both. ``settle``: makes of a side what takes states of it to those that stand for them."""

    def __init__(
        self, original: System, mutant: System, settle: Callable[[Side], Callable[[int], int]] | None = None
    ) -> None:
        self.first, self.second = sides(original, mutant)
        self.settle = [settle(side) if settle else _as_it_is for side in (self.first, self.second)]
        self.names = tuple({**self.first.seen, **self.second.seen})
        #: options that have been compared already, by their identities (a machine keeps its options)
        self._same: set[tuple[int, int]] = set()

    def run(self, limit: int) -> Difference | None:
        """Return the first difference that it comes to. Raises as ``difference`` does, and ``FieldOverflow``."""
        first, second = self.first, self.second
        raised = [
            (
                frozenset(
                    side.system.properties[r.property].name for r in side.system.initial_raises if r.condition.is_true
                )
            )
            for side in (first, second)
        ]
        if raised[0] != raised[1] or first.system.initial_fault != second.system.initial_fault:
            return Difference(Kind.VIOLATIONS, 0, tuple(sorted(raised[0] ^ raised[1])))
        if first.system.initial_fault:
            return None
        settle, settle_other = self.settle
        start = (settle(first.machine.initial), settle_other(second.machine.initial))
        seen, queue = {start}, deque([(start, 0)])
        while queue:
            (one, other), length = queue.popleft()
            if first.values(one) != second.values(other):
                pairs = zip(self.names, first.values(one), second.values(other), strict=True)
                return Difference(Kind.MEMORY, length, tuple(name for name, a, b in pairs if a != b))
            if first.drained(one) != second.drained(other):
                return Difference(Kind.REST, length, self._resting(one, other))
            ways, others = first.machine.options(one), second.machine.options(other)
            if len(ways) != len(others) or any(a.move != b.move for a, b in zip(ways, others, strict=True)):
                return Difference(Kind.MOVES, length, self._movers(ways, others))
            for a, b in zip(ways, others, strict=True):
                found = self._differ(a, b, one, other, length + 1)
                if found is not None:
                    return found
                if a.delta is None or b.delta is None:
                    continue
                pair = (settle(one + a.delta), settle_other(other + b.delta))
                if pair not in seen:
                    seen.add(pair)
                    queue.append((pair, length + 1))
            if len(seen) > limit:
                raise TooManyError
        return None

    def _resting(self, one: int, other: int) -> tuple[str, ...]:
        """The processes that have finished on one side only."""
        pairs = zip(self.first.system.processes, self.second.system.processes, strict=True)
        ends = [self.first.machine.predicate, self.second.machine.predicate]
        return tuple(a.name for a, b in pairs if ends[0](a.finished)(one) != ends[1](b.finished)(other))

    def _movers(self, ways: list[Option], others: list[Option]) -> tuple[str, ...]:
        moves = {option.move for option in ways} ^ {option.move for option in others}
        names = self.first.system.processes
        return tuple(
            dict.fromkeys(names[move.process].name for move in sorted(moves, key=lambda m: (m.process, m.choices)))
        )

    def _differ(self, a: Option, b: Option, one: int, other: int, length: int) -> Difference | None:
        if (id(a), id(b)) not in self._same:
            raised = self.first.properties(a.raised) ^ self.second.properties(b.raised)
            if raised:
                return Difference(Kind.VIOLATIONS, length, tuple(sorted(raised)))
            if (a.delta is None) != (b.delta is None):
                return Difference(Kind.MOVES, length, (self.first.system.processes[a.move.process].name,))
            self._same.add((id(a), id(b)))
        if a.occurred or b.occurred:
            events = self.first.events(a, one), self.second.events(b, other)
            if events[0] != events[1]:
                names = dict.fromkeys(event[0] for side in events for event in side)  # type: ignore[index]
                return Difference(Kind.EVENTS, length, tuple(str(name) for name in names))
        return None


def _as_it_is(state: int) -> int:
    return state
